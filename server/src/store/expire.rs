//! Artifacts whose files are to go: which are due, and what becomes of them. Must not know: ages in days,
//! files on the disk, threads.

use super::catalog::{ARTIFACTS_BY_EXPIRY, ARTIFACTS_BY_HASH};
use super::key::{Key, id_at};
use super::{Reads, StoreError, WriteTx, pipelines, purge};
use crate::clock::Millis;
use crate::domain::expiry::Expiry;
use crate::domain::pipeline::Artifact;
use std::ops::ControlFlow;

/// The entry of an artifact that has a time of its own, while it has not expired.
pub(super) fn time_key(artifact: &Artifact) -> Option<Vec<u8>> {
    match artifact.expiry {
        Expiry::At(at) => Some(Key::id(at.max(0).unsigned_abs()).then_id(artifact.id).done()),
        Expiry::ByAge | Expiry::Never => None,
    }
}

/// Artifacts whose own time is over, the one that was due first first.
pub fn over(tx: &impl Reads, now: Millis) -> Result<Vec<u64>, StoreError> {
    let mut over = Vec::new();
    tx.walk(ARTIFACTS_BY_EXPIRY, &[], Some(&Key::id(now.max(0).unsigned_abs() + 1).done()), false, &mut |key, _| {
        over.push(id_at(key, 8));
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(over)
}

/// Calls `visit` with every artifact that has not expired.
pub fn each_needed(tx: &impl Reads, mut visit: impl FnMut(Artifact)) -> Result<(), StoreError> {
    tx.walk(ARTIFACTS_BY_HASH, &[], None, false, &mut |key, _| {
        let id = id_at(key, 32);
        let missing = || StoreError::Damaged { table: "artifacts", reason: format!("artifact {id} is missing") };
        visit(pipelines::find_artifact(tx, id)?.ok_or_else(missing)?);
        Ok(ControlFlow::Continue(()))
    })
}

/// What expired.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Expired {
    /// How many of the files were dealt with; the others are for the next call. Of [`expire_files`] only.
    pub dealt_with: usize,
    /// Artifacts that expired.
    pub artifacts: u64,
    /// Files that no artifact needs any more.
    pub files: Vec<[u8; 32]>,
}

/// Lets artifacts expire. One that ingestion or somebody needs is passed over. A file goes with its last one.
pub fn expire(wtx: &mut WriteTx, artifacts: &[u64], now: Millis) -> Result<Expired, StoreError> {
    let mut expired = Expired::default();
    for id in artifacts {
        let Some(artifact) = pipelines::find_artifact(wtx, *id)?.filter(|artifact| artifact.expired_at.is_none()) else {
            continue;
        };
        if is_needed(wtx, &artifact)? {
            continue;
        }
        let sha256 = artifact.sha256;
        pipelines::put_artifact(wtx, &Artifact { expired_at: Some(now), ..artifact })?;
        expired.artifacts += 1;
        if !pipelines::is_artifact_used(wtx, &sha256)? {
            expired.files.push(sha256);
        }
    }
    Ok(expired)
}

/// Files to be removed, each with the newest artifact that needs it.
pub type Files = [([u8; 32], u64)];

/// Lets all artifacts of files expire, about `most` of them. A file that got a newer one meanwhile, or one
/// that ingestion or somebody needs, is passed over.
pub fn expire_files(wtx: &mut WriteTx, files: &Files, most: usize, now: Millis) -> Result<Expired, StoreError> {
    let mut expired = Expired::default();
    for (sha256, newest) in files {
        let ids = pipelines::artifacts_of_file(wtx, sha256)?;
        let room = most.saturating_sub(usize::try_from(expired.artifacts).unwrap_or(usize::MAX));
        if room == 0 {
            break;
        }
        if ids.last() == Some(newest) && !any_is_needed(wtx, &ids)? {
            for id in ids.iter().take(room) {
                if let Some(artifact) = pipelines::find_artifact(wtx, *id)? {
                    pipelines::put_artifact(wtx, &Artifact { expired_at: Some(now), ..artifact })?;
                    expired.artifacts += 1;
                }
            }
            if ids.len() > room {
                break;
            }
            expired.files.push(*sha256);
        }
        expired.dealt_with += 1;
    }
    Ok(expired)
}

fn any_is_needed(tx: &impl Reads, artifacts: &[u64]) -> Result<bool, StoreError> {
    for id in artifacts {
        if let Some(artifact) = pipelines::find_artifact(tx, *id)?
            && is_needed(tx, &artifact)?
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether ingestion may still read an artifact, or somebody asked to keep it.
fn is_needed(tx: &impl Reads, artifact: &Artifact) -> Result<bool, StoreError> {
    let job = pipelines::find_job(tx, artifact.job_id)?;
    if job.is_some_and(|job| job.keep_artifacts || !job.has_ended()) {
        return Ok(true);
    }
    // A report is read again when a relative of its pipeline hands in one of the same type.
    let Some(root) = purge::root_of(tx, artifact.pipeline_id)? else { return Ok(false) };
    Ok(pipelines::is_family_queued(tx, &root)? || pipelines::family(tx, &root)?.iter().any(|member| !member.complete))
}
