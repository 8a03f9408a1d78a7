//! Default-branch ingestion: what a pipeline's scans found becomes vulnerabilities
//! (ingestion design, section 4). Slices of 50 are built in rayon, stored in commit groups.
//!
//! Must not know: reports; it works from stored lists and bodies, so that it can be cut off anywhere and
//! go on. Numbers are added up in the scan's row, in the transaction that makes them true.

use super::draft::{self, Draft, Source};
use super::pace::Pace;
use super::{IngestError, Room, conclude, killpoint};
use crate::domain::finding::{EventKind, MatchEvidence, VulnerabilityEvent};
use crate::domain::pipeline::Pipeline;
use crate::domain::scan::{ListEntry, Message, Scan};
use crate::store::findings::{Change, Known, Pair};
use crate::store::{ReadTx, Reads, StoreError, WriteTx, bodies, findings, records, scans};
use casemate_shared::VulnerabilityState;
use rayon::prelude::*;
use std::collections::{BTreeMap, HashSet};

/// Findings of one slice; a slice that fails hurts only itself.
const SLICE: usize = 50;
/// Findings of the first commit group; few in tests, so that small reports have several.
const GROUP: usize = if cfg!(test) { 100 } else { 2_000 };

/// Ingests the scans of a default-branch pipeline.
///
/// # Errors
/// When the store fails.
pub fn promote(room: &Room, pipeline: &Pipeline) -> Result<(), IngestError> {
    let latest: Vec<Scan> = scans::scans(&room.store.read()?, pipeline.id)?.into_iter().filter(|scan| scan.latest).collect();
    let mut reported = Reported::default();
    for scan in latest.iter().filter(|scan| scan.counts()) {
        // One that is done already, in a pipeline that got another job, is not done again: newer pipelines
        // may have been ingested since. What it reports still counts as seen.
        let promoted = promote_scan(room, pipeline, scan)?;
        reported.vulnerabilities.extend(promoted.vulnerabilities);
        if promoted.has_failed_slice {
            reported.broken_scans.insert(scan.id);
        }
    }
    conclude::conclude(room, pipeline, &latest, &reported)?;
    // Nothing is new for the index, but its thread gives back the memory that is free now.
    room.outbox_grew();
    Ok(())
}

/// What the scans of a pipeline report, all together.
#[derive(Default)]
pub struct Reported {
    /// Vulnerabilities that any scan reports.
    pub vulnerabilities: HashSet<u64>,
    /// Scans some of whose findings could not be stored.
    pub broken_scans: HashSet<u64>,
}

struct Promoted {
    /// Vulnerabilities that the scan reports.
    vulnerabilities: Vec<u64>,
    has_failed_slice: bool,
}

/// One entry that has something to be done for.
struct Todo {
    entry: ListEntry,
    known: Option<Known>,
}

fn promote_scan(room: &Room, pipeline: &Pipeline, scan: &Scan) -> Result<Promoted, IngestError> {
    let rtx = room.store.read()?;
    let entries = scans::list(&rtx, &scan.accepted_chunks)?;
    let uuids: Vec<[u8; 16]> = entries.iter().map(|entry| entry.uuid).collect();
    let known = findings::known(&rtx, scan.project_id, &uuids)?;
    let mut vulnerabilities: Vec<u64> = known.iter().flatten().map(|known| known.vulnerability_id).collect();
    if scan.tally.is_final {
        return Ok(Promoted { vulnerabilities, has_failed_slice: false });
    }
    let todo: Vec<Todo> = entries
        .into_iter()
        .zip(known)
        .filter(|(entry, known)| has_work(entry, known.as_ref()))
        .map(|(entry, known)| Todo { entry, known })
        .collect();
    drop(rtx);
    let mut has_failed_slice = false;
    let (mut pace, mut left) = (Pace::new(GROUP), todo.as_slice());
    while !left.is_empty() {
        let (group, others) = pace.split(left);
        // A snapshot for each group: one that stayed open would keep every page that the writer replaces.
        let drafts = build(&room.store.read()?, scan, group);
        has_failed_slice |= drafts.failed > 0;
        vulnerabilities.extend(store_group(room, pipeline, scan.id, drafts, &mut pace)?);
        killpoint::pass("after-group");
        left = others;
    }
    Ok(Promoted { vulnerabilities, has_failed_slice })
}

/// Whether a reported finding changes anything that is stored (ingestion design, section 12.14).
fn has_work(entry: &ListEntry, known: Option<&Known>) -> bool {
    known.is_none_or(|known| {
        known.body_id != entry.body_id
            || !known.present
            || known.no_longer_detected
            || known.state == VulnerabilityState::Resolved
    })
}

/// A draft, and by what it was matched with a stored finding, if it was.
type Built = (Draft, Option<MatchEvidence>);

#[derive(Default)]
struct Drafts {
    drafts: Vec<Built>,
    failed: u64,
    reasons: Vec<String>,
}

/// Reads the bodies and builds what is to be stored, slice by slice.
fn build(rtx: &ReadTx, scan: &Scan, group: &[Todo]) -> Drafts {
    let slices: Vec<Result<Vec<Built>, (u64, String)>> = group
        .par_chunks(SLICE)
        .map(|slice| build_slice(rtx, scan, slice).map_err(|reason| (slice.len() as u64, reason)))
        .collect();
    let mut answer = Drafts::default();
    for slice in slices {
        match slice {
            Ok(drafts) => answer.drafts.extend(drafts),
            Err((count, reason)) => {
                answer.failed += count;
                answer.reasons.push(reason);
            }
        }
    }
    answer
}

fn build_slice(rtx: &ReadTx, scan: &Scan, slice: &[Todo]) -> Result<Vec<Built>, String> {
    let ids: Vec<u64> = slice.iter().map(|todo| todo.entry.body_id).collect();
    let bodies = bodies::get_bare_bodies(rtx, &ids).map_err(|error| error.to_string())?;
    slice
        .iter()
        .zip(&bodies)
        .map(|(todo, body)| {
            let draft = draft::build(&Source { body, uuid: todo.entry.uuid, severity: todo.entry.severity })?;
            debug_assert_eq!(body.project_id, scan.project_id);
            Ok((draft, todo.entry.taken_over_by.or(todo.known.map(|_| MatchEvidence::Uuid))))
        })
        .collect()
}

/// Stores one commit group: identifiers, findings, vulnerabilities, history, numbers. Answers the
/// vulnerabilities stored.
fn store_group(room: &Room, pipeline: &Pipeline, scan_id: u64, group: Drafts, pace: &mut Pace) -> Result<Vec<u64>, IngestError> {
    let mut now = 0;
    let stored = room.store.write(|wtx| -> Result<Vec<u64>, StoreError> {
        now = room.clock.now();
        let mut scan = get_scan(wtx, scan_id)?;
        let mut wanted = BTreeMap::new();
        for (draft, _) in &group.drafts {
            wanted.extend(draft.identifiers.iter().map(|identifier| (identifier.fingerprint, identifier.clone())));
        }
        let identifier_ids = records::upsert_identifiers(wtx, scan.project_id, &wanted)?;
        let uuids: Vec<[u8; 16]> = group.drafts.iter().map(|(draft, _)| draft.uuid).collect();
        // Looked up again under the writer: somebody may have acted on it since.
        let known = findings::known(wtx, scan.project_id, &uuids)?;
        let mut changes = Vec::with_capacity(group.drafts.len());
        for ((draft, evidence), known) in group.drafts.into_iter().zip(known) {
            let old = match known {
                Some(known) => findings::find_pair(wtx, known.vulnerability_id)?,
                None => None,
            };
            let ids =
                draft.identifiers.iter().filter_map(|identifier| identifier_ids.get(&identifier.fingerprint)).copied().collect();
            changes.push(change(draft.with_identifiers(ids), old, evidence, pipeline, &mut scan, now));
        }
        note_failures(&mut scan, group.failed, &group.reasons);
        let stored = findings::put(wtx, scan.project_id, changes)?;
        scans::put_scan(wtx, &scan)?;
        pace.held(room.clock.now() - now);
        Ok(stored)
    })?;
    Ok(stored)
}

fn get_scan(wtx: &WriteTx, id: u64) -> Result<Scan, StoreError> {
    scans::find_scan(wtx, id)?.ok_or_else(|| StoreError::Damaged { table: "scans", reason: format!("scan {id} is missing") })
}

fn note_failures(scan: &mut Scan, failed: u64, reasons: &[String]) {
    let Some(first) = reasons.first() else { return };
    if !scan.errors.iter().any(|message| message.kind == "IngestionError") {
        let text = format!(
            "{failed} findings could not become vulnerabilities, nothing of this scan is marked as no longer detected: {first}"
        );
        scan.errors.push(Message::new("IngestionError", text));
    }
}

fn change(
    draft: Draft,
    old: Option<Pair>,
    evidence: Option<MatchEvidence>,
    pipeline: &Pipeline,
    scan: &mut Scan,
    now: i64,
) -> Change {
    let event = |kind| Some(VulnerabilityEvent { kind, pipeline_id: pipeline.id, scan_id: scan.id, at: now });
    let Some(old) = old else {
        scan.tally.new += 1;
        return Change { new: draft.create(pipeline, now), event: event(EventKind::Detected), old: None };
    };
    let was = &old.vulnerability;
    let kind = if !was.present_on_default_branch {
        scan.tally.new += 1;
        EventKind::Detected
    } else if was.resolved_on_default_branch || was.state == VulnerabilityState::Resolved {
        scan.tally.redetected += 1;
        EventKind::DetectedAgain
    } else {
        EventKind::Changed(evidence.unwrap_or(MatchEvidence::Uuid))
    };
    let new = draft.update(&old, pipeline, now);
    Change { event: event(kind), new, old: Some(old) }
}

/// The numbers of a pipeline that is not on the default branch: what it reports that the default branch
/// does not have.
///
/// # Errors
/// When the store fails.
pub fn compare_with_default_branch(room: &Room, pipeline: &Pipeline) -> Result<(), IngestError> {
    let rtx = room.store.read()?;
    for scan in scans::scans(&rtx, pipeline.id)?.into_iter().filter(Scan::counts) {
        let new = unknown_on_default_branch(&rtx, &scan)?;
        room.store.write(|wtx| -> Result<(), StoreError> {
            // Read again under the writer: a retry may have replaced it since.
            let mut scan = get_scan(wtx, scan.id)?;
            (scan.tally.new, scan.tally.is_final) = (new, true);
            scans::put_scan(wtx, &scan)
        })?;
    }
    room.outbox_grew();
    Ok(())
}

fn unknown_on_default_branch(rtx: &impl Reads, scan: &Scan) -> Result<u64, StoreError> {
    let uuids: Vec<[u8; 16]> = scans::list(rtx, &scan.accepted_chunks)?.into_iter().map(|entry| entry.uuid).collect();
    let known = findings::known(rtx, scan.project_id, &uuids)?;
    Ok(known.iter().filter(|known| !known.is_some_and(|known| known.present)).count() as u64)
}
