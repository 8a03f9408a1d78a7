//! Pipelines, jobs and scans, reading (API design, section 2.4). Must not know: how they are ingested.

use super::error::ApiError;
use super::gate::Granted;
use super::listing::{self, Listing, Rows};
use super::number::number;
use super::params::Params;
use super::places::descending;
use super::state::{Shared, State};
use crate::access::Action;
use crate::domain::pipeline::Pipeline;
use crate::domain::project::Project;
use crate::ingest::family;
use crate::store::lists::{self, Slice};
use crate::store::{ReadTx, pipelines};
use crate::views;
use actix_web::{HttpRequest, HttpResponse, web};
use casemate_shared::api::pipeline as wire;
use serde_json::json;

/// The pipeline of a project.
///
/// # Errors
/// 404, also for one of another project.
pub fn find(rtx: &ReadTx, project: &Project, id: u64) -> Result<Pipeline, ApiError> {
    of_project(project, pipelines::find_pipeline(rtx, id)?)
}

fn of_project(project: &Project, found: Option<Pipeline>) -> Result<Pipeline, ApiError> {
    let found = found.filter(|found| found.project_id == project.id && found.deleted_at.is_none());
    found.ok_or_else(|| ApiError::NotFound("Pipeline".to_owned()))
}

/// The project, and its pipeline that a path names.
///
/// # Errors
/// 404.
pub fn named(rtx: &ReadTx, granted: &Granted, pipeline: &str) -> Result<(Project, Pipeline), ApiError> {
    let project = granted.project(rtx)?;
    let pipeline = find(rtx, &project, number(pipeline, "Pipeline")?)?;
    Ok((project, pipeline))
}

/// `GET P/pipelines`: status, ref, sha, source, sort, page. Child pipelines are listed only when `source` is
/// `parent_pipeline`.
///
/// # Errors
/// 400, 401, 403, 404.
pub async fn list(request: HttpRequest, state: Shared, granted: Granted, params: Params) -> Result<HttpResponse, ApiError> {
    let newest_first = descending(&params, true)?;
    let filter = Filter::read(&params)?;
    let with_numbers = granted.may(Action::ReadVulnerabilities);
    listing::of_project(&request, state, granted, &params, move |listing| {
        let Listing { rtx, project, page, origin, .. } = listing;
        let (total, found) = filter.page(rtx, project, page.slice(newest_first))?;
        let shown = |pipeline| numbered(views::pipelines::pipeline(pipeline, project, origin), with_numbers);
        Ok((total, found.into_iter().map(shown).collect()))
    })
    .await
}

/// A pipeline as who asks may see it.
fn numbered(pipeline: wire::Pipeline, with_numbers: bool) -> wire::Pipeline {
    if with_numbers { pipeline } else { views::pipelines::without_numbers(pipeline) }
}

fn detail(
    request: &HttpRequest,
    state: &State,
    rtx: &ReadTx,
    granted: &Granted,
    (project, pipeline): (&Project, &Pipeline),
) -> Result<HttpResponse, ApiError> {
    let mut detail = views::pipelines::detail(rtx, pipeline, project, &state.origin(request))?;
    detail.pipeline = numbered(detail.pipeline, granted.may(Action::ReadVulnerabilities));
    Ok(HttpResponse::Ok().json(detail))
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
            let rows = pipelines::find_pipelines(rtx, &found.ids)?.into_iter();
            let rows: Result<Vec<_>, _> = rows.map(|row| of_project(project, row)).collect();
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
pub async fn latest(request: HttpRequest, state: Shared, granted: Granted, params: Params) -> Result<HttpResponse, ApiError> {
    let rtx = state.store.read()?;
    let project = granted.project(&rtx)?;
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
    detail(&request, &state, &rtx, &granted, (&project, &found))
}

/// `GET P/pipelines/:pid`.
///
/// # Errors
/// 401, 403, 404.
pub async fn show(
    request: HttpRequest,
    state: Shared,
    granted: Granted,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let rtx = state.store.read()?;
    let (project, pipeline) = named(&rtx, &granted, &path.1)?;
    detail(&request, &state, &rtx, &granted, (&project, &pipeline))
}

/// `GET P/pipelines/:pid/jobs`: scope, include_retried, page; oldest first.
///
/// # Errors
/// 400, 401, 403, 404.
pub async fn jobs(
    request: HttpRequest,
    state: Shared,
    granted: Granted,
    path: web::Path<(String, String)>,
    params: Params,
) -> Result<HttpResponse, ApiError> {
    let filter = super::jobs::Filter::read(&params, false)?;
    let (_, id) = path.into_inner();
    listing::of_project(&request, state, granted, &params, move |listing| {
        let Listing { rtx, project, page, .. } = listing;
        let pipeline = find(rtx, project, number(&id, "Pipeline")?)?;
        let mut wanted = pipelines::jobs(rtx, pipeline.id)?;
        wanted.retain(|job| filter.wants(job));
        let (total, jobs) = listing::cut(wanted, page);
        let frame = listing.frame()?;
        let rows = jobs.iter().map(|job| views::jobs::job(&frame, job, &pipeline));
        Ok((total, rows.collect::<Result<_, _>>()?))
    })
    .await
}

/// `GET P/pipelines/:pid/scans` [E]: all of them.
///
/// # Errors
/// 401, 403, 404.
pub async fn scans(state: Shared, granted: Granted, path: web::Path<(String, String)>) -> Result<HttpResponse, ApiError> {
    let rtx = state.store.read()?;
    let (_, pipeline) = named(&rtx, &granted, &path.1)?;
    Ok(HttpResponse::Ok().json(views::pipelines::scan_list(&rtx, &pipeline)?))
}

/// `GET P/pipelines/:pid/bridges`: scope, page; one for each child, oldest first.
///
/// # Errors
/// 400, 401, 403, 404.
pub async fn bridges(
    request: HttpRequest,
    state: Shared,
    granted: Granted,
    path: web::Path<(String, String)>,
    params: Params,
) -> Result<HttpResponse, ApiError> {
    let scope = super::jobs::scope(&params)?;
    let with_numbers = granted.may(Action::ReadVulnerabilities);
    let (_, id) = path.into_inner();
    listing::of_project(&request, state, granted, &params, move |listing| {
        let Listing { rtx, project, page, origin, .. } = listing;
        let pipeline = find(rtx, project, number(&id, "Pipeline")?)?;
        let mut children = pipelines::family(rtx, &pipeline)?;
        children.retain(|child| child.parent_id == Some(pipeline.id));
        children.retain(|child| scope.is_empty() || scope.contains(&child.status));
        let (total, children) = listing::cut(children, page);
        let mut rows = Vec::with_capacity(children.len());
        for child in &children {
            let mut row = views::bridges::bridge(rtx, &pipeline, child, project, origin)?;
            row.downstream_pipeline = numbered(row.downstream_pipeline, with_numbers);
            rows.push(row);
        }
        Ok((total, rows))
    })
    .await
}

/// `GET P/pipelines/:pid/variables`: there are none here; clients always ask.
///
/// # Errors
/// 401, 403, 404.
pub async fn nothing(state: Shared, granted: Granted, path: web::Path<(String, String)>) -> Result<HttpResponse, ApiError> {
    let rtx = state.store.read()?;
    named(&rtx, &granted, &path.1)?;
    Ok(HttpResponse::Ok().json(json!([])))
}

/// `GET P/pipelines/:pid/test_report` and `/test_report_summary`: there are no unit tests here; clients always
/// ask.
///
/// # Errors
/// 401, 403, 404.
pub async fn no_tests(state: Shared, granted: Granted, path: web::Path<(String, String)>) -> Result<HttpResponse, ApiError> {
    named(&state.store.read()?, &granted, &path.1)?;
    let answer = if granted.route().ends_with("_summary") {
        let total = json!({"time": 0, "count": 0, "success": 0, "failed": 0, "skipped": 0, "error": 0, "suite_error": null});
        json!({"total": total, "test_suites": []})
    } else {
        json!({"total_time": 0, "total_count": 0, "success_count": 0, "failed_count": 0, "skipped_count": 0, "error_count": 0,
            "test_suites": []})
    };
    Ok(HttpResponse::Ok().json(answer))
}
