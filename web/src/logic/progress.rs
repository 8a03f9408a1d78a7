//! How far an import is, in words for a person who waits. Must not know views or the clock.

use super::number::count;
use super::scans::{waiting, waits_for_jobs};
use casemate_shared::api::pipeline::{Pipeline, Scan};
use casemate_shared::{Ingestion, ScanStatus};

/// How far an import is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// What goes on, with numbers; changes often.
    pub text: String,
    /// What goes on, in a sentence that changes only with the step; this is what readers hear.
    pub step: &'static str,
    /// Reports that are read.
    pub read: u64,
    /// Reports of the pipeline.
    pub all: u64,
}

/// The progress of a pipeline out of its state and its scans, as far as they are known.
pub fn progress(pipeline: &Pipeline, scans: &[Scan]) -> Progress {
    let counted = || scans.iter().filter(|scan| scan.latest);
    let all = counted().count() as u64;
    let read = counted().filter(|scan| scan.status.is_terminal()).count() as u64;
    let found = counted().filter_map(|scan| scan.summary.as_ref()).map(|summary| summary.accepted).sum();
    let reports = count(all, "report", "reports");
    let findings = count(found, "finding", "findings");
    let (step, text) = match pipeline.ingestion {
        _ if waits_for_jobs(pipeline) => (WAITING, format!("{WAITING} {}", waiting(pipeline)).trim_end().to_owned()),
        Ingestion::Queued if all > 0 && read == all && pipeline.parent_pipeline_id.is_some() => {
            (FAMILY, format!("Read: {reports}, {findings}. {TOGETHER}"))
        }
        Ingestion::Queued if all > 0 && read == all => (NEXT, format!("Read: {reports}, {findings}. {TURN}")),
        Ingestion::Queued => (QUEUED, format!("Accepted and safe. {reports} to be read; others are before it.")),
        Ingestion::Running if read < all => (READING, format!("Reading: {read} of {reports}, {findings} so far.")),
        Ingestion::Running => (COMPARING, format!("Read: {reports}, {findings}. Comparing them with the default branch.")),
        Ingestion::Done => (DONE, format!("Done: {reports}, {findings}.")),
        Ingestion::Failed => (FAILED, FAILED.to_owned()),
    };
    Progress { text, step, read, all }
}

const WAITING: &str = "Waiting for jobs; ingestion begins when all of them are there.";
const QUEUED: &str = "Accepted and safe. Ingestion has not started yet.";
const FAMILY: &str = "The reports are read. They are ingested with the parent pipeline.";
const TOGETHER: &str = "They are ingested with the parent pipeline, when all pipelines of the family are complete.";
const NEXT: &str = "The reports are read. Ingestion goes on when it is their turn.";
const TURN: &str = "Ingestion goes on when all child pipelines are complete, and others before it are done.";
const READING: &str = "The reports are being read.";
const COMPARING: &str = "The reports are read. Their findings are being compared with the default branch.";
const DONE: &str = "Ingestion is done.";
const FAILED: &str = "Ingestion could not be completed; the scans below say why.";

/// Whether a scan's results were removed by retention.
pub fn is_expired(scan: &Scan) -> bool {
    scan.latest && scan.status == ScanStatus::Purged
}

#[cfg(test)]
mod tests {
    use super::super::scans::tests::{pipeline, scan};
    use super::*;
    use serde_json::json;

    fn read(accepted: u64) -> Scan {
        scan(json!({"declared": accepted, "accepted": accepted, "duplicate": 0, "rejected": 0,
            "new": null, "known": null, "redetected": null, "no_longer_detected": null, "kept_open": null}))
    }

    fn running() -> Pipeline {
        pipeline(json!({"ingestion": "running"}))
    }

    fn unread() -> Scan {
        Scan { status: ScanStatus::Preparing, ..scan(serde_json::Value::Null) }
    }

    #[test]
    fn reports_are_counted_while_they_are_read() {
        let scans = [read(1200), unread(), unread()];
        let now = progress(&running(), &scans);
        assert_eq!((now.read, now.all), (1, 3));
        assert_eq!(now.text, "Reading: 1 of 3 reports, 1,200 findings so far.");
        assert_eq!(now.step, READING);
    }

    #[test]
    fn what_is_heard_changes_with_the_step_only() {
        let early = progress(&running(), &[read(1), unread(), unread()]);
        let later = progress(&running(), &[read(1), read(2), unread()]);
        assert_ne!(early.text, later.text);
        assert_eq!(early.step, later.step);
        let last = progress(&running(), &[read(1), read(2)]);
        assert_eq!(last.step, COMPARING);
    }

    #[test]
    fn jobs_are_waited_for_before_anything_else() {
        let waits = pipeline(json!({"ingestion": "queued", "complete": false, "expected_jobs": ["sast"]}));
        let now = progress(&waits, &[]);
        assert_eq!(now.step, WAITING);
        assert!(now.text.ends_with("1 announced: sast"), "{}", now.text);
    }

    #[test]
    fn a_family_is_waited_for_with_what_is_read_already() {
        let child = pipeline(json!({"ingestion": "queued", "parent_pipeline_id": 3}));
        let now = progress(&child, &[read(4)]);
        assert_eq!(now.step, FAMILY);
        assert!(now.text.starts_with("Read: 1 report, 4 findings. They are ingested with the parent"), "{}", now.text);
        assert_eq!(progress(&child, &[read(4), unread()]).step, QUEUED);
        let root = pipeline(json!({"ingestion": "queued"}));
        assert_eq!(progress(&root, &[read(4)]).step, NEXT);
        assert_eq!(progress(&root, &[]).step, QUEUED);
    }

    #[test]
    fn a_scan_that_a_retry_replaced_is_not_waited_for() {
        let replaced = Scan { latest: false, ..unread() };
        let now = progress(&running(), &[read(4), replaced]);
        assert_eq!((now.read, now.all), (1, 1));
    }

    #[test]
    fn expired_is_what_retention_took() {
        assert!(is_expired(&Scan { status: ScanStatus::Purged, ..read(1) }));
        assert!(!is_expired(&read(1)));
    }
}
