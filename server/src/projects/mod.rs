//! Groups and projects: what may be made, and how it is named. Must not know: HTTP, reports.

pub mod settings;

use crate::access::{AccessLevel, Standings};
use crate::clock::{Millis, day};
use crate::domain::account::User;
use crate::domain::member::{Member, Source};
use crate::domain::path;
use crate::domain::project::{Namespace, Project, Visibility};
use crate::store::meta::{Sequence, take_id};
use crate::store::{Reads, StoreError, WriteTx, members, projects};

/// Why something can't be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CreateError {
    /// Fields and what is wrong with each.
    #[error("invalid: {0:?}")]
    Invalid(Vec<(String, String)>),
    /// No such group.
    #[error("namespace not found")]
    NoNamespace,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn invalid(field: &str, text: &str) -> CreateError {
    CreateError::Invalid(vec![(field.to_owned(), text.to_owned())])
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

fn check_path(path: &str, is_top: bool) -> Result<(), CreateError> {
    path::check_path(path, is_top).map_err(|reason| invalid("path", reason))
}

fn check_name(name: &str) -> Result<(), CreateError> {
    path::check_name(name).map_err(|reason| invalid("name", reason))
}

fn check_free(tx: &impl Reads, full_path: &str) -> Result<(), CreateError> {
    let taken =
        projects::find_namespace_by_path(tx, full_path)?.is_some() || projects::find_project_by_path(tx, full_path)?.is_some();
    if taken { Err(invalid("path", "has already been taken")) } else { Ok(()) }
}

/// Who makes something owns it: as a member, unless they own what it is in.
fn make_owner(wtx: &mut WriteTx, source: Source, above: Option<u64>, creator: &User, now: Millis) -> Result<(), StoreError> {
    // Administrators own what they make as others do; it does not rest on their office.
    let creator = User { is_admin: false, ..creator.clone() };
    let inherited = match above {
        Some(above) => Standings::new(wtx, Some(&creator), &day(now)).of_namespace(above)?,
        None => AccessLevel::None,
    };
    if inherited >= AccessLevel::Owner {
        return Ok(());
    }
    let member =
        Member { source, user_id: creator.id, level: AccessLevel::Owner, expires_on: None, invited_by: None, created_at: now };
    members::put_member(wtx, &member)
}

/// Makes a group.
///
/// # Errors
/// What is wrong with the wish, or the store's error.
pub fn create_group(wtx: &mut WriteTx, new: NewGroup, creator: &User, now: Millis) -> Result<Namespace, CreateError> {
    check_name(&new.name)?;
    check_path(&new.path, new.parent_id.is_none())?;
    let parent = match new.parent_id {
        Some(id) => Some(projects::find_namespace(wtx, id)?.filter(|parent| !parent.is_user).ok_or(CreateError::NoNamespace)?),
        None => None,
    };
    let below = |parent: &Option<Namespace>, read: fn(&Namespace) -> &String, between: &str, own: &str| match parent {
        Some(parent) => format!("{}{between}{own}", read(parent)),
        None => own.to_owned(),
    };
    let full_path = below(&parent, |parent| &parent.full_path, "/", &new.path);
    check_free(wtx, &full_path)?;
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
        created_at: now,
        deleted_at: None,
    };
    projects::put_namespace(wtx, &group)?;
    make_owner(wtx, Source::Group(group.id), group.parent_id, creator, now)?;
    Ok(group)
}

fn group_at(wtx: &mut WriteTx, path: &str, creator: &User, now: Millis) -> Result<Namespace, CreateError> {
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
                create_group(wtx, new, creator, now)?
            }
        });
    }
    parent.ok_or(CreateError::NoNamespace)
}

/// Makes a project.
///
/// # Errors
/// What is wrong with the wish, or the store's error.
pub fn create_project(wtx: &mut WriteTx, new: NewProject, creator: &User, now: Millis) -> Result<Project, CreateError> {
    check_name(&new.name)?;
    let path = new.path.unwrap_or_else(|| path_of(&new.name));
    check_path(&path, false)?;
    crate::ingest::refname::parse_ref(&new.default_branch).map_err(|reason| invalid("default_branch", reason))?;
    let space = match new.place {
        Place::Id(id) => projects::find_namespace(wtx, id)?.ok_or(CreateError::NoNamespace)?,
        Place::Path(path) => group_at(wtx, &path, creator, now)?,
    };
    let full_path = format!("{}/{path}", space.full_path);
    check_free(wtx, &full_path)?;
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
        created_at: now,
        last_activity_at: now,
        deleted_at: None,
    };
    projects::put_project(wtx, &project)?;
    make_owner(wtx, Source::Project(project.id), Some(project.namespace_id), creator, now)?;
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::store::Store;

    fn wish(name: &str, place: Place) -> NewProject {
        NewProject {
            name: name.to_owned(),
            path: None,
            place,
            default_branch: "main".to_owned(),
            visibility: Visibility::Private,
            description: String::new(),
            topics: Vec::new(),
            repository_url: None,
        }
    }

    fn creator() -> User {
        User { is_admin: true, ..User::new(1, "ann", "Ann", "", 0) }
    }

    fn create(store: &Store, new: NewProject) -> Result<Project, CreateError> {
        store.write(|wtx| create_project(wtx, new, &creator(), 0))
    }

    #[test]
    fn missing_groups_are_made_and_paths_are_taken_once() {
        let store = Store::in_memory().unwrap();
        let made = create(&store, wish("Payments API", Place::Path("acme/platform".to_owned()))).unwrap();
        assert_eq!(made.full_path, "acme/platform/payments-api");
        let rtx = store.read().unwrap();
        assert_eq!(find(&rtx, "ACME/platform/Payments-API").unwrap().unwrap().id, made.id);
        assert_eq!(find(&rtx, &made.id.to_string()).unwrap().unwrap().id, made.id);
        assert_eq!(find_group(&rtx, "acme/platform").unwrap().unwrap().full_name, "acme / platform");
        let owned: Vec<_> =
            members::memberships(&rtx, 1).unwrap().into_iter().map(|member| (member.source, member.level)).collect();
        assert_eq!(owned, [(Source::Group(1), AccessLevel::Owner)], "the rest is inherited");
        drop(rtx);
        for name in ["payments-api", "PAYMENTS api"] {
            let again = create(&store, wish(name, Place::Path("acme/platform".to_owned())));
            assert!(matches!(again, Err(CreateError::Invalid(fields)) if fields[0].1.contains("taken")));
        }
    }

    #[test]
    fn what_can_be_no_path_is_refused_and_leaves_nothing() {
        let store = Store::in_memory().unwrap();
        for (place, name) in
            [("a//b", "x"), ("api", "x"), ("g", "..."), ("g", "x.git"), ("../g", "x"), ("g/-", "x"), ("12", "x"), ("g", "42")]
        {
            let answer = create(&store, wish(name, Place::Path(place.to_owned())));
            assert!(matches!(answer, Err(CreateError::Invalid(_))), "{place} {name}");
        }
        assert!(create(&store, wish(&"x".repeat(256), Place::Path("g".to_owned()))).is_err());
        assert!(create(&store, wish("a\nb", Place::Path("g".to_owned()))).is_err());
        assert!(matches!(create(&store, wish("x", Place::Id(99))), Err(CreateError::NoNamespace)));
        assert!(projects::namespaces(&store.read().unwrap()).unwrap().is_empty());
    }
}
