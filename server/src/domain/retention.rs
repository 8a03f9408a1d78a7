//! What is kept how long, what one run of retention removed, and what is on the disk. Must not know:
//! storage, HTTP.

use crate::clock::Millis;

/// What is kept how long. In the configuration file these are the keys of `[retention]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RetentionSettings {
    /// Days that findings of pipelines are kept, by the pipeline's age; 0 keeps them for ever.
    pub findings_days: u32,
    /// Days that reports are kept as they were uploaded; 0 keeps them for ever.
    pub artifacts_days: u32,
    /// Bytes that these reports may fill, the oldest go first; 0 sets no limit.
    pub artifacts_bytes: u64,
    /// Hours from one run to the next.
    pub interval_hours: u32,
    /// Whether a database file that is mostly free is made smaller at the start.
    pub compact_at_start: bool,
}

impl Default for RetentionSettings {
    fn default() -> Self {
        RetentionSettings {
            findings_days: 90,
            artifacts_days: 90,
            artifacts_bytes: 50 << 30,
            interval_hours: 24,
            compact_at_start: true,
        }
    }
}

/// The numbers of one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RetentionRun {
    /// When it began.
    pub started_at: Millis,
    /// When it ended.
    pub finished_at: Millis,
    /// Pipelines whose findings were purged.
    pub pipelines: u64,
    /// Scans of these pipelines that had findings.
    pub scans: u64,
    /// Entries of their lists.
    pub findings: u64,
    /// Stretches of lists that nothing named any more.
    pub chunks: u64,
    /// Finding bodies that nothing named any more.
    pub bodies: u64,
    /// Long texts of bodies that no body had any more.
    pub texts: u64,
    /// Remediations that nothing named any more.
    pub remediations: u64,
    /// Reports that expired.
    pub artifacts: u64,
    /// Files of these that no younger report needs.
    pub files: u64,
    /// Bytes of these files.
    pub file_bytes: u64,
    /// Bytes of the database file after the run.
    pub database_bytes: u64,
    /// Bytes in it that are in use after the run; looked at when the run removed anything.
    pub database_used_bytes: Option<u64>,
}

/// Bytes of one table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableSize {
    /// Its name.
    pub name: &'static str,
    /// Its entries.
    pub rows: u64,
    /// Bytes of its pages, with what is unused in them.
    pub bytes: u64,
}

/// Bytes of the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sizes {
    /// The file.
    pub file_bytes: u64,
    /// Pages of tables.
    pub used_bytes: u64,
    /// Largest table first.
    pub tables: Vec<TableSize>,
}

impl Sizes {
    /// Pages that writes use again before the file grows, with what the engine needs for itself.
    pub fn free_bytes(&self) -> u64 {
        self.file_bytes.saturating_sub(self.used_bytes)
    }
}

/// How much is kept of a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ProjectSizes {
    /// Pipelines.
    pub pipelines: u64,
    /// Reports as uploaded.
    pub reports: u64,
    /// Their bytes, as if no two were the same file.
    pub report_bytes: u64,
    /// Findings of pipelines: entries of the lists of their scans.
    pub findings: u64,
}

/// Bytes on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiskSizes {
    /// The database.
    pub database: Sizes,
    /// Reports as uploaded.
    pub artifacts: u64,
    /// The search index.
    pub index: u64,
    /// Files being received or read.
    pub spool: u64,
    /// Runs that are remembered, newest first.
    pub runs: Vec<RetentionRun>,
}
