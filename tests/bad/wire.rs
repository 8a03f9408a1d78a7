//! What is wrong below the request: smuggling, broken chunks, split headers, slow heads.
//! Must not know: the API beyond a few paths.

use casemate_tests::{TestServer, raw};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

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
