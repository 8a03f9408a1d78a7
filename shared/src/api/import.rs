//! The history of imports, and taking one back [E].

use super::pipeline::Pipeline;
use super::report::ReportSummary;
use crate::{KeptImported, ReportType, ScanStatus, UndoStatus};
use serde::{Deserialize, Serialize};

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// Id of the user.
    pub id: u64,
    /// Name to sign in with.
    pub username: String,
    /// Name to show.
    pub name: String,
}

/// One report of an import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedReport {
    /// Scan that it became.
    pub scan_id: u64,
    /// Job that handed it in.
    pub job_name: String,
    /// Report type as handed in.
    pub report_type: ReportType,
    /// Name as uploaded.
    pub filename: String,
    /// Status of the scan.
    pub status: ScanStatus,
}

/// One import: a pipeline with reports, `GET P/imports`, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// The pipeline: branch, commit, source, when, how far ingestion is.
    pub pipeline: Pipeline,
    /// Who sent it; null when the user is gone.
    pub user: Option<Actor>,
    /// Its reports that count, oldest first; a retry replaces the report of its job.
    pub reports: Vec<ImportedReport>,
    /// Sum over these reports.
    pub summary: ReportSummary,
    /// What became of taking it back; null when nobody asked for it.
    pub undo: Option<UndoAnswer>,
    /// Why it can't be taken back now; null when it can.
    pub undo_refused: Option<String>,
}

/// What an undo took back, in vulnerabilities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct TakenBack {
    /// Had been found by the import first; left the list.
    pub created: u64,
    /// Text, place or severity is what it was before.
    pub changed: u64,
    /// Had been detected again by the import; are resolved or no longer detected as before.
    pub redetected: u64,
    /// Marks as no longer detected that were taken away.
    pub marked: u64,
}

/// Vulnerabilities that an undo left as they are, for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptCount {
    /// Why.
    pub reason: KeptImported,
    /// How many.
    pub count: u64,
    /// One sentence for a person.
    pub text: String,
}

/// One vulnerability that an undo left as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptVulnerability {
    /// Id of the vulnerability.
    pub vulnerability_id: u64,
    /// Its title.
    pub title: String,
    /// Why.
    pub reason: KeptImported,
    /// The later pipeline that is the reason, if one is.
    pub pipeline_id: Option<u64>,
    /// One sentence for a person.
    pub text: String,
}

/// `POST P/pipelines/:pid/undo` (201) and `GET P/pipelines/:pid/undo`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoAnswer {
    /// Pipeline whose import is taken back.
    pub pipeline_id: u64,
    /// How far it is; the numbers are final when it is done.
    pub status: UndoStatus,
    /// Who asked for it; null when the user is gone.
    pub user: Option<Actor>,
    /// When it was asked for.
    pub created_at: String,
    /// When it was done.
    pub finished_at: Option<String>,
    /// What was taken back.
    pub undone: TakenBack,
    /// How many were kept.
    pub kept: u64,
    /// Why they were kept; the counts add up to `kept`.
    pub kept_reasons: Vec<KeptCount>,
    /// The first hundred of them.
    pub kept_vulnerabilities: Vec<KeptVulnerability>,
    /// The whole in a sentence.
    pub text: String,
}
