//! The upload of reports and its answer (API design, section 2.5 A).

use super::coverage::KeptOpenCount;
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

/// Numbers about one report or, summed up, an upload. `declared = accepted + duplicate + rejected`,
/// `accepted = new + known`; `redetected` is a part of `known`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
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
    /// Vulnerabilities that were not reported and stay open because proof is missing; null before ingestion
    /// is done.
    #[serde(default)]
    pub kept_open: Option<u64>,
    /// Why they stay open; the counts add up to `kept_open`.
    #[serde(default)]
    pub kept_open_reasons: Vec<KeptOpenCount>,
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
    /// Where the rejected ledger can be fetched, below the server's root; null when nothing was rejected.
    #[serde(default)]
    pub rejected_path: Option<String>,
    /// What keeps it from being stored: the first hundred; the ledger has all.
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

/// What would become of one report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DryRunReport {
    /// Report type as handed in.
    pub report_type: ReportType,
    /// Name of the job that it would belong to.
    pub job_name: String,
    /// Name as uploaded.
    pub filename: String,
    /// Status that its scan would end with.
    pub status: ScanStatus,
    /// Version that the report declares.
    pub schema_version: Option<String>,
    /// Findings that would be stored.
    pub findings: u64,
    /// The numbers; all of them are known.
    pub summary: Option<ReportSummary>,
    /// What would keep it from being stored.
    pub errors: Vec<Message>,
    /// What is odd about it.
    pub warnings: Vec<Message>,
}

/// Answer to an upload with `dry_run=true`: nothing was stored. The members of [`UploadAnswer`], with null
/// and nothing where there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DryRunAnswer {
    /// Always true.
    pub dry_run: bool,
    /// Always null: none was made.
    pub pipeline: Option<Pipeline>,
    /// Always empty: none was made.
    pub jobs: Vec<Job>,
    /// Whether the upload would repeat an earlier one and change nothing; then the numbers are of that one.
    pub is_repetition: bool,
    /// One entry per report, in the order of the upload.
    pub reports: Vec<DryRunReport>,
    /// Sum over the reports.
    pub summary: ReportSummary,
    /// Always null.
    pub merge_request: Option<serde_json::Value>,
    /// What of the request was not understood.
    pub warnings: Vec<String>,
    /// Always null: there is no page of it.
    pub web_url: Option<String>,
}
