//! The answer of the readiness probe, check by check. Must not know who asks.

use serde_json::{Map, Value};

/// One check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What was checked, in words.
    pub name: String,
    /// Whether it is well.
    pub is_well: bool,
    /// What it says beside that.
    pub about: Option<String>,
}

/// The checks of an answer `{"status":…,"db_check":[{"status":"ok"}],…}`, as they stand in it.
pub fn checks(answer: &Value) -> Vec<Check> {
    let Some(fields) = answer.as_object() else { return Vec::new() };
    let one = |(key, value): (&String, &Value)| {
        let name = key.strip_suffix("_check")?;
        let parts: Vec<&Value> = value.as_array().map_or_else(|| vec![value], |all| all.iter().collect());
        let is_well = !parts.is_empty() && parts.iter().all(|part| part.get("status").and_then(Value::as_str) == Some("ok"));
        let about: Vec<String> = parts.iter().filter_map(|part| part.as_object()).flat_map(facts).collect();
        Some(Check { name: words(name), is_well, about: Some(about.join(", ")).filter(|text| !text.is_empty()) })
    };
    fields.iter().filter_map(one).collect()
}

/// What a check says beside its status: a message as it is, numbers with their names.
fn facts(check: &Map<String, Value>) -> Vec<String> {
    let fact = |(key, value): (&String, &Value)| match (key.as_str(), value) {
        ("status", _) => None,
        ("message", Value::String(text)) => Some(text.clone()),
        (key, Value::String(text)) => Some(format!("{} {text}", key.replace('_', " "))),
        (key, Value::Number(number)) => Some(format!("{number} {}", key.replace('_', " "))),
        _ => None,
    };
    check.iter().filter_map(fact).collect()
}

fn words(name: &str) -> String {
    match name {
        "master" => "The program answers".to_owned(),
        "db" => "Database".to_owned(),
        "search" => "Search index".to_owned(),
        "queue" => "Queue of uploads".to_owned(),
        "proxy" => "Proxies keep addresses as they are".to_owned(),
        other => super::rights::capital(&other.replace('_', " ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_check_is_told() {
        let answer = json!({
            "status": "failed",
            "db_check": [{"status": "ok"}],
            "queue_check": [{"status": "ok", "queued": 3}],
            "disk_space_check": [{"status": "failed", "message": "2 MB left"}],
            "empty_check": [],
        });
        let told: Vec<_> = checks(&answer).into_iter().map(|one| (one.name, one.is_well, one.about)).collect();
        assert_eq!(
            told,
            [
                ("Database".to_owned(), true, None),
                ("Disk space".to_owned(), false, Some("2 MB left".to_owned())),
                ("Empty".to_owned(), false, None),
                ("Queue of uploads".to_owned(), true, Some("3 queued".to_owned())),
            ]
        );
        assert!(checks(&json!("ok")).is_empty());
    }
}
