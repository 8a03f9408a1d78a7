//! Branches of projects and what protects them. Must not know: what a name may be, who may change them.

use super::catalog::{BRANCHES, PROTECTED_BRANCHES, Table};
use super::codec::Record;
use super::key::Key;
use super::{Reads, StoreError, WriteTx, codec, prefixed, row};
use crate::clock::Millis;
use crate::domain::branch::{Branch, ProtectedBranch};
use std::ops::ControlFlow;

pub(super) fn branch_key(project: u64, name: &str) -> Vec<u8> {
    Key::id(project).then_bytes(name.as_bytes()).done()
}

/// Notes that a branch stands at a commit; makes it when it was not known.
pub fn hear(wtx: &mut WriteTx, project: u64, name: &str, sha: &str, by: u64, now: Millis) -> Result<Branch, StoreError> {
    let created_at = find(wtx, project, name)?.map_or(now, |known| known.created_at);
    let branch =
        Branch { project_id: project, name: name.to_owned(), sha: sha.to_owned(), told_by: by, created_at, updated_at: now };
    wtx.put_row(BRANCHES, branch_key(project, name), &branch)?;
    Ok(branch)
}

/// Removes a branch. What is told of it later makes it again.
pub fn remove(wtx: &mut WriteTx, project: u64, name: &str) -> Result<(), StoreError> {
    wtx.remove(BRANCHES, &branch_key(project, name))
}

/// A project's branch by name; case counts.
pub fn find(tx: &impl Reads, project: u64, name: &str) -> Result<Option<Branch>, StoreError> {
    row(tx, BRANCHES, branch_key(project, name))
}

/// All branches of a project, by name.
pub fn branches(tx: &impl Reads, project: u64) -> Result<Vec<Branch>, StoreError> {
    all(tx, BRANCHES, project)
}

/// Writes a protection.
pub fn put_protection(wtx: &mut WriteTx, protection: &ProtectedBranch) -> Result<(), StoreError> {
    wtx.put_row(PROTECTED_BRANCHES, Key::id(protection.project_id).then_id(protection.id).done(), protection)
}

/// Removes a protection.
pub fn remove_protection(wtx: &mut WriteTx, project: u64, id: u64) -> Result<(), StoreError> {
    wtx.remove(PROTECTED_BRANCHES, &Key::id(project).then_id(id).done())
}

/// All protections of a project, by id.
pub fn protections(tx: &impl Reads, project: u64) -> Result<Vec<ProtectedBranch>, StoreError> {
    all(tx, PROTECTED_BRANCHES, project)
}

fn all<R: Record>(tx: &impl Reads, table: Table, project: u64) -> Result<Vec<R>, StoreError> {
    let mut rows = Vec::new();
    prefixed(tx, table, &Key::id(project).done(), &mut |_, bytes| {
        rows.push(codec::decode(table.name, bytes)?);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(rows)
}
