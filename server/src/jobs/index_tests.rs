//! Tests of index.rs: the index follows the store, and comes back from every state it may be found in.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::*;
use crate::ingest::scenario_world::{PROJECT, World, finding, finding_at};
use crate::search::Query;
use std::path::PathBuf;

struct Scene {
    world: World,
    dir: PathBuf,
}

impl Scene {
    fn new() -> Scene {
        let world = World::new();
        let dir = world.dir("index");
        Scene { world, dir }
    }

    fn start(&self) -> IndexFollower {
        IndexFollower::start(Arc::clone(&self.world.room.store), &self.dir).unwrap()
    }

    fn upload(&self, titles: &[&str]) {
        let findings: Vec<_> = titles.iter().map(|title| finding(title)).collect();
        self.world.sast("feature", &findings);
    }

    fn outbox(&self) -> usize {
        outbox::entries_behind(&self.world.read(), 0, usize::MAX).unwrap().len()
    }

    fn database_id(&self) -> [u8; 16] {
        meta::database_id(&self.world.read()).unwrap()
    }
}

fn hits(follower: &IndexFollower, word: &str) -> usize {
    let index = follower.up_to_date().unwrap();
    index.project_bodies(PROJECT, &Query::parse(word).unwrap()).unwrap().len()
}

#[test]
fn a_search_sees_what_was_written_before_it() {
    let scene = Scene::new();
    let follower = scene.start();
    assert_eq!(hits(&follower, "injection"), 0);
    for (round, word) in ["injection", "overflow", "traversal"].into_iter().enumerate() {
        scene.upload(&[word, &format!("other {word}")]);
        follower.knock();
        assert_eq!(hits(&follower, word), 2, "round {round}");
    }
    assert_eq!((hits(&follower, "injection"), follower.lag().unwrap()), (2, 0));
    assert_eq!(follower.up_to_date().unwrap().project_bodies(PROJECT + 1, &Query::parse("injection").unwrap()).unwrap().len(), 0);
    follower.stop();
    assert_eq!(scene.outbox(), 0, "what the index has committed is taken out");
}

#[test]
fn it_catches_up_at_the_start_without_a_knock() {
    let scene = Scene::new();
    let follower = scene.start();
    scene.upload(&["alpha"]);
    assert_eq!(hits(&follower, "alpha"), 1);
    follower.stop();
    // Two can't write one index.
    drop(follower);
    scene.upload(&["beta"]);
    scene.upload(&["gamma"]);
    assert!(scene.outbox() > 0);
    let follower = scene.start();
    assert_eq!((hits(&follower, "alpha"), hits(&follower, "beta"), hits(&follower, "gamma")), (1, 1, 1));
    follower.stop();
    assert_eq!(scene.outbox(), 0);
}

#[test]
fn a_deleted_directory_is_rebuilt() {
    let scene = Scene::new();
    let follower = scene.start();
    scene.upload(&["alpha", "beta"]);
    assert_eq!(hits(&follower, "alpha"), 1);
    follower.stop();
    drop(follower);
    std::fs::remove_dir_all(&scene.dir).unwrap();
    let follower = scene.start();
    assert_eq!((hits(&follower, "alpha"), hits(&follower, "beta")), (1, 1));
    scene.upload(&["gamma"]);
    assert_eq!(hits(&follower, "gamma"), 1);
    follower.stop();
}

#[test]
fn what_waited_in_the_outbox_is_not_there_twice_after_a_rebuild() {
    let scene = Scene::new();
    scene.upload(&["alpha", "beta"]);
    let follower = scene.start();
    assert_eq!((hits(&follower, "alpha"), hits(&follower, "beta")), (1, 1));
    follower.stop();
    assert_eq!(scene.outbox(), 0);
}

/// An index of this database that claims to hold everything up to `seq`, and holds nothing.
fn claims(scene: &Scene, database_id: [u8; 16], seq: u64) {
    let index = SearchIndex::recreate(&scene.dir, database_id).unwrap();
    index.writer().unwrap().commit(seq).unwrap();
    index.release_memory().unwrap();
}

#[test]
fn an_index_of_another_time_or_database_is_rebuilt() {
    for case in ["ahead", "behind the outbox", "foreign"] {
        let scene = Scene::new();
        let follower = scene.start();
        for word in ["alpha", "beta", "gamma"] {
            scene.upload(&[word]);
            assert_eq!(hits(&follower, word), 1);
        }
        follower.stop();
        drop(follower);
        let newest = outbox::newest_seq(&scene.world.read()).unwrap();
        match case {
            "ahead" => claims(&scene, scene.database_id(), newest + 7),
            "foreign" => claims(&scene, [9; 16], newest),
            _ => claims(&scene, scene.database_id(), 1),
        }
        let follower = scene.start();
        assert_eq!((hits(&follower, "alpha"), hits(&follower, "gamma")), (1, 1), "{case}");
        assert_eq!(follower.up_to_date().unwrap().committed_seq(), newest);
        follower.stop();
    }
}

#[test]
fn many_who_wait_at_once_all_get_their_answer() {
    let scene = Scene::new();
    let many: Vec<_> = (0..3_000).map(|number| finding_at("alpha", "a.py", number)).collect();
    scene.world.sast("feature", &many);
    let follower = scene.start();
    std::thread::scope(|scope| {
        let waiting: Vec<_> = (0..8).map(|_| scope.spawn(|| hits(&follower, "alpha"))).collect();
        for one in waiting {
            assert_eq!(one.join().unwrap(), 3_000);
        }
    });
    follower.stop();
}

#[test]
fn after_stop_nobody_waits_for_what_will_not_come() {
    let scene = Scene::new();
    let follower = scene.start();
    follower.stop();
    scene.upload(&["alpha"]);
    assert!(matches!(follower.up_to_date(), Err(IndexError::NotYet)));
    assert_eq!(follower.lag().unwrap(), 1);
}

#[test]
fn a_finding_is_found_by_each_of_its_texts() {
    let scene = Scene::new();
    let entry = serde_json::json!({
        "id": "1", "name": "Titleword", "description": "Descriptionword", "solution": "Solutionword", "severity": "Low",
        "identifiers": [{"type": "cve", "name": "CVE-2024-1234", "value": "CVE-2024-1234"}],
        "location": {"file": "src/pathword.py", "start_line": 1},
    });
    scene.world.sast("feature", &[entry, finding("other")]);
    let follower = scene.start();
    for word in ["titleword", "descriptionword", "solutionword", "CVE-2024-1234", "pathword.py"] {
        assert_eq!(hits(&follower, word), 1, "{word}");
    }
    assert_eq!(hits(&follower, "semgrep"), 2);
    follower.stop();
}
