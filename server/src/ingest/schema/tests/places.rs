//! What is wrong, and exactly where, for each report type.

use casemate_shared::ReportType;
use serde_json::{Value, json};

use super::super::Violation;
use super::{put, sample, schemas, take, violations};

const FIRST: &str = "/vulnerabilities/0";

/// The sample with one place changed must have exactly one violation.
fn broken(report_type: ReportType, place: &str, value: Value, pointer: &str, reason: &str) {
    let mut report = sample::report(report_type);
    put(&mut report, place, value);
    expect_one(report_type, &report, pointer, reason);
}

/// The sample with one member missing must have exactly one violation, at its parent.
fn missing(report_type: ReportType, place: &str) {
    let mut report = sample::report(report_type);
    take(&mut report, place);
    let (parent, name) = place.rsplit_once('/').unwrap();
    let reason = format!("lacks the required member \"{name}\"");
    expect_one(report_type, &report, parent, &reason);
}

fn expect_one(report_type: ReportType, report: &Value, pointer: &str, reason: &str) {
    let expected = Violation { pointer: pointer.to_owned(), reason: reason.to_owned() };
    assert_eq!(violations(report_type, "15.2.4", report), [expected]);
}

/// As `broken`, at a place of the first finding.
fn broken_finding(report_type: ReportType, place: &str, value: Value, reason: &str) {
    let pointer = format!("{FIRST}{place}");
    broken(report_type, &pointer, value, &pointer, reason);
}

#[test]
fn the_samples_are_valid() {
    for report_type in ReportType::ALL {
        for version in ["14.1.0", "14.1.3", "15.0.0", "15.0.7", "15.1.4", "15.2.4"] {
            let found = violations(report_type, version, &sample::report(report_type));
            assert_eq!(found, [], "{report_type:?} {version}");
        }
    }
}

#[test]
fn unknown_members_are_welcome_everywhere() {
    for report_type in ReportType::ALL {
        let mut report = sample::report(report_type);
        for place in ["", "/scan", "/vulnerabilities/0", "/vulnerabilities/0/location"] {
            put(&mut report, &format!("{place}/unheard_of"), json!({"a": [1]}));
        }
        assert_eq!(violations(report_type, "15.2.4", &report), []);
    }
}

#[test]
fn the_frame_of_every_type() {
    for report_type in ReportType::ALL {
        for name in ["/version", "/scan", "/vulnerabilities", "/scan/analyzer", "/scan/type"] {
            missing(report_type, name);
        }
        for name in ["id", "identifiers", "location"] {
            missing(report_type, &format!("{FIRST}/{name}"));
        }
        missing(report_type, "/vulnerabilities/0/identifiers/0/value");
        missing(report_type, "/remediations/0/diff");
        let place = "/vulnerabilities";
        broken(report_type, place, json!({}), place, "must be an array, not an object");
        broken(report_type, FIRST, json!(7), FIRST, "must be an object, not a number");
        broken_finding(report_type, "/id", json!(""), "must not be empty");
        broken_finding(report_type, "/identifiers", json!([]), "must have an entry");
        let wrong = json!("x".repeat(256));
        let reason = "must have at most 255 characters, not 256";
        broken_finding(report_type, "/name", wrong, reason);
    }
}

#[test]
fn the_head() {
    let sast = ReportType::Sast;
    let time = "must match the pattern ^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}$";
    let place = "/scan/start_time";
    broken(sast, place, json!("2026-03-01T10:00:00Z"), place, time);
    let place = "/scan/status";
    let reason = "is \"done\", but must be one of \"success\", \"failure\"";
    broken(sast, place, json!("done"), place, reason);
    let place = "/scan/options";
    let options = json!([{"name": "depth", "value": 1.5}]);
    let reason = "must be null or true or false or a whole number or a string, not a number with a fraction";
    broken(sast, place, options, "/scan/options/0/value", reason);
    let place = "/scan/partial_scan";
    let reason = "is \"some\", but must be \"differential\"";
    broken(sast, place, json!({"mode": "some"}), "/scan/partial_scan/mode", reason);
    let found = violations(sast, "15.2.4", &json!(["no", "object"]));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].pointer, "");
    assert_eq!(found[0].reason, "must be an object, not an array");
}

#[test]
fn a_report_of_another_type_is_named() {
    let place = "/scan/type";
    let say = |report_type, reason| broken(report_type, place, json!("sbom"), place, reason);
    say(ReportType::Sast, "is \"sbom\", but must be \"sast\"");
    say(ReportType::SecretDetection, "is \"sbom\", but must be \"secret_detection\"");
    say(ReportType::Dast, "is \"sbom\", but must be one of \"dast\", \"api_fuzzing\"");
    say(ReportType::ApiFuzzing, "is \"sbom\", but must be one of \"dast\", \"api_fuzzing\"");
    let mut report = sample::report(ReportType::ApiFuzzing);
    put(&mut report, place, json!("dast"));
    assert_eq!(violations(ReportType::ApiFuzzing, "15.2.4", &report), []);
}

#[test]
fn the_place_of_a_finding_by_type() {
    let text = "must be a string, not a number";
    let sast = ReportType::Sast;
    broken_finding(sast, "/location/file", json!(1), text);
    broken_finding(sast, "/location/start_line", json!("3"), "must be a number, not a string");
    broken_finding(sast, "/raw_source_code_extract", json!(1), text);
    let secret = ReportType::SecretDetection;
    missing(secret, "/vulnerabilities/0/location/commit");
    broken_finding(secret, "/location/commit/sha", json!(""), "must not be empty");
    let dependency = ReportType::DependencyScanning;
    missing(dependency, "/vulnerabilities/0/location/file");
    missing(dependency, "/vulnerabilities/0/location/dependency/package/name");
    broken_finding(dependency, "/location/dependency/version", json!(1), text);
    let container = ReportType::ContainerScanning;
    missing(container, "/vulnerabilities/0/location/operating_system");
    broken_finding(container, "/location/image", json!(""), "must not be empty");
    let cluster = ReportType::ClusterImageScanning;
    missing(cluster, "/vulnerabilities/0/location/kubernetes_resource/kind");
    let place = "/location/kubernetes_resource/name";
    broken_finding(cluster, place, json!(""), "must not be empty");
    broken_finding(ReportType::CoverageFuzzing, "/location/crash_type", json!(1), text);
}

#[test]
fn dast_and_api_fuzzing() {
    for report_type in [ReportType::Dast, ReportType::ApiFuzzing] {
        missing(report_type, "/scan/scanned_resources");
        missing(report_type, "/scan/scanned_resources/0/url");
        let evidence = json!({"response": {
            "headers": [{"name": "", "value": ""}], "reason_phrase": "OK", "status_code": 200,
        }});
        let pointer = "/vulnerabilities/0/evidence/response/headers/0/name";
        let place = "/vulnerabilities/0/evidence";
        broken(report_type, place, evidence, pointer, "must not be empty");
    }
}

#[test]
fn details_tell_the_innermost_place() {
    let sast = ReportType::Sast;
    let deep = "/details/more/rows/1/0/items/inner/items/0";
    broken_finding(sast, &format!("{deep}/value"), json!(""), "must not be empty");
    missing(sast, &format!("{FIRST}{deep}/value"));
    missing(sast, &format!("{FIRST}{deep}/type"));
    broken_finding(sast, deep, json!(false), "must be an object, not true or false");
    missing(sast, "/vulnerabilities/0/details/where/name");
    let mut report = sample::report(sast);
    put(&mut report, &format!("{FIRST}{deep}/type"), json!("hologram"));
    let found = violations(sast, "15.2.4", &report);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].pointer, format!("{FIRST}{deep}/type"));
    assert!(found[0].reason.starts_with("is \"hologram\", but must be one of \"text\", "));
}

#[test]
fn signatures_flags_and_vectors() {
    let sast = ReportType::Sast;
    let place = "/tracking/items/0/signatures";
    broken_finding(sast, place, json!([]), "must have an entry");
    let reason = "is \"line\", but must be \"source\"";
    broken_finding(sast, "/tracking/type", json!("line"), reason);
    missing(sast, "/vulnerabilities/0/flags/0/origin");
    let pointer = "/vulnerabilities/0/cvss_vectors/0/vector";
    let vectors = json!([{"vendor": "Lupe", "vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:Q"}]);
    let place = "/vulnerabilities/0/cvss_vectors";
    broken(sast, place, vectors, pointer, "has none of the forms allowed here");
}

/// The value of a member can be the secret itself, and can be of any length.
#[test]
fn a_reason_repeats_no_value_of_the_report() {
    let secret = "hunter2-".repeat(200);
    let mut report = sample::report(ReportType::SecretDetection);
    put(&mut report, "/vulnerabilities/0/name", json!(secret));
    put(&mut report, "/vulnerabilities/0/raw_source_code_extract", json!([secret]));
    put(&mut report, "/vulnerabilities/0/links/0/url", json!(secret));
    put(&mut report, "/vulnerabilities/0/severity", json!(secret));
    let found = violations(ReportType::SecretDetection, "15.2.4", &report);
    assert_eq!(found.len(), 4);
    for violation in found {
        assert!(violation.reason.len() < 200, "{}", violation.reason);
        let cut = violation.pointer.ends_with("severity");
        assert_eq!(violation.reason.contains("hunter2"), cut, "{}", violation.reason);
    }
}

#[test]
fn no_more_violations_than_asked_for() {
    let selection = schemas().select(ReportType::Sast, Some("15.2.4")).unwrap();
    let finding = json!({"id": 1, "identifiers": vec![json!(null); 50], "location": {}});
    assert_eq!(selection.validator.finding(4, &finding, 100).len(), 51);
    assert_eq!(selection.validator.finding(4, &finding, 7).len(), 7);
    assert_eq!(selection.validator.finding(4, &finding, 0).len(), 0);
    let huge = json!({"id": 1, "identifiers": vec![json!(0); 300_000], "location": {}});
    assert_eq!(selection.validator.finding(4, &huge, 7).len(), 1);
    assert_eq!(selection.validator.head(&json!({}), 2).len(), 2);
}
