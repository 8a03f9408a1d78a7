//! Stored events of the audit log. Must not know: tables and keys.

use super::row;
use crate::domain::audit::{AuditEvent, EntityKind};

row! { AuditEventRow, 1, AuditEvent {
    id: u64, at: i64, author_id: u64, author_name: String, means: String, means_id: u64, behind_id: u64,
    behind_name: String, entity: EntityKind, entity_id: u64, entity_path: String, name: String,
    target: (String, u64, String), facts: Vec<(String, String)>, changes: Vec<(String, String, String)>, address: String,
    request_id: String, hash: [u8; 32],
} }
