//! Indexes by place and by signature, and findings that are not in them yet. Must not know: reports.
//!
//! The keys of these indexes lie all over their tables, whatever order findings come in. A large report that
//! put them in with each of its commit groups would write most pages of both tables with each. So it notes
//! from which finding on they are still to be indexed, and puts all in at the end, in key order, in groups.
//! The note is part of the store: what was cut off is found and done before anything is matched.

use super::catalog::{FINDINGS, FINDINGS_BY_LOCATION, FINDINGS_BY_SIGNATURE, FINDINGS_UNPLACED, Table};
use super::changes::join;
use super::findings::Pair;
use super::key::{Key, id_at};
use super::meta::{Sequence, last_id};
use super::{Reads, StoreError, WriteTx, codec, value};
use crate::domain::finding::VulnerabilityFinding;
use std::ops::{ControlFlow, Range};

/// Whether it is one of the two indexes.
pub(super) fn is_place(table: Table) -> bool {
    table.name == FINDINGS_BY_LOCATION.name || table.name == FINDINGS_BY_SIGNATURE.name
}

/// From which finding on those of a project are still to be indexed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unplaced {
    /// The first one.
    pub first: u64,
    /// Those behind it that changed since and were indexed then.
    touched: Vec<u64>,
}

/// Whether an index may lack the entry of a finding.
pub(super) fn may_lack(tx: &impl Reads, pair: &Pair, table: Table) -> Result<bool, StoreError> {
    let finding = &pair.finding;
    let waits = |unplaced: Unplaced| finding.id >= unplaced.first && unplaced.touched.binary_search(&finding.id).is_err();
    Ok(is_place(table) && unplaced(tx, finding.project_id)?.is_some_and(waits))
}

/// What of a project is still to be indexed, if anything.
///
/// # Errors
/// When it can't be read.
pub fn unplaced(tx: &impl Reads, project: u64) -> Result<Option<Unplaced>, StoreError> {
    let Some(bytes) = value(tx, FINDINGS_UNPLACED, Key::id(project).done())? else { return Ok(None) };
    if bytes.is_empty() || bytes.len() % 8 != 0 {
        let reason = format!("{} bytes for project {project}", bytes.len());
        return Err(StoreError::Damaged { table: FINDINGS_UNPLACED.name, reason });
    }
    let mut ids = bytes.chunks_exact(8).map(|id| id_at(id, 0));
    Ok(ids.next().map(|first| Unplaced { first, touched: ids.collect() }))
}

fn write(wtx: &mut WriteTx, project: u64, unplaced: &Unplaced) -> Result<(), StoreError> {
    let ids = std::iter::once(&unplaced.first).chain(&unplaced.touched);
    let bytes: Vec<u8> = ids.flat_map(|id| id.to_be_bytes()).collect();
    wtx.put(FINDINGS_UNPLACED, Key::id(project).done(), &bytes)
}

/// Notes that findings from `first` on are to be indexed later, unless earlier ones are already.
pub(super) fn begin(wtx: &mut WriteTx, project: u64, first: u64) -> Result<(), StoreError> {
    match unplaced(wtx, project)? {
        Some(_) => Ok(()),
        None => write(wtx, project, &Unplaced { first, touched: Vec::new() }),
    }
}

/// Notes findings that were to be indexed and changed, and are indexed now.
pub(super) fn touch(wtx: &mut WriteTx, project: u64, ids: &[u64]) -> Result<(), StoreError> {
    let Some(mut unplaced) = unplaced(wtx, project)? else { return Ok(()) };
    unplaced.touched.extend(ids);
    unplaced.touched.sort_unstable();
    unplaced.touched.dedup();
    write(wtx, project, &unplaced)
}

/// A key of one of the indexes without its project: report type or algorithm, SHA-1, finding.
pub type PlaceKey = [u8; 29];

/// Which of the indexes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// By location.
    Location,
    /// By signature.
    Signature,
}

/// Keys of findings that are still to be indexed, not in order.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct PlaceKeys {
    /// By location.
    pub locations: Vec<PlaceKey>,
    /// By signature.
    pub signatures: Vec<PlaceKey>,
}

/// The id behind the last finding of all projects.
///
/// # Errors
/// When it can't be read.
pub fn end(tx: &impl Reads) -> Result<u64, StoreError> {
    Ok(last_id(tx, Sequence::Finding)? + 1)
}

/// Reads the keys of a project's findings whose ids are in a range.
///
/// # Errors
/// When a finding can't be read.
pub fn keys(tx: &impl Reads, project: u64, ids: Range<u64>) -> Result<PlaceKeys, StoreError> {
    let mut keys = PlaceKeys::default();
    let (from, to) = (Key::id(ids.start).done(), Key::id(ids.end).done());
    tx.walk(FINDINGS, &from, Some(&to), false, &mut |_, bytes| {
        let finding: VulnerabilityFinding = codec::decode(FINDINGS.name, bytes)?;
        if finding.project_id == project {
            let id = finding.id.to_be_bytes();
            keys.locations.push(join(&[&[finding.report_type.number()], &finding.location_sha, &id]));
            keys.signatures.extend(finding.signatures.iter().map(|(algorithm, sha)| join::<29>(&[&[*algorithm], sha, &id])));
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(keys)
}

/// Puts keys into an index, but for those of findings that changed since the keys were read.
///
/// # Errors
/// When the engine fails.
pub fn put(wtx: &mut WriteTx, project: u64, place: Place, keys: &[PlaceKey]) -> Result<(), StoreError> {
    let touched = unplaced(wtx, project)?.map(|unplaced| unplaced.touched).unwrap_or_default();
    let table = match place {
        Place::Location => FINDINGS_BY_LOCATION,
        Place::Signature => FINDINGS_BY_SIGNATURE,
    };
    let stands = |key: &&PlaceKey| touched.is_empty() || touched.binary_search(&id_at(&key[..], 21)).is_err();
    let project = project.to_be_bytes();
    wtx.put_all(table, keys.iter().filter(stands).map(|key| (join::<37>(&[&project, key]), [])).collect())
}

/// Notes that everything before `next` is indexed. What came meanwhile stays to be indexed.
///
/// # Errors
/// When the engine fails.
pub fn placed(wtx: &mut WriteTx, project: u64, next: u64) -> Result<(), StoreError> {
    match unplaced(wtx, project)? {
        Some(unplaced) if next < end(wtx)? => write(wtx, project, &Unplaced { first: next, ..unplaced }),
        _ => wtx.remove(FINDINGS_UNPLACED, &Key::id(project).done()),
    }
}
