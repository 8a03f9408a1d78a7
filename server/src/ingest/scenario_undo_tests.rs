//! Importing and undoing leaves everything as before but for the history; what somebody or a later pipeline
//! built upon is kept. Must not know: HTTP.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::declare::{self, DeclareError};
use super::killpoint::stops::cut_off_at;
use super::refname::parse_ref;
use super::scenario_reports::{any_report, identifier};
use super::scenario_world::{Ingested, World, finding, report, set};
use super::status::{self, JobNews, JobState, NewFile, NewStatus, Noted, StatusError};
use super::undo::{self as undoing, UndoError};
use crate::audit::By;
use crate::domain::expiry::KeepFor;
use crate::domain::undo::Undo;
use crate::store::catalog::{self, Table};
use crate::store::findings::find_vulnerability;
use crate::store::undo as undos;
use casemate_shared::{KeptImported, ReportType, UndoStatus, VulnerabilityState};
use proptest::prelude::*;
use serde_json::{Value, json};

const SAST: ReportType = ReportType::Sast;
const USER: u64 = 1;

fn take_back(world: &World, done: &Ingested) -> Undo {
    undoing::request(&world.room, done.pipeline.id, USER, &By::default()).unwrap();
    world.work_off();
    let undo = undos::find_undo(&world.read(), done.pipeline.id).unwrap().unwrap();
    assert_eq!(undo.status, UndoStatus::Done);
    assert!(world.pipeline(done.pipeline.id).undone_at.is_some());
    undo
}

fn counts(undo: &Undo) -> [u64; 4] {
    [undo.created, undo.changed, undo.redetected, undo.marked]
}

/// What a list, a counter or the next ingestion goes by.
const STATE: [Table; 5] = [
    catalog::READS,
    catalog::VULNERABILITY_COUNTERS,
    catalog::VULNERABILITIES_BY_SCANNER,
    catalog::PROMOTIONS,
    catalog::UNDO_PROMOTIONS,
];

type Entries = Vec<(&'static str, Vec<u8>, Vec<u8>)>;

/// The state; of what is not on the default branch nothing.
fn state(world: &World) -> Entries {
    let mut all = world.dump(&STATE);
    for pair in world.vulnerabilities() {
        all.push(("pair", pair.vulnerability.id.to_be_bytes().to_vec(), format!("{pair:?}").into_bytes()));
    }
    // Nothing is counted: no row, or a row of zeros.
    all.retain(|(table, _, value)| *table != "vulnerability_counters" || value.iter().any(|byte| *byte != 0));
    all
}

/// What of two states differs, for a person.
fn difference(one: &Entries, other: &Entries) -> String {
    let only = |here: &Entries, there: &Entries| -> Vec<String> {
        let text = |(table, _, value): &(&str, Vec<u8>, Vec<u8>)| format!("{table}: {}", String::from_utf8_lossy(value));
        here.iter().filter(|entry| !there.contains(entry)).map(text).collect()
    };
    format!("before only {:#?}, after only {:#?}", only(one, other), only(other, one))
}

#[test]
fn what_was_taken_back_is_not_begun_again_and_takes_nothing_more() {
    let world = World::new();
    let done = world.upload("main").job("sast").with(SAST, &report(SAST, &[finding("A")])).ingest();
    take_back(&world, &done);
    let before = world.dump_all();
    let (id, job) = (done.pipeline.id, done.scan().job_id);
    assert!(matches!(declare::retry(&world.room, id), Err(DeclareError::Undone(refused)) if refused == id));
    let is_refused = |answer: Result<Noted, StatusError>| matches!(answer, Err(StatusError::Undone(refused)) if refused == id);
    let status = |name: &str, state| NewStatus {
        parent: None,
        sha: done.pipeline.sha.clone(),
        ref_name: None,
        pipeline_id: Some(id),
        name: name.to_owned(),
        state,
        news: JobNews::default(),
        commit: Default::default(),
    };
    for status in [status("sast", JobState::Success), status("sast", JobState::Running), status("another", JobState::Running)] {
        assert!(is_refused(status::set_status(&world.room, &world.project, USER, &status)), "{status:?}");
    }
    assert!(is_refused(status::set_job_state(&world.room, job, JobState::Success, &JobNews::default())));
    let mut writer = world.room.spool.writer().unwrap();
    writer.write(report(SAST, &[finding("B")]).to_string().as_bytes()).unwrap();
    let (file_type, filename) = ("dast".to_owned(), "report.json".to_owned());
    let new = NewFile { file_type, filename, file: writer.finish().unwrap(), may_repeat: true, keep_for: KeepFor::Unsaid };
    assert!(is_refused(status::attach(&world.room, job, new)));
    assert!(world.dump_all() == before);
    // Another pipeline of the commit takes it.
    let fresh = NewStatus { pipeline_id: None, ref_name: Some(parse_ref("main").unwrap()), ..status("sast", JobState::Running) };
    assert!(status::set_status(&world.room, &world.project, USER, &fresh).unwrap().pipeline_id > id);
    world.assert_sound();
}

#[test]
fn what_an_import_did_is_taken_back() {
    let world = World::new();
    world.sast("main", &[finding("A"), finding("B"), finding("C")]);
    world.sast("main", &[finding("A"), finding("B")]);
    world.change("B", |pair| {
        pair.vulnerability.state = VulnerabilityState::Resolved;
        pair.vulnerability.resolved.by = Some(USER);
    });
    let before = state(&world);
    // A's text changes, B and C are detected again, D is new.
    let louder = set(finding("A"), "/severity", json!("Critical"));
    let second = world.sast("main", &[louder, finding("B"), finding("C"), finding("D")]);
    assert_eq!(second.tally(), (1, 2, 0));
    let undo = take_back(&world, &second);
    assert_eq!((counts(&undo), undo.kept_total()), ([1, 1, 2, 0], 0));
    assert_eq!(world.titles(), ["A", "B", "(C)"]);
    assert!(state(&world) == before);
    world.assert_sound();
    // The history stays, and D's page too.
    let d = find_vulnerability(&world.read(), 4).unwrap().unwrap();
    assert_eq!((d.title.as_str(), d.present_on_default_branch), ("D", false));
    let again = world.sast("main", &[finding("D")]);
    assert_eq!((again.tally(), world.titles().len()), ((1, 0, 2), 4));
}

#[test]
fn marks_are_taken_away() {
    let world = World::new();
    world.sast("main", &[finding("A"), finding("B")]);
    let before = state(&world);
    let empty = world.sast("main", &[]);
    assert_eq!(world.titles(), ["(A)", "(B)"]);
    assert_eq!(counts(&take_back(&world, &empty)), [0, 0, 0, 2]);
    assert!(state(&world) == before);
    world.assert_sound();
}

#[test]
fn what_was_acted_upon_is_kept_with_the_reason() {
    let world = World::new();
    let first = world.sast("main", &[finding("A"), finding("B"), finding("C")]);
    world.change("A", |pair| pair.vulnerability.state = VulnerabilityState::Confirmed);
    world.sast("main", &[finding("B")]);
    let undo = take_back(&world, &first);
    assert_eq!(undo.created, 1, "C, which the second pipeline did not report");
    let mut kept: Vec<_> = undo.kept_first.iter().map(|kept| (kept.vulnerability_id, kept.reason)).collect();
    kept.sort_by_key(|(_, reason)| *reason);
    let id = |title: &str| world.vulnerability(title).vulnerability.id;
    assert_eq!(kept, [(id("A"), KeptImported::ChangedByPerson), (id("B"), KeptImported::ReportedLater)]);
    assert_eq!(world.titles(), ["(A)", "B"]);
    world.assert_sound();
    let again = undoing::request(&world.room, first.pipeline.id, USER, &By::default());
    assert!(matches!(again, Err(UndoError::Already(_))), "{again:?}");
}

#[test]
fn a_mark_that_a_later_scan_confirms_is_kept() {
    let world = World::new();
    world.sast("main", &[finding("A"), finding("B")]);
    let before = state(&world);
    let second = world.sast("main", &[finding("A")]);
    let third = world.sast("main", &[finding("A")]);
    let undo = take_back(&world, &second);
    assert_eq!((counts(&undo), undo.kept.as_slice()), ([0; 4], &[(KeptImported::MissedLater, 1)][..]));
    assert_eq!(world.titles(), ["A", "(B)"]);
    // It is the third one's to take back now.
    assert_eq!(counts(&take_back(&world, &third)), [0, 0, 0, 1]);
    assert!(state(&world) == before);
    world.assert_sound();
}

#[test]
fn what_several_changed_in_turn_is_as_before_when_all_are_taken_back() {
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    for order in orders {
        let world = World::new();
        world.sast("main", &[finding("A"), finding("B")]);
        let before = state(&world);
        let severe = |severity: &str| set(finding("A"), "/severity", json!(severity));
        // A changes twice, B goes and comes back; in the middle both go.
        let done =
            [world.sast("main", &[severe("High")]), world.sast("main", &[]), world.sast("main", &[severe("Low"), finding("B")])];
        for place in order {
            take_back(&world, &done[place]);
            world.assert_sound();
        }
        assert!(state(&world) == before, "{order:?}: {}", difference(&before, &state(&world)));
        assert!(world.dump(&[catalog::UNDO_JOURNAL]).is_empty(), "{order:?}");
    }
}

#[test]
fn what_a_dropped_rule_resolved_is_open_again() {
    let world = World::new();
    let first = world.sast("main", &[finding("A"), finding("B")]);
    let before = state(&world);
    let rules = json!([identifier("rule_id", "B")]);
    let empty = set(report(SAST, &[]), "/scan/primary_identifiers", rules);
    let second = world.upload("main").with(SAST, &empty).ingest();
    let row = world.vulnerability("A").vulnerability;
    assert_eq!((row.state, row.resolved_on_default_branch), (VulnerabilityState::Resolved, true));
    assert_eq!(world.vulnerability("B").vulnerability.state, VulnerabilityState::Detected);
    assert_eq!(counts(&take_back(&world, &second)), [0, 0, 0, 2]);
    assert!(state(&world) == before, "{}", difference(&before, &state(&world)));
    // Made by one import and resolved by the next: the first one's undo leaves it to the second's.
    let second = world.upload("main").with(SAST, &empty).ingest();
    assert_eq!(world.vulnerability("A").vulnerability.state, VulnerabilityState::Resolved, "the same bytes are read again");
    let undo = take_back(&world, &first);
    let kept: Vec<_> = undo.kept_first.iter().map(|kept| (kept.reason, kept.pipeline_id)).collect();
    assert_eq!((undo.created, kept), (1, vec![(KeptImported::ChangedLater, Some(second.pipeline.id))]));
    take_back(&world, &second);
    assert_eq!(world.titles(), [""; 0]);
    world.assert_sound();
}

#[test]
fn a_branch_has_nothing_to_take_back_and_waiting_imports_are_refused() {
    let world = World::new();
    world.sast("main", &[finding("A")]);
    let before = state(&world);
    let feature = world.sast("feature", &[finding("B")]);
    assert_eq!(counts(&take_back(&world, &feature)), [0; 4]);
    assert!(state(&world) == before);
    let waiting = world.upload("main").with(SAST, &report(SAST, &[])).accept();
    let refused = undoing::request(&world.room, waiting.pipeline_id, USER, &By::default());
    assert!(matches!(refused, Err(UndoError::UnderWay(_))), "{refused:?}");
    world.assert_sound();
}

#[test]
fn cut_off_anywhere_it_ends_the_same() {
    let many = |from: usize| (from..from + 150).map(|number| finding(&format!("f{number:04}"))).collect::<Vec<_>>();
    let prepared = || {
        let world = World::new();
        world.sast("main", &many(0));
        let before = state(&world);
        let mut second = many(100);
        second[0] = set(second[0].clone(), "/severity", json!("Critical"));
        let done = world.sast("main", &second);
        undoing::request(&world.room, done.pipeline.id, USER, &By::default()).unwrap();
        (world, done.pipeline.id, before)
    };
    let points = [("after-undo-list", 1), ("after-undo-group", 1), ("after-undo-group", 2), ("before-undone", 1)];
    for (point, count) in points {
        let (world, pipeline, before) = prepared();
        let cut = cut_off_at(point, count, || super::worker::work_off(&world.room, pipeline, &|| {}).unwrap());
        assert!(cut, "{point} {count} was not passed");
        world.assert_sound();
        world.work_off();
        let undo = undos::find_undo(&world.read(), pipeline).unwrap().unwrap();
        assert_eq!((undo.status, counts(&undo), undo.kept_total()), (UndoStatus::Done, [100, 1, 0, 100], 0), "{point} {count}");
        assert!(state(&world) == before, "{point} {count}");
        world.assert_sound();
    }
}

fn import(world: &World, report: &Value) -> Ingested {
    world.upload("main").with(SAST, report).ingest()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn import_and_undo_is_nothing(earlier in proptest::collection::vec(any_report(), 0..3), taken in any_report(), next in any_report()) {
        let (world, twin) = (World::new(), World::new());
        for report in &earlier {
            import(&world, report);
            import(&twin, report);
        }
        let before = state(&world);
        let done = import(&world, &taken);
        let undo = take_back(&world, &done);
        prop_assert_eq!(undo.kept_total(), 0);
        let tally = done.tally();
        prop_assert_eq!((undo.created, undo.redetected, undo.marked), tally);
        prop_assert!(state(&world) == before);
        world.assert_sound();
        // What comes next finds what it would have found. What is found again under an identity that was taken
        // back uses its record again, and takes none over by another identifier.
        let taken_back: Vec<[u8; 16]> = world.list(done.scan()).iter().map(|entry| entry.uuid).collect();
        let (here, there) = (import(&world, &next), import(&twin, &next));
        let is_found_again = world.list(here.scan()).iter().any(|entry| taken_back.contains(&entry.uuid));
        prop_assert!(is_found_again || here.tally() == there.tally(), "{:?} {:?}", here.tally(), there.tally());
        world.assert_sound();
    }

    #[test]
    fn the_newest_first_all_are_taken_back(reports in proptest::collection::vec(any_report(), 4)) {
        let world = World::new();
        import(&world, &reports[0]);
        let before = state(&world);
        let done: Vec<Ingested> = reports[1..].iter().map(|report| import(&world, report)).collect();
        for done in done.iter().rev() {
            prop_assert_eq!(take_back(&world, done).kept_total(), 0);
            world.assert_sound();
        }
        prop_assert!(state(&world) == before, "{}", difference(&before, &state(&world)));
        prop_assert!(world.dump(&[catalog::UNDO_JOURNAL]).is_empty());
    }

    #[test]
    fn in_any_order_all_of_them_are_nothing(
        first in any_report(),
        reports in proptest::collection::vec(any_scan(), 5),
        order in Just(vec![0_usize, 1, 2, 3, 4]).prop_shuffle(),
        late in 0..5_usize,
    ) {
        let world = World::new();
        import(&world, &first);
        let before = state(&world);
        // Some are imported only after others have been taken back.
        let mut done: Vec<Option<Ingested>> = Vec::new();
        let early = reports.len() - late;
        done.extend(reports[..early].iter().map(|report| Some(import(&world, report))));
        let (first, last): (Vec<usize>, Vec<usize>) = order.iter().partition(|place| **place % 2 == 0 && **place < early);
        for place in first {
            take_back(&world, done[place].as_ref().unwrap());
            world.assert_sound();
        }
        done.extend(reports[early..].iter().map(|report| Some(import(&world, report))));
        for place in last {
            take_back(&world, done[place].as_ref().unwrap());
            world.assert_sound();
        }
        prop_assert!(state(&world) == before, "{}", difference(&before, &state(&world)));
        prop_assert!(world.dump(&[catalog::UNDO_JOURNAL]).is_empty());
    }
}

/// A report of a full scan, of a part, or of a scanner that says which rules it has.
fn any_scan() -> impl Strategy<Value = Value> {
    (any_report(), 0..6_u8).prop_map(|(report, kind)| match kind {
        0 => set(report, "/scan/partial_scan", json!({"mode": "differential"})),
        1 => set(report, "/scan/primary_identifiers", json!([identifier("r", "1"), identifier("cve", "0")])),
        _ => report,
    })
}
