//! Who calls: the token headers, the query parameters, the cookie, `Sudo` (API design, section 1.3).
//!
//! Must not know: what a route does.

use super::error::ApiError;
use super::headers::RequestId;
use super::query;
use super::state::{Shared, State, block};
use crate::audit;
use crate::auth::{AuthError, By, Caller};
use actix_web::HttpRequest;
use actix_web::http::Method;
use actix_web::http::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

/// Name of the session's cookie.
pub const COOKIE: &str = "casemate_session";
/// Header that writes by cookie have to carry.
const CSRF: &str = "x-csrf-token";

/// The caller; none when nobody says who they are.
///
/// # Errors
/// 401 for credentials that are no good, 403 for a write by cookie from elsewhere or without the CSRF header,
/// and for accounts that may not act; 403 and 404 of `Sudo`.
pub fn identify(state: &State, request: &HttpRequest) -> Result<Option<Caller>, ApiError> {
    let caller = if let Some(token) = token(request) {
        by_token(state, &token)?
    } else {
        let Some(cookie) = request.cookie(COOKIE) else { return Ok(None) };
        let (caller, _) = state.door.by_cookie(&state.store.read()?, cookie.value())?;
        check_origin(state, request)?;
        check_csrf(request, &caller)?;
        caller
    };
    match sudo(request) {
        Some(whom) => Ok(Some(state.door.act_as(&state.store.read()?, caller, &whom)?)),
        None => Ok(Some(caller)),
    }
}

/// The caller as [`identify`] finds them. A secret that was rotated and is used to rotate again is in two
/// hands: everything that came of it ends. One that does not work is noted.
///
/// # Errors
/// As [`identify`].
pub async fn identify_with_care(state: &Shared, request: &HttpRequest, route: &str) -> Result<Option<Caller>, ApiError> {
    let found = identify(state, request);
    // By the route: a path can be written in many ways.
    let is_rotation = request.method() == Method::POST && route.ends_with("/rotate");
    let (Err(error), Some(text)) = (&found, token(request)) else { return found };
    note_refusal(state, request, error, &text).await?;
    if matches!((error, is_rotation), (ApiError::Unauthorized, true)) {
        let (shared, by) = (state.clone(), by(state, request, None));
        block(move || Ok(shared.door.caught_reuse(&by, &text)?)).await?;
    }
    found
}

/// The caller of a token that stands in the body.
///
/// # Errors
/// 401, 403 when the account may not act.
pub async fn by_told_token(state: &Shared, request: &HttpRequest, text: &str) -> Result<Caller, ApiError> {
    let found = by_token(state, text);
    if let Err(error) = &found {
        note_refusal(state, request, error, text).await?;
    }
    found
}

/// Takes note of a token that does not work.
async fn note_refusal(state: &Shared, request: &HttpRequest, error: &ApiError, text: &str) -> Result<(), ApiError> {
    if !matches!(error, ApiError::Unauthorized | ApiError::Forbidden(_)) {
        return Ok(());
    }
    let by = by(state, request, None);
    let act = state.door.refusal(&state.store.read()?, text, &by.address)?;
    match act {
        Some(act) => {
            let shared = state.clone();
            block(move || Ok(shared.store.write(|wtx| audit::pass(wtx, &by, &act))?)).await
        }
        None => Ok(()),
    }
}

fn by_token(state: &State, token: &str) -> Result<Caller, ApiError> {
    Ok(state.door.by_token(&state.store.read()?, token)?)
}

/// Who acts, for the notes about acts.
pub fn by(state: &State, request: &HttpRequest, caller: Option<&Caller>) -> By {
    By {
        user_id: caller.map(|caller| caller.user.id),
        behind: caller.and_then(|caller| caller.behind),
        means: caller.map(Caller::named_means),
        address: state.reach.client_ip(request).map(|ip| ip.to_string()).unwrap_or_default(),
        request_id: RequestId::of(request),
        at: state.clock.now(),
        is_system: false,
    }
}

fn is_write(request: &HttpRequest) -> bool {
    !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS)
}

/// A write by cookie has to repeat a text that only our own page can read.
fn check_csrf(request: &HttpRequest, caller: &Caller) -> Result<(), ApiError> {
    let sent = request.headers().get(CSRF).map(HeaderValue::as_bytes);
    let wanted = caller.csrf.as_deref().map(str::as_bytes);
    if !is_write(request) || (sent.is_some() && sent == wanted) {
        return Ok(());
    }
    Err(ApiError::Forbidden("the X-CSRF-Token header is missing or wrong".to_owned()))
}

/// A write of the page comes from the page: browsers say from where. What says nothing is no browser, or an
/// old one, and has the CSRF text to show.
///
/// # Errors
/// 403 for a write from another site.
pub fn check_origin(state: &State, request: &HttpRequest) -> Result<(), ApiError> {
    let text = |name: &str| request.headers().get(name).map(|value| value.to_str().unwrap_or("?"));
    let own = state.origin(request);
    let is_own = match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => site == "same-origin",
        // The host alone: who ends TLS before us, and is not named as trusted, hides the scheme.
        (None, Some(origin)) => host(origin).is_some_and(|sent| host(&own).is_some_and(|own| own.eq_ignore_ascii_case(sent))),
        (None, None) => true,
    };
    if is_own || !is_write(request) {
        return Ok(());
    }
    Err(ApiError::Forbidden("the request comes from another site".to_owned()))
}

/// Host and port of an address.
fn host(address: &str) -> Option<&str> {
    address.split_once("://")?.1.split('/').next()
}

/// Whom the caller wants to act as. An empty one is nobody.
fn sudo(request: &HttpRequest) -> Option<String> {
    let header = request.headers().get("sudo").map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    header.or_else(|| from_query(request, &["sudo"])).filter(|whom| !whom.is_empty())
}

/// The token, wherever it was put. An empty one is none.
pub fn token(request: &HttpRequest) -> Option<String> {
    let headers = request.headers();
    let plain = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    ["private-token", "job-token"]
        .into_iter()
        .find_map(plain)
        .or_else(|| authorization(headers))
        .or_else(|| from_query(request, &["private_token", "job_token"]))
        .filter(|token| !token.is_empty())
}

/// `Bearer` and `token` with a token, `Basic` with a token as the password of any name.
fn authorization(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, rest) = value.split_once(' ')?;
    match scheme.to_ascii_lowercase().as_str() {
        "bearer" | "token" => Some(rest.trim().to_owned()),
        "basic" => {
            let pair = String::from_utf8(BASE64.decode(rest.trim()).ok()?).ok()?;
            pair.split_once(':').map(|(_, token)| token.to_owned())
        }
        _ => None,
    }
}

fn from_query(request: &HttpRequest, names: &[&str]) -> Option<String> {
    let tree = query::parse_urlencoded(request.query_string().as_bytes()).ok()?;
    names.iter().find_map(|name| match tree.get(*name) {
        Some(query::Node::Text(text)) => Some(text.clone()),
        _ => None,
    })
}

impl From<AuthError> for ApiError {
    fn from(error: AuthError) -> ApiError {
        match error {
            AuthError::Unauthorized => ApiError::Unauthorized,
            AuthError::Blocked => ApiError::Forbidden("Your account has been blocked.".to_owned()),
            AuthError::Asleep => {
                ApiError::Forbidden("Your account has been deactivated. Sign in with your password to reactivate it.".to_owned())
            }
            AuthError::CodeNeeded => ApiError::CodeNeeded,
            AuthError::TooMany { retry_after_s } => ApiError::TooMany { retry_after_s },
            AuthError::NoSudo(why) | AuthError::Forbidden(why) => ApiError::Forbidden(why.to_owned()),
            AuthError::SudoScope => ApiError::InsufficientScope { scope: "sudo" },
            AuthError::NoSuchUser(whom) => ApiError::NotFound(format!("User with ID or username '{}'", shown(&whom))),
            AuthError::Missing(what) => ApiError::NotFound(what.to_owned()),
            AuthError::Invalid(fields) => ApiError::Validation(fields),
            AuthError::Taken(text) | AuthError::Conflict(text) => ApiError::Conflict(text),
            AuthError::BadRequest(text) => ApiError::BadRequest(text),
            AuthError::Hash(_) | AuthError::Store(_) => ApiError::internal(error),
        }
    }
}

/// A name as it may be repeated in an answer.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(255).collect()
}
