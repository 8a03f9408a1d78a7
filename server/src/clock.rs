//! The clock and the source of randomness, passed in everywhere. Must not know: anything else of the
//! program. Nothing outside this file asks the system for the time or for random bytes.

use jiff::Timestamp;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

/// Milliseconds since 1970-01-01T00:00:00Z.
pub type Millis = i64;

/// Milliseconds of a day.
pub const DAY: Millis = 86_400_000;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// Now, in milliseconds since 1970 (UTC).
    fn now(&self) -> Millis;
}

/// Gives random bytes.
pub trait Entropy: Send + Sync {
    /// Sixteen random bytes.
    fn bytes16(&self) -> [u8; 16];
}

/// The system's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Millis {
        Timestamp::now().as_millisecond() + ahead()
    }
}

/// How far ahead of the system's clock this process lives: a test of the whole program says so in
/// `CASEMATE_DAYS_AHEAD`. A release takes no notice.
#[cfg(debug_assertions)]
fn ahead() -> Millis {
    static DAYS: std::sync::OnceLock<Millis> = std::sync::OnceLock::new();
    let days = || std::env::var("CASEMATE_DAYS_AHEAD").ok().and_then(|days| days.parse().ok()).unwrap_or_default();
    DAYS.get_or_init(days) * DAY
}

#[cfg(not(debug_assertions))]
const fn ahead() -> Millis {
    0
}

/// `YYYY-MM-DD` of a time, UTC.
pub fn day(at: Millis) -> String {
    iso(at).chars().take(10).collect()
}

/// The system's randomness.
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn bytes16(&self) -> [u8; 16] {
        let mut bytes = [0u8; 16];
        // A system without randomness can't make secrets: stopping is the only safe answer.
        if getrandom::fill(&mut bytes).is_err() {
            std::process::abort();
        }
        bytes
    }
}

/// A clock for tests: moves by one second at every look.
pub struct SteppingClock(AtomicI64);

impl SteppingClock {
    /// Starts at the given time.
    pub fn starting_at(now: Millis) -> SteppingClock {
        SteppingClock(AtomicI64::new(now))
    }
}

impl Clock for SteppingClock {
    fn now(&self) -> Millis {
        self.0.fetch_add(1_000, Ordering::SeqCst)
    }
}

/// Counts instead of drawing, for tests.
#[derive(Default)]
pub struct CountingEntropy(AtomicU64);

impl Entropy for CountingEntropy {
    fn bytes16(&self) -> [u8; 16] {
        let mut bytes = [0u8; 16];
        bytes[..8].copy_from_slice(&self.0.fetch_add(1, Ordering::SeqCst).to_be_bytes());
        bytes
    }
}

/// `YYYY-MM-DDThh:mm:ss.mmmZ`, the form of every time on the wire (API design, section 1.4).
pub fn iso(millis: Millis) -> String {
    match Timestamp::from_millisecond(millis) {
        Ok(time) => format!("{time:.3}"),
        Err(_) => String::new(),
    }
}

/// Reads a time of a request (RFC 3339). A blank instead of `+` is taken for a `+`: a query string
/// that was not encoded loses it (API design, section 1.4).
pub fn parse_iso(text: &str) -> Option<Millis> {
    let read = |text: &str| text.parse::<Timestamp>().ok().map(|time| time.as_millisecond());
    read(text).or_else(|| read(&text.replace(' ', "+")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_milliseconds_and_a_z() {
        assert_eq!(iso(1_767_322_984_056), "2026-01-02T03:03:04.056Z");
        assert_eq!(iso(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(parse_iso("2026-01-02T03:03:04.056Z"), Some(1_767_322_984_056));
        assert_eq!(parse_iso("2026-01-02T05:03:04.056 02:00"), Some(1_767_322_984_056));
        assert_eq!(parse_iso("yesterday"), None);
    }
}
