//! Requests and responses that prove a finding, as plain text (report format, section 9). Must not know
//! views; everything here is an attacker's text and stays text.

use serde_json::Value;

/// One exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// What it shows; empty for the main one.
    pub name: String,
    /// The request as text, if there is one.
    pub request: Option<String>,
    /// The response as text, if there is one.
    pub response: Option<String>,
}

/// The evidence of a finding.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Evidence {
    /// What was seen.
    pub summary: Option<String>,
    /// How it was found out.
    pub source: Option<String>,
    /// The exchanges, the main one first.
    pub exchanges: Vec<Exchange>,
}

/// Reads `evidence`; `None` when there is nothing to show.
pub fn evidence(value: &Value) -> Option<Evidence> {
    let main = exchange(value, String::new());
    let messages = value.get("supporting_messages").and_then(Value::as_array);
    let more = messages
        .into_iter()
        .flatten()
        .filter_map(|message| exchange(message, string(message, "name").unwrap_or_else(|| "Message".to_owned())));
    let found = Evidence {
        summary: string(value, "summary").filter(|s| !s.is_empty()),
        source: value.get("source").and_then(|s| string(s, "name")).filter(|s| !s.is_empty()),
        exchanges: main.into_iter().chain(more).collect(),
    };
    (found != Evidence::default()).then_some(found)
}

fn exchange(value: &Value, name: String) -> Option<Exchange> {
    let request = value.get("request").and_then(request);
    let response = value.get("response").and_then(response);
    (request.is_some() || response.is_some()).then_some(Exchange { name, request, response })
}

fn request(value: &Value) -> Option<String> {
    value.as_object()?;
    let method = string(value, "method").unwrap_or_default();
    let url = string(value, "url").unwrap_or_default();
    Some(message(format!("{method} {url}"), value))
}

fn response(value: &Value) -> Option<String> {
    value.as_object()?;
    let status = value.get("status_code").map(ToString::to_string).unwrap_or_default();
    let reason = string(value, "reason_phrase").unwrap_or_default();
    Some(message(format!("{status} {reason}"), value))
}

fn message(first: String, value: &Value) -> String {
    let mut out = first.trim().to_owned();
    for header in value.get("headers").and_then(Value::as_array).into_iter().flatten() {
        let part = |key| string(header, key).unwrap_or_default();
        out.push_str(&format!("\n{}: {}", part("name"), part("value")));
    }
    if let Some(body) = string(value, "body").filter(|body| !body.is_empty()) {
        out.push_str("\n\n");
        out.push_str(&body);
    }
    out
}

fn string(value: &Value, key: &str) -> Option<String> {
    value.get(key)?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use serde_json::json;

    #[test]
    fn an_exchange_becomes_two_texts() {
        let value = json!({
            "summary": "seen",
            "request": {"method": "GET", "url": "https://a.test/", "headers": [{"name": "Accept", "value": "*/*"}]},
            "response": {"status_code": 200, "reason_phrase": "OK", "headers": [], "body": "<b>"},
            "supporting_messages": [{"name": "Origin", "response": {"status_code": 403, "reason_phrase": ""}}]
        });
        let found = evidence(&value).unwrap();
        let texts: Vec<_> =
            found.exchanges.iter().map(|e| (e.name.as_str(), e.request.as_deref(), e.response.as_deref())).collect();
        assert_eq!(
            texts,
            [("", Some("GET https://a.test/\nAccept: */*"), Some("200 OK\n\n<b>")), ("Origin", None, Some("403")),]
        );
        assert_eq!(found.summary.as_deref(), Some("seen"));
    }

    #[test]
    fn nothing_to_show_is_none() {
        assert_eq!(evidence(&Value::Null), None);
        assert_eq!(evidence(&json!({"summary": "", "request": "GET /"})), None);
    }
}
