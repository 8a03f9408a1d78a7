//! Making, changing, blocking and removing users. Must not know: who may; HTTP.

use super::{AuthError, Door, hash_password, sessions};
use crate::audit::{self, Act, By, Event};
use crate::clock::{Entropy, Millis};
use crate::domain::account::{User, UserState};
use crate::domain::member::{Member, Source};
use crate::domain::path::{check_name, check_path};
use crate::domain::project::{Namespace, Project, Visibility};
use crate::store::meta::{Sequence, take_id};
use crate::store::{Reads, StoreError, WriteTx, accounts, members, projects};
use casemate_shared::AccessLevel;

/// Shortest and longest password, in characters.
const PASSWORD_CHARS: std::ops::RangeInclusive<usize> = 8..=128;
/// Longest mail address.
const EMAIL_CHARS: usize = 254;
/// Name that whoever was deleted is shown under.
const GHOST: (&str, &str) = ("ghost", "Ghost User");
/// Why the last administrator stays.
const LAST_ADMIN: &str = "The last administrator can't be blocked, deactivated, deleted or demoted";

/// A user to be made.
#[derive(Debug, Clone, Default)]
pub struct NewUser {
    /// Name to sign in with.
    pub username: String,
    /// Name to show.
    pub name: String,
    /// Mail address.
    pub email: String,
    /// Password; without one nobody can sign in.
    pub password: Option<String>,
    /// Whether an administrator.
    pub is_admin: bool,
    /// Whether external.
    pub external: bool,
}

/// What to change about a user.
#[derive(Debug, Clone, Default)]
pub struct UserChange {
    /// Name to sign in with.
    pub username: Option<String>,
    /// Name to show.
    pub name: Option<String>,
    /// Mail address.
    pub email: Option<String>,
    /// Password; all sessions end.
    pub password: Option<String>,
    /// Whether an administrator.
    pub is_admin: Option<bool>,
    /// Whether external.
    pub external: Option<bool>,
}

/// What to do about a user's account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Shut it; all sessions end.
    Block,
    /// Open it again.
    Unblock,
    /// Put it to sleep; all sessions end.
    Deactivate,
    /// Wake it.
    Activate,
}

impl Turn {
    /// Reads the API's word.
    pub fn parse(word: &str) -> Option<Turn> {
        match word {
            "block" => Some(Turn::Block),
            "unblock" => Some(Turn::Unblock),
            "deactivate" => Some(Turn::Deactivate),
            "activate" => Some(Turn::Activate),
            _ => None,
        }
    }

    const fn event(self) -> Event {
        match self {
            Turn::Block => Event::UserBlocked,
            Turn::Unblock => Event::UserUnblocked,
            Turn::Deactivate => Event::UserDeactivated,
            Turn::Activate => Event::UserActivated,
        }
    }

    /// The state after it, by the rules and with the words of GitLab.
    fn next(self, from: UserState) -> Result<UserState, AuthError> {
        match (self, from) {
            (Turn::Unblock, UserState::Deactivated) => {
                Err(AuthError::Forbidden("Deactivated users cannot be unblocked by the API"))
            }
            (Turn::Deactivate, UserState::Blocked) => {
                Err(AuthError::Forbidden("A blocked user cannot be deactivated by the API"))
            }
            (Turn::Activate, UserState::Blocked) => Err(AuthError::Forbidden("A blocked user must be unblocked to be activated")),
            (Turn::Block, _) => Ok(UserState::Blocked),
            (Turn::Deactivate, _) => Ok(UserState::Deactivated),
            (Turn::Unblock | Turn::Activate, _) => Ok(UserState::Active),
        }
    }
}

impl Door {
    /// Makes a user and their namespace. Slow on purpose when there is a password.
    ///
    /// # Errors
    /// `Invalid` with every field that is wrong, `Taken`.
    pub fn create_user(&self, by: &By, new: NewUser) -> Result<User, AuthError> {
        check_form(Some(&new.username), Some(&new.name), Some(&new.email), new.password.as_deref())?;
        let password_hash = hashed(new.password.as_deref(), &*self.entropy)?;
        let now = self.clock.now();
        self.store.write(|wtx| {
            check_free(wtx, &new.username, &new.email, None)?;
            let id = take_id(wtx, Sequence::User)?;
            let (is_admin, external) = (new.is_admin, new.external);
            let user =
                User { password_hash, is_admin, external, ..User::new(id, &new.username, new.name.trim(), &new.email, now) };
            accounts::put_user(wtx, &user)?;
            put_namespace(wtx, &user)?;
            let act = Act::on_user(Event::UserCreated, id).with("email", &user.email).with("admin", is_admin.to_string());
            audit::pass(wtx, by, &act.with("external", external.to_string()))?;
            Ok(user)
        })
    }

    /// Changes a user. Slow on purpose when there is a password.
    ///
    /// # Errors
    /// `Missing`, `Invalid`, `Taken`, `Forbidden` when the last administrator would go.
    pub fn change_user(&self, by: &By, id: u64, change: UserChange) -> Result<User, AuthError> {
        let UserChange { username, name, email, password, is_admin, external } = change;
        check_form(username.as_deref(), name.as_deref(), email.as_deref(), password.as_deref())?;
        let password_hash = hashed(password.as_deref(), &*self.entropy)?;
        self.store.write(|wtx| {
            let old = living(wtx, id)?;
            let mut new = old.clone();
            new.username = username.unwrap_or(new.username);
            new.name = name.map(|name| name.trim().to_owned()).unwrap_or(new.name);
            new.email = email.unwrap_or(new.email);
            new.is_admin = is_admin.unwrap_or(new.is_admin);
            new.external = external.unwrap_or(new.external);
            if new.is_bot() && (new.is_admin || new.email != old.email || password_hash.is_some()) {
                return Err(AuthError::Forbidden("A bot has no password, no mail address and is no administrator"));
            }
            if old.is_admin && !new.is_admin {
                check_not_last_admin(wtx, id)?;
            }
            check_free(wtx, &new.username, &new.email, Some(&old))?;
            if (&new.username, &new.name) != (&old.username, &old.name) {
                follow(wtx, &old, &new)?;
            }
            if password_hash.is_some() {
                new.password_hash = password_hash;
                sessions::end_all(wtx, id, None)?;
                audit::pass(wtx, by, &Act::on_user(Event::PasswordUpdated, id))?;
            }
            accounts::put_user(wtx, &new)?;
            note_change(wtx, by, &old, &new)?;
            Ok(new)
        })
    }

    /// Changes the password of somebody who knows the one before; other sessions end. Slow on purpose.
    ///
    /// # Errors
    /// `Unauthorized` for a wrong password, `TooMany`, `Invalid`.
    pub fn change_own_password(&self, by: &By, id: u64, old: &str, new: &str, session: Option<u64>) -> Result<(), AuthError> {
        check_form(None, None, None, Some(new))?;
        self.check_own_password(by, id, old)?;
        let password_hash = hashed(Some(new), &*self.entropy)?;
        self.store.write(|wtx| {
            let user = living(wtx, id)?;
            accounts::put_user(wtx, &User { password_hash, ..user })?;
            sessions::end_all(wtx, id, session)?;
            Ok(audit::pass(wtx, by, &Act::on_user(Event::PasswordUpdated, id))?)
        })
    }

    /// Blocks, unblocks, deactivates or activates a user.
    ///
    /// # Errors
    /// `Missing`, `Forbidden` when the state or the last administrator stand against it.
    pub fn turn_user(&self, by: &By, id: u64, turn: Turn) -> Result<User, AuthError> {
        self.store.write(|wtx| {
            let user = living(wtx, id)?;
            let state = turn.next(user.state)?;
            if state != UserState::Active {
                if user.is_admin {
                    check_not_last_admin(wtx, id)?;
                }
                sessions::end_all(wtx, id, None)?;
            }
            let user = User { state, ..user };
            accounts::put_user(wtx, &user)?;
            audit::pass(wtx, by, &Act::on_user(turn.event(), id))?;
            Ok(user)
        })
    }

    /// Deletes a user: what they did stays, under a ghost's name. Their name becomes free.
    ///
    /// # Errors
    /// `Missing`, `Forbidden` for the last administrator, `Conflict` while projects or groups need them.
    pub fn delete_user(&self, by: &By, id: u64) -> Result<(), AuthError> {
        let now = self.clock.now();
        self.store.write(|wtx| {
            let user = living(wtx, id)?;
            if user.is_admin {
                check_not_last_admin(wtx, id)?;
            }
            // First, while the name is still there.
            audit::pass(wtx, by, &Act::on_user(Event::UserDestroyed, id).with("email", &user.email))?;
            remove_namespace(wtx, &user, now)?;
            Ok(bury(wtx, &user)?)
        })
    }
}

fn note_change(wtx: &mut WriteTx, by: &By, old: &User, new: &User) -> Result<(), StoreError> {
    let rights =
        Act::on_user(Event::UserAdminStatusUpdated, new.id).changed("admin", old.is_admin.to_string(), new.is_admin.to_string());
    let others = Act::on_user(Event::UserUpdated, new.id)
        .changed("username", &old.username, &new.username)
        .changed("name", &old.name, &new.name)
        .changed("email", &old.email, &new.email)
        .changed("external", old.external.to_string(), new.external.to_string());
    audit::pass_changes(wtx, by, &[rights, others])
}

/// Takes everything personal from a user, ends their sessions and tokens, and leaves a ghost.
pub(super) fn bury(wtx: &mut WriteTx, user: &User) -> Result<(), StoreError> {
    sessions::end_all(wtx, user.id, None)?;
    for (hash, _) in accounts::tokens_of(wtx, user.id)? {
        accounts::delete_token(wtx, &hash)?;
    }
    accounts::delete_second_factor(wtx, user.id)?;
    for member in members::memberships(wtx, user.id)? {
        members::remove_member(wtx, member.source, user.id)?;
    }
    let ghost = User { kind: user.kind, state: UserState::Deleted, ..User::new(user.id, GHOST.0, GHOST.1, "", user.created_at) };
    accounts::put_user(wtx, &ghost)
}

/// The user, unless deleted.
///
/// # Errors
/// `Missing`.
pub fn living(tx: &impl Reads, id: u64) -> Result<User, AuthError> {
    let found = accounts::find_user(tx, id)?.filter(|user| user.state != UserState::Deleted);
    found.ok_or(AuthError::Missing("User"))
}

fn check_not_last_admin(tx: &impl Reads, id: u64) -> Result<(), AuthError> {
    let rules = |user: &User| user.is_admin && user.state == UserState::Active && user.id != id;
    if accounts::users(tx)?.iter().any(rules) { Ok(()) } else { Err(AuthError::Forbidden(LAST_ADMIN)) }
}

fn hashed(password: Option<&str>, entropy: &dyn Entropy) -> Result<Option<String>, AuthError> {
    password.map(|password| hash_password(password, entropy)).transpose().map_err(AuthError::Hash)
}

/// Checks what was given; tells everything that is wrong.
fn check_form(username: Option<&str>, name: Option<&str>, email: Option<&str>, password: Option<&str>) -> Result<(), AuthError> {
    let fits = |password: &str| PASSWORD_CHARS.contains(&password.chars().count());
    let wrong = [
        username.map(|username| ("username", check_path(username, true))),
        name.map(|name| ("name", check_name(name))),
        email.map(|email| ("email", check_email(email))),
        password.map(|password| {
            ("password", if fits(password) { Ok(()) } else { Err("is too short or too long (8 to 128 characters)") })
        }),
    ];
    let wrong = wrong.into_iter().flatten().filter_map(|(field, answer)| Some((field.to_owned(), answer.err()?.to_owned())));
    let wrong: Vec<(String, String)> = wrong.collect();
    if wrong.is_empty() { Ok(()) } else { Err(AuthError::Invalid(wrong)) }
}

/// One `@` with something on both sides, no blanks: whether mail arrives is another matter. ASCII alone, as names to
/// sign in with: so no two look alike.
fn check_email(email: &str) -> Result<(), &'static str> {
    let fits = |(local, domain): (&str, &str)| !local.is_empty() && !domain.is_empty() && !domain.contains('@');
    let plain = |c: char| c.is_ascii_graphic() && !"<>\"\\,;".contains(c);
    if email.chars().count() > EMAIL_CHARS || !email.split_once('@').is_some_and(fits) || !email.chars().all(plain) {
        return Err("is invalid");
    }
    Ok(())
}

/// Whether name and address are free, but for the user who has them.
fn check_free(tx: &impl Reads, username: &str, email: &str, own: Option<&User>) -> Result<(), AuthError> {
    let is_other = |found: Option<User>| found.is_some_and(|found| own.is_none_or(|own| own.id != found.id));
    if !email.is_empty() && is_other(accounts::find_user_by_email(tx, email)?) {
        return Err(AuthError::Taken("Email has already been taken".to_owned()));
    }
    let keeps = own.is_some_and(|own| own.username.eq_ignore_ascii_case(username));
    let is_taken = is_other(accounts::find_user_by_name(tx, username)?)
        || (!keeps && projects::find_namespace_by_path(tx, username)?.is_some());
    if is_taken { Err(AuthError::Taken("Username has already been taken".to_owned())) } else { Ok(()) }
}

/// Makes the namespace of a user.
pub(super) fn put_namespace(wtx: &mut WriteTx, user: &User) -> Result<(), StoreError> {
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
        created_at: user.created_at,
        deleted_at: None,
    };
    projects::put_namespace(wtx, &namespace)
}

fn namespace_of(tx: &impl Reads, user: &User) -> Result<Option<Namespace>, StoreError> {
    Ok(projects::find_namespace_by_path(tx, &user.username)?.filter(|space| space.is_user && space.creator_id == user.id))
}

/// Name and path of a user's namespace follow the user, and the paths of what is in it follow the namespace.
fn follow(wtx: &mut WriteTx, old: &User, new: &User) -> Result<(), StoreError> {
    let Some(space) = namespace_of(wtx, old)? else { return Ok(()) };
    let (path, name) = (new.username.clone(), new.name.clone());
    for project in projects::projects_below(wtx, &space.full_path)? {
        let full_path = format!("{path}/{}", project.path);
        projects::put_project(wtx, &Project { full_path, ..project })?;
    }
    projects::put_namespace(wtx, &Namespace { full_path: path.clone(), full_name: name.clone(), path, name, ..space })
}

/// Removes the namespace of a user who goes.
fn remove_namespace(wtx: &mut WriteTx, user: &User, now: Millis) -> Result<(), AuthError> {
    for member in members::memberships(wtx, user.id)? {
        if member.level == AccessLevel::Owner && is_last_owner(wtx, &member)? {
            return Err(AuthError::Conflict("User cannot be removed while being the last owner of a group".to_owned()));
        }
    }
    let Some(space) = namespace_of(wtx, user)? else { return Ok(()) };
    if !projects::projects_below(wtx, &space.full_path)?.is_empty() {
        return Err(AuthError::Conflict("User cannot be removed while projects are in their namespace".to_owned()));
    }
    Ok(projects::put_namespace(wtx, &Namespace { deleted_at: Some(now), ..space })?)
}

/// Whether nobody else owns a group for good, nor one above it. Projects have the owners of where they are.
fn is_last_owner(tx: &impl Reads, member: &Member) -> Result<bool, StoreError> {
    let Source::Group(mut id) = member.source else { return Ok(false) };
    loop {
        let Some(group) = projects::find_namespace(tx, id)?.filter(|group| group.deleted_at.is_none()) else { return Ok(false) };
        for other in members::members(tx, Source::Group(id))? {
            let is_owner = other.level == AccessLevel::Owner && other.expires_on.is_none() && other.user_id != member.user_id;
            if is_owner && accounts::find_user(tx, other.user_id)?.is_some_and(|user| may_own(&user)) {
                return Ok(false);
            }
        }
        let Some(parent) = group.parent_id else { return Ok(true) };
        id = parent;
    }
}

/// Whether somebody can be the owner that something needs: a person who may act.
pub fn may_own(user: &User) -> bool {
    user.state == UserState::Active && !user.is_bot()
}
