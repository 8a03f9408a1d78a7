//! Tests of this room, on small reports of our own. They must not need a file or the network.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod places;
mod quick;
mod sample;
mod selection;
mod steps;

use std::sync::OnceLock;

use casemate_shared::ReportType;
use serde_json::Value;

use super::{Schemas, Violation};

/// One for all tests: each schema is compiled once.
fn schemas() -> &'static Schemas {
    static SCHEMAS: OnceLock<Schemas> = OnceLock::new();
    SCHEMAS.get_or_init(|| Schemas::new().unwrap())
}

/// The whole of a report against one version, as a caller does it.
fn violations(report_type: ReportType, version: &str, report: &Value) -> Vec<Violation> {
    let selection = schemas().select(report_type, Some(version)).unwrap();
    assert_eq!(selection.validated_against, version);
    let mut head = report.clone();
    let entries = match head.get_mut("vulnerabilities") {
        Some(Value::Array(entries)) => std::mem::take(entries),
        _ => Vec::new(),
    };
    let mut found = selection.validator.head(&head, 100);
    for (index, entry) in entries.iter().enumerate() {
        let here = selection.validator.finding(index, entry, 100);
        assert_eq!(selection.validator.accepts_finding(entry), here.is_empty());
        found.extend(here);
    }
    found
}

fn accepts(report_type: ReportType, version: &str, report: &Value) -> bool {
    violations(report_type, version, report).is_empty()
}

/// Only the places.
fn places(report_type: ReportType, version: &str, report: &Value) -> Vec<String> {
    let found = violations(report_type, version, report);
    found.into_iter().map(|violation| violation.pointer).collect()
}

/// Puts `value` at a pointer, whose parent must be there.
fn put(report: &mut Value, pointer: &str, value: Value) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match report.pointer_mut(parent).unwrap() {
        Value::Object(members) => {
            members.insert(name.to_owned(), value);
        }
        Value::Array(entries) => entries[name.parse::<usize>().unwrap()] = value,
        other => panic!("{other} has no members"),
    }
}

/// Takes the member at a pointer away. It must be there.
fn take(report: &mut Value, pointer: &str) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let members = report.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    members.remove(name).unwrap();
}
