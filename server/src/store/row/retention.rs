//! Stored runs of retention. Must not know: tables and keys.

use super::row;
use crate::domain::retention::RetentionRun;

row! { RetentionRunRow, 1, RetentionRun {
    started_at: i64, finished_at: i64, pipelines: u64, scans: u64, findings: u64, chunks: u64, bodies: u64, texts: u64,
    remediations: u64, artifacts: u64, files: u64, file_bytes: u64, database_bytes: u64, database_used_bytes: Option<u64>,
} }
