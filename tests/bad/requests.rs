//! What is wrong with the request: 4xx, a reason, and no pipeline.

use crate::steady::{Steady, good};
use casemate_tests::server::ROOT_TOKEN;
use casemate_tests::{Upload, raw, sample};
use serde_json::Value;
use ureq::http::Method;

#[track_caller]
fn said(body: &Value) -> String {
    let found = body.get("message").or_else(|| body.get("error")).unwrap_or_else(|| panic!("no reason in {body}"));
    found.as_str().map_or_else(|| found.to_string(), str::to_owned)
}

fn with_report(upload: Upload) -> Upload {
    upload.file("sast", "good.json", good().to_string().as_bytes())
}

#[test]
fn a_ref_or_a_commit_that_is_none_is_refused_by_name() {
    let steady = Steady::start();
    let pipelines = steady.project.total("pipelines");
    let sha = sample::sha(1);
    let long = "x".repeat(256);
    for reference in [
        "",
        " ",
        "a b",
        "a..b",
        "/a",
        "a/",
        "a//b",
        "a.lock",
        "a~1",
        "a:b",
        "a^",
        "-a",
        "@",
        "refs/pull/1/head",
        "a\u{7}b",
        &long,
    ] {
        let answer = steady.project.client.upload("acme/demo", "", with_report(Upload::new(reference, &sha))).expect(400);
        assert!(said(&answer.json()).starts_with("ref"), "{reference:?}: {}", answer.text());
    }
    for commit in ["", "main", "123", &sha[1..], &format!("{sha}0"), &"g".repeat(40), "HEAD"] {
        let answer = steady.project.client.upload("acme/demo", "", with_report(Upload::new("main", commit))).expect(400);
        assert!(said(&answer.json()).starts_with("sha"), "{commit:?}: {}", answer.text());
    }
    let missing = steady.project.client.upload("acme/demo", "", with_report(Upload::default())).expect(400).json();
    assert_eq!(said(&missing), "ref is missing, sha is missing");
    let missing =
        steady.project.client.upload("acme/demo", "", with_report(Upload::default().field("ref", "main"))).expect(400).json();
    assert_eq!(said(&missing), "sha is missing");
    assert_eq!(steady.project.total("pipelines"), pipelines);
    steady.assert_unchanged("refs and commits");
}

#[test]
fn an_unknown_project_and_a_bad_token_make_nothing() {
    let steady = Steady::start();
    let pipelines = steady.project.total("pipelines");
    let upload = || with_report(Upload::new("main", &sample::sha(1)));
    for project in ["acme/none", "999", "acme", "0", "-1"] {
        let answer = steady.project.client.upload(project, "", upload()).expect(404).json();
        assert_eq!(said(&answer), "404 Project Not Found", "{project}");
    }
    let nobody = steady.project.server.anonymous();
    for client in [
        nobody.clone(),
        nobody.with_token("wrong"),
        nobody.with_header("JOB-TOKEN", "wrong"),
        nobody.with_header("JOB-TOKEN", "\u{e9}"),
    ] {
        // Whether the project is there is nobody's business.
        for project in ["acme/demo", "acme/none"] {
            let answer = client.upload(project, "", upload()).expect(401).json();
            assert_eq!(said(&answer), "401 Unauthorized");
        }
    }
    assert_eq!(steady.project.total("pipelines"), pipelines);
    steady.assert_unchanged("projects and tokens");
}

#[test]
fn parameters_out_of_their_range_are_refused_by_name() {
    let steady = Steady::start();
    let pipelines = steady.project.total("pipelines");
    let upload = |name: &str, value: &str| with_report(Upload::new("main", &sample::sha(1)).field(name, value));
    for (name, value) in [
        ("pipeline_id", "-1"),
        ("pipeline_id", "1e9"),
        ("pipeline_id", "99999999999999999999999"),
        ("status", "ok"),
        ("complete", "maybe"),
        ("allow_failure", "2"),
        ("started_at", "yesterday"),
        ("finished_at", "2026-13-01T00:00:00Z"),
        ("started_at", "99999999-01-01T00:00:00Z"),
        ("key", "a\u{1}b"),
    ] {
        let answer = steady.project.client.upload("acme/demo", "", upload(name, value)).expect(400).json();
        assert!(said(&answer).contains(name), "{name}={value}: {answer}");
    }
    let answer = steady.project.client.upload("acme/demo", "", upload("pipeline_id", "999")).expect(404).json();
    assert_eq!(said(&answer), "404 Pipeline Not Found");
    assert_eq!(steady.project.total("pipelines"), pipelines);
}

#[test]
fn names_of_any_kind_are_taken_and_shown_harmless() {
    let steady = Steady::start();
    let name = format!("<b>\u{202e}job\u{0}\n{}", "x".repeat(1_000));
    let upload = Upload::new("odd/\u{1f980}", &sample::sha(1))
        .field("name", &name)
        .field("stage", "\t")
        .field("commit_message", "\u{0}\n");
    let made = steady.project.ingest(with_report(upload));
    assert_eq!(made.pipeline.ref_name, "odd/\u{1f980}");
    let shown = &made.jobs[0].name;
    assert!(shown.chars().count() <= 255 && !shown.chars().any(char::is_control), "{shown:?}");
    steady.project.get(&format!("pipelines?ref={}", casemate_shared::api::paths::encode_segment("odd/\u{1f980}"))).expect(200);
}

/// Sends a body as it is with a content type; status and body of the answer.
fn send(steady: &Steady, kind: &str, body: &[u8]) -> (u16, String) {
    let path = steady.project.path("security_reports");
    let answer = steady.project.client.send(Method::POST, &path, kind, body);
    (answer.status, answer.text())
}

#[test]
fn multipart_that_is_none_is_4xx_with_the_reason() {
    let steady = Steady::start();
    let pipelines = steady.project.total("pipelines");
    let whole = with_report(Upload::new("main", &sample::sha(1))).into_body();
    let kind = Upload::content_type();
    let part = |head: &str| format!("--x\r\n{head}\r\n\r\nvalue\r\n--x--\r\n").into_bytes();
    for (what, kind, body, statuses) in [
        ("cut", kind.as_str(), whole[..whole.len() / 2].to_vec(), &[400][..]),
        ("last line missing", &kind, whole[..whole.len() - 8].to_vec(), &[400]),
        ("other boundary", "multipart/form-data; boundary=other", whole.clone(), &[400]),
        ("no boundary", "multipart/form-data", whole.clone(), &[400]),
        ("json", "application/json", b"{\"ref\": \"main\"}".to_vec(), &[415]),
        ("form", "application/x-www-form-urlencoded", b"ref=main".to_vec(), &[415]),
        ("the report itself", "application/json", good().to_string().into_bytes(), &[415]),
        ("nothing", &kind, Vec::new(), &[400]),
        ("garbage", &kind, b"\x00\xff\xfe--".repeat(100), &[400]),
        ("no name", "multipart/form-data; boundary=x", part("Content-Disposition: form-data"), &[400]),
        ("no head", "multipart/form-data; boundary=x", part("X: y"), &[400]),
        (
            "no UTF-8",
            "multipart/form-data; boundary=x",
            b"--x\r\nContent-Disposition: form-data; name=\"ref\"\r\n\r\n\xff\r\n--x--\r\n".to_vec(),
            &[400],
        ),
    ] {
        let (status, text) = send(&steady, kind, &body);
        assert!(statuses.contains(&status), "{what}: {status} {text}");
        let body: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{what}: no JSON: {text}"));
        assert!(said(&body).len() > 10, "{what}: {text}");
    }
    assert_eq!(steady.project.total("pipelines"), pipelines);
    steady.assert_unchanged("multipart");
}

#[test]
fn heads_that_lie_about_the_body_do_no_harm() {
    let steady = Steady::start();
    let pipelines = steady.project.total("pipelines");
    let path = steady.project.path("security_reports");
    let body = with_report(Upload::new("main", &sample::sha(1))).into_body();
    let kind = Upload::content_type();
    for extra in [
        "Content-Length: 99999999999999999999\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Transfer-Encoding: gzip\r\n",
        "Content-Encoding: br\r\nContent-Length: 10\r\n",
    ] {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: h\r\nPRIVATE-TOKEN: {ROOT_TOKEN}\r\nContent-Type: {kind}\r\nConnection: close\r\n{extra}\r\n"
        );
        let request = [head.as_bytes(), &body].concat();
        if let Ok(answer) = raw::exchange(steady.project.server.address(), &request) {
            let status = raw::status(&answer);
            assert!(status.is_none_or(|status| (400..500).contains(&status)), "{extra}: {}", String::from_utf8_lossy(&answer));
        }
    }
    assert_eq!(steady.project.total("pipelines"), pipelines);
    steady.assert_unchanged("heads");
}

#[test]
fn ledgers_and_undos_of_others_are_not_found() {
    let steady = Steady::start();
    let project = &steady.project;
    project.client.create_project("acme/other");
    let made = project.ingest_report("main", &good());
    let (pipeline, scan) = (made.pipeline.id, made.reports[0].scan_id);
    let post = |path: &str| project.client.send(Method::POST, path, "application/json", b"");
    for key in ["acme%2Fother", "acme%2Fnone"] {
        let root = format!("/api/v4/projects/{key}/pipelines/{pipeline}");
        post(&format!("{root}/undo")).expect(404);
        for rest in ["undo", "security_reports", &format!("scans/{scan}/rejected")] {
            project.client.get(&format!("{root}/{rest}")).expect(404);
        }
    }
    for wrong in ["0", "-1", "x", "99999999999999999999", "%00"] {
        post(&project.path(&format!("pipelines/{wrong}/undo"))).expect(404);
        project.get(&format!("pipelines/{pipeline}/scans/{wrong}/rejected")).expect(404);
        project.get(&format!("pipelines/{wrong}/scans/{scan}/rejected")).expect(404);
    }
    project.get(&format!("pipelines/{pipeline}/undo")).expect(404);
    for wrong in ["dry_run=maybe", "dry_run=2"] {
        project.client.upload("acme/demo", &format!("?{wrong}"), with_report(project.upload("main"))).expect(400);
    }
    project.get("imports?per_page=x").expect(400);
}
