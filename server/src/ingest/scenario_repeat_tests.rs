//! The queue: pipelines of a project go in order, what fails is told where the user looks and can be tried
//! again, and the threads take up what was left. Must not know: what a report holds.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::scenario_world::{Ingested, World, finding, report};
use super::worker::Ingestor;
use crate::clock::Clock;
use crate::store::catalog::{BODIES, INGESTION_QUEUE};
use crate::store::pipelines;
use casemate_shared::{Ingestion, ReportType, ScanStatus};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const SAST: ReportType = ReportType::Sast;

/// Waits until nothing is in the queue.
fn drained(ingestor: &Ingestor, world: &World) {
    let mut progress = ingestor.progress();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        while !pipelines::queued(&world.read()).unwrap().is_empty() {
            progress.changed().await.unwrap();
        }
    });
}

#[test]
fn pipelines_of_one_project_go_in_order_beside_other_projects() {
    let world = World::new();
    let other = world.other_project(77);
    let mut all = Vec::new();
    for number in 0..6 {
        all.push(world.upload("main").with(SAST, &report(SAST, &[finding(&format!("f{number}"))])).accept());
        world.upload("main").to(&other).with(SAST, &report(SAST, &[finding("X")])).accept();
    }
    let ingestor = Ingestor::start(Arc::clone(&world.room)).unwrap();
    drained(&ingestor, &world);
    ingestor.stop();
    // Each one marked exactly what the one before it had brought: none overtook another.
    let tallies: Vec<_> = all.iter().map(|accepted| Ingested::read(&world, accepted).tally()).collect();
    assert_eq!(tallies, [(1, 0, 0), (1, 0, 1), (1, 0, 1), (1, 0, 1), (1, 0, 1), (1, 0, 1)]);
    assert_eq!(world.titles(), ["(f0)", "(f1)", "(f2)", "(f3)", "(f4)", "f5"]);
    world.assert_sound();
}

#[test]
fn threads_take_up_what_was_queued_before_and_stop_leaves_the_rest() {
    let world = World::new();
    let ingestor = Ingestor::start(Arc::clone(&world.room)).unwrap();
    ingestor.stop();
    let accepted = world.upload("main").with(SAST, &report(SAST, &[finding("A")])).accept();
    ingestor.knock();
    assert_eq!(world.pipeline(accepted.pipeline_id).ingestion, Ingestion::Queued);
    let next = Ingestor::start(Arc::clone(&world.room)).unwrap();
    drained(&next, &world);
    next.stop();
    assert_eq!(world.titles(), ["A"]);
}

#[test]
fn a_knock_wakes_an_idle_thread() {
    let world = World::new();
    let ingestor = Ingestor::start(Arc::clone(&world.room)).unwrap();
    for title in ["A", "B"] {
        world.upload("main").with(SAST, &report(SAST, &[finding(title)])).accept();
        ingestor.knock();
        drained(&ingestor, &world);
    }
    ingestor.stop();
    assert_eq!(world.titles(), ["(A)", "B"]);
}

#[test]
fn a_missing_file_is_told_and_the_same_bytes_may_be_tried_again() {
    let world = World::new();
    world.sast("main", &[finding("A"), finding("B")]);
    let upload = || world.upload("main").key("run").with(SAST, &report(SAST, &[finding("C")]));
    let accepted = upload().accept();
    let artifact = pipelines::find_artifact(&world.read(), world.scan(accepted.scan_ids[0]).artifact_id).unwrap().unwrap();
    assert!(world.room.artifacts.remove(&artifact.sha256).unwrap());
    world.work_off();
    let failed = Ingested::read(&world, &accepted);
    assert_eq!((failed.pipeline.ingestion, failed.scan().status), (Ingestion::Failed, ScanStatus::PreparationFailed));
    assert_eq!((failed.scan().errors[0].kind.as_str(), failed.pipeline.scans_with_errors), ("ScanIngestionError", 1));
    assert!(pipelines::queued(&world.read()).unwrap().is_empty());
    assert_eq!(world.titles(), ["A", "B"]);
    world.assert_sound();
    let again = upload().ingest();
    assert_eq!((again.pipeline.id, again.pipeline.ingestion), (accepted.pipeline_id, Ingestion::Done));
    assert_eq!((again.tally(), again.pipeline.scans_with_errors), ((1, 0, 2), 0));
    world.assert_sound();
}

/// A clock that panics when it is told to, in the middle of the work.
struct Trap(AtomicBool);

impl Clock for Trap {
    fn now(&self) -> i64 {
        assert!(!self.0.load(Ordering::SeqCst), "the clock fell down");
        0
    }
}

#[test]
fn a_panic_ends_as_failed_with_its_reason_on_the_scan() {
    let trap = Arc::new(Trap(AtomicBool::new(false)));
    let world = World::with_clock(Arc::clone(&trap) as Arc<dyn Clock>);
    let accepted = world.upload("main").with(SAST, &report(SAST, &[finding("A")])).accept();
    // Not even the failure can be written down while the clock is broken: it stays in the queue.
    trap.0.store(true, Ordering::SeqCst);
    let id = accepted.pipeline_id;
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| super::worker::work_off(&world.room, id, &|| {})));
    assert!(panicked.is_err());
    trap.0.store(false, Ordering::SeqCst);
    assert_eq!(pipelines::queued(&world.read()).unwrap(), [id]);
    // A panic inside of the work alone is caught.
    let fall = || panic!("fell over");
    super::worker::work_off(&world.room, id, &fall).unwrap();
    let failed = Ingested::read(&world, &accepted);
    assert_eq!((failed.pipeline.ingestion, failed.scan().status), (Ingestion::Failed, ScanStatus::PreparationFailed));
    assert!(failed.scan().errors[0].message.contains("fell over"), "{}", failed.scan().errors[0].message);
    world.assert_sound();
}

#[test]
fn what_could_not_even_be_written_down_is_tried_again_with_the_next_upload() {
    let trap = Arc::new(Trap(AtomicBool::new(false)));
    let world = World::with_clock(Arc::clone(&trap) as Arc<dyn Clock>);
    let first = world.upload("main").with(SAST, &report(SAST, &[finding("A")])).accept();
    trap.0.store(true, Ordering::SeqCst);
    let ingestor = Ingestor::start(Arc::clone(&world.room)).unwrap();
    let mut progress = ingestor.progress();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(progress.wait_for(|version| *version > 0)).unwrap();
    assert_eq!(world.pipeline(first.pipeline_id).ingestion, Ingestion::Queued);
    trap.0.store(false, Ordering::SeqCst);
    world.upload("main").with(SAST, &report(SAST, &[finding("B")])).accept();
    ingestor.knock();
    drained(&ingestor, &world);
    ingestor.stop();
    assert_eq!(world.titles(), ["(A)", "B"]);
}

#[test]
fn a_damaged_body_fails_its_slice_and_nothing_is_closed() {
    let world = World::new();
    world.sast("main", &[finding("A"), finding("B")]);
    let accepted = world.upload("main").key("run").with(SAST, &report(SAST, &[finding("B"), finding("C")])).accept();
    let cut = super::killpoint::stops::cut_off_at("after-prepare", 1, || {
        super::worker::ingest(&world.room, accepted.pipeline_id, &|| {}).unwrap();
    });
    assert!(cut);
    let body = world.dump(&[BODIES]).pop().unwrap().1;
    let whole = world.room.store.write(|wtx| crate::store::damage(wtx, BODIES, &body, Some(b"\x01rubbish"))).unwrap();
    world.work_off();
    let broken = Ingested::read(&world, &accepted);
    assert_eq!((broken.pipeline.ingestion, broken.pipeline.scans_with_errors), (Ingestion::Done, 1));
    let error = &broken.scan().errors[0];
    assert_eq!((error.kind.as_str(), broken.tally()), ("IngestionError", (0, 0, 0)));
    assert!(error.message.starts_with("1 findings could not become vulnerabilities"), "{}", error.message);
    assert_eq!(world.titles(), ["A", "B"]);
    world.room.store.write(|wtx| crate::store::damage(wtx, BODIES, &body, whole.as_deref())).unwrap();
    world.assert_sound();
}

#[test]
fn a_queue_entry_without_a_pipeline_holds_nobody_up() {
    let world = World::new();
    world.room.store.write(|wtx| crate::store::damage(wtx, INGESTION_QUEUE, &1_u64.to_be_bytes(), Some(b""))).unwrap();
    let accepted = world.upload("main").with(SAST, &report(SAST, &[finding("A")])).accept();
    world.work_off();
    assert_eq!(Ingested::read(&world, &accepted).pipeline.ingestion, Ingestion::Done);
}
