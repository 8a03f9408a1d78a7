//! Users, sessions and tokens on the wire.

use serde::{Deserialize, Serialize};

/// A user as the user and administrators see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Instance-wide id.
    pub id: u64,
    /// Name to sign in with.
    pub username: String,
    /// Name to show.
    pub name: String,
    /// `active`, `blocked` or `deactivated`.
    pub state: String,
    /// Always false: nobody is locked out by wrong passwords.
    #[serde(default)]
    pub locked: bool,
    /// Address for mail.
    pub email: String,
    /// Always null: addresses are not shown to others.
    #[serde(default)]
    pub public_email: Option<String>,
    /// Page of the user.
    pub web_url: String,
    /// Always null: pictures would be an outbound call.
    pub avatar_url: Option<String>,
    /// Whether the user is an administrator.
    pub is_admin: bool,
    /// When the user was made.
    pub created_at: String,
    /// When last signed in to the page.
    #[serde(default)]
    pub last_sign_in_at: Option<String>,
    /// The same: of sign-ins only the last is kept.
    #[serde(default)]
    pub current_sign_in_at: Option<String>,
    /// When the user was made: addresses are not confirmed by mail.
    #[serde(default)]
    pub confirmed_at: String,
    /// Day of the last request, `YYYY-MM-DD`.
    #[serde(default)]
    pub last_activity_on: Option<String>,
    /// Whether a second factor is set.
    pub two_factor_enabled: bool,
    /// Whether the user is external.
    pub external: bool,
    /// Whether the user is a bot.
    pub bot: bool,
    /// Whether the user may make groups.
    #[serde(default)]
    pub can_create_group: bool,
    /// Whether the user may make projects.
    #[serde(default)]
    pub can_create_project: bool,
}

/// A user as others see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicUser {
    /// What everybody sees.
    #[serde(flatten)]
    pub brief: UserBrief,
    /// Always false.
    pub locked: bool,
    /// Whether the user is a bot.
    pub bot: bool,
    /// When the user was made.
    pub created_at: String,
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
    /// Code of the second factor, or a recovery code; asked for when the answer without it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
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
    /// Its id in the list of sessions.
    #[serde(default)]
    pub id: u64,
}

/// A session in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedSession {
    /// Id of the session.
    pub id: u64,
    /// When signed in.
    pub created_at: String,
    /// When last used, to a few minutes.
    pub last_seen_at: String,
    /// When it ends at the latest.
    pub expires_at: String,
    /// Address that signed in.
    pub ip_address: String,
    /// What the browser called itself.
    pub user_agent: String,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// What sets up a second factor [E]. It counts once a code confirmed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondFactorSetup {
    /// The secret in base32, to be typed into an authenticator.
    pub secret: String,
    /// The same as an `otpauth://` address.
    pub uri: String,
}

/// Codes that stand in for the second factor, each good for one sign-in; told once [E].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryCodes {
    /// The codes.
    pub recovery_codes: Vec<String>,
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
    /// More about it.
    #[serde(default)]
    pub description: String,
    /// Whether it was revoked.
    pub revoked: bool,
    /// When it was made.
    pub created_at: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// Whose it is.
    pub user_id: u64,
    /// When last used, to a few minutes.
    #[serde(default)]
    pub last_used_at: Option<String>,
    /// Whether it still works.
    pub active: bool,
    /// Last day, `YYYY-MM-DD`; null when it does not end, never for a project or group.
    pub expires_at: Option<String>,
    /// Access level of its bot, for a token of a project or group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_level: Option<u8>,
    /// `project` or `group`, for such a token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_type: Option<String>,
    /// Id of the project or group, for such a token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_id: Option<u64>,
    /// True for a token that an administrator made to act as the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub impersonation: Option<bool>,
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
