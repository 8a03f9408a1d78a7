//! Users: to choose one, and for administrators everything else. Must not know views.

use super::{ApiError, Client, Page};
use crate::logic::query;
use casemate_shared::api::paths;
use casemate_shared::api::user::{User, UserBrief};
use serde::Serialize;
use serde_json::json;

/// Body of a new user.
#[derive(Debug, Clone, Serialize)]
pub struct NewUser {
    /// Name to sign in with.
    pub username: String,
    /// Name to show.
    pub name: String,
    /// Address for mail.
    pub email: String,
    /// The first password.
    pub password: String,
    /// Whether the user is an administrator.
    pub admin: bool,
    /// Whether the user is external.
    pub external: bool,
}

/// An act that turns the state of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// May no longer come in.
    Block,
    /// May again.
    Unblock,
    /// Rests.
    Deactivate,
    /// Is back.
    Activate,
}

impl Turn {
    const fn word(self) -> &'static str {
        match self {
            Turn::Block => "block",
            Turn::Unblock => "unblock",
            Turn::Deactivate => "deactivate",
            Turn::Activate => "activate",
        }
    }
}

fn one(id: u64, rest: &str) -> String {
    format!("{}/users/{id}{rest}", paths::ROOT)
}

/// Up to eight active users whose name or user name holds a text.
pub async fn find(client: Client, text: String) -> Result<Vec<UserBrief>, ApiError> {
    let query = query::write(&[
        ("search", text),
        ("active", "true".to_owned()),
        ("humans", "true".to_owned()),
        ("order_by", "name".to_owned()),
        ("sort", "asc".to_owned()),
        ("per_page", "8".to_owned()),
    ]);
    client.get(&format!("{}/users?{query}", paths::ROOT)).await
}

/// The user of that user name, in any case; none when nobody has it.
pub async fn by_name(client: Client, username: String) -> Result<Option<UserBrief>, ApiError> {
    let query = query::write(&[("username", username)]);
    let found: Vec<UserBrief> = client.get(&format!("{}/users?{query}", paths::ROOT)).await?;
    Ok(found.into_iter().next())
}

/// The user of that user name, as administrators see them; none when nobody has it.
pub async fn one_by_name(client: Client, username: String) -> Result<Option<User>, ApiError> {
    let found = list(client, query::write(&[("username", username)])).await?;
    Ok(found.rows.into_iter().next())
}

/// A page of users, as administrators see them.
pub async fn list(client: Client, query: String) -> Result<Page<User>, ApiError> {
    client.list(&format!("{}/users?{query}", paths::ROOT)).await
}

/// Makes a user.
pub async fn create(client: Client, new: NewUser) -> Result<User, ApiError> {
    client.post(&format!("{}/users", paths::ROOT), &new).await
}

/// Blocks, unblocks, deactivates or activates a user.
pub async fn turn(client: Client, id: u64, turn: Turn) -> Result<bool, ApiError> {
    client.post(&one(id, &format!("/{}", turn.word())), &()).await
}

/// Makes somebody an administrator, or no longer one.
pub async fn set_admin(client: Client, id: u64, admin: bool) -> Result<User, ApiError> {
    client.put(&one(id, ""), &json!({ "admin": admin })).await
}

/// Takes the second factor of a user away.
pub async fn end_second_factor(client: Client, id: u64) -> Result<(), ApiError> {
    client.patch(&one(id, "/disable_two_factor"), &()).await
}

/// Deletes a user.
pub async fn delete(client: Client, id: u64) -> Result<(), ApiError> {
    client.delete(&one(id, "")).await
}
