//! Attacks on sessions: writes from other sites in every content type, roles and passwords that change meanwhile, codes
//! of a second factor used twice and guessed. Must not know: how sessions are kept.

use crate::people::{PASSWORD, Person, add, group, person, project, put};
use casemate_tests::server::ROOT_PASSWORD;
use casemate_tests::{Answer, Client, Settings, TestServer, totp};
use serde_json::json;
use ureq::http::Method;

fn sign_in(server: &TestServer, login: &str, password: &str, code: Option<&str>) -> Answer {
    server.anonymous().post("/api/v4/session", &json!({"login": login, "password": password, "code": code}))
}

/// Client with the cookie alone, the same with the text against forged requests.
fn session(server: &TestServer, login: &str, password: &str) -> (Client, Client) {
    let answer = sign_in(server, login, password, None).expect(201);
    let cookie = server.anonymous().with_header("Cookie", answer.header("set-cookie").split(';').next().unwrap());
    let whole = cookie.with_header("X-CSRF-Token", answer.json()["csrf_token"].as_str().unwrap());
    (cookie, whole)
}

#[test]
fn no_content_type_gets_a_write_of_another_site_through() {
    let server = TestServer::with(Settings::default().unlimited());
    let (cookie, whole) = session(&server, "root", ROOT_PASSWORD);
    let part = "--X\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nstolen\r\n--X--\r\n";
    let bodies = [
        ("application/json", "{\"name\": \"stolen\"}"),
        ("text/plain", "{\"name\": \"stolen\"}"),
        ("text/plain;charset=UTF-8", "{\"name\": \"stolen\", \"x\": \"="),
        ("application/x-www-form-urlencoded", "name=stolen"),
        ("multipart/form-data; boundary=X", part),
        ("", ""),
    ];
    let base = server.base();
    let host_behind = format!("{base}.evil.example");
    let of_sites: [&[(&str, &str)]; 9] = [
        &[],
        &[("Origin", "null")],
        &[("Origin", "https://evil.example")],
        &[("Origin", &host_behind)],
        &[("Referer", "https://evil.example/page")],
        &[("Sec-Fetch-Site", "cross-site")],
        &[("Sec-Fetch-Site", "same-site")],
        &[("Sec-Fetch-Site", "cross-site"), ("Origin", &base)],
        &[("X-CSRF-Token", "")],
    ];
    for (kind, body) in bodies {
        for headers in of_sites {
            let client = headers.iter().fold(cookie.clone(), |client, (name, value)| client.with_header(name, value));
            for (method, path) in [
                (Method::PUT, "/api/v4/user?name=stolen"),
                (Method::POST, "/api/v4/user/personal_access_tokens?name=stolen&scopes=api"),
                (Method::POST, "/api/v4/users/1/block"),
                (Method::PATCH, "/api/v4/users/1/disable_two_factor"),
                (Method::DELETE, "/api/v4/user/sessions/1"),
            ] {
                let answer = client.send(method.clone(), path, kind, body.as_bytes());
                assert_eq!(answer.status, 403, "{method} {path} as {kind:?} with {headers:?}: {}", answer.text());
            }
        }
    }
    // The text counts in its header alone, and does not help from elsewhere.
    let told = whole.with_header("Origin", "https://evil.example");
    told.send(Method::PUT, "/api/v4/user", "application/json", b"{\"name\": \"stolen\"}").expect(403);
    assert_eq!(whole.get("/api/v4/user").expect(200).json()["name"], "Administrator");
}

#[test]
fn nobody_is_signed_in_by_another_site() {
    let server = TestServer::start();
    let form = format!("login=root&password={}", ROOT_PASSWORD.replace(' ', "+"));
    for (name, value) in [("Origin", "null"), ("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site")] {
        let client = server.anonymous().with_header(name, value);
        let answer = client.send(Method::POST, "/api/v4/session", "application/x-www-form-urlencoded", form.as_bytes());
        assert_eq!((answer.status, answer.header("set-cookie")), (403, ""), "{name}: {value}");
    }
}

#[test]
fn what_changes_about_somebody_counts_in_their_open_session() {
    let server = TestServer::start();
    let root = server.client();
    let (anna, bert) = (person(&server, "anna"), person(&server, "bert"));
    let team = group(&anna.client, "team");
    let app = project(&anna.client, team, "app");
    add(&anna.client, &app, bert.id, 40);
    let (_, page) = session(&server, "bert", PASSWORD);
    let label = |name: &str| page.post(&format!("{app}/labels"), &json!({"name": name, "color": "#fff"}));
    label("one").expect(201);
    let member = format!("{app}/members/{}", bert.id);
    put(&anna.client, &member, &json!({"access_level": 10})).expect(200);
    label("two").expect(403);
    page.get(&format!("{app}/vulnerabilities")).expect(403);
    put(&anna.client, &member, &json!({"access_level": 40})).expect(200);
    label("two").expect(201);
    anna.client.delete(&member).expect(204);
    label("three").expect(404);
    page.get(&app).expect(404);
    // An administrator's office goes with the next request, too.
    put(&root, &format!("/api/v4/users/{}", bert.id), &json!({"admin": true})).expect(200);
    page.get("/api/v4/admin/storage").expect(200);
    put(&root, &format!("/api/v4/users/{}", bert.id), &json!({"admin": false})).expect(200);
    page.get("/api/v4/admin/storage").expect(403);
    // A password that an administrator sets ends every session; so do blocking and putting to sleep.
    put(&root, &format!("/api/v4/users/{}", bert.id), &json!({"password": "another pass phrase"})).expect(200);
    page.get("/api/v4/user").expect(401);
    for (act, back) in [("block", "unblock"), ("deactivate", "activate")] {
        let (_, page) = session(&server, "bert", "another pass phrase");
        page.get("/api/v4/user").expect(200);
        root.post(&format!("/api/v4/users/{}/{act}", bert.id), &json!({})).expect(201);
        page.get("/api/v4/user").expect(401);
        bert.client.get("/api/v4/user").expect(403);
        root.post(&format!("/api/v4/users/{}/{back}", bert.id), &json!({})).expect(201);
        page.get("/api/v4/user").expect(401);
        bert.client.get("/api/v4/user").expect(200);
    }
}

/// Sets a second factor up; its secret, the recovery codes, and the server's time.
fn second_factor(server: &TestServer, who: &Person) -> (String, Vec<String>, u64) {
    let begun = who.client.post("/api/v4/user/two_factor", &json!({"current_password": PASSWORD})).expect(201);
    let (now, secret) = (totp::seconds(begun.header("date")), begun.json()["secret"].as_str().unwrap().to_owned());
    let code = totp::code(&secret, now);
    let told = who.client.post("/api/v4/user/two_factor/confirm", &json!({"code": code})).expect(201).json();
    sign_in(server, "anna", PASSWORD, Some(&code)).expect(401);
    let codes = told["recovery_codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap().to_owned());
    (secret, codes.collect(), now)
}

#[test]
fn a_code_is_taken_once_however_many_show_it_at_once() {
    let server = TestServer::with(Settings::default().arg("--auth-sign-ins-per-minute=0"));
    let anna = person(&server, "anna");
    let (secret, recovery, now) = second_factor(&server, &anna);
    // The next one counts already: clocks differ.
    let code = totp::code(&secret, now + 30);
    for code in [&code, &recovery[0]] {
        let answers: Vec<u16> = std::thread::scope(|scope| {
            let all: Vec<_> = (0..6).map(|_| scope.spawn(|| sign_in(&server, "anna", PASSWORD, Some(code)).status)).collect();
            all.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert_eq!(answers.iter().filter(|status| **status == 201).count(), 1, "{answers:?}");
        assert_eq!(answers.iter().filter(|status| **status == 401).count(), 5, "{answers:?}");
    }
    // An older code than the last one taken is none, and a code without the password is none.
    sign_in(&server, "anna", PASSWORD, Some(&totp::code(&secret, now))).expect(401);
    sign_in(&server, "anna", "wrong", Some(&recovery[1])).expect(401);
    sign_in(&server, "anna", PASSWORD, Some(&recovery[1])).expect(201);
}

#[test]
fn codes_are_not_guessed() {
    let server = TestServer::start();
    let anna = person(&server, "anna");
    let (_, recovery, _) = second_factor(&server, &anna);
    let statuses: Vec<u16> =
        (0..16).map(|guess| sign_in(&server, "anna", PASSWORD, Some(&format!("{guess:06}"))).status).collect();
    assert!(statuses.iter().filter(|status| **status == 401).count() <= 10, "{statuses:?}");
    assert_eq!(statuses.last(), Some(&429), "{statuses:?}");
    // Nor from elsewhere: the right one waits as well, so that there is nothing to be learnt.
    sign_in(&server, "anna", PASSWORD, Some(&recovery[0])).expect(429);
    assert!(!statuses.contains(&201));
}

#[test]
fn a_stolen_session_does_not_take_the_second_factor_away() {
    let server = TestServer::start();
    let anna = person(&server, "anna");
    let path = format!("/api/v4/users/{}", anna.id);
    put(&server.client(), &path, &json!({"admin": true})).expect(200);
    second_factor(&server, &anna);
    // However much an administrator may: not without the password.
    anna.client.call(Method::PATCH, &format!("{path}/disable_two_factor")).expect(403);
    let end = |password: &str| anna.client.delete_with("/api/v4/user/two_factor", &json!({"current_password": password}));
    end("wrong").expect(400);
    assert_eq!(anna.client.get("/api/v4/user").expect(200).json()["two_factor_enabled"], true);
    end(PASSWORD).expect(204);
}
