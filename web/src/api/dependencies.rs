//! What a project depends on. Must not know views.

use super::projects::below;
use super::{ApiError, Client, Page};
use casemate_shared::api::dependency::Dependency;

/// A page of dependencies of the default branch.
pub async fn list(client: Client, project: String, page: u32, only_vulnerable: bool) -> Result<Page<Dependency>, ApiError> {
    let filter = if only_vulnerable { "vulnerable" } else { "all" };
    client.list(&format!("{}?filter={filter}&page={page}&per_page=20", below(&project, "dependencies"))).await
}
