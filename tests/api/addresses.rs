//! Paths: ids and encoded full paths, one slash at the end, what is not there.

use casemate_tests::{Project, TestServer, sample};
use serde_json::json;
use ureq::http::Method;

#[test]
fn a_project_is_found_by_id_and_by_its_encoded_path_in_any_case() {
    let server = TestServer::start();
    let client = server.client();
    let id = client.create_project("acme/platform/payments");
    let by_id = client.get(&format!("/api/v4/projects/{id}")).expect(200).json();
    assert_eq!(by_id["path_with_namespace"], "acme/platform/payments");
    for key in ["acme%2Fplatform%2Fpayments", "acme%2fplatform%2fpayments", "Acme%2FPlatform%2FPayments"] {
        assert_eq!(client.get(&format!("/api/v4/projects/{key}")).expect(200).json(), by_id, "{key}");
    }
    assert_eq!(client.get("/api/v4/projects/acme%2Fplatform%2Fpayments/pipelines").expect(200).json(), json!([]));
    assert_eq!(client.get("/api/v4/groups/acme%2fplatform").expect(200).json()["full_path"], "acme/platform");
    let unencoded = client.get("/api/v4/projects/acme/platform/payments").expect(404);
    assert_eq!(unencoded.json(), json!({"error": "404 Not Found"}));
}

#[test]
fn one_slash_at_the_end_changes_nothing_and_never_redirects() {
    let project = Project::start();
    let client = &project.client;
    for path in [
        "/api/v4/projects",
        "/api/v4/projects/acme%2Fdemo",
        "/api/v4/projects/1/pipelines",
        "/api/v4/projects/1/vulnerabilities",
        "/api/v4/user",
        "/api/v4/version",
        "/api/v4/groups",
        "/-/health",
        "/-/readiness",
    ] {
        let plain = client.get(path).expect(200);
        let slashed = client.get(&format!("{path}/")).expect(200);
        assert_eq!(plain.text(), slashed.text(), "{path}");
    }
    client.post("/api/v4/projects/", &json!({"name": "second"})).expect(201);
    let report = sample::report("sast", "semgrep", Vec::new());
    let body = project.upload("main").file("sast", "r.json", report.to_string().as_bytes()).into_body();
    let kind = casemate_tests::Upload::content_type();
    client.send(Method::POST, "/api/v4/projects/1/security_reports/", &kind, &body).expect(201);
}

#[test]
fn what_is_not_there_is_404_with_its_name() {
    let project = Project::start();
    let client = &project.client;
    client.create_project("acme/other");
    let report = sample::report("sast", "semgrep", vec![sample::sast("A", "a", "a.rs", 1)]);
    let made = project.ingest_report("main", &report);
    let (pipeline, job) = (made.pipeline.id, made.jobs[0].id);
    for (path, what) in [
        ("projects/77".to_owned(), "Project"),
        ("projects/acme%2Fnone".to_owned(), "Project"),
        ("projects/acme".to_owned(), "Project"),
        ("projects/-1".to_owned(), "Project"),
        ("projects/99999999999999999999999".to_owned(), "Project"),
        ("projects/77/vulnerabilities".to_owned(), "Project"),
        ("projects/77/pipelines".to_owned(), "Project"),
        ("projects/1/pipelines/77".to_owned(), "Pipeline"),
        ("projects/1/pipelines/abc".to_owned(), "Pipeline"),
        ("projects/1/pipelines/77/jobs".to_owned(), "Pipeline"),
        ("projects/1/pipelines/77/scans".to_owned(), "Pipeline"),
        (format!("projects/2/pipelines/{pipeline}"), "Pipeline"),
        (format!("projects/2/pipelines/{pipeline}/scans"), "Pipeline"),
        (format!("projects/2/pipelines/{pipeline}/jobs"), "Pipeline"),
        (format!("projects/2/vulnerability_findings?pipeline_id={pipeline}"), "Pipeline"),
        ("projects/2/pipelines/latest".to_owned(), "Pipeline"),
        ("projects/1/pipelines/latest?ref=none".to_owned(), "Pipeline"),
        (format!("projects/2/jobs/{job}"), "Job"),
        (format!("projects/2/jobs/{job}/artifacts/r.json"), "Job"),
        ("projects/1/jobs/77".to_owned(), "Job"),
        (format!("projects/1/jobs/{job}/artifacts/none.json"), "File"),
        ("vulnerabilities/77".to_owned(), "Vulnerability"),
        ("vulnerabilities/abc".to_owned(), "Vulnerability"),
        ("groups/none".to_owned(), "Group"),
    ] {
        let answer = client.get(&format!("/api/v4/{path}")).expect(404);
        assert_eq!(answer.json(), json!({"message": format!("404 {what} Not Found")}), "{path}");
    }
    for path in ["/api/v4/nothing", "/api/v4", "/api/v4/projects/1/nothing", "/api/graphql"] {
        assert_eq!(client.get(path).expect(404).json(), json!({"error": "404 Not Found"}), "{path}");
    }
}

#[test]
fn a_method_that_a_path_does_not_have_is_refused() {
    let project = Project::start();
    for (method, path) in [
        (Method::DELETE, "/api/v4/projects"),
        (Method::PUT, "/api/v4/projects/1/vulnerabilities"),
        (Method::GET, "/api/v4/projects/1/security_reports"),
        (Method::POST, "/api/v4/nothing"),
        (Method::PATCH, "/-/health"),
    ] {
        let answer = project.client.call(method.clone(), path);
        assert!([404, 405].contains(&answer.status), "{method} {path}: {}", answer.status);
        assert!(!answer.header("x-request-id").is_empty());
    }
}

#[test]
fn absolute_addresses_begin_as_the_client_wrote_them() {
    let project = Project::start();
    let base = project.server.base();
    let there = |text: &str, base: &str| text.starts_with(&format!("{base}/"));
    let made = project.client.get("/api/v4/projects/1").expect(200).json();
    assert!(there(made["web_url"].as_str().unwrap(), &base), "{made}");
    let answer = project.get("pipelines").expect(200);
    assert!(answer.header("link").starts_with(&format!("<{base}/api/v4/projects/1/pipelines?")), "{}", answer.header("link"));
    // Nobody who is not a trusted proxy may tell another address.
    let forged = project.client.with_header("X-Forwarded-Host", "evil.example").get("/api/v4/projects/1").expect(200);
    assert!(!forged.text().contains("evil.example"), "{}", forged.text());
    let settings = casemate_tests::Settings::default().arg("--external-url").arg("https://sec.example:8443/app/");
    let server = TestServer::with(settings);
    let user = server.client().get("/api/v4/user").expect(200).json();
    assert!(there(user["web_url"].as_str().unwrap(), "https://sec.example:8443/app"), "{user}");
}
