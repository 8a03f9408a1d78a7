//! How long something is kept: for ever, some days, or as the instance says. Must not know forms.

use super::number::count;

/// How long something is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// As the instance says.
    AsInstance,
    /// For ever.
    Ever,
    /// So many days, one or more.
    Days(u32),
}

impl Keep {
    /// Out of the API's number: none for the instance's, 0 for ever.
    pub fn of_api(days: Option<u32>) -> Keep {
        match days {
            None => Keep::AsInstance,
            Some(0) => Keep::Ever,
            Some(days) => Keep::Days(days),
        }
    }

    /// As the API's number.
    pub fn for_api(self) -> Option<u32> {
        match self {
            Keep::AsInstance => None,
            Keep::Ever => Some(0),
            Keep::Days(days) => Some(days),
        }
    }

    /// The word of the choice.
    pub const fn way(self) -> &'static str {
        match self {
            Keep::AsInstance => "instance",
            Keep::Ever => "ever",
            Keep::Days(_) => "days",
        }
    }

    /// The number for the field beside the choice; empty where there is none.
    pub fn days_text(self) -> String {
        if let Keep::Days(days) = self { days.to_string() } else { String::new() }
    }

    /// Out of choice and field; none when the days are no number from 1 on.
    pub fn read(way: &str, days: &str) -> Option<Keep> {
        match way {
            "instance" => Some(Keep::AsInstance),
            "ever" => Some(Keep::Ever),
            _ => days.trim().parse().ok().filter(|days| *days > 0).map(Keep::Days),
        }
    }
}

/// What holds, in words: none for ever.
pub fn told(days: Option<u32>) -> String {
    days.map_or_else(|| "for ever".to_owned(), |days| count(u64::from(days), "day", "days"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_survives_form_and_api() {
        for keep in [Keep::AsInstance, Keep::Ever, Keep::Days(30)] {
            assert_eq!(Keep::read(keep.way(), &keep.days_text()), Some(keep));
            assert_eq!(Keep::of_api(keep.for_api()), keep);
        }
        assert_eq!(["", "0", "-1", "x"].map(|days| Keep::read("days", days)), [None; 4]);
        assert_eq!((told(None).as_str(), told(Some(1)).as_str()), ("for ever", "1 day"));
    }
}
