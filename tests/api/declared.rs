//! Entry style C: pipelines that are declared first and wait for their jobs; what may be done with one.

use casemate_shared::api::report::UploadAnswer;
use casemate_tests::{Answer, Project, Settings, Upload, patience, program, sample};
use serde_json::{Value, json};
use ureq::http::Method;

fn declare(project: &Project, more: &Value) -> Answer {
    let mut body = json!({"ref": "main", "sha": sample::sha(1)});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    project.client.post(&project.path("pipeline"), &body)
}

fn report(scanner: &str, names: &[&str]) -> Vec<u8> {
    let findings = names.iter().map(|name| sample::sast(name, name, "a.rs", 1)).collect();
    sample::report("sast", scanner, findings).to_string().into_bytes()
}

fn upload(pipeline: &Value, job: &str, scanner: &str, names: &[&str]) -> Upload {
    Upload::new("main", &sample::sha(1)).field("pipeline_id", &pipeline.to_string()).field("name", job).file(
        "sast",
        "r.json",
        &report(scanner, names),
    )
}

#[track_caller]
fn send(project: &Project, upload: Upload) -> UploadAnswer {
    project.client.upload("acme/demo", "?wait=60", upload).expect(201).read()
}

#[track_caller]
fn act(project: &Project, pipeline: &Value, what: &str) -> Value {
    project.client.post(&project.path(&format!("pipelines/{pipeline}/{what}?wait=60")), &json!({})).expect(201).json()
}

fn shown(project: &Project, pipeline: &Value) -> Value {
    project.get(&format!("pipelines/{pipeline}")).expect(200).json()
}

#[test]
fn a_declared_pipeline_is_complete_when_every_expected_job_has_come() {
    let project = Project::start();
    let made = declare(
        &project,
        &json!({"expected_jobs": ["sast-a", "sast-b"], "name": "nightly", "key": "run-1", "source": "schedule"}),
    );
    let made = made.expect(201).json();
    for (field, value) in [
        ("status", json!("running")),
        ("complete", json!(false)),
        ("expected_jobs", json!(["sast-a", "sast-b"])),
        ("missing_jobs", json!([])),
        ("name", json!("nightly")),
        ("source", json!("schedule")),
        ("finished_at", json!(null)),
        ("ending", json!(null)),
    ] {
        assert_eq!(made[field], value, "{field}");
    }
    assert!(crate::words::is_time(&made["waits_until"]));
    assert_eq!(made["user"]["username"], "root");
    let id = &made["id"];
    let first = send(&project, upload(id, "sast-a", "semgrep", &["A"]).field("complete", "false"));
    assert_eq!((first.pipeline.status.as_str(), project.total("vulnerabilities")), ("running", 0));
    // Saying nothing about what follows leaves it to the announced jobs.
    let again = send(&project, upload(id, "sast-x", "other", &["X"]));
    assert!(!again.pipeline.complete);
    let last = send(&project, upload(id, "sast-b", "bandit", &["B"]).field("complete", "false"));
    assert_eq!((last.pipeline.status.as_str(), project.total("vulnerabilities")), ("success", 3));
    assert!(crate::words::is_time(&shown(&project, id)["finished_at"]));
    assert_eq!(project.total("pipelines"), 1);
}

#[test]
fn declaring_is_idempotent_by_key() {
    let project = Project::start();
    let body = json!({"key": "run-1", "expected_jobs": "sast,dast"});
    // Each answer has a token of its own for the jobs, nothing else differs.
    let without_token = |mut answer: Value| {
        let token = answer.as_object_mut().unwrap().remove("job_token");
        assert!(token.is_some_and(|token| token.is_string()));
        answer
    };
    let first = without_token(declare(&project, &body).expect(201).json());
    assert_eq!(without_token(declare(&project, &body).expect(200).json()), first);
    assert_eq!(without_token(declare(&project, &json!({"key": "run-1"})).expect(200).json()), first);
    let refused = declare(&project, &json!({"key": "run-1", "expected_jobs": ["other"]})).expect(409).text();
    assert!(refused.contains("sast, dast"), "{refused}");
    declare(&project, &json!({"key": "run-1", "ref": "dev"})).expect(400);
    assert_ne!(declare(&project, &json!({})).expect(201).json()["id"], first["id"], "without a key each is its own");
    assert_eq!(project.total("pipelines"), 2);
}

#[test]
fn a_job_that_is_faster_than_the_declaration_is_not_lost() {
    let project = Project::start();
    let early = Upload::new("main", &sample::sha(1)).field("key", "k").field("name", "a").field("complete", "false");
    let early = send(&project, early.file("sast", "r.json", &report("semgrep", &["A"])));
    let made = declare(&project, &json!({"key": "k", "expected_jobs": ["a", "b"]})).expect(200).json();
    assert_eq!((&made["id"], &made["complete"]), (&json!(early.pipeline.id), &json!(false)));
    let last = send(&project, upload(&made["id"], "b", "bandit", &["B"]));
    assert!(last.pipeline.complete);
    assert_eq!(project.total("vulnerabilities"), 2);
}

#[test]
fn a_declared_pipeline_without_names_waits_for_the_word() {
    let project = Project::start();
    let made = declare(&project, &json!({})).expect(201).json();
    send(&project, upload(&made["id"], "a", "semgrep", &["A"]).field("complete", "false"));
    assert_eq!(project.total("vulnerabilities"), 0);
    let done = act(&project, &made["id"], "complete");
    assert_eq!((&done["status"], &done["ingestion"], &done["ending"]), (&json!("success"), &json!("done"), &json!(null)));
    assert_eq!(project.total("vulnerabilities"), 1);
    assert_eq!(act(&project, &made["id"], "complete"), done, "a second word changes nothing");
    let finished = declare(&project, &json!({"finished": true})).expect(201).json();
    assert_eq!((&finished["status"], &finished["complete"]), (&json!("success"), &json!(true)));
}

#[test]
fn the_same_upload_may_say_later_that_nothing_follows() {
    let project = Project::start();
    let upload = || Upload::new("main", &sample::sha(1)).field("key", "k").file("sast", "r.json", &report("semgrep", &["A"]));
    let first = send(&project, upload().field("complete", "false"));
    assert_eq!((first.pipeline.complete, project.total("vulnerabilities")), (false, 0));
    let said: UploadAnswer = project.client.upload("acme/demo", "?wait=60", upload()).expect(200).read();
    assert_eq!((said.jobs[0].id, said.pipeline.complete), (first.jobs[0].id, true), "no other job is made");
    assert_eq!(project.total("vulnerabilities"), 1);
    // Late copies of the first say nothing new.
    let late: UploadAnswer = project.client.upload("acme/demo", "", upload().field("complete", "false")).expect(200).read();
    assert!(late.pipeline.complete);
    assert_eq!(project.total(&format!("pipelines/{}/jobs?include_retried=true", first.pipeline.id)), 1);
}

#[test]
fn a_pipeline_that_waits_too_long_fails_and_closes_nothing_of_the_missing() {
    let project = Project::with(Settings::default().env("CASEMATE_PIPELINE_TIMEOUT_S", "1"));
    let both = |sha: u64| {
        let upload = Upload::new("main", &sample::sha(sha)).field("key", &sha.to_string());
        send(&project, upload.clone().field("name", "sast-a").file("sast", "r.json", &report("semgrep", &["A"])));
        send(&project, upload.clone().field("name", "sast-b").file("sast", "r.json", &report("semgrep", &["B"])));
        send(&project, upload.field("name", "lint").file("sast", "r.json", &report("eslint", &["L", "M"])));
    };
    both(7);
    assert_eq!(project.total("vulnerabilities?activity=still_detected"), 4);
    let made = declare(&project, &json!({"expected_jobs": ["sast-a", "sast-b", "lint"]})).expect(201).json();
    send(&project, upload(&made["id"], "sast-a", "semgrep", &["A"]));
    send(&project, upload(&made["id"], "lint", "eslint", &["L"]));
    let failed = patience::until("the end of the waiting", patience::LATER, || {
        Some(shown(&project, &made["id"])).filter(|pipeline| pipeline["ingestion"] == "done")
    });
    assert_eq!((&failed["status"], &failed["missing_jobs"]), (&json!("failed"), &json!(["sast-b"])));
    let told = failed["ending"].as_str().unwrap();
    assert!(told.contains("waited too long") && told.contains("sast-b"), "{told}");
    assert_eq!(project.vulnerability("B")["resolved_on_default_branch"], false, "sast-b ran semgrep and did not come");
    assert_eq!(project.vulnerability("M")["resolved_on_default_branch"], true, "lint came and ran another scanner");
    // It comes in the end.
    let late = send(&project, upload(&made["id"], "sast-b", "semgrep", &[]));
    assert_eq!((late.pipeline.status.as_str(), late.pipeline.ending), ("success", None));
}

#[test]
fn a_job_under_way_when_time_is_over_has_failed() {
    let project = Project::with(Settings::default().env("CASEMATE_PIPELINE_TIMEOUT_S", "1"));
    let path = project.path(&format!("statuses/{}", sample::sha(1)));
    let job = project.client.post(&path, &json!({"state": "running", "ref": "main"})).expect(201).json();
    let file = Upload::default().file("file", "r.json", &report("semgrep", &["A"])).into_body();
    let to = format!("/api/v4/jobs/{}/artifacts?artifact_type=sast", job["id"]);
    project.client.send(Method::POST, &to, &Upload::content_type(), &file).expect(201);
    let ended = patience::until("the end of the waiting", patience::LATER, || {
        Some(shown(&project, &job["pipeline_id"])).filter(|pipeline| pipeline["ingestion"] == "done")
    });
    assert_eq!(ended["status"], "failed");
    let job = project.get(&format!("jobs/{}", job["id"])).expect(200).json();
    assert_eq!((&job["status"], &job["failure_reason"]), (&json!("failed"), &json!("stuck_or_timeout_failure")));
    assert_eq!(project.scans(ended["id"].as_u64().unwrap())[0]["status"], "job_failed");
}

#[test]
fn cancel_stops_waiting_and_what_came_is_ingested() {
    let mut project = Project::start();
    let made = declare(&project, &json!({"expected_jobs": ["a", "b"]})).expect(201).json();
    send(&project, upload(&made["id"], "a", "semgrep", &["A"]));
    act(&project, &made["id"], "cancel");
    project.settle();
    let canceled = shown(&project, &made["id"]);
    assert_eq!((&canceled["status"], &canceled["missing_jobs"]), (&json!("canceled"), &json!(["b"])));
    assert_eq!(project.total("vulnerabilities"), 1);
    let before = shown(&project, &made["id"]);
    act(&project, &made["id"], "cancel");
    assert_eq!(shown(&project, &made["id"]), before, "one that is complete stays as it is");
    let late = send(&project, upload(&made["id"], "b", "bandit", &["B"]).field("complete", "false"));
    assert_eq!((late.pipeline.status.as_str(), project.total("vulnerabilities")), ("canceled", 2));
    assert!(project.server.stop().success());
    program::assert_clean(&project.server.data_dir());
}

#[test]
fn completing_early_says_what_is_missing() {
    let project = Project::start();
    let made = declare(&project, &json!({"expected_jobs": ["a", "b"]})).expect(201).json();
    let first = send(&project, upload(&made["id"], "a", "semgrep", &["A"]).field("complete", "true"));
    assert_eq!((first.pipeline.status.as_str(), &first.pipeline.missing_jobs), ("failed", &vec!["b".to_owned()]));
    assert!(first.pipeline.ending.unwrap().contains("completed early"));
    assert_eq!(project.total("vulnerabilities"), 1);
}

#[test]
fn a_retry_reads_broken_reports_again_and_counts_nothing_twice() {
    let project = Project::start();
    let upload =
        Upload::new("main", &sample::sha(1)).file("sast", "a.json", &report("semgrep", &["A"])).file("dast", "b.json", b"{");
    let made = send(&project, upload);
    let id = json!(made.pipeline.id);
    let scans = || {
        let mut scans = project.scans(made.pipeline.id);
        scans.iter_mut().for_each(|scan| drop(scan.as_object_mut().unwrap().remove("coverage")));
        scans
    };
    let before = scans();
    let again = act(&project, &id, "retry");
    assert_eq!((&again["ingestion"], &again["scans_with_errors"]), (&json!("done"), &json!(1)));
    assert_eq!(scans(), before);
    assert_eq!(project.total("vulnerabilities"), 1);
    let waiting = declare(&project, &json!({})).expect(201).json();
    project.client.post(&project.path(&format!("pipelines/{}/retry", waiting["id"])), &json!({})).expect(409);
    let strict = project.path(&format!("pipelines/{id}/retry?strict=true"));
    assert_eq!(project.client.post(&strict, &json!({})).expect(422).json()["message"], "1 of 2 reports have errors");
}

#[test]
fn a_pipeline_may_get_another_name() {
    let project = Project::start();
    let made = declare(&project, &json!({"finished": true})).expect(201).json();
    let path = project.path(&format!("pipelines/{}/metadata", made["id"]));
    let put = |body: Value| project.client.send(Method::PUT, &path, "application/json", body.to_string().as_bytes());
    assert_eq!(put(json!({"name": " weekly\u{7} "})).expect(200).json()["name"], "weekly");
    assert_eq!(put(json!({"name": ""})).expect(200).json()["name"], json!(null));
    put(json!({})).expect(400);
}

#[test]
fn what_does_not_fit_declares_nothing() {
    let project = Project::start();
    let refused = |more: Value, code: u16| declare(&project, &more).expect(code).text();
    assert!(refused(json!({"sha": null}), 400).contains("sha is missing"));
    assert!(refused(json!({"sha": "main"}), 400).contains("sha does not have a valid value"));
    assert!(refused(json!({"ref": "refs/x"}), 400).contains("ref does not have a valid value"));
    assert!(refused(json!({"source": "Push!"}), 400).contains("source"));
    assert!(refused(json!({"expected_jobs": ["a\nb"]}), 400).contains("expected_jobs"));
    assert!(refused(json!({"expected_jobs": {"a": 1}}), 400).contains("expected_jobs"));
    assert!(refused(json!({"expected_jobs": ["a"], "finished": true}), 400).contains("finished"));
    let many: Vec<String> = (0..201).map(|number| format!("job {number}")).collect();
    assert!(refused(json!({"expected_jobs": many}), 413).contains("expected_jobs"));
    project.client.post("/api/v4/projects/99/pipeline", &json!({"ref": "main", "sha": sample::sha(1)})).expect(404);
    assert_eq!(project.total("pipelines"), 0);
    let other = project.client.create_project("acme/other");
    let made = declare(&project, &json!({})).expect(201).json();
    for what in ["complete", "cancel", "retry"] {
        project.client.post(&format!("/api/v4/projects/{other}/pipelines/{}/{what}", made["id"]), &json!({})).expect(404);
        project.client.post(&project.path(&format!("pipelines/99/{what}")), &json!({})).expect(404);
    }
    assert_eq!(shown(&project, &made["id"])["complete"], false);
}

#[test]
fn a_deleted_pipeline_is_gone_and_its_vulnerabilities_stay() {
    let mut project = Project::start();
    let upload = || Upload::new("main", &sample::sha(1)).field("key", "k").file("sast", "r.json", &report("semgrep", &["A"]));
    let made = send(&project, upload());
    let waiting = declare(&project, &json!({"key": "w"})).expect(201).json();
    let path = |id: &Value| project.path(&format!("pipelines/{id}"));
    project.client.delete(&path(&json!(99))).expect(404);
    for id in [&json!(made.pipeline.id), &waiting["id"]] {
        project.client.delete(&path(id)).expect(204);
        project.client.delete(&path(id)).expect(404);
        project.client.get(&path(id)).expect(404);
    }
    let job = made.jobs[0].id;
    for rest in [
        format!("jobs/{job}"),
        format!("jobs/{job}/artifacts/sast"),
        format!("vulnerability_findings?pipeline_id={}", made.pipeline.id),
    ] {
        project.get(&rest).expect(404);
    }
    assert_eq!((project.total("pipelines"), project.total("jobs"), project.total("vulnerabilities")), (0, 0, 1));
    project.get("pipelines/latest").expect(404);
    project.get("vulnerabilities?search=A").expect(200);
    let vulnerability = project.vulnerability("A")["id"].clone();
    project.client.get(&format!("/api/v4/vulnerabilities/{vulnerability}")).expect(200);
    let again = send(&project, upload());
    assert_ne!(again.pipeline.id, made.pipeline.id, "its key is free again");
    assert_eq!((again.summary.new, project.total("vulnerabilities")), (Some(0), 1));
    assert!(project.server.stop().success());
    program::assert_clean(&project.server.data_dir());
}
