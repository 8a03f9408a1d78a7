//! Webhooks on the wire. Secrets go in and never come out.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A header that is sent with every delivery; its value is not told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookHeader {
    /// Name.
    pub key: String,
}

/// A webhook of a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hook {
    /// Id, unique in the instance.
    pub id: u64,
    /// Project.
    pub project_id: u64,
    /// Where to.
    pub url: String,
    /// Name; null when it has none.
    pub name: Option<String>,
    /// Text; null when it has none.
    pub description: Option<String>,
    /// Whether the certificate of the other side is checked.
    pub enable_ssl_verification: bool,
    /// `wildcard`, `regex` or `all_branches`.
    pub branch_filter_strategy: String,
    /// Branches that pushes are told of; null for all.
    pub push_events_branch_filter: Option<String>,
    /// More headers.
    pub custom_headers: Vec<HookHeader>,
    /// Always `executable`: nothing is delivered yet, so nothing failed.
    pub alert_status: String,
    /// Always null.
    pub disabled_until: Option<String>,
    /// Whether there is a token that is sent with every delivery [E].
    pub token_set: bool,
    /// Whether there is a key that deliveries are signed with [E].
    pub signing_token_set: bool,
    /// When it was made.
    pub created_at: String,
    /// What it is told of: `push_events` and the like, each true or false.
    #[serde(flatten)]
    pub events: BTreeMap<String, bool>,
}
