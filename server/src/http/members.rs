//! Members of groups and projects, by the same handlers (API design, section 2.2). Must not know: what a level
//! allows, who may change members.

use super::caller;
use super::error::ApiError;
use super::gate::Granted;
use super::number::number;
use super::page::{Page, paged};
use super::params::Params;
use super::removing::removing;
use super::state::{Shared, State, block, read};
use crate::access::{AccessLevel, Standings};
use crate::audit::By;
use crate::clock::day;
use crate::domain::account::User;
use crate::domain::member::{Member, Source};
use crate::projects::members::{self, Actor, MemberError};
use crate::store::{ReadTx, Reads, StoreError, accounts, projects};
use crate::views::projects::member as view;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};

impl From<MemberError> for ApiError {
    fn from(error: MemberError) -> ApiError {
        match error {
            MemberError::NoUser => ApiError::NotFound("User".to_owned()),
            MemberError::NoMember => ApiError::NotFound("Member".to_owned()),
            MemberError::Already => ApiError::Conflict(error.to_string()),
            MemberError::Level => ApiError::BadParameter(error.to_string()),
            MemberError::Past => ApiError::Validation(vec![("expires_at".to_owned(), error.to_string())]),
            MemberError::TooHigh { .. } | MemberError::LastOwner => ApiError::Forbidden(error.to_string()),
            MemberError::Bot => ApiError::BadRequest(error.to_string()),
            MemberError::Store(error) => error.into(),
        }
    }
}

/// Where the id of the user stands in a path.
#[derive(serde::Deserialize)]
pub struct Named {
    uid: String,
}

impl Named {
    fn id(&self) -> Result<u64, ApiError> {
        number(&self.uid, "Member")
    }
}

/// `GET P/members`, `GET /groups/:id/members`: direct ones; query, user_ids, page.
///
/// # Errors
/// 400, 401, 403, 404.
pub async fn list(request: HttpRequest, state: Shared, granted: Granted, params: Params) -> Result<HttpResponse, ApiError> {
    answer(request, state, granted, params, members::direct).await
}

/// `GET P/members/all`, `GET /groups/:id/members/all`: inherited ones too, each once with the highest level; query,
/// user_ids, state, page.
///
/// # Errors
/// 400, 401, 403, 404.
pub async fn list_all(request: HttpRequest, state: Shared, granted: Granted, params: Params) -> Result<HttpResponse, ApiError> {
    answer(request, state, granted, params, members::all).await
}

type Find = fn(&ReadTx, Source, &str) -> Result<Vec<Member>, StoreError>;

async fn answer(
    request: HttpRequest,
    state: Shared,
    granted: Granted,
    params: Params,
    find: Find,
) -> Result<HttpResponse, ApiError> {
    let page = Page::from_params(&params)?;
    let origin = State::origin(&state, &request);
    let address = origin.clone();
    let query = params.optional("query")?.unwrap_or_default().to_lowercase();
    let ids = params.choices("user_ids", |id| id.parse::<u64>().ok())?;
    let awaits = params.choice("state", |word| ["active", "awaiting"].contains(&word).then_some(word == "awaiting"))?;
    let today = day(state.clock.now());
    let (total, rows) = read(&state, move |rtx| {
        let mut found = Vec::new();
        for member in find(rtx, granted.source()?, &today)? {
            let is_named = ids.is_empty() || ids.contains(&member.user_id);
            let fits = |user: User| user.username.to_lowercase().contains(&query) || user.name.to_lowercase().contains(&query);
            if is_named && !awaits.unwrap_or(false) && accounts::find_user(rtx, member.user_id)?.is_some_and(fits) {
                found.push(member);
            }
        }
        let slice = found.iter().skip(page.offset() as usize).take(page.limit());
        let rows: Result<Vec<_>, StoreError> = slice.map(|member| view(rtx, member, &origin)).collect();
        Ok((found.len() as u64, rows?))
    })
    .await?;
    Ok(paged(&request, &address, page, total, &rows))
}

/// `GET P/members/:uid`, `GET /groups/:id/members/:uid`: a direct one.
///
/// # Errors
/// 401, 403, 404.
pub async fn show(
    request: HttpRequest,
    state: Shared,
    granted: Granted,
    path: web::Path<Named>,
) -> Result<HttpResponse, ApiError> {
    let rtx = state.store.read()?;
    let member = members::find(&rtx, granted.source()?, path.id()?, &day(state.clock.now()))?;
    shown(&request, &state, &rtx, &member, StatusCode::OK)
}

/// `GET P/members/all/:uid`, `GET /groups/:id/members/all/:uid`: a direct or inherited one.
///
/// # Errors
/// 401, 403, 404.
pub async fn show_of_all(
    request: HttpRequest,
    state: Shared,
    granted: Granted,
    path: web::Path<Named>,
) -> Result<HttpResponse, ApiError> {
    let (rtx, id) = (state.store.read()?, path.id()?);
    let all = members::all(&rtx, granted.source()?, &day(state.clock.now()))?;
    let member = all.into_iter().find(|member| member.user_id == id).ok_or(MemberError::NoMember)?;
    shown(&request, &state, &rtx, &member, StatusCode::OK)
}

fn shown(
    request: &HttpRequest,
    state: &State,
    rtx: &ReadTx,
    member: &Member,
    status: StatusCode,
) -> Result<HttpResponse, ApiError> {
    let view = view(rtx, member, &state.origin(request))?.ok_or(MemberError::NoMember)?;
    Ok(HttpResponseBuilder::new(status).json(view))
}

/// `POST P/members`, `POST /groups/:id/members`: user_id or username, access_level, expires_at.
///
/// # Errors
/// 400, 401, 403 also for a level above the own, 404 of the user, 409.
pub async fn add(request: HttpRequest, state: Shared, granted: Granted, params: Params) -> Result<HttpResponse, ApiError> {
    let level = level(&params)?;
    let (id, name) = (params.unsigned("user_id")?, params.optional("username")?.map(str::to_owned));
    if id.is_none() && name.is_none() {
        return Err(ApiError::BadParameter("user_id, username are missing, exactly one parameter must be provided".to_owned()));
    }
    let expires_on = expires_on(&params)?.flatten();
    let (shared, by) = (state.clone(), caller::by(&state, &request, granted.caller()));
    let member = block(move || {
        shared.store.write(|wtx| {
            let user = match (id, &name) {
                (Some(id), _) => id,
                (None, name) => {
                    let found = accounts::find_user_by_name(wtx, name.as_deref().unwrap_or_default())?;
                    found.ok_or(MemberError::NoUser)?.id
                }
            };
            let today = day(by.at);
            let actor = actor(wtx, &granted, &today, &by)?;
            Ok::<_, ApiError>(members::add(wtx, granted.source()?, user, level, expires_on, actor)?)
        })
    })
    .await?;
    shown(&request, &state, &state.store.read()?, &member, StatusCode::CREATED)
}

/// `PUT P/members/:uid`, `PUT /groups/:id/members/:uid`: access_level, expires_at.
///
/// # Errors
/// 400, 401, 403 also for a level above the own and for the last owner, 404.
pub async fn update(
    request: HttpRequest,
    state: Shared,
    granted: Granted,
    path: web::Path<Named>,
    params: Params,
) -> Result<HttpResponse, ApiError> {
    let (user, level, expires_on) = (path.id()?, level(&params)?, expires_on(&params)?);
    let (shared, by) = (state.clone(), caller::by(&state, &request, granted.caller()));
    let member = block(move || {
        shared.store.write(|wtx| {
            let today = day(by.at);
            let actor = actor(wtx, &granted, &today, &by)?;
            Ok::<_, ApiError>(members::change(wtx, granted.source()?, user, level, expires_on, actor)?)
        })
    })
    .await?;
    shown(&request, &state, &state.store.read()?, &member, StatusCode::OK)
}

/// `DELETE P/members/:uid`, `DELETE /groups/:id/members/:uid`.
///
/// # Errors
/// 401, 403 also for one of a higher level and for the last owner, 404.
pub async fn remove(
    request: HttpRequest,
    state: Shared,
    granted: Granted,
    path: web::Path<Named>,
) -> Result<HttpResponse, ApiError> {
    let user = path.id()?;
    removing(&request, state, granted, move |wtx, granted, by| {
        let today = day(by.at);
        let actor = actor(wtx, granted, &today, by)?;
        members::remove(wtx, granted.source()?, user, actor)?;
        Ok(())
    })
    .await
}

fn level(params: &Params) -> Result<AccessLevel, ApiError> {
    params.required(&["access_level"])?;
    let level = params.choice("access_level", |text| text.parse().ok().and_then(AccessLevel::from_number))?;
    level.ok_or_else(|| ApiError::invalid("access_level"))
}

/// The day; none when it is not told, none inside when it is taken away.
fn expires_on(params: &Params) -> Result<Option<Option<String>>, ApiError> {
    if !params.has("expires_at") {
        return Ok(None);
    }
    let day = |text: &str| text.parse::<jiff::civil::Date>().ok().filter(|_| text.len() == 10).map(|day| day.to_string());
    Ok(Some(params.choice("expires_at", day)?))
}

/// Who acts, with the level that they have now: it may have been lowered since the gate looked.
fn actor<'a>(tx: &impl Reads, granted: &Granted, today: &'a str, by: &'a By) -> Result<Actor<'a>, ApiError> {
    let user = granted.user()?;
    let mut standings = Standings::new(tx, Some(user), today);
    let level = match granted.source()? {
        Source::Project(id) => match projects::find_project(tx, id)? {
            Some(project) => standings.of_project(&project)?.level,
            None => return Err(ApiError::NotFound("Project".to_owned())),
        },
        Source::Group(id) => standings.of_namespace(id)?,
    };
    Ok(Actor { user_id: user.id, level, today, by })
}
