//! The caller's own data and tokens. Must not know: other users.

use super::caller::{READ_USER, SignedIn, WRITE};
use super::error::ApiError;
use super::params::Params;
use super::state::{Shared, block};
use crate::auth::{self, SCOPES, TokenWish};
use crate::views::access;
use actix_web::{HttpRequest, HttpResponse};

/// `GET /api/v4/user`.
///
/// # Errors
/// 401, 403.
pub async fn show_current(request: HttpRequest, state: Shared, caller: SignedIn) -> Result<HttpResponse, ApiError> {
    let caller = caller.with(READ_USER)?;
    Ok(HttpResponse::Ok().json(access::user(&caller.user, &state.origin(&request))))
}

/// `POST /api/v4/user/personal_access_tokens`: name, scopes, expires_at.
///
/// # Errors
/// 400 for what is missing or unknown, 401, 403.
pub async fn create_token(state: Shared, caller: SignedIn, params: Params) -> Result<HttpResponse, ApiError> {
    let caller = caller.with(WRITE)?;
    params.required(&["name", "scopes"])?;
    let scopes: Vec<String> = params.list("scopes")?.into_iter().map(str::to_owned).collect();
    if scopes.is_empty() || scopes.iter().any(|scope| !SCOPES.contains(&scope.as_str())) {
        return Err(ApiError::invalid("scopes"));
    }
    let name = params.text("name").unwrap_or_default().trim().to_owned();
    if name.is_empty() || name.chars().count() > 255 {
        return Err(ApiError::invalid("name"));
    }
    let expires_on = params.choice("expires_at", day)?;
    let wish = TokenWish { name, scopes, expires_on };
    let answer = block(move || {
        let (token, text) = auth::make_token(&state.store, &state.secrets, caller.user.id, wish, &*state.clock, &*state.entropy)?;
        Ok(access::token(&token, Some(text), &auth::today(state.clock.now())))
    })
    .await?;
    Ok(HttpResponse::Created().json(answer))
}

/// `YYYY-MM-DD`.
fn day(text: &str) -> Option<String> {
    text.parse::<jiff::civil::Date>().ok().filter(|_| text.len() == 10).map(|day| day.to_string())
}
