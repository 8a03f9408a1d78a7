//! Removes reports as they were uploaded: those whose own time is over, those that are too old, and the oldest
//! while all of them fill too much space.
//!
//! Must not know: what is in them. A file goes with the last report that has its bytes. Rows first, then the
//! file: one that no row needs is also removed at the next start (`app.rs`).

use super::{RetentionError, Work, before};
use crate::clock::Millis;
use crate::domain::expiry::Expiry;
use crate::domain::retention::RetentionRun;
use crate::ingest::killpoint;
use crate::store::expire::{self, Expired};
use crate::store::{StoreError, WriteTx, pipelines};

/// Files that are looked at under one hold: nobody can hand in a report meanwhile.
const FILES: usize = if cfg!(test) { 2 } else { 50 };
/// Rows of one transaction, about.
const ROWS: usize = if cfg!(test) { 3 } else { 500 };

struct File {
    sha256: [u8; 32],
    newest: u64,
    bytes: u64,
}

/// Removes what is due.
pub(super) fn artifacts(work: &Work<'_>, now: Millis, run: &mut RetentionRun) -> Result<(), RetentionError> {
    told(work, now, run)?;
    let old = old(work, now)?;
    one_by_one(work, &old, now, run)?;
    let too_many = too_many(work)?;
    for group in too_many.chunks(FILES) {
        let mut left = group;
        while !left.is_empty() && !(work.is_stopping)() {
            let expired = remove(work, run, |wtx| expire::expire_files(wtx, left, ROWS, now))?;
            left = left.get(expired.dealt_with..).unwrap_or_default();
        }
    }
    Ok(())
}

/// Removes those whose own time is over.
pub(super) fn told(work: &Work<'_>, now: Millis, run: &mut RetentionRun) -> Result<(), RetentionError> {
    let over = expire::over(&work.room.store.read()?, now)?;
    one_by_one(work, &over, now, run)
}

fn one_by_one(work: &Work<'_>, artifacts: &[u64], now: Millis, run: &mut RetentionRun) -> Result<(), RetentionError> {
    for group in artifacts.chunks(ROWS) {
        if (work.is_stopping)() {
            break;
        }
        remove(work, run, |wtx| expire::expire(wtx, group, now))?;
    }
    Ok(())
}

/// Those that are too old and have no time of their own, the oldest first.
fn old(work: &Work<'_>, now: Millis) -> Result<Vec<u64>, RetentionError> {
    let ages = work.ages()?;
    let mut old = Vec::new();
    expire::each_needed(&work.room.store.read()?, |artifact| {
        let before = before(ages.of(artifact.project_id).artifacts_days, now);
        let is_old = artifact.expiry == Expiry::ByAge && before.is_some_and(|before| artifact.created_at < before);
        old.extend(is_old.then_some(artifact.id));
    })?;
    old.sort_unstable();
    Ok(old)
}

/// The oldest files beyond the space that all of them may fill, each with its newest artifact.
fn too_many(work: &Work<'_>) -> Result<Vec<([u8; 32], u64)>, RetentionError> {
    let limit = work.settings.artifacts_bytes;
    if limit == 0 {
        return Ok(Vec::new());
    }
    let mut files = files(work)?;
    files.sort_by_key(|file| file.newest);
    let mut total: u64 = files.iter().map(|file| file.bytes).sum();
    let mut too_many = Vec::new();
    for file in files {
        if total > limit {
            total = total.saturating_sub(file.bytes);
            too_many.push((file.sha256, file.newest));
        }
    }
    Ok(too_many)
}

fn files(work: &Work<'_>) -> Result<Vec<File>, RetentionError> {
    let rtx = work.room.store.read()?;
    let mut files = Vec::new();
    for (sha256, newest) in pipelines::needed_files(&rtx)? {
        let bytes = work.room.artifacts.size(&sha256)?.unwrap_or_default();
        files.push(File { sha256, newest, bytes });
    }
    Ok(files)
}

/// Lets artifacts expire and removes the files that none needs any more.
fn remove(
    work: &Work<'_>,
    run: &mut RetentionRun,
    rows: impl FnOnce(&mut WriteTx) -> Result<Expired, StoreError>,
) -> Result<Expired, RetentionError> {
    let room = work.room;
    // Between the look at the rows and the removal nobody may keep the same bytes for a new row.
    let _alone = room.artifacts.hold_alone();
    let expired = room.store.write(rows)?;
    killpoint::pass("after-expire");
    run.artifacts += expired.artifacts;
    for sha256 in &expired.files {
        let bytes = room.artifacts.size(sha256)?.unwrap_or_default();
        if room.artifacts.remove(sha256)? {
            run.files += 1;
            run.file_bytes += bytes;
        }
    }
    Ok(expired)
}
