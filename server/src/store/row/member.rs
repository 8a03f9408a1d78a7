//! Stored members. Must not know: tables and keys.

use super::row;
use crate::domain::member::{Member, Source};
use casemate_shared::AccessLevel;

row! { MemberRow, 1, Member {
    source: Source, user_id: u64, level: AccessLevel, expires_on: Option<String>, invited_by: Option<u64>, created_at: i64,
} }
