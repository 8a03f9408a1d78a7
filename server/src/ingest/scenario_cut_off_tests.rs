//! Ingestion that is cut off at any of its points and taken up again ends with the very same database, and
//! uploads into a pipeline that is being ingested are not lost. Must not know: the rules of ingestion.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::accept::Accepted;
use super::killpoint::stops::{cut_off_at, meanwhile};
use super::scenario_world::{Ingested, StoppedClock, World, finding, report, report_by, set, tracking};
use super::{prepare, promote, worker};
use crate::store::{pipelines, scans};
use casemate_shared::{Ingestion, ReportType, ScanStatus};
use serde_json::{Value, json};
use std::sync::Arc;

const SAST: ReportType = ReportType::Sast;

/// 150 findings: more than one commit group.
fn many(from: usize) -> Vec<Value> {
    (from..from + 150).map(|number| finding(&format!("f{number:05}"))).collect()
}

/// A first pipeline done, and a second one handed in that adds, changes, marks, takes over and repeats.
fn prepared() -> (World, Accepted) {
    let world = World::with_clock(Arc::new(StoppedClock));
    let mut first = many(0);
    first.push(set(finding("signed"), "/tracking", tracking(&[("hash", "h")])));
    world.sast("main", &first);
    let mut second = many(140);
    second[0] = set(second[0].clone(), "/severity", json!("Critical"));
    second.push(set(finding("signed"), "/tracking", tracking(&[("hash", "h"), ("scope_offset", "s")])));
    let repeats = [finding("f00150"), finding("only by the other")];
    let accepted =
        world.upload("main").with(SAST, &report(SAST, &second)).with(SAST, &report_by("zeta", SAST, &repeats)).accept();
    (world, accepted)
}

fn ingest(world: &World, id: u64) {
    worker::ingest(&world.room, id, &|| {}).unwrap();
}

#[test]
fn cut_off_anywhere_it_ends_the_same() {
    let (whole, accepted) = prepared();
    ingest(&whole, accepted.pipeline_id);
    whole.assert_sound();
    let expected = whole.dump_all();
    let tally = |world: &World| Ingested::read(world, &accepted).scans.iter().map(|scan| scan.tally.clone()).collect::<Vec<_>>();
    assert_eq!(tally(&whole)[0].new, 140, "the second pipeline has something to do");
    assert_eq!(tally(&whole)[0].no_longer_detected, 140);
    for (point, count) in [
        ("before-scan", 1),
        ("before-scan", 2),
        ("after-bodies", 1),
        ("after-chunks", 1),
        ("before-list", 1),
        ("before-list", 2),
        ("after-prepare", 1),
        ("after-group", 1),
        ("after-group", 2),
        ("after-group", 3),
        ("after-places", 1),
        ("after-places", 3),
        ("after-marks", 1),
        ("after-marks", 2),
        ("before-done", 1),
    ] {
        let (world, accepted) = prepared();
        assert!(cut_off_at(point, count, || ingest(&world, accepted.pipeline_id)), "{point} {count} was not passed");
        world.assert_sound();
        assert_eq!(pipelines::queued(&world.read()).unwrap(), [accepted.pipeline_id]);
        world.work_off();
        assert_eq!(tally(&world), tally(&whole), "{point} {count}");
        assert!(world.dump_all() == expected, "{point} {count}: another database");
    }
}

#[test]
fn every_stage_may_be_run_twice() {
    let (whole, accepted) = prepared();
    ingest(&whole, accepted.pipeline_id);
    let (world, accepted) = prepared();
    let pipeline = world.pipeline(accepted.pipeline_id);
    for _ in 0..2 {
        prepare::prepare(&world.room, &pipeline).unwrap();
    }
    for _ in 0..2 {
        promote::promote(&world.room, &pipeline, &Default::default()).unwrap();
    }
    ingest(&world, accepted.pipeline_id);
    assert!(world.dump_all() == whole.dump_all());
}

#[test]
fn a_cut_off_upload_never_happened_or_is_whole() {
    let world = World::new();
    let upload = || world.upload("main").key("run").with(SAST, &report(SAST, &[finding("A")]));
    let before = world.dump_all();
    assert!(cut_off_at("after-keep", 1, || drop(upload().accept())));
    assert!(world.dump_all() == before);
    assert!(cut_off_at("after-accept", 1, || drop(upload().accept())));
    world.assert_sound();
    world.work_off();
    assert_eq!(world.titles(), ["A"]);
    assert!(upload().accept().is_repetition);
}

#[test]
fn a_retry_that_comes_while_the_first_is_read_replaces_it() {
    for point in ["before-scan", "before-list", "after-prepare", "after-group", "before-done"] {
        let world = World::new();
        let upload = |title: &str| world.upload("main").key("run").with(SAST, &report(SAST, &[finding(title)]));
        let first = upload("A").accept();
        // What the worker had read before the second upload came is what it goes on with.
        let stale = world.pipeline(first.pipeline_id);
        assert!(cut_off_at(point, 1, || ingest(&world, first.pipeline_id)), "{point}");
        let second = upload("B").accept();
        prepare::prepare(&world.room, &stale).unwrap();
        world.work_off();
        let (old, new) = (world.scan(first.scan_ids[0]), world.scan(second.scan_ids[0]));
        assert_eq!((old.latest, new.latest, new.status), (false, true, ScanStatus::Succeeded), "{point}");
        assert_eq!(world.pipeline(first.pipeline_id).findings, Some(1), "{point}");
        assert_eq!(world.pipeline(first.pipeline_id).ingestion, Ingestion::Done);
        world.assert_sound();
    }
}

#[test]
fn a_failure_is_none_of_what_was_handed_in_meanwhile() {
    let world = Arc::new(World::new());
    let inner = Arc::clone(&world);
    let first = world.upload("main").key("run").job("a").with(SAST, &report(SAST, &[finding("A")])).accept();
    let act = move || {
        inner.upload("main").key("run").job("b").with(SAST, &report(SAST, &[finding("B")])).accept();
        panic!("the disk is gone");
    };
    // After the bodies are stored, before the list is.
    let work = || worker::work_off(&world.room, first.pipeline_id, &|| {}).unwrap();
    assert!(meanwhile("after-bodies", 1, act, work));
    let statuses = || -> Vec<ScanStatus> {
        scans::scans(&world.read(), first.pipeline_id).unwrap().into_iter().map(|scan| scan.status).collect()
    };
    assert_eq!(statuses(), [ScanStatus::PreparationFailed, ScanStatus::Created]);
    assert_eq!(pipelines::queued(&world.read()).unwrap(), [first.pipeline_id], "the second upload waits for its turn");
    assert_eq!(world.pipeline(first.pipeline_id).ingestion, Ingestion::Queued);
    world.assert_sound();
    world.work_off();
    // The next run tries both.
    assert_eq!(statuses(), [ScanStatus::Succeeded, ScanStatus::Succeeded]);
    assert_eq!((world.titles(), world.scan(first.scan_ids[0]).errors), (vec!["A".to_owned(), "B".to_owned()], Vec::new()));
    assert!(pipelines::queued(&world.read()).unwrap().is_empty());
    world.assert_sound();
}

#[test]
fn an_upload_between_reading_and_writing_a_scan_is_not_undone() {
    let world = Arc::new(World::new());
    let inner = Arc::clone(&world);
    let first = world.upload("main").key("run").with(SAST, &report(SAST, &[finding("A")])).accept();
    let act = move || {
        inner.upload("main").key("run").with(SAST, &report(SAST, &[finding("B")])).accept();
    };
    // Where the worker holds a stale row.
    let work = || worker::ingest(&world.room, first.pipeline_id, &|| {}).unwrap();
    assert!(meanwhile("after-bodies", 1, act, work));
    assert!(!world.scan(first.scan_ids[0]).latest, "the retry's mark was lost");
    assert_eq!(pipelines::queued(&world.read()).unwrap(), [first.pipeline_id], "the second upload waits for its turn");
    world.work_off();
    assert_eq!(world.pipeline(first.pipeline_id).findings, Some(1));
    assert_eq!(world.titles(), ["B"]);
    world.assert_sound();
}
