//! Addresses of the page: which place a path means, and the path of a place. The shapes are GitLab's, so
//! that links copied from clients work. Must not know the router.

use crate::logic::query;

/// A place of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// All projects.
    Projects,
    /// Form of a new project.
    NewProject,
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
}

impl Route {
    /// Reads the path of an address, percent-encoded or not.
    pub fn parse(path: &str) -> Route {
        let path = query::decode(path);
        let path = path.trim_matches('/');
        match path {
            "" => return Route::Projects,
            "projects/new" => return Route::NewProject,
            "users/sign_in" => return Route::SignIn,
            _ => {}
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

    /// The path of the place.
    pub fn path(&self) -> String {
        match self {
            Route::Projects | Route::Missing => "/".to_owned(),
            Route::NewProject => "/projects/new".to_owned(),
            Route::SignIn => "/users/sign_in".to_owned(),
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
            _ => return None,
        })
    }

    /// The path of the place in a project.
    pub fn path(&self, project: &str) -> String {
        match self {
            Place::Home => format!("/{project}"),
            Place::Report => format!("/{project}/-/security/vulnerability_report"),
            Place::Vulnerability(id) => format!("/{project}/-/security/vulnerabilities/{id}"),
            Place::Pipelines => format!("/{project}/-/pipelines"),
            Place::Pipeline(id) => format!("/{project}/-/pipelines/{id}/security"),
            Place::Dependencies => format!("/{project}/-/dependencies"),
            Place::Imports => format!("/{project}/-/imports"),
            Place::NewImport => format!("/{project}/-/imports/new"),
            Place::Upload => format!("/{project}/-/upload"),
        }
    }
}

/// A full path has two segments or more, none of them empty or `-`.
fn is_full_path(path: &str) -> bool {
    let good = |part: &str| !part.is_empty() && part != "-" && part != "." && part != "..";
    path.contains('/') && path.split('/').all(good)
}

/// Where to go after signing in: the wish in the query when it stays on this server, else the start.
pub fn after_sign_in(search: &str) -> String {
    let wish = query::pairs(search).into_iter().find(|(key, _)| key == "redirect");
    wish.map(|(_, to)| to).filter(|to| is_local(to)).unwrap_or_else(|| "/".to_owned())
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
    if from == "/" || !is_local(from) {
        return path;
    }
    query::join(&path, &query::write(&[("redirect", from.to_owned())]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(place: Place) -> Route {
        Route::Project("acme/platform/payments".to_owned(), place)
    }

    #[test]
    fn every_place_survives_the_way_through_its_path() {
        let places = [
            Place::Home,
            Place::Report,
            Place::Vulnerability(4187),
            Place::Pipelines,
            Place::Pipeline(812),
            Place::Dependencies,
            Place::Imports,
            Place::NewImport,
            Place::Upload,
        ];
        let fixed = [Route::Projects, Route::NewProject, Route::SignIn];
        for route in places.map(project).into_iter().chain(fixed) {
            assert_eq!(Route::parse(&route.path()), route);
            assert_eq!(Route::parse(&format!("{}/", route.path())), route);
        }
    }

    #[test]
    fn short_and_encoded_forms() {
        assert_eq!(Route::parse("/acme/platform/payments/-/pipelines/812"), project(Place::Pipeline(812)));
        assert_eq!(Route::parse("/acme%2Fplatform%2Fpayments"), project(Place::Home));
    }

    #[test]
    fn what_is_no_place_is_missing() {
        let odd = [
            "/acme",
            "/acme//x",
            "/acme/x/-/security/vulnerabilities/abc",
            "/acme/x/-/pipelines/-1",
            "/acme/x/-/settings",
            "/-/health",
            "/a/../b",
        ];
        for path in odd {
            assert_eq!(Route::parse(path), Route::Missing, "{path}");
        }
    }

    #[test]
    fn sign_in_leads_back_but_never_away() {
        let from = "/acme/x/-/security/vulnerability_report?severity=high&page=2";
        let address = sign_in_from(from);
        let (_, search) = address.split_once('?').unwrap_or_default();
        assert_eq!(after_sign_in(search), from);
        assert_eq!(sign_in_from("/"), "/users/sign_in");
        for bad in ["//evil.test", "https://evil.test", "/\\evil.test", "javascript:x", "/users/sign_in"] {
            let search = query::write(&[("redirect", bad.to_owned())]);
            assert_eq!(after_sign_in(&search), "/", "{bad}");
        }
    }
}
