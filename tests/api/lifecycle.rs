//! The life of a vulnerability over several pipelines (ingestion design, section 11.2).

use casemate_shared::ScanStatus;
use casemate_tests::{Project, sample};
use serde_json::{Value, json};

fn report(names: &[&str]) -> Value {
    sample::report("sast", "semgrep", names.iter().map(|name| sample::sast(name, name, "a.rs", 1)).collect())
}

#[track_caller]
fn is_gone(project: &Project, title: &str) -> bool {
    let row = project.vulnerability(title);
    assert_eq!(row["state"], "detected", "no scan changes a state");
    row["resolved_on_default_branch"].as_bool().unwrap()
}

#[test]
fn what_vanishes_is_no_longer_detected_and_comes_back_as_the_same() {
    let project = Project::start();
    project.ingest_report("main", &report(&["A", "B"]));
    let before = project.vulnerability("B");
    let second = project.ingest_report("main", &report(&["A"]));
    assert_eq!(second.summary.no_longer_detected, Some(1));
    assert!(is_gone(&project, "B") && !is_gone(&project, "A"));
    let gone = project.vulnerability("B");
    assert_eq!(gone["resolved_in_commit_sha"], second.pipeline.sha);
    assert_eq!(gone["latest_pipeline_id"], before["latest_pipeline_id"]);
    assert_eq!(project.vulnerability("A")["latest_pipeline_id"], second.pipeline.id);
    let third = project.ingest_report("main", &report(&["A", "B"]));
    assert_eq!((third.summary.redetected, third.summary.new), (Some(1), Some(0)));
    assert!(!is_gone(&project, "B"));
    let after = project.vulnerability("B");
    for field in ["id", "uuid", "detected_at", "created_at", "initial_pipeline_id"] {
        assert_eq!(after[field], before[field], "{field}");
    }
    let full = project.client.get(&format!("/api/v4/vulnerabilities/{}", after["id"])).expect(200).json();
    let decisions = crate::words::column(full["reasons"].as_array().unwrap(), "decision");
    assert_eq!(decisions, ["new", "no_longer_detected", "detected_again", "still_detected"]);
    assert!(full["resolved_in_commit_sha"].is_null(), "{}", full["resolved_in_commit_sha"]);
}

#[test]
fn the_newest_pipeline_that_reported_it_is_known_although_nothing_else_changed() {
    let project = Project::start();
    let first = project.ingest_report("main", &report(&["A", "B"])).pipeline;
    let second = project.ingest_report("main", &report(&["A", "B"])).pipeline;
    let b = project.vulnerability("B");
    assert_eq!((&b["initial_pipeline_id"], &b["latest_pipeline_id"]), (&json!(first.id), &json!(second.id)));
    assert_eq!(b["latest_commit_sha"], second.sha);
    project.ingest_report("main", &sample::partial(report(&["A"])));
    assert_eq!(project.vulnerability("B")["resolved_on_default_branch"], false);
    project.ingest_report("main", &report(&["A", "B"]));
    let fifth = project.ingest_report("main", &report(&["A"])).pipeline;
    let gone = project.vulnerability("B");
    assert_eq!((&gone["resolved_in_commit_sha"], &gone["latest_pipeline_id"]), (&json!(fifth.sha), &json!(fifth.id - 1)));
}

#[test]
fn a_pipeline_without_the_scanner_says_nothing_and_an_empty_report_says_all() {
    let project = Project::start();
    project.ingest_report("main", &report(&["A", "B"]));
    project.ingest_report("main", &sample::report("sast", "gosec", vec![sample::sast("G", "g", "b.go", 1)]));
    let secrets = sample::report("secret_detection", "gitleaks", Vec::new());
    project.ingest_report("main", &secrets);
    assert!(!is_gone(&project, "A") && !is_gone(&project, "B") && !is_gone(&project, "G"));
    let empty = project.ingest_report("main", &report(&[]));
    assert_eq!(empty.summary.no_longer_detected, Some(2));
    assert!(is_gone(&project, "A") && is_gone(&project, "B") && !is_gone(&project, "G"));
}

#[test]
fn a_scanner_clears_only_its_own_report_type() {
    let project = Project::start();
    let container = sample::container("C", &["cve:CVE-1"], "i:latest", "p");
    project.ingest_report("main", &sample::report("container_scanning", "trivy", vec![container]));
    let dependency = sample::dependency("D", &["cve:CVE-1"], "lock", "p");
    project.ingest_report("main", &sample::report("dependency_scanning", "trivy", vec![dependency]));
    project.ingest_report("main", &sample::report("dependency_scanning", "trivy", Vec::new()));
    assert!(!is_gone(&project, "C") && is_gone(&project, "D"));
}

#[test]
fn a_report_with_errors_changes_nothing_and_shows_them() {
    let project = Project::start();
    project.ingest_report("main", &report(&["A", "B"]));
    let before = project.get("vulnerabilities").text();
    let mut broken = report(&["A"]);
    broken["vulnerabilities"][0]["severity"] = json!("Awful");
    let made = project.ingest_report("main", &broken);
    assert_eq!((made.reports[0].status, made.pipeline.scans_with_errors), (ScanStatus::ReportError, 1));
    assert_eq!(project.get("vulnerabilities").text(), before);
    let scan = project.scans(made.pipeline.id).remove(0);
    assert_eq!((&scan["status"], &scan["errors"][0]["place"]), (&json!("report_error"), &json!("/vulnerabilities/0/severity")));
    assert!(scan["errors"][0]["message"].as_str().unwrap().contains("Awful"), "{}", scan["errors"]);
}

#[test]
fn a_secret_stays_detected_until_somebody_acts() {
    let project = Project::start();
    project.ingest_report("main", &sample::report("secret_detection", "gitleaks", vec![sample::secret("S", "AWS", "a.env", 3)]));
    let made = project.ingest_report("main", &sample::report("secret_detection", "gitleaks", Vec::new()));
    assert_eq!(made.summary.no_longer_detected, Some(0));
    assert!(!is_gone(&project, "S"));
    let id = project.vulnerability("S")["id"].clone();
    let full = project.client.get(&format!("/api/v4/vulnerabilities/{id}")).expect(200).json();
    let last = full["reasons"].as_array().unwrap().last().unwrap()["text"].as_str().unwrap().to_owned();
    assert!(last.contains("does not report it"), "{last}");
    assert_eq!(full["latest_pipeline_id"], made.pipeline.id - 1);
}

#[test]
fn a_moved_line_with_the_same_signature_is_the_same_vulnerability() {
    let project = Project::start();
    project.ingest_report(
        "main",
        &sample::report("sast", "semgrep", vec![sample::signed(sample::sast("A", "r", "a.rs", 10), "a.rs|f[0]:3")]),
    );
    let before = project.vulnerability("A");
    // The signature gets a better one beside it, so the computed uuid is another.
    let mut moved = sample::signed(sample::sast("A", "r", "a.rs", 14), "a.rs|f[0]:3");
    let better = json!({"algorithm": "scope_offset_compressed", "value": "a.rs|f[0]:2"});
    moved["tracking"]["items"][0]["signatures"].as_array_mut().unwrap().push(better);
    let made = project.ingest_report("main", &sample::report("sast", "semgrep", vec![moved]));
    assert_eq!((made.summary.new, made.summary.known, made.summary.no_longer_detected), (Some(0), Some(1), Some(0)));
    let after = project.vulnerability("A");
    assert_eq!((&after["id"], &after["uuid"]), (&before["id"], &before["uuid"]));
    assert_eq!(after["location"]["start_line"], 14);
}

#[test]
fn a_project_that_begins_to_send_signatures_keeps_its_vulnerabilities() {
    let project = Project::start();
    project.ingest_report("main", &report(&["A"]));
    let before = project.vulnerability("A");
    let signed = sample::signed(sample::sast("A", "A", "a.rs", 1), "a.rs|f[0]:3");
    let made = project.ingest_report("main", &sample::report("sast", "semgrep", vec![signed]));
    assert_eq!((made.summary.new, made.summary.no_longer_detected), (Some(0), Some(0)));
    assert_eq!(project.vulnerability("A")["id"], before["id"]);
}

#[test]
fn of_two_findings_with_one_signature_the_first_takes_it_over() {
    let project = Project::start();
    let at = |name: &str, line: u64, second: &str| {
        let mut finding = sample::signed(sample::sast(name, "r", "a.rs", line), "a.rs|f[0]:3");
        let better = json!({"algorithm": "scope_offset_compressed", "value": second});
        finding["tracking"]["items"][0]["signatures"].as_array_mut().unwrap().push(better);
        finding
    };
    project.ingest_report(
        "main",
        &sample::report("sast", "semgrep", vec![sample::signed(sample::sast("A", "r", "a.rs", 10), "a.rs|f[0]:3")]),
    );
    let id = project.vulnerability("A")["id"].clone();
    // Both carry the known signature; told apart by nothing else they would be duplicates of each other.
    let made =
        project.ingest_report("main", &sample::report("sast", "semgrep", vec![at("first", 20, "one"), at("second", 30, "two")]));
    assert_eq!(made.summary.accepted + made.summary.duplicate, 2);
    assert_eq!(project.vulnerability("first")["id"], id);
    assert_eq!(project.total("vulnerabilities?activity=still_detected"), made.summary.accepted);
}

#[test]
fn versions_are_taken_warned_about_or_refused() {
    let project = Project::start();
    for (version, status, said) in [
        (Some("15.0.7"), ScanStatus::Succeeded, ""),
        (Some("15.2.4"), ScanStatus::Succeeded, ""),
        (Some("15.0.3"), ScanStatus::Succeeded, "15.0"),
        (Some("15.2.99"), ScanStatus::Succeeded, "15.2"),
        (Some("14.1.2"), ScanStatus::Succeeded, "deprecated"),
        (Some("16.0.0"), ScanStatus::ReportError, "16.0.0"),
        (Some("13.0.0"), ScanStatus::ReportError, "13.0.0"),
        (None, ScanStatus::ReportError, "version"),
    ] {
        let mut content = report(&["A"]);
        content["vulnerabilities"][0]["category"] = json!("sast");
        content["vulnerabilities"][0]["cve"] = json!("");
        content["vulnerabilities"][0]["scanner"] = json!({"id": "semgrep", "name": "Semgrep"});
        content["version"] = version.map_or(Value::Null, Value::from);
        if version.is_none() {
            content.as_object_mut().unwrap().remove("version");
        }
        let made = project.ingest_report("dev", &content).reports.remove(0);
        assert_eq!(made.status, status, "{version:?}: {:?}", made.errors);
        let messages = if status == ScanStatus::Succeeded { &made.warnings } else { &made.errors };
        assert_eq!(messages.is_empty(), said.is_empty(), "{version:?}: {messages:?}");
        assert!(said.is_empty() || messages.iter().any(|message| message.message.contains(said)), "{version:?}: {messages:?}");
        assert_eq!(made.findings, u64::from(status == ScanStatus::Succeeded));
    }
}

#[test]
fn pipelines_that_were_queued_out_of_order_close_nothing() {
    let project = Project::start();
    // The first pipeline waits for a job; a newer one is ingested meanwhile.
    let wait = project.upload("main").field("key", "slow").field("complete", "false").file(
        "sast",
        "r",
        report(&["A"]).to_string().as_bytes(),
    );
    let older = project.ingest(wait);
    project.ingest_report("main", &report(&["A", "B"]));
    let last = casemate_tests::Upload::new("main", &older.pipeline.sha).field("key", "slow").field("name", "more");
    let gosec = sample::report("sast", "gosec", Vec::new());
    project.ingest(last.file("sast", "g", gosec.to_string().as_bytes()));
    assert!(!is_gone(&project, "B"), "an older pipeline knows nothing about what came later");
}
