//! Users, access tokens, sessions. Must not know: passwords and cookies, only their hashes.

use super::catalog::{SESSIONS, TOKENS, USERS, USERS_BY_NAME};
use super::key::{Key, folded, id_at};
use super::{Reads, StoreError, WriteTx, row, value};
use crate::clock::Millis;
use crate::domain::account::{AccessToken, Session, User};
use std::ops::ControlFlow;

/// Writes a user and its index.
pub fn put_user(wtx: &mut WriteTx, user: &User) -> Result<(), StoreError> {
    wtx.put_row(USERS, Key::id(user.id).done(), user)?;
    wtx.put(USERS_BY_NAME, folded(&user.username), &user.id.to_be_bytes())
}

/// A user by id.
pub fn find_user(tx: &impl Reads, id: u64) -> Result<Option<User>, StoreError> {
    row(tx, USERS, Key::id(id).done())
}

/// A user by name, any case.
pub fn find_user_by_name(tx: &impl Reads, name: &str) -> Result<Option<User>, StoreError> {
    match value(tx, USERS_BY_NAME, folded(name))? {
        Some(id) => find_user(tx, id_at(&id, 0)),
        None => Ok(None),
    }
}

/// Writes a token under its hash.
pub fn put_token(wtx: &mut WriteTx, hash: &[u8; 32], token: &AccessToken) -> Result<(), StoreError> {
    wtx.put_row(TOKENS, Key::bytes(hash).done(), token)
}

/// The token with that hash.
pub fn find_token(tx: &impl Reads, hash: &[u8; 32]) -> Result<Option<AccessToken>, StoreError> {
    row(tx, TOKENS, Key::bytes(hash).done())
}

/// Writes a session under the hash of its cookie.
pub fn put_session(wtx: &mut WriteTx, hash: &[u8; 32], session: &Session) -> Result<(), StoreError> {
    wtx.put_row(SESSIONS, Key::bytes(hash).done(), session)
}

/// The session with that hash.
pub fn find_session(tx: &impl Reads, hash: &[u8; 32]) -> Result<Option<Session>, StoreError> {
    row(tx, SESSIONS, Key::bytes(hash).done())
}

/// Ends a session.
pub fn delete_session(wtx: &mut WriteTx, hash: &[u8; 32]) -> Result<(), StoreError> {
    wtx.remove(SESSIONS, hash)
}

/// Removes the sessions that ended before `now`, so that they don't pile up.
pub fn delete_ended_sessions(wtx: &mut WriteTx, now: Millis) -> Result<(), StoreError> {
    let mut ended = Vec::new();
    wtx.walk(SESSIONS, &[], None, false, &mut |key, bytes| {
        let session: Session = super::codec::decode(SESSIONS.name, bytes)?;
        if session.expires_at <= now {
            ended.push(key.to_vec());
        }
        Ok(ControlFlow::Continue(()))
    })?;
    wtx.remove_all(SESSIONS, &ended)
}
