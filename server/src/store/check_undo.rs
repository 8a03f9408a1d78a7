//! check-db, third part: undos, their journal and the order of ingestion. Must not know: search, files, what
//! may be taken back.

use super::catalog::{self, Table};
use super::check::Findings;
use super::check_ids::Ids;
use super::findings::Pair;
use super::key::id_at;
use super::undo::{PromotionBefore, UndoEntry};
use super::{Reads, StoreError, codec, pipelines, scans};
use crate::domain::undo::Undo;
use casemate_shared::UndoStatus;
use std::collections::BTreeSet;
use std::ops::ControlFlow;

/// Whether an undo of the pipeline waits or is under way.
pub(super) fn waits(tx: &impl Reads, pipeline: u64) -> bool {
    matches!(super::undo::find_undo(tx, pipeline), Ok(Some(undo)) if undo.status == UndoStatus::Running)
}

/// Looks at them.
pub(super) fn check(tx: &impl Reads, ids: &Ids, found: &mut Findings) -> Result<(), StoreError> {
    order(tx, ids, found)?;
    undos(tx, ids, found)?;
    let need = |found: &mut Findings, owner: &str, table: Table, id: u64| {
        if !ids.has(table, id) {
            found.problem(format!("{owner}: row {id} of {} is missing", table.name));
        }
    };
    rows(tx, catalog::UNDO_JOURNAL, found, |found, key, entry: UndoEntry| {
        need(found, "the undo journal", catalog::PIPELINES, id_at(key, 0));
        need(found, "the undo journal", catalog::VULNERABILITIES, id_at(key, 8));
        for id in entry.pair.iter().flat_map(bodies_of) {
            need(found, "the undo journal", catalog::BODIES, id);
        }
    })?;
    rows(tx, catalog::UNDO_PROMOTIONS, found, |found, key, noted: PromotionBefore| {
        need(found, "a promotion before", catalog::PIPELINES, id_at(key, 0));
        need(found, "a promotion before", catalog::SCANNERS, id_at(key, 9));
        let Some(before) = noted.before else { return };
        need(found, "a promotion before", catalog::PIPELINES, before.pipeline_id);
        let full = before.last_full.iter().flat_map(|full| &full.chunks);
        let chunks: Vec<_> = before.chunks.iter().chain(full).copied().collect();
        if let Err(error) = scans::list(tx, &chunks) {
            found.problem(format!("a promotion before pipeline {}: {error}", id_at(key, 0)));
        }
    })
}

fn bodies_of(pair: &Pair) -> impl Iterator<Item = u64> {
    std::iter::once(pair.finding.body_id).chain(pair.finding.evidence_body_id)
}

/// Every pipeline that a scanner is compared with has its place in the order.
fn order(tx: &impl Reads, ids: &Ids, found: &mut Findings) -> Result<(), StoreError> {
    let mut known = BTreeSet::new();
    tx.walk(catalog::PROMOTED_PIPELINES, &[], None, false, &mut |key, value| {
        let pipeline = id_at(value, 0);
        if value.len() != 8 || !ids.has(catalog::PIPELINES, pipeline) {
            found.problem(format!("{}: pipeline {pipeline} is missing", catalog::PROMOTED_PIPELINES.name));
        }
        known.insert((id_at(key, 0), pipeline));
        Ok(ControlFlow::Continue(()))
    })?;
    tx.walk(catalog::PROMOTIONS, &[], None, false, &mut |key, bytes| {
        if let Ok(promotion) = codec::decode::<crate::domain::scan::Promotion>(catalog::PROMOTIONS.name, bytes)
            && !known.contains(&(id_at(key, 0), promotion.pipeline_id))
        {
            let (id, table) = (promotion.pipeline_id, catalog::PROMOTED_PIPELINES.name);
            found.problem(format!("{table}: pipeline {id} was ingested and has no place there"));
        }
        Ok(ControlFlow::Continue(()))
    })
}

fn undos(tx: &impl Reads, ids: &Ids, found: &mut Findings) -> Result<(), StoreError> {
    let mut done = BTreeSet::new();
    rows(tx, catalog::UNDOS, found, |found, key, undo: Undo| {
        let id = id_at(key, 0);
        if !ids.has(catalog::PIPELINES, id) {
            found.problem(format!("undo of pipeline {id}: its pipeline is missing"));
        }
        if undo.status == UndoStatus::Done {
            done.insert(id);
        } else if !pipelines::queued(tx).is_ok_and(|queued| queued.contains(&id)) {
            found.problem(format!("undo of pipeline {id}: it runs and is not in the queue"));
        }
    })?;
    let mut undone = BTreeSet::new();
    tx.walk(catalog::PIPELINES, &[], None, false, &mut |_, bytes| {
        if let Ok(pipeline) = codec::decode::<crate::domain::pipeline::Pipeline>(catalog::PIPELINES.name, bytes)
            && pipeline.undone_at.is_some()
        {
            // A child is taken back with its root.
            undone.insert(pipeline.root());
        }
        Ok(ControlFlow::Continue(()))
    })?;
    for id in done.symmetric_difference(&undone) {
        found.problem(format!("pipeline {id} and its undo don't agree"));
    }
    Ok(())
}

/// Rows of a table; unreadable ones are problems.
fn rows<R: codec::Record>(
    tx: &impl Reads,
    table: Table,
    found: &mut Findings,
    mut visit: impl FnMut(&mut Findings, &[u8], R),
) -> Result<(), StoreError> {
    tx.walk(table, &[], None, false, &mut |key, bytes| {
        found.rows += 1;
        match codec::decode::<R>(table.name, bytes) {
            Ok(row) => visit(found, key, row),
            Err(error) => found.problem(error.to_string()),
        }
        Ok(ControlFlow::Continue(()))
    })
}
