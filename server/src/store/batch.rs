//! Entries for several tables, gathered before the transaction begins. Must not know: what they mean.
//!
//! All bytes of a table's entries stand in one buffer: a report has millions of entries. Each table is then
//! opened once and fed in key order.

use super::catalog::Table;
use super::codec::{self, Record};
use super::{StoreError, WriteTx};

/// Entries of one table, one behind the other.
#[derive(Default)]
pub(super) struct Entries {
    bytes: Vec<u8>,
    spans: Vec<Span>,
}

struct Span {
    /// Which of the things that the batch is made of it belongs to.
    owner: usize,
    key_end: usize,
    end: usize,
}

impl Entries {
    fn begin_of(&self, position: usize) -> usize {
        position.checked_sub(1).and_then(|before| self.spans.get(before)).map_or(0, |span| span.end)
    }

    fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.spans
            .iter()
            .enumerate()
            .map(|(position, span)| (&self.bytes[self.begin_of(position)..span.key_end], &self.bytes[span.key_end..span.end]))
    }

    /// Calls `change` with each entry's owner, key and value.
    fn each_mut(&mut self, mut change: impl FnMut(usize, &mut [u8], &mut [u8])) {
        let mut begin = 0;
        for span in &self.spans {
            let (key, value) = self.bytes[begin..span.end].split_at_mut(span.key_end - begin);
            change(span.owner, key, value);
            begin = span.end;
        }
    }
}

/// Entries to be written and removed.
#[derive(Default)]
pub(super) struct Batch {
    puts: Vec<(Table, Entries)>,
    removes: Vec<(Table, Vec<Vec<u8>>)>,
}

impl Batch {
    fn entries(&mut self, table: Table) -> &mut Entries {
        let position = self.puts.iter().position(|(known, _)| known.name == table.name).unwrap_or_else(|| {
            self.puts.push((table, Entries::default()));
            self.puts.len() - 1
        });
        &mut self.puts[position].1
    }

    pub(super) fn put(&mut self, owner: usize, table: Table, key: &[u8], value: &[u8]) {
        let entries = self.entries(table);
        entries.bytes.extend_from_slice(key);
        let key_end = entries.bytes.len();
        entries.bytes.extend_from_slice(value);
        entries.spans.push(Span { owner, key_end, end: entries.bytes.len() });
    }

    pub(super) fn put_row<R: Record>(&mut self, owner: usize, table: Table, key: &[u8], row: &R) -> Result<(), StoreError> {
        let entries = self.entries(table);
        entries.bytes.extend_from_slice(key);
        let key_end = entries.bytes.len();
        codec::encode_to(row, &mut entries.bytes)?;
        entries.spans.push(Span { owner, key_end, end: entries.bytes.len() });
        Ok(())
    }

    pub(super) fn remove(&mut self, table: Table, key: Vec<u8>) {
        match self.removes.iter_mut().find(|(known, _)| known.name == table.name) {
            Some((_, keys)) => keys.push(key),
            None => self.removes.push((table, vec![key])),
        }
    }

    /// Calls `change` with each entry to be written: table, owner, key, value.
    pub(super) fn each_mut(
        &mut self,
        mut change: impl FnMut(Table, usize, &mut [u8], &mut [u8]) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut answer = Ok(());
        for (table, entries) in &mut self.puts {
            entries.each_mut(|owner, key, value| {
                if answer.is_ok() {
                    answer = change(*table, owner, key, value);
                }
            });
        }
        answer
    }

    /// Writes several batches as one. Removes first: a key that stays is written again right after.
    pub(super) fn write<'b>(wtx: &mut WriteTx, parts: impl Iterator<Item = &'b Batch> + Clone) -> Result<(), StoreError> {
        for (table, keys) in parts.clone().flat_map(|part| &part.removes) {
            wtx.remove_all(*table, keys)?;
        }
        let mut tables: Vec<Table> = Vec::new();
        for (table, _) in parts.clone().flat_map(|part| &part.puts) {
            if !tables.iter().any(|known| known.name == table.name) {
                tables.push(*table);
            }
        }
        for table in tables {
            let of_table = parts.clone().flat_map(|part| &part.puts).filter(|(known, _)| known.name == table.name);
            wtx.put_all(table, of_table.flat_map(|(_, entries)| entries.iter()).collect())?;
        }
        Ok(())
    }
}
