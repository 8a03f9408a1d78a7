//! Pipelines and their scans. Must not know views.

use super::projects::below;
use super::{ApiError, Client, Page};
use casemate_shared::api::pipeline::{Pipeline, Scan};

/// A page of pipelines, newest first.
pub async fn list(client: Client, project: String, page: u32) -> Result<Page<Pipeline>, ApiError> {
    client.list(&format!("{}?page={page}&per_page=20", below(&project, "pipelines"))).await
}

/// One pipeline.
pub async fn get(client: Client, project: String, id: u64) -> Result<Pipeline, ApiError> {
    client.get(&below(&project, &format!("pipelines/{id}"))).await
}

/// The scans of a pipeline.
pub async fn scans(client: Client, project: String, id: u64) -> Result<Vec<Scan>, ApiError> {
    client.get(&below(&project, &format!("pipelines/{id}/scans"))).await
}
