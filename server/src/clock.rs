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
    let mut text = iso(at);
    text.truncate(10);
    text
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
///
/// A list has dozens of them, so they are not left to a library that can do more.
pub fn iso(millis: Millis) -> String {
    match iso_bytes(millis) {
        Some(text) => String::from_utf8_lossy(&text).into_owned(),
        None => Timestamp::from_millisecond(millis).map(|time| format!("{time:.3}")).unwrap_or_default(),
    }
}

/// The same as ASCII, of a year that has four digits.
pub fn iso_bytes(millis: Millis) -> Option<[u8; 24]> {
    let (days, of_day) = (millis.div_euclid(DAY), millis.rem_euclid(DAY));
    let (year, month, day) = date(days);
    if !(0..=9_999).contains(&year) {
        return None;
    }
    let mut text = *b"0000-00-00T00:00:00.000Z";
    let mut put = |at: usize, digits: usize, mut number: i64| {
        for place in text.iter_mut().skip(at).take(digits).rev() {
            *place = b'0' + (number % 10) as u8;
            number /= 10;
        }
    };
    put(0, 4, year);
    put(5, 2, month);
    put(8, 2, day);
    put(11, 2, of_day / 3_600_000);
    put(14, 2, of_day / 60_000 % 60);
    put(17, 2, of_day / 1_000 % 60);
    put(20, 3, of_day % 1_000);
    Some(text)
}

/// Year, month and day of a number of days since 1970, by the Gregorian calendar. Years are counted from March, so
/// that the day that some of them have more is their last.
const fn date(days: i64) -> (i64, i64, i64) {
    const OF_400_YEARS: i64 = 146_097;
    // From 1 March of the year 0.
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(OF_400_YEARS), days.rem_euclid(OF_400_YEARS));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + (month <= 2) as i64, month, day)
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
    fn times_are_written_as_the_library_writes_them() {
        let by_library = |millis| Timestamp::from_millisecond(millis).map(|time| format!("{time:.3}")).unwrap_or_default();
        let step = 86_399_999 * 17;
        let times = (-62_200_000_000_000..253_402_000_000_000).step_by(step as usize).chain([-1, 0, i64::MIN, i64::MAX]);
        for millis in times {
            assert_eq!(iso(millis), by_library(millis), "{millis}");
        }
        assert_eq!((day(1_709_164_800_000), day(-1)), ("2024-02-29".to_owned(), "1969-12-31".to_owned()));
    }

    #[test]
    fn times_have_milliseconds_and_a_z() {
        assert_eq!(iso(1_767_322_984_056), "2026-01-02T03:03:04.056Z");
        assert_eq!(iso(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(parse_iso("2026-01-02T03:03:04.056Z"), Some(1_767_322_984_056));
        assert_eq!(parse_iso("2026-01-02T05:03:04.056 02:00"), Some(1_767_322_984_056));
        assert_eq!(parse_iso("yesterday"), None);
    }
}
