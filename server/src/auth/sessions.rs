//! Signing in, sessions and their end. Must not know: cookies as such.

use super::settings::Settings;
use super::throttle::Attempt;
use super::{AuthError, Door, second_factor, token_text, verify_password};
use crate::audit::{self, Act, By, Entity, Event};
use crate::clock::Millis;
use crate::domain::account::{Session, User, UserState};
use crate::store::accounts::{self, Hash};
use crate::store::meta::{Sequence, take_id};
use crate::store::{Reads, StoreError, WriteTx};
use std::net::IpAddr;

/// Most sessions of one user; signing in ends the oldest beyond.
const PER_USER: usize = 100;
/// Most characters kept of what a browser calls itself.
const AGENT_CHARS: usize = 255;

/// What somebody who signs in brings.
pub struct SignIn {
    /// User name or mail address, any case.
    pub login: String,
    /// Password.
    pub password: String,
    /// Code of the second factor, or a recovery code.
    pub code: Option<String>,
    /// Where from.
    pub from: Option<IpAddr>,
    /// What the browser calls itself.
    pub agent: String,
    /// Cookie of the session that the browser had before.
    pub old_cookie: Option<String>,
}

/// A session just made; the cookie is told once.
#[derive(Debug)]
pub struct NewSession {
    /// Text of the cookie.
    pub cookie: String,
    /// The session.
    pub session: Session,
    /// Who.
    pub user: User,
}

/// Whether a session has not ended.
pub(super) fn is_alive(session: &Session, now: Millis, settings: &Settings) -> bool {
    now < session.expires_at && session.last_seen_at >= idle_since(now, settings)
}

/// The user of a name or mail address; both are looked for, whatever is found.
fn find_login(tx: &impl Reads, login: &str) -> Result<Option<User>, StoreError> {
    let login = login.trim();
    let by_name = accounts::find_user_by_name(tx, login)?;
    let by_email = accounts::find_user_by_email(tx, login)?;
    Ok(by_name.or(by_email))
}

fn idle_since(now: Millis, settings: &Settings) -> Millis {
    now - Millis::from(settings.session_idle_minutes) * 60_000
}

impl Door {
    /// The user of a name or mail address and a password. The same work is done whether there is such a user,
    /// with a password or not. Slow on purpose: call it off the request threads.
    ///
    /// # Errors
    /// `Unauthorized`.
    pub fn check_password(&self, tx: &impl Reads, login: &str, password: &str) -> Result<User, AuthError> {
        let user = find_login(tx, login)?;
        let fits = verify_password(password, user.as_ref().and_then(|user| user.password_hash.as_deref()));
        user.filter(|_| fits).ok_or(AuthError::Unauthorized)
    }

    /// The password of somebody who is signed in, asked for again. One that is wrong is noted: it may be somebody
    /// who found the browser open.
    ///
    /// # Errors
    /// `TooMany`, `Unauthorized`.
    pub fn check_own_password(&self, by: &By, id: u64, password: &str) -> Result<(), AuthError> {
        let now = self.clock.now();
        let attempt = self.attempts.proof(id, now).inspect_err(|_| self.wrong_proofs.refused(Some(id), &by.address))?;
        let user = accounts::find_user(&self.store.read()?, id)?;
        if !verify_password(password, user.as_ref().and_then(|user| user.password_hash.as_deref())) {
            if self.wrong_proofs.failed(Some(id), &by.address, now) {
                self.store.write(|wtx| audit::pass(wtx, by, &Act::on_user(Event::PasswordProofFailed, id)))?;
            }
            return Err(AuthError::Unauthorized);
        }
        self.attempts.forgive(attempt);
        Ok(())
    }

    /// Signs in: a new session with a new cookie; the session that the browser had ends. Slow on purpose.
    ///
    /// # Errors
    /// `TooMany`; `Unauthorized` for a wrong name, password or code alike; with the right password `Blocked`
    /// and `CodeNeeded`.
    pub fn sign_in(&self, by: &By, wish: SignIn) -> Result<NewSession, AuthError> {
        let attempt = match self.attempts.sign_in(wish.from, &wish.login, self.clock.now()) {
            Ok(attempt) => attempt,
            Err(error) => {
                let user = find_login(&self.store.read()?, &wish.login)?;
                self.failures.refused(user.map(|user| user.id), &by.address);
                return Err(error);
            }
        };
        let answer = self.check_password(&self.store.read()?, &wish.login, &wish.password);
        let answer = answer.and_then(|user| self.admit(by, user, &wish, attempt));
        if let Err(error @ (AuthError::Unauthorized | AuthError::Blocked)) = &answer {
            let reason = if matches!(error, AuthError::Blocked) { "blocked" } else { "wrong name, password or code" };
            self.note_failure(by, &wish.login, reason)?;
        }
        answer
    }

    /// A name that nobody has is not noted: people type passwords there.
    fn note_failure(&self, by: &By, login: &str, reason: &'static str) -> Result<(), StoreError> {
        let user = find_login(&self.store.read()?, login)?.map(|user| user.id);
        if !self.failures.failed(user, &by.address, self.clock.now()) {
            return Ok(());
        }
        let entity = user.map_or(Entity::Instance, Entity::User);
        let act = Act::on(Event::AuthenticationFailed, entity).with("reason", reason);
        self.store.write(|wtx| audit::pass(wtx, by, &act))
    }

    fn admit(&self, by: &By, user: User, wish: &SignIn, attempt: Attempt) -> Result<NewSession, AuthError> {
        if user.state == UserState::Blocked {
            return Err(AuthError::Blocked);
        }
        let proof = match (user.two_factor, &wish.code) {
            (false, _) => None,
            (true, None) => {
                self.attempts.forgive(attempt);
                return Err(AuthError::CodeNeeded);
            }
            (true, Some(_)) => Some(self.attempts.proof(user.id, self.clock.now())?),
        };
        let cookie = token_text("casemate-session-", &*self.entropy);
        let csrf = token_text("", &*self.entropy);
        let (session, user) = self.store.write(|wtx| self.begin(wtx, by, user.id, wish, (&cookie, csrf)))?;
        self.attempts.forgive(attempt);
        if let Some(proof) = proof {
            self.attempts.forgive(proof);
        }
        Ok(NewSession { cookie, session, user })
    }

    /// What was true when the password was checked may have changed since: it is looked at again.
    fn begin(
        &self,
        wtx: &mut WriteTx,
        by: &By,
        user: u64,
        wish: &SignIn,
        (cookie, csrf): (&str, String),
    ) -> Result<(Session, User), AuthError> {
        let now = self.clock.now();
        let mut user = accounts::find_user(wtx, user)?.ok_or(AuthError::Unauthorized)?;
        match user.state {
            UserState::Active | UserState::Deactivated => {}
            UserState::Blocked => return Err(AuthError::Blocked),
            UserState::Deleted => return Err(AuthError::Unauthorized),
        }
        if user.two_factor {
            let code = wish.code.as_deref().ok_or(AuthError::CodeNeeded)?;
            second_factor::take_code(self, wtx, by, user.id, code)?;
        }
        if let Some(old) = &wish.old_cookie {
            accounts::delete_session(wtx, &self.secrets.hash(old))?;
        }
        accounts::delete_ended_sessions(wtx, now, idle_since(now, &self.settings))?;
        let open = accounts::sessions_of(wtx, user.id)?;
        for (hash, _) in open.iter().take((open.len() + 1).saturating_sub(PER_USER)) {
            accounts::delete_session(wtx, hash)?;
        }
        let session = Session {
            id: take_id(wtx, Sequence::Session)?,
            user_id: user.id,
            csrf,
            created_at: now,
            expires_at: now + Millis::from(self.settings.session_hours) * 3_600_000,
            last_seen_at: now,
            address: wish.from.map(|ip| ip.to_string()).unwrap_or_default(),
            agent: wish.agent.chars().filter(|c| !c.is_control()).take(AGENT_CHARS).collect(),
        };
        accounts::put_session(wtx, &self.secrets.hash(cookie), &session)?;
        user.state = UserState::Active;
        user.last_sign_in_at = Some(now);
        user.last_activity_at = Some(now);
        accounts::put_user(wtx, &user)?;
        let by = By { user_id: Some(user.id), means: Some(("session", session.id)), ..by.clone() };
        let event = if user.two_factor { Event::AuthenticatedWithTwoFactor } else { Event::AuthenticatedWithPassword };
        audit::pass(wtx, &by, &Act::on_user(event, user.id).with("user_agent", &session.agent))?;
        Ok((session, user))
    }

    /// Ends the session of a cookie.
    ///
    /// # Errors
    /// When the store fails.
    pub fn sign_out(&self, by: &By, cookie: &str) -> Result<(), AuthError> {
        let hash = self.secrets.hash(cookie);
        self.store.write(|wtx| {
            if let Some(session) = accounts::find_session(wtx, &hash)? {
                accounts::delete_session(wtx, &hash)?;
                audit::pass(wtx, by, &told(Event::SignedOut, &session))?;
            }
            Ok(())
        })
    }

    /// The sessions of a user that have not ended, the newest first.
    ///
    /// # Errors
    /// When the store fails.
    pub fn sessions(&self, tx: &impl Reads, user: u64) -> Result<Vec<Session>, StoreError> {
        let now = self.clock.now();
        let open = accounts::sessions_of(tx, user)?;
        let open = open.into_iter().map(|(hash, session)| self.activity.up_to_date(&hash, session));
        let mut open: Vec<Session> = open.filter(|session| is_alive(session, now, &self.settings)).collect();
        open.reverse();
        Ok(open)
    }

    /// Ends one session of a user.
    ///
    /// # Errors
    /// `Missing` when the user has no such session.
    pub fn revoke_session(&self, by: &By, user: u64, id: u64) -> Result<(), AuthError> {
        self.store.write(|wtx| {
            let found = accounts::sessions_of(wtx, user)?.into_iter().find(|(_, session)| session.id == id);
            let (hash, session) = found.ok_or(AuthError::Missing("Session"))?;
            accounts::delete_session(wtx, &hash)?;
            Ok(audit::pass(wtx, by, &told(Event::SessionRevoked, &session))?)
        })
    }
}

fn told(event: Event, session: &Session) -> Act {
    Act::on_user(event, session.user_id).about("Session", session.id, "").with("session_address", &session.address)
}

/// Ends all sessions of a user but one; answers how many.
pub(super) fn end_all(wtx: &mut WriteTx, user: u64, but: Option<u64>) -> Result<usize, StoreError> {
    let open: Vec<(Hash, Session)> = accounts::sessions_of(wtx, user)?;
    let doomed = open.iter().filter(|(_, session)| Some(session.id) != but);
    let mut count = 0;
    for (hash, _) in doomed {
        accounts::delete_session(wtx, hash)?;
        count += 1;
    }
    Ok(count)
}
