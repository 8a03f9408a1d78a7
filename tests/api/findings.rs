//! Findings of a pipeline, on the default branch and on others.

use crate::words::{column, ids_that_are_no_numbers, sorted};
use casemate_tests::{Project, sample};
use serde_json::{Value, json};

fn report(names: &[&str]) -> Value {
    let severities = ["Critical", "Low", "High"];
    let one = |(number, name): (usize, &&str)| {
        let mut finding = sample::sast(name, name, "a.rs", 1);
        finding["severity"] = json!(severities[number % 3]);
        finding
    };
    sample::report("sast", "semgrep", names.iter().enumerate().map(one).collect())
}

#[test]
fn a_branch_has_findings_and_no_vulnerabilities() {
    let project = Project::start();
    project.ingest_report("main", &report(&["A", "B"]));
    let made = project.ingest_report("feature", &report(&["A", "C", "D"]));
    assert!(!made.pipeline.on_default_branch);
    let summary = made.reports[0].summary.clone().unwrap();
    assert_eq!((summary.new, summary.known, summary.no_longer_detected), (Some(2), Some(1), Some(0)));
    assert_eq!(sorted(&project.vulnerabilities(), "title"), ["A", "B"]);
    assert_eq!(project.vulnerability("B")["resolved_on_default_branch"], false);
    let findings = project.all(&format!("vulnerability_findings?pipeline_id={}", made.pipeline.id));
    assert_eq!(sorted(&findings, "name"), ["A", "C", "D"]);
    let a = findings.iter().find(|finding| finding["name"] == "A").unwrap();
    assert_eq!(a["vulnerability_id"], project.vulnerability("A")["id"]);
    let c = findings.iter().find(|finding| finding["name"] == "C").unwrap();
    assert!(c["vulnerability_id"].is_null() && c["state"] == "detected");
    // Only what the default branch has can be searched on the list, all of it in the pipeline.
    assert_eq!(project.total("vulnerabilities?search=C"), 0);
    assert_eq!(project.total(&format!("vulnerability_findings?pipeline_id={}&search=C", made.pipeline.id)), 1);
}

#[test]
fn a_branch_does_not_rename_the_scanners_of_the_default_branch() {
    let project = Project::start();
    project.ingest_report("main", &report(&["A"]));
    let mut renamed = report(&["A"]);
    renamed["scan"]["scanner"]["name"] = json!("Another name");
    project.ingest_report("feature", &renamed);
    assert_eq!(project.vulnerability("A")["scanner"]["name"], "The semgrep");
    project.ingest_report("main", &renamed);
    assert_eq!(project.vulnerability("A")["scanner"]["name"], "Another name");
}

#[test]
fn a_finding_has_the_fields_that_clients_read() {
    let project = Project::start();
    let made = project.ingest_report("main", &report(&["A"]));
    let finding = project.all("vulnerability_findings").remove(0);
    for field in ["id", "dismissal_feedback", "issue_feedback", "merge_request_feedback", "blob_path"] {
        assert!(finding[field].is_null(), "{field}");
    }
    assert_eq!(
        (&finding["report_type"], &finding["severity"], &finding["confidence"]),
        (&json!("sast"), &json!("critical"), &json!("unknown"))
    );
    assert_eq!(finding["scan_id"], made.reports[0].scan_id);
    assert_eq!(finding["project"]["path_with_namespace"], "acme/demo");
    assert_eq!(finding["location"], json!({"file": "a.rs", "start_line": 1, "end_line": 1}));
    assert_eq!(finding["project_fingerprint"].as_str().unwrap().len(), 40);
    assert_eq!(ids_that_are_no_numbers(&finding), [""; 0]);
}

#[test]
fn without_a_number_it_is_the_newest_pipeline_of_the_default_branch_with_a_report() {
    let project = Project::start();
    assert_eq!(project.get("vulnerability_findings").expect(200).json(), json!([]));
    project.ingest_report("main", &report(&["A"]));
    project.ingest_report("main", &report(&["B"]));
    project.ingest_report("dev", &report(&["C"]));
    project.ingest(project.upload("main").file("sast", "broken.json", b"{"));
    assert_eq!(column(&project.all("vulnerability_findings"), "name"), ["B"]);
}

#[test]
fn filters_and_order_of_findings() {
    let project = Project::start();
    let secrets = sample::report("secret_detection", "gitleaks", vec![sample::secret("S", "AWS", "a.env", 3)]).to_string();
    let upload = project.upload("dev").file("sast", "r.json", report(&["A", "B", "C"]).to_string().as_bytes()).file(
        "secret_detection",
        "s.json",
        secrets.as_bytes(),
    );
    let id = project.ingest(upload).pipeline.id;
    let names = |query: &str| column(&project.all(&format!("vulnerability_findings?pipeline_id={id}&{query}")), "name");
    assert_eq!(names(""), ["A", "C", "S", "B"], "worst first");
    assert_eq!(names("sort=asc"), ["B", "S", "C", "A"], "mildest first");
    assert_eq!(names("severity=critical,high"), ["A", "C"]);
    assert_eq!(names("report_type=secret_detection"), ["S"]);
    assert_eq!(names("scanner=semgrep").len(), 3);
    assert_eq!(names("state=detected").len(), 4);
    assert!(names("state=dismissed").is_empty());
    assert_eq!(names("scope=all").len(), 4);
    assert_eq!(names("search=a.env"), ["S"]);
}
