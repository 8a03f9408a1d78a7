//! Groups. Must not know: what is in their projects.

use super::error::ApiError;
use super::gate::Granted;
use super::page::{Page, paged};
use super::params::Params;
use super::state::{Shared, block};
use crate::access::{Action, Standings};
use crate::clock::day;
use crate::domain::project::Visibility;
use crate::projects::{self, CreateError, NewGroup};
use crate::store::projects as stored;
use crate::views;
use actix_web::{HttpRequest, HttpResponse};

impl From<CreateError> for ApiError {
    fn from(error: CreateError) -> ApiError {
        match error {
            CreateError::Invalid(fields) => ApiError::Validation(fields),
            CreateError::NoNamespace => ApiError::NotFound("Namespace".to_owned()),
            CreateError::Store(error) => error.into(),
        }
    }
}

/// `GET /groups`: search, page.
///
/// # Errors
/// 400, 401, 403.
pub async fn list(request: HttpRequest, state: Shared, granted: Granted, params: Params) -> Result<HttpResponse, ApiError> {
    let page = Page::from_params(&params)?;
    let wanted = params.optional("search")?.unwrap_or_default().to_lowercase();
    let origin = state.origin(&request);
    let rtx = state.store.read()?;
    let today = day(state.clock.now());
    let mut standings = Standings::new(&rtx, granted.viewer(), &today).with_all()?;
    let mut groups = Vec::new();
    for group in stored::namespaces(&rtx)? {
        if !group.is_user && group.full_path.to_lowercase().contains(&wanted) && standings.of_group(&group)?.is_visible {
            groups.push(group);
        }
    }
    groups.sort_by(|a, b| a.full_path.cmp(&b.full_path));
    let rows: Vec<_> = groups
        .iter()
        .skip(page.offset() as usize)
        .take(page.limit())
        .map(|group| views::projects::group(group, &origin))
        .collect();
    Ok(paged(&request, &origin, page, groups.len() as u64, &rows))
}

/// `POST /groups`: name, path, parent_id, visibility, description.
///
/// # Errors
/// 400, 401, 403, 404 of the parent.
pub async fn create(request: HttpRequest, state: Shared, granted: Granted, params: Params) -> Result<HttpResponse, ApiError> {
    params.required(&["name", "path"])?;
    let new = NewGroup {
        name: params.text("name").unwrap_or_default().to_owned(),
        path: params.text("path").unwrap_or_default().to_owned(),
        parent_id: params.unsigned("parent_id")?,
        visibility: params.choice("visibility", Visibility::parse)?.unwrap_or(Visibility::Private),
        description: params.optional("description")?.unwrap_or_default().to_owned(),
    };
    let origin = state.origin(&request);
    let group = block(move || {
        let now = state.clock.now();
        state.store.write(|wtx| {
            if let Some(id) = new.parent_id {
                let parent = stored::find_namespace(wtx, id)?.ok_or_else(|| ApiError::NotFound("Namespace".to_owned()))?;
                granted.require_in_group(wtx, Action::AddSubgroup, &parent, &day(now))?;
            }
            Ok(projects::create_group(wtx, new, granted.user()?, now)?)
        })
    })
    .await?;
    Ok(HttpResponse::Created().json(views::projects::group(&group, &origin)))
}

/// `GET /groups/:id`.
///
/// # Errors
/// 401, 403, 404.
pub async fn show(request: HttpRequest, state: Shared, granted: Granted) -> Result<HttpResponse, ApiError> {
    let group = granted.group(&state.store.read()?)?;
    Ok(HttpResponse::Ok().json(views::projects::group(&group, &state.origin(&request))))
}
