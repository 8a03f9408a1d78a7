//! Pipelines, jobs and scans, reading (API design, section 2.4). Must not know: how they are ingested.

use super::caller::{READ, SignedIn};
use super::error::ApiError;
use super::jobs::Filter;
use super::page::{Page, paged};
use super::params::Params;
use super::projects::descending;
use super::state::{Shared, project};
use crate::domain::pipeline::Pipeline;
use crate::domain::project::Project;
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

/// `GET P/pipelines`: status, ref, sha, source, sort, page.
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
    caller.with(READ)?;
    let page = Page::from_params(&params)?;
    let origin = state.origin(&request);
    let rtx = state.store.read()?;
    let project = project(&rtx, &key)?;
    let mut ids = pipelines::pipeline_ids(&rtx, project.id)?;
    if descending(&params)? {
        ids.reverse();
    }
    let wanted =
        |name: &str, value: &str| params.optional(name).map(|wish| wish.is_none_or(|wish| wish.is_empty() || wish == value));
    let mut matching = Vec::new();
    for id in ids {
        let pipeline = find(&rtx, &project, id)?;
        if wanted("ref", &pipeline.ref_name)?
            && wanted("sha", &pipeline.sha)?
            && wanted("status", &pipeline.status)?
            && wanted("source", &pipeline.source)?
        {
            matching.push(pipeline);
        }
    }
    let slice = matching.iter().skip(page.offset() as usize).take(page.limit());
    let rows: Vec<_> = slice.map(|pipeline| views::pipelines::pipeline(pipeline, &project, &origin)).collect();
    Ok(paged(&request, &origin, page, matching.len() as u64, &rows))
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
        if pipeline.ref_name == branch {
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
    caller.with(READ)?;
    let page = Page::from_params(&params)?;
    let origin = state.origin(&request);
    let rtx = state.store.read()?;
    let (project, pipeline) = named(&rtx, &path)?;
    let filter = Filter::read(&params, false)?;
    let all = views::jobs::jobs(&rtx, &pipeline, &project, &origin, |job| filter.wants(job))?;
    let total = all.len() as u64;
    let rows: Vec<_> = all.into_iter().skip(page.offset() as usize).take(page.limit()).collect();
    Ok(paged(&request, &origin, page, total, &rows))
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

/// `GET P/pipelines/:pid/bridges` and `/variables`: there are none here; clients always ask.
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
