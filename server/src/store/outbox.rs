//! What the search index has to take over, in order. Must not know: the index.
//!
//! An entry is written in the transaction that stores the bodies, and removed only after the index has
//! committed it: the index may lag, and never misses anything.

use super::catalog::SEARCH_OUTBOX;
use super::key::{Key, id_at};
use super::meta::{Sequence, last_id, take_id};
use super::{Reads, StoreError, WriteTx};
use std::ops::ControlFlow;

/// One entry: a run of bodies that were added, and a run of long texts that they are the first to use. Each
/// body and each text is told once; a body's texts are told before it or with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Place in the order, from 1.
    pub seq: u64,
    /// First body.
    pub first_body: u64,
    /// How many, with ids in a row.
    pub count: u64,
    /// First text.
    pub first_text: u64,
    /// How many, with ids in a row; may be none.
    pub text_count: u64,
}

/// A run of ids: the first, and how many.
pub(super) type Run = (u64, u64);

pub(super) fn append_added(wtx: &mut WriteTx, bodies: Run, texts: Run) -> Result<(), StoreError> {
    if bodies.1 == 0 && texts.1 == 0 {
        return Ok(());
    }
    let seq = take_id(wtx, Sequence::Outbox)?;
    let value = Key::default().then_byte(1).then_id(bodies.0).then_id(bodies.1).then_id(texts.0).then_id(texts.1).done();
    wtx.put(SEARCH_OUTBOX, Key::id(seq).done(), &value)
}

/// Number of the newest entry ever written; 0 when there was none.
pub fn newest_seq(tx: &impl Reads) -> Result<u64, StoreError> {
    last_id(tx, Sequence::Outbox)
}

/// Entries behind `seq`, at most `most` of them.
pub fn entries_behind(tx: &impl Reads, seq: u64, most: usize) -> Result<Vec<Entry>, StoreError> {
    let mut entries = Vec::new();
    tx.walk(SEARCH_OUTBOX, &Key::id(seq.saturating_add(1)).done(), None, false, &mut |key, value| {
        if value.first() != Some(&1) || value.len() != 33 {
            return Err(StoreError::Damaged { table: SEARCH_OUTBOX.name, reason: "unknown operation".to_owned() });
        }
        entries.push(Entry {
            seq: id_at(key, 0),
            first_body: id_at(value, 1),
            count: id_at(value, 9),
            first_text: id_at(value, 17),
            text_count: id_at(value, 25),
        });
        Ok(if entries.len() < most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
    })?;
    Ok(entries)
}

/// Removes the entries up to and including `seq`, which the index has committed.
pub fn trim(wtx: &mut WriteTx, seq: u64) -> Result<(), StoreError> {
    let mut keys = Vec::new();
    wtx.walk(SEARCH_OUTBOX, &[], Some(&Key::id(seq.saturating_add(1)).done()), false, &mut |key, _| {
        keys.push(key.to_vec());
        Ok(ControlFlow::Continue(()))
    })?;
    wtx.remove_all(SEARCH_OUTBOX, &keys)
}
