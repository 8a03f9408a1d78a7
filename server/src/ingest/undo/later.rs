//! What came after an import: which pipelines were ingested since and stand, what they reported, and what
//! they looked for in vain.
//!
//! Must not know: the undo journal, what follows from it.

use crate::domain::pipeline::Pipeline;
use crate::domain::scan::{ChunkHash, Scan};
use crate::ingest::family;
use crate::store::findings::Pair;
use crate::store::{ReadTx, StoreError, pipelines, scans, undo};
use casemate_shared::{ReportType, ScanMode, ScanStatus};
use std::collections::{HashMap, HashSet};

/// What was ingested on the default branch after a pipeline, and stands.
#[derive(Default)]
pub(super) struct Later {
    /// By finding, the first pipeline that reported it.
    pub(super) reported: HashMap<[u8; 16], u64>,
    /// Full, successful scans, oldest first: report type, scanner record, pipeline.
    proofs: Vec<(ReportType, u64, u64)>,
    /// Report types of which retention removed a list.
    pub(super) expired: HashSet<ReportType>,
    /// All of them, oldest first.
    pub(super) pipelines: Vec<u64>,
}

impl Later {
    /// Reads the lists of all of them; equal stretches once.
    ///
    /// # Errors
    /// When the store fails.
    pub(super) fn read(rtx: &ReadTx, pipeline: &Pipeline) -> Result<Later, StoreError> {
        let mut later = Later::default();
        let mut chunks: HashSet<ChunkHash> = HashSet::new();
        let order = undo::promoted(rtx, pipeline.project_id)?;
        let behind = order.into_iter().skip_while(|id| *id != pipeline.id).filter(|id| *id != pipeline.id);
        for id in behind {
            let found = pipelines::find_pipeline(rtx, id)?.filter(|later| later.undone_at.is_none());
            let Some(found) = found else { continue };
            if later.pipelines.contains(&id) {
                continue;
            }
            later.pipelines.push(id);
            for scan in family::scans_of(rtx, &found)?.into_iter().filter(|scan| scan.latest) {
                later.add(rtx, id, &scan, &mut chunks)?;
            }
        }
        Ok(later)
    }

    fn add(&mut self, rtx: &ReadTx, pipeline: u64, scan: &Scan, known: &mut HashSet<ChunkHash>) -> Result<(), StoreError> {
        if scan.status == ScanStatus::Purged {
            self.expired.insert(scan.report_type);
        }
        if !scan.counts() {
            return Ok(());
        }
        // Equal stretches are equal chunks: what an earlier one reported is there already.
        let fresh: Vec<ChunkHash> = scan.accepted_chunks.iter().copied().filter(|chunk| known.insert(*chunk)).collect();
        for entry in scans::list(rtx, &fresh)? {
            self.reported.entry(entry.uuid).or_insert(pipeline);
        }
        if scan.mode == ScanMode::Full && scan.report_status.as_deref() != Some("failure") {
            self.proofs.extend(scan.scanner_ids.iter().map(|scanner| (scan.report_type, *scanner, pipeline)));
        }
        Ok(())
    }

    /// The first pipeline that looked for a vulnerability and could have found it.
    pub(super) fn missed(&self, pair: &Pair) -> Option<u64> {
        let vulnerability = &pair.vulnerability;
        let fits = |(kind, scanner, _): &&(ReportType, u64, u64)| {
            *kind == vulnerability.report_type && *scanner == vulnerability.scanner_id
        };
        self.proofs.iter().find(fits).map(|(_, _, pipeline)| *pipeline)
    }
}
