//! The piece of source that a report carries along. Must not know views.

use super::place;
use serde_json::Value;

/// One line of source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its number, when the report tells where the piece begins.
    pub number: Option<u64>,
    /// Its text.
    pub text: String,
    /// Whether the finding points at it, and not all of the piece is pointed at.
    pub hit: bool,
}

/// The piece of source in a report's entry (`raw_source_code_extract`), or `None`.
pub fn extract(raw_metadata: &str) -> Option<String> {
    let entry: Value = serde_json::from_str(raw_metadata).ok()?;
    let text = entry.get("raw_source_code_extract")?.as_str()?;
    (!text.trim().is_empty()).then(|| text.to_owned())
}

/// The lines of a piece with their numbers, counted from the location's first line.
pub fn lines(extract: &str, location: &Value) -> Vec<Line> {
    let start = place::line(location, "/start_line").filter(|line| *line > 0);
    let end = place::line(location, "/end_line").or(start);
    let texts: Vec<&str> = extract.trim_end_matches(['\n', '\r']).lines().collect();
    let pointed = match (start, end) {
        (Some(start), Some(end)) => end.saturating_sub(start) + 1,
        _ => 0,
    };
    let has_context = (texts.len() as u64) > pointed;
    let one = |(at, text): (usize, &&str)| {
        let number = start.map(|start| start + at as u64);
        let within = number.zip(end).is_some_and(|(number, end)| number <= end);
        Line { number, text: (*text).to_owned(), hit: has_context && within }
    };
    texts.iter().enumerate().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_count_from_the_first_line() {
        let found = lines("a\nb\n", &json!({"start_line": 7, "end_line": 8}));
        let numbers: Vec<_> = found.iter().map(|l| (l.number, l.text.as_str(), l.hit)).collect();
        assert_eq!(numbers, [(Some(7), "a", false), (Some(8), "b", false)]);
    }

    #[test]
    fn the_pointed_line_is_marked_among_others() {
        let found = lines("a\nb", &json!({"start_line": 7}));
        assert_eq!(found.iter().map(|l| l.hit).collect::<Vec<_>>(), [true, false]);
        assert_eq!(lines("a", &Value::Null).first().and_then(|l| l.number), None);
    }

    #[test]
    fn the_extract_comes_from_the_entry() {
        let raw = r#"{"name":"x","raw_source_code_extract":"k = 1"}"#;
        assert_eq!(extract(raw).as_deref(), Some("k = 1"));
        assert_eq!(extract(r#"{"raw_source_code_extract":"  "}"#), None);
        assert_eq!(extract("not json"), None);
    }
}
