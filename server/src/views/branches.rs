//! Branches and protections on the wire. Must not know: who may change them.

use super::commits;
use crate::domain::branch::{Branch, Grantee, Grants, ProtectedBranch};
use crate::domain::project::Project;
use crate::forge::protection::Protections;
use crate::store::{ReadTx, StoreError, accounts, projects};
use casemate_shared::AccessLevel;
use casemate_shared::api::branch as wire;
use casemate_shared::api::paths::encode_segment;

/// What the branches of one answer share.
pub struct Frame<'a> {
    /// The snapshot.
    pub rtx: &'a ReadTx,
    /// Whose branches they are.
    pub project: &'a Project,
    /// Its protections.
    pub protections: &'a Protections,
    /// The server's address as the client knows it.
    pub origin: &'a str,
}

/// A branch.
///
/// # Errors
/// When the store fails.
pub fn branch(frame: &Frame<'_>, branch: &Branch, can_push: bool) -> Result<wire::Branch, StoreError> {
    let Frame { rtx, project, protections, origin } = frame;
    Ok(wire::Branch {
        name: branch.name.clone(),
        commit: commits::head(rtx, project, &branch.sha, branch.created_at, origin)?,
        merged: false,
        protected: protections.cover(&branch.name),
        developers_can_push: protections.let_developers(&branch.name, |protection| &protection.push),
        developers_can_merge: protections.let_developers(&branch.name, |protection| &protection.merge),
        can_push,
        default: branch.name == project.default_branch,
        web_url: format!("{origin}/{}/-/pipelines?ref={}", project.full_path, encode_segment(&branch.name)),
    })
}

/// A protection.
///
/// # Errors
/// When the store fails.
pub fn protection(rtx: &ReadTx, protection: &ProtectedBranch) -> Result<wire::ProtectedBranch, StoreError> {
    Ok(wire::ProtectedBranch {
        id: protection.id,
        name: protection.name.clone(),
        push_access_levels: levels(rtx, &protection.push)?,
        merge_access_levels: levels(rtx, &protection.merge)?,
        unprotect_access_levels: levels(rtx, &protection.unprotect)?,
        allow_force_push: protection.allow_force_push,
        code_owner_approval_required: protection.code_owner_approval,
        inherited: false,
    })
}

fn levels(rtx: &ReadTx, grants: &Grants) -> Result<Vec<wire::BranchAccess>, StoreError> {
    grants.iter().map(|(id, grantee)| access(rtx, *id, *grantee)).collect()
}

fn access(rtx: &ReadTx, id: u64, grantee: Grantee) -> Result<wire::BranchAccess, StoreError> {
    let (access_level, user_id, group_id) = match grantee {
        Grantee::Level(level) => (Some(level.number()), None, None),
        Grantee::User(user) => (None, Some(user), None),
        Grantee::Group(group) => (None, None, Some(group)),
    };
    let access_level_description = match grantee {
        Grantee::Level(level) => described(level).to_owned(),
        // Somebody who was deleted lets nobody in; the row stays until it is taken away.
        Grantee::User(id) => accounts::find_user(rtx, id)?.map_or_else(|| "Deleted user".to_owned(), |user| user.name),
        Grantee::Group(id) => projects::find_namespace(rtx, id)?.map_or_else(|| "Deleted group".to_owned(), |group| group.name),
    };
    Ok(wire::BranchAccess { id, access_level, access_level_description, deploy_key_id: None, user_id, group_id })
}

/// GitLab's words for levels of protected branches.
fn described(level: AccessLevel) -> &'static str {
    match level {
        AccessLevel::None => "No one",
        AccessLevel::Developer => "Developers + Maintainers",
        AccessLevel::Maintainer => "Maintainers",
        AccessLevel::Admin => "Instance admins",
        other => other.as_str(),
    }
}
