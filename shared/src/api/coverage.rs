//! What a scan of the default branch proved, and what it left open (ingestion design, section 5).

use crate::KeptOpen;
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
