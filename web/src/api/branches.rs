//! Protected branches of a project. Must not know views.

use super::projects::below;
use super::{ApiError, Client, Page};
use crate::logic::protection::RuleChange;
use casemate_shared::api::branch::ProtectedBranch;
use casemate_shared::api::paths::encode_segment;
use serde::Serialize;

/// Body of a new protection.
#[derive(Debug, Clone, Serialize)]
pub struct NewProtection {
    /// Name; `*` stands for any text.
    pub name: String,
    /// GitLab's number of who may push.
    pub push_access_level: u8,
    /// GitLab's number of who may merge.
    pub merge_access_level: u8,
    /// GitLab's number of who may change the protection and take it away.
    pub unprotect_access_level: u8,
    /// Whether those who may push may rewrite it.
    pub allow_force_push: bool,
}

/// Body of a change; rules that are not named stay.
#[derive(Debug, Clone, Serialize)]
pub struct ProtectionChange {
    /// Who may push.
    pub allowed_to_push: Vec<RuleChange>,
    /// Who may merge.
    pub allowed_to_merge: Vec<RuleChange>,
    /// Who may change the protection and take it away.
    pub allowed_to_unprotect: Vec<RuleChange>,
    /// Whether those who may push may rewrite it.
    pub allow_force_push: bool,
    /// Whether owners of code have to approve.
    pub code_owner_approval_required: bool,
}

/// A page of protected branches.
pub async fn protections(client: Client, project: String, query: String) -> Result<Page<ProtectedBranch>, ApiError> {
    client.list(&format!("{}?{query}", below(&project, "protected_branches"))).await
}

/// Protects a branch.
pub async fn protect(client: Client, project: String, new: NewProtection) -> Result<ProtectedBranch, ApiError> {
    client.post(&below(&project, "protected_branches"), &new).await
}

/// Changes a protection.
pub async fn change(
    client: Client,
    project: String,
    name: String,
    change: ProtectionChange,
) -> Result<ProtectedBranch, ApiError> {
    client.patch(&below(&project, &format!("protected_branches/{}", encode_segment(&name))), &change).await
}

/// Takes a protection away.
pub async fn unprotect(client: Client, project: String, name: String) -> Result<(), ApiError> {
    client.delete(&below(&project, &format!("protected_branches/{}", encode_segment(&name)))).await
}
