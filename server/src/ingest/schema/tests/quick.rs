//! What the quick rules accept, the schema accepts: for every type and version, on findings that are right
//! and on findings with something changed. And right ones are accepted, or the rules were of no use.

use casemate_shared::ReportType;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{put, sample, schemas};
use crate::domain::tape::Tape;

/// A finding with everything that a schema describes.
fn rich(report_type: ReportType) -> Value {
    let mut finding = sample::report(report_type)["vulnerabilities"][0].clone();
    let more = json!({
        "a": {"type": "text", "name": "A", "value": "x", "description": "d"},
        "b": {"type": "markdown", "name": "B", "value": "x"},
        "c": {"type": "value", "name": "C", "value": true},
        "d": {"type": "url", "name": "D", "href": "https://x", "text": "t"},
        "e": {"type": "code", "name": "E", "value": "x", "lang": "c"},
        "f": {"type": "diff", "name": "F", "before": "x", "after": "y"},
        "g": {"type": "module-location", "name": "G", "module_name": "m", "offset": 4},
        "h": {"type": "file-location", "name": "H", "file_name": "f", "line_start": 1, "line_end": 2,
            "column_start": 1, "column_end": 2},
        "i": {"type": "table", "name": "I", "header": [{"type": "text", "value": "h"}], "rows": []},
    });
    finding["details"].as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let vector = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";
    finding["cvss_vectors"] = json!([{"vendor": "v", "vector": vector}, {"vendor": "v", "vector": "AV:N/AC:L/Au:N/C:P/I:P/A:P"}]);
    finding["confidence"] = json!("High");
    finding["message"] = json!("m");
    finding["raw_source_code_extract"] = json!("code");
    finding["assets"] = json!([{"type": "postman", "name": "n", "url": "u"}]);
    let exchange = json!({"headers": [{"name": "h", "value": "v"}], "method": "GET", "url": "u", "body": "b"});
    let answer = json!({"headers": [], "reason_phrase": "OK", "status_code": 200, "body": "b"});
    finding["evidence"] = json!({
        "source": {"id": "i", "name": "n", "url": "u"}, "summary": "s", "request": exchange, "response": answer,
        "supporting_messages": [{"name": "n", "request": exchange, "response": answer}],
    });
    match report_type {
        ReportType::ClusterImageScanning => finding["location"]["kubernetes_resource"]["agent_id"] = json!("7"),
        ReportType::DependencyScanning => {
            finding["location"]["files"] = json!([{"path": "p", "type": "lockfile", "in_repository": true}]);
        }
        _ => {}
    }
    finding
}

fn values() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(0),
        json!(1),
        json!(-1),
        json!(2.0),
        json!(2.5),
        json!(""),
        json!("x"),
        json!([]),
        json!({}),
        json!(["x"]),
        json!([{}]),
        json!({"x": 1}),
        json!("source"),
        json!("text"),
        json!("code-flows"),
        json!("high"),
        json!("Low"),
        json!("http://"),
        json!("http://\n"),
        json!("http:// "),
        json!("ftp://x"),
        json!("http://ä"),
        json!("y".repeat(256)),
        json!("ä".repeat(255)),
        json!("y".repeat(7001)),
        json!("CVSS:4.0/AV:N"),
        json!(18_446_744_073_709_551_615_u64),
        json!([[{"node_type": "sink", "file_location": {"type": "file-location", "file_name": "f", "line_start": 1}}]]),
        json!({"type": "code-flows", "name": "n", "items": [[{"node_type": "source", "file_location":
            {"type": "file-location", "file_name": "f", "line_start": 0}}]]}),
        json!({"type": "list", "name": "n", "items": [{"type": "text"}]}),
        json!({"type": "unheard-of", "name": "n"}),
    ]
}

/// Pointers of everything below a value.
fn pointers(value: &Value, base: &str, all: &mut Vec<String>) {
    let mut below = |step: &str, inner: &Value| {
        let at = format!("{base}/{step}");
        pointers(inner, &at, all);
        all.push(at);
    };
    match value {
        Value::Object(members) => members.iter().for_each(|(name, inner)| below(name, inner)),
        Value::Array(entries) => entries.iter().enumerate().for_each(|(number, inner)| below(&number.to_string(), inner)),
        _ => {}
    }
}

/// Takes away what stands at a pointer, or puts something else there.
fn change(finding: &mut Value, at: &prop::sample::Index, to: Option<Value>) {
    let mut all = Vec::new();
    pointers(finding, "", &mut all);
    if all.is_empty() {
        return;
    }
    let pointer = at.get(&all).clone();
    match to {
        Some(value) => put(finding, &pointer, value),
        None => {
            let (parent, name) = pointer.rsplit_once('/').unwrap();
            match finding.pointer_mut(parent).unwrap() {
                Value::Object(members) => drop(members.remove(name)),
                Value::Array(entries) => drop(entries.remove(name.parse().unwrap())),
                _ => {}
            }
        }
    }
}

fn quick_and_whole(report_type: ReportType, version: &str, finding: &Value) -> (bool, bool) {
    let validator = schemas().select(report_type, Some(version)).unwrap().validator;
    let text = finding.to_string();
    let mut tape = Tape::default();
    tape.read(&text).unwrap();
    (validator.surely_accepts_finding(tape.root()), validator.accepts_finding(finding))
}

fn versions(report_type: ReportType) -> Vec<String> {
    let known = schemas().sources.versions();
    let versions = known.iter().map(|known| known.version.to_string());
    versions.filter(|version| schemas().select(report_type, Some(version)).unwrap().validated_against == *version).collect()
}

#[test]
fn right_findings_of_every_version_are_proved_right() {
    for report_type in ReportType::ALL {
        let plain = &sample::report(report_type)["vulnerabilities"][0];
        for version in versions(report_type) {
            assert_eq!(quick_and_whole(report_type, &version, plain), (true, true), "{report_type:?} {version}");
        }
        assert_eq!(quick_and_whole(report_type, "15.2.4", &rich(report_type)), (true, true), "{report_type:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn the_schema_accepts_what_the_quick_rules_accept(
        kind in prop::sample::select(ReportType::ALL.to_vec()),
        version in any::<prop::sample::Index>(),
        is_rich in any::<bool>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), prop::option::of(prop::sample::select(values()))), 0..4),
    ) {
        let all = versions(kind);
        let version = version.get(&all);
        let mut finding = if is_rich { rich(kind) } else { sample::report(kind)["vulnerabilities"][0].clone() };
        for (at, to) in changes {
            change(&mut finding, &at, to);
        }
        let (quick, whole) = quick_and_whole(kind, version, &finding);
        prop_assert!(whole || !quick, "{} {}: {}", kind.as_str(), version, finding);
    }
}
