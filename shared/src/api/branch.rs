//! Branches and their protections on the wire. There is no repository: a branch is what somebody told of it.

use super::commit::CommitHead;
use serde::{Deserialize, Serialize};

/// A branch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Branch {
    /// Name.
    pub name: String,
    /// Commit that it was last heard of at.
    pub commit: CommitHead,
    /// Always false: nobody tells.
    pub merged: bool,
    /// Whether a protection is about it.
    pub protected: bool,
    /// Whether it is protected and every developer may push.
    pub developers_can_push: bool,
    /// Whether it is protected and every developer may merge.
    pub developers_can_merge: bool,
    /// Whether the caller may push.
    pub can_push: bool,
    /// Whether it is the project's default branch.
    pub default: bool,
    /// Its pipelines.
    pub web_url: String,
}

/// One rule of who may do something to a protected branch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BranchAccess {
    /// Id, unique in the instance.
    pub id: u64,
    /// Least level; null when it is about a user or group.
    pub access_level: Option<u8>,
    /// The same for people.
    pub access_level_description: String,
    /// Always null: nothing is deployed from here.
    pub deploy_key_id: Option<u64>,
    /// The user whom it lets.
    pub user_id: Option<u64>,
    /// The group whose members it lets.
    pub group_id: Option<u64>,
}

/// A protected branch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProtectedBranch {
    /// Id, unique in the instance.
    pub id: u64,
    /// Name; `*` stands for any text.
    pub name: String,
    /// Who may push.
    pub push_access_levels: Vec<BranchAccess>,
    /// Who may merge.
    pub merge_access_levels: Vec<BranchAccess>,
    /// Who may take the protection away.
    pub unprotect_access_levels: Vec<BranchAccess>,
    /// Whether those who may push may rewrite it.
    pub allow_force_push: bool,
    /// Whether owners of code have to approve.
    pub code_owner_approval_required: bool,
    /// Always false: groups protect nothing.
    pub inherited: bool,
}
