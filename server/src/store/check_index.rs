//! check-db: are indexes what the rows imply? Must not know: which rows imply what.
//!
//! Entries that ought to be there come in any order and any number: they are gathered up to a bound, looked
//! up in key order, and counted. An index that has all of them and no more of its own is right.

use super::catalog::Table;
use super::check::Findings;
use super::{Reads, StoreError};
use std::collections::BTreeMap;

/// Bytes of entries that are gathered.
const GATHERED: usize = if cfg!(test) { 200 } else { 48 << 20 };
/// What an entry takes beyond its own bytes, about.
const OVERHEAD: usize = 80;

/// Key and value.
type Entry = (Vec<u8>, Vec<u8>);

/// Index entries that ought to be there.
pub(super) struct Expected<'a, R: Reads> {
    tx: &'a R,
    gathered: BTreeMap<&'static str, (Table, Vec<Entry>)>,
    bytes: usize,
    counts: BTreeMap<&'static str, Counts>,
    /// Told at the end: the caller is in the middle of a walk.
    failure: Option<StoreError>,
}

#[derive(Default, Clone, Copy)]
struct Counts {
    /// There as they ought to be.
    right: u64,
    /// There, with another value.
    different: u64,
    missing: u64,
}

impl<'a, R: Reads> Expected<'a, R> {
    pub(super) fn new(tx: &'a R) -> Expected<'a, R> {
        Expected { tx, gathered: BTreeMap::new(), bytes: 0, counts: BTreeMap::new(), failure: None }
    }

    /// One that ought to be there.
    pub(super) fn add(&mut self, table: Table, key: Vec<u8>, value: Vec<u8>) {
        self.bytes += key.len() + value.len() + OVERHEAD;
        self.gathered.entry(table.name).or_insert_with(|| (table, Vec::new())).1.push((key, value));
        if self.bytes >= GATHERED {
            self.look();
        }
    }

    fn look(&mut self) {
        self.bytes = 0;
        for (name, (table, mut entries)) in std::mem::take(&mut self.gathered) {
            entries.sort_unstable();
            let (keys, values): (Vec<Vec<u8>>, Vec<Vec<u8>>) = entries.into_iter().unzip();
            let counts = self.counts.entry(name).or_default();
            let looked = self.tx.look_up(table, &keys, &mut |position, found| {
                match found {
                    Some(value) if value == values[position] => counts.right += 1,
                    Some(_) => counts.different += 1,
                    None => counts.missing += 1,
                }
                Ok(())
            });
            self.failure = self.failure.take().or(looked.err());
        }
    }

    /// Tells what is wrong with the given indexes.
    pub(super) fn compare(mut self, indexes: &[Table], found: &mut Findings) -> Result<(), StoreError> {
        self.look();
        if let Some(error) = self.failure {
            return Err(error);
        }
        for table in indexes {
            let counts = self.counts.get(table.name).copied().unwrap_or_default();
            let length = self.tx.length(*table)?;
            found.rows += length;
            for (count, what) in [
                (counts.different, "entries differ from their rows"),
                (counts.missing, "rows are not in the index"),
                (length.saturating_sub(counts.right + counts.different), "entries have no row"),
                ((counts.right + counts.different).saturating_sub(length), "rows share their entry with another"),
            ] {
                if count > 0 {
                    found.problem(format!("{}: {count} {what}", table.name));
                }
            }
        }
        Ok(())
    }
}
