//! Tests of retention: what goes, what stays, runs that are cut off, a simulated year. The clock is moved by
//! hand. Must not know: how the store looks for what nothing names.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::*;
use crate::clock::Clock;
use crate::ingest::accept::AcceptError;
use crate::ingest::declare;
use crate::ingest::family::ParentError;
use crate::ingest::killpoint::stops::cut_off_at;
use crate::ingest::scenario_world::{
    BEGIN, Ingested, World, finding, finding_at, package_finding, report, report_by, secret, set,
};
use crate::store::catalog::{self, Table};
use crate::store::{bodies, outbox, pipelines};
use casemate_shared::{ReportType, ScanStatus};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicI64, Ordering};

const SAST: ReportType = ReportType::Sast;
const DEPENDENCIES: ReportType = ReportType::DependencyScanning;

/// A clock that a test moves.
struct HandClock(AtomicI64);

impl Clock for HandClock {
    fn now(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

pub(super) struct Scene {
    pub world: World,
    clock: Arc<HandClock>,
    pub settings: RetentionSettings,
}

impl Scene {
    pub fn new() -> Scene {
        let clock = Arc::new(HandClock(AtomicI64::new(BEGIN)));
        Scene { world: World::with_clock(clock.clone()), clock, settings: RetentionSettings::default() }
    }

    pub fn days(&self, days: i64) {
        self.clock.0.fetch_add(days * DAY, Ordering::SeqCst);
    }

    /// A run that is told to stop when it asks for the `groups`-th time.
    fn run_until(&self, groups: u32) -> RetentionRun {
        let asked = std::cell::Cell::new(0);
        let is_stopping = || asked.replace(asked.get() + 1) >= groups;
        let claim: Claims<'_> = &|_| Some(Box::new(()));
        run(&Work { room: &self.world.room, settings: self.settings, claim, is_stopping: &is_stopping }).unwrap()
    }

    /// What goes between two runs.
    pub fn run_between(&self) -> Option<RetentionRun> {
        let claim: Claims<'_> = &|_| panic!("nothing of the findings is touched");
        run_between(&Work { room: &self.world.room, settings: self.settings, claim, is_stopping: &|| false }).unwrap()
    }

    pub fn run(&self) -> RetentionRun {
        let run = self.run_until(u32::MAX);
        self.world.assert_sound();
        run
    }

    pub fn rows(&self, table: Table) -> usize {
        self.world.dump(&[table]).len()
    }
}

/// Everything about vulnerabilities.
const PERMANENT: &[Table] = &[
    catalog::FINDINGS,
    catalog::FINDINGS_BY_UUID,
    catalog::FINDINGS_BY_LOCATION,
    catalog::FINDINGS_BY_SIGNATURE,
    catalog::VULNERABILITIES,
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

/// A long text, so that it is stored apart from its body.
fn described(title: &str, about: &str) -> Value {
    set(finding(title), "/description", json!(format!("{about} {}", "and so on ".repeat(12))))
}

/// A dependency report with a remediation for one of its findings.
fn with_remediation(title: &str, diff: &str) -> Value {
    let finding = package_finding(title, "a.lock", title, &[json!({"type": "cve", "name": title, "value": title})]);
    let fix = json!([{"fixes": [{"id": title}], "summary": "Update it", "diff": diff}]);
    set(report(DEPENDENCIES, &[finding]), "/remediations", fix)
}

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

pub(super) fn is_kept(world: &World, of: &Ingested) -> bool {
    let artifact = pipelines::find_artifact(&world.read(), of.scan().artifact_id).unwrap().unwrap();
    let is_there = world.room.artifacts.size(&artifact.sha256).unwrap().is_some();
    // A file that another report needs outlives this one.
    assert!(is_there || artifact.expired_at.is_some());
    artifact.expired_at.is_none()
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
