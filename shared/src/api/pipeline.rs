//! Pipelines, jobs and scans on the wire.

use super::coverage::Coverage;
use super::report::{Message, ReportSummary};
use super::user::UserBrief;
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
    /// Pipeline that it is a child of; null when it is none [E].
    #[serde(default)]
    pub parent_pipeline_id: Option<u64>,
    /// When its import was taken back; null when it stands [E].
    #[serde(default)]
    pub undone_at: Option<String>,
    /// False while more jobs are announced or under way [E].
    #[serde(default)]
    pub complete: bool,
    /// Names of the jobs that were announced [E].
    #[serde(default)]
    pub expected_jobs: Vec<String>,
    /// Announced jobs that did not come and that nobody waits for any more: they count as failed, and
    /// nothing of their scanners is closed [E].
    #[serde(default)]
    pub missing_jobs: Vec<String>,
    /// When waiting ends at the latest; null when the pipeline is complete [E].
    #[serde(default)]
    pub waits_until: Option<String>,
    /// Why waiting ended before its time, for a person; null when it did not [E].
    #[serde(default)]
    pub ending: Option<String>,
}

/// A pipeline alone: with what clients read of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PipelineDetail {
    /// What lists have too.
    #[serde(flatten)]
    pub pipeline: Pipeline,
    /// Always 40 zeros: nobody tells what was there before.
    pub before_sha: String,
    /// Always null.
    pub yaml_errors: Option<String>,
    /// Who declared it or uploaded first.
    pub user: Option<UserBrief>,
    /// When its first job began, if told.
    pub started_at: Option<String>,
    /// When it became complete.
    pub finished_at: Option<String>,
    /// Always null.
    pub committed_at: Option<String>,
    /// Seconds from begin to end, if both are known.
    pub duration: Option<u64>,
    /// Always null.
    pub queued_duration: Option<u64>,
    /// Mean coverage of its jobs that tell one, as a text with two digits.
    pub coverage: Option<String>,
    /// The status in words for a page.
    pub detailed_status: DetailedStatus,
    /// Always false.
    pub archived: bool,
    /// Token of the jobs, told only in the answer that declares the pipeline while it waits for them: good for
    /// `PUT /jobs/:id` and `POST /jobs/:id/artifacts`, for a day at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_token: Option<String>,
}

/// The status in words for a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DetailedStatus {
    /// Name of an icon.
    pub icon: String,
    /// Short text.
    pub text: String,
    /// Text.
    pub label: String,
    /// Status word.
    pub group: String,
    /// Longer text.
    pub tooltip: String,
    /// Whether there is a page.
    pub has_details: bool,
    /// Path of that page.
    pub details_path: String,
    /// Always null.
    pub favicon: Option<String>,
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

/// A child of a pipeline, in the shape of the job that starts one at GitLab. There is no such job here: it has
/// the id and the name of the child.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bridge {
    /// Id of the child.
    pub id: u64,
    /// Name of the child, else its key.
    pub name: String,
    /// Always `test`.
    pub stage: String,
    /// Status of the child.
    pub status: String,
    /// Branch or tag.
    #[serde(rename = "ref")]
    pub ref_name: String,
    /// Whether `ref` is a tag.
    pub tag: bool,
    /// Always null.
    pub coverage: Option<String>,
    /// Always false.
    pub allow_failure: bool,
    /// When the child was accepted.
    pub created_at: String,
    /// The same.
    pub started_at: Option<String>,
    /// When the child became complete.
    pub finished_at: Option<String>,
    /// Always null.
    pub erased_at: Option<String>,
    /// Always null.
    pub duration: Option<u64>,
    /// Always null.
    pub queued_duration: Option<u64>,
    /// Who declared the child or uploaded first.
    pub user: Option<UserBrief>,
    /// Its commit.
    pub commit: JobCommit,
    /// The pipeline that it is a child of.
    pub pipeline: JobPipeline,
    /// Page of the child.
    pub web_url: String,
    /// The child.
    pub downstream_pipeline: Pipeline,
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
    /// `pending` or `running`, then `success`, `failed`, `canceled` or `skipped`.
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
    /// All of them in one archive; null when there are none.
    #[serde(default)]
    pub artifacts_file: Option<ArtifactsFile>,
    /// Always null: how long files are kept is the server's own rule.
    #[serde(default)]
    pub artifacts_expire_at: Option<String>,
    /// When the files were erased, if they were.
    #[serde(default)]
    pub erased_at: Option<String>,
    /// Whether somebody asked to keep the files whatever their age [E].
    #[serde(default)]
    pub keep_artifacts: bool,
    /// Commit it ran on.
    pub commit: JobCommit,
    /// Test coverage in percent, if told.
    #[serde(default)]
    pub coverage: Option<serde_json::Number>,
    /// Seconds from begin to end, if both are known.
    #[serde(default)]
    pub duration: Option<serde_json::Number>,
    /// Always null.
    #[serde(default)]
    pub queued_duration: Option<serde_json::Number>,
    /// Who declared it.
    #[serde(default)]
    pub user: Option<UserBrief>,
    /// Why it failed, if told.
    #[serde(default)]
    pub failure_reason: Option<String>,
    /// Always empty.
    #[serde(default)]
    pub tag_list: Vec<String>,
    /// Always null: it ran elsewhere.
    #[serde(default)]
    pub runner: Option<serde_json::Value>,
    /// Its page in the CI, if told [E].
    #[serde(default)]
    pub target_url: Option<String>,
}

/// The archive of a job's files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArtifactsFile {
    /// Name to save it under.
    pub filename: String,
    /// Bytes of the files.
    pub size: u64,
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
    /// The message; empty when not told.
    #[serde(default)]
    pub message: String,
    /// When the commit was first heard of.
    #[serde(default)]
    pub created_at: String,
    /// Always empty: there is no repository here.
    #[serde(default)]
    pub parent_ids: Vec<String>,
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
