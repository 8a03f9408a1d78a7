//! Puts new findings into the indexes by place and by signature, after a large report: in key order, in
//! commit groups (see `store/places.rs`). May be cut off anywhere and run again.
//!
//! Must not know: reports.

use super::pace::Pace;
use super::{IngestError, Room, killpoint};
use crate::store::places::{self, Place};
use rayon::prelude::*;

/// Keys of the first commit group; few in tests, so that small reports have several.
const GROUP: usize = if cfg!(test) { 60 } else { 16_000 };
/// Findings whose keys are held at a time, about 70 bytes each.
const MOST: usize = if cfg!(test) { 120 } else { 1_000_000 };

/// Indexes what is still to be indexed of a project. Has to be done before anything of the project is
/// matched with stored findings.
///
/// # Errors
/// When the store fails.
pub fn settle(room: &Room, project: u64) -> Result<(), IngestError> {
    while let Some(unplaced) = places::unplaced(&room.store.read()?, project)? {
        let mut keys = places::keys(&room.store.read()?, project, unplaced.first, MOST)?;
        for (place, keys) in [(Place::Location, &mut keys.locations), (Place::Signature, &mut keys.signatures)] {
            keys.par_sort_unstable();
            let (mut pace, mut left) = (Pace::new(GROUP), keys.as_slice());
            while !left.is_empty() {
                let (group, others) = pace.split(left);
                pace.write(room, group.len(), |wtx| places::put(wtx, project, place, group))?;
                killpoint::pass("after-places");
                left = others;
            }
        }
        room.store.write(|wtx| places::placed(wtx, project, keys.next))?;
    }
    Ok(())
}
