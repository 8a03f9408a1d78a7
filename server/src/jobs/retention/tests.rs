//! What retention takes away and what it leaves. Must not know: how the store looks for what nothing names.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::scene::{Scene, described, is_kept, with_remediation};
use super::*;
use crate::ingest::accept::AcceptError;
use crate::ingest::declare;
use crate::ingest::family::ParentError;
use crate::ingest::scenario_world::{Ingested, World, finding, report, report_by, set};
use crate::store::catalog::{self, Table};
use crate::store::{bodies, outbox, pipelines};
use casemate_shared::{ReportType, ScanStatus};
use serde_json::{Value, json};

const SAST: ReportType = ReportType::Sast;
const DEPENDENCIES: ReportType = ReportType::DependencyScanning;

/// Everything about vulnerabilities.
const PERMANENT: &[Table] = &[
    catalog::FINDINGS,
    catalog::FINDINGS_BY_UUID,
    catalog::FINDINGS_BY_LOCATION,
    catalog::FINDINGS_BY_SIGNATURE,
    catalog::FINDINGS_BY_IMAGE,
    catalog::VULNERABILITIES,
    catalog::NO_LONGER_DETECTED,
    catalog::VULNERABILITIES_BY_SCANNER,
    catalog::READS,
    catalog::VULNERABILITY_COUNTERS,
    catalog::EVENTS,
    catalog::IDENTIFIERS,
    catalog::SCANNERS,
    catalog::PROMOTIONS,
    catalog::PIPELINES,
    catalog::JOBS,
];

#[test]
fn findings_of_old_pipelines_go_and_their_numbers_stay() {
    let scene = Scene::new();
    let world = &scene.world;
    let old = world.sast("feature", &[described("a", "only then"), described("b", "both times")]);
    scene.days(50);
    let young = world.sast("feature", &[described("b", "both times")]);
    scene.days(41);
    let run = scene.run();
    assert_eq!((run.pipelines, run.scans, run.findings, run.bodies, run.texts), (1, 1, 2, 1, 1));
    let purged = world.scan(old.scan().id);
    assert_eq!(purged.status, ScanStatus::Purged);
    assert_eq!((purged.declared, purged.accepted, &purged.tally), (2, 2, &old.scan().tally));
    assert_eq!(world.pipeline(old.pipeline.id), old.pipeline);
    assert_eq!(world.list(young.scan()).len(), 1);
    assert_eq!((scene.rows(catalog::BODIES), scene.rows(catalog::TEXTS)), (1, 1));
    let next = scene.run();
    assert_eq!((next.pipelines, next.bodies, next.texts, next.artifacts), (0, 0, 0, 0), "once is enough");
}

#[test]
fn a_family_goes_with_its_root() {
    let scene = Scene::new();
    let world = &scene.world;
    world.sast("main", &[finding("z")]);
    let root = world.upload("main").job("root").with(SAST, &report(SAST, &[finding("a")])).accept().pipeline_id;
    world.work_off();
    scene.days(80);
    let late = world.upload("main").child_of(root).with(SAST, &report_by("b", SAST, &[finding("b")])).accept();
    world.work_off();
    world.work_off();
    let waiting = world.upload("main").child_of(root).with(SAST, &report_by("c", SAST, &[finding("c")])).incomplete().accept();
    scene.days(11);
    assert_eq!(scene.run().pipelines, 1, "a member of the family is in the queue");
    world.work_off();
    declare::complete(&world.room, waiting.pipeline_id).unwrap();
    world.work_off();
    world.work_off();
    assert_eq!(world.titles(), ["a", "b", "c", "(z)"]);
    assert!(scene.rows(catalog::UNDO_JOURNAL) > 0);
    let run = scene.run();
    assert_eq!((run.pipelines, run.scans), (3, 3));
    assert_eq!(world.scan(late.scan_ids[0]).status, ScanStatus::Purged);
    assert_eq!((scene.rows(catalog::UNDO_JOURNAL), scene.rows(catalog::SCANS_KEPT)), (0, 0));
    let more = world.upload("main").child_of(root).with(SAST, &report(SAST, &[])).try_accept();
    assert!(matches!(more, Err(AcceptError::Parent(ParentError::Purged(_)))));
    assert_eq!(scene.run().pipelines, 0);
}

#[test]
fn vulnerabilities_keep_all_that_they_name() {
    let scene = Scene::new();
    let world = &scene.world;
    let evidence = set(described("b", "with evidence"), "/evidence", json!({"summary": "seen"}));
    world.sast("main", &[described("a", "stays"), evidence.clone(), described("gone", "was there once")]);
    world.upload("main").with(DEPENDENCIES, &with_remediation("CVE-1", "ZA==")).ingest();
    scene.days(1);
    // Without its evidence: the old body is the one that has it.
    world.sast("main", &[described("a", "stays"), described("b", "with evidence"), described("c", "is new")]);
    world.upload("feature").with(DEPENDENCIES, &with_remediation("CVE-2", "ZQ==")).ingest();
    let before = world.dump(PERMANENT);
    let bodies_of = |world: &World| {
        let pairs = world.vulnerabilities();
        let ids: Vec<u64> =
            pairs.iter().flat_map(|pair| [Some(pair.finding.body_id), pair.finding.evidence_body_id]).flatten().collect();
        bodies::get_bodies(&world.read(), &ids).unwrap()
    };
    let named = bodies_of(world);
    scene.days(200);
    let run = scene.run();
    assert_eq!((run.pipelines, run.remediations), (4, 1), "the fix of the branch goes");
    assert!(world.dump(PERMANENT) == before);
    assert_eq!(bodies_of(world), named);
    assert_eq!(scene.rows(catalog::REMEDIATIONS), 1);
    // The next report is compared as if nothing had been removed.
    let next = world.sast("main", &[described("a", "stays"), described("c", "is new")]);
    assert_eq!(next.tally(), (0, 0, 1));
    assert_eq!(world.titles(), ["CVE-1", "a", "(b)", "c", "(gone)"]);
    world.assert_sound();
}

#[test]
fn a_purged_pipeline_takes_no_more_reports_and_repeats_its_answer() {
    let scene = Scene::new();
    let world = &scene.world;
    let first = report(SAST, &[finding("a")]);
    let upload = |report: &Value| world.upload("main").key("run 1").with(SAST, report);
    let old = upload(&first).ingest();
    scene.days(91);
    scene.run();
    let repeated = upload(&first).accept();
    assert!(repeated.is_repetition);
    assert_eq!(repeated.scan_ids, [old.scan().id]);
    let refused = upload(&report(SAST, &[finding("b")])).job("other").try_accept().unwrap_err();
    assert!(matches!(refused, AcceptError::Purged(id) if id == old.pipeline.id), "{refused}");
    assert_eq!(world.scan(old.scan().id).status, ScanStatus::Purged, "it is not stored again");
    // In a pipeline of its own the old report is like any other.
    let again = world.upload("main").with(SAST, &first).ingest();
    assert_eq!((again.counts(), again.tally()), ((1, 1, 0, 0), (0, 0, 0)));
    world.assert_sound();
}

#[test]
fn what_waits_in_the_queue_is_left_alone() {
    let scene = Scene::new();
    let world = &scene.world;
    let waiting = world.upload("main").with(SAST, &report(SAST, &[finding("a")])).accept();
    scene.days(400);
    let run = scene.run();
    assert_eq!((run.pipelines, run.artifacts), (0, 0));
    world.work_off();
    assert_eq!(Ingested::read(world, &waiting).tally(), (1, 0, 0));
    let run = scene.run();
    assert_eq!((run.pipelines, run.artifacts, run.files), (1, 1, 1));
}

#[test]
fn zero_keeps_for_ever() {
    let mut scene = Scene::new();
    (scene.settings.findings_days, scene.settings.artifacts_days) = (0, 0);
    scene.settings.artifacts_bytes = 0;
    let old = scene.world.sast("main", &[finding("a")]);
    scene.days(10_000);
    let run = scene.run();
    assert_eq!((run.pipelines, run.artifacts), (0, 0));
    assert_eq!(scene.world.scan(old.scan().id).status, ScanStatus::Succeeded);
}

#[test]
fn reports_go_by_age_and_a_file_goes_with_its_youngest() {
    let mut scene = Scene::new();
    scene.settings.findings_days = 0;
    let world = &scene.world;
    let shared: Vec<Ingested> = (0..5).map(|_| world.sast("main", &[finding("same")])).collect();
    let alone = world.sast("main", &[finding("alone")]);
    scene.days(80);
    let young = world.sast("main", &[finding("same")]);
    scene.days(11);
    let run = scene.run();
    assert_eq!((run.artifacts, run.files), (6, 1), "more rows than one transaction takes, and the young one's file");
    assert!(run.file_bytes > 0);
    assert!(!shared.iter().chain([&alone]).any(|one| is_kept(world, one)));
    assert!(is_kept(world, &young));
    scene.days(80);
    let run = scene.run();
    assert_eq!((run.artifacts, run.files), (1, 1));
    assert!(!is_kept(world, &young));
    assert_eq!(world.list(young.scan()).len(), 1, "findings have an age of their own");
    // The same bytes are taken in again.
    let again = world.sast("main", &[finding("same")]);
    assert!(is_kept(world, &again));
    assert!(!is_kept(world, &alone));
}

#[test]
fn of_too_many_bytes_the_oldest_go() {
    let mut scene = Scene::new();
    let world = &scene.world;
    let all: Vec<Ingested> = ["a", "b", "c", "d"].iter().map(|title| world.sast("main", &[finding(title)])).collect();
    let size = |one: &Ingested| pipelines::find_artifact(&world.read(), one.scan().artifact_id).unwrap().unwrap().size;
    scene.settings.artifacts_bytes = size(&all[1]) + size(&all[2]) + size(&all[3]);
    scene.run();
    assert_eq!(all.iter().map(|one| is_kept(world, one)).collect::<Vec<_>>(), [false, true, true, true]);
    scene.settings.artifacts_bytes -= 1;
    scene.run();
    assert_eq!(all.iter().map(|one| is_kept(world, one)).collect::<Vec<_>>(), [false, false, true, true]);
    let into_expired = world.upload("main").key("k").with(SAST, &report(SAST, &[finding("e")])).ingest();
    scene.settings.artifacts_bytes = 1;
    scene.run();
    let late = world.upload("main").key("k").job("late").with(SAST, &report(SAST, &[finding("f")])).try_accept();
    assert!(matches!(late, Err(AcceptError::Purged(id)) if id == into_expired.pipeline.id));
}

#[test]
fn the_search_index_is_told() {
    let scene = Scene::new();
    let dir = scene.world.dir("index");
    let follower = crate::jobs::index::IndexFollower::start(Arc::clone(&scene.world.room.store), &dir).unwrap();
    let hits = |word: &str| {
        follower.knock();
        let index = follower.up_to_date().unwrap();
        index.project_bodies(scene.world.project.id, &crate::search::Query::parse(word).unwrap()).unwrap().len()
    };
    scene.world.sast("feature", &[described("old", "pelican"), finding("both")]);
    scene.days(60);
    scene.world.sast("feature", &[finding("both"), described("young", "heron")]);
    assert_eq!((hits("old"), hits("pelican"), hits("both"), hits("heron")), (1, 1, 1, 1));
    scene.days(60);
    scene.run();
    assert_eq!((hits("old"), hits("pelican"), hits("both"), hits("heron")), (0, 0, 1, 1));
    follower.stop();
    assert_eq!(outbox::entries_behind(&scene.world.read(), 0, 9).unwrap(), []);
}
