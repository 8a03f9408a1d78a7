//! Sizes: on the disk and project by project for administrators, of one project for its members. Must not know: how
//! they are found out.

use super::error::ApiError;
use super::gate::Granted;
use super::listing;
use super::page::{Page, paged};
use super::params::Params;
use super::places::descending;
use super::state::{Shared, State, block};
use crate::views;
use crate::views::storage::SizeOrder;
use actix_web::{HttpRequest, HttpResponse};

/// `GET /api/v4/admin/storage` [E]: bytes of database, reports, index and spool, and what retention removed.
/// Looks at every page of the database, which takes seconds for gigabytes.
///
/// # Errors
/// 401, 403 for everybody but administrators.
pub async fn show(state: Shared) -> Result<HttpResponse, ApiError> {
    let answer = block(move || Ok(views::storage::storage(&state.retention.sizes()?, state.retention.settings()))).await?;
    Ok(HttpResponse::Ok().json(answer))
}

/// `GET /api/v4/admin/storage/projects` [E]: what is kept of each project. search, order_by (`report_bytes`,
/// `reports`, `findings`, `pipelines`, `vulnerabilities`, `id`), sort, page. Reads kept numbers only.
///
/// # Errors
/// 400, 401, 403 for everybody but administrators.
pub async fn projects(request: HttpRequest, state: Shared, params: Params) -> Result<HttpResponse, ApiError> {
    let page = Page::from_params(&params)?;
    let search = params.optional("search")?.unwrap_or_default().to_lowercase();
    let order = params.choice("order_by", SizeOrder::parse)?.unwrap_or(SizeOrder::ReportBytes);
    let is_descending = descending(&params, true)?;
    let origin = State::origin(&state, &request);
    let (total, rows) = block(move || {
        let rtx = state.store.read()?;
        let mut all = views::storage::projects(&rtx, order, is_descending)?;
        all.retain(|one| one.path_with_namespace.to_lowercase().contains(&search) || one.name.to_lowercase().contains(&search));
        Ok(listing::cut(all, page))
    })
    .await?;
    Ok(paged(&request, &origin, page, total, &rows))
}

/// `GET P/storage` [E]: what is kept of the project, from kept numbers.
///
/// # Errors
/// 401, 403, 404.
pub async fn of_project(state: Shared, granted: Granted) -> Result<HttpResponse, ApiError> {
    let rtx = state.store.read()?;
    let project = granted.project(&rtx)?;
    Ok(HttpResponse::Ok().json(views::storage::project(&rtx, &project)?))
}
