//! Access tokens of the signed-in person. Must not know views.

use super::{ApiError, Client};
use casemate_shared::api::paths;
use casemate_shared::api::user::{NewToken, Token};

/// Makes a token that may hand in reports and nothing else. The answer holds its text, once.
pub async fn create_for_reports(client: Client, name: String, expires_at: String) -> Result<Token, ApiError> {
    let body = NewToken { name, scopes: vec!["write_reports".to_owned()], expires_at: Some(expires_at) };
    client.post(paths::USER_TOKENS, &body).await
}
