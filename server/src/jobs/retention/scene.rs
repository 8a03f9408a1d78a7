//! A world whose clock is moved by hand, for the tests of retention. Must not know: what is to be found out.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use super::*;
use crate::clock::Clock;
use crate::ingest::scenario_world::{BEGIN, Ingested, World, finding, package_finding, report, set};
use crate::store::catalog::Table;
use crate::store::pipelines;
use casemate_shared::ReportType;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicI64, Ordering};

/// A clock that a test moves.
struct HandClock(AtomicI64);

impl Clock for HandClock {
    fn now(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// A world and what is kept how long in it.
pub struct Scene {
    /// The world.
    pub world: World,
    clock: Arc<HandClock>,
    /// What is kept how long.
    pub settings: RetentionSettings,
}

impl Scene {
    /// An empty one with the usual settings.
    pub fn new() -> Scene {
        let clock = Arc::new(HandClock(AtomicI64::new(BEGIN)));
        Scene { world: World::with_clock(clock.clone()), clock, settings: RetentionSettings::default() }
    }

    /// Lets days pass.
    pub fn days(&self, days: i64) {
        self.clock.0.fetch_add(days * DAY, Ordering::SeqCst);
    }

    /// A run that is told to stop when it asks for the `groups`-th time.
    pub fn run_until(&self, groups: u32) -> RetentionRun {
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

    /// A whole run, after which everything agrees.
    pub fn run(&self) -> RetentionRun {
        let run = self.run_until(u32::MAX);
        self.world.assert_sound();
        run
    }

    /// Entries of a table.
    pub fn rows(&self, table: Table) -> usize {
        self.world.dump(&[table]).len()
    }
}

/// A long text, so that it is stored apart from its body.
pub fn described(title: &str, about: &str) -> Value {
    set(finding(title), "/description", json!(format!("{about} {}", "and so on ".repeat(12))))
}

/// A dependency report with a remediation for one of its findings.
pub fn with_remediation(title: &str, diff: &str) -> Value {
    let finding = package_finding(title, "a.lock", title, &[json!({"type": "cve", "name": title, "value": title})]);
    let fix = json!([{"fixes": [{"id": title}], "summary": "Update it", "diff": diff}]);
    set(report(ReportType::DependencyScanning, &[finding]), "/remediations", fix)
}

/// Whether the report of a pipeline is kept.
pub fn is_kept(world: &World, of: &Ingested) -> bool {
    let artifact = pipelines::find_artifact(&world.read(), of.scan().artifact_id).unwrap().unwrap();
    let is_there = world.room.artifacts.size(&artifact.sha256).unwrap().is_some();
    // A file that another report needs outlives this one.
    assert!(is_there || artifact.expired_at.is_some());
    artifact.expired_at.is_none()
}
