//! A finding is recorded on a branch while the default branch is about to get it: whoever is first, there is one
//! vulnerability, and what was decided about it stays. Must not know: HTTP.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::{TriageError, change_state, record};
use crate::audit::By;
use crate::domain::pipeline::Pipeline;
use crate::domain::triage::Action;
use crate::ingest::Room;
use crate::ingest::killpoint::stops::meanwhile;
use crate::ingest::scenario_world::{Ingested, PROJECT, World, finding, report};
use crate::store::findings::{self, find_pair, known};
use crate::store::{pipelines, reads};
use casemate_shared::VulnerabilityState::Dismissed;
use casemate_shared::{DismissalReason, ReportType};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

/// Findings of the branch: several commit groups.
const COUNT: usize = 330;

fn all() -> Vec<Value> {
    (0..COUNT).map(|number| finding(&format!("F{number:03}"))).collect()
}

/// A branch with all of them, and the same report waiting on the default branch, which has one already.
fn about_to_merge() -> (World, Ingested, u64) {
    let world = World::with_user();
    world.sast("main", &all()[..1]);
    let branch = world.sast("feature", &all());
    let waiting = world.upload("main").with(ReportType::Sast, &report(ReportType::Sast, &all())).accept();
    (world, branch, waiting.pipeline_id)
}

/// Records a finding of the branch, unless the default branch was faster, and dismisses its vulnerability.
/// Answers whether it was recorded.
fn dismiss(room: &Room, branch: &Pipeline, uuid: &[u8; 16]) -> bool {
    let recorded = match room.store.write(|wtx| record(wtx, branch, uuid, 1, &By::system(55))) {
        Ok(_) => true,
        Err(TriageError::NoFinding) => false,
        Err(error) => panic!("{error}"),
    };
    let id = known(&room.store.read().unwrap(), PROJECT, &[*uuid]).unwrap()[0].expect("one or the other").vulnerability_id;
    let action = Action::Dismiss(Some(DismissalReason::UsedInTests));
    room.store.write(|wtx| change_state(wtx, id, action, None, 1, &By::system(77))).unwrap();
    recorded
}

/// Every finding has one vulnerability, those that were dismissed are so, and the numbers are right.
#[track_caller]
fn assert_merged(world: &World, branch: &Ingested, merged: u64, dismissed: &BTreeSet<[u8; 16]>) {
    world.assert_sound();
    let pairs = world.vulnerabilities();
    assert_eq!(pairs.len(), COUNT);
    let titles: BTreeSet<&str> = pairs.iter().map(|pair| pair.vulnerability.title.as_str()).collect();
    assert_eq!(titles.len(), COUNT, "none twice");
    for pair in &pairs {
        let is_dismissed = dismissed.contains(&pair.finding.uuid);
        assert_eq!(pair.vulnerability.state == Dismissed, is_dismissed, "{}", pair.vulnerability.title);
        assert!(pair.vulnerability.present_on_default_branch && !pair.vulnerability.resolved_on_default_branch);
    }
    let uuids: Vec<[u8; 16]> = world.list(branch.scan()).iter().map(|entry| entry.uuid).collect();
    let known = findings::known(&world.read(), PROJECT, &uuids).unwrap();
    assert!(known.iter().all(|known| known.is_some_and(|known| known.present)));
    assert_eq!(reads::counters(&world.read(), PROJECT).unwrap().total(), COUNT as u64);
    let scans = crate::store::scans::scans(&world.read(), merged).unwrap();
    let tally = &scans[0].tally;
    assert_eq!((tally.new, tally.redetected, tally.no_longer_detected, tally.is_final), (COUNT as u64 - 1, 0, 0, true));
    // The next scan of the same is no work at all.
    assert_eq!(world.sast("main", &all()).tally(), (0, 0, 0));
    world.assert_sound();
}

#[test]
fn at_every_point_of_the_promotion_there_is_one_vulnerability() {
    let mut reached = 0;
    for (point, count) in [
        ("before-scan", 1),
        ("after-prepare", 1),
        ("after-group", 1),
        ("after-group", 2),
        ("after-group", 3),
        ("after-places", 1),
        ("before-done", 1),
    ] {
        let (world, branch, merged) = about_to_merge();
        // Every tenth, so that groups which are stored, built and still to be built have some.
        let entries = world.list(branch.scan());
        let chosen: BTreeSet<[u8; 16]> = entries.iter().step_by(10).map(|entry| entry.uuid).collect();
        let recorded = Arc::new(Mutex::new(0));
        let act = {
            let (room, branch) = (Arc::clone(&world.room), branch.pipeline.clone());
            let (recorded, chosen) = (Arc::clone(&recorded), chosen.clone());
            move || *recorded.lock().unwrap() = chosen.iter().filter(|uuid| dismiss(&room, &branch, uuid)).count()
        };
        let was_passed = meanwhile(point, count, act, || world.work_off());
        assert!(was_passed, "{point} {count} was not passed");
        let recorded = *recorded.lock().unwrap();
        match point {
            "before-scan" | "after-prepare" => assert!(recorded + 1 >= chosen.len()),
            "after-group" if count < 3 => assert!(recorded > 0 && recorded < chosen.len(), "{recorded}"),
            _ => assert!(recorded < chosen.len()),
        }
        assert_merged(&world, &branch, merged, &chosen);
        reached += 1;
    }
    assert_eq!(reached, 7);
}

#[test]
fn two_threads_at_once_leave_one_vulnerability_each() {
    for round in 0..4 {
        let (world, branch, merged) = about_to_merge();
        let uuids: Vec<[u8; 16]> = world.list(branch.scan()).iter().map(|entry| entry.uuid).collect();
        let chosen: BTreeSet<[u8; 16]> = uuids.iter().skip(round).step_by(9).copied().collect();
        let (room, of_branch) = (Arc::clone(&world.room), branch.pipeline.clone());
        let (order, backwards) = (chosen.iter().copied().collect::<Vec<_>>(), round % 2 == 1);
        let recorder = std::thread::spawn(move || {
            let mut order = order;
            if backwards {
                order.reverse();
            }
            order.iter().filter(|uuid| dismiss(&room, &of_branch, uuid)).count()
        });
        world.work_off();
        let recorded = recorder.join().unwrap();
        assert!(recorded <= chosen.len());
        assert!(!pipelines::is_queued(&world.read(), merged).unwrap());
        assert_merged(&world, &branch, merged, &chosen);
        for uuid in &chosen {
            let id = known(&world.read(), PROJECT, &[*uuid]).unwrap()[0].unwrap().vulnerability_id;
            let row = find_pair(&world.read(), id).unwrap().unwrap().vulnerability;
            assert_eq!(row.dismissal_reason, Some(DismissalReason::UsedInTests));
        }
    }
}
