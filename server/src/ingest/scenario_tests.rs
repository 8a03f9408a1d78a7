//! The life of vulnerabilities over several pipelines: the scenarios of the ingestion design, section 11.2,
//! and what it says about marking (sections 4.4, 5.1, 7.5, 12). Must not know: how a scan is stored.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::scenario_world::{World, finding, finding_at, identifier, report, report_by, secret, set, tracking};
use crate::domain::finding::{Decided, EventKind, MatchEvidence};
use crate::store::{findings, reads};
use casemate_shared::{DismissalReason, ReportType, ScanMode, ScanStatus, Severity, VulnerabilityState};
use serde_json::{Value, json};

const SAST: ReportType = ReportType::Sast;

fn kinds(world: &World, title: &str) -> Vec<EventKind> {
    let id = world.vulnerability(title).vulnerability.id;
    findings::events(&world.read(), id).unwrap().into_iter().map(|event| event.kind).collect()
}

#[test]
fn scenario_1_gone_and_back_again() {
    let world = World::new();
    assert_eq!(world.sast("main", &[finding("A"), finding("B")]).tally(), (2, 0, 0));
    let second = world.sast("main", &[finding("A")]);
    assert_eq!((second.tally(), world.titles()), ((0, 0, 1), vec!["A".to_owned(), "(B)".to_owned()]));
    let gone = world.vulnerability("B").vulnerability;
    assert_eq!(
        (gone.state, gone.resolved_in_commit_sha.as_deref()),
        (VulnerabilityState::Detected, Some(second.pipeline.sha.as_str()))
    );
    assert_eq!(world.sast("main", &[finding("A"), finding("B")]).tally(), (0, 1, 0));
    assert_eq!(world.titles(), ["A", "B"]);
    assert_eq!(world.vulnerability("B").vulnerability.resolved_in_commit_sha, None);
    assert_eq!(kinds(&world, "B"), [EventKind::Detected, EventKind::NoLongerDetected, EventKind::DetectedAgain]);
    assert_eq!(kinds(&world, "A"), [EventKind::Detected]);
    world.assert_sound();
}

#[test]
fn scenario_2_what_was_resolved_needs_triage_again() {
    let world = World::new();
    world.sast("main", &[finding("A"), finding("B")]);
    world.sast("main", &[finding("A")]);
    world.change("B", |pair| {
        pair.vulnerability.state = VulnerabilityState::Resolved;
        pair.vulnerability.resolved = Decided { by: Some(1), at: Some(5) };
    });
    assert_eq!(world.sast("main", &[finding("A"), finding("B")]).tally(), (0, 1, 0));
    let back = world.vulnerability("B").vulnerability;
    assert_eq!(
        (back.state, back.resolved, back.resolved_on_default_branch),
        (VulnerabilityState::Detected, Decided::default(), false)
    );
    assert_eq!(kinds(&world, "B").last(), Some(&EventKind::DetectedAgain));
    // Once is enough: the next scan finds nothing to do.
    assert_eq!(world.sast("main", &[finding("A"), finding("B")]).tally(), (0, 0, 0));
    assert_eq!(kinds(&world, "B").len(), 3);
    world.assert_sound();
}

#[test]
fn scenario_3_a_dismissal_outlives_every_scan() {
    let world = World::new();
    world.sast("main", &[finding("A"), finding("B")]);
    world.change("B", |pair| {
        pair.vulnerability.state = VulnerabilityState::Dismissed;
        pair.vulnerability.dismissal_reason = Some(DismissalReason::UsedInTests);
        pair.vulnerability.dismissed = Decided { by: Some(1), at: Some(5) };
    });
    for (reported, is_gone) in [(vec![finding("A")], true), (vec![finding("A"), finding("B")], false)] {
        world.sast("main", &reported);
        let row = world.vulnerability("B").vulnerability;
        assert_eq!((row.state, row.dismissal_reason), (VulnerabilityState::Dismissed, Some(DismissalReason::UsedInTests)));
        assert_eq!((row.dismissed.by, row.resolved_on_default_branch), (Some(1), is_gone));
    }
    world.assert_sound();
}

#[test]
fn scenario_4_only_a_scan_of_the_same_scanner_and_type_proves_anything() {
    let world = World::new();
    world.sast("main", &[finding("A"), finding("B")]);
    world.upload("main").with(SAST, &report_by("bandit", SAST, &[])).ingest();
    world.upload("main").with(ReportType::Dast, &report(ReportType::Dast, &[])).ingest();
    assert_eq!(world.titles(), ["A", "B"]);
    assert_eq!(world.sast("main", &[]).tally(), (0, 0, 2));
    assert_eq!(world.titles(), ["(A)", "(B)"]);
    world.assert_sound();
}

#[test]
fn scenario_5_a_report_with_errors_changes_nothing() {
    let world = World::new();
    world.sast("main", &[finding("A"), finding("B")]);
    let broken = world.sast("main", &[set(finding("A"), "/severity", json!("Bogus"))]);
    assert_eq!((broken.scan().status, broken.pipeline.scans_with_errors), (ScanStatus::ReportError, 1));
    assert_eq!(broken.scan().errors[0].place.as_deref(), Some("/vulnerabilities/0/severity"));
    assert_eq!(broken.counts(), (1, 0, 0, 1));
    assert_eq!(world.titles(), ["A", "B"]);
    world.assert_sound();
}

#[test]
fn scenario_6_a_secret_stays_until_somebody_resolves_it() {
    let world = World::new();
    let kind = ReportType::SecretDetection;
    world.upload("main").with(kind, &report(kind, &[secret("S")])).ingest();
    let second = world.upload("main").with(kind, &report(kind, &[])).ingest();
    assert_eq!((second.tally(), world.titles()), ((0, 0, 0), vec!["S".to_owned()]));
    world.assert_sound();
}

#[test]
fn scenario_7_a_feature_branch_makes_no_vulnerability_and_what_was_triaged_there_is_carried_over() {
    let world = World::new();
    let feature = world.sast("feature", &[finding("A"), finding("C")]);
    assert_eq!((feature.tally(), world.titles().len()), ((2, 0, 0), 0));
    assert_eq!(feature.pipeline.findings, Some(2));
    world.sast("main", &[finding("C")]);
    // As if it had been dismissed on the branch only.
    world.change("C", |pair| {
        pair.vulnerability.present_on_default_branch = false;
        pair.vulnerability.state = VulnerabilityState::Dismissed;
    });
    assert!(world.titles().is_empty());
    assert_eq!(world.sast("feature", &[finding("A"), finding("C")]).tally(), (2, 0, 0));
    let merged = world.sast("main", &[finding("A"), finding("C")]);
    assert_eq!((merged.tally(), world.titles()), ((2, 0, 0), vec!["A".to_owned(), "C".to_owned()]));
    let carried = world.vulnerability("C");
    assert_eq!(carried.vulnerability.state, VulnerabilityState::Dismissed);
    assert_eq!(carried.finding.initial_pipeline_id, merged.pipeline.id);
    assert_eq!(world.sast("feature", &[finding("A"), finding("D")]).tally(), (1, 0, 0));
    world.assert_sound();
}

#[test]
fn scenario_12_a_signature_carries_the_vulnerability_over_a_new_identity() {
    let world = World::new();
    let at = |line: u64, signatures: &[(&str, &str)]| set(finding_at("A", "a.py", line), "/tracking", tracking(signatures));
    world.sast("main", &[at(3, &[("hash", "h1")])]);
    let before = world.vulnerability("A");
    // A better signature is new: it decides the identity, the old one still matches.
    let moved = world.sast("main", &[at(6, &[("hash", "h1"), ("scope_offset", "s1")])]);
    assert_eq!(moved.tally(), (0, 0, 0));
    assert_eq!(world.list(moved.scan())[0].taken_over_by, Some(MatchEvidence::Signature(1)));
    let after = world.vulnerability("A");
    assert_eq!((after.finding.uuid, after.vulnerability.id), (before.finding.uuid, before.vulnerability.id));
    assert_ne!(after.finding.location_sha, before.finding.location_sha);
    assert_eq!(after.finding.signatures.len(), 2);
    assert_eq!(kinds(&world, "A"), [EventKind::Detected, EventKind::Changed(MatchEvidence::Signature(1))]);
    // Both signatures are its own now, and the place is the new one.
    world.sast("main", &[at(9, &[("scope_offset", "s1")])]);
    assert_eq!(world.titles(), ["A"]);
    world.assert_sound();
}

#[test]
fn a_place_carries_it_over_to_a_scanner_that_begins_to_send_signatures() {
    let world = World::new();
    world.sast("main", &[finding("A"), finding("B")]);
    let signed = world.sast("main", &[set(finding("A"), "/tracking", tracking(&[("scope_offset", "s")])), finding("B")]);
    assert_eq!((signed.tally(), world.titles()), ((0, 0, 0), vec!["A".to_owned(), "B".to_owned()]));
    assert_eq!(kinds(&world, "A"), [EventKind::Detected, EventKind::Changed(MatchEvidence::Location)]);
    world.assert_sound();
}

#[test]
fn neither_another_scanner_nor_another_primary_identifier_takes_over() {
    let world = World::new();
    let signed = |title: &str, line| {
        set(finding_at(title, "a.py", line), "/tracking", tracking(&[("hash", "h"), ("scope_offset", &format!("s{line}"))]))
    };
    world.sast("main", &[signed("A", 1)]);
    world.upload("main").with(SAST, &report_by("bandit", SAST, &[signed("A", 2)])).ingest();
    world.sast(
        "main",
        &[set(signed("A", 3), "/identifiers", json!([identifier("rule_id", "other"), identifier("rule_id", "A")]))],
    );
    assert_eq!(world.titles(), ["(A)", "A", "A"]);
    world.assert_sound();
}

#[test]
fn scenario_13_first_come_first_served() {
    let world = World::new();
    let at = |line: u64, scope: &str| {
        set(finding_at("A", "a.py", line), "/tracking", tracking(&[("hash", "same"), ("scope_offset", scope)]))
    };
    world.sast("main", &[at(1, "one")]);
    let uuid = world.vulnerability("A").finding.uuid;
    let second = world.sast("main", &[at(5, "two"), at(8, "three")]);
    // Both carry the stored hash; they are no repetitions of each other only in a report of their own.
    assert_eq!((second.counts(), second.tally()), ((2, 1, 1, 0), (0, 0, 0)));
    assert_eq!(world.vulnerability("A").finding.uuid, uuid);
    // Told apart by an identifier that classifies only: the first takes the stored one over.
    let world = World::new();
    let cwe = |line, scope: &str| set(at(line, scope), "/identifiers", json!([identifier("cwe", "89")]));
    world.sast("main", &[cwe(1, "one")]);
    let (uuid, second) = (world.vulnerability("A").finding.uuid, world.sast("main", &[cwe(5, "two"), cwe(8, "three")]));
    assert_eq!((second.counts(), second.tally()), ((2, 2, 0, 0), (1, 0, 0)));
    let all = world.vulnerabilities();
    assert_eq!((all.len(), all[0].finding.uuid == uuid, all[1].finding.uuid == uuid), (2, true, false));
    let body = |pair: &findings::Pair| crate::store::bodies::get_body(&world.read(), pair.finding.body_id).unwrap();
    assert!(String::from_utf8(body(&all[0]).raw).unwrap().contains("\"two\""));
    world.assert_sound();
}

#[test]
fn a_partial_scan_in_any_spelling_closes_nothing() {
    for (version, pointer, mode, warns) in [
        ("15.2.4", "/scan/partial_scan", json!({"mode": "differential"}), false),
        ("15.2.4", "/scan/partial_scan_mode", json!("differential"), false),
        ("15.0.7", "/partial_scan_mode", json!("differential"), false),
        ("15.0.7", "/scan/partial_scan", json!({"mode": "sampled"}), true),
        ("15.2.4", "/scan/partial_scan_mode", json!(["x".repeat(5_000)]), true),
    ] {
        let world = World::new();
        world.sast("main", &[finding("A"), finding("B")]);
        let partial = set(set(report(SAST, &[finding("A")]), "/version", json!(version)), pointer, mode);
        let done = world.upload("main").with(SAST, &partial).ingest();
        assert_eq!((done.scan().mode, done.tally()), (ScanMode::Partial, (0, 0, 0)), "{pointer}");
        assert_eq!(world.titles(), ["A", "B"]);
        let told: Vec<_> = done.scan().warnings.iter().filter(|warning| warning.message.contains("unknown mode")).collect();
        assert_eq!(told.len(), usize::from(warns), "{pointer}");
        assert!(told.iter().all(|warning| warning.message.len() < 200));
    }
}

#[test]
fn a_report_that_says_failure_closes_nothing_and_its_findings_count() {
    let world = World::new();
    world.sast("main", &[finding("A"), finding("B")]);
    let failed = set(report(SAST, &[finding("C")]), "/scan/status", json!("failure"));
    let done = world.upload("main").with(SAST, &failed).ingest();
    assert_eq!((done.tally(), world.titles().len()), ((1, 0, 0), 3));
    assert!(world.titles().iter().all(|title| !title.starts_with('(')));
    world.assert_sound();
}

#[test]
fn one_job_of_a_scanner_proves_nothing_for_what_another_could_not_look_at() {
    let partial = set(report(SAST, &[]), "/scan/partial_scan", json!({"mode": "differential"}));
    let failure = set(report(SAST, &[]), "/scan/status", json!("failure"));
    let broken = set(report(SAST, &[]), "/scan/start_time", json!("yesterday"));
    for other in [partial, failure, broken] {
        let world = World::new();
        world.sast("main", &[finding("A"), finding("B")]);
        let done = world.upload("main").with(SAST, &report(SAST, &[finding("A")])).with(SAST, &other).ingest();
        assert_eq!(done.scans[0].tally.no_longer_detected, 0, "{:?}", done.scans[1].errors);
        assert_eq!(world.titles(), ["A", "B"]);
        world.assert_sound();
    }
    // A failing report of another scanner is no obstacle.
    let world = World::new();
    world.sast("main", &[finding("A"), finding("B")]);
    let broken = set(report_by("bandit", SAST, &[]), "/scan/start_time", json!("yesterday"));
    world.upload("main").with(SAST, &report(SAST, &[finding("A")])).with(SAST, &broken).ingest();
    assert_eq!(world.titles(), ["A", "(B)"]);
}

#[test]
fn an_older_pipeline_that_ends_later_marks_nothing() {
    let world = World::new();
    world.sast("main", &[finding("A"), finding("B"), finding("C")]);
    let slow = world.upload("main").key("run-1").job("one").incomplete().with(SAST, &report(SAST, &[finding("A")])).ingest();
    world.sast("main", &[finding("A"), finding("B"), finding("D")]);
    assert_eq!(world.titles(), ["A", "B", "(C)", "D"]);
    let late = world.upload("main").key("run-1").job("two").with(ReportType::Dast, &report(ReportType::Dast, &[])).ingest();
    assert_eq!(late.pipeline.id, slow.pipeline.id);
    assert_eq!(world.titles(), ["A", "B", "(C)", "D"]);
    assert_eq!(world.scan(slow.scan().id).tally.no_longer_detected, 0);
    world.assert_sound();
}

#[test]
fn another_job_of_an_old_pipeline_does_not_bring_its_other_scans_back() {
    let world = World::new();
    let old = set(finding("A"), "/severity", json!("Low"));
    world.upload("main").key("run-1").job("one").with(SAST, &report(SAST, &[old, finding("B")])).ingest();
    world.sast("main", &[set(finding("A"), "/severity", json!("High"))]);
    assert_eq!(world.titles(), ["A", "(B)"]);
    let before = world.dump(&[crate::store::catalog::FINDINGS, crate::store::catalog::EVENTS]);
    world.upload("main").key("run-1").job("two").with(ReportType::Dast, &report(ReportType::Dast, &[])).ingest();
    assert_eq!(world.vulnerability("A").vulnerability.severity, Severity::High);
    assert_eq!(world.titles(), ["A", "(B)"]);
    assert_eq!(world.dump(&[crate::store::catalog::FINDINGS, crate::store::catalog::EVENTS]), before);
    world.assert_sound();
}

#[test]
fn a_new_severity_moves_the_row_and_the_counters() {
    let world = World::new();
    world.sast("main", &[finding("A"), finding("B")]);
    world.sast("main", &[set(finding("A"), "/severity", json!("Critical")), finding("B")]);
    let kept = reads::counters(&world.read(), world.project.id).unwrap();
    let detected = |severity| kept.get(VulnerabilityState::Detected, severity, false);
    assert_eq!((detected(Severity::Critical), detected(Severity::Medium), kept.total()), (1, 1, 2));
    let mut order = Vec::new();
    reads::each(&world.read(), world.project.id, |read| order.push(read.severity)).unwrap();
    assert_eq!(order, [Severity::Critical, Severity::Medium]);
    world.assert_sound();
}

#[test]
fn the_scanner_that_reports_it_now_owns_it_and_alone_can_close_it() {
    let world = World::new();
    let by = |scanner: &str, findings: &[Value]| world.upload("main").with(SAST, &report_by(scanner, SAST, findings)).ingest();
    by("first", &[finding("A")]);
    assert_eq!(by("second", &[finding("A")]).tally(), (0, 0, 0));
    assert_eq!(by("first", &[]).tally(), (0, 0, 0));
    assert_eq!(world.titles(), ["A"]);
    assert_eq!(by("second", &[]).tally(), (0, 0, 1));
    assert_eq!(world.titles(), ["(A)"]);
    world.assert_sound();
}

#[test]
fn a_new_primary_identifier_without_signature_is_a_new_vulnerability() {
    let world = World::new();
    let by_zeta = |entry: Value| world.upload("main").with(SAST, &report_by("zeta", SAST, &[entry])).ingest();
    by_zeta(finding("A"));
    by_zeta(set(finding("A"), "/identifiers", json!([identifier("cve", "CVE-1"), identifier("rule_id", "A")])));
    assert_eq!(world.titles(), ["(A)", "A"]);
    world.assert_sound();
}

#[test]
fn a_re_scan_with_new_ids_only_changes_no_identity() {
    let world = World::new();
    world.sast("main", &[finding("A"), finding("B")]);
    let renamed = |title: &str| set(finding(title), "/id", json!(format!("other-{title}")));
    assert_eq!(world.sast("main", &[renamed("A"), renamed("B")]).tally(), (0, 0, 0));
    let reworded = set(finding("A"), "/description", json!("The rule's text was reworded."));
    assert_eq!(world.sast("main", &[reworded, renamed("B")]).tally(), (0, 0, 0));
    assert_eq!(world.titles(), ["A", "B"]);
    world.assert_sound();
}
