//! Error answers as sentences. Must not know requests.

use super::number::count;
use serde_json::Value;

/// One line out of an error body of any nesting: `{"path":["has already been taken"]}` becomes
/// `path has already been taken`. Empty when there is nothing to read in it.
pub fn sentence(body: &str) -> String {
    let Ok(Value::Object(body)) = serde_json::from_str::<Value>(body) else {
        return String::new();
    };
    body.get("message").or_else(|| body.get("error")).map(flatten).unwrap_or_default()
}

/// Whether the body of a refused sign-in says that the password was right and a code is needed.
pub fn needs_code(body: &str) -> bool {
    let body = serde_json::from_str::<Value>(body).ok();
    body.and_then(|body| body.get("two_factor_required")?.as_bool()).unwrap_or(false)
}

/// What to do about a 429 that says how many seconds to wait.
pub fn too_many(wait: Option<u64>) -> String {
    match wait {
        None | Some(0) => status(429).to_owned(),
        Some(seconds @ 1..=90) => format!("too many attempts: try again in {}", count(seconds, "second", "seconds")),
        Some(seconds) => format!("too many attempts: try again in {}", count(seconds.div_ceil(60), "minute", "minutes")),
    }
}

fn flatten(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(flatten).collect::<Vec<_>>().join(", "),
        Value::Object(fields) => {
            let one = |(key, value): (&String, &Value)| match key.as_str() {
                "base" => flatten(value),
                _ => format!("{} {}", key.replace('_', " "), flatten(value)),
            };
            fields.iter().map(one).collect::<Vec<_>>().join("; ")
        }
        other => other.to_string(),
    }
}

/// What a status without a readable body means to a person. 0 stands for "no answer at all".
pub const fn status(status: u16) -> &'static str {
    match status {
        0 => "the server could not be reached",
        401 => "you are not signed in",
        403 => "you may not do that",
        404 => "there is nothing here, or you may not see it",
        413 => "that is too large",
        429 => "too many requests, try again in a moment",
        503 => "the server is starting up or cannot be used right now",
        500..=599 => "the server failed",
        _ => "the server refused the request",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_nesting_becomes_one_line() {
        assert_eq!(sentence(r#"{"message":"404 Project Not Found"}"#), "404 Project Not Found");
        assert_eq!(
            sentence(r#"{"message":{"path":["has already been taken"],"base":["is odd"]}}"#),
            "is odd; path has already been taken"
        );
        assert_eq!(sentence(r#"{"error":"name is missing"}"#), "name is missing");
        assert_eq!(sentence("<html>"), "");
        assert_eq!(sentence("[1]"), "");
        assert!(needs_code(r#"{"message":"401 Unauthorized","two_factor_required":true}"#));
        assert!(!needs_code(r#"{"message":"401 Unauthorized"}"#) && !needs_code("<html>"));
    }

    #[test]
    fn who_tries_too_often_is_told_how_long_to_wait() {
        assert_eq!(too_many(Some(1)), "too many attempts: try again in 1 second");
        assert_eq!(too_many(Some(61)), "too many attempts: try again in 61 seconds");
        assert_eq!(too_many(Some(3599)), "too many attempts: try again in 60 minutes");
        assert_eq!(too_many(None), status(429));
    }

    #[test]
    fn every_status_has_words() {
        assert_eq!(status(0), "the server could not be reached");
        assert_eq!(status(502), "the server failed");
        assert_eq!(status(418), "the server refused the request");
    }
}
