//! Labels of a project or a group (API design, section 2.2). Must not know: what a name or colour may be.

use super::error::ApiError;
use super::gate::Granted;
use super::listing;
use super::page::{Page, paged};
use super::params::Params;
use super::removing::removing;
use super::state::{Shared, block, read};
use crate::access::Standings;
use crate::clock::day;
use crate::domain::member::Source;
use crate::forge::ForgeError;
use crate::forge::labels::{self, LabelWish};
use crate::store::{ReadTx, labels as kept, projects as stored};
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

/// Where a label stands in a path, if it does: by id or name.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
pub struct Named {
    label: String,
}

impl Named {
    /// The label that the path names, or `label_id` or `name`, as older clients have it.
    fn key(self, params: &Params) -> Result<String, ApiError> {
        if !self.label.is_empty() {
            return Ok(self.label);
        }
        let told = [params.optional("label_id")?, params.optional("name")?];
        let told = told.into_iter().flatten().next().map(str::to_owned);
        told.ok_or_else(|| {
            ApiError::BadParameter("label_id, name are missing, exactly one parameter must be provided".to_owned())
        })
    }
}

/// Whose labels are asked for.
#[derive(Clone, Copy)]
struct Reach {
    above: bool,
    below: bool,
    of_projects: bool,
}

impl Reach {
    fn read(params: &Params) -> Result<Reach, ApiError> {
        Ok(Reach {
            above: params.boolean("include_ancestor_groups")?.unwrap_or(true),
            below: params.boolean("include_descendant_groups")?.unwrap_or(false),
            of_projects: !params.boolean("only_group_labels")?.unwrap_or(true),
        })
    }

    /// The project or group itself, and around it what the caller sees.
    fn sources(self, rtx: &ReadTx, granted: &Granted, today: &str) -> Result<Vec<Source>, ApiError> {
        let own = granted.source()?;
        let mut sources = if self.above { labels::with_groups_above(rtx, own)? } else { vec![own] };
        let (mut groups, mut projects) = (Vec::new(), Vec::new());
        if let Source::Group(id) = own {
            let path = granted.group(rtx)?.full_path;
            groups = if self.below { stored::namespaces_below(rtx, &path)? } else { groups };
            projects = if self.of_projects { stored::projects_below(rtx, &path)? } else { projects };
            projects.retain(|project| self.below || project.namespace_id == id);
        }
        sources.extend(groups.iter().map(|group| Source::Group(group.id)));
        sources.extend(projects.iter().map(|project| Source::Project(project.id)));
        let mut standings = Standings::new(rtx, granted.viewer(), today);
        let mut seen = Vec::with_capacity(sources.len());
        for source in sources {
            if source == own || standings.sees_source(source)? {
                seen.push(source);
            }
        }
        Ok(seen)
    }
}

/// `GET P/labels`: search, include_ancestor_groups, page; by name. `GET /groups/:id/labels`: also
/// include_descendant_groups, only_group_labels.
///
/// # Errors
/// 400, 401, 403, 404.
pub async fn list(request: HttpRequest, state: Shared, granted: Granted, params: Params) -> Result<HttpResponse, ApiError> {
    let search = params.optional("search")?.unwrap_or_default().to_lowercase();
    let (reach, page, origin) = (Reach::read(&params)?, Page::from_params(&params)?, state.origin(&request));
    let today = day(state.clock.now());
    let (total, rows) = read(&state, move |rtx| {
        let mut found = Vec::new();
        for source in reach.sources(rtx, &granted, &today)? {
            found.extend(kept::labels(rtx, source)?);
        }
        found.retain(|label| label.name.to_lowercase().contains(&search) || label.description.to_lowercase().contains(&search));
        found.sort_by_key(|label| (label.name.to_lowercase(), label.id));
        let (total, found) = listing::cut(found, page);
        Ok((total, found.iter().map(views::label).collect::<Vec<_>>()))
    })
    .await?;
    Ok(paged(&request, &origin, page, total, &rows))
}

/// `GET P/labels/:id`, `GET /groups/:id/labels/:id`, by id or name: include_ancestor_groups.
///
/// # Errors
/// 400, 401, 403, 404.
pub async fn show(state: Shared, granted: Granted, path: web::Path<Named>, params: Params) -> Result<HttpResponse, ApiError> {
    let rtx = state.store.read()?;
    let reach = Reach { below: false, of_projects: false, ..Reach::read(&params)? };
    let sources = reach.sources(&rtx, &granted, &day(state.clock.now()))?;
    Ok(HttpResponse::Ok().json(views::label(&labels::find(&rtx, &sources, &path.label)?)))
}

/// `POST P/labels`, `POST /groups/:id/labels`: name, color, description; of a project priority.
///
/// # Errors
/// 400, 401, 403, 404, 409 when the name is taken in any case, there or in a group above.
pub async fn create(state: Shared, granted: Granted, params: Params) -> Result<HttpResponse, ApiError> {
    params.required(&["name", "color"])?;
    let wish = wish(&granted, &params, "name")?;
    let label = block(move || {
        let now = state.clock.now();
        state.store.write(|wtx| Ok(labels::create(wtx, granted.source_now(wtx)?, wish, now)?))
    })
    .await?;
    Ok(HttpResponse::Created().json(views::label(&label)))
}

/// `PUT P/labels/:id`, `PUT P/labels`, the same of groups: new_name, color, description; of a project priority.
///
/// # Errors
/// 400, 401, 403, 404, 409 when the name is taken in any case, there or in a group above.
pub async fn update(state: Shared, granted: Granted, path: web::Path<Named>, params: Params) -> Result<HttpResponse, ApiError> {
    let names = ["new_name", "color", "description", "priority"];
    if !names.iter().any(|name| params.has(name)) {
        let names = names.join(", ");
        return Err(ApiError::BadParameter(format!("{names} are missing, at least one parameter must be provided")));
    }
    let (key, wish) = (path.into_inner().key(&params)?, wish(&granted, &params, "new_name")?);
    let label = block(move || {
        let now = state.clock.now();
        state.store.write(|wtx| Ok(labels::change(wtx, granted.source_now(wtx)?, &key, wish, now)?))
    })
    .await?;
    Ok(HttpResponse::Ok().json(views::label(&label)))
}

/// `DELETE P/labels/:id`, `DELETE /groups/:id/labels/:id`.
///
/// # Errors
/// 401, 403, 404.
pub async fn delete(
    request: HttpRequest,
    state: Shared,
    granted: Granted,
    path: web::Path<Named>,
) -> Result<HttpResponse, ApiError> {
    removing(&request, state, granted, move |wtx, granted, _| {
        labels::remove(wtx, granted.source_now(wtx)?, &path.label)?;
        Ok(())
    })
    .await
}

fn wish(granted: &Granted, params: &Params, name: &str) -> Result<LabelWish, ApiError> {
    let text = |name: &str| Ok::<_, ApiError>(params.optional(name)?.map(str::to_owned));
    // Of a group it would have to be said for each project.
    let priority = match params.has("priority") && matches!(granted.source()?, Source::Project(_)) {
        true => Some(params.choice("priority", |text| text.parse::<u32>().ok())?),
        false => None,
    };
    let description = if params.has("description") { Some(text("description")?.unwrap_or_default()) } else { None };
    Ok(LabelWish { name: text(name)?, color: text("color")?, description, priority })
}
