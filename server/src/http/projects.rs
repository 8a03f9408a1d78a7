//! Projects. Must not know: their findings.

use super::caller;
use super::error::ApiError;
use super::gate::Granted;
use super::params::Params;
use super::places;
use super::state::{Shared, State, block};
use crate::access::{Action, Standings};
use crate::audit::By;
use crate::clock::day;
use crate::domain::project::{Project, Visibility};
use crate::projects::change::{self, ProjectWish};
use crate::projects::{self, NewProject, Place, removal};
use crate::store::{ReadTx, Reads, WriteTx, projects as stored};
use crate::views;
use crate::views::projects::Shown;
use actix_web::{HttpRequest, HttpResponse};
use casemate_shared::api::project as wire;
use serde_json::json;

/// `GET /projects`: those that the caller sees, with the filters of [`places::projects`].
///
/// # Errors
/// 400, 401, 403.
pub async fn list(request: HttpRequest, state: Shared, granted: Granted, params: Params) -> Result<HttpResponse, ApiError> {
    places::projects(&request, state, granted, params, |rtx| Ok(stored::projects(rtx)?)).await
}

/// `POST /projects`: name or path, namespace_id or namespace_path [E], default_branch, visibility,
/// description, topics, http_url_to_repo [E].
///
/// # Errors
/// 400, 401, 403, 404 of the namespace.
pub async fn create(request: HttpRequest, state: Shared, granted: Granted, params: Params) -> Result<HttpResponse, ApiError> {
    let (name, path) = (params.optional("name")?, params.optional("path")?);
    let Some(name) = name.or(path) else {
        return Err(ApiError::BadParameter("name, path are missing, at least one parameter must be provided".to_owned()));
    };
    let place = match (params.unsigned("namespace_id")?, params.optional("namespace_path")?) {
        (Some(id), _) => Place::Id(id),
        (None, Some(path)) if !path.is_empty() => Place::Path(path.to_owned()),
        _ => Place::Path(granted.user()?.username.clone()),
    };
    let new = NewProject {
        name: name.to_owned(),
        path: path.map(str::to_owned),
        place,
        default_branch: params.optional("default_branch")?.filter(|branch| !branch.is_empty()).unwrap_or("main").to_owned(),
        visibility: params.choice("visibility", Visibility::parse)?.unwrap_or(Visibility::Private),
        description: params.optional("description")?.unwrap_or_default().to_owned(),
        topics: params.list("topics")?.into_iter().map(str::to_owned).collect(),
        repository_url: params.optional("http_url_to_repo")?.filter(|url| !url.is_empty()).map(str::to_owned),
    };
    let (origin, by) = (state.origin(&request), caller::by(&state, &request, granted.caller()));
    let made = block(move || {
        let made = state.store.write(|wtx| {
            check_place(wtx, &granted, &new.place, &day(by.at))?;
            Ok::<_, ApiError>(projects::create_project(wtx, new, granted.user()?, &by)?)
        })?;
        answer(&state, &granted, &state.store.read()?, &made, &origin)
    })
    .await?;
    Ok(HttpResponse::Created().json(made))
}

/// Whether the caller may add a project there, and the groups that are missing on the way.
fn check_place(tx: &impl Reads, granted: &Granted, place: &Place, today: &str) -> Result<(), ApiError> {
    let (found, action) = match place {
        Place::Id(id) => (stored::find_namespace(tx, *id)?, Action::AddProject),
        Place::Path(path) => match stored::find_namespace_by_path(tx, path)? {
            Some(found) => (Some(found), Action::AddProject),
            None => (projects::nearest_group(tx, path)?, Action::AddSubgroup),
        },
    };
    match (found, place) {
        (Some(found), _) => granted.require_in_group(tx, action, &found, today),
        (None, Place::Id(_)) => Err(ApiError::NotFound("Namespace".to_owned())),
        // Nothing of the path is there: a group at the top may be made by whoever may make projects.
        (None, Place::Path(_)) => Ok(()),
    }
}

/// A project with all that the caller may see of it.
fn answer(state: &State, granted: &Granted, rtx: &ReadTx, project: &Project, origin: &str) -> Result<wire::Project, ApiError> {
    let today = day(state.clock.now());
    let mut standings = Standings::new(rtx, granted.viewer(), &today);
    let standing = standings.of_project(project)?;
    let shown = if granted.may_there(Action::ReadVulnerabilities, standing) { Shown::Findings } else { Shown::Pipeline };
    let permissions = places::permissions(rtx, &mut standings, granted, project)?;
    Ok(wire::Project { permissions, ..views::projects::project(rtx, project, origin, shown)? })
}

/// `GET /projects/:id`.
///
/// # Errors
/// 401, 403, 404.
pub async fn show(request: HttpRequest, state: Shared, granted: Granted) -> Result<HttpResponse, ApiError> {
    let rtx = state.store.read()?;
    let found = granted.project(&rtx)?;
    Ok(HttpResponse::Ok().json(answer(&state, &granted, &rtx, &found, &state.origin(&request))?))
}

/// Changes the project of a request, and answers it.
async fn changed(
    request: &HttpRequest,
    state: Shared,
    granted: Granted,
    apply: impl FnOnce(&mut WriteTx, u64, &By) -> Result<Project, ApiError> + Send + 'static,
) -> Result<wire::Project, ApiError> {
    let (origin, by) = (State::origin(&state, request), caller::by(&state, request, granted.caller()));
    block(move || {
        let id = granted.source()?.id();
        let project = state.store.write(|wtx| apply(wtx, id, &by))?;
        answer(&state, &granted, &state.store.read()?, &project, &origin)
    })
    .await
}

/// `PUT /projects/:id`: name, path, default_branch, visibility, description, topics, http_url_to_repo [E]. Anything
/// else has no effect.
///
/// # Errors
/// 400, 401, 403 also when the visibility is not the caller's to change, 404.
pub async fn update(request: HttpRequest, state: Shared, granted: Granted, params: Params) -> Result<HttpResponse, ApiError> {
    let text = |name: &str| Ok::<_, ApiError>(params.optional(name)?.map(str::to_owned));
    let visibility = params.choice("visibility", Visibility::parse)?;
    let current = granted.project(&state.store.read()?)?.visibility;
    if visibility.is_some_and(|visibility| visibility != current) {
        granted.require(Action::ChangeVisibility)?;
    }
    let topics = if params.has("topics") { Some(params.list("topics")?.into_iter().map(str::to_owned).collect()) } else { None };
    let wish = ProjectWish {
        name: text("name")?,
        path: text("path")?,
        default_branch: text("default_branch")?.filter(|branch| !branch.is_empty()),
        visibility,
        description: text("description")?,
        topics,
        repository_url: text("http_url_to_repo")?.map(|url| Some(url).filter(|url| !url.is_empty())),
    };
    let project = changed(&request, state, granted, move |wtx, id, by| Ok(change::change_project(wtx, id, wish, by)?)).await?;
    Ok(HttpResponse::Ok().json(project))
}

/// `POST /projects/:id/archive`: from then on it is read-only.
///
/// # Errors
/// 401, 403, 404.
pub async fn archive(request: HttpRequest, state: Shared, granted: Granted) -> Result<HttpResponse, ApiError> {
    let project = changed(&request, state, granted, |wtx, id, by| Ok(change::archive(wtx, id, true, by)?)).await?;
    Ok(HttpResponse::Created().json(project))
}

/// `POST /projects/:id/unarchive`.
///
/// # Errors
/// 401, 403, 404.
pub async fn unarchive(request: HttpRequest, state: Shared, granted: Granted) -> Result<HttpResponse, ApiError> {
    let project = changed(&request, state, granted, |wtx, id, by| Ok(change::archive(wtx, id, false, by)?)).await?;
    Ok(HttpResponse::Created().json(project))
}

/// `PUT /projects/:id/transfer`: namespace, by id or full path.
///
/// # Errors
/// 400, 401, 403, 404 also of the namespace.
pub async fn transfer(request: HttpRequest, state: Shared, granted: Granted, params: Params) -> Result<HttpResponse, ApiError> {
    params.required(&["namespace"])?;
    let key = params.optional("namespace")?.unwrap_or_default().to_owned();
    let asker = granted.clone();
    let apply = move |wtx: &mut WriteTx, id: u64, by: &By| {
        let found = match key.parse() {
            Ok(id) => stored::find_namespace(wtx, id)?,
            Err(_) => stored::find_namespace_by_path(wtx, &key)?,
        };
        let namespace = found.ok_or_else(|| ApiError::NotFound("Namespace".to_owned()))?;
        asker.require_in_group(wtx, Action::AddProject, &namespace, &day(by.at))?;
        Ok(change::transfer_project(wtx, id, &namespace, by)?)
    };
    Ok(HttpResponse::Ok().json(changed(&request, state, granted, apply).await?))
}

/// `DELETE /projects/:id`: from then on it is there for nobody; what it held goes in the background.
///
/// # Errors
/// 401, 403, 404.
pub async fn remove(request: HttpRequest, state: Shared, granted: Granted) -> Result<HttpResponse, ApiError> {
    let (shared, by) = (state.clone(), caller::by(&state, &request, granted.caller()));
    block(move || {
        let id = granted.source()?.id();
        shared.store.write(|wtx| Ok::<_, ApiError>(removal::mark_project(wtx, id, &by)?))
    })
    .await?;
    state.removal.knock();
    Ok(HttpResponse::Accepted().json(json!({"message": "202 Accepted"})))
}
