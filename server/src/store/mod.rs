//! The store: every entity in one embedded database file. The only room that names redb and bincode.
//!
//! Must not know: search, HTTP, reports, how identity is computed. Start with `catalog.rs`.
//!
//! Reads see a snapshot (`Store::read`). Writes go through `Store::write`: one writer at a time, all or
//! nothing, durable when it returns. Prepare first, open the write last.

pub mod accounts;
pub mod bodies;
pub mod catalog;
#[cfg(test)]
mod catalog_tests;
pub mod check;
mod check_links;
#[cfg(test)]
mod check_tests;
mod codec;
pub mod coverage;
pub mod error;
pub mod findings;
mod key;
#[cfg(test)]
mod list_tests;
pub mod meta;
pub mod outbox;
pub mod pipelines;
pub mod projects;
pub mod reads;
pub mod records;
mod row;
#[cfg(any(test, feature = "fuzz"))]
pub mod row_fuzz;
#[cfg(test)]
mod row_tests;
#[cfg(test)]
mod sample;
pub mod scans;
pub mod texts;

use catalog::Table;
use codec::Record;
pub use error::StoreError;
use redb::{Database, ReadableDatabase, ReadableTable};
use std::collections::HashMap;
use std::ops::{Bound, ControlFlow};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes of redb's own cache. The default of 1 GiB would be most of the process.
const CACHE_BYTES: usize = 64 << 20;
/// Name of the file inside the data directory.
pub const FILE_NAME: &str = "casemate.redb";

/// The open database.
pub struct Store {
    database: Database,
}

/// A snapshot, with the tables that were asked for so far: finding a table by its name costs as much as
/// looking up a key in it.
pub struct ReadTx {
    snapshot: redb::ReadTransaction,
    tables: Mutex<HashMap<&'static str, Arc<OpenTable>>>,
}

type OpenTable = redb::ReadOnlyTable<&'static [u8], &'static [u8]>;

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
        Store::prepare(Store { database }, fresh_id, fresh_secret)
    }

    /// A database in memory, for tests.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn in_memory() -> Result<Store, StoreError> {
        let database = Database::builder()
            .create_with_backend(redb::backends::InMemoryBackend::new())
            .map_err(|error| StoreError::Engine(error.to_string()))?;
        Store::prepare(Store { database }, [1; 16], [2; 16])
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
        Ok(ReadTx { snapshot: self.database.begin_read()?, tables: Mutex::default() })
    }

    /// Runs one write. Waits for the writer before it; commits if `work` succeeds, else leaves no trace.
    ///
    /// # Errors
    /// What `work` answers, or the engine's error.
    pub fn write<T, E: From<StoreError>>(&self, work: impl FnOnce(&mut WriteTx) -> Result<T, E>) -> Result<T, E> {
        let mut txn = self.database.begin_write().map_err(StoreError::from)?;
        // Without it a kill costs a walk over the whole file at the next start.
        txn.set_quick_repair(true);
        let mut wtx = WriteTx(txn);
        let answer = work(&mut wtx)?;
        wtx.0.commit().map_err(StoreError::from)?;
        Ok(answer)
    }

    /// Verifies the engine's own checksums; `true` when clean. Needs the database for itself.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn verify_checksums(&mut self) -> Result<bool, StoreError> {
        self.database.check_integrity().map_err(|error| StoreError::Engine(error.to_string()))
    }
}

impl ReadTx {
    fn opened(&self, table: Table) -> Result<Arc<OpenTable>, StoreError> {
        let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = tables.get(table.name) {
            return Ok(Arc::clone(open));
        }
        let open = Arc::new(self.snapshot.open_table(table.definition())?);
        tables.insert(table.name, Arc::clone(&open));
        Ok(open)
    }
}

/// Called for each entry of a range; `Break` ends the walk.
pub type Visit<'f> = &'f mut dyn FnMut(&[u8], &[u8]) -> Result<ControlFlow<()>, StoreError>;

/// Called for each key looked up: its position and its value.
pub type Found<'f> = &'f mut dyn FnMut(usize, Option<&[u8]>) -> Result<(), StoreError>;

/// What snapshot and writer have in common.
pub trait Reads {
    /// Looks up keys in one table; `found` gets the position and the value.
    #[doc(hidden)]
    fn look_up(&self, table: Table, keys: &[Vec<u8>], found: Found<'_>) -> Result<(), StoreError>;
    /// Walks from `from` (inclusive) to `to` (exclusive; `None`: to the end), backwards if wished.
    #[doc(hidden)]
    fn walk(&self, table: Table, from: &[u8], to: Option<&[u8]>, backwards: bool, visit: Visit<'_>) -> Result<(), StoreError>;
}

macro_rules! reads {
    ($kind:ty) => {
        impl Reads for $kind {
            fn look_up(&self, table: Table, keys: &[Vec<u8>], found: Found<'_>) -> Result<(), StoreError> {
                let open = self.opened(table)?;
                for (position, key) in keys.iter().enumerate() {
                    let value = open.get(key.as_slice())?;
                    found(position, value.as_ref().map(|guard| guard.value()))?;
                }
                Ok(())
            }

            fn walk(
                &self,
                table: Table,
                from: &[u8],
                to: Option<&[u8]>,
                backwards: bool,
                visit: Visit<'_>,
            ) -> Result<(), StoreError> {
                let open = self.opened(table)?;
                let range = match to {
                    Some(to) if to <= from => return Ok(()),
                    Some(to) => open.range(from..to)?,
                    None => open.range(from..)?,
                };
                let mut step = |entry: Result<_, redb::StorageError>| -> Result<ControlFlow<()>, StoreError> {
                    let (key, value): (redb::AccessGuard<'_, &[u8]>, redb::AccessGuard<'_, &[u8]>) = entry?;
                    visit(key.value(), value.value())
                };
                if backwards {
                    for entry in range.rev() {
                        if step(entry)?.is_break() {
                            break;
                        }
                    }
                } else {
                    for entry in range {
                        if step(entry)?.is_break() {
                            break;
                        }
                    }
                }
                Ok(())
            }
        }
    };
}
reads!(ReadTx);
reads!(WriteTx);

/// Value of one key.
fn value(tx: &impl Reads, table: Table, key: Vec<u8>) -> Result<Option<Vec<u8>>, StoreError> {
    let mut answer = None;
    tx.look_up(table, &[key], &mut |_, found| {
        answer = found.map(<[u8]>::to_vec);
        Ok(())
    })?;
    Ok(answer)
}

/// Row of one key.
fn row<R: Record>(tx: &impl Reads, table: Table, key: Vec<u8>) -> Result<Option<R>, StoreError> {
    let mut answer = None;
    tx.look_up(table, &[key], &mut |_, found| {
        answer = found.map(|bytes| codec::decode(table.name, bytes)).transpose()?;
        Ok(())
    })?;
    Ok(answer)
}

/// Walks every key with a prefix, in order.
fn prefixed(tx: &impl Reads, table: Table, prefix: &[u8], visit: Visit<'_>) -> Result<(), StoreError> {
    tx.walk(table, prefix, key::behind(prefix).as_deref(), false, visit)
}

/// Ids that stand in the last eight bytes of every key with a prefix, in order.
fn ids_below(tx: &impl Reads, table: Table, prefix: &[u8]) -> Result<Vec<u64>, StoreError> {
    let mut ids = Vec::new();
    prefixed(tx, table, prefix, &mut |key, _| {
        ids.push(key::id_at(key, key.len().saturating_sub(8)));
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(ids)
}

impl WriteTx {
    fn opened(&self, table: Table) -> Result<redb::Table<'_, &'static [u8], &'static [u8]>, StoreError> {
        Ok(self.0.open_table(table.definition())?)
    }

    fn put(&mut self, table: Table, key: Vec<u8>, value: &[u8]) -> Result<(), StoreError> {
        self.0.open_table(table.definition())?.insert(key.as_slice(), value)?;
        Ok(())
    }

    fn put_row<R: Record>(&mut self, table: Table, key: Vec<u8>, row: &R) -> Result<(), StoreError> {
        let bytes = codec::encode(row)?;
        self.put(table, key, &bytes)
    }

    /// Puts many entries with the table opened once, in key order: several times cheaper than one by one.
    /// What comes behind the table's last key, as fresh ids do, is appended without a search for its
    /// place. Of equal keys the last one counts.
    fn put_all<K: AsRef<[u8]> + Ord, V: AsRef<[u8]>>(
        &mut self,
        table: Table,
        mut entries: Vec<(K, V)>,
    ) -> Result<(), StoreError> {
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        entries.dedup_by(|later, kept| {
            let is_same = later.0 == kept.0;
            if is_same {
                std::mem::swap(later, kept);
            }
            is_same
        });
        let mut open = self.opened(table)?;
        let inside = match open.last()? {
            Some((last, _)) => entries.partition_point(|(key, _)| key.as_ref() <= last.value()),
            None => 0,
        };
        let (inside, behind) = entries.split_at(inside);
        for (key, value) in inside {
            open.insert(key.as_ref(), value.as_ref())?;
        }
        let mut end = open.upper_bound_mut(Bound::<&[u8]>::Unbounded)?;
        for (key, value) in behind {
            end.insert_before(key.as_ref(), value.as_ref())?;
        }
        Ok(end.close()?)
    }

    fn remove(&mut self, table: Table, key: &[u8]) -> Result<(), StoreError> {
        self.0.open_table(table.definition())?.remove(key)?;
        Ok(())
    }

    fn remove_all(&mut self, table: Table, keys: &[Vec<u8>]) -> Result<(), StoreError> {
        let mut open = self.0.open_table(table.definition())?;
        for key in keys {
            open.remove(key.as_slice())?;
        }
        Ok(())
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
