//! Pipelines, jobs and scans as they are read.

use crate::words::{ids_that_are_no_numbers, is_time, times_that_are_none};
use casemate_tests::{Project, sample};
use serde_json::{Value, json};

fn one_report(name: &str) -> Value {
    sample::report("sast", "semgrep", vec![sample::sast(name, "a", "a.rs", 1)])
}

#[test]
fn pipeline_job_and_scan_have_the_fields_that_clients_read() {
    let project = Project::start();
    let upload = project
        .upload("main")
        .field("stage", "security")
        .field("commit_message", "Fix the ledger\n\nAll of it.")
        .field("author_name", "Ada")
        .field("author_email", "ada@example.org")
        .field("started_at", "2026-01-02T03:04:05Z")
        .field("finished_at", "2026-01-02T04:04:05.5+01:00")
        .file("sast", "r.json", one_report("A").to_string().as_bytes());
    let made = project.ingest(upload);
    let pipeline = project.get(&format!("pipelines/{}", made.pipeline.id)).expect(200).json();
    for (field, value) in [
        ("project_id", json!(project.id)),
        ("iid", json!(1)),
        ("sha", json!(sample::sha(1))),
        ("ref", json!("main")),
        ("tag", json!(false)),
        ("status", json!("success")),
        ("source", json!("external")),
        ("ingestion", json!("done")),
        ("on_default_branch", json!(true)),
        ("findings", json!(1)),
        ("scans_with_errors", json!(0)),
    ] {
        assert_eq!(pipeline[field], value, "{field}");
    }
    let job = project.get(&format!("jobs/{}", made.jobs[0].id)).expect(200).json();
    for (field, value) in [
        ("name", json!("sast")),
        ("stage", json!("security")),
        ("status", json!("success")),
        ("allow_failure", json!(false)),
        ("started_at", json!("2026-01-02T03:04:05.000Z")),
        ("finished_at", json!("2026-01-02T03:04:05.500Z")),
    ] {
        assert_eq!(job[field], value, "{field}");
    }
    assert_eq!(job["pipeline"]["id"], pipeline["id"]);
    assert!(is_time(&job["commit"]["created_at"]));
    let told = json!({"id": sample::sha(1), "short_id": "00000000", "title": "Fix the ledger", "author_name": "Ada", "author_email": "ada@example.org"});
    for (field, value) in told.as_object().unwrap() {
        assert_eq!(job["commit"][field], *value, "{field}");
    }
    let scan = project.scans(made.pipeline.id).remove(0);
    for (field, value) in [
        ("status", json!("succeeded")),
        ("latest", json!(true)),
        ("mode", json!("full")),
        ("schema_version", json!("15.0.7")),
        ("report_status", json!("success")),
        ("start_time", json!("2026-01-02T03:04:05")),
        ("job_name", json!("sast")),
        ("errors", json!([])),
        ("warnings", json!([])),
    ] {
        assert_eq!(scan[field], value, "{field}");
    }
    assert_eq!((&scan["scanner"]["external_id"], &scan["scanner"]["vendor"]), (&json!("semgrep"), &json!("Acme")));
    for value in [&pipeline, &job, &scan, &project.get(&format!("pipelines/{}/jobs", made.pipeline.id)).json()] {
        assert_eq!((ids_that_are_no_numbers(value), times_that_are_none(value)), (vec![], vec![]), "{value}");
    }
    assert!(is_time(&pipeline["created_at"]) && is_time(&scan["created_at"]));
}

#[test]
fn authors_are_texts_also_when_nobody_told_them() {
    let project = Project::start();
    let made = project.ingest_report("main", &one_report("A"));
    let job = project.get(&format!("jobs/{}", made.jobs[0].id)).expect(200).json();
    assert!(job["commit"]["author_name"].is_string() && job["commit"]["author_email"].is_string(), "{job}");
}

#[test]
fn the_list_filters_and_the_latest_is_the_branch_s() {
    let project = Project::start();
    let ids: Vec<u64> =
        ["main", "dev", "main", "dev"].iter().map(|branch| project.ingest_report(branch, &one_report("A")).pipeline.id).collect();
    let found = |query: &str| -> Vec<u64> {
        let rows = project.all(&format!("pipelines?{query}"));
        rows.iter().map(|row| row["id"].as_u64().unwrap()).collect()
    };
    assert_eq!(found(""), [ids[3], ids[2], ids[1], ids[0]]);
    assert_eq!(found("sort=asc&ref=dev"), [ids[1], ids[3]]);
    assert_eq!(found(&format!("sha={}", sample::sha(3))), [ids[2]]);
    assert_eq!(found("status=failed"), [0; 0]);
    assert_eq!(found("status=success&source=external").len(), 4);
    let latest = |query: &str| project.get(&format!("pipelines/latest{query}")).expect(200).json()["id"].as_u64().unwrap();
    assert_eq!((latest(""), latest("?ref=main"), latest("?ref=dev")), (ids[2], ids[2], ids[3]));
    for rest in ["bridges", "variables"] {
        assert_eq!(project.get(&format!("pipelines/{}/{rest}", ids[0])).expect(200).json(), json!([]));
    }
}

#[test]
fn numbers_within_a_project_count_from_one_in_each() {
    let project = Project::start();
    project.client.create_project("acme/other");
    let other = |number: u64| {
        let upload = casemate_tests::Upload::new("main", &sample::sha(number));
        project.client.ingest("acme/other", upload.file("sast", "r.json", one_report("A").to_string().as_bytes()))
    };
    let numbers =
        [project.ingest_report("main", &one_report("A")), other(1), project.ingest_report("main", &one_report("A")), other(2)];
    let both: Vec<(u64, u64)> = numbers.iter().map(|made| (made.pipeline.id, made.pipeline.iid)).collect();
    assert_eq!(both, [(1, 1), (2, 1), (3, 2), (4, 2)]);
    // Nothing of one project is seen in the other.
    assert_eq!(project.total("vulnerabilities"), 1);
    assert_eq!(project.vulnerabilities()[0]["project"]["path_with_namespace"], "acme/demo");
}
