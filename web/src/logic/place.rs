//! Where a vulnerability is: the members of `location` as labelled facts, by what is there rather than by
//! report type, so that odd reports still show all they have (report format, section 8). Must not know
//! views.

use serde_json::Value;

/// One labelled fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// What it is.
    pub label: &'static str,
    /// Its text.
    pub text: String,
}

/// The facts of a location, in reading order. Members that are missing or empty give none.
pub fn facts(location: &Value) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut add = |label: &'static str, text: Option<String>| {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            facts.push(Fact { label, text });
        }
    };
    add("File", file(location));
    add("Class", text(location, "/class"));
    add("Method", code_method(location));
    add("Commit", text(location, "/commit/sha").filter(|sha| !sha.trim_matches('0').is_empty()));
    add("Commit author", text(location, "/commit/author"));
    add("Image", text(location, "/image"));
    add("Default branch image", text(location, "/default_branch_image"));
    add("Operating system", text(location, "/operating_system"));
    add("Package", package(location));
    add("URL", url(location));
    add("Request method", url(location).and(text(location, "/method")));
    add("Parameter", text(location, "/param"));
    add("Crash type", text(location, "/crash_type"));
    add("Crash state", text(location, "/crash_state"));
    add("Crash address", text(location, "/crash_address"));
    add("Kubernetes resource", resource(location));
    add("Container", text(location, "/kubernetes_resource/container_name"));
    add("Agent", text(location, "/kubernetes_resource/agent_id"));
    facts
}

fn text(value: &Value, pointer: &str) -> Option<String> {
    match value.pointer(pointer)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A line number; reports may write it as `12.0`.
pub fn line(location: &Value, pointer: &str) -> Option<u64> {
    let value = location.pointer(pointer)?;
    value.as_u64().or_else(|| {
        let number = value.as_f64()?;
        (0.0..1e9).contains(&number).then_some(number as u64)
    })
}

fn file(location: &Value) -> Option<String> {
    let name = text(location, "/file")?;
    let end = line(location, "/end_line");
    Some(match line(location, "/start_line") {
        Some(start) => match end.filter(|end| *end > start) {
            Some(end) => format!("{name}:{start}-{end}"),
            None => format!("{name}:{start}"),
        },
        None => name,
    })
}

/// `method` names a function beside a file, and an HTTP method beside a path.
fn code_method(location: &Value) -> Option<String> {
    text(location, "/file").and(text(location, "/method"))
}

fn package(location: &Value) -> Option<String> {
    let name = text(location, "/dependency/package/name")?;
    let version = text(location, "/dependency/version").unwrap_or_default();
    let direct = location.pointer("/dependency/direct").and_then(Value::as_bool);
    let kind = match direct {
        Some(true) => " (direct dependency)",
        Some(false) => " (dependency of a dependency)",
        None => "",
    };
    Some(format!("{}{kind}", format!("{name} {version}").trim_end()))
}

fn url(location: &Value) -> Option<String> {
    let host = text(location, "/hostname").unwrap_or_default();
    let path = text(location, "/path").unwrap_or_default();
    (!host.is_empty() || !path.is_empty()).then(|| format!("{host}{path}"))
}

fn resource(location: &Value) -> Option<String> {
    let part = |key: &str| text(location, &format!("/kubernetes_resource/{key}"));
    Some(format!("{}/{}/{}", part("namespace")?, part("kind")?, part("name")?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn lines(location: &Value) -> Vec<String> {
        facts(location).into_iter().map(|fact| format!("{}: {}", fact.label, fact.text)).collect()
    }

    #[test]
    fn source_with_lines() {
        let location = json!({"file": "src/a.py", "start_line": 12.0, "end_line": 14, "method": "run"});
        assert_eq!(lines(&location), ["File: src/a.py:12-14", "Method: run"]);
        let secret = json!({"file": "a.env", "start_line": 3, "commit": {"sha": "0000000"}});
        assert_eq!(lines(&secret), ["File: a.env:3"]);
    }

    #[test]
    fn image_and_package() {
        let location = json!({
            "image": "app:2", "operating_system": "debian 12",
            "dependency": {"package": {"name": "libssl3"}, "version": "3.0.11", "direct": false}
        });
        assert_eq!(
            lines(&location),
            ["Image: app:2", "Operating system: debian 12", "Package: libssl3 3.0.11 (dependency of a dependency)"]
        );
    }

    #[test]
    fn url_with_method_and_parameter() {
        let location = json!({"hostname": "https://a.test", "path": "/q", "method": "GET", "param": "id"});
        assert_eq!(lines(&location), ["URL: https://a.test/q", "Request method: GET", "Parameter: id"]);
    }

    #[test]
    fn odd_locations_give_what_they_have() {
        assert!(lines(&Value::Null).is_empty());
        assert!(lines(&json!({"file": 3.5, "start_line": -1, "dependency": []})).len() <= 1);
    }
}
