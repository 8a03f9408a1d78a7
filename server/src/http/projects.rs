//! Projects. Must not know: their findings.

use super::error::ApiError;
use super::gate::Granted;
use super::page::{Page, paged};
use super::params::Params;
use super::state::{Shared, block};
use crate::access::{Action, Standings};
use crate::clock::day;
use crate::domain::project::{Project, Visibility};
use crate::projects::{self, NewProject, Place};
use crate::store::{Reads, projects as stored};
use crate::views;
use crate::views::projects::Shown;
use actix_web::{HttpRequest, HttpResponse};

/// `GET /projects`: search, archived, id_after, order_by, sort, with_counts, page.
///
/// # Errors
/// 400, 401, 403.
pub async fn list(request: HttpRequest, state: Shared, granted: Granted, params: Params) -> Result<HttpResponse, ApiError> {
    let page = Page::from_params(&params)?;
    let with_counts = params.boolean("with_counts")?.unwrap_or(false);
    let origin = state.origin(&request);
    let rtx = state.store.read()?;
    let today = day(state.clock.now());
    let mut standings = Standings::new(&rtx, granted.viewer(), &today).with_all()?;
    let mut all = Vec::new();
    for project in stored::projects(&rtx)? {
        if standings.of_project(&project)?.is_visible {
            all.push(project);
        }
    }
    narrow(&mut all, &params)?;
    order(&mut all, &params)?;
    let slice = all.iter().skip(page.offset() as usize).take(page.limit());
    let mut rows = Vec::with_capacity(slice.len());
    for project in slice {
        let shown = match with_counts {
            false => Shown::Plain,
            true if granted.may_there(Action::ReadVulnerabilities, standings.of_project(project)?) => Shown::Findings,
            true => Shown::Pipeline,
        };
        rows.push(views::projects::project(&rtx, project, &origin, shown)?);
    }
    Ok(paged(&request, &origin, page, all.len() as u64, &rows))
}

fn narrow(all: &mut Vec<Project>, params: &Params) -> Result<(), ApiError> {
    let wanted = params.optional("search")?.unwrap_or_default().to_lowercase();
    let archived = params.boolean("archived")?;
    let id_after = params.unsigned("id_after")?.unwrap_or(0);
    all.retain(|project| {
        let found = project.full_path.to_lowercase().contains(&wanted) || project.name.to_lowercase().contains(&wanted);
        found && archived.is_none_or(|archived| archived == project.archived) && project.id > id_after
    });
    Ok(())
}

fn order(all: &mut [Project], params: &Params) -> Result<(), ApiError> {
    match params.optional("order_by")?.unwrap_or("created_at") {
        "id" | "created_at" => all.sort_by_key(|project| project.id),
        "name" => all.sort_by_key(|project| (project.name.to_lowercase(), project.id)),
        "path" => all.sort_by_key(|project| (project.full_path.to_lowercase(), project.id)),
        "updated_at" | "last_activity_at" => all.sort_by_key(|project| (project.last_activity_at, project.id)),
        _ => return Err(ApiError::invalid("order_by")),
    }
    if descending(params)? {
        all.reverse();
    }
    Ok(())
}

/// `sort`: `desc` unless said otherwise.
///
/// # Errors
/// 400.
pub fn descending(params: &Params) -> Result<bool, ApiError> {
    let read = |word: &str| ["asc", "desc"].contains(&word).then_some(word == "desc");
    Ok(params.choice("sort", read)?.unwrap_or(true))
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
    let origin = state.origin(&request);
    let made = block(move || {
        let now = state.clock.now();
        let made = state.store.write(|wtx| {
            check_place(wtx, &granted, &new.place, &day(now))?;
            Ok::<_, ApiError>(projects::create_project(wtx, new, granted.user()?, now)?)
        })?;
        Ok(views::projects::project(&state.store.read()?, &made, &origin, Shown::Findings)?)
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

/// `GET /projects/:id`.
///
/// # Errors
/// 401, 403, 404.
pub async fn show(request: HttpRequest, state: Shared, granted: Granted) -> Result<HttpResponse, ApiError> {
    let rtx = state.store.read()?;
    let found = granted.project(&rtx)?;
    let shown = if granted.may(Action::ReadVulnerabilities) { Shown::Findings } else { Shown::Pipeline };
    Ok(HttpResponse::Ok().json(views::projects::project(&rtx, &found, &state.origin(&request), shown)?))
}
