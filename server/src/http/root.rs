//! A path before all paths: with `external_url = https://host/sec` a proxy may pass `/sec/api/v4/…` on as it is or
//! without `/sec`. Must not know: routes.

use super::state::Shared;
use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Uri;
use actix_web::middleware::Next;

/// Middleware for all routes: takes the configured path away where the proxy left it.
///
/// # Errors
/// What the route answers.
pub async fn below_root<B: MessageBody>(mut request: ServiceRequest, next: Next<B>) -> Result<ServiceResponse<B>, Error> {
    let below = request.app_data::<Shared>().and_then(|state| {
        let prefix = state.reach.external_url.as_ref()?.prefix();
        without(request.uri(), prefix)
    });
    if let Some(uri) = below {
        request.match_info_mut().get_mut().update(&uri);
        request.head_mut().uri = uri;
    }
    next.call(request).await
}

/// The same address without the path before it; none when that is not there.
fn without(uri: &Uri, prefix: &str) -> Option<Uri> {
    let rest = uri.path_and_query()?.as_str().strip_prefix(prefix).filter(|_| !prefix.is_empty())?;
    let rest = match rest.as_bytes().first() {
        Some(b'/') => rest.to_owned(),
        None | Some(b'?') => format!("/{rest}"),
        Some(_) => return None,
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(rest.parse().ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn only_a_whole_part_is_taken_away() {
        let rest = |text: &str, prefix: &str| without(&text.parse().unwrap(), prefix).map(|uri| uri.to_string());
        assert_eq!(rest("/sec/api/v4/user?a=%2F", "/sec").as_deref(), Some("/api/v4/user?a=%2F"));
        assert_eq!(rest("/sec/projects/a%2Fb", "/sec").as_deref(), Some("/projects/a%2Fb"));
        assert_eq!((rest("/sec", "/sec").as_deref(), rest("/sec?x=1", "/sec").as_deref()), (Some("/"), Some("/?x=1")));
        assert_eq!(rest("/second/x", "/sec"), None);
        assert_eq!((rest("/api", "/sec"), rest("/api", "")), (None, None));
    }
}
