//! Access tokens that were shown and do not work: the first of a kind from an address is noted, those of the hour
//! behind it are counted and the count is noted. So nobody fills the disk with them. Must not know: how tokens are
//! made, HTTP.
//!
//! What was sent is never kept: of a token that is known its id is named, of another one nothing.

use super::{Door, throttle, today};
use crate::audit::{Act, By, Entity, Event};
use crate::clock::Millis;
use crate::domain::account::{AccessToken, UserState};
use crate::store::{Reads, StoreError, accounts};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// So long after the first one of a kind the others are counted.
const WINDOW: Millis = 3_600_000;
/// Most kinds of known tokens that are told apart at a time.
const KNOWN: usize = 400;
/// Most addresses of unknown tokens that are: another share, so that guessing hides no known token.
const STRANGE: usize = 100;

/// Why a token does not work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Nobody has such a token, or no more.
    Unknown,
    /// It was revoked, or replaced by another.
    Revoked,
    /// It ended.
    Expired,
    /// Its user is blocked or deactivated.
    Barred,
}

impl Reason {
    /// All of them.
    pub const ALL: [Reason; 4] = [Reason::Unknown, Reason::Revoked, Reason::Expired, Reason::Barred];

    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Reason::Unknown => "unknown",
            Reason::Revoked => "revoked",
            Reason::Expired => "expired",
            Reason::Barred => "blocked user",
        }
    }
}

/// What is told apart: why, which token, from which network.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Kind {
    reason: Reason,
    token: Option<u64>,
    network: Option<[u8; 16]>,
}

/// One kind since its first one was noted.
struct Window {
    began: Millis,
    more: u64,
    address: String,
    act: Act,
}

/// What was refused and is not noted yet, and how much it was since the start.
#[derive(Default)]
pub struct Refusals {
    inner: Mutex<Inner>,
    totals: [AtomicU64; Reason::ALL.len()],
}

#[derive(Default)]
struct Inner {
    windows: HashMap<Kind, Window>,
    /// Those that were too many to be told apart, and since when.
    beyond: Option<(Millis, u64)>,
}

impl Refusals {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many were refused for a reason since the start.
    pub fn total(&self, reason: Reason) -> u64 {
        self.totals.get(reason as usize).map_or(0, |total| total.load(Ordering::Relaxed))
    }

    /// One was refused. Answers whether to note it by itself; if not, it was counted.
    fn saw(&self, kind: Kind, act: &Act, address: &str, now: Millis) -> bool {
        if let Some(total) = self.totals.get(kind.reason as usize) {
            total.fetch_add(1, Ordering::Relaxed);
        }
        let mut inner = self.inner();
        if let Some(window) = inner.windows.get_mut(&kind) {
            // Also when its hour is over: the count is noted before it begins anew.
            window.more += 1;
            return false;
        }
        let most = if kind.token.is_some() { KNOWN } else { STRANGE };
        if inner.windows.keys().filter(|other| other.token.is_some() == kind.token.is_some()).count() >= most {
            inner.beyond.get_or_insert((now, 0)).1 += 1;
            return false;
        }
        inner.windows.insert(kind, Window { began: now, more: 0, address: address.to_owned(), act: act.clone() });
        true
    }

    /// What was counted and whose hour is over, or all of it, as acts to note. It is forgotten here.
    pub(super) fn take(&self, now: Millis, all: bool) -> Vec<(By, Act)> {
        let is_over = |began: Millis| all || now < began || now - began >= WINDOW;
        let mut inner = self.inner();
        let over: Vec<Window> = inner.windows.extract_if(|_, window| is_over(window.began)).map(|(_, window)| window).collect();
        let counted = over.into_iter().filter(|window| window.more > 0).map(|window| {
            let by = By { address: window.address, at: now, ..By::default() };
            (by, window.act.with("more_times", window.more.to_string()))
        });
        let mut acts: Vec<(By, Act)> = counted.collect();
        if let Some((_, count)) = inner.beyond.take_if(|(began, _)| is_over(*began)) {
            let act = Act::on(Event::TokenRefused, Entity::Instance).with("reason", "too many to tell apart");
            acts.push((By { at: now, ..By::default() }, act.with("more_times", count.to_string())));
        }
        acts
    }
}

impl Door {
    /// Looks at a token that was refused. Answers what to note down about it; nothing when one of its kind was noted
    /// within the hour, or when the token works and something else was wrong.
    ///
    /// # Errors
    /// When the store fails.
    pub fn refusal(&self, tx: &impl Reads, text: &str, address: &str) -> Result<Option<Act>, StoreError> {
        let now = self.clock.now();
        let found = accounts::find_token(tx, &self.secrets.hash(text))?;
        let Some(reason) = reason(tx, found.as_ref(), now)? else { return Ok(None) };
        let act = match &found {
            Some(token) => Act::on_user(Event::TokenRefused, token.user_id).about("Token", token.id, &token.name),
            None => Act::on(Event::TokenRefused, Entity::Instance),
        };
        let act = act.with("reason", reason.word());
        let network = address.parse::<IpAddr>().ok().map(throttle::network);
        let kind = Kind { reason, token: found.map(|token| token.id), network };
        Ok(self.refusals.saw(kind, &act, address, now).then_some(act))
    }
}

/// Why it does not work; none when it does.
fn reason(tx: &impl Reads, token: Option<&AccessToken>, now: Millis) -> Result<Option<Reason>, StoreError> {
    let Some(token) = token else { return Ok(Some(Reason::Unknown)) };
    if token.revoked {
        return Ok(Some(Reason::Revoked));
    }
    if !token.is_active(now, &today(now)) {
        return Ok(Some(Reason::Expired));
    }
    let user = accounts::find_user(tx, token.user_id)?;
    Ok(user.is_none_or(|user| user.state != UserState::Active).then_some(Reason::Barred))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saw(refusals: &Refusals, token: Option<u64>, address: &str, now: Millis) -> bool {
        let reason = if token.is_some() { Reason::Revoked } else { Reason::Unknown };
        let network = address.parse::<IpAddr>().ok().map(throttle::network);
        let act = Act::on(Event::TokenRefused, Entity::Instance).with("reason", reason.word());
        refusals.saw(Kind { reason, token, network }, &act, address, now)
    }

    fn counts(acts: &[(By, Act)]) -> Vec<(String, String)> {
        let count =
            |act: &Act| act.facts.iter().filter(|(name, _)| *name == "more_times").map(|(_, value)| value.clone()).collect();
        let mut counts: Vec<(String, String)> = acts.iter().map(|(by, act)| (by.address.clone(), count(act))).collect();
        counts.sort();
        counts
    }

    #[test]
    fn the_first_of_an_hour_is_noted_and_the_others_are_counted_to_the_last() {
        let refusals = Refusals::default();
        assert!(saw(&refusals, None, "10.0.0.1", 5));
        assert!((0..999).all(|_| !saw(&refusals, None, "10.0.0.1", 6)));
        assert!(saw(&refusals, None, "10.0.0.2", 6), "another address");
        assert!(saw(&refusals, Some(7), "10.0.0.1", 6), "a token that is known");
        assert!(refusals.take(5 + WINDOW - 1, false).is_empty(), "the hour is not over");
        assert!(!saw(&refusals, None, "10.0.0.1", 5 + WINDOW), "nothing is lost between the hour's end and the note");
        assert_eq!(counts(&refusals.take(6 + WINDOW, false)), [("10.0.0.1".to_owned(), "1000".to_owned())]);
        assert!(saw(&refusals, None, "10.0.0.1", 7 + WINDOW), "the next hour");
        assert_eq!((refusals.total(Reason::Unknown), refusals.total(Reason::Revoked)), (1_003, 1));
        assert!(refusals.take(7 + WINDOW, true).is_empty(), "nothing was counted since");
    }

    #[test]
    fn what_is_told_apart_is_bounded_and_guessing_hides_no_known_token() {
        let refusals = Refusals::default();
        let from = |n: u64| format!("10.{}.{}.{}", n >> 16 & 255, n >> 8 & 255, n & 255);
        assert_eq!((0..30_000).filter(|n| saw(&refusals, None, &from(*n), 1)).count(), STRANGE);
        assert_eq!((0..30_000).filter(|n| saw(&refusals, Some(*n), &from(*n), 1)).count(), KNOWN);
        assert!(!saw(&refusals, None, "fd00::1", 1));
        let all = refusals.take(1, true);
        assert_eq!(counts(&all), [(String::new(), (60_001 - STRANGE - KNOWN).to_string())], "all others, in one note");
        assert!(saw(&refusals, None, "fd00::1", 2));
        assert!(!saw(&refusals, None, "fd00::2", 2), "the same network");
    }
}
