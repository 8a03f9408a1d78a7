//! Takes an upload in: one transaction that makes pipeline, jobs, artifacts and scans and queues the
//! pipeline. After it the upload is safe; before it, it never happened.
//!
//! Must not know: HTTP, what is in a report.

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
use crate::domain::pipeline::{Artifact, Commit, Ending, Job, Pipeline, Section};
use crate::domain::project::Project;
use crate::domain::scan::Scan;
use crate::store::{Reads, StoreError, WriteTx, pipelines, projects, scans, undo};
use casemate_shared::{FileType, Ingestion};
use std::collections::HashMap;

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

/// What an upload would make: the rows that [`accept`] stores, and the files, which are not kept.
pub(super) struct Imagined {
    pub accepted: Accepted,
    /// With which it would be ingested: itself, or the root that it is a descendant of.
    pub root: Pipeline,
    /// Whether neither it nor a relative waits for jobs.
    pub is_complete: bool,
    /// All scans of the pipeline and its relatives, oldest first.
    pub scans: Vec<Scan>,
    pub jobs: HashMap<u64, Job>,
    pub artifacts: HashMap<u64, Artifact>,
    pub files: Vec<SpooledFile>,
}

/// Does what [`accept`] does in a transaction that is given up: nothing is stored, no number is used.
///
/// # Errors
/// As [`accept`].
pub(super) fn imagine(room: &Room, project: &Project, user_id: u64, mut upload: NewUpload) -> Result<Imagined, AcceptError> {
    let (kept, files) = named_reports(room, &mut upload)?;
    let at = Moment { now: room.clock.now(), patience: room.patience };
    let mut imagined = None;
    let given_up = room.store.write(|wtx| -> Result<(), GivenUp> {
        let accepted = store(wtx, project, user_id, &upload, &kept, at).map_err(GivenUp::Refused)?;
        imagined = Some(read_back(wtx, accepted, files)?);
        Err(GivenUp::OnPurpose)
    });
    match (given_up, imagined) {
        (Err(GivenUp::OnPurpose), Some(imagined)) => Ok(imagined),
        (Err(GivenUp::Refused(error)), _) => Err(error),
        _ => Err(StoreError::Engine("a transaction that was given up went on".to_owned()).into()),
    }
}

/// Why the transaction of a dry run ended.
enum GivenUp {
    OnPurpose,
    Refused(AcceptError),
}

impl From<StoreError> for GivenUp {
    fn from(error: StoreError) -> Self {
        GivenUp::Refused(error.into())
    }
}

fn read_back(tx: &impl Reads, accepted: Accepted, files: Vec<SpooledFile>) -> Result<Imagined, StoreError> {
    let missing = || StoreError::Damaged { table: "pipelines", reason: "the pipeline of an upload is missing".to_owned() };
    let pipeline = pipelines::find_pipeline(tx, accepted.pipeline_id)?.ok_or_else(missing)?;
    let scans = family::scans_of(tx, &pipeline)?;
    let is_complete = family::is_complete(tx, &pipeline)?;
    let root = pipelines::find_pipeline(tx, pipeline.root())?.ok_or_else(missing)?;
    let (mut jobs, mut artifacts) = (HashMap::new(), HashMap::new());
    for scan in &scans {
        jobs.extend(pipelines::find_job(tx, scan.job_id)?.map(|job| (job.id, job)));
        artifacts.extend(pipelines::find_artifact(tx, scan.artifact_id)?.map(|artifact| (artifact.id, artifact)));
    }
    Ok(Imagined { accepted, root, is_complete, scans, jobs, artifacts, files })
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
    let existing = find_target(wtx, project, upload)?;
    if let Some(pipeline) = &existing
        && let Some(accepted) = repetition(wtx, pipeline, upload, kept)?
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

fn find_target(tx: &impl Reads, project: &Project, upload: &NewUpload) -> Result<Option<Pipeline>, AcceptError> {
    let found = match &upload.target {
        Target::Fresh => None,
        Target::Key(key) => pipelines::find_pipeline_by_key(tx, project.id, key)?,
        Target::Id(id) => {
            let found = pipelines::find_pipeline(tx, *id)?
                .filter(|pipeline| pipeline.project_id == project.id && pipeline.deleted_at.is_none());
            Some(found.ok_or(AcceptError::NoPipeline(*id))?)
        }
    };
    if let Some(pipeline) = &found
        && (pipeline.sha != upload.sha || pipeline.ref_name != upload.ref_name.name || pipeline.tag != upload.ref_name.is_tag)
    {
        return Err(AcceptError::OtherCommit { id: pipeline.id, ref_name: pipeline.ref_name.clone(), sha: pipeline.sha.clone() });
    }
    if let Some(pipeline) = &found {
        family::check_same(tx, project, pipeline, upload.parent.as_ref())?;
        if is_taken_back(tx, pipeline)? {
            return Err(AcceptError::Undone(pipeline.root()));
        }
    }
    Ok(found)
}

/// Whether the pipeline's import was taken back, or is about to be: nothing can be added to it. A child is
/// taken back with its root.
pub(super) fn is_taken_back(tx: &impl Reads, pipeline: &Pipeline) -> Result<bool, StoreError> {
    Ok(undo::find_undo(tx, pipeline.root())?.is_some())
}

/// Whether retention removed the findings of one of its scans, or of its relatives', or the report of one
/// that counts.
pub(super) fn is_purged(tx: &impl Reads, pipeline: u64) -> Result<bool, StoreError> {
    for scan in family::scans_of_id(tx, pipeline)? {
        let expired = || -> Result<bool, StoreError> {
            let artifact = pipelines::find_artifact(tx, scan.artifact_id)?;
            Ok(scan.latest && artifact.is_some_and(|artifact| artifact.expired_at.is_some()))
        };
        if scan.status == casemate_shared::ScanStatus::Purged || expired()? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The earlier scans, if every report of the upload is there already under the same job name with the
/// same bytes (API design, section 2.5, idempotency). A job that ended otherwise than before was retried:
/// the report of a failed one was not taken.
fn repetition(
    tx: &impl Reads,
    pipeline: &Pipeline,
    upload: &NewUpload,
    kept: &[KeptReport],
) -> Result<Option<Accepted>, AcceptError> {
    // What failed may be tried again with the same bytes.
    if pipeline.ingestion == Ingestion::Failed {
        return Ok(None);
    }
    let mut scan_ids = Vec::with_capacity(kept.len());
    let stored = scans::scans(tx, pipeline.id)?;
    for report in kept {
        let before = scan_ids.len();
        for scan in stored.iter().filter(|scan| scan.latest) {
            let job = pipelines::find_job(tx, scan.job_id)?;
            let artifact = pipelines::find_artifact(tx, scan.artifact_id)?;
            let same_job = |job: Job| job.name == report.job_name && job.status == upload.job_status;
            let same_file = |file: Artifact| file.sha256 == report.sha256 && file.file_type == report.file_type.as_str();
            if job.is_some_and(same_job) && artifact.is_some_and(same_file) {
                scan_ids.push(scan.id);
            }
        }
        if scan_ids.len() == before {
            return Ok(None);
        }
    }
    Ok(Some(Accepted { pipeline_id: pipeline.id, scan_ids, is_repetition: true }))
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
