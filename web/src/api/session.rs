//! Sign in, sign out, who am I. Must not know views.

use super::{ApiError, Client};
use casemate_shared::api::paths;
use casemate_shared::api::user::{Session, SignIn};

/// The session at hand; 401 when there is none.
pub async fn current(client: Client) -> Result<Session, ApiError> {
    client.get(paths::SESSION).await
}

/// Signs in.
pub async fn sign_in(client: Client, login: String, password: String, code: Option<String>) -> Result<Session, ApiError> {
    client.post(paths::SESSION, &SignIn { login, password, code }).await
}

/// Signs out.
pub async fn sign_out(client: Client) -> Result<(), ApiError> {
    client.delete(paths::SESSION).await
}
