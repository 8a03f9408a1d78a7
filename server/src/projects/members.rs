//! Who belongs to a group or project: adding, changing, removing, and all that are inherited. Must not know:
//! HTTP, what a level allows.

use crate::access::{AccessLevel, MOST_LEVELS};
use crate::audit::{self, Act, By, Event};
use crate::domain::account::{User, UserState};
use crate::domain::member::{Member, Source};
use crate::store::{Reads, StoreError, WriteTx, accounts, members, projects};
use std::collections::BTreeMap;

/// Why a membership can't be changed so.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MemberError {
    /// There is no such user.
    #[error("no such user")]
    NoUser,
    /// The user is no direct member.
    #[error("no such member")]
    NoMember,
    /// The user is a direct member already.
    #[error("Member already exists")]
    Already,
    /// A level that nobody can have here.
    #[error("access_level does not have a valid value")]
    Level,
    /// A day that is over.
    #[error("cannot be a date in the past")]
    Past,
    /// More than the one who acts has, given or taken.
    #[error("you are {}, and can't give or take {}", has.as_str(), wanted.as_str())]
    TooHigh {
        /// Level of who acts.
        has: AccessLevel,
        /// The level in question.
        wanted: AccessLevel,
    },
    /// Nobody would own it any more.
    #[error("the last owner can't be removed, lowered or given an end")]
    LastOwner,
    /// The user of a token is a member by that token only.
    #[error("the user of an access token can't be added or changed")]
    Bot,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Who changes memberships.
#[derive(Debug, Clone, Copy)]
pub struct Actor<'a> {
    /// Who.
    pub user_id: u64,
    /// Their own level there.
    pub level: AccessLevel,
    /// The day, `YYYY-MM-DD`.
    pub today: &'a str,
    /// The same and more, for the note about it.
    pub by: &'a By,
}

impl Actor<'_> {
    fn check_reach(&self, wanted: AccessLevel) -> Result<(), MemberError> {
        if wanted > self.level { Err(MemberError::TooHigh { has: self.level, wanted }) } else { Ok(()) }
    }

    fn check_end(&self, expires_on: Option<&str>) -> Result<(), MemberError> {
        if expires_on.is_some_and(|end| end <= self.today) { Err(MemberError::Past) } else { Ok(()) }
    }
}

fn check_level(source: Source, level: AccessLevel) -> Result<(), MemberError> {
    let is_of_groups_only = level == AccessLevel::Minimal && matches!(source, Source::Project(_));
    if !level.is_grantable() || is_of_groups_only { Err(MemberError::Level) } else { Ok(()) }
}

/// The user, unless deleted.
///
/// # Errors
/// When there is none.
pub fn find_user(tx: &impl Reads, id: u64) -> Result<User, MemberError> {
    accounts::find_user(tx, id)?.filter(|user| user.state != UserState::Deleted).ok_or(MemberError::NoUser)
}

/// Adds a member. One whose membership has expired is added anew.
///
/// # Errors
/// When the user, the level or the day is wrong, or the store fails.
pub fn add(
    wtx: &mut WriteTx,
    source: Source,
    user: u64,
    level: AccessLevel,
    expires_on: Option<String>,
    actor: Actor<'_>,
) -> Result<Member, MemberError> {
    let user = find_user(wtx, user)?;
    check_level(source, level)?;
    actor.check_reach(level)?;
    actor.check_end(expires_on.as_deref())?;
    if user.is_bot() {
        return Err(MemberError::Bot);
    }
    if members::find_member(wtx, source, user.id)?.is_some_and(|old| old.counts_on(actor.today)) {
        return Err(MemberError::Already);
    }
    let invited_by = Some(actor.user_id);
    let member = Member { source, user_id: user.id, level, expires_on, invited_by, created_at: actor.by.at };
    members::put_member(wtx, &member)?;
    audit::pass(wtx, actor.by, &added(&user, &member))?;
    Ok(member)
}

/// Changes level and end of a direct membership; no end inside: it stays.
///
/// # Errors
/// When there is no such member, level or day is wrong, nobody would own it any more, or the store fails.
pub fn change(
    wtx: &mut WriteTx,
    source: Source,
    user: u64,
    level: AccessLevel,
    expires_on: Option<Option<String>>,
    actor: Actor<'_>,
) -> Result<Member, MemberError> {
    let old = find(wtx, source, user, actor.today)?;
    check_level(source, level)?;
    actor.check_reach(level.max(old.level))?;
    // Its level is its token's: who may rotate the token must not gain more by it.
    if accounts::find_user(wtx, user)?.is_some_and(|user| user.is_bot()) {
        return Err(MemberError::Bot);
    }
    let expires_on = expires_on.unwrap_or_else(|| old.expires_on.clone());
    if expires_on != old.expires_on {
        actor.check_end(expires_on.as_deref())?;
    }
    let new = Member { level, expires_on, ..old.clone() };
    members::put_member(wtx, &new)?;
    let end = |member: &Member| member.expires_on.clone().unwrap_or_default();
    let act = Act::on(Event::MemberUpdated, source.into())
        .about("User", user, name_of(wtx, user)?)
        .changed("access_level", old.level.as_str(), new.level.as_str())
        .changed("expires_at", end(&old), end(&new));
    audit::pass_changes(wtx, actor.by, &[act])?;
    if new.level != AccessLevel::Owner || new.expires_on.is_some() {
        check_owned(wtx, source)?;
    }
    Ok(new)
}

/// Removes a direct membership. Everybody may go themselves, whatever their level.
///
/// # Errors
/// When there is no such member, it is one of a higher level, nobody would own it any more, or the store fails.
pub fn remove(wtx: &mut WriteTx, source: Source, user: u64, actor: Actor<'_>) -> Result<Member, MemberError> {
    let old = find(wtx, source, user, actor.today)?;
    if actor.user_id != user {
        actor.check_reach(old.level)?;
    }
    members::remove_member(wtx, source, user)?;
    audit::pass(wtx, actor.by, &removed(wtx, &old, "")?)?;
    if old.level == AccessLevel::Owner {
        check_owned(wtx, source)?;
    }
    Ok(old)
}

/// The note about a new member.
pub(super) fn added(user: &User, member: &Member) -> Act {
    Act::on(Event::MemberCreated, member.source.into())
        .about("User", user.id, &user.username)
        .with("access_level", member.level.as_str())
        .with("expires_at", member.expires_on.clone().unwrap_or_default())
}

/// The note about a member who goes.
fn removed(tx: &impl Reads, member: &Member, reason: &'static str) -> Result<Act, StoreError> {
    Ok(Act::on(Event::MemberDestroyed, member.source.into())
        .about("User", member.user_id, name_of(tx, member.user_id)?)
        .with("access_level", member.level.as_str())
        .with("reason", reason))
}

fn name_of(tx: &impl Reads, user: u64) -> Result<String, StoreError> {
    Ok(accounts::find_user(tx, user)?.map(|user| user.username).unwrap_or_default())
}

/// Removes the memberships whose last day is over; they have counted for nothing since. Answers how many.
///
/// # Errors
/// When the store fails.
pub fn remove_ended(wtx: &mut WriteTx, today: &str, by: &By) -> Result<usize, StoreError> {
    let ended = members::ended(wtx, today)?;
    for member in &ended {
        members::remove_member(wtx, member.source, member.user_id)?;
        let act = removed(wtx, member, "the membership has ended")?;
        audit::pass(wtx, by, &act.with("expires_at", member.expires_on.clone().unwrap_or_default()))?;
    }
    Ok(ended.len())
}

/// A direct membership that counts.
///
/// # Errors
/// When there is none, or the store fails.
pub fn find(tx: &impl Reads, source: Source, user: u64, today: &str) -> Result<Member, MemberError> {
    members::find_member(tx, source, user)?.filter(|member| member.counts_on(today)).ok_or(MemberError::NoMember)
}

/// Direct members that count, by user.
///
/// # Errors
/// When the store fails.
pub fn direct(tx: &impl Reads, source: Source, today: &str) -> Result<Vec<Member>, StoreError> {
    let mut all = members::members(tx, source)?;
    all.retain(|member| member.counts_on(today));
    Ok(all)
}

/// Direct and inherited members that count, by user, each with the highest of their levels.
///
/// # Errors
/// When the store fails.
pub fn all(tx: &impl Reads, source: Source, today: &str) -> Result<Vec<Member>, StoreError> {
    let mut highest: BTreeMap<u64, Member> = BTreeMap::new();
    for source in sources(tx, source)? {
        for member in direct(tx, source, today)? {
            if highest.get(&member.user_id).is_none_or(|known| known.level < member.level) {
                highest.insert(member.user_id, member);
            }
        }
    }
    Ok(highest.into_values().collect())
}

/// What members of a source come from: it, and the groups above it, lowest first.
fn sources(tx: &impl Reads, source: Source) -> Result<Vec<Source>, StoreError> {
    let mut at = match source {
        Source::Project(id) => projects::find_project(tx, id)?.map(|project| project.namespace_id),
        Source::Group(id) => Some(id),
    };
    let mut sources: Vec<Source> = match source {
        Source::Project(_) => vec![source],
        Source::Group(_) => Vec::new(),
    };
    while let Some(id) = at.filter(|_| sources.len() <= MOST_LEVELS + 1) {
        sources.push(Source::Group(id));
        at = projects::find_namespace(tx, id)?.and_then(|group| group.parent_id);
    }
    Ok(sources)
}

/// Somebody has to own it: a person who may act, for good.
fn check_owned(tx: &impl Reads, source: Source) -> Result<(), MemberError> {
    for source in sources(tx, source)? {
        if let Source::Group(id) = source
            && projects::find_namespace(tx, id)?.is_some_and(|space| space.is_user)
        {
            return Ok(());
        }
        for member in members::members(tx, source)? {
            if member.level == AccessLevel::Owner && member.expires_on.is_none() && may_own(tx, member.user_id)? {
                return Ok(());
            }
        }
    }
    Err(MemberError::LastOwner)
}

fn may_own(tx: &impl Reads, user: u64) -> Result<bool, StoreError> {
    Ok(accounts::find_user(tx, user)?.is_some_and(|user| crate::auth::users::may_own(&user)))
}
