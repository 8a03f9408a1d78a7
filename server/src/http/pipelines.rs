//! Pipelines, jobs and scans, reading (API design, section 2.4). Must not know: how they are ingested.

use super::caller::{READ, SignedIn};
use super::error::ApiError;
use super::listing::{self, Listing, Rows};
use super::params::Params;
use super::projects::descending;
use super::state::{Shared, project};
use crate::domain::pipeline::Pipeline;
use crate::domain::project::Project;
use crate::ingest::family;
use crate::store::lists::{self, Slice};
use crate::store::{ReadTx, pipelines};
use crate::views;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

/// The pipeline of a project.
///
/// # Errors
/// 404, also for one of another project.
pub fn find(rtx: &ReadTx, project: &Project, id: u64) -> Result<Pipeline, ApiError> {
    let found = pipelines::find_pipeline(rtx, id)?.filter(|found| found.project_id == project.id && found.deleted_at.is_none());
    found.ok_or_else(|| ApiError::NotFound("Pipeline".to_owned()))
}

/// The project and pipeline that a path names.
///
/// # Errors
/// 404.
pub fn named(rtx: &ReadTx, path: &(String, String)) -> Result<(Project, Pipeline), ApiError> {
    let project = project(rtx, &path.0)?;
    let pipeline = find(rtx, &project, number(&path.1, "Pipeline")?)?;
    Ok((project, pipeline))
}

/// An id of a path.
///
/// # Errors
/// 404, when it is no number.
pub fn number(text: &str, what: &str) -> Result<u64, ApiError> {
    text.parse().map_err(|_| ApiError::NotFound(what.to_owned()))
}

/// `GET P/pipelines`: status, ref, sha, source, sort, page. Child pipelines are listed only when `source` is
/// `parent_pipeline`.
///
/// # Errors
/// 400, 401, 403, 404.
pub async fn list(
    request: HttpRequest,
    state: Shared,
    caller: SignedIn,
    key: web::Path<String>,
    params: Params,
) -> Result<HttpResponse, ApiError> {
    let newest_first = descending(&params)?;
    let filter = Filter::read(&params)?;
    listing::of_project(&request, state, caller, key.into_inner(), &params, move |listing| {
        let Listing { rtx, project, page, origin, .. } = listing;
        let (total, found) = filter.page(rtx, project, page.slice(newest_first))?;
        Ok((total, found.iter().map(|pipeline| views::pipelines::pipeline(pipeline, project, origin)).collect()))
    })
    .await
}

/// Which pipelines a list is about.
struct Filter {
    ref_name: Option<String>,
    sha: Option<String>,
    status: Option<String>,
    source: Option<String>,
}

impl Filter {
    fn read(params: &Params) -> Result<Filter, ApiError> {
        let text = |name: &str| Ok::<_, ApiError>(params.optional(name)?.filter(|text| !text.is_empty()).map(str::to_owned));
        Ok(Filter { ref_name: text("ref")?, sha: text("sha")?, status: text("status")?, source: text("source")? })
    }

    /// How many there are, and those of one page.
    fn page(&self, rtx: &ReadTx, project: &Project, slice: Slice) -> Result<Rows<Pipeline>, ApiError> {
        if self.is_empty() {
            let found = lists::pipelines(rtx, project.id, slice)?;
            let rows: Result<Vec<_>, _> = found.ids.iter().map(|id| find(rtx, project, *id)).collect();
            return Ok((found.total, rows?));
        }
        let wanted = |pipeline: &Pipeline| self.wants(pipeline);
        Ok(lists::pipelines_of(rtx, project.id, self.sha.as_deref(), slice, wanted)?)
    }

    fn is_empty(&self) -> bool {
        [&self.ref_name, &self.sha, &self.status, &self.source].iter().all(|wish| wish.is_none())
    }

    fn wants(&self, pipeline: &Pipeline) -> bool {
        if pipeline.parent_id.is_some() && self.source.as_deref() != Some(family::SOURCE) {
            return false;
        }
        let is = |wish: &Option<String>, value: &str| wish.as_ref().is_none_or(|wish| wish == value);
        is(&self.ref_name, &pipeline.ref_name)
            && is(&self.sha, &pipeline.sha)
            && is(&self.status, &pipeline.status)
            && is(&self.source, &pipeline.source)
    }
}

/// `GET P/pipelines/latest?ref=`: the newest of a branch, of the default branch when none is named.
///
/// # Errors
/// 401, 403, 404 also when the branch has none.
pub async fn latest(
    request: HttpRequest,
    state: Shared,
    caller: SignedIn,
    key: web::Path<String>,
    params: Params,
) -> Result<HttpResponse, ApiError> {
    caller.with(READ)?;
    let rtx = state.store.read()?;
    let project = project(&rtx, &key)?;
    let branch = params.optional("ref")?.unwrap_or(&project.default_branch).to_owned();
    let mut found = None;
    pipelines::newest_pipelines(&rtx, project.id, |pipeline| {
        if pipeline.ref_name == branch && pipeline.parent_id.is_none() {
            found = Some(pipeline);
            return Ok(std::ops::ControlFlow::Break(()));
        }
        Ok(std::ops::ControlFlow::Continue(()))
    })?;
    let found = found.ok_or_else(|| ApiError::NotFound("Pipeline".to_owned()))?;
    Ok(HttpResponse::Ok().json(views::pipelines::detail(&rtx, &found, &project, &state.origin(&request))?))
}

/// `GET P/pipelines/:pid`.
///
/// # Errors
/// 401, 403, 404.
pub async fn show(
    request: HttpRequest,
    state: Shared,
    caller: SignedIn,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    caller.with(READ)?;
    let rtx = state.store.read()?;
    let (project, pipeline) = named(&rtx, &path)?;
    Ok(HttpResponse::Ok().json(views::pipelines::detail(&rtx, &pipeline, &project, &state.origin(&request))?))
}

/// `GET P/pipelines/:pid/jobs`: scope, include_retried, page; oldest first.
///
/// # Errors
/// 400, 401, 403, 404.
pub async fn jobs(
    request: HttpRequest,
    state: Shared,
    caller: SignedIn,
    path: web::Path<(String, String)>,
    params: Params,
) -> Result<HttpResponse, ApiError> {
    let filter = super::jobs::Filter::read(&params, false)?;
    let (key, id) = path.into_inner();
    listing::of_project(&request, state, caller, key, &params, move |listing| {
        let Listing { rtx, project, page, origin, .. } = listing;
        let pipeline = find(rtx, project, number(&id, "Pipeline")?)?;
        let mut wanted = pipelines::jobs(rtx, pipeline.id)?;
        wanted.retain(|job| filter.wants(job));
        let (total, jobs) = listing::cut(wanted, *page);
        let rows = jobs.iter().map(|job| views::jobs::job(rtx, job, &pipeline, project, origin));
        Ok((total, rows.collect::<Result<_, _>>()?))
    })
    .await
}

/// `GET P/pipelines/:pid/scans` [E]: all of them.
///
/// # Errors
/// 401, 403, 404.
pub async fn scans(state: Shared, caller: SignedIn, path: web::Path<(String, String)>) -> Result<HttpResponse, ApiError> {
    caller.with(READ)?;
    let rtx = state.store.read()?;
    let (_, pipeline) = named(&rtx, &path)?;
    Ok(HttpResponse::Ok().json(views::pipelines::scan_list(&rtx, &pipeline)?))
}

/// `GET P/pipelines/:pid/bridges`: scope, page; one for each child, oldest first.
///
/// # Errors
/// 400, 401, 403, 404.
pub async fn bridges(
    request: HttpRequest,
    state: Shared,
    caller: SignedIn,
    path: web::Path<(String, String)>,
    params: Params,
) -> Result<HttpResponse, ApiError> {
    let scope = super::jobs::scope(&params)?;
    let (key, id) = path.into_inner();
    listing::of_project(&request, state, caller, key, &params, move |listing| {
        let Listing { rtx, project, page, origin, .. } = listing;
        let pipeline = find(rtx, project, number(&id, "Pipeline")?)?;
        let mut children = pipelines::family(rtx, &pipeline)?;
        children.retain(|child| child.parent_id == Some(pipeline.id));
        children.retain(|child| scope.is_empty() || scope.contains(&child.status));
        let (total, children) = listing::cut(children, *page);
        let rows = children.iter().map(|child| views::bridges::bridge(rtx, &pipeline, child, project, origin));
        Ok((total, rows.collect::<Result<_, _>>()?))
    })
    .await
}

/// `GET P/pipelines/:pid/variables`: there are none here; clients always ask.
///
/// # Errors
/// 401, 403, 404.
pub async fn nothing(state: Shared, caller: SignedIn, path: web::Path<(String, String)>) -> Result<HttpResponse, ApiError> {
    caller.with(READ)?;
    let rtx = state.store.read()?;
    named(&rtx, &path)?;
    Ok(HttpResponse::Ok().json(json!([])))
}

/// `GET P/pipelines/:pid/test_report` and `/test_report_summary`: there are no unit tests here; clients always
/// ask.
///
/// # Errors
/// 401, 403, 404.
pub async fn no_tests(
    request: HttpRequest,
    state: Shared,
    caller: SignedIn,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    caller.with(READ)?;
    named(&state.store.read()?, &path)?;
    let answer = if request.path().trim_end_matches('/').ends_with("_summary") {
        let total = json!({"time": 0, "count": 0, "success": 0, "failed": 0, "skipped": 0, "error": 0, "suite_error": null});
        json!({"total": total, "test_suites": []})
    } else {
        json!({"total_time": 0, "total_count": 0, "success_count": 0, "failed_count": 0, "skipped_count": 0, "error_count": 0,
            "test_suites": []})
    };
    Ok(HttpResponse::Ok().json(answer))
}
