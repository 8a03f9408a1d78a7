//! Labels of a project (API design, section 2.2). Must not know: what a name or colour may be.

use super::error::ApiError;
use super::gate::Granted;
use super::listing::{self, Listing};
use super::params::Params;
use super::state::{Shared, block};
use crate::forge::ForgeError;
use crate::forge::labels::{self, LabelWish};
use crate::store::labels as stored;
use crate::views::labels as views;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

impl From<ForgeError> for ApiError {
    fn from(error: ForgeError) -> ApiError {
        match error {
            ForgeError::Invalid(fields) => ApiError::Validation(fields),
            ForgeError::Taken(text) => ApiError::Conflict(text),
            ForgeError::Missing(what) => ApiError::NotFound(what.to_owned()),
            ForgeError::Refused(text) => ApiError::Refused(text),
            ForgeError::Unfit(text) => ApiError::Unprocessable(json!({"message": text})),
            ForgeError::Protected(text) => ApiError::Forbidden(text),
            ForgeError::Store(error) => error.into(),
        }
    }
}

/// Where a label stands in a path: by id or name.
#[derive(serde::Deserialize)]
pub struct Named {
    label: String,
}

/// `GET P/labels`: search, page; by name.
///
/// # Errors
/// 400, 401, 403, 404.
pub async fn list(request: HttpRequest, state: Shared, granted: Granted, params: Params) -> Result<HttpResponse, ApiError> {
    let search = params.optional("search")?.unwrap_or_default().to_lowercase();
    listing::of_project(&request, state, granted, &params, move |listing| {
        let Listing { rtx, project, page, .. } = listing;
        let mut labels = stored::labels(rtx, project.id)?;
        labels.retain(|label| label.name.to_lowercase().contains(&search) || label.description.to_lowercase().contains(&search));
        labels.sort_by_key(|label| (label.name.to_lowercase(), label.id));
        let (total, labels) = listing::cut(labels, *page);
        Ok((total, labels.iter().map(views::label).collect()))
    })
    .await
}

/// `GET P/labels/:id`, by id or name.
///
/// # Errors
/// 401, 403, 404.
pub async fn show(state: Shared, granted: Granted, path: web::Path<Named>) -> Result<HttpResponse, ApiError> {
    let rtx = state.store.read()?;
    let project = granted.project(&rtx)?;
    Ok(HttpResponse::Ok().json(views::label(&labels::find(&rtx, project.id, &path.label)?)))
}

/// `POST P/labels`: name, color, description, priority.
///
/// # Errors
/// 400, 401, 403, 404, 409 when the name is taken in any case.
pub async fn create(state: Shared, granted: Granted, params: Params) -> Result<HttpResponse, ApiError> {
    params.required(&["name", "color"])?;
    let wish = wish(&params, "name")?;
    let label = block(move || {
        let now = state.clock.now();
        state.store.write(|wtx| Ok(labels::create(wtx, granted.project_now(wtx)?.id, wish, now)?))
    })
    .await?;
    Ok(HttpResponse::Created().json(views::label(&label)))
}

/// `PUT P/labels/:id`: new_name, color, description, priority.
///
/// # Errors
/// 400, 401, 403, 404, 409 when the name is taken in any case.
pub async fn update(state: Shared, granted: Granted, path: web::Path<Named>, params: Params) -> Result<HttpResponse, ApiError> {
    let names = ["new_name", "color", "description", "priority"];
    if !names.iter().any(|name| params.has(name)) {
        let names = names.join(", ");
        return Err(ApiError::BadParameter(format!("{names} are missing, at least one parameter must be provided")));
    }
    let wish = wish(&params, "new_name")?;
    let label = block(move || {
        let now = state.clock.now();
        state.store.write(|wtx| Ok(labels::change(wtx, granted.project_now(wtx)?.id, &path.label, wish, now)?))
    })
    .await?;
    Ok(HttpResponse::Ok().json(views::label(&label)))
}

/// `DELETE P/labels/:id`.
///
/// # Errors
/// 401, 403, 404.
pub async fn delete(state: Shared, granted: Granted, path: web::Path<Named>) -> Result<HttpResponse, ApiError> {
    block(move || state.store.write(|wtx| Ok::<_, ApiError>(labels::remove(wtx, granted.project_now(wtx)?.id, &path.label)?)))
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

fn wish(params: &Params, name: &str) -> Result<LabelWish, ApiError> {
    let text = |name: &str| Ok::<_, ApiError>(params.optional(name)?.map(str::to_owned));
    let priority = match params.has("priority") {
        true => Some(params.choice("priority", |text| text.parse::<u32>().ok())?),
        false => None,
    };
    let description = if params.has("description") { Some(text("description")?.unwrap_or_default()) } else { None };
    Ok(LabelWish { name: text(name)?, color: text("color")?, description, priority })
}
