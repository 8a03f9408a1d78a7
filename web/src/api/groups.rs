//! Groups: list, one, make, change. Must not know views.

use super::places::Target;
use super::{ApiError, Client, Page};
use casemate_shared::api::paths;
use casemate_shared::api::project::{Group, Project};
use serde::Serialize;
use serde_json::json;

/// Body of a new group.
#[derive(Debug, Clone, Serialize)]
pub struct NewGroup {
    /// Name to show.
    pub name: String,
    /// Last part of its path.
    pub path: String,
    /// The group above.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<u64>,
    /// `private`, `internal` or `public`.
    pub visibility: String,
    /// Text.
    pub description: String,
}

/// What can be changed of a group.
#[derive(Debug, Clone, Serialize)]
pub struct Change {
    /// Name to show.
    pub name: String,
    /// Last part of its path.
    pub path: String,
    /// `private`, `internal` or `public`.
    pub visibility: String,
    /// Text.
    pub description: String,
}

fn at(group: &str) -> Target {
    Target::Group(group.to_owned())
}

/// A page of groups.
pub async fn list(client: Client, query: String) -> Result<Page<Group>, ApiError> {
    client.list(&format!("{}/groups?{query}", paths::ROOT)).await
}

/// A page of the groups right below one.
pub async fn subgroups(client: Client, group: String, query: String) -> Result<Page<Group>, ApiError> {
    client.list(&format!("{}?{query}", at(&group).below("subgroups"))).await
}

/// A page of the projects right in a group.
pub async fn projects(client: Client, group: String, query: String) -> Result<Page<Project>, ApiError> {
    client.list(&format!("{}?{query}", at(&group).below("projects"))).await
}

/// One group by its full path.
pub async fn get(client: Client, group: String) -> Result<Group, ApiError> {
    client.get(&at(&group).below("")).await
}

/// Makes a group.
pub async fn create(client: Client, body: NewGroup) -> Result<Group, ApiError> {
    client.post(&format!("{}/groups", paths::ROOT), &body).await
}

/// Changes a group.
pub async fn change(client: Client, group: String, change: Change) -> Result<Group, ApiError> {
    client.put(&at(&group).below(""), &change).await
}

/// Moves a group below another one, or to the top.
pub async fn transfer(client: Client, group: String, to: Option<u64>) -> Result<Group, ApiError> {
    client.post(&at(&group).below("transfer"), &json!({ "group_id": to })).await
}

/// Removes a group and all that is in it.
pub async fn delete(client: Client, group: String) -> Result<(), ApiError> {
    client.delete(&at(&group).below("")).await
}
