//! Attacks by the way an address is written: climbing, encoded twice, in other case, with letters that look
//! alike. However a hidden project is spelt, a stranger learns nothing of it.
//!
//! Must not know: how the server takes an address apart.

use casemate_tests::{Client, TestServer, Upload, raw, sample};
use serde_json::{Value, json};

const HIDDEN: &str = "vault/crown";

/// Spellings of the project's path, as they stand in the request; `{id}` is its number.
const SPELLINGS: &[&str] = &[
    "vault%2Fcrown",
    "vault%2fcrown",
    "VAULT%2FCrown",
    "vault%252Fcrown",
    "vault%25252Fcrown",
    "vault/crown",
    "vault%2F%2Fcrown",
    "vault%2Fcrown%2F",
    "%2Fvault%2Fcrown",
    "vault%2F.%2Fcrown",
    "vault%2F..%2Fvault%2Fcrown",
    "own%2F..%2Fvault%2Fcrown",
    "own/../vault%2Fcrown",
    "..%2Fprojects%2Fvault%2Fcrown",
    "vault%5Ccrown",
    "vault%2Fcrown%00",
    "vault%2Fcrown%20",
    "vault%2Fcrown.",
    "vault%2Fcrown;a=b",
    "vault%2Fcr%D0%BEwn",
    "%EF%BD%96ault%2Fcrown",
    "vault%EF%BC%8Fcrown",
    "vault%2Fcrown%E2%80%8B",
    "%C0%AFvault",
    "{id}",
    "0{id}",
    "+{id}",
    "%20{id}",
    "{id}%00",
    "{id}.0",
    "{id}%2F..%2F{id}",
    "-{id}",
    "18446744073709551617",
];

/// What is asked about it.
const ABOUT: &[&str] = &[
    "",
    "/",
    "/vulnerabilities",
    "/pipelines",
    "/imports",
    "/members/all",
    "/../{id}",
    "/%2e%2e/{id}/vulnerabilities",
    "//imports",
];

fn person(root: &Client, server: &TestServer, name: &str) -> String {
    let wish = json!({"username": name, "name": name, "email": format!("{name}@example.test"), "password": "pass phrase"});
    let id = root.post("/api/v4/users", &wish).expect(201).json()["id"].clone();
    let wish = json!({"name": "all", "scopes": ["api"]});
    let token = root.post(&format!("/api/v4/users/{id}/personal_access_tokens"), &wish).expect(201).json();
    let token = token["token"].as_str().unwrap().to_owned();
    assert_eq!(server.anonymous().with_token(&token).get("/api/v4/user").expect(200).json()["username"], name);
    token
}

fn ask(server: &TestServer, path: &str, headers: &[(&str, &str)]) -> (u16, String) {
    let answer = raw::exchange(server.address(), &raw::request("GET", path, headers, &[])).unwrap();
    (raw::status(&answer).unwrap_or_default(), String::from_utf8_lossy(&answer).into_owned())
}

#[test]
fn however_a_hidden_project_is_spelt_a_stranger_learns_nothing() {
    let server = TestServer::start();
    let root = server.client();
    let id = root.create_project(HIDDEN).to_string();
    let report = sample::report("sast", "scan", vec![sample::sast("Crown jewels", "rule:1", "a.rs", 1)]).to_string();
    root.ingest(HIDDEN, Upload::new("main", &sample::sha(1)).file("sast", "gl-sast-report.json", report.as_bytes()));
    let token = person(&root, &server, "mallory");
    let stranger = server.anonymous().with_token(&token);
    stranger.create_project("own/project");
    for spelling in SPELLINGS {
        for about in ABOUT {
            let path = format!("/api/v4/projects/{spelling}{about}").replace("{id}", &id);
            let (status, answer) = ask(&server, &path, &[("PRIVATE-TOKEN", &token)]);
            assert!([400, 404].contains(&status), "{path}: {answer}");
            assert!(!answer.contains("\"crown\"") && !answer.contains("jewels"), "{path}: {answer}");
            let (status, answer) = ask(&server, &path, &[]);
            assert!([400, 401, 404].contains(&status), "{path} of nobody: {answer}");
        }
    }
    let seen: Vec<Value> = stranger.get("/api/v4/projects").expect(200).json().as_array().unwrap().clone();
    assert!(seen.iter().all(|project| project["path_with_namespace"] == "own/project"), "{seen:?}");
    // Whom it belongs to finds it, by its number and by its path.
    root.get("/api/v4/projects/vault%2Fcrown").expect(200);
    root.get(&format!("/api/v4/projects/{id}/imports")).expect(200);
}

#[test]
fn names_that_differ_in_case_only_or_climb_are_not_given() {
    let server = TestServer::start();
    let root = server.client();
    root.create_project("vault/crown");
    let group = root.get("/api/v4/groups/vault").expect(200).json()["id"].clone();
    for path in ["CROWN", "Crown"] {
        let wish = json!({"name": "another", "path": path, "namespace_id": group});
        root.post("/api/v4/projects", &wish).expect(400);
    }
    for path in
        ["..", ".", "-", "a/b", "a%2Fb", "crown.git", "-x", "cr\u{43e}wn", "\u{ff43}rown", "a b", "a\u{0}b", &"a".repeat(10_000)]
    {
        let wish = json!({"name": "another", "path": path, "namespace_id": group});
        root.post("/api/v4/projects", &wish).expect(400);
        root.post("/api/v4/groups", &json!({"name": "another", "path": path})).expect(400);
    }
}

#[test]
fn a_path_written_otherwise_is_the_same_in_all_that_counts() {
    let server = TestServer::start();
    let root = server.client();
    root.create_project("acme/app");
    let token = person(&root, &server, "anna");
    // No answer about a caller is kept, whatever the path looks like, and what is not there is not the page.
    for (path, status) in [
        ("/%61pi/v4/projects", 200),
        ("/api/v4/%70rojects/acme%2Fapp", 200),
        ("/api/v4/%67roups/acme/access_tokens", 200),
        ("/api/v4/projects/acme%2Fapp/access%5Ftokens", 200),
        ("/%61pi/v4/nothing", 404),
        ("/api/v%34/nothing", 404),
    ] {
        let (found, answer) = ask(&server, path, &[("PRIVATE-TOKEN", casemate_tests::server::ROOT_TOKEN)]);
        assert_eq!(found, status, "{path}: {answer}");
        assert!(answer.contains("cache-control: no-store") && answer.contains("ratelimit-limit"), "{path}: {answer}");
        assert!(!answer.contains("<!doctype"), "{path}");
    }
    // Nor does another way of writing it hide that a secret is in two hands.
    let client = server.anonymous().with_token(&token);
    let made = client.post("/api/v4/user/personal_access_tokens", &json!({"name": "t", "scopes": ["api"]})).expect(201).json();
    let old = made["token"].as_str().unwrap();
    let rotate = "/api/v4/personal_access_tokens/self/rotate";
    let fresh = server.anonymous().with_token(old).post(rotate, &json!({})).expect(200).json();
    let fresh = server.anonymous().with_token(fresh["token"].as_str().unwrap());
    fresh.get("/api/v4/user").expect(200);
    let request = raw::request("POST", &rotate.replace("rotate", "rotat%65"), &[("PRIVATE-TOKEN", old)], &[]);
    assert_eq!(raw::status(&raw::exchange(server.address(), &request).unwrap()), Some(401));
    fresh.get("/api/v4/user").expect(401);
}
