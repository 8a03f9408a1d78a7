//! Takes an upload in: one transaction that makes pipeline, jobs, artifacts and scans and queues the
//! pipeline. After it the upload is safe; before it, it never happened.
//!
//! Must not know: HTTP, what is in a report.

mod imagine;
mod target;

pub(super) use imagine::{Imagined, imagine};
pub(super) use target::{is_purged, is_taken_back};

use super::family::{self, Named, ParentError};
use super::foreign;
use super::making::{
    ClosedError, KeptFile, Origin, SOURCE, current_job, make_scans, new_job, new_pipeline, open_project, put_artifact,
    replace_job,
};
use super::refname::RefName;
use super::settle::{self, Moment};
use super::spool::SpooledFile;
use super::{IngestError, Room, killpoint};
use crate::domain::expiry::KeepFor;
use crate::domain::pipeline::{Commit, Ending, Job, Pipeline, Section};
use crate::domain::project::Project;
use crate::store::{StoreError, WriteTx, commits, pipelines, projects};
use casemate_shared::FileType;

/// One file of an upload.
pub struct NewReport {
    /// Type as handed in.
    pub file_type: FileType,
    /// Name as uploaded, fit to show.
    pub filename: String,
    /// The file.
    pub file: SpooledFile,
}

/// Which pipeline an upload belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// One of its own.
    Fresh,
    /// The one with this run id; made when there is none.
    Key(String),
    /// An existing one.
    Id(u64),
}

/// An upload, checked.
pub struct NewUpload {
    /// Branch or tag.
    pub ref_name: RefName,
    /// Commit.
    pub sha: String,
    /// Which pipeline.
    pub target: Target,
    /// Parent of the pipeline, if it is a child.
    pub parent: Option<Named>,
    /// Job name; the report type when not given.
    pub job_name: Option<String>,
    /// Stage.
    pub stage: String,
    /// `success`, `failed`, `canceled`.
    pub job_status: String,
    /// Whether the pipeline passes although the job failed.
    pub allow_failure: bool,
    /// Whether more jobs will follow (`false`) or not; when nothing is said, the jobs that the pipeline
    /// announced decide, and without such none follows.
    pub complete: Option<bool>,
    /// What was told about the commit.
    pub commit: Commit,
    /// When the job began.
    pub started_at: Option<i64>,
    /// When it ended.
    pub finished_at: Option<i64>,
    /// How long the files are kept.
    pub keep_for: KeepFor,
    /// The reports.
    pub reports: Vec<NewReport>,
}

/// Why an upload can't be taken although its form is right.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AcceptError {
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
    /// Retention removed what the pipeline's reports would be compared with (ingestion design, section 3.1).
    #[error("retention removed findings or reports of pipeline {0}, it takes no more of them")]
    Purged(u64),
    /// The pipeline's import was taken back.
    #[error("the import of pipeline {0} was taken back, send it as a new pipeline")]
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

impl From<StoreError> for AcceptError {
    fn from(error: StoreError) -> Self {
        AcceptError::Ingest(error.into())
    }
}

/// What an upload became.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// Its pipeline.
    pub pipeline_id: u64,
    /// The scans of the reports, in their order; a SARIF file may have several.
    pub scan_ids: Vec<u64>,
    /// Whether it repeats an earlier upload and changed nothing.
    pub is_repetition: bool,
}

/// A report whose file is kept.
struct KeptReport {
    file_type: FileType,
    /// The scans that it gives; never none.
    sections: Vec<Section>,
    filename: String,
    size: u64,
    gzip: bool,
    sha256: [u8; 32],
    job_name: String,
}

impl KeptReport {
    fn file(&self, keep_for: KeepFor) -> KeptFile<'_> {
        KeptFile {
            file_type: self.file_type.as_str(),
            sections: &self.sections,
            filename: &self.filename,
            size: self.size,
            gzip: self.gzip,
            sha256: self.sha256,
            keep_for,
        }
    }
}

/// Keeps the files and stores the upload.
///
/// # Errors
/// When the target does not fit, or disk or store fail; then nothing of the upload is stored.
pub fn accept(room: &Room, project: &Project, user_id: u64, mut upload: NewUpload) -> Result<Accepted, AcceptError> {
    // Retention must not remove a file between here and the row that needs it.
    let _held = room.artifacts.hold();
    let (kept, files) = named_reports(room, &mut upload)?;
    for file in files {
        room.artifacts.keep(file).map_err(IngestError::from)?;
    }
    killpoint::pass("after-keep");
    let now = room.clock.now();
    let patience = room.patience;
    let accepted = room.store.write(|wtx| store(wtx, project, user_id, &upload, &kept, Moment { now, patience }))?;
    killpoint::pass("after-accept");
    Ok(accepted)
}

/// The reports as their rows will name them, and the files.
fn named_reports(room: &Room, upload: &mut NewUpload) -> Result<(Vec<KeptReport>, Vec<SpooledFile>), AcceptError> {
    let names = job_names(upload.job_name.as_deref(), &upload.reports);
    let mut files = Vec::with_capacity(upload.reports.len());
    let mut named = Vec::with_capacity(upload.reports.len());
    for (report, job_name) in std::mem::take(&mut upload.reports).into_iter().zip(names) {
        let (size, gzip, sha256) = (report.file.size, report.file.gzip, report.file.sha256);
        let sections = foreign::sections(room, report.file_type, &report.file)?;
        named.push(KeptReport { file_type: report.file_type, sections, filename: report.filename, size, gzip, sha256, job_name });
        files.push(report.file);
    }
    Ok((named, files))
}

/// Names of the jobs: the n-th file of a type goes into `<name>`, `<name> 2`, ...
fn job_names(given: Option<&str>, reports: &[NewReport]) -> Vec<String> {
    let mut earlier: Vec<FileType> = Vec::new();
    let name = |report: &NewReport| {
        earlier.push(report.file_type);
        let base = given.unwrap_or(report.file_type.as_str());
        match earlier.iter().filter(|kind| **kind == report.file_type).count() {
            1 => base.to_owned(),
            n => format!("{base} {n}"),
        }
    };
    reports.iter().map(name).collect()
}

fn store(
    wtx: &mut WriteTx,
    project: &Project,
    user_id: u64,
    upload: &NewUpload,
    kept: &[KeptReport],
    at: Moment,
) -> Result<Accepted, AcceptError> {
    let now = at.now;
    // Read again under the writer: somebody may have changed or removed it since the caller looked.
    let project = &open_project(wtx, project.id)?;
    commits::tell(wtx, project.id, &upload.sha, &upload.commit, user_id, now)?;
    let existing = target::find(wtx, project, upload)?;
    if let Some(pipeline) = &existing
        && let Some(accepted) = target::repetition(wtx, pipeline, upload, kept)?
    {
        end_hold(wtx, pipeline, upload, at)?;
        return Ok(accepted);
    }
    if let Some(pipeline) = &existing
        && is_purged(wtx, pipeline.id)?
    {
        return Err(AcceptError::Purged(pipeline.id));
    }
    let mut pipeline = match existing {
        Some(pipeline) => pipeline,
        None => {
            let parent = upload
                .parent
                .as_ref()
                .map(|named| family::parent(wtx, project, &upload.sha, &upload.ref_name, named))
                .transpose()?;
            new_pipeline(wtx, project, user_id, origin(upload, parent.as_ref()), now)?
        }
    };
    let jobs = make_jobs(wtx, &mut pipeline, user_id, upload, kept, now)?;
    let mut scan_ids = Vec::with_capacity(kept.len());
    for report in kept {
        let Some(job) = jobs.iter().find(|job| job.name == report.job_name) else { continue };
        let artifact = put_artifact(wtx, job, report.file(upload.keep_for), now)?;
        scan_ids.extend(make_scans(wtx, &pipeline, &artifact)?);
    }
    match upload.complete {
        // The announced jobs say how long it waits; a canceled pipeline waits for nothing.
        Some(false) => pipeline.held |= pipeline.expected_jobs.is_empty() && pipeline.ending != Some(Ending::Canceled),
        Some(true) => settle::announce_no_more(wtx, &mut pipeline)?,
        None => pipeline.held = false,
    }
    settle::settle(wtx, &mut pipeline, true, at)?;
    projects::put_project(wtx, &Project { last_activity_at: now, ..project.clone() })?;
    Ok(Accepted { pipeline_id: pipeline.id, scan_ids, is_repetition: false })
}

/// A repeated upload may say what the first did not: that nothing more follows. It never makes a pipeline
/// wait again.
fn end_hold(wtx: &mut WriteTx, pipeline: &Pipeline, upload: &NewUpload, at: Moment) -> Result<(), StoreError> {
    if pipeline.complete || upload.complete == Some(false) {
        return Ok(());
    }
    let mut changed = pipeline.clone();
    match upload.complete {
        Some(_) => settle::announce_no_more(wtx, &mut changed)?,
        None => changed.held = false,
    }
    if changed == *pipeline { Ok(()) } else { settle::settle(wtx, &mut changed, false, at) }
}

fn origin<'a>(upload: &'a NewUpload, parent: Option<&'a Pipeline>) -> Origin<'a> {
    let key = match &upload.target {
        Target::Key(key) => Some(key.as_str()),
        _ => None,
    };
    Origin { ref_name: &upload.ref_name, sha: &upload.sha, key, source: SOURCE, commit: &upload.commit, parent }
}

/// One job per name. An earlier job of that name that has ended was retried; one that is under way is this
/// very job, and ends with the upload.
fn make_jobs(
    wtx: &mut WriteTx,
    pipeline: &mut Pipeline,
    user_id: u64,
    upload: &NewUpload,
    kept: &[KeptReport],
    now: i64,
) -> Result<Vec<Job>, StoreError> {
    let mut jobs: Vec<Job> = Vec::new();
    for name in kept.iter().map(|report| report.job_name.as_str()) {
        if jobs.iter().any(|job| job.name == name) {
            continue;
        }
        let job = match current_job(wtx, pipeline.id, name)?.filter(|job| !job.has_ended()) {
            Some(under_way) => under_way,
            None => {
                replace_job(wtx, pipeline.id, name)?;
                new_job(wtx, pipeline, user_id, name, now)?
            }
        };
        let job = Job {
            stage: upload.stage.clone(),
            status: upload.job_status.clone(),
            allow_failure: upload.allow_failure,
            started_at: upload.started_at.or(job.started_at),
            finished_at: upload.finished_at.or(Some(now)),
            ..job
        };
        pipelines::put_job(wtx, &job)?;
        settle::note_job(pipeline, name);
        jobs.push(job);
    }
    Ok(jobs)
}
