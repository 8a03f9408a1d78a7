//! Groups and projects on the wire. Must not know: who may see them.

use super::{access, pipelines};
use crate::clock::iso;
use crate::domain::member::Member;
use crate::domain::project::{Namespace, Project};
use crate::store::pipelines::newest_pipelines;
use crate::store::{ReadTx, StoreError, accounts, projects, reads};
use casemate_shared::api::member::Member as MemberWire;
use casemate_shared::api::project as wire;
use casemate_shared::api::vulnerability::{ProjectHead, SeverityCounts};
use casemate_shared::{AccessLevel, Severity, VulnerabilityState};
use std::ops::ControlFlow;

/// A group.
pub fn group(group: &Namespace, origin: &str) -> wire::Group {
    wire::Group {
        id: group.id,
        name: group.name.clone(),
        path: group.path.clone(),
        full_name: group.full_name.clone(),
        full_path: group.full_path.clone(),
        parent_id: group.parent_id,
        visibility: group.visibility.as_str().to_owned(),
        description: group.description.clone(),
        web_url: format!("{origin}/groups/{}", group.full_path),
        avatar_url: None,
        created_at: iso(group.created_at),
    }
}

/// A namespace.
pub fn namespace(namespace: &Namespace, origin: &str) -> wire::Namespace {
    wire::Namespace {
        id: namespace.id,
        name: namespace.name.clone(),
        path: namespace.path.clone(),
        kind: if namespace.is_user { "user" } else { "group" }.to_owned(),
        full_path: namespace.full_path.clone(),
        parent_id: namespace.parent_id,
        avatar_url: None,
        web_url: format!("{origin}/{}{}", if namespace.is_user { "" } else { "groups/" }, namespace.full_path),
    }
}

/// What of a project is told beside what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// Nothing.
    Plain,
    /// The newest pipeline, without the numbers of its findings.
    Pipeline,
    /// The newest pipeline and the open vulnerabilities.
    Findings,
}

/// A project.
///
/// # Errors
/// When the store fails.
pub fn project(rtx: &ReadTx, project: &Project, origin: &str, shown: Shown) -> Result<wire::Project, StoreError> {
    let space = projects::find_namespace(rtx, project.namespace_id)?.ok_or_else(|| StoreError::Damaged {
        table: "namespaces",
        reason: format!("namespace {} is missing", project.namespace_id),
    })?;
    let counts = if shown == Shown::Findings { Some(open_counts(rtx, project.id)?) } else { None };
    let last = match shown {
        Shown::Plain => None,
        Shown::Pipeline => last_pipeline(rtx, project, origin)?.map(pipelines::without_numbers),
        Shown::Findings => last_pipeline(rtx, project, origin)?,
    };
    Ok(wire::Project {
        id: project.id,
        name: project.name.clone(),
        path: project.path.clone(),
        path_with_namespace: project.full_path.clone(),
        name_with_namespace: format!("{} / {}", space.full_name, project.name),
        namespace: namespace(&space, origin),
        default_branch: project.default_branch.clone(),
        visibility: project.visibility.as_str().to_owned(),
        description: Some(project.description.clone()).filter(|text| !text.is_empty()),
        web_url: format!("{origin}/{}", project.full_path),
        http_url_to_repo: project.repository_url.clone(),
        ssh_url_to_repo: None,
        created_at: iso(project.created_at),
        last_activity_at: iso(project.last_activity_at),
        archived: project.archived,
        topics: project.topics.clone(),
        creator_id: project.creator_id,
        permissions: None,
        vulnerability_counts: counts,
        last_pipeline: last,
    })
}

/// What somebody is a member by, from the project itself and from the groups above it.
pub fn permissions(own: AccessLevel, inherited: AccessLevel) -> wire::Permissions {
    let access = |level: AccessLevel| {
        (level > AccessLevel::None).then_some(wire::Access { access_level: level.number(), notification_level: 3 })
    };
    wire::Permissions { project_access: access(own), group_access: access(inherited) }
}

/// A member; none when the user's row is gone.
///
/// # Errors
/// When the store fails.
pub fn member(rtx: &ReadTx, member: &Member, origin: &str) -> Result<Option<MemberWire>, StoreError> {
    let Some(user) = accounts::find_user(rtx, member.user_id)? else { return Ok(None) };
    let created_by = member.invited_by.map(|id| access::brief(rtx, id, origin)).transpose()?.flatten();
    Ok(Some(MemberWire {
        user: access::brief_of(&user, origin),
        bot: user.is_bot(),
        access_level: member.level.number(),
        expires_at: member.expires_on.clone(),
        created_at: iso(member.created_at),
        created_by,
        membership_state: "active".to_owned(),
    }))
}

/// Open vulnerabilities that are still detected, per severity, from the kept counters.
///
/// # Errors
/// When the store fails.
pub fn open_counts(rtx: &ReadTx, project: u64) -> Result<SeverityCounts, StoreError> {
    let kept = reads::counters(rtx, project)?;
    let mut counts = SeverityCounts::default();
    for severity in Severity::ALL {
        let open = [VulnerabilityState::Detected, VulnerabilityState::Confirmed];
        *counts.get_mut(severity) = open.into_iter().map(|state| kept.get(state, severity, false)).sum();
    }
    Ok(counts)
}

fn last_pipeline(
    rtx: &ReadTx,
    project: &Project,
    origin: &str,
) -> Result<Option<casemate_shared::api::pipeline::Pipeline>, StoreError> {
    let mut last = None;
    newest_pipelines(rtx, project.id, |pipeline| {
        last = Some(pipelines::pipeline(pipeline, project, origin));
        Ok(ControlFlow::Break(()))
    })?;
    Ok(last)
}

/// The project inside a vulnerability or finding.
pub fn head(project: &Project, namespace_name: &str) -> ProjectHead {
    ProjectHead {
        id: project.id,
        name: project.name.clone(),
        path: project.path.clone(),
        path_with_namespace: project.full_path.clone(),
        name_with_namespace: format!("{namespace_name} / {}", project.name),
        description: Some(project.description.clone()).filter(|text| !text.is_empty()),
        created_at: iso(project.created_at),
    }
}
