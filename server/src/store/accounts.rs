//! Users, access tokens, sessions, second factors. Must not know: passwords and cookies, only their hashes.

use super::catalog::{
    SECOND_FACTORS, SESSIONS, SESSIONS_BY_USER, TOKENS, TOKENS_BY_ID, TOKENS_BY_PLACE, TOKENS_BY_USER, Table, USERS,
    USERS_BY_EMAIL, USERS_BY_NAME,
};
use super::key::{Key, folded, id_at};
use super::{Reads, StoreError, WriteTx, codec, prefixed, row, value};
use crate::clock::Millis;
use crate::domain::account::{AccessToken, SecondFactor, Session, TokenKind, User, UserState};
use std::ops::ControlFlow;

/// A keyed hash.
pub type Hash = [u8; 32];

/// Index entries of a user: table, key, value.
pub(super) fn user_entries(user: &User) -> Vec<(Table, Vec<u8>, Vec<u8>)> {
    let id = || user.id.to_be_bytes().to_vec();
    let mut entries = Vec::new();
    if user.state != UserState::Deleted {
        entries.push((USERS_BY_NAME, folded(&user.username), id()));
    }
    if !user.email.is_empty() {
        entries.push((USERS_BY_EMAIL, folded(&user.email), id()));
    }
    entries
}

/// Writes a user and its indexes.
pub fn put_user(wtx: &mut WriteTx, user: &User) -> Result<(), StoreError> {
    let entries = user_entries(user);
    if let Some(old) = find_user(wtx, user.id)? {
        for (table, key, _) in user_entries(&old) {
            wtx.remove(table, &key)?;
        }
    }
    for (table, key, value) in entries {
        wtx.put(table, key, &value)?;
    }
    wtx.put_row(USERS, Key::id(user.id).done(), user)
}

/// A user by id, also one who was deleted.
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

/// A user by mail address, any case.
pub fn find_user_by_email(tx: &impl Reads, email: &str) -> Result<Option<User>, StoreError> {
    match value(tx, USERS_BY_EMAIL, folded(email))? {
        Some(id) => find_user(tx, id_at(&id, 0)),
        None => Ok(None),
    }
}

/// All users but the deleted, by id.
pub fn users(tx: &impl Reads) -> Result<Vec<User>, StoreError> {
    let mut users = Vec::new();
    tx.walk(USERS, &[], None, false, &mut |_, bytes| {
        let user: User = codec::decode(USERS.name, bytes)?;
        if user.state != UserState::Deleted {
            users.push(user);
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(users)
}

/// Index entries of a token; the value of each is its hash.
pub(super) fn token_entries(token: &AccessToken) -> Vec<(Table, Vec<u8>)> {
    let mut entries =
        vec![(TOKENS_BY_ID, Key::id(token.id).done()), (TOKENS_BY_USER, Key::id(token.user_id).then_id(token.id).done())];
    if let Some(place) = token.place_id {
        entries.push((TOKENS_BY_PLACE, place_key(token.kind).then_id(place).then_id(token.id).done()));
    }
    entries
}

fn place_key(kind: TokenKind) -> Key {
    let number = TokenKind::ALL.iter().position(|known| *known == kind).unwrap_or_default();
    Key::bytes(&[number as u8])
}

/// Writes a token under its hash. What it belongs to never changes.
pub fn put_token(wtx: &mut WriteTx, hash: &Hash, token: &AccessToken) -> Result<(), StoreError> {
    for (table, key) in token_entries(token) {
        wtx.put(table, key, hash)?;
    }
    wtx.put_row(TOKENS, Key::bytes(hash).done(), token)
}

/// Removes a token.
pub fn delete_token(wtx: &mut WriteTx, hash: &Hash) -> Result<(), StoreError> {
    if let Some(token) = find_token(wtx, hash)? {
        for (table, key) in token_entries(&token) {
            wtx.remove(table, &key)?;
        }
        wtx.remove(TOKENS, hash)?;
    }
    Ok(())
}

/// The token with that hash.
pub fn find_token(tx: &impl Reads, hash: &Hash) -> Result<Option<AccessToken>, StoreError> {
    row(tx, TOKENS, Key::bytes(hash).done())
}

/// The token with that id, and its hash.
pub fn find_token_by_id(tx: &impl Reads, id: u64) -> Result<Option<(Hash, AccessToken)>, StoreError> {
    match value(tx, TOKENS_BY_ID, Key::id(id).done())? {
        Some(hash) => named_token(tx, &hash).map(Some),
        None => Ok(None),
    }
}

fn named_token(tx: &impl Reads, hash: &[u8]) -> Result<(Hash, AccessToken), StoreError> {
    let damaged = || StoreError::Damaged { table: TOKENS_BY_ID.name, reason: "it names no token".to_owned() };
    let hash: Hash = hash.try_into().map_err(|_| damaged())?;
    Ok((hash, find_token(tx, &hash)?.ok_or_else(damaged)?))
}

/// All tokens in order of their ids, with their hashes; job tokens left out.
pub fn tokens(tx: &impl Reads) -> Result<Vec<(Hash, AccessToken)>, StoreError> {
    let mut listed = named_tokens(tx, TOKENS_BY_ID, &[])?;
    listed.retain(|(_, token)| token.kind != TokenKind::Job);
    Ok(listed)
}

/// All tokens of a user in order of their ids, with their hashes; job tokens too.
pub fn tokens_of(tx: &impl Reads, user: u64) -> Result<Vec<(Hash, AccessToken)>, StoreError> {
    named_tokens(tx, TOKENS_BY_USER, &Key::id(user).done())
}

/// All tokens of a project, a group or a pipeline, in order of their ids, with their hashes.
pub fn tokens_of_place(tx: &impl Reads, kind: TokenKind, place: u64) -> Result<Vec<(Hash, AccessToken)>, StoreError> {
    named_tokens(tx, TOKENS_BY_PLACE, &place_key(kind).then_id(place).done())
}

fn named_tokens(tx: &impl Reads, table: Table, prefix: &[u8]) -> Result<Vec<(Hash, AccessToken)>, StoreError> {
    let mut hashes = Vec::new();
    prefixed(tx, table, prefix, &mut |_, hash| {
        hashes.push(hash.to_vec());
        Ok(ControlFlow::Continue(()))
    })?;
    hashes.iter().map(|hash| named_token(tx, hash)).collect()
}

/// Removes the job tokens that ended before `now`, the oldest pipelines first, until one still works.
pub fn delete_ended_job_tokens(wtx: &mut WriteTx, now: Millis) -> Result<(), StoreError> {
    let mut hashes = Vec::new();
    prefixed(wtx, TOKENS_BY_PLACE, &place_key(TokenKind::Job).done(), &mut |_, hash| {
        let (hash, token) = named_token(wtx, hash)?;
        if token.ends_at.is_some_and(|end| now < end) {
            return Ok(ControlFlow::Break(()));
        }
        hashes.push(hash);
        Ok(ControlFlow::Continue(()))
    })?;
    hashes.iter().try_for_each(|hash| delete_token(wtx, hash))
}

/// Writes a session under the hash of its cookie.
pub fn put_session(wtx: &mut WriteTx, hash: &Hash, session: &Session) -> Result<(), StoreError> {
    wtx.put(SESSIONS_BY_USER, session_key(session), hash)?;
    wtx.put_row(SESSIONS, Key::bytes(hash).done(), session)
}

pub(super) fn session_key(session: &Session) -> Vec<u8> {
    Key::id(session.user_id).then_id(session.id).done()
}

/// The session with that hash.
pub fn find_session(tx: &impl Reads, hash: &Hash) -> Result<Option<Session>, StoreError> {
    row(tx, SESSIONS, Key::bytes(hash).done())
}

/// All sessions of a user, the oldest first, with their hashes.
pub fn sessions_of(tx: &impl Reads, user: u64) -> Result<Vec<(Hash, Session)>, StoreError> {
    let damaged = || StoreError::Damaged { table: SESSIONS_BY_USER.name, reason: "it names no session".to_owned() };
    let mut sessions = Vec::new();
    prefixed(tx, SESSIONS_BY_USER, &Key::id(user).done(), &mut |_, hash| {
        let hash: Hash = hash.try_into().map_err(|_| damaged())?;
        sessions.push((hash, find_session(tx, &hash)?.ok_or_else(damaged)?));
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(sessions)
}

/// Ends a session.
pub fn delete_session(wtx: &mut WriteTx, hash: &Hash) -> Result<(), StoreError> {
    if let Some(session) = find_session(wtx, hash)? {
        wtx.remove(SESSIONS_BY_USER, &session_key(&session))?;
        wtx.remove(SESSIONS, hash)?;
    }
    Ok(())
}

/// Removes the sessions that ended before `now`, or were last used before `idle_since`, so that they don't
/// pile up.
pub fn delete_ended_sessions(wtx: &mut WriteTx, now: Millis, idle_since: Millis) -> Result<(), StoreError> {
    let mut ended = Vec::new();
    wtx.walk(SESSIONS, &[], None, false, &mut |key, bytes| {
        let session: Session = codec::decode(SESSIONS.name, bytes)?;
        if session.expires_at <= now || session.last_seen_at < idle_since {
            ended.push((key.to_vec(), session_key(&session)));
        }
        Ok(ControlFlow::Continue(()))
    })?;
    let (hashes, keys): (Vec<_>, Vec<_>) = ended.into_iter().unzip();
    wtx.remove_all(SESSIONS, &hashes)?;
    wtx.remove_all(SESSIONS_BY_USER, &keys)
}

/// Writes a second factor.
pub fn put_second_factor(wtx: &mut WriteTx, factor: &SecondFactor) -> Result<(), StoreError> {
    wtx.put_row(SECOND_FACTORS, Key::id(factor.user_id).done(), factor)
}

/// The second factor of a user, also one that is not confirmed yet.
pub fn find_second_factor(tx: &impl Reads, user: u64) -> Result<Option<SecondFactor>, StoreError> {
    row(tx, SECOND_FACTORS, Key::id(user).done())
}

/// Removes the second factor of a user.
pub fn delete_second_factor(wtx: &mut WriteTx, user: u64) -> Result<(), StoreError> {
    wtx.remove(SECOND_FACTORS, &Key::id(user).done())
}
