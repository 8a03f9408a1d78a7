//! The same report again: when what was read of it is used, when it must not be, and that it never makes a
//! difference. A report whose file is gone can be ingested only if it is not read.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::scenario_world::*;
use crate::store::catalog::{self, LAST_REPORTS, META};
use crate::store::last_reports::{self, LastReport};
use crate::store::pipelines;
use casemate_shared::{ReportType, ScanStatus};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::Arc;

const SAST: ReportType = ReportType::Sast;

/// Whether the upload is ingested although its file is gone. The file is put back.
fn is_not_read(world: &World, upload: impl Fn() -> Handed) -> bool {
    let accepted = upload().on(world).accept();
    let artifact = pipelines::find_artifact(&world.read(), world.scan(accepted.scan_ids[0]).artifact_id).unwrap().unwrap();
    assert!(world.room.artifacts.remove(&artifact.sha256).unwrap());
    world.work_off();
    world.assert_sound();
    world.scan(accepted.scan_ids[0]).status == ScanStatus::Succeeded
}

/// One report on a branch.
struct Handed {
    branch: &'static str,
    report_type: ReportType,
    report: Value,
    job_status: &'static str,
}

impl Handed {
    fn on<'w>(&self, world: &'w World) -> Upload<'w> {
        world.upload(self.branch).with(self.report_type, &self.report).job_status(self.job_status)
    }
}

fn sast(branch: &'static str, findings: &[Value]) -> Handed {
    Handed { branch, report_type: SAST, report: report(SAST, findings), job_status: "success" }
}

fn two() -> [Value; 2] {
    [finding("A"), finding("B")]
}

#[test]
fn the_same_report_is_not_read_again_and_has_the_same_numbers() {
    let world = World::new();
    let first = world.sast("main", &two());
    assert!(is_not_read(&world, || sast("main", &two())));
    assert!(is_not_read(&world, || sast("main", &two())), "nor is the third");
    let scan = world.scan(first.scan().id + 2);
    let of = |scan: &crate::domain::scan::Scan| {
        let lists = (scan.accepted_chunks.clone(), scan.scanner_ids.clone(), scan.scanner.clone(), scan.schema_version.clone());
        ((scan.declared, scan.accepted, scan.duplicate, scan.rejected), scan.warnings.clone(), lists)
    };
    assert_eq!(of(&scan), of(first.scan()));
    assert_eq!((scan.tally.new, scan.tally.no_longer_detected, scan.tally.is_final), (0, 0, true));
    assert_eq!(world.titles(), ["A", "B"]);
}

#[test]
fn on_a_branch_it_is_remembered_apart() {
    let world = World::new();
    world.sast("main", &two());
    assert!(!is_not_read(&world, || sast("topic", &two())));
    sast("topic", &two()).on(&world).ingest();
    assert!(is_not_read(&world, || sast("topic", &two())));
    assert!(is_not_read(&world, || sast("main", &two())));
}

#[test]
fn it_is_read_when_something_else_came_between() {
    let world = World::new();
    world.sast("main", &two());
    // Another report of the type, even one that finds less.
    world.sast("main", &[finding("A")]);
    assert!(!is_not_read(&world, || sast("main", &two())));
    world.sast("main", &two());
    assert_eq!(world.titles(), ["A", "B"]);
    assert!(is_not_read(&world, || sast("main", &two())));
    // A finding of another type, which could be matched one day.
    world.upload("main").with(ReportType::SecretDetection, &report(ReportType::SecretDetection, &[secret("S")])).ingest();
    assert!(!is_not_read(&world, || sast("main", &two())));
}

fn secret(name: &str) -> Value {
    set(finding(name), "/location/commit", json!({"sha": "0000000"}))
}

#[test]
fn it_is_read_when_a_stored_finding_got_another_identity_or_signature() {
    let world = World::new();
    world.sast("main", &two());
    world.change("A", |pair| pair.vulnerability.title = "A".to_owned());
    assert!(is_not_read(&world, || sast("main", &two())), "nothing changed");
    world.change("A", |pair| pair.finding.signatures.push((4, [9; 20])));
    assert!(!is_not_read(&world, || sast("main", &two())));
}

#[test]
fn a_dismissal_does_not_stand_in_the_way_and_stays() {
    let world = World::new();
    world.sast("main", &two());
    world.change("A", |pair| pair.vulnerability.state = casemate_shared::VulnerabilityState::Dismissed);
    assert!(is_not_read(&world, || sast("main", &two())));
    assert_eq!(world.vulnerability("A").vulnerability.state, casemate_shared::VulnerabilityState::Dismissed);
}

#[test]
fn it_is_read_for_another_type_a_failed_job_and_beside_another_report() {
    let world = World::new();
    let all = [secret("A")];
    world.sast("main", &all);
    let other = Handed { report_type: ReportType::SecretDetection, ..sast("main", &all) };
    assert!(!is_not_read(&world, || Handed { report: other.report.clone(), ..other }));
    let failed = sast("main", &all);
    assert!(!is_not_read(&world, || Handed { job_status: "failed", report: failed.report.clone(), ..failed }));
    let both = world.upload("main").with(SAST, &report(SAST, &all)).with(SAST, &report(SAST, &[finding("B")])).ingest();
    assert_eq!(both.scans.iter().map(|scan| scan.accepted).collect::<Vec<_>>(), [1, 1]);
    // Beside each other they would have been deduplicated, so neither of them is remembered.
    assert!(!is_not_read(&world, || sast("main", &[finding("B")])));
}

#[test]
fn it_is_read_when_its_lists_were_removed_or_the_rules_are_others() {
    let world = World::new();
    let first = world.sast("main", &two());
    let mut purged = world.scan(first.scan().id);
    purged.status = ScanStatus::Purged;
    (purged.accepted_chunks, purged.duplicate_chunks) = (Vec::new(), Vec::new());
    world.room.store.write(|wtx| crate::store::scans::put_scan(wtx, &purged)).unwrap();
    assert!(!is_not_read(&world, || sast("main", &two())));
    world.sast("main", &two());
    assert!(is_not_read(&world, || sast("main", &two())));
    forget(&world);
    assert!(!is_not_read(&world, || sast("main", &two())));
}

#[test]
fn images_of_a_branch_are_looked_up_every_time() {
    let world = World::new();
    let kind = ReportType::ContainerScanning;
    let report = report(kind, &[image_finding("A", "app/x:1", "zlib", "CVE-1")]);
    let upload = |branch| Handed { branch, report_type: kind, report: report.clone(), job_status: "success" };
    upload("topic").on(&world).ingest();
    assert!(!is_not_read(&world, || upload("topic")));
    upload("main").on(&world).ingest();
    assert!(is_not_read(&world, || upload("main")));
}

/// Reports that share findings, places and signatures in every way that matching looks at.
fn reports() -> Vec<Value> {
    let at = |id: &str, line: u64, signatures: &[(&str, &str)]| {
        let found = finding_at(id, "a.py", line);
        if signatures.is_empty() { found } else { set(found, "/tracking", tracking(signatures)) }
    };
    let signed = |line, first, second| at("A", line, &[("scope_offset", first), ("hash", second)]);
    let all = [
        vec![at("A", 1, &[]), at("A", 2, &[]), at("B", 1, &[])],
        vec![signed(1, "s1", "h"), signed(2, "s2", "h"), at("B", 1, &[])],
        vec![signed(3, "s2", "h2"), signed(4, "s3", "h"), at("B", 2, &[("hash", "b")])],
        vec![at("A", 1, &[("hash", "h")]), at("A", 4, &[("location", "s1")])],
        vec![at("A", 2, &[("scope_offset", "s1")]), at("B", 2, &[("hash", "h")]), at("C", 9, &[])],
    ];
    all.iter().map(|findings| report(SAST, findings)).collect()
}

/// What was remembered was read by other rules.
fn forget(world: &World) {
    for on_main in [false, true] {
        if let Some(last) = last_reports::find(&world.read(), PROJECT, SAST, on_main).unwrap() {
            let last = LastReport { rules: 0, ..last };
            world.room.store.write(|wtx| last_reports::put(wtx, PROJECT, SAST, on_main, &last)).unwrap();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn remembering_makes_no_difference(
        uploads in prop::collection::vec((0..5_usize, prop::option::weighted(0.2, 0..5_usize), prop::bool::weighted(0.8)), 1..9),
        repeat in 1..4_usize,
    ) {
        let worlds = [(); 2].map(|()| World::with_clock(Arc::new(StoppedClock)));
        for (first, second, on_main) in uploads {
            // Two times or more, so that there is something to remember.
            for _ in 0..repeat {
                for (number, world) in worlds.iter().enumerate() {
                    if number == 1 {
                        forget(world);
                    }
                    let upload = world.upload(if on_main { "main" } else { "topic" }).with(SAST, &reports()[first]);
                    match second {
                        Some(second) => upload.with(SAST, &reports()[second]).ingest(),
                        None => upload.ingest(),
                    };
                }
            }
        }
        let tables: Vec<_> =
            catalog::ALL.iter().copied().filter(|table| ![LAST_REPORTS.name, META.name].contains(&table.name)).collect();
        prop_assert!(worlds[0].dump(&tables) == worlds[1].dump(&tables));
        worlds[0].assert_sound();
    }
}
