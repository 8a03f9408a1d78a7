//! Addresses of the page: which place a path means, and the path of a place. The shapes are GitLab's, so
//! that links copied from clients work. Must not know the router.

mod areas;
mod root;
#[cfg(test)]
mod tests;

use crate::logic::query;
pub use areas::{Admin, GroupPlace, Own, Section};
pub use root::{begin_at, below_root, under_root};

/// A place of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// All projects.
    Projects,
    /// Form of a new project.
    NewProject,
    /// All groups.
    Groups,
    /// Form of a new group.
    NewGroup,
    /// What belongs to the person who is signed in.
    Own(Own),
    /// What administrators do.
    Admin(Admin),
    /// One user as administrators see them, by user name.
    User(String),
    /// Something of a group, by its full path.
    Group(String, GroupPlace),
    /// Sign in.
    SignIn,
    /// Something of a project, by its full path.
    Project(String, Place),
    /// No such page.
    Missing,
}

/// A place within a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The project itself; leads on to its report.
    Home,
    /// Vulnerability report.
    Report,
    /// One vulnerability.
    Vulnerability(u64),
    /// Pipelines.
    Pipelines,
    /// Security page of one pipeline.
    Pipeline(u64),
    /// What the default branch depends on.
    Dependencies,
    /// Imports of the project: who handed in what, and what became of it.
    Imports,
    /// Form that imports files by hand.
    NewImport,
    /// How to send reports.
    Upload,
    /// Who belongs to the project.
    Members,
    /// A part of its settings.
    Settings(Section),
}

impl Route {
    /// Reads the path of an address, percent-encoded or not.
    pub fn parse(path: &str) -> Route {
        let path = query::decode(&below_root(path));
        let path = path.trim_matches('/');
        match path {
            "" => return Route::Projects,
            "projects/new" => return Route::NewProject,
            "users/sign_in" => return Route::SignIn,
            "groups" => return Route::Groups,
            "groups/new" => return Route::NewGroup,
            _ => {}
        }
        if let Some(area) = Route::parse_area(path) {
            return area;
        }
        let (project, rest) = match path.split_once("/-/") {
            Some((project, rest)) => (project, Some(rest)),
            None => (path, None),
        };
        let place = rest.map_or(Some(Place::Home), Place::parse);
        match place {
            Some(place) if is_full_path(project) => Route::Project(project.to_owned(), place),
            _ => Route::Missing,
        }
    }

    /// What lies outside of projects: the own settings, the admin area, groups.
    fn parse_area(path: &str) -> Option<Route> {
        if let Some(rest) = path.strip_prefix("-/user_settings") {
            return Some(Own::parse(rest.trim_matches('/')).map_or(Route::Missing, Route::Own));
        }
        if let Some(user) = path.strip_prefix("admin/users/") {
            let name = user.strip_suffix("/impersonation_tokens").unwrap_or(user);
            return Some(if name.contains('/') { Route::Missing } else { Route::User(name.to_owned()) });
        }
        if path == "admin" || path.starts_with("admin/") {
            return Some(Admin::parse(path.trim_start_matches("admin").trim_matches('/')).map_or(Route::Missing, Route::Admin));
        }
        let (group, rest) = match path.strip_prefix("groups/") {
            Some(named) => named.split_once("/-/").map_or((named, ""), |(group, rest)| (group, rest)),
            // One part alone is a group; more of them are a project until the server says otherwise.
            None if !path.contains('/') && path != "-" => (path, ""),
            None => return None,
        };
        let place = GroupPlace::parse(rest.trim_matches('/')).filter(|_| is_group_path(group));
        Some(place.map_or(Route::Missing, |place| Route::Group(group.to_owned(), place)))
    }

    /// The path of the place.
    pub fn path(&self) -> String {
        match self {
            Route::Groups => under_root("/groups"),
            Route::NewGroup => under_root("/groups/new"),
            Route::Own(own) => own.path(),
            Route::Admin(admin) => admin.path(),
            Route::User(name) => format!("{}/{name}/impersonation_tokens", Admin::Users.path()),
            Route::Group(group, place) => place.path(group),
            Route::Projects | Route::Missing => under_root("/"),
            Route::NewProject => under_root("/projects/new"),
            Route::SignIn => under_root("/users/sign_in"),
            Route::Project(project, place) => place.path(project),
        }
    }
}

impl Place {
    fn parse(rest: &str) -> Option<Place> {
        let parts: Vec<&str> = rest.trim_matches('/').split('/').collect();
        Some(match parts.as_slice() {
            ["security", "vulnerability_report"] => Place::Report,
            ["security", "vulnerabilities", id] => Place::Vulnerability(id.parse().ok()?),
            ["pipelines"] => Place::Pipelines,
            ["pipelines", id] | ["pipelines", id, "security"] => Place::Pipeline(id.parse().ok()?),
            ["dependencies"] => Place::Dependencies,
            ["imports"] => Place::Imports,
            ["imports", "new"] => Place::NewImport,
            ["upload"] => Place::Upload,
            ["project_members"] => Place::Members,
            ["settings"] => Place::Settings(Section::General),
            ["audit_events"] => Place::Settings(Section::Audit),
            ["settings", section] => Place::Settings(Section::parse(section)?),
            _ => return None,
        })
    }

    /// The path of the place in a project.
    pub fn path(&self, project: &str) -> String {
        under_root(&match self {
            Place::Home => format!("/{project}"),
            Place::Report => format!("/{project}/-/security/vulnerability_report"),
            Place::Vulnerability(id) => format!("/{project}/-/security/vulnerabilities/{id}"),
            Place::Pipelines => format!("/{project}/-/pipelines"),
            Place::Pipeline(id) => format!("/{project}/-/pipelines/{id}/security"),
            Place::Dependencies => format!("/{project}/-/dependencies"),
            Place::Imports => format!("/{project}/-/imports"),
            Place::NewImport => format!("/{project}/-/imports/new"),
            Place::Upload => format!("/{project}/-/upload"),
            Place::Members => format!("/{project}/-/project_members"),
            Place::Settings(Section::Audit) => format!("/{project}/-/audit_events"),
            Place::Settings(section) => format!("/{project}/-/settings/{}", section.word()),
        })
    }
}

/// A full path has two segments or more, none of them empty or `-`.
fn is_full_path(path: &str) -> bool {
    path.contains('/') && is_group_path(path)
}

/// One segment or more, none of them empty or `-`.
fn is_group_path(path: &str) -> bool {
    let good = |part: &str| !part.is_empty() && part != "-" && part != "." && part != "..";
    path.split('/').all(good)
}

/// Where to go after signing in: the wish in the query when it stays on this server, else the start.
pub fn after_sign_in(search: &str) -> String {
    let wish = query::pairs(search).into_iter().find(|(key, _)| key == "redirect");
    wish.map(|(_, to)| to).filter(|to| is_local(to)).unwrap_or_else(|| Route::Projects.path())
}

fn is_local(to: &str) -> bool {
    let second = to.chars().nth(1);
    to.starts_with('/')
        && !matches!(second, Some('/' | '\\'))
        && !to.chars().any(char::is_control)
        && !to.starts_with("/users/sign_in")
}

/// The address of the sign-in page that leads back to `from`.
pub fn sign_in_from(from: &str) -> String {
    let path = Route::SignIn.path();
    if from == Route::Projects.path() || !is_local(from) {
        return path;
    }
    query::join(&path, &query::write(&[("redirect", from.to_owned())]))
}
