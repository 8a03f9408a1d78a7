//! Stores a long list before what names it: chunks in commit groups, so that others may write meanwhile.
//!
//! Must not know: what the list is of. May be cut off anywhere and run again: chunks are found by their hash, and
//! what no list came to name is removed by retention (`store/unlisted.rs`).

use super::pace::in_groups;
use super::{Room, killpoint};
use crate::store::scans::{self, ChunkedList};
use crate::store::{StoreError, WriteTx, unlisted};

/// Chunks of the first commit group, each of some 250 entries; one in tests, so that every list is a long one.
const GROUP: usize = if cfg!(test) { 1 } else { 500 };

fn is_long(list: &ChunkedList) -> bool {
    list.chunks.len() >= GROUP
}

/// Stores the chunks of a list that is too long for one transaction. To be followed by [`finish`].
///
/// # Errors
/// When the store fails.
pub fn store(room: &Room, project: u64, list: &ChunkedList) -> Result<(), StoreError> {
    if !is_long(list) {
        return Ok(());
    }
    in_groups(
        room,
        GROUP,
        &list.chunks,
        |wtx, group| unlisted::put_ahead(wtx, project, group),
        || killpoint::pass("after-chunks"),
    )
}

/// Stores what is missing of a list, in the transaction that stores what names it.
///
/// # Errors
/// When the engine fails.
pub fn finish(wtx: &mut WriteTx, project: u64, list: &ChunkedList) -> Result<(), StoreError> {
    scans::put_chunks(wtx, &list.chunks)?;
    if is_long(list) { unlisted::listed(wtx, project, &list.hashes) } else { Ok(()) }
}
