//! One valid report per type: valid in every version, because it has the members that the old
//! versions demand as well. It must not know what is tested with it.

use casemate_shared::ReportType;
use serde_json::{Value, json};

/// The report, with one finding.
pub(super) fn report(report_type: ReportType) -> Value {
    let tool = json!({
        "id": "lupe", "name": "Lupe", "version": "2.1.0", "url": "https://lupe.example",
        "vendor": {"name": "Lupe makers"},
    });
    let mut report = json!({
        "version": "15.0.0",
        "schema": "https://lupe.example/schema.json",
        "scan": {
            "analyzer": tool, "scanner": tool, "type": report_type.as_str(), "status": "success",
            "start_time": "2026-03-01T10:00:00", "end_time": "2026-03-01T10:01:30",
        },
        "vulnerabilities": [finding(report_type)],
        "remediations": [{"fixes": [{"id": "f-1", "cve": "k-1"}], "summary": "Fix", "diff": "ZA=="}],
    });
    match report_type {
        ReportType::DependencyScanning => {
            report["dependency_files"] = json!([
                {"path": "go.sum", "package_manager": "go", "dependencies": [dependency()]}
            ]);
        }
        ReportType::Dast | ReportType::ApiFuzzing => {
            report["scan"]["scanned_resources"] = json!([{"method": "GET", "url": "http://shop.example/", "type": "url"}]);
        }
        _ => {}
    }
    report
}

fn finding(report_type: ReportType) -> Value {
    json!({
        "id": "f-1", "category": report_type.as_str(), "cve": "k-1",
        "scanner": {"id": "lupe", "name": "Lupe"},
        "identifiers": [
            {"type": "cwe", "name": "CWE-89", "value": "89", "url": "https://cwe.example/89"}
        ],
        "location": location(report_type),
        "name": "A query is built from user input", "description": "Use parameters.",
        "severity": "High", "solution": "Bind the value.",
        "links": [{"url": "https://docs.example/binding", "name": "Binding"}],
        "details": {
            "where": {"type": "file-location", "name": "Where", "file_name": "a.go", "line_start": 3},
            "more": {"type": "table", "name": "More", "rows": [
                [{"type": "text", "value": "left"}, {"type": "value", "value": 4.5}],
                [{"type": "named-list", "items": {
                    "inner": {
                        "type": "list", "name": "Inner", "items": [{"type": "commit", "value": "c0ffee"}],
                    }
                }}],
            ]},
        },
        "tracking": {"type": "source", "items": [{
            "file": "a.go", "start_line": 3, "end_line": 3,
            "signatures": [{"algorithm": "hash", "value": "a.go:3"}],
        }]},
        "flags": [{
            "type": "flagged-as-likely-false-positive", "origin": "lupe", "description": "Test code",
        }],
    })
}

fn location(report_type: ReportType) -> Value {
    match report_type {
        ReportType::Sast => json!({"file": "a.go", "start_line": 3, "end_line": 3.0}),
        ReportType::SecretDetection => {
            json!({"file": "a.env", "start_line": 1, "commit": {"sha": "0000000"}})
        }
        ReportType::DependencyScanning => json!({"file": "go.sum", "dependency": dependency()}),
        ReportType::ContainerScanning => json!({
            "image": "hub.example:5000/shop/web:1.2", "operating_system": "debian 12",
            "default_branch_image": "hub.example:5000/shop/web:main", "dependency": dependency(),
        }),
        ReportType::ClusterImageScanning => json!({
            "image": "web:1.2", "dependency": dependency(),
            "kubernetes_resource": {
                "namespace": "shop", "kind": "Deployment", "name": "web", "container_name": "web",
            },
        }),
        ReportType::Dast | ReportType::ApiFuzzing => {
            json!({"hostname": "http://shop.example", "method": "GET", "path": "/search", "param": "q"})
        }
        ReportType::CoverageFuzzing => {
            json!({"crash_type": "heap-buffer-overflow", "crash_state": "parse\nmain"})
        }
    }
}

fn dependency() -> Value {
    json!({"package": {"name": "golang.org/x/text"}, "version": "0.3.0", "iid": 1})
}
