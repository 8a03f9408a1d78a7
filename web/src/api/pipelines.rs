//! Pipelines and their scans. Must not know views.

use super::projects::below;
use super::{ApiError, Client, Page};
use casemate_shared::api::pipeline::{Bridge, Pipeline, Scan};

/// A page of pipelines, newest first.
pub async fn list(client: Client, project: String, page: u32) -> Result<Page<Pipeline>, ApiError> {
    client.list(&format!("{}?page={page}&per_page=20", below(&project, "pipelines"))).await
}

/// One pipeline.
pub async fn get(client: Client, project: String, id: u64) -> Result<Pipeline, ApiError> {
    client.get(&below(&project, &format!("pipelines/{id}"))).await
}

/// The child pipelines of a pipeline, oldest first: a hundred at most.
pub async fn children(client: Client, project: String, id: u64) -> Result<Page<Bridge>, ApiError> {
    client.list(&format!("{}?per_page=100", below(&project, &format!("pipelines/{id}/bridges")))).await
}

/// The scans of a pipeline and its descendants.
pub async fn scans(client: Client, project: String, id: u64) -> Result<Vec<Scan>, ApiError> {
    client.get(&below(&project, &format!("pipelines/{id}/scans"))).await
}
