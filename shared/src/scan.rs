//! Words about scans: status, mode, and how far a pipeline's ingestion is.

use serde::{Deserialize, Serialize};

/// Status of a scan (ingestion design, section 0). The numbers are GitLab's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScanStatus {
    /// Accepted, not looked at yet.
    Created,
    /// Its findings are stored.
    Succeeded,
    /// The job failed: its report is kept, its findings are not.
    JobFailed,
    /// The report has errors: nothing of it is stored but the errors.
    ReportError,
    /// Being read.
    Preparing,
    /// Casemate could not store it; its errors say why.
    PreparationFailed,
    /// Its findings were removed by retention.
    Purged,
}

impl ScanStatus {
    /// The word of the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            ScanStatus::Created => "created",
            ScanStatus::Succeeded => "succeeded",
            ScanStatus::JobFailed => "job_failed",
            ScanStatus::ReportError => "report_error",
            ScanStatus::Preparing => "preparing",
            ScanStatus::PreparationFailed => "preparation_failed",
            ScanStatus::Purged => "purged",
        }
    }

    /// GitLab's number; part of the storage format.
    pub const fn number(self) -> u8 {
        match self {
            ScanStatus::Created => 0,
            ScanStatus::Succeeded => 1,
            ScanStatus::JobFailed => 2,
            ScanStatus::ReportError => 3,
            ScanStatus::Preparing => 4,
            ScanStatus::PreparationFailed => 5,
            ScanStatus::Purged => 6,
        }
    }

    /// The status with that number.
    pub fn from_number(number: u8) -> Option<ScanStatus> {
        Some(match number {
            0 => ScanStatus::Created,
            1 => ScanStatus::Succeeded,
            2 => ScanStatus::JobFailed,
            3 => ScanStatus::ReportError,
            4 => ScanStatus::Preparing,
            5 => ScanStatus::PreparationFailed,
            6 => ScanStatus::Purged,
            _ => return None,
        })
    }

    /// Whether nothing more happens to a scan in this status by itself.
    pub const fn is_terminal(self) -> bool {
        !matches!(self, ScanStatus::Created | ScanStatus::Preparing)
    }
}

/// How much of the project a scan looked at. A partial scan never closes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScanMode {
    /// Everything.
    Full,
    /// Only what a change touched.
    Partial,
}

/// How far the ingestion of a pipeline is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ingestion {
    /// Accepted and durable, not started.
    Queued,
    /// Under way.
    Running,
    /// All of it is stored; what has to be searchable will be in a moment.
    Done,
    /// It could not be completed; the scans say why.
    Failed,
}

impl Ingestion {
    /// The word of the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Ingestion::Queued => "queued",
            Ingestion::Running => "running",
            Ingestion::Done => "done",
            Ingestion::Failed => "failed",
        }
    }

    /// Whether nothing more happens by itself.
    pub const fn is_terminal(self) -> bool {
        matches!(self, Ingestion::Done | Ingestion::Failed)
    }
}
