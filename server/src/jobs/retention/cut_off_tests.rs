//! Runs that are cut off or told to stop go on with the next one. Must not know: in what groups they work.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::scene::{Scene, described, with_remediation};
use crate::ingest::killpoint::stops::cut_off_at;
use crate::ingest::scenario_world::{World, finding, report, report_by, secret};
use crate::store::catalog::{self, Table};
use casemate_shared::{ReportType, ScanStatus};
use serde_json::Value;

const SAST: ReportType = ReportType::Sast;
const DEPENDENCIES: ReportType = ReportType::DependencyScanning;

/// Two projects with old and young pipelines that share some of their texts.
fn cut_off_scene() -> Scene {
    let scene = Scene::new();
    let world = &scene.world;
    let other = world.other_project(43);
    for round in 0..6 {
        let many: Vec<Value> =
            (0..30).map(|n| described(&format!("f{}", n + round * 5), &format!("about {}", n % 4 + round))).collect();
        world.sast("main", &many);
        let on_branch = |n| described(&format!("f{n}"), &format!("on the branch in round {round}"));
        world.sast("feature", &(0..9).map(on_branch).collect::<Vec<_>>());
        world.upload("main").to(&other).with(SAST, &report_by("zeta", SAST, &many[..20])).ingest();
        let fix = with_remediation(&format!("CVE-{round}"), &"Z".repeat(round + 1));
        world.upload("feature").with(DEPENDENCIES, &fix).ingest();
        world.upload("main").with(ReportType::SecretDetection, &report(ReportType::SecretDetection, &[secret("s")])).ingest();
        scene.days(30);
    }
    scene
}

/// All that may not depend on how often a run was cut off.
fn facts(world: &World) -> Vec<(&'static str, Vec<u8>, Vec<u8>)> {
    let other = |table: &&Table| {
        ![catalog::SEARCH_OUTBOX, catalog::SEQUENCES, catalog::RETENTION_RUNS].iter().any(|one| one.name == table.name)
    };
    world.dump(&catalog::ALL.iter().filter(other).copied().collect::<Vec<_>>())
}

#[test]
fn cut_off_anywhere_it_ends_the_same() {
    let whole = cut_off_scene();
    let run = whole.run();
    assert!(run.bodies > 20 && run.texts > 2 && run.remediations > 2 && run.files > 3, "{run:?}");
    let expected = facts(&whole.world);
    let points = [
        ("after-purge", 1),
        ("after-purge", 2),
        ("after-purge", 4),
        ("after-purge", 6),
        ("before-swept", 1),
        ("before-swept", 2),
    ];
    for (point, count) in points.into_iter().chain([("after-expire", 1), ("after-expire", 2)]) {
        let scene = cut_off_scene();
        assert!(cut_off_at(point, count, || _ = scene.run()), "{point} {count} was not passed");
        scene.world.assert_sound();
        scene.run();
        assert!(facts(&scene.world) == expected, "{point} {count}: another database");
    }
}

#[test]
fn chunks_that_no_list_came_to_name_go() {
    let scene = Scene::new();
    let world = &scene.world;
    let many: Vec<Value> = (0..500).map(|n| finding(&format!("f{n}"))).collect();
    let half = world.sast("main", &many[..250]);
    let chunks = scene.rows(catalog::SCAN_CHUNKS);
    let upload = || world.upload("main").with(SAST, &report(SAST, &many)).accept();
    let failed = upload();
    let is_caught = !cut_off_at("after-chunks", 2, || world.work_off());
    assert!(is_caught && world.scan(failed.scan_ids[0]).status == ScanStatus::PreparationFailed);
    let ahead = scene.rows(catalog::UNLISTED_CHUNKS);
    assert!(ahead > 1 && scene.rows(catalog::SCAN_CHUNKS) == chunks + ahead, "{ahead} besides {chunks}");
    let run = scene.run();
    assert_eq!((run.chunks, run.bodies), (ahead as u64, 250));
    let left = [catalog::UNLISTED_CHUNKS, catalog::SCAN_CHUNKS, catalog::BODIES].map(|table| scene.rows(table));
    assert_eq!(left, [0, chunks, 250]);
    assert_eq!(world.list(half.scan()).len(), 250);
    let again = upload();
    world.work_off();
    assert_eq!(world.list(&world.scan(again.scan_ids[0])).len(), 500);
    assert_eq!((scene.rows(catalog::UNLISTED_CHUNKS), scene.run().chunks), (0, 0));
}

#[test]
fn stopped_between_groups_it_goes_on_with_the_next_run() {
    let whole = cut_off_scene();
    whole.run();
    let expected = facts(&whole.world);
    for groups in [0, 1, 2, 3, 5, 8] {
        let scene = cut_off_scene();
        scene.run_until(groups);
        scene.world.assert_sound();
        assert!(facts(&scene.world) != expected, "{groups} groups are not all");
        // Another run has a time of its own.
        scene.days(0);
        scene.run();
        assert!(facts(&scene.world) == expected, "{groups}");
    }
}
