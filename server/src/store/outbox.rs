//! What the search index has to take over, in order. Must not know: the index.
//!
//! An entry is written in the transaction that stores the bodies, and removed only after the index has
//! committed it: the index may lag, and never misses anything.

use super::catalog::SEARCH_OUTBOX;
use super::key::{Key, id_at};
use super::meta::{Sequence, last_id, take_id};
use super::{Reads, StoreError, WriteTx};
use std::ops::ControlFlow;

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Place in the order, from 1.
    pub seq: u64,
    /// What happened.
    pub operation: Operation,
}

/// What the index has to take over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// A run of bodies was added, and a run of long texts that they are the first to use. Each body and each
    /// text is told once; a body's texts are told before it or with it.
    Added {
        /// Bodies.
        bodies: Run,
        /// Texts; may be none.
        texts: Run,
    },
    /// These bodies were removed.
    RemovedBodies(Vec<u64>),
    /// These texts were removed; the bodies that used them before.
    RemovedTexts(Vec<u64>),
}

/// A run of ids: the first, and how many.
pub type Run = (u64, u64);

const ADDED: u8 = 1;
const REMOVED_BODIES: u8 = 2;
const REMOVED_TEXTS: u8 = 3;

pub(super) fn append_added(wtx: &mut WriteTx, bodies: Run, texts: Run) -> Result<(), StoreError> {
    if bodies.1 == 0 && texts.1 == 0 {
        return Ok(());
    }
    append(wtx, Key::default().then_byte(ADDED).then_id(bodies.0).then_id(bodies.1).then_id(texts.0).then_id(texts.1))
}

pub(super) fn append_removed_bodies(wtx: &mut WriteTx, ids: &[u64]) -> Result<(), StoreError> {
    append_removed(wtx, REMOVED_BODIES, ids)
}

pub(super) fn append_removed_texts(wtx: &mut WriteTx, ids: &[u64]) -> Result<(), StoreError> {
    append_removed(wtx, REMOVED_TEXTS, ids)
}

fn append_removed(wtx: &mut WriteTx, operation: u8, ids: &[u64]) -> Result<(), StoreError> {
    if ids.is_empty() {
        return Ok(());
    }
    append(wtx, ids.iter().fold(Key::default().then_byte(operation), |value, id| value.then_id(*id)))
}

fn append(wtx: &mut WriteTx, value: Key) -> Result<(), StoreError> {
    let seq = take_id(wtx, Sequence::Outbox)?;
    wtx.put(SEARCH_OUTBOX, Key::id(seq).done(), &value.done())
}

fn read_operation(value: &[u8]) -> Option<Operation> {
    let (operation, rest) = value.split_first()?;
    if rest.len() % 8 != 0 {
        return None;
    }
    let ids: Vec<u64> = rest.chunks(8).map(|id| id_at(id, 0)).collect();
    match (*operation, ids.as_slice()) {
        (ADDED, [body, bodies, text, texts]) => Some(Operation::Added { bodies: (*body, *bodies), texts: (*text, *texts) }),
        (REMOVED_BODIES, _) => Some(Operation::RemovedBodies(ids)),
        (REMOVED_TEXTS, _) => Some(Operation::RemovedTexts(ids)),
        _ => None,
    }
}

/// Number of the newest entry ever written; 0 when there was none.
pub fn newest_seq(tx: &impl Reads) -> Result<u64, StoreError> {
    last_id(tx, Sequence::Outbox)
}

/// Entries behind `seq`, at most `most` of them.
pub fn entries_behind(tx: &impl Reads, seq: u64, most: usize) -> Result<Vec<Entry>, StoreError> {
    let mut entries = Vec::new();
    tx.walk(SEARCH_OUTBOX, &Key::id(seq.saturating_add(1)).done(), None, false, &mut |key, value| {
        let operation = read_operation(value)
            .ok_or_else(|| StoreError::Damaged { table: SEARCH_OUTBOX.name, reason: "unknown operation".to_owned() })?;
        entries.push(Entry { seq: id_at(key, 0), operation });
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
