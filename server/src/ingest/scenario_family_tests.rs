//! Root and child pipelines (ingestion design, sections 3.5 and 4.1): ingested as one, closed only with proof
//! over all of them. Must not know: HTTP.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::accept::AcceptError;
use super::declare;
use super::erase;
use super::family::ParentError;
use super::killpoint::stops::cut_off_at;
use super::scenario_world::{StoppedClock, World, finding, report, report_by};
use super::undo::{self, UndoError};
use super::worker;
use crate::audit::By;
use crate::store::pipelines;
use casemate_shared::{Ingestion, KeptOpen, ReportType};
use serde_json::Value;
use std::sync::Arc;

const SAST: ReportType = ReportType::Sast;

/// A report of each of two scanners.
fn by(scanner: &str, findings: &[Value]) -> Value {
    report_by(scanner, SAST, findings)
}

/// Works the queue off until a child has given way to its root.
fn settle(world: &World) {
    world.work_off();
    world.work_off();
}

/// A root that waits for more, and a child with that report.
fn root_and_child(world: &World, root: &Value, child: &Value) -> (u64, u64) {
    let root = world.upload("main").job("root").with(SAST, root).incomplete().accept().pipeline_id;
    let child = world.upload("main").child_of(root).job("child").with(SAST, child).accept().pipeline_id;
    (root, child)
}

fn complete(world: &World, id: u64) {
    declare::complete(&world.room, id).unwrap();
    settle(world);
}

#[test]
fn findings_of_root_and_child_are_ingested_as_one() {
    let world = World::new();
    let (root, child) = root_and_child(&world, &by("a", &[finding("A"), finding("B")]), &by("a", &[finding("B"), finding("C")]));
    settle(&world);
    // The child is read and shows its scan, and waits for its root.
    let stored = world.pipeline(child);
    assert_eq!((stored.parent_id, stored.source.as_str(), stored.on_default_branch), (Some(root), "parent_pipeline", true));
    assert_eq!((stored.ingestion, stored.findings), (Ingestion::Queued, Some(1)));
    assert_eq!(world.titles(), Vec::<String>::new());
    world.assert_sound();
    complete(&world, root);
    assert_eq!(world.titles(), ["A", "B", "C"]);
    for id in [root, child] {
        assert_eq!(world.pipeline(id).ingestion, Ingestion::Done);
    }
    assert_eq!((world.pipeline(root).findings, world.pipeline(child).findings), (Some(3), Some(1)));
    assert!(world.vulnerabilities().iter().all(|pair| pair.finding.initial_pipeline_id == root));
    world.assert_sound();
    // What moves from one to the other stays, what neither reports is closed.
    let (root, _) = root_and_child(&world, &by("a", &[finding("C")]), &by("a", &[finding("A")]));
    complete(&world, root);
    assert_eq!(world.titles(), ["A", "(B)", "C"]);
    world.assert_sound();
}

#[test]
fn a_scanner_of_the_child_alone_closes_with_proof() {
    let world = World::new();
    let (root, _) = root_and_child(&world, &by("a", &[finding("A")]), &by("b", &[finding("B"), finding("C")]));
    complete(&world, root);
    assert_eq!(world.titles(), ["A", "B", "C"]);
    let (root, _) = root_and_child(&world, &by("a", &[finding("A")]), &by("b", &[finding("C")]));
    complete(&world, root);
    assert_eq!(world.titles(), ["A", "(B)", "C"]);
    world.assert_sound();
}

#[test]
fn nothing_is_closed_while_or_because_a_child_is_not_well() {
    let world = World::new();
    world.sast("main", &[finding("A"), finding("B")]);
    let empty = report(SAST, &[]);
    // A child's job of the same scanner failed.
    let root = world.upload("main").job("root").with(SAST, &empty).incomplete().accept().pipeline_id;
    world.upload("main").child_of(root).job("child").job_status("failed").with(SAST, &empty).accept();
    complete(&world, root);
    assert_eq!(world.pipeline(root).ingestion, Ingestion::Done);
    assert_eq!(world.titles(), ["A", "B"]);
    // A grandchild is not complete: the root waits for it.
    let root = world.upload("main").job("root").with(SAST, &empty).incomplete().accept().pipeline_id;
    let child = world.upload("main").child_of(root).job("child").with(SAST, &empty).accept().pipeline_id;
    let grandchild = world.upload("main").child_of(child).job("deep").with(SAST, &empty).incomplete().accept().pipeline_id;
    complete(&world, root);
    assert_eq!((world.pipeline(root).ingestion, world.titles()), (Ingestion::Queued, vec!["A".to_owned(), "B".to_owned()]));
    world.assert_sound();
    // Given up without having said what would come, it may have run anything.
    declare::cancel(&world.room, grandchild).unwrap();
    settle(&world);
    assert_eq!((world.pipeline(root).ingestion, world.titles()), (Ingestion::Done, vec!["A".to_owned(), "B".to_owned()]));
    let kept: Vec<KeptOpen> = crate::ingest::family::scans_of(&world.read(), &world.pipeline(root))
        .unwrap()
        .into_iter()
        .flat_map(|scan| scan.tally.kept_open)
        .map(|(reason, _)| reason)
        .collect();
    assert_eq!(kept, [KeptOpen::JobMissing]);
    // All well: now there is proof.
    let (root, _) = root_and_child(&world, &empty, &empty);
    complete(&world, root);
    assert_eq!(world.titles(), ["(A)", "(B)"]);
    world.assert_sound();
}

#[test]
fn a_late_child_is_a_late_job_of_its_root() {
    let world = World::new();
    world.sast("main", &[finding("A"), finding("B")]);
    let root = world.sast("main", &[finding("A")]).pipeline.id;
    assert_eq!(world.titles(), ["A", "(B)"]);
    let late = |findings: &[Value]| {
        let child = world.upload("main").child_of(root).job("late").with(SAST, &report(SAST, findings)).accept().pipeline_id;
        settle(&world);
        assert_eq!((world.pipeline(root).ingestion, world.pipeline(child).ingestion), (Ingestion::Done, Ingestion::Done));
    };
    // It does not report A, but the root does.
    late(&[finding("B"), finding("C")]);
    assert_eq!(world.titles(), ["A", "B", "C"]);
    // A newer pipeline was ingested since: the late one closes nothing, and reopens what it reports.
    world.sast("main", &[finding("A"), finding("C"), finding("D")]);
    assert_eq!(world.titles(), ["A", "(B)", "C", "D"]);
    late(&[]);
    assert_eq!(world.titles(), ["A", "(B)", "C", "D"]);
    world.assert_sound();
}

#[test]
fn a_family_is_taken_back_and_deleted_with_its_root() {
    let world = World::with_user();
    let (root, child) = root_and_child(&world, &by("a", &[finding("A")]), &by("b", &[finding("B")]));
    assert!(matches!(undo::request(&world.room, root, 1, &By::default()), Err(UndoError::UnderWay(_))));
    complete(&world, root);
    assert!(matches!(undo::request(&world.room, child, 1, &By::default()), Err(UndoError::Child(..))));
    assert!(matches!(erase::delete_pipeline(&world.room, child, &By::default()), Err(declare::DeclareError::Child(..))));
    undo::request(&world.room, root, 1, &By::default()).unwrap();
    world.work_off();
    assert_eq!(world.titles(), Vec::<String>::new());
    assert!(world.pipeline(child).undone_at.is_some());
    let again = world.upload("main").child_of(root).with(SAST, &report(SAST, &[])).try_accept();
    assert!(matches!(again, Err(AcceptError::Parent(ParentError::Undone(_)))));
    erase::delete_pipeline(&world.room, root, &By::default()).unwrap();
    assert!(world.pipeline(child).deleted_at.is_some());
    world.assert_sound();
}

#[test]
fn a_parent_has_to_fit() {
    let world = World::new();
    let root = world.sast("main", &[finding("A")]).pipeline.id;
    let refused =
        |upload: super::scenario_world::Upload<'_>| upload.with(SAST, &report(SAST, &[])).try_accept().unwrap_err().to_string();
    assert!(refused(world.upload("main").child_of(999)).contains("pipeline 999 is not one of this project"));
    let other = world.other_project(77);
    assert!(refused(world.upload("main").to(&other).child_of(root)).contains("is not one of this project"));
    assert!(refused(world.upload("main").sha(&"d".repeat(40)).child_of(root)).contains("a child is of the same"));
    assert!(refused(world.upload("feature").child_of(root)).contains("is of main at cccc"));
    assert!(refused(world.upload("main").into_pipeline(root).child_of(root)).contains("was not made as a child"));
    let mut parent = root;
    for _ in 0..8 {
        parent = world.upload("main").child_of(parent).with(SAST, &report(SAST, &[])).accept().pipeline_id;
    }
    assert!(refused(world.upload("main").child_of(parent)).contains("has 8 generations above it"));
    settle(&world);
}

/// Removes the file of a scan from the disk.
fn lose_file(world: &World, scan: u64) {
    let artifact = pipelines::find_artifact(&world.read(), world.scan(scan).artifact_id).unwrap().unwrap();
    assert!(world.room.artifacts.remove(&artifact.sha256).unwrap());
}

#[test]
fn a_child_that_fails_closes_nothing_and_may_be_tried_again() {
    let world = World::new();
    world.sast("main", &[finding("A"), finding("B")]);
    let root = world.upload("main").job("root").with(SAST, &report(SAST, &[finding("A")])).incomplete().accept().pipeline_id;
    settle(&world);
    let again = || world.upload("main").child_of(root).key("c").job("child").with(SAST, &report(SAST, &[finding("C")]));
    let child = again().accept();
    lose_file(&world, child.scan_ids[0]);
    settle(&world);
    assert_eq!(world.pipeline(child.pipeline_id).ingestion, Ingestion::Failed);
    complete(&world, root);
    let stages = |world: &World| [root, child.pipeline_id].map(|id| world.pipeline(id).ingestion);
    assert_eq!(stages(&world), [Ingestion::Done, Ingestion::Failed]);
    assert_eq!((world.titles(), world.pipeline(root).scans_with_errors), (vec!["A".to_owned(), "B".to_owned()], 1));
    world.assert_sound();
    again().accept();
    settle(&world);
    assert_eq!((world.titles(), stages(&world)), (vec!["A".to_owned(), "(B)".to_owned(), "C".to_owned()], [Ingestion::Done; 2]));
    world.assert_sound();
}

#[test]
fn a_root_that_fails_takes_its_children_with_it_and_a_retry_reads_all() {
    let world = World::new();
    let (root, child) = root_and_child(&world, &by("a", &[finding("A")]), &by("b", &[finding("B")]));
    let of_child = crate::store::scans::scans(&world.read(), child).unwrap()[0].id;
    declare::complete(&world.room, root).unwrap();
    let artifact = pipelines::find_artifact(&world.read(), world.scan(of_child).artifact_id).unwrap().unwrap();
    let kept = std::fs::read(world.room.artifacts.path(&artifact.sha256)).unwrap();
    lose_file(&world, of_child);
    settle(&world);
    let stages = |world: &World| [root, child].map(|id| world.pipeline(id).ingestion);
    assert_eq!((world.titles(), stages(&world)), (Vec::<String>::new(), [Ingestion::Failed; 2]));
    world.assert_sound();
    std::fs::write(world.room.artifacts.path(&artifact.sha256), kept).unwrap();
    declare::retry(&world.room, root).unwrap();
    world.assert_sound();
    settle(&world);
    assert_eq!((world.titles(), stages(&world)), (vec!["A".to_owned(), "B".to_owned()], [Ingestion::Done; 2]));
    world.assert_sound();
}

#[test]
fn a_retried_job_of_a_child_replaces_its_scan() {
    let world = World::new();
    let root = world.upload("main").job("root").with(SAST, &by("a", &[finding("A")])).accept().pipeline_id;
    let by_child = |status: &str, findings: &[Value]| {
        let upload = world.upload("main").child_of(root).key("c").job("child").job_status(status);
        let accepted = upload.with(SAST, &by("b", findings)).accept();
        settle(&world);
        accepted
    };
    let failed = by_child("failed", &[finding("B")]);
    assert_eq!(world.titles(), ["A"]);
    let retried = by_child("success", &[finding("B"), finding("C")]);
    assert_eq!(retried.pipeline_id, failed.pipeline_id);
    assert_eq!(world.titles(), ["A", "B", "C"]);
    assert_eq!([&failed, &retried].map(|of| world.scan(of.scan_ids[0]).latest), [false, true]);
    by_child("success", &[finding("C")]);
    assert_eq!(world.titles(), ["A", "(B)", "C"]);
    world.assert_sound();
}

#[test]
fn an_undo_of_a_family_gives_back_what_was_there_and_keeps_what_a_later_one_reports() {
    let world = World::with_user();
    world.sast("main", &[finding("A"), finding("B")]);
    let first = world.titles();
    let (root, child) = root_and_child(&world, &report(SAST, &[finding("A")]), &report(SAST, &[finding("C"), finding("D")]));
    complete(&world, root);
    assert_eq!(world.titles(), ["A", "(B)", "C", "D"]);
    // A later family, whose child alone reports D.
    let (later, _) = root_and_child(&world, &report(SAST, &[finding("A")]), &report(SAST, &[finding("D")]));
    complete(&world, later);
    assert_eq!(world.titles(), ["A", "(B)", "(C)", "D"]);
    undo::request(&world.room, root, 1, &By::default()).unwrap();
    world.work_off();
    assert_eq!(world.titles(), ["A", "(B)", "D"]);
    assert!([root, child].map(|id| world.pipeline(id).undone_at).iter().all(Option::is_some));
    world.assert_sound();
    undo::request(&world.room, later, 1, &By::default()).unwrap();
    world.work_off();
    assert_eq!(world.titles(), first);
    world.assert_sound();
}

#[test]
fn a_canceled_root_cancels_what_waits_below_it() {
    let world = World::new();
    world.sast("main", &[finding("A"), finding("B")]);
    let (root, done) = root_and_child(&world, &report(SAST, &[]), &report(SAST, &[finding("A"), finding("C")]));
    let waiting = world.upload("main").child_of(done).job("x").with(SAST, &report(SAST, &[])).incomplete().accept().pipeline_id;
    settle(&world);
    declare::cancel(&world.room, root).unwrap();
    settle(&world);
    assert_eq!([root, done, waiting].map(|id| world.pipeline(id).status), ["canceled", "success", "canceled"]);
    // What arrived is there; nothing is closed.
    assert_eq!((world.pipeline(root).ingestion, world.titles()), (Ingestion::Done, vec!["A".into(), "B".into(), "C".into()]));
    world.assert_sound();
}

/// A family with something to add and to mark in both of its pipelines, complete and not ingested.
fn waiting_family() -> (World, u64) {
    let world = World::with_clock(Arc::new(StoppedClock));
    let (root, _) = root_and_child(&world, &by("a", &[finding("A"), finding("B")]), &by("b", &[finding("C"), finding("D")]));
    complete(&world, root);
    let (root, child) = root_and_child(&world, &by("a", &[finding("A"), finding("E")]), &by("b", &[finding("C"), finding("F")]));
    world.upload("main").child_of(child).job("deep").with(SAST, &by("b", &[finding("F"), finding("G")])).accept();
    declare::complete(&world.room, root).unwrap();
    (world, root)
}

#[test]
fn a_family_that_is_cut_off_anywhere_ends_the_same() {
    let (whole, _) = waiting_family();
    settle(&whole);
    whole.assert_sound();
    assert_eq!(whole.titles(), ["A", "(B)", "C", "(D)", "E", "F", "G"]);
    let expected = whole.dump_all();
    for (point, count) in [
        ("before-scan", 1),
        ("before-scan", 3),
        ("after-prepare", 1),
        ("after-group", 1),
        ("after-group", 2),
        ("after-marks", 1),
        ("before-done", 1),
    ] {
        let (world, root) = waiting_family();
        let ingest = || worker::ingest(&world.room, root, &|| {}).unwrap();
        assert!(cut_off_at(point, count, ingest), "{point} {count} was not passed");
        world.assert_sound();
        assert!(pipelines::is_queued(&world.read(), root).unwrap());
        settle(&world);
        assert!(world.dump_all() == expected, "{point} {count}: another database");
    }
}
