//! The signed-in person's own account. Must not know views.

use super::{ApiError, Client};
use casemate_shared::api::paths;
use casemate_shared::api::user::{ListedSession, RecoveryCodes, SecondFactorSetup, User};
use serde::Serialize;
use serde_json::json;

/// What of the account can be changed.
#[derive(Debug, Clone, Serialize)]
pub struct Change {
    /// Name to show.
    pub name: String,
    /// Another address; left out when it stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The password, which another address asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_password: Option<String>,
}

fn below(rest: &str) -> String {
    format!("{}/{rest}", paths::USER)
}

/// Changes the account.
pub async fn change(client: Client, change: Change) -> Result<User, ApiError> {
    client.put(paths::USER, &change).await
}

/// The account as it is now.
pub async fn show(client: Client) -> Result<User, ApiError> {
    client.get(paths::USER).await
}

/// Changes the password; all other sessions end.
pub async fn change_password(client: Client, current: String, new: String) -> Result<(), ApiError> {
    client.put(&below("password"), &json!({ "current_password": current, "password": new })).await
}

/// Where the person is signed in.
pub async fn sessions(client: Client) -> Result<Vec<ListedSession>, ApiError> {
    client.get(&below("sessions")).await
}

/// Ends a session.
pub async fn end_session(client: Client, id: u64) -> Result<(), ApiError> {
    client.delete(&below(&format!("sessions/{id}"))).await
}

/// Begins to set up a second factor.
pub async fn begin_second_factor(client: Client, password: String) -> Result<SecondFactorSetup, ApiError> {
    client.post(&below("two_factor"), &json!({ "current_password": password })).await
}

/// Confirms it with a code; from then on it counts.
pub async fn confirm_second_factor(client: Client, code: String) -> Result<RecoveryCodes, ApiError> {
    client.post(&below("two_factor/confirm"), &json!({ "code": code })).await
}

/// Takes the second factor away.
pub async fn end_second_factor(client: Client, password: String) -> Result<(), ApiError> {
    client.delete_with(&below("two_factor"), &json!({ "current_password": password })).await
}
