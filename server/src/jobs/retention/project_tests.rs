//! Projects that say themselves how long their data are kept. Must not know: who may say so.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::scene::{Scene, is_kept};
use crate::domain::settings::SecuritySettings;
use crate::ingest::scenario_world::{Ingested, finding, report};
use crate::store::{StoreError, settings};
use casemate_shared::{ReportType, ScanStatus};

const SAST: ReportType = ReportType::Sast;

fn say(scene: &Scene, project_id: u64, findings_days: Option<u32>, artifacts_days: Option<u32>) {
    let updated_by = 1;
    let said = SecuritySettings { project_id, findings_days, artifacts_days, created_at: 1, updated_at: 1, updated_by };
    scene.world.room.store.write(|wtx| -> Result<(), StoreError> { settings::put(wtx, &said) }).unwrap();
}

/// Whether findings and report are there.
fn kept(scene: &Scene, of: &Ingested) -> (bool, bool) {
    (scene.world.scan(of.scan().id).status == ScanStatus::Succeeded, is_kept(&scene.world, of))
}

#[test]
fn a_project_is_kept_as_long_as_it_says_and_the_others_as_the_instance_does() {
    let scene = Scene::new();
    scene.world.add_user();
    let world = &scene.world;
    let others: Vec<_> = [43, 44].into_iter().map(|id| world.other_project(id)).collect();
    let into = |project| {
        let report = report(SAST, &[finding("same")]);
        world.upload("main").to(project).with(SAST, &report).ingest()
    };
    let (short, long, plain) = (into(&world.project), into(&others[0]), into(&others[1]));
    say(&scene, world.project.id, Some(10), Some(20));
    say(&scene, others[0].id, Some(0), Some(400));
    let now = || [kept(&scene, &short), kept(&scene, &long), kept(&scene, &plain)];
    let (both, none) = ((true, true), (false, false));
    scene.days(11);
    let run = scene.run();
    assert_eq!((run.pipelines, run.artifacts, now()), (1, 0, [(false, true), both, both]));
    scene.days(10);
    let run = scene.run();
    assert_eq!((run.pipelines, run.artifacts, run.files), (0, 1, 0), "other projects need the same bytes");
    assert_eq!(now(), [none, both, both]);
    scene.days(70);
    assert_eq!((scene.run().artifacts, now()), (1, [none, both, none]));
    scene.days(320);
    let run = scene.run();
    assert_eq!((run.pipelines, run.artifacts, run.files, now()), (0, 1, 1, [none, (true, false), none]));
}

#[test]
fn a_change_holds_from_the_next_run_on_and_null_is_the_instance_s() {
    let mut scene = Scene::new();
    scene.world.add_user();
    scene.settings.artifacts_days = 0;
    let old = scene.world.sast("feature", &[finding("a")]);
    let project = scene.world.project.id;
    say(&scene, project, Some(0), Some(0));
    scene.days(91);
    assert_eq!((scene.run().pipelines, kept(&scene, &old)), (0, (true, true)));
    say(&scene, project, None, Some(30));
    let run = scene.run();
    assert_eq!((run.pipelines, run.artifacts, kept(&scene, &old)), (1, 1, (false, false)));
}
