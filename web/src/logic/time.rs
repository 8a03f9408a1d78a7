//! Times of the API as a person reads them: "2 h ago", a day, a moment. Must not read the clock: now comes
//! in as milliseconds since 1970.

/// Milliseconds of a day.
pub const DAY_MS: i64 = 86_400_000;

/// Reads `YYYY-MM-DDThh:mm:ss[.mmm][Z]` (UTC) as milliseconds since 1970.
pub fn parse(text: &str) -> Option<i64> {
    let (date, clock) = text.split_once('T')?;
    let mut day = date.splitn(3, '-').map(str::parse::<i64>);
    let days = days_from_civil(day.next()?.ok()?, day.next()?.ok()?, day.next()?.ok()?);
    let clock = clock.trim_end_matches('Z');
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let mut part = clock.splitn(3, ':').map(str::parse::<i64>);
    let (hour, minute, second) = (part.next()?.ok()?, part.next()?.ok()?, part.next()?.ok()?);
    let millis = format!("{fraction:0<3}").get(..3)?.parse::<i64>().ok()?;
    Some(days * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1000 + millis)
}

/// Days since 1970-01-01 of a date of the Gregorian calendar (H. Hinnant's `days_from_civil`).
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The date of a moment, `YYYY-MM-DD`.
pub fn date(ms: i64) -> String {
    let days = ms.div_euclid(DAY_MS) + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// How long ago: `just now`, `5 min ago`, `2 h ago`, `9 days ago`, `3 months ago`, `2 years ago`.
pub fn ago(then: i64, now: i64) -> String {
    let minutes = (now - then) / 60_000;
    let several = |number: i64, one: &str, many: &str| format!("{number} {} ago", if number == 1 { one } else { many });
    match minutes {
        ..1 => "just now".to_owned(),
        1..60 => several(minutes, "min", "min"),
        60..1440 => several(minutes / 60, "h", "h"),
        1440..86_400 => several(minutes / 1440, "day", "days"),
        86_400..1_051_200 => several(minutes / 43_800, "month", "months"),
        _ => several(minutes / 525_600, "year", "years"),
    }
}

/// Days from now until a day `YYYY-MM-DD`: 0 on the day itself; none where it is no day.
pub fn days_until(day: &str, now: i64) -> Option<i64> {
    let then = parse(&format!("{day}T00:00:00Z"))?;
    Some(then.div_euclid(DAY_MS) - now.div_euclid(DAY_MS))
}

/// The day of an API time, `2026-11-20`; the text itself where it is none.
pub fn day(text: &str) -> String {
    text.split_once('T').map_or(text, |(day, _)| day).to_owned()
}

/// An API time to the minute: `2026-11-20 10:01 UTC`.
pub fn moment(text: &str) -> String {
    match (text.get(..10), text.get(11..16)) {
        (Some(day), Some(clock)) => format!("{day} {clock} UTC"),
        _ => text.to_owned(),
    }
}

/// Length between two API times: `48 s`, `3 min`, `2 h 5 min`; `None` when one is odd or they are swapped.
pub fn duration(start: &str, end: &str) -> Option<String> {
    let seconds = (parse(end)? - parse(start)?) / 1000;
    Some(match seconds {
        ..0 => return None,
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn days_are_counted_by_the_calendar() {
        let noon = parse("2026-11-20T12:00:00Z").unwrap();
        assert_eq!(
            ["2026-11-20", "2026-11-21", "2026-11-18", "soon"].map(|day| days_until(day, noon)),
            [Some(0), Some(1), Some(-2), None]
        );
    }

    #[test]
    fn moments_are_read_and_written() {
        assert_eq!(parse("1970-01-01T00:00:00.000Z"), Some(0));
        assert_eq!(parse("2026-11-20T10:01:02.345Z"), Some(1_795_168_862_345));
        assert_eq!(parse("2024-02-29T23:59:59"), Some(1_709_251_199_000));
        assert_eq!(parse("yesterday"), None);
        for text in ["1970-01-01", "2024-02-29", "2026-12-31", "2000-03-01"] {
            assert_eq!(date(parse(&format!("{text}T12:00:00Z")).unwrap()), text);
        }
    }

    #[test]
    fn ages_are_rounded_down() {
        let ages = [
            (30_000, "just now"),
            (60_000, "1 min ago"),
            (2 * 3_600_000, "2 h ago"),
            (DAY_MS, "1 day ago"),
            (9 * DAY_MS, "9 days ago"),
            (100 * DAY_MS, "3 months ago"),
            (800 * DAY_MS, "2 years ago"),
            (-5_000, "just now"),
        ];
        for (age, words) in ages {
            assert_eq!(ago(1_000_000_000_000, 1_000_000_000_000 + age), words);
        }
    }

    #[test]
    fn short_forms() {
        assert_eq!(day("2026-11-20T10:01:02.345Z"), "2026-11-20");
        assert_eq!(moment("2026-11-20T10:01:02.345Z"), "2026-11-20 10:01 UTC");
        assert_eq!(moment("soon"), "soon");
        let span = duration("2026-11-20T10:00:00", "2026-11-20T10:03:20");
        assert_eq!(span.as_deref(), Some("3 min"));
        assert_eq!(duration("2026-11-20T10:00:00", "2026-11-20T09:00:00"), None);
    }
}
