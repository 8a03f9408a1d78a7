//! Pipelines, jobs and scans on the wire.

use super::coverage::Coverage;
use super::report::{Message, ReportSummary};
use crate::{Ingestion, ReportType, ScanMode, ScanStatus};
use serde::{Deserialize, Serialize};

/// A pipeline, as in lists and alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pipeline {
    /// Instance-wide id, the one of URLs.
    pub id: u64,
    /// Number within the project.
    pub iid: u64,
    /// Project.
    pub project_id: u64,
    /// Commit.
    pub sha: String,
    /// Branch or tag, without `refs/heads/`.
    #[serde(rename = "ref")]
    pub ref_name: String,
    /// Whether `ref` is a tag.
    pub tag: bool,
    /// GitLab's status word.
    pub status: String,
    /// Where it came from; `external` unless said otherwise.
    pub source: String,
    /// Name, if one was given.
    pub name: Option<String>,
    /// Its page.
    pub web_url: String,
    /// When it was accepted.
    pub created_at: String,
    /// When something last changed.
    pub updated_at: String,
    /// How far ingestion is [E].
    pub ingestion: Ingestion,
    /// Whether it ran on the default branch [E].
    pub on_default_branch: bool,
    /// Findings per pipeline over all scans, duplicates left out; null before they are known [E].
    pub findings: Option<u64>,
    /// Number of scans with errors [E].
    pub scans_with_errors: u64,
    /// When its import was taken back; null when it stands [E].
    #[serde(default)]
    pub undone_at: Option<String>,
}

/// One file of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobArtifact {
    /// Report type, or `archive`.
    pub file_type: String,
    /// Bytes as uploaded.
    pub size: u64,
    /// Name as uploaded.
    pub filename: String,
    /// `raw` or `gzip`.
    pub file_format: String,
    /// When retention removed it [E]; absent while it can be fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expired_at: Option<String>,
}

/// A job: what one CI job handed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Instance-wide id.
    pub id: u64,
    /// Name; the report type unless given.
    pub name: String,
    /// Stage.
    pub stage: String,
    /// `success`, `failed`, `canceled`.
    pub status: String,
    /// Branch or tag.
    #[serde(rename = "ref")]
    pub ref_name: String,
    /// Whether `ref` is a tag.
    pub tag: bool,
    /// Whether the pipeline passes although the job failed.
    pub allow_failure: bool,
    /// When it was made.
    pub created_at: String,
    /// When it began, if known.
    pub started_at: Option<String>,
    /// When it ended, if known.
    pub finished_at: Option<String>,
    /// Its pipeline.
    pub pipeline: JobPipeline,
    /// Its page.
    pub web_url: String,
    /// Its files.
    pub artifacts: Vec<JobArtifact>,
    /// Commit it ran on.
    pub commit: JobCommit,
}

/// The pipeline inside a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobPipeline {
    /// Id.
    pub id: u64,
    /// Number within the project.
    pub iid: u64,
    /// Project.
    pub project_id: u64,
    /// Commit.
    pub sha: String,
    /// Branch or tag.
    #[serde(rename = "ref")]
    pub ref_name: String,
    /// Status word.
    pub status: String,
}

/// The commit inside a job. The author's fields are always texts: clients insist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobCommit {
    /// Full id.
    pub id: String,
    /// First eight characters.
    pub short_id: String,
    /// First line of the message; empty when not told.
    pub title: String,
    /// Author, empty when not told.
    pub author_name: String,
    /// Author's address, empty when not told.
    pub author_email: String,
}

/// A tool as a report names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Tool {
    /// The id that matching goes by.
    pub external_id: String,
    /// Name to show.
    pub name: String,
    /// Version, if told.
    pub version: Option<String>,
    /// Vendor, if told.
    pub vendor: Option<String>,
}

/// One scan of a pipeline, `GET P/pipelines/:id/scans` [E].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scan {
    /// Id.
    pub id: u64,
    /// Pipeline.
    pub pipeline_id: u64,
    /// Job that handed it in.
    pub job_id: u64,
    /// Name of that job.
    pub job_name: String,
    /// Report type as handed in.
    pub report_type: ReportType,
    /// Status.
    pub status: ScanStatus,
    /// False when a retry of the job replaced it.
    pub latest: bool,
    /// Full or partial.
    pub mode: ScanMode,
    /// Version that the report declares.
    pub schema_version: Option<String>,
    /// Scanner, when the report was readable.
    pub scanner: Option<Tool>,
    /// Analyzer, when told.
    pub analyzer: Option<Tool>,
    /// The report's own `scan.status`: `success` or `failure`.
    pub report_status: Option<String>,
    /// As the report says, `YYYY-MM-DDThh:mm:ss`.
    pub start_time: Option<String>,
    /// As the report says.
    pub end_time: Option<String>,
    /// The numbers; null before they are known.
    pub summary: Option<ReportSummary>,
    /// What it said about the default branch's vulnerabilities, per scanner; empty before it is ingested,
    /// and on other branches.
    #[serde(default)]
    pub coverage: Vec<Coverage>,
    /// What keeps it from being stored, with places.
    pub errors: Vec<Message>,
    /// What is odd about it.
    pub warnings: Vec<Message>,
    /// The file as uploaded.
    pub artifact: JobArtifact,
    /// Where the file can be fetched, below the server's root.
    pub download_path: String,
    /// Where the rejected ledger can be fetched, below the server's root; null when nothing was rejected.
    #[serde(default)]
    pub rejected_path: Option<String>,
    /// When it was accepted.
    pub created_at: String,
}
