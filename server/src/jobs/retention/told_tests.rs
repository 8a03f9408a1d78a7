//! Reports that say themselves how long they are kept. Must not know: how the store finds them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::scene::{Scene, is_kept};
use crate::domain::expiry::Expiry;
use crate::domain::pipeline::Job;
use crate::ingest::killpoint::stops::cut_off_at;
use crate::ingest::scenario_world::{Ingested, finding, report};
use crate::ingest::{accept::AcceptError, status};
use crate::store::{catalog, pipelines};
use casemate_shared::ReportType;

const SAST: ReportType = ReportType::Sast;

fn told(scene: &Scene, title: &str, keep_for: &str) -> Ingested {
    let report = report(SAST, &[finding(title)]);
    scene.world.upload("main").keep_for(keep_for).with(SAST, &report).ingest()
}

#[test]
fn a_report_goes_when_its_job_said_and_is_counted() {
    let scene = Scene::new();
    let short = told(&scene, "short", "2 days");
    let long = told(&scene, "long", "1 year");
    let ever = told(&scene, "ever", "never");
    let unsaid = told(&scene, "unsaid", "");
    scene.days(2);
    let run = scene.run();
    assert_eq!((run.artifacts, run.files, run.pipelines), (1, 1, 0));
    assert!(run.file_bytes > 0);
    let kept = |all: [&Ingested; 4]| all.map(|one| is_kept(&scene.world, one));
    assert_eq!(kept([&short, &long, &ever, &unsaid]), [false, true, true, true]);
    assert_eq!(scene.world.list(short.scan()).len(), 1, "what was read from it stays");
    assert_eq!((scene.run().artifacts, scene.rows(catalog::ARTIFACTS_BY_EXPIRY)), (0, 1));
    // What says nothing goes by age; a time of one's own is longer or shorter than that.
    scene.days(90);
    assert_eq!((scene.run().artifacts, kept([&short, &long, &ever, &unsaid])), (1, [false, true, true, false]));
    scene.days(300);
    assert_eq!((scene.run().artifacts, kept([&short, &long, &ever, &unsaid])), (1, [false, false, true, false]));
}

#[test]
fn between_two_runs_only_what_was_told_goes() {
    let scene = Scene::new();
    let short = told(&scene, "short", "3 hours");
    let unsaid = told(&scene, "unsaid", "");
    assert_eq!(scene.run_between(), None, "nothing is due, and no run is noted");
    scene.days(400);
    let run = scene.run_between().unwrap();
    assert_eq!((run.artifacts, run.files, run.pipelines), (1, 1, 0));
    assert_eq!((is_kept(&scene.world, &short), is_kept(&scene.world, &unsaid)), (false, true));
    assert_eq!(crate::store::purge::runs(&scene.world.read()).unwrap(), [run]);
    assert_eq!(scene.run_between(), None);
    scene.world.assert_sound();
}

#[test]
fn what_somebody_keeps_stays_whatever_its_job_said() {
    let mut scene = Scene::new();
    let kept = told(&scene, "kept", "1 hour");
    let same = told(&scene, "kept", "1 hour");
    status::keep_files(&scene.world.room, kept.scan().job_id).unwrap();
    let job: Job = pipelines::find_job(&scene.world.read(), kept.scan().job_id).unwrap().unwrap();
    let artifact = |of: &Ingested| pipelines::find_artifact(&scene.world.read(), of.scan().artifact_id).unwrap().unwrap();
    let Expiry::At(at) = artifact(&kept).expiry else { panic!("it has a time") };
    assert!(!artifact(&kept).is_over(&job, at));
    let other = pipelines::find_job(&scene.world.read(), same.scan().job_id).unwrap().unwrap();
    assert!(artifact(&same).is_over(&other, at + 9_999_999) && !artifact(&same).is_over(&other, at - 9_999_999));
    scene.days(400);
    let run = scene.run();
    assert_eq!((run.artifacts, run.files), (1, 0), "the same bytes are needed by the one that is kept");
    assert_eq!((is_kept(&scene.world, &kept), is_kept(&scene.world, &same)), (true, false));
    scene.settings.artifacts_bytes = 1;
    assert_eq!((scene.run().artifacts, is_kept(&scene.world, &kept)), (0, true), "nor for the lack of space");
}

#[test]
fn what_is_still_to_be_read_stays() {
    let scene = Scene::new();
    let report = report(SAST, &[finding("a")]);
    let waiting = scene.world.upload("main").keep_for("1 second").with(SAST, &report).accept();
    scene.days(1);
    assert_eq!(scene.run().artifacts, 0);
    scene.world.work_off();
    let done = Ingested::read(&scene.world, &waiting);
    assert_eq!(done.tally(), (1, 0, 0));
    assert_eq!((scene.run().artifacts, is_kept(&scene.world, &done)), (1, false));
    // Into a pipeline whose report has expired comes no other, which is said.
    let other = scene.world.upload("main").into_pipeline(done.pipeline.id).job("late").with(SAST, &report).try_accept();
    assert!(matches!(other, Err(AcceptError::Purged(id)) if id == done.pipeline.id));
}

#[test]
fn cut_off_the_rest_goes_with_the_next_run() {
    for count in [1, 2, 3] {
        let scene = Scene::new();
        let all: Vec<Ingested> = (0..8).map(|n| told(&scene, &format!("f{n}"), "1 day")).collect();
        scene.days(1);
        assert!(cut_off_at("after-expire", count, || _ = scene.run_between()), "{count} groups");
        scene.world.assert_sound();
        _ = scene.run_between();
        scene.world.assert_sound();
        assert!(!all.iter().any(|one| is_kept(&scene.world, one)));
    }
}
