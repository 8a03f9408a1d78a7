//! Access tokens of users: personal ones and those that administrators make to act as somebody (API design,
//! section 2.1). Must not know: how tokens are kept.

use super::caller;
use super::error::ApiError;
use super::gate::Granted;
use super::number::number;
use super::page::{Page, paged};
use super::params::Params;
use super::state::{Shared, State, block};
use crate::auth::tokens::{self, NewToken, TokenWish};
use crate::auth::users::living;
use crate::auth::{AuthError, Caller, SCOPES};
use crate::clock::Millis;
use crate::domain::account::{AccessToken, TokenKind};
use crate::store::accounts::{self, Hash};
use crate::views::access;
use actix_web::{HttpRequest, HttpResponse, web};
use casemate_shared::api::user::Token;

/// Scopes that whoever has `api` has anyway, and may pass on.
const WITHIN_API: [&str; 4] = ["read_api", "read_user", "write_reports", "self_rotate"];

/// `YYYY-MM-DD`.
fn day(text: &str) -> Option<String> {
    text.parse::<jiff::civil::Date>().ok().filter(|_| text.len() == 10).map(|day| day.to_string())
}

/// The wished last day.
pub(super) fn last_day(params: &Params) -> Result<Option<String>, ApiError> {
    params.choice("expires_at", day)
}

/// What a token is asked to be: name, scopes, expires_at, description.
///
/// # Errors
/// 400; 403 for a scope that the caller's own token lacks.
pub(super) fn wish(params: &Params, caller: &Caller) -> Result<TokenWish, ApiError> {
    params.required(&["name", "scopes"])?;
    let scopes: Vec<String> = params.list("scopes")?.into_iter().map(str::to_owned).collect();
    if scopes.is_empty() {
        return Err(ApiError::invalid("scopes"));
    }
    for scope in &scopes {
        let known = SCOPES.into_iter().find(|known| known == scope).ok_or_else(|| ApiError::invalid("scopes"))?;
        let passes_on = caller.has_scope(&[known]) || (WITHIN_API.contains(&known) && caller.has_scope(&["api"]));
        if !passes_on {
            return Err(ApiError::InsufficientScope { scope: known });
        }
    }
    let name = params.optional("name")?.unwrap_or_default().trim().to_owned();
    if name.is_empty() || name.chars().count() > 255 {
        return Err(ApiError::invalid("name"));
    }
    let description = params.optional("description")?.unwrap_or_default().to_owned();
    Ok(TokenWish { name, description, scopes, expires_on: last_day(params)? })
}

fn signed_in(granted: &Granted) -> Result<Caller, ApiError> {
    granted.caller().cloned().ok_or(ApiError::Unauthorized)
}

/// The answer that tells the text, once.
pub(super) fn told(state: &State, made: NewToken) -> Token {
    access::token(&made.token, Some(made.text), None, state.clock.now())
}

/// A token without its text.
pub(super) fn shown(state: &State, (hash, token): &(Hash, AccessToken)) -> Token {
    access::token(token, None, state.door.activity.last_use(hash, token.last_used_at), state.clock.now())
}

/// `POST /user/personal_access_tokens`: name, scopes, expires_at, description.
///
/// # Errors
/// 400 for what is missing or unknown, 401, 403.
pub async fn create_own(request: HttpRequest, state: Shared, granted: Granted, params: Params) -> Result<HttpResponse, ApiError> {
    let caller = signed_in(&granted)?;
    make(&request, state, &caller, TokenKind::Personal, caller.user.id, &params).await
}

/// `POST /users/:id/personal_access_tokens`, `POST /users/:id/impersonation_tokens`, for administrators.
///
/// # Errors
/// 400, 401, 403, 404.
pub async fn create_for(
    request: HttpRequest,
    state: Shared,
    granted: Granted,
    id: web::Path<String>,
    params: Params,
) -> Result<HttpResponse, ApiError> {
    let is_to_act_as = granted.route().ends_with("/impersonation_tokens");
    let kind = if is_to_act_as { TokenKind::Impersonation } else { TokenKind::Personal };
    make(&request, state, &signed_in(&granted)?, kind, number(&id, "User")?, &params).await
}

async fn make(
    request: &HttpRequest,
    state: Shared,
    caller: &Caller,
    kind: TokenKind,
    user: u64,
    params: &Params,
) -> Result<HttpResponse, ApiError> {
    let wish = wish(params, caller)?;
    let by = caller::by(&state, request, Some(caller));
    let answer = block(move || Ok(told(&state, state.door.make_user_token(&by, kind, user, wish)?))).await?;
    Ok(HttpResponse::Created().json(answer))
}

/// Which tokens a list is about.
struct Filter {
    search: Option<String>,
    is_active: Option<bool>,
    is_revoked: Option<bool>,
    created: (Option<Millis>, Option<Millis>),
    used: (Option<Millis>, Option<Millis>),
}

impl Filter {
    fn read(params: &Params) -> Result<Filter, ApiError> {
        let state = |word: &str| match word {
            "active" => Some(Some(true)),
            "inactive" => Some(Some(false)),
            "all" => Some(None),
            _ => None,
        };
        Ok(Filter {
            search: params.optional("search")?.map(str::to_lowercase).filter(|text| !text.is_empty()),
            is_active: params.choice("state", state)?.flatten(),
            is_revoked: params.boolean("revoked")?,
            created: (params.time("created_after")?, params.time("created_before")?),
            used: (params.time("last_used_after")?, params.time("last_used_before")?),
        })
    }

    fn takes(&self, token: &AccessToken, last_used: Option<Millis>, now: Millis) -> bool {
        let within = |time: Option<Millis>, (after, before): (Option<Millis>, Option<Millis>)| {
            after.is_none_or(|after| time.is_some_and(|time| time > after))
                && before.is_none_or(|before| time.is_some_and(|time| time < before))
        };
        self.search.as_ref().is_none_or(|text| token.name.to_lowercase().contains(text))
            && self.is_active.is_none_or(|active| active == token.is_active(now, &crate::auth::today(now)))
            && self.is_revoked.is_none_or(|revoked| revoked == token.revoked)
            && within(Some(token.created_at), self.created)
            && within(last_used, self.used)
    }
}

/// Answers a page of tokens.
pub(super) fn listed(
    request: &HttpRequest,
    state: &State,
    params: &Params,
    mut all: Vec<(Hash, AccessToken)>,
) -> Result<HttpResponse, ApiError> {
    let (filter, page, now) = (Filter::read(params)?, Page::from_params(params)?, state.clock.now());
    all.retain(|(hash, token)| filter.takes(token, state.door.activity.last_use(hash, token.last_used_at), now));
    let skipped = usize::try_from(page.offset()).unwrap_or(usize::MAX);
    let rows: Vec<Token> = all.iter().skip(skipped).take(page.limit()).map(|named| shown(state, named)).collect();
    Ok(paged(request, &state.origin(request), page, all.len() as u64, &rows))
}

/// `GET /personal_access_tokens`: the caller's own; for administrators those of everybody, or of `user_id`.
/// search, state, revoked, created_after, created_before, last_used_after, last_used_before, page.
///
/// # Errors
/// 400, 401 also for the tokens of somebody else, 403.
pub async fn list(request: HttpRequest, state: Shared, granted: Granted, params: Params) -> Result<HttpResponse, ApiError> {
    let caller = signed_in(&granted)?;
    let wanted = params.unsigned("user_id")?;
    let whose = match wanted {
        Some(id) if id != caller.user.id && !caller.user.is_admin => return Err(ApiError::Unauthorized),
        None if !caller.user.is_admin => Some(caller.user.id),
        other => other,
    };
    let rtx = state.store.read()?;
    let mut all = match whose {
        Some(user) => accounts::tokens_of(&rtx, user)?,
        None => accounts::tokens(&rtx)?,
    };
    // A bot sees its own, whatever it belongs to.
    let own_bot = whose == Some(caller.user.id) && caller.user.is_bot();
    all.retain(|(_, token)| token.kind == TokenKind::Personal || (own_bot && token.kind != TokenKind::Job));
    listed(&request, &state, &params, all)
}

/// Which token a path is about: one by its id, or `self`, which is the one that was shown with the request.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
pub struct Named {
    tid: String,
}

impl Named {
    /// The token, if the caller may see it: their own but for those made to impersonate them; for administrators
    /// every personal one.
    fn find(&self, state: &State, caller: &Caller) -> Result<(Hash, AccessToken), ApiError> {
        let missing = || ApiError::NotFound("Token".to_owned());
        let shown = caller.token_id();
        let id = if self.tid.is_empty() { shown.ok_or_else(missing)? } else { number(&self.tid, "Token")? };
        let (hash, token) = tokens::find(&state.store.read()?, id)?;
        let is_seen = match token.kind {
            TokenKind::Personal => caller.user.is_admin || token.user_id == caller.user.id,
            TokenKind::Project | TokenKind::Group => token.user_id == caller.user.id,
            TokenKind::Impersonation | TokenKind::Job => false,
        };
        if shown == Some(id) || is_seen { Ok((hash, token)) } else { Err(missing()) }
    }
}

/// `GET /personal_access_tokens/:tid`, `GET /personal_access_tokens/self`, whatever that token may do.
///
/// # Errors
/// 401, 403, 404.
pub async fn show(state: Shared, granted: Granted, named: web::Path<Named>) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(shown(&state, &named.find(&state, &signed_in(&granted)?)?)))
}

/// `DELETE /personal_access_tokens/:tid`, `DELETE /personal_access_tokens/self`.
///
/// # Errors
/// 401, 403, 404.
pub async fn revoke(
    request: HttpRequest,
    state: Shared,
    granted: Granted,
    named: web::Path<Named>,
) -> Result<HttpResponse, ApiError> {
    let caller = signed_in(&granted)?;
    let id = named.find(&state, &caller)?.1.id;
    revoke_one(&request, state, &caller, id).await
}

pub(super) async fn revoke_one(request: &HttpRequest, state: Shared, caller: &Caller, id: u64) -> Result<HttpResponse, ApiError> {
    let by = caller::by(&state, request, Some(caller));
    block(move || Ok(state.door.revoke(&by, id)?)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `POST /personal_access_tokens/:tid/rotate`, `POST /personal_access_tokens/self/rotate`: expires_at. With the scope
/// `self_rotate` alone only the token that is shown. A secret that was rotated before ends all that came of it, and
/// answers 401 as any other that does not work: `identify_with_care` sees to that.
///
/// # Errors
/// 400, 401, 403, 404.
pub async fn rotate(
    request: HttpRequest,
    state: Shared,
    granted: Granted,
    named: web::Path<Named>,
    params: Params,
) -> Result<HttpResponse, ApiError> {
    let caller = signed_in(&granted)?;
    let id = named.find(&state, &caller)?.1.id;
    if caller.token_id() != Some(id) && !caller.has_scope(&["api"]) {
        return Err(ApiError::InsufficientScope { scope: "api" });
    }
    rotate_one(&request, state, &caller, id, &params).await
}

pub(super) async fn rotate_one(
    request: &HttpRequest,
    state: Shared,
    caller: &Caller,
    id: u64,
    params: &Params,
) -> Result<HttpResponse, ApiError> {
    let (by, until) = (caller::by(&state, request, Some(caller)), last_day(params)?);
    let scopes = accounts::find_token_by_id(&state.store.read()?, id)?.map(|(_, token)| token.scopes).unwrap_or_default();
    // The text of the new token would be one with more rights than the caller's own.
    if let Some(more) = SCOPES.into_iter().find(|scope| {
        let has = caller.has_scope(&[scope]) || (WITHIN_API.contains(scope) && caller.has_scope(&["api"]));
        scopes.iter().any(|wanted| wanted == scope) && !has && caller.token_id() != Some(id)
    }) {
        return Err(ApiError::InsufficientScope { scope: more });
    }
    let answer = block(move || Ok(told(&state, state.door.rotate(&by, id, until)?))).await?;
    Ok(HttpResponse::Ok().json(answer))
}

/// `GET /users/:id/impersonation_tokens`: state, page.
///
/// # Errors
/// 400, 401, 403, 404.
pub async fn list_impersonation(
    request: HttpRequest,
    state: Shared,
    granted: Granted,
    id: web::Path<String>,
    params: Params,
) -> Result<HttpResponse, ApiError> {
    signed_in(&granted)?;
    let rtx = state.store.read()?;
    let user = living(&rtx, number(&id, "User")?)?;
    let mut all = accounts::tokens_of(&rtx, user.id)?;
    all.retain(|(_, token)| token.kind == TokenKind::Impersonation);
    listed(&request, &state, &params, all)
}

fn impersonation(state: &State, (user, id): &(String, String)) -> Result<(Hash, AccessToken), ApiError> {
    let missing = || ApiError::NotFound("Impersonation Token".to_owned());
    let user = living(&state.store.read()?, number(user, "User")?)?;
    let found = tokens::find(&state.store.read()?, number(id, "Impersonation Token")?);
    let found = found.map_err(|error| if matches!(error, AuthError::Missing(_)) { missing() } else { error.into() })?;
    let fits = found.1.user_id == user.id && found.1.kind == TokenKind::Impersonation;
    if fits { Ok(found) } else { Err(missing()) }
}

/// `GET /users/:id/impersonation_tokens/:tid`.
///
/// # Errors
/// 401, 403, 404.
pub async fn show_impersonation(
    state: Shared,
    granted: Granted,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    signed_in(&granted)?;
    Ok(HttpResponse::Ok().json(shown(&state, &impersonation(&state, &path)?)))
}

/// `DELETE /users/:id/impersonation_tokens/:tid`.
///
/// # Errors
/// 401, 403, 404.
pub async fn revoke_impersonation(
    request: HttpRequest,
    state: Shared,
    granted: Granted,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let caller = signed_in(&granted)?;
    let id = impersonation(&state, &path)?.1.id;
    revoke_one(&request, state, &caller, id).await
}
