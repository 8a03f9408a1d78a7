//! A server with a path before all its paths, as behind a proxy that has others on the same host.
//!
//! Must not know: the proxy; it may leave the path where it is or take it away.

use crate::sessions::try_sign_in;
use crate::users::put;
use casemate_tests::server::{ROOT_PASSWORD, ROOT_TOKEN};
use casemate_tests::{Client, Settings, TestServer, fixture, program, sample};
use serde_json::json;

fn rooted() -> TestServer {
    TestServer::with(Settings::default().below("/casemate"))
}

/// A client as behind a proxy that takes the path away.
fn without_root(server: &TestServer) -> Client {
    Client::new(&format!("http://{}", server.address())).with_token(ROOT_TOKEN)
}

#[test]
fn addresses_in_answers_are_below_the_root_and_lead_on() {
    let server = rooted();
    let base = server.base();
    assert!(base.ends_with("/casemate"));
    for client in [server.client(), without_root(&server)] {
        let id = client.create_project(if client.get("/api/v4/projects/a%2Fb").status == 200 { "a/c" } else { "a/b" });
        let project = client.get(&format!("/api/v4/projects/{id}")).expect(200).json();
        assert_eq!(project["web_url"], format!("{base}/{}", project["path_with_namespace"].as_str().unwrap()));
        assert_eq!(project["namespace"]["web_url"], format!("{base}/groups/a"));
    }
    let first = server.client().get("/api/v4/projects?per_page=1").expect(200);
    let next = first.header("link").split(", ").find(|link| link.ends_with("rel=\"next\"")).unwrap().to_owned();
    let next = next.strip_prefix('<').unwrap().split_once('>').unwrap().0.to_owned();
    let second = server.client().get(next.strip_prefix(&base).expect("an address below the root")).expect(200);
    assert_ne!(first.json()[0]["id"], second.json()[0]["id"]);
    put(&server.client(), "/api/v4/projects/a%2Fb", &json!({"path": "x"})).expect(200);
    let moved = server.client().get("/api/v4/projects/a%2Fb/labels").expect(301);
    server.client().get(moved.header("location").strip_prefix(&base).unwrap()).expect(200);
}

#[test]
fn the_cookie_is_for_what_is_below_the_root_only() {
    let server = rooted();
    let made = try_sign_in(&server, &json!({"login": "root", "password": ROOT_PASSWORD})).expect(201);
    let cookie = made.header("set-cookie").to_owned();
    assert!(cookie.contains("; Path=/casemate;") || cookie.ends_with("; Path=/casemate"), "{cookie}");
    let csrf = made.json()["csrf_token"].as_str().unwrap().to_owned();
    let session = server.anonymous().with_header("Cookie", cookie.split(';').next().unwrap()).with_header("X-CSRF-Token", &csrf);
    session.get("/api/v4/user").expect(200);
    let gone = session.delete("/api/v4/session").expect(204).header("set-cookie").to_owned();
    assert!(gone.contains("Path=/casemate") && gone.contains("Max-Age=0"), "{gone}");
    session.get("/api/v4/user").expect(401);
}

#[test]
fn the_page_loads_its_files_from_below_the_root() {
    let server = rooted();
    let page = server.anonymous().get("/a/b/-/pipelines").expect(200);
    let html = page.text();
    assert!(html.contains("<meta name=\"casemate-root\" content=\"/casemate\">"), "{html}");
    let root = Client::new(&format!("http://{}", server.address()));
    let is_link = |text: &&str| text.starts_with('/') && text.contains('.') && !text.contains('>');
    let links: Vec<&str> = html.split(['"', '\'']).filter(is_link).collect();
    for link in links {
        assert!(link.starts_with("/casemate/"), "{link}");
        root.get(link).expect(200);
    }
    assert_eq!(server.anonymous().get("").expect(200).text(), html, "without a slash at the end too");
}

#[test]
fn the_command_uploads_to_a_server_below_a_root() {
    let server = rooted();
    server.client().create_project("acme/demo");
    let report = format!("sast={}", fixture::path("demo/main-1/gl-sast-report.json").display());
    let mut command = program::command();
    let sha = sample::sha(7);
    command.args([
        "upload",
        "--server",
        &server.base(),
        "--project",
        "acme/demo",
        "--ref",
        "main",
        "--sha",
        &sha,
        "--wait",
        "60",
    ]);
    let output = command.env("CASEMATE_TOKEN", ROOT_TOKEN).arg(&report).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains(&format!("{}/acme/demo/-/pipelines/1/security", server.base())), "{said}");
    let pipeline = server.client().get("/api/v4/projects/acme%2Fdemo/pipelines/1").expect(200).json();
    assert_eq!(pipeline["detailed_status"]["details_path"], "/casemate/acme/demo/-/pipelines/1");
}

#[test]
fn a_root_that_would_hide_paths_is_refused_at_the_start() {
    for (url, reason) in [("https://h.example/api/x", "begin with /api"), ("https://h.example/a/../b", "empty parts")] {
        let dir = tempfile::tempdir().unwrap();
        let output = program::run(["serve", "--data-dir", dir.path().to_str().unwrap(), "--external-url", url]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains("external_url") && said.contains(reason), "{said}");
    }
}
