//! Changing groups and projects: names, paths, visibility, place. Must not know: HTTP, who may.
//!
//! A path that changes changes those of everything below it, in the same transaction.

use super::{ChangeError, check_free, check_name, check_path, check_texts, check_visibility, invalid, parent_of};
use crate::access::MOST_LEVELS;
use crate::audit::{self, Act, By, Entity, Event};
use crate::domain::project::{Namespace, Project, Visibility};
use crate::store::{Reads, WriteTx, projects};

/// What somebody wants changed of a group; what is not told stays.
#[derive(Debug, Default)]
pub struct GroupWish {
    /// Name to show.
    pub name: Option<String>,
    /// Last part of the path.
    pub path: Option<String>,
    /// Who may see it.
    pub visibility: Option<Visibility>,
    /// Text.
    pub description: Option<String>,
}

/// What somebody wants changed of a project; what is not told stays.
#[derive(Debug, Default)]
pub struct ProjectWish {
    /// Name to show.
    pub name: Option<String>,
    /// Last part of the path.
    pub path: Option<String>,
    /// Default branch. Pipelines that are there already stay what they are.
    pub default_branch: Option<String>,
    /// Who may see it.
    pub visibility: Option<Visibility>,
    /// Text.
    pub description: Option<String>,
    /// Topics.
    pub topics: Option<Vec<String>>,
    /// Where the repository is; none inside: nobody says so any more.
    pub repository_url: Option<Option<String>>,
}

fn find_group(tx: &impl Reads, id: u64) -> Result<Namespace, ChangeError> {
    let found = projects::find_namespace(tx, id)?.filter(|group| !group.is_user && group.deleted_at.is_none());
    found.ok_or(ChangeError::NoNamespace)
}

fn find_project(tx: &impl Reads, id: u64) -> Result<Project, ChangeError> {
    projects::find_project(tx, id)?.filter(|project| project.deleted_at.is_none()).ok_or(ChangeError::NoProject)
}

/// Changes a group.
///
/// # Errors
/// What is wrong with the wish, or the store's error.
pub fn change_group(wtx: &mut WriteTx, id: u64, wish: GroupWish, by: &By) -> Result<Namespace, ChangeError> {
    let old = find_group(wtx, id)?;
    let parent = parent_of(wtx, old.parent_id)?;
    let mut new = Namespace {
        name: wish.name.unwrap_or_else(|| old.name.clone()),
        path: wish.path.unwrap_or_else(|| old.path.clone()),
        visibility: wish.visibility.unwrap_or(old.visibility),
        description: wish.description.unwrap_or_else(|| old.description.clone()),
        ..old.clone()
    };
    check_name(&new.name)?;
    check_path(&new.path, new.parent_id.is_none())?;
    check_texts(&new.description, &[], None)?;
    check_visibility(new.visibility, parent.as_ref())?;
    if new.visibility != old.visibility {
        check_visibility_below(wtx, &old, new.visibility)?;
    }
    place(&mut new, parent.as_ref());
    store_group(wtx, &old, &new)?;
    note_group(wtx, by, &old, &new)?;
    Ok(new)
}

/// Moves a group below another one, or to the top.
///
/// # Errors
/// When it would be in itself, the path is taken there, it would be too deep, or the store fails.
pub fn transfer_group(wtx: &mut WriteTx, id: u64, parent_id: Option<u64>, by: &By) -> Result<Namespace, ChangeError> {
    let old = find_group(wtx, id)?;
    let parent = parent_of(wtx, parent_id)?;
    if parent_id == old.parent_id {
        return Err(ChangeError::Refused("the group is there already"));
    }
    if parent.as_ref().is_some_and(|parent| parent.id == id || parent.full_path.starts_with(&format!("{}/", old.full_path))) {
        return Err(ChangeError::Refused("a group can't be moved into itself or a group below it"));
    }
    let mut new = Namespace { parent_id, ..old.clone() };
    check_path(&new.path, new.parent_id.is_none())?;
    check_visibility(new.visibility, parent.as_ref())?;
    place(&mut new, parent.as_ref());
    store_group(wtx, &old, &new)?;
    let act = Act::on(Event::GroupTransferred, Entity::Group(id)).changed("path", &old.full_path, &new.full_path);
    audit::pass(wtx, by, &act)?;
    Ok(new)
}

fn note_group(wtx: &mut WriteTx, by: &By, old: &Namespace, new: &Namespace) -> Result<(), ChangeError> {
    let on = |event| Act::on(event, Entity::Group(new.id));
    let acts = [
        on(Event::GroupPathUpdated).changed("path", &old.full_path, &new.full_path),
        on(Event::GroupVisibilityUpdated).changed("visibility", old.visibility.as_str(), new.visibility.as_str()),
        on(Event::GroupUpdated).changed("name", &old.name, &new.name).changed("description", &old.description, &new.description),
    ];
    Ok(audit::pass_changes(wtx, by, &acts)?)
}

/// Path and name of a group in its place.
fn place(group: &mut Namespace, parent: Option<&Namespace>) {
    group.full_path = parent.map_or_else(|| group.path.clone(), |parent| format!("{}/{}", parent.full_path, group.path));
    group.full_name = parent.map_or_else(|| group.name.clone(), |parent| format!("{} / {}", parent.full_name, group.name));
}

/// Stores a group, and everything below it under its new path and name.
fn store_group(wtx: &mut WriteTx, old: &Namespace, new: &Namespace) -> Result<(), ChangeError> {
    check_free(wtx, &new.full_path, Some(&old.full_path))?;
    let (groups, below) = (projects::namespaces_below(wtx, &old.full_path)?, projects::projects_below(wtx, &old.full_path)?);
    let deepest = groups.iter().map(|group| levels(&group.full_path)).max().unwrap_or_else(|| levels(&old.full_path));
    if deepest + levels(&new.full_path) - levels(&old.full_path) > MOST_LEVELS {
        return Err(invalid("parent_id", "is too deep: at most 20 groups can be in one another"));
    }
    projects::put_namespace(wtx, new)?;
    if (&old.full_path, &old.full_name) == (&new.full_path, &new.full_name) {
        return Ok(());
    }
    let rest = |whole: &str, of: &str| whole.get(of.len()..).unwrap_or_default().to_owned();
    for group in groups {
        let full_path = format!("{}{}", new.full_path, rest(&group.full_path, &old.full_path));
        let full_name = format!("{}{}", new.full_name, rest(&group.full_name, &old.full_name));
        projects::put_namespace(wtx, &Namespace { full_path, full_name, ..group })?;
    }
    for project in below {
        let full_path = format!("{}{}", new.full_path, rest(&project.full_path, &old.full_path));
        projects::put_project(wtx, &Project { full_path, ..project })?;
    }
    Ok(())
}

pub(super) fn levels(full_path: &str) -> usize {
    full_path.matches('/').count() + 1
}

/// Nothing in a group may be seen by more than the group itself.
fn check_visibility_below(tx: &impl Reads, group: &Namespace, visibility: Visibility) -> Result<(), ChangeError> {
    let is_wider = |other: Visibility| other.number() > visibility.number();
    if projects::namespaces_below(tx, &group.full_path)?.iter().any(|below| is_wider(below.visibility)) {
        let text = format!("{} is not allowed since there are sub-groups with higher visibility.", visibility.as_str());
        return Err(invalid("visibility_level", &text));
    }
    if projects::projects_below(tx, &group.full_path)?.iter().any(|below| is_wider(below.visibility)) {
        let text = format!("{} is not allowed since this group contains projects with higher visibility.", visibility.as_str());
        return Err(invalid("visibility_level", &text));
    }
    Ok(())
}

/// Changes a project.
///
/// # Errors
/// What is wrong with the wish, or the store's error.
pub fn change_project(wtx: &mut WriteTx, id: u64, wish: ProjectWish, by: &By) -> Result<Project, ChangeError> {
    let old = find_project(wtx, id)?;
    let space = projects::find_namespace(wtx, old.namespace_id)?.ok_or(ChangeError::NoNamespace)?;
    let mut new = Project {
        name: wish.name.unwrap_or_else(|| old.name.clone()),
        path: wish.path.unwrap_or_else(|| old.path.clone()),
        default_branch: wish.default_branch.unwrap_or_else(|| old.default_branch.clone()),
        visibility: wish.visibility.unwrap_or(old.visibility),
        description: wish.description.unwrap_or_else(|| old.description.clone()),
        topics: wish.topics.unwrap_or_else(|| old.topics.clone()),
        repository_url: wish.repository_url.unwrap_or_else(|| old.repository_url.clone()),
        ..old.clone()
    };
    check_project(&new)?;
    check_visibility(new.visibility, Some(&space))?;
    new.full_path = format!("{}/{}", space.full_path, new.path);
    check_free(wtx, &new.full_path, Some(&old.full_path))?;
    if new != old {
        new.last_activity_at = by.at;
        projects::put_project(wtx, &new)?;
        note_project(wtx, by, &old, &new)?;
    }
    Ok(new)
}

fn note_project(wtx: &mut WriteTx, by: &By, old: &Project, new: &Project) -> Result<(), ChangeError> {
    let on = |event| Act::on(event, Entity::Project(new.id));
    let address = |project: &Project| project.repository_url.clone().unwrap_or_default();
    let acts = [
        on(Event::ProjectPathUpdated).changed("path", &old.full_path, &new.full_path),
        on(Event::ProjectVisibilityUpdated).changed("visibility", old.visibility.as_str(), new.visibility.as_str()),
        on(Event::ProjectUpdated)
            .changed("name", &old.name, &new.name)
            .changed("default_branch", &old.default_branch, &new.default_branch)
            .changed("description", &old.description, &new.description)
            .changed("topics", old.topics.join(", "), new.topics.join(", "))
            .changed("http_url_to_repo", without_secret(&address(old)), without_secret(&address(new))),
    ];
    Ok(audit::pass_changes(wtx, by, &acts)?)
}

/// An address without the name and password that may stand before the host.
fn without_secret(address: &str) -> String {
    match address.split_once("://") {
        Some((scheme, rest)) => {
            let host = rest.find('/').unwrap_or(rest.len());
            let begin = rest.get(..host).and_then(|host| host.rfind('@')).map_or(0, |at| at + 1);
            format!("{scheme}://{}", rest.get(begin..).unwrap_or_default())
        }
        None => address.to_owned(),
    }
}

/// Checks what a project says about itself.
///
/// # Errors
/// What is wrong.
pub(super) fn check_project(project: &Project) -> Result<(), ChangeError> {
    check_name(&project.name)?;
    check_path(&project.path, false)?;
    crate::ingest::refname::parse_ref(&project.default_branch).map_err(|reason| invalid("default_branch", reason))?;
    check_texts(&project.description, &project.topics, project.repository_url.as_deref())
}

/// Moves a project into another namespace.
///
/// # Errors
/// When the path is taken there, the namespace is not there, or the store fails.
pub fn transfer_project(wtx: &mut WriteTx, id: u64, namespace: &Namespace, by: &By) -> Result<Project, ChangeError> {
    let old = find_project(wtx, id)?;
    if old.namespace_id == namespace.id {
        return Err(ChangeError::Refused("the project is in this namespace already"));
    }
    check_visibility(old.visibility, Some(namespace))?;
    let full_path = format!("{}/{}", namespace.full_path, old.path);
    check_free(wtx, &full_path, None)?;
    let new = Project { namespace_id: namespace.id, full_path, ..old.clone() };
    projects::put_project(wtx, &new)?;
    let act = Act::on(Event::ProjectTransferred, Entity::Project(id)).changed("path", &old.full_path, &new.full_path);
    audit::pass(wtx, by, &act)?;
    Ok(new)
}

/// Archives a project, which makes it read-only, or opens it again.
///
/// # Errors
/// When it is not there, or the store fails.
pub fn archive(wtx: &mut WriteTx, id: u64, archived: bool, by: &By) -> Result<Project, ChangeError> {
    let old = find_project(wtx, id)?;
    let has_changed = old.archived != archived;
    let new = Project { archived, ..old };
    projects::put_project(wtx, &new)?;
    if has_changed {
        let event = if archived { Event::ProjectArchived } else { Event::ProjectUnarchived };
        audit::pass(wtx, by, &Act::on(event, Entity::Project(id)))?;
    }
    Ok(new)
}
