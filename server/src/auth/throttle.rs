//! How often somebody may try: attempts within a minute, counted per key. Must not know: what is tried.

use super::AuthError;
use crate::clock::Millis;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Length of a window.
const WINDOW: Millis = 60_000;
/// Most keys that are remembered; beyond them the oldest windows are forgotten.
const MOST: usize = 20_000;
/// One address may try so many times as often as one name from one address.
const PER_ADDRESS: u32 = 3;

/// Counts attempts. Of a key only a hash is kept, so that a long name takes no more room than a short one.
pub struct Throttle {
    limit: u32,
    keys: RandomState,
    windows: Mutex<HashMap<u64, Window>>,
}

#[derive(Clone, Copy)]
struct Window {
    began: Millis,
    count: u32,
}

/// An attempt that was let through.
#[derive(Debug)]
pub struct Attempt(Vec<u64>);

impl Throttle {
    /// So many attempts per minute; 0 sets no limit.
    pub fn new(limit: u32) -> Throttle {
        Throttle { limit, keys: RandomState::new(), windows: Mutex::default() }
    }

    /// Counts an attempt to sign in.
    ///
    /// # Errors
    /// `TooMany`; the refused attempt is not counted.
    pub fn sign_in(&self, from: Option<IpAddr>, login: &str, now: Millis) -> Result<Attempt, AuthError> {
        let network = from.map(network);
        let pair = self.keys.hash_one(("pair", network, login.trim().to_lowercase()));
        let address = self.keys.hash_one(("address", network));
        self.begin(&[(pair, self.limit), (address, self.limit.saturating_mul(PER_ADDRESS))], now)
    }

    /// Counts an attempt at a secret of one user, wherever it comes from: a code, or the password again.
    ///
    /// # Errors
    /// `TooMany`.
    pub fn proof(&self, user: u64, now: Millis) -> Result<Attempt, AuthError> {
        self.begin(&[(self.keys.hash_one(("proof", user)), self.limit)], now)
    }

    /// Takes an attempt back: it was right, or not one.
    pub fn forgive(&self, attempt: Attempt) {
        let mut windows = self.windows();
        for key in attempt.0 {
            if let Some(window) = windows.get_mut(&key) {
                window.count = window.count.saturating_sub(1);
            }
        }
    }

    fn windows(&self) -> MutexGuard<'_, HashMap<u64, Window>> {
        self.windows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, keys: &[(u64, u32)], now: Millis) -> Result<Attempt, AuthError> {
        if self.limit == 0 {
            return Ok(Attempt(Vec::new()));
        }
        let mut windows = self.windows();
        for (key, limit) in keys {
            let window = windows.get(key).filter(|window| now - window.began < WINDOW);
            if let Some(full) = window.filter(|window| window.count >= *limit) {
                let left = (full.began + WINDOW - now).max(1);
                return Err(AuthError::TooMany { retry_after_s: u64::try_from(left).unwrap_or(1).div_ceil(1_000) });
            }
        }
        for (key, _) in keys {
            make_room(&mut windows, now);
            let window = windows.entry(*key).or_insert(Window { began: now, count: 0 });
            if now - window.began >= WINDOW {
                *window = Window { began: now, count: 0 };
            }
            window.count += 1;
        }
        Ok(Attempt(keys.iter().map(|(key, _)| *key).collect()))
    }
}

/// Forgets what is over, and when that is not enough, the older half.
fn make_room(windows: &mut HashMap<u64, Window>, now: Millis) {
    if windows.len() < MOST {
        return;
    }
    windows.retain(|_, window| now - window.began < WINDOW);
    if windows.len() >= MOST {
        let mut begins: Vec<Millis> = windows.values().map(|window| window.began).collect();
        begins.sort_unstable();
        let middle = begins.get(begins.len() / 2).copied().unwrap_or(now);
        windows.retain(|_, window| window.began > middle);
    }
}

/// Whoever has an IPv6 address has many: the first 64 bits count.
pub fn network(ip: IpAddr) -> [u8; 16] {
    let mut bytes = match ip.to_canonical() {
        IpAddr::V4(ip) => return ip.to_ipv6_mapped().octets(),
        IpAddr::V6(ip) => ip.octets(),
    };
    bytes[8..].fill(0);
    bytes
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn ip(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn a_name_from_an_address_has_ten_attempts_a_minute_and_others_have_theirs() {
        let throttle = Throttle::new(10);
        for _ in 0..10 {
            throttle.sign_in(ip("10.0.0.1"), "Root", 1_000).unwrap();
        }
        let refused = throttle.sign_in(ip("10.0.0.1"), " rOOt ", 31_000).unwrap_err();
        assert!(matches!(refused, AuthError::TooMany { retry_after_s: 30 }), "{refused:?}");
        throttle.sign_in(ip("10.0.0.1"), "other", 31_000).unwrap();
        throttle.sign_in(ip("10.0.0.2"), "root", 31_000).unwrap();
        throttle.sign_in(ip("10.0.0.1"), "root", 61_000).unwrap();
    }

    #[test]
    fn one_address_can_not_try_name_after_name() {
        let throttle = Throttle::new(10);
        let tried = (0..100).filter(|n| throttle.sign_in(ip("fd00::1"), &format!("n{n}"), 5).is_ok()).count();
        assert_eq!(tried, 30);
        assert!(throttle.sign_in(ip("fd00::ffff"), "x", 5).is_err(), "the same network");
        throttle.sign_in(ip("fd00:0:0:1::1"), "x", 5).unwrap();
    }

    #[test]
    fn what_was_right_does_not_count() {
        let throttle = Throttle::new(2);
        for _ in 0..9 {
            let attempt = throttle.proof(7, 1).unwrap();
            throttle.forgive(attempt);
        }
        throttle.proof(7, 1).unwrap();
        throttle.proof(7, 1).unwrap();
        assert!(throttle.proof(7, 1).is_err());
        throttle.proof(8, 1).unwrap();
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let throttle = Throttle::new(1);
        for n in 0..3 * MOST as u64 {
            throttle.proof(n, (n / 1_000) as Millis).unwrap();
        }
        assert!(throttle.windows().len() <= MOST);
        let newest = 3 * MOST as u64 - 1;
        assert!(throttle.proof(newest, (newest / 1_000) as Millis).is_err(), "the newest are kept");
    }

    #[test]
    fn nought_sets_no_limit() {
        let throttle = Throttle::new(0);
        assert!((0..1_000).all(|_| throttle.sign_in(None, "root", 1).is_ok()));
    }
}
