//! Branches without a repository (API design, section 2.3). Must not know: how a branch comes to be known.

use super::error::ApiError;
use super::gate::Granted;
use super::listing::{self, Listing};
use super::params::Params;
use super::removing::removing;
use super::state::{Shared, State, block};
use super::told_commit::told_commit;
use crate::access::Standings;
use crate::audit::{self, Act, Entity, Event};
use crate::clock::day;
use crate::domain::branch::Branch;
use crate::domain::project::Project;
use crate::forge::branches::{self, NewBranch};
use crate::forge::protection::{Asking, Protections};
use crate::store::{ReadTx, branches as stored};
use crate::views::branches::{self as views, Frame};
use actix_web::{HttpRequest, HttpResponse, web};
use casemate_shared::api::branch as wire;
use regex::RegexBuilder;

/// Most characters of a regular expression.
const PATTERN_CHARS: usize = 500;
/// Most bytes that a compiled one may take.
const PATTERN_BYTES: usize = 1 << 20;

/// Where a branch stands in a path.
#[derive(serde::Deserialize)]
pub struct Named {
    branch: String,
}

/// `GET P/repository/branches`: search, regex, sort=name_asc|updated_asc|updated_desc, page.
///
/// # Errors
/// 400, 401, 403, 404.
pub async fn list(request: HttpRequest, state: Shared, granted: Granted, params: Params) -> Result<HttpResponse, ApiError> {
    let search = Search::read(&params)?;
    let order =
        params.choice("sort", |word| ["name_asc", "updated_asc", "updated_desc"].into_iter().find(|known| *known == word))?;
    let asker = granted.clone();
    listing::of_project(&request, state, granted, &params, move |listing| {
        let Listing { rtx, project, page, origin, .. } = listing;
        let mut found = stored::branches(rtx, project.id)?;
        found.retain(|branch| search.wants(&branch.name));
        match order {
            Some("updated_asc") => found.sort_by_key(|branch| branch.updated_at),
            Some("updated_desc") => found.sort_by_key(|branch| std::cmp::Reverse(branch.updated_at)),
            _ => {}
        }
        let (total, found) = listing::cut(found, page);
        Ok((total, shown(listing.state, rtx, project, &asker, origin, &found)?))
    })
    .await
}

/// Which branches are asked for.
struct Search {
    text: String,
    at_start: bool,
    at_end: bool,
    regex: Option<regex::Regex>,
}

impl Search {
    /// `search` may begin with `^` and end with `$`, as in GitLab; `regex` runs in an engine of linear time.
    fn read(params: &Params) -> Result<Search, ApiError> {
        let text = params.optional("search")?.unwrap_or_default().to_lowercase();
        let (at_start, text) = text.strip_prefix('^').map_or((false, text.as_str()), |rest| (true, rest));
        let (at_end, text) = text.strip_suffix('$').map_or((false, text), |rest| (true, rest));
        let bad = || ApiError::invalid("regex");
        let build = |pattern: &str| RegexBuilder::new(pattern).size_limit(PATTERN_BYTES).dfa_size_limit(PATTERN_BYTES).build();
        let regex = match params.optional("regex")?.filter(|pattern| !pattern.is_empty()) {
            Some(pattern) if pattern.chars().count() > PATTERN_CHARS => return Err(bad()),
            Some(pattern) => Some(build(pattern).map_err(|_| bad())?),
            None => None,
        };
        Ok(Search { text: text.to_owned(), at_start, at_end, regex })
    }

    fn wants(&self, name: &str) -> bool {
        let folded = name.to_lowercase();
        let fits = match (self.at_start, self.at_end) {
            (false, false) => folded.contains(&self.text),
            (true, false) => folded.starts_with(&self.text),
            (false, true) => folded.ends_with(&self.text),
            (true, true) => folded == self.text,
        };
        fits && self.regex.as_ref().is_none_or(|regex| regex.is_match(name))
    }
}

/// Branches as the caller sees them.
fn shown(
    state: &State,
    rtx: &ReadTx,
    project: &Project,
    granted: &Granted,
    origin: &str,
    found: &[Branch],
) -> Result<Vec<wire::Branch>, ApiError> {
    let today = day(state.clock.now());
    let protections = Protections::read(rtx, project.id)?;
    let frame = Frame { rtx, project, protections: &protections, origin };
    let mut standings = Standings::new(rtx, granted.viewer(), &today);
    let level = granted.level();
    let mut rows = Vec::with_capacity(found.len());
    for branch in found {
        let can_push = match granted.viewer() {
            Some(user) => Asking { user, level, standings: &mut standings }.may_push(&protections, &branch.name)?,
            None => false,
        };
        rows.push(views::branch(&frame, branch, can_push)?);
    }
    Ok(rows)
}

fn one(state: &State, project: &Project, granted: &Granted, origin: &str, branch: Branch) -> Result<wire::Branch, ApiError> {
    let mut rows = shown(state, &state.store.read()?, project, granted, origin, &[branch])?;
    rows.pop().ok_or_else(|| ApiError::NotFound("Branch".to_owned()))
}

/// `GET P/repository/branches/:branch`.
///
/// # Errors
/// 401, 403, 404.
pub async fn show(
    request: HttpRequest,
    state: Shared,
    granted: Granted,
    path: web::Path<Named>,
) -> Result<HttpResponse, ApiError> {
    let origin = state.origin(&request);
    let rtx = state.store.read()?;
    let project = granted.project(&rtx)?;
    let found = stored::find(&rtx, project.id, &path.branch)?.ok_or_else(|| ApiError::NotFound("Branch".to_owned()))?;
    Ok(HttpResponse::Ok().json(one(&state, &project, &granted, &origin, found)?))
}

/// `POST P/repository/branches`: branch, ref: a commit's full id, which need not be known [E], or a branch; and
/// what is told about the commit [E].
///
/// # Errors
/// 400, 401, 403 also for a branch that is protected from the caller, 404.
pub async fn create(request: HttpRequest, state: Shared, granted: Granted, params: Params) -> Result<HttpResponse, ApiError> {
    params.required(&["branch", "ref"])?;
    let text = |name: &str| Ok::<_, ApiError>(params.optional(name)?.unwrap_or_default().to_owned());
    let (name, from, commit) = (text("branch")?, text("ref")?, told_commit(&params)?);
    let origin = state.origin(&request);
    let made = block(move || {
        let now = state.clock.now();
        let (project, branch) = state.store.write(|wtx| {
            let project = granted.project_now(wtx)?;
            let new = NewBranch { name: &name, from: &from, commit: &commit };
            let branch = branches::create(wtx, &project, &new, granted.user()?, now)?;
            Ok::<_, ApiError>((project, branch))
        })?;
        one(&state, &project, &granted, &origin, branch)
    })
    .await?;
    Ok(HttpResponse::Created().json(made))
}

/// `DELETE P/repository/branches/:branch`: what was found on it stays.
///
/// # Errors
/// 401, 403 for the default branch, and for a protected one below maintainer, 404.
pub async fn delete(
    request: HttpRequest,
    state: Shared,
    granted: Granted,
    path: web::Path<Named>,
) -> Result<HttpResponse, ApiError> {
    removing(&request, state, granted, move |wtx, granted, by| {
        let project = granted.project_now(wtx)?;
        let branch = branches::remove(wtx, &project, &path.branch, granted.user()?, by.at)?;
        let act = Act::on(Event::BranchDeleted, Entity::Project(project.id));
        Ok(audit::pass(wtx, by, &act.about("Branch", 0, branch.name).with("sha", branch.sha))?)
    })
    .await
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn search(name: &str, value: &str) -> Result<Search, ApiError> {
        let mut params = Params::default();
        params.merge_pairs(vec![(name.to_owned(), value.to_owned())]).unwrap();
        Search::read(&params)
    }

    #[test]
    fn branches_are_searched_by_their_beginning_and_their_end() {
        let wants = |text: &str, name: &str| search("search", text).unwrap().wants(name);
        assert!(wants("", "x") && wants("EAT", "feature/x") && wants("^feat", "feature/x") && wants("/x$", "feature/x"));
        assert!(wants("^main$", "main") && !wants("^main$", "main2") && !wants("^x", "feature/x") && !wants("feat$", "feature"));
        assert!(search("regex", "^(main|v[0-9]+)$").unwrap().wants("v12"));
    }

    #[test]
    fn a_pattern_costs_no_more_than_its_length() {
        // An engine that goes back would never end.
        let evil = search("regex", "^(a+)+(a|aa)*$").unwrap();
        assert!(!evil.wants(&format!("{}!", "a".repeat(250))));
        for wrong in ["(", "[", "(?=x)", "\\1", &"a{900}".repeat(80), &"x".repeat(501), "((a{100}){100}){100}"] {
            assert!(search("regex", wrong).is_err(), "{wrong}");
        }
    }
}
