//! Vulnerabilities and pipeline findings. Must not know views.

use super::projects::below;
use super::{ApiError, Client, Page};
use crate::logic::query;
use casemate_shared::ReportType;
use casemate_shared::api::finding::Finding;
use casemate_shared::api::paths;
use casemate_shared::api::vulnerability::{SeverityCounts, Vulnerability};
use serde::Deserialize;

/// A page of vulnerabilities without the reports' raw entries.
pub async fn list(client: Client, project: String, query: String) -> Result<Page<Vulnerability>, ApiError> {
    let path = below(&project, "vulnerabilities");
    client.list(&format!("{path}?{query}&raw_metadata=false")).await
}

/// Exact numbers per severity under a filter.
pub async fn counts(client: Client, project: String, query: String) -> Result<SeverityCounts, ApiError> {
    client.get(&query::join(&below(&project, "vulnerability_severities_count"), &query)).await
}

/// A scanner that vulnerabilities of the project come from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Scanner {
    /// The id to filter by.
    pub external_id: String,
    /// Name to show.
    pub name: String,
    /// Report types it was seen in.
    pub report_types: Vec<ReportType>,
}

/// The scanners of a project.
pub async fn scanners(client: Client, project: String) -> Result<Vec<Scanner>, ApiError> {
    client.get(&below(&project, "vulnerability_scanners")).await
}

/// One vulnerability with everything.
pub async fn get(client: Client, id: u64) -> Result<Vulnerability, ApiError> {
    client.get(&paths::vulnerability(id)).await
}

/// A page of a pipeline's findings, dismissed ones included.
pub async fn findings(client: Client, project: String, pipeline: u64, query: String) -> Result<Page<Finding>, ApiError> {
    let path = below(&project, "vulnerability_findings");
    client.list(&format!("{path}?pipeline_id={pipeline}&scope=all&{query}")).await
}
