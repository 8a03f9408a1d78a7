//! A simulated year: what is freed is used again. Must not know: how the store looks for what nothing names.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::scene::{Scene, described};
use crate::ingest::scenario_world::{finding_at, set};
use crate::store::catalog::{self, Table};
use crate::store::outbox;
use casemate_shared::ScanStatus;
use serde_json::{Value, json};

/// Bytes by which the engine extends a small file.
const FILE_STEP: u64 = 1 << 20;

/// The report of the default branch on a day: most of it was always there, some is reworded every month.
fn of_day(day: u64) -> Vec<Value> {
    let text = |about: u64| "a rule text that findings share ".repeat(8) + &about.to_string();
    let one = |number: u64, since: u64| {
        let finding = finding_at(&format!("r{}", number % 7), &format!("src/f{number}.py"), 1);
        set(finding, "/description", json!(text(since)))
    };
    (0..60).map(|n| one(n, 0)).chain((60..80).map(|n| one(n, day / 30))).collect()
}

/// The report of a branch, every third day: it never comes again.
fn of_branch(day: u64) -> Vec<Value> {
    (0..80).map(|n| described(&format!("b{day}-{n}"), &format!("a text of day {day}, part {}", n % 9))).collect()
}

#[test]
fn over_a_year_freed_pages_are_used_again() {
    let scene = Scene::new();
    let world = &scene.world;
    let mut months = Vec::new();
    let mut first = None;
    for day in 0..360 {
        let on_main = world.sast("main", &of_day(day));
        if day % 3 == 0 {
            world.sast("feature", &of_branch(day));
        }
        first.get_or_insert(on_main);
        scene.days(1);
        // As the search index does when it has caught up.
        world.room.store.write(|wtx| outbox::trim(wtx, u64::MAX - 1)).unwrap();
        scene.run_until(u32::MAX);
        if day % 30 == 29 {
            months.push(world.room.store.sizes().unwrap());
        }
    }
    world.assert_sound();
    let files: Vec<u64> = months.iter().map(|month| month.file_bytes).collect();
    let (mut kept, mut removed) = ([0, 0], [0, 0]);
    for (at, month) in [3, 11].into_iter().enumerate() {
        for table in &months[month].tables {
            let goes = [catalog::BODIES, catalog::TEXTS, catalog::SCAN_CHUNKS].iter().any(|one| one.name == table.name);
            *(if goes { &mut removed[at] } else { &mut kept[at] }) += table.bytes;
        }
    }
    // The file is extended in steps. What grows is what is kept for good, and the rest is used again.
    assert!(files[11] <= files[3] + 2 * (kept[1] - kept[0]) + FILE_STEP, "the file goes on growing: {files:?}, kept {kept:?}");
    assert!(removed[1] <= removed[0] * 5 / 4, "{removed:?}");
    let rows = |month: usize, table: Table| months[month].tables.iter().find(|one| one.name == table.name).unwrap().rows;
    for table in [catalog::BODIES, catalog::TEXTS, catalog::SCAN_CHUNKS] {
        // Lists are cut where their identities happen to say so: a few chunks more or less mean nothing.
        assert!(rows(11, table) <= rows(3, table) * 5 / 4, "{} keeps what nobody needs", table.name);
    }
    assert!(world.room.artifacts.list().unwrap().len() < 60, "reports of 90 days and those of the others");
    // What is permanent is all there: rows of pipelines, vulnerabilities, every change of a text.
    assert_eq!((rows(11, catalog::PIPELINES), rows(11, catalog::VULNERABILITIES)), (480, 80));
    assert_eq!(rows(11, catalog::EVENTS), 80 + 20 * 11);
    // The oldest report in a new pipeline: all of it is known.
    let first = first.unwrap();
    assert_eq!(world.scan(first.scan().id).status, ScanStatus::Purged);
    let again = world.sast("main", &of_day(0));
    assert_eq!((again.counts(), again.tally()), ((80, 80, 0, 0), (0, 0, 0)));
    world.assert_sound();
}
