//! Every refusal of the API with its status and body (API design, section 1.5). The only place that
//! knows both.
//!
//! Must not know: why a room refused, storage, the clock. It does not log: what the client may not see
//! is logged once, with the request id, by `headers.rs`.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};
use serde_json::{Map, Value, json};

/// What a handler or an extractor refuses with.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ApiError {
    /// 401: no credentials, or bad ones.
    #[error("unauthorized")]
    Unauthorized,
    /// 401 with the right password: a code of the second factor is needed, or was wrong.
    #[error("a code is needed")]
    CodeNeeded,
    /// 429: too often.
    #[error("too many requests")]
    TooMany {
        /// Seconds after which it may be tried again.
        retry_after_s: u64,
    },
    /// 403: the caller sees the object and may not do this. An empty text says no more than 403.
    #[error("forbidden: {0}")]
    Forbidden(String),
    /// 403 in the shape of OAuth: the token lacks a scope.
    #[error("token without scope {scope}")]
    InsufficientScope {
        /// Scope that would do.
        scope: &'static str,
    },
    /// 404 of an object, or of one that the caller may not see: `NotFound("Project")`.
    #[error("{0} not found")]
    NotFound(String),
    /// 404 of a path that nothing answers.
    #[error("no such route")]
    RouteNotFound,
    /// 400 about one parameter: the whole sentence, `severity does not have a valid value`.
    #[error("bad parameter: {0}")]
    BadParameter(String),
    /// 400 of a rule about values: `path` and `has already been taken`.
    #[error("validation failed: {0:?}")]
    Validation(Vec<(String, String)>),
    /// 400 about the request as a whole.
    #[error("bad request: {0}")]
    BadRequest(String),
    /// 400: the whole sentence.
    #[error("refused: {0}")]
    Refused(String),
    /// 408: the body stopped in the middle.
    #[error("the client is too slow")]
    TooSlow,
    /// 409.
    #[error("conflict: {0}")]
    Conflict(String),
    /// 410: it was there and was removed; the whole sentence says why.
    #[error("gone: {0}")]
    Gone(String),
    /// 413: over a limit, which it names.
    #[error("over the limit {limit} of {value}")]
    TooLarge {
        /// Name of the limit, as in the configuration.
        limit: &'static str,
        /// Its value, in the limit's own unit.
        value: u64,
    },
    /// 415: a content type that cannot be read; empty when there was none.
    #[error("unsupported content type {0}")]
    UnsupportedMedia(String),
    /// 422 with a body of its own.
    #[error("unprocessable")]
    Unprocessable(Value),
    /// 301: what was asked for has another path now; its whole address.
    #[error("moved to {0}")]
    Moved(String),
    /// 405: the same for what is no reading.
    #[error("moved, and not asked for by GET")]
    MovedAway,
    /// 304: the change asked for is already so.
    #[error("not modified")]
    NotModified,
    /// 503: starting, stopping, read-only, or full.
    #[error("unavailable")]
    Unavailable {
        /// Seconds after which it makes sense to come back.
        retry_after_s: u64,
    },
    /// 500: our fault. The text is for the log, never for the client.
    #[error("internal: {0}")]
    Internal(String),
}

impl ApiError {
    /// Takes an error of a room that no client can have caused.
    pub fn internal(cause: impl std::fmt::Display) -> ApiError {
        ApiError::Internal(cause.to_string())
    }

    /// `severity does not have a valid value`.
    pub fn invalid(name: &str) -> ApiError {
        ApiError::BadParameter(format!("{name} does not have a valid value"))
    }

    fn body(&self) -> Option<Value> {
        Some(match self {
            ApiError::Unauthorized => message("401 Unauthorized"),
            ApiError::CodeNeeded => json!({"message": "401 Unauthorized", "two_factor_required": true}),
            ApiError::Forbidden(text) if text.is_empty() => message("403 Forbidden"),
            ApiError::Forbidden(text) => message(&format!("403 Forbidden - {text}")),
            ApiError::InsufficientScope { scope } => json!({
                "error": "insufficient_scope",
                "error_description":
                    "The request requires higher privileges than provided by the access token.",
                "scope": scope,
            }),
            ApiError::NotFound(what) => message(&format!("404 {what} Not Found")),
            ApiError::RouteNotFound => json!({"error": "404 Not Found"}),
            ApiError::BadParameter(text) => json!({"error": text}),
            ApiError::Validation(fields) => json!({"message": by_field(fields)}),
            ApiError::BadRequest(text) => message(&format!("400 Bad request - {text}")),
            ApiError::Refused(text) | ApiError::Conflict(text) => message(text),
            ApiError::TooSlow => message("408 Request Timeout"),
            ApiError::Gone(text) => message(&format!("410 Gone - {text}")),
            ApiError::TooLarge { limit, value } => message(&format!("413 Payload Too Large - over the limit {limit} of {value}")),
            ApiError::UnsupportedMedia(kind) => json!({
                "error": format!("The provided content-type '{kind}' is not supported."),
            }),
            ApiError::Unprocessable(body) => body.clone(),
            ApiError::Unavailable { .. } => message("503 Service Unavailable"),
            ApiError::Internal(_) => message("500 Internal Server Error"),
            ApiError::MovedAway => message("Non GET methods are not allowed for moved projects"),
            ApiError::NotModified | ApiError::TooMany { .. } | ApiError::Moved(_) => return None,
        })
    }
}

fn message(text: &str) -> Value {
    json!({"message": text})
}

fn by_field(fields: &[(String, String)]) -> Map<String, Value> {
    let mut map = Map::new();
    for (field, text) in fields {
        let texts = map.entry(field.clone()).or_insert_with(|| json!([]));
        if let Value::Array(texts) = texts {
            texts.push(Value::String(text.clone()));
        }
    }
    map
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        match self {
            ApiError::Unauthorized | ApiError::CodeNeeded => StatusCode::UNAUTHORIZED,
            ApiError::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            ApiError::Forbidden(_) | ApiError::InsufficientScope { .. } => StatusCode::FORBIDDEN,
            ApiError::NotFound(_) | ApiError::RouteNotFound => StatusCode::NOT_FOUND,
            ApiError::BadParameter(_) | ApiError::Validation(_) | ApiError::BadRequest(_) | ApiError::Refused(_) => {
                StatusCode::BAD_REQUEST
            }
            ApiError::Conflict(_) => StatusCode::CONFLICT,
            ApiError::TooSlow => StatusCode::REQUEST_TIMEOUT,
            ApiError::Gone(_) => StatusCode::GONE,
            ApiError::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            ApiError::UnsupportedMedia(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            ApiError::Unprocessable(_) => StatusCode::UNPROCESSABLE_ENTITY,
            ApiError::Moved(_) => StatusCode::MOVED_PERMANENTLY,
            ApiError::MovedAway => StatusCode::METHOD_NOT_ALLOWED,
            ApiError::NotModified => StatusCode::NOT_MODIFIED,
            ApiError::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
            ApiError::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponseBuilder::new(self.status_code());
        if let ApiError::Unavailable { retry_after_s } | ApiError::TooMany { retry_after_s } = self {
            response.insert_header((header::RETRY_AFTER, retry_after_s.to_string()));
        }
        if let ApiError::TooMany { .. } = self {
            return response.content_type("text/plain").body("Retry later\n");
        }
        if let ApiError::Moved(to) = self {
            response.insert_header((header::LOCATION, to.as_str())).content_type("text/plain; charset=utf-8");
            return response.body(format!("This resource has been moved permanently to {to}.\n"));
        }
        match self.body() {
            Some(body) => response.json(body),
            None => response.finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

    use super::*;
    use actix_web::body::{MessageBody as _, to_bytes};

    async fn answer(error: ApiError) -> (u16, Option<String>, String) {
        let response = error.error_response();
        let retry = response.headers().get(header::RETRY_AFTER);
        let retry = retry.map(|value| value.to_str().unwrap().to_string());
        let status = response.status().as_u16();
        let Ok(body) = to_bytes(response.into_body()).await else {
            panic!("the body cannot be read");
        };
        (status, retry, String::from_utf8(body.to_vec()).unwrap())
    }

    #[actix_web::test]
    async fn bodies_have_the_shapes_that_clients_read() {
        let taken = vec![
            ("path".to_string(), "has already been taken".to_string()),
            ("path".to_string(), "is too long".to_string()),
            ("name".to_string(), "is reserved".to_string()),
        ];
        let cases = [
            (ApiError::Unauthorized, 401, r#"{"message":"401 Unauthorized"}"#),
            (ApiError::Forbidden(String::new()), 403, r#"{"message":"403 Forbidden"}"#),
            (
                ApiError::Forbidden("Must be admin to use sudo".into()),
                403,
                r#"{"message":"403 Forbidden - Must be admin to use sudo"}"#,
            ),
            (ApiError::MovedAway, 405, r#"{"message":"Non GET methods are not allowed for moved projects"}"#),
            (ApiError::NotFound("Project".into()), 404, r#"{"message":"404 Project Not Found"}"#),
            (ApiError::RouteNotFound, 404, r#"{"error":"404 Not Found"}"#),
            (ApiError::invalid("severity"), 400, r#"{"error":"severity does not have a valid value"}"#),
            (
                ApiError::Validation(taken),
                400,
                r#"{"message":{"name":["is reserved"],"path":["has already been taken","is too long"]}}"#,
            ),
            (
                ApiError::TooLarge { limit: "file_bytes", value: 2_147_483_648 },
                413,
                r#"{"message":"413 Payload Too Large - over the limit file_bytes of 2147483648"}"#,
            ),
            (ApiError::Unprocessable(json!({"a": 1})), 422, r#"{"a":1}"#),
        ];
        for (error, status, body) in cases {
            let (got_status, _, got_body) = answer(error).await;
            let got: Value = serde_json::from_str(&got_body).unwrap();
            let want: Value = serde_json::from_str(body).unwrap();
            assert_eq!((got_status, got), (status, want));
        }
    }

    #[actix_web::test]
    async fn a_scope_error_has_the_shape_of_oauth() {
        let (status, _, body) = answer(ApiError::InsufficientScope { scope: "sudo" }).await;
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(status, 403);
        assert_eq!(body["error"], "insufficient_scope");
        assert_eq!(body["scope"], "sudo");
        assert!(body["error_description"].is_string());
    }

    #[actix_web::test]
    async fn waiting_times_are_headers() {
        let (status, retry, _) = answer(ApiError::Unavailable { retry_after_s: 3 }).await;
        assert_eq!((status, retry.as_deref()), (503, Some("3")));
    }

    #[actix_web::test]
    async fn the_cause_of_a_500_stays_inside() {
        let (status, _, body) = answer(ApiError::internal("disk /data is broken")).await;
        assert_eq!((status, body.as_str()), (500, r#"{"message":"500 Internal Server Error"}"#));
    }

    #[test]
    fn not_modified_has_no_body() {
        let response = ApiError::NotModified.error_response();
        assert_eq!(response.status(), StatusCode::NOT_MODIFIED);
        assert!(response.headers().get(header::CONTENT_TYPE).is_none());
        assert!(response.into_body().size().is_eof());
    }
}
