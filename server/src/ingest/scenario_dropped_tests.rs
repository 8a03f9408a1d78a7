//! Rules that a scanner has no more (ingestion design, section 5.4). Must not know: how marks are made.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::scenario_world::{Ingested, World, finding, report, set};
use crate::domain::triage::StateTransition;
use crate::store::{catalog, transitions};
use casemate_shared::{ReportType, VulnerabilityState};
use serde_json::{Value, json};

const SAST: ReportType = ReportType::Sast;

/// A report of these findings by a scanner that says to have these rules.
fn with_rules(titles: &[&str], rules: &[&str]) -> Value {
    let all: Vec<Value> = titles.iter().map(|title| finding(title)).collect();
    let rules: Vec<Value> = rules.iter().map(|rule| json!({"type": "rule_id", "name": rule, "value": rule})).collect();
    set(report(SAST, &all), "/scan/primary_identifiers", json!(rules))
}

fn ingest(world: &World, report: &Value) -> Ingested {
    world.upload("main").with(SAST, report).ingest()
}

fn state(world: &World, title: &str) -> VulnerabilityState {
    world.vulnerability(title).vulnerability.state
}

fn steps(world: &World, title: &str) -> Vec<StateTransition> {
    transitions::of_vulnerability(&world.read(), world.vulnerability(title).vulnerability.id).unwrap()
}

#[test]
fn what_a_dropped_rule_found_is_resolved_and_says_why() {
    let world = World::new();
    ingest(&world, &with_rules(&["A", "B", "C"], &["A", "B", "C"]));
    let done = ingest(&world, &with_rules(&["A"], &["A", "C"]));
    assert_eq!((done.tally(), world.titles()), ((0, 0, 2), vec!["A".to_owned(), "(B)".to_owned(), "(C)".to_owned()]));
    // C is gone, and its rule is there still: only B's was dropped.
    let states = ["A", "B", "C"].map(|title| state(&world, title));
    assert_eq!(states, [VulnerabilityState::Detected, VulnerabilityState::Resolved, VulnerabilityState::Detected]);
    let step = steps(&world, "B").pop().unwrap();
    assert_eq!((step.from_state, step.author_id, step.pipeline_id), (VulnerabilityState::Detected, None, Some(done.pipeline.id)));
    assert!(step.comment.unwrap().starts_with("the rule B (rule_id:B) is not among the rules"));
    assert!(world.dump(&[catalog::SCAN_RULES]).is_empty());
    world.assert_sound();
    // The rule is back and finds it: it needs triage again.
    assert_eq!(ingest(&world, &with_rules(&["A", "B"], &["A", "B", "C"])).tally(), (0, 1, 0));
    assert_eq!((state(&world, "B"), steps(&world, "B").len()), (VulnerabilityState::Detected, 2));
    world.assert_sound();
}

#[test]
fn without_a_list_or_without_proof_nothing_is_resolved() {
    let partial = |report: Value| set(report, "/scan/partial_scan", json!({"mode": "differential"}));
    let other_kind = json!([{"type": "other_id", "name": "A", "value": "A"}]);
    for second in [
        report(SAST, &[finding("A")]),
        with_rules(&["A"], &[]),
        partial(with_rules(&["A"], &["A"])),
        set(report(SAST, &[finding("A")]), "/scan/primary_identifiers", other_kind),
        set(with_rules(&["A"], &["A"]), "/scan/status", json!("failure")),
    ] {
        let world = World::new();
        ingest(&world, &with_rules(&["A", "B"], &["A", "B"]));
        ingest(&world, &second);
        assert_eq!((state(&world, "B"), steps(&world, "B").len()), (VulnerabilityState::Detected, 0));
        world.assert_sound();
    }
}

#[test]
fn what_somebody_decided_is_left_alone() {
    for decided in [VulnerabilityState::Dismissed, VulnerabilityState::Confirmed] {
        let world = World::new();
        ingest(&world, &with_rules(&["A", "B"], &["A", "B"]));
        world.change("B", |pair| pair.vulnerability.state = decided);
        ingest(&world, &with_rules(&["A"], &["A"]));
        assert_eq!((state(&world, "B"), steps(&world, "B").len()), (decided, 0));
        world.assert_sound();
    }
}

#[test]
fn it_goes_in_groups_and_cut_off_it_ends_the_same() {
    let titles: Vec<String> = (0..25).map(|number| format!("r{number:02}")).collect();
    let names: Vec<&str> = titles.iter().map(String::as_str).collect();
    for count in [0, 1, 2] {
        let world = World::new();
        ingest(&world, &with_rules(&names, &names));
        let accepted = world.upload("main").with(SAST, &with_rules(&[], &names[..2])).accept();
        if count > 0 {
            let work = || super::worker::ingest(&world.room, accepted.pipeline_id, &|| {}).unwrap();
            assert!(super::killpoint::stops::cut_off_at("after-dropped", count, work));
        }
        world.work_off();
        let resolved = names.iter().filter(|title| state(&world, title) == VulnerabilityState::Resolved).count();
        let told: usize = names.iter().map(|title| steps(&world, title).len()).sum();
        assert_eq!((resolved, told), (23, 23), "{count}");
        assert_eq!(Ingested::read(&world, &accepted).tally(), (0, 0, 25));
        world.assert_sound();
    }
}
