//! Users, sessions and tokens on the wire. Must not know: secrets.

use crate::clock::iso;
use crate::domain::account::{AccessToken, Session, User};
use crate::store::{ReadTx, StoreError, accounts};
use casemate_shared::api::user as wire;

/// A user.
pub fn user(user: &User, origin: &str) -> wire::User {
    wire::User {
        id: user.id,
        username: user.username.clone(),
        name: user.name.clone(),
        state: "active".to_owned(),
        email: user.email.clone(),
        web_url: format!("{origin}/{}", user.username),
        avatar_url: None,
        is_admin: user.is_admin,
        created_at: iso(user.created_at),
        two_factor_enabled: false,
        external: false,
        bot: false,
    }
}

/// A user inside another object; none when the row is gone.
///
/// # Errors
/// When the store fails.
pub fn brief(rtx: &ReadTx, id: u64, origin: &str) -> Result<Option<wire::UserBrief>, StoreError> {
    let brief = |user: User| wire::UserBrief {
        id: user.id,
        web_url: format!("{origin}/{}", user.username),
        username: user.username,
        name: user.name,
        state: "active".to_owned(),
        avatar_url: None,
    };
    Ok(accounts::find_user(rtx, id)?.map(brief))
}

/// A session.
pub fn session(of: &User, session: &Session, origin: &str) -> wire::Session {
    wire::Session { user: user(of, origin), csrf_token: session.csrf.clone(), expires_at: iso(session.expires_at) }
}

/// A token; `text` only in the answer that made it.
pub fn token(token: &AccessToken, text: Option<String>, today: &str) -> wire::Token {
    let ended = token.expires_on.as_deref().is_some_and(|last| last < today);
    wire::Token {
        id: token.id,
        name: token.name.clone(),
        revoked: token.revoked,
        created_at: iso(token.created_at),
        scopes: token.scopes.clone(),
        user_id: token.user_id,
        active: !token.revoked && !ended,
        expires_at: token.expires_on.clone(),
        token: text,
    }
}
