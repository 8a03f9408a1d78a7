//! Jobs as they are read: lists, one, its files and its log.

use casemate_tests::{Project, Upload, sample};
use serde_json::{Value, json};

fn report(names: &[&str]) -> Vec<u8> {
    let findings = names.iter().map(|name| sample::sast(name, name, "a.rs", 1)).collect();
    sample::report("sast", "semgrep", findings).to_string().into_bytes()
}

fn status(project: &Project, sha: u64, state: &str, name: &str) -> u64 {
    let path = project.path(&format!("statuses/{}?wait=60", sample::sha(sha)));
    let made = project.client.post(&path, &json!({"state": state, "name": name, "ref": "main"})).expect(201).json();
    made["id"].as_u64().unwrap()
}

fn ids(rows: &[Value]) -> Vec<u64> {
    rows.iter().map(|row| row["id"].as_u64().unwrap()).collect()
}

#[test]
fn lists_take_scopes_and_the_project_s_is_newest_first() {
    let project = Project::start();
    let made = project.ingest(project.upload("main").file("sast", "r.json", &report(&["A"])));
    let first = made.jobs[0].id;
    let failed = status(&project, 8, "failed", "x");
    let running = status(&project, 9, "running", "x");
    assert_eq!(ids(&project.all("jobs")), [running, failed, first]);
    assert_eq!(ids(&project.all("jobs?scope[]=failed&scope[]=running")), [running, failed]);
    assert_eq!(ids(&project.all("jobs?scope=success")), [first]);
    assert_eq!(ids(&project.all("jobs?scope=manual")), [0; 0]);
    project.get("jobs?scope=nonsense").expect(400);
    let of_pipeline = |query: &str| ids(&project.all(&format!("pipelines/{}/jobs{query}", made.pipeline.id)));
    assert_eq!((of_pipeline(""), of_pipeline("?scope[]=failed")), (vec![first], vec![]));
    project.client.create_project("acme/other");
    for rest in [format!("jobs/{first}"), format!("jobs/{first}/trace"), format!("jobs/{first}/artifacts")] {
        project.client.get(&format!("/api/v4/projects/acme%2Fother/{rest}")).expect(404);
        project.get(&rest).expect(200);
    }
    for rest in ["jobs/99", "jobs/x", "jobs/99/trace", "jobs/99/artifacts"] {
        project.get(rest).expect(404);
    }
}

#[test]
fn a_job_has_the_fields_that_clients_read() {
    let project = Project::start();
    let upload = project.upload("main").field("commit_message", "Fix\n\nAll").field("started_at", "2026-01-02T03:04:05Z");
    let upload = upload.field("finished_at", "2026-01-02T03:04:06.5Z").file("sast", "r.json", &report(&["A"]));
    let made = project.ingest(upload);
    let job = project.get(&format!("jobs/{}", made.jobs[0].id)).expect(200).json();
    for (field, value) in [
        ("duration", json!(1.5)),
        ("coverage", json!(null)),
        ("erased_at", json!(null)),
        ("runner", json!(null)),
        ("tag_list", json!([])),
        ("failure_reason", json!(null)),
        ("artifacts_file", json!({"filename": "artifacts.zip", "size": made.jobs[0].artifacts[0].size})),
    ] {
        assert_eq!(job[field], value, "{field}");
    }
    assert_eq!((&job["user"]["username"], &job["user"]["state"]), (&json!("root"), &json!("active")));
    assert_eq!((&job["commit"]["message"], &job["commit"]["parent_ids"]), (&json!("Fix\n\nAll"), &json!([])));
    let pipeline = project.get(&format!("pipelines/{}", made.pipeline.id)).expect(200).json();
    for field in ["before_sha", "user", "started_at", "finished_at", "duration", "detailed_status", "archived", "yaml_errors"] {
        assert!(pipeline.get(field).is_some(), "{field}");
    }
    assert_eq!(pipeline["detailed_status"]["text"], "Passed");
}

/// Names and contents of a zip whose files are stored as they are.
fn unzip(zip: &[u8]) -> Vec<(String, Vec<u8>)> {
    let number = |at: usize, size: usize| zip[at..at + size].iter().rev().fold(0usize, |sum, byte| sum << 8 | usize::from(*byte));
    let end = zip.len() - 22;
    assert_eq!(&zip[end..end + 4], b"PK\x05\x06");
    let mut at = number(end + 16, 4);
    let mut files = Vec::new();
    for _ in 0..number(end + 10, 2) {
        assert_eq!(&zip[at..at + 4], b"PK\x01\x02");
        let (size, length, offset) = (number(at + 20, 4), number(at + 28, 2), number(at + 42, 4));
        let name = String::from_utf8(zip[at + 46..at + 46 + length].to_vec()).unwrap();
        let begin = offset + 30 + number(offset + 26, 2);
        files.push((name, zip[begin..begin + size].to_vec()));
        at += 46 + length;
    }
    files
}

#[test]
fn all_files_of_a_job_come_in_one_zip() {
    let project = Project::start();
    let (sast, dast) = (report(&["A"]), sample::report("dast", "zap", vec![]).to_string().into_bytes());
    let upload = project.upload("feature/x").field("name", "scan").file("sast", "r.json", &sast).file("dast", "r.json", &dast);
    let made = project.ingest(upload);
    let answer = project.get(&format!("jobs/{}/artifacts", made.jobs[0].id)).expect(200);
    assert_eq!(answer.header("content-type"), "application/zip");
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"artifacts.zip\"");
    assert_eq!(answer.header("content-length"), answer.body.len().to_string());
    let files = unzip(&answer.body);
    assert_eq!((files.len(), files[0].0.as_str(), &files[0].1, &files[1].1), (2, "r.json", &sast, &dast));
    assert_ne!(files[0].0, files[1].0);
    // By branch and name, in the newest pipeline that succeeded.
    let by_ref = |rest: &str| project.get(&format!("jobs/artifacts/feature%2Fx/{rest}"));
    assert_eq!(by_ref("download?job=scan").expect(200).body, answer.body);
    assert_eq!(by_ref("raw/dast?job=scan").expect(200).body, dast);
    by_ref("download").expect(400);
    by_ref("download?job=nobody").expect(404);
    by_ref("raw/nothing.json?job=scan").expect(404);
    project.get("jobs/artifacts/main/download?job=scan").expect(404);
    let failed = Upload::new("feature/x", &sample::sha(77)).field("name", "scan").field("status", "failed");
    project.ingest(failed.file("sast", "r.json", b"{}"));
    assert_eq!(by_ref("raw/sast?job=scan").expect(200).body, sast, "one that failed is passed over");
    let empty = status(&project, 8, "success", "x");
    project.get(&format!("jobs/{empty}/artifacts")).expect(404);
}

#[test]
fn the_log_tells_what_was_read_and_what_was_wrong() {
    let project = Project::start();
    let mut wrong = sample::report("sast", "semgrep", vec![sample::sast("A", "a", "a.rs", 1)]);
    wrong["vulnerabilities"][0]["severity"] = json!("Enormous");
    let upload = project.upload("main").file("sast", "good.json", &report(&["A", "B"]));
    let made = project.ingest(upload.file("sast", "wrong.json", wrong.to_string().as_bytes()));
    let log = |number: usize| project.get(&format!("jobs/{}/trace", made.jobs[number].id)).expect(200).text();
    let good = log(0);
    for part in [
        "good.json (sast, ",
        "scanner ",
        "declared 2: accepted 2, duplicate 0, rejected 0",
        "new 2, known 0",
        "pipeline: success",
    ] {
        assert!(good.contains(part), "{part} in {good}");
    }
    let wrong = log(1);
    assert!(wrong.contains("status report_error") && wrong.contains("/vulnerabilities/0/severity"), "{wrong}");
    assert!(!wrong.contains('\u{1b}') && wrong.ends_with('\n'));
}

#[test]
fn clients_that_ask_for_unit_tests_are_told_there_are_none() {
    let project = Project::start();
    let made = project.ingest(project.upload("main").file("sast", "r.json", &report(&["A"])));
    let get = |rest: &str| project.get(&format!("pipelines/{}/{rest}", made.pipeline.id)).expect(200).json();
    assert_eq!((&get("test_report")["total_count"], &get("test_report")["test_suites"]), (&json!(0), &json!([])));
    assert_eq!(get("test_report_summary")["total"]["count"], 0);
    project.get("pipelines/99/test_report").expect(404);
    let kept = project.client.post(&project.path(&format!("jobs/{}/artifacts/keep", made.jobs[0].id)), &json!({}));
    assert_eq!(kept.expect(200).json()["keep_artifacts"], true);
}

#[test]
fn erased_files_are_gone_and_what_was_read_of_them_stays() {
    let mut project = Project::start();
    let made = project.ingest(project.upload("main").file("sast", "r.json", &report(&["A"])));
    let job = made.jobs[0].id;
    let path = project.path(&format!("jobs/{job}/artifacts"));
    let running = status(&project, 9, "running", "x");
    project.client.delete(&project.path(&format!("jobs/{running}/artifacts"))).expect(409);
    project.client.delete(&project.path("jobs/99/artifacts")).expect(404);
    project.client.delete(&path).expect(204);
    project.client.get(&path).expect(404);
    project.get(&format!("jobs/{job}/artifacts/sast")).expect(410);
    let shown = project.get(&format!("jobs/{job}")).expect(200).json();
    assert_eq!((&shown["artifacts"], &shown["artifacts_file"]), (&json!([]), &json!(null)));
    assert!(crate::words::is_time(&shown["erased_at"]));
    assert_eq!((project.total("vulnerabilities"), project.scans(made.pipeline.id)[0]["status"].clone()), (1, json!("succeeded")));
    let again = project.client.post(&project.path(&format!("jobs/{job}/erase")), &json!({})).expect(201).json();
    assert_eq!(again, shown, "a second time changes nothing");
    // The same bytes elsewhere are another file's.
    let other = project.ingest(project.upload("main").file("sast", "r.json", &report(&["A"])));
    project.get(&format!("jobs/{}/artifacts/sast", other.jobs[0].id)).expect(200);
    project.client.post(&project.path(&format!("pipelines/{}/retry", made.pipeline.id)), &json!({})).expect(409);
    assert!(project.server.stop().success());
    casemate_tests::program::assert_clean(&project.server.data_dir());
}
