//! Stored runs of retention, and what projects settle for themselves. Must not know: tables and keys.

use super::row;
use crate::domain::retention::RetentionRun;
use crate::domain::settings::SecuritySettings;

row! { RetentionRunRow, 1, RetentionRun {
    started_at: i64, finished_at: i64, pipelines: u64, scans: u64, findings: u64, chunks: u64, bodies: u64, texts: u64,
    remediations: u64, artifacts: u64, files: u64, file_bytes: u64, database_bytes: u64, database_used_bytes: Option<u64>,
} }
row! { SecuritySettingsRow, 1, SecuritySettings {
    project_id: u64, findings_days: Option<u32>, artifacts_days: Option<u32>, created_at: i64, updated_at: i64, updated_by: u64,
} }
