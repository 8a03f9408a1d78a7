//! Records of webhooks (API design, section 2.2). Must not know: what an address may be, delivery.

use super::caller;
use super::error::ApiError;
use super::gate::Granted;
use super::listing::{self, Listing};
use super::number::number;
use super::params::Params;
use super::query::Node;
use super::removing::removing;
use super::state::{Shared, block};
use crate::audit::{self, Act, Entity, Event};
use crate::domain::hook::{BranchFilter, Hook, HookEvent, Secret};
use crate::forge::hooks::{self, HookWish};
use crate::store::hooks as stored;
use crate::views::hooks as views;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

/// Where a hook stands in a path.
#[derive(serde::Deserialize)]
pub struct Named {
    hid: String,
}

impl Named {
    fn id(&self) -> Result<u64, ApiError> {
        number(&self.hid, "Hook")
    }
}

/// `GET P/hooks`: page.
///
/// # Errors
/// 400, 401, 403, 404.
pub async fn list(request: HttpRequest, state: Shared, granted: Granted, params: Params) -> Result<HttpResponse, ApiError> {
    listing::of_project(&request, state, granted, &params, move |listing| {
        let Listing { rtx, project, page, .. } = listing;
        let (total, hooks) = listing::cut(stored::hooks(rtx, project.id)?, page);
        Ok((total, hooks.iter().map(views::hook).collect()))
    })
    .await
}

/// `GET P/hooks/:id`.
///
/// # Errors
/// 401, 403, 404.
pub async fn show(state: Shared, granted: Granted, path: web::Path<Named>) -> Result<HttpResponse, ApiError> {
    let rtx = state.store.read()?;
    let project = granted.project(&rtx)?;
    Ok(HttpResponse::Ok().json(views::hook(&hooks::find(&rtx, project.id, path.id()?)?)))
}

/// `POST P/hooks`: url, name, description, token, signing_token, enable_ssl_verification, custom_headers,
/// branch_filter_strategy, push_events_branch_filter, and what it is told of, such as vulnerability_events.
///
/// # Errors
/// 400, 401, 403, 404, 422 for an address that is none.
pub async fn create(request: HttpRequest, state: Shared, granted: Granted, params: Params) -> Result<HttpResponse, ApiError> {
    params.required(&["url"])?;
    let (wish, by) = (wish(&params)?, caller::by(&state, &request, granted.caller()));
    let hook = block(move || {
        let (user, now) = (granted.user()?.id, state.clock.now());
        state.store.write(|wtx| {
            let project = granted.project_now(wtx)?.id;
            let hook = hooks::create(wtx, project, wish, user, now)?;
            audit::pass(wtx, &by, &about(Event::HookCreated, &hook))?;
            Ok::<_, ApiError>(hook)
        })
    })
    .await?;
    Ok(HttpResponse::Created().json(views::hook(&hook)))
}

/// `PUT P/hooks/:id`: as [`create`]; what is not sent stays, but for secrets when the hook moves to another host:
/// these are forgotten.
///
/// # Errors
/// 400, 401, 403, 404, 422 for an address that is none.
pub async fn update(
    request: HttpRequest,
    state: Shared,
    granted: Granted,
    path: web::Path<Named>,
    params: Params,
) -> Result<HttpResponse, ApiError> {
    let (wish, by) = (wish(&params)?, caller::by(&state, &request, granted.caller()));
    let id = path.id()?;
    let hook = block(move || {
        let now = state.clock.now();
        state.store.write(|wtx| {
            let project = granted.project_now(wtx)?.id;
            let hook = hooks::change(wtx, project, id, wish, now)?;
            audit::pass(wtx, &by, &about(Event::HookUpdated, &hook))?;
            Ok::<_, ApiError>(hook)
        })
    })
    .await?;
    Ok(HttpResponse::Ok().json(views::hook(&hook)))
}

/// `DELETE P/hooks/:id`.
///
/// # Errors
/// 401, 403, 404.
pub async fn delete(
    request: HttpRequest,
    state: Shared,
    granted: Granted,
    path: web::Path<Named>,
) -> Result<HttpResponse, ApiError> {
    let id = path.id()?;
    removing(&request, state, granted, move |wtx, granted, by| {
        let hook = hooks::remove(wtx, granted.project_now(wtx)?.id, id)?;
        Ok(audit::pass(wtx, by, &about(Event::HookDeleted, &hook))?)
    })
    .await
}

/// Where a trigger stands in a path.
#[derive(serde::Deserialize)]
pub struct Trigger {
    hid: String,
    trigger: String,
}

/// `POST P/hooks/:id/test/:trigger`: says that nothing is delivered yet.
///
/// # Errors
/// 400 for a trigger that is none, 401, 403, 404, else 422.
pub async fn test(state: Shared, granted: Granted, path: web::Path<Trigger>) -> Result<HttpResponse, ApiError> {
    let rtx = state.store.read()?;
    let project = granted.project(&rtx)?;
    hooks::find(&rtx, project.id, Named { hid: path.hid.clone() }.id()?)?;
    if !HookEvent::ALL.iter().any(|event| event.as_str() == path.trigger) {
        return Err(ApiError::invalid("trigger"));
    }
    let text = "webhooks are recorded, but this server does not deliver anything yet: nothing was sent";
    Err(ApiError::Unprocessable(json!({"message": text})))
}

/// What was done to a hook. The address may hold what is nobody's business, so only its beginning is told.
fn about(event: Event, hook: &Hook) -> Act {
    let host = hook.url.split(['/', '?', '#']).take(3).collect::<Vec<_>>().join("/");
    Act::on(event, Entity::Project(hook.project_id)).about("Hook", hook.id, hook.name.clone()).with("host", host)
}

fn wish(params: &Params) -> Result<HookWish, ApiError> {
    let text = |name: &str| Ok::<_, ApiError>(params.optional(name)?.map(str::to_owned));
    // Null takes a text away.
    let told = |name: &str| if params.has(name) { Ok(Some(text(name)?.unwrap_or_default())) } else { Ok::<_, ApiError>(None) };
    let mut events = Vec::new();
    for event in HookEvent::ALL {
        events.extend(params.boolean(event.as_str())?.map(|wanted| (*event, wanted)));
    }
    Ok(HookWish {
        url: text("url")?,
        name: told("name")?,
        description: told("description")?,
        events,
        verifies_tls: params.boolean("enable_ssl_verification")?,
        token: told("token")?.map(Secret),
        signing_token: told("signing_token")?.map(Secret),
        headers: headers(params)?,
        branch_filter: params.choice("branch_filter_strategy", BranchFilter::parse)?,
        branches: told("push_events_branch_filter")?,
    })
}

fn headers(params: &Params) -> Result<Option<Vec<(String, Secret)>>, ApiError> {
    let name = "custom_headers";
    let items = match params.node(name) {
        None => return Ok(None),
        Some(Node::Null) => return Ok(Some(Vec::new())),
        Some(Node::List(items)) => items,
        Some(_) => return Err(ApiError::invalid(name)),
    };
    let text = |item: &Node, key: &str| match item {
        Node::Map(map) => match map.get(key) {
            Some(Node::Text(text)) => Ok(text.clone()),
            _ => Err(ApiError::invalid(name)),
        },
        _ => Err(ApiError::invalid(name)),
    };
    items.iter().map(|item| Ok((text(item, "key")?, Secret(text(item, "value")?)))).collect::<Result<_, _>>().map(Some)
}
