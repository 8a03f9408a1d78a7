//! Stored groups and projects. Must not know: tables and keys.

use super::row;
use crate::domain::project::{Namespace, Project, Visibility};

row! { NamespaceRow, 2, Namespace {
    id: u64, parent_id: Option<u64>, is_user: bool, name: String, path: String, full_path: String, full_name: String,
    visibility: Visibility, description: String, creator_id: u64, created_at: i64, deleted_at: Option<i64>,
} }
row! { ProjectRow, 2, Project {
    id: u64, namespace_id: u64, name: String, path: String, full_path: String, default_branch: String,
    visibility: Visibility, description: String, topics: Vec<String>, repository_url: Option<String>, archived: bool,
    creator_id: u64, created_at: i64, last_activity_at: i64, deleted_at: Option<i64>,
} }
