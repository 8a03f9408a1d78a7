//! The same report again: what was read of its bytes the last time is taken as it is, if nothing that decides
//! about it changed since. Then nothing is parsed, matched or written but the scan.
//!
//! Must not know: what reports say. When in doubt the report is read.
//!
//! What is read of a report hangs on its bytes, on the rules, on the other reports of its type in the pipeline
//! and on the stored findings that it is matched with. So it holds for the same bytes, by the same rules,
//! alone of its type, as long as the findings are those that it was matched with (`last_reports::matching`).
//! Findings that its own ingestion added change nothing if none of its findings took an identity over: they
//! are stored under the identities that the report itself has, which are never taken over.

use super::fresh::Fresh;
use super::schema::Schemas;
use super::spool::KeptTwin;
use super::{IngestError, Room, family};
use crate::domain::pipeline::{Artifact, Pipeline};
use crate::domain::scan::Scan;
use crate::store::last_reports::{self, LastReport};
use crate::store::{Reads, StoreError, WriteTx, pipelines, records, scans};
use casemate_shared::{FileType, ReportType, ScanStatus};
use std::collections::HashMap;

/// What a scan was matched with, if it may be remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Basis {
    /// Number of the last change of the project's findings.
    pub matching: u64,
    /// Whether any finding took over the identity of a stored one.
    pub takes_over: bool,
}

impl Basis {
    /// Whether matching anew at that change would give the same, `added` of the changes being findings of the
    /// scan's own pipeline.
    fn holds_at(&self, matching: u64, added: u64) -> bool {
        matching == self.matching || (!self.takes_over && matching == self.matching + added)
    }
}

/// What preparing a pipeline's scans found out that is not stored: by the scan's id. Empty where ingestion
/// was cut off and taken up again.
#[derive(Default)]
pub struct Prepared {
    /// What scans were matched with.
    pub basis: HashMap<u64, Basis>,
    /// Findings of scans that were read.
    pub fresh: HashMap<u64, Fresh>,
}

/// The files of a project's last reports of a type, on the default branch and on others: the next one may have their
/// bytes. What can't be found out is no such file.
pub fn likely(room: &Room, project: u64, file_type: FileType) -> Vec<KeptTwin> {
    let FileType::Report(report_type) = file_type else { return Vec::new() };
    let find = |on_default_branch: bool| -> Result<Option<KeptTwin>, IngestError> {
        let last = last_reports::find(&room.store.read()?, project, report_type, on_default_branch)?;
        Ok(last.map(|last| room.artifacts.twin(&last.sha256)).transpose()?.flatten())
    };
    let found = [true, false].map(|on_default_branch| {
        find(on_default_branch).unwrap_or_else(|error| {
            tracing::warn!(project, %error, "the last report can't be compared with the next one");
            None
        })
    });
    let mut found: Vec<KeptTwin> = found.into_iter().flatten().collect();
    found.dedup_by_key(|twin| twin.sha256);
    found
}

/// Takes over what the last report of the type said, if this one has the same bytes and it holds still.
/// Answers what it was matched with; none if the report has to be read. The scan has to be the only one of
/// its type in the pipeline.
///
/// # Errors
/// When the store fails.
pub fn take(room: &Room, pipeline: &Pipeline, scan: &Scan) -> Result<Option<Basis>, IngestError> {
    // Looked at without the writer first: most reports are new.
    if find(&room.store.read()?, room, pipeline, scan)?.is_none() {
        return Ok(None);
    }
    Ok(room.store.write(|wtx| -> Result<Option<Basis>, StoreError> {
        let Some((last, known)) = find(wtx, room, pipeline, scan)? else { return Ok(None) };
        if let Some(tool) = &known.scanner {
            records::upsert_scanner(wtx, scan.project_id, tool, pipeline.on_default_branch)?;
        }
        let Some(stored) = scans::find_scan(wtx, scan.id)? else { return Ok(None) };
        scans::put_scan(wtx, &same_report(stored, known))?;
        Ok(Some(Basis { matching: last.matching, takes_over: true }))
    })?)
}

/// The last report and its scan, if they hold for this one.
fn find(tx: &impl Reads, room: &Room, pipeline: &Pipeline, scan: &Scan) -> Result<Option<(LastReport, Scan)>, StoreError> {
    let Some(last) = last_reports::find(tx, scan.project_id, scan.report_type, pipeline.on_default_branch)? else {
        return Ok(None);
    };
    let Some(artifact) = pipelines::find_artifact(tx, scan.artifact_id)? else { return Ok(None) };
    let succeeded = pipelines::find_job(tx, scan.job_id)?.is_some_and(|job| job.status == "success");
    let holds = succeeded
        && last.sha256 == artifact.sha256
        && last.rules == room.schemas.name()
        && is_report(&artifact, scan)
        && last.matching == last_reports::matching(tx, scan.project_id)?;
    let known = if holds { scans::find_scan(tx, last.scan_id)? } else { None };
    Ok(known.filter(|known| known.report_type == scan.report_type && is_plain(known)).map(|known| (last, known)))
}

/// Whether a scan has nothing but lists, numbers and warnings. One whose findings were removed is not.
fn is_plain(scan: &Scan) -> bool {
    scan.status == ScanStatus::Succeeded
        && scan.errors.is_empty()
        && scan.rejected == 0
        && scan.scanner_ids.len() == 1
        && scan.duplicate_chunks.is_empty()
}

/// The scan with what the known one was told by the same bytes.
fn same_report(scan: Scan, known: Scan) -> Scan {
    Scan {
        id: scan.id,
        pipeline_id: scan.pipeline_id,
        job_id: scan.job_id,
        artifact_id: scan.artifact_id,
        latest: scan.latest,
        created_at: scan.created_at,
        tally: scan.tally,
        ..known
    }
}

/// Whether what a scan is told may be used again at all: images are known by the project's other findings
/// (ingestion design, section 2.2), but on the default branch.
pub fn may_be_remembered(pipeline: &Pipeline, report_type: ReportType) -> bool {
    pipeline.on_default_branch || report_type != ReportType::ContainerScanning
}

/// Remembers the scans of a pipeline whose ingestion is done, where what they were matched with is what is
/// stored, but for `added` findings that the pipeline has added since.
///
/// # Errors
/// When the store fails.
pub fn remember(room: &Room, pipeline: &Pipeline, prepared: &Prepared, added: u64) -> Result<(), IngestError> {
    if prepared.basis.is_empty() {
        return Ok(());
    }
    Ok(room.store.write(|wtx| -> Result<(), StoreError> {
        let matching = last_reports::matching(wtx, pipeline.project_id)?;
        let all = family::scans_of(wtx, pipeline)?;
        for scan in &all {
            let is_settled = prepared.basis.get(&scan.id).is_some_and(|basis| basis.holds_at(matching, added));
            let is_alone = all.iter().filter(|other| other.report_type == scan.report_type).count() == 1;
            if is_settled && is_alone && scan.tally.is_final && is_plain(scan) && may_be_remembered(pipeline, scan.report_type) {
                remember_scan(wtx, &room.schemas, pipeline, scan, matching)?;
            }
        }
        Ok(())
    })?)
}

fn remember_scan(
    wtx: &mut WriteTx,
    schemas: &Schemas,
    pipeline: &Pipeline,
    scan: &Scan,
    matching: u64,
) -> Result<(), StoreError> {
    let Some(artifact) = pipelines::find_artifact(wtx, scan.artifact_id)?.filter(|artifact| is_report(artifact, scan)) else {
        return Ok(());
    };
    let last = LastReport { sha256: artifact.sha256, scan_id: scan.id, matching, rules: schemas.name() };
    last_reports::put(wtx, scan.project_id, scan.report_type, pipeline.on_default_branch, &last)
}

/// Whether a file is a report of our own form: of others, what is read hangs on what the scanner told before.
fn is_report(artifact: &Artifact, scan: &Scan) -> bool {
    FileType::parse(&artifact.file_type) == Some(FileType::Report(scan.report_type))
}
