//! The audit log of the instance, of a group, of a project (API design, section 2.2). Must not know: what is noted.

use super::error::ApiError;
use super::gate::Granted;
use super::number::number;
use super::page::{Keyset, Page, paged};
use super::params::Params;
use super::places::descending;
use super::state::{Shared, State, read};
use crate::domain::audit::{AuditEvent, EntityKind};
use crate::domain::member::Source;
use crate::store::audit::{self, Filter};
use crate::views;
use actix_web::{HttpRequest, HttpResponse, web};

/// Where the id of an event stands in a path.
#[derive(serde::Deserialize)]
pub struct Named {
    aid: String,
}

/// `created_after`, `created_before`, `author_id` (-1 for nobody), `event_name` [E].
fn narrowed(params: &Params) -> Result<Filter, ApiError> {
    let author = |text: &str| if text == "-1" { Some(0) } else { text.parse().ok() };
    Ok(Filter {
        after: params.time("created_after")?,
        before: params.time("created_before")?,
        author: params.choice("author_id", author)?,
        name: params.optional("event_name")?.filter(|name| !name.is_empty()).map(str::to_owned),
        ..Filter::default()
    })
}

/// Those of the project or group that a request is about.
fn own(granted: &Granted, filter: Filter) -> Result<Filter, ApiError> {
    let (kind, id) = match granted.source()? {
        Source::Project(id) => (EntityKind::Project, id),
        Source::Group(id) => (EntityKind::Group, id),
    };
    Ok(Filter { kind: Some(kind), entity: Some(id), ..filter })
}

/// `GET /audit_events`: created_after, created_before, entity_type, entity_id, author_id and event_name [E], sort,
/// page or keyset.
///
/// # Errors
/// 400, 401, 403.
pub async fn list(request: HttpRequest, state: Shared, params: Params) -> Result<HttpResponse, ApiError> {
    let kind = params.choice("entity_type", EntityKind::parse)?;
    let entity = params.unsigned("entity_id")?;
    if entity.is_some() && kind.is_none() {
        return Err(ApiError::BadParameter("entity_id needs entity_type".to_owned()));
    }
    answer(&request, state, &params, Filter { kind, entity, ..narrowed(&params)? }).await
}

/// `GET P/audit_events`, `GET /groups/:id/audit_events`: the same without the entity.
///
/// # Errors
/// 400, 401, 403, 404.
pub async fn list_own(request: HttpRequest, state: Shared, granted: Granted, params: Params) -> Result<HttpResponse, ApiError> {
    let filter = own(&granted, narrowed(&params)?)?;
    answer(&request, state, &params, filter).await
}

async fn answer(request: &HttpRequest, state: Shared, params: &Params, filter: Filter) -> Result<HttpResponse, ApiError> {
    let (page, keyset) = (Page::from_params(params)?, Keyset::from_params(params)?);
    let newest_first = descending(params, true)?;
    let origin = State::origin(&state, request);
    let found = read(&state, move |rtx| {
        Ok(match keyset {
            Some(key) => audit::page_behind(rtx, &filter, key.from(), key.newest_first(), page.limit())?,
            None => audit::page(rtx, &filter, page.slice(newest_first))?,
        })
    })
    .await?;
    let rows: Vec<_> = found.events.iter().map(views::audit::event).collect();
    let last = rows.last().map(|row| row.id).filter(|_| found.more);
    Ok(match keyset {
        Some(key) => key.answer(request, &origin, page, last, &rows),
        None => paged(request, &origin, page, found.total.unwrap_or_default(), &rows),
    })
}

fn named(state: &State, path: &Named) -> Result<AuditEvent, ApiError> {
    let missing = || ApiError::NotFound("Audit Event".to_owned());
    let id = number(&path.aid, "Audit Event")?;
    audit::find(&state.store.read()?, id)?.ok_or_else(missing)
}

/// `GET /audit_events/:id`.
///
/// # Errors
/// 401, 403, 404.
pub async fn show(state: Shared, path: web::Path<Named>) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(views::audit::event(&named(&state, &path)?)))
}

/// `GET P/audit_events/:id`, `GET /groups/:id/audit_events/:id`.
///
/// # Errors
/// 401, 403, 404, also for an event of something else.
pub async fn show_own(state: Shared, granted: Granted, path: web::Path<Named>) -> Result<HttpResponse, ApiError> {
    let filter = own(&granted, Filter::default())?;
    let event = named(&state, &path)?;
    if filter.kind != Some(event.entity) || filter.entity != Some(event.entity_id) {
        return Err(ApiError::NotFound("Audit Event".to_owned()));
    }
    Ok(HttpResponse::Ok().json(views::audit::event(&event)))
}
