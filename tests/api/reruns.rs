//! Several uploads into one pipeline: keys, repetitions, retries of jobs, pipelines that wait for more.

use casemate_shared::ScanStatus;
use casemate_shared::api::report::UploadAnswer;
use casemate_tests::{Project, Upload, sample};
use serde_json::json;

fn bytes(names: &[&str]) -> Vec<u8> {
    let findings = names.iter().map(|name| sample::sast(name, name, "a.rs", 1)).collect();
    sample::report("sast", "semgrep", findings).to_string().into_bytes()
}

fn upload(names: &[&str]) -> Upload {
    Upload::new("main", &sample::sha(1)).file("sast", "r.json", &bytes(names))
}

#[track_caller]
fn send(project: &Project, upload: Upload, status: u16) -> UploadAnswer {
    project.client.upload("acme/demo", "?wait=60", upload).expect(status).read()
}

#[test]
fn without_a_key_every_upload_is_a_pipeline_of_its_own() {
    let project = Project::start();
    let first = send(&project, upload(&["A"]), 201);
    let second = send(&project, upload(&["A"]), 201);
    assert_ne!(first.pipeline.id, second.pipeline.id);
    assert_eq!((project.total("pipelines"), project.total("vulnerabilities")), (2, 1));
}

#[test]
fn the_same_upload_under_the_same_key_is_200_and_writes_nothing() {
    let project = Project::start();
    let first = send(&project, upload(&["A"]).field("key", "run-7"), 201);
    let before = project.get("pipelines").text();
    let second = send(&project, upload(&["A"]).field("key", "run-7"), 200);
    assert_eq!(second, first);
    assert_eq!(project.get("pipelines").text(), before);
    assert_eq!(project.scans(first.pipeline.id).len(), 1);
    // By number it is the same pipeline too.
    let id = first.pipeline.id.to_string();
    assert_eq!(send(&project, upload(&["A"]).field("pipeline_id", &id), 200), first);
    // Another key, another pipeline.
    assert_ne!(send(&project, upload(&["A"]).field("key", "run-8"), 201).pipeline.id, first.pipeline.id);
}

#[test]
fn another_job_joins_the_pipeline_of_its_key() {
    let project = Project::start();
    let first = send(&project, upload(&["A"]).field("key", "run-7"), 201);
    let second = send(&project, upload(&["B"]).field("key", "run-7").field("name", "sast-b"), 201);
    assert_eq!(second.pipeline.id, first.pipeline.id);
    let scans = project.scans(first.pipeline.id);
    assert!(scans.len() == 2 && scans.iter().all(|scan| scan["latest"] == true), "{scans:?}");
    // The scanner reported A in this very pipeline: nothing is gone.
    assert_eq!(project.total("vulnerabilities?activity=still_detected"), 2);
    assert_eq!(project.total(&format!("vulnerability_findings?pipeline_id={}", first.pipeline.id)), 2);
}

#[test]
fn a_retried_job_replaces_what_it_reported_before() {
    let project = Project::start();
    let first = send(&project, upload(&["A", "B"]).field("key", "run-7"), 201);
    let retry = send(&project, upload(&["A", "C"]).field("key", "run-7"), 201);
    assert_eq!(retry.pipeline.id, first.pipeline.id);
    assert_ne!(retry.jobs[0].id, first.jobs[0].id);
    let scans = project.scans(first.pipeline.id);
    let latest: Vec<_> = scans.iter().map(|scan| (scan["job_id"].as_u64().unwrap(), scan["latest"].as_bool().unwrap())).collect();
    assert!(latest.contains(&(first.jobs[0].id, false)) && latest.contains(&(retry.jobs[0].id, true)), "{latest:?}");
    let created = |scan: &serde_json::Value| scan["created_at"].clone();
    assert_eq!(created(&scans[0]), created(&scans[1]), "a retry does not make the pipeline younger");
    let findings = project.all(&format!("vulnerability_findings?pipeline_id={}", first.pipeline.id));
    assert_eq!(crate::words::sorted(&findings, "name"), ["A", "C"]);
    let jobs = format!("pipelines/{}/jobs", first.pipeline.id);
    assert_eq!((project.total(&jobs), project.total(&format!("{jobs}?include_retried=true"))), (1, 2));
    assert_eq!(project.vulnerability("B")["resolved_on_default_branch"], true);
    assert_eq!(project.vulnerability("A")["resolved_on_default_branch"], false);
    // Both files can still be fetched.
    project.get(&format!("jobs/{}/artifacts/r.json", first.jobs[0].id)).expect(200);
    project.get(&format!("jobs/{}/artifacts/r.json", retry.jobs[0].id)).expect(200);
}

#[test]
fn a_pipeline_takes_only_its_own_commit_and_branch() {
    let project = Project::start();
    project.client.create_project("acme/other");
    let made = send(&project, upload(&["A"]).field("key", "run-7"), 201);
    let id = made.pipeline.id.to_string();
    let other_sha = Upload::new("main", &sample::sha(2)).file("sast", "r.json", &bytes(&["A"]));
    let other_branch = Upload::new("dev", &sample::sha(1)).file("sast", "r.json", &bytes(&["A"]));
    for wrong in
        [other_sha.clone().field("key", "run-7"), other_branch.clone().field("key", "run-7"), other_sha.field("pipeline_id", &id)]
    {
        let answer = project.client.upload("acme/demo", "", wrong).expect(400).json();
        let text = answer["message"].as_str().unwrap();
        assert!(text.contains("main") && text.contains(&sample::sha(1)), "{text}");
    }
    project.client.upload("acme/other", "", upload(&["A"]).field("pipeline_id", &id)).expect(404);
    project.client.upload("acme/demo", "", upload(&["A"]).field("pipeline_id", "999")).expect(404);
    project.client.upload("acme/demo", "", upload(&["A"]).field("pipeline_id", "x")).expect(400);
    project.client.upload("acme/demo", "", upload(&["A"]).field("key", &"k".repeat(256))).expect(400);
    assert_eq!(project.total("pipelines"), 1);
    // The key of one project means nothing in another.
    let elsewhere: UploadAnswer =
        project.client.upload("acme/other", "?wait=60", upload(&["A"]).field("key", "run-7")).expect(201).read();
    assert_ne!(elsewhere.pipeline.id, made.pipeline.id);
}

#[test]
fn an_incomplete_pipeline_waits_with_its_vulnerabilities() {
    let project = Project::start();
    let first = send(&project, upload(&["A"]).field("key", "run-7").field("complete", "false"), 201);
    assert_eq!((first.pipeline.status.as_str(), first.reports[0].status), ("running", ScanStatus::Succeeded));
    assert_eq!(project.total("vulnerabilities"), 0);
    assert_eq!(
        project.total(&format!("vulnerability_findings?pipeline_id={}", first.pipeline.id)),
        1,
        "findings are there at once"
    );
    let last = send(&project, upload(&["B"]).field("key", "run-7").field("name", "sast-b"), 201);
    assert_eq!((last.pipeline.id, last.pipeline.status.as_str()), (first.pipeline.id, "success"));
    assert_eq!(project.total("vulnerabilities?activity=still_detected"), 2);
}

#[test]
fn the_status_of_a_failed_job_is_kept_and_its_report_is_not_taken() {
    let project = Project::start();
    send(&project, upload(&["A", "B"]), 201);
    let failed = send(&project, upload(&["A"]).field("status", "failed"), 201);
    assert_eq!((failed.reports[0].status, failed.reports[0].findings), (ScanStatus::JobFailed, 0));
    assert_eq!((failed.pipeline.status.as_str(), failed.jobs[0].status.as_str()), ("failed", "failed"));
    assert_eq!(project.vulnerability("B")["resolved_on_default_branch"], false, "a failed job proves nothing");
    project.get(&format!("jobs/{}/artifacts/r.json", failed.jobs[0].id)).expect(200);
    let allowed = send(&project, upload(&["A"]).field("status", "failed").field("allow_failure", "true"), 201);
    assert_eq!((allowed.pipeline.status.as_str(), allowed.jobs[0].allow_failure), ("success", true));
    let canceled = send(&project, upload(&["A"]).field("status", "canceled"), 201);
    assert_eq!(canceled.pipeline.status, "canceled");
    let answer = project.client.upload("acme/demo", "", upload(&["A"]).field("status", "skipped")).expect(400).json();
    assert_eq!(answer, json!({"error": "status does not have a valid value"}));
}

#[test]
fn a_retry_that_succeeds_makes_up_for_the_failure() {
    let project = Project::start();
    send(&project, upload(&["A"]).field("key", "k").field("status", "failed"), 201);
    assert_eq!(project.total("vulnerabilities"), 0);
    let retry = send(&project, upload(&["A"]).field("key", "k"), 201);
    assert_eq!((retry.pipeline.status.as_str(), retry.reports[0].status), ("success", ScanStatus::Succeeded));
    assert_eq!(project.total("vulnerabilities"), 1);
}

#[test]
fn a_retry_in_an_older_pipeline_closes_nothing_of_a_newer_one() {
    let project = Project::start();
    send(&project, upload(&["A", "B"]).field("key", "old"), 201);
    let newer = Upload::new("main", &sample::sha(2)).file("sast", "r.json", &bytes(&["A", "B", "C"]));
    send(&project, newer, 201);
    let retry = send(&project, upload(&["A", "D"]).field("key", "old"), 201);
    assert_eq!(retry.summary.no_longer_detected, Some(0));
    assert_eq!(project.total("vulnerabilities?activity=still_detected"), 4);
    // What it adds is closed by the next full scan.
    let last = Upload::new("main", &sample::sha(3)).file("sast", "r.json", &bytes(&["A", "B", "C"]));
    assert_eq!(send(&project, last, 201).summary.no_longer_detected, Some(1));
    assert_eq!(project.vulnerability("D")["resolved_on_default_branch"], true);
}
