//! Takes an upload in: one transaction that makes pipeline, jobs, artifacts and scans and queues the
//! pipeline. After it the upload is safe; before it, it never happened.
//!
//! Must not know: HTTP, what is in a report.

use super::refname::RefName;
use super::spool::SpooledFile;
use super::{IngestError, Room, killpoint};
use crate::domain::pipeline::{Artifact, Commit, Job, Pipeline};
use crate::domain::project::Project;
use crate::domain::scan::{Scan, Tally};
use crate::store::meta::{Sequence, take_id};
use crate::store::{Reads, StoreError, WriteTx, pipelines, projects, scans};
use casemate_shared::{Ingestion, ReportType, ScanMode, ScanStatus};

/// One file of an upload.
pub struct NewReport {
    /// Type as handed in.
    pub report_type: ReportType,
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
    /// Job name; the report type when not given.
    pub job_name: Option<String>,
    /// Stage.
    pub stage: String,
    /// `success`, `failed`, `canceled`.
    pub job_status: String,
    /// Whether the pipeline passes although the job failed.
    pub allow_failure: bool,
    /// False when more jobs will follow.
    pub complete: bool,
    /// What was told about the commit.
    pub commit: Commit,
    /// When the job began.
    pub started_at: Option<i64>,
    /// When it ended.
    pub finished_at: Option<i64>,
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
    /// One scan per report, in their order.
    pub scan_ids: Vec<u64>,
    /// Whether it repeats an earlier upload and changed nothing.
    pub is_repetition: bool,
}

/// A report whose file is kept.
struct KeptReport {
    report_type: ReportType,
    filename: String,
    size: u64,
    gzip: bool,
    sha256: [u8; 32],
    job_name: String,
}

/// Keeps the files and stores the upload.
///
/// # Errors
/// When the target does not fit, or disk or store fail; then nothing of the upload is stored.
pub fn accept(room: &Room, project: &Project, user_id: u64, mut upload: NewUpload) -> Result<Accepted, AcceptError> {
    let mut kept = Vec::with_capacity(upload.reports.len());
    let names = job_names(upload.job_name.as_deref(), &upload.reports);
    for (report, job_name) in std::mem::take(&mut upload.reports).into_iter().zip(names) {
        let (size, gzip) = (report.file.size, report.file.gzip);
        let sha256 = room.artifacts.keep(report.file).map_err(IngestError::from)?;
        kept.push(KeptReport { report_type: report.report_type, filename: report.filename, size, gzip, sha256, job_name });
    }
    killpoint::pass("after-keep");
    let now = room.clock.now();
    let accepted = room.store.write(|wtx| store(wtx, project, user_id, &upload, &kept, now))?;
    killpoint::pass("after-accept");
    Ok(accepted)
}

/// Names of the jobs: the n-th file of a type goes into `<name>`, `<name> 2`, ...
fn job_names(given: Option<&str>, reports: &[NewReport]) -> Vec<String> {
    let mut earlier: Vec<ReportType> = Vec::new();
    let name = |report: &NewReport| {
        earlier.push(report.report_type);
        let base = given.unwrap_or(report.report_type.as_str());
        match earlier.iter().filter(|kind| **kind == report.report_type).count() {
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
    now: i64,
) -> Result<Accepted, AcceptError> {
    // Read again under the writer: somebody may have changed or removed it since the caller looked.
    let missing = || IngestError::Missing { what: "project".to_owned(), id: project.id };
    let project = &projects::find_project(wtx, project.id)?.ok_or_else(missing)?;
    let existing = find_target(wtx, project, upload)?;
    if let Some(pipeline) = &existing
        && let Some(accepted) = repetition(wtx, pipeline, upload, kept)?
    {
        return Ok(accepted);
    }
    let mut pipeline = match existing {
        Some(pipeline) => pipeline,
        None => new_pipeline(wtx, project, user_id, upload, now)?,
    };
    let jobs = make_jobs(wtx, &pipeline, upload, kept, now)?;
    let mut scan_ids = Vec::with_capacity(kept.len());
    for report in kept {
        let Some(job) = jobs.iter().find(|job| job.name == report.job_name) else { continue };
        scan_ids.push(make_scan(wtx, &pipeline, job, report, now)?);
    }
    pipeline.complete = upload.complete;
    pipeline.ingestion = Ingestion::Queued;
    pipeline.status = pipeline_status(&pipelines::jobs(wtx, pipeline.id)?, upload.complete);
    pipeline.updated_at = now;
    pipelines::put_pipeline(wtx, &pipeline)?;
    pipelines::enqueue(wtx, pipeline.id)?;
    projects::put_project(wtx, &Project { last_activity_at: now, ..project.clone() })?;
    Ok(Accepted { pipeline_id: pipeline.id, scan_ids, is_repetition: false })
}

fn find_target(tx: &impl Reads, project: &Project, upload: &NewUpload) -> Result<Option<Pipeline>, AcceptError> {
    let found = match &upload.target {
        Target::Fresh => None,
        Target::Key(key) => pipelines::find_pipeline_by_key(tx, project.id, key)?,
        Target::Id(id) => {
            let found = pipelines::find_pipeline(tx, *id)?.filter(|pipeline| pipeline.project_id == project.id);
            Some(found.ok_or(AcceptError::NoPipeline(*id))?)
        }
    };
    if let Some(pipeline) = &found
        && (pipeline.sha != upload.sha || pipeline.ref_name != upload.ref_name.name || pipeline.tag != upload.ref_name.is_tag)
    {
        return Err(AcceptError::OtherCommit { id: pipeline.id, ref_name: pipeline.ref_name.clone(), sha: pipeline.sha.clone() });
    }
    Ok(found)
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
    if pipeline.complete != upload.complete || pipeline.ingestion == Ingestion::Failed {
        return Ok(None);
    }
    let mut scan_ids = Vec::with_capacity(kept.len());
    let stored = scans::scans(tx, pipeline.id)?;
    for report in kept {
        let mut same = None;
        for scan in stored.iter().filter(|scan| scan.latest && scan.report_type == report.report_type) {
            let job = pipelines::find_job(tx, scan.job_id)?;
            let artifact = pipelines::find_artifact(tx, scan.artifact_id)?;
            let same_job = |job: Job| job.name == report.job_name && job.status == upload.job_status;
            if job.is_some_and(same_job) && artifact.is_some_and(|artifact| artifact.sha256 == report.sha256) {
                same = Some(scan.id);
            }
        }
        match same {
            Some(id) => scan_ids.push(id),
            None => return Ok(None),
        }
    }
    Ok(Some(Accepted { pipeline_id: pipeline.id, scan_ids, is_repetition: true }))
}

fn new_pipeline(
    wtx: &mut WriteTx,
    project: &Project,
    user_id: u64,
    upload: &NewUpload,
    now: i64,
) -> Result<Pipeline, StoreError> {
    let key = match &upload.target {
        Target::Key(key) => Some(key.clone()),
        _ => None,
    };
    Ok(Pipeline {
        id: take_id(wtx, Sequence::Pipeline)?,
        iid: take_id(wtx, Sequence::PipelineOf(project.id))?,
        project_id: project.id,
        sha: upload.sha.clone(),
        ref_name: upload.ref_name.name.clone(),
        tag: upload.ref_name.is_tag,
        status: "running".to_owned(),
        source: "external".to_owned(),
        name: None,
        key,
        user_id,
        created_at: now,
        updated_at: now,
        ingestion: Ingestion::Queued,
        on_default_branch: !upload.ref_name.is_tag && upload.ref_name.name == project.default_branch,
        complete: upload.complete,
        findings: None,
        scans_with_errors: 0,
        commit: upload.commit.clone(),
    })
}

/// One job per name; an earlier job of that name in the pipeline was retried, its scans count no more.
fn make_jobs(
    wtx: &mut WriteTx,
    pipeline: &Pipeline,
    upload: &NewUpload,
    kept: &[KeptReport],
    now: i64,
) -> Result<Vec<Job>, StoreError> {
    let mut jobs: Vec<Job> = Vec::new();
    let earlier = pipelines::jobs(wtx, pipeline.id)?;
    for report in kept {
        if jobs.iter().any(|job| job.name == report.job_name) {
            continue;
        }
        for mut old in earlier.iter().filter(|job| job.name == report.job_name && !job.retried).cloned() {
            old.retried = true;
            pipelines::put_job(wtx, &old)?;
            for mut scan in scans::scans(wtx, pipeline.id)?.into_iter().filter(|scan| scan.job_id == old.id) {
                scan.latest = false;
                scans::put_scan(wtx, &scan)?;
            }
        }
        let job = Job {
            id: take_id(wtx, Sequence::Job)?,
            pipeline_id: pipeline.id,
            project_id: pipeline.project_id,
            name: report.job_name.clone(),
            stage: upload.stage.clone(),
            status: upload.job_status.clone(),
            allow_failure: upload.allow_failure,
            retried: false,
            created_at: now,
            started_at: upload.started_at,
            finished_at: upload.finished_at.or(Some(now)),
        };
        pipelines::put_job(wtx, &job)?;
        jobs.push(job);
    }
    Ok(jobs)
}

fn make_scan(wtx: &mut WriteTx, pipeline: &Pipeline, job: &Job, report: &KeptReport, now: i64) -> Result<u64, StoreError> {
    let artifact = Artifact {
        id: take_id(wtx, Sequence::Artifact)?,
        job_id: job.id,
        pipeline_id: pipeline.id,
        project_id: pipeline.project_id,
        file_type: report.report_type.as_str().to_owned(),
        filename: report.filename.clone(),
        size: report.size,
        sha256: report.sha256,
        gzip: report.gzip,
        created_at: now,
    };
    pipelines::put_artifact(wtx, &artifact)?;
    let scan = Scan {
        id: take_id(wtx, Sequence::Scan)?,
        pipeline_id: pipeline.id,
        job_id: job.id,
        project_id: pipeline.project_id,
        artifact_id: artifact.id,
        report_type: report.report_type,
        status: ScanStatus::Created,
        latest: true,
        mode: ScanMode::Full,
        schema_version: None,
        scanner: None,
        analyzer: None,
        scanner_ids: Vec::new(),
        report_status: None,
        start_time: None,
        end_time: None,
        errors: Vec::new(),
        warnings: Vec::new(),
        declared: 0,
        accepted: 0,
        duplicate: 0,
        rejected: 0,
        tally: Tally::default(),
        accepted_chunks: Vec::new(),
        duplicate_chunks: Vec::new(),
        created_at: pipeline.created_at,
    };
    scans::put_scan(wtx, &scan)?;
    Ok(scan.id)
}

/// GitLab's word for the whole: the worst of the jobs that count.
fn pipeline_status(jobs: &[Job], complete: bool) -> String {
    let counts = |word: &str| jobs.iter().any(|job| !job.retried && !job.allow_failure && job.status == word);
    let word = match () {
        () if !complete => "running",
        () if counts("failed") => "failed",
        () if counts("canceled") => "canceled",
        () => "success",
    };
    word.to_owned()
}
