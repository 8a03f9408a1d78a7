//! Version, metadata and probes (API design, section 1.8). Must not know: projects.

use super::error::ApiError;
use super::params::Params;
use super::proxy_check;
use super::state::Shared;
use crate::store::pipelines;
use actix_web::{HttpRequest, HttpResponse};
use casemate_shared::api::user::Version;
use serde_json::json;

/// Version of the program.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Commit that it was built from, if the build said so. Not "unknown": clients take that word for a failed call.
const REVISION: &str = match option_env!("CASEMATE_REVISION") {
    Some(revision) => revision,
    None => "development",
};

/// `GET /api/v4/version`.
///
/// # Errors
/// 401, 403.
pub async fn version() -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(Version { version: VERSION.to_owned(), revision: REVISION.to_owned() }))
}

/// `GET /api/v4/metadata`.
///
/// # Errors
/// 401, 403.
pub async fn metadata() -> Result<HttpResponse, ApiError> {
    let kas = json!({"enabled": false, "externalUrl": null, "externalK8sProxyUrl": null, "version": null});
    Ok(HttpResponse::Ok().json(json!({"version": VERSION, "revision": REVISION, "enterprise": false, "kas": kas})))
}

/// `GET /-/health`: the process answers; storage is not touched.
pub async fn health() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("OK")
}

/// `GET /-/liveness`.
pub async fn liveness() -> HttpResponse {
    HttpResponse::Ok().json(json!({"status": "ok"}))
}

/// `GET /-/readiness[?all=1]`: whether requests can be served; `all` adds the parts, and whether the proxy
/// before the server leaves paths alone.
pub async fn readiness(request: HttpRequest, state: Shared) -> HttpResponse {
    let wants_all = Params::from_query(&request).ok().and_then(|params| params.boolean("all").ok().flatten()).unwrap_or(false);
    let database = state.store.read().and_then(|rtx| pipelines::queued(&rtx)).map(|queue| queue.len());
    let word = |is_fine: bool| if is_fine { "ok" } else { "failed" };
    let mut body = json!({"status": word(database.is_ok()), "master_check": [{"status": word(database.is_ok())}]});
    if wants_all {
        let lag = state.index.lag();
        body["db_check"] = json!([{"status": word(database.is_ok())}]);
        body["search_check"] = json!([{"status": word(lag.is_ok()), "behind": lag.ok()}]);
        body["queue_check"] = json!([{"status": word(database.is_ok()), "queued": database.as_ref().ok()}]);
        // A proxy that is wrong makes no server unfit to serve: it is told, and the status stays.
        body["proxy_check"] = proxy_check::check(&state).await.json();
    }
    if database.is_ok() { HttpResponse::Ok().json(body) } else { HttpResponse::ServiceUnavailable().json(body) }
}
