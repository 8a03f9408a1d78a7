//! The store: every entity in one embedded database file. The only room that names redb and bincode.
//!
//! Must not know: search, HTTP, reports, how identity is computed. Start with `catalog.rs`.
//!
//! Reads see a snapshot (`Store::read`). Writes go through `Store::write`: one writer at a time, all or
//! nothing, durable when it returns. Prepare first, open the write last.

pub mod accounts;
mod allowance;
pub mod audit;
mod batch;
pub mod bodies;
pub mod branches;
pub mod catalog;
#[cfg(test)]
mod catalog_tests;
mod changes;
pub mod check;
mod check_audit;
mod check_findings;
mod check_forge;
mod check_ids;
mod check_index;
mod check_links;
#[cfg(test)]
mod check_tests;
mod check_tree;
mod check_undo;
mod codec;
pub mod commits;
pub mod counts;
pub mod coverage;
pub mod error;
pub mod expire;
pub mod findings;
pub mod hooks;
mod key;
pub mod labels;
pub mod last_reports;
#[cfg(test)]
mod list_tests;
pub mod lists;
#[cfg(test)]
mod lists_tests;
mod marks;
pub mod members;
mod memory;
pub mod meta;
pub mod outbox;
pub mod pack;
pub mod pipelines;
pub mod places;
pub mod project_sizes;
pub mod projects;
pub mod purge;
pub mod reads;
pub mod records;
pub mod redirects;
pub mod remove;
#[cfg(test)]
mod remove_tests;
mod row;
#[cfg(any(test, feature = "fuzz"))]
pub mod row_fuzz;
#[cfg(test)]
mod row_tests;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod sample_forge;
#[cfg(test)]
mod sample_places;
pub mod sboms;
pub mod scans;
pub mod settings;
mod sizes;
mod tables;
#[cfg(test)]
mod tables_tests;
pub mod texts;
pub mod transitions;
pub mod undo;
pub mod unlisted;

use allowance::Allowance;
use catalog::Table;
pub use error::StoreError;
use memory::Memory;
use parking_lot::FairMutex;
use redb::{Database, ReadableDatabase};
use std::collections::HashMap;
use std::panic::Location;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};
pub use tables::{Found, Reads, Visit};
use tables::{OpenTable, ids_below, prefixed, row, rows, value};

/// Bytes of redb's own cache. The default of 1 GiB would be most of the process, and the system holds the pages of the
/// file anyway: with 64 MiB a first report of 100,000 findings took a twentieth longer, for memory touched for the first
/// time.
const CACHE_BYTES: usize = 24 << 20;
/// A write that held the writer for longer than this is told in the log: others waited.
const LONG: Duration = Duration::from_millis(250);
/// Name of the file inside the data directory.
pub const FILE_NAME: &str = "casemate.redb";

/// The open database.
pub struct Store {
    database: Database,
    place: Place,
    /// Who waited longest writes next: an ingestion that takes the writer again at once must not overtake others.
    turn: FairMutex<()>,
    /// Microseconds of the longest write.
    longest: AtomicU64,
    /// The snapshot of the last commit, once somebody asked for it: all who read until the next one share it, and
    /// the tables that it has open.
    current: Mutex<Option<Arc<Snapshot>>>,
}

/// Where the database is.
enum Place {
    File(PathBuf),
    Memory(Memory),
}

/// A reader of a snapshot.
pub struct ReadTx {
    snapshot: Arc<Snapshot>,
    allowance: Allowance,
}

/// A snapshot, with what was found out about it so far.
struct Snapshot {
    transaction: redb::ReadTransaction,
    /// The tables that were asked for, in the order of the catalog: finding a table by its name costs as much as
    /// looking up a key in it.
    tables: Vec<OnceLock<OpenTable>>,
    /// How long lists are that somebody counted, by table and project.
    totals: Mutex<HashMap<(&'static str, u64), u64>>,
}

/// The one writer's transaction.
pub struct WriteTx(redb::WriteTransaction);

impl Store {
    /// Opens or makes the database in a data directory.
    ///
    /// # Errors
    /// `Busy` when another process has it open, `Newer` when the file is of a later format.
    pub fn open(data_dir: &Path, fresh_id: [u8; 16], fresh_secret: [u8; 16]) -> Result<Store, StoreError> {
        let path = data_dir.join(FILE_NAME);
        let database = Database::builder().set_cache_size(CACHE_BYTES).create(&path).map_err(|error| match error {
            redb::DatabaseError::DatabaseAlreadyOpen => StoreError::Busy { path: path.display().to_string() },
            other => StoreError::Engine(format!("{}: {other}", path.display())),
        })?;
        Store::prepare(
            Store {
                database,
                place: Place::File(path),
                turn: FairMutex::new(()),
                longest: AtomicU64::new(0),
                current: Mutex::default(),
            },
            fresh_id,
            fresh_secret,
        )
    }

    /// A database in memory, for tests.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn in_memory() -> Result<Store, StoreError> {
        let memory = Memory::new();
        let database =
            Database::builder().create_with_backend(memory.clone()).map_err(|error| StoreError::Engine(error.to_string()))?;
        Store::prepare(
            Store {
                database,
                place: Place::Memory(memory),
                turn: FairMutex::new(()),
                longest: AtomicU64::new(0),
                current: Mutex::default(),
            },
            [1; 16],
            [2; 16],
        )
    }

    fn prepare(store: Store, fresh_id: [u8; 16], fresh_secret: [u8; 16]) -> Result<Store, StoreError> {
        store.write(|wtx| {
            for table in catalog::ALL {
                wtx.0.open_table(table.definition())?;
            }
            meta::initialise(wtx, fresh_id, fresh_secret)
        })?;
        Ok(store)
    }

    /// A snapshot of everything committed so far.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn read(&self) -> Result<ReadTx, StoreError> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(snapshot) = &*current {
            return Ok(ReadTx { snapshot: Arc::clone(snapshot), allowance: Allowance::any() });
        }
        let tables = catalog::ALL.iter().map(|_| OnceLock::new()).collect();
        let snapshot = Arc::new(Snapshot { transaction: self.database.begin_read()?, tables, totals: Mutex::default() });
        *current = Some(Arc::clone(&snapshot));
        Ok(ReadTx { snapshot, allowance: Allowance::any() })
    }

    /// Runs one write. Waits for the writer before it; commits if `work` succeeds, else leaves no trace.
    ///
    /// # Errors
    /// What `work` answers, or the engine's error.
    #[track_caller]
    pub fn write<T, E: From<StoreError>>(&self, work: impl FnOnce(&mut WriteTx) -> Result<T, E>) -> Result<T, E> {
        let _turn = self.turn.lock();
        let mut txn = self.database.begin_write().map_err(StoreError::from)?;
        let begun = Instant::now();
        // Without it a kill costs a walk over the whole file at the next start.
        txn.set_quick_repair(true);
        let mut wtx = WriteTx(txn);
        let answer = work(&mut wtx)?;
        wtx.0.commit().map_err(StoreError::from)?;
        self.forget_snapshot();
        let (held, by) = (begun.elapsed(), Location::caller());
        tracing::debug!(microseconds = held.as_micros() as u64, %by, "the writer is given back");
        self.longest.fetch_max(held.as_micros() as u64, Ordering::Relaxed);
        if held > LONG {
            tracing::warn!(milliseconds = held.as_millis() as u64, %by, "the writer was held for long");
        }
        Ok(answer)
    }

    /// How long the writer was held at most since the store was opened, commit included.
    pub fn longest_write(&self) -> Duration {
        Duration::from_micros(self.longest.load(Ordering::Relaxed))
    }

    /// After a commit the snapshot before it is of no use, and would keep the pages that were replaced.
    fn forget_snapshot(&self) {
        let old = self.current.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(old);
    }

    /// Verifies the engine's own checksums; `true` when clean. Needs the database for itself.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn verify_checksums(&mut self) -> Result<bool, StoreError> {
        self.forget_snapshot();
        self.database.check_integrity().map_err(|error| StoreError::Engine(error.to_string()))
    }
}

/// For tests: puts a value, or removes it, past every rule. Answers what was there.
#[cfg(test)]
pub(crate) fn damage(wtx: &mut WriteTx, table: Table, key: &[u8], to: Option<&[u8]>) -> Result<Option<Vec<u8>>, StoreError> {
    let old = value(wtx, table, key.to_vec())?;
    match to {
        Some(bytes) => wtx.put(table, key.to_vec(), bytes)?,
        None => wtx.remove(table, key)?,
    }
    Ok(old)
}
