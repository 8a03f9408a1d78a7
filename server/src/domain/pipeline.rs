//! Pipelines, jobs and the files they handed in. Must not know: storage, HTTP.

use crate::clock::Millis;
use casemate_shared::Ingestion;

/// A pipeline as some CI declared it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pipeline {
    /// Id.
    pub id: u64,
    /// Number within the project, from 1.
    pub iid: u64,
    /// Project.
    pub project_id: u64,
    /// Commit, 40 or 64 hex digits, lower case.
    pub sha: String,
    /// Branch or tag, without `refs/heads/`.
    pub ref_name: String,
    /// Whether `ref_name` is a tag.
    pub tag: bool,
    /// GitLab's status word.
    pub status: String,
    /// Where it came from.
    pub source: String,
    /// Name, if given.
    pub name: Option<String>,
    /// Run id of the CI, if given; unique in the project.
    pub key: Option<String>,
    /// Who uploaded.
    pub user_id: u64,
    /// When accepted.
    pub created_at: Millis,
    /// When last changed.
    pub updated_at: Millis,
    /// How far ingestion is.
    pub ingestion: Ingestion,
    /// Whether it ran on the default branch, decided when it was accepted.
    pub on_default_branch: bool,
    /// False while more jobs are announced.
    pub complete: bool,
    /// Findings over all latest scans, duplicates left out.
    pub findings: Option<u64>,
    /// Latest scans with errors.
    pub scans_with_errors: u64,
    /// What was told about the commit.
    pub commit: Commit,
}

/// What an upload told about its commit; empty texts where it told nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Commit {
    /// Message.
    pub message: String,
    /// Author.
    pub author_name: String,
    /// Author's address.
    pub author_email: String,
}

/// A job of a pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Id.
    pub id: u64,
    /// Pipeline.
    pub pipeline_id: u64,
    /// Project.
    pub project_id: u64,
    /// Name.
    pub name: String,
    /// Stage.
    pub stage: String,
    /// `success`, `failed` or `canceled`.
    pub status: String,
    /// Whether the pipeline passes although it failed.
    pub allow_failure: bool,
    /// Whether a later job of the same name replaced it.
    pub retried: bool,
    /// When made.
    pub created_at: Millis,
    /// When begun, if told.
    pub started_at: Option<Millis>,
    /// When ended, if told.
    pub finished_at: Option<Millis>,
}

/// A file that a job handed in, kept byte for byte under its SHA-256.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// Id.
    pub id: u64,
    /// Job.
    pub job_id: u64,
    /// Pipeline.
    pub pipeline_id: u64,
    /// Project.
    pub project_id: u64,
    /// Report type's word.
    pub file_type: String,
    /// Name as uploaded, fit to show.
    pub filename: String,
    /// Bytes as uploaded.
    pub size: u64,
    /// Hash of the bytes as uploaded.
    pub sha256: [u8; 32],
    /// Whether the bytes are gzip.
    pub gzip: bool,
    /// When accepted.
    pub created_at: Millis,
}
