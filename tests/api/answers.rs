//! What every answer carries, the probes, the version, and how the page is delivered.

use casemate_shared::api::paths::encode_segment;
use casemate_tests::{Answer, TestServer, raw};
use serde_json::json;

/// Headers that guard every answer.
const GUARDS: [(&str, &str); 4] = [
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
];

#[track_caller]
fn assert_guarded(answer: &Answer, path: &str) {
    for (name, value) in GUARDS {
        assert_eq!(answer.header(name), value, "{name} of {path}");
    }
    assert!(!answer.header("content-security-policy").is_empty(), "{path}");
    assert!(!answer.header("x-request-id").is_empty(), "{path}");
}

#[test]
fn every_answer_is_guarded_errors_too() {
    let server = TestServer::start();
    let client = server.client();
    for path in ["/", "/acme/demo", "/-/health", "/none.js", "/api/v4/user", "/api/v4/none", "/api/v4/projects/1"] {
        assert_guarded(&client.get(path), path);
    }
    assert_guarded(&server.anonymous().get("/api/v4/user").expect(401), "401");
    assert_guarded(&client.post("/api/v4/projects", &json!({})).expect(400), "400");
    let api = client.get("/api/v4/user").expect(200);
    assert_eq!(api.header("cache-control"), "no-store");
    assert!(api.header("content-type").starts_with("application/json"));
}

#[test]
fn a_sane_request_id_comes_back_and_any_other_is_replaced() {
    let server = TestServer::start();
    let ask = |id: &str| server.client().with_header("X-Request-Id", id).get("/api/v4/user").header("x-request-id").to_owned();
    assert_eq!(ask("ci-job-7.A_b"), "ci-job-7.A_b");
    for odd in ["with blank", "x\"><script>", &"x".repeat(65)] {
        let given = ask(odd);
        assert_ne!(given, odd);
        assert!(!given.is_empty() && given.len() <= 64);
    }
    let (one, other) = (server.client().get("/-/health"), server.client().get("/-/health"));
    assert_ne!(one.header("x-request-id"), other.header("x-request-id"));
}

#[test]
fn probes_answer_everybody() {
    let server = TestServer::start();
    let nobody = server.anonymous();
    let health = nobody.get("/-/health").expect(200);
    assert_eq!((health.text().trim(), health.header("content-type").split(';').next()), ("OK", Some("text/plain")));
    assert_eq!(nobody.get("/-/liveness").expect(200).json(), json!({"status": "ok"}));
    let ready = nobody.get("/-/readiness").expect(200).json();
    assert_eq!(ready, json!({"status": "ok", "master_check": [{"status": "ok"}]}));
    let all = nobody.get("/-/readiness?all=1").expect(200).json();
    for part in ["db_check", "search_check", "queue_check"] {
        assert_eq!(all[part][0]["status"], "ok", "{all}");
    }
    assert_eq!((&all["queue_check"][0]["queued"], &all["search_check"][0]["behind"]), (&json!(0), &json!(0)));
}

#[test]
fn the_version_is_the_binary_s_and_only_for_callers() {
    let server = TestServer::start();
    let version = server.client().get("/api/v4/version").expect(200).json();
    let printed = casemate_tests::program::run(["--version"]);
    let printed = String::from_utf8(printed.stdout).unwrap();
    assert_eq!(printed.trim(), format!("casemate {}", version["version"].as_str().unwrap()));
    assert!(version["revision"].is_string());
    let metadata = server.client().get("/api/v4/metadata").expect(200).json();
    assert_eq!(metadata["version"], version["version"]);
    assert!(metadata["enterprise"].is_boolean() && metadata["kas"].is_object(), "{metadata}");
    server.anonymous().get("/api/v4/version").expect(401);
}

#[test]
fn every_path_of_the_page_gets_the_page() {
    let server = TestServer::start();
    let nobody = server.anonymous();
    let page = nobody.get("/").expect(200);
    assert!(page.header("content-type").starts_with("text/html"));
    let security = page.header("content-security-policy");
    assert!(security.contains("default-src 'none'") && security.contains("frame-ancestors 'none'"), "{security}");
    let scripts = security.split(';').find(|part| part.trim().starts_with("script-src")).expect("a rule for scripts");
    assert!(!scripts.contains("unsafe-inline") && !scripts.contains("'unsafe-eval'"), "{scripts}");
    for path in ["/projects", "/acme/demo/-/security/vulnerability_report", "/acme/my.project/-/pipelines/7/security", "/a%2Fb"] {
        assert_eq!(nobody.get(path).expect(200).text(), page.text(), "{path}");
    }
    nobody.get("/none.js").expect(404);
    nobody.get("/assets/none.css").expect(404);
    nobody.send(ureq::http::Method::POST, "/projects", "text/plain", b"x").expect(404);
}

#[test]
fn the_page_s_files_are_packed_and_are_kept_as_long_as_their_names_say() {
    let server = TestServer::start();
    let nobody = server.anonymous();
    let page = nobody.get("/").expect(200);
    assert_eq!(page.header("cache-control"), "no-cache");
    let tag = page.header("etag").to_owned();
    assert!(!tag.is_empty());
    let again = nobody.with_header("If-None-Match", &tag).get("/").expect(304);
    assert!(again.body.is_empty() && again.header("etag") == tag);
    nobody.with_header("If-None-Match", "\"other\"").get("/").expect(200);
    let text = page.text();
    let is_placeholder = text.contains("make build");
    let mut count = 0;
    let names =
        text.split(['"', '\'']).filter(|name| name.starts_with('/') && (name.ends_with(".js") || name.ends_with(".wasm")));
    for name in names {
        let plain = nobody.with_header("Accept-Encoding", "identity").get(name).expect(200);
        assert!(plain.header("cache-control").contains("immutable"), "{name}: {}", plain.header("cache-control"));
        let packed = raw_get(&server, name, "br");
        assert!(packed.to_ascii_lowercase().contains("content-encoding: br"), "{name}: {packed}");
        assert!(packed.to_ascii_lowercase().contains("vary: accept-encoding"), "{packed}");
        count += 1;
    }
    assert!(count >= 2 || is_placeholder, "{count} files in {text}");
}

/// The head of the answer to a GET with an `Accept-Encoding`; the body stays packed.
fn raw_get(server: &TestServer, path: &str, coding: &str) -> String {
    let request = raw::request("GET", path, &[("Accept-Encoding", coding)], b"");
    let answer = raw::exchange(server.address(), &request).expect("an answer");
    let text = String::from_utf8_lossy(&answer);
    text.split("\r\n\r\n").next().unwrap_or_default().to_owned()
}

#[test]
fn a_request_that_is_no_http_does_no_harm() {
    let server = TestServer::start();
    for bytes in
        [&b"\x16\x03\x01\x02\x00"[..], b"GET /\r\n\r\n", b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"\0\0\0\0\r\n\r\n"]
    {
        if let Ok(answer) = raw::exchange(server.address(), bytes) {
            assert!(
                raw::status(&answer).is_none_or(|status| (400..500).contains(&status)),
                "{}",
                String::from_utf8_lossy(&answer)
            );
        }
    }
    let long = format!("/api/v4/projects/{}", encode_segment(&"ä/".repeat(3000)));
    let status = server.client().get(&long).status;
    assert!((400..500).contains(&status), "{status}");
    server.client().get("/api/v4/user").expect(200);
}
