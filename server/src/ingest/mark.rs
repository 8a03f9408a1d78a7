//! No longer detected: what a scanner reported before and does not report now (ingestion design,
//! section 5). Without proof nothing is marked, and the reason is written down (`verdict.rs`).
//!
//! Must not know: reports. Marks are made in commit groups, counted in the transaction that makes them;
//! what is left open is counted in the one that makes the scans final (`conclude.rs`).

use super::pace::in_groups;
use super::promote::Reported;
use super::verdict::Verdict;
use super::{IngestError, Room, killpoint};
use crate::domain::finding::{EventKind, VulnerabilityEvent};
use crate::domain::pipeline::Pipeline;
use crate::domain::scan::{Coverage, Scan};
use crate::store::counts::{self, StillDetected};
use crate::store::findings::Change;
use crate::store::{Reads, StoreError, WriteTx, coverage, findings, scans, undo};
use casemate_shared::ReportType;
use std::collections::HashSet;

/// Marks of one commit group; few in tests, so that small reports have several.
const GROUP: usize = if cfg!(test) { 100 } else { 4_000 };

/// What is known about the vulnerabilities that a verdict is about.
#[derive(Default)]
pub struct Count {
    /// Reported by the pipeline.
    pub reported: u64,
    /// Not reported, and open.
    pub open: u64,
    /// Not reported, and resolved or dismissed by somebody.
    pub settled: u64,
}

/// Marks what the verdict's scanner reported before and this pipeline does not, if there is proof.
/// Answers what there was.
///
/// # Errors
/// When the store fails.
pub fn look(room: &Room, pipeline: &Pipeline, verdict: &Verdict<'_>, reported: &Reported) -> Result<Count, IngestError> {
    let (count, missing) = missing(&room.store.read()?, pipeline, verdict, reported)?;
    for (scanner, missing) in missing {
        let last = LastReports::read(&room.store.read()?, pipeline.project_id, verdict.report_type, scanner)?;
        let mark = |wtx: &mut WriteTx, group: &[u64]| mark_group(wtx, pipeline, verdict, &last, group, room.clock.now());
        in_groups(room, GROUP, &missing, mark, || killpoint::pass("after-marks"))?;
    }
    Ok(count)
}

/// Per scanner, the vulnerabilities that it did not report.
pub type MissingOf = Vec<(u64, Vec<u64>)>;

/// What is known about the verdict's vulnerabilities, and which of them are to be marked, by scanner.
///
/// # Errors
/// When the store fails.
pub fn missing(
    tx: &impl Reads,
    pipeline: &Pipeline,
    verdict: &Verdict<'_>,
    reported: &Reported,
) -> Result<(Count, MissingOf), StoreError> {
    if verdict.reason.is_some() {
        return Ok((left_open(tx, pipeline.project_id, verdict, reported)?, Vec::new()));
    }
    let mut count = Count::default();
    let mut all = Vec::new();
    for scanner in &verdict.candidates_of {
        let mut missing = Vec::new();
        for (id, _) in findings::still_detected(tx, pipeline.project_id, *scanner, verdict.report_type)? {
            if reported.vulnerabilities.contains(&id) {
                count.reported += 1;
            } else {
                missing.push(id);
            }
        }
        if !missing.is_empty() {
            all.push((*scanner, missing));
        }
    }
    Ok((count, all))
}

/// What stays as it is because there is no proof. Told from kept numbers and from what is reported: a small partial scan
/// does not look through all that its scanner ever found.
fn left_open(tx: &impl Reads, project: u64, verdict: &Verdict<'_>, reported: &Reported) -> Result<Count, StoreError> {
    let ids: Vec<u64> = reported.vulnerabilities.iter().copied().collect();
    let mut count = Count::default();
    for scanner in &verdict.candidates_of {
        let all = counts::still_detected(tx, project, *scanner, verdict.report_type)?;
        let mut seen = StillDetected::default();
        for (_, state) in findings::still_detected_among(tx, project, *scanner, verdict.report_type, &ids)? {
            seen.add(state, 1);
        }
        count.reported += seen.open + seen.settled;
        count.open += all.open.saturating_sub(seen.open);
        count.settled += all.settled.saturating_sub(seen.settled);
    }
    Ok(count)
}

/// What the scanner reported since it last looked at everything: the last chance to write down who was
/// seen then, because a re-scan that changes nothing writes no row. Newest pipeline first.
struct LastReports(Vec<(u64, HashSet<[u8; 16]>)>);

impl LastReports {
    fn read(tx: &impl Reads, project: u64, report_type: ReportType, scanner: u64) -> Result<LastReports, StoreError> {
        let mut all: Vec<(u64, HashSet<[u8; 16]>)> = Vec::new();
        for (pipeline, chunks) in coverage::recent_lists(tx, project, report_type, scanner)? {
            let uuids = scans::list(tx, &chunks)?.into_iter().map(|entry| entry.uuid).collect();
            all.push((pipeline, uuids));
        }
        Ok(LastReports(all))
    }

    fn pipeline(&self, uuid: &[u8; 16]) -> Option<u64> {
        self.0.iter().find(|(_, uuids)| uuids.contains(uuid)).map(|(pipeline, _)| *pipeline)
    }
}

fn mark_group(
    wtx: &mut WriteTx,
    pipeline: &Pipeline,
    verdict: &Verdict<'_>,
    last: &LastReports,
    group: &[u64],
    now: i64,
) -> Result<(), StoreError> {
    let scan_id = verdict.decider.id;
    let mut changes = Vec::with_capacity(group.len());
    for old in findings::find_pairs(wtx, group)? {
        // Looked at again under the writer; one that is marked already is not counted twice.
        if old.vulnerability.resolved_on_default_branch {
            continue;
        }
        let mut new = old.clone();
        if let Some(seen) = last.pipeline(&old.finding.uuid) {
            new.finding.latest_pipeline_id = new.finding.latest_pipeline_id.max(seen);
        }
        new.vulnerability.resolved_on_default_branch = true;
        new.vulnerability.resolved_in_commit_sha = Some(pipeline.sha.clone());
        new.vulnerability.updated_at = now;
        let event = VulnerabilityEvent::new(EventKind::NoLongerDetected, pipeline.id, scan_id, now);
        changes.push(Change { old: Some(old), new, event: Some(event) });
    }
    let Some(mut scan) = scans::find_scan(wtx, scan_id)? else { return Ok(()) };
    let marked = changes.len() as u64;
    scan.tally.no_longer_detected += marked;
    scans::put_scan(wtx, &scan)?;
    let mut record = coverage::find_coverage(wtx, &scan, pipeline.id, verdict.scanner_id)?
        .unwrap_or_else(|| empty(pipeline, verdict, verdict.decider, now));
    record.marked += marked;
    record.candidates += marked;
    coverage::put_coverage(wtx, &record)?;
    undo::note_changes(wtx, pipeline.id, &changes)?;
    findings::put(wtx, pipeline.project_id, changes)?;
    Ok(())
}

/// A record that counts nothing yet.
pub fn empty(pipeline: &Pipeline, verdict: &Verdict<'_>, scan: &Scan, now: i64) -> Coverage {
    Coverage {
        project_id: pipeline.project_id,
        report_type: verdict.report_type,
        scanner_id: verdict.scanner_id,
        pipeline_id: pipeline.id,
        scan_id: scan.id,
        status: scan.status,
        mode: scan.mode,
        candidates: 0,
        reported: 0,
        marked: 0,
        kept_open: 0,
        settled: 0,
        reason: None,
        cause_scan_id: None,
        at: now,
    }
}
