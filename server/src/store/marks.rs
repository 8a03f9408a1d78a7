//! What is no longer detected, apart from the rows of vulnerabilities and findings. Must not know: what proves it.
//!
//! A re-scan marks vulnerabilities from all over a project: a tenth of them lies on nearly every page of both tables,
//! and in the indexes that need not know. So a mark is a row of its own, and small. Whoever reads a vulnerability gets
//! it with its mark; whoever writes one gives it back in both pieces (`changes.rs`).

use super::catalog::NO_LONGER_DETECTED;
use super::changes::join;
use super::findings::Pair;
use super::key::id_at;
use super::{Reads, StoreError, codec};
use crate::clock::Millis;
use crate::domain::finding::Vulnerability;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// A mark as no longer detected, and what changed with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Pipeline whose report was the last to have the finding.
    pub latest_pipeline_id: u64,
    /// Commit of the pipeline that did not report it any more.
    pub resolved_in_commit_sha: Option<String>,
    /// When a field of the vulnerability last changed.
    pub updated_at: Millis,
}

pub(super) fn key(project: u64, vulnerability: u64) -> [u8; 16] {
    join(&[&project.to_be_bytes(), &vulnerability.to_be_bytes()])
}

/// The mark of a pair; none when it is still detected.
pub(super) fn of(pair: &Pair) -> Option<Mark> {
    let vulnerability = &pair.vulnerability;
    vulnerability.resolved_on_default_branch.then(|| Mark {
        latest_pipeline_id: pair.finding.latest_pipeline_id,
        resolved_in_commit_sha: vulnerability.resolved_in_commit_sha.clone(),
        updated_at: vulnerability.updated_at,
    })
}

fn is_marked(pair: &Pair) -> bool {
    pair.vulnerability.resolved_on_default_branch
}

fn clear(vulnerability: &mut Vulnerability) {
    vulnerability.resolved_on_default_branch = false;
    vulnerability.resolved_in_commit_sha = None;
}

/// What the row of a vulnerability says when it is written: all but the mark.
pub(super) fn row(vulnerability: &Vulnerability) -> Cow<'_, Vulnerability> {
    let mut row = Cow::Borrowed(vulnerability);
    if vulnerability.resolved_on_default_branch {
        clear(row.to_mut());
    }
    row
}

/// Whether the row of the finding, and that of the vulnerability, has to be written anew. One that loses its mark has
/// both written: what its mark said is in none of them.
pub(super) fn differ(old: &Pair, new: &Pair) -> (bool, bool) {
    match (is_marked(old), is_marked(new)) {
        (false, false) => (old.finding != new.finding, old.vulnerability != new.vulnerability),
        (true, false) => (true, true),
        (_, true) => {
            let (old, new) = (without(old), without(new));
            (old.finding != new.finding, old.vulnerability != new.vulnerability)
        }
    }
}

/// A pair without anything that a mark says.
fn without(pair: &Pair) -> Pair {
    let mut pair = pair.clone();
    clear(&mut pair.vulnerability);
    (pair.vulnerability.updated_at, pair.finding.latest_pipeline_id) = (0, 0);
    pair
}

/// Puts a mark on a vulnerability as its row says it.
pub(super) fn put_on(vulnerability: &mut Vulnerability, mark: Mark) {
    vulnerability.resolved_on_default_branch = true;
    vulnerability.resolved_in_commit_sha = mark.resolved_in_commit_sha;
    vulnerability.updated_at = mark.updated_at;
}

/// The marks among vulnerabilities, which are told with their project.
pub(super) fn find_all(
    tx: &impl Reads,
    vulnerabilities: impl IntoIterator<Item = (u64, u64)>,
) -> Result<BTreeMap<u64, Mark>, StoreError> {
    let mut marks = BTreeMap::new();
    each(tx, vulnerabilities, |id, bytes| {
        marks.insert(id, codec::decode(NO_LONGER_DETECTED.name, bytes)?);
        Ok(())
    })?;
    Ok(marks)
}

/// Which of the vulnerabilities, told with their project, are marked, in order.
pub(super) fn marked(tx: &impl Reads, vulnerabilities: impl IntoIterator<Item = (u64, u64)>) -> Result<Vec<u64>, StoreError> {
    let mut ids = Vec::new();
    each(tx, vulnerabilities, |id, _| {
        ids.push(id);
        Ok(())
    })?;
    ids.sort_unstable();
    Ok(ids)
}

/// Calls `visit` with the id and the row of each that is marked.
fn each(
    tx: &impl Reads,
    vulnerabilities: impl IntoIterator<Item = (u64, u64)>,
    mut visit: impl FnMut(u64, &[u8]) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut keys: Vec<[u8; 16]> = vulnerabilities.into_iter().map(|(project, id)| key(project, id)).collect();
    keys.sort_unstable();
    let (Some(first), Some(last)) = (keys.first(), keys.last()) else { return Ok(()) };
    // Mostly there is none between the first and the last one: one look instead of many.
    let mut next = None;
    tx.walk(NO_LONGER_DETECTED, first, None, false, &mut |key, _| {
        next = Some(key.to_vec());
        Ok(ControlFlow::Break(()))
    })?;
    if next.is_none_or(|next| next.as_slice() > last.as_slice()) {
        return Ok(());
    }
    tx.look_up(NO_LONGER_DETECTED, &keys, &mut |position, found| match (found, keys.get(position)) {
        (Some(bytes), Some(key)) => visit(id_at(key, 8), bytes),
        _ => Ok(()),
    })
}
