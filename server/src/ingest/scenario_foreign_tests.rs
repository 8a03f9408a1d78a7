//! SARIF and CycloneDX through all stages: cut off anywhere they end the same, and a failed job's file stores nothing.
//! Must not know: how a file is converted.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::accept::Accepted;
use super::foreign;
use super::killpoint::stops::cut_off_at;
use super::scenario_world::{Ingested, StoppedClock, World};
use super::worker;
use crate::domain::scan::Message;
use crate::store::{pipelines, sboms};
use casemate_shared::{FileType, ReportType, ScanStatus};
use serde_json::{Value, json};
use std::sync::Arc;

fn result(rule: &str, line: usize) -> Value {
    json!({"ruleId": rule, "message": {"text": format!("{rule} {line}")},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": "a.c"}, "region": {"startLine": line}}}]})
}

fn sarif(results: Vec<Value>) -> Vec<u8> {
    json!({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "Lint"}}, "results": results}]}).to_string().into_bytes()
}

fn sbom(from: usize) -> Vec<u8> {
    let name = |number: usize| format!("p{number}");
    let components: Vec<Value> = (from..from + 300)
        .map(|number| json!({"type": "library", "bom-ref": name(number), "name": name(number), "version": "1"}))
        .collect();
    let vulnerabilities: Vec<Value> = (from..from + 5)
        .map(|number| json!({"id": format!("CVE-2020-{}", 1_000 + number), "affects": [{"ref": name(number)}]}))
        .collect();
    json!({"bomFormat": "CycloneDX", "specVersion": "1.5", "components": components, "vulnerabilities": vulnerabilities})
        .to_string()
        .into_bytes()
}

/// A first pipeline done, and a second one handed in that adds, marks and stores other components.
fn prepared() -> (World, Accepted) {
    let world = World::with_clock(Arc::new(StoppedClock));
    let upload = |first: usize| {
        let results = vec![result("R1", first), result("R1", 2), result("CVE-2021-44228", first)];
        world.upload("main").with_bytes(FileType::Sarif, &sarif(results)).with_bytes(FileType::CycloneDx, &sbom(first))
    };
    upload(1).ingest();
    let accepted = upload(3).accept();
    (world, accepted)
}

#[test]
fn cut_off_anywhere_foreign_files_end_the_same() {
    let (whole, accepted) = prepared();
    worker::ingest(&whole.room, accepted.pipeline_id, &|| {}).unwrap();
    whole.assert_sound();
    let expected = whole.dump_all();
    let types: Vec<ReportType> = Ingested::read(&whole, &accepted).scans.iter().map(|scan| scan.report_type).collect();
    assert_eq!(types, [ReportType::Sast, ReportType::DependencyScanning, ReportType::DependencyScanning]);
    for (point, count) in
        [("before-scan", 1), ("before-scan", 3), ("before-list", 1), ("before-list", 3), ("after-prepare", 1), ("before-done", 1)]
    {
        let (world, accepted) = prepared();
        let cut = || worker::ingest(&world.room, accepted.pipeline_id, &|| {}).unwrap();
        assert!(cut_off_at(point, count, cut), "{point} {count} was not passed");
        world.assert_sound();
        assert_eq!(pipelines::queued(&world.read()).unwrap(), [accepted.pipeline_id]);
        world.work_off();
        assert!(world.dump_all() == expected, "{point} {count}: another database");
    }
}

#[test]
fn a_failed_job_s_file_stores_neither_findings_nor_components() {
    let world = World::new();
    let failed = world.upload("main").job_status("failed").with_bytes(FileType::CycloneDx, &sbom(1)).ingest();
    assert_eq!((failed.scan().status, failed.counts()), (ScanStatus::JobFailed, (5, 0, 0, 5)));
    assert!(sboms::of_pipeline(&world.read(), 1, failed.pipeline.id).unwrap().is_empty());
    let stored = world.upload("main").with_bytes(FileType::CycloneDx, &sbom(1)).ingest();
    let bills = sboms::of_pipeline(&world.read(), stored.pipeline.project_id, stored.pipeline.id).unwrap();
    assert_eq!(bills.iter().map(|bill| bill.components).collect::<Vec<_>>(), [300]);
    world.assert_sound();
}

#[test]
fn the_faults_of_a_file_are_all_of_them_with_their_pointers() {
    let world = World::new();
    let file = sarif(vec![result("R1", 1), json!({"ruleId": "R1"}), json!(7), json!({})]);
    let done = world.upload("main").with_bytes(FileType::Sarif, &file).ingest();
    let scan = done.scan();
    assert_eq!((scan.status, scan.declared, scan.rejected), (ScanStatus::ReportError, 4, 4));
    let artifact = pipelines::find_artifact(&world.read(), scan.artifact_id).unwrap().unwrap();
    let context = super::examine::Context {
        report_type: scan.report_type,
        project_id: scan.project_id,
        has_image: &|_| false,
        schemas: &world.room.schemas,
    };
    let faults = foreign::faults(&file, scan, &artifact, &context).unwrap();
    let places = |list: &[Message]| list.iter().filter_map(|one| one.place.clone()).collect::<Vec<_>>();
    assert_eq!(places(&faults.whole), ["/runs"]);
    let entries: Vec<&str> = faults.entries.iter().map(|(pointer, _)| pointer.as_str()).collect();
    assert_eq!(entries, ["/runs/0/results/1", "/runs/0/results/2", "/runs/0/results/3"]);
    assert_eq!(faults.right, ["/runs/0/results/0"]);
}
