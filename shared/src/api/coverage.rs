//! What a scan of the default branch proved, and what it left open (ingestion design, section 5).

use crate::{KeptOpen, ScanMode, ScanStatus};
use serde::{Deserialize, Serialize};

/// Vulnerabilities that stay open for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptOpenCount {
    /// Why.
    pub reason: KeptOpen,
    /// How many.
    pub count: u64,
    /// One sentence for a person.
    pub text: String,
}

/// What one scan said about one scanner's vulnerabilities of the default branch.
/// `candidates = reported + marked + kept_open + settled`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Scan.
    pub scan_id: u64,
    /// Scanner's name; null when the report does not tell it.
    pub scanner: Option<String>,
    /// Status of the scan when it was decided.
    pub status: ScanStatus,
    /// Full or partial.
    pub mode: ScanMode,
    /// Vulnerabilities of the scanner that were still detected.
    pub candidates: u64,
    /// Those that the pipeline reports.
    pub reported: u64,
    /// Those marked as no longer detected.
    pub marked: u64,
    /// Those not reported and left open.
    pub kept_open: u64,
    /// Those not reported that somebody had resolved or dismissed before.
    pub settled: u64,
    /// Why nothing was marked; null when the scan is proof.
    pub reason: Option<KeptOpen>,
    /// The scan that is no proof, when it is another one.
    pub cause_scan_id: Option<u64>,
    /// One sentence for a person.
    pub text: String,
    /// When it was decided.
    pub at: String,
}
