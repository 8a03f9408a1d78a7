//! The answer to an import that was only tried out, in words. Must not know views.

use super::number::{count, thousands};
use super::scans::Told;
use casemate_shared::ScanStatus;
use casemate_shared::api::report::{DryRunAnswer, DryRunReport};

/// What would happen, in a sentence or two.
pub fn verdict(answer: &DryRunAnswer) -> String {
    let all = answer.reports.len() as u64;
    let bad = answer.reports.iter().filter(|report| !is_usable(report)).count() as u64;
    if answer.is_repetition {
        return "The same reports were imported before: this import would change nothing.".to_owned();
    }
    if all > 0 && bad == all {
        return format!("None of {} could be used: only what is wrong with it would be stored.", count(all, "report", "reports"));
    }
    let new = answer.summary.new.map(|new| format!(", {} of them new", thousands(new))).unwrap_or_default();
    let mut text = format!("{} would be stored{new}.", count(answer.summary.accepted, "finding", "findings"));
    if bad > 0 {
        text.push_str(&format!(" {} could not be used.", count(bad, "report", "reports")));
    }
    text
}

fn is_usable(report: &DryRunReport) -> bool {
    !matches!(report.status, ScanStatus::ReportError | ScanStatus::PreparationFailed)
}

/// What was said about each report.
pub fn told(reports: &[DryRunReport]) -> Vec<Told> {
    let one = |report: &DryRunReport| Told {
        name: format!("{} ({})", report.filename, report.report_type.label()),
        errors: report.errors.clone(),
        warnings: report.warnings.clone(),
    };
    reports.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use serde_json::json;

    fn answer(statuses: &[&str], is_repetition: bool) -> DryRunAnswer {
        let summary = json!({"declared": 1284, "accepted": 1284, "duplicate": 0, "rejected": 0, "new": 2, "known": 1282,
            "redetected": 0, "no_longer_detected": 1, "kept_open": 0, "kept_open_reasons": []});
        let report = |status: &&str| {
            json!({"report_type": "sast", "job_name": "sast", "filename": "a.json", "status": status,
                "schema_version": null, "findings": 0, "summary": null, "errors": [], "warnings": []})
        };
        let reports: Vec<_> = statuses.iter().map(report).collect();
        serde_json::from_value(json!({"dry_run": true, "pipeline": null, "jobs": [], "is_repetition": is_repetition,
            "reports": reports, "summary": summary, "merge_request": null, "warnings": [], "web_url": null}))
        .unwrap()
    }

    #[test]
    fn the_verdict_counts_what_is_usable() {
        assert_eq!(verdict(&answer(&["succeeded"], false)), "1,284 findings would be stored, 2 of them new.");
        assert_eq!(
            verdict(&answer(&["succeeded", "report_error"], false)),
            "1,284 findings would be stored, 2 of them new. 1 report could not be used."
        );
        assert!(verdict(&answer(&["report_error"], false)).starts_with("None of 1 report could be used"));
        assert!(verdict(&answer(&["succeeded"], true)).ends_with("would change nothing."));
    }
}
