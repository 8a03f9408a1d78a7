//! Who may call: tokens in every place that they may be put in, the session's cookie, scopes.

use crate::words::is_time;
use casemate_tests::server::{ROOT_PASSWORD, ROOT_TOKEN};
use casemate_tests::{Client, Project, Settings, TestServer, sample};
use serde_json::json;
use ureq::http::Method;

#[test]
fn a_token_is_taken_from_every_place_that_a_client_uses() {
    let server = TestServer::start();
    let nobody = server.anonymous();
    let bearer = format!("Bearer {ROOT_TOKEN}");
    for (name, value) in [
        ("PRIVATE-TOKEN", ROOT_TOKEN),
        ("private-token", ROOT_TOKEN),
        ("JOB-TOKEN", ROOT_TOKEN),
        ("Authorization", bearer.as_str()),
    ] {
        let user = nobody.with_header(name, value).get("/api/v4/user").expect(200).json();
        assert_eq!(user["username"], "root", "{name}");
    }
    for name in ["private_token", "job_token"] {
        let user = nobody.get(&format!("/api/v4/user?{name}={ROOT_TOKEN}")).expect(200).json();
        assert_eq!(user["username"], "root", "{name}");
    }
}

#[test]
fn without_or_with_a_wrong_token_everything_is_401() {
    let server = TestServer::start();
    server.client().create_project("acme/demo");
    let nobody = server.anonymous();
    let callers = [
        nobody.clone(),
        nobody.with_token("x"),
        nobody.with_token(""),
        nobody.with_token(&ROOT_TOKEN[1..]),
        nobody.with_token(&format!("{ROOT_TOKEN}x")),
        nobody.with_header("Authorization", &format!("Basic {ROOT_TOKEN}")),
        nobody.with_header("Cookie", "casemate_session=made-up"),
    ];
    for caller in callers {
        for path in ["/api/v4/user", "/api/v4/version", "/api/v4/projects/1", "/api/v4/projects/77"] {
            let answer = caller.get(path).expect(401);
            assert_eq!(answer.json(), json!({"message": "401 Unauthorized"}), "{path}");
        }
        let path = "/api/v4/projects/1/security_reports";
        caller.send(Method::POST, path, "multipart/form-data; boundary=x", b"--x--\r\n").expect(401);
        caller.post("/api/v4/projects", &json!({"name": "x"})).expect(401);
    }
    assert_eq!(server.client().get("/api/v4/projects").total(), 1);
    assert_eq!(nobody.get("/api/v4/projects").expect(200).total(), 0, "nothing is public");
    nobody.with_token("x").get("/api/v4/projects").expect(401);
}

/// A new token of the administrator with these scopes.
fn token(client: &Client, scopes: &[&str]) -> String {
    let wish = json!({"name": "for a test", "scopes": scopes});
    let made = client.post("/api/v4/user/personal_access_tokens", &wish).expect(201).json();
    made["token"].as_str().expect("the token, told once").to_owned()
}

#[test]
fn a_ci_token_may_upload_and_nothing_else() {
    let project = Project::start();
    let ci = project.server.anonymous().with_header("JOB-TOKEN", &token(&project.client, &["write_reports"]));
    let report = sample::report("sast", "semgrep", vec![sample::sast("A", "a", "a.rs", 1)]);
    let upload = project.upload("main").file("sast", "r.json", report.to_string().as_bytes());
    ci.upload("acme/demo", "?wait=60", upload).expect(201);
    let answer = ci.get("/api/v4/projects/1").expect(403).json();
    assert_eq!(answer["error"], "insufficient_scope");
    assert!(answer["error_description"].is_string() && answer["scope"].is_string(), "{answer}");
    for path in ["/api/v4/user", "/api/v4/projects", "/api/v4/projects/1/vulnerabilities", "/api/v4/projects/1/pipelines/1"] {
        ci.get(path).expect(403);
    }
    ci.post("/api/v4/projects", &json!({"name": "more"})).expect(403);
    ci.post("/api/v4/user/personal_access_tokens", &json!({"name": "more", "scopes": ["api"]})).expect(403);
}

#[test]
fn a_reading_token_reads_and_may_not_write() {
    let project = Project::start();
    let reader = project.server.anonymous().with_token(&token(&project.client, &["read_api"]));
    assert_eq!(reader.get("/api/v4/projects/1").expect(200).json()["id"], 1);
    reader.post("/api/v4/projects", &json!({"name": "more"})).expect(403);
    let upload = project.upload("main").file("sast", "r.json", b"{}");
    reader.upload("acme/demo", "", upload).expect(403);
    assert_eq!(project.total("pipelines"), 0);
}

#[test]
fn a_token_has_the_form_that_clients_read() {
    let server = TestServer::with(Settings::default().arg("--auth-token-days=0"));
    let client = server.client();
    let path = "/api/v4/user/personal_access_tokens";
    let wish = json!({"name": "n", "scopes": ["api", "read_api"], "expires_at": "2099-12-31"});
    let made = client.post(path, &wish).expect(201).json();
    assert!(made["id"].is_u64() && made["user_id"].is_u64() && is_time(&made["created_at"]), "{made}");
    assert_eq!(made["expires_at"], "2099-12-31");
    assert_eq!((&made["revoked"], &made["active"]), (&json!(false), &json!(true)));
    assert_eq!(made["scopes"], json!(["api", "read_api"]));
    let text = made["token"].as_str().unwrap();
    server.anonymous().with_token(text).get("/api/v4/user").expect(200);
    for wrong in [
        json!({"name": "n"}),
        json!({"scopes": ["api"]}),
        json!({"name": "n", "scopes": []}),
        json!({"name": "n", "scopes": ["root"]}),
        json!({"name": " ", "scopes": ["api"]}),
        json!({"name": "n", "scopes": ["api"], "expires_at": "31.12.2099"}),
    ] {
        let answer = client.post(path, &wrong).expect(400).json();
        assert!(answer["error"].is_string(), "{answer}");
    }
}

#[test]
fn a_token_ends_in_the_future_and_not_too_far_in_it() {
    let server = TestServer::start();
    for day in ["2001-01-01", "2099-01-01"] {
        let wish = json!({"name": "n", "scopes": ["api"], "expires_at": day});
        let answer = server.client().post("/api/v4/user/personal_access_tokens", &wish).expect(400).json();
        assert!(answer["message"]["expires_at"][0].is_string(), "{answer}");
    }
}

#[test]
fn a_token_that_has_ended_is_no_token() {
    let mut server = TestServer::start();
    let text = token(&server.client(), &["api"]);
    server.stop();
    server.configure(Settings::default().env("CASEMATE_DAYS_AHEAD", "400"));
    server.start_again();
    server.anonymous().with_token(&text).get("/api/v4/user").expect(200);
    server.stop();
    server.configure(Settings::default().env("CASEMATE_DAYS_AHEAD", "401"));
    server.start_again();
    server.anonymous().with_token(&text).get("/api/v4/user").expect(401);
}

/// The cookie and the CSRF text of a new session.
fn sign_in(server: &TestServer) -> (Client, String) {
    let body = json!({"login": "root", "password": ROOT_PASSWORD});
    let answer = server.anonymous().post("/api/v4/session", &body).expect(201);
    let cookie = answer.header("set-cookie").to_owned();
    let attributes = cookie.to_ascii_lowercase();
    assert!(
        attributes.contains("httponly") && attributes.contains("samesite=strict") && attributes.contains("path=/"),
        "{cookie}"
    );
    let session = answer.json();
    assert_eq!(session["user"]["username"], "root");
    assert!(is_time(&session["expires_at"]));
    let csrf = session["csrf_token"].as_str().unwrap().to_owned();
    let pair = cookie.split(';').next().unwrap();
    assert!(!pair.contains(&csrf), "the cookie is no secret from the page then");
    (server.anonymous().with_header("Cookie", pair), csrf)
}

#[test]
fn a_session_reads_freely_and_writes_with_the_csrf_header_only() {
    let server = TestServer::start();
    let (page, csrf) = sign_in(&server);
    assert_eq!(page.get("/api/v4/user").expect(200).json()["username"], "root");
    assert_eq!(page.get("/api/v4/session").expect(200).json()["csrf_token"], csrf.as_str());
    let wish = json!({"name": "one"});
    page.post("/api/v4/projects", &wish).expect(403);
    page.with_header("X-CSRF-Token", "wrong").post("/api/v4/projects", &wish).expect(403);
    let writer = page.with_header("X-CSRF-Token", &csrf);
    writer.post("/api/v4/projects", &wish).expect(201);
    page.delete("/api/v4/session").expect(403);
    writer.delete("/api/v4/session").expect(204);
    page.get("/api/v4/user").expect(401);
    page.get("/api/v4/session").expect(401);
}

#[test]
fn a_wrong_password_and_an_unknown_name_look_the_same() {
    let server = TestServer::start();
    let nobody = server.anonymous();
    let answers = [("root", "wrong"), ("nobody", ROOT_PASSWORD), ("", ""), ("root", "")].map(|(login, password)| {
        let answer = nobody.post("/api/v4/session", &json!({"login": login, "password": password})).expect(401);
        assert_eq!(answer.header("set-cookie"), "");
        answer.json()
    });
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    let missing = nobody.post("/api/v4/session", &json!({"login": "root"})).expect(400).json();
    assert_eq!(missing, json!({"error": "password is missing"}));
    // The name counts in any case.
    nobody.post("/api/v4/session", &json!({"login": "ROOT", "password": ROOT_PASSWORD})).expect(201);
}

#[test]
fn sessions_and_tokens_survive_a_restart() {
    let mut server = TestServer::start();
    let text = token(&server.client(), &["read_api"]);
    let body = json!({"login": "root", "password": ROOT_PASSWORD});
    let cookie = server.anonymous().post("/api/v4/session", &body).expect(201).header("set-cookie").to_owned();
    server.kill();
    server.start_again();
    server.anonymous().with_token(&text).get("/api/v4/projects").expect(200);
    let pair = cookie.split(';').next().unwrap();
    server.anonymous().with_header("Cookie", pair).get("/api/v4/user").expect(200);
}
