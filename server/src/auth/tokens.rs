//! Access tokens: making, listing, rotating, revoking. Must not know: who may; HTTP.

use super::error::invalid;
use super::users::{bury, living};
use super::{AuthError, Door, JOB_SCOPE, Secrets, token_text};
use crate::audit::{self, Act, By, Entity, Event};
use crate::clock::{DAY, Millis};
use crate::domain::account::{AccessToken, TokenKind, User, UserKind, UserState};
use crate::domain::member::{Member, Source};
use crate::domain::path::check_name;
use crate::store::accounts::{self, Hash};
use crate::store::meta::{Sequence, take_id};
use crate::store::{Reads, StoreError, WriteTx, members};
use casemate_shared::AccessLevel;

/// What every access token begins with, so that whoever looks for leaked secrets can tell ours.
pub const PREFIX: &str = "cmpat-";
/// What the tokens of jobs begin with.
pub const JOB_PREFIX: &str = "cmjob-";
/// Longest description, in characters.
const DESCRIPTION_CHARS: usize = 255;
/// Days that a rotated token lives when nobody says, as in GitLab.
const ROTATED_DAYS: i64 = 7;
/// Longest life of a job's token.
const JOB_MILLIS: Millis = DAY;
/// Most tokens of one user, project or group that work.
const MOST: usize = 1_000;

/// What a new token may do, and until when.
#[derive(Debug, Clone)]
pub struct TokenWish {
    /// What it is for.
    pub name: String,
    /// More about it.
    pub description: String,
    /// Scopes.
    pub scopes: Vec<String>,
    /// Last day, `YYYY-MM-DD`; the latest allowed one when not said.
    pub expires_on: Option<String>,
}

/// A token and its text, which is told once.
#[derive(Debug)]
pub struct NewToken {
    /// The token.
    pub token: AccessToken,
    /// Its text.
    pub text: String,
}

impl Door {
    /// Makes a personal or impersonation token of a user.
    ///
    /// # Errors
    /// `Invalid`, `Missing` for a user who is not there or a bot.
    pub fn make_user_token(&self, by: &By, kind: TokenKind, user: u64, wish: TokenWish) -> Result<NewToken, AuthError> {
        let wish = self.checked(wish)?;
        let text = token_text(PREFIX, &*self.entropy);
        let now = self.clock.now();
        let token = self.store.write(|wtx| {
            let user = living(wtx, user)?;
            if user.is_bot() {
                return Err(AuthError::Missing("User"));
            }
            check_room(accounts::tokens_of(wtx, user.id)?.iter().map(|(_, token)| token), now)?;
            let token = put_new(wtx, &self.secrets, &text, blank(kind, user.id, wish, now))?;
            audit::pass(wtx, by, &told(Turn::Made, &token))?;
            Ok(token)
        })?;
        Ok(NewToken { token, text })
    }

    /// Makes a token of a project or group, with a bot of its own that is a member there.
    ///
    /// # Errors
    /// `Invalid`.
    pub fn make_place_token(&self, by: &By, place: Source, level: AccessLevel, wish: TokenWish) -> Result<NewToken, AuthError> {
        let wish = self.checked(wish)?;
        let text = token_text(PREFIX, &*self.entropy);
        let nonce: String = token_text("", &*self.entropy).chars().take(16).collect();
        let now = self.clock.now();
        let (kind, bot, word) = kinds(place);
        let token = self.store.write(|wtx| {
            check_room(accounts::tokens_of_place(wtx, kind, place.id())?.iter().map(|(_, token)| token), now)?;
            let username = format!("{word}_{}_bot_{nonce}", place.id());
            let id = take_id(wtx, Sequence::User)?;
            let user = User { kind: bot, external: true, ..User::new(id, &username, &wish.name, "", now) };
            accounts::put_user(wtx, &user)?;
            let invited_by = by.behind.or(by.user_id);
            members::put_member(
                wtx,
                &Member { source: place, user_id: id, level, expires_on: None, invited_by, created_at: now },
            )?;
            let access_level = level.number();
            let token = AccessToken { place_id: Some(place.id()), access_level, ..blank(kind, id, wish, now) };
            let token = put_new(wtx, &self.secrets, &text, token)?;
            audit::pass(wtx, by, &told(Turn::Made, &token))?;
            Ok::<_, AuthError>(token)
        })?;
        Ok(NewToken { token, text })
    }

    /// Makes a token for the jobs of a pipeline, in the name of whoever declared it. It lives for a day at
    /// most.
    ///
    /// # Errors
    /// When the store fails.
    pub fn make_job_token(&self, by: &By, user: u64, pipeline: u64, ends_at: Millis) -> Result<String, AuthError> {
        let text = token_text(JOB_PREFIX, &*self.entropy);
        let now = self.clock.now();
        let wish = TokenWish {
            name: format!("jobs of pipeline {pipeline}"),
            description: String::new(),
            scopes: vec![JOB_SCOPE.to_owned()],
            expires_on: None,
        };
        let ends_at = Some(ends_at.min(now + JOB_MILLIS));
        self.store.write(|wtx| {
            accounts::delete_ended_job_tokens(wtx, now)?;
            let token = AccessToken { place_id: Some(pipeline), ends_at, ..blank(TokenKind::Job, user, wish, now) };
            let token = put_new(wtx, &self.secrets, &text, token)?;
            audit::pass(wtx, by, &told(Turn::Made, &token))
        })?;
        Ok(text)
    }

    /// Replaces a token by one with the same rights; the old text ends at once.
    ///
    /// # Errors
    /// `Missing`, `Invalid`, `BadRequest` when it works no more.
    pub fn rotate(&self, by: &By, id: u64, expires_on: Option<String>) -> Result<NewToken, AuthError> {
        let now = self.clock.now();
        let week = super::today(now + ROTATED_DAYS * DAY);
        let latest = self.latest_day(now).filter(|latest| *latest < week);
        let expires_on = expires_on.or(latest).unwrap_or(week);
        self.check_day(&expires_on, now)?;
        let text = token_text(PREFIX, &*self.entropy);
        let token = self.store.write(|wtx| {
            let (hash, old) = accounts::find_token_by_id(wtx, id)?.ok_or(AuthError::Missing("Token"))?;
            if !old.is_active(now, &super::today(now)) {
                return Err(AuthError::BadRequest("token already revoked".to_owned()));
            }
            accounts::put_token(wtx, &hash, &AccessToken { revoked: true, rotated: true, ..old.clone() })?;
            let new = AccessToken { created_at: now, expires_on: Some(expires_on), last_used_at: None, ..old.clone() };
            let new = AccessToken { id: take_id(wtx, Sequence::Token)?, ..new };
            accounts::put_token(wtx, &self.secrets.hash(&text), &new)?;
            audit::pass(wtx, by, &told(Turn::Rotated, &new).with("rotated_token_id", old.id.to_string()))?;
            Ok(new)
        })?;
        Ok(NewToken { token, text })
    }

    /// Looks at a secret that somebody wanted to rotate and that does not work: when it was rotated before,
    /// two have it, and everything that came of it is revoked. Answers whether it was so.
    ///
    /// # Errors
    /// When the store fails.
    pub fn caught_reuse(&self, by: &By, text: &str) -> Result<bool, AuthError> {
        let hash = self.secrets.hash(text);
        let is_rotated =
            |tx: &crate::store::ReadTx| accounts::find_token(tx, &hash).map(|found| found.filter(|token| token.rotated));
        let Some(token) = is_rotated(&self.store.read()?)? else { return Ok(false) };
        self.store.write(|wtx| revoke_family(wtx, by, &token))?;
        Ok(true)
    }

    /// Revokes a token. The bot of a project's or group's token goes with it.
    ///
    /// # Errors
    /// `Missing`.
    pub fn revoke(&self, by: &By, id: u64) -> Result<(), AuthError> {
        self.store.write(|wtx| {
            let (hash, token) = accounts::find_token_by_id(wtx, id)?.ok_or(AuthError::Missing("Token"))?;
            if token.revoked {
                return Ok(());
            }
            accounts::put_token(wtx, &hash, &AccessToken { revoked: true, ..token.clone() })?;
            dismiss_bot(wtx, &token)?;
            Ok(audit::pass(wtx, by, &told(Turn::Revoked, &token))?)
        })
    }

    /// Last day that a token may have; none when there is no limit.
    pub fn latest_day(&self, now: Millis) -> Option<String> {
        let days = self.settings.token_days;
        (days > 0).then(|| super::today(now + Millis::from(days) * DAY))
    }

    fn check_day(&self, day: &str, now: Millis) -> Result<(), AuthError> {
        if *day <= *super::today(now) {
            return Err(invalid("expires_at", "must be in the future"));
        }
        match self.latest_day(now) {
            Some(latest) if *day > *latest => Err(invalid("expires_at", &format!("must be before {latest}"))),
            _ => Ok(()),
        }
    }

    fn checked(&self, wish: TokenWish) -> Result<TokenWish, AuthError> {
        let now = self.clock.now();
        check_name(&wish.name).map_err(|reason| invalid("name", reason))?;
        if wish.description.chars().count() > DESCRIPTION_CHARS || wish.description.chars().any(char::is_control) {
            return Err(invalid("description", "is too long (maximum is 255 characters) or has control characters"));
        }
        if wish.scopes.is_empty() || wish.scopes.iter().any(|scope| !super::SCOPES.contains(&scope.as_str())) {
            return Err(invalid("scopes", "can only contain available scopes"));
        }
        let expires_on = wish.expires_on.or_else(|| self.latest_day(now));
        expires_on.as_deref().map_or(Ok(()), |day| self.check_day(day, now))?;
        let mut scopes = wish.scopes;
        scopes.dedup();
        Ok(TokenWish { name: wish.name.trim().to_owned(), expires_on, scopes, ..wish })
    }
}

/// Ends all tokens of a project or group that goes, and their bots.
///
/// # Errors
/// When the store fails.
pub fn end_tokens_of(wtx: &mut WriteTx, place: Source) -> Result<(), StoreError> {
    for (_, token) in accounts::tokens_of_place(wtx, kinds(place).0, place.id())? {
        if let Some(bot) = accounts::find_user(wtx, token.user_id)?.filter(|bot| bot.state != UserState::Deleted) {
            bury(wtx, &bot)?;
        }
    }
    Ok(())
}

const fn kinds(place: Source) -> (TokenKind, UserKind, &'static str) {
    match place {
        Source::Project(_) => (TokenKind::Project, UserKind::ProjectBot, "project"),
        Source::Group(_) => (TokenKind::Group, UserKind::GroupBot, "group"),
    }
}

fn blank(kind: TokenKind, user_id: u64, wish: TokenWish, now: Millis) -> AccessToken {
    AccessToken {
        id: 0,
        user_id,
        name: wish.name,
        description: wish.description,
        scopes: wish.scopes,
        created_at: now,
        expires_on: wish.expires_on,
        ends_at: None,
        revoked: false,
        rotated: false,
        kind,
        place_id: None,
        access_level: 0,
        family: 0,
        last_used_at: None,
    }
}

/// Stores the first token of a family.
pub(super) fn put_new(wtx: &mut WriteTx, secrets: &Secrets, text: &str, token: AccessToken) -> Result<AccessToken, StoreError> {
    let id = take_id(wtx, Sequence::Token)?;
    let token = AccessToken { id, family: id, ..token };
    accounts::put_token(wtx, &secrets.hash(text), &token)?;
    Ok(token)
}

/// The token of the first start: it does not end.
pub(super) fn put_first(wtx: &mut WriteTx, secrets: &Secrets, user: u64, text: &str, now: Millis) -> Result<(), StoreError> {
    let scopes = ["api", "sudo", "admin_mode"].map(str::to_owned).to_vec();
    let wish = TokenWish { name: "first start".to_owned(), description: String::new(), scopes, expires_on: None };
    let token = put_new(wtx, secrets, text, blank(TokenKind::Personal, user, wish, now))?;
    audit::pass(wtx, &By::system(now), &told(Turn::Made, &token))
}

fn check_room<'a>(tokens: impl Iterator<Item = &'a AccessToken>, now: Millis) -> Result<(), AuthError> {
    let today = super::today(now);
    if tokens.filter(|token| token.kind != TokenKind::Job && token.is_active(now, &today)).count() < MOST {
        return Ok(());
    }
    Err(AuthError::Conflict(format!("There are {MOST} tokens that work already")))
}

fn revoke_family(wtx: &mut WriteTx, by: &By, of: &AccessToken) -> Result<(), AuthError> {
    let kin: Vec<(Hash, AccessToken)> = accounts::tokens_of(wtx, of.user_id)?;
    let mut ended = Vec::new();
    for (hash, token) in kin.into_iter().filter(|(_, token)| token.family == of.family && !token.revoked) {
        accounts::put_token(wtx, &hash, &AccessToken { revoked: true, ..token.clone() })?;
        dismiss_bot(wtx, &token)?;
        ended.push(token.id.to_string());
    }
    if ended.is_empty() {
        return Ok(());
    }
    Ok(audit::pass(wtx, by, &told(Turn::Reused, of).with("revoked_token_ids", ended.join(", ")))?)
}

/// A bot without its token is a member no more.
fn dismiss_bot(wtx: &mut WriteTx, token: &AccessToken) -> Result<(), StoreError> {
    let Some(bot) = accounts::find_user(wtx, token.user_id)?.filter(User::is_bot) else { return Ok(()) };
    for member in members::memberships(wtx, bot.id)? {
        members::remove_member(wtx, member.source, bot.id)?;
    }
    accounts::put_user(wtx, &User { state: UserState::Blocked, ..bot })
}

/// What became of a token.
#[derive(Clone, Copy)]
enum Turn {
    Made,
    Rotated,
    Revoked,
    Reused,
}

fn event_of(turn: Turn, kind: TokenKind) -> Event {
    let [made, rotated, revoked] = match kind {
        TokenKind::Personal => [Event::PersonalTokenCreated, Event::PersonalTokenRotated, Event::PersonalTokenRevoked],
        TokenKind::Impersonation => {
            [Event::ImpersonationTokenCreated, Event::ImpersonationTokenRotated, Event::ImpersonationTokenRevoked]
        }
        TokenKind::Project => [Event::ProjectTokenCreated, Event::ProjectTokenRotated, Event::ProjectTokenRevoked],
        TokenKind::Group => [Event::GroupTokenCreated, Event::GroupTokenRotated, Event::GroupTokenRevoked],
        // Nobody rotates or revokes these: they end by themselves.
        TokenKind::Job => [Event::JobTokenCreated; 3],
    };
    match turn {
        Turn::Made => made,
        Turn::Rotated => rotated,
        Turn::Revoked => revoked,
        Turn::Reused => Event::TokenReuseDetected,
    }
}

fn told(turn: Turn, token: &AccessToken) -> Act {
    let entity = match (token.kind, token.place_id) {
        (TokenKind::Project, Some(id)) => Entity::Project(id),
        (TokenKind::Group, Some(id)) => Entity::Group(id),
        _ => Entity::User(token.user_id),
    };
    let level = AccessLevel::from_number(token.access_level).filter(|level| *level > AccessLevel::None);
    Act::on(event_of(turn, token.kind), entity)
        .about("Token", token.id, &token.name)
        .with("scopes", token.scopes.join(" "))
        .with("expires_at", token.expires_on.clone().unwrap_or_default())
        .with("access_level", level.map_or("", AccessLevel::as_str))
}

/// A token by id, job tokens left out.
///
/// # Errors
/// `Missing`.
pub fn find(tx: &impl Reads, id: u64) -> Result<(Hash, AccessToken), AuthError> {
    let found = accounts::find_token_by_id(tx, id)?.filter(|(_, token)| token.kind != TokenKind::Job);
    found.ok_or(AuthError::Missing("Token"))
}
