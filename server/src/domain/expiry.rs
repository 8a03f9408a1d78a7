//! How long the files of a job are kept, in the words of GitLab's CI configuration (`expire_in`): `42`,
//! `3 mins 4 sec`, `2h20min`, `3 weeks and 2 days`, `never`.
//!
//! Must not know: the clock, storage, HTTP.

use crate::clock::{DAY, Millis};

/// Most characters of such a text.
const MOST_CHARS: usize = 100;
/// What is longer has to be called `never`: times have to stay such that a calendar has them.
const LONGEST: Millis = 100 * 365 * DAY;
/// Most letters of a word that a refusal repeats.
const SHOWN: usize = 20;

/// How long a job wants its files kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeepFor {
    /// Nothing was told: as long as the project says.
    #[default]
    Unsaid,
    /// Whatever their age.
    Ever,
    /// So many milliseconds; never zero.
    Span(Millis),
}

/// When a file is to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Expiry {
    /// When it reaches the age that its project says.
    #[default]
    ByAge,
    /// Never because of its age.
    Never,
    /// At a time of its own.
    At(Millis),
}

/// Why a text is no duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExpiryError {
    /// A text that nobody would write.
    #[error("it has more than {MOST_CHARS} characters")]
    TooManyCharacters,
    /// Longer than a calendar can take.
    #[error("it is longer than 100 years, say never")]
    TooLong,
    /// A word that is no unit.
    #[error("\"{0}\" is no unit of time")]
    Unit(String),
    /// A number beside others, without a unit.
    #[error("a number has no unit, which only a number of seconds that stands alone may lack")]
    NoUnit,
    /// A unit without a number, or no number at all.
    #[error("a number is missing")]
    NoNumber,
    /// A sign that has no place in a duration.
    #[error("it may hold numbers, units of time, commas and the word and")]
    Sign,
}

impl KeepFor {
    /// Reads what a job says; blank is [`KeepFor::Unsaid`]. Zero is for ever, as at GitLab.
    ///
    /// # Errors
    /// When it is no duration.
    pub fn parse(text: &str) -> Result<KeepFor, ExpiryError> {
        if text.chars().nth(MOST_CHARS).is_some() {
            return Err(ExpiryError::TooManyCharacters);
        }
        let text = text.trim().to_ascii_lowercase();
        match text.as_str() {
            "" => Ok(KeepFor::Unsaid),
            "never" => Ok(KeepFor::Ever),
            _ => Ok(match span(&text)? {
                0 => KeepFor::Ever,
                span => KeepFor::Span(span),
            }),
        }
    }

    /// When a file that arrives now is to go.
    pub fn from(self, now: Millis) -> Expiry {
        match self {
            KeepFor::Unsaid => Expiry::ByAge,
            KeepFor::Ever => Expiry::Never,
            KeepFor::Span(span) => Expiry::At(now.saturating_add(span)),
        }
    }
}

/// A piece of a duration.
#[derive(Debug, PartialEq)]
enum Piece<'a> {
    Number(f64),
    Word(&'a str),
}

fn span(text: &str) -> Result<Millis, ExpiryError> {
    let pieces = pieces(text)?;
    if let [Piece::Number(seconds)] = pieces.as_slice() {
        return in_range(seconds * 1_000.0);
    }
    let mut sum = 0.0;
    let mut number = None;
    for piece in &pieces {
        match (piece, number) {
            (Piece::Number(next), None) => number = Some(*next),
            (Piece::Number(_), Some(_)) => return Err(ExpiryError::NoUnit),
            (Piece::Word(word), Some(count)) => {
                let unit = unit(word).ok_or_else(|| ExpiryError::Unit(word.chars().take(SHOWN).collect()))?;
                sum += count * unit as f64;
                number = None;
            }
            (Piece::Word("and"), None) => {}
            (Piece::Word(_), None) => return Err(ExpiryError::NoNumber),
        }
    }
    match (number, pieces.iter().any(|piece| matches!(piece, Piece::Number(_)))) {
        (Some(_), _) => Err(ExpiryError::NoUnit),
        (None, false) => Err(ExpiryError::NoNumber),
        (None, true) => in_range(sum),
    }
}

fn in_range(millis: f64) -> Result<Millis, ExpiryError> {
    if millis <= LONGEST as f64 { Ok(millis.ceil() as Millis) } else { Err(ExpiryError::TooLong) }
}

/// Numbers and words, in order.
fn pieces(text: &str) -> Result<Vec<Piece<'_>>, ExpiryError> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_same: fn(char) -> bool = match first {
            '0'..='9' => |c| c.is_ascii_digit() || c == '.',
            'a'..='z' => |c| c.is_ascii_lowercase(),
            ',' | ' ' | '\t' => |c| matches!(c, ',' | ' ' | '\t'),
            _ => return Err(ExpiryError::Sign),
        };
        let (piece, behind) = rest.split_at(rest.find(|c| !is_same(c)).unwrap_or(rest.len()));
        match first {
            '0'..='9' => pieces.push(Piece::Number(piece.parse().map_err(|_| ExpiryError::Sign)?)),
            'a'..='z' => pieces.push(Piece::Word(piece)),
            _ => {}
        }
        rest = behind;
    }
    Ok(pieces)
}

/// Milliseconds of a unit. A month has 30 days, a year 365 and a quarter, as GitLab counts them.
fn unit(word: &str) -> Option<Millis> {
    const SECOND: Millis = 1_000;
    Some(match word {
        "s" | "sec" | "secs" | "second" | "seconds" => SECOND,
        "m" | "min" | "mins" | "minute" | "minutes" => 60 * SECOND,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3_600 * SECOND,
        "d" | "day" | "days" => DAY,
        "w" | "wk" | "wks" | "week" | "weeks" => 7 * DAY,
        "mo" | "mos" | "month" | "months" => 30 * DAY,
        "y" | "yr" | "yrs" | "year" | "years" => 365 * DAY + DAY / 4,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_words_of_ci_configurations_are_read() {
        let second = 1_000;
        for (text, seconds) in [
            ("42", 42),
            ("42 seconds", 42),
            ("3 mins 4 sec", 184),
            ("2 hrs 20 min", 8_400),
            ("2h20min", 8_400),
            ("6 mos 1 day", 181 * 86_400),
            ("47 yrs 6 mos and 4d", 47 * 31_557_600 + 184 * 86_400),
            ("3 weeks and 2 days", 23 * 86_400),
            (" 1 Day, 2 Hours ", 26 * 3_600),
            ("1.5 hours", 5_400),
        ] {
            assert_eq!(KeepFor::parse(text), Ok(KeepFor::Span(seconds * second)), "{text}");
        }
        for text in ["never", " NEVER ", "0", "0 days"] {
            assert_eq!(KeepFor::parse(text), Ok(KeepFor::Ever), "{text}");
        }
        assert_eq!(KeepFor::parse("  "), Ok(KeepFor::Unsaid));
    }

    #[test]
    fn what_is_no_duration_is_refused_with_its_reason() {
        let unit = |word: &str| ExpiryError::Unit(word.to_owned());
        for (text, reason) in [
            ("soon", ExpiryError::NoNumber),
            ("days", ExpiryError::NoNumber),
            ("and", ExpiryError::NoNumber),
            (",", ExpiryError::NoNumber),
            ("3 fortnights", unit("fortnights")),
            ("1e9", unit("e")),
            ("3 minutesandmuchmorethanthat", unit("minutesandmuchmoreth")),
            ("3 days 4", ExpiryError::NoUnit),
            ("3 4 days", ExpiryError::NoUnit),
            ("-1 day", ExpiryError::Sign),
            ("1..2 days", ExpiryError::Sign),
            ("1 day; 2 hours", ExpiryError::Sign),
            ("\u{661} day", ExpiryError::Sign),
            ("101 years", ExpiryError::TooLong),
            ("99999999999999999999999999999999", ExpiryError::TooLong),
            (&"9".repeat(101), ExpiryError::TooManyCharacters),
        ] {
            assert_eq!(KeepFor::parse(text), Err(reason), "{text}");
        }
    }

    #[test]
    fn a_time_is_counted_from_the_arrival() {
        assert_eq!(KeepFor::parse("2 days").unwrap().from(5), Expiry::At(5 + 2 * DAY));
        assert_eq!((KeepFor::Ever.from(5), KeepFor::Unsaid.from(5)), (Expiry::Never, Expiry::ByAge));
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in "\\PC{0,120}") {
            if let Ok(KeepFor::Span(span)) = KeepFor::parse(&text) {
                prop_assert!(span > 0 && span <= LONGEST);
            }
        }

        #[test]
        fn numbers_with_units_add_up(days in 0..9_999_u32, hours in 1..9_999_u32) {
            let want = Ok(KeepFor::Span(Millis::from(days) * DAY + Millis::from(hours) * 3_600_000));
            prop_assert_eq!(KeepFor::parse(&format!("{days} days {hours}h")), want.clone());
            prop_assert_eq!(KeepFor::parse(&format!("{hours}hrs, and {days}d")), want);
        }
    }
}
