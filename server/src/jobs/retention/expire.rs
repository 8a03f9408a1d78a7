//! Removes reports as they were uploaded, by age and by the space that all of them fill.
//!
//! Must not know: what is in them. A file goes when the newest report with its bytes is too old. Rows first,
//! then the file: one that no row needs is also removed at the next start (`app.rs`).

use super::{RetentionError, Work};
use crate::clock::Millis;
use crate::domain::retention::RetentionRun;
use crate::ingest::killpoint;
use crate::store::{StoreError, pipelines, purge};

/// Files that are looked at under one hold: nobody can hand in a report meanwhile.
const FILES: usize = if cfg!(test) { 2 } else { 50 };
/// Rows of one transaction, about.
const ROWS: usize = if cfg!(test) { 3 } else { 500 };

struct File {
    sha256: [u8; 32],
    newest: u64,
    created_at: Millis,
    bytes: u64,
}

/// Removes what is due.
pub(super) fn artifacts(work: &Work<'_>, now: Millis, run: &mut RetentionRun) -> Result<(), RetentionError> {
    let due = due(work, now)?;
    for group in due.chunks(FILES) {
        let mut left = group;
        while !left.is_empty() && !(work.is_stopping)() {
            let dealt_with = expire(work, left, now, run)?;
            left = left.get(dealt_with..).unwrap_or_default();
        }
    }
    Ok(())
}

/// Files that are too old, and the oldest of those that are too many; each with its newest artifact.
fn due(work: &Work<'_>, now: Millis) -> Result<Vec<([u8; 32], u64)>, RetentionError> {
    let mut files = files(work)?;
    files.sort_by_key(|file| file.newest);
    let mut total: u64 = files.iter().map(|file| file.bytes).sum();
    let before = work.before(work.settings.artifacts_days, now);
    let limit = work.settings.artifacts_bytes;
    let mut due = Vec::new();
    for file in files {
        let is_old = before.is_some_and(|before| file.created_at < before);
        if is_old || (limit > 0 && total > limit) {
            total = total.saturating_sub(file.bytes);
            due.push((file.sha256, file.newest));
        }
    }
    Ok(due)
}

fn files(work: &Work<'_>) -> Result<Vec<File>, RetentionError> {
    let rtx = work.room.store.read()?;
    let mut files = Vec::new();
    for (sha256, newest) in pipelines::needed_files(&rtx)? {
        let missing = || StoreError::Damaged { table: "artifacts", reason: format!("artifact {newest} is missing") };
        let artifact = pipelines::find_artifact(&rtx, newest)?.ok_or_else(missing)?;
        let bytes = work.room.artifacts.size(&sha256)?.unwrap_or_default();
        files.push(File { sha256, newest, created_at: artifact.created_at, bytes });
    }
    Ok(files)
}

/// Deals with some files; answers how many.
fn expire(work: &Work<'_>, files: &purge::Files, now: Millis, run: &mut RetentionRun) -> Result<usize, RetentionError> {
    let room = work.room;
    // Between the look at the rows and the removal nobody may keep the same bytes for a new row.
    let _alone = room.artifacts.hold_alone();
    let expired = room.store.write(|wtx| purge::expire_artifacts(wtx, files, ROWS, now))?;
    killpoint::pass("after-expire");
    run.artifacts += expired.artifacts;
    for sha256 in &expired.files {
        let bytes = room.artifacts.size(sha256)?.unwrap_or_default();
        if room.artifacts.remove(sha256)? {
            run.files += 1;
            run.file_bytes += bytes;
        }
    }
    Ok(expired.dealt_with)
}
