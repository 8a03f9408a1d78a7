//! GitHub's endpoint for SARIF (API design, section 4.1): names and shapes are GitHub's.

use serde::{Deserialize, Serialize};

/// Body of `POST /repos/:owner/:repo/code-scanning/sarifs`. Unknown members are ignored.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SarifUpload {
    /// Commit, 40 hex digits.
    #[serde(default)]
    pub commit_sha: String,
    /// `refs/heads/x`, `refs/tags/x`, `refs/pull/N/head`, `refs/pull/N/merge`.
    #[serde(default, rename = "ref")]
    pub ref_name: String,
    /// The file: gzip, then base64.
    #[serde(default)]
    pub sarif: String,
    /// When the analysis began.
    #[serde(default)]
    pub started_at: Option<String>,
    /// Name of the tool, shown as the job.
    #[serde(default)]
    pub tool_name: Option<String>,
}

/// 202: where to ask what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SarifReceipt {
    /// Id of the upload.
    pub id: String,
    /// Where its status is.
    pub url: String,
}

/// `GET …/code-scanning/sarifs/:id`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SarifStatus {
    /// `pending`, `complete` or `failed`.
    pub processing_status: String,
    /// Where its scans are; null while it is pending.
    pub analyses_url: Option<String>,
    /// What kept it from being taken; null unless it failed.
    pub errors: Option<Vec<String>>,
}
