//! Coverage: what each scan of the default branch said about each scanner. Must not know: how that is
//! decided.

use super::catalog::COVERAGE;
use super::key::{Key, behind};
use super::{Reads, StoreError, WriteTx, codec, row, scans};
use crate::domain::scan::{ChunkHash, Coverage, Scan};
use casemate_shared::{ReportType, ScanStatus};
use std::ops::ControlFlow;

fn scanner_key(project: u64, report_type: ReportType, scanner: u64) -> Key {
    Key::id(project).then_byte(report_type.number()).then_id(scanner)
}

fn key(project: u64, report_type: ReportType, scanner: u64, pipeline: u64, scan: u64) -> Vec<u8> {
    scanner_key(project, report_type, scanner).then_id(pipeline).then_id(scan).done()
}

/// Writes one record.
pub fn put_coverage(wtx: &mut WriteTx, coverage: &Coverage) -> Result<(), StoreError> {
    let Coverage { project_id, report_type, scanner_id, pipeline_id, scan_id, .. } = *coverage;
    wtx.put_row(COVERAGE, key(project_id, report_type, scanner_id, pipeline_id, scan_id), coverage)
}

/// What a scan said about one scanner when a pipeline was ingested.
pub fn find_coverage(tx: &impl Reads, scan: &Scan, pipeline: u64, scanner: u64) -> Result<Option<Coverage>, StoreError> {
    row(tx, COVERAGE, key(scan.project_id, scan.report_type, scanner, pipeline, scan.id))
}

/// Everything that a scan said, in the order of its scanners. `pipeline` is the one that was ingested: its
/// own, or the root of it.
pub fn of_scan(tx: &impl Reads, scan: &Scan, pipeline: u64) -> Result<Vec<Coverage>, StoreError> {
    let untold = [0];
    let scanners = if scan.scanner_ids.is_empty() { &untold[..] } else { &scan.scanner_ids };
    scanners.iter().filter_map(|scanner| find_coverage(tx, scan, pipeline, *scanner).transpose()).collect()
}

/// Walks what was said about one scanner, the newest pipeline first.
pub fn newest(
    tx: &impl Reads,
    project: u64,
    report_type: ReportType,
    scanner: u64,
    mut visit: impl FnMut(Coverage) -> Result<ControlFlow<()>, StoreError>,
) -> Result<(), StoreError> {
    let prefix = scanner_key(project, report_type, scanner).done();
    tx.walk(COVERAGE, &prefix, behind(&prefix).as_deref(), true, &mut |_, bytes| visit(codec::decode(COVERAGE.name, bytes)?))
}

/// What a scanner reported, pipeline by pipeline, the newest first.
pub type Lists = Vec<(u64, Vec<ChunkHash>)>;

/// Most pipelines that [`recent_lists`] looks back: only scans that are no proof make it look further than
/// one.
const MOST_RECENT: usize = 1_000;

/// What a scanner reported on the default branch, pipeline by pipeline, the newest first, back to the last
/// time that it looked at everything. Newer reports than the last remembered one are left out.
pub fn recent_lists(tx: &impl Reads, project: u64, report_type: ReportType, scanner: u64) -> Result<Lists, StoreError> {
    let Some(last) = scans::find_promotion(tx, project, report_type, scanner)? else { return Ok(Vec::new()) };
    let newest_pipeline = last.pipeline_id;
    let mut lists = vec![(newest_pipeline, last.chunks)];
    if last.full {
        return Ok(lists);
    }
    let oldest = last.last_full.as_ref().map_or(0, |full| full.pipeline_id);
    newest(tx, project, report_type, scanner, |said| {
        if said.pipeline_id <= oldest || lists.len() >= MOST_RECENT {
            return Ok(ControlFlow::Break(()));
        }
        if said.pipeline_id < newest_pipeline
            && let Some(scan) = scans::find_scan(tx, said.scan_id)?.filter(|scan| scan.status == ScanStatus::Succeeded)
        {
            lists.push((said.pipeline_id, scan.accepted_chunks));
        }
        Ok(ControlFlow::Continue(()))
    })?;
    lists.extend(last.last_full.map(|full| (full.pipeline_id, full.chunks)));
    Ok(lists)
}

/// The newest pipeline of the default branch that reported a finding, as far as the lists of its scanner tell;
/// `stored` is the one that its row names.
pub fn last_reported(tx: &impl Reads, lists: &Lists, uuid: &[u8; 16], stored: u64) -> Result<u64, StoreError> {
    for (pipeline, chunks) in lists {
        if *pipeline <= stored {
            break;
        }
        if scans::holds(tx, chunks, uuid)? {
            return Ok(*pipeline);
        }
    }
    Ok(stored)
}
