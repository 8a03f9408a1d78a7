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
