//! Users, access tokens and sessions. Must not know: how secrets are hashed or sent.

use crate::clock::Millis;

/// A user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Id.
    pub id: u64,
    /// Name to sign in with; unique without regard to case.
    pub username: String,
    /// Name to show.
    pub name: String,
    /// Mail address.
    pub email: String,
    /// Argon2id hash in PHC form; none for a user who can't sign in with a password.
    pub password_hash: Option<String>,
    /// Whether an administrator.
    pub is_admin: bool,
    /// When made.
    pub created_at: Millis,
}

/// A personal access token. Stored under the keyed hash of its text, never with the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessToken {
    /// Id.
    pub id: u64,
    /// Whose.
    pub user_id: u64,
    /// What for.
    pub name: String,
    /// What it may do, GitLab's words.
    pub scopes: Vec<String>,
    /// When made.
    pub created_at: Millis,
    /// Last day on which it works, `YYYY-MM-DD`.
    pub expires_on: Option<String>,
    /// Whether revoked.
    pub revoked: bool,
}

/// A session of the page. Stored under the keyed hash of the cookie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Who.
    pub user_id: u64,
    /// Text that every write has to repeat in a header.
    pub csrf: String,
    /// When signed in.
    pub created_at: Millis,
    /// When it ends at the latest.
    pub expires_at: Millis,
}
