//! Behind every mark and everything left open stands a record: which scan, how many, why (ingestion design,
//! sections 5 and 12.3). Must not know: how a mark is made.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::scenario_world::{World, finding, report, report_by, secret, set};
use crate::audit::By;
use crate::domain::scan::{Coverage, Scan};
use crate::domain::triage::Action;
use crate::store::{catalog, coverage, findings, records, scans};
use crate::triage::change_state;
use casemate_shared::{KeptOpen, ReportType, ScanMode, ScanStatus, VulnerabilityState};
use serde_json::json;

const SAST: ReportType = ReportType::Sast;

fn records_of(world: &World, scan: &Scan) -> Vec<Coverage> {
    coverage::of_scan(&world.read(), scan, scan.pipeline_id).unwrap()
}

/// Candidates, reported, marked, kept open, settled, reason of the one record of a scan.
#[track_caller]
fn numbers(world: &World, scan: &Scan) -> (u64, u64, u64, u64, u64, Option<KeptOpen>) {
    let mut all = records_of(world, scan);
    assert_eq!(all.len(), 1);
    let said = all.remove(0);
    (said.candidates, said.reported, said.marked, said.kept_open, said.settled, said.reason)
}

fn kept(scan: &Scan) -> &[(KeptOpen, u64)] {
    &scan.tally.kept_open
}

#[test]
fn a_mark_has_its_record() {
    let world = World::new();
    let first = world.sast("main", &[finding("A"), finding("B"), finding("C")]);
    assert_eq!(numbers(&world, first.scan()), (3, 3, 0, 0, 0, None));
    let second = world.sast("main", &[finding("A")]);
    assert_eq!(numbers(&world, second.scan()), (3, 1, 2, 0, 0, None));
    assert_eq!(kept(second.scan()), []);
    let said = records_of(&world, second.scan()).remove(0);
    assert_eq!((said.status, said.mode, said.pipeline_id), (ScanStatus::Succeeded, ScanMode::Full, second.pipeline.id));
    // On another branch nothing is said about the default branch.
    let feature = world.sast("feature", &[]);
    assert!(records_of(&world, feature.scan()).is_empty());
    world.assert_sound();
}

#[test]
fn everything_left_open_has_its_reason() {
    let partial = set(report(SAST, &[finding("A")]), "/scan/partial_scan", json!({"mode": "differential"}));
    let failure = set(report(SAST, &[finding("A")]), "/scan/status", json!("failure"));
    let broken = set(report(SAST, &[finding("A")]), "/scan/start_time", json!("yesterday"));
    let rows = [
        (partial, "success", KeptOpen::PartialScan, 1, 2),
        (failure, "success", KeptOpen::ReportFailure, 1, 2),
        (broken, "success", KeptOpen::ReportError, 0, 3),
        (report(SAST, &[finding("A")]), "failed", KeptOpen::JobFailed, 0, 3),
        (report(SAST, &[finding("A")]), "canceled", KeptOpen::JobFailed, 0, 3),
    ];
    for (report, job, reason, reported, open) in rows {
        let world = World::new();
        world.sast("main", &[finding("A"), finding("B"), finding("C")]);
        let done = world.upload("main").job_status(job).with(SAST, &report).ingest();
        assert_eq!(numbers(&world, done.scan()), (3, reported, 0, open, 0, Some(reason)), "{reason:?}");
        assert_eq!((kept(done.scan()), done.tally().2), (&[(reason, open)][..], 0), "{reason:?}");
        assert_eq!(world.titles(), ["A", "B", "C"]);
        world.assert_sound();
    }
}

#[test]
fn a_report_that_can_not_be_read_at_all_leaves_every_scanner_of_its_type_open() {
    let world = World::new();
    let upload = || world.upload("main").with(SAST, &report(SAST, &[finding("A"), finding("B")]));
    upload().with(SAST, &report_by("bandit", SAST, &[finding("C")])).ingest();
    let done = world.upload("main").with(SAST, &report(SAST, &[finding("A")])).with_bytes(SAST, b"").ingest();
    // The unreadable one may have been another report of semgrep: it counts what bandit has, and keeps
    // semgrep's from being marked.
    assert_eq!(kept(&done.scans[0]), [(KeptOpen::OtherReport, 1)]);
    assert_eq!(kept(&done.scans[1]), [(KeptOpen::ReportError, 1)]);
    assert_eq!(records_of(&world, &done.scans[0])[0].cause_scan_id, Some(done.scans[1].id));
    assert_eq!((world.titles().len(), records_of(&world, &done.scans[1])[0].scanner_id), (3, 0));
    assert!(world.titles().iter().all(|title| !title.starts_with('(')));
    world.assert_sound();
}

#[test]
fn each_vulnerability_is_counted_once_in_a_pipeline() {
    let world = World::new();
    world.sast("main", &[finding("A"), finding("B"), finding("C")]);
    let partial = set(report(SAST, &[finding("B")]), "/scan/partial_scan", json!({"mode": "differential"}));
    let done = world.upload("main").with(SAST, &report(SAST, &[finding("A")])).with(SAST, &partial).ingest();
    assert_eq!(numbers(&world, &done.scans[0]), (0, 0, 0, 0, 0, Some(KeptOpen::OtherReport)));
    assert_eq!(numbers(&world, &done.scans[1]), (3, 2, 0, 1, 0, Some(KeptOpen::PartialScan)));
    let all: u64 = done.scans.iter().flat_map(kept).map(|(_, count)| count).sum();
    assert_eq!(all, 1);
    world.assert_sound();
}

#[test]
fn what_somebody_settled_is_not_said_to_be_kept_open() {
    let kind = ReportType::SecretDetection;
    let world = World::new();
    world.upload("main").with(kind, &report(kind, &[secret("S"), secret("T")])).ingest();
    world.change("T", |pair| pair.vulnerability.state = VulnerabilityState::Resolved);
    let empty = world.upload("main").with(kind, &report(kind, &[])).ingest();
    assert_eq!(numbers(&world, empty.scan()), (2, 0, 0, 1, 1, Some(KeptOpen::ManualResolution)));
    assert_eq!(kept(empty.scan()), [(KeptOpen::ManualResolution, 1)]);
    world.assert_sound();
}

#[test]
fn a_pipeline_that_ends_late_says_that_it_was_overtaken() {
    let world = World::new();
    world.sast("main", &[finding("A"), finding("B")]);
    let slow = world.upload("main").key("slow").job("one").incomplete().with(SAST, &report(SAST, &[finding("A")])).ingest();
    world.sast("main", &[finding("A"), finding("B")]);
    world.upload("main").key("slow").job("two").with(ReportType::Dast, &report(ReportType::Dast, &[])).ingest();
    assert_eq!(kept(&world.scan(slow.scan().id)), [(KeptOpen::Superseded, 1)]);
    world.assert_sound();
}

/// The scanner's memory: pipeline, whether it was proof, how many it reported; the same of the last proof.
fn remembered(world: &World, scanner: &str) -> (u64, bool, usize, Option<(u64, usize)>) {
    let rtx = world.read();
    let id = records::find_scanner_by_external_id(&rtx, world.project.id, scanner).unwrap().unwrap().id;
    let last = scans::find_promotion(&rtx, world.project.id, SAST, id).unwrap().unwrap();
    let count = |chunks: &[[u8; 16]]| scans::list(&rtx, chunks).unwrap().len();
    let full = last.last_full.as_ref().map(|full| (full.pipeline_id, count(&full.chunks)));
    (last.pipeline_id, last.full, count(&last.chunks), full)
}

#[test]
fn several_jobs_of_a_scanner_are_remembered_together() {
    let world = World::new();
    let two = || world.upload("main").with(SAST, &report(SAST, &[finding("A")])).with(SAST, &report(SAST, &[finding("B")]));
    let first = two().ingest();
    assert_eq!(remembered(&world, "semgrep"), (first.pipeline.id, true, 2, None));
    let last_seen = |title: &str| {
        let (rtx, finding) = (world.read(), world.vulnerability(title).finding);
        let lists = coverage::recent_lists(&rtx, finding.project_id, finding.report_type, finding.scanner_id).unwrap();
        coverage::last_reported(&rtx, &lists, &finding.uuid, finding.latest_pipeline_id).unwrap()
    };
    let second = two().ingest();
    assert_eq!((last_seen("A"), last_seen("B")), (second.pipeline.id, second.pipeline.id));
    world.assert_sound();
}

#[test]
fn partial_scans_do_not_hide_who_was_seen_before() {
    let world = World::new();
    let partial = |titles: &[&str]| {
        let all: Vec<_> = titles.iter().map(|title| finding(title)).collect();
        let report = set(report(SAST, &all), "/scan/partial_scan", json!({"mode": "differential"}));
        world.upload("main").with(SAST, &report).ingest()
    };
    let all = [finding("A"), finding("B"), finding("C")];
    world.sast("main", &all);
    let full = world.sast("main", &all);
    let third = partial(&["A"]);
    let fourth = partial(&["B"]);
    assert_eq!(remembered(&world, "semgrep"), (fourth.pipeline.id, false, 1, Some((full.pipeline.id, 3))));
    let last_seen = |title: &str| {
        let (rtx, finding) = (world.read(), world.vulnerability(title).finding);
        let lists = coverage::recent_lists(&rtx, finding.project_id, finding.report_type, finding.scanner_id).unwrap();
        coverage::last_reported(&rtx, &lists, &finding.uuid, finding.latest_pipeline_id).unwrap()
    };
    assert_eq!([last_seen("A"), last_seen("B"), last_seen("C")], [third.pipeline.id, fourth.pipeline.id, full.pipeline.id]);
    // A full scan that does not report them writes down who was seen when.
    world.sast("main", &[]);
    let stored = |title: &str| world.vulnerability(title).finding.latest_pipeline_id;
    assert_eq!([stored("A"), stored("B"), stored("C")], [third.pipeline.id, fourth.pipeline.id, full.pipeline.id]);
    world.assert_sound();
}

#[test]
fn a_mark_rewrites_no_row_and_is_read_with_what_it_marks() {
    let world = World::new();
    let first = world.sast("main", &[finding("A"), finding("B")]);
    let rows = || {
        world.dump(&[catalog::FINDINGS, catalog::VULNERABILITIES, catalog::FINDINGS_BY_UUID, catalog::VULNERABILITIES_BY_SCANNER])
    };
    let before = rows();
    let second = world.sast("main", &[finding("A")]);
    assert!(rows() == before);
    let gone = world.vulnerability("B");
    assert_eq!(gone.vulnerability.resolved_in_commit_sha, Some(second.pipeline.sha.clone()));
    assert_eq!(gone.finding.latest_pipeline_id, first.pipeline.id);
    let known = findings::known(&world.read(), gone.finding.project_id, &[gone.finding.uuid]).unwrap();
    assert!(known[0].unwrap().no_longer_detected);
    world.assert_sound();
    // What is decided about it meanwhile stays when it is found again, and nothing of the mark does.
    let id = gone.vulnerability.id;
    assert!(world.room.store.write(|wtx| change_state(wtx, id, Action::Confirm, None, 1, &By::system(77))).unwrap().1);
    assert!(world.vulnerability("B").vulnerability.resolved_on_default_branch);
    let third = world.sast("main", &[finding("A"), finding("B")]);
    let again = world.vulnerability("B");
    assert_eq!(
        (again.vulnerability.state, again.vulnerability.resolved_on_default_branch),
        (VulnerabilityState::Confirmed, false)
    );
    assert_eq!((again.vulnerability.resolved_in_commit_sha, again.finding.latest_pipeline_id), (None, third.pipeline.id));
    assert!(world.dump(&[catalog::NO_LONGER_DETECTED]).is_empty());
}
