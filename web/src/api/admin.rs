//! Facts about the instance. Must not know views.

use super::{ApiError, Client, Page};
use casemate_shared::api::paths;
use casemate_shared::api::storage::{ProjectStorage, Storage};
use casemate_shared::api::user::Version;
use serde::de::IgnoredAny;

/// Version of the server.
pub async fn version(client: Client) -> Result<Version, ApiError> {
    client.get(&format!("{}/version", paths::ROOT)).await
}

/// What fills the disk, and retention.
pub async fn storage(client: Client) -> Result<Storage, ApiError> {
    client.get(&format!("{}/admin/storage", paths::ROOT)).await
}

/// A page of projects with what is kept of each.
pub async fn project_sizes(client: Client, query: String) -> Result<Page<ProjectStorage>, ApiError> {
    client.list(&format!("{}/admin/storage/projects?{query}", paths::ROOT)).await
}

/// Checks of the server's health, as they are answered.
pub async fn readiness(client: Client) -> Result<serde_json::Value, ApiError> {
    client.get("/-/readiness?all=1").await
}

/// How many there are in a list, `users?humans=true`.
pub async fn number(client: Client, list: &str) -> Result<u64, ApiError> {
    let page: Page<IgnoredAny> = client.list(&format!("{}/{list}&per_page=1", paths::ROOT)).await?;
    Ok(page.total)
}
