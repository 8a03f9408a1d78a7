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

/// Why vulnerabilities that a report does not name stay open (ingestion design, sections 5 and 12).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeptOpen {
    /// The scan looked at a part only.
    PartialScan,
    /// The report's own status is failure.
    ReportFailure,
    /// Some findings of the report could not be stored.
    SliceFailed,
    /// Another report of the same scanner in the pipeline proves nothing.
    OtherReport,
    /// A newer pipeline of the default branch was ingested before.
    Superseded,
    /// The report type needs somebody to resolve it.
    ManualResolution,
    /// The job failed.
    JobFailed,
    /// The report has errors.
    ReportError,
    /// Casemate could not store the report.
    NotStored,
    /// Retention removed what the report told.
    Expired,
    /// A job that may have run the scanner handed in no report.
    JobMissing,
}

impl KeptOpen {
    /// All, by number.
    pub const ALL: [KeptOpen; 11] = [
        KeptOpen::PartialScan,
        KeptOpen::ReportFailure,
        KeptOpen::SliceFailed,
        KeptOpen::OtherReport,
        KeptOpen::Superseded,
        KeptOpen::ManualResolution,
        KeptOpen::JobFailed,
        KeptOpen::ReportError,
        KeptOpen::NotStored,
        KeptOpen::Expired,
        KeptOpen::JobMissing,
    ];

    /// The word of the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            KeptOpen::PartialScan => "partial_scan",
            KeptOpen::ReportFailure => "report_failure",
            KeptOpen::SliceFailed => "slice_failed",
            KeptOpen::OtherReport => "other_report",
            KeptOpen::Superseded => "superseded",
            KeptOpen::ManualResolution => "manual_resolution",
            KeptOpen::JobFailed => "job_failed",
            KeptOpen::ReportError => "report_error",
            KeptOpen::NotStored => "not_stored",
            KeptOpen::Expired => "expired",
            KeptOpen::JobMissing => "job_missing",
        }
    }

    /// The reason for a person, to stand behind "kept open: ".
    pub const fn label(self) -> &'static str {
        match self {
            KeptOpen::PartialScan => "the scan looked at a part of the project only",
            KeptOpen::ReportFailure => "the report says that its scan failed",
            KeptOpen::SliceFailed => "some findings of the report could not be stored",
            KeptOpen::OtherReport => "another report of the same scanner in this pipeline is no proof",
            KeptOpen::Superseded => "a newer pipeline of the default branch was ingested before",
            KeptOpen::ManualResolution => "a finding of this type stays until somebody resolves it",
            KeptOpen::JobFailed => "the job failed, so its report is not taken",
            KeptOpen::ReportError => "the report has errors, so nothing of it is taken",
            KeptOpen::NotStored => "the report could not be stored",
            KeptOpen::Expired => "what another report of the pipeline told was removed by retention",
            KeptOpen::JobMissing => "a job that was announced or failed handed in no report, and may have run the same scanner",
        }
    }

    /// Part of the storage format.
    pub fn number(self) -> u8 {
        KeptOpen::ALL.iter().position(|known| *known == self).map_or(0, |place| place as u8 + 1)
    }

    /// The reason with that number.
    pub fn from_number(number: u8) -> Option<KeptOpen> {
        KeptOpen::ALL.get(usize::from(number).checked_sub(1)?).copied()
    }
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
