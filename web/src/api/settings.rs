//! What a project settles for itself about security. Must not know views.

use super::projects::below;
use super::{ApiError, Client};
use casemate_shared::api::settings::SecuritySettings;
use casemate_shared::api::storage::ProjectStorage;
use serde_json::json;

/// The settings of a project.
pub async fn get(client: Client, project: String) -> Result<SecuritySettings, ApiError> {
    client.get(&below(&project, "security_settings")).await
}

/// How much is kept of a project.
pub async fn sizes(client: Client, project: String) -> Result<ProjectStorage, ApiError> {
    client.get(&below(&project, "storage")).await
}

/// Changes how long things are kept: none as the instance says, 0 for ever.
pub async fn change(
    client: Client,
    project: String,
    findings: Option<u32>,
    artifacts: Option<u32>,
) -> Result<SecuritySettings, ApiError> {
    let body = json!({ "retention_findings_days": findings, "retention_artifacts_days": artifacts });
    client.put(&below(&project, "security_settings"), &body).await
}
