//! Dependencies of a project and of a pipeline (API design, section 2.7). Must not know: how lists are made.

use super::error::ApiError;
use super::gate::Granted;
use super::number::number;
use super::page::{Page, paged};
use super::params::Params;
use super::pipelines;
use super::state::{Shared, read};
use crate::views::dependencies::{self, Filter};
use actix_web::{HttpRequest, HttpResponse, web};

/// `GET P/dependencies`: of the newest pipeline of the default branch that has an SBOM; package_manager, filter (`all`,
/// `vulnerable`), page.
///
/// # Errors
/// 400, 401, 403, 404.
pub async fn list(request: HttpRequest, state: Shared, granted: Granted, params: Params) -> Result<HttpResponse, ApiError> {
    answer(request, state, granted, None, params).await
}

/// `GET P/pipelines/:pid/dependencies` [E]: of that pipeline, with the same parameters.
///
/// # Errors
/// 400, 401, 403, 404.
pub async fn of_pipeline(
    request: HttpRequest,
    state: Shared,
    granted: Granted,
    path: web::Path<(String, String)>,
    params: Params,
) -> Result<HttpResponse, ApiError> {
    let pipeline = number(&path.1, "Pipeline")?;
    answer(request, state, granted, Some(pipeline), params).await
}

async fn answer(
    request: HttpRequest,
    state: Shared,
    granted: Granted,
    pipeline: Option<u64>,
    params: Params,
) -> Result<HttpResponse, ApiError> {
    let page = Page::from_params(&params)?;
    let filter = filter(&params)?;
    let origin = state.origin(&request);
    let address = origin.clone();
    let (rows, total) = read(&state, move |rtx| {
        let project = granted.project(rtx)?;
        let pipeline = match pipeline {
            Some(id) => Some(pipelines::find(rtx, &project, id)?.id),
            None => dependencies::newest(rtx, project.id)?,
        };
        let Some(pipeline) = pipeline else { return Ok((Vec::new(), 0)) };
        Ok(dependencies::list(rtx, &project, pipeline, &filter, (page.offset(), page.limit()), &origin)?)
    })
    .await?;
    Ok(paged(&request, &address, page, total, &rows))
}

fn filter(params: &Params) -> Result<Filter, ApiError> {
    let word = |word: &str| match word {
        "all" => Some(false),
        "vulnerable" => Some(true),
        _ => None,
    };
    Ok(Filter {
        package_managers: params.list("package_manager")?.into_iter().map(str::to_owned).collect(),
        only_vulnerable: params.choices("filter", word)?.contains(&true),
    })
}
