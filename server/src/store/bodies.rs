//! Finding bodies: each distinct text of a project once. Must not know: what the text says.

use super::catalog::{BODIES, BODIES_BY_HASH};
use super::key::{Key, id_at};
use super::meta::{Sequence, take_ids};
use super::{Reads, StoreError, WriteTx, codec, outbox, row};
use crate::domain::finding::FindingBody;
use std::collections::HashMap;
use std::ops::ControlFlow;

/// Name of a body within its project: first half of a SHA-256 over everything that makes it distinct.
pub type BodyHash = [u8; 16];

/// Ids of the bodies that are stored already.
pub fn known_bodies(tx: &impl Reads, project: u64, hashes: &[BodyHash]) -> Result<HashMap<BodyHash, u64>, StoreError> {
    let keys: Vec<Vec<u8>> = hashes.iter().map(|hash| Key::id(project).then_bytes(hash).done()).collect();
    let mut known = HashMap::new();
    tx.look_up(BODIES_BY_HASH, &keys, &mut |position, found| {
        if let Some(id) = found {
            known.insert(hashes[position], id_at(id, 0));
        }
        Ok(())
    })?;
    Ok(known)
}

/// Stores bodies that are not there yet, gives them ids in the given order and puts them into the
/// search outbox. Answers the id of the first.
pub fn add_bodies(wtx: &mut WriteTx, project: u64, bodies: Vec<(BodyHash, FindingBody)>) -> Result<u64, StoreError> {
    let first = take_ids(wtx, Sequence::Body, bodies.len() as u64)?;
    let mut rows = Vec::with_capacity(bodies.len());
    let mut index = Vec::with_capacity(bodies.len());
    for (id, (hash, mut body)) in (first..).zip(bodies) {
        body.id = id;
        rows.push((Key::id(id).done(), codec::encode(&body)?));
        index.push((Key::id(project).then_bytes(&hash).done(), id.to_be_bytes().to_vec()));
    }
    let count = rows.len() as u64;
    wtx.put_all(BODIES, rows)?;
    wtx.put_all(BODIES_BY_HASH, index)?;
    outbox::append_added(wtx, first, count)?;
    Ok(first)
}

/// A body by id.
pub fn find_body(tx: &impl Reads, id: u64) -> Result<Option<FindingBody>, StoreError> {
    row(tx, BODIES, Key::id(id).done())
}

/// A body that has to be there.
pub fn get_body(tx: &impl Reads, id: u64) -> Result<FindingBody, StoreError> {
    find_body(tx, id)?.ok_or_else(|| StoreError::Damaged { table: BODIES.name, reason: format!("body {id} is missing") })
}

/// Several bodies with the table opened once, in the order asked for.
pub fn get_bodies(tx: &impl Reads, ids: &[u64]) -> Result<Vec<FindingBody>, StoreError> {
    let keys: Vec<Vec<u8>> = ids.iter().map(|id| Key::id(*id).done()).collect();
    let mut bodies = Vec::with_capacity(ids.len());
    tx.look_up(BODIES, &keys, &mut |position, found| {
        let bytes = found
            .ok_or_else(|| StoreError::Damaged { table: BODIES.name, reason: format!("body {} is missing", ids[position]) })?;
        bodies.push(codec::decode(BODIES.name, bytes)?);
        Ok(())
    })?;
    Ok(bodies)
}

/// Walks the bodies from an id on, in order.
pub fn each_body(tx: &impl Reads, from: u64, mut visit: impl FnMut(FindingBody) -> ControlFlow<()>) -> Result<(), StoreError> {
    tx.walk(BODIES, &Key::id(from).done(), None, false, &mut |_, bytes| Ok(visit(codec::decode(BODIES.name, bytes)?)))
}
