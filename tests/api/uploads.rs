//! The upload of reports in all the forms that clients send.

use casemate_shared::ScanStatus;
use casemate_shared::api::report::UploadAnswer;
use casemate_tests::server::ROOT_TOKEN;
use casemate_tests::{Project, Upload, fixture, raw, sample};
use serde_json::{Value, json};

fn bytes(name: &str, rule: &str) -> Vec<u8> {
    sample::report("sast", "semgrep", vec![sample::sast(name, rule, "a.rs", 1)]).to_string().into_bytes()
}

fn jobs(made: &UploadAnswer) -> Vec<&str> {
    made.jobs.iter().map(|job| job.name.as_str()).collect()
}

#[test]
fn several_files_and_several_of_one_type_are_jobs_of_one_pipeline() {
    let project = Project::start();
    let secrets = sample::report("secret_detection", "gitleaks", vec![sample::secret("S", "AWS", "a.env", 3)]).to_string();
    let upload = project
        .upload("main")
        .file("sast", "one.json", &bytes("A", "a"))
        .file("sast[]", "two.json", &bytes("B", "b"))
        .file("secret_detection", "three.json", secrets.as_bytes())
        .file("sast[]", "four.json", &bytes("C", "c"));
    let made = project.ingest(upload);
    assert_eq!(jobs(&made), ["sast", "sast 2", "secret_detection", "sast 3"]);
    let files: Vec<_> = made.reports.iter().map(|report| (report.filename.as_str(), report.findings)).collect();
    assert_eq!(files, [("one.json", 1), ("two.json", 1), ("three.json", 1), ("four.json", 1)]);
    assert_eq!((made.summary.declared, made.summary.accepted, made.summary.new), (4, 4, Some(4)));
    assert_eq!(project.total("vulnerabilities"), 4);
    assert_eq!(project.total("pipelines"), 1);
    let named = project.ingest(project.upload("main").field("name", "my scan").file("sast", "a", &bytes("A", "a")).file(
        "sast",
        "b",
        &bytes("B", "b"),
    ));
    assert_eq!(jobs(&named), ["my scan", "my scan 2"]);
}

#[test]
fn the_answer_counts_what_became_of_every_entry() {
    let project = Project::start();
    let findings =
        vec![sample::sast("A", "a", "a.rs", 1), sample::sast("A again", "a", "a.rs", 1), sample::sast("B", "b", "b.rs", 1)];
    let made = project.ingest_report("main", &sample::report("sast", "semgrep", findings));
    let summary = serde_json::to_value(made.reports[0].summary.clone().unwrap()).unwrap();
    let wanted = json!({"declared": 3, "accepted": 2, "duplicate": 1, "rejected": 0, "new": 2, "known": 0, "redetected": 0, "no_longer_detected": 0,
        "kept_open": 0, "kept_open_reasons": []});
    assert_eq!(summary, wanted);
    assert_eq!(made.reports[0].status, ScanStatus::Succeeded);
    assert_eq!(made.reports[0].schema_version.as_deref(), Some("15.0.7"));
    assert!(made.web_url.ends_with(&format!("/acme/demo/-/pipelines/{}/security", made.pipeline.id)), "{}", made.web_url);
    assert!(made.merge_request.is_none());
}

#[test]
fn gzip_is_known_by_its_first_bytes_whatever_the_name() {
    let project = Project::start();
    let made = project.ingest(project.upload("main").gzip_file("sast", "report.json", &bytes("A", "a")));
    assert_eq!((made.reports[0].status, made.reports[0].findings), (ScanStatus::Succeeded, 1));
    // Several members, as pigz and log rotation make them, are one file.
    let whole = bytes("B", "b");
    let (first, second) = whole.split_at(100);
    let members = [casemate_tests::upload::gzip(first), casemate_tests::upload::gzip(second)].concat();
    let made = project.ingest(project.upload("main").file("sast", "x.gz", &members));
    assert_eq!(made.reports[0].findings, 1, "{:?}", made.reports[0].errors);
    // Packed as a whole request.
    let packed = casemate_tests::upload::gzip(&project.upload("main").file("sast", "r.json", &bytes("C", "c")).into_body());
    let client = project.client.with_header("Content-Encoding", "gzip");
    let path = project.path("security_reports?wait=60");
    let answer = client.send(ureq::http::Method::POST, &path, &Upload::content_type(), &packed).expect(201);
    assert_eq!(answer.read::<UploadAnswer>().reports[0].findings, 1);
}

#[test]
fn the_type_comes_from_the_field_or_the_parameter_or_the_report() {
    let project = Project::start();
    let dast = fixture::bytes("demo/main-1/gl-dast-report.json");
    let kinds = |upload: Upload| -> Vec<String> {
        project.ingest(upload).reports.iter().map(|report| report.report_type.as_str().to_owned()).collect()
    };
    assert_eq!(kinds(project.upload("main").field("report_type", "sast").file("file", "r.json", &bytes("A", "a"))), ["sast"]);
    assert_eq!(kinds(project.upload("main").field("report_type", "auto").file("file", "r.json", &dast)), ["dast"]);
    assert_eq!(kinds(project.upload("main").file("file", "a", &dast).file("file", "b", &bytes("A", "a"))), ["dast", "sast"]);
    assert_eq!(kinds(project.upload("main").gzip_file("file", "r.json.gz", &dast)), ["dast"]);
    let refuse =
        |upload: Upload| project.client.upload("acme/demo", "", upload).expect(400).json()["error"].as_str().unwrap().to_owned();
    let unknown = refuse(project.upload("main").file("file", "r.json", b"{\"scan\": {}}"));
    assert!(unknown.contains("report_type is missing") && unknown.contains("scan.type"), "{unknown}");
    let wrong = refuse(project.upload("main").field("report_type", "sats").file("file", "r.json", &dast));
    assert_eq!(wrong, "report_type does not have a valid value");
}

#[test]
fn the_multipart_of_python_gitlab_is_taken() {
    let project = Project::start();
    // Its fields are parts of their own, `file` is the only file, and an empty `avatar` always comes along.
    let upload = project.upload("main").field("report_type", "sast").field("avatar", "").file(
        "file",
        "gl-sast-report.json",
        &bytes("A", "a"),
    );
    let made = project.ingest(upload);
    assert_eq!((made.reports[0].findings, made.warnings.len()), (1, 0));
    let upload = project.upload("main").file("avatar", "", b"").file("sast", "r.json", &bytes("A", "a"));
    assert!(project.ingest(upload).warnings.is_empty());
}

#[test]
fn a_file_that_nobody_asked_for_is_told_and_ignored() {
    let project = Project::start();
    let upload = project.upload("main").file("coverage", "cov.xml", b"<x/>").file("avatar", "me.png", b"PNG").file(
        "sast",
        "r.json",
        &bytes("A", "a"),
    );
    let made = project.ingest(upload);
    assert_eq!(made.reports.len(), 1);
    assert_eq!(made.warnings.len(), 2, "{:?}", made.warnings);
    assert!(made.warnings[0].contains("coverage") && made.warnings[1].contains("avatar"), "{:?}", made.warnings);
}

#[test]
fn an_upload_without_a_report_is_400_and_makes_nothing() {
    let project = Project::start();
    for upload in
        [project.upload("main"), project.upload("main").field("avatar", ""), project.upload("main").file("coverage", "x", b"y")]
    {
        let answer = project.client.upload("acme/demo", "", upload).expect(400).json();
        assert!(answer["error"].as_str().unwrap().contains("no report was sent"), "{answer}");
    }
    assert_eq!(project.total("pipelines"), 0);
}

#[test]
fn an_empty_file_is_that_report_s_error() {
    let project = Project::start();
    let made = project.ingest(project.upload("main").file("sast", "r.json", b"").file("sast", "s.json", &bytes("A", "a")));
    assert_eq!((made.reports[0].status, made.reports[0].errors[0].kind.as_str()), (ScanStatus::ReportError, "EmptyFile"));
    assert_eq!((made.reports[1].status, made.reports[1].findings), (ScanStatus::Succeeded, 1));
}

#[test]
fn strict_makes_a_broken_report_a_422_and_keeps_it_visible() {
    let project = Project::start();
    let upload = || project.upload("main").file("sast", "r.json", b"{").file("sast", "s.json", &bytes("A", "a"));
    let answer: UploadAnswer = project.client.upload("acme/demo", "?strict=true&wait=60", upload()).expect(422).read();
    assert_eq!(answer.reports[0].status, ScanStatus::ReportError);
    assert_eq!(project.scans(answer.pipeline.id).len(), 2);
    assert_eq!(project.total("vulnerabilities"), 1, "the other report is intact");
    project.client.upload("acme/demo", "?strict=false&wait=60", upload()).expect(201);
    let fine = project.upload("main").file("sast", "s.json", &bytes("A", "a"));
    project.client.upload("acme/demo", "?strict=1&wait=60", fine).expect(201);
}

#[test]
fn parameters_of_an_upload_may_stand_in_the_query() {
    let project = Project::start();
    let upload = Upload::default().file("sast", "r.json", &bytes("A", "a"));
    let query = format!("?ref=feature%2Fx&sha={}&wait=60&name=by+query", sample::sha(9).to_uppercase());
    let made: UploadAnswer = project.client.upload("acme/demo", &query, upload).expect(201).read();
    assert_eq!((made.pipeline.ref_name.as_str(), made.pipeline.sha), ("feature/x", sample::sha(9)));
    assert_eq!(made.jobs[0].name, "by query");
}

#[test]
fn branches_and_tags_are_told_apart() {
    let project = Project::start();
    for (sent, name, tag, on_default) in [
        ("main", "main", false, true),
        ("refs/heads/main", "main", false, true),
        ("refs/heads/a/b", "a/b", false, false),
        ("refs/tags/v1", "v1", true, false),
        ("refs/tags/main", "main", true, false),
    ] {
        let made = project.ingest(project.upload(sent).file("sast", "r.json", &bytes(sent, sent))).pipeline;
        assert_eq!((made.ref_name.as_str(), made.tag, made.on_default_branch), (name, tag, on_default), "{sent}");
    }
    // Only the default branch makes vulnerabilities; a tag of its name is not the branch.
    assert_eq!(crate::words::sorted(&project.vulnerabilities(), "title"), ["main", "refs/heads/main"]);
}

#[test]
fn a_body_in_chunks_of_unknown_length_is_taken() {
    let project = Project::start();
    let body = project.upload("main").file("sast", "r.json", &bytes("A", "a")).into_body();
    let path = project.path("security_reports?wait=60");
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nPRIVATE-TOKEN: {ROOT_TOKEN}\r\nContent-Type: {}\r\n\
         Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n",
        Upload::content_type()
    );
    let mut request = head.into_bytes();
    for chunk in body.chunks(97) {
        request.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        request.extend_from_slice(chunk);
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"0\r\n\r\n");
    let mut stream = raw::send_first(project.server.address(), &request, request.len()).unwrap();
    let mut answer = Vec::new();
    std::io::Read::read_to_end(&mut stream, &mut answer).unwrap();
    assert_eq!(raw::status(&answer), Some(201), "{}", String::from_utf8_lossy(&answer));
    assert_eq!(project.total("vulnerabilities"), 1);
}

#[test]
fn a_client_that_asks_before_it_sends_is_told_to_go_on() {
    use std::io::{Read, Write};
    let project = Project::start();
    let body = project.upload("main").file("sast", "r.json", &bytes("A", "a")).into_body();
    let kind = Upload::content_type();
    let headers = [("PRIVATE-TOKEN", ROOT_TOKEN), ("Content-Type", kind.as_str()), ("Expect", "100-continue")];
    let request = raw::request("POST", &project.path("security_reports"), &headers, &body);
    let head = request.len() - body.len();
    let mut stream = raw::send_first(project.server.address(), &request, head).unwrap();
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(&body).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert_eq!(raw::status(&answer), Some(201));
}

#[test]
fn without_wait_the_answer_comes_when_the_reports_were_read() {
    let project = Project::start();
    let answer =
        project.client.upload("acme/demo", "", project.upload("main").file("sast", "r.json", &bytes("A", "a"))).expect(201);
    let made: Value = answer.json();
    assert_eq!((&made["reports"][0]["status"], &made["reports"][0]["findings"]), (&json!("succeeded"), &json!(1)));
    project.settle();
    assert_eq!(project.total("vulnerabilities"), 1);
    for wrong in ["wait=-1", "wait=x", "strict=maybe", "dry_run=maybe"] {
        let upload = project.upload("main").file("sast", "r.json", b"{}");
        project.client.upload("acme/demo", &format!("?{wrong}"), upload).expect(400);
    }
}
