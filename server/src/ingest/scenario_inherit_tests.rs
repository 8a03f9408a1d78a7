//! Who takes over whom: by another identifier (ingestion design, section 2.7), by signature and place
//! (section 2.6), and who stays apart because it is not clear. Must not know: sentences.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::scenario_world::{World, finding_at, identifier, report, report_by, set, tracking};
use crate::domain::finding::{MatchEvidence, Matched, VulnerabilityEvent};
use crate::store::catalog;
use crate::store::findings::{self, Pair};
use casemate_shared::{DismissalReason, ReportType, VulnerabilityState};
use serde_json::{Value, json};

const SAST: ReportType = ReportType::Sast;

/// A finding with these identifiers of the form `type:value`, at a line of `a.py`.
fn known_as(title: &str, line: u64, identifiers: &[&str]) -> Value {
    let all: Vec<Value> = identifiers.iter().map(|text| text.split_once(':').unwrap()).map(|(k, v)| identifier(k, v)).collect();
    set(finding_at(title, "a.py", line), "/identifiers", json!(all))
}

fn bandit(world: &World, findings: &[Value]) {
    world.upload("main").with(SAST, &report_by("bandit", SAST, findings)).ingest();
}

fn dismiss(pair: &mut Pair) {
    pair.vulnerability.state = VulnerabilityState::Dismissed;
    pair.vulnerability.dismissal_reason = Some(DismissalReason::FalsePositive);
}

fn events(world: &World, id: u64) -> Vec<VulnerabilityEvent> {
    findings::events(&world.read(), id).unwrap()
}

fn last(world: &World, id: u64) -> Matched {
    events(world, id).pop().unwrap().matched.unwrap()
}

#[test]
fn a_new_analyzer_takes_over_what_the_old_one_was_known_by() {
    let world = World::new();
    bandit(&world, &[known_as("Old", 3, &["bandit_test_id:B303"])]);
    let before = world.vulnerability("Old");
    world.change("Old", dismiss);
    let new = known_as("New", 3, &["semgrep_id:bandit.B303-1", "cwe:327", "bandit_test_id:B303"]);
    let done = world.sast("main", std::slice::from_ref(&new));
    assert_eq!((done.tally(), world.titles()), ((0, 0, 0), vec!["New".to_owned()]));
    let after = world.vulnerability("New");
    assert_eq!((after.vulnerability.id, after.finding.id), (before.vulnerability.id, before.finding.id));
    assert_eq!((after.finding.uuid, world.list(done.scan())[0].uuid), (before.finding.uuid, before.finding.uuid));
    // The dismissal comes with it, and is not silent: the history and the answer say so.
    assert_eq!(after.vulnerability.state, VulnerabilityState::Dismissed);
    let matched = last(&world, after.vulnerability.id);
    assert_eq!((matched.evidence, matched.identifier.as_str()), (MatchEvidence::Identifier, "bandit_test_id:B303"));
    assert!(matched.stored_uuid == before.finding.uuid && matched.computed_uuid != before.finding.uuid);
    assert_eq!(matched.inherited, Some(VulnerabilityState::Dismissed));
    let warnings: Vec<&str> = done.scan().warnings.iter().map(|warning| warning.message.as_str()).collect();
    assert_eq!(warnings, ["vulnerability 1 stays dismissed: its finding was matched by another identifier, not by its identity"]);
    world.assert_sound();
    // The same again changes nothing.
    let count = events(&world, after.vulnerability.id).len();
    let again = world.sast("main", &[new]);
    assert_eq!((again.tally(), events(&world, after.vulnerability.id).len()), ((0, 0, 0), count));
    // The old analyzer's next report finds it too.
    bandit(&world, &[known_as("Old", 3, &["bandit_test_id:B303"])]);
    assert_eq!((world.titles(), world.vulnerability("Old").vulnerability.id), (vec!["Old".to_owned()], before.vulnerability.id));
    world.assert_sound();
}

#[test]
fn the_old_identity_may_hang_on_a_signature() {
    let world = World::new();
    let signed = |entry: Value| set(entry, "/tracking", tracking(&[("scope_offset", "a.py|f[0]:1")]));
    bandit(&world, &[signed(known_as("Old", 3, &["bandit_test_id:B303"]))]);
    let id = world.vulnerability("Old").vulnerability.id;
    world.sast("main", &[signed(known_as("New", 9, &["semgrep_id:x", "bandit_test_id:B303"]))]);
    assert_eq!((world.titles(), world.vulnerability("New").vulnerability.id), (vec!["New".to_owned()], id));
    world.assert_sound();
}

#[test]
fn only_the_named_analyzers_take_over_and_never_by_a_classification() {
    for (scanner, identifiers) in [("zeta", ["zeta_id:x", "bandit_test_id:B303"]), ("semgrep", ["semgrep_id:x", "cwe:327"])] {
        let world = World::new();
        bandit(&world, &[known_as("Old", 3, &["bandit_test_id:B303"]), known_as("Class", 4, &["cwe:327"])]);
        let line = if scanner == "zeta" { 3 } else { 4 };
        let new = known_as("New", line, &identifiers);
        let done = world.upload("main").with(SAST, &report_by(scanner, SAST, &[new])).ingest();
        assert_eq!((done.tally().0, world.titles().len()), (1, 3), "{scanner}");
        world.assert_sound();
    }
}

#[test]
fn ambiguous_pairs_stay_apart_and_say_why() {
    // Two incoming findings claim one stored.
    let world = World::new();
    bandit(&world, &[known_as("Old", 3, &["bandit_test_id:B303"])]);
    world.change("Old", dismiss);
    let old = world.vulnerability("Old").finding.uuid;
    let signed = |entry: Value, scope: &str| set(entry, "/tracking", tracking(&[("scope_offset", scope)]));
    let one = signed(known_as("One", 3, &["semgrep_id:1", "bandit_test_id:B303"]), "s1");
    let two = signed(known_as("Two", 3, &["semgrep_id:2", "bandit_test_id:B303"]), "s2");
    // They share place and identifier: the second repeats the first, and what is left is a clear pair.
    let done = world.sast("main", &[one, two]);
    assert_eq!((done.counts(), done.tally()), ((2, 1, 1, 0), (0, 0, 0)));
    assert_eq!(world.titles(), ["One"]);
    // One incoming finding could be several stored ones.
    let world = World::new();
    bandit(&world, &[known_as("A", 3, &["bandit_test_id:A"]), known_as("B", 3, &["bandit_test_id:B"])]);
    for title in ["A", "B"] {
        world.change(title, dismiss);
    }
    let done = world.sast("main", &[known_as("New", 3, &["semgrep_id:n", "bandit_test_id:A", "bandit_test_id:B"])]);
    assert_eq!((done.tally(), world.titles()), ((1, 0, 0), vec!["A".to_owned(), "B".to_owned(), "New".to_owned()]));
    let new = world.vulnerability("New");
    assert_eq!(new.vulnerability.state, VulnerabilityState::Detected);
    let matched = last(&world, new.vulnerability.id);
    assert_eq!((matched.is_apart, matched.evidence, matched.inherited), (true, MatchEvidence::Identifier, None));
    assert_ne!(matched.stored_uuid, old);
    world.assert_sound();
}

#[test]
fn of_two_that_carry_one_signature_the_second_is_new_and_says_what_it_could_have_been() {
    let world = World::new();
    let at = |line: u64, scope: &str| {
        let entry = known_as("A", line, &["cwe:89"]);
        set(entry, "/tracking", tracking(&[("hash", "same"), ("scope_offset", scope)]))
    };
    world.sast("main", &[at(1, "one")]);
    world.change("A", dismiss);
    let first = world.vulnerability("A");
    let done = world.sast("main", &[at(5, "two"), at(8, "three")]);
    assert_eq!(done.tally(), (1, 0, 0));
    let all = world.vulnerabilities();
    assert_eq!((all[0].finding.uuid, all[1].vulnerability.state), (first.finding.uuid, VulnerabilityState::Detected));
    let moved = last(&world, all[0].vulnerability.id);
    assert_eq!((moved.evidence, moved.inherited), (MatchEvidence::Signature(1), Some(VulnerabilityState::Dismissed)));
    assert_ne!(moved.computed_uuid, moved.stored_uuid);
    let apart = last(&world, all[1].vulnerability.id);
    assert_eq!((apart.is_apart, apart.stored_uuid), (true, first.finding.uuid));
    assert!(
        done.scan()
            .warnings
            .iter()
            .any(|warning| warning.message.contains("stays dismissed") && warning.message.contains("hash signature"))
    );
    world.assert_sound();
}

#[test]
fn a_signature_that_several_stored_findings_carry_is_no_evidence() {
    let world = World::new();
    let at = |line: u64, signatures: &[(&str, &str)]| set(known_as("A", line, &["cwe:89"]), "/tracking", tracking(signatures));
    world.sast("main", &[at(1, &[("hash", "same"), ("scope_offset", "1")]), at(2, &[("hash", "same"), ("scope_offset", "2")])]);
    assert_eq!(world.titles().len(), 2);
    let done = world.sast("main", &[at(3, &[("hash", "same"), ("scope_offset", "3")])]);
    assert_eq!((done.tally(), world.titles().len()), ((1, 0, 2), 3));
    let newest = world.vulnerabilities().into_iter().max_by_key(|pair| pair.vulnerability.id).unwrap();
    assert!(last(&world, newest.vulnerability.id).is_apart);
    world.assert_sound();
}

#[test]
fn the_very_identity_is_better_than_any_evidence() {
    // B has its own identity in the store, and a signature that A carries too.
    let world = World::new();
    let a = |signatures: &[(&str, &str)]| set(known_as("A", 1, &["cwe:89"]), "/tracking", tracking(signatures));
    let b = |signatures: &[(&str, &str)]| set(known_as("A", 2, &["cwe:89"]), "/tracking", tracking(signatures));
    world.sast("main", &[a(&[("hash", "h")]), b(&[("scope_offset", "b")])]);
    let uuids: Vec<_> = world.vulnerabilities().iter().map(|pair| pair.finding.uuid).collect();
    let done = world.sast("main", &[b(&[("scope_offset", "b"), ("hash", "h")])]);
    assert_eq!((world.list(done.scan())[0].uuid, done.tally()), (uuids[1], (0, 0, 1)));
    world.assert_sound();
}

#[test]
fn taking_over_that_is_cut_off_ends_the_same() {
    let prepare = || {
        let world = World::with_clock(std::sync::Arc::new(super::scenario_world::StoppedClock));
        let old: Vec<Value> =
            (0..150).map(|n| known_as(&format!("o{n:03}"), n + 1, &[&format!("bandit_test_id:B{n}")])).collect();
        bandit(&world, &old);
        let new = |n: u64| known_as(&format!("n{n:03}"), n + 1, &[&format!("semgrep_id:S{n}"), &format!("bandit_test_id:B{n}")]);
        let all: Vec<Value> = (0..170).map(new).collect();
        let accepted = world.upload("main").with(SAST, &report(SAST, &all)).accept();
        (world, accepted.pipeline_id)
    };
    let (whole, id) = prepare();
    super::worker::ingest(&whole.room, id, &|| {}).unwrap();
    whole.assert_sound();
    assert_eq!(whole.titles().len(), 170);
    let tables = [catalog::FINDINGS_BY_UUID, catalog::VULNERABILITIES, catalog::READS, catalog::FINDINGS_BY_LOCATION];
    for count in [1, 2] {
        let (world, id) = prepare();
        let cut =
            super::killpoint::stops::cut_off_at("after-group", count, || super::worker::ingest(&world.room, id, &|| {}).unwrap());
        assert!(cut);
        world.work_off();
        world.assert_sound();
        assert_eq!(world.titles(), whole.titles());
        assert_eq!(world.dump(&tables).len(), whole.dump(&tables).len());
    }
}

#[test]
fn one_that_goes_as_a_repetition_takes_no_identity_from_one_that_stays() {
    let world = World::new();
    world.upload("main").with(SAST, &report(SAST, &[known_as("A", 1, &["rule:a"])])).ingest();
    let signed = set(known_as("B", 1, &["cwe:1", "cve:1"]), "/tracking", tracking(&[("scope_offset", "s")]));
    // The second repeats the first. The third is the stored one by its second identifier, and from then on by its
    // place, by which the second would be it as well.
    let new = report(SAST, &[known_as("B", 1, &["cve:1"]), signed, known_as("B", 1, &["cwe:1", "rule:a"])]);
    let earlier = world.upload("main").with(SAST, &new).ingest();
    assert_eq!((earlier.tally(), earlier.counts()), ((1, 0, 0), (3, 2, 1, 0)));
    let before = world.dump(&[catalog::FINDINGS, catalog::VULNERABILITIES, catalog::EVENTS]);
    for _ in 0..2 {
        assert_eq!(world.upload("main").with(SAST, &new).ingest().tally(), (0, 0, 0));
    }
    assert!(world.dump(&[catalog::FINDINGS, catalog::VULNERABILITIES, catalog::EVENTS]) == before);
}
