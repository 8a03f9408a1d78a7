//! Nothing is left without an owner by being moved. Must not know: HTTP, why it was moved.

use super::members;
use crate::access::AccessLevel;
use crate::audit::{self, By};
use crate::clock::day;
use crate::domain::account::{User, UserState};
use crate::domain::member::{Member, Source};
use crate::store::{Reads, StoreError, WriteTx, accounts, members as stored};

/// Makes who moved a group its owner if nobody owns it for good where it is now: those who did may have done so by a
/// group that was above it.
///
/// # Errors
/// When the store fails.
pub fn keep_owned(wtx: &mut WriteTx, source: Source, mover: &User, by: &By) -> Result<(), StoreError> {
    if is_owned(wtx, source, &day(by.at))? {
        return Ok(());
    }
    let old = stored::find_member(wtx, source, mover.id)?;
    let created_at = old.map_or(by.at, |old| old.created_at);
    let owner = Member { source, user_id: mover.id, level: AccessLevel::Owner, expires_on: None, invited_by: None, created_at };
    stored::put_member(wtx, &owner)?;
    audit::pass(wtx, by, &members::added(mover, &owner))
}

fn is_owned(tx: &impl Reads, source: Source, today: &str) -> Result<bool, StoreError> {
    for member in members::all(tx, source, today)? {
        let may = |user: User| user.state == UserState::Active && !user.is_bot();
        if member.level == AccessLevel::Owner
            && member.expires_on.is_none()
            && accounts::find_user(tx, member.user_id)?.is_some_and(may)
        {
            return Ok(true);
        }
    }
    Ok(false)
}
