//! Reads and judges the head of a report: version, scanner, rules, mode.
//!
//! Must not know: findings, storage.

use super::document::Document;
use super::examine::{Context, Examined};
use super::schema::{ReportValidator, Violation};
use crate::domain::json::Json;
use crate::domain::scan::{Message, Tool};
use serde_json::Value;
use std::sync::Arc;

/// Longest version, status or time that is kept, in characters.
const LONGEST_WORD: usize = 64;
/// Longest member of a scanner or analyzer, in characters.
const LONGEST_NAME: usize = 1_000;

/// What the head says, with at most `most` violations, and what judges the findings; none when there is no
/// schema that could.
pub(super) fn judge_head(
    document: &Document<'_>,
    context: &Context<'_>,
    most: usize,
) -> (Examined, Option<Arc<ReportValidator>>) {
    let mut examined = read_head(document);
    let declared = examined.schema_version.clone();
    let selection = match context.schemas.select(context.report_type, declared.as_deref()) {
        Ok(selection) => selection,
        Err(error) => {
            examined.errors.push(Message::new("ScanIngestionError", format!("the schema can't be used: {error}")));
            return (examined, None);
        }
    };
    examined.warnings.extend(selection.warning.map(|text| Message::new("Schema", text)));
    examined.errors.extend(selection.refusal.map(|text| Message::new("Schema", text)));
    let violations = selection.validator.head(&document.head, most);
    examined.errors.extend(violations.into_iter().map(schema_error));
    (examined, Some(selection.validator))
}

pub(super) fn schema_error(violation: Violation) -> Message {
    let place = if violation.pointer.is_empty() { "/".to_owned() } else { violation.pointer };
    Message::at("Schema", place, violation.reason)
}

fn read_head(document: &Document<'_>) -> Examined {
    let scan = document.head.get("scan");
    let text = |member: &str| scan.and_then(|scan| scan.get(member)).and_then(Value::as_str).map(word);
    let mut examined = Examined {
        schema_version: document.head.get("version").and_then(Value::as_str).map(word),
        scanner: scan.and_then(|scan| scan.get("scanner")).and_then(tool),
        analyzer: scan
            .and_then(|scan| scan.get("analyzer"))
            .and_then(tool)
            .filter(|tool| ![&tool.external_id, &tool.name, &tool.version, &tool.vendor].into_iter().any(String::is_empty)),
        report_status: text("status"),
        start_time: text("start_time"),
        end_time: text("end_time"),
        rules: scan.and_then(|scan| scan.get("primary_identifiers")).map(rules).unwrap_or_default(),
        warnings: document.warnings.clone(),
        declared: document.findings.len() as u64,
        ..Examined::default()
    };
    for (tool, place) in [(&mut examined.scanner, "/scan/scanner"), (&mut examined.analyzer, "/scan/analyzer")] {
        if tool.as_ref().is_some_and(|tool| !is_short(tool)) {
            // Not kept either: a scan with errors is stored and shown too.
            *tool = None;
            examined.errors.push(Message::at(
                "ParsingError",
                place,
                format!("a member is longer than {LONGEST_NAME} characters"),
            ));
        }
    }
    read_mode(&document.head, &mut examined);
    examined
}

/// Most rules that are taken from a report. A longer list is no list: nothing is concluded from it.
const MOST_RULES: usize = 50_000;

/// The scanner's rules, exhaustive or none.
fn rules(list: &Value) -> Vec<(String, String)> {
    let entries = list.as_array().map(Vec::as_slice).unwrap_or_default();
    let rule = |entry: &Value| {
        let member = |name: &str| entry.get(name).and_then(Value::as_str);
        Some((member("type")?.to_owned(), member("value").or_else(|| member("name"))?.to_owned()))
    };
    // One that can't be read may be any rule.
    let all: Option<Vec<_>> = if entries.len() > MOST_RULES { None } else { entries.iter().map(rule).collect() };
    all.unwrap_or_default()
}

/// A word of the head; one that nobody would write is cut, because it is repeated in many rows.
fn word(text: &str) -> String {
    text.chars().take(LONGEST_WORD).collect()
}

pub(super) fn is_short(tool: &Tool) -> bool {
    [&tool.external_id, &tool.name, &tool.version, &tool.vendor].into_iter().all(|text| text.chars().nth(LONGEST_NAME).is_none())
}

/// The three spellings of the partial scan (ingestion design, section 7.5). An unknown mode is partial:
/// the safe side, because a partial scan never closes anything.
fn read_mode(head: &Value, examined: &mut Examined) {
    let scan = head.get("scan").unwrap_or(&Value::Null);
    let found = [
        scan.get("partial_scan").and_then(|partial| partial.get("mode")),
        scan.get("partial_scan_mode"),
        head.get("partial_scan_mode"),
    ];
    let Some(mode) = found.into_iter().flatten().find(|mode| !mode.is_null()) else { return };
    examined.partial = true;
    if mode.as_str() != Some("differential") {
        let mode: String = mode.to_string().chars().take(LONGEST_WORD).collect();
        examined.warnings.push(Message::at(
            "Parsing",
            "/scan/partial_scan/mode",
            format!("unknown mode {mode}: taken for a partial scan, which closes nothing"),
        ));
    }
}

pub(super) fn tool<'v>(value: impl Json<'v>) -> Option<Tool> {
    let text = |member: &str| value.text(member).to_owned();
    let vendor = value.get("vendor").map(|vendor| vendor.text("name").to_owned()).unwrap_or_default();
    let external_id = text("id");
    (!external_id.is_empty()).then(|| Tool { name: text("name"), version: text("version"), vendor, external_id })
}
