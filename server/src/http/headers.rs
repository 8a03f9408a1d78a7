//! What every answer carries: the request's id, the security headers, and for the API the word that
//! nobody may keep it. Also the one place where errors that no client may see are logged.
//!
//! Must not know: routes, handlers. Ids come from outside.

use super::limits::{self, Bucket, Told};
use super::pieces::{Pieces, in_pieces};
use super::state::Shared;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, HttpRequest, web};
use std::net::IpAddr;
use std::time::Instant;

/// Header of the request's id, both ways.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Policy of an answer that is no page: nothing may be loaded, nobody may frame it.
const CSP_NO_PAGE: &str = "default-src 'none'; frame-ancestors 'none'";
/// A browser that was here by https comes by https for a year.
const HSTS: &str = "max-age=31536000";
const CONTENT_SECURITY_POLICY: HeaderName = header::CONTENT_SECURITY_POLICY;

const SECURITY: [(&str, &str); 6] = [
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// Where ids of requests come from; app data of the server as `web::Data<RequestIds>`.
pub struct RequestIds(Box<dyn Fn() -> String + Send + Sync>);

impl RequestIds {
    /// Takes a source of ids, each of 1 to 64 of `A-Z a-z 0-9 . _ -`.
    pub fn new(source: impl Fn() -> String + Send + Sync + 'static) -> RequestIds {
        RequestIds(Box::new(source))
    }
}

/// Id of the request at hand, for logs and audit events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(pub String);

impl RequestId {
    /// The id that [`every_answer`] gave the request; empty outside of it.
    pub fn of(request: &HttpRequest) -> String {
        let known = request.extensions().get::<RequestId>().cloned();
        known.map(|id| id.0).unwrap_or_default()
    }
}

/// Middleware for all routes: `App::wrap(from_fn(every_answer))`, outermost.
pub async fn every_answer<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, Pieces>>, Error> {
    let id = id_of(&request);
    request.extensions_mut().insert(RequestId(id.clone()));
    let line = format!("{} {}", request.method(), request.path());
    let watch = Watch::begin(&request);
    match next.call(request).await {
        Ok(mut response) => {
            let cause = response.response().error();
            if let Some(cause) = cause.filter(|_| response.status().is_server_error()) {
                log(&id, &line, cause);
            }
            let status = response.status();
            watch.end(status, response.headers_mut(), &id, &line);
            Ok(response.map_body(|_, body| in_pieces(body)))
        }
        Err(error) => {
            let mut response = error.error_response();
            if response.status().is_server_error() {
                log(&id, &line, &error);
            }
            let status = response.status();
            watch.end(status, response.headers_mut(), &id, &line);
            Err(InternalError::from_response(error, response).into())
        }
    }
}

/// What is known of a request until it is answered.
struct Watch {
    state: Option<Shared>,
    told: Told,
    from: Option<IpAddr>,
    kind: Kind,
    is_probe: bool,
    began: Instant,
}

impl Watch {
    fn begin(request: &ServiceRequest) -> Watch {
        let (state, told) = (request.app_data::<Shared>().cloned(), Told::default());
        request.extensions_mut().insert(told.clone());
        let from = state.as_ref().and_then(|state| state.reach.client_ip(request.request()));
        // As the router reads it: `/%61pi` is the API, too.
        let path = request.match_info().as_str();
        let kind = Kind { is_api: is_api(path), is_https: is_https(request) };
        let is_probe = path.starts_with("/-/");
        Watch { state, told, from, kind, is_probe, began: Instant::now() }
    }

    /// Probes are neither counted nor logged.
    fn end(self, status: StatusCode, headers: &mut HeaderMap, id: &str, line: &str) {
        complete(headers, id, self.kind);
        let Some(state) = self.state.filter(|_| !self.is_probe) else { return };
        let (now, took) = (state.clock.now(), self.began.elapsed());
        state.requests.answered(status, took);
        // What came past the gate, as a path that nothing answers, counts too.
        let count = || self.kind.is_api.then(|| state.limits.count(Bucket::Address(self.from), now)).flatten();
        let is_refusal = status == StatusCode::TOO_MANY_REQUESTS;
        match self.told.heard().or_else(count) {
            Some(verdict) if !is_refusal || verdict.is_over() => limits::complete(headers, &verdict, is_refusal),
            Some(verdict) => {
                limits::complete(headers, &verdict, false);
                limits::complete_refusal(headers, now);
            }
            None if is_refusal => limits::complete_refusal(headers, now),
            None => {}
        }
        let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        tracing::debug!(request_id = id, request = line, status = status.as_u16(), millis, "answered");
    }
}

fn log(id: &str, line: &str, cause: &Error) {
    tracing::error!(request_id = id, request = line, "answered with an error: {cause}");
}

/// What an answer is, for its headers.
#[derive(Clone, Copy)]
struct Kind {
    is_api: bool,
    is_https: bool,
}

/// Whether the client came by https, as far as one can know behind a proxy.
fn is_https(request: &ServiceRequest) -> bool {
    let state = request.app_data::<Shared>();
    state.is_some_and(|state| state.reach.origin(request.request()).starts_with("https://"))
}

/// A path of the API, where answers are about the caller.
pub fn is_api(path: &str) -> bool {
    path == "/api" || path.starts_with("/api/")
}

/// The id that the client sent if it is a sane one, else a new one.
fn id_of(request: &ServiceRequest) -> String {
    let sent = request.headers().get(REQUEST_ID);
    let sent = sent.and_then(|value| value.to_str().ok());
    match sent.filter(|text| is_sane(text)) {
        Some(text) => text.to_string(),
        None => match request.app_data::<web::Data<RequestIds>>() {
            Some(source) => (source.0)(),
            None => String::new(),
        },
    }
}

fn is_sane(id: &str) -> bool {
    let known = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    (1..=64).contains(&id.len()) && id.bytes().all(known)
}

/// Adds what is missing; what a handler set stays.
fn complete(headers: &mut HeaderMap, id: &str, kind: Kind) {
    if let Ok(value) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, value);
    }
    for (name, value) in SECURITY {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if !headers.contains_key(CONTENT_SECURITY_POLICY) {
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(CSP_NO_PAGE));
    }
    if kind.is_https {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HSTS));
    }
    if kind.is_api && !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::http::error::ApiError;
    use actix_web::middleware::from_fn;
    use actix_web::test::{self, TestRequest};
    use actix_web::{App, HttpResponse};

    async fn ask(path: &str, id: Option<&str>) -> HeaderMap {
        let ids = web::Data::new(RequestIds::new(|| "made-1".into()));
        let see =
            |request: HttpRequest| async move { HttpResponse::Ok().insert_header(("seen", RequestId::of(&request))).finish() };
        let fail = || async { Err::<HttpResponse, _>(ApiError::internal("secret place")) };
        let page = || async { HttpResponse::Ok().insert_header((CONTENT_SECURITY_POLICY, "mine")).finish() };
        let app = test::init_service(
            App::new()
                .app_data(ids)
                .wrap(from_fn(every_answer))
                .route("/api/see", web::get().to(see))
                .route("/api/fail", web::get().to(fail))
                .route("/page", web::get().to(page)),
        )
        .await;
        let mut request = TestRequest::with_uri(path);
        if let Some(id) = id {
            request = request.insert_header((REQUEST_ID, id));
        }
        let response = test::call_service(&app, request.to_request()).await;
        response.headers().clone()
    }

    #[actix_web::test]
    async fn a_sane_id_is_taken_and_any_other_replaced() {
        let long = "x".repeat(65);
        for (sent, want) in [
            (Some("ci-7.A_b"), "ci-7.A_b"),
            (Some("has space"), "made-1"),
            (Some(""), "made-1"),
            (Some(long.as_str()), "made-1"),
            (None, "made-1"),
        ] {
            let headers = ask("/api/see", sent).await;
            assert_eq!(headers.get(REQUEST_ID).unwrap(), want);
            assert_eq!(headers.get("seen").unwrap(), want);
        }
    }

    #[actix_web::test]
    async fn every_answer_is_guarded_errors_and_unknown_paths_too() {
        for path in ["/api/see", "/api/fail", "/nothing-here", "/page"] {
            let headers = ask(path, None).await;
            for (name, value) in SECURITY {
                assert_eq!(headers.get(name).unwrap(), value, "{path}");
            }
            assert!(headers.contains_key(REQUEST_ID), "{path}");
        }
    }

    #[actix_web::test]
    async fn only_the_api_is_no_store_and_a_page_keeps_its_policy() {
        let api = ask("/api/fail", None).await;
        assert_eq!(api.get(header::CACHE_CONTROL).unwrap(), "no-store");
        assert_eq!(api.get(CONTENT_SECURITY_POLICY).unwrap(), CSP_NO_PAGE);
        let page = ask("/page", None).await;
        assert!(!page.contains_key(header::CACHE_CONTROL));
        assert_eq!(page.get(CONTENT_SECURITY_POLICY).unwrap(), "mine");
    }
}
