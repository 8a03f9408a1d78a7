//! The audit log under attack: what was refused is no act, and nobody who is not let in fills it or the server's log.
//! Must not know: how events are kept.

use crate::people::{add, group, person, project, put};
use casemate_tests::{Client, Settings, TestServer, raw};
use serde_json::json;
use ureq::http::Method;

fn events(client: &Client, place: &str) -> u64 {
    client.get(&format!("{place}/audit_events")).expect(200).total()
}

#[test]
fn what_was_refused_is_not_in_the_log_as_done() {
    let server = TestServer::start();
    let root = server.client();
    let [owner, maintainer, stranger] = ["olga", "max", "sam"].map(|name| person(&server, name));
    let team = format!("/api/v4/groups/{}", group(&owner.client, "team"));
    let app = project(&owner.client, team.rsplit('/').next().unwrap().parse().unwrap(), "app");
    add(&owner.client, &app, maintainer.id, 40);
    let before = (events(&root, "/api/v4"), events(&owner.client, &app), events(&owner.client, &team));
    for (who, method, path, body, status) in [
        (&maintainer, Method::POST, format!("{app}/members"), json!({"user_id": stranger.id, "access_level": 50}), 403),
        (&maintainer, Method::PUT, app.clone(), json!({"visibility": "public"}), 403),
        (&maintainer, Method::DELETE, app.clone(), json!({}), 403),
        (
            &maintainer,
            Method::POST,
            format!("{app}/access_tokens"),
            json!({"name": "t", "scopes": ["api"], "access_level": 50}),
            403,
        ),
        (&maintainer, Method::PUT, format!("{app}/transfer"), json!({"namespace": "max"}), 403),
        (&stranger, Method::POST, format!("{app}/members"), json!({"user_id": stranger.id, "access_level": 50}), 404),
        (&stranger, Method::DELETE, team.clone(), json!({}), 404),
        (&stranger, Method::POST, "/api/v4/users".to_owned(), json!({"username": "x"}), 403),
        (&stranger, Method::PUT, "/api/v4/users/1".to_owned(), json!({"admin": false}), 403),
        (&owner, Method::DELETE, format!("{team}/members/{}", owner.id), json!({}), 403),
        (&owner, Method::POST, format!("{app}/hooks"), json!({"url": "file:///etc/passwd"}), 422),
        (&owner, Method::POST, format!("{app}/hooks"), json!({"url": "https://user:secret@h.example"}), 422),
        (&owner, Method::POST, format!("{team}/transfer"), json!({"group_id": team.rsplit('/').next()}), 400),
        (&owner, Method::PUT, "/api/v4/user".to_owned(), json!({"email": "no mail"}), 400),
    ] {
        let answer = who.client.send(method.clone(), &path, "application/json", body.to_string().as_bytes());
        assert_eq!(answer.status, status, "{method} {path} {body}: {}", answer.text());
    }
    assert_eq!((events(&root, "/api/v4"), events(&owner.client, &app), events(&owner.client, &team)), before);
    // What was done is there at once.
    put(&maintainer.client, &app, &json!({"description": "more"})).expect(200);
    assert_eq!(events(&owner.client, &app), before.1 + 1);
}

#[test]
fn whoever_is_not_let_in_fills_neither_log() {
    let mut server = TestServer::with(Settings::default().unlimited().arg("--auth-sign-ins-per-minute=0"));
    let root = server.client();
    let (before, log) = (events(&root, "/api/v4"), server.log().len());
    let nobody = server.anonymous();
    for number in 0..130 {
        nobody.post("/api/v4/session", &json!({"login": format!("n{number}\r\nforged line"), "password": "x"})).expect(401);
    }
    for number in 0..400 {
        nobody.with_token(&format!("cmpat-{number:032x}")).get("/api/v4/user").expect(401);
        nobody.with_header("X-Request-Id", "a b").get(&format!("/api/v4/none/{number}")).expect(404);
    }
    for garbage in [
        "\u{0}\u{1}\r\n\r\n",
        "GET / HTTP/1.1\r\nHo st: x\r\n\r\n",
        "GET / HTTP/9\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: -\r\n\r\n",
    ] {
        for _ in 0..50 {
            let _ = raw::exchange(server.address(), garbage.as_bytes());
        }
    }
    // A hundred sign-ins of an hour are told one by one, of tokens from one address one; the rest is counted.
    let grown = events(&root, "/api/v4") - before;
    assert!((1..=110).contains(&grown), "{grown} events");
    let text = server.log();
    assert!(text.len() - log < 110 * 400, "{} bytes of log", text.len() - log);
    assert!(!text.lines().any(|line| line.starts_with("forged")) && !text.contains("parse error"), "{text}");
    server.stop();
}
