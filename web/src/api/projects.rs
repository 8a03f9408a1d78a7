//! Projects: list, one, make. Must not know views.

use super::{ApiError, Client, Page};
use crate::logic::query;
use casemate_shared::api::paths;
use casemate_shared::api::project::Project;
use casemate_shared::api::vulnerability::Freshness;
use serde::Serialize;
use serde_json::json;

/// Path of something below a project, by its full path.
pub(super) fn below(project: &str, rest: &str) -> String {
    paths::below_project(&paths::encode_segment(project), rest)
}

/// A page of projects, the most lively first.
pub async fn list(client: Client, search: String, page: u32) -> Result<Page<Project>, ApiError> {
    let query = query::write(&[
        ("search", search),
        ("page", page.to_string()),
        ("per_page", "20".to_owned()),
        ("order_by", "last_activity_at".to_owned()),
        ("with_counts", "true".to_owned()),
    ]);
    client.list(&query::join(paths::PROJECTS, &query)).await
}

/// One project by its full path, with counts and newest pipeline.
pub async fn get(client: Client, project: String) -> Result<Project, ApiError> {
    client.get(&at(&project)).await
}

/// Body of a new project.
#[derive(Debug, Clone, Serialize)]
pub struct NewProject {
    /// Name to show.
    pub name: String,
    /// Last part of its path; made from the name when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Group, made when it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace_path: Option<String>,
    /// Branch whose findings become vulnerabilities.
    pub default_branch: String,
}

/// Makes a project.
pub async fn create(client: Client, body: NewProject) -> Result<Project, ApiError> {
    client.post(paths::PROJECTS, &body).await
}

/// What can be changed of a project.
#[derive(Debug, Clone, Serialize)]
pub struct Change {
    /// Name to show.
    pub name: String,
    /// Last part of its path.
    pub path: String,
    /// Text.
    pub description: String,
    /// Branch whose findings are vulnerabilities.
    pub default_branch: String,
    /// `private`, `internal` or `public`; left out by who may not change it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visibility: Option<String>,
}

/// Changes a project.
pub async fn change(client: Client, project: String, change: Change) -> Result<Project, ApiError> {
    client.put(&at(&project), &change).await
}

/// Archives a project, or opens it again.
pub async fn archive(client: Client, project: String, archived: bool) -> Result<Project, ApiError> {
    client.post(&below(&project, if archived { "archive" } else { "unarchive" }), &()).await
}

/// Moves a project to another group, by its full path.
pub async fn transfer(client: Client, project: String, to: String) -> Result<Project, ApiError> {
    client.put(&below(&project, "transfer"), &json!({ "namespace": to })).await
}

/// Removes a project and all that is in it.
pub async fn delete(client: Client, project: String) -> Result<(), ApiError> {
    client.delete(&at(&project)).await
}

/// A page of projects with the wishes of a list.
pub async fn filtered(client: Client, query: String) -> Result<Page<Project>, ApiError> {
    client.list(&query::join(paths::PROJECTS, &query)).await
}

fn at(project: &str) -> String {
    paths::project(&paths::encode_segment(project))
}

/// How fresh each report type is on the default branch.
pub async fn freshness(client: Client, project: String) -> Result<Vec<Freshness>, ApiError> {
    client.get(&below(&project, "security_report_freshness")).await
}
