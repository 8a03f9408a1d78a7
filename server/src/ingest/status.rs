//! Jobs as a CI tells of them: commit statuses, and files that arrive under a job (API design, section
//! 2.5 B). Reports are read when their job has ended, because its end decides whether they count.
//!
//! Must not know: HTTP, what is in a report.

use super::accept;
use super::family::{self, Named, ParentError};
use super::foreign;
use super::making::{self, ClosedError, KeptFile, Origin};
use super::refname::RefName;
use super::settle::{self, Moment};
use super::spool::SpooledFile;
use super::{IngestError, Room};
use crate::clock::Millis;
use crate::domain::expiry::KeepFor;
use crate::domain::pipeline::{Commit, Job, Pipeline};
use crate::domain::project::Project;
use crate::store::{Reads, StoreError, WriteTx, commits, pipelines, projects};
use casemate_shared::FileType;

/// How long after its end a job still takes files.
const LATE_FILES: Millis = 60 * 60 * 1_000;

/// Where a job stands, in GitLab's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// Not begun.
    Pending,
    /// Under way.
    Running,
    /// Ended well.
    Success,
    /// Ended badly.
    Failed,
    /// Stopped.
    Canceled,
    /// Left out.
    Skipped,
}

impl JobState {
    /// The state with that word.
    pub fn parse(word: &str) -> Option<JobState> {
        use JobState::{Canceled, Failed, Pending, Running, Skipped, Success};
        [Pending, Running, Success, Failed, Canceled, Skipped].into_iter().find(|state| state.as_str() == word)
    }

    /// The word of the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            JobState::Pending => "pending",
            JobState::Running => "running",
            JobState::Success => "success",
            JobState::Failed => "failed",
            JobState::Canceled => "canceled",
            JobState::Skipped => "skipped",
        }
    }

    fn has_ended(self) -> bool {
        !matches!(self, JobState::Pending | JobState::Running)
    }
}

/// What a status tells about its job beside the state; what is not told stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobNews {
    /// Its page in the CI.
    pub target_url: Option<String>,
    /// What the CI says.
    pub description: Option<String>,
    /// Coverage in hundredths of a percent.
    pub coverage: Option<u64>,
    /// Why it failed.
    pub failure_reason: Option<String>,
    /// Whether the pipeline passes although it failed.
    pub allow_failure: Option<bool>,
    /// Stage.
    pub stage: Option<String>,
}

/// A commit status, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewStatus {
    /// Commit.
    pub sha: String,
    /// Branch or tag; when not told, the one of the commit's newest pipeline.
    pub ref_name: Option<RefName>,
    /// Pipeline; when not told, the newest of commit and branch that is not complete, else a new one.
    pub pipeline_id: Option<u64>,
    /// Parent of the pipeline, if it is a child.
    pub parent: Option<Named>,
    /// Name of the job.
    pub name: String,
    /// Its state.
    pub state: JobState,
    /// The rest.
    pub news: JobNews,
    /// What is told about the commit.
    pub commit: Commit,
}

/// Why a status or a file is not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StatusError {
    /// No such pipeline in this project.
    #[error("pipeline {0} is not one of this project")]
    NoPipeline(u64),
    /// The pipeline is of another commit or branch.
    #[error("pipeline {id} is of {ref_name} at {sha}")]
    OtherCommit {
        /// Its id.
        id: u64,
        /// Its branch.
        ref_name: String,
        /// Its commit.
        sha: String,
    },
    /// Nobody said of which branch the commit is.
    #[error("no branch is known for commit {0}: send ref")]
    NoRef(String),
    /// A job under way can't go back.
    #[error("Cannot transition status via :enqueue from :{from} (Reason(s): Status cannot transition via \"enqueue\")")]
    Transition {
        /// Where it stands.
        from: String,
    },
    /// There is no such job.
    #[error("job {0} is missing")]
    NoJob(u64),
    /// The job ended long ago, or was retried.
    #[error("Job is not running")]
    Ended,
    /// The job has another file of that type.
    #[error("another artifact of the same type already exists")]
    TypeTaken,
    /// Retention removed what the pipeline told.
    #[error("what pipeline {0} told has expired: begin another one")]
    Purged(u64),
    /// The pipeline's import was taken back.
    #[error("the import of pipeline {0} was taken back, begin another one")]
    Undone(u64),
    /// The project takes nothing.
    #[error(transparent)]
    Closed(#[from] ClosedError),
    /// The parent does not fit.
    #[error(transparent)]
    Parent(#[from] ParentError),
    /// Everything else.
    #[error(transparent)]
    Ingest(#[from] IngestError),
}

impl From<StoreError> for StatusError {
    fn from(error: StoreError) -> Self {
        StatusError::Ingest(error.into())
    }
}

/// What became of a status or a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Noted {
    /// Its pipeline.
    pub pipeline_id: u64,
    /// Its job.
    pub job_id: u64,
    /// Whether there is something to ingest now.
    pub is_queued: bool,
}

/// Stores a commit status: the job is made or goes on, and its pipeline with it.
///
/// # Errors
/// When pipeline and commit don't fit, or the job can't take the state.
pub fn set_status(room: &Room, project: &Project, user_id: u64, status: &NewStatus) -> Result<Noted, StatusError> {
    let at = room.moment();
    room.store.write(|wtx| {
        let project = &making::open_project(wtx, project.id)?;
        commits::tell(wtx, project.id, &status.sha, &status.commit, user_id, at.now)?;
        let mut pipeline = target(wtx, project, user_id, status, at.now)?;
        check_stands(wtx, &pipeline)?;
        let old = making::current_job(wtx, pipeline.id, &status.name)?;
        let job = match old {
            Some(job) if !job.has_ended() || job.status == status.state.as_str() => job,
            _ => {
                making::replace_job(wtx, pipeline.id, &status.name)?;
                let stage = "external".to_owned();
                Job { stage, ..making::new_job(wtx, &pipeline, user_id, &status.name, at.now)? }
            }
        };
        settle::note_job(&mut pipeline, &status.name);
        let noted = go_on(wtx, pipeline, job, status.state, &status.news, at)?;
        projects::put_project(wtx, &Project { last_activity_at: at.now, ..project.clone() })?;
        Ok(noted)
    })
}

/// Takes the state of one job, as a runner tells it (`PUT /jobs/:id`).
///
/// # Errors
/// When there is no such job, it has ended otherwise, or its pipeline was taken back.
pub fn set_job_state(room: &Room, job_id: u64, state: JobState, news: &JobNews) -> Result<Noted, StatusError> {
    let at = room.moment();
    room.store.write(|wtx| {
        let (pipeline, job) = find(wtx, job_id)?;
        check_stands(wtx, &pipeline)?;
        if job.retried || (job.has_ended() && job.status != state.as_str()) {
            return Err(StatusError::Ended);
        }
        go_on(wtx, pipeline, job, state, news, at)
    })
}

/// The pipeline that a status belongs to.
fn target(wtx: &mut WriteTx, project: &Project, user_id: u64, status: &NewStatus, now: Millis) -> Result<Pipeline, StatusError> {
    let is_of = |pipeline: &Pipeline| {
        let same_ref = |ref_name: &RefName| pipeline.ref_name == ref_name.name && pipeline.tag == ref_name.is_tag;
        pipeline.sha == status.sha && status.ref_name.as_ref().is_none_or(same_ref)
    };
    if let Some(id) = status.pipeline_id {
        let found =
            pipelines::find_pipeline(wtx, id)?.filter(|found| found.project_id == project.id && found.deleted_at.is_none());
        let found = found.ok_or(StatusError::NoPipeline(id))?;
        family::check_same(wtx, project, &found, status.parent.as_ref())?;
        if is_of(&found) {
            return if accept::is_purged(wtx, id)? { Err(StatusError::Purged(id)) } else { Ok(found) };
        }
        return Err(StatusError::OtherCommit { id, ref_name: found.ref_name, sha: found.sha });
    }
    let above = status.parent.as_ref().map(|named| family::find(wtx, project, named)).transpose()?;
    let parent_id = above.as_ref().map(|parent| parent.id);
    let of_commit = pipelines::pipelines_of_commit(wtx, project.id, &status.sha)?;
    let newest_ref = of_commit.first().map(|newest| RefName { name: newest.ref_name.clone(), is_tag: newest.tag });
    if let Some(open) =
        of_commit.into_iter().find(|pipeline| is_of(pipeline) && !pipeline.complete && pipeline.parent_id == parent_id)
    {
        return Ok(open);
    }
    let ref_of_parent = above.map(|parent| RefName { name: parent.ref_name, is_tag: parent.tag });
    let ref_name = status.ref_name.clone().or(ref_of_parent).or(newest_ref);
    let ref_name = ref_name.ok_or_else(|| StatusError::NoRef(status.sha.clone()))?;
    let parent = status.parent.as_ref().map(|named| family::parent(wtx, project, &status.sha, &ref_name, named)).transpose()?;
    let origin = Origin {
        ref_name: &ref_name,
        sha: &status.sha,
        key: None,
        source: making::SOURCE,
        commit: &status.commit,
        parent: parent.as_ref(),
    };
    Ok(making::new_pipeline(wtx, project, user_id, origin, now)?)
}

/// Brings a job into a state. When it ends, its files become scans.
fn go_on(
    wtx: &mut WriteTx,
    mut pipeline: Pipeline,
    mut job: Job,
    state: JobState,
    news: &JobNews,
    at: Moment,
) -> Result<Noted, StatusError> {
    if state == JobState::Pending && job.status == JobState::Running.as_str() {
        return Err(StatusError::Transition { from: job.status });
    }
    let ends = state.has_ended() && !job.has_ended();
    tell(&mut job, news);
    job.status = state.as_str().to_owned();
    if state == JobState::Running {
        job.started_at = job.started_at.or(Some(at.now));
    }
    if ends {
        job.finished_at = Some(at.now);
    }
    if state == JobState::Failed {
        job.failure_reason = job.failure_reason.or_else(|| Some("script_failure".to_owned()));
    }
    pipelines::put_job(wtx, &job)?;
    let has_news = ends && make_scans(wtx, &pipeline, &job)?;
    settle::settle(wtx, &mut pipeline, has_news, at)?;
    Ok(Noted { pipeline_id: pipeline.id, job_id: job.id, is_queued: has_news || pipeline.complete })
}

fn tell(job: &mut Job, news: &JobNews) {
    let keep = |told: &Option<String>, old: Option<String>| told.clone().or(old);
    job.target_url = keep(&news.target_url, job.target_url.take());
    job.description = keep(&news.description, job.description.take());
    job.failure_reason = keep(&news.failure_reason, job.failure_reason.take());
    job.coverage = news.coverage.or(job.coverage);
    job.allow_failure = news.allow_failure.unwrap_or(job.allow_failure);
    if let Some(stage) = &news.stage {
        job.stage.clone_from(stage);
    }
}

/// Makes the scans of a job that has ended; whether there are any.
pub(super) fn make_scans(wtx: &mut WriteTx, pipeline: &Pipeline, job: &Job) -> Result<bool, StoreError> {
    let mut has_any = false;
    for artifact in pipelines::artifacts(wtx, job.id)? {
        has_any |= !making::make_scans(wtx, pipeline, &artifact)?.is_empty();
    }
    Ok(has_any)
}

/// A file that arrives under a job.
pub struct NewFile {
    /// Report type's word, or `archive`.
    pub file_type: String,
    /// Name as uploaded, fit to show.
    pub filename: String,
    /// The file.
    pub file: SpooledFile,
    /// Whether a job may have several of the type.
    pub may_repeat: bool,
    /// How long it is kept.
    pub keep_for: KeepFor,
}

/// Keeps a file under a job. The same bytes again change nothing.
///
/// # Errors
/// When there is no such job, it ended more than an hour ago, it has another file of the type, or its pipeline
/// was taken back.
pub fn attach(room: &Room, job_id: u64, new: NewFile) -> Result<Noted, StatusError> {
    // Looked at before the file is kept, so that a refused one leaves nothing behind.
    let at = room.moment();
    let rtx = room.store.read()?;
    let (pipeline, job) = find(&rtx, job_id)?;
    check_stands(&rtx, &pipeline)?;
    check_takes_files(&job, at.now)?;
    drop(rtx);
    let (size, gzip) = (new.file.size, new.file.gzip);
    let sections = match FileType::parse(&new.file_type) {
        Some(kind) => foreign::sections(room, kind, &new.file)?,
        None => Vec::new(),
    };
    // Retention must not remove the file between here and the row that needs it.
    let _held = room.artifacts.hold();
    let sha256 = room.artifacts.keep(new.file).map_err(IngestError::from)?;
    let keep_for = new.keep_for;
    let file = KeptFile { file_type: &new.file_type, sections: &sections, filename: &new.filename, size, gzip, sha256, keep_for };
    room.store.write(|wtx| add_file(wtx, job_id, file, new.may_repeat, at))
}

fn add_file(wtx: &mut WriteTx, job_id: u64, file: KeptFile<'_>, may_repeat: bool, at: Moment) -> Result<Noted, StatusError> {
    let (mut pipeline, job) = find(wtx, job_id)?;
    check_stands(wtx, &pipeline)?;
    check_takes_files(&job, at.now)?;
    let of_type: Vec<_> =
        pipelines::artifacts(wtx, job.id)?.into_iter().filter(|known| known.file_type == file.file_type).collect();
    if of_type.iter().any(|known| known.sha256 == file.sha256) {
        return Ok(Noted { pipeline_id: pipeline.id, job_id, is_queued: false });
    }
    if !of_type.is_empty() && !may_repeat {
        return Err(StatusError::TypeTaken);
    }
    if accept::is_purged(wtx, pipeline.id)? {
        return Err(StatusError::Purged(pipeline.id));
    }
    let artifact = making::put_artifact(wtx, &job, file, at.now)?;
    let has_news = job.has_ended() && !making::make_scans(wtx, &pipeline, &artifact)?.is_empty();
    settle::settle(wtx, &mut pipeline, has_news, at)?;
    Ok(Noted { pipeline_id: pipeline.id, job_id, is_queued: has_news })
}

/// Keeps the files of a job whatever their age.
///
/// # Errors
/// When there is no such job, or the store fails.
pub fn keep_files(room: &Room, job_id: u64) -> Result<(), StatusError> {
    room.store.write(|wtx| {
        let (_, job) = find(wtx, job_id)?;
        Ok(pipelines::put_job(wtx, &Job { keep_artifacts: true, ..job })?)
    })
}

fn check_stands(tx: &impl Reads, pipeline: &Pipeline) -> Result<(), StatusError> {
    if accept::is_taken_back(tx, pipeline)? { Err(StatusError::Undone(pipeline.root())) } else { Ok(()) }
}

fn check_takes_files(job: &Job, now: Millis) -> Result<(), StatusError> {
    let is_late = job.finished_at.is_some_and(|end| job.has_ended() && end + LATE_FILES < now);
    if job.retried || job.erased_at.is_some() || is_late { Err(StatusError::Ended) } else { Ok(()) }
}

fn find(tx: &impl Reads, job_id: u64) -> Result<(Pipeline, Job), StatusError> {
    let job = pipelines::find_job(tx, job_id)?.ok_or(StatusError::NoJob(job_id))?;
    let pipeline = pipelines::find_pipeline(tx, job.pipeline_id)?.filter(|pipeline| pipeline.deleted_at.is_none());
    Ok((pipeline.ok_or(StatusError::NoJob(job_id))?, job))
}
