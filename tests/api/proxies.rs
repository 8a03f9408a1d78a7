//! The server behind a proxy: what it believes of whom, and whether it notices a proxy that breaks paths.
//!
//! Must not know: any real proxy.

use casemate_tests::{Client, Settings, TestServer};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::channel;

/// A proxy on loopback that changes the head of every request; answers its address and where to tell it the server's.
fn proxy(change: fn(&str) -> String) -> (SocketAddr, std::sync::mpsc::Sender<SocketAddr>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (tell, told) = channel();
    std::thread::spawn(move || {
        let server: SocketAddr = told.recv().unwrap();
        for client in listener.incoming() {
            let _ = pass_on(client.unwrap(), server, change);
        }
    });
    (address, tell)
}

fn pass_on(mut client: TcpStream, server: SocketAddr, change: fn(&str) -> String) -> std::io::Result<()> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && client.read(&mut byte)? == 1 {
        head.push(byte[0]);
    }
    let head = change(&String::from_utf8_lossy(&head)).replacen("\r\n", "\r\nConnection: close\r\n", 1);
    let mut upstream = TcpStream::connect(server)?;
    upstream.write_all(head.as_bytes())?;
    let mut answer = Vec::new();
    upstream.read_to_end(&mut answer)?;
    client.write_all(&answer)
}

/// What a server behind that proxy finds out about it: status and words.
fn found_behind(change: fn(&str) -> String, path: &str) -> (String, String) {
    let (address, tell) = proxy(change);
    let settings = Settings::default().arg("--external-url").arg(&format!("http://{address}{path}"));
    let server = TestServer::with(settings);
    tell.send(server.address()).unwrap();
    let answer = server.anonymous().get("/-/readiness?all=1").expect(200).json();
    assert_eq!(answer["status"], "ok", "a wrong proxy makes no server unfit");
    let check = &answer["proxy_check"][0];
    (check["status"].as_str().unwrap().to_owned(), check["message"].as_str().unwrap().to_owned())
}

#[test]
fn a_proxy_that_leaves_paths_alone_is_fine() {
    let (status, text) = found_behind(str::to_owned, "");
    assert_eq!(status, "ok", "{text}");
    let (status, text) = found_behind(str::to_owned, "/sec");
    assert_eq!(status, "ok", "one that passes the path before all paths on: {text}");
    let (status, text) = found_behind(|head| head.replacen("/sec/", "/", 1), "/sec");
    assert_eq!(status, "ok", "and one that takes it away: {text}");
}

#[test]
fn a_proxy_that_decodes_slashes_is_found() {
    let (status, text) = found_behind(|head| head.replace("%2F", "/"), "");
    assert!(status == "failed" && text.contains("decodes %2F") && text.contains("nocanon"), "{status}: {text}");
    let (status, text) = found_behind(|head| head.replace("%2F", "%252F"), "");
    assert!(status == "failed" && text.contains("again"), "{status}: {text}");
}

#[test]
fn nothing_is_asked_unless_an_address_is_configured() {
    let server = TestServer::start();
    let answer = server.anonymous().get("/-/readiness?all=1").expect(200).json();
    for check in ["db_check", "search_check", "queue_check", "proxy_check"] {
        assert_eq!(answer[check][0]["status"], "ok", "{check}: {answer}");
    }
    assert!(answer["proxy_check"][0]["message"].as_str().unwrap().contains("nothing was asked"));
    assert!(server.anonymous().get("/-/readiness").expect(200).json()["proxy_check"].is_null());
}

#[test]
fn an_address_that_nobody_answers_is_told_soon() {
    let unused = casemate_tests::server::free_address();
    let server = TestServer::with(Settings::default().arg("--external-url").arg(&format!("http://{unused}")));
    let answer = server.anonymous().get("/-/readiness?all=1").expect(200).json();
    let text = answer["proxy_check"][0]["message"].as_str().unwrap();
    assert!(text.contains("can't be reached"), "{text}");
}

fn forwarded(client: &Client) -> Client {
    client
        .with_header("X-Forwarded-For", "203.0.113.9, 198.51.100.7")
        .with_header("X-Forwarded-Host", "evil.example, front.example")
        .with_header("X-Forwarded-Proto", "https")
}

#[test]
fn only_a_trusted_proxy_is_believed() {
    let address_of = |server: &TestServer| {
        let wish = serde_json::json!({"login": "root", "password": "wrong"});
        forwarded(&server.anonymous()).post("/api/v4/session", &wish).expect(401);
        let events = server.client().get("/api/v4/audit_events").expect(200).text();
        (events.contains("198.51.100.7"), events.contains("203.0.113.9"))
    };
    let trusting = TestServer::with(Settings::default().arg("--trusted-proxies").arg("127.0.0.0/8"));
    let user = forwarded(&trusting.client()).get("/api/v4/user").expect(200);
    assert!(user.json()["web_url"].as_str().unwrap().starts_with("https://front.example/"), "{}", user.text());
    assert_eq!(user.header("strict-transport-security"), "max-age=31536000");
    assert_eq!(address_of(&trusting), (true, false), "the nearest stranger, not what that one says");
    let plain = TestServer::start();
    let user = forwarded(&plain.client()).get("/api/v4/user").expect(200);
    assert!(user.json()["web_url"].as_str().unwrap().starts_with(&plain.base()), "{}", user.text());
    assert_eq!(user.header("strict-transport-security"), "");
    assert_eq!(address_of(&plain), (false, false));
}

#[test]
fn a_host_that_somebody_makes_up_is_in_no_link_of_a_configured_server() {
    let server = TestServer::with(Settings::default().arg("--external-url").arg("https://sec.example/app"));
    let client = server.client().with_header("Host", "evil.example");
    let me = client.get("/api/v4/user").expect(200);
    assert!(!me.text().contains("evil.example") && me.text().contains("https://sec.example/app/root"), "{}", me.text());
    client.post("/api/v4/projects", &serde_json::json!({"name": "p"})).expect(201);
    let list = client.get("/app/api/v4/projects?per_page=1").expect(200);
    assert!(list.header("link").contains("<https://sec.example/app/api/v4/projects?"), "{}", list.header("link"));
    assert!(!list.header("link").contains("evil.example"));
}
