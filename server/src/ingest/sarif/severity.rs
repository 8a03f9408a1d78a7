//! Severity of a result: the first of six sources that says something (ingestion design, section 9.7). Must not
//! know: anything else of a result.

use serde_json::Value;

/// The word of our own form.
pub fn severity(result: &Value, rule: Option<&Value>) -> &'static str {
    let rank = result.get("rank").and_then(Value::as_f64).filter(|rank| (0.0..=100.0).contains(rank));
    let score = |owner: &Value| number(owner.pointer("/properties/security-severity")?);
    let level = |owner: &Value, path: &str| word_of_level(owner.pointer(path)?.as_str()?);
    rank.or_else(|| rule.and_then(score).map(|score| score * 10.0))
        .or_else(|| score(result).map(|score| score * 10.0))
        .map(word_of_score)
        .or_else(|| level(result, "/level"))
        .or_else(|| rule.and_then(|rule| level(rule, "/defaultConfiguration/level")))
        .unwrap_or("Medium")
}

/// A score from 0 to 10, as number or text.
fn number(value: &Value) -> Option<f64> {
    let score = match value {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_f64(),
    };
    score.filter(|score| (0.0..=10.0).contains(score))
}

fn word_of_score(score: f64) -> &'static str {
    match score {
        score if score < 10.0 => "Info",
        score if score < 40.0 => "Low",
        score if score < 70.0 => "Medium",
        score if score < 90.0 => "High",
        _ => "Critical",
    }
}

fn word_of_level(level: &str) -> Option<&'static str> {
    match level {
        "error" => Some("High"),
        "warning" => Some("Medium"),
        "note" => Some("Low"),
        "none" => Some("Info"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_first_source_that_says_something_wins() {
        let full_rule = json!({"properties": {"security-severity": "9.1"}, "defaultConfiguration": {"level": "note"}});
        let level_rule = json!({"defaultConfiguration": {"level": "note"}});
        let cases = [
            (json!({"rank": 5, "properties": {"security-severity": "9.9"}, "level": "error"}), Some(&full_rule), "Info"),
            (json!({"rank": -1, "level": "none"}), Some(&full_rule), "Critical"),
            (json!({"properties": {"security-severity": 7}, "level": "none"}), Some(&level_rule), "High"),
            (json!({"level": "error"}), Some(&level_rule), "High"),
            (json!({}), Some(&level_rule), "Low"),
            (json!({}), None, "Medium"),
            (json!({"rank": "x", "level": 3, "properties": {"security-severity": "often"}}), None, "Medium"),
        ];
        for (result, rule, wanted) in cases {
            assert_eq!(severity(&result, rule), wanted, "{result}");
        }
    }

    #[test]
    fn the_bounds_of_scores_are_exact() {
        let of = |score: &str| severity(&json!({"properties": {"security-severity": score}}), None);
        let cases = [
            ("0", "Info"),
            ("0.99", "Info"),
            ("1.0", "Low"),
            ("3.9", "Low"),
            ("4.0", "Medium"),
            ("6.9", "Medium"),
            ("7.0", "High"),
            ("8.9", "High"),
            ("9.0", "Critical"),
            ("10", "Critical"),
            ("11", "Medium"),
            ("NaN", "Medium"),
        ];
        for (score, wanted) in cases {
            assert_eq!(of(score), wanted, "{score}");
        }
        let level = |level: &str| severity(&json!({"level": level}), None);
        assert_eq!(["error", "warning", "note", "none"].map(level), ["High", "Medium", "Low", "Info"]);
    }
}
