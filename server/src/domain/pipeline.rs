//! Pipelines, jobs and the files they handed in. Must not know: storage, HTTP.

pub use super::commit::Commit;
use super::expiry::Expiry;
use crate::clock::Millis;
use casemate_shared::{Ingestion, ReportType};

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
    /// Pipeline that it is a child of.
    pub parent_id: Option<u64>,
    /// First of its ancestors; none when it is no child.
    pub root_id: Option<u64>,
    /// How far ingestion is.
    pub ingestion: Ingestion,
    /// Whether it ran on the default branch, decided when it was accepted.
    pub on_default_branch: bool,
    /// False while more jobs are announced or under way; ingestion begins when it turns true.
    pub complete: bool,
    /// Whether somebody said that more jobs follow without naming them.
    pub held: bool,
    /// Names of the jobs that were announced.
    pub expected_jobs: Vec<String>,
    /// Announced jobs that nobody waits for any more. They count as failed: their scanners prove nothing.
    pub missing_jobs: Vec<String>,
    /// How waiting was ended, if not by the jobs themselves.
    pub ending: Option<Ending>,
    /// When waiting ends at the latest; none when the pipeline is complete.
    pub deadline: Option<Millis>,
    /// When it became complete.
    pub finished_at: Option<Millis>,
    /// When somebody deleted it. The row stays, because history names it; nobody sees it any more.
    pub deleted_at: Option<Millis>,
    /// Findings over all latest scans, duplicates left out.
    pub findings: Option<u64>,
    /// Latest scans with errors.
    pub scans_with_errors: u64,
    /// When its import was taken back; none when it stands.
    pub undone_at: Option<Millis>,
    /// What was told about the commit.
    pub commit: Commit,
}

impl Pipeline {
    /// The pipeline with which it is ingested: its first ancestor, itself if it is no child.
    pub fn root(&self) -> u64 {
        self.root_id.unwrap_or(self.id)
    }
}

/// Why a pipeline waits no longer although announced jobs did not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It waited too long.
    TimedOut,
    /// Somebody canceled it.
    Canceled,
}

impl Ending {
    /// Number of the storage format.
    pub const fn number(self) -> u8 {
        match self {
            Ending::TimedOut => 1,
            Ending::Canceled => 2,
        }
    }

    /// The ending with that number.
    pub fn from_number(number: u8) -> Option<Ending> {
        [Ending::TimedOut, Ending::Canceled].into_iter().find(|ending| ending.number() == number)
    }
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
    /// `pending` or `running`, then `success`, `failed`, `canceled` or `skipped`.
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
    /// Who declared it.
    pub user_id: u64,
    /// Its page in the CI.
    pub target_url: Option<String>,
    /// What the CI says about it.
    pub description: Option<String>,
    /// Test coverage in hundredths of a percent.
    pub coverage: Option<u64>,
    /// Why it failed, in a word of GitLab's.
    pub failure_reason: Option<String>,
    /// When its files were erased.
    pub erased_at: Option<Millis>,
    /// Whether somebody asked to keep its files whatever their age.
    pub keep_artifacts: bool,
}

impl Job {
    /// Whether nothing more happens to it by itself.
    pub fn has_ended(&self) -> bool {
        !matches!(self.status.as_str(), "created" | "pending" | "running")
    }
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
    /// The scans that it gives; none of a file that is no report.
    pub sections: Vec<Section>,
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
    /// When the file is to go.
    pub expiry: Expiry,
    /// When retention removed the file, if it did. The row stays.
    pub expired_at: Option<Millis>,
}

impl Artifact {
    /// Whether its own time is over and nobody asked to keep the files of its job. Retention removes it soon.
    pub fn is_over(&self, job: &Job, now: Millis) -> bool {
        !job.keep_artifacts && matches!(self.expiry, Expiry::At(at) if at <= now)
    }
}

/// One scan that a file gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Which run of a SARIF file; 0 in every other file.
    pub run: u64,
    /// Type of the scan.
    pub report_type: ReportType,
    /// Scanner of a SARIF run. What it reported before of other types it has looked for again, so those
    /// types are sections too.
    pub scanner: Option<String>,
}
