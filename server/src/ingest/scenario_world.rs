//! A small world for the tests of ingestion: a store in memory, a room over a directory of its own, one
//! project (id 42, as in the test vectors of the ingestion design), and the queue on one thread.
//!
//! Must not know: what is tested with it. Also used by the tests of `jobs` and `views`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

pub use super::scenario_reports::*;
pub use super::scenario_upload::{Ingested, Upload};

use super::schema::Schemas;
use super::spool::{ArtifactStore, Spool, UploadLimits};
use super::{Room, worker};
use crate::clock::{Clock, SteppingClock};
use crate::domain::pipeline::Pipeline;
use crate::domain::project::{Namespace, Project, Visibility};
use crate::domain::scan::{ListEntry, Scan};
use crate::store::catalog::{self, Table};
use crate::store::findings::{Pair, find_pair};
use crate::store::meta::{Sequence, take_ids};
use crate::store::{ReadTx, Reads, Store, check, pipelines, projects, reads, scans};
use casemate_shared::ReportType;
use serde_json::Value;
use std::ops::ControlFlow;
use std::sync::Arc;
use tempfile::TempDir;

/// Id of the project.
pub const PROJECT: u64 = 42;
/// When the world begins: 2026-01-02T03:03:04Z.
pub const BEGIN: i64 = 1_767_322_984_000;

/// How long a pipeline of the world waits for announced jobs, in milliseconds.
pub const PATIENCE: i64 = 60_000;

/// A clock that stands still, for comparing whole databases.
pub struct StoppedClock;

impl Clock for StoppedClock {
    fn now(&self) -> i64 {
        BEGIN
    }
}

/// The world.
pub struct World {
    dir: TempDir,
    /// What ingestion works with.
    pub room: Arc<Room>,
    /// The project; its default branch is `main`.
    pub project: Project,
}

impl Default for World {
    fn default() -> World {
        World::new()
    }
}

impl World {
    /// A new one; its clock steps by a second.
    pub fn new() -> World {
        World::with_clock(Arc::new(SteppingClock::starting_at(BEGIN)))
    }

    /// A new one with a user, number 1, who acts.
    pub fn with_user() -> World {
        let world = World::new();
        world.add_user();
        world
    }

    /// Makes the user.
    pub fn add_user(&self) {
        let user =
            crate::domain::account::User { is_admin: true, ..crate::domain::account::User::new(1, "root", "Root", "", BEGIN) };
        let stored = self.room.store.write(|wtx| {
            take_ids(wtx, Sequence::User, 1)?;
            crate::store::accounts::put_user(wtx, &user)
        });
        stored.unwrap();
    }

    /// A new one with that clock.
    pub fn with_clock(clock: Arc<dyn Clock>) -> World {
        let dir = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::in_memory().unwrap());
        let room = Room {
            store: Arc::clone(&store),
            artifacts: ArtifactStore::new(dir.path().join("artifacts")).unwrap(),
            spool: Spool::new(dir.path().join("spool"), UploadLimits::default()).unwrap(),
            schemas: Schemas::new().unwrap(),
            clock,
            patience: PATIENCE,
            on_outbox: Box::new(|| {}),
        };
        let project = make_project(&store, PROJECT, "shop");
        World { dir, room: Arc::new(room), project }
    }

    /// A directory that goes with the world.
    pub fn dir(&self, name: &str) -> std::path::PathBuf {
        self.dir.path().join(name)
    }

    /// Another project.
    pub fn other_project(&self, id: u64) -> Project {
        make_project(&self.room.store, id, &format!("other-{id}"))
    }

    /// Begins an upload to a branch of the project.
    pub fn upload(&self, branch: &str) -> Upload<'_> {
        Upload::new(self, self.project.clone(), branch)
    }

    /// A SAST report with these findings as one pipeline, ingested.
    pub fn sast(&self, branch: &str, findings: &[Value]) -> Ingested {
        self.upload(branch).with(ReportType::Sast, &report(ReportType::Sast, findings)).ingest()
    }

    /// Works the queue off on this thread, once through it.
    pub fn work_off(&self) {
        for id in pipelines::queued(&self.read()).unwrap() {
            if !pipelines::is_queued(&self.read(), id).unwrap() {
                continue;
            }
            worker::work_off(&self.room, id, &|| {}).unwrap();
        }
    }

    /// A snapshot.
    pub fn read(&self) -> ReadTx {
        self.room.store.read().unwrap()
    }

    /// A pipeline.
    pub fn pipeline(&self, id: u64) -> Pipeline {
        pipelines::find_pipeline(&self.read(), id).unwrap().unwrap()
    }

    /// A scan.
    pub fn scan(&self, id: u64) -> Scan {
        scans::find_scan(&self.read(), id).unwrap().unwrap()
    }

    /// Accepted findings of a scan.
    pub fn list(&self, scan: &Scan) -> Vec<ListEntry> {
        scans::list(&self.read(), &scan.accepted_chunks).unwrap()
    }

    /// All vulnerabilities of the project that are present on the default branch, by title, then id.
    pub fn vulnerabilities(&self) -> Vec<Pair> {
        let rtx = self.read();
        let mut ids = Vec::new();
        reads::each(&rtx, self.project.id, |read| ids.push(read.id)).unwrap();
        let mut pairs: Vec<Pair> = ids.into_iter().map(|id| find_pair(&rtx, id).unwrap().unwrap()).collect();
        pairs.sort_by_key(|pair| (pair.vulnerability.title.clone(), pair.vulnerability.id));
        pairs
    }

    /// The one vulnerability with that title.
    pub fn vulnerability(&self, title: &str) -> Pair {
        let mut all = self.vulnerabilities();
        all.retain(|pair| pair.vulnerability.title == title);
        assert_eq!(all.len(), 1, "vulnerabilities named {title}");
        all.remove(0)
    }

    /// Titles of the vulnerabilities; one that is no longer detected in brackets.
    pub fn titles(&self) -> Vec<String> {
        let title = |pair: Pair| match pair.vulnerability {
            gone if gone.resolved_on_default_branch => format!("({})", gone.title),
            here => here.title,
        };
        self.vulnerabilities().into_iter().map(title).collect()
    }

    /// Stores a changed vulnerability, as an action of a user would.
    pub fn change(&self, title: &str, apply: impl FnOnce(&mut Pair)) {
        let old = self.vulnerability(title);
        let mut new = old.clone();
        apply(&mut new);
        let change = crate::store::findings::Change { old: Some(old), new, event: None };
        self.room.store.write(|wtx| crate::store::findings::put(wtx, self.project.id, vec![change])).unwrap();
    }

    /// Fails when check-db finds anything.
    #[track_caller]
    pub fn assert_sound(&self) {
        let found = check::check(&self.read()).unwrap();
        assert_eq!(found.problems, Vec::<String>::new());
    }

    /// Every entry of the given tables.
    pub fn dump(&self, tables: &[Table]) -> Vec<(&'static str, Vec<u8>, Vec<u8>)> {
        let rtx = self.read();
        let mut all = Vec::new();
        for table in tables {
            let mut visit = |key: &[u8], value: &[u8]| {
                all.push((table.name, key.to_vec(), value.to_vec()));
                Ok(ControlFlow::Continue(()))
            };
            rtx.walk(*table, &[], None, false, &mut visit).unwrap();
        }
        all
    }

    /// Every entry of every table.
    pub fn dump_all(&self) -> Vec<(&'static str, Vec<u8>, Vec<u8>)> {
        self.dump(catalog::ALL)
    }
}

fn make_project(store: &Store, id: u64, path: &str) -> Project {
    let namespace = Namespace {
        id,
        parent_id: None,
        is_user: false,
        name: "Acme".to_owned(),
        path: format!("acme-{id}"),
        full_path: format!("acme-{id}"),
        full_name: "Acme".to_owned(),
        visibility: Visibility::Private,
        description: String::new(),
        creator_id: 1,
        created_at: BEGIN,
        deleted_at: None,
    };
    let project = Project {
        id,
        namespace_id: id,
        name: path.to_owned(),
        path: path.to_owned(),
        full_path: format!("acme-{id}/{path}"),
        default_branch: "main".to_owned(),
        visibility: Visibility::Private,
        description: String::new(),
        topics: Vec::new(),
        repository_url: None,
        archived: false,
        creator_id: 1,
        created_at: BEGIN,
        last_activity_at: BEGIN,
        deleted_at: None,
    };
    let stored = store.write(|wtx| {
        for sequence in [Sequence::Project, Sequence::Namespace] {
            let last = crate::store::meta::last_id(wtx, sequence)?;
            take_ids(wtx, sequence, id.saturating_sub(last))?;
        }
        projects::put_namespace(wtx, &namespace)?;
        projects::put_project(wtx, &project)
    });
    stored.unwrap();
    project
}
