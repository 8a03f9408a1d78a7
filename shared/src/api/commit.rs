//! Commits and their statuses on the wire. There is no repository: a commit is what a CI told of it.

use super::user::UserBrief;
use serde::{Deserialize, Serialize};

/// What a CI tells of one job: the answer to `POST P/statuses/:sha`, and a row of a commit's statuses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitStatus {
    /// Id of the job.
    pub id: u64,
    /// Commit.
    pub sha: String,
    /// Branch or tag.
    #[serde(rename = "ref")]
    pub ref_name: String,
    /// Status word of the job.
    pub status: String,
    /// Name of the job.
    pub name: String,
    /// Its page in the CI, if told.
    pub target_url: Option<String>,
    /// What the CI says, if anything.
    pub description: Option<String>,
    /// When it was made.
    pub created_at: String,
    /// When it began, if told.
    pub started_at: Option<String>,
    /// When it ended, if it has.
    pub finished_at: Option<String>,
    /// Whether the pipeline passes although it failed.
    pub allow_failure: bool,
    /// Test coverage in percent, if told.
    pub coverage: Option<serde_json::Number>,
    /// Pipeline of the job.
    pub pipeline_id: u64,
    /// Who told.
    pub author: Option<UserBrief>,
}

/// The newest pipeline of a commit, inside the commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastPipeline {
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
    /// Where it came from.
    pub source: String,
    /// When it was accepted.
    pub created_at: String,
    /// When something last changed.
    pub updated_at: String,
    /// Its page.
    pub web_url: String,
}

/// A commit as it is told inside a branch: its id and what was told about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitHead {
    /// Full id.
    pub id: String,
    /// First eight characters.
    pub short_id: String,
    /// First line of the message; empty when not told.
    pub title: String,
    /// The message; empty when not told.
    pub message: String,
    /// Author, empty when not told.
    pub author_name: String,
    /// Author's address, empty when not told.
    pub author_email: String,
    /// When it was committed; when it was first heard of, if nobody told.
    pub created_at: String,
    /// When it was written; as `created_at` if nobody told.
    pub authored_date: String,
    /// Who committed it; the author if nobody told.
    pub committer_name: String,
    /// That one's address.
    pub committer_email: String,
    /// As `created_at`.
    pub committed_date: String,
    /// The commits before it, as far as told.
    pub parent_ids: Vec<String>,
    /// Page of its newest pipeline; the project's pipelines when it has none.
    pub web_url: String,
}

/// What was told of a commit's signature. Whoever may declare commits says so; nothing is verified here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitSignature {
    /// `PGP`, `SSH` or `X509`; null when not told.
    pub signature_type: Option<String>,
    /// `verified`, `unverified`, … as in GitLab, or `unsigned` [E].
    pub verification_status: String,
    /// Key that it was made with; null when not told [E].
    pub key_id: Option<String>,
    /// Always `declared`: nobody has looked at the commit itself.
    pub commit_source: String,
}

/// A commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    /// Its id and what was told about it.
    #[serde(flatten)]
    pub head: CommitHead,
    /// Project.
    pub project_id: u64,
    /// Status of its newest pipeline; null when it has none.
    pub status: Option<String>,
    /// Its newest pipeline; null when it has none.
    pub last_pipeline: Option<LastPipeline>,
    /// What was told of its signature; null when nothing was [E].
    pub signature: Option<CommitSignature>,
}
