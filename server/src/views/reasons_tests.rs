//! The sentences that say why a vulnerability is here, and like this. Must not know: how it came so.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::entries::Entries;
use super::reasons::reasons;
use super::vulnerabilities::Frame;
use super::vulnerability_json::vulnerability;
use crate::ingest::scenario_world::{World, finding, finding_at, report, secret, set, tracking};
use casemate_shared::ReportType;
use casemate_shared::api::vulnerability::Vulnerability;
use serde_json::json;

const SAST: ReportType = ReportType::Sast;

/// Decision and sentence, oldest first.
fn told(world: &World, title: &str) -> Vec<(String, String)> {
    let rtx = world.read();
    let entries = Entries::new(1 << 20);
    let frame = Frame::new(&rtx, &world.project, "http://h", &entries).unwrap();
    let pair = world.vulnerability(title);
    let told: Vec<_> = reasons(&frame, &pair).unwrap().into_iter().map(|reason| (reason.decision, reason.text)).collect();
    let full: Vulnerability = serde_json::from_slice(&vulnerability(&frame, &pair).unwrap()).unwrap();
    assert_eq!(full.reasons.len(), told.len());
    told
}

fn last(world: &World, title: &str) -> String {
    told(world, title).pop().unwrap().1
}

#[test]
fn a_life_is_told_from_its_beginning() {
    let world = World::new();
    world.sast("main", &[finding("A"), finding("B")]);
    world.sast("main", &[finding("A")]);
    assert_eq!(
        told(&world, "B"),
        [
            ("new", "New in pipeline #1 (main at cccccccc): the default branch had no finding with B at this place."),
            ("no_longer_detected", "No longer detected in pipeline #2 (main at cccccccc): a full, successful scan by the same scanner did not report it (scan 2: 2 known, 1 reported, 1 gone)."),
        ]
        .map(|(decision, text)| (decision.to_owned(), text.to_owned()))
    );
    world.sast("main", &[finding("A"), set(finding("B"), "/severity", json!("Low"))]);
    let texts: Vec<String> = told(&world, "B").into_iter().skip(2).map(|(_, text)| text).collect();
    assert_eq!(
        texts,
        [
            "Detected again in pipeline #3 (main at cccccccc).",
            "Still detected: The semgrep reported it in its newest scan of the default branch, pipeline #3 (main at cccccccc).",
        ]
    );
}

#[test]
fn what_an_older_pipeline_reported_late_is_not_said_to_be_detected_again() {
    let world = World::new();
    world.sast("main", &[finding("A"), finding("B")]);
    let slow = world
        .upload("main")
        .key("slow")
        .job("one")
        .incomplete()
        .with(SAST, &report(SAST, &[finding("A"), finding("B")]))
        .ingest();
    world.sast("main", &[finding("A")]);
    assert_eq!(world.titles(), ["A", "(B)"]);
    world.upload("main").key("slow").job("two").with(ReportType::Dast, &report(ReportType::Dast, &[])).ingest();
    assert_eq!((slow.pipeline.id, world.titles()), (2, vec!["A".to_owned(), "B".to_owned()]));
    assert_eq!(
        told(&world, "B")[2],
        (
            "reported_by_older".to_owned(),
            "Open again, as it was reported in pipeline #2 (main at cccccccc), which is older than pipeline #3 (main at cccccccc) but ended after it.".to_owned()
        )
    );
    // What the default branch's newest pipeline reports is detected again.
    world.sast("main", &[finding("A")]);
    world.sast("main", &[finding("A"), finding("B")]);
    assert!(
        told(&world, "B")
            .iter()
            .any(|(decision, text)| decision == "detected_again" && text == "Detected again in pipeline #5 (main at cccccccc).")
    );
}

#[test]
fn the_evidence_of_a_match_is_named() {
    let world = World::new();
    let at = |line: u64, signatures: &[(&str, &str)]| set(finding_at("A", "a.py", line), "/tracking", tracking(signatures));
    world.sast("main", &[finding_at("A", "a.py", 3)]);
    world.sast("main", &[at(3, &[("hash", "h")])]);
    world.sast("main", &[at(9, &[("hash", "h"), ("scope_offset", "s")])]);
    world.sast("main", &[set(at(9, &[("hash", "h"), ("scope_offset", "s")]), "/severity", json!("Low"))]);
    let texts: Vec<String> = told(&world, "A").into_iter().map(|(_, text)| text).collect();
    assert!(texts[1].contains("by its place, as it now carries a tracking signature"), "{}", texts[1]);
    assert!(texts[2].contains("by an equal tracking signature"), "{}", texts[2]);
    assert!(texts[3].contains("#4"), "{}", texts[3]);
}

#[test]
fn nothing_is_said_to_be_reported_that_is_not() {
    let kind = ReportType::SecretDetection;
    let world = World::new();
    world.upload("main").with(kind, &report(kind, &[secret("S")])).ingest();
    assert!(last(&world, "S").starts_with("Still detected: The semgrep reported it"));
    world.upload("main").with(kind, &report(kind, &[])).ingest();
    assert!(
        last(&world, "S").contains(
            "in pipeline #2 (main at cccccccc), does not report it, but a finding of this type stays until somebody resolves it"
        ),
        "{}",
        last(&world, "S")
    );

    let world = World::new();
    world.sast("main", &[finding("A"), finding("B")]);
    let failed = set(report(SAST, &[finding("A")]), "/scan/status", json!("failure"));
    world.upload("main").with(SAST, &failed).ingest();
    assert!(last(&world, "A").contains("reported it in its newest scan"));
    assert!(last(&world, "B").contains("does not report it, but the report says that its scan failed"), "{}", last(&world, "B"));
    let partial = set(report(SAST, &[finding("A")]), "/scan/partial_scan", json!({"mode": "differential"}));
    world.upload("main").with(SAST, &partial).ingest();
    assert!(last(&world, "B").contains("but the scan looked at a part of the project only"), "{}", last(&world, "B"));
    let broken = set(report(SAST, &[]), "/scan/start_time", json!("x"));
    world.upload("main").with(SAST, &report(SAST, &[finding("A")])).with(SAST, &broken).ingest();
    assert!(last(&world, "B").contains("but the report has errors, so nothing of it is taken"), "{}", last(&world, "B"));
}
