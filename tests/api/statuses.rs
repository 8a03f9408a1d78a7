//! Entry style B: commit statuses as jobs, and a runner's upload of their reports.

use casemate_tests::{Answer, Project, Upload, sample, server::ROOT_TOKEN};
use serde_json::{Value, json};
use ureq::http::Method;

fn report(names: &[&str]) -> Vec<u8> {
    let findings = names.iter().map(|name| sample::sast(name, name, "a.rs", 1)).collect();
    sample::report("sast", "semgrep", findings).to_string().into_bytes()
}

fn post(project: &Project, sha: u64, body: &Value) -> Answer {
    project.client.post(&project.path(&format!("statuses/{}?wait=60", sample::sha(sha))), body)
}

#[track_caller]
fn status(project: &Project, sha: u64, body: &Value) -> Value {
    post(project, sha, body).expect(201).json()
}

fn send(project: &Project, job: u64, query: &str, body: Upload) -> Answer {
    let path = format!("/api/v4/jobs/{job}/artifacts?{query}");
    project.client.send(Method::POST, &path, &Upload::content_type(), &body.into_body())
}

fn attach(project: &Project, job: u64, bytes: &[u8]) -> Answer {
    let body = Upload::default().file("file", "gl-sast-report.json", bytes).file("avatar", "", b"");
    send(project, job, "artifact_type=sast&artifact_format=raw&wait=60", body)
}

fn id(status: &Value) -> u64 {
    status["id"].as_u64().unwrap()
}

#[test]
fn two_statuses_and_an_upload_are_an_ingested_pipeline() {
    let project = Project::start();
    let running =
        status(&project, 1, &json!({"state": "running", "name": "semgrep", "ref": "main", "target_url": "https://ci.example/1"}));
    for (field, value) in [
        ("sha", json!(sample::sha(1))),
        ("ref", json!("main")),
        ("status", json!("running")),
        ("name", json!("semgrep")),
        ("target_url", json!("https://ci.example/1")),
        ("allow_failure", json!(false)),
        ("coverage", json!(null)),
        ("finished_at", json!(null)),
    ] {
        assert_eq!(running[field], value, "{field}");
    }
    assert!(crate::words::is_time(&running["started_at"]));
    assert_eq!(running["author"]["username"], "root");
    let answer = attach(&project, id(&running), &report(&["A", "B"])).expect(201).json();
    assert_eq!(answer, json!({"message": "201 Created"}));
    let pipeline = running["pipeline_id"].as_u64().unwrap();
    let shown = project.get(&format!("pipelines/{pipeline}")).expect(200).json();
    assert_eq!((&shown["status"], &shown["complete"], &shown["source"]), (&json!("running"), &json!(false), &json!("external")));
    assert_eq!((project.total("vulnerabilities"), project.scans(pipeline).len()), (0, 0), "a report waits for its job's end");
    let done = status(&project, 1, &json!({"state": "success", "name": "semgrep", "pipeline_id": pipeline, "coverage": 98.5}));
    assert_eq!((id(&done), &done["coverage"], &done["status"]), (id(&running), &json!(98.5), &json!("success")));
    assert_eq!(done["target_url"], running["target_url"], "what is not told stays");
    let shown = project.get(&format!("pipelines/{pipeline}")).expect(200).json();
    assert_eq!((&shown["status"], &shown["ingestion"], &shown["coverage"]), (&json!("success"), &json!("done"), &json!("98.50")));
    assert_eq!(project.total("vulnerabilities"), 2);
    let listed = project.all(&format!("repository/commits/{}/statuses", sample::sha(1)));
    assert_eq!(listed, [done]);
    let commit = project.get(&format!("repository/commits/{}", sample::sha(1))).expect(200).json();
    assert_eq!((&commit["last_pipeline"]["id"], &commit["id"]), (&json!(pipeline), &json!(sample::sha(1))));
    assert_eq!(project.get("repository/commits/main").expect(200).json(), commit, "a branch is its newest commit");
}

#[test]
fn a_runner_s_word_ends_a_job_as_a_status_does() {
    let project = Project::start();
    let job = id(&status(&project, 1, &json!({"state": "running", "ref": "main"})));
    attach(&project, job, &report(&["A"])).expect(201);
    let put = |body: &Value| {
        let body = body.to_string();
        project.server.anonymous().send(Method::PUT, &format!("/api/v4/jobs/{job}?wait=60"), "application/json", body.as_bytes())
    };
    put(&json!({"state": "success"})).expect(401);
    put(&json!({"token": "wrong", "state": "success"})).expect(401);
    put(&json!({"token": ROOT_TOKEN, "state": "pending"})).expect(400);
    let answer = put(&json!({"token": ROOT_TOKEN, "state": "success", "exit_code": 0})).expect(200);
    assert_eq!((answer.header("job-status"), answer.json()), ("success", json!("200")));
    assert_eq!(project.total("vulnerabilities"), 1);
    put(&json!({"token": ROOT_TOKEN, "state": "failed"})).expect(403);
    put(&json!({"token": ROOT_TOKEN, "state": "success"})).expect(200);
    assert_eq!(project.get(&format!("jobs/{job}")).json()["name"], "default");
}

#[test]
fn a_pipeline_is_complete_when_no_job_of_it_is_under_way() {
    let project = Project::start();
    let first = status(&project, 1, &json!({"state": "pending", "name": "a", "ref": "main"}));
    let pipeline = first["pipeline_id"].clone();
    let shown = || project.get(&format!("pipelines/{pipeline}")).expect(200).json();
    assert_eq!(shown()["status"], "pending");
    let second = status(&project, 1, &json!({"state": "running", "context": "b", "ref": "main"}));
    assert_eq!(second["pipeline_id"], pipeline, "the newest pipeline of commit and branch that waits");
    let other = status(&project, 1, &json!({"state": "running", "name": "a", "ref": "dev"}));
    assert_ne!(other["pipeline_id"], pipeline);
    status(&project, 1, &json!({"state": "success", "name": "b", "ref": "main"}));
    assert_eq!((&shown()["status"], &shown()["complete"]), (&json!("running"), &json!(false)));
    status(&project, 1, &json!({"state": "skipped", "name": "a", "ref": "main"}));
    assert_eq!(
        (&shown()["status"], &shown()["complete"], &shown()["waits_until"]),
        (&json!("success"), &json!(true), &json!(null))
    );
    // A job that comes later opens it again; without its id a new pipeline begins.
    let late = status(&project, 1, &json!({"state": "running", "name": "c", "pipeline_id": pipeline}));
    assert_eq!((&late["pipeline_id"], &shown()["complete"]), (&pipeline, &json!(false)));
    attach(&project, id(&late), &report(&["C"])).expect(201);
    status(&project, 1, &json!({"state": "success", "name": "c", "pipeline_id": pipeline}));
    assert_eq!((&shown()["status"], project.total("vulnerabilities")), (&json!("success"), 1));
    assert_ne!(status(&project, 1, &json!({"state": "success", "name": "c", "ref": "main"}))["pipeline_id"], pipeline);
}

#[test]
fn the_end_of_a_job_decides_whether_its_report_counts() {
    let project = Project::start();
    project.ingest(project.upload("main").file("sast", "r.json", &report(&["A", "B"])));
    let failed = status(&project, 2, &json!({"state": "running", "name": "sast", "ref": "main"}));
    attach(&project, id(&failed), &report(&["A"])).expect(201);
    let failed = status(&project, 2, &json!({"state": "failed", "name": "sast", "ref": "main"}));
    let pipeline = failed["pipeline_id"].as_u64().unwrap();
    let scan = project.scans(pipeline).remove(0);
    assert_eq!((&scan["status"], &scan["latest"]), (&json!("job_failed"), &json!(true)));
    assert_eq!(project.vulnerability("B")["resolved_on_default_branch"], false, "a failed job closes nothing");
    let job = project.get(&format!("jobs/{}", id(&failed))).expect(200).json();
    assert_eq!((&job["failure_reason"], &job["status"]), (&json!("script_failure"), &json!("failed")));
    // The job runs again: a new one, and the old one counts no more.
    let again = status(&project, 2, &json!({"state": "running", "name": "sast", "pipeline_id": pipeline}));
    assert_ne!(id(&again), id(&failed));
    attach(&project, id(&failed), &report(&["A"])).expect(403);
    attach(&project, id(&again), &report(&["A"])).expect(201);
    status(&project, 2, &json!({"state": "success", "name": "sast", "pipeline_id": pipeline}));
    let latest: Vec<bool> = project.scans(pipeline).iter().map(|scan| scan["latest"].as_bool().unwrap()).collect();
    assert_eq!(latest, [false, true]);
    assert_eq!(project.vulnerability("B")["resolved_on_default_branch"], true);
    let path = format!("repository/commits/{}/statuses", sample::sha(2));
    assert_eq!((project.total(&path), project.total(&format!("{path}?all=true"))), (1, 2));
    assert_eq!((project.total(&format!("{path}?name=nobody")), project.total(&format!("{path}?ref=dev"))), (0, 0));
}

#[test]
fn a_job_takes_one_file_of_a_type_and_the_same_bytes_any_number_of_times() {
    let project = Project::start();
    let job = id(&status(&project, 1, &json!({"state": "running", "ref": "main"})));
    attach(&project, job, &report(&["A"])).expect(201);
    attach(&project, job, &report(&["A"])).expect(201);
    let refused = attach(&project, job, &report(&["B"])).expect(400).json();
    assert!(refused["message"].as_str().unwrap().contains("another artifact of the same type already exists"), "{refused}");
    let archive = Upload::default().file("file", "artifacts.zip", b"PK\x05\x06\0\0");
    send(&project, job, "artifact_format=zip", archive.clone()).expect(201);
    let secrets = sample::report("secret_detection", "gitleaks", vec![]).to_string();
    let body = Upload::default().field("artifact_type", "secret_detection").file("file", "s.json", secrets.as_bytes());
    send(&project, job, "", body).expect(201);
    let shown = project.get(&format!("jobs/{job}")).expect(200).json();
    let types: Vec<&str> =
        shown["artifacts"].as_array().unwrap().iter().map(|file| file["file_type"].as_str().unwrap()).collect();
    assert_eq!(types, ["sast", "archive", "secret_detection"]);
    let done = status(&project, 1, &json!({"state": "success", "ref": "main"}));
    let pipeline = done["pipeline_id"].as_u64().unwrap();
    assert_eq!((project.scans(pipeline).len(), project.total("vulnerabilities")), (2, 1));
    // A job that has just ended still takes a file; it is ingested at once.
    let dast = sample::report("dast", "zap", vec![]).to_string();
    send(&project, job, "artifact_type=dast&wait=60", Upload::default().file("file", "d.json", dast.as_bytes())).expect(201);
    assert_eq!(project.scans(pipeline).len(), 3);
    assert_eq!(project.get(&format!("pipelines/{pipeline}")).json()["ingestion"], "done");
}

#[test]
fn strict_makes_a_broken_report_a_422() {
    let project = Project::start();
    let job = id(&status(&project, 1, &json!({"state": "running", "ref": "main"})));
    attach(&project, job, b"{").expect(201);
    let body = json!({"state": "success", "ref": "main", "strict": true});
    let answer = post(&project, 1, &body).expect(422).json();
    assert_eq!(answer["message"], "1 of 1 reports have errors");
    assert_eq!((&answer["reports"][0]["status"], &answer["reports"][0]["job_id"]), (&json!("report_error"), &json!(job)));
    assert!(!answer["reports"][0]["errors"].as_array().unwrap().is_empty());
    assert_eq!(project.get(&format!("jobs/{job}")).json()["status"], "success", "the status is taken all the same");
}

#[test]
fn what_does_not_fit_is_refused_and_changes_nothing() {
    let project = Project::start();
    let other = project.client.create_project("acme/other");
    let job = status(&project, 1, &json!({"state": "running", "name": "a", "ref": "main"}));
    let before = (project.get("pipelines").text(), project.get("jobs").text());
    let error = |sha: u64, body: Value, code: u16| post(&project, sha, &body).expect(code).text();
    assert_eq!(error(1, json!({}), 400), r#"{"error":"state is missing"}"#);
    assert_eq!(error(1, json!({"state": "green", "ref": "main"}), 400), r#"{"error":"state does not have a valid value"}"#);
    assert_eq!(error(9, json!({"state": "running"}), 404), r#"{"message":"404 References for commit Not Found"}"#);
    assert!(error(1, json!({"state": "running", "ref": "a b"}), 400).contains("ref does not have a valid value"));
    assert!(error(1, json!({"state": "running", "ref": "main", "coverage": 101}), 400).contains("coverage"));
    assert!(
        error(1, json!({"state": "running", "ref": "main", "target_url": "javascript:alert(1)"}), 400).contains("target_url")
    );
    assert!(error(1, json!({"state": "running", "ref": "main", "name": "x".repeat(256)}), 400).contains("name"));
    assert!(
        error(1, json!({"state": "pending", "name": "a", "ref": "main"}), 400)
            .contains("Cannot transition status via :enqueue from :running")
    );
    error(2, json!({"state": "running", "ref": "main", "pipeline_id": job["pipeline_id"]}), 400);
    error(1, json!({"state": "running", "ref": "dev", "pipeline_id": job["pipeline_id"]}), 400);
    error(1, json!({"state": "running", "ref": "main", "pipeline_id": 99}), 404);
    let elsewhere = format!("/api/v4/projects/{other}/statuses/{}", sample::sha(1));
    project.client.post(&elsewhere, &json!({"state": "running", "ref": "main", "pipeline_id": job["pipeline_id"]})).expect(404);
    project.client.post("/api/v4/projects/99/statuses/x", &json!({"state": "running"})).expect(404);
    project.client.post(&project.path("statuses/no-such-branch"), &json!({"state": "running"})).expect(404);
    project.get("repository/commits/no-such-branch").expect(404);
    project.get(&format!("repository/commits/{}", sample::sha(9))).expect(404);
    let file = || Upload::default().file("file", "r.json", &report(&["A"]));
    send(&project, 99, "artifact_type=sast", file()).expect(404);
    send(&project, id(&job), "artifact_type=nonsense", file()).expect(400);
    send(&project, id(&job), "artifact_type=sast&artifact_format=zip", file()).expect(400);
    send(&project, id(&job), "artifact_type=archive&artifact_format=zip", file()).expect(400);
    send(&project, id(&job), "artifact_type=sast", Upload::default()).expect(400);
    send(&project, id(&job), "artifact_type=sast", file().file("file", "s.json", b"{}")).expect(400);
    assert_eq!((project.get("pipelines").text(), project.get("jobs").text()), before);
}

#[test]
fn hostile_names_are_shown_tame() {
    let project = Project::start();
    for name in ["../../etc/passwd", "<script>alert(1)</script>", "a\u{0}b\nc", "\u{1f600}"] {
        let made = status(&project, 1, &json!({"state": "success", "name": name, "ref": "main"}));
        let shown = made["name"].as_str().unwrap();
        assert!(!shown.is_empty() && !shown.chars().any(char::is_control), "{shown:?}");
        let trace = project.get(&format!("jobs/{}/trace", id(&made))).expect(200);
        assert_eq!(trace.header("content-type"), "text/plain; charset=utf-8");
        assert!(trace.text().contains(shown), "{}", trace.text());
    }
}
