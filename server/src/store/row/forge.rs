//! Stored labels, webhooks, branches, protections and commits. Must not know: tables and keys.

use super::row;
use crate::domain::branch::{Branch, Grantee, ProtectedBranch};
use crate::domain::commit::{Commit, Signature, ToldCommit, Verdict};
use crate::domain::hook::{BranchFilter, Hook, HookEvent, Secret};
use crate::domain::label::Label;
use crate::domain::member::Source;

row! { LabelRow, 2, Label {
    id: u64, source: Source, name: String, color: String, description: String, priority: Option<u32>, created_at: i64, updated_at: i64,
} }
row! { HookRow, 1, Hook {
    id: u64, project_id: u64, url: String, name: String, description: String, events: Vec<HookEvent>, verifies_tls: bool,
    token: Option<Secret>, signing_token: Option<Secret>, headers: Vec<(String, Secret)>, branch_filter: BranchFilter,
    branches: String, creator_id: u64, created_at: i64, updated_at: i64,
} }
row! { ProtectedBranchRow, 1, ProtectedBranch {
    id: u64, project_id: u64, name: String, push: Vec<(u64, Grantee)>, merge: Vec<(u64, Grantee)>, unprotect: Vec<(u64, Grantee)>,
    allow_force_push: bool, code_owner_approval: bool, created_at: i64, updated_at: i64,
} }
row! { BranchRow, 1, Branch { project_id: u64, name: String, sha: String, told_by: u64, created_at: i64, updated_at: i64 } }
row! { SignatureRow, 1, Signature { verdict: Verdict, kind: String, key: String } }
row! { CommitRow, 1, Commit {
    message: String, author_name: String, author_email: String, authored_at: Option<i64>, committer_name: String,
    committer_email: String, committed_at: Option<i64>, parent_ids: Vec<String>, signature: Option<Signature>,
} }
row! { ToldCommitRow, 1, ToldCommit {
    project_id: u64, sha: String, told: Commit, told_by: u64, created_at: i64, updated_at: i64,
} }
