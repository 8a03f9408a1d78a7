//! Long texts of bodies: each distinct one of a project once. Must not know: what the text says.
//!
//! Scanners repeat a rule's description in every finding of the rule. `bodies.rs` cuts such texts out of
//! the bodies and keeps them here; the search index takes each over once.

use super::catalog::{TEXTS, TEXTS_BY_HASH};
use super::key::{Key, id_at};
use super::meta::{Sequence, take_ids};
use super::outbox::Run;
use super::{Reads, StoreError, WriteTx};
use crate::domain::finding::FindingText;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;

/// Name of a text within its project: first half of its SHA-256.
pub type TextHash = [u8; 16];

/// Most ids that [`KnownTexts`] holds. Reports have a few thousand distinct texts, a hostile one any number.
const MOST_KNOWN: usize = 100_000;

/// The name of a JSON string as it stands in a report.
pub fn text_hash(literal: &[u8]) -> TextHash {
    let mut hash = [0; 16];
    hash.copy_from_slice(&Sha256::digest(literal)[..16]);
    hash
}

/// Ids of texts that were met before, of one project. Saves looking up the same few for every group of a
/// report. Belongs to one run of work: after a write that failed it must not be used any more.
#[derive(Default)]
pub struct KnownTexts(HashMap<TextHash, u64>);

impl KnownTexts {
    pub(super) fn get(&self, hash: &TextHash) -> Option<u64> {
        self.0.get(hash).copied()
    }
}

/// Finds or stores texts; afterwards `known` has all their ids. Answers the run of ids that are new.
pub(super) fn put(
    wtx: &mut WriteTx,
    project: u64,
    texts: &BTreeMap<TextHash, &[u8]>,
    known: &mut KnownTexts,
) -> Result<Run, StoreError> {
    if known.0.len() > MOST_KNOWN {
        known.0.clear();
    }
    let asked: Vec<TextHash> = texts.keys().filter(|hash| !known.0.contains_key(*hash)).copied().collect();
    let keys: Vec<Vec<u8>> = asked.iter().map(|hash| Key::id(project).then_bytes(hash).done()).collect();
    let mut missing = Vec::new();
    wtx.look_up(TEXTS_BY_HASH, &keys, &mut |position, found| {
        match found {
            Some(id) => _ = known.0.insert(asked[position], id_at(id, 0)),
            None => missing.push(position),
        }
        Ok(())
    })?;
    if missing.is_empty() {
        return Ok((0, 0));
    }
    let first = take_ids(wtx, Sequence::Text, missing.len() as u64)?;
    let (mut rows, mut index) = (Vec::with_capacity(missing.len()), Vec::with_capacity(missing.len()));
    for (id, position) in (first..).zip(&missing) {
        let hash = asked[*position];
        let literal = texts.get(&hash).copied().unwrap_or_default();
        rows.push((id.to_be_bytes(), Key::id(project).then_bytes(literal).done()));
        index.push((keys[*position].as_slice(), id.to_be_bytes()));
        known.0.insert(hash, id);
    }
    wtx.put_all(TEXTS, rows)?;
    wtx.put_all(TEXTS_BY_HASH, index)?;
    Ok((first, missing.len() as u64))
}

fn read(id: u64, value: &[u8]) -> Result<FindingText, StoreError> {
    let literal =
        value.get(8..).ok_or_else(|| StoreError::Damaged { table: TEXTS.name, reason: format!("text {id} is short") })?;
    Ok(FindingText { id, project_id: id_at(value, 0), literal: literal.to_vec() })
}

/// Several texts with the table opened once, in the order asked for.
///
/// # Errors
/// When one is missing or the engine fails.
pub fn get_texts(tx: &impl Reads, ids: &[u64]) -> Result<Vec<FindingText>, StoreError> {
    let keys: Vec<Vec<u8>> = ids.iter().map(|id| Key::id(*id).done()).collect();
    let mut texts = Vec::with_capacity(ids.len());
    tx.look_up(TEXTS, &keys, &mut |position, found| {
        let id = ids[position];
        let value = found.ok_or_else(|| StoreError::Damaged { table: TEXTS.name, reason: format!("text {id} is missing") })?;
        texts.push(read(id, value)?);
        Ok(())
    })?;
    Ok(texts)
}

/// Walks the texts from an id on, in order.
///
/// # Errors
/// When one can't be read or the engine fails.
pub fn each_text(tx: &impl Reads, from: u64, mut visit: impl FnMut(FindingText) -> ControlFlow<()>) -> Result<(), StoreError> {
    tx.walk(TEXTS, &Key::id(from).done(), None, false, &mut |key, value| Ok(visit(read(id_at(key, 0), value)?)))
}
