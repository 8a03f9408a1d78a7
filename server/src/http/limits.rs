//! How many requests somebody may make: windows that are counted per user, per address, per project (API design,
//! section 1.7), and the headers that tell about them.
//!
//! Must not know: what a request is about, the system's clock.

use crate::auth::throttle::network;
use crate::clock::Millis;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use serde::Deserialize;
use std::cell::Cell;
use std::collections::HashMap;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::{Mutex, MutexGuard, PoisonError};

const MINUTE: Millis = 60_000;
const HOUR: Millis = 60 * MINUTE;
/// Most windows that are remembered; beyond them the older half is forgotten.
const MOST: usize = 100_000;

/// Section `[rate_limits]` of the configuration; 0 sets no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RateSettings {
    /// Requests of one user per hour.
    pub authenticated_per_hour: u32,
    /// Requests of one address per hour by nobody who is signed in; IPv6 counts by its first 64 bits.
    pub anonymous_per_hour: u32,
    /// Requests per minute that hand something in to one project; they don't count for their user.
    pub ingest_per_minute: u32,
}

impl Default for RateSettings {
    fn default() -> RateSettings {
        RateSettings { authenticated_per_hour: 7_200, anonymous_per_hour: 3_600, ingest_per_minute: 600 }
    }
}

/// Whose requests are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bucket {
    /// A user's.
    User(u64),
    /// Those of an address by nobody who is signed in; none when it is unknown.
    Address(Option<IpAddr>),
    /// Those that hand something in to a project.
    Ingest(u64),
}

/// The same as a key: an address as its network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    User(u64),
    Network([u8; 16]),
    Ingest(u64),
}

#[derive(Debug, Clone, Copy)]
struct Window {
    ends: Millis,
    count: u32,
}

/// What counting a request said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// Requests of the window, this one too.
    pub observed: u32,
    /// Most of them.
    pub limit: u32,
    /// Length of the window.
    length: Millis,
    /// When it ends.
    ends: Millis,
    name: &'static str,
}

impl Verdict {
    /// Whether this one is one too many.
    pub const fn is_over(&self) -> bool {
        self.observed > self.limit
    }

    /// Seconds until the window ends.
    pub fn retry_after_s(&self, now: Millis) -> u64 {
        u64::try_from((self.ends - now).max(1)).unwrap_or(1).div_ceil(1_000)
    }
}

/// Counts requests.
pub struct Limiter {
    settings: RateSettings,
    windows: Mutex<HashMap<Key, Window>>,
}

impl Limiter {
    /// With these limits.
    pub fn new(settings: RateSettings) -> Limiter {
        Limiter { settings, windows: Mutex::default() }
    }

    /// Counts a request; none when there is no limit.
    pub fn count(&self, bucket: Bucket, now: Millis) -> Option<Verdict> {
        let RateSettings { authenticated_per_hour, anonymous_per_hour, ingest_per_minute } = self.settings;
        let (key, limit, length, name) = match bucket {
            Bucket::User(id) => (Key::User(id), authenticated_per_hour, HOUR, "throttle_authenticated_api"),
            Bucket::Address(ip) => {
                let key = Key::Network(ip.map(network).unwrap_or_default());
                (key, anonymous_per_hour, HOUR, "throttle_unauthenticated_api")
            }
            Bucket::Ingest(id) => (Key::Ingest(id), ingest_per_minute, MINUTE, "throttle_ingest"),
        };
        if limit == 0 {
            return None;
        }
        let mut windows = self.windows();
        make_room(&mut windows, &key, now);
        let window = windows.entry(key).or_insert(Window { ends: now + length, count: 0 });
        // A clock that was set back must not shut anybody out for longer than a window.
        if now >= window.ends || window.ends - now > length {
            *window = Window { ends: now + length, count: 0 };
        }
        window.count = window.count.saturating_add(1);
        Some(Verdict { observed: window.count, limit, length, ends: window.ends, name })
    }

    /// How many windows are remembered.
    pub fn remembered(&self) -> usize {
        self.windows().len()
    }

    fn windows(&self) -> MutexGuard<'_, HashMap<Key, Window>> {
        self.windows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Forgets what is over; when that is not enough, the older half of what addresses did.
fn make_room(windows: &mut HashMap<Key, Window>, key: &Key, now: Millis) {
    if windows.len() < MOST || windows.contains_key(key) {
        return;
    }
    windows.retain(|_, window| now < window.ends);
    if windows.len() >= MOST {
        let mut ends: Vec<Millis> = windows.values().map(|window| window.ends).collect();
        ends.sort_unstable();
        let middle = ends.get(ends.len() / 2).copied().unwrap_or(now);
        windows.retain(|_, window| window.ends > middle);
    }
}

/// Where the gate leaves its verdict for whoever completes the answer.
#[derive(Clone, Default)]
pub struct Told(Rc<Cell<Option<Verdict>>>);

impl Told {
    /// Leaves it.
    pub fn tell(&self, verdict: Option<Verdict>) {
        self.0.set(verdict.or(self.0.get()));
    }

    /// What was left.
    pub fn heard(&self) -> Option<Verdict> {
        self.0.get()
    }
}

/// Puts what a verdict says into the headers of an answer; of a refusal also when to come back.
pub fn complete(headers: &mut HeaderMap, verdict: &Verdict, is_refusal: bool) {
    // Per minute, whatever the window: that is what clients divide by sixty.
    let minutes = u32::try_from(verdict.length / MINUTE).unwrap_or(1).max(1);
    let reset = verdict.ends.div_euclid(1_000) + i64::from(verdict.ends.rem_euclid(1_000) > 0);
    let mut put = |name: &'static str, value: String| {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    put("ratelimit-limit", verdict.limit.div_ceil(minutes).to_string());
    put("ratelimit-name", verdict.name.to_owned());
    put("ratelimit-observed", verdict.observed.to_string());
    put("ratelimit-remaining", verdict.limit.saturating_sub(verdict.observed).to_string());
    put("ratelimit-reset", reset.to_string());
    if is_refusal {
        put("ratelimit-resettime", http_date(reset));
    }
}

/// When to come back, for a refusal that no window of requests is the reason of.
pub fn complete_refusal(headers: &mut HeaderMap, now: Millis) {
    let seconds = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()).and_then(|text| text.parse::<i64>().ok());
    if let Some(seconds) = seconds
        && let Ok(value) = HeaderValue::from_str(&http_date(now.div_euclid(1_000).saturating_add(seconds)))
    {
        headers.insert(HeaderName::from_static("ratelimit-resettime"), value);
    }
}

/// `Sun, 06 Nov 1994 08:49:37 GMT` of seconds since 1970.
fn http_date(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).map(|time| time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    const BEGIN: Millis = 1_800_000_000_000;

    fn limiter(authenticated_per_hour: u32, anonymous_per_hour: u32) -> Limiter {
        Limiter::new(RateSettings { authenticated_per_hour, anonymous_per_hour, ingest_per_minute: 3 })
    }

    fn from(text: &str) -> Bucket {
        Bucket::Address(Some(text.parse().unwrap()))
    }

    #[test]
    fn each_has_a_window_of_their_own() {
        let limiter = limiter(2, 1);
        let is_over = |bucket, now| limiter.count(bucket, now).unwrap().is_over();
        let user = Bucket::User(7);
        assert_eq!([0, 1, 2].map(|after| is_over(user, BEGIN + after)), [false, false, true]);
        assert!(!is_over(Bucket::User(8), BEGIN) && !is_over(Bucket::Ingest(7), BEGIN));
        assert!(is_over(user, BEGIN + HOUR - 1) && !is_over(user, BEGIN + HOUR));
        assert!(!is_over(from("fd00::1"), BEGIN) && is_over(from("fd00::ffff:1"), BEGIN), "one network");
        assert!(!is_over(from("fd00:0:0:1::1"), BEGIN));
        assert!(!is_over(from("10.0.0.1"), BEGIN) && is_over(from("::ffff:10.0.0.1"), BEGIN), "the same address");
        assert_eq!([0; 4].map(|_| is_over(Bucket::Ingest(1), BEGIN)), [false, false, false, true]);
        assert!(!is_over(Bucket::Ingest(1), BEGIN + MINUTE));
        assert!(!is_over(user, BEGIN - 3 * HOUR), "a clock that was set back shuts nobody out");
    }

    #[test]
    fn nought_sets_no_limit() {
        let limiter = limiter(0, 0);
        assert_eq!(limiter.count(Bucket::User(1), BEGIN), None);
        assert_eq!(limiter.count(from("10.0.0.1"), BEGIN), None);
        assert_eq!(limiter.remembered(), 0);
    }

    #[test]
    fn a_flood_of_addresses_takes_bounded_room() {
        let limiter = limiter(1, 1);
        for n in 0..3 * MOST as u128 {
            let ip = IpAddr::from(std::net::Ipv6Addr::from((0xfd00 << 112) | (n << 64)));
            limiter.count(Bucket::Address(Some(ip)), BEGIN + (n / 1_000) as Millis);
        }
        assert!(limiter.remembered() <= MOST);
        let last = IpAddr::from(std::net::Ipv6Addr::from((0xfd00 << 112) | ((3 * MOST as u128 - 1) << 64)));
        assert!(limiter.count(Bucket::Address(Some(last)), BEGIN + 400).unwrap().is_over(), "the newest are kept");
    }

    #[test]
    fn headers_tell_a_limit_per_minute_and_when_it_begins_anew() {
        let limiter = limiter(7_200, 1);
        let mut headers = HeaderMap::new();
        complete(&mut headers, &limiter.count(Bucket::User(1), BEGIN + 1).unwrap(), false);
        let text = |headers: &HeaderMap, name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
        let of = |name: &str| text(&headers, name).unwrap();
        assert_eq!(
            (of("ratelimit-limit"), of("ratelimit-observed"), of("ratelimit-remaining")),
            ("120".into(), "1".into(), "7199".into())
        );
        assert_eq!((of("ratelimit-reset"), of("ratelimit-name")), ("1800003601".into(), "throttle_authenticated_api".into()));
        assert_eq!(text(&headers, "ratelimit-resettime"), None);
        limiter.count(from("10.0.0.1"), BEGIN);
        let refused = limiter.count(from("10.0.0.1"), BEGIN + 1_500).unwrap();
        assert_eq!((refused.is_over(), refused.retry_after_s(BEGIN + 1_500)), (true, 3_599));
        complete(&mut headers, &refused, true);
        assert_eq!(text(&headers, "ratelimit-resettime").unwrap(), "Fri, 15 Jan 2027 09:00:00 GMT");
        assert_eq!(text(&headers, "ratelimit-remaining").unwrap(), "0");
    }
}
