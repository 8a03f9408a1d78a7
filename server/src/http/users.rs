//! The caller's own data and tokens. Must not know: other users.

use super::caller;
use super::error::ApiError;
use super::gate::Granted;
use super::params::Params;
use super::state::{Shared, block};
use crate::auth::SCOPES;
use crate::auth::tokens::TokenWish;
use crate::domain::account::TokenKind;
use crate::views::access;
use actix_web::{HttpRequest, HttpResponse};

/// `GET /api/v4/user`.
///
/// # Errors
/// 401, 403.
pub async fn show_current(request: HttpRequest, state: Shared, granted: Granted) -> Result<HttpResponse, ApiError> {
    let user = granted.user()?;
    let last_seen = state.door.activity.last_seen(user);
    Ok(HttpResponse::Ok().json(access::user(user, last_seen, &state.origin(&request))))
}

/// `POST /api/v4/user/personal_access_tokens`: name, scopes, expires_at, description.
///
/// # Errors
/// 400 for what is missing or unknown, 401, 403.
pub async fn create_token(
    request: HttpRequest,
    state: Shared,
    granted: Granted,
    params: Params,
) -> Result<HttpResponse, ApiError> {
    let user = granted.user()?.id;
    let wish = wish(&params)?;
    let by = caller::by(&state, &request, granted.caller());
    let answer = block(move || {
        let made = state.door.make_user_token(&by, TokenKind::Personal, user, wish)?;
        Ok(access::token(&made.token, Some(made.text), None, state.clock.now()))
    })
    .await?;
    Ok(HttpResponse::Created().json(answer))
}

/// What a token is asked to be.
fn wish(params: &Params) -> Result<TokenWish, ApiError> {
    params.required(&["name", "scopes"])?;
    let scopes: Vec<String> = params.list("scopes")?.into_iter().map(str::to_owned).collect();
    if scopes.is_empty() || scopes.iter().any(|scope| !SCOPES.contains(&scope.as_str())) {
        return Err(ApiError::invalid("scopes"));
    }
    let name = params.optional("name")?.unwrap_or_default().trim().to_owned();
    if name.is_empty() || name.chars().count() > 255 {
        return Err(ApiError::invalid("name"));
    }
    let description = params.optional("description")?.unwrap_or_default().to_owned();
    Ok(TokenWish { name, description, scopes, expires_on: params.choice("expires_at", day)? })
}

/// `YYYY-MM-DD`.
fn day(text: &str) -> Option<String> {
    text.parse::<jiff::civil::Date>().ok().filter(|_| text.len() == 10).map(|day| day.to_string())
}
