//! Members of projects and groups. Must not know views.

use super::places::Target;
use super::{ApiError, Client, Page};
use casemate_shared::api::member::Member;
use serde::Serialize;
use serde_json::json;

/// Somebody who is added.
#[derive(Debug, Clone, Serialize)]
pub struct NewMember {
    /// Who.
    pub user_id: u64,
    /// GitLab's number of the level.
    pub access_level: u8,
    /// The day from which on it counts no more; empty when it stays.
    pub expires_at: Option<String>,
}

/// A page of members, inherited ones too unless only direct ones are wanted.
pub async fn list(client: Client, of: Target, is_direct: bool, query: String) -> Result<Page<Member>, ApiError> {
    let rest = if is_direct { "members" } else { "members/all" };
    client.list(&format!("{}?{query}", of.below(rest))).await
}

/// Those of some users who are direct members.
pub async fn direct_ones(client: Client, of: Target, users: &[u64]) -> Result<Vec<u64>, ApiError> {
    if users.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<String> = users.iter().map(u64::to_string).collect();
    let found: Page<Member> = client.list(&format!("{}?per_page=100&user_ids={}", of.below("members"), ids.join(","))).await?;
    Ok(found.rows.into_iter().map(|member| member.user.id).collect())
}

/// The membership of one user, direct or inherited; none when there is none.
pub async fn standing(client: Client, of: Target, user: u64) -> Result<Option<Member>, ApiError> {
    let found: Page<Member> = client.list(&format!("{}?user_ids={user}", of.below("members/all"))).await?;
    Ok(found.rows.into_iter().next())
}

/// Adds somebody.
pub async fn add(client: Client, to: Target, member: NewMember) -> Result<Member, ApiError> {
    client.post(&to.below("members"), &member).await
}

/// Changes level and end of a membership.
pub async fn change(client: Client, of: Target, user: u64, level: u8, expires_at: Option<String>) -> Result<Member, ApiError> {
    let body = json!({ "access_level": level, "expires_at": expires_at });
    client.put(&of.below(&format!("members/{user}")), &body).await
}

/// Removes somebody.
pub async fn remove(client: Client, of: Target, user: u64) -> Result<(), ApiError> {
    client.delete(&of.below(&format!("members/{user}"))).await
}
