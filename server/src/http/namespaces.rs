//! Namespaces: what projects live in, groups and the own ones of users (API design, section 2.2). Must not know: how
//! a path is taken.

use super::error::ApiError;
use super::gate::Granted;
use super::listing;
use super::page::{Page, paged};
use super::params::Params;
use super::state::{Shared, block, read};
use crate::access::{AccessLevel, Action, Standings};
use crate::clock::day;
use crate::domain::project::Namespace;
use crate::store::{ReadTx, projects as stored};
use crate::views;
use actix_web::{HttpRequest, HttpResponse, web};
use casemate_shared::api::project::Taken;

fn missing() -> ApiError {
    ApiError::NotFound("Namespace".to_owned())
}

/// Where the id or full path of a namespace stands in a path.
#[derive(serde::Deserialize)]
pub struct Named {
    id: String,
}

/// `GET /namespaces`: the own one and those of groups that the caller is a member of; for administrators all. search,
/// owned_only, top_level_only, page; by path.
///
/// # Errors
/// 400, 401, 403.
pub async fn list(request: HttpRequest, state: Shared, granted: Granted, params: Params) -> Result<HttpResponse, ApiError> {
    let (page, origin) = (Page::from_params(&params)?, state.origin(&request));
    let search = params.optional("search")?.unwrap_or_default().to_lowercase();
    let least = if params.boolean("owned_only")?.unwrap_or(false) { AccessLevel::Owner } else { AccessLevel::Minimal };
    let top_only = params.boolean("top_level_only")?.unwrap_or(false);
    let to_links = origin.clone();
    let today = day(state.clock.now());
    let (total, rows) = read(&state, move |rtx| {
        let mut standings = Standings::new(rtx, granted.viewer(), &today).with_all()?;
        let mut found = Vec::new();
        for space in stored::namespaces(rtx)? {
            let is_wanted = space.deleted_at.is_none()
                && (space.full_path.to_lowercase().contains(&search) || space.name.to_lowercase().contains(&search))
                && !(top_only && space.parent_id.is_some());
            // What is owned is owned by oneself, also for administrators.
            let level =
                if least == AccessLevel::Owner { standings.inherited(space.id)? } else { standings.of_namespace(space.id)? };
            if is_wanted && level >= least {
                found.push(space);
            }
        }
        found.sort_by_key(|space| (space.full_path.to_lowercase(), space.id));
        let (total, found) = listing::cut(found, page);
        Ok((total, found.iter().map(|space| views::projects::namespace(space, &origin)).collect::<Vec<_>>()))
    })
    .await?;
    Ok(paged(&request, &to_links, page, total, &rows))
}

/// A namespace by id or full path, if the caller sees it.
fn visible(rtx: &ReadTx, granted: &Granted, key: &str, today: &str) -> Result<Option<Namespace>, ApiError> {
    let found = match key.parse() {
        Ok(id) => stored::find_namespace(rtx, id)?,
        Err(_) => stored::find_namespace_by_path(rtx, key)?,
    };
    let Some(space) = found.filter(|space| space.deleted_at.is_none()) else { return Ok(None) };
    let standing = Standings::new(rtx, granted.viewer(), today).of_group(&space)?;
    Ok(Some(space).filter(|_| standing.is_visible))
}

/// `GET /namespaces/:id`, by id or full path.
///
/// # Errors
/// 401, 403, 404.
pub async fn show(
    request: HttpRequest,
    state: Shared,
    granted: Granted,
    path: web::Path<Named>,
) -> Result<HttpResponse, ApiError> {
    let space = visible(&state.store.read()?, &granted, &path.id, &day(state.clock.now()))?.ok_or_else(missing)?;
    Ok(HttpResponse::Ok().json(views::projects::namespace(&space, &state.origin(&request))))
}

/// `GET /namespaces/:path/exists`: parent_id. Whether the path is taken, and one that is free. At the top who may
/// make a group finds that out anyway; else it counts only what the caller sees.
///
/// # Errors
/// 400, 401, 403, 404 of the parent.
pub async fn exists(state: Shared, granted: Granted, path: web::Path<Named>, params: Params) -> Result<HttpResponse, ApiError> {
    let parent = params.unsigned("parent_id")?;
    let taken = block(move || {
        let (rtx, today) = (state.store.read()?, day(state.clock.now()));
        let above = match parent {
            Some(id) => {
                let parent = visible(&rtx, &granted, &id.to_string(), &today)?;
                Some(parent.ok_or_else(missing)?.full_path)
            }
            None => None,
        };
        let may_try = !path.id.contains('/') && granted.require_of_instance(Action::CreateGroup).is_ok();
        let is_taken = |path: &str| match &above {
            Some(above) => Ok(visible(&rtx, &granted, &format!("{above}/{path}"), &today)?.is_some()),
            None if may_try => Ok::<_, ApiError>(stored::find_namespace_by_path(&rtx, path)?.is_some()),
            None => Ok(visible(&rtx, &granted, path, &today)?.is_some()),
        };
        let exists = is_taken(&path.id)?;
        let mut suggests = Vec::new();
        if exists {
            for number in 1..=1_000 {
                let other = format!("{}{number}", path.id);
                if !is_taken(&other)? {
                    suggests.push(other);
                    break;
                }
            }
        }
        Ok(Taken { exists, suggests })
    })
    .await?;
    Ok(HttpResponse::Ok().json(taken))
}
