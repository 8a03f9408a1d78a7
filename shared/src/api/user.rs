//! Users, sessions and tokens on the wire.

use serde::{Deserialize, Serialize};

/// A user as others see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Instance-wide id.
    pub id: u64,
    /// Name to sign in with.
    pub username: String,
    /// Name to show.
    pub name: String,
    /// `active`, later also `blocked` and `deactivated`.
    pub state: String,
    /// Address for mail.
    pub email: String,
    /// Page of the user.
    pub web_url: String,
    /// Always null: pictures would be an outbound call.
    pub avatar_url: Option<String>,
    /// Whether the user is an administrator.
    pub is_admin: bool,
    /// When the user was made.
    pub created_at: String,
    /// Whether a second factor is set.
    pub two_factor_enabled: bool,
    /// Whether the user is external.
    pub external: bool,
    /// Whether the user is a bot.
    pub bot: bool,
}

/// A user inside another object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserBrief {
    /// Instance-wide id.
    pub id: u64,
    /// Name to sign in with.
    pub username: String,
    /// Name to show.
    pub name: String,
    /// `active`.
    pub state: String,
    /// Always null.
    pub avatar_url: Option<String>,
    /// Page of the user.
    pub web_url: String,
}

/// Body of a sign-in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SignIn {
    /// User name, any case.
    pub login: String,
    /// Password.
    pub password: String,
}

/// The session at hand. The cookie itself is never readable by the page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Who is signed in.
    pub user: User,
    /// To be sent as `X-CSRF-Token` with every write.
    pub csrf_token: String,
    /// When the session ends at the latest.
    pub expires_at: String,
}

/// Body of a new personal access token.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NewToken {
    /// What it is for.
    pub name: String,
    /// What it may do, for example `api` or `write_reports`.
    pub scopes: Vec<String>,
    /// Last day, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
}

/// A personal access token. `token` is there only in the answer that made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Id of the token.
    pub id: u64,
    /// What it is for.
    pub name: String,
    /// Whether it was revoked.
    pub revoked: bool,
    /// When it was made.
    pub created_at: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// Whose it is.
    pub user_id: u64,
    /// Whether it still works.
    pub active: bool,
    /// Last day, `YYYY-MM-DD`; null when it does not end.
    pub expires_at: Option<String>,
    /// The secret, shown once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// `GET /api/v4/version`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Version of the program.
    pub version: String,
    /// What it was built from; empty when the build did not know.
    pub revision: String,
}
