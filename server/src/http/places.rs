//! Lists of projects and groups: who asks sees what they may see, narrowed, sorted, a page of it.
//!
//! Must not know: which places a list begins with.

use super::error::ApiError;
use super::gate::Granted;
use super::page::{Keyset, Page, paged};
use super::params::Params;
use super::state::{Shared, State, read};
use crate::access::{AccessLevel, Action, Standings};
use crate::clock::{day, parse_iso};
use crate::domain::project::{Namespace, Project, Visibility};
use crate::store::{ReadTx, lists, projects as stored};
use crate::views::projects::{self as views, Shown};
use actix_web::{HttpRequest, HttpResponse};
use casemate_shared::api::project as wire;

/// Which projects a list is narrowed to.
struct ProjectFilter {
    search: String,
    archived: Option<bool>,
    id_after: u64,
    visibility: Option<Visibility>,
    topics: Vec<String>,
    active_after: Option<i64>,
    least: AccessLevel,
    with_reports: bool,
}

impl ProjectFilter {
    fn read(params: &Params) -> Result<ProjectFilter, ApiError> {
        Ok(ProjectFilter {
            search: params.optional("search")?.unwrap_or_default().to_lowercase(),
            archived: params.boolean("archived")?,
            id_after: params.unsigned("id_after")?.unwrap_or(0),
            visibility: params.choice("visibility", Visibility::parse)?,
            topics: params.list("topic")?.into_iter().map(str::to_lowercase).collect(),
            active_after: params.choice("last_activity_after", parse_iso)?,
            least: least(params)?,
            with_reports: params.boolean("with_security_reports")?.unwrap_or(false),
        })
    }

    fn wants(&self, project: &Project) -> bool {
        let has = |topic: &String| project.topics.iter().any(|own| own.to_lowercase() == *topic);
        (project.full_path.to_lowercase().contains(&self.search) || project.name.to_lowercase().contains(&self.search))
            && self.archived.is_none_or(|archived| archived == project.archived)
            && project.id > self.id_after
            && self.visibility.is_none_or(|visibility| visibility == project.visibility)
            && self.topics.iter().all(has)
            && self.active_after.is_none_or(|after| project.last_activity_at > after)
    }
}

/// `membership`, `owned` and `min_access_level` as the least level by membership.
fn least(params: &Params) -> Result<AccessLevel, ApiError> {
    let word = |text: &str| text.parse().ok().and_then(AccessLevel::from_number);
    let told = params.choice("min_access_level", word)?.unwrap_or(AccessLevel::None);
    let owned = if params.boolean("owned")?.unwrap_or(false) { AccessLevel::Owner } else { AccessLevel::None };
    let member = if params.boolean("membership")?.unwrap_or(false) { AccessLevel::Guest } else { AccessLevel::None };
    Ok(told.max(owned).max(member))
}

/// Answers a page of those of some projects that the caller sees: search, archived, id_after, visibility, topic,
/// last_activity_after, membership, owned, min_access_level, with_security_reports, order_by, sort, simple,
/// with_counts, page or keyset.
///
/// # Errors
/// 400.
pub async fn projects(
    request: &HttpRequest,
    state: Shared,
    granted: Granted,
    params: Params,
    candidates: impl Fn(&ReadTx) -> Result<Vec<Project>, ApiError> + Send + 'static,
) -> Result<HttpResponse, ApiError> {
    let page = Page::from_params(&params)?;
    let by_key = Keyset::from_params(&params)?;
    let filter = ProjectFilter::read(&params)?;
    let origin = State::origin(&state, request);
    let address = origin.clone();
    let today = day(state.clock.now());
    let (total, last, rows) = read(&state, move |rtx| {
        let mut standings = Standings::new(rtx, granted.viewer(), &today).with_all()?;
        let mut all = Vec::new();
        for project in candidates(rtx)? {
            if filter.wants(&project) && sees(rtx, &mut standings, &granted, &filter, &project)? {
                all.push(project);
            }
        }
        order_projects(&mut all, &params)?;
        let is_simple = params.boolean("simple")?.unwrap_or(false);
        let with_counts = params.boolean("with_counts")?.unwrap_or(false);
        let (slice, more) = match &by_key {
            Some(key) => key.cut(&all, page, |project| project.id),
            None => (all.iter().skip(skipped(page)).take(page.limit()).collect(), false),
        };
        let last = slice.last().map(|project| project.id).filter(|_| more);
        let mut rows = Vec::with_capacity(slice.len());
        for project in slice {
            let shown = match with_counts && !is_simple {
                false => Shown::Plain,
                true if granted.may_there(Action::ReadVulnerabilities, standings.of_project(project)?) => Shown::Findings,
                true => Shown::Pipeline,
            };
            let mut row = views::project(rtx, project, &origin, shown)?;
            if !is_simple {
                row.permissions = permissions(rtx, &mut standings, &granted, project)?;
            }
            rows.push(row);
        }
        Ok((all.len() as u64, last, rows))
    })
    .await?;
    Ok(match by_key {
        Some(key) => key.answer(request, &address, page, last, &rows),
        None => paged(request, &address, page, total, &rows),
    })
}

fn skipped(page: Page) -> usize {
    usize::try_from(page.offset()).unwrap_or(usize::MAX)
}

fn sees(
    rtx: &ReadTx,
    standings: &mut Standings<'_, ReadTx>,
    granted: &Granted,
    filter: &ProjectFilter,
    project: &Project,
) -> Result<bool, ApiError> {
    let standing = standings.of_project(project)?;
    if !standing.is_visible {
        return Ok(false);
    }
    let (own, inherited) = standings.memberships(project)?;
    if own.max(inherited) < filter.least {
        return Ok(false);
    }
    // Whether somebody scans is told to those who may read what was found.
    Ok(!filter.with_reports || (granted.may_there(Action::ReadVulnerabilities, standing) && lists::has_imports(rtx, project.id)?))
}

/// What the caller is a member of a project by; none for who is not signed in.
pub fn permissions(
    rtx: &ReadTx,
    standings: &mut Standings<'_, ReadTx>,
    granted: &Granted,
    project: &Project,
) -> Result<Option<wire::Permissions>, ApiError> {
    if granted.viewer().is_none() {
        return Ok(None);
    }
    let (own, inherited) = standings.memberships(project)?;
    let is_users = stored::find_namespace(rtx, project.namespace_id)?.is_some_and(|space| space.is_user);
    Ok(Some(match is_users {
        true => views::permissions(own.max(inherited), AccessLevel::None),
        false => views::permissions(own, inherited),
    }))
}

fn order_projects(all: &mut [Project], params: &Params) -> Result<(), ApiError> {
    match params.optional("order_by")?.unwrap_or("created_at") {
        "id" | "created_at" => all.sort_by_key(|project| project.id),
        "name" => all.sort_by_key(|project| (project.name.to_lowercase(), project.id)),
        "path" => all.sort_by_key(|project| (project.full_path.to_lowercase(), project.id)),
        "updated_at" | "last_activity_at" => all.sort_by_key(|project| (project.last_activity_at, project.id)),
        _ => return Err(ApiError::invalid("order_by")),
    }
    if descending(params, true)? {
        all.reverse();
    }
    Ok(())
}

/// `sort`, or what holds unless it is said.
///
/// # Errors
/// 400.
pub fn descending(params: &Params, unless_said: bool) -> Result<bool, ApiError> {
    let read = |word: &str| ["asc", "desc"].contains(&word).then_some(word == "desc");
    Ok(params.choice("sort", read)?.unwrap_or(unless_said))
}

/// Answers a page of those of some groups that the caller sees: search, owned, min_access_level, top_level_only,
/// all_available, visibility, order_by, sort, page.
///
/// # Errors
/// 400.
pub async fn groups(
    request: &HttpRequest,
    state: Shared,
    granted: Granted,
    params: Params,
    candidates: impl Fn(&ReadTx) -> Result<Vec<Namespace>, ApiError> + Send + 'static,
) -> Result<HttpResponse, ApiError> {
    let page = Page::from_params(&params)?;
    let origin = State::origin(&state, request);
    let address = origin.clone();
    let search = params.optional("search")?.unwrap_or_default().to_lowercase();
    let top_only = params.boolean("top_level_only")?.unwrap_or(false);
    let visibility = params.choice("visibility", Visibility::parse)?;
    let least = match params.boolean("all_available")?.unwrap_or(true) {
        true => least(&params)?,
        false => least(&params)?.max(AccessLevel::Guest),
    };
    let today = day(state.clock.now());
    let (total, rows) = read(&state, move |rtx| {
        let mut standings = Standings::new(rtx, granted.viewer(), &today).with_all()?;
        let mut all = Vec::new();
        for group in candidates(rtx)? {
            let is_wanted = !group.is_user
                && (group.full_path.to_lowercase().contains(&search) || group.name.to_lowercase().contains(&search))
                && !(top_only && group.parent_id.is_some())
                && visibility.is_none_or(|visibility| visibility == group.visibility);
            if is_wanted && standings.of_group(&group)?.is_visible && standings.inherited(group.id)? >= least {
                all.push(group);
            }
        }
        order_groups(&mut all, &params)?;
        let slice = all.iter().skip(skipped(page)).take(page.limit());
        Ok((all.len() as u64, slice.map(|group| views::group(group, &origin)).collect::<Vec<_>>()))
    })
    .await?;
    Ok(paged(request, &address, page, total, &rows))
}

fn order_groups(all: &mut [Namespace], params: &Params) -> Result<(), ApiError> {
    match params.optional("order_by")?.unwrap_or("path") {
        "id" => all.sort_by_key(|group| group.id),
        "name" => all.sort_by_key(|group| (group.full_name.to_lowercase(), group.id)),
        "path" => all.sort_by_key(|group| (group.full_path.to_lowercase(), group.id)),
        _ => return Err(ApiError::invalid("order_by")),
    }
    if descending(params, false)? {
        all.reverse();
    }
    Ok(())
}
