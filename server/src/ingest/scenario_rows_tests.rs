//! Rows of the ingestion design's tables that no other file tests: repetitions (section 11.1), lives
//! (section 11.2), consequences (section 4.4) and the hazards that are not copied (sections 4.1 and 4.2).
//! Must not know: how a scan is stored.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::scenario_world::{
    Ingested, World, finding, finding_at, identifier, image_finding, package_finding, report, report_by, secret, set, tracking,
};
use crate::audit::By;
use crate::domain::finding::EventKind;
use crate::domain::scan::ListEntry;
use crate::domain::triage::{Action, StateTransition};
use crate::store::catalog::{self, Table};
use crate::store::{findings, reads, records, scans, transitions};
use crate::triage::change_state;
use casemate_shared::{ReportType, ScanStatus, Severity, VulnerabilityState};
use proptest::prelude::*;
use serde_json::{Value, json};

const SAST: ReportType = ReportType::Sast;
const IMAGES: ReportType = ReportType::ContainerScanning;
const PACKAGES: ReportType = ReportType::DependencyScanning;
const SECRETS: ReportType = ReportType::SecretDetection;

/// What stands about vulnerabilities; a scan that is no proof writes none of it.
const FACTS: [Table; 7] = [
    catalog::FINDINGS,
    catalog::VULNERABILITIES,
    catalog::NO_LONGER_DETECTED,
    catalog::READS,
    catalog::VULNERABILITY_COUNTERS,
    catalog::EVENTS,
    catalog::TRANSITIONS,
];

/// A SAST finding at one place, known by these identifiers of the form `type:value`.
fn known_as(title: &str, identifiers: &[&str]) -> Value {
    let all: Vec<Value> = identifiers.iter().map(|text| text.split_once(':').unwrap()).map(|(k, v)| identifier(k, v)).collect();
    set(set(finding_at(title, "x.py", 1), "/identifiers", json!(all)), "/id", json!(title))
}

fn act(world: &World, title: &str, action: Action) {
    let id = world.vulnerability(title).vulnerability.id;
    assert!(world.room.store.write(|wtx| change_state(wtx, id, action, None, 1, &By::system(77))).unwrap().1);
}

fn steps(world: &World, title: &str) -> Vec<StateTransition> {
    transitions::of_vulnerability(&world.read(), world.vulnerability(title).vulnerability.id).unwrap()
}

fn scanner_of(world: &World, title: &str) -> String {
    let id = world.vulnerability(title).vulnerability.scanner_id;
    records::find_scanner(&world.read(), id).unwrap().unwrap().external_id
}

#[test]
fn dedup_row_1_a_package_and_an_image_with_one_cve_live_and_go_apart() {
    let world = World::new();
    let package = |all: &[Value]| report(PACKAGES, all);
    let image = |all: &[Value]| report(IMAGES, all);
    let in_package = [package_finding("in the package", "x", "zlib", &[identifier("cve", "CVE-1")])];
    let in_image = [image_finding("in the image", "x", "zlib", "CVE-1")];
    world.upload("main").with(IMAGES, &image(&in_image)).with(PACKAGES, &package(&in_package)).ingest();
    let place = |title: &str| world.vulnerability(title).finding.location_sha;
    assert_eq!(place("in the image"), place("in the package"), "the row wants one place");
    let second = world.upload("main").with(IMAGES, &image(&[])).with(PACKAGES, &package(&in_package)).ingest();
    assert_eq!(second.scans.iter().map(|scan| scan.duplicate).sum::<u64>(), 0);
    assert_eq!(world.titles(), ["(in the image)", "in the package"]);
    world.assert_sound();
}

#[test]
fn dedup_row_2_findings_known_by_a_weakness_class_only_are_two_in_any_order() {
    let pair = [known_as("A", &["cwe:259"]), known_as("B", &["cwe:798"])];
    let world = World::new();
    assert_eq!(world.sast("main", &pair).counts(), (2, 2, 0, 0));
    let [first, second] = pair;
    let turned = world.sast("main", &[second, first]);
    assert_eq!((turned.counts(), turned.tally(), world.titles().len()), ((2, 2, 0, 0), (0, 0, 0), 2));
    world.assert_sound();
}

#[test]
fn dedup_row_3_a_shared_cve_makes_one_finding_whichever_comes_first() {
    let with = |title: &str, all: &[(&str, &str)]| {
        let all: Vec<Value> = all.iter().map(|(kind, value)| identifier(kind, value)).collect();
        set(image_finding(title, "x", "zlib", ""), "/identifiers", json!(all))
    };
    let one = with("A", &[("cve", "CVE-1"), ("cve", "CVE-2"), ("cwe", "259")]);
    let other = with("B", &[("cve", "CVE-2"), ("cwe", "798")]);
    for (kept, findings) in [("A", [one.clone(), other.clone()]), ("B", [other, one])] {
        let world = World::new();
        let done = world.upload("main").with(IMAGES, &report(IMAGES, &findings)).ingest();
        assert_eq!((done.counts(), world.titles()), ((2, 1, 1, 0), vec![kept.to_owned()]));
        world.assert_sound();
    }
}

#[test]
fn dedup_row_4_two_with_one_identity_are_one_and_the_first_gives_the_text() {
    let world = World::new();
    let done = world.sast("main", &[known_as("A", &["cwe:89"]), known_as("B", &["cwe:89"])]);
    assert_eq!((done.counts(), world.titles()), ((2, 1, 1, 0), vec!["A".to_owned()]));
    // In two jobs of one scanner as well; the second one's is kept apart.
    let world = World::new();
    let one = |title: &str| report(SAST, &[known_as(title, &["cwe:89"])]);
    let done = world.upload("main").with(SAST, &one("A")).with(SAST, &one("B")).ingest();
    assert_eq!((done.scans[1].duplicate, world.titles()), (1, vec!["A".to_owned()]));
    assert_eq!(scans::list(&world.read(), &done.scans[1].duplicate_chunks).unwrap().len(), 1);
    world.assert_sound();
}

/// `better` and `worse` report the same in one pipeline, in either order: `better` keeps it.
#[track_caller]
fn assert_preferred(kind: ReportType, better: &str, worse: &str, entry: impl Fn(&str) -> Value) {
    for order in [[better, worse], [worse, better]] {
        let world = World::new();
        let by = |scanner: &str| report_by(scanner, kind, &[entry(scanner)]);
        let both = || world.upload("main").with(kind, &by(order[0])).with(kind, &by(order[1])).ingest();
        let done = both();
        let (kept, flagged) = if order[0] == better { (0, 1) } else { (1, 0) };
        assert_eq!((done.scans[kept].accepted, done.scans[kept].duplicate), (1, 0), "{order:?}");
        assert_eq!((done.scans[flagged].accepted, done.scans[flagged].duplicate), (0, 1), "{order:?}");
        assert_eq!((world.titles(), scanner_of(&world, better)), (vec![better.to_owned()], better.to_owned()));
        // Again it is the same: what was flagged is not new, and nothing is closed because of it.
        let again = both();
        assert!(again.scans.iter().all(|scan| (scan.tally.new, scan.tally.no_longer_detected) == (0, 0)));
        assert_eq!(world.titles(), [better]);
        world.assert_sound();
    }
}

#[test]
fn dedup_row_5_retire_js_keeps_what_gemnasium_reports_too() {
    let entry = |title: &str| package_finding(title, "package.json", "minimist", &[identifier("cve", "CVE-1")]);
    assert_preferred(PACKAGES, "retire.js", "gemnasium", entry);
}

#[test]
fn dedup_row_6_bandit_keeps_what_semgrep_reports_too() {
    let entry = |title: &str| match title {
        "bandit" => known_as(title, &["bandit_test_id:B303"]),
        _ => known_as(title, &["semgrep_id:bandit.B303-1", "bandit_test_id:B303"]),
    };
    assert_preferred(SAST, "bandit", "semgrep", entry);
}

#[test]
fn lifecycle_1_going_and_coming_back_is_no_change_of_state() {
    let world = World::with_user();
    world.sast("main", &[finding("A"), finding("B")]);
    let detected =
        |is_gone| reads::counters(&world.read(), 42).unwrap().get(VulnerabilityState::Detected, Severity::Medium, is_gone);
    world.sast("main", &[finding("A")]);
    assert_eq!((detected(false), detected(true)), (1, 1));
    world.sast("main", &[finding("A"), finding("B")]);
    assert_eq!((detected(false), detected(true)), (2, 0));
    assert_eq!(steps(&world, "B"), []);
    world.assert_sound();
}

#[test]
fn lifecycle_2_what_was_resolved_and_is_back_counts_as_open_again() {
    let world = World::with_user();
    world.sast("main", &[finding("A"), finding("B")]);
    world.sast("main", &[finding("A")]);
    act(&world, "B", Action::Resolve);
    let open = || {
        let counters = reads::counters(&world.read(), 42).unwrap();
        (counters.get(VulnerabilityState::Detected, Severity::Medium, false), counters.total())
    };
    assert_eq!(open(), (1, 2));
    world.sast("main", &[finding("A"), finding("B")]);
    assert_eq!(open(), (2, 2));
    assert_eq!(steps(&world, "B").pop().unwrap().author_id, None);
    world.assert_sound();
}

#[test]
fn lifecycle_4_without_the_scanner_nothing_is_written_about_its_vulnerabilities() {
    let world = World::new();
    world.sast("main", &[finding("A"), finding("B")]);
    let before = world.dump(&FACTS);
    world.upload("main").with(SAST, &report_by("bandit", SAST, &[])).ingest();
    world.upload("main").with(SECRETS, &report(SECRETS, &[])).ingest();
    assert!(world.dump(&FACTS) == before);
    world.assert_sound();
}

#[test]
fn lifecycle_5_and_14_a_refused_report_writes_nothing_about_vulnerabilities() {
    let world = World::new();
    world.sast("main", &[finding("A"), finding("B")]);
    let before = world.dump(&FACTS);
    let mut nameless = report(SAST, &[]);
    nameless.as_object_mut().unwrap().remove("version");
    let mut listless = report(SAST, &[]);
    listless.as_object_mut().unwrap().remove("vulnerabilities");
    let versioned = |version: &str| set(report(SAST, &[]), "/version", json!(version));
    let broken = report(SAST, &[finding("A"), set(finding("C"), "/severity", json!("Bogus"))]);
    for refused in [broken, nameless, listless, versioned("16.0.0")] {
        let done = world.upload("main").with(SAST, &refused).ingest();
        assert_eq!((done.scan().status, done.pipeline.scans_with_errors), (ScanStatus::ReportError, 1));
        assert!(!done.scan().errors.is_empty());
        assert!(world.dump(&FACTS) == before, "{:?}", done.scan().errors);
    }
    // An unknown patch of a known version is a report like any other.
    let patch = world.upload("main").with(SAST, &set(report(SAST, &[finding("A")]), "/version", json!("15.0.3"))).ingest();
    assert_eq!((patch.tally(), patch.scan().warnings.len()), ((0, 0, 1), 1));
    world.assert_sound();
}

#[test]
fn lifecycle_6_a_secret_is_open_until_somebody_resolves_it_and_again_when_it_is_back() {
    let world = World::with_user();
    let scan = |all: &[Value]| world.upload("main").with(SECRETS, &report(SECRETS, all)).ingest();
    scan(&[secret("S")]);
    for _ in 0..3 {
        assert_eq!((scan(&[]).tally(), world.titles()), ((0, 0, 0), vec!["S".to_owned()]));
    }
    act(&world, "S", Action::Resolve);
    scan(&[]);
    assert_eq!(world.vulnerability("S").vulnerability.state, VulnerabilityState::Resolved);
    assert_eq!(scan(&[secret("S")]).tally(), (0, 1, 0));
    assert_eq!(world.vulnerability("S").vulnerability.state, VulnerabilityState::Detected);
    world.assert_sound();
}

#[test]
fn lifecycle_10_a_retry_that_fails_closes_nothing() {
    let world = World::new();
    world.upload("main").key("run").with(SAST, &report(SAST, &[finding("A"), finding("B")])).ingest();
    let retry = world.upload("main").key("run").job_status("failed").with(SAST, &report(SAST, &[])).ingest();
    assert_eq!((retry.scan().status, retry.tally()), (ScanStatus::JobFailed, (0, 0, 0)));
    assert_eq!(world.titles(), ["A", "B"]);
    world.assert_sound();
}

#[test]
fn lifecycle_12_the_identity_that_was_computed_is_known_beside_the_old_one() {
    let world = World::new();
    let at = |line: u64, all: &[(&str, &str)]| set(finding_at("A", "a.py", line), "/tracking", tracking(all));
    world.sast("main", &[at(3, &[("hash", "h")])]);
    let old = world.vulnerability("A");
    let moved = [at(9, &[("hash", "h"), ("scope_offset", "s")])];
    world.sast("main", &moved);
    let event = findings::events(&world.read(), old.vulnerability.id).unwrap().pop().unwrap();
    let matched = event.matched.unwrap();
    let fresh = World::new();
    fresh.sast("main", &moved);
    assert_eq!((matched.stored_uuid, matched.computed_uuid), (old.finding.uuid, fresh.vulnerability("A").finding.uuid));
    world.assert_sound();
}

#[test]
fn lifecycle_13_one_scope_signature_twice_in_a_report_is_one_finding_at_its_old_identity() {
    let world = World::new();
    let at = |line: u64| set(finding_at("A", "a.py", line), "/tracking", tracking(&[("scope_offset", "s")]));
    world.sast("main", &[at(1)]);
    let uuid = world.vulnerability("A").finding.uuid;
    let second = world.sast("main", &[at(5), at(8)]);
    assert_eq!((second.counts(), second.tally()), ((2, 1, 1, 0), (0, 0, 0)));
    assert_eq!(world.vulnerability("A").finding.uuid, uuid);
    world.assert_sound();
}

#[test]
fn lifecycle_15_identifiers_beyond_the_twentieth_match_nothing_and_stay_in_the_body() {
    let world = World::new();
    let many: Vec<String> = (0..23).map(|number| format!("t:v{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let done = world.sast("main", &[known_as("A", &many), known_as("B", &["t:v22"]), known_as("C", &["t:v19"])]);
    assert_eq!((done.counts(), world.titles()), ((3, 2, 1, 0), vec!["A".to_owned(), "B".to_owned()]));
    let body = crate::store::bodies::get_body(&world.read(), world.vulnerability("A").finding.body_id).unwrap();
    assert!(String::from_utf8(body.raw).unwrap().contains("\"v22\""));
    world.assert_sound();
}

#[test]
fn a_line_that_moved_without_signature_is_a_new_vulnerability_and_the_old_one_is_gone() {
    let world = World::new();
    world.sast("main", &[finding_at("A", "a.py", 3)]);
    let moved = world.sast("main", &[finding_at("A", "a.py", 6)]);
    assert_eq!((moved.tally(), world.titles()), ((1, 0, 1), vec!["(A)".to_owned(), "A".to_owned()]));
    world.assert_sound();
}

#[test]
fn hazard_1_a_failed_job_is_no_empty_report() {
    let world = World::new();
    world.sast("main", &[finding("A"), finding("B")]);
    world.upload("main").with(SAST, &report_by("bandit", SAST, &[finding("C")])).ingest();
    let before = world.dump(&FACTS);
    for entries in [vec![], vec![finding("A")], vec![finding("New")]] {
        let failed = world.upload("main").job_status("failed").with(SAST, &report(SAST, &entries)).ingest();
        assert_eq!((failed.scan().status, failed.tally()), (ScanStatus::JobFailed, (0, 0, 0)));
        assert!(failed.scan().accepted_chunks.is_empty());
        assert!(world.dump(&FACTS) == before);
    }
    // Beside it another scanner's job ends well, and closes its own.
    world.upload("main").key("run").job("bad").incomplete().job_status("failed").with(SAST, &report(SAST, &[])).ingest();
    world.upload("main").key("run").job("good").with(SAST, &report_by("bandit", SAST, &[])).ingest();
    assert_eq!(world.titles(), ["A", "B", "(C)"]);
    world.assert_sound();
}

#[test]
fn hazard_2_what_could_not_be_stored_closes_nothing_of_its_scanner_and_holds_no_other_up() {
    let world = World::new();
    world.sast("main", &[finding("A"), finding("B")]);
    world.upload("main").with(SAST, &report_by("zeta", SAST, &[finding("Y"), finding("Z")])).ingest();
    let upload = world.upload("main").with(SAST, &report_by("zeta", SAST, &[finding("Y")]));
    let accepted = upload.with(SAST, &report(SAST, &[finding("B"), finding("C")])).accept();
    let cut = super::killpoint::stops::cut_off_at("after-prepare", 1, || {
        super::worker::ingest(&world.room, accepted.pipeline_id, &|| {}).unwrap();
    });
    assert!(cut);
    // C's body is the only new one.
    let body = world.dump(&[catalog::BODIES]).pop().unwrap().1;
    let whole = world.room.store.write(|wtx| crate::store::damage(wtx, catalog::BODIES, &body, Some(b"\x01rubbish"))).unwrap();
    world.work_off();
    let broken = Ingested::read(&world, &accepted);
    assert_eq!(broken.scans[1].errors[0].kind, "IngestionError");
    assert_eq!(world.titles(), ["A", "B", "Y", "(Z)"]);
    world.room.store.write(|wtx| crate::store::damage(wtx, catalog::BODIES, &body, whole.as_deref())).unwrap();
    world.assert_sound();
}

#[test]
fn every_decision_of_a_pipeline_has_one_entry_in_the_history() {
    let world = World::new();
    for reported in [&["A", "B"][..], &["A"], &["A", "B"], &["A", "B"]] {
        let all: Vec<Value> = reported.iter().map(|title| finding(title)).collect();
        world.sast("main", &all);
    }
    let told: Vec<_> = findings::events(&world.read(), world.vulnerability("B").vulnerability.id)
        .unwrap()
        .into_iter()
        .map(|event| (event.kind, event.pipeline_id))
        .collect();
    assert_eq!(told, [(EventKind::Detected, 1), (EventKind::NoLongerDetected, 2), (EventKind::DetectedAgain, 3)]);
}

/// Identities of a scan, in the order of their bytes.
fn identities(list: &[ListEntry]) -> Vec<[u8; 16]> {
    let mut all: Vec<[u8; 16]> = list.iter().map(|entry| entry.uuid).collect();
    all.sort_unstable();
    all
}

/// Findings that are the same or have nothing in common, some of them several times, and the same shuffled.
fn repeated() -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
    proptest::collection::vec(0..6_u8, 0..20).prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn repetitions_are_found_in_any_order((one, other) in repeated()) {
        let ingest = |numbers: &[u8]| {
            let world = World::new();
            let all: Vec<Value> = numbers.iter().map(|number| finding(&format!("F{number}"))).collect();
            let done = world.sast("main", &all);
            (done.counts(), identities(&world.list(done.scan())), world.titles())
        };
        prop_assert_eq!(ingest(&one), ingest(&other));
    }

    #[test]
    fn the_order_of_the_files_of_different_scanners_does_not_matter(
        one in super::scenario_reports::any_report(), other in super::scenario_reports::any_report(),
    ) {
        let (one, other) = (set(one, "/scan/scanner/id", json!("bandit")), set(other, "/scan/scanner/id", json!("semgrep")));
        let ingest = |files: [&Value; 2]| {
            let world = World::new();
            let done = world.upload("main").with(SAST, files[0]).with(SAST, files[1]).ingest();
            let mut told: Vec<_> = done.scans.iter()
                .map(|scan| (scan.scanner.as_ref().unwrap().external_id.clone(), scan.accepted, scan.duplicate,
                    identities(&world.list(scan))))
                .collect();
            told.sort();
            told
        };
        prop_assert_eq!(ingest([&one, &other]), ingest([&other, &one]));
    }
}
