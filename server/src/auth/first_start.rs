//! The administrator `root`, made at the first start. Must not know: where what is given comes from.

use super::tokens::put_first;
use super::users::put_namespace;
use super::{Secrets, hash_password, token_text};
use crate::audit::{self, Act, By, Event};
use crate::clock::{Clock, Entropy, Millis};
use crate::domain::account::User;
use crate::store::meta::{Sequence, take_id};
use crate::store::{Store, StoreError, WriteTx, accounts, meta};
use casemate_shared::limits::TOKEN_CHARS;

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
            put_first(wtx, &secrets, user, text, now)?;
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
    let id = take_id(wtx, Sequence::User)?;
    let root = User::new(id, "root", "Administrator", "root@localhost", now);
    let user = User { password_hash: Some(password_hash), is_admin: true, ..root };
    accounts::put_user(wtx, &user)?;
    put_namespace(wtx, &user)?;
    audit::pass(wtx, &By::system(now), &Act::on_user(Event::UserCreated, id).with("admin", "true"))?;
    Ok(id)
}
