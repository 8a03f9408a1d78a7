//! Vulnerabilities, reading (API design, section 2.6). Must not know: how lists are made.

use super::error::ApiError;
use super::gate::Granted;
use super::page::{Page, paged_json};
use super::params::Params;
use super::places::descending;
use super::state::{Shared, block, read, read_apart};
use crate::clock::parse_iso;
use crate::domain::project::Project;
use crate::store::{ReadTx, findings, projects};
use crate::views::vulnerabilities::Frame;
use crate::views::vulnerability_json::{vulnerabilities, vulnerability};
use crate::views::vulnerability_list::{self as lists, Filter, OrderBy};
use actix_web::http::header::ContentType;
use actix_web::{HttpRequest, HttpResponse, web};
use casemate_shared::{ReportType, Severity, VulnerabilityState};

/// Reads what the filters of the list narrow it to. A search waits for the index, so it goes to a blocking thread;
/// the snapshot is taken behind it and has every body that it found.
async fn narrowed<T: Send + 'static>(
    state: &Shared,
    granted: Granted,
    params: Params,
    work: impl Fn(&ReadTx, &Project, &Filter, &Params) -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    if state.is_search(&params)? {
        let shared = state.clone();
        return block(move || {
            let bodies = shared.searched(granted.project(&shared.store.read()?)?.id, &params)?;
            let rtx = shared.store.read()?;
            let project = granted.project(&rtx)?;
            work(&rtx, &project, &Filter { bodies, ..filter(&rtx, project.id, &params)? }, &params)
        })
        .await;
    }
    read(state, move |rtx| {
        let project = granted.project(rtx)?;
        work(rtx, &project, &filter(rtx, project.id, &params)?, &params)
    })
    .await
}

/// The filters of the list but for the search.
fn filter(rtx: &ReadTx, project: u64, params: &Params) -> Result<Filter, ApiError> {
    let activity = |word: &str| match word {
        "still_detected" => Some(false),
        "no_longer_detected" => Some(true),
        _ => None,
    };
    let mut filter = Filter {
        states: params.choices("state", VulnerabilityState::parse)?,
        severities: params.choices("severity", Severity::parse)?,
        report_types: params.choices("report_type", ReportType::parse)?,
        no_longer_detected: params.choice("activity", activity)?,
        detected_after: params.choice("detected_after", parse_iso)?,
        detected_before: params.choice("detected_before", parse_iso)?,
        ..Filter::default()
    };
    filter.set_scanners(rtx, project, &params.list("scanner")?)?;
    Ok(filter)
}

/// `GET P/vulnerabilities`: state, severity, report_type, scanner, activity, search, detected_after,
/// detected_before, order_by, sort, raw_metadata, page.
///
/// # Errors
/// 400, 401, 403, 404, 503 while the index is rebuilt and a text is searched.
pub async fn list(request: HttpRequest, state: Shared, granted: Granted, params: Params) -> Result<HttpResponse, ApiError> {
    let page = Page::from_params(&params)?;
    let origin = state.origin(&request);
    let address = origin.clone();
    let shared = state.clone();
    let (total, body) = narrowed(&state, granted, params, move |rtx, project, filter, params| {
        let order = params.choice("order_by", OrderBy::parse)?.unwrap_or(OrderBy::Severity);
        let found = lists::list(rtx, project.id, filter, order, descending(params, true)?, page.offset(), page.limit())?;
        let frame = Frame::new(rtx, project, &origin, &shared.entries)?;
        let with_raw = params.boolean("raw_metadata")?.unwrap_or(true);
        Ok((found.total, vulnerabilities(&frame, &findings::find_pairs(rtx, &found.ids)?, with_raw)?))
    })
    .await?;
    Ok(paged_json(&request, &address, page, total, body))
}

/// `GET P/vulnerability_severities_count` [E]: the list's filters, severity left out.
///
/// # Errors
/// As the list.
pub async fn count(state: Shared, granted: Granted, params: Params) -> Result<HttpResponse, ApiError> {
    let counts =
        narrowed(&state, granted, params, |rtx, project, filter, _| Ok(lists::count_by_severity(rtx, project.id, filter)?))
            .await?;
    Ok(HttpResponse::Ok().json(counts))
}

/// `GET P/vulnerability_scanners` [E].
///
/// # Errors
/// 401, 403, 404.
pub async fn scanners(state: Shared, granted: Granted) -> Result<HttpResponse, ApiError> {
    let rows = read(&state, move |rtx| Ok(lists::scanners(rtx, granted.project(rtx)?.id)?)).await?;
    Ok(HttpResponse::Ok().json(rows))
}

/// `GET P/security_report_freshness` [E].
///
/// # Errors
/// 401, 403, 404.
pub async fn freshness(state: Shared, granted: Granted) -> Result<HttpResponse, ApiError> {
    let rtx = state.store.read()?;
    let project = granted.project(&rtx)?;
    Ok(HttpResponse::Ok().json(lists::freshness(&rtx, project.id)?))
}

/// `GET /vulnerabilities/:id`.
///
/// # Errors
/// 401, 403, 404.
pub async fn show(request: HttpRequest, state: Shared, id: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let origin = state.origin(&request);
    // Rendering its texts is work that has no bound worth the name.
    let shared = state.clone();
    let found = read_apart(&state, move |rtx| {
        let not_found = || ApiError::NotFound("Vulnerability".to_owned());
        let pair = findings::find_pair(rtx, id.parse().map_err(|_| not_found())?)?.ok_or_else(not_found)?;
        let project = projects::find_project(rtx, pair.vulnerability.project_id)?.ok_or_else(not_found)?;
        Ok(vulnerability(&Frame::new(rtx, &project, &origin, &shared.entries)?, &pair)?)
    })
    .await?;
    Ok(HttpResponse::Ok().content_type(ContentType::json()).body(found))
}
