//! Values at the edge of what a schema allows: each is taken as it is or refused by place, never cut in
//! silence, and everything that lists, searches and counts goes on.

use crate::steady::Steady;
use casemate_shared::ScanStatus;
use casemate_tests::{program, sample};
use serde_json::{Value, json};

/// Makes something odd of a finding.
type Edit = fn(&mut Value);

const EDITS: [(&str, Edit); 22] = [
    ("a path of 10 kB", |finding| finding["location"]["file"] = json!("d/".repeat(5_000))),
    ("a path of 1 MB", |finding| finding["location"]["file"] = json!("d/".repeat(500_000))),
    ("an empty path", |finding| finding["location"]["file"] = json!("")),
    ("a line of 10^12", |finding| finding["location"]["start_line"] = json!(1_000_000_000_000_u64)),
    ("the largest number", |finding| finding["location"]["start_line"] = json!(u64::MAX)),
    ("a negative line", |finding| finding["location"]["start_line"] = json!(-1)),
    ("half a line", |finding| finding["location"]["start_line"] = json!(1.5)),
    ("a line of 1e300", |finding| finding["location"]["start_line"] = json!(1e300)),
    ("an empty location", |finding| finding["location"] = json!({})),
    ("a CWE of 10^15", |finding| finding["identifiers"][0] = json!({"type": "cwe", "name": "CWE", "value": "1000000000000000"})),
    ("an identifier of 1 MB", |finding| finding["identifiers"][0]["value"] = json!("v".repeat(1 << 20))),
    ("10,000 identifiers", |finding| {
        finding["identifiers"] = (0..10_000).map(|number| sample::identifier(&format!("r:{number}"))).collect();
    }),
    ("10,000 links", |finding| {
        finding["links"] = (0..10_000).map(|number| json!({"url": format!("https://example.org/{number}")})).collect();
    }),
    ("a script as a link", |finding| {
        finding["links"] = json!([{"url": "javascript:alert(1)"}, {"url": "https://x/\" onload=\"y"}])
    }),
    ("a name of blanks", |finding| finding["name"] = json!("   ")),
    ("no name", |finding| drop(finding.as_object_mut().unwrap().remove("name"))),
    ("a name of 255 odd characters", |finding| finding["name"] = json!("\u{1f980}".repeat(255))),
    ("marks that turn the text", |finding| finding["name"] = json!("\u{202e}\u{200f}\u{feff}abc")),
    ("a description of 1 MB", |finding| finding["description"] = json!("x ".repeat(1 << 19))),
    ("a description of one long word", |finding| finding["description"] = json!("x".repeat(1 << 20))),
    ("markdown without end", |finding| {
        finding["description"] = json!("[".repeat(5_000) + &"> ".repeat(5_000) + &"* a\n".repeat(5_000))
    }),
    ("everything of another type", |finding| {
        for name in ["links", "flags", "details", "evidence", "tracking", "cvss_vectors", "assets"] {
            finding[name] = json!(7);
        }
    }),
];

#[test]
fn values_at_the_edge_do_no_harm() {
    let mut steady = Steady::start();
    let mut taken = 0;
    for (number, (what, edit)) in EDITS.into_iter().enumerate() {
        let mut finding = sample::sast(&format!("Odd {number}"), &format!("odd-{number}"), "odd.rs", number as u64 + 1);
        edit(&mut finding);
        let report = sample::report("sast", &format!("scanner-{number}"), vec![finding]);
        let made = steady.project.ingest_report("main", &report);
        let odd = &made.reports[0];
        match odd.status {
            ScanStatus::Succeeded => taken += odd.findings,
            ScanStatus::ReportError => {
                let named = odd
                    .errors
                    .iter()
                    .any(|error| error.place.as_deref().is_some_and(|place| place.starts_with("/vulnerabilities/0")));
                assert!(named, "{what}: {:?}", odd.errors);
            }
            other => panic!("{what}: {other:?} {:?}", odd.errors),
        }
        let summary = odd.summary.clone().unwrap();
        assert_eq!(summary.declared, summary.accepted + summary.rejected + summary.duplicate, "{what}");
        assert!(summary.rejected == 0 || !odd.errors.is_empty() || !odd.warnings.is_empty(), "{what}: rejected in silence");
        let searched = steady.project.get("vulnerabilities?search=odd");
        assert_eq!(searched.status, 200, "search after {what}: {}", searched.text());
        steady.project.get(&format!("vulnerability_findings?pipeline_id={}", made.pipeline.id)).expect(200);
    }
    let rows = steady.project.vulnerabilities();
    assert_eq!(rows.len() as u64, taken + 4);
    assert!(taken >= 10, "only {taken} were taken");
    for row in &rows {
        let full = steady.project.client.get(&format!("/api/v4/vulnerabilities/{}", row["id"])).expect(200).json();
        for name in ["description_html", "solution_html"] {
            let html = full[name].as_str().unwrap_or_default();
            assert!(!html.contains("javascript:") && !html.contains("<script"), "{html}");
        }
        assert!(!row["title"].as_str().unwrap().trim().is_empty(), "{row}");
    }
    for order in ["title", "severity", "updated_at"] {
        assert_eq!(steady.project.all(&format!("vulnerabilities?order_by={order}&sort=asc")).len(), rows.len());
    }
    assert!(steady.project.server.stop().success());
    program::assert_clean(&steady.project.server.data_dir());
}

#[test]
fn heads_at_the_edge_do_no_harm() {
    let steady = Steady::start();
    let edits: [(&str, Edit); 8] = [
        ("a scanner's id of 1 MB", |report| report["scan"]["scanner"]["id"] = json!("s".repeat(1 << 20))),
        ("a scanner without a name", |report| report["scan"]["scanner"]["name"] = json!("")),
        ("a version of 1 MB", |report| report["version"] = json!("1".repeat(1 << 20))),
        ("a status of its own", |report| report["scan"]["status"] = json!("x".repeat(1 << 20))),
        ("times from nowhere", |report| report["scan"]["start_time"] = json!("0000-00-00T99:99:99")),
        ("a mode of 1 MB", |report| report["scan"]["partial_scan_mode"] = json!("m".repeat(1 << 20))),
        ("a remediation for nobody", |report| {
            report["remediations"] = json!([{"fixes": [{"id": "none"}], "summary": "s", "diff": "ZGlm"}])
        }),
        ("messages without end", |report| {
            report["scan"]["messages"] =
                (0..100_000).map(|number| json!({"level": "info", "value": format!("{number}")})).collect();
        }),
    ];
    for (what, edit) in edits {
        let mut report = sample::report("sast", "odd", vec![sample::sast("Odd", "odd", "odd.rs", 1)]);
        edit(&mut report);
        let made = steady.project.ingest_report("odd", &report);
        let odd = &made.reports[0];
        assert!(matches!(odd.status, ScanStatus::Succeeded | ScanStatus::ReportError), "{what}: {:?}", odd.errors);
        assert!(odd.status == ScanStatus::Succeeded || odd.errors.iter().all(|error| error.message.len() < 2_000), "{what}");
        let answer = steady.project.get(&format!("pipelines/{}/scans", made.pipeline.id)).expect(200);
        assert!(answer.body.len() < 100_000, "{what}: the scan's answer has {} bytes", answer.body.len());
        steady.assert_unchanged(what);
    }
}
