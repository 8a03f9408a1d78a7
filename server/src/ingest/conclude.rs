//! The end of a default-branch ingestion: verdicts are carried out, and in one transaction the scans' numbers
//! become final, their coverage is written, and what each scanner reported is remembered.
//!
//! Must not know: reports. One transaction for all scans, so that work cut off and taken up again counts
//! the same.

use super::mark::{self, Count, empty};
use super::promote::Reported;
use super::verdict::{self, Verdict};
use super::{IngestError, Room, ahead, dropped};
use crate::domain::pipeline::Pipeline;
use crate::domain::scan::{ChunkHash, FullScan, Promotion, Scan, add_kept_open};
use crate::store::scans::ChunkedList;
use crate::store::{StoreError, WriteTx, coverage, scans, undo};
use casemate_shared::KeptOpen;
use std::collections::BTreeMap;

/// Marks what there is proof for and makes every open scan of the pipeline final. `latest` are its latest
/// scans, oldest first.
///
/// # Errors
/// When the store fails.
pub fn conclude(room: &Room, pipeline: &Pipeline, latest: &[Scan], reported: &Reported) -> Result<(), IngestError> {
    let rtx = room.store.read()?;
    let verdicts = verdict::verdicts(&rtx, pipeline, latest, reported)?;
    drop(rtx);
    let mut ends = Vec::with_capacity(verdicts.len());
    for verdict in verdicts {
        let count = mark::look(room, pipeline, &verdict, reported)?;
        dropped::resolve(room, pipeline, &verdict)?;
        let list = list_of(room, pipeline, &verdict)?;
        ends.push(End { verdict, count, list });
    }
    let now = room.clock.now();
    Ok(room.store.write(|wtx| write(wtx, pipeline, &ends, reported, now))?)
}

/// A verdict that was carried out, and all that is to be written down about it.
struct End<'a> {
    verdict: Verdict<'a>,
    count: Count,
    list: Option<ReportedList>,
}

/// What a scanner reported.
enum ReportedList {
    /// The list of its only scan, which is stored.
    Stored(Vec<ChunkHash>),
    /// That of several scans.
    Union(ChunkedList),
}

fn write(wtx: &mut WriteTx, pipeline: &Pipeline, ends: &[End<'_>], reported: &Reported, now: i64) -> Result<(), StoreError> {
    let mut finished: BTreeMap<u64, Finished> = BTreeMap::new();
    for end in ends {
        let End { verdict, count, .. } = end;
        for scan in verdict.scans.iter().filter(|scan| verdict::is_open(scan)) {
            let of_scan = finished.entry(scan.id).or_default();
            of_scan.scanners.extend((verdict.scanner_id != 0).then_some(verdict.scanner_id));
            let count = if scan.id == verdict.decider.id { Some(count) } else { None };
            let (reason, cause_scan_id) = verdict.reason_of(scan, reported);
            let mut record = coverage::find_coverage(wtx, scan, pipeline.id, verdict.scanner_id)?
                .unwrap_or_else(|| empty(pipeline, verdict, scan, now));
            (record.reason, record.cause_scan_id, record.at) = (reason, cause_scan_id, now);
            (record.status, record.mode) = (scan.status, scan.mode);
            if let Some(count) = count {
                (record.reported, record.kept_open, record.settled) = (count.reported, count.open, count.settled);
                record.candidates = record.reported + record.marked + record.kept_open + record.settled;
                if let Some(reason) = reason {
                    add_kept_open(&mut of_scan.kept_open, reason, count.open);
                }
            }
            coverage::put_coverage(wtx, &record)?;
        }
        remember(wtx, pipeline, end)?;
    }
    for (id, of_scan) in finished {
        finish_scan(wtx, id, of_scan, !reported.broken_scans.contains(&id))?;
    }
    Ok(())
}

/// What becomes of one scan.
#[derive(Default)]
struct Finished {
    kept_open: Vec<(KeptOpen, u64)>,
    scanners: Vec<u64>,
}

/// A whole scan has no errors of an ingestion that failed before. One that has no findings because of its
/// errors gets to know its scanner here.
fn finish_scan(wtx: &mut WriteTx, id: u64, finished: Finished, is_whole: bool) -> Result<(), StoreError> {
    let Some(mut scan) = scans::find_scan(wtx, id)? else { return Ok(()) };
    scan.tally.kept_open = finished.kept_open;
    scan.tally.is_final = true;
    scans::remove_rules(wtx, id)?;
    if scan.scanner_ids.is_empty() {
        scan.scanner_ids = finished.scanners;
    }
    scan.errors.retain(|message| !is_whole || message.kind != "IngestionError");
    scans::put_scan(wtx, &scan)
}

/// Remembers what the scanner reported in this pipeline, in all of its jobs.
fn remember(wtx: &mut WriteTx, pipeline: &Pipeline, end: &End<'_>) -> Result<(), StoreError> {
    let End { verdict, list: Some(list), .. } = end else { return Ok(()) };
    let (project, report_type, scanner) = (pipeline.project_id, verdict.report_type, verdict.scanner_id);
    let last = scans::find_promotion(wtx, project, report_type, scanner)?;
    if last.as_ref().is_some_and(|last| last.pipeline_id > pipeline.id) {
        return Ok(());
    }
    undo::note_promotion(wtx, pipeline.id, report_type, scanner, last.as_ref())?;
    let last_full = match last {
        _ if verdict.is_full => None,
        Some(last) if last.full => Some(FullScan { pipeline_id: last.pipeline_id, chunks: last.chunks }),
        Some(last) => last.last_full,
        None => None,
    };
    let chunks = match list {
        ReportedList::Stored(hashes) => hashes.clone(),
        ReportedList::Union(list) => {
            ahead::finish(wtx, project, list)?;
            list.hashes.clone()
        }
    };
    let (pipeline_id, pipeline_created_at) = (pipeline.id, pipeline.created_at);
    let promotion = Promotion { pipeline_id, pipeline_created_at, chunks, full: verdict.is_full, last_full };
    scans::put_promotion(wtx, project, report_type, scanner, &promotion)
}

/// What the verdict's scanner reported in all of its jobs; none when nothing is remembered of it.
fn list_of(room: &Room, pipeline: &Pipeline, verdict: &Verdict<'_>) -> Result<Option<ReportedList>, StoreError> {
    let lists: Vec<&[ChunkHash]> =
        verdict.scans.iter().filter(|scan| scan.counts()).map(|scan| scan.accepted_chunks.as_slice()).collect();
    match lists.as_slice() {
        [] => Ok(None),
        _ if verdict.scanner_id == 0 => Ok(None),
        [only] => Ok(Some(ReportedList::Stored(only.to_vec()))),
        several => union(room, pipeline, several).map(ReportedList::Union).map(Some),
    }
}

/// One list of all; equal stretches are equal chunks, so little is written.
fn union(room: &Room, pipeline: &Pipeline, lists: &[&[ChunkHash]]) -> Result<ChunkedList, StoreError> {
    let rtx = room.store.read()?;
    let mut entries = Vec::new();
    for list in lists {
        entries.extend(scans::list(&rtx, list)?);
    }
    drop(rtx);
    entries.sort_unstable();
    entries.dedup_by_key(|entry| entry.uuid);
    let list = scans::chunk_list(entries);
    ahead::store(room, pipeline.project_id, &list)?;
    Ok(list)
}
