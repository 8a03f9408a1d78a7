//! Events of the audit log on the wire. The names of GitLab, and more [E].

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Something that was done and matters for security.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEvent {
    /// Id: 1, 2, 3 and so on, without gaps.
    pub id: u64,
    /// Who; -1 when nobody was signed in, or the server did it by itself.
    pub author_id: i64,
    /// Id of what it was done to; 0 for the instance.
    pub entity_id: u64,
    /// `User`, `Group`, `Project` or `Instance`.
    pub entity_type: String,
    /// The word for it, such as `member_created`.
    pub event_name: String,
    /// More about it.
    pub details: AuditDetails,
    /// When.
    pub created_at: String,
    /// SHA-256 in hex of the event and of the hash of the one before [E].
    pub hash: String,
}

/// More about an event, with the names that things had then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditDetails {
    /// User name of the author; a word for nobody and for the server itself.
    pub author_name: String,
    /// What was done, as a sentence without its end.
    pub custom_message: String,
    /// Name or path of the entity; empty for the instance.
    pub entity_path: String,
    /// Address of the client; null when there was none.
    pub ip_address: Option<String>,
    /// Kind of what in the entity it was about, such as `Token`; that of the entity when it was the entity itself.
    pub target_type: String,
    /// Its id.
    pub target_id: u64,
    /// Its name.
    pub target_details: String,
    /// Name of what changed, when exactly one thing did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<String>,
    /// What it was before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// What it was after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// All that changed [E].
    pub changes: Vec<AuditChange>,
    /// More about it, by name [E].
    pub facts: BTreeMap<String, String>,
    /// By what the author was known [E]; null when by nothing.
    pub authenticated_by: Option<AuditMeans>,
    /// The administrator who acted as the author [E].
    pub sudo_by: Option<AuditSudo>,
    /// Id of the request [E]; null when there was none.
    pub request_id: Option<String>,
}

/// One thing that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditChange {
    /// Its name.
    pub change: String,
    /// Before.
    pub from: String,
    /// After.
    pub to: String,
}

/// By what somebody was known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditMeans {
    /// `session`, `access_token` or `job_token`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its id; the pipeline's for a job's token.
    pub id: u64,
}

/// Who acted as somebody else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditSudo {
    /// Id of the user.
    pub id: u64,
    /// Their name then.
    pub username: String,
}
