//! The typed additional facts of a finding (report format, section 7.2) as a tree of bounded depth. What is
//! not understood becomes its JSON text. Must not know views.

use super::{href, place};
use serde_json::Value;

/// Levels that are taken apart; deeper ones are shown as JSON.
const DEPTH: usize = 8;

/// A named fact.
#[derive(Debug, Clone, PartialEq)]
pub struct Named {
    /// Its name.
    pub name: String,
    /// What it means, if told.
    pub description: Option<String>,
    /// The fact.
    pub detail: Detail,
}

/// A fact.
#[derive(Debug, Clone, PartialEq)]
pub enum Detail {
    /// Words.
    Text(String),
    /// Words of a machine.
    Mono(String),
    /// A block of code.
    Code(String),
    /// A link; the address is safe.
    Link {
        /// Its text.
        text: String,
        /// Its address.
        href: String,
    },
    /// Two versions of a text.
    Diff {
        /// The earlier one.
        before: String,
        /// The later one.
        after: String,
    },
    /// Several facts.
    List(Vec<Detail>),
    /// Rows of facts.
    Table {
        /// Header, may be empty.
        header: Vec<Detail>,
        /// Rows.
        rows: Vec<Vec<Detail>>,
    },
    /// Named facts.
    NamedList(Vec<Named>),
    /// Ways of data through code, each a list of steps.
    Flows(Vec<Vec<Step>>),
}

/// One step of a code flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// `source`, `propagation` or `sink`.
    pub kind: String,
    /// File and line.
    pub place: String,
}

/// The facts of `details`, in the order of their keys.
pub fn details(value: &Value) -> Vec<Named> {
    named(value, DEPTH)
}

fn named(value: &Value, depth: usize) -> Vec<Named> {
    let Value::Object(fields) = value else {
        return Vec::new();
    };
    let one = |(key, value): (&String, &Value)| Named {
        name: string(value, "name").filter(|n| !n.is_empty()).unwrap_or_else(|| key.clone()),
        description: string(value, "description").filter(|d| !d.is_empty()),
        detail: detail(value, depth),
    };
    fields.iter().map(one).collect()
}

fn detail(value: &Value, depth: usize) -> Detail {
    known(value, depth).unwrap_or_else(|| Detail::Code(pretty(value)))
}

fn known(value: &Value, depth: usize) -> Option<Detail> {
    let depth = depth.checked_sub(1)?;
    let text = || string(value, "value");
    Some(match value.get("type")?.as_str()? {
        "text" | "markdown" => Detail::Text(text()?),
        "value" => Detail::Mono(scalar(value.get("value")?)?),
        "commit" => Detail::Mono(text()?),
        "code" => Detail::Code(text()?),
        "url" => link(value)?,
        "diff" => Detail::Diff { before: string(value, "before")?, after: string(value, "after")? },
        "file-location" => Detail::Mono(file_location(value)?),
        "module-location" => Detail::Mono(format!("{} + {}", string(value, "module_name")?, scalar(value.get("offset")?)?)),
        "list" => Detail::List(items(value.get("items")?, depth)?),
        "table" => Detail::Table {
            header: value.get("header").and_then(|h| items(h, depth)).unwrap_or_default(),
            rows: value.get("rows")?.as_array()?.iter().filter_map(|r| items(r, depth)).collect(),
        },
        "named-list" => Detail::NamedList(named(value.get("items")?, depth)),
        "code-flows" => Detail::Flows(value.get("items")?.as_array()?.iter().filter_map(flow).collect()),
        _ => return None,
    })
}

fn items(value: &Value, depth: usize) -> Option<Vec<Detail>> {
    Some(value.as_array()?.iter().map(|item| detail(item, depth)).collect())
}

fn link(value: &Value) -> Option<Detail> {
    let address = string(value, "href")?;
    let text = string(value, "text").filter(|t| !t.is_empty()).unwrap_or_else(|| address.clone());
    Some(match href::safe(&address) {
        Some(href) => Detail::Link { text, href },
        None => Detail::Mono(address),
    })
}

fn file_location(value: &Value) -> Option<String> {
    let name = string(value, "file_name")?;
    let start = place::line(value, "/line_start");
    let end = place::line(value, "/line_end").filter(|end| Some(*end) > start);
    Some(match (start, end) {
        (Some(start), Some(end)) => format!("{name}:{start}-{end}"),
        (Some(start), None) => format!("{name}:{start}"),
        _ => name,
    })
}

fn flow(value: &Value) -> Option<Vec<Step>> {
    let step = |node: &Value| {
        let place = node.get("file_location").and_then(file_location)?;
        Some(Step { kind: string(node, "node_type").unwrap_or_default(), place })
    };
    Some(value.as_array()?.iter().filter_map(step).collect())
}

fn string(value: &Value, key: &str) -> Option<String> {
    value.get(key)?.as_str().map(str::to_owned)
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

#[cfg(test)]
#[path = "details_tests.rs"]
mod tests;
