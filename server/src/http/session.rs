//! Sign-in of the page [E]. Must not know: how passwords are kept.

use super::caller::{COOKIE, SignedIn};
use super::error::ApiError;
use super::params::Params;
use super::state::{Shared, block};
use crate::auth;
use crate::views::access;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::{HttpRequest, HttpResponse};

/// `POST /api/v4/session`: signs in; 401 for a wrong name or password alike.
///
/// # Errors
/// 400 when a field is missing, 401.
pub async fn sign_in(request: HttpRequest, state: Shared, params: Params) -> Result<HttpResponse, ApiError> {
    params.required(&["login", "password"])?;
    let (login, password) =
        (params.text("login").unwrap_or_default().to_owned(), params.text("password").unwrap_or_default().to_owned());
    let _turn = state.password_checks.acquire().await.map_err(ApiError::internal)?;
    let shared = state.clone();
    let from = state.reach.client_ip(&request);
    let made = block(move || {
        let user = auth::check_password(&shared.store.read()?, &login, &password)?.ok_or_else(|| {
            tracing::warn!(?from, "a sign-in was refused");
            ApiError::Unauthorized
        })?;
        Ok(auth::begin_session(&shared.store, &shared.secrets, user, &*shared.clock, &*shared.entropy)?)
    })
    .await?;
    let origin = state.origin(&request);
    let mut cookie = Cookie::new(COOKIE, made.cookie);
    cookie.set_http_only(true);
    cookie.set_same_site(SameSite::Strict);
    cookie.set_secure(origin.starts_with("https:"));
    cookie.set_path("/");
    Ok(HttpResponse::Created().cookie(cookie).json(access::session(&made.user, &made.session, &origin)))
}

/// `GET /api/v4/session`: the session at hand.
///
/// # Errors
/// 401.
pub async fn show(request: HttpRequest, state: Shared) -> Result<HttpResponse, ApiError> {
    let cookie = request.cookie(COOKIE).ok_or(ApiError::Unauthorized)?;
    let found = auth::by_cookie(&state.store.read()?, &state.secrets, cookie.value(), state.clock.now())?;
    let (caller, session) = found.ok_or(ApiError::Unauthorized)?;
    Ok(HttpResponse::Ok().json(access::session(&caller.user, &session, &state.origin(&request))))
}

/// `DELETE /api/v4/session`: signs out.
///
/// # Errors
/// 401, 403 without the CSRF header.
pub async fn sign_out(request: HttpRequest, state: Shared, _caller: SignedIn) -> Result<HttpResponse, ApiError> {
    if let Some(cookie) = request.cookie(COOKIE) {
        let text = cookie.value().to_owned();
        block(move || Ok(auth::end_session(&state.store, &state.secrets, &text)?)).await?;
    }
    let mut gone = Cookie::new(COOKIE, "");
    gone.set_path("/");
    gone.make_removal();
    Ok(HttpResponse::NoContent().cookie(gone).finish())
}
