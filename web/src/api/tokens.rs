//! Access tokens: of the signed-in person, of projects and groups, and those that administrators made to act
//! as somebody. Must not know views.

use super::places::Target;
use super::{ApiError, Client, Page};
use crate::logic::query::join;
use casemate_shared::api::paths;
use casemate_shared::api::user::{NewToken, Token};
use serde::Serialize;
use serde_json::json;

/// Whose tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// The signed-in person's, by id.
    Own(u64),
    /// Those of a project or group.
    Of(Target),
    /// Those made to act as the user with that id.
    Impersonating(u64),
}

/// Body of a new token.
#[derive(Debug, Clone, Serialize)]
pub struct Wanted {
    /// Name, scopes, last day.
    #[serde(flatten)]
    pub token: NewToken,
    /// Access level of its bot, for a project or group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_level: Option<u8>,
}

impl Whose {
    /// Path of one of them.
    fn one(&self, rest: &str) -> String {
        match self {
            Whose::Own(_) => format!("{}/personal_access_tokens/{rest}", paths::ROOT),
            Whose::Of(target) => target.below(&format!("access_tokens/{rest}")),
            Whose::Impersonating(user) => format!("{}/users/{user}/impersonation_tokens/{rest}", paths::ROOT),
        }
    }
}

/// A page of them.
pub async fn list(client: Client, whose: Whose, query: String) -> Result<Page<Token>, ApiError> {
    let path = match &whose {
        Whose::Own(id) => format!("{}/personal_access_tokens?user_id={id}&{query}", paths::ROOT),
        _ => join(whose.one("").trim_end_matches('/'), &query),
    };
    client.list(&path).await
}

/// Makes one. The answer holds its text, once.
pub async fn create(client: Client, whose: Whose, wanted: Wanted) -> Result<Token, ApiError> {
    let path = match &whose {
        Whose::Own(_) => paths::USER_TOKENS.to_owned(),
        _ => whose.one("").trim_end_matches('/').to_owned(),
    };
    client.post(&path, &wanted).await
}

/// Gives one another text; the old one ends at once. The answer holds the new text, once.
pub async fn rotate(client: Client, whose: Whose, id: u64, expires_at: Option<String>) -> Result<Token, ApiError> {
    client.post(&whose.one(&format!("{id}/rotate")), &json!({ "expires_at": expires_at })).await
}

/// Ends one for good.
pub async fn revoke(client: Client, whose: Whose, id: u64) -> Result<(), ApiError> {
    client.delete(&whose.one(&id.to_string())).await
}

/// Makes a token that may hand in reports and nothing else. The answer holds its text, once.
pub async fn create_for_reports(client: Client, name: String, expires_at: String) -> Result<Token, ApiError> {
    let body = NewToken { name, scopes: vec!["write_reports".to_owned()], expires_at: Some(expires_at) };
    client.post(paths::USER_TOKENS, &body).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_place() {
        let project = Whose::Of(Target::Project("a/b".to_owned()));
        assert_eq!(project.one("7/rotate"), "/api/v4/projects/a%2Fb/access_tokens/7/rotate");
        assert_eq!(Whose::Own(3).one("7"), "/api/v4/personal_access_tokens/7");
        assert_eq!(Whose::Impersonating(3).one("7"), "/api/v4/users/3/impersonation_tokens/7");
    }
}
