//! What must not disturb a known vulnerability: moved lines, new words, new ids, half a scan, a failed one.

use casemate_tests::{Project, sample};
use serde_json::{Value, json};

/// A report of 100 signed findings, each changed by `edit`.
fn report(edit: impl Fn(u64, &mut Value)) -> Value {
    let one = |number: u64| {
        let mut finding =
            sample::signed(sample::sast(&format!("F{number}"), "rule", "a.rs", number * 10), &format!("a.rs|f[{number}]:1"));
        finding["description"] = json!("As the rule says.");
        edit(number, &mut finding);
        finding
    };
    sample::report("sast", "semgrep", (1..=100).map(one).collect())
}

/// Ids by title, and whether any is no longer detected.
fn state(project: &Project) -> (Vec<(String, u64)>, u64) {
    let mut ids: Vec<(String, u64)> = project
        .vulnerabilities()
        .iter()
        .map(|row| (row["title"].as_str().unwrap().to_owned(), row["id"].as_u64().unwrap()))
        .collect();
    ids.sort();
    (ids, project.total("vulnerabilities?activity=no_longer_detected"))
}

#[track_caller]
fn assert_undisturbed(second: &Value) -> Project {
    let project = Project::start();
    project.ingest_report("main", &report(|_, _| {}));
    let before = state(&project);
    assert_eq!((before.0.len(), before.1), (100, 0));
    let made = project.ingest_report("main", second);
    assert_eq!((made.summary.new, made.summary.no_longer_detected), (Some(0), Some(0)), "{:?}", made.reports[0]);
    assert_eq!(state(&project), before);
    project
}

#[test]
fn lines_that_moved_with_the_same_signatures() {
    let project = assert_undisturbed(&report(|number, finding| {
        finding["location"]["start_line"] = json!(number * 10 + 3);
        finding["location"]["end_line"] = json!(number * 10 + 3);
    }));
    assert_eq!(project.vulnerability("F7")["location"]["start_line"], 73);
}

#[test]
fn descriptions_that_were_reworded() {
    let project = assert_undisturbed(&report(|_, finding| finding["description"] = json!("As the new rule says.")));
    assert_eq!(project.vulnerability("F7")["description"], "As the new rule says.");
    assert_eq!(project.total("vulnerabilities?search=%22new+rule%22"), 100);
}

#[test]
fn ids_that_changed() {
    assert_undisturbed(&report(|number, finding| finding["id"] = json!(format!("other {number}"))));
}

#[test]
fn severities_and_solutions_follow_the_report() {
    let project = assert_undisturbed(&report(|_, finding| {
        finding["severity"] = json!("Critical");
        finding["solution"] = json!("Do it so.");
    }));
    let one = project.vulnerability("F7");
    assert_eq!((&one["severity"], &one["solution"]), (&json!("critical"), &json!("Do it so.")));
    assert_eq!(project.total("vulnerabilities?severity=critical"), 100);
}

#[test]
fn half_of_the_findings_in_a_partial_scan() {
    let mut half = report(|_, _| {});
    half["vulnerabilities"].as_array_mut().unwrap().truncate(50);
    assert_undisturbed(&sample::partial(half.clone()));
    let project = Project::start();
    project.ingest_report("main", &report(|_, _| {}));
    let made = project.ingest_report("main", &half);
    assert_eq!(made.summary.no_longer_detected, Some(50), "a full scan closes the others");
}

#[test]
fn every_spelling_of_a_partial_scan_closes_nothing() {
    for spelling in ["scan.partial_scan.mode", "scan.partial_scan_mode", "partial_scan_mode", "unknown mode"] {
        let mut nothing = report(|_, _| {});
        nothing["version"] = json!("15.2.4");
        nothing["vulnerabilities"] = json!([]);
        match spelling {
            "scan.partial_scan.mode" => nothing["scan"]["partial_scan"] = json!({"mode": "differential"}),
            "scan.partial_scan_mode" => nothing["scan"]["partial_scan_mode"] = json!("differential"),
            "partial_scan_mode" => nothing["partial_scan_mode"] = json!("differential"),
            _ => nothing["scan"]["partial_scan_mode"] = json!("incremental"),
        }
        let project = Project::start();
        project.ingest_report("main", &report(|_, _| {}));
        let made = project.ingest_report("main", &nothing);
        assert_eq!(made.summary.no_longer_detected, Some(0), "{spelling}: {:?}", made.reports[0].errors);
        assert_eq!(project.scans(made.pipeline.id)[0]["mode"], "partial", "{spelling}");
        if spelling == "unknown mode" {
            assert!(!made.reports[0].warnings.is_empty());
        }
    }
}

#[test]
fn a_scanner_that_says_it_failed() {
    let mut failed = report(|_, _| {});
    failed["vulnerabilities"] = json!([]);
    failed["scan"]["status"] = json!("failure");
    let project = assert_undisturbed(&failed);
    let newest = project.all("pipelines")[0]["id"].as_u64().unwrap();
    assert_eq!(project.scans(newest)[0]["report_status"], "failure");
}
