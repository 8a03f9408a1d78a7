//! What a project settles for itself about security. Must not know: storage, HTTP, who may change it.

use super::retention::RetentionSettings;
use crate::clock::Millis;

/// Longest age that a project can ask for, in days. Longer is for ever, which is 0.
pub const MOST_DAYS: u32 = 36_500;

/// Settings of one project. There is a row from the first change on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecuritySettings {
    /// The project.
    pub project_id: u64,
    /// Days that findings of its pipelines are kept; 0 for ever, none as long as the instance says.
    pub findings_days: Option<u32>,
    /// Days that its reports are kept as they were uploaded; 0 for ever, none as long as the instance says.
    pub artifacts_days: Option<u32>,
    /// When somebody first changed them.
    pub created_at: Millis,
    /// When somebody last changed them.
    pub updated_at: Millis,
    /// Who that was.
    pub updated_by: u64,
}

/// How long the data of one project are kept, in days; 0 for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ages {
    /// Findings of pipelines, by the pipeline's age.
    pub findings_days: u32,
    /// Reports as they were uploaded, unless they say a time of their own.
    pub artifacts_days: u32,
}

impl RetentionSettings {
    /// What holds for a project.
    pub fn ages(&self, own: Option<&SecuritySettings>) -> Ages {
        Ages {
            findings_days: own.and_then(|own| own.findings_days).unwrap_or(self.findings_days),
            artifacts_days: own.and_then(|own| own.artifacts_days).unwrap_or(self.artifacts_days),
        }
    }
}
