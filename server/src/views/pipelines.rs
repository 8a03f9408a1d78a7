//! Pipelines, jobs and scans on the wire. Must not know: how they came to be.

use super::{coverage, messages, tool};
use crate::clock::iso;
use crate::domain::pipeline::{Artifact, Commit, Job, Pipeline};
use crate::domain::project::Project;
use crate::domain::scan::Scan;
use crate::store::{ReadTx, StoreError, pipelines as stored, scans};
use casemate_shared::ScanStatus;
use casemate_shared::api::pipeline as wire;
use casemate_shared::api::report::ReportSummary;

/// A pipeline.
pub fn pipeline(pipeline: &Pipeline, project: &Project, origin: &str) -> wire::Pipeline {
    wire::Pipeline {
        id: pipeline.id,
        iid: pipeline.iid,
        project_id: pipeline.project_id,
        sha: pipeline.sha.clone(),
        ref_name: pipeline.ref_name.clone(),
        tag: pipeline.tag,
        status: pipeline.status.clone(),
        source: pipeline.source.clone(),
        name: pipeline.name.clone(),
        web_url: format!("{origin}/{}/-/pipelines/{}", project.full_path, pipeline.id),
        created_at: iso(pipeline.created_at),
        updated_at: iso(pipeline.updated_at),
        ingestion: pipeline.ingestion,
        on_default_branch: pipeline.on_default_branch,
        findings: pipeline.findings,
        scans_with_errors: pipeline.scans_with_errors,
        undone_at: pipeline.undone_at.map(iso),
    }
}

fn artifact(artifact: &Artifact) -> wire::JobArtifact {
    wire::JobArtifact {
        file_type: artifact.file_type.clone(),
        size: artifact.size,
        filename: artifact.filename.clone(),
        file_format: if artifact.gzip { "gzip" } else { "raw" }.to_owned(),
        expired_at: artifact.expired_at.map(iso),
    }
}

/// A job with its files.
///
/// # Errors
/// When the store fails.
pub fn job(rtx: &ReadTx, job: &Job, of: &Pipeline, project: &Project, origin: &str) -> Result<wire::Job, StoreError> {
    Ok(wire::Job {
        id: job.id,
        name: job.name.clone(),
        stage: job.stage.clone(),
        status: job.status.clone(),
        ref_name: of.ref_name.clone(),
        tag: of.tag,
        allow_failure: job.allow_failure,
        created_at: iso(job.created_at),
        started_at: job.started_at.map(iso),
        finished_at: job.finished_at.map(iso),
        pipeline: wire::JobPipeline {
            id: of.id,
            iid: of.iid,
            project_id: of.project_id,
            sha: of.sha.clone(),
            ref_name: of.ref_name.clone(),
            status: of.status.clone(),
        },
        web_url: format!("{origin}/{}/-/jobs/{}", project.full_path, job.id),
        artifacts: stored::artifacts(rtx, job.id)?.iter().map(artifact).collect(),
        commit: commit(&of.sha, &of.commit),
    })
}

fn commit(sha: &str, commit: &Commit) -> wire::JobCommit {
    wire::JobCommit {
        id: sha.to_owned(),
        short_id: sha.chars().take(8).collect(),
        title: commit.message.lines().next().unwrap_or_default().to_owned(),
        author_name: commit.author_name.clone(),
        author_email: commit.author_email.clone(),
    }
}

/// Jobs of a pipeline.
///
/// # Errors
/// When the store fails.
pub fn jobs(
    rtx: &ReadTx,
    of: &Pipeline,
    project: &Project,
    origin: &str,
    with_retried: bool,
) -> Result<Vec<wire::Job>, StoreError> {
    let all = stored::jobs(rtx, of.id)?;
    all.iter().filter(|entry| with_retried || !entry.retried).map(|entry| job(rtx, entry, of, project, origin)).collect()
}

/// Numbers of a scan; none before it is stored. Those of ingestion are null until they are final.
pub fn summary(scan: &Scan) -> Option<ReportSummary> {
    if !scan.status.is_terminal() || scan.status == ScanStatus::PreparationFailed {
        return None;
    }
    let ingested = scan.tally.is_final.then_some(&scan.tally);
    Some(ReportSummary {
        declared: scan.declared,
        accepted: scan.accepted,
        duplicate: scan.duplicate,
        rejected: scan.rejected,
        new: ingested.map(|tally| tally.new),
        known: ingested.map(|tally| scan.accepted.saturating_sub(tally.new)),
        redetected: ingested.map(|tally| tally.redetected),
        no_longer_detected: ingested.map(|tally| tally.no_longer_detected),
        kept_open: None,
        kept_open_reasons: Vec::new(),
    })
}

/// Scans of a pipeline, oldest first.
///
/// # Errors
/// When the store fails.
pub fn scan_list(rtx: &ReadTx, of: &Pipeline) -> Result<Vec<wire::Scan>, StoreError> {
    scans::scans(rtx, of.id)?.iter().map(|entry| scan(rtx, entry)).collect()
}

fn scan(rtx: &ReadTx, scan: &Scan) -> Result<wire::Scan, StoreError> {
    let damaged = |what: &str| StoreError::Damaged { table: "scans", reason: format!("scan {}: {what} is missing", scan.id) };
    let file = stored::find_artifact(rtx, scan.artifact_id)?.ok_or_else(|| damaged("artifact"))?;
    let job = stored::find_job(rtx, scan.job_id)?.ok_or_else(|| damaged("job"))?;
    Ok(wire::Scan {
        coverage: coverage::of_scan(rtx, scan, scan.pipeline_id)?,
        id: scan.id,
        pipeline_id: scan.pipeline_id,
        job_id: scan.job_id,
        job_name: job.name,
        report_type: scan.report_type,
        status: scan.status,
        latest: scan.latest,
        mode: scan.mode,
        schema_version: scan.schema_version.clone(),
        scanner: scan.scanner.as_ref().map(tool),
        analyzer: scan.analyzer.as_ref().map(tool),
        report_status: scan.report_status.clone(),
        start_time: scan.start_time.clone(),
        end_time: scan.end_time.clone(),
        summary: summary(scan),
        errors: messages(&scan.errors),
        warnings: messages(&scan.warnings),
        artifact: artifact(&file),
        download_path: format!("/api/v4/projects/{}/jobs/{}/artifacts/by_id/{}", scan.project_id, scan.job_id, file.id),
        rejected_path: None,
        created_at: iso(scan.created_at),
    })
}
