//! Groups. Must not know: what is in their projects.

use super::caller::{READ, SignedIn, WRITE};
use super::error::ApiError;
use super::page::{Page, paged};
use super::params::Params;
use super::state::{Shared, block};
use crate::domain::project::Visibility;
use crate::projects::{self, CreateError, NewGroup};
use crate::store::projects as stored;
use crate::views;
use actix_web::{HttpRequest, HttpResponse, web};

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
pub async fn list(request: HttpRequest, state: Shared, caller: SignedIn, params: Params) -> Result<HttpResponse, ApiError> {
    caller.with(READ)?;
    let page = Page::from_params(&params)?;
    let wanted = params.optional("search")?.unwrap_or_default().to_lowercase();
    let origin = state.origin(&request);
    let mut groups = stored::namespaces(&state.store.read()?)?;
    groups.retain(|group| !group.is_user && group.full_path.to_lowercase().contains(&wanted));
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
pub async fn create(request: HttpRequest, state: Shared, caller: SignedIn, params: Params) -> Result<HttpResponse, ApiError> {
    let creator = caller.with(WRITE)?.user.id;
    params.required(&["name", "path"])?;
    let new = NewGroup {
        name: params.text("name").unwrap_or_default().to_owned(),
        path: params.text("path").unwrap_or_default().to_owned(),
        parent_id: params.unsigned("parent_id")?,
        visibility: params.choice("visibility", Visibility::parse)?.unwrap_or(Visibility::Private),
        description: params.optional("description")?.unwrap_or_default().to_owned(),
    };
    let origin = state.origin(&request);
    let group = block(move || Ok(state.store.write(|wtx| projects::create_group(wtx, new, creator, state.clock.now()))?)).await?;
    Ok(HttpResponse::Created().json(views::projects::group(&group, &origin)))
}

/// `GET /groups/:id`.
///
/// # Errors
/// 401, 403, 404.
pub async fn show(
    request: HttpRequest,
    state: Shared,
    caller: SignedIn,
    key: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    caller.with(READ)?;
    let group = projects::find_group(&state.store.read()?, &key)?.ok_or_else(|| ApiError::NotFound("Group".to_owned()))?;
    Ok(HttpResponse::Ok().json(views::projects::group(&group, &state.origin(&request))))
}
