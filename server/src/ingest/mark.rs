//! No longer detected: what a scanner reported before and does not report now (ingestion design,
//! section 5). Without proof nothing is marked, and the reason is written down.
//!
//! Must not know: reports. Marks are made in commit groups, counted in the transaction that makes them.

use super::{IngestError, Room, killpoint};
use crate::domain::finding::{EventKind, VulnerabilityEvent};
use crate::domain::pipeline::Pipeline;
use crate::domain::scan::Scan;
use crate::store::findings::Change;
use crate::store::{Reads, StoreError, WriteTx, findings, scans};
use casemate_shared::ScanMode;
use std::collections::HashSet;

/// Marks of one commit group.
const GROUP: usize = 2_000;

/// Why a scan closes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoProof {
    /// It looked at a part only.
    Partial,
    /// Its own status is failure.
    ReportFailure,
    /// Some of its findings could not be stored.
    FailedSlice,
    /// A newer pipeline of the default branch was ingested before.
    Superseded,
    /// The type needs somebody to resolve it.
    ManualResolution,
}

/// Why this scan proves nothing about what it does not report; none if it does.
///
/// # Errors
/// When the store fails.
pub fn no_proof(tx: &impl Reads, pipeline: &Pipeline, scan: &Scan, has_failed_slice: bool) -> Result<Option<NoProof>, StoreError> {
    if scan.report_type.needs_manual_resolution() {
        return Ok(Some(NoProof::ManualResolution));
    }
    if scan.mode == ScanMode::Partial {
        return Ok(Some(NoProof::Partial));
    }
    if scan.report_status.as_deref() == Some("failure") {
        return Ok(Some(NoProof::ReportFailure));
    }
    if has_failed_slice {
        return Ok(Some(NoProof::FailedSlice));
    }
    let newest = scans::promotions(tx, scan.project_id)?.into_iter().map(|(_, _, promotion)| promotion.pipeline_id).max();
    Ok(newest.filter(|newest| *newest > pipeline.id).map(|_| NoProof::Superseded))
}

/// Marks what the scan's scanners reported before and this pipeline does not. `seen` are the
/// vulnerabilities that any scan of the pipeline reports.
///
/// # Errors
/// When the store fails.
pub fn no_longer_detected(room: &Room, pipeline: &Pipeline, scan: &Scan, seen: &HashSet<u64>, has_failed_slice: bool) -> Result<(), IngestError> {
    let rtx = room.store.read()?;
    if let Some(reason) = no_proof(&rtx, pipeline, scan, has_failed_slice)? {
        tracing::debug!(scan = scan.id, ?reason, "marks nothing as no longer detected");
        return Ok(());
    }
    for scanner in &scan.scanner_ids {
        let candidates = findings::still_detected(&rtx, scan.project_id, *scanner, scan.report_type)?;
        let missing: Vec<u64> = candidates.into_iter().filter(|id| !seen.contains(id)).collect();
        for group in missing.chunks(GROUP) {
            room.store.write(|wtx| mark_group(wtx, pipeline, scan.id, group, room.clock.now()))?;
            killpoint::pass("after-marks");
        }
    }
    Ok(())
}

fn mark_group(wtx: &mut WriteTx, pipeline: &Pipeline, scan_id: u64, group: &[u64], now: i64) -> Result<(), StoreError> {
    let mut changes = Vec::with_capacity(group.len());
    for id in group {
        // Looked at again under the writer; one that is marked already is not counted twice.
        let Some(old) = findings::find_pair(wtx, *id)?.filter(|pair| !pair.vulnerability.resolved_on_default_branch) else { continue };
        let mut new = old.clone();
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
    findings::put(wtx, project, changes)
}
