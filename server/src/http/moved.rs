//! Requests for the path that a group or project had before: the answer names where it is now, to who may see it.
//! To everybody else it is a path that was never there.
//!
//! Must not know: how old paths are kept, what the page shows at a path.

use super::caller;
use super::error::ApiError;
use super::gate::asker;
use super::state::State;
use crate::access::{Action, Standings, Target, decide, decide_before};
use crate::clock::day;
use crate::domain::member::Source;
use crate::domain::project::{Namespace, Project};
use crate::store::{ReadTx, projects, redirects};
use actix_web::http::{Method, header};
use actix_web::{HttpRequest, HttpResponse};

/// What had a path before.
pub enum Moved {
    /// A project.
    Project(Project),
    /// A group.
    Group(Namespace),
}

/// What had a path before; none when nothing had, or when something else has it now.
///
/// # Errors
/// When the store fails.
pub fn find(rtx: &ReadTx, path: &str) -> Result<Option<Moved>, ApiError> {
    Ok(match redirects::find(rtx, path)? {
        Some(Source::Project(id)) => projects::find_project(rtx, id)?.map(Moved::Project),
        Some(Source::Group(id)) => projects::find_namespace(rtx, id)?.map(Moved::Group),
        None => None,
    })
}

/// The answer to a request of the API for something that has another path now.
pub fn answer(state: &State, request: &HttpRequest, id: u64, full_path: &str) -> ApiError {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return ApiError::MovedAway;
    }
    let moved = with_new(request.uri().path(), id, full_path);
    ApiError::Moved(format!("{}{moved}{}", state.origin(request), query_of(request)))
}

fn query_of(request: &HttpRequest) -> String {
    request.uri().query().map(|query| format!("?{query}")).unwrap_or_default()
}

/// `/api/v4/projects/old/…` with the id in place of the old path; `/api/v3/repos/owner/name/…` with the new path.
fn with_new(path: &str, id: u64, full_path: &str) -> String {
    let mut parts: Vec<String> = path.split('/').map(str::to_owned).collect();
    let (owner, name) = full_path.rsplit_once('/').unwrap_or(("", full_path));
    let new = match parts.get(3).map(String::as_str) {
        Some("repos") => vec![owner.replace('/', "%2F"), name.to_owned()],
        _ => vec![id.to_string()],
    };
    let behind = (4 + new.len()).min(parts.len());
    parts.splice(4.min(behind)..behind, new);
    parts.join("/")
}

/// The answer to a request for a page of something that has another path now, if the caller sees it.
///
/// # Errors
/// When the store fails.
pub fn page(state: &State, request: &HttpRequest) -> Result<Option<HttpResponse>, ApiError> {
    let Some((path, rest)) = named(request.path()) else { return Ok(None) };
    let rtx = state.store.read()?;
    let Some(moved) = find(&rtx, path)? else { return Ok(None) };
    // Whoever can't be told sees the page of a path that is not there.
    let caller = caller::identify(state, request).ok().flatten();
    let (asker, today) = (asker(caller.as_ref()), day(state.clock.now()));
    let mut standings = Standings::new(&rtx, asker.user, &today);
    let (action, standing, now) = match &moved {
        Moved::Project(project) => (Action::ReadProject, standings.of_project(project)?, format!("/{}", project.full_path)),
        Moved::Group(group) => (Action::ReadGroup, standings.of_group(group)?, format!("/groups/{}", group.full_path)),
    };
    let target = Target { standing, is_archived: false, is_about_oneself: false };
    if decide_before(action, asker).and_then(|()| decide(action, asker, target)).is_err() {
        return Ok(None);
    }
    let to = format!("{}{now}{rest}{}", state.origin(request), query_of(request));
    let mut response = HttpResponse::Found();
    response.insert_header((header::LOCATION, to)).insert_header((header::CACHE_CONTROL, "no-store"));
    Ok(Some(response.finish()))
}

/// The path of a group or project in that of a page, and what follows it: `/a/b/-/pipelines` is about `a/b`.
fn named(page: &str) -> Option<(&str, &str)> {
    let path = page.strip_prefix("/groups/").unwrap_or_else(|| page.trim_start_matches('/'));
    let end = path.find("/-/").unwrap_or_else(|| path.trim_end_matches('/').len());
    path.split_at_checked(end).filter(|(path, _)| !path.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_part_that_names_it_is_another() {
        for (old, new) in [
            ("/api/v4/projects/a%2Fb", "/api/v4/projects/7"),
            ("/api/v4/projects/a%2fb/jobs/artifacts/main/raw/a%2Fb", "/api/v4/projects/7/jobs/artifacts/main/raw/a%2Fb"),
            ("/api/v4/groups/a/labels/", "/api/v4/groups/7/labels/"),
            ("/api/v3/repos/a/b/code-scanning/sarifs/x", "/api/v3/repos/new%2Fgroup/name/code-scanning/sarifs/x"),
        ] {
            assert_eq!(with_new(old, 7, "new/group/name"), new);
        }
    }

    #[test]
    fn a_page_names_what_it_is_about() {
        for (page, path, rest) in [
            ("/a/b", "a/b", ""),
            ("/a/b/", "a/b", "/"),
            ("/a/b/-/pipelines/7", "a/b", "/-/pipelines/7"),
            ("/groups/a/b/-/members", "a/b", "/-/members"),
            ("/a", "a", ""),
        ] {
            assert_eq!(named(page), Some((path, rest)), "{page}");
        }
        assert_eq!(named("/"), None);
    }
}
