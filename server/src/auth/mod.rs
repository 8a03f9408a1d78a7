//! Who is calling: users, passwords, access tokens, sessions. Must not know: HTTP headers and cookies as
//! such, projects, reports.
//!
//! Secrets are never stored: tokens and cookies only as a keyed hash, passwords as Argon2id.

pub mod activity;
pub mod error;
mod first_start;
pub mod refusals;
pub mod second_factor;
mod secret;
pub mod sessions;
pub mod settings;
#[cfg(test)]
mod tests;
pub mod throttle;
pub mod tokens;
mod totp;
pub mod users;

pub use crate::audit::By;
pub use activity::Activity;
pub use error::AuthError;
pub use first_start::{FirstStart, FirstStartError, first_start};
pub use secret::{Secrets, hash_password, token_text, verify_password};
pub use settings::Settings;

use crate::audit::{Event, Failures};
pub use crate::clock::day as today;
use crate::clock::{Clock, Entropy};
use crate::domain::account::{Session, TokenKind, User, UserState};
use crate::store::{Reads, Store, StoreError, accounts};
use refusals::Refusals;
use std::sync::Arc;
use throttle::Throttle;

/// Scopes that a token may be given.
pub const SCOPES: [&str; 7] = ["api", "read_api", "read_user", "write_reports", "self_rotate", "sudo", "admin_mode"];
/// Scope of the tokens of pipelines; nobody can ask for it.
pub const JOB_SCOPE: &str = "job";

/// What every function of this room may need.
pub struct Door {
    /// The store.
    pub store: Arc<Store>,
    /// Hashes of secrets.
    pub secrets: Secrets,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// How long things last, how often things may be tried.
    pub settings: Settings,
    /// When what was last used.
    pub activity: Activity,
    /// Attempts to sign in.
    pub attempts: Throttle,
    /// Attempts that failed and are not noted yet.
    pub failures: Failures,
    /// Wrong passwords of those who are signed in, the same.
    pub wrong_proofs: Failures,
    /// Tokens that were refused.
    pub refusals: Refusals,
}

impl Door {
    /// For a store.
    ///
    /// # Errors
    /// When the store fails.
    pub fn new(
        store: Arc<Store>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        settings: Settings,
    ) -> Result<Door, StoreError> {
        let secrets = Secrets::of(&store)?;
        let attempts = Throttle::new(settings.sign_ins_per_minute);
        Ok(Door {
            store,
            secrets,
            clock,
            entropy,
            settings,
            activity: Activity::default(),
            attempts,
            failures: Failures::new(Event::AuthenticationFailed),
            wrong_proofs: Failures::new(Event::PasswordProofFailed),
            refusals: Refusals::default(),
        })
    }

    /// `YYYY-MM-DD`.
    pub fn today(&self) -> String {
        today(self.clock.now())
    }
}

/// By what a caller is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Means {
    /// An access token.
    Token {
        /// Its id.
        id: u64,
        /// What it belongs to.
        kind: TokenKind,
    },
    /// The token of one pipeline's jobs.
    Job {
        /// The pipeline.
        pipeline_id: u64,
    },
    /// A session of the page.
    Session {
        /// Its id.
        id: u64,
    },
}

/// Who calls, and by what.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The user, with the rights that their token lets them use.
    pub user: User,
    /// Scopes of the token; none for a session, which may do all that the user may.
    pub scopes: Option<Vec<String>>,
    /// Text that writes by cookie have to repeat; none for tokens.
    pub csrf: Option<String>,
    /// By what.
    pub means: Means,
    /// The administrator who acts as this user.
    pub behind: Option<u64>,
}

impl Caller {
    /// Whether one of the scopes is there.
    pub fn has_scope(&self, wanted: &[&str]) -> bool {
        self.scopes.as_ref().is_none_or(|scopes| scopes.iter().any(|scope| wanted.contains(&scope.as_str())))
    }

    /// The word for what they came with, and its id.
    pub const fn named_means(&self) -> (&'static str, u64) {
        match self.means {
            Means::Token { id, .. } => ("access_token", id),
            Means::Job { pipeline_id } => ("job_token", pipeline_id),
            Means::Session { id } => ("session", id),
        }
    }

    /// The token that was shown, if it was one.
    pub fn token_id(&self) -> Option<u64> {
        match self.means {
            Means::Token { id, .. } => Some(id),
            Means::Job { .. } | Means::Session { .. } => None,
        }
    }
}

impl Door {
    /// The user of an access token that works.
    ///
    /// # Errors
    /// `Unauthorized` for one that does not, `Blocked` and `Asleep` for one whose user may not act.
    pub fn by_token(&self, tx: &impl Reads, text: &str) -> Result<Caller, AuthError> {
        let (hash, now) = (self.secrets.hash(text), self.clock.now());
        let token = accounts::find_token(tx, &hash)?.filter(|token| token.is_active(now, &today(now)));
        let token = token.ok_or(AuthError::Unauthorized)?;
        let user = may_act(accounts::find_user(tx, token.user_id)?)?;
        self.activity.saw_token(hash, token.last_used_at, now);
        self.activity.saw_user(&user, now);
        let means = match (token.kind, token.place_id) {
            (TokenKind::Job, Some(pipeline_id)) => Means::Job { pipeline_id },
            (kind, _) => Means::Token { id: token.id, kind },
        };
        Ok(Caller { user: self.limited(user, &token.scopes), scopes: Some(token.scopes), csrf: None, means, behind: None })
    }

    /// With `admin_mode` demanded, a token without that scope is no administrator's.
    fn limited(&self, user: User, scopes: &[String]) -> User {
        let may_rule = !self.settings.admin_mode || scopes.iter().any(|scope| scope == "admin_mode");
        User { is_admin: user.is_admin && may_rule, ..user }
    }

    /// The user of a session that has not ended, and the session.
    ///
    /// # Errors
    /// As [`Door::by_token`].
    pub fn by_cookie(&self, tx: &impl Reads, cookie: &str) -> Result<(Caller, Session), AuthError> {
        let (hash, now) = (self.secrets.hash(cookie), self.clock.now());
        let session = accounts::find_session(tx, &hash)?.map(|session| self.activity.up_to_date(&hash, session));
        let session =
            session.filter(|session| sessions::is_alive(session, now, &self.settings)).ok_or(AuthError::Unauthorized)?;
        let user = may_act(accounts::find_user(tx, session.user_id)?)?;
        self.activity.saw_session(hash, session.last_seen_at, now);
        self.activity.saw_user(&user, now);
        let means = Means::Session { id: session.id };
        Ok((Caller { user, scopes: None, csrf: Some(session.csrf.clone()), means, behind: None }, session))
    }

    /// The caller as somebody else: `Sudo` (API design, section 1.3).
    ///
    /// # Errors
    /// `NoSudo` for one who is no administrator or came by no token, `SudoScope`, `NoSuchUser`; `Blocked` and
    /// `Asleep` of the other.
    pub fn act_as(&self, tx: &impl Reads, caller: Caller, whom: &str) -> Result<Caller, AuthError> {
        if !caller.user.is_admin {
            return Err(AuthError::NoSudo("Must be admin to use sudo"));
        }
        let Some(scopes) = &caller.scopes else {
            return Err(AuthError::NoSudo("Must be authenticated using an OAuth or personal access token to use sudo"));
        };
        if !scopes.iter().any(|scope| scope == "sudo") {
            return Err(AuthError::SudoScope);
        }
        let found = match whom.parse() {
            Ok(id) => accounts::find_user(tx, id)?.filter(|user| user.state != UserState::Deleted),
            Err(_) => accounts::find_user_by_name(tx, whom)?,
        };
        let user = may_act(Some(found.ok_or_else(|| AuthError::NoSuchUser(whom.to_owned()))?))?;
        let behind = Some(caller.user.id);
        Ok(Caller { user: self.limited(user, scopes), behind, ..caller })
    }
}

/// The user, if they may act.
fn may_act(user: Option<User>) -> Result<User, AuthError> {
    let user = user.ok_or(AuthError::Unauthorized)?;
    match user.state {
        UserState::Active => Ok(user),
        UserState::Blocked => Err(AuthError::Blocked),
        UserState::Deactivated => Err(AuthError::Asleep),
        UserState::Deleted => Err(AuthError::Unauthorized),
    }
}
