//! Scans and the compact list of what they found. Must not know: storage, HTTP.

use super::finding::MatchEvidence;
use crate::clock::Millis;
use casemate_shared::{KeptOpen, ReportType, ScanMode, ScanStatus, Severity};

/// A tool as a report names it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tool {
    /// Id that matching goes by.
    pub external_id: String,
    /// Name to show.
    pub name: String,
    /// Version; empty when not told.
    pub version: String,
    /// Vendor; empty when not told.
    pub vendor: String,
}

/// An error or a warning about a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// `Schema`, `ParsingError`, `Parsing`, `EmptyFile`, `ScanIngestionError`, `IngestionError`.
    pub kind: String,
    /// What is wrong.
    pub message: String,
    /// Where: JSON pointer or position.
    pub place: Option<String>,
}

impl Message {
    /// A message about the whole report.
    pub fn new(kind: &str, message: impl Into<String>) -> Message {
        Message { kind: kind.to_owned(), message: message.into(), place: None }
    }

    /// A message about one place.
    pub fn at(kind: &str, place: impl Into<String>, message: impl Into<String>) -> Message {
        Message { kind: kind.to_owned(), message: message.into(), place: Some(place.into()) }
    }
}

/// What ingestion counted about one scan. While ingestion runs they grow with every commit group, so
/// that work cut off and taken up again is counted once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    /// Accepted findings that the default branch did not have.
    pub new: u64,
    /// Known ones that had been resolved or no longer detected.
    pub redetected: u64,
    /// Vulnerabilities marked as no longer detected.
    pub no_longer_detected: u64,
    /// Open vulnerabilities that were not reported and stay open, by reason; each is counted once in a
    /// pipeline.
    pub kept_open: Vec<(KeptOpen, u64)>,
    /// Whether the numbers are final.
    pub is_final: bool,
}

/// One scan: what one report of one job told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    /// Id.
    pub id: u64,
    /// Pipeline.
    pub pipeline_id: u64,
    /// Job.
    pub job_id: u64,
    /// Project.
    pub project_id: u64,
    /// The file.
    pub artifact_id: u64,
    /// Which run of a SARIF file; 0 in every other file.
    pub run: u64,
    /// Report type as handed in; of SARIF, as inferred from its results.
    pub report_type: ReportType,
    /// Status.
    pub status: ScanStatus,
    /// False when a retry replaced it.
    pub latest: bool,
    /// Full or partial.
    pub mode: ScanMode,
    /// Version that the report declares.
    pub schema_version: Option<String>,
    /// Scanner.
    pub scanner: Option<Tool>,
    /// Analyzer.
    pub analyzer: Option<Tool>,
    /// Scanner records of its findings; the scan's own first.
    pub scanner_ids: Vec<u64>,
    /// The report's own `scan.status`.
    pub report_status: Option<String>,
    /// As in the report.
    pub start_time: Option<String>,
    /// As in the report.
    pub end_time: Option<String>,
    /// Errors.
    pub errors: Vec<Message>,
    /// Warnings.
    pub warnings: Vec<Message>,
    /// Entries of the report.
    pub declared: u64,
    /// Entries stored.
    pub accepted: u64,
    /// Entries that repeat another.
    pub duplicate: u64,
    /// Entries that can't become findings.
    pub rejected: u64,
    /// Numbers of ingestion.
    pub tally: Tally,
    /// Chunks of the list of accepted findings, in order of uuid.
    pub accepted_chunks: Vec<ChunkHash>,
    /// Chunks of the list of findings that repeat one of another artifact.
    pub duplicate_chunks: Vec<ChunkHash>,
    /// When the pipeline was accepted; a retry does not prolong it (ingestion design, section 3.4).
    pub created_at: Millis,
}

impl Scan {
    /// Whether it takes part in ingestion and comparison (ingestion design, section 12.2).
    pub fn counts(&self) -> bool {
        self.latest && self.status == ScanStatus::Succeeded
    }
}

/// Name of a stored chunk: the first half of the SHA-256 of its bytes.
pub type ChunkHash = [u8; 16];

/// One entry of a scan's list: which finding, with which body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ListEntry {
    /// Identity of the finding.
    pub uuid: [u8; 16],
    /// Stored body.
    pub body_id: u64,
    /// Severity, so that lists sort and count without reading bodies.
    pub severity: Severity,
    /// By which evidence the uuid was taken over from a stored finding (ingestion design, section 2.6);
    /// none when it is the computed one.
    pub taken_over_by: Option<MatchEvidence>,
}

/// Last default-branch ingestion of one scanner's reports of one type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promotion {
    /// Pipeline.
    pub pipeline_id: u64,
    /// When that pipeline was accepted.
    pub pipeline_created_at: Millis,
    /// Everything that the scanner reported in that pipeline, whatever the number of its jobs.
    pub chunks: Vec<ChunkHash>,
    /// Whether it was proof: full, successful scans only.
    pub full: bool,
    /// The last one that was proof, when this one is not.
    pub last_full: Option<FullScan>,
}

/// What a scanner reported when it last looked at everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FullScan {
    /// Pipeline.
    pub pipeline_id: u64,
    /// The list.
    pub chunks: Vec<ChunkHash>,
}

/// What one scan of the default branch said about one scanner's vulnerabilities of its type: the record
/// behind every mark, and behind everything left open (ingestion design, section 5).
/// `candidates = reported + marked + kept_open + settled`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// Project.
    pub project_id: u64,
    /// Report type.
    pub report_type: ReportType,
    /// Scanner record; 0 when the report does not tell its scanner.
    pub scanner_id: u64,
    /// Pipeline that was ingested.
    pub pipeline_id: u64,
    /// Scan.
    pub scan_id: u64,
    /// Status of the scan then.
    pub status: ScanStatus,
    /// Full or partial.
    pub mode: ScanMode,
    /// Vulnerabilities that were still detected. Where several scans of a pipeline speak of the same ones,
    /// the one that decided counts them.
    pub candidates: u64,
    /// Those that the pipeline reports.
    pub reported: u64,
    /// Those marked as no longer detected.
    pub marked: u64,
    /// Those not reported and left open.
    pub kept_open: u64,
    /// Those not reported and left as they are because somebody had resolved or dismissed them.
    pub settled: u64,
    /// Why nothing was marked; none when the scan is proof.
    pub reason: Option<KeptOpen>,
    /// The scan that is no proof, when it is another one.
    pub cause_scan_id: Option<u64>,
    /// When it was decided.
    pub at: Millis,
}

/// Every rule that a scanner has, as its report lists them; kept until the scan is ingested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleSet {
    /// Scan.
    pub scan_id: u64,
    /// Kinds of identifiers that occur.
    pub types: Vec<String>,
    /// Fingerprints of the identifiers.
    pub fingerprints: Vec<[u8; 20]>,
}

/// Adds to the numbers of one reason.
pub fn add_kept_open(kept: &mut Vec<(KeptOpen, u64)>, reason: KeptOpen, count: u64) {
    if count == 0 {
        return;
    }
    match kept.iter_mut().find(|(known, _)| *known == reason) {
        Some((_, sum)) => *sum += count,
        None => kept.push((reason, count)),
    }
}

/// What an upload would become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreseen {
    /// One entry per scan, in the order of the reports.
    pub reports: Vec<ForeseenReport>,
    /// Whether it would repeat an earlier upload and change nothing.
    pub is_repetition: bool,
}

/// What a report would become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeseenReport {
    /// The scan; its ids mean nothing, unless the upload is a repetition.
    pub scan: Scan,
    /// Name of its job.
    pub job_name: String,
    /// Name as uploaded.
    pub filename: String,
}
