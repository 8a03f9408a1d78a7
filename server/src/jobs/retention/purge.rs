//! Purges the findings of old pipelines, project by project, and what nothing names after that.
//!
//! Must not know: files. Under a project's claim nothing of it is ingested, so nobody has found a body that
//! is not named yet. Cut off anywhere, the project stands among the unswept ones and is looked through again.

use super::{RetentionError, Work, before};
use crate::clock::Millis;
use crate::domain::retention::RetentionRun;
use crate::ingest::killpoint;
use crate::ingest::pace::Pace;
use crate::store::purge::{self, ChunkUses};
use crate::store::{StoreError, WriteTx, undo, unlisted};
use std::collections::BTreeSet;

/// Pipelines of the first commit group. Of each some hundred chunks may go.
const PIPELINES: usize = 4;
/// Bodies or remediations of the first commit group; few in tests, so that there are several.
const ROWS: usize = if cfg!(test) { 8 } else { 500 };

/// Purges what is due.
pub(super) fn findings(work: &Work<'_>, now: Millis, run: &mut RetentionRun) -> Result<(), RetentionError> {
    let ages = work.ages()?;
    let due = purge::due(&work.room.store.read()?, |project| before(ages.of(project).findings_days, now))?;
    let mut projects: BTreeSet<u64> = due.keys().copied().collect();
    projects.extend(purge::unswept(&work.room.store.read()?)?);
    for project in projects {
        if (work.is_stopping)() {
            break;
        }
        let Some(_claim) = (work.claim)(project) else { break };
        if let Some(pipelines) = due.get(&project) {
            purge_lists(work, project, pipelines.iter().copied().collect(), run)?;
        }
        sweep(work, project, run)?;
        (work.room.on_outbox)();
    }
    Ok(())
}

fn purge_lists(work: &Work<'_>, project: u64, pipelines: Vec<u64>, run: &mut RetentionRun) -> Result<(), StoreError> {
    let mut uses = ChunkUses::read(&work.room.store.read()?, project)?;
    in_groups(work, PIPELINES, &pipelines, |wtx, group| {
        group.iter().try_for_each(|pipeline| purge::purge_pipeline(wtx, project, *pipeline, &mut uses, run))
    })?;
    Ok(())
}

/// Removes what nothing names. Stopped before its end, which it answers with false, the project stays unswept.
pub(in crate::jobs) fn sweep(work: &Work<'_>, project: u64, run: &mut RetentionRun) -> Result<bool, StoreError> {
    let store = &work.room.store;
    let journal = undo::journal_of_purged(&store.read()?, project)?;
    if !in_groups(work, ROWS, &journal, undo::remove_journal)? {
        return Ok(false);
    }
    // Before the bodies: a chunk names some.
    let ahead = unlisted::unlisted(&store.read()?, project)?;
    let uses = ChunkUses::read(&store.read()?, project)?;
    let no_chunk = in_groups(work, ROWS, &ahead, |wtx, group| {
        run.chunks += unlisted::remove(wtx, project, group, &uses)?;
        Ok(())
    })?;
    if !no_chunk {
        return Ok(false);
    }
    let bodies = purge::unnamed_bodies(&store.read()?, project)?;
    let no_body = in_groups(work, ROWS, &bodies, |wtx, group| {
        run.bodies += group.len() as u64;
        purge::remove_bodies(wtx, project, group)
    })?;
    if !no_body {
        return Ok(false);
    }
    let purge::Unshared { texts, remediations } = purge::unshared(&store.read()?, project)?;
    let no_text = in_groups(work, ROWS, &texts, |wtx, group| {
        run.texts += group.len() as u64;
        purge::remove_texts(wtx, project, group)
    })?;
    let no_remediation = in_groups(work, ROWS, &remediations, |wtx, group| {
        run.remediations += group.len() as u64;
        purge::remove_remediations(wtx, group)
    })?;
    killpoint::pass("before-swept");
    let is_done = no_text && no_remediation;
    if is_done {
        store.write(|wtx| purge::swept(wtx, project))?;
    }
    Ok(is_done)
}

/// Works items off, each group in a transaction of its own. False when it was stopped before the end.
pub(in crate::jobs) fn in_groups<T>(
    work: &Work<'_>,
    size: usize,
    items: &[T],
    mut each: impl FnMut(&mut WriteTx, &[T]) -> Result<(), StoreError>,
) -> Result<bool, StoreError> {
    let (mut pace, mut left) = (Pace::new(size), items);
    while !left.is_empty() {
        if (work.is_stopping)() {
            return Ok(false);
        }
        let (group, others) = pace.split(left);
        pace.write(work.room, group.len(), |wtx| each(wtx, group))?;
        killpoint::pass("after-purge");
        left = others;
    }
    Ok(true)
}
