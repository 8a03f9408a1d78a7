//! Chunks that are stored before the list that names them: a long list would hold the writer for too long. Each is
//! noted until its list is there, so that what was cut off for good is found and removed.
//!
//! Must not know: what a list is made of, when the notes are looked through.

use super::catalog::{SCAN_CHUNKS, UNLISTED_CHUNKS};
use super::key::{Key, id_at};
use super::purge::ChunkUses;
use super::scans::{self, Chunk};
use super::{Reads, StoreError, WriteTx, prefixed};
use crate::domain::scan::ChunkHash;
use std::collections::BTreeSet;
use std::ops::ControlFlow;

fn note_key(project: u64, hash: &ChunkHash) -> Vec<u8> {
    Key::id(project).then_bytes(hash).done()
}

/// Stores the chunks that are not there yet, and notes them.
///
/// # Errors
/// When the engine fails.
pub fn put_ahead(wtx: &mut WriteTx, project: u64, chunks: &[Chunk]) -> Result<(), StoreError> {
    let fresh = scans::put_chunks(wtx, chunks)?;
    wtx.put_all(UNLISTED_CHUNKS, fresh.iter().map(|hash| (note_key(project, hash), [])).collect())
}

/// Takes the notes of a list's chunks away, in the transaction that stores the list.
///
/// # Errors
/// When the engine fails.
pub fn listed(wtx: &mut WriteTx, project: u64, hashes: &[ChunkHash]) -> Result<(), StoreError> {
    let mut keys: Vec<Vec<u8>> = hashes.iter().map(|hash| note_key(project, hash)).collect();
    keys.sort_unstable();
    wtx.remove_all(UNLISTED_CHUNKS, &keys)
}

/// What a project's notes name.
///
/// # Errors
/// When the engine fails, or a key is none.
pub fn unlisted(tx: &impl Reads, project: u64) -> Result<Vec<ChunkHash>, StoreError> {
    let mut hashes = Vec::new();
    prefixed(tx, UNLISTED_CHUNKS, &Key::id(project).done(), &mut |key, _| {
        let hash = key.get(8..).and_then(|hash| hash.try_into().ok());
        hashes.push(hash.ok_or_else(|| StoreError::Damaged { table: UNLISTED_CHUNKS.name, reason: "short key".to_owned() })?);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(hashes)
}

/// The projects that have notes.
///
/// # Errors
/// When the engine fails.
pub fn projects(tx: &impl Reads) -> Result<BTreeSet<u64>, StoreError> {
    let mut projects = BTreeSet::new();
    tx.walk(UNLISTED_CHUNKS, &[], None, false, &mut |key, _| {
        projects.insert(id_at(key, 0));
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(projects)
}

/// Takes notes away, and the chunks among them that no list names. Answers how many chunks that were.
///
/// # Errors
/// When the engine fails.
pub fn remove(wtx: &mut WriteTx, project: u64, hashes: &[ChunkHash], uses: &ChunkUses) -> Result<u64, StoreError> {
    let unnamed: Vec<&ChunkHash> = hashes.iter().filter(|hash| !uses.names(hash)).collect();
    wtx.remove_all(SCAN_CHUNKS, &unnamed)?;
    listed(wtx, project, hashes)?;
    Ok(unnamed.len() as u64)
}
