//! Sessions of the page: their list and end, passwords, second factors.
//!
//! Must not know: how any of it is stored.

use crate::users::{person, put};
use casemate_tests::server::ROOT_PASSWORD;
use casemate_tests::{Answer, Client, Settings, TestServer, totp};
use serde_json::{Value, json};

/// Tries to sign in.
pub fn try_sign_in(server: &TestServer, body: &Value) -> Answer {
    server.anonymous().post("/api/v4/session", body)
}

/// Signs in; a client with the cookie and the CSRF text.
pub fn sign_in(server: &TestServer, login: &str, password: &str) -> Client {
    with_session(server, &try_sign_in(server, &json!({"login": login, "password": password})).expect(201))
}

fn with_session(server: &TestServer, answer: &Answer) -> Client {
    let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
    let csrf = answer.json()["csrf_token"].as_str().unwrap().to_owned();
    server.anonymous().with_header("Cookie", &cookie).with_header("X-CSRF-Token", &csrf)
}

#[test]
fn sessions_are_listed_and_ended_one_by_one() {
    let server = TestServer::start();
    let here = sign_in(&server, "root", ROOT_PASSWORD);
    let there = server.anonymous().with_header("User-Agent", "Other/1.0");
    let there = there.post("/api/v4/session", &json!({"login": "root@localhost", "password": ROOT_PASSWORD})).expect(201);
    let there = with_session(&server, &there);
    let listed = here.get("/api/v4/user/sessions").expect(200).json();
    let rows = listed.as_array().unwrap();
    assert_eq!((rows.len(), &rows[0]["user_agent"], &rows[0]["ip_address"]), (2, &json!("Other/1.0"), &json!("127.0.0.1")));
    assert_eq!((&rows[0]["current"], &rows[1]["current"]), (&json!(false), &json!(true)));
    let (_, anna) = person(&server, "anna");
    assert_eq!(anna.get("/api/v4/user/sessions").expect(200).json(), json!([]));
    anna.delete(&format!("/api/v4/user/sessions/{}", rows[0]["id"])).expect(404);
    here.delete(&format!("/api/v4/user/sessions/{}", rows[0]["id"])).expect(204);
    there.get("/api/v4/user").expect(401);
    here.get("/api/v4/user").expect(200);
    here.delete("/api/v4/user/sessions/x").expect(404);
}

#[test]
fn a_new_password_ends_the_other_sessions() {
    let server = TestServer::start();
    person(&server, "anna");
    let old = "password of anna";
    let (here, there) = (sign_in(&server, "anna", old), sign_in(&server, "anna", old));
    let change = |client: &Client, body: Value| put(client, "/api/v4/user/password", &body);
    let wrong = change(&here, json!({"current_password": "wrong", "password": "a new password"})).expect(400).json();
    assert_eq!(wrong["message"]["current_password"][0], "is wrong");
    for password in ["short", &"x".repeat(10_000)] {
        change(&here, json!({"current_password": old, "password": password})).expect(400);
    }
    change(&here, json!({"password": "a new password"})).expect(400);
    there.get("/api/v4/user").expect(200);
    change(&here, json!({"current_password": old, "password": "a new password"})).expect(204);
    here.get("/api/v4/user").expect(200);
    there.get("/api/v4/user").expect(401);
    try_sign_in(&server, &json!({"login": "anna", "password": old})).expect(401);
    sign_in(&server, "anna", "a new password");
    // An administrator's word ends all of them.
    let id = server.client().get("/api/v4/users?username=anna").json()[0]["id"].clone();
    put(&server.client(), &format!("/api/v4/users/{id}"), &json!({"password": "given by root"})).expect(200);
    here.get("/api/v4/user").expect(401);
}

#[test]
fn sessions_end_when_they_are_not_used() {
    let mut server = TestServer::start();
    let answer = try_sign_in(&server, &json!({"login": "root", "password": ROOT_PASSWORD})).expect(201);
    let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
    server.stop();
    server.configure(Settings::default().env("CASEMATE_DAYS_AHEAD", "1"));
    server.start_again();
    server.anonymous().with_header("Cookie", &cookie).get("/api/v4/user").expect(401);
    server.stop();
    let longer = Settings::default()
        .env("CASEMATE_DAYS_AHEAD", "1")
        .arg("--auth-session-idle-minutes=3000")
        .arg("--auth-session-hours=72");
    server.configure(longer);
    server.start_again();
    // Twelve hours were promised when it began.
    server.anonymous().with_header("Cookie", &cookie).get("/api/v4/user").expect(401);
    let answer = try_sign_in(&server, &json!({"login": "root", "password": ROOT_PASSWORD})).expect(201);
    let kept = server.anonymous().with_header("Cookie", answer.header("set-cookie").split(';').next().unwrap());
    assert_eq!(kept.get("/api/v4/user/sessions").expect(200).json().as_array().unwrap().len(), 1, "the ended one is gone");
}

/// Sets a second factor up; its secret, the recovery codes, and the time on the server.
fn set_up(client: &Client, password: &str) -> (String, Vec<String>, u64) {
    let begun = client.post("/api/v4/user/two_factor", &json!({"current_password": password})).expect(201);
    let secret = begun.json()["secret"].as_str().unwrap().to_owned();
    let now = totp::seconds(begun.header("date"));
    let body = json!({"code": totp::code(&secret, now)});
    let codes = client.post("/api/v4/user/two_factor/confirm", &body).expect(201).json()["recovery_codes"].clone();
    (secret, serde_json::from_value(codes).unwrap(), now)
}

#[test]
fn with_a_second_factor_the_password_is_not_enough() {
    let server = TestServer::start();
    let (id, anna) = person(&server, "anna");
    let password = "password of anna";
    let other = sign_in(&server, "anna", password);
    anna.post("/api/v4/user/two_factor", &json!({"current_password": "wrong"})).expect(400);
    anna.post("/api/v4/user/two_factor/confirm", &json!({"code": "000000"})).expect(409);
    let (secret, recovery, now) = set_up(&anna, password);
    assert_eq!(recovery.len(), 10);
    other.get("/api/v4/user").expect(401);
    assert_eq!(anna.get("/api/v4/user").expect(200).json()["two_factor_enabled"], true, "tokens go on");
    let try_code = |code: Option<&str>| try_sign_in(&server, &json!({"login": "anna", "password": password, "code": code}));
    let needed = try_code(None).expect(401).json();
    assert_eq!(needed["two_factor_required"], true);
    let wrong = try_sign_in(&server, &json!({"login": "anna", "password": "wrong"})).expect(401).json();
    assert!(wrong.get("two_factor_required").is_none(), "told to who knows the password only");
    let next = totp::code(&secret, now + 30);
    try_code(Some(&totp::code(&secret, now))).expect(401);
    try_code(Some(&next)).expect(201);
    try_code(Some(&next)).expect(401);
    try_code(Some(&recovery[0])).expect(201);
    try_code(Some(&recovery[0])).expect(401);
    anna.delete_with("/api/v4/user/two_factor", &json!({"current_password": "wrong"})).expect(400);
    anna.delete_with("/api/v4/user/two_factor", &json!({"current_password": password})).expect(204);
    sign_in(&server, "anna", password);
    set_up(&anna, password);
    let path = format!("/api/v4/users/{id}/disable_two_factor");
    anna.call(ureq::http::Method::PATCH, &path).expect(403);
    server.client().call(ureq::http::Method::PATCH, &path).expect(204);
    server.client().call(ureq::http::Method::PATCH, &path).expect(400);
    sign_in(&server, "anna", password);
}
