//! Users, sessions and tokens on the wire. Must not know: secrets.

use crate::clock::{Millis, day, iso};
use crate::domain::account::{AccessToken, Session, TokenKind, User};
use crate::store::{ReadTx, StoreError, accounts};
use casemate_shared::api::user as wire;

/// A user as the user and administrators see them.
pub fn user(user: &User, last_seen: Option<Millis>, origin: &str) -> wire::User {
    wire::User {
        id: user.id,
        username: user.username.clone(),
        name: user.name.clone(),
        state: user.state.as_str().to_owned(),
        locked: false,
        email: user.email.clone(),
        public_email: None,
        web_url: format!("{origin}/{}", user.username),
        avatar_url: None,
        is_admin: user.is_admin,
        created_at: iso(user.created_at),
        last_sign_in_at: user.last_sign_in_at.map(iso),
        current_sign_in_at: user.last_sign_in_at.map(iso),
        confirmed_at: iso(user.created_at),
        last_activity_on: last_seen.map(day),
        two_factor_enabled: user.two_factor,
        external: user.external,
        bot: user.is_bot(),
        can_create_group: !user.external,
        can_create_project: !user.external,
    }
}

/// A user as others see them.
pub fn public(user: &User, origin: &str) -> wire::PublicUser {
    wire::PublicUser { brief: brief_of(user, origin), locked: false, bot: user.is_bot(), created_at: iso(user.created_at) }
}

pub(super) fn brief_of(user: &User, origin: &str) -> wire::UserBrief {
    wire::UserBrief {
        id: user.id,
        web_url: format!("{origin}/{}", user.username),
        username: user.username.clone(),
        name: user.name.clone(),
        state: user.state.as_str().to_owned(),
        avatar_url: None,
    }
}

/// A user inside another object; one who was deleted as a ghost.
///
/// # Errors
/// When the store fails.
pub fn brief(rtx: &ReadTx, id: u64, origin: &str) -> Result<Option<wire::UserBrief>, StoreError> {
    Ok(accounts::find_user(rtx, id)?.map(|user| brief_of(&user, origin)))
}

/// The session at hand.
pub fn session(of: &User, session: &Session, last_seen: Option<Millis>, origin: &str) -> wire::Session {
    let user = user(of, last_seen, origin);
    wire::Session { user, csrf_token: session.csrf.clone(), expires_at: iso(session.expires_at), id: session.id }
}

/// A session in a list; `current` is the id of the one that asks.
pub fn listed_session(session: &Session, current: Option<u64>) -> wire::ListedSession {
    wire::ListedSession {
        id: session.id,
        created_at: iso(session.created_at),
        last_seen_at: iso(session.last_seen_at),
        expires_at: iso(session.expires_at),
        ip_address: session.address.clone(),
        user_agent: session.agent.clone(),
        current: current == Some(session.id),
    }
}

/// A token; `text` only in the answer that made it.
pub fn token(token: &AccessToken, text: Option<String>, last_used: Option<Millis>, now: Millis) -> wire::Token {
    let is_of_place = matches!(token.kind, TokenKind::Project | TokenKind::Group);
    wire::Token {
        id: token.id,
        name: token.name.clone(),
        description: token.description.clone(),
        revoked: token.revoked,
        created_at: iso(token.created_at),
        scopes: token.scopes.clone(),
        user_id: token.user_id,
        last_used_at: last_used.map(iso),
        active: token.is_active(now, &day(now)),
        expires_at: token.expires_on.clone(),
        access_level: is_of_place.then_some(token.access_level),
        resource_type: is_of_place.then(|| if token.kind == TokenKind::Project { "project" } else { "group" }.to_owned()),
        resource_id: token.place_id.filter(|_| is_of_place),
        impersonation: (token.kind == TokenKind::Impersonation).then_some(true),
        token: text,
    }
}
