//! Words about taking an import back: how far it is, and why something was kept.

use serde::{Deserialize, Serialize};

/// How far the undo of an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UndoStatus {
    /// Asked for and durable; it waits or is under way.
    Running,
    /// All of it is done.
    Done,
}

impl UndoStatus {
    /// The word of the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            UndoStatus::Running => "running",
            UndoStatus::Done => "done",
        }
    }
}

/// Why a vulnerability that an import touched stays as it is when the import is taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeptImported {
    /// Somebody changed it since.
    ChangedByPerson,
    /// A later pipeline reported it.
    ReportedLater,
    /// A later pipeline changed it.
    ChangedLater,
    /// A later pipeline looked and did not find it either.
    MissedLater,
    /// Retention removed what a later pipeline reported.
    Expired,
}

impl KeptImported {
    /// All, by number.
    pub const ALL: [KeptImported; 5] = [
        KeptImported::ChangedByPerson,
        KeptImported::ReportedLater,
        KeptImported::ChangedLater,
        KeptImported::MissedLater,
        KeptImported::Expired,
    ];

    /// The word of the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            KeptImported::ChangedByPerson => "changed_by_person",
            KeptImported::ReportedLater => "reported_later",
            KeptImported::ChangedLater => "changed_later",
            KeptImported::MissedLater => "missed_later",
            KeptImported::Expired => "expired",
        }
    }

    /// The reason for a person, to stand behind "kept: ".
    pub const fn label(self) -> &'static str {
        match self {
            KeptImported::ChangedByPerson => "somebody changed it since the import",
            KeptImported::ReportedLater => "a later pipeline reported it as well",
            KeptImported::ChangedLater => "a later pipeline changed it",
            KeptImported::MissedLater => "a later pipeline looked for it and did not find it either",
            KeptImported::Expired => "retention removed what a later pipeline reported, so nobody can tell whether it did",
        }
    }

    /// Part of the storage format.
    pub fn number(self) -> u8 {
        KeptImported::ALL.iter().position(|known| *known == self).map_or(0, |place| place as u8 + 1)
    }

    /// The reason with that number.
    pub fn from_number(number: u8) -> Option<KeptImported> {
        KeptImported::ALL.get(usize::from(number).checked_sub(1)?).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_words_belong_together() {
        for reason in KeptImported::ALL {
            assert_eq!(KeptImported::from_number(reason.number()), Some(reason));
            assert_eq!(serde_json::to_value(reason).unwrap_or_default(), reason.as_str());
        }
        assert_eq!((KeptImported::from_number(0), KeptImported::from_number(6)), (None, None));
        assert_eq!(serde_json::to_value(UndoStatus::Running).unwrap_or_default(), UndoStatus::Running.as_str());
    }
}
