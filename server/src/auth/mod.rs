//! Who is calling: passwords, access tokens, sessions. Must not know: HTTP headers and cookies as such,
//! projects, reports.
//!
//! Secrets are never stored: tokens and cookies only as a keyed hash, passwords as Argon2id.

mod secret;

pub use secret::{Secrets, hash_password, token_text, verify_password};

use crate::clock::{Clock, Entropy, Millis, iso};
use crate::domain::account::{AccessToken, Session, User};
use crate::domain::project::{Namespace, Visibility};
use crate::store::meta::{Sequence, take_id};
use crate::store::{Reads, Store, StoreError, WriteTx, accounts, meta, projects};
use casemate_shared::limits::TOKEN_CHARS;

/// Longest session of the page.
const SESSION_MILLIS: Millis = 12 * 60 * 60 * 1000;
/// Scopes that a token may carry.
pub const SCOPES: [&str; 7] = ["api", "read_api", "read_user", "write_reports", "self_rotate", "sudo", "admin_mode"];

/// Who calls, and by what.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The user.
    pub user: User,
    /// Scopes of the token; none for a session, which may do all that the user may.
    pub scopes: Option<Vec<String>>,
    /// Text that writes by cookie have to repeat; none for tokens.
    pub csrf: Option<String>,
}

impl Caller {
    /// Whether one of the scopes is there.
    pub fn has_scope(&self, wanted: &[&str]) -> bool {
        self.scopes.as_ref().is_none_or(|scopes| scopes.iter().any(|scope| wanted.contains(&scope.as_str())))
    }
}

/// A session just made; the cookie is told once.
pub struct NewSession {
    /// Text of the cookie.
    pub cookie: String,
    /// The session.
    pub session: Session,
    /// Who.
    pub user: User,
}

/// The user of an access token that works.
///
/// # Errors
/// When the store fails.
pub fn by_token(tx: &impl Reads, secrets: &Secrets, text: &str, now: Millis) -> Result<Option<Caller>, StoreError> {
    let Some(token) = accounts::find_token(tx, &secrets.hash(text))? else { return Ok(None) };
    if token.revoked || token.expires_on.as_deref().is_some_and(|last| last < today(now).as_str()) {
        return Ok(None);
    }
    let user = accounts::find_user(tx, token.user_id)?;
    Ok(user.map(|user| Caller { user, scopes: Some(token.scopes), csrf: None }))
}

/// The user of a session that has not ended.
///
/// # Errors
/// When the store fails.
pub fn by_cookie(tx: &impl Reads, secrets: &Secrets, cookie: &str, now: Millis) -> Result<Option<(Caller, Session)>, StoreError> {
    let session = accounts::find_session(tx, &secrets.hash(cookie))?.filter(|session| session.expires_at > now);
    let Some(session) = session else { return Ok(None) };
    let user = accounts::find_user(tx, session.user_id)?;
    Ok(user.map(|user| (Caller { user, scopes: None, csrf: Some(session.csrf.clone()) }, session)))
}

/// `YYYY-MM-DD` of a time.
pub fn today(now: Millis) -> String {
    iso(now).chars().take(10).collect()
}

/// Checks name and password; takes as long for an unknown name as for a wrong password. Slow on purpose:
/// call it off the request threads.
///
/// # Errors
/// When the store fails.
pub fn check_password(tx: &impl Reads, login: &str, password: &str) -> Result<Option<User>, StoreError> {
    let user = accounts::find_user_by_name(tx, login)?;
    let hash = user.as_ref().and_then(|user| user.password_hash.as_deref());
    let fits = verify_password(password, hash);
    Ok(user.filter(|_| fits))
}

/// Begins a session; ended ones are cleared away on the way.
///
/// # Errors
/// When the store fails.
pub fn begin_session(
    store: &Store,
    secrets: &Secrets,
    user: User,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> Result<NewSession, StoreError> {
    let cookie = token_text("casemate-session-", entropy);
    let now = clock.now();
    let session = Session { user_id: user.id, csrf: token_text("", entropy), created_at: now, expires_at: now + SESSION_MILLIS };
    store.write(|wtx| {
        accounts::delete_ended_sessions(wtx, now)?;
        accounts::put_session(wtx, &secrets.hash(&cookie), &session)
    })?;
    Ok(NewSession { cookie, session, user })
}

/// Ends a session.
///
/// # Errors
/// When the store fails.
pub fn end_session(store: &Store, secrets: &Secrets, cookie: &str) -> Result<(), StoreError> {
    store.write(|wtx| accounts::delete_session(wtx, &secrets.hash(cookie)))
}

/// What a new token may do, and until when.
pub struct TokenWish {
    /// What it is for.
    pub name: String,
    /// Scopes.
    pub scopes: Vec<String>,
    /// Last day.
    pub expires_on: Option<String>,
}

/// Makes a personal access token; its text is told once.
///
/// # Errors
/// When the store fails.
pub fn make_token(
    store: &Store,
    secrets: &Secrets,
    user_id: u64,
    wish: TokenWish,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> Result<(AccessToken, String), StoreError> {
    let text = token_text("cmpat-", entropy);
    let now = clock.now();
    let token = store.write(|wtx| put_token(wtx, secrets, user_id, wish, &text, now))?;
    Ok((token, text))
}

fn put_token(
    wtx: &mut WriteTx,
    secrets: &Secrets,
    user_id: u64,
    wish: TokenWish,
    text: &str,
    now: Millis,
) -> Result<AccessToken, StoreError> {
    let token = AccessToken {
        id: take_id(wtx, Sequence::Token)?,
        user_id,
        name: wish.name,
        scopes: wish.scopes,
        created_at: now,
        expires_on: wish.expires_on,
        revoked: false,
    };
    accounts::put_token(wtx, &secrets.hash(text), &token)?;
    Ok(token)
}

/// What the first start is given.
#[derive(Debug, Default)]
pub struct FirstStart {
    /// Password of `root`; a random one when not given.
    pub password: Option<String>,
    /// Access token of `root`; none when not given.
    pub token: Option<String>,
}

/// Why the administrator can't be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FirstStartError {
    /// The token of the environment has a wrong form.
    #[error("CASEMATE_ROOT_TOKEN has to be 20 to 255 printable ASCII characters without blanks")]
    TokenForm,
    /// The password of the environment is too short.
    #[error("CASEMATE_ROOT_PASSWORD has to be at least 8 characters")]
    PasswordForm,
    /// The password could not be hashed.
    #[error("the password could not be hashed: {0}")]
    Hash(String),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes the administrator `root` and their namespace when there is no user yet. Answers the random
/// password, if one had to be made.
///
/// # Errors
/// When what was given has a wrong form, or the store fails.
pub fn first_start(
    store: &Store,
    given: FirstStart,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> Result<Option<String>, FirstStartError> {
    check_form(&given)?;
    if meta::last_id(&store.read()?, Sequence::User)? > 0 {
        return Ok(None);
    }
    let (password, told) = match given.password {
        Some(password) => (password, None),
        None => {
            let password = token_text("", entropy);
            (password.clone(), Some(password))
        }
    };
    let hash = hash_password(&password, entropy).map_err(FirstStartError::Hash)?;
    let secrets = Secrets::of(store)?;
    let now = clock.now();
    store.write(|wtx| -> Result<(), StoreError> {
        let user = put_root(wtx, hash, now)?;
        if let Some(text) = &given.token {
            let scopes = ["api", "sudo", "admin_mode"].map(str::to_owned).to_vec();
            put_token(wtx, &secrets, user, TokenWish { name: "first start".to_owned(), scopes, expires_on: None }, text, now)?;
        }
        Ok(())
    })?;
    Ok(told)
}

fn check_form(given: &FirstStart) -> Result<(), FirstStartError> {
    let fits = |token: &String| TOKEN_CHARS.contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_graphic());
    if given.token.as_ref().is_some_and(|token| !fits(token)) {
        return Err(FirstStartError::TokenForm);
    }
    if given.password.as_ref().is_some_and(|password| password.chars().count() < 8) {
        return Err(FirstStartError::PasswordForm);
    }
    Ok(())
}

fn put_root(wtx: &mut WriteTx, password_hash: String, now: Millis) -> Result<u64, StoreError> {
    let user = User {
        id: take_id(wtx, Sequence::User)?,
        username: "root".to_owned(),
        name: "Administrator".to_owned(),
        email: "root@localhost".to_owned(),
        password_hash: Some(password_hash),
        is_admin: true,
        created_at: now,
    };
    accounts::put_user(wtx, &user)?;
    let namespace = Namespace {
        id: take_id(wtx, Sequence::Namespace)?,
        parent_id: None,
        is_user: true,
        name: user.name.clone(),
        path: user.username.clone(),
        full_path: user.username.clone(),
        full_name: user.name.clone(),
        visibility: Visibility::Private,
        description: String::new(),
        creator_id: user.id,
        created_at: now,
        deleted_at: None,
    };
    projects::put_namespace(wtx, &namespace)?;
    Ok(user.id)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::clock::{CountingEntropy, SteppingClock};

    fn started(given: FirstStart) -> (Store, Result<Option<String>, FirstStartError>) {
        let store = Store::in_memory().unwrap();
        let answer = first_start(&store, given, &SteppingClock::starting_at(0), &CountingEntropy::default());
        (store, answer)
    }

    #[test]
    fn root_signs_in_with_what_was_given() {
        let given = FirstStart { password: Some("correct horse".to_owned()), token: Some("t".repeat(20)) };
        let (store, answer) = started(given);
        assert_eq!(answer.unwrap(), None, "a given password is not told");
        let rtx = store.read().unwrap();
        assert!(check_password(&rtx, "ROOT", "correct horse").unwrap().is_some());
        assert!(check_password(&rtx, "root", "wrong").unwrap().is_none());
        assert!(check_password(&rtx, "nobody", "correct horse").unwrap().is_none());
        let secrets = Secrets::of(&store).unwrap();
        let caller = by_token(&rtx, &secrets, &"t".repeat(20), 0).unwrap().unwrap();
        assert!(caller.user.is_admin && caller.has_scope(&["sudo"]) && !caller.has_scope(&["write_reports"]));
        assert!(by_token(&rtx, &secrets, &"t".repeat(21), 0).unwrap().is_none());
    }

    #[test]
    fn a_random_password_is_told_once() {
        let (store, answer) = started(FirstStart::default());
        let password = answer.unwrap().unwrap();
        assert!(check_password(&store.read().unwrap(), "root", &password).unwrap().is_some());
        let again = first_start(&store, FirstStart::default(), &SteppingClock::starting_at(0), &CountingEntropy::default());
        assert_eq!(again.unwrap(), None);
    }

    #[test]
    fn bad_forms_are_refused_before_anything_is_made() {
        for token in ["short", &"t".repeat(256), &"t ".repeat(15), &"ä".repeat(20)] {
            let (_, answer) = started(FirstStart { password: None, token: Some((*token).to_owned()) });
            assert!(matches!(answer, Err(FirstStartError::TokenForm)), "{token}");
        }
        let (_, answer) = started(FirstStart { password: Some("1234567".to_owned()), token: None });
        assert!(matches!(answer, Err(FirstStartError::PasswordForm)));
    }

    #[test]
    fn sessions_and_tokens_end() {
        let (store, _) = started(FirstStart::default());
        let secrets = Secrets::of(&store).unwrap();
        let user = accounts::find_user_by_name(&store.read().unwrap(), "root").unwrap().unwrap();
        let (clock, entropy) = (SteppingClock::starting_at(1_000_000_000_000), CountingEntropy::default());
        let session = begin_session(&store, &secrets, user.clone(), &clock, &entropy).unwrap();
        let rtx = store.read().unwrap();
        let end = session.session.expires_at;
        assert!(by_cookie(&rtx, &secrets, &session.cookie, end - 1).unwrap().is_some());
        assert!(by_cookie(&rtx, &secrets, &session.cookie, end).unwrap().is_none());
        let wish = TokenWish {
            name: "ci".to_owned(),
            scopes: vec!["write_reports".to_owned()],
            expires_on: Some("2001-09-09".to_owned()),
        };
        let (_, text) = make_token(&store, &secrets, user.id, wish, &clock, &entropy).unwrap();
        let rtx = store.read().unwrap();
        assert!(by_token(&rtx, &secrets, &text, 1_000_000_000_000).unwrap().is_some(), "the last day counts");
        assert!(by_token(&rtx, &secrets, &text, 1_000_100_000_000).unwrap().is_none());
        end_session(&store, &secrets, &session.cookie).unwrap();
        assert!(by_cookie(&store.read().unwrap(), &secrets, &session.cookie, 0).unwrap().is_none());
    }
}
