//! Users, access tokens, sessions and second factors. Must not know: how secrets are hashed or sent.

use crate::clock::Millis;

/// Whether a user may act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserState {
    /// May.
    Active,
    /// An administrator shut the account.
    Blocked,
    /// Asleep; signing in with the password wakes it.
    Deactivated,
    /// Gone. The row stays without anything personal, because what the user did names it.
    Deleted,
}

impl UserState {
    /// Every state, at its stored number.
    pub const ALL: [UserState; 4] = [UserState::Active, UserState::Blocked, UserState::Deactivated, UserState::Deleted];

    /// The API's word; somebody deleted is told as blocked, as GitLab's ghost user is.
    pub const fn as_str(self) -> &'static str {
        match self {
            UserState::Active => "active",
            UserState::Blocked | UserState::Deleted => "blocked",
            UserState::Deactivated => "deactivated",
        }
    }
}

/// What a user is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserKind {
    /// A person.
    Human,
    /// Acts for the access token of a project.
    ProjectBot,
    /// Acts for the access token of a group.
    GroupBot,
}

impl UserKind {
    /// Every kind, at its stored number.
    pub const ALL: [UserKind; 3] = [UserKind::Human, UserKind::ProjectBot, UserKind::GroupBot];
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Id.
    pub id: u64,
    /// Name to sign in with; unique without regard to case.
    pub username: String,
    /// Name to show.
    pub name: String,
    /// Mail address, unique without regard to case; empty for bots and the deleted.
    pub email: String,
    /// Argon2id hash in PHC form; none for a user who can't sign in with a password.
    pub password_hash: Option<String>,
    /// Whether an administrator.
    pub is_admin: bool,
    /// When made.
    pub created_at: Millis,
    /// Whether the user may act.
    pub state: UserState,
    /// Person or bot.
    pub kind: UserKind,
    /// Sees only what is public and what they are a member of, not what is internal.
    pub external: bool,
    /// Whether signing in needs a second factor.
    pub two_factor: bool,
    /// When last signed in to the page.
    pub last_sign_in_at: Option<Millis>,
    /// When last seen, to a few minutes.
    pub last_activity_at: Option<Millis>,
}

impl User {
    /// A person who may act, without password and rights.
    pub fn new(id: u64, username: &str, name: &str, email: &str, created_at: Millis) -> User {
        User {
            id,
            username: username.to_owned(),
            name: name.to_owned(),
            email: email.to_owned(),
            password_hash: None,
            is_admin: false,
            created_at,
            state: UserState::Active,
            kind: UserKind::Human,
            external: false,
            two_factor: false,
            last_sign_in_at: None,
            last_activity_at: None,
        }
    }

    /// Whether it acts for a token.
    pub fn is_bot(&self) -> bool {
        self.kind != UserKind::Human
    }
}

/// What an access token belongs to, and how it came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// A user's own.
    Personal,
    /// A user's, made by an administrator to act as that user.
    Impersonation,
    /// A project's; its user is a bot.
    Project,
    /// A group's; its user is a bot.
    Group,
    /// Of the jobs of one pipeline, for a short time.
    Job,
}

impl TokenKind {
    /// Every kind, at its stored number.
    pub const ALL: [TokenKind; 5] =
        [TokenKind::Personal, TokenKind::Impersonation, TokenKind::Project, TokenKind::Group, TokenKind::Job];
}

/// An access token. Stored under the keyed hash of its text, never with the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessToken {
    /// Id.
    pub id: u64,
    /// Who acts with it.
    pub user_id: u64,
    /// What for.
    pub name: String,
    /// More about it.
    pub description: String,
    /// What it may do, GitLab's words.
    pub scopes: Vec<String>,
    /// When made.
    pub created_at: Millis,
    /// Last day on which it works, `YYYY-MM-DD`.
    pub expires_on: Option<String>,
    /// When it ends to the millisecond; job tokens only.
    pub ends_at: Option<Millis>,
    /// Whether revoked.
    pub revoked: bool,
    /// Whether it was revoked because another took its place: whoever still has it, has it wrongly.
    pub rotated: bool,
    /// What it belongs to.
    pub kind: TokenKind,
    /// Project, group or pipeline that it belongs to, as the kind says.
    pub place_id: Option<u64>,
    /// Access level that it was made with; 0 when the kind has none.
    pub access_level: u8,
    /// Id of the first token of the row of rotations.
    pub family: u64,
    /// When last used, to a few minutes.
    pub last_used_at: Option<Millis>,
}

impl AccessToken {
    /// Whether it works at that time, today being `YYYY-MM-DD`.
    pub fn is_active(&self, now: Millis, today: &str) -> bool {
        !self.revoked && self.ends_at.is_none_or(|end| now < end) && self.expires_on.as_deref().is_none_or(|last| today <= last)
    }
}

/// A session of the page. Stored under the keyed hash of the cookie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Id, to name it in lists.
    pub id: u64,
    /// Who.
    pub user_id: u64,
    /// Text that every write has to repeat in a header.
    pub csrf: String,
    /// When signed in.
    pub created_at: Millis,
    /// When it ends at the latest.
    pub expires_at: Millis,
    /// When last used, to a few minutes.
    pub last_seen_at: Millis,
    /// Address that signed in; empty when unknown.
    pub address: String,
    /// What the browser called itself.
    pub agent: String,
}

/// One-time codes of a user (RFC 6238).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondFactor {
    /// Whose.
    pub user_id: u64,
    /// What the codes are computed from.
    pub secret: [u8; 20],
    /// Whether the user proved to have it: only then it is asked for.
    pub is_confirmed: bool,
    /// Step of the last code taken; none of that step or before is taken again.
    pub last_step: u64,
    /// Keyed hashes of the recovery codes that are left.
    pub recovery: Vec<[u8; 32]>,
}
