//! The answer to an upload. Must not know: how it was taken in.

use super::{messages, pipelines};
use crate::domain::project::Project;
use crate::domain::scan::Scan;
use crate::store::{ReadTx, StoreError, pipelines as stored, scans};
use casemate_shared::ScanStatus;
use casemate_shared::api::report::{ReportResult, ReportSummary, UploadAnswer};

/// What became of an upload, as far as it is known now.
///
/// # Errors
/// When the store fails or a row is missing.
pub fn answer(
    rtx: &ReadTx,
    project: &Project,
    pipeline: u64,
    scan_ids: &[u64],
    warnings: Vec<String>,
    origin: &str,
) -> Result<UploadAnswer, StoreError> {
    let missing = |what: &str| StoreError::Damaged { table: "pipelines", reason: format!("{what} of an upload is missing") };
    let pipeline = stored::find_pipeline(rtx, pipeline)?.ok_or_else(|| missing("the pipeline"))?;
    let mut reports = Vec::with_capacity(scan_ids.len());
    let mut jobs = Vec::new();
    for id in scan_ids {
        let scan = scans::find_scan(rtx, *id)?.ok_or_else(|| missing("a scan"))?;
        let job = stored::find_job(rtx, scan.job_id)?.ok_or_else(|| missing("a job"))?;
        if !jobs.iter().any(|known: &casemate_shared::api::pipeline::Job| known.id == job.id) {
            jobs.push(pipelines::job(rtx, &job, &pipeline, project, origin)?);
        }
        reports.push(result(rtx, &scan)?);
    }
    let wire = pipelines::pipeline(&pipeline, project, origin);
    let web_url = format!("{}/security", wire.web_url);
    Ok(UploadAnswer { pipeline: wire, jobs, summary: total(&reports), reports, merge_request: None, warnings, web_url })
}

fn result(rtx: &ReadTx, scan: &Scan) -> Result<ReportResult, StoreError> {
    let filename = stored::find_artifact(rtx, scan.artifact_id)?.map(|artifact| artifact.filename).unwrap_or_default();
    Ok(ReportResult {
        report_type: scan.report_type,
        job_id: scan.job_id,
        scan_id: scan.id,
        filename,
        status: scan.status,
        schema_version: scan.schema_version.clone(),
        findings: scan.accepted,
        summary: pipelines::summary(scan),
        rejected_path: None,
        errors: messages(&scan.errors),
        warnings: messages(&scan.warnings),
    })
}

/// Sums; a number that one report does not know yet is not known of the whole. Reports that add nothing
/// (errors) don't keep the others' numbers back.
fn total(reports: &[ReportResult]) -> ReportSummary {
    let counted: Vec<ReportSummary> = reports.iter().filter_map(|report| report.summary.clone()).collect();
    let ingested = || reports.iter().filter(|report| !matches!(report.status, ScanStatus::ReportError | ScanStatus::JobFailed));
    let sum = |read: fn(&ReportSummary) -> u64| counted.iter().map(read).sum();
    let later = |read: fn(&ReportSummary) -> Option<u64>| {
        ingested().map(|report| report.summary.as_ref().and_then(read)).sum::<Option<u64>>()
    };
    ReportSummary {
        declared: sum(|summary| summary.declared),
        accepted: sum(|summary| summary.accepted),
        duplicate: sum(|summary| summary.duplicate),
        rejected: sum(|summary| summary.rejected),
        new: later(|summary| summary.new),
        known: later(|summary| summary.known),
        redetected: later(|summary| summary.redetected),
        no_longer_detected: later(|summary| summary.no_longer_detected),
        kept_open: later(|summary| summary.kept_open),
        kept_open_reasons: Vec::new(),
    }
}
