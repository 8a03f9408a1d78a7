//! What is wrong below the request: smuggling, broken chunks, split headers, slow heads.
//! Must not know: the API beyond a few paths.

use casemate_tests::{Settings, TestServer, raw};
use serde_json::json;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;
use ureq::http::Method;

/// Sends bytes, ends the writing side, and gives all that comes back.
fn exchange(server: &TestServer, bytes: &str) -> String {
    String::from_utf8_lossy(&raw::exchange(server.address(), bytes.as_bytes()).unwrap_or_default()).into_owned()
}

fn answers(text: &str) -> usize {
    text.matches("HTTP/1.1 ").count()
}

#[test]
fn a_request_is_not_smuggled_in_another() {
    let server = TestServer::start();
    let hidden = "GET /-/liveness HTTP/1.1\r\nHost: x\r\n\r\n";
    let with = |headers: &str, body: &str| format!("POST /api/v4/session HTTP/1.1\r\nHost: x\r\n{headers}\r\n{body}");
    for (what, bytes) in [
        ("both lengths", with("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", &format!("0\r\n\r\n{hidden}"))),
        ("two lengths", with("Content-Length: 0\r\nContent-Length: 60\r\n", hidden)),
        ("a length that is none", with("Content-Length: +5\r\n", hidden)),
        ("a negative length", with("Content-Length: -1\r\n", hidden)),
        ("a list of lengths", with("Content-Length: 0, 60\r\n", hidden)),
        ("chunked is not last", with("Transfer-Encoding: chunked, identity\r\n", &format!("0\r\n\r\n{hidden}"))),
        ("chunked, almost", with("Transfer-Encoding: xchunked\r\n", &format!("0\r\n\r\n{hidden}"))),
        ("a blank before the colon", with("Transfer-Encoding : chunked\r\n", &format!("0\r\n\r\n{hidden}"))),
        ("a size that is none", with("Transfer-Encoding: chunked\r\n", &format!("zz\r\n\r\n{hidden}"))),
        ("chunked twice", with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", &format!("0\r\n\r\n{hidden}"))),
        ("a folded header", with("Transfer-Encoding:\r\n chunked\r\n", &format!("0\r\n\r\n{hidden}"))),
        ("a folded length", with("Content-Length:\r\n 0\r\n", hidden)),
        ("a length with a blank", with("Content-Length: 6 0\r\n", hidden)),
        ("a length in hex", with("Content-Length: 0x40\r\n", hidden)),
        ("an extension with half a line end", with("Transfer-Encoding: chunked\r\n", &format!("2;\nxx\r\n0\r\n\r\n{hidden}"))),
        ("half a line end", with("Transfer-Encoding: chunked\r\n", &format!("0\n\n{hidden}"))),
        ("more than the chunk", with("Transfer-Encoding: chunked\r\n", &format!("1\r\nAB\r\n0\r\n\r\n{hidden}"))),
        ("a signed size", with("Transfer-Encoding: chunked\r\n", &format!("+0\r\n\r\n{hidden}"))),
        ("a body that nobody reads", with(&format!("Content-Type: text/x\r\nContent-Length: {}\r\n", hidden.len()), hidden)),
        ("a size too large", with("Transfer-Encoding: chunked\r\n", &format!("ffffffffffffffffff\r\n\r\n{hidden}"))),
    ] {
        let answer = exchange(&server, &bytes);
        assert!(!answer.contains("\"status\":\"ok\""), "{what}: the hidden request was answered: {answer}");
        assert!(answers(&answer) <= 1, "{what}: {answer}");
        assert!(answers(&answer) == 0 || !answer.starts_with("HTTP/1.1 2"), "{what}: {answer}");
    }
    server.anonymous().get("/-/health").expect(200);
}

#[test]
fn a_header_is_not_split_by_what_a_client_sends() {
    let server = TestServer::start();
    let client = server.client();
    for path in ["/api/v4/projects?search=a%0d%0aX-Evil:%201", "/%0d%0aX-Evil:%201", "/api/v4/projects/a%0d%0aX-Evil:%201"] {
        let answer = client.get(path);
        assert!(answer.status < 500, "{path}");
        assert_eq!(answer.header("x-evil"), "", "{path}");
        assert!(!answer.header("link").contains('\n'), "{path}");
    }
    let answer =
        exchange(&server, "GET /-/health HTTP/1.1\r\nHost: x\r\nX-Request-Id: a\r\n X-Evil: 1\r\nConnection: close\r\n\r\n");
    assert!(!answer.to_lowercase().contains("\nx-evil"), "{answer}");
    for head in
        ["GET /-/health HTTP/1.1\r\nHost: a\r\nX: \u{0}\r\n\r\n", "GET / HTTP/1.1\r\nHo st: x\r\n\r\n", "\u{0}\u{1}\r\n\r\n"]
    {
        let answer = exchange(&server, head);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400"), "{head:?}: {answer}");
    }
}

#[test]
fn no_answer_can_be_framed_or_taken_for_something_else() {
    let server = TestServer::start();
    let nobody = server.anonymous();
    for path in ["/", "/users/sign_in", "/api/v4/user", "/-/health", "/api/v4/none", "/index.html"] {
        let answer = nobody.get(path);
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
        assert!(answer.header("content-security-policy").contains("default-src 'none'"), "{path}");
        for (name, value) in [
            ("x-frame-options", "DENY"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), value, "{path}");
        }
        assert!(answer.header("permissions-policy").contains("camera=()"), "{path}");
    }
}

#[test]
fn refusals_of_every_kind_are_guarded_too() {
    let server = TestServer::with(Settings::default().arg("--auth-sign-ins-per-minute=1"));
    let (root, nobody) = (server.client(), server.anonymous());
    let session = "/api/v4/session";
    let wrong = json!({"login": "root", "password": "wrong"});
    nobody.post(session, &wrong).expect(401);
    let scoped =
        root.post("/api/v4/user/personal_access_tokens", &json!({"name": "t", "scopes": ["read_user"]})).expect(201).json();
    let scoped = server.anonymous().with_token(scoped["token"].as_str().unwrap());
    for (status, answer) in [
        (400, nobody.send(Method::POST, session, "application/json", b"{")),
        (401, nobody.get("/api/v4/user")),
        (403, scoped.get("/api/v4/projects")),
        (404, root.get("/api/v4/projects/999999")),
        (405, root.call(Method::PUT, "/api/v4/projects")),
        (405, root.call(Method::HEAD, "/api/v4/projects")),
        (405, root.call(Method::OPTIONS, "/api/v4/projects")),
        (405, root.call(Method::TRACE, "/api/v4/projects")),
        (413, nobody.send(Method::POST, session, "application/json", &vec![b'x'; 20_000])),
        (415, nobody.send(Method::POST, session, "text/plain", b"x")),
        (422, root.post(&format!("/api/v4/projects/{}/hooks", root.create_project("a/b")), &json!({"url": "x:y"}))),
        (429, nobody.post(session, &wrong)),
    ] {
        assert_eq!(answer.status, status, "{}", answer.text());
        for (name, value) in [("x-frame-options", "DENY"), ("x-content-type-options", "nosniff"), ("cache-control", "no-store")] {
            assert_eq!(answer.header(name), value, "{status}");
        }
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"), "{status}");
        assert!(!answer.header("x-request-id").is_empty(), "{status}");
    }
}

#[test]
fn very_long_heads_are_refused() {
    let server = TestServer::start();
    let long = "x".repeat(200_000);
    for head in [
        format!("GET /{long} HTTP/1.1\r\nHost: x\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: x\r\nX: {long}\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: x\r\n{}\r\n", "X: y\r\n".repeat(500)),
    ] {
        let answer = exchange(&server, &head);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{}", &answer[..answer.len().min(200)]);
    }
    server.anonymous().get("/-/health").expect(200);
}

#[test]
fn a_head_that_does_not_come_is_not_waited_for() {
    let server = TestServer::start();
    let mut slow = TcpStream::connect(server.address()).unwrap();
    slow.set_read_timeout(Some(Duration::from_secs(40))).unwrap();
    slow.write_all(b"GET /-/health HTTP/1.1\r\nHost: x\r\n").unwrap();
    let mut answer = Vec::new();
    slow.read_to_end(&mut answer).unwrap();
    let text = String::from_utf8_lossy(&answer);
    assert!(text.is_empty() || text.starts_with("HTTP/1.1 408"), "{text}");
}
