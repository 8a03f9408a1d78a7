//! Members of projects and groups. Must not know: what a level allows, which memberships are inherited.

use super::catalog::{MEMBERS, MEMBERS_BY_USER};
use super::key::{Key, id_at};
use super::{Reads, StoreError, WriteTx, codec, prefixed, row};
use crate::domain::member::{Member, Source};
use std::ops::ControlFlow;

pub(super) fn source_key(source: Source) -> Key {
    Key::bytes(&[source.kind()]).then_id(source.id())
}

pub(super) fn index_key(source: Source, user: u64) -> Vec<u8> {
    Key::id(user).then_byte(source.kind()).then_id(source.id()).done()
}

/// Writes a member and its index.
pub fn put_member(wtx: &mut WriteTx, member: &Member) -> Result<(), StoreError> {
    wtx.put_row(MEMBERS, source_key(member.source).then_id(member.user_id).done(), member)?;
    wtx.put(MEMBERS_BY_USER, index_key(member.source, member.user_id), &[])
}

/// Removes a member.
pub fn remove_member(wtx: &mut WriteTx, source: Source, user: u64) -> Result<(), StoreError> {
    wtx.remove(MEMBERS, &source_key(source).then_id(user).done())?;
    wtx.remove(MEMBERS_BY_USER, &index_key(source, user))
}

/// The direct membership of a user.
pub fn find_member(tx: &impl Reads, source: Source, user: u64) -> Result<Option<Member>, StoreError> {
    row(tx, MEMBERS, source_key(source).then_id(user).done())
}

/// Direct members, by user.
pub fn members(tx: &impl Reads, source: Source) -> Result<Vec<Member>, StoreError> {
    let mut members = Vec::new();
    prefixed(tx, MEMBERS, &source_key(source).done(), &mut |_, bytes| {
        members.push(codec::decode(MEMBERS.name, bytes)?);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(members)
}

/// Those that count no more on a day, `YYYY-MM-DD`.
pub fn ended(tx: &impl Reads, today: &str) -> Result<Vec<Member>, StoreError> {
    let mut ended = Vec::new();
    tx.walk(MEMBERS, &[], None, false, &mut |_, bytes| {
        let member: Member = codec::decode(MEMBERS.name, bytes)?;
        if !member.counts_on(today) {
            ended.push(member);
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(ended)
}

/// All direct memberships of a user, those that have expired too.
pub fn memberships(tx: &impl Reads, user: u64) -> Result<Vec<Member>, StoreError> {
    let mut keys = Vec::new();
    prefixed(tx, MEMBERS_BY_USER, &Key::id(user).done(), &mut |key, _| {
        let kind = key.get(8).copied().unwrap_or_default();
        keys.push(Key::bytes(&[kind]).then_id(id_at(key, 9)).then_id(user).done());
        Ok(ControlFlow::Continue(()))
    })?;
    let mut members = Vec::with_capacity(keys.len());
    tx.look_up(MEMBERS, &keys, &mut |_, found| {
        if let Some(bytes) = found {
            members.push(codec::decode(MEMBERS.name, bytes)?);
        }
        Ok(())
    })?;
    Ok(members)
}
