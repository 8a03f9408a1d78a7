//! Who calls: the three token headers, the query parameters, the cookie (API design, section 1.3).
//!
//! Must not know: what a route does.

use super::error::ApiError;
use super::query;
use super::state::{Shared, State};
use crate::auth::{self, Caller};
use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use actix_web::{FromRequest, HttpRequest};
use std::future::{Ready, ready};

/// Name of the session's cookie.
pub const COOKIE: &str = "casemate_session";
/// Header that writes by cookie have to carry.
const CSRF: &str = "x-csrf-token";

/// Scopes that may read.
pub const READ: &[&str] = &["api", "read_api"];
/// Scopes that may write.
pub const WRITE: &[&str] = &["api"];
/// Scopes that may hand in reports.
pub const REPORT: &[&str] = &["api", "write_reports"];
/// Scopes that may read the caller's own data.
pub const READ_USER: &[&str] = &["api", "read_api", "read_user"];

/// The caller, signed in.
pub struct SignedIn(Caller);

impl SignedIn {
    /// The caller, if one of the scopes is there.
    ///
    /// # Errors
    /// 403 in the form of OAuth.
    pub fn with(self, scopes: &'static [&'static str]) -> Result<Caller, ApiError> {
        if self.0.has_scope(scopes) {
            return Ok(self.0);
        }
        Err(ApiError::InsufficientScope { scope: scopes.last().copied().unwrap_or_default() })
    }
}

impl SignedIn {
    /// The caller of a token that stands in the body, as a runner sends it.
    ///
    /// # Errors
    /// 401.
    pub fn by_token(state: &State, token: &str) -> Result<SignedIn, ApiError> {
        let caller = auth::by_token(&state.store.read()?, &state.secrets, token, state.clock.now())?;
        caller.map(SignedIn).ok_or(ApiError::Unauthorized)
    }
}

impl FromRequest for SignedIn {
    type Error = ApiError;
    type Future = Ready<Result<SignedIn, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let state = request.app_data::<Shared>().cloned();
        ready(state.ok_or_else(|| ApiError::internal("no state")).and_then(|state| identify(&state, request)))
    }
}

fn identify(state: &State, request: &HttpRequest) -> Result<SignedIn, ApiError> {
    let rtx = state.store.read()?;
    let now = state.clock.now();
    if let Some(token) = token(request) {
        let caller = auth::by_token(&rtx, &state.secrets, &token, now)?;
        return caller.map(SignedIn).ok_or(ApiError::Unauthorized);
    }
    let cookie = request.cookie(COOKIE).ok_or(ApiError::Unauthorized)?;
    let (caller, _) = auth::by_cookie(&rtx, &state.secrets, cookie.value(), now)?.ok_or(ApiError::Unauthorized)?;
    check_csrf(request, &caller)?;
    Ok(SignedIn(caller))
}

/// A write by cookie has to repeat a text that only our own page can read.
fn check_csrf(request: &HttpRequest, caller: &Caller) -> Result<(), ApiError> {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(());
    }
    let sent = request.headers().get(CSRF).and_then(|value| value.to_str().ok());
    if sent.is_some() && sent == caller.csrf.as_deref() {
        Ok(())
    } else {
        Err(ApiError::Forbidden("the X-CSRF-Token header is missing or wrong".to_owned()))
    }
}

/// The token, wherever it was put. An empty one is none.
fn token(request: &HttpRequest) -> Option<String> {
    let headers = request.headers();
    let plain = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    ["private-token", "job-token"]
        .into_iter()
        .find_map(plain)
        .or_else(|| bearer(headers))
        .or_else(|| from_query(request))
        .filter(|token| !token.is_empty())
}

fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    ["bearer", "token"].contains(&scheme.to_ascii_lowercase().as_str()).then(|| token.trim().to_owned())
}

fn from_query(request: &HttpRequest) -> Option<String> {
    let tree = query::parse_urlencoded(request.query_string().as_bytes()).ok()?;
    ["private_token", "job_token"].into_iter().find_map(|name| match tree.get(name) {
        Some(query::Node::Text(token)) => Some(token.clone()),
        _ => None,
    })
}
