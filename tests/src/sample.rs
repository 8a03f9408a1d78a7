//! Small reports made on the spot, for tests that need one with an exact content.
//!
//! Must not know: servers. What is made here is valid for its schema; a test breaks it where it wants.

use serde_json::{Value, json};

/// A commit id made of a number: 40 hex digits.
pub fn sha(number: u64) -> String {
    format!("{number:040x}")
}

/// A report of a scanner with these findings, of a version that all types know.
pub fn report(report_type: &str, scanner: &str, findings: Vec<Value>) -> Value {
    let mut report = json!({
        "version": "15.0.7",
        "scan": {
            "type": report_type,
            "status": "success",
            "start_time": "2026-01-02T03:04:05",
            "end_time": "2026-01-02T03:05:00",
            "analyzer": tool(scanner),
            "scanner": tool(scanner),
        },
        "vulnerabilities": findings,
    });
    match report_type {
        "dependency_scanning" => report["dependency_files"] = json!([]),
        "dast" | "api_fuzzing" => report["scan"]["scanned_resources"] = json!([]),
        _ => {}
    }
    report
}

/// The same report, saying that it looked at a part only.
#[must_use]
pub fn partial(mut report: Value) -> Value {
    report["version"] = json!("15.2.4");
    report["scan"]["partial_scan"] = json!({"mode": "differential"});
    report
}

fn tool(id: &str) -> Value {
    json!({"id": id, "name": format!("The {id}"), "version": "1.0.0", "vendor": {"name": "Acme"}})
}

/// A finding at a place, with identifiers as `type:value`, the primary one first.
pub fn finding(name: &str, identifiers: &[&str], location: Value) -> Value {
    let identifiers: Vec<Value> = identifiers.iter().map(|text| identifier(text)).collect();
    json!({
        "id": format!("id of {name} at {location}"),
        "name": name,
        "severity": "Medium",
        "identifiers": identifiers,
        "location": location,
    })
}

/// An identifier, given as `type:value`.
pub fn identifier(text: &str) -> Value {
    let (kind, value) = text.split_once(':').expect("type:value");
    json!({"type": kind, "name": format!("{kind} {value}"), "value": value})
}

/// A SAST finding of one rule on one line.
pub fn sast(name: &str, rule: &str, file: &str, line: u64) -> Value {
    let rule = format!("semgrep_id:{rule}");
    finding(name, &[&rule], json!({"file": file, "start_line": line, "end_line": line}))
}

/// The same finding with a tracking signature of the algorithm `scope_offset`.
#[must_use]
pub fn signed(mut finding: Value, signature: &str) -> Value {
    let file = finding["location"]["file"].clone();
    let signatures = json!([{"algorithm": "scope_offset", "value": signature}]);
    finding["tracking"] = json!({"type": "source", "items": [{"file": file, "signatures": signatures}]});
    finding
}

/// A finding in a package that a file asks for.
pub fn dependency(name: &str, identifiers: &[&str], file: &str, package: &str) -> Value {
    let dependency = json!({"package": {"name": package}, "version": "1.0.0"});
    finding(name, identifiers, json!({"file": file, "dependency": dependency}))
}

/// A finding in a package of an image.
pub fn container(name: &str, identifiers: &[&str], image: &str, package: &str) -> Value {
    let dependency = json!({"package": {"name": package}, "version": "1.0.0"});
    finding(name, identifiers, json!({"image": image, "operating_system": "debian:12", "dependency": dependency}))
}

/// A leaked secret on one line.
pub fn secret(name: &str, rule: &str, file: &str, line: u64) -> Value {
    let rule = format!("gitleaks_rule_id:{rule}");
    let location = json!({"file": file, "start_line": line, "end_line": line, "commit": {"sha": "0000000"}});
    finding(name, &[&rule], location)
}

/// A SAST report of `count` findings, each in a place of its own. Every one has the word `pelican` in its
/// description, severities go round, and the first `signed_count` carry signatures.
pub fn large(count: u64, signed_count: u64) -> Value {
    let words = ["Critical", "High", "Medium", "Low", "Info", "Unknown"];
    let one = |number: u64| {
        let file = format!("src/part{:03}/file{number}.rs", number % 97);
        let mut finding = sast(&format!("Finding number {number}"), &format!("rule-{}", number % 50), &file, number + 1);
        finding["severity"] = json!(words[(number % 6) as usize]);
        finding["description"] = json!(format!("A pelican sits on line {number} and waits for what comes."));
        if number < signed_count { signed(finding, &format!("{file}|f[0]:{number}")) } else { finding }
    };
    report("sast", "semgrep", (0..count).map(one).collect())
}
