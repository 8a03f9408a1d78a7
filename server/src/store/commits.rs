//! What was told of commits. Must not know: whom to believe more than `domain::commit` says.

use super::catalog::COMMITS;
use super::key::Key;
use super::pipelines::commit_bytes;
use super::{Reads, StoreError, WriteTx, row};
use crate::clock::Millis;
use crate::domain::commit::{Commit, ToldCommit};

pub(super) fn commit_key(project: u64, sha: &str) -> Vec<u8> {
    Key::id(project).then_bytes(&commit_bytes(sha)).done()
}

/// Notes what somebody tells of a commit; nothing when they tell nothing.
pub fn tell(wtx: &mut WriteTx, project: u64, sha: &str, told: &Commit, by: u64, now: Millis) -> Result<(), StoreError> {
    if *told == Commit::default() {
        return Ok(());
    }
    let fresh = || ToldCommit {
        project_id: project,
        sha: sha.to_owned(),
        told: Commit::default(),
        told_by: by,
        created_at: now,
        updated_at: now,
    };
    let mut commit = find(wtx, project, sha)?.unwrap_or_else(fresh);
    let before = commit.told.clone();
    commit.told.learn(told);
    if commit.told == before {
        return Ok(());
    }
    commit.updated_at = now;
    wtx.put_row(COMMITS, commit_key(project, sha), &commit)
}

/// What was told of a commit.
pub fn find(tx: &impl Reads, project: u64, sha: &str) -> Result<Option<ToldCommit>, StoreError> {
    let found: Option<ToldCommit> = row(tx, COMMITS, commit_key(project, sha))?;
    Ok(found.filter(|commit| commit.sha == sha))
}
