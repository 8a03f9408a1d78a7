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

/// A commit: its id and what was told about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
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
    /// When the commit was first heard of.
    pub created_at: String,
    /// The same.
    pub authored_date: String,
    /// The same.
    pub committed_date: String,
    /// Always empty: there is no repository here.
    pub parent_ids: Vec<String>,
    /// Page of its newest pipeline.
    pub web_url: String,
    /// Status of its newest pipeline.
    pub status: String,
    /// Project.
    pub project_id: u64,
    /// Its newest pipeline.
    pub last_pipeline: LastPipeline,
}
