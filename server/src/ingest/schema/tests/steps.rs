//! What each version of the report format changed (report format, section 3.1): the last version
//! on one side of a change, and the first on the other.

use casemate_shared::ReportType;
use serde_json::{Value, json};

use super::{accepts, places, put, sample, take};

/// Refused up to `last`, accepted from `first` on.
fn grows(report_type: ReportType, report: &Value, last: &str, first: &str) {
    assert!(!accepts(report_type, last, report), "{last} accepts {report}");
    assert!(accepts(report_type, first, report), "{first} refuses {report}");
}

/// Accepted up to `last`, refused from `first` on, and where.
fn shrinks(report_type: ReportType, report: &Value, last: &str, first: &str, place: &str) {
    assert!(accepts(report_type, last, report), "{last} refuses {report}");
    assert_eq!(places(report_type, first, report), [place]);
}

fn with(report_type: ReportType, place: &str, value: Value) -> Value {
    let mut report = sample::report(report_type);
    put(&mut report, place, value);
    report
}

fn without(report_type: ReportType, place: &str) -> Value {
    let mut report = sample::report(report_type);
    take(&mut report, place);
    report
}

const SAST: ReportType = ReportType::Sast;

#[test]
fn from_14_1_to_15_0() {
    let first = "/vulnerabilities/0";
    for name in ["/vulnerabilities/0/category", "/vulnerabilities/0/cve", "/vulnerabilities/0/scanner"] {
        grows(SAST, &without(SAST, name), "14.1.3", "15.0.0");
    }
    shrinks(SAST, &without(SAST, "/vulnerabilities/0/id"), "14.1.3", "15.0.0", first);
    shrinks(SAST, &without(SAST, "/scan"), "14.1.3", "15.0.0", "");
    shrinks(SAST, &without(SAST, "/scan/analyzer"), "14.1.3", "15.0.0", "/scan");
    let dast = without(ReportType::Dast, "/scan/analyzer");
    shrinks(ReportType::Dast, &dast, "14.1.3", "15.0.0", "/scan");
    let dast = without(ReportType::Dast, "/scan/scanned_resources");
    assert_eq!(places(ReportType::Dast, "14.1.3", &dast), ["/scan"]);
    for (name, most) in [("name", 255), ("solution", 7000), ("description", 1_048_576)] {
        let place = format!("{first}/{name}");
        let fits = with(SAST, &place, json!("ä".repeat(most)));
        assert!(accepts(SAST, "15.0.0", &fits), "{name}");
        let long = with(SAST, &place, json!("ä".repeat(most + 1)));
        shrinks(SAST, &long, "14.1.3", "15.0.0", &place);
    }
    let fix = "/remediations/0/fixes/0";
    shrinks(SAST, &without(SAST, "/remediations/0/fixes/0/id"), "14.1.3", "15.0.0", fix);
    grows(SAST, &without(SAST, "/remediations/0/fixes/0/cve"), "14.1.3", "15.0.0");
    let place = "/vulnerabilities/0/identifiers/0/url";
    shrinks(SAST, &with(SAST, place, json!("urn:cwe:89")), "14.1.3", "15.0.0", place);
    grows(SAST, &with(SAST, place, json!("https://a b")), "14.1.3", "15.0.0");
    let place = "/vulnerabilities/0/confidence";
    grows(SAST, &with(SAST, place, json!("Sure")), "14.1.3", "15.0.0");
    let place = "/vulnerabilities/0/discovered_at";
    let noon = with(ReportType::Dast, place, json!("noon"));
    grows(ReportType::Dast, &noon, "14.1.3", "15.0.0");
    let place = "/vulnerabilities/0/location/dependency";
    let bare = with(ReportType::ContainerScanning, place, json!({}));
    let found = places(ReportType::ContainerScanning, "15.0.0", &bare);
    assert_eq!(found, [place, place]);
    assert!(accepts(ReportType::ContainerScanning, "14.1.3", &bare));
}

#[test]
fn names_of_images() {
    let container = ReportType::ContainerScanning;
    let place = "/vulnerabilities/0/location/image";
    let twice = with(container, place, json!("hub.example:80/web:1:2"));
    grows(container, &twice, "14.1.2", "14.1.3");
    grows(container, &with(container, place, json!("web")), "15.0.1", "15.0.2");
    let place = "/vulnerabilities/0/location/default_branch_image";
    grows(container, &with(container, place, json!("web main")), "15.0.1", "15.0.2");
}

#[test]
fn within_15_0() {
    let rules = with(SAST, "/scan/primary_identifiers", json!([{"type": "lupe", "name": "R 1"}]));
    let place = "/scan/primary_identifiers/0";
    shrinks(SAST, &rules, "15.0.0", "15.0.1", place);
    let rule = json!([{"type": "lupe", "name": "R 1", "value": "1", "url": "urn:lupe:1"}]);
    let rules = with(SAST, "/scan/primary_identifiers", rule);
    let place = "/scan/primary_identifiers/0/url";
    shrinks(SAST, &rules, "15.0.2", "15.0.4", place);
    let place = "/vulnerabilities/0/tracking";
    shrinks(SAST, &with(SAST, place, json!("none")), "15.0.2", "15.0.4", place);
    let place = "/vulnerabilities/0/tracking/items/0/signatures/0";
    shrinks(SAST, &with(SAST, place, json!(0)), "15.0.2", "15.0.4", place);
    let secret = ReportType::SecretDetection;
    let place = "/vulnerabilities/0/location";
    shrinks(secret, &with(secret, place, json!("a.env")), "15.0.2", "15.0.4", place);
    let options = with(SAST, "/scan/options", json!({}));
    shrinks(SAST, &options, "15.0.4", "15.0.5", "/scan/options");
    for place in ["/vulnerabilities/0/identifiers/0/url", "/vulnerabilities/0/links/0/url"] {
        let report = with(SAST, place, json!("ftp://files.example/89"));
        grows(SAST, &report, "15.0.5", "15.0.6");
    }
    let place = "/vulnerabilities/0/cvss_vectors";
    shrinks(SAST, &with(SAST, place, json!([])), "15.0.6", "15.0.7", place);
    let vectors = json!([
        {"vendor": "Lupe", "vector": "AV:N/AC:L/Au:N/C:P/I:P/A:P"},
        {"vendor": "Lupe", "vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"},
    ]);
    assert!(accepts(SAST, "15.0.7", &with(SAST, place, vectors)));
}

#[test]
fn the_list_of_all_dependencies_went_with_15_1_0() {
    let kind = ReportType::DependencyScanning;
    let report = without(kind, "/dependency_files");
    assert_eq!(places(kind, "14.1.0", &report), [""]);
    grows(kind, &report, "15.0.7", "15.1.0");
    grows(kind, &with(kind, "/dependency_files", json!(0)), "15.0.7", "15.1.0");
    let place = "/vulnerabilities/0/location/dependency/iid";
    grows(kind, &with(kind, place, json!("one")), "15.0.7", "15.1.0");
}

#[test]
fn within_15_1() {
    let container = ReportType::ContainerScanning;
    let report = with(container, "/scan/type", json!("container_scanning_for_registry"));
    grows(container, &report, "15.1.0", "15.1.1");
    let at = json!({"type": "file-location", "file_name": "a.go", "line_start": 1});
    let flows = json!({
        "type": "code-flows", "name": "Flow",
        "items": [[{"node_type": "source", "file_location": at}]],
    });
    let mut report = with(SAST, "/vulnerabilities/0/details/flow", flows);
    grows(SAST, &report, "15.1.1", "15.1.2");
    put(&mut report, "/vulnerabilities/0/details/flow/items/0", json!([]));
    let place = "/vulnerabilities/0/details/flow/items/0";
    assert_eq!(places(SAST, "15.1.2", &report), [place]);
}

#[test]
fn from_15_1_to_15_2() {
    let place = "/vulnerabilities/0/details/where/line_start";
    shrinks(SAST, &with(SAST, place, json!(0)), "15.1.4", "15.2.0", place);
    let report = with(SAST, "/scan/observability", json!({"events": [{}]}));
    let place = "/scan/observability/events/0";
    shrinks(SAST, &report, "15.1.4", "15.2.0", place);
}

#[test]
fn within_15_2() {
    let place = "/vulnerabilities/0/details/where";
    let report = with(SAST, &format!("{place}/column_start"), json!(2));
    shrinks(SAST, &report, "15.2.0", "15.2.1", place);
    let report = with(SAST, "/scan/partial_scan", json!({}));
    shrinks(SAST, &report, "15.2.1", "15.2.2", "/scan/partial_scan");
    let vector = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N";
    let vectors = json!([{"vendor": "Lupe", "vector": vector}]);
    let report = with(SAST, "/vulnerabilities/0/cvss_vectors", vectors);
    grows(SAST, &report, "15.2.1", "15.2.2");
    let kind = ReportType::DependencyScanning;
    let files = "/vulnerabilities/0/location/files";
    let report = with(kind, files, json!([{"path": "go.sum"}]));
    let place = "/vulnerabilities/0/location/files/0";
    shrinks(kind, &report, "15.2.1", "15.2.2", place);
    assert_eq!(places(kind, "15.2.3", &report), [place]);
}
