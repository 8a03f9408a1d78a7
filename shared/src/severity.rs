//! Severity of a finding: GitLab's six words, their order and numbers (ingestion design, section 0).

use serde::{Deserialize, Serialize};

/// How bad a finding is, worst first. The order of the variants is the sort order of every list:
/// critical, high, medium, low, unknown, info.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worst.
    Critical,
    /// High.
    High,
    /// Medium.
    Medium,
    /// Low.
    Low,
    /// The scanner did not say, or said a word nobody knows.
    Unknown,
    /// For information only.
    Info,
}

impl Severity {
    /// All, in sort order (worst first).
    pub const ALL: [Severity; 6] =
        [Severity::Critical, Severity::High, Severity::Medium, Severity::Low, Severity::Unknown, Severity::Info];

    /// All, in the order of cards and charts: info stands before unknown there.
    pub const CARDS: [Severity; 6] =
        [Severity::Critical, Severity::High, Severity::Medium, Severity::Low, Severity::Info, Severity::Unknown];

    /// The word of the API, lower case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Severity::Critical => "critical",
            Severity::High => "high",
            Severity::Medium => "medium",
            Severity::Low => "low",
            Severity::Unknown => "unknown",
            Severity::Info => "info",
        }
    }

    /// The word of the page.
    pub const fn label(self) -> &'static str {
        match self {
            Severity::Critical => "Critical",
            Severity::High => "High",
            Severity::Medium => "Medium",
            Severity::Low => "Low",
            Severity::Unknown => "Unknown",
            Severity::Info => "Info",
        }
    }

    /// Place in the sort order, 0 (critical) to 5 (info). Part of the storage format.
    pub const fn rank(self) -> u8 {
        match self {
            Severity::Critical => 0,
            Severity::High => 1,
            Severity::Medium => 2,
            Severity::Low => 3,
            Severity::Unknown => 4,
            Severity::Info => 5,
        }
    }

    /// The severity at a place of the sort order.
    pub fn from_rank(rank: u8) -> Option<Severity> {
        Severity::ALL.get(usize::from(rank)).copied()
    }

    /// Reads a word of a query; `None` when it is not one of the six (any case).
    pub fn parse(word: &str) -> Option<Severity> {
        Severity::ALL.into_iter().find(|severity| severity.as_str().eq_ignore_ascii_case(word))
    }

    /// Reads a report's word: any case, and anything unknown is `Unknown` (report format, section 5).
    pub fn from_report(word: &str) -> Severity {
        Severity::parse(word).unwrap_or(Severity::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_by_rank_and_words_round_trip() {
        for (rank, severity) in Severity::ALL.into_iter().enumerate() {
            assert_eq!(usize::from(severity.rank()), rank);
            assert_eq!(Severity::from_rank(severity.rank()), Some(severity));
            assert_eq!(Severity::parse(severity.as_str()), Some(severity));
        }
        assert!(Severity::Unknown < Severity::Info, "unknown sorts before info");
        assert_eq!(Severity::from_report("Moderate"), Severity::Unknown);
        assert_eq!(Severity::from_report("CRITICAL"), Severity::Critical);
    }
}
