//! The report of each type that a project read last, so that the same bytes need not be read again. Must not
//! know: what a report says, when what was read of it holds still.

use super::catalog::LAST_REPORTS;
use super::key::{Key, id_at};
use super::meta::{Sequence, last_id, take_ids};
use super::{Reads, StoreError, WriteTx, prefixed, value};
use casemate_shared::ReportType;
use std::ops::ControlFlow;

/// Bytes of a stored entry.
const ENTRY_BYTES: usize = 56;

/// A report that was read, and by what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastReport {
    /// SHA-256 of its bytes as uploaded.
    pub sha256: [u8; 32],
    /// Scan that has its lists.
    pub scan_id: u64,
    /// Number of the last change of the project's findings that they hold for (see [`matching`]).
    pub matching: u64,
    /// Name of the rules that it was read by.
    pub rules: u64,
}

fn key(project: u64, report_type: ReportType, on_default_branch: bool) -> Vec<u8> {
    Key::id(project).then_byte(report_type.number()).then_byte(u8::from(on_default_branch)).done()
}

/// Remembers the report that was read last on the default branch, or on another one.
///
/// # Errors
/// When the engine fails.
pub fn put(
    wtx: &mut WriteTx,
    project: u64,
    report_type: ReportType,
    on_default_branch: bool,
    last: &LastReport,
) -> Result<(), StoreError> {
    let mut bytes = Vec::with_capacity(ENTRY_BYTES);
    bytes.extend_from_slice(&last.sha256);
    [last.scan_id, last.matching, last.rules].iter().for_each(|number| bytes.extend_from_slice(&number.to_be_bytes()));
    wtx.put(LAST_REPORTS, key(project, report_type, on_default_branch), &bytes)
}

/// The report that was read last.
///
/// # Errors
/// When it can't be read.
pub fn find(
    tx: &impl Reads,
    project: u64,
    report_type: ReportType,
    on_default_branch: bool,
) -> Result<Option<LastReport>, StoreError> {
    value(tx, LAST_REPORTS, key(project, report_type, on_default_branch))?.map(|bytes| read(&bytes)).transpose()
}

/// Forgets the reports of a project: something was taken back that reading them anew may go by.
///
/// # Errors
/// When the engine fails.
pub fn forget(wtx: &mut WriteTx, project: u64) -> Result<(), StoreError> {
    let mut keys = Vec::new();
    prefixed(wtx, LAST_REPORTS, &Key::id(project).done(), &mut |key, _| {
        keys.push(key.to_vec());
        Ok(ControlFlow::Continue(()))
    })?;
    wtx.remove_all(LAST_REPORTS, &keys)
}

/// Reads a stored entry.
pub(super) fn read(bytes: &[u8]) -> Result<LastReport, StoreError> {
    let damaged = || StoreError::Damaged { table: LAST_REPORTS.name, reason: format!("an entry of {} bytes", bytes.len()) };
    let sha256 =
        bytes.get(..32).and_then(|sha| sha.try_into().ok()).filter(|_| bytes.len() == ENTRY_BYTES).ok_or_else(damaged)?;
    Ok(LastReport { sha256, scan_id: id_at(bytes, 32), matching: id_at(bytes, 40), rules: id_at(bytes, 48) })
}

/// Number of the last change of what findings of a project are matched by: a new finding, or another
/// identity, place, signature, first identifier or scanner of a stored one. Equal numbers, equal matches.
///
/// # Errors
/// When it can't be read.
pub fn matching(tx: &impl Reads, project: u64) -> Result<u64, StoreError> {
    last_id(tx, Sequence::MatchingOf(project))
}

/// Counts such changes.
pub(super) fn count_changes(wtx: &mut WriteTx, project: u64, count: u64) -> Result<(), StoreError> {
    if count > 0 {
        take_ids(wtx, Sequence::MatchingOf(project), count)?;
    }
    Ok(())
}
