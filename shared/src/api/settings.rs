//! What a project settles for itself about security, `GET` and `PUT /projects/:id/security_settings`; beside
//! `project_id` and the times all of it is ours [E].

use super::user::UserBrief;
use serde::{Deserialize, Serialize};

/// Settings of a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecuritySettings {
    /// The project.
    pub project_id: u64,
    /// When somebody first changed them; null when nobody has.
    pub created_at: Option<String>,
    /// When somebody last changed them; null when nobody has.
    pub updated_at: Option<String>,
    /// Who that was.
    pub updated_by: Option<UserBrief>,
    /// Days that findings of pipelines are kept; 0: for ever, null: as long as the instance says.
    pub retention_findings_days: Option<u32>,
    /// Days that reports are kept as uploaded; 0: for ever, null: as long as the instance says.
    pub retention_artifacts_days: Option<u32>,
    /// What holds, with what the instance says.
    pub retention_applied: AppliedRetention,
}

/// What holds for a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppliedRetention {
    /// Days that findings of pipelines are kept; null: for ever.
    pub findings_days: Option<u32>,
    /// Days that reports are kept as uploaded; null: for ever.
    pub artifacts_days: Option<u32>,
}
