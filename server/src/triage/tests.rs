//! Actions on vulnerabilities and what the next scans make of them (ingestion design, sections 4.3, 6, 8 and
//! 11.2). Must not know: HTTP.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::{TriageError, change_state, record};
use crate::audit::By;
use crate::domain::finding::{Decided, EventKind};
use crate::domain::triage::{Action, StateTransition};
use crate::ingest::scenario_world::{PROJECT, World, finding};
use crate::store::findings::{self, Pair, find_pair};
use crate::store::{reads, transitions};
use casemate_shared::VulnerabilityState::{Confirmed, Detected, Dismissed, Resolved};
use casemate_shared::{DismissalReason, Severity};

fn act(world: &World, id: u64, action: Action, comment: Option<&str>) -> bool {
    let comment = comment.map(str::to_owned);
    world.room.store.write(|wtx| change_state(wtx, id, action, comment, 1, &By::system(77))).unwrap().1
}

fn id(world: &World, title: &str) -> u64 {
    world.vulnerability(title).vulnerability.id
}

fn steps(world: &World, id: u64) -> Vec<StateTransition> {
    transitions::of_vulnerability(&world.read(), id).unwrap()
}

#[test]
fn an_action_changes_row_list_counters_and_history_together() {
    let world = World::with_user();
    world.sast("main", &[finding("A")]);
    let id = id(&world, "A");
    let dismiss = Action::Dismiss(Some(DismissalReason::UsedInTests));
    assert!(act(&world, id, dismiss, Some("only a test")));
    let counters = || reads::counters(&world.read(), PROJECT).unwrap();
    assert_eq!(counters().get(Dismissed, Severity::Medium, false), 1);
    assert!(!act(&world, id, dismiss, Some("only a test")), "nothing new is said");
    assert!(act(&world, id, Action::Resolve, None));
    let row = world.vulnerability("A").vulnerability;
    assert_eq!((row.state, row.dismissal_reason), (Resolved, None));
    assert_eq!((row.resolved, row.dismissed.at), (Decided { by: Some(1), at: Some(77) }, Some(77)));
    let told: Vec<_> = steps(&world, id).into_iter().map(|row| (row.from_state, row.to_state, row.comment)).collect();
    assert_eq!(told, [(Detected, Dismissed, Some("only a test".to_owned())), (Dismissed, Resolved, None)]);
    world.assert_sound();
}

#[test]
fn what_is_refused_leaves_nothing_behind() {
    let world = World::with_user();
    world.sast("main", &[finding("A")]);
    let before = world.dump_all();
    let long = Some("ä".repeat(50_001));
    let id = id(&world, "A");
    let refused = world.room.store.write(|wtx| change_state(wtx, id, Action::Confirm, long, 1, &By::system(77)));
    assert!(matches!(refused, Err(TriageError::LongComment)));
    let nobody = world.room.store.write(|wtx| change_state(wtx, 999, Action::Confirm, None, 1, &By::system(77)));
    assert!(matches!(nobody, Err(TriageError::Missing(999))));
    assert!(world.dump_all() == before);
    assert!(act(&world, id, Action::Confirm, Some(&"ä".repeat(50_000))));
}

#[test]
fn scenario_2_a_resolved_one_that_is_back_has_a_transition_without_author() {
    let world = World::with_user();
    world.sast("main", &[finding("A"), finding("B")]);
    world.sast("main", &[finding("A")]);
    let id = id(&world, "B");
    act(&world, id, Action::Resolve, None);
    let third = world.sast("main", &[finding("A"), finding("B")]);
    assert_eq!(third.tally(), (0, 1, 0));
    let last = steps(&world, id).pop().unwrap();
    assert_eq!((last.from_state, last.to_state, last.author_id), (Resolved, Detected, None));
    assert_eq!(last.pipeline_id, Some(third.pipeline.id));
    assert_eq!(last.comment, Some(format!("redetected in pipeline {}", third.pipeline.id)));
    let row = world.vulnerability("B").vulnerability;
    assert_eq!((row.state, row.resolved, row.resolved_on_default_branch), (Detected, Decided::default(), false));
    world.sast("main", &[finding("A"), finding("B")]);
    assert_eq!(steps(&world, id).len(), 2);
    world.assert_sound();
}

#[test]
fn a_resolved_one_that_never_went_away_is_back_with_the_next_scan() {
    let world = World::with_user();
    world.sast("main", &[finding("A")]);
    let id = id(&world, "A");
    act(&world, id, Action::Resolve, None);
    assert_eq!(world.sast("main", &[finding("A")]).tally(), (0, 1, 0));
    assert_eq!(steps(&world, id).len(), 2);
}

#[test]
fn scenario_3_dismissed_and_confirmed_ones_stay_so_through_every_scan() {
    for (action, state) in [(Action::Dismiss(None), Dismissed), (Action::Confirm, Confirmed)] {
        let world = World::with_user();
        world.sast("main", &[finding("A"), finding("B")]);
        let id = id(&world, "B");
        act(&world, id, action, None);
        for (reported, is_gone) in [(vec![finding("A")], true), (vec![finding("A"), finding("B")], false)] {
            world.sast("main", &reported);
            let row = world.vulnerability("B").vulnerability;
            assert_eq!((row.state, row.resolved_on_default_branch), (state, is_gone));
        }
        assert_eq!(steps(&world, id).len(), 1);
        world.assert_sound();
    }
}

fn recorded(world: &World, pipeline: u64, uuid: &[u8; 16]) -> Result<Pair, TriageError> {
    let pipeline = world.pipeline(pipeline);
    world.room.store.write(|wtx| record(wtx, &pipeline, uuid, 1, &By::system(55)))
}

#[test]
fn scenario_7_what_was_dismissed_on_a_branch_is_dismissed_after_the_merge() {
    let world = World::with_user();
    world.sast("main", &[finding("A")]);
    let feature = world.sast("feature", &[finding("A"), finding("C")]);
    let entries = world.list(feature.scan());
    let known = findings::known(&world.read(), PROJECT, &entries.iter().map(|entry| entry.uuid).collect::<Vec<_>>()).unwrap();
    let new = entries.iter().zip(&known).find(|(_, known)| known.is_none()).unwrap().0;
    let old = entries.iter().zip(&known).find(|(_, known)| known.is_some()).unwrap().0;
    let made = recorded(&world, feature.pipeline.id, &new.uuid).unwrap();
    let id = made.vulnerability.id;
    assert!(!made.vulnerability.present_on_default_branch);
    assert_eq!((made.vulnerability.state, made.vulnerability.title.as_str()), (Detected, "C"));
    act(&world, id, Action::Dismiss(Some(DismissalReason::UsedInTests)), Some("a fixture"));
    assert_eq!((world.titles(), reads::counters(&world.read(), PROJECT).unwrap().total()), (vec!["A".to_owned()], 1));
    world.assert_sound();
    // Neither one that is attached already nor one that the pipeline does not have.
    for (pipeline, uuid) in [(feature.pipeline.id, &new.uuid), (feature.pipeline.id, &old.uuid), (1, &[9; 16])] {
        assert!(matches!(recorded(&world, pipeline, uuid), Err(TriageError::NoFinding)));
    }
    // A scan of the branch leaves it alone, one of the default branch that does not report it too.
    assert_eq!(world.sast("feature", &[finding("A"), finding("C")]).tally(), (1, 0, 0));
    assert_eq!(world.sast("main", &[finding("A")]).tally(), (0, 0, 0));
    let merged = world.sast("main", &[finding("A"), finding("C")]);
    assert_eq!((merged.tally(), world.titles()), ((1, 0, 0), vec!["A".to_owned(), "C".to_owned()]));
    let carried = find_pair(&world.read(), id).unwrap().unwrap().vulnerability;
    assert!(carried.present_on_default_branch);
    assert_eq!((carried.state, carried.dismissal_reason), (Dismissed, Some(DismissalReason::UsedInTests)));
    assert_eq!(steps(&world, id).len(), 1);
    let kinds: Vec<_> = findings::events(&world.read(), id).unwrap().into_iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [EventKind::Recorded, EventKind::Detected]);
    world.assert_sound();
}
