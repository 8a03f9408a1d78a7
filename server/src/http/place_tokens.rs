//! Access tokens of projects and groups: each has a bot that is a member there (API design, section 2.1).
//! Must not know: how tokens are kept, who may: the gate does.

use super::caller;
use super::error::ApiError;
use super::gate::Granted;
use super::number::number;
use super::params::Params;
use super::state::{Shared, State, block};
use super::tokens::{last_day, listed, revoke_one, rotate_one, shown, told, wish};
use crate::auth::Caller;
use crate::auth::tokens::TokenWish;
use crate::domain::account::{AccessToken, TokenKind};
use crate::domain::member::Source;
use crate::store::ReadTx;
use crate::store::accounts::{self, Hash};
use actix_web::{HttpRequest, HttpResponse, web};
use casemate_shared::AccessLevel;

/// Scopes that make sense for a bot.
const SCOPES: [&str; 4] = ["api", "read_api", "write_reports", "self_rotate"];

/// The project or group of the request.
fn place(rtx: &ReadTx, granted: &Granted, kind: TokenKind) -> Result<Source, ApiError> {
    match kind {
        TokenKind::Group => Ok(Source::Group(granted.group(rtx)?.id)),
        _ => Ok(Source::Project(granted.project(rtx)?.id)),
    }
}

/// Which kind a request is about.
fn kind_of(granted: &Granted) -> TokenKind {
    if granted.route().starts_with("/api/v4/groups/") { TokenKind::Group } else { TokenKind::Project }
}

fn signed_in(granted: &Granted) -> Result<Caller, ApiError> {
    granted.caller().cloned().ok_or(ApiError::Unauthorized)
}

/// `GET P/access_tokens`, `GET /groups/:id/access_tokens`: search, state, revoked and times, page.
///
/// # Errors
/// 400, 401, 403, 404.
pub async fn list(request: HttpRequest, state: Shared, granted: Granted, params: Params) -> Result<HttpResponse, ApiError> {
    let (rtx, kind) = (state.store.read()?, kind_of(&granted));
    let all = accounts::tokens_of_place(&rtx, kind, place(&rtx, &granted, kind)?.id())?;
    listed(&request, &state, &params, all)
}

fn named(state: &State, granted: &Granted, kind: TokenKind, id: &str) -> Result<(Hash, AccessToken), ApiError> {
    let missing = || ApiError::NotFound("Token".to_owned());
    let rtx = state.store.read()?;
    let place = place(&rtx, granted, kind)?;
    let found = accounts::find_token_by_id(&rtx, number(id, "Token")?)?;
    found.filter(|(_, token)| token.kind == kind && token.place_id == Some(place.id())).ok_or_else(missing)
}

/// `GET …/access_tokens/:tid`.
///
/// # Errors
/// 401, 403, 404.
pub async fn show(state: Shared, granted: Granted, path: web::Path<(String, String)>) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(shown(&state, &named(&state, &granted, kind_of(&granted), &path.1)?)))
}

/// `POST …/access_tokens`: name, scopes, access_level (40), expires_at, description.
///
/// # Errors
/// 400, 401, 403 also for a level above the caller's own, 404.
pub async fn create(request: HttpRequest, state: Shared, granted: Granted, params: Params) -> Result<HttpResponse, ApiError> {
    let (caller, kind) = (signed_in(&granted)?, kind_of(&granted));
    if caller.user.is_bot() {
        return Err(ApiError::Forbidden("a token of a project or group makes no other tokens".to_owned()));
    }
    let wish: TokenWish = wish(&params, &caller)?;
    if wish.scopes.iter().any(|scope| !SCOPES.contains(&scope.as_str())) {
        return Err(ApiError::Validation(vec![("scopes".to_owned(), "can only contain available scopes".to_owned())]));
    }
    let level = |word: &str| word.parse().ok().and_then(AccessLevel::from_number).filter(|level| level.is_grantable());
    let level = params.choice("access_level", level)?.unwrap_or(AccessLevel::Maintainer);
    if kind == TokenKind::Project && level == AccessLevel::Minimal {
        return Err(ApiError::invalid("access_level"));
    }
    check_level(&granted, level)?;
    let place = place(&state.store.read()?, &granted, kind)?;
    let by = caller::by(&state, &request, Some(&caller));
    let answer = block(move || Ok(told(&state, state.door.make_place_token(&by, place, level, wish)?))).await?;
    Ok(HttpResponse::Created().json(answer))
}

/// Nobody gives more than they have.
fn check_level(granted: &Granted, level: AccessLevel) -> Result<(), ApiError> {
    if level <= granted.level() {
        return Ok(());
    }
    Err(ApiError::Forbidden("the access level is above your own".to_owned()))
}

/// `DELETE …/access_tokens/:tid`.
///
/// # Errors
/// 401, 403, 404.
pub async fn revoke(
    request: HttpRequest,
    state: Shared,
    granted: Granted,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let caller = signed_in(&granted)?;
    let id = named(&state, &granted, kind_of(&granted), &path.1)?.1.id;
    revoke_one(&request, state, &caller, id).await
}

/// `POST …/access_tokens/:tid/rotate`: expires_at.
///
/// # Errors
/// 400, 401, 403 also for a token with a level above the caller's own, 404.
pub async fn rotate(
    request: HttpRequest,
    state: Shared,
    granted: Granted,
    path: web::Path<(String, String)>,
    params: Params,
) -> Result<HttpResponse, ApiError> {
    let caller = signed_in(&granted)?;
    last_day(&params)?;
    let token = named(&state, &granted, kind_of(&granted), &path.1)?.1;
    check_level(&granted, AccessLevel::from_number(token.access_level).unwrap_or(AccessLevel::Owner))?;
    rotate_one(&request, state, &caller, token.id, &params).await
}
