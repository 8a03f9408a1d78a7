//! Where a second report makes other products close, re-create or lose findings, it must not here: moved
//! lines, new words, half a scan, a failed one, other ids, other jobs, other projects (ingestion design,
//! sections 4.4 and 12.17), and what a report tells is kept whole. Must not know: how a scan is stored.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::scenario_world::{
    Ingested, PROJECT, World, finding, finding_at, identifier, image_finding, package_finding, report, report_by, secret, set,
    tracking,
};
use crate::audit::By;
use crate::domain::raw;
use crate::domain::triage::{Action, StateTransition};
use crate::store::findings::{self, Pair};
use crate::store::{bodies, catalog, reads, records, transitions};
use crate::triage::change_state;
use casemate_shared::{DismissalReason, KeptOpen, ReportType, ScanStatus, Severity, VulnerabilityState};
use serde_json::{Value, json};

const SAST: ReportType = ReportType::Sast;
const IMAGES: ReportType = ReportType::ContainerScanning;
const PACKAGES: ReportType = ReportType::DependencyScanning;
const COUNT: u64 = 100;

/// A hundred signed findings of one rule, each changed by `edit`.
fn hundred(edit: impl Fn(u64, Value) -> Value) -> Vec<Value> {
    let one = |number: u64| {
        let place = finding_at("rule", "a.py", number * 10);
        let signed = set(place, "/tracking", tracking(&[("scope_offset", &format!("a.py|f[{number}]:1"))]));
        let named = set(set(signed, "/name", json!(format!("F{number}"))), "/id", json!(format!("id {number}")));
        edit(number, set(named, "/description", json!("As the rule says.")))
    };
    (1..=COUNT).map(one).collect()
}

fn same(_: u64, entry: Value) -> Value {
    entry
}

fn moved(number: u64, entry: Value) -> Value {
    let line = json!(number * 10 + 3);
    set(set(entry, "/location/start_line", line.clone()), "/location/end_line", line)
}

fn reworded(_: u64, entry: Value) -> Value {
    let told = set(entry, "/description", json!("As the new rule says."));
    set(set(told, "/solution", json!("Do it so.")), "/name", json!("The rule's new name"))
}

fn act(world: &World, id: u64, action: Action, comment: &str) {
    let comment = Some(comment.to_owned());
    assert!(world.room.store.write(|wtx| change_state(wtx, id, action, comment, 1, &By::system(77))).unwrap().1);
}

fn steps(world: &World, id: u64) -> Vec<StateTransition> {
    transitions::of_vulnerability(&world.read(), id).unwrap()
}

/// Id, identity, state of each, by id.
fn known(world: &World) -> Vec<(u64, [u8; 16], VulnerabilityState)> {
    let row = |pair: Pair| (pair.vulnerability.id, pair.finding.uuid, pair.vulnerability.state);
    let mut all: Vec<_> = world.vulnerabilities().into_iter().map(row).collect();
    all.sort_by_key(|row| row.0);
    all
}

fn gone(world: &World) -> usize {
    world.vulnerabilities().iter().filter(|pair| pair.vulnerability.resolved_on_default_branch).count()
}

fn body(world: &World, title: &str) -> Value {
    raw::stored(&bodies::get_body(&world.read(), world.vulnerability(title).finding.body_id).unwrap().raw)
}

/// A hundred findings with decisions on two of them, then `second`: all are the same, still there, and the
/// decisions stand.
#[track_caller]
fn assert_undisturbed(second: &Value) -> (World, Ingested) {
    let world = World::with_user();
    world.sast("main", &hundred(same));
    let id = |title: &str| world.vulnerability(title).vulnerability.id;
    let (accepted, agreed) = (id("F7"), id("F8"));
    act(&world, accepted, Action::Dismiss(Some(DismissalReason::AcceptableRisk)), "the owner takes the risk");
    act(&world, agreed, Action::Confirm, "seen");
    let before = known(&world);
    let done = world.upload("main").with(SAST, second).ingest();
    assert_eq!((done.tally(), known(&world) == before, gone(&world)), ((0, 0, 0), true, 0), "{:?}", done.scan().errors);
    let told = steps(&world, accepted);
    assert_eq!((told.len(), told[0].comment.as_deref()), (1, Some("the owner takes the risk")));
    assert_eq!(steps(&world, agreed).len(), 1);
    let pair = findings::find_pair(&world.read(), accepted).unwrap().unwrap();
    assert_eq!(pair.vulnerability.dismissal_reason, Some(DismissalReason::AcceptableRisk));
    world.assert_sound();
    (world, done)
}

#[test]
fn the_same_report_again_disturbs_nothing() {
    let (world, _) = assert_undisturbed(&report(SAST, &hundred(same)));
    assert_eq!(reads::counters(&world.read(), PROJECT).unwrap().total(), COUNT);
}

#[test]
fn lines_that_moved_with_the_same_signatures_keep_identity_history_and_decisions() {
    let (world, done) = assert_undisturbed(&report(SAST, &hundred(moved)));
    assert_eq!(done.counts(), (COUNT, COUNT, 0, 0));
    assert_eq!(body(&world, "F7")["location"]["start_line"], 73);
}

#[test]
fn rule_texts_that_were_reworded_keep_identity_history_and_decisions() {
    let (world, _) = assert_undisturbed(&report(SAST, &hundred(reworded)));
    assert!(world.titles().iter().all(|title| title == "The rule's new name"));
}

#[test]
fn ids_severities_words_lines_and_the_scanner_s_version_may_change_at_once() {
    let all = hundred(|number, entry| {
        let entry = moved(number, reworded(number, entry));
        set(set(entry, "/id", json!(format!("other {number}"))), "/severity", json!("Critical"))
    });
    let newer = set(set(report(SAST, &all), "/scan/scanner/version", json!("2.0")), "/scan/scanner/name", json!("Renamed"));
    let (world, _) = assert_undisturbed(&newer);
    let counters = reads::counters(&world.read(), PROJECT).unwrap();
    assert_eq!(counters.get(VulnerabilityState::Detected, Severity::Critical, false), COUNT - 2);
    assert_eq!(counters.total(), COUNT);
}

#[test]
fn the_order_of_the_findings_says_nothing() {
    let mut turned = hundred(same);
    turned.reverse();
    assert_undisturbed(&report(SAST, &turned));
}

#[test]
fn half_of_the_findings_in_a_partial_scan_close_nothing_and_in_a_full_one_the_others() {
    let mut half = hundred(same);
    half.truncate(50);
    let full = report(SAST, &half);
    let partial = set(full.clone(), "/scan/partial_scan", json!({"mode": "differential"}));
    let (world, done) = assert_undisturbed(&partial);
    // Two of the hundred were decided; one of those is settled. F7 and F8 are in the half.
    assert_eq!(done.scan().tally.kept_open, [(KeptOpen::PartialScan, 50)]);
    assert_eq!(world.upload("main").with(SAST, &full).ingest().tally(), (0, 0, 50));
    assert_eq!(gone(&world), 50);
    world.assert_sound();
}

#[test]
fn a_scan_that_failed_with_no_findings_closes_nothing() {
    let failed = set(report(SAST, &[]), "/scan/status", json!("failure"));
    let (world, done) = assert_undisturbed(&failed);
    assert_eq!(done.scan().tally.kept_open, [(KeptOpen::ReportFailure, COUNT - 1)]);
    // The next good one finds them all where they were.
    assert_eq!(world.sast("main", &hundred(same)).tally(), (0, 0, 0));
    assert_eq!(gone(&world), 0);
    world.assert_sound();
}

#[test]
fn an_empty_report_of_a_good_scan_closes_all_and_states_stay() {
    let world = World::with_user();
    world.sast("main", &hundred(same));
    let id = world.vulnerability("F7").vulnerability.id;
    act(&world, id, Action::Dismiss(None), "no");
    let before = known(&world);
    assert_eq!(world.sast("main", &[]).tally(), (0, 0, COUNT));
    assert_eq!((known(&world) == before, gone(&world) as u64), (true, COUNT));
    assert_eq!(world.sast("main", &hundred(same)).tally(), (0, COUNT, 0));
    assert_eq!((known(&world) == before, gone(&world)), (true, 0));
    world.assert_sound();
}

#[test]
fn a_renamed_job_reports_the_same_vulnerabilities() {
    let world = World::new();
    let by_job = |name: &str, key: &str| world.upload("main").key(key).job(name).with(SAST, &report(SAST, &hundred(same)));
    by_job("sast", "run-1").ingest();
    let before = known(&world);
    let renamed = by_job("semgrep-sast", "run-2").ingest();
    assert_eq!((renamed.tally(), known(&world) == before), ((0, 0, 0), true));
    // Both in one pipeline: the second's are all repetitions, and nothing is closed or new.
    let both = by_job("sast", "run-2").ingest();
    assert_eq!((both.pipeline.id, both.counts()), (renamed.pipeline.id, (COUNT, 0, COUNT, 0)));
    assert_eq!((known(&world) == before, gone(&world)), (true, 0));
    world.assert_sound();
}

#[test]
fn identifiers_after_the_first_may_change_their_order() {
    let world = World::new();
    let with = |values: [&str; 3]| {
        let all: Vec<Value> = values.iter().map(|value| identifier("cve", value)).collect();
        package_finding("A", "lock", "zlib", &all)
    };
    let scan = |entry: Value| world.upload("main").with(PACKAGES, &report_by("zeta", PACKAGES, &[entry])).ingest();
    scan(with(["CVE-1", "CVE-2", "CVE-3"]));
    let before = known(&world);
    assert_eq!(scan(with(["CVE-1", "CVE-3", "CVE-2"])).tally(), (0, 0, 0));
    assert_eq!((known(&world) == before, world.vulnerability("A").finding.identifier_ids.len()), (true, 3));
    // Another first one is another identity, as in GitLab, unless the scanner is known to rename its rules.
    assert_eq!(scan(with(["CVE-2", "CVE-1", "CVE-3"])).tally(), (1, 0, 1));
    world.assert_sound();
}

#[test]
fn an_analyzer_that_renames_its_rules_keeps_them_by_the_old_name_beside_the_new() {
    let world = World::with_user();
    let with = |names: &[&str]| {
        let all: Vec<Value> = names.iter().map(|name| identifier("semgrep_id", name)).collect();
        set(finding_at("A", "a.py", 3), "/identifiers", json!(all))
    };
    world.sast("main", &[with(&["old"])]);
    let before = known(&world);
    assert_eq!(world.sast("main", &[with(&["new", "old"])]).tally(), (0, 0, 0));
    assert_eq!((known(&world) == before, world.titles()), (true, vec!["A".to_owned()]));
    world.assert_sound();
}

#[test]
fn one_cve_by_two_scanners_is_one_vulnerability_and_stays_when_one_of_them_stops() {
    let world = World::with_user();
    let entry = |title: &str| package_finding(title, "package.json", "minimist", &[identifier("cve", "CVE-1")]);
    let by = |scanner: &str, all: &[Value]| report_by(scanner, PACKAGES, all);
    let owner = || {
        let id = world.vulnerabilities()[0].vulnerability.scanner_id;
        records::find_scanner(&world.read(), id).unwrap().unwrap().external_id
    };
    let both =
        || world.upload("main").with(PACKAGES, &by("gemnasium", &[entry("G")])).with(PACKAGES, &by("retire.js", &[entry("R")]));
    both().ingest();
    let before = known(&world);
    assert_eq!((before.len(), owner()), (1, "retire.js".to_owned()));
    act(&world, before[0].0, Action::Confirm, "seen");
    // In one pipeline the preferred one does not report it any more, the other does.
    world.upload("main").with(PACKAGES, &by("gemnasium", &[entry("G")])).with(PACKAGES, &by("retire.js", &[])).ingest();
    assert_eq!((world.titles(), owner()), (vec!["G".to_owned()], "gemnasium".to_owned()));
    // Both again, then neither.
    both().ingest();
    assert_eq!((world.titles(), owner()), (vec!["R".to_owned()], "retire.js".to_owned()));
    assert_eq!((known(&world)[0].1, known(&world)[0].2), (before[0].1, VulnerabilityState::Confirmed));
    world.upload("main").with(PACKAGES, &by("gemnasium", &[])).with(PACKAGES, &by("retire.js", &[])).ingest();
    assert_eq!(world.titles(), ["(R)"]);
    world.assert_sound();
}

#[test]
fn findings_that_share_one_id_are_all_kept() {
    let world = World::new();
    let all = hundred(|number, entry| if number <= 10 { set(entry, "/id", json!("the same")) } else { entry });
    assert_eq!(world.sast("main", &all).counts(), (COUNT, COUNT, 0, 0));
    assert_eq!(world.titles().len() as u64, COUNT);
    world.assert_sound();
}

#[test]
fn projects_do_not_touch_each_other() {
    let world = World::new();
    let other = world.other_project(77);
    world.sast("main", &hundred(same));
    let before = known(&world);
    let there = world.upload("main").to(&other).with(SAST, &report(SAST, &hundred(same))).ingest();
    assert_eq!((there.counts(), there.tally()), ((COUNT, COUNT, 0, 0), (COUNT, 0, 0)));
    let stored: Vec<[u8; 16]> = world.list(there.scan()).iter().map(|entry| entry.uuid).collect();
    assert!(before.iter().all(|(_, uuid, _)| !stored.contains(uuid)));
    let there = world.upload("main").to(&other).with(SAST, &report(SAST, &[])).ingest();
    assert_eq!((there.tally(), known(&world) == before, gone(&world)), ((0, 0, COUNT), true, 0));
    world.assert_sound();
}

#[test]
fn one_bad_finding_leaves_nothing_of_its_report_behind() {
    let world = World::new();
    world.sast("main", &hundred(same));
    let tables = [catalog::FINDINGS, catalog::VULNERABILITIES, catalog::BODIES, catalog::IDENTIFIERS, catalog::EVENTS];
    let before = world.dump(&tables);
    let bad = hundred(|number, entry| match number {
        51 => set(reworded(number, entry), "/location/start_line", json!("abc")),
        _ => reworded(number, entry),
    });
    let done = world.sast("main", &bad);
    assert_eq!((done.scan().status, done.counts()), (ScanStatus::ReportError, (COUNT, 0, 0, COUNT)));
    assert_eq!(done.scan().errors[0].place.as_deref(), Some("/vulnerabilities/50/location/start_line"));
    assert!(world.dump(&tables) == before);
    world.assert_sound();
}

#[test]
fn every_member_of_a_finding_is_kept_as_it_was_told() {
    let world = World::new();
    let rich = json!({
        "id": "a", "name": "OS command injection", "description": "Long.", "severity": "Unknown", "solution": "Do not.",
        "identifiers": [
            {"type": "rule_id", "name": "Rule 1", "value": "1", "url": "https://rules.example/1"},
            {"type": "cve", "name": "CVE-1", "value": "CVE-1"}, {"type": "cve", "name": "CVE-2", "value": "CVE-2"},
            {"type": "cwe", "name": "CWE-78", "value": "78", "url": "https://cwe.example/78"},
        ],
        "links": [{"name": "More", "url": "https://more.example"}],
        "flags": [{"type": "flagged-as-likely-false-positive", "origin": "us", "description": "never runs"}],
        "cvss_vectors": [{"vendor": "us", "vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
        "details": {"tree": {"type": "named-list", "name": "Tree", "items": {"leaf": {"type": "text", "name": "Leaf", "value": "v"}}}},
        "location": {"file": "a.py", "start_line": 3, "end_line": 9, "class": "C", "method": "m"},
        "tracking": tracking(&[("scope_offset", "s")]),
        "raw_source_code_extract": "os.system(x)",
    });
    let fix = json!([{"fixes": [{"id": "a"}], "summary": "s", "diff": "ZA=="}]);
    let done = world.upload("main").with(SAST, &set(report(SAST, std::slice::from_ref(&rich)), "/remediations", fix)).ingest();
    assert_eq!(done.counts(), (1, 1, 0, 0), "{:?}", done.scan().errors);
    assert_eq!(body(&world, "OS command injection"), rich);
    let pair = world.vulnerability("OS command injection");
    assert_eq!((pair.vulnerability.severity, pair.finding.identifier_ids.len()), (Severity::Unknown, 4));
    assert_eq!((pair.finding.links.len(), pair.finding.flags.len(), pair.finding.signatures.len()), (1, 1, 1));
    assert_eq!(pair.finding.remediation_ids.len(), 1);
    world.assert_sound();
}

#[test]
fn the_image_and_its_system_and_who_leaked_a_secret_are_kept() {
    let world = World::new();
    let in_image = image_finding("in the image", "registry.example/app:1", "zlib", "CVE-1");
    world.upload("main").with(IMAGES, &report(IMAGES, std::slice::from_ref(&in_image))).ingest();
    assert_eq!(body(&world, "in the image"), in_image);
    let kind = ReportType::SecretDetection;
    let commit = json!({"sha": "0000001", "author": "Somebody", "date": "2026-01-01T00:00:00Z", "message": "oops"});
    let leaked = set(secret("S"), "/location/commit", commit);
    world.upload("main").with(kind, &report(kind, std::slice::from_ref(&leaked))).ingest();
    assert_eq!(body(&world, "S"), leaked);
    world.assert_sound();
}

#[test]
fn findings_of_a_running_program_need_neither_evidence_nor_links_and_are_told_apart_by_place() {
    let world = World::new();
    let kind = ReportType::Dast;
    let at = |id: &str, param: &str| {
        json!({
            "id": id, "name": "XSS", "description": "The same.", "severity": "Unknown", "identifiers": [identifier("cwe", "79")],
            "location": {"hostname": "http://h", "path": "/search", "method": "GET", "param": param},
        })
    };
    let done = world.upload("main").with(kind, &report(kind, &[at("1", "q"), at("2", "p")])).ingest();
    assert_eq!((done.counts(), world.titles()), ((2, 2, 0, 0), vec!["XSS".to_owned(), "XSS".to_owned()]));
    assert!(world.vulnerabilities().iter().all(|pair| pair.vulnerability.severity == Severity::Unknown));
    world.assert_sound();
}

#[test]
fn a_report_handed_in_as_another_type_is_refused_and_closes_nothing() {
    let world = World::new();
    world.sast("main", &[finding("A")]);
    let packages = report(PACKAGES, &[package_finding("P", "lock", "zlib", &[identifier("cve", "CVE-1")])]);
    let done = world.upload("main").with(SAST, &packages).ingest();
    assert_eq!(
        (done.scan().status, done.counts(), world.titles()),
        (ScanStatus::ReportError, (1, 0, 0, 1), vec!["A".to_owned()])
    );
    world.assert_sound();
}
