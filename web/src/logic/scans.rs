//! Scans of a pipeline in words: status, coverage line, sums. Must not know views.

use super::{number, tally, time};
use casemate_shared::api::pipeline::{Pipeline, Scan, Tool};
use casemate_shared::api::report::{Message, ReportSummary};
use casemate_shared::{Ingestion, ScanMode, ScanStatus};

/// The words for a scan's status.
pub const fn status(status: ScanStatus) -> &'static str {
    match status {
        ScanStatus::Created => "Queued",
        ScanStatus::Preparing => "Being read",
        ScanStatus::Succeeded => "Succeeded",
        ScanStatus::JobFailed => "Job failed",
        ScanStatus::ReportError => "Report has errors",
        ScanStatus::PreparationFailed => "Could not be stored",
        ScanStatus::Purged => "Removed by retention",
    }
}

/// The words for a mode.
pub const fn mode(mode: ScanMode) -> &'static str {
    match mode {
        ScanMode::Full => "Full",
        ScanMode::Partial => "Partial",
    }
}

/// The word for how far ingestion is.
pub const fn ingestion(ingestion: Ingestion) -> &'static str {
    match ingestion {
        Ingestion::Queued => "Queued",
        Ingestion::Running => "Running",
        Ingestion::Done => "Done",
        Ingestion::Failed => "Failed",
    }
}

/// A tool with its version: `Semgrep 1.151.0`.
pub fn tool(tool: &Tool) -> String {
    let version = tool.version.as_deref().unwrap_or_default();
    format!("{} {version}", tool.name).trim_end().to_owned()
}

/// What a scan covered, in one line: version, analyzer, length, outcome, schema.
pub fn coverage(scan: &Scan) -> String {
    let mut parts = vec![format!("{} scan", mode(scan.mode))];
    if let Some(analyzer) = &scan.analyzer {
        parts.push(format!("analyzer {}", tool(analyzer)));
    }
    if let (Some(start), Some(end)) = (&scan.start_time, &scan.end_time) {
        parts.push(match time::duration(start, end) {
            Some(length) => format!("ran {} for {length}", time::moment(start)),
            None => format!("ran {}", time::moment(start)),
        });
    }
    if let Some(outcome) = &scan.report_status {
        parts.push(format!("outcome {outcome}"));
    }
    if let Some(version) = &scan.schema_version {
        parts.push(format!("format {version}"));
    }
    parts.join(" · ")
}

/// Numbers over the scans that count.
pub fn sums(scans: &[Scan]) -> ReportSummary {
    tally::sum(scans.iter().filter(|scan| scan.latest).filter_map(|scan| scan.summary.as_ref()))
}

/// What was said about one report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The report: its job, type and file.
    pub name: String,
    /// What keeps it from being stored.
    pub errors: Vec<Message>,
    /// What is odd about it.
    pub warnings: Vec<Message>,
}

/// What was said about each report.
pub fn told(scans: &[Scan]) -> Vec<Told> {
    let one = |scan: &Scan| Told {
        name: format!("{} ({}, {})", scan.job_name, scan.report_type.label(), scan.artifact.filename),
        errors: scan.errors.clone(),
        warnings: scan.warnings.clone(),
    };
    scans.iter().map(one).collect()
}

/// Whether a pipeline waits for jobs that were announced or are under way.
pub fn waits_for_jobs(pipeline: &Pipeline) -> bool {
    !pipeline.complete
}

/// What a pipeline waits for, in a line: `2 announced: dast, sast · until 2026-11-21 18:00 UTC`.
pub fn waiting(pipeline: &Pipeline) -> String {
    let mut parts = Vec::new();
    if !pipeline.expected_jobs.is_empty() {
        let number = number::thousands(pipeline.expected_jobs.len() as u64);
        parts.push(format!("{number} announced: {}", pipeline.expected_jobs.join(", ")));
    }
    if let Some(until) = &pipeline.waits_until {
        parts.push(format!("until {} at the latest", time::moment(until)));
    }
    parts.join(" · ")
}

/// Whether a pipeline changes by itself: jobs are still to come, or its ingestion is not over.
pub fn under_way(pipeline: &Pipeline) -> bool {
    waits_for_jobs(pipeline) || !pipeline.ingestion.is_terminal()
}

/// Pause before asking again for a pipeline that is under way, in milliseconds: one second, then longer
/// and longer up to five, and fifteen for what takes many minutes.
pub fn pause_ms(asked: u32) -> u64 {
    if asked > 60 { 15_000 } else { 1000 + u64::from(asked.min(8)) * 500 }
}

/// Whether anything in a list is still under way.
pub fn any_under_way(pipelines: &[Pipeline]) -> bool {
    pipelines.iter().any(under_way)
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use serde_json::json;

    pub fn scan(summary: serde_json::Value) -> Scan {
        serde_json::from_value(json!({
            "id": 1, "pipeline_id": 1, "job_id": 1, "job_name": "sast", "report_type": "sast",
            "status": "succeeded", "latest": true, "mode": "full", "schema_version": "15.2.4",
            "scanner": {"external_id": "semgrep", "name": "Semgrep", "version": "1.1", "vendor": null},
            "analyzer": {"external_id": "a", "name": "Wrapper", "version": "5", "vendor": null},
            "report_status": "success", "start_time": "2026-11-20T10:00:00",
            "end_time": "2026-11-20T10:03:00", "summary": summary, "errors": [], "warnings": [],
            "artifact": {"file_type": "sast", "size": 1, "filename": "f", "file_format": "raw"},
            "download_path": "/x", "created_at": "2026-11-20T10:00:00.000Z"
        }))
        .unwrap()
    }

    #[test]
    fn coverage_is_one_line() {
        assert_eq!(
            coverage(&scan(serde_json::Value::Null)),
            "Full scan · analyzer Wrapper 5 · ran 2026-11-20 10:00 UTC for 3 min · outcome success · format 15.2.4"
        );
    }

    #[test]
    fn a_replaced_scan_is_not_counted() {
        let known = |new: u64| {
            scan(json!({"declared": 9, "accepted": 9, "duplicate": 0, "rejected": 0, "new": new, "known": 2,
                "redetected": 0, "no_longer_detected": null, "kept_open": null}))
        };
        let mut replaced = known(100);
        replaced.latest = false;
        let sums = sums(&[known(3), scan(serde_json::Value::Null), known(4), replaced]);
        assert_eq!((sums.declared, sums.new, sums.known, sums.no_longer_detected), (18, Some(7), Some(4), None));
    }

    pub fn pipeline(change: serde_json::Value) -> Pipeline {
        let mut value = json!({"id": 7, "iid": 7, "project_id": 1, "sha": "aa", "ref": "main", "tag": false, "status": "running",
            "source": "external", "name": null, "web_url": "/x", "created_at": "", "updated_at": "", "ingestion": "done",
            "on_default_branch": true, "findings": 3, "scans_with_errors": 0, "complete": true});
        for (key, change) in change.as_object().unwrap() {
            value[key] = change.clone();
        }
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_pipeline_that_waits_is_under_way_and_says_for_what() {
        assert!(!under_way(&pipeline(json!({}))));
        assert!(under_way(&pipeline(json!({"ingestion": "queued"}))));
        let waits =
            pipeline(json!({"complete": false, "expected_jobs": ["dast", "sast"], "waits_until": "2026-11-21T18:00:00.000Z"}));
        assert!(under_way(&waits));
        assert_eq!(waiting(&waits), "2 announced: dast, sast · until 2026-11-21 18:00 UTC at the latest");
    }

    #[test]
    fn pauses_grow_and_end_at_fifteen_seconds() {
        assert_eq!(pause_ms(0), 1000);
        assert!(pause_ms(3) > pause_ms(2));
        assert_eq!((pause_ms(60), pause_ms(500)), (5000, 15_000));
    }
}
