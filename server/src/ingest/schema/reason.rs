//! Says in plain words what breaks a schema.
//!
//! It must not know reports, and never repeats a value of one, except a word that had to be
//! chosen from a list: values can be secrets, and can be long.

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{JsonType, ValidationError};
use serde_json::Value;

/// Characters of a quoted value that are shown.
const QUOTED: usize = 40;

/// The rest of a sentence that begins with the place, without a full stop.
pub(super) fn reason(error: &ValidationError<'_>) -> String {
    let instance = error.instance();
    match error.kind() {
        ValidationErrorKind::Required { property } => {
            format!("lacks the required member {property}")
        }
        ValidationErrorKind::Type { kind } => {
            format!("must be {}, not {}", wanted(kind), found(instance))
        }
        ValidationErrorKind::Enum { options } => choice(instance, options),
        ValidationErrorKind::Constant { expected_value } => choice(instance, expected_value),
        ValidationErrorKind::MinLength { limit: 1 } => "must not be empty".to_owned(),
        ValidationErrorKind::MinLength { limit } => {
            format!("must have at least {limit} characters, not {}", length(instance))
        }
        ValidationErrorKind::MaxLength { limit } => {
            format!("must have at most {limit} characters, not {}", length(instance))
        }
        ValidationErrorKind::MinItems { limit: 1 } => "must have an entry".to_owned(),
        ValidationErrorKind::MinItems { limit } => {
            format!("must have at least {limit} entries, not {}", length(instance))
        }
        ValidationErrorKind::MaxItems { limit } => {
            format!("must have at most {limit} entries, not {}", length(instance))
        }
        ValidationErrorKind::Minimum { limit } => format!("must be at least {limit}"),
        ValidationErrorKind::Pattern { pattern } => format!("must match the pattern {pattern}"),
        ValidationErrorKind::Format { format } => format!("must be a valid {format}"),
        ValidationErrorKind::AnyOf { .. } => "has none of the forms allowed here".to_owned(),
        _ => error.masked_with("the value").to_string(),
    }
}

/// A text in quotation marks, control characters escaped, cut to 40 characters.
pub(super) fn quoted(text: &str) -> String {
    match text.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{:?} (cut)", text.get(..end).unwrap_or_default()),
        None => format!("{text:?}"),
    }
}

fn choice(instance: &Value, options: &Value) -> String {
    let is = match instance {
        Value::String(text) => quoted(text),
        other => found(other).to_owned(),
    };
    match options.as_array().map(Vec::as_slice) {
        Some([only]) => format!("is {is}, but must be {only}"),
        Some(several) => {
            let names: Vec<String> = several.iter().map(Value::to_string).collect();
            format!("is {is}, but must be one of {}", names.join(", "))
        }
        None => format!("is {is}, but must be {options}"),
    }
}

fn wanted(kind: &TypeKind) -> String {
    match kind {
        TypeKind::Single(one) => phrase(*one).to_owned(),
        TypeKind::Multiple(set) => {
            let phrases: Vec<&str> = set.iter().map(phrase).collect();
            phrases.join(" or ")
        }
    }
}

fn phrase(json_type: JsonType) -> &'static str {
    match json_type {
        JsonType::Null => "null",
        JsonType::Boolean => "true or false",
        JsonType::Integer => "a whole number",
        JsonType::Number => "a number",
        JsonType::String => "a string",
        JsonType::Array => "an array",
        JsonType::Object => "an object",
    }
}

fn found(instance: &Value) -> &'static str {
    match instance {
        Value::Number(number) if number.is_f64() => "a number with a fraction",
        other => phrase(JsonType::from(other)),
    }
}

/// Characters of a text, entries of an array.
fn length(instance: &Value) -> usize {
    match instance {
        Value::String(text) => text.chars().count(),
        Value::Array(entries) => entries.len(),
        _ => 0,
    }
}
