//! Makes the rows of pipelines, jobs, artifacts and scans, whichever way they came in.
//!
//! Must not know: when a pipeline is complete, what is in a report.

use super::refname::RefName;
use super::{family, foreign};
use crate::domain::expiry::KeepFor;
use crate::domain::pipeline::{Artifact, Commit, Job, Pipeline, Section};
use crate::domain::project::Project;
use crate::domain::scan::{Scan, Tally};
use crate::store::meta::{Sequence, take_id};
use crate::store::{Reads, StoreError, WriteTx, branches, pipelines, projects, scans};
use casemate_shared::{Ingestion, ReportType, ScanMode, ScanStatus};

/// What a pipeline is made from.
pub(super) struct Origin<'a> {
    pub ref_name: &'a RefName,
    pub sha: &'a str,
    pub key: Option<&'a str>,
    pub source: &'a str,
    pub commit: &'a Commit,
    /// The parent, checked by `family::parent`.
    pub parent: Option<&'a Pipeline>,
}

/// Why a project takes nothing.
#[derive(Debug, thiserror::Error)]
pub enum ClosedError {
    /// It was removed meanwhile.
    #[error("the project was removed")]
    Gone,
    /// It was archived meanwhile.
    #[error("the project is archived and read-only")]
    Archived,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The project as it is when something is written into it: a request may take minutes to arrive, and in the
/// meantime the project may have been renamed, archived or removed.
///
/// # Errors
/// When nothing may be written into it.
pub(super) fn open_project(tx: &impl Reads, id: u64) -> Result<Project, ClosedError> {
    let project = projects::find_project(tx, id)?.filter(|project| project.deleted_at.is_none()).ok_or(ClosedError::Gone)?;
    if project.archived { Err(ClosedError::Archived) } else { Ok(project) }
}

/// Where a pipeline comes from unless somebody says otherwise.
pub(super) const SOURCE: &str = "external";

/// A pipeline without jobs; the caller settles it, which stores it.
pub(super) fn new_pipeline(
    wtx: &mut WriteTx,
    project: &Project,
    user_id: u64,
    origin: Origin<'_>,
    now: i64,
) -> Result<Pipeline, StoreError> {
    let is_default = !origin.ref_name.is_tag && origin.ref_name.name == project.default_branch;
    let pipeline = Pipeline {
        id: take_id(wtx, Sequence::Pipeline)?,
        iid: take_id(wtx, Sequence::PipelineOf(project.id))?,
        project_id: project.id,
        sha: origin.sha.to_owned(),
        ref_name: origin.ref_name.name.clone(),
        tag: origin.ref_name.is_tag,
        status: "running".to_owned(),
        source: if origin.parent.is_some() { family::SOURCE } else { origin.source }.to_owned(),
        name: None,
        key: origin.key.map(str::to_owned),
        user_id,
        created_at: now,
        updated_at: now,
        parent_id: origin.parent.map(|parent| parent.id),
        root_id: origin.parent.map(Pipeline::root),
        ingestion: Ingestion::Queued,
        on_default_branch: origin.parent.map_or(is_default, |parent| parent.on_default_branch),
        complete: false,
        held: false,
        expected_jobs: Vec::new(),
        missing_jobs: Vec::new(),
        ending: None,
        deadline: None,
        finished_at: None,
        deleted_at: None,
        findings: None,
        scans_with_errors: 0,
        undone_at: None,
        commit: origin.commit.clone(),
    };
    if !pipeline.tag && pipeline.parent_id.is_none() {
        branches::hear(wtx, project.id, &pipeline.ref_name, &pipeline.sha, user_id, now)?;
    }
    if pipeline.parent_id.is_some() {
        // Its scans are listed with those of its root.
        pipelines::put_pipeline(wtx, &pipeline)?;
    }
    Ok(pipeline)
}

/// The job of that name that counts.
pub(super) fn current_job(tx: &impl Reads, pipeline: u64, name: &str) -> Result<Option<Job>, StoreError> {
    Ok(pipelines::jobs(tx, pipeline)?.into_iter().rfind(|job| job.name == name && !job.retried))
}

/// Marks the jobs of that name as retried: their scans count no more.
pub(super) fn replace_job(wtx: &mut WriteTx, pipeline: u64, name: &str) -> Result<(), StoreError> {
    for mut old in pipelines::jobs(wtx, pipeline)?.into_iter().filter(|job| job.name == name && !job.retried) {
        old.retried = true;
        pipelines::put_job(wtx, &old)?;
        for mut scan in scans::scans(wtx, pipeline)?.into_iter().filter(|scan| scan.job_id == old.id) {
            scan.latest = false;
            scans::put_scan(wtx, &scan)?;
        }
    }
    Ok(())
}

/// A job that is about to begin; not stored yet.
pub(super) fn new_job(wtx: &mut WriteTx, pipeline: &Pipeline, user_id: u64, name: &str, now: i64) -> Result<Job, StoreError> {
    Ok(Job {
        id: take_id(wtx, Sequence::Job)?,
        pipeline_id: pipeline.id,
        project_id: pipeline.project_id,
        name: name.to_owned(),
        stage: "test".to_owned(),
        status: "pending".to_owned(),
        allow_failure: false,
        retried: false,
        created_at: now,
        started_at: None,
        finished_at: None,
        user_id,
        target_url: None,
        description: None,
        coverage: None,
        failure_reason: None,
        erased_at: None,
        keep_artifacts: false,
    })
}

/// A kept file, as its row names it.
pub(super) struct KeptFile<'a> {
    pub file_type: &'a str,
    pub sections: &'a [Section],
    pub filename: &'a str,
    pub size: u64,
    pub gzip: bool,
    pub sha256: [u8; 32],
    pub keep_for: KeepFor,
}

/// Stores the row of a file.
pub(super) fn put_artifact(wtx: &mut WriteTx, job: &Job, file: KeptFile<'_>, now: i64) -> Result<Artifact, StoreError> {
    let artifact = Artifact {
        id: take_id(wtx, Sequence::Artifact)?,
        job_id: job.id,
        pipeline_id: job.pipeline_id,
        project_id: job.project_id,
        file_type: file.file_type.to_owned(),
        sections: file.sections.to_vec(),
        filename: file.filename.to_owned(),
        size: file.size,
        sha256: file.sha256,
        gzip: file.gzip,
        created_at: now,
        expiry: file.keep_for.from(now),
        expired_at: None,
    };
    pipelines::put_artifact(wtx, &artifact)?;
    Ok(artifact)
}

/// Makes the scans of a file, to be read; answers their ids.
pub(super) fn make_scans(wtx: &mut WriteTx, pipeline: &Pipeline, artifact: &Artifact) -> Result<Vec<u64>, StoreError> {
    let mut ids = Vec::with_capacity(artifact.sections.len());
    for (run, report_type) in foreign::all_sections(wtx, pipeline, &artifact.sections)? {
        let id = take_id(wtx, Sequence::Scan)?;
        scans::put_scan(wtx, &new_scan(id, pipeline, artifact, run, report_type))?;
        ids.push(id);
    }
    Ok(ids)
}

fn new_scan(id: u64, pipeline: &Pipeline, artifact: &Artifact, run: u64, report_type: ReportType) -> Scan {
    Scan {
        id,
        pipeline_id: pipeline.id,
        job_id: artifact.job_id,
        project_id: pipeline.project_id,
        artifact_id: artifact.id,
        run,
        report_type,
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
    }
}
