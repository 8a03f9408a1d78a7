//! Sign-ins, and other proofs of who somebody is, that fail: each is noted down until there are many, from then on they are counted and the counts are
//! noted. So nobody fills the disk by guessing. Must not know: how a sign-in works.

use super::act::{Act, Entity};
use super::event::Event;
use crate::clock::Millis;
use crate::store::{Reads, StoreError, accounts};
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// So many within a window are noted one by one.
const ONE_BY_ONE: u32 = 100;
/// The window.
const WINDOW: Millis = 3_600_000;
/// Most users, and most addresses, that are told apart while counting.
const APART: usize = 1_000;
/// Most of them that are named.
const NAMED: usize = 10;

/// Counts of failures of one kind that are not noted yet.
pub struct Failures {
    event: Event,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    began: Option<Millis>,
    noted: u32,
    counts: Counts,
}

#[derive(Default)]
struct Counts {
    failed: u64,
    refused: u64,
    users: HashMap<u64, u64>,
    addresses: HashMap<String, u64>,
}

impl Failures {
    /// None so far of what this event names.
    pub fn new(event: Event) -> Failures {
        Failures { event, inner: Mutex::default() }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One failed. Answers whether to note it by itself; if not, it was counted.
    pub fn failed(&self, user: Option<u64>, address: &str, now: Millis) -> bool {
        let mut inner = self.inner();
        if inner.began.is_none_or(|began| now < began || now - began >= WINDOW) {
            (inner.began, inner.noted) = (Some(now), 0);
        }
        if inner.noted < ONE_BY_ONE {
            inner.noted += 1;
            return true;
        }
        inner.counts.failed += 1;
        inner.counts.add(user, address);
        false
    }

    /// One was not even tried, because there had been too many.
    pub fn refused(&self, user: Option<u64>, address: &str) {
        let mut inner = self.inner();
        inner.counts.refused += 1;
        inner.counts.add(user, address);
    }

    /// What was counted, as an act to note; none when nothing was. The counts begin anew.
    ///
    /// # Errors
    /// When the store fails; the counts are lost then.
    pub fn take(&self, tx: &impl Reads) -> Result<Option<Act>, StoreError> {
        let counts = std::mem::take(&mut self.inner().counts);
        if counts.failed + counts.refused == 0 {
            return Ok(None);
        }
        let mut users = Vec::new();
        for (id, count) in most(counts.users) {
            if let Some(user) = accounts::find_user(tx, id)? {
                users.push(format!("{} ({count})", user.username));
            }
        }
        let addresses: Vec<String> = most(counts.addresses).iter().map(|(ip, count)| format!("{ip} ({count})")).collect();
        let act = Act::on(self.event, Entity::Instance)
            .with("failed", counts.failed.to_string())
            .with("refused_as_too_many", counts.refused.to_string())
            .with("users", users.join(", "))
            .with("addresses", addresses.join(", "));
        Ok(Some(act))
    }
}

impl Counts {
    fn add(&mut self, user: Option<u64>, address: &str) {
        if let Some(user) = user {
            count(&mut self.users, user);
        }
        if !address.is_empty() {
            count(&mut self.addresses, address.to_owned());
        }
    }
}

fn count<K: Hash + Eq>(counts: &mut HashMap<K, u64>, key: K) {
    if counts.len() < APART || counts.contains_key(&key) {
        *counts.entry(key).or_default() += 1;
    }
}

/// Those that were counted most often, the first ones first.
fn most<K: Ord + Hash>(counts: HashMap<K, u64>) -> Vec<(K, u64)> {
    let mut all: Vec<(K, u64)> = counts.into_iter().collect();
    all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    all.truncate(NAMED);
    all
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::store::Store;

    #[test]
    fn beyond_a_hundred_an_hour_only_counts_are_noted() {
        let (failures, store) = (Failures::new(Event::AuthenticationFailed), Store::in_memory().unwrap());
        let noted = (0..5_000).filter(|n| failures.failed(None, &format!("10.0.{}.{}", n / 250, n % 250), 7)).count();
        assert_eq!(noted, 100);
        (0..30).for_each(|_| failures.refused(None, "10.9.9.9"));
        let act = failures.take(&store.read().unwrap()).unwrap().unwrap();
        let fact = |name: &str| act.facts.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
        assert_eq!((fact("failed").unwrap(), fact("refused_as_too_many").unwrap()), ("4900".to_owned(), "30".to_owned()));
        let addresses = fact("addresses").unwrap();
        assert_eq!(addresses.split(", ").count(), NAMED);
        assert!(failures.take(&store.read().unwrap()).unwrap().is_none(), "the counts began anew");
        assert!(!failures.failed(None, "", 7 + WINDOW - 1));
        assert!(failures.failed(None, "", 7 + WINDOW), "the next hour has its own hundred");
    }

    #[test]
    fn what_is_told_apart_is_bounded_and_the_most_frequent_stand_first() {
        let failures = Failures::new(Event::AuthenticationFailed);
        for n in 0..20_000_u64 {
            failures.refused(Some(n), &n.to_string());
            failures.refused(Some(3), "3");
        }
        let inner = failures.inner();
        assert!(inner.counts.users.len() <= APART && inner.counts.addresses.len() <= APART);
        assert_eq!(inner.counts.refused, 40_000);
        assert_eq!(most(inner.counts.users.clone())[0], (3, 20_001));
    }
}
