//! Asking for the removal of a project or group. From then on it is there for nobody, its tokens work no more,
//! and its path is free; `jobs/removal.rs` takes away what it held.
//!
//! Must not know: HTTP, who may, what a project holds.

use super::ChangeError;
use crate::audit::{self, Act, By, Entity, Event};
use crate::auth::tokens::end_tokens_of;
use crate::clock::Millis;
use crate::domain::member::Source;
use crate::domain::project::{Namespace, Project};
use crate::store::{StoreError, WriteTx, projects, remove};

/// Marks a project as to be removed.
///
/// # Errors
/// When it is not there, or the store fails.
pub fn mark_project(wtx: &mut WriteTx, id: u64, by: &By) -> Result<(), ChangeError> {
    let project = projects::find_project(wtx, id)?.filter(|project| project.deleted_at.is_none());
    let project = project.ok_or(ChangeError::NoProject)?;
    audit::pass(wtx, by, &Act::on(Event::ProjectDestroyed, Entity::Project(id)))?;
    Ok(mark(wtx, project, by.at)?)
}

fn mark(wtx: &mut WriteTx, project: Project, now: Millis) -> Result<(), StoreError> {
    end_tokens_of(wtx, Source::Project(project.id))?;
    remove::remove_members(wtx, Source::Project(project.id))?;
    projects::put_project(wtx, &Project { deleted_at: Some(now), ..project })
}

/// Marks a group, all groups below it and their projects as to be removed.
///
/// # Errors
/// When it is not there, or the store fails.
pub fn mark_group(wtx: &mut WriteTx, id: u64, by: &By) -> Result<(), ChangeError> {
    let group = projects::find_namespace(wtx, id)?.filter(|group| !group.is_user && group.deleted_at.is_none());
    let group = group.ok_or(ChangeError::NoNamespace)?;
    let (mut groups, below) =
        (projects::namespaces_below(wtx, &group.full_path)?, projects::projects_below(wtx, &group.full_path)?);
    for project in below {
        let act = Act::on(Event::ProjectDestroyed, Entity::Project(project.id)).with("with_group", &group.full_path);
        audit::pass(wtx, by, &act)?;
        mark(wtx, project, by.at)?;
    }
    let top = group.full_path.clone();
    groups.push(group);
    for group in groups {
        let with_group = if group.full_path == top { "" } else { &top };
        let act = Act::on(Event::GroupDestroyed, Entity::Group(group.id)).with("with_group", with_group);
        audit::pass(wtx, by, &act)?;
        end_tokens_of(wtx, Source::Group(group.id))?;
        remove::remove_members(wtx, Source::Group(group.id))?;
        projects::put_namespace(wtx, &Namespace { deleted_at: Some(by.at), ..group })?;
    }
    Ok(())
}
