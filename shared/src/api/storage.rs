//! Sizes on the server's disk and what retention removed, `GET /api/v4/admin/storage` [E].

use serde::{Deserialize, Serialize};

/// Everything in the data directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Storage {
    /// The database.
    pub database: DatabaseStorage,
    /// Bytes of reports as uploaded.
    pub artifacts_bytes: u64,
    /// Bytes of the search index.
    pub index_bytes: u64,
    /// Bytes of files that are being received or read.
    pub spool_bytes: u64,
    /// What is kept how long.
    pub retention: Retention,
}

/// The database file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseStorage {
    /// Bytes of the file.
    pub file_bytes: u64,
    /// Bytes of it that are in use.
    pub used_bytes: u64,
    /// The other bytes: new data goes there before the file grows.
    pub free_bytes: u64,
    /// Its tables, the largest first.
    pub tables: Vec<TableStorage>,
}

/// One table of the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableStorage {
    /// Name.
    pub name: String,
    /// Entries.
    pub rows: u64,
    /// Bytes.
    pub bytes: u64,
}

/// Settings of retention and what it did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retention {
    /// Days that findings of pipelines are kept; null: for ever.
    pub findings_days: Option<u32>,
    /// Days that reports are kept as uploaded; null: for ever.
    pub artifacts_days: Option<u32>,
    /// Bytes that these reports may fill; null: no limit.
    pub artifacts_bytes: Option<u64>,
    /// Hours from one run to the next.
    pub interval_hours: u32,
    /// The newest run that ended; null before the first.
    pub last_run: Option<RetentionRun>,
    /// This one and those before it, newest first, at most 100.
    pub runs: Vec<RetentionRun>,
}

/// What one run removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetentionRun {
    /// When it began.
    pub started_at: String,
    /// When it ended.
    pub finished_at: String,
    /// Pipelines whose findings were purged.
    pub pipelines: u64,
    /// Scans of these pipelines that had findings.
    pub scans: u64,
    /// Findings of these scans.
    pub findings: u64,
    /// Finding texts that nothing named any more.
    pub bodies: u64,
    /// Remediations that nothing named any more.
    pub remediations: u64,
    /// Reports that expired.
    pub artifacts: u64,
    /// Their files that no younger report needs.
    pub files: u64,
    /// Bytes of these files.
    pub file_bytes: u64,
    /// Bytes of the database file after the run.
    pub database_bytes: u64,
}

/// How much is kept of one project, `GET P/storage`; a row of `GET /api/v4/admin/storage/projects`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectStorage {
    /// Id of the project.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Its full path.
    pub path_with_namespace: String,
    /// Whether it is archived.
    pub archived: bool,
    /// Pipelines.
    pub pipelines: u64,
    /// Reports as uploaded that have not expired.
    pub reports: u64,
    /// Their bytes. A file that was handed in twice is on the disk once and counts twice.
    pub report_bytes: u64,
    /// Findings of pipelines that retention has not removed.
    pub findings: u64,
    /// Vulnerabilities of the default branch, whatever their state.
    pub vulnerabilities: u64,
}
