//! Groups and projects: what may be made, and how it is named. Must not know: HTTP, reports.

pub mod change;
pub mod members;
pub mod owners;
pub mod removal;
pub mod settings;
#[cfg(test)]
mod tests;

use crate::access::{AccessLevel, MOST_LEVELS, Standings};
use crate::audit::{self, Act, By, Entity, Event};
use crate::clock::day;
use crate::domain::account::User;
use crate::domain::member::{Member, Source};
use crate::domain::path;
use crate::domain::project::{Namespace, Project, Visibility};
use crate::forge::protection;
use crate::store::meta::{Sequence, take_id};
use crate::store::{Reads, StoreError, WriteTx, members as stored, projects};

/// Most characters of a description or an address.
const TEXT_CHARS: usize = 2_000;
/// Most topics of a project.
const TOPICS: usize = 100;

/// Why something can't be made or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChangeError {
    /// Fields and what is wrong with each.
    #[error("invalid: {0:?}")]
    Invalid(Vec<(String, String)>),
    /// No such group.
    #[error("namespace not found")]
    NoNamespace,
    /// No such project.
    #[error("project not found")]
    NoProject,
    /// It makes no sense; the whole sentence.
    #[error("{0}")]
    Refused(&'static str),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn invalid(field: &str, text: &str) -> ChangeError {
    ChangeError::Invalid(vec![(field.to_owned(), text.to_owned())])
}

/// A group to be made.
pub struct NewGroup {
    /// Name to show.
    pub name: String,
    /// Last part of the path.
    pub path: String,
    /// The group above.
    pub parent_id: Option<u64>,
    /// Who may see it.
    pub visibility: Visibility,
    /// Text.
    pub description: String,
}

/// Where a project is to live.
pub enum Place {
    /// In an existing namespace.
    Id(u64),
    /// In the group with this path; missing groups are made.
    Path(String),
}

/// A project to be made.
pub struct NewProject {
    /// Name to show.
    pub name: String,
    /// Last part of the path; made from the name when not given.
    pub path: Option<String>,
    /// Where.
    pub place: Place,
    /// Default branch.
    pub default_branch: String,
    /// Who may see it.
    pub visibility: Visibility,
    /// Text.
    pub description: String,
    /// Topics.
    pub topics: Vec<String>,
    /// Where the repository is.
    pub repository_url: Option<String>,
}

/// A path made from a name: lower case, everything unusual becomes a dash.
pub fn path_of(name: &str) -> String {
    let mut path = String::new();
    for c in name.to_lowercase().chars() {
        if c.is_ascii_alphanumeric() || c == '_' || c == '.' {
            path.push(c);
        } else if !path.ends_with('-') && !path.is_empty() {
            path.push('-');
        }
    }
    path.trim_matches(['-', '.']).to_owned()
}

fn check_path(path: &str, is_top: bool) -> Result<(), ChangeError> {
    path::check_path(path, is_top).map_err(|reason| invalid("path", reason))
}

fn check_name(name: &str) -> Result<(), ChangeError> {
    path::check_name(name).map_err(|reason| invalid("name", reason))
}

/// Refuses a path that something else has.
fn check_free(tx: &impl Reads, full_path: &str, own: Option<&str>) -> Result<(), ChangeError> {
    if own.is_some_and(|own| own.to_lowercase() == full_path.to_lowercase()) {
        return Ok(());
    }
    let taken =
        projects::find_namespace_by_path(tx, full_path)?.is_some() || projects::find_project_by_path(tx, full_path)?.is_some();
    if taken { Err(invalid("path", "has already been taken")) } else { Ok(()) }
}

/// What is in a group is seen by no more than the group. The namespace of a user hides nothing.
fn check_visibility(visibility: Visibility, parent: Option<&Namespace>) -> Result<(), ChangeError> {
    match parent.filter(|parent| !parent.is_user && visibility.number() > parent.visibility.number()) {
        Some(parent) => {
            let text = format!("{} is not allowed in a {} group.", visibility.as_str(), parent.visibility.as_str());
            Err(invalid("visibility_level", &text))
        }
        None => Ok(()),
    }
}

fn check_texts(description: &str, topics: &[String], repository_url: Option<&str>) -> Result<(), ChangeError> {
    if description.chars().count() > TEXT_CHARS {
        return Err(invalid("description", "is too long (maximum is 2000 characters)"));
    }
    if topics.len() > TOPICS || topics.iter().any(|topic| topic.trim().is_empty() || topic.chars().count() > path::NAME_CHARS) {
        return Err(invalid("topics", "can be at most 100, each of 1 to 255 characters"));
    }
    let is_address = |url: &str| ["https://", "http://", "ssh://", "git@"].iter().any(|begin| url.starts_with(begin));
    let fits =
        |url: &str| is_address(url) && url.len() <= TEXT_CHARS && !url.contains(|c: char| c.is_whitespace() || c.is_control());
    if repository_url.is_some_and(|url| !fits(url)) {
        return Err(invalid("http_url_to_repo", "is blocked: Only allowed schemes are http, https, ssh"));
    }
    Ok(())
}

/// The group above, if there is to be one.
fn parent_of(tx: &impl Reads, id: Option<u64>) -> Result<Option<Namespace>, ChangeError> {
    let Some(id) = id else { return Ok(None) };
    let found = projects::find_namespace(tx, id)?.filter(|parent| !parent.is_user && parent.deleted_at.is_none());
    found.map(Some).ok_or(ChangeError::NoNamespace)
}

/// Who makes something owns it: as a member, unless they own what it is in.
fn make_owner(wtx: &mut WriteTx, source: Source, above: Option<u64>, creator: &User, by: &By) -> Result<(), StoreError> {
    // Administrators own what they make as others do; it does not rest on their office.
    let creator = User { is_admin: false, ..creator.clone() };
    let inherited = match above {
        Some(above) => Standings::new(wtx, Some(&creator), &day(by.at)).of_namespace(above)?,
        None => AccessLevel::None,
    };
    if inherited >= AccessLevel::Owner {
        return Ok(());
    }
    let member =
        Member { source, user_id: creator.id, level: AccessLevel::Owner, expires_on: None, invited_by: None, created_at: by.at };
    stored::put_member(wtx, &member)?;
    audit::pass(wtx, by, &members::added(&creator, &member))
}

/// Makes a group.
///
/// # Errors
/// What is wrong with the wish, or the store's error.
pub fn create_group(wtx: &mut WriteTx, new: NewGroup, creator: &User, by: &By) -> Result<Namespace, ChangeError> {
    check_name(&new.name)?;
    check_path(&new.path, new.parent_id.is_none())?;
    check_texts(&new.description, &[], None)?;
    let parent = parent_of(wtx, new.parent_id)?;
    check_visibility(new.visibility, parent.as_ref())?;
    let below = |parent: &Option<Namespace>, read: fn(&Namespace) -> &String, between: &str, own: &str| match parent {
        Some(parent) => format!("{}{between}{own}", read(parent)),
        None => own.to_owned(),
    };
    let full_path = below(&parent, |parent| &parent.full_path, "/", &new.path);
    check_free(wtx, &full_path, None)?;
    if change::levels(&full_path) > MOST_LEVELS {
        return Err(invalid("parent_id", "is too deep: at most 20 groups can be in one another"));
    }
    let group = Namespace {
        id: take_id(wtx, Sequence::Namespace)?,
        parent_id: new.parent_id,
        is_user: false,
        full_name: below(&parent, |parent| &parent.full_name, " / ", &new.name),
        name: new.name,
        path: new.path,
        full_path,
        visibility: new.visibility,
        description: new.description,
        creator_id: creator.id,
        created_at: by.at,
        deleted_at: None,
    };
    projects::put_namespace(wtx, &group)?;
    let act = Act::on(Event::GroupCreated, Entity::Group(group.id)).with("visibility", group.visibility.as_str());
    audit::pass(wtx, by, &act)?;
    make_owner(wtx, Source::Group(group.id), group.parent_id, creator, by)?;
    Ok(group)
}

fn group_at(wtx: &mut WriteTx, path: &str, creator: &User, by: &By) -> Result<Namespace, ChangeError> {
    let mut parent: Option<Namespace> = None;
    for part in path.split('/') {
        let full = parent.as_ref().map_or_else(|| part.to_owned(), |parent| format!("{}/{part}", parent.full_path));
        parent = Some(match projects::find_namespace_by_path(wtx, &full)? {
            Some(found) => found,
            None => {
                let parent_id = parent.map(|parent| parent.id);
                let new = NewGroup {
                    name: part.to_owned(),
                    path: part.to_owned(),
                    parent_id,
                    visibility: Visibility::Private,
                    description: String::new(),
                };
                create_group(wtx, new, creator, by)?
            }
        });
    }
    parent.ok_or(ChangeError::NoNamespace)
}

/// Makes a project.
///
/// # Errors
/// What is wrong with the wish, or the store's error.
pub fn create_project(wtx: &mut WriteTx, new: NewProject, creator: &User, by: &By) -> Result<Project, ChangeError> {
    check_name(&new.name)?;
    let path = new.path.unwrap_or_else(|| path_of(&new.name));
    check_path(&path, false)?;
    let space = match new.place {
        Place::Id(id) => {
            projects::find_namespace(wtx, id)?.filter(|space| space.deleted_at.is_none()).ok_or(ChangeError::NoNamespace)?
        }
        Place::Path(path) => group_at(wtx, &path, creator, by)?,
    };
    let full_path = format!("{}/{path}", space.full_path);
    check_free(wtx, &full_path, None)?;
    check_visibility(new.visibility, Some(&space))?;
    let project = Project {
        id: take_id(wtx, Sequence::Project)?,
        namespace_id: space.id,
        name: new.name,
        path,
        full_path,
        default_branch: new.default_branch,
        visibility: new.visibility,
        description: new.description,
        topics: new.topics,
        repository_url: new.repository_url,
        archived: false,
        creator_id: creator.id,
        created_at: by.at,
        last_activity_at: by.at,
        deleted_at: None,
    };
    change::check_project(&project)?;
    projects::put_project(wtx, &project)?;
    let act = Act::on(Event::ProjectCreated, Entity::Project(project.id)).with("visibility", project.visibility.as_str());
    audit::pass(wtx, by, &act)?;
    make_owner(wtx, Source::Project(project.id), Some(project.namespace_id), creator, by)?;
    protection::protect_default_branch(wtx, &project, by.at)?;
    Ok(project)
}

/// The lowest group of a path that is there.
///
/// # Errors
/// When the store fails.
pub fn nearest_group(tx: &impl Reads, path: &str) -> Result<Option<Namespace>, StoreError> {
    let mut rest = path;
    while let Some((above, _)) = rest.rsplit_once('/') {
        if let Some(found) = projects::find_namespace_by_path(tx, above)? {
            return Ok(Some(found));
        }
        rest = above;
    }
    Ok(None)
}

/// A project by id or full path.
///
/// # Errors
/// When the store fails.
pub fn find(tx: &impl Reads, key: &str) -> Result<Option<Project>, StoreError> {
    let found = match key.parse() {
        Ok(id) => projects::find_project(tx, id)?,
        Err(_) => projects::find_project_by_path(tx, key)?,
    };
    Ok(found.filter(|project| project.deleted_at.is_none()))
}

/// A group by id or full path.
///
/// # Errors
/// When the store fails.
pub fn find_group(tx: &impl Reads, key: &str) -> Result<Option<Namespace>, StoreError> {
    let found = match key.parse() {
        Ok(id) => projects::find_namespace(tx, id)?,
        Err(_) => projects::find_namespace_by_path(tx, key)?,
    };
    Ok(found.filter(|group| !group.is_user && group.deleted_at.is_none()))
}
