//! Puts new findings into the indexes by place and by signature, after a large report: in key order, in
//! commit groups (see `store/places.rs`). May be cut off anywhere and run again.
//!
//! Must not know: reports.

use super::pace::in_groups;
use super::{IngestError, Room, killpoint};
use crate::store::places::{self, Place, PlaceKeys};
use crate::store::{ReadTx, StoreError};
use rayon::prelude::*;
use std::ops::Range;

/// Keys of the first commit group; few in tests, so that small reports have several.
const GROUP: usize = if cfg!(test) { 60 } else { 16_000 };
/// Ids of findings whose keys are held at a time, about 70 bytes each.
const MOST: u64 = if cfg!(test) { 120 } else { 1_000_000 };
/// Ids that one thread looks through at a time.
const LOOKED_UP: u64 = if cfg!(test) { 50 } else { 4_096 };

/// Indexes what is still to be indexed of a project. Has to be done before anything of the project is
/// matched with stored findings.
///
/// # Errors
/// When the store fails.
pub fn settle(room: &Room, project: u64) -> Result<(), IngestError> {
    while let Some(unplaced) = places::unplaced(&room.store.read()?, project)? {
        let next = places::end(&room.store.read()?)?.min(unplaced.first.saturating_add(MOST));
        let mut keys = keys(&room.store.read()?, project, unplaced.first..next)?;
        for (place, keys) in [(Place::Location, &mut keys.locations), (Place::Signature, &mut keys.signatures)] {
            keys.par_sort_unstable();
            in_groups(
                room,
                GROUP,
                keys,
                |wtx, group| places::put(wtx, project, place, group),
                || killpoint::pass("after-places"),
            )?;
        }
        room.store.write(|wtx| places::placed(wtx, project, next))?;
    }
    Ok(())
}

fn keys(rtx: &ReadTx, project: u64, ids: Range<u64>) -> Result<PlaceKeys, StoreError> {
    let parts = (ids.start..ids.end).step_by(LOOKED_UP as usize).map(|first| first..ids.end.min(first + LOOKED_UP));
    let parts: Vec<Range<u64>> = parts.collect();
    let read = |part: &Range<u64>| places::keys(rtx, project, part.clone());
    let parts: Vec<PlaceKeys> = parts.par_iter().map(read).collect::<Result<_, _>>()?;
    let mut all = PlaceKeys::default();
    for part in parts {
        all.locations.extend(part.locations);
        all.signatures.extend(part.signatures);
    }
    Ok(all)
}
