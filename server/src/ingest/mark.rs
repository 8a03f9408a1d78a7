//! No longer detected: what a scanner reported before and does not report now (ingestion design,
//! section 5). Without proof nothing is marked, and the reason is written down.
//!
//! Must not know: reports. Marks are made in commit groups, counted in the transaction that makes them.

use super::promote::Reported;
use super::{IngestError, Room, killpoint};
use crate::domain::finding::{EventKind, VulnerabilityEvent};
use crate::domain::pipeline::Pipeline;
use crate::domain::scan::Scan;
use crate::store::findings::Change;
use crate::store::{Reads, StoreError, WriteTx, findings, scans};
use casemate_shared::ScanMode;
use std::collections::HashSet;

/// Marks of one commit group; few in tests, so that small reports have several.
const GROUP: usize = if cfg!(test) { 100 } else { 2_000 };

/// Why a scan closes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoProof {
    /// It looked at a part only.
    Partial,
    /// Its own status is failure.
    ReportFailure,
    /// Some of its findings could not be stored.
    FailedSlice,
    /// Another report of its scanner in the same pipeline could not be stored.
    FailedScan,
    /// A newer pipeline of the default branch was ingested before.
    Superseded,
    /// The type needs somebody to resolve it.
    ManualResolution,
}

/// Why this scan proves nothing about what it does not report; none if it does. A scanner may run in
/// several jobs of a pipeline (`latest` are its scans): what one of them could not look at, none closes
/// (ingestion design, section 12.3).
///
/// # Errors
/// When the store fails.
pub fn no_proof(
    tx: &impl Reads,
    pipeline: &Pipeline,
    scan: &Scan,
    latest: &[Scan],
    reported: &Reported,
) -> Result<Option<NoProof>, StoreError> {
    if scan.report_type.needs_manual_resolution() {
        return Ok(Some(NoProof::ManualResolution));
    }
    let of_scanner = latest.iter().filter(|other| other.id == scan.id || is_of_same_scanner(scan, other));
    if let Some(reason) = of_scanner.filter_map(|other| own_reason(other, reported)).next() {
        return Ok(Some(reason));
    }
    let newest = scans::promotions(tx, scan.project_id)?.into_iter().map(|(_, _, promotion)| promotion.pipeline_id).max();
    Ok(newest.filter(|newest| *newest > pipeline.id).map(|_| NoProof::Superseded))
}

fn is_of_same_scanner(scan: &Scan, other: &Scan) -> bool {
    let id = |scan: &Scan| scan.scanner.as_ref().map(|tool| tool.external_id.clone());
    let is_named_alike = id(scan).is_some() && id(scan) == id(other);
    scan.report_type == other.report_type
        && (is_named_alike || scan.scanner_ids.iter().any(|scanner| other.scanner_ids.contains(scanner)))
}

/// What the scan itself says against closing anything.
fn own_reason(scan: &Scan, reported: &Reported) -> Option<NoProof> {
    if scan.mode == ScanMode::Partial {
        return Some(NoProof::Partial);
    }
    if scan.report_status.as_deref() == Some("failure") {
        return Some(NoProof::ReportFailure);
    }
    if reported.broken_scans.contains(&scan.id) {
        return Some(NoProof::FailedSlice);
    }
    (!scan.counts()).then_some(NoProof::FailedScan)
}

/// Marks what the scan's scanners reported before and this pipeline does not.
///
/// # Errors
/// When the store fails.
pub fn no_longer_detected(
    room: &Room,
    pipeline: &Pipeline,
    scan: &Scan,
    latest: &[Scan],
    reported: &Reported,
) -> Result<(), IngestError> {
    let rtx = room.store.read()?;
    if let Some(reason) = no_proof(&rtx, pipeline, scan, latest, reported)? {
        tracing::debug!(scan = scan.id, ?reason, "marks nothing as no longer detected");
        return Ok(());
    }
    for scanner in &scan.scanner_ids {
        let candidates = findings::still_detected(&rtx, scan.project_id, *scanner, scan.report_type)?;
        let missing: Vec<u64> = candidates.into_iter().filter(|id| !reported.vulnerabilities.contains(id)).collect();
        let last = if missing.is_empty() { None } else { LastReport::read(&rtx, scan, *scanner)? };
        for group in missing.chunks(GROUP) {
            room.store.write(|wtx| mark_group(wtx, pipeline, scan.id, last.as_ref(), group, room.clock.now()))?;
            killpoint::pass("after-marks");
        }
    }
    Ok(())
}

/// What the scanner reported the last time: the last chance to write down who was seen then, because a
/// re-scan that changes nothing writes no row.
struct LastReport {
    pipeline_id: u64,
    uuids: HashSet<[u8; 16]>,
}

impl LastReport {
    fn read(tx: &impl Reads, scan: &Scan, scanner: u64) -> Result<Option<LastReport>, StoreError> {
        let Some(last) = scans::find_promotion(tx, scan.project_id, scan.report_type, scanner)? else { return Ok(None) };
        let uuids = scans::list(tx, &last.chunks)?.into_iter().map(|entry| entry.uuid).collect();
        Ok(Some(LastReport { pipeline_id: last.pipeline_id, uuids }))
    }
}

fn mark_group(
    wtx: &mut WriteTx,
    pipeline: &Pipeline,
    scan_id: u64,
    last: Option<&LastReport>,
    group: &[u64],
    now: i64,
) -> Result<(), StoreError> {
    let mut changes = Vec::with_capacity(group.len());
    for id in group {
        // Looked at again under the writer; one that is marked already is not counted twice.
        let Some(old) = findings::find_pair(wtx, *id)?.filter(|pair| !pair.vulnerability.resolved_on_default_branch) else {
            continue;
        };
        let mut new = old.clone();
        if let Some(last) = last.filter(|last| last.uuids.contains(&old.finding.uuid)) {
            new.finding.latest_pipeline_id = new.finding.latest_pipeline_id.max(last.pipeline_id);
        }
        new.vulnerability.resolved_on_default_branch = true;
        new.vulnerability.resolved_in_commit_sha = Some(pipeline.sha.clone());
        new.vulnerability.updated_at = now;
        let event = VulnerabilityEvent { kind: EventKind::NoLongerDetected, pipeline_id: pipeline.id, scan_id, at: now };
        changes.push(Change { old: Some(old), new, event: Some(event) });
    }
    let Some(mut scan) = scans::find_scan(wtx, scan_id)? else { return Ok(()) };
    scan.tally.no_longer_detected += changes.len() as u64;
    let project = scan.project_id;
    scans::put_scan(wtx, &scan)?;
    findings::put(wtx, project, changes)?;
    Ok(())
}
