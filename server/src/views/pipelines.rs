//! Pipelines, jobs and scans on the wire. Must not know: how they came to be.

pub use super::jobs::job;
use super::{access, coverage, messages, tool};
use crate::clock::iso;
use crate::domain::pipeline::{Artifact, Ending, Pipeline};
use crate::domain::project::Project;
use crate::domain::scan::Scan;
use crate::store::{ReadTx, StoreError, pipelines as stored, scans};
use casemate_shared::ScanStatus;
use casemate_shared::api::pipeline as wire;
use casemate_shared::api::report::ReportSummary;

/// A pipeline.
pub fn pipeline(pipeline: Pipeline, project: &Project, origin: &str) -> wire::Pipeline {
    wire::Pipeline {
        ending: ending(&pipeline),
        id: pipeline.id,
        iid: pipeline.iid,
        project_id: pipeline.project_id,
        sha: pipeline.sha,
        ref_name: pipeline.ref_name,
        tag: pipeline.tag,
        status: pipeline.status,
        source: pipeline.source,
        name: pipeline.name,
        web_url: format!("{origin}/{}/-/pipelines/{}", project.full_path, pipeline.id),
        created_at: iso(pipeline.created_at),
        updated_at: iso(pipeline.updated_at),
        ingestion: pipeline.ingestion,
        on_default_branch: pipeline.on_default_branch,
        findings: pipeline.findings,
        scans_with_errors: pipeline.scans_with_errors,
        undone_at: pipeline.undone_at.map(iso),
        complete: pipeline.complete,
        expected_jobs: pipeline.expected_jobs,
        missing_jobs: pipeline.missing_jobs,
        waits_until: pipeline.deadline.map(iso),
        parent_pipeline_id: pipeline.parent_id,
    }
}

/// The same without what scanners found, for who may not read that.
pub fn without_numbers(pipeline: wire::Pipeline) -> wire::Pipeline {
    wire::Pipeline { findings: None, scans_with_errors: 0, ..pipeline }
}

/// What is to be said about a pipeline that did not end by its jobs alone.
fn ending(pipeline: &Pipeline) -> Option<String> {
    let missing = match pipeline.missing_jobs.len() {
        0 => String::new(),
        _ => format!(
            "; these announced jobs did not come and count as failed, nothing of their scanners is closed: {}",
            pipeline.missing_jobs.join(", ")
        ),
    };
    match pipeline.ending {
        Some(Ending::TimedOut) => Some(format!("it waited too long for its jobs{missing}")),
        Some(Ending::Canceled) => Some(format!("it was canceled{missing}")),
        None if !missing.is_empty() => Some(format!("it was completed early{missing}")),
        None => None,
    }
}

/// A pipeline alone.
///
/// # Errors
/// When the store fails.
pub fn detail(rtx: &ReadTx, of: &Pipeline, project: &Project, origin: &str) -> Result<wire::PipelineDetail, StoreError> {
    let mut jobs = stored::jobs(rtx, of.id)?;
    jobs.retain(|job| !job.retried);
    let started_at = jobs.iter().filter_map(|job| job.started_at).min();
    let seconds = |begin: i64, end: i64| u64::try_from((end - begin) / 1_000).unwrap_or_default();
    let told: Vec<u64> = jobs.iter().filter_map(|job| job.coverage).collect();
    let coverage = (!told.is_empty()).then(|| told.iter().sum::<u64>() / told.len() as u64);
    Ok(wire::PipelineDetail {
        pipeline: pipeline(of.clone(), project, origin),
        before_sha: "0".repeat(40),
        yaml_errors: None,
        user: access::brief(rtx, of.user_id, origin)?,
        started_at: started_at.map(iso),
        finished_at: of.finished_at.map(iso),
        committed_at: None,
        duration: started_at.zip(of.finished_at).map(|(begin, end)| seconds(begin, end)),
        queued_duration: None,
        coverage: coverage.map(|hundredths| format!("{}.{:02}", hundredths / 100, hundredths % 100)),
        detailed_status: detailed_status(of, project, origin),
        archived: false,
        job_token: None,
    })
}

fn detailed_status(of: &Pipeline, project: &Project, origin: &str) -> wire::DetailedStatus {
    let (icon, text) = match of.status.as_str() {
        "success" => ("status_success", "Passed"),
        "failed" => ("status_failed", "Failed"),
        "canceled" => ("status_canceled", "Canceled"),
        "skipped" => ("status_skipped", "Skipped"),
        "pending" => ("status_pending", "Pending"),
        _ => ("status_running", "Running"),
    };
    // As in GitLab, a path with what stands before all paths of the server.
    let host = origin.split_once("://").map_or(origin, |(_, host)| host);
    let root = host.find('/').and_then(|at| host.get(at..)).unwrap_or_default();
    wire::DetailedStatus {
        icon: icon.to_owned(),
        text: text.to_owned(),
        label: text.to_lowercase(),
        group: of.status.clone(),
        tooltip: text.to_lowercase(),
        has_details: true,
        details_path: format!("{root}/{}/-/pipelines/{}", project.full_path, of.id),
        favicon: None,
    }
}

pub(super) fn artifact(artifact: &Artifact) -> wire::JobArtifact {
    wire::JobArtifact {
        file_type: artifact.file_type.clone(),
        size: artifact.size,
        filename: artifact.filename.clone(),
        file_format: if artifact.gzip { "gzip" } else { "raw" }.to_owned(),
        expired_at: artifact.expired_at.map(iso),
    }
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
        kept_open: ingested.map(|tally| tally.kept_open.iter().map(|(_, count)| count).sum()),
        kept_open_reasons: ingested.map(coverage::kept_open).unwrap_or_default(),
    })
}

/// Where the rejected ledger of a scan is, below the server's root; none when nothing was rejected.
pub fn rejected_path(scan: &Scan) -> Option<String> {
    let is_read = scan.status.is_terminal() && scan.status != ScanStatus::PreparationFailed;
    let (project, pipeline, id) = (scan.project_id, scan.pipeline_id, scan.id);
    (is_read && (scan.rejected > 0 || !scan.errors.is_empty()))
        .then(|| format!("/api/v4/projects/{project}/pipelines/{pipeline}/scans/{id}/rejected"))
}

/// Scans of a pipeline and its descendants, oldest first.
///
/// # Errors
/// When the store fails.
pub fn scan_list(rtx: &ReadTx, of: &Pipeline) -> Result<Vec<wire::Scan>, StoreError> {
    scans::of_descent(rtx, of.id)?.iter().map(|entry| scan(rtx, entry, of.root())).collect()
}

/// `root` is the pipeline that it was ingested with.
fn scan(rtx: &ReadTx, scan: &Scan, root: u64) -> Result<wire::Scan, StoreError> {
    let damaged = |what: &str| StoreError::Damaged { table: "scans", reason: format!("scan {}: {what} is missing", scan.id) };
    let file = stored::find_artifact(rtx, scan.artifact_id)?.ok_or_else(|| damaged("artifact"))?;
    let job = stored::find_job(rtx, scan.job_id)?.ok_or_else(|| damaged("job"))?;
    Ok(wire::Scan {
        coverage: coverage::of_scan(rtx, scan, root)?,
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
        rejected_path: rejected_path(scan),
        created_at: iso(scan.created_at),
    })
}
