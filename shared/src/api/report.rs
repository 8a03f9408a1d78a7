//! The upload of reports and its answer (API design, section 2.5 A).

use super::pipeline::{Job, Pipeline};
use crate::{ReportType, ScanStatus};
use serde::{Deserialize, Serialize};

/// One error or warning about a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Kind: `Schema`, `ParsingError`, `Parsing`, `EmptyFile`, `ScanIngestionError`, `IngestionError`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What is wrong, for a person.
    pub message: String,
    /// Where: a JSON pointer, or `line 3 column 14`; null when it is about the whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
}

/// Numbers about one report or, summed up, an upload. `declared = accepted + duplicate + rejected`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct ReportSummary {
    /// Entries that the report holds.
    pub declared: u64,
    /// Entries stored as findings of the pipeline.
    pub accepted: u64,
    /// Entries that repeat another one of the same type in the pipeline.
    pub duplicate: u64,
    /// Entries that could not become findings.
    pub rejected: u64,
    /// Accepted ones that the default branch did not have; null before ingestion is done.
    pub new: Option<u64>,
    /// Accepted ones that the default branch had already; null before ingestion is done.
    pub known: Option<u64>,
    /// Known ones that had been resolved or no longer detected; null before ingestion is done.
    pub redetected: Option<u64>,
    /// Vulnerabilities marked as no longer detected; null before ingestion is done.
    pub no_longer_detected: Option<u64>,
}

/// What became of one report of an upload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportResult {
    /// Report type as handed in.
    pub report_type: ReportType,
    /// Job that it belongs to.
    pub job_id: u64,
    /// Scan that it became.
    pub scan_id: u64,
    /// Name as uploaded.
    pub filename: String,
    /// Status of the scan.
    pub status: ScanStatus,
    /// Version that the report declares.
    pub schema_version: Option<String>,
    /// Findings stored (accepted).
    pub findings: u64,
    /// The numbers.
    pub summary: Option<ReportSummary>,
    /// What keeps it from being stored.
    pub errors: Vec<Message>,
    /// What is odd about it.
    pub warnings: Vec<Message>,
}

/// Answer to an upload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadAnswer {
    /// The pipeline made or continued.
    pub pipeline: Pipeline,
    /// The jobs made.
    pub jobs: Vec<Job>,
    /// One entry per report, in the order of the upload.
    pub reports: Vec<ReportResult>,
    /// Sum over the reports.
    pub summary: ReportSummary,
    /// Always null until merge requests exist.
    pub merge_request: Option<serde_json::Value>,
    /// What of the request was not understood.
    pub warnings: Vec<String>,
    /// The page of the pipeline's findings.
    pub web_url: String,
}
