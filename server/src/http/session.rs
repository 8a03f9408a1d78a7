//! Signing in to the page [E]. Must not know: how passwords and sessions are kept.

use super::caller::{self, COOKIE};
use super::error::ApiError;
use super::gate::Granted;
use super::origin::path_of;
use super::params::Params;
use super::state::{Shared, block};
use crate::auth::sessions::SignIn;
use crate::views::access;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header::USER_AGENT;
use actix_web::{HttpRequest, HttpResponse};

/// `POST /api/v4/session`: login, password, code; 401 for a wrong name, password or code alike. The cookie
/// is always a new one, and the session of an old one ends.
///
/// # Errors
/// 400 when a field is missing, 401, 403 from another site and for a blocked account, 429.
pub async fn sign_in(request: HttpRequest, state: Shared, params: Params) -> Result<HttpResponse, ApiError> {
    caller::check_origin(&state, &request)?;
    params.required(&["login", "password"])?;
    let text = |name: &str| Ok::<_, ApiError>(params.optional(name)?.unwrap_or_default().to_owned());
    let wish = SignIn {
        login: text("login")?,
        password: text("password")?,
        code: params.optional("code")?.filter(|code| !code.is_empty()).map(str::to_owned),
        from: state.reach.client_ip(&request),
        agent: request.headers().get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned(),
        old_cookie: request.cookie(COOKIE).map(|cookie| cookie.value().to_owned()),
    };
    let by = caller::by(&state, &request, None);
    let turn = state.password_checks.take().await?;
    let shared = state.clone();
    let made = block(move || {
        let _turn = turn;
        Ok(shared.door.sign_in(&by, wish)?)
    })
    .await?;
    let origin = state.origin(&request);
    let mut cookie = Cookie::new(COOKIE, made.cookie);
    cookie.set_http_only(true);
    cookie.set_same_site(SameSite::Strict);
    cookie.set_secure(origin.starts_with("https:"));
    cookie.set_path(cookie_path(&origin));
    let told = access::session(&made.user, &made.session, state.door.activity.last_seen(&made.user), &origin);
    Ok(HttpResponse::Created().cookie(cookie).json(told))
}

/// The cookie is for this server, not for what else may be on the host.
fn cookie_path(origin: &str) -> String {
    let path = path_of(origin);
    if path.is_empty() { "/".to_owned() } else { path.to_owned() }
}

/// `GET /api/v4/session`: the session at hand.
///
/// # Errors
/// 401.
pub async fn show(request: HttpRequest, state: Shared) -> Result<HttpResponse, ApiError> {
    let cookie = request.cookie(COOKIE).ok_or(ApiError::Unauthorized)?;
    let (caller, session) = state.door.by_cookie(&state.store.read()?, cookie.value())?;
    let last_seen = state.door.activity.last_seen(&caller.user);
    Ok(HttpResponse::Ok().json(access::session(&caller.user, &session, last_seen, &state.origin(&request))))
}

/// `DELETE /api/v4/session`: signs out.
///
/// # Errors
/// 401, 403 without the CSRF header.
pub async fn sign_out(request: HttpRequest, state: Shared, granted: Granted) -> Result<HttpResponse, ApiError> {
    let origin = state.origin(&request);
    if let Some(cookie) = request.cookie(COOKIE) {
        let (text, by) = (cookie.value().to_owned(), caller::by(&state, &request, granted.caller()));
        block(move || Ok(state.door.sign_out(&by, &text)?)).await?;
    }
    let mut gone = Cookie::new(COOKIE, "");
    gone.set_path(cookie_path(&origin));
    gone.make_removal();
    Ok(HttpResponse::NoContent().cookie(gone).finish())
}
