//! Which findings of one pipeline are the same (ingestion design, section 11.1).

use casemate_tests::{Project, sample};
use serde_json::{Value, json};

fn at(name: &str, identifiers: &[&str]) -> Value {
    sample::finding(name, identifiers, json!({"file": "a.rs", "start_line": 1, "end_line": 1}))
}

/// Titles that stay, and the numbers of the duplicates.
fn ingest(reports: &[(&str, Value)]) -> (Vec<String>, u64) {
    let project = Project::start();
    let mut upload = project.upload("main");
    for (file, report) in reports {
        upload = upload.file(report["scan"]["type"].as_str().unwrap(), file, report.to_string().as_bytes());
    }
    let made = project.ingest(upload);
    let errors: Vec<_> = made.reports.iter().flat_map(|report| &report.errors).collect();
    assert!(errors.is_empty(), "{errors:?}");
    (crate::words::sorted(&project.vulnerabilities(), "title"), made.summary.duplicate)
}

#[test]
fn different_types_are_never_the_same() {
    let dependency = sample::dependency("A", &["cve:CVE-1"], "x", "p");
    let container = sample::container("B", &["cve:CVE-1"], "x:latest", "p");
    let reports = [
        ("a", sample::report("dependency_scanning", "gemnasium", vec![dependency])),
        ("b", sample::report("container_scanning", "trivy", vec![container])),
    ];
    assert_eq!(ingest(&reports), (vec!["A".to_owned(), "B".to_owned()], 0));
}

#[test]
fn weakness_classes_alone_make_no_duplicates_unless_all_is_equal() {
    let different = vec![at("A", &["cwe:259"]), at("B", &["cwe:798"])];
    assert_eq!(ingest(&[("a", sample::report("sast", "x", different))]).0, ["A", "B"]);
    let equal = vec![at("A", &["cwe:89"]), at("B", &["cwe:89"])];
    assert_eq!(ingest(&[("a", sample::report("sast", "x", equal))]), (vec!["A".to_owned()], 1));
}

#[test]
fn one_shared_identifier_at_the_same_place_is_enough() {
    let shared = vec![
        sample::container("A", &["cve:CVE-1", "cve:CVE-2", "cwe:259"], "i:latest", "p"),
        sample::container("B", &["cve:CVE-2", "cwe:798"], "i:main", "p"),
        sample::container("C", &["cve:CVE-2"], "i:latest", "other"),
    ];
    assert_eq!(
        ingest(&[("a", sample::report("container_scanning", "trivy", shared))]),
        (vec!["A".to_owned(), "C".to_owned()], 1)
    );
}

#[test]
fn of_two_scanners_the_one_of_higher_rank_keeps_the_finding_whatever_the_order() {
    let dependency = |name: &str| sample::dependency(name, &["cve:CVE-1"], "package-lock.json", "p");
    let gemnasium = ("a", sample::report("dependency_scanning", "gemnasium", vec![dependency("by gemnasium")]));
    let retire = ("b", sample::report("dependency_scanning", "retire.js", vec![dependency("by retire.js")]));
    assert_eq!(ingest(&[gemnasium.clone(), retire.clone()]), (vec!["by retire.js".to_owned()], 1));
    assert_eq!(ingest(&[retire, gemnasium]).0, ["by retire.js"]);
    let semgrep = ("a", sample::report("sast", "semgrep", vec![at("by semgrep", &["semgrep_id:x", "bandit_test_id:B1"])]));
    let bandit = ("b", sample::report("sast", "bandit", vec![at("by bandit", &["bandit_test_id:B1"])]));
    assert_eq!(ingest(&[semgrep, bandit]), (vec!["by bandit".to_owned()], 1));
}

#[test]
fn a_duplicate_of_another_scanner_is_counted_and_not_listed() {
    let project = Project::start();
    let semgrep = sample::report("sast", "semgrep", vec![at("A", &["r:1"]), at("B", &["r:2"])]);
    let bandit = sample::report("sast", "bandit", vec![at("A by bandit", &["r:1"])]);
    let upload =
        project.upload("main").file("sast", "a", semgrep.to_string().as_bytes()).file("sast", "b", bandit.to_string().as_bytes());
    let made = project.ingest(upload);
    let numbers: Vec<(u64, u64)> =
        made.reports.iter().map(|report| report.summary.as_ref().map(|s| (s.accepted, s.duplicate)).unwrap()).collect();
    assert_eq!(numbers, [(1, 1), (1, 0)]);
    assert_eq!(crate::words::sorted(&project.all("vulnerability_findings"), "name"), ["A by bandit", "B"]);
    // Only semgrep runs the next time: it is the same finding, and semgrep owns it from now on.
    let id = project.vulnerability("A by bandit")["id"].clone();
    let made = project.ingest_report("main", &semgrep);
    assert_eq!((made.summary.new, made.summary.known), (Some(0), Some(2)));
    let now = project.vulnerability("A");
    assert_eq!((&now["id"], &now["scanner"]["external_id"]), (&id, &json!("semgrep")));
}

#[test]
fn entries_that_share_one_id_are_all_kept() {
    let project = Project::start();
    let findings: Vec<Value> = (0..10)
        .map(|number| {
            let mut finding = sample::sast(&format!("F{number}"), "r", "a.rs", number + 1);
            finding["id"] = json!("the same");
            finding
        })
        .collect();
    let made = project.ingest_report("main", &sample::report("sast", "semgrep", findings));
    assert_eq!((made.summary.accepted, project.total("vulnerabilities")), (10, 10));
}

#[test]
fn a_later_job_of_the_same_pipeline_is_compared_with_the_earlier_ones() {
    let project = Project::start();
    let semgrep = sample::report("sast", "semgrep", vec![at("by semgrep", &["r:1"]), at("other", &["r:2"])]);
    let bandit = sample::report("sast", "bandit", vec![at("by bandit", &["r:1"])]);
    let upload = |name: &str, report: &Value| {
        let upload = casemate_tests::Upload::new("main", &sample::sha(1)).field("key", "run").field("name", name);
        project.ingest(upload.file("sast", "r.json", report.to_string().as_bytes()))
    };
    let first = upload("first", &semgrep);
    assert_eq!(first.summary.accepted, 2);
    upload("second", &bandit);
    let scans = project.scans(first.pipeline.id);
    let numbers: Vec<_> =
        scans.iter().map(|scan| (scan["summary"]["accepted"].as_u64(), scan["summary"]["duplicate"].as_u64())).collect();
    assert_eq!(numbers, [(Some(1), Some(1)), (Some(1), Some(0))], "bandit comes first, whenever it was handed in");
    assert_eq!(crate::words::sorted(&project.all("vulnerability_findings"), "name"), ["by bandit", "other"]);
    assert_eq!(project.total("vulnerabilities?activity=still_detected"), 2);
    assert_eq!(project.vulnerability("by bandit")["scanner"]["external_id"], "bandit");
}
