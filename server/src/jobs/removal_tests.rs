//! Removing projects: nothing is left of one, nothing else changes, and it may be cut off anywhere.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use super::removal::run;
use super::retention::{Claims, Work};
use crate::audit::By;
use crate::domain::retention::RetentionSettings;
use crate::ingest::accept::AcceptError;
use crate::ingest::killpoint::stops::cut_off_at;
use crate::ingest::making::ClosedError;
use crate::ingest::scenario_world::{World, finding, package_finding, report, secret, set};
use crate::projects::removal::{mark_group, mark_project};
use crate::store::catalog::{self, Table};
use crate::store::{projects, remove};
use casemate_shared::ReportType;
use serde_json::{Value, json};

const SAST: ReportType = ReportType::Sast;
const DEPENDENCIES: ReportType = ReportType::DependencyScanning;

type Rows = Vec<(&'static str, Vec<u8>, Vec<u8>)>;

/// All rows but those that count, remember runs and acts, or wait for the index.
fn facts(world: &World) -> Rows {
    let passing = [catalog::SEARCH_OUTBOX, catalog::SEQUENCES, catalog::RETENTION_RUNS, catalog::META];
    let lasting = |table: &&Table| !table.name.starts_with("audit_") && !passing.iter().any(|one| one.name == table.name);
    world.dump(&catalog::ALL.iter().filter(lasting).copied().collect::<Vec<_>>())
}

/// The same without the row of a project.
fn without(rows: Rows, project: u64) -> Rows {
    let id = project.to_be_bytes();
    let is_its_row = |table: &str, key: &[u8], value: &[u8]| {
        (table == catalog::PROJECTS.name && key == id) || (table == catalog::PROJECTS_BY_PATH.name && value == id)
    };
    rows.into_iter().filter(|(table, key, value)| !is_its_row(table, key, value)).collect()
}

fn described(title: &str, about: &str) -> Value {
    set(finding(title), "/description", json!(format!("{about} {}", "and so on ".repeat(12))))
}

fn with_remediation(title: &str) -> Value {
    let finding = package_finding(title, "a.lock", title, &[json!({"type": "cve", "name": title, "value": title})]);
    let fix = json!([{"fixes": [{"id": title}], "summary": "Update it", "diff": "Z"}]);
    set(report(DEPENDENCIES, &[finding]), "/remediations", fix)
}

/// Another project with findings, and after that one with pipelines of all sorts, that is to go. Answers what was
/// there before the latter had anything.
fn scene() -> (World, Rows) {
    let world = World::new();
    let other = world.other_project(43);
    let shared = report(SAST, &[described("a", "here and there"), described("b", "here and there")]);
    world.upload("main").to(&other).with(SAST, &shared).ingest();
    let before = facts(&world);
    world.upload("main").with(SAST, &shared).ingest();
    for round in 0..4 {
        let many: Vec<Value> = (0..9).map(|n| described(&format!("f{}", n + round * 3), &format!("about {round}"))).collect();
        world.sast("main", &many);
        world.sast("feature", &many[..3]);
        world.upload("main").with(DEPENDENCIES, &with_remediation(&format!("CVE-{round}"))).ingest();
        let secrets = report(ReportType::SecretDetection, &[secret("s")]);
        let parent = world.upload("main").with(ReportType::SecretDetection, &secrets).ingest();
        world.upload("main").child_of(parent.scan().pipeline_id).with(SAST, &report(SAST, &many[..2])).accept();
        world.work_off();
    }
    world.upload("main").incomplete().with(SAST, &shared).accept();
    (world, before)
}

/// A run that is told to stop when it asks for the `groups`-th time.
fn run_until(world: &World, groups: u32) -> u64 {
    let asked = std::cell::Cell::new(0);
    let is_stopping = || asked.replace(asked.get() + 1) >= groups;
    let claim: Claims<'_> = &|_| Some(Box::new(()));
    let settings = RetentionSettings::default();
    run(&Work { room: &world.room, settings, claim, is_stopping: &is_stopping }).unwrap()
}

fn marked() -> (World, Rows) {
    let (world, before) = scene();
    let id = world.project.id;
    world.room.store.write(|wtx| mark_project(wtx, id, &By::system(7))).unwrap();
    world.assert_sound();
    (world, without(before, id))
}

#[test]
fn nothing_is_left_of_a_removed_project_and_nothing_else_changes() {
    let (world, expected) = marked();
    assert_eq!(run_until(&world, u32::MAX), 1);
    world.assert_sound();
    assert_eq!(facts(&world), expected);
    let runs = crate::store::purge::runs(&world.read()).unwrap();
    let run = &runs[0];
    assert!(run.pipelines > 15 && run.scans > 15 && run.bodies > 20 && run.texts > 3 && run.files > 5, "{run:?}");
    assert_eq!(run_until(&world, u32::MAX), 0, "there is no more to do");
}

#[test]
fn cut_off_anywhere_it_ends_the_same() {
    for (point, count) in [
        ("after-purge", 1),
        ("after-purge", 5),
        ("after-purge", 15),
        ("after-purge", 30),
        ("after-family", 1),
        ("after-family", 7),
        ("before-swept", 1),
        ("after-removal", 1),
    ] {
        let (world, expected) = marked();
        let was_cut_off = cut_off_at(point, count, || _ = run_until(&world, u32::MAX));
        assert!(was_cut_off, "{point} {count}");
        world.assert_sound();
        run_until(&world, u32::MAX);
        world.assert_sound();
        assert_eq!(facts(&world), expected, "{point} {count}");
    }
}

#[test]
fn it_stops_when_told_and_goes_on_later() {
    let (world, expected) = marked();
    for groups in [1, 2, 3, 5, 8, 13, 21] {
        run_until(&world, groups);
        world.assert_sound();
    }
    run_until(&world, u32::MAX);
    assert_eq!(facts(&world), expected);
}

#[test]
fn a_group_goes_with_all_that_is_in_it() {
    let (world, _) = scene();
    let group = world.project.namespace_id;
    world.room.store.write(|wtx| mark_group(wtx, group, &By::system(7))).unwrap();
    assert!(projects::find_project_by_path(&world.read(), &world.project.full_path).unwrap().is_none(), "its path is free");
    assert_eq!(remove::empty_groups_to_go(&world.read()).unwrap(), Vec::<u64>::new());
    assert_eq!(run_until(&world, u32::MAX), 1);
    world.assert_sound();
    assert!(projects::find_namespace(&world.read(), group).unwrap().is_none());
    assert_eq!(projects::projects(&world.read()).unwrap().len(), 1, "the other one");
}

#[test]
fn an_upload_that_began_before_comes_too_late() {
    let (world, expected) = marked();
    let late = world.upload("main").with(SAST, &report(SAST, &[finding("late")])).try_accept();
    assert!(matches!(late, Err(AcceptError::Closed(ClosedError::Gone))));
    run_until(&world, u32::MAX);
    let late = world.upload("main").with(SAST, &report(SAST, &[finding("late")])).try_accept();
    assert!(matches!(late, Err(AcceptError::Closed(ClosedError::Gone))));
    assert_eq!(facts(&world), expected);
}
