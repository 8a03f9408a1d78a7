//! Records a vulnerability from a pipeline's finding, before the default branch has it. Must not know: what
//! is done to it afterwards.
//!
//! It is on no list and in no number until the default branch reports it; then its state is kept.

use super::TriageError;
use crate::audit::{self, Act, By, Entity, Event};
use crate::domain::finding::{EventKind, VulnerabilityEvent};
use crate::domain::pipeline::Pipeline;
use crate::domain::scan::{ListEntry, Scan};
use crate::ingest::pair_of;
use crate::store::findings::{Change, Pair};
use crate::store::{Reads, WriteTx, bodies, findings, records, scans};
use std::collections::BTreeMap;

/// Makes the vulnerability of a finding of a pipeline. Its state is detected.
///
/// # Errors
/// When the pipeline has no such finding or it has a vulnerability already, or the store's.
pub fn record(wtx: &mut WriteTx, pipeline: &Pipeline, uuid: &[u8; 16], user: u64, by: &By) -> Result<Pair, TriageError> {
    let (scan, entry) = find(wtx, pipeline, uuid)?.ok_or(TriageError::NoFinding)?;
    if findings::known(wtx, pipeline.project_id, &[*uuid])?.iter().any(Option::is_some) {
        return Err(TriageError::NoFinding);
    }
    let body = bodies::get_body(wtx, entry.body_id)?;
    let draft = pair_of(&body, &entry).map_err(TriageError::Unreadable)?;
    let wanted: BTreeMap<_, _> = draft.told().map(|row| (row.fingerprint, row.clone())).collect();
    let ids = records::upsert_identifiers(wtx, pipeline.project_id, &wanted)?;
    let mut new = draft.with_identifiers(&ids).map_err(TriageError::Unreadable)?.create(pipeline, by.at);
    new.vulnerability.author_id = user;
    new.vulnerability.present_on_default_branch = false;
    let event = Some(VulnerabilityEvent::new(EventKind::Recorded, pipeline.id, scan.id, by.at));
    let made = findings::put(wtx, pipeline.project_id, vec![Change { old: None, new, event }])?;
    let id = made.first().copied().unwrap_or_default();
    let pair = findings::find_pair(wtx, id)?.ok_or(TriageError::Missing(id))?;
    let act = Act::on(Event::VulnerabilityRecorded, Entity::Project(pipeline.project_id))
        .about("Vulnerability", id, &pair.vulnerability.title)
        .with("pipeline_id", pipeline.id.to_string());
    audit::pass(wtx, by, &act)?;
    Ok(pair)
}

fn find(tx: &impl Reads, pipeline: &Pipeline, uuid: &[u8; 16]) -> Result<Option<(Scan, ListEntry)>, TriageError> {
    for scan in scans::of_descent(tx, pipeline.id)?.into_iter().filter(Scan::counts) {
        if !scans::holds(tx, &scan.accepted_chunks, uuid)? {
            continue;
        }
        if let Some(entry) = scans::list(tx, &scan.accepted_chunks)?.into_iter().find(|entry| entry.uuid == *uuid) {
            return Ok(Some((scan, entry)));
        }
    }
    Ok(None)
}
