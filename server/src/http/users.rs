//! Users, for administrators and for everybody who is signed in (API design, section 2.1). Must not know: how
//! users are kept.

use super::caller;
use super::error::ApiError;
use super::gate::Granted;
use super::number::number;
use super::page::{Keyset, Page, paged};
use super::params::Params;
use super::places::descending;
use super::state::{Shared, State, block, read};
use crate::auth::users::{NewUser, Turn, UserChange, living};
use crate::clock::Millis;
use crate::domain::account::{User, UserState};
use crate::store::accounts;
use crate::views::access;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;

/// Which users a list is about.
struct Filter {
    username: Option<String>,
    search: Option<String>,
    is_active: bool,
    is_blocked: bool,
    admins: bool,
    external: Option<bool>,
    no_bots: bool,
    two_factor: Option<bool>,
    created: (Option<Millis>, Option<Millis>),
    /// Whether an administrator asks: others may not filter by what they don't see.
    by_admin: bool,
}

impl Filter {
    fn read(params: &Params, by_admin: bool) -> Result<Filter, ApiError> {
        let lower = |name: &str| Ok::<_, ApiError>(params.optional(name)?.map(|text| text.trim().to_lowercase()));
        let flag = |name: &str| Ok::<_, ApiError>(params.boolean(name)?.unwrap_or(false));
        let enabled = |word: &str| ["enabled", "disabled"].contains(&word).then_some(word == "enabled");
        Ok(Filter {
            username: lower("username")?.filter(|text| !text.is_empty()),
            search: lower("search")?.filter(|text| !text.is_empty()),
            is_active: flag("active")?,
            is_blocked: flag("blocked")?,
            admins: flag("admins")?,
            external: if flag("exclude_external")? { Some(false) } else { params.boolean("external")? },
            no_bots: flag("without_project_bots")? || flag("humans")?,
            two_factor: params.choice("two_factor", enabled)?,
            created: (params.time("created_after")?, params.time("created_before")?),
            by_admin,
        })
    }

    fn takes(&self, user: &User) -> bool {
        let in_state =
            (!self.is_active || user.state == UserState::Active) && (!self.is_blocked || user.state == UserState::Blocked);
        let after = self.created.0.is_none_or(|time| user.created_at > time);
        let before = self.created.1.is_none_or(|time| user.created_at < time);
        let for_admins = (!self.admins || user.is_admin)
            && self.external.is_none_or(|external| external == user.external)
            && self.two_factor.is_none_or(|enabled| enabled == user.two_factor);
        in_state
            && after
            && before
            && self.username.as_ref().is_none_or(|name| *name == user.username.to_lowercase())
            && self.search.as_ref().is_none_or(|text| self.finds(user, text))
            && if self.by_admin { for_admins && !(self.no_bots && user.is_bot()) } else { !user.is_bot() }
    }

    /// Addresses are searched for administrators only: a hit would tell them.
    fn finds(&self, user: &User, text: &str) -> bool {
        let holds = |field: &str| field.to_lowercase().contains(text);
        holds(&user.username) || holds(&user.name) || (self.by_admin && holds(&user.email))
    }
}

/// `GET /users`: username, search, active, blocked, external, created_after, created_before, order_by, sort,
/// page or keyset; for administrators also admins, two_factor, without_project_bots.
///
/// # Errors
/// 400, 401, 403.
pub async fn list(request: HttpRequest, state: Shared, granted: Granted, params: Params) -> Result<HttpResponse, ApiError> {
    let by_admin = granted.user()?.is_admin;
    let filter = Filter::read(&params, by_admin)?;
    let page = Page::from_params(&params)?;
    let by_key = Keyset::from_params(&params)?;
    let origin = state.origin(&request);
    let to_links = origin.clone();
    let shared = state.clone();
    let (total, last, rows) = read(&state, move |rtx| {
        let mut found = accounts::users(rtx)?;
        found.retain(|user| filter.takes(user));
        order(&mut found, &params)?;
        let skipped = usize::try_from(page.offset()).unwrap_or(usize::MAX);
        let (slice, more) = match &by_key {
            Some(key) => key.cut(&found, page, |user| user.id),
            None => (found.iter().skip(skipped).take(page.limit()).collect(), false),
        };
        let last = slice.last().map(|user| user.id).filter(|_| more);
        let rows: Vec<Value> = slice.into_iter().map(|user| row(&shared, user, by_admin, &origin)).collect::<Result<_, _>>()?;
        Ok((found.len() as u64, last, rows))
    })
    .await?;
    Ok(match by_key {
        Some(key) => key.answer(&request, &to_links, page, last, &rows),
        None => paged(&request, &to_links, page, total, &rows),
    })
}

fn order(users: &mut [User], params: &Params) -> Result<(), ApiError> {
    match params.optional("order_by")?.unwrap_or("id") {
        "id" | "created_at" | "updated_at" => users.sort_by_key(|user| user.id),
        "name" => users.sort_by_key(|user| (user.name.to_lowercase(), user.id)),
        "username" => users.sort_by_key(|user| (user.username.to_lowercase(), user.id)),
        _ => return Err(ApiError::invalid("order_by")),
    }
    if descending(params, true)? {
        users.reverse();
    }
    Ok(())
}

fn row(state: &State, user: &User, by_admin: bool, origin: &str) -> Result<Value, ApiError> {
    let row = if by_admin {
        serde_json::to_value(access::user(user, state.door.activity.last_seen(user), origin))
    } else {
        serde_json::to_value(access::public(user, origin))
    };
    row.map_err(ApiError::internal)
}

/// `GET /users/:id`: everything for administrators and the user, else what everybody sees.
///
/// # Errors
/// 401, 403, 404.
pub async fn show(
    request: HttpRequest,
    state: Shared,
    granted: Granted,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let asker = granted.user()?;
    let user = living(&state.store.read()?, number(&id, "User")?)?;
    let sees_all = asker.is_admin || asker.id == user.id;
    Ok(HttpResponse::Ok().json(row(&state, &user, sees_all, &state.origin(&request))?))
}

/// `POST /users`: email, username, name, password or reset_password or force_random_password, admin, external.
///
/// # Errors
/// 400, 401, 403 for all but administrators, 409 for a name or address that is taken, 429.
pub async fn create(request: HttpRequest, state: Shared, granted: Granted, params: Params) -> Result<HttpResponse, ApiError> {
    params.required(&["email", "name", "username"])?;
    let flag = |name: &str| Ok::<_, ApiError>(params.boolean(name)?.unwrap_or(false));
    let password = params.optional("password")?.map(str::to_owned);
    if password.is_none() && !flag("reset_password")? && !flag("force_random_password")? {
        let text = "password, reset_password, force_random_password are missing, at least one parameter must be provided";
        return Err(ApiError::BadParameter(text.to_owned()));
    }
    let text = |name: &str| Ok::<_, ApiError>(params.optional(name)?.unwrap_or_default().trim().to_owned());
    let new = NewUser {
        username: text("username")?,
        name: text("name")?,
        email: text("email")?,
        password,
        is_admin: flag("admin")?,
        external: flag("external")?,
    };
    let by = caller::by(&state, &request, granted.caller());
    let made = slowly(&state, move |state| Ok(state.door.create_user(&by, new)?)).await?;
    Ok(HttpResponse::Created().json(row(&state, &made, true, &state.origin(&request))?))
}

/// `PUT /users/:id`: email, username, name, password, admin, external.
///
/// # Errors
/// 400, 401, 403 for all but administrators and when no administrator would be left, 404, 409, 429.
pub async fn update(
    request: HttpRequest,
    state: Shared,
    granted: Granted,
    id: web::Path<String>,
    params: Params,
) -> Result<HttpResponse, ApiError> {
    let id = number(&id, "User")?;
    let text = |name: &str| Ok::<_, ApiError>(params.optional(name)?.map(|text| text.trim().to_owned()));
    let change = UserChange {
        username: text("username")?,
        name: text("name")?,
        email: text("email")?,
        password: params.optional("password")?.map(str::to_owned),
        is_admin: params.boolean("admin")?,
        external: params.boolean("external")?,
    };
    let by = caller::by(&state, &request, granted.caller());
    let changed = slowly(&state, move |state| Ok(state.door.change_user(&by, id, change)?)).await?;
    Ok(HttpResponse::Ok().json(row(&state, &changed, true, &state.origin(&request))?))
}

/// Work with a password: few at a time.
pub(super) async fn slowly<T: Send + 'static>(
    state: &Shared,
    work: impl FnOnce(&State) -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    let turn = state.password_checks.take().await?;
    let shared = state.clone();
    block(move || {
        let _turn = turn;
        work(&shared)
    })
    .await
}

/// `DELETE /users/:id`.
///
/// # Errors
/// 401, 403, 404, 409 while projects or groups need the user.
pub async fn delete(
    request: HttpRequest,
    state: Shared,
    granted: Granted,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let (id, by) = (number(&id, "User")?, caller::by(&state, &request, granted.caller()));
    block(move || Ok(state.door.delete_user(&by, id)?)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `POST /users/:id/block`, `unblock`, `deactivate`, `activate`: answers `true`.
///
/// # Errors
/// 401, 403 when the state, the caller's own account or the last administrator stand against it, 404.
pub async fn turn(
    request: HttpRequest,
    state: Shared,
    granted: Granted,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let turn = Turn::parse(&path.1).ok_or(ApiError::RouteNotFound)?;
    let id = number(&path.0, "User")?;
    if turn == Turn::Block && granted.user()?.id == id {
        return Err(ApiError::Forbidden("The API initiating user cannot be blocked by the API".to_owned()));
    }
    let by = caller::by(&state, &request, granted.caller());
    block(move || Ok(state.door.turn_user(&by, id, turn)?)).await?;
    Ok(HttpResponse::Created().json(true))
}

/// `PATCH /users/:id/disable_two_factor`.
///
/// # Errors
/// 400 when there is none, 401, 403 also for the own one: taking that away asks for the password, 404.
pub async fn disable_two_factor(
    request: HttpRequest,
    state: Shared,
    granted: Granted,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let (id, by) = (number(&id, "User")?, caller::by(&state, &request, granted.caller()));
    if granted.user()?.id == id {
        return Err(ApiError::Forbidden("Two-factor authentication of the own account ends with the password only".to_owned()));
    }
    if !living(&state.store.read()?, id)?.two_factor {
        return Err(ApiError::BadRequest("Two-factor authentication is not enabled for this user".to_owned()));
    }
    block(move || Ok(state.door.end_second_factor(&by, id)?)).await?;
    Ok(HttpResponse::NoContent().finish())
}
