//! Groups (API design, section 2.2). Must not know: what is in their projects, who may do what.

use super::caller;
use super::error::ApiError;
use super::gate::Granted;
use super::params::Params;
use super::places;
use super::state::{Shared, block};
use crate::access::Action;
use crate::clock::day;
use crate::domain::member::Source;
use crate::domain::project::Visibility;
use crate::projects::change::{self, GroupWish};
use crate::projects::{self as tree, ChangeError, NewGroup, owners, removal};
use crate::store::projects as stored;
use crate::views;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

impl From<ChangeError> for ApiError {
    fn from(error: ChangeError) -> ApiError {
        match error {
            ChangeError::Invalid(fields) => ApiError::Validation(fields),
            ChangeError::NoNamespace => ApiError::NotFound("Namespace".to_owned()),
            ChangeError::NoProject => ApiError::NotFound("Project".to_owned()),
            ChangeError::Refused(text) => ApiError::BadRequest(text.to_owned()),
            ChangeError::Store(error) => error.into(),
        }
    }
}

/// `GET /groups`: those that the caller sees, with the filters of [`places::groups`].
///
/// # Errors
/// 400, 401, 403.
pub async fn list(request: HttpRequest, state: Shared, granted: Granted, params: Params) -> Result<HttpResponse, ApiError> {
    places::groups(&request, state, granted, params, |rtx| Ok(stored::namespaces(rtx)?)).await
}

/// `GET /groups/:id/subgroups`: those right below, with the same filters.
///
/// # Errors
/// 400, 401, 403, 404.
pub async fn subgroups(request: HttpRequest, state: Shared, granted: Granted, params: Params) -> Result<HttpResponse, ApiError> {
    let of = granted.clone();
    let candidates = move |rtx: &_| {
        let group = of.group(rtx)?;
        let mut below = stored::namespaces_below(rtx, &group.full_path)?;
        below.retain(|one| one.parent_id == Some(group.id));
        Ok(below)
    };
    places::groups(&request, state, granted, params, candidates).await
}

/// `GET /groups/:id/descendant_groups`: those below at any depth, with the same filters.
///
/// # Errors
/// 400, 401, 403, 404.
pub async fn descendants(
    request: HttpRequest,
    state: Shared,
    granted: Granted,
    params: Params,
) -> Result<HttpResponse, ApiError> {
    let of = granted.clone();
    let candidates = move |rtx: &_| Ok(stored::namespaces_below(rtx, &of.group(rtx)?.full_path)?);
    places::groups(&request, state, granted, params, candidates).await
}

/// `GET /groups/:id/projects`: include_subgroups, and the filters of [`places::projects`].
///
/// # Errors
/// 400, 401, 403, 404.
pub async fn projects(request: HttpRequest, state: Shared, granted: Granted, params: Params) -> Result<HttpResponse, ApiError> {
    let of = granted.clone();
    let at_any_depth = params.boolean("include_subgroups")?.unwrap_or(false);
    let candidates = move |rtx: &_| {
        let group = of.group(rtx)?;
        let mut below = stored::projects_below(rtx, &group.full_path)?;
        below.retain(|one| at_any_depth || one.namespace_id == group.id);
        Ok(below)
    };
    places::projects(&request, state, granted, params, candidates).await
}

/// `POST /groups`: name, path, parent_id, visibility, description.
///
/// # Errors
/// 400, 401, 403, 404 of the parent.
pub async fn create(request: HttpRequest, state: Shared, granted: Granted, params: Params) -> Result<HttpResponse, ApiError> {
    params.required(&["name", "path"])?;
    let new = NewGroup {
        name: params.optional("name")?.unwrap_or_default().to_owned(),
        path: params.optional("path")?.unwrap_or_default().to_owned(),
        parent_id: params.unsigned("parent_id")?,
        visibility: params.choice("visibility", Visibility::parse)?.unwrap_or(Visibility::Private),
        description: params.optional("description")?.unwrap_or_default().to_owned(),
    };
    let (origin, by) = (state.origin(&request), caller::by(&state, &request, granted.caller()));
    let group = block(move || {
        state.store.write(|wtx| {
            if let Some(id) = new.parent_id {
                let parent = stored::find_namespace(wtx, id)?.ok_or_else(|| ApiError::NotFound("Namespace".to_owned()))?;
                granted.require_in_group(wtx, Action::AddSubgroup, &parent, &day(by.at))?;
            }
            Ok::<_, ApiError>(tree::create_group(wtx, new, granted.user()?, &by)?)
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

/// `PUT /groups/:id`: name, path, visibility, description. Anything else has no effect.
///
/// # Errors
/// 400, 401, 403, 404.
pub async fn update(request: HttpRequest, state: Shared, granted: Granted, params: Params) -> Result<HttpResponse, ApiError> {
    let text = |name: &str| Ok::<_, ApiError>(params.optional(name)?.map(str::to_owned));
    let wish = GroupWish {
        name: text("name")?,
        path: text("path")?,
        visibility: params.choice("visibility", Visibility::parse)?,
        description: text("description")?,
    };
    let (origin, by) = (state.origin(&request), caller::by(&state, &request, granted.caller()));
    let group = block(move || {
        let id = granted.source()?.id();
        state.store.write(|wtx| Ok::<_, ApiError>(change::change_group(wtx, id, wish, &by)?))
    })
    .await?;
    Ok(HttpResponse::Ok().json(views::projects::group(&group, &origin)))
}

/// `POST /groups/:id/transfer`: group_id; without it the group goes to the top.
///
/// # Errors
/// 400, 401, 403, 404 also of the other group.
pub async fn transfer(request: HttpRequest, state: Shared, granted: Granted, params: Params) -> Result<HttpResponse, ApiError> {
    let parent_id = params.unsigned("group_id")?;
    let (origin, by) = (state.origin(&request), caller::by(&state, &request, granted.caller()));
    let group = block(move || {
        let (id, today) = (granted.source()?.id(), day(by.at));
        state.store.write(|wtx| {
            match parent_id {
                Some(parent) => {
                    let missing = || ApiError::NotFound("Namespace".to_owned());
                    let parent = stored::find_namespace(wtx, parent)?.ok_or_else(missing)?;
                    granted.require_in_group(wtx, Action::AddSubgroup, &parent, &today)?;
                }
                None => granted.require_of_instance(Action::CreateGroup)?,
            }
            let moved = change::transfer_group(wtx, id, parent_id, &by)?;
            owners::keep_owned(wtx, Source::Group(id), granted.user()?, &by)?;
            Ok::<_, ApiError>(moved)
        })
    })
    .await?;
    Ok(HttpResponse::Created().json(views::projects::group(&group, &origin)))
}

/// `DELETE /groups/:id`: from then on it and all that is in it are there for nobody; what they held goes in the
/// background.
///
/// # Errors
/// 401, 403, 404.
pub async fn remove(request: HttpRequest, state: Shared, granted: Granted) -> Result<HttpResponse, ApiError> {
    let (shared, by) = (state.clone(), caller::by(&state, &request, granted.caller()));
    block(move || {
        let id = granted.source()?.id();
        shared.store.write(|wtx| Ok::<_, ApiError>(removal::mark_group(wtx, id, &by)?))
    })
    .await?;
    state.removal.knock();
    Ok(HttpResponse::Accepted().json(json!({"message": "202 Accepted"})))
}
