//! Reading and writing tables of bytes. Must not know: which tables there are, what the bytes mean.
//!
//! Many keys are looked up, and many entries written, with the table opened once and in key order: several
//! times cheaper than one by one.

use super::allowance::Allowance;
use super::catalog::Table;
use super::codec::{self, Record};
use super::{ReadTx, StoreError, WriteTx, key};
use redb::{ReadableTable, ReadableTableMetadata};
use std::collections::HashMap;
use std::ops::{Bound, ControlFlow};
use std::sync::{MutexGuard, PoisonError};

/// From so many sorted keys on they are looked up by walking along the table.
const WALK_FROM: usize = 64;
/// Entries that are walked past in search of the next key before it is looked up anew.
const MOST_PASSED: usize = 12;
/// Entries walked per key found beyond which walking does not pay.
const WORTH_WALKING: usize = 6;
/// Ids between two that are wanted beyond which walking along them does not pay.
const SPARSE: u64 = 8;
/// Most totals that a snapshot remembers.
const MOST_TOTALS: usize = 10_000;
/// From so many new keys without an old one between them on, they are put in as a run.
const RUN: usize = 6;

type Bytes = &'static [u8];
/// A table of a snapshot.
pub(super) type OpenTable = redb::ReadOnlyTable<Bytes, Bytes>;

/// Called for each entry of a range; `Break` ends the walk.
pub type Visit<'f> = &'f mut dyn FnMut(&[u8], &[u8]) -> Result<ControlFlow<()>, StoreError>;

/// Called for each key looked up: its position and its value.
pub type Found<'f> = &'f mut dyn FnMut(usize, Option<&[u8]>) -> Result<(), StoreError>;

/// What snapshot and writer have in common.
pub trait Reads {
    /// Looks up keys in one table; `found` gets the position and the value, in the order of the keys. Keys in
    /// order that lie close together are read by one walk.
    #[doc(hidden)]
    fn look_up<K: AsRef<[u8]>>(&self, table: Table, keys: &[K], found: Found<'_>) -> Result<(), StoreError>;
    /// How many entries a table has.
    #[doc(hidden)]
    fn length(&self, table: Table) -> Result<u64, StoreError>;
    /// Walks from `from` (inclusive) to `to` (exclusive; `None`: to the end), backwards if wished.
    #[doc(hidden)]
    fn walk(&self, table: Table, from: &[u8], to: Option<&[u8]>, backwards: bool, visit: Visit<'_>) -> Result<(), StoreError>;
    /// How long a project's list in a table is, if somebody counted it in this snapshot.
    #[doc(hidden)]
    fn known_total(&self, _table: Table, _project: u64) -> Option<u64> {
        None
    }
    /// Tells how long a project's list is.
    #[doc(hidden)]
    fn remember_total(&self, _table: Table, _project: u64, _total: u64) {}
}

impl ReadTx {
    /// The same snapshot for a read that is given up after so many steps (see [`Allowance`]).
    #[must_use]
    pub fn within(self, steps: u64) -> ReadTx {
        ReadTx { allowance: Allowance::of(steps), ..self }
    }

    /// Whether it was given up: whatever was made of it is to be thrown away.
    pub fn is_spent(&self) -> bool {
        self.allowance.is_spent()
    }

    pub(super) fn opened(&self, table: Table) -> Result<&OpenTable, StoreError> {
        let place = self.snapshot.tables.get(table.number);
        let place = place.ok_or_else(|| StoreError::Engine(format!("{} has no place", table.name)))?;
        if let Some(open) = place.get() {
            return Ok(open);
        }
        let open = self.snapshot.transaction.open_table(table.definition())?;
        Ok(place.get_or_init(|| open))
    }

    fn totals(&self) -> MutexGuard<'_, HashMap<(&'static str, u64), u64>> {
        self.snapshot.totals.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reads for ReadTx {
    fn look_up<K: AsRef<[u8]>>(&self, table: Table, keys: &[K], found: Found<'_>) -> Result<(), StoreError> {
        self.allowance.look_up(keys.len())?;
        look_up(self.opened(table)?, keys, &mut |position, value| {
            self.allowance.value(value.map_or(0, <[u8]>::len))?;
            found(position, value)
        })
    }

    fn length(&self, table: Table) -> Result<u64, StoreError> {
        Ok(self.opened(table)?.len()?)
    }

    fn walk(&self, table: Table, from: &[u8], to: Option<&[u8]>, backwards: bool, visit: Visit<'_>) -> Result<(), StoreError> {
        self.allowance.look_up(1)?;
        walk(self.opened(table)?, from, to, backwards, &mut |key, value| {
            self.allowance.value(value.len())?;
            visit(key, value)
        })
    }

    fn known_total(&self, table: Table, project: u64) -> Option<u64> {
        self.totals().get(&(table.name, project)).copied()
    }

    fn remember_total(&self, table: Table, project: u64, total: u64) {
        let mut totals = self.totals();
        if totals.len() < MOST_TOTALS {
            totals.insert((table.name, project), total);
        }
    }
}

impl Reads for WriteTx {
    fn look_up<K: AsRef<[u8]>>(&self, table: Table, keys: &[K], found: Found<'_>) -> Result<(), StoreError> {
        look_up(&self.opened(table)?, keys, found)
    }

    fn length(&self, table: Table) -> Result<u64, StoreError> {
        Ok(self.opened(table)?.len()?)
    }

    fn walk(&self, table: Table, from: &[u8], to: Option<&[u8]>, backwards: bool, visit: Visit<'_>) -> Result<(), StoreError> {
        walk(&self.opened(table)?, from, to, backwards, visit)
    }
}

fn look_up<K: AsRef<[u8]>>(open: &impl ReadableTable<Bytes, Bytes>, keys: &[K], found: Found<'_>) -> Result<(), StoreError> {
    let mut at = 0;
    if keys.len() >= WALK_FROM && keys.is_sorted_by(|a, b| a.as_ref() <= b.as_ref()) {
        at = look_up_walking(open, keys, found)?;
    }
    for (position, key) in keys.iter().enumerate().skip(at) {
        let value = open.get(key.as_ref())?;
        found(position, value.as_ref().map(redb::AccessGuard::value))?;
    }
    Ok(())
}

/// Looks up keys in order by walking along the table. Answers how many it did: it gives up where they are
/// few among many entries.
fn look_up_walking<K: AsRef<[u8]>>(
    open: &impl ReadableTable<Bytes, Bytes>,
    keys: &[K],
    found: Found<'_>,
) -> Result<usize, StoreError> {
    let (mut at, mut walked) = (0, 0);
    while at < keys.len() && walked <= WORTH_WALKING * (at + WALK_FROM) {
        let mut passed = 0;
        let mut range = open.range(keys[at].as_ref()..)?;
        while at < keys.len() && passed < MOST_PASSED {
            let Some(entry) = range.next() else {
                for position in at..keys.len() {
                    found(position, None)?;
                }
                return Ok(keys.len());
            };
            let (key, value) = entry?;
            (passed, walked) = (passed + 1, walked + 1);
            while let Some(wanted) = keys.get(at).filter(|wanted| wanted.as_ref() <= key.value()) {
                let is_it = wanted.as_ref() == key.value();
                found(at, is_it.then(|| value.value()))?;
                (at, passed) = (at + 1, 0);
            }
        }
    }
    Ok(at)
}

fn walk(
    open: &impl ReadableTable<Bytes, Bytes>,
    from: &[u8],
    to: Option<&[u8]>,
    backwards: bool,
    visit: Visit<'_>,
) -> Result<(), StoreError> {
    let mut range = match to {
        Some(to) if to <= from => return Ok(()),
        Some(to) => open.range(from..to)?,
        None => open.range(from..)?,
    };
    while let Some(entry) = if backwards { range.next_back() } else { range.next() } {
        let (key, value) = entry?;
        if visit(key.value(), value.value())?.is_break() {
            break;
        }
    }
    Ok(())
}

/// Value of one key.
pub(super) fn value(tx: &impl Reads, table: Table, key: Vec<u8>) -> Result<Option<Vec<u8>>, StoreError> {
    let mut answer = None;
    tx.look_up(table, &[key], &mut |_, found| {
        answer = found.map(<[u8]>::to_vec);
        Ok(())
    })?;
    Ok(answer)
}

/// Row of one key.
pub(super) fn row<R: Record>(tx: &impl Reads, table: Table, key: Vec<u8>) -> Result<Option<R>, StoreError> {
    let mut answer = None;
    tx.look_up(table, &[key], &mut |_, found| {
        answer = found.map(|bytes| codec::decode(table.name, bytes)).transpose()?;
        Ok(())
    })?;
    Ok(answer)
}

/// Rows of ids, in the order asked for. Ids that lie close together, as those of a page do, are read by one walk.
pub(super) fn rows<R: Record>(tx: &impl Reads, table: Table, ids: &[u64]) -> Result<Vec<Option<R>>, StoreError> {
    let mut rows: Vec<Option<R>> = ids.iter().map(|_| None).collect();
    let (Some(first), Some(last)) = (ids.iter().min(), ids.iter().max()) else { return Ok(rows) };
    if (last - first) / SPARSE >= ids.len() as u64 {
        let keys: Vec<[u8; 8]> = ids.iter().map(|id| id.to_be_bytes()).collect();
        tx.look_up(table, &keys, &mut |position, found| {
            rows[position] = found.map(|bytes| codec::decode(table.name, bytes)).transpose()?;
            Ok(())
        })?;
        return Ok(rows);
    }
    let mut wanted: Vec<(u64, usize)> = ids.iter().copied().zip(0..).collect();
    wanted.sort_unstable();
    let mut wanted = wanted.into_iter().peekable();
    let end = last.checked_add(1).map(u64::to_be_bytes);
    tx.walk(table, &first.to_be_bytes(), end.as_ref().map(<[u8; 8]>::as_slice), false, &mut |key, bytes| {
        let id = key::id_at(key, 0);
        while let Some((wanted, position)) = wanted.next_if(|(wanted, _)| *wanted <= id) {
            if wanted == id {
                rows[position] = Some(codec::decode(table.name, bytes)?);
            }
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(rows)
}

/// Walks every key with a prefix, in order.
pub(super) fn prefixed(tx: &impl Reads, table: Table, prefix: &[u8], visit: Visit<'_>) -> Result<(), StoreError> {
    tx.walk(table, prefix, key::behind(prefix).as_deref(), false, visit)
}

/// Ids that stand in the last eight bytes of every key with a prefix, in order.
pub(super) fn ids_below(tx: &impl Reads, table: Table, prefix: &[u8]) -> Result<Vec<u64>, StoreError> {
    let mut ids = Vec::new();
    prefixed(tx, table, prefix, &mut |key, _| {
        ids.push(key::id_at(key, key.len().saturating_sub(8)));
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(ids)
}

impl WriteTx {
    pub(super) fn opened(&self, table: Table) -> Result<redb::Table<'_, Bytes, Bytes>, StoreError> {
        Ok(self.0.open_table(table.definition())?)
    }

    pub(super) fn put(&mut self, table: Table, key: Vec<u8>, value: &[u8]) -> Result<(), StoreError> {
        self.opened(table)?.insert(key.as_slice(), value)?;
        Ok(())
    }

    pub(super) fn put_row<R: Record>(&mut self, table: Table, key: Vec<u8>, row: &R) -> Result<(), StoreError> {
        let bytes = codec::encode(row)?;
        self.put(table, key, &bytes)
    }

    /// Puts many entries. What comes between two old keys, or behind the last one as fresh ids do, is put in
    /// as a run, without a search for the place of each. Of equal keys the last one counts.
    pub(super) fn put_all<K: AsRef<[u8]>, V: AsRef<[u8]>>(
        &mut self,
        table: Table,
        mut entries: Vec<(K, V)>,
    ) -> Result<(), StoreError> {
        entries.sort_by(|a, b| a.0.as_ref().cmp(b.0.as_ref()));
        entries.dedup_by(|later, kept| {
            let is_same = later.0.as_ref() == kept.0.as_ref();
            if is_same {
                std::mem::swap(later, kept);
            }
            is_same
        });
        let mut open = self.opened(table)?;
        let mut left = entries.as_slice();
        while !left.is_empty() {
            let length = run_length(&mut open, left)?;
            let (run, others) = left.split_at(length.max(1));
            if length < RUN {
                for (key, value) in run {
                    open.insert(key.as_ref(), value.as_ref())?;
                }
            } else {
                let mut gap = open.lower_bound_mut(Bound::Included(run[0].0.as_ref()))?;
                for (key, value) in run {
                    gap.insert_before(key.as_ref(), value.as_ref())?;
                }
                gap.close()?;
            }
            left = others;
        }
        Ok(())
    }

    pub(super) fn remove(&mut self, table: Table, key: &[u8]) -> Result<(), StoreError> {
        self.opened(table)?.remove(key)?;
        Ok(())
    }

    pub(super) fn remove_all<K: AsRef<[u8]>>(&mut self, table: Table, keys: &[K]) -> Result<(), StoreError> {
        let mut open = self.opened(table)?;
        for key in keys {
            open.remove(key.as_ref())?;
        }
        Ok(())
    }
}

/// How many of the entries, which are in order, come before the table's next key. 0: the first one's key is
/// there.
fn run_length<K: AsRef<[u8]>, V>(open: &mut redb::Table<'_, Bytes, Bytes>, entries: &[(K, V)]) -> Result<usize, StoreError> {
    if entries.len() < RUN {
        return Ok(entries.len().min(1));
    }
    let mut behind = open.range(entries[0].0.as_ref()..)?;
    Ok(match behind.next().transpose()? {
        Some((next, _)) => entries.partition_point(|(key, _)| key.as_ref() < next.value()),
        None => entries.len(),
    })
}
