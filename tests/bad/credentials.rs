//! Attacks on who is who: guessing, stolen and foreign credentials, requests made by other sites.
//!
//! Must not know: how passwords and tokens are kept.

use casemate_tests::server::{ROOT_PASSWORD, ROOT_TOKEN};
use casemate_tests::{Answer, Client, Settings, TestServer};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use ureq::http::Method;

fn sign_in(client: &Client, login: &str, password: &str) -> Answer {
    client.post("/api/v4/session", &json!({"login": login, "password": password}))
}

/// The `name=value` of the cookie, and the CSRF text.
fn session(server: &TestServer, login: &str, password: &str) -> (String, String) {
    let answer = sign_in(&server.anonymous(), login, password).expect(201);
    let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
    (cookie, answer.json()["csrf_token"].as_str().unwrap().to_owned())
}

fn person(server: &TestServer, name: &str) -> u64 {
    let wish = json!({"username": name, "name": name, "email": format!("{name}@example.test"), "password": "pass phrase"});
    server.client().post("/api/v4/users", &wish).expect(201).json()["id"].as_u64().unwrap()
}

#[test]
fn passwords_can_not_be_guessed_quickly_and_others_are_not_hindered() {
    let server = TestServer::start();
    person(&server, "anna");
    let guesses: Vec<Answer> = (0..14).map(|n| sign_in(&server.anonymous(), "root", &format!("guess {n}"))).collect();
    let statuses: Vec<u16> = guesses.iter().map(|guess| guess.status).collect();
    assert_eq!(statuses, [[401; 10].as_slice(), [429; 4].as_slice()].concat());
    let refused = &guesses[10];
    assert_eq!(refused.text().trim(), "Retry later");
    assert!((1..=60).contains(&refused.header("retry-after").parse::<u64>().unwrap()));
    sign_in(&server.anonymous(), " ROOT ", ROOT_PASSWORD).expect(429);
    sign_in(&server.anonymous(), "anna", "pass phrase").expect(201);
    // Who has a token or a session notices nothing.
    server.client().get("/api/v4/user").expect(200);
}

#[test]
fn one_address_can_not_try_one_password_with_all_names() {
    let server = TestServer::start();
    let statuses: Vec<u16> = (0..40).map(|n| sign_in(&server.anonymous(), &format!("name{n}"), "summer2026").status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 30, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 10);
}

#[test]
fn a_flood_of_sign_ins_is_answered_and_takes_little_memory() {
    let server = TestServer::with(Settings::default().arg("--auth-sign-ins-per-minute=0"));
    let before = server.peak_kib();
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let flood: Vec<_> = (0..80)
            .map(|n| {
                let client = server.anonymous();
                scope.spawn(move || sign_in(&client, &format!("n{n}"), "x").status)
            })
            .collect();
        // Others are served meanwhile.
        assert!((0..20).all(|_| server.client().get("/api/v4/user").status == 200));
        flood.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert!(statuses.iter().all(|status| [401, 429].contains(status)), "{statuses:?}");
    assert!(statuses.contains(&401));
    let grown = server.peak_kib().saturating_sub(before);
    assert!(grown < 120 << 10, "{grown} KiB for 80 passwords at once");
}

#[test]
fn credentials_that_are_none_are_refused_alike_and_tell_nothing() {
    let server = TestServer::start();
    let project = server.client().create_project("acme/secret");
    let path = format!("/api/v4/projects/{project}");
    let nobody = server.anonymous();
    let long = "x".repeat(7_000);
    let tokens = [
        "x",
        "cmpat-00000000000000000000000000000000",
        "cmjob-00000000000000000000000000000000",
        ROOT_PASSWORD,
        &ROOT_TOKEN.to_uppercase(),
        &ROOT_TOKEN[..ROOT_TOKEN.len() - 1],
        &format!("{ROOT_TOKEN}%00"),
        "' OR 1=1 --",
        &long,
    ];
    let mut bodies = BTreeSet::new();
    for token in tokens {
        for name in ["PRIVATE-TOKEN", "JOB-TOKEN"] {
            bodies.insert(nobody.with_header(name, token).get(&path).expect(401).text());
        }
        bodies.insert(nobody.with_header("Authorization", &format!("Bearer {token}")).get(&path).expect(401).text());
        bodies.insert(nobody.with_header("Cookie", &format!("casemate_session={token}")).get(&path).expect(401).text());
    }
    bodies.insert(nobody.get(&path).expect(401).text());
    assert_eq!(bodies, BTreeSet::from([r#"{"message":"401 Unauthorized"}"#.to_owned()]));
}

#[test]
fn a_secret_works_in_its_own_place_only() {
    let server = TestServer::start();
    let (cookie, csrf) = session(&server, "root", ROOT_PASSWORD);
    let value = cookie.split_once('=').unwrap().1;
    for secret in [value, csrf.as_str()] {
        server.anonymous().with_token(secret).get("/api/v4/user").expect(401);
    }
    server.anonymous().with_header("Cookie", &format!("casemate_session={ROOT_TOKEN}")).get("/api/v4/user").expect(401);
    sign_in(&server.anonymous(), "root", ROOT_TOKEN).expect(401);
}

#[test]
fn nobody_can_choose_the_cookie_of_a_session() {
    let server = TestServer::start();
    let planted = server.anonymous().with_header("Cookie", "casemate_session=planted-by-an-attacker");
    let answer = sign_in(&planted, "root", ROOT_PASSWORD).expect(201);
    assert!(!answer.header("set-cookie").contains("planted"), "{}", answer.header("set-cookie"));
    planted.get("/api/v4/user").expect(401);
    // A session that somebody else began on this browser ends with the sign-in.
    person(&server, "mallory");
    let (of_mallory, _) = session(&server, "mallory", "pass phrase");
    let browser = server.anonymous().with_header("Cookie", &of_mallory);
    let fresh = sign_in(&browser, "root", ROOT_PASSWORD).expect(201).header("set-cookie").to_owned();
    assert!(!fresh.contains(&of_mallory));
    browser.get("/api/v4/user").expect(401);
}

#[test]
fn another_site_can_not_write_in_a_session() {
    let server = TestServer::start();
    let (cookie, csrf) = session(&server, "root", ROOT_PASSWORD);
    let page = server.anonymous().with_header("Cookie", &cookie);
    let with_csrf = page.with_header("X-CSRF-Token", &csrf);
    let write = |client: &Client| client.post("/api/v4/groups", &json!({"name": "g", "path": "stolen"}));
    write(&page).expect(403);
    for (name, value) in [
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
        ("Sec-Fetch-Site", "none"),
        ("Origin", "https://evil.example"),
        ("Origin", "null"),
        ("Origin", "http://127.0.0.1.evil.example"),
        ("Origin", "http://127.0.0.1:1"),
    ] {
        let told = write(&with_csrf.with_header(name, value)).expect(403).json();
        assert_eq!(told["message"], "403 Forbidden - the request comes from another site", "{name}: {value}");
    }
    for (method, path) in
        [(Method::PUT, "user"), (Method::PATCH, "users/1/disable_two_factor"), (Method::DELETE, "user/sessions/1")]
    {
        let told = page.call(method, &format!("/api/v4/{path}")).expect(403).json();
        assert_eq!(told["message"], "403 Forbidden - the X-CSRF-Token header is missing or wrong", "{path}");
    }
    let form = page.send(Method::POST, "/api/v4/groups", "application/x-www-form-urlencoded", b"name=g&path=stolen");
    form.expect(403);
    write(&with_csrf.with_header("Sec-Fetch-Site", "same-origin")).expect(201);
    let own = with_csrf.with_header("Origin", &server.base());
    own.post("/api/v4/groups", &json!({"name": "g", "path": "own"})).expect(201);
    // Signing somebody in from elsewhere is a way to watch what they do.
    let elsewhere = server.anonymous().with_header("Sec-Fetch-Site", "cross-site");
    sign_in(&elsewhere, "root", ROOT_PASSWORD).expect(403);
}

#[test]
fn the_csrf_text_of_another_session_does_not_help() {
    let server = TestServer::start();
    let (cookie, _) = session(&server, "root", ROOT_PASSWORD);
    let (_, other) = session(&server, "root", ROOT_PASSWORD);
    let client = server.anonymous().with_header("Cookie", &cookie).with_header("X-CSRF-Token", &other);
    client.post("/api/v4/groups", &json!({"name": "g", "path": "g"})).expect(403);
}

#[test]
fn what_an_administrator_takes_away_is_gone_at_the_next_request() {
    let server = TestServer::start();
    let root = server.client();
    let id = person(&server, "anna");
    let set =
        |body: Value| root.send(Method::PUT, &format!("/api/v4/users/{id}"), "application/json", body.to_string().as_bytes());
    set(json!({"admin": true})).expect(200);
    let (cookie, _) = session(&server, "anna", "pass phrase");
    let anna = server.anonymous().with_header("Cookie", &cookie);
    anna.get("/api/v4/admin/storage").expect(200);
    set(json!({"admin": false})).expect(200);
    anna.get("/api/v4/admin/storage").expect(403);
    root.post(&format!("/api/v4/users/{id}/block"), &json!({})).expect(201);
    anna.get("/api/v4/user").expect(401);
    root.post(&format!("/api/v4/users/{id}/unblock"), &json!({})).expect(201);
    anna.get("/api/v4/user").expect(401);
}

#[test]
fn with_admin_mode_a_stolen_token_without_the_scope_rules_nothing() {
    let server = TestServer::with(Settings::default().arg("--auth-admin-mode=true"));
    let root = server.client();
    let make = |scopes: &[&str]| {
        let made = root.post("/api/v4/user/personal_access_tokens", &json!({"name": "n", "scopes": scopes})).expect(201).json();
        server.anonymous().with_token(made["token"].as_str().unwrap())
    };
    let plain = make(&["api", "sudo"]);
    plain.get("/api/v4/admin/storage").expect(403);
    plain.get("/api/v4/user?sudo=root").expect(403);
    plain
        .post("/api/v4/users", &json!({"username": "x", "name": "x", "email": "x@x.test", "password": "pass phrase"}))
        .expect(403);
    make(&["api", "admin_mode"]).get("/api/v4/admin/storage").expect(200);
    root.get("/api/v4/admin/storage").expect(200);
}

#[test]
fn odd_names_at_the_door_are_only_wrong() {
    let server = TestServer::with(Settings::default().arg("--auth-sign-ins-per-minute=0"));
    let long = "x".repeat(10_000);
    for login in
        ["", " ", "ro\0ot", "r\u{f6}\u{f6}t", "гооt", "root\r\nSet-Cookie: a=b", "../root", "%72oot", "' OR 1=1 --", &long]
    {
        let answer = sign_in(&server.anonymous(), login, ROOT_PASSWORD).expect(401);
        assert_eq!(answer.header("set-cookie"), "");
        assert_eq!(answer.text(), r#"{"message":"401 Unauthorized"}"#);
    }
    for wrong in [json!({"login": ["root"], "password": "x"}), json!({"login": {"a": 1}, "password": "x"}), json!([1]), json!({})]
    {
        server.anonymous().post("/api/v4/session", &wrong).expect(400);
    }
    sign_in(&server.anonymous(), "root", &"x".repeat(10_000)).expect(401);
    // What a stranger sends is not read to the end of the world.
    sign_in(&server.anonymous(), "root", &"x".repeat(100_000)).expect(413);
    let odd = server.client().get("/api/v4/user?sudo=%0d%0aX-Evil:%201");
    assert_eq!((odd.status, odd.header("x-evil")), (404, ""));
}

#[test]
fn secrets_stand_nowhere_in_the_clear() {
    let mut server = TestServer::start();
    let root = server.client();
    let token = root.post("/api/v4/user/personal_access_tokens", &json!({"name": "n", "scopes": ["api"]})).expect(201).json();
    let (cookie, _) = session(&server, "root", ROOT_PASSWORD);
    sign_in(&server.anonymous(), "root", "a wrong but secret password").expect(401);
    server.anonymous().with_token("cmpat-a-wrong-but-secret-token").get("/api/v4/user").expect(401);
    server.stop();
    let database = std::fs::read(server.data_dir().join("casemate.redb")).unwrap();
    let log = server.log();
    let holds = |text: &str| database.windows(text.len()).any(|window| window == text.as_bytes()) || log.contains(text);
    assert!(log.contains("personal_access_token_created") && log.contains("authentication_failed"), "acts are told: {log}");
    let value = cookie.split_once('=').unwrap().1;
    for secret in [
        ROOT_TOKEN,
        ROOT_PASSWORD,
        token["token"].as_str().unwrap(),
        value,
        "a wrong but secret password",
        "cmpat-a-wrong-but-secret-token",
    ] {
        assert!(!holds(secret), "{secret}");
    }
}
