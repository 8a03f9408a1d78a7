//! Reports and findings for the tests of ingestion, small and valid; what is odd about them is set by the
//! test with [`set`]. Must not know: stores, uploads.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use casemate_shared::ReportType;
use proptest::prelude::*;
use serde_json::{Value, json};

/// A valid report of a type, by the scanner `semgrep` whatever the type.
pub fn report(report_type: ReportType, findings: &[Value]) -> Value {
    report_by("semgrep", report_type, findings)
}

/// A valid report by a scanner.
pub fn report_by(scanner: &str, report_type: ReportType, findings: &[Value]) -> Value {
    let tool =
        serde_json::json!({ "id": scanner, "name": format!("The {scanner}"), "version": "1.0", "vendor": {"name": "Makers"} });
    let mut report = serde_json::json!({
        "version": "15.2.4",
        "scan": {
            "analyzer": tool, "scanner": tool, "type": report_type.as_str(), "status": "success",
            "start_time": "2026-01-02T03:04:05", "end_time": "2026-01-02T03:04:09",
        },
        "vulnerabilities": findings,
    });
    if report_type == ReportType::DependencyScanning {
        report["dependency_files"] = serde_json::json!([]);
    }
    if matches!(report_type, ReportType::Dast | ReportType::ApiFuzzing) {
        report["scan"]["scanned_resources"] = serde_json::json!([]);
    }
    report
}

/// A SAST finding: `title` names it, rule and file are made of it, so that equal titles are equal findings.
pub fn finding(title: &str) -> Value {
    finding_at(title, &format!("src/{title}.py"), 7)
}

/// A SAST finding of the rule `title` at a place.
pub fn finding_at(title: &str, file: &str, line: u64) -> Value {
    serde_json::json!({
        "id": format!("{title}-{file}-{line}"), "name": title, "severity": "Medium",
        "identifiers": [identifier("rule_id", title)],
        "location": {"file": file, "start_line": line, "end_line": line},
    })
}

/// An identifier whose name is its value.
pub fn identifier(kind: &str, value: &str) -> Value {
    serde_json::json!({"type": kind, "name": value, "value": value})
}

/// A finding in a package of an image.
pub fn image_finding(title: &str, image: &str, package: &str, cve: &str) -> Value {
    serde_json::json!({
        "id": title, "name": title, "severity": "High", "identifiers": [identifier("cve", cve)],
        "location": {"image": image, "operating_system": "debian:12", "dependency": {"package": {"name": package}, "version": "1"}},
    })
}

/// A finding in a package that a lock file names.
pub fn package_finding(title: &str, file: &str, package: &str, identifiers: &[Value]) -> Value {
    serde_json::json!({
        "id": title, "name": title, "severity": "High", "identifiers": identifiers,
        "location": {"file": file, "dependency": {"package": {"name": package}, "version": "1"}},
    })
}

/// A leaked secret.
pub fn secret(title: &str) -> Value {
    serde_json::json!({
        "id": title, "name": title, "severity": "Critical", "identifiers": [identifier("gitleaks_rule_id", title)],
        "location": {"file": "conf.env", "start_line": 1, "end_line": 1, "commit": {"sha": "0000000"}},
    })
}

/// The value with one member set or replaced, at a JSON pointer whose parent is there.
pub fn set(mut value: Value, pointer: &str, member: Value) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match value.pointer_mut(parent).unwrap() {
        Value::Object(members) => {
            members.insert(name.to_owned(), member);
        }
        Value::Array(items) => items[name.parse::<usize>().unwrap()] = member,
        other => panic!("{other} has no members"),
    }
    value
}

/// A `tracking` member with these signatures: (algorithm, value).
pub fn tracking(signatures: &[(&str, &str)]) -> Value {
    let all: Vec<Value> =
        signatures.iter().map(|(algorithm, value)| serde_json::json!({"algorithm": algorithm, "value": value})).collect();
    serde_json::json!({"type": "source", "items": [{"file": "a.py", "start_line": 1, "end_line": 1, "signatures": all}]})
}

/// Findings from so small a world that they meet often.
fn any_finding() -> impl Strategy<Value = Value> {
    let kinds = proptest::collection::vec((prop_oneof!["cwe", "cve", "r"], 0..4_u8), 1..4);
    let severity = prop_oneof!["High", "Low", "Info"];
    (0..3_u64, kinds, severity, proptest::option::of((0..3_u8, 0..2_u8))).prop_map(|(line, kinds, severity, signature)| {
        let identifiers: Vec<Value> = kinds.iter().map(|(kind, value)| identifier(kind, &value.to_string())).collect();
        let entry = set(set(finding_at("F", "a.py", line), "/identifiers", json!(identifiers)), "/severity", json!(severity));
        match signature {
            None => entry,
            Some((scope, hash)) => {
                set(entry, "/tracking", tracking(&[("scope_offset", &format!("s{scope}")), ("hash", &format!("h{hash}"))]))
            }
        }
    })
}

/// A report of such findings by one of two scanners.
pub fn any_report() -> impl Strategy<Value = Value> {
    let findings = proptest::collection::vec(any_finding(), 0..12);
    (prop_oneof!["semgrep", "bandit"], findings).prop_map(|(scanner, findings)| report_by(&scanner, ReportType::Sast, &findings))
}
