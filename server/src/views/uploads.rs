//! The answer to an upload. Must not know: how it was taken in.

use super::jobs::Frame;
use super::{coverage, messages, pipelines};
use crate::domain::scan::{Foreseen, ForeseenReport, Scan};
use crate::store::{ReadTx, StoreError, pipelines as stored, scans};
use casemate_shared::KeptOpen;
use casemate_shared::api::report::{DryRunAnswer, DryRunReport, ReportResult, ReportSummary, UploadAnswer};
use std::collections::BTreeMap;

/// What became of an upload, as far as it is known now.
///
/// # Errors
/// When the store fails or a row is missing.
pub fn answer(frame: &Frame<'_>, pipeline: u64, scan_ids: &[u64], warnings: Vec<String>) -> Result<UploadAnswer, StoreError> {
    let Frame { rtx, project, origin, .. } = *frame;
    let missing = |what: &str| StoreError::Damaged { table: "pipelines", reason: format!("{what} of an upload is missing") };
    let pipeline = stored::find_pipeline(rtx, pipeline)?.ok_or_else(|| missing("the pipeline"))?;
    let mut reports = Vec::with_capacity(scan_ids.len());
    let mut jobs = Vec::new();
    for id in scan_ids {
        let scan = scans::find_scan(rtx, *id)?.ok_or_else(|| missing("a scan"))?;
        let job = stored::find_job(rtx, scan.job_id)?.ok_or_else(|| missing("a job"))?;
        if !jobs.iter().any(|known: &casemate_shared::api::pipeline::Job| known.id == job.id) {
            jobs.push(pipelines::job(frame, &job, &pipeline)?);
        }
        reports.push(result(rtx, &scan)?);
    }
    let wire = pipelines::pipeline(pipeline.clone(), project, origin);
    let web_url = format!("{}/security", wire.web_url);
    let summary = total(reports.iter().map(|report| report.summary.as_ref()));
    Ok(UploadAnswer { pipeline: wire, jobs, summary, reports, merge_request: None, warnings, web_url })
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
        rejected_path: pipelines::rejected_path(scan),
        errors: messages(&scan.errors),
        warnings: messages(&scan.warnings),
    })
}

/// Everything that a pipeline's jobs handed in and that counts, as the answers to the uploads said it.
///
/// # Errors
/// When the store fails or a row is missing.
pub fn of_pipeline(frame: &Frame<'_>, pipeline: u64) -> Result<UploadAnswer, StoreError> {
    let latest: Vec<u64> = scans::scans(frame.rtx, pipeline)?.iter().filter(|scan| scan.latest).map(|scan| scan.id).collect();
    answer(frame, pipeline, &latest, Vec::new())
}

/// The answer to an upload that was only tried.
pub fn dry_run(foreseen: &Foreseen, warnings: Vec<String>) -> DryRunAnswer {
    let reports: Vec<DryRunReport> = foreseen.reports.iter().map(dry_run_report).collect();
    let summary = total(reports.iter().map(|report| report.summary.as_ref()));
    DryRunAnswer {
        dry_run: true,
        pipeline: None,
        jobs: Vec::new(),
        is_repetition: foreseen.is_repetition,
        reports,
        summary,
        merge_request: None,
        warnings,
        web_url: None,
    }
}

fn dry_run_report(report: &ForeseenReport) -> DryRunReport {
    let scan = &report.scan;
    DryRunReport {
        report_type: scan.report_type,
        job_name: report.job_name.clone(),
        filename: report.filename.clone(),
        status: scan.status,
        schema_version: scan.schema_version.clone(),
        findings: scan.accepted,
        summary: pipelines::summary(scan),
        errors: messages(&scan.errors),
        warnings: messages(&scan.warnings),
    }
}

/// Sums; a number that one report does not know yet is not known of the whole.
pub(super) fn total<'a>(summaries: impl Iterator<Item = Option<&'a ReportSummary>> + Clone) -> ReportSummary {
    let sum = |read: fn(&ReportSummary) -> u64| summaries.clone().flatten().map(read).sum();
    let later =
        |read: fn(&ReportSummary) -> Option<u64>| summaries.clone().map(|summary| summary.and_then(read)).sum::<Option<u64>>();
    let mut reasons: BTreeMap<KeptOpen, u64> = BTreeMap::new();
    for entry in summaries.clone().flatten().flat_map(|summary| &summary.kept_open_reasons) {
        *reasons.entry(entry.reason).or_default() += entry.count;
    }
    let kept_open = later(|summary| summary.kept_open);
    if kept_open.is_none() {
        reasons.clear();
    }
    ReportSummary {
        declared: sum(|summary| summary.declared),
        accepted: sum(|summary| summary.accepted),
        duplicate: sum(|summary| summary.duplicate),
        rejected: sum(|summary| summary.rejected),
        new: later(|summary| summary.new),
        known: later(|summary| summary.known),
        redetected: later(|summary| summary.redetected),
        no_longer_detected: later(|summary| summary.no_longer_detected),
        kept_open,
        kept_open_reasons: reasons.into_iter().map(|(reason, count)| coverage::kept_open_count(reason, count)).collect(),
    }
}
