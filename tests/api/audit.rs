//! The audit log: every act that matters for security is in it, lists are narrowed and paged, and
//! `casemate audit verify` finds it whole, or names what was broken.

use crate::sessions::{sign_in, try_sign_in};
use crate::users::{person, put};
use casemate_tests::server::{ROOT_PASSWORD, ROOT_TOKEN};
use casemate_tests::{Client, Project, Settings, TestServer, patience, program, sample};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::process::Output;
use ureq::http::Method;

const ALL: &str = "/api/v4/audit_events";

/// The events of a list, the oldest first.
fn events(client: &Client, path: &str) -> Vec<Value> {
    let sign = if path.contains('?') { '&' } else { '?' };
    client.get(&format!("{path}{sign}per_page=100&sort=asc")).expect(200).read()
}

fn newest(client: &Client, name: &str) -> Value {
    let found: Vec<Value> = client.get(&format!("{ALL}?event_name={name}&per_page=1")).expect(200).read();
    found.into_iter().next().unwrap_or_else(|| panic!("no event {name}"))
}

fn verify(server: &TestServer, more: &[&str]) -> (Option<i32>, String) {
    let dir = server.data_dir();
    let output: Output = program::run([&["audit", "verify", "--data-dir", dir.to_str().unwrap()], more].concat());
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

#[test]
fn an_act_is_told_with_who_what_from_where_before_and_after() {
    let server = TestServer::start();
    let root = server.client().with_header("X-Request-Id", "the-request.1");
    root.create_project("acme/demo");
    put(&root, "/api/v4/projects/1", &json!({"name": "Other"})).expect(200);
    let event = newest(&root, "project_updated");
    assert_eq!((&event["author_id"], &event["entity_type"], &event["entity_id"]), (&json!(1), &json!("Project"), &json!(1)));
    let details = &event["details"];
    assert_eq!((&details["author_name"], &details["entity_path"]), (&json!("root"), &json!("acme/demo")));
    assert_eq!((&details["change"], &details["from"], &details["to"]), (&json!("name"), &json!("demo"), &json!("Other")));
    assert_eq!((&details["ip_address"], &details["request_id"]), (&json!("127.0.0.1"), &json!("the-request.1")));
    assert_eq!(details["authenticated_by"]["type"], "access_token");
    assert_eq!(event["hash"].as_str().unwrap().len(), 64);
    assert_eq!(root.get(&format!("{ALL}/{}", event["id"])).expect(200).json(), event);
    assert_eq!(root.get(&format!("/api/v4/projects/1/audit_events/{}", event["id"])).expect(200).json(), event);
    // What was only asked for again is no act.
    put(&root, "/api/v4/projects/1", &json!({"name": "Other"})).expect(200);
    assert_eq!(newest(&root, "project_updated"), event);
}

/// Does what there is to do with users, sessions and tokens; answers all texts that are secret.
fn acts_of_people(server: &TestServer, root: &Client) -> Vec<String> {
    let (anna, with_token) = person(server, "anna");
    let user = format!("/api/v4/users/{anna}");
    let session = sign_in(server, "anna", "password of anna");
    try_sign_in(server, &json!({"login": "anna", "password": "guessed secret"})).expect(401);
    try_sign_in(server, &json!({"login": "typed secret", "password": "x"})).expect(401);
    let other = sign_in(server, "anna", "password of anna");
    let listed = session.get("/api/v4/user/sessions").expect(200).json();
    session.delete(&format!("/api/v4/user/sessions/{}", listed[0]["id"])).expect(204);
    other.get("/api/v4/user").expect(401);
    let wish = json!({"current_password": "password of anna", "password": "a second secret"});
    put(&session, "/api/v4/user/password", &wish).expect(204);
    session.delete("/api/v4/session").expect(204);
    put(root, &user, &json!({"name": "Anna A.", "admin": true})).expect(200);
    for turn in ["block", "unblock", "deactivate", "activate"] {
        root.post(&format!("{user}/{turn}"), &json!({})).expect(201);
    }
    let wish = json!({"name": "ci", "scopes": ["api"]});
    let made = with_token.post("/api/v4/user/personal_access_tokens", &wish).expect(201).json();
    let first = made["token"].as_str().unwrap().to_owned();
    let by_first = server.anonymous().with_token(&first);
    let rotated = by_first.post("/api/v4/personal_access_tokens/self/rotate", &json!({})).expect(200).json();
    by_first.post("/api/v4/personal_access_tokens/self/rotate", &json!({})).expect(401);
    let acting = root.post(&format!("{user}/impersonation_tokens"), &wish).expect(201).json();
    root.delete(&format!("{user}/impersonation_tokens/{}", acting["id"])).expect(204);
    let (bert, _) = person(server, "bert");
    root.delete(&format!("/api/v4/users/{bert}")).expect(204);
    let told = [&rotated["token"], &acting["token"]].map(|token| token.as_str().unwrap().to_owned());
    let typed = ["password of anna", "guessed secret", "typed secret", "a second secret", ROOT_PASSWORD, ROOT_TOKEN];
    typed.into_iter().map(str::to_owned).chain([first]).chain(told).collect()
}

/// Does what there is to do with groups, projects and what is in them.
fn acts_in_places(root: &Client) {
    let group = root.post("/api/v4/groups", &json!({"name": "g", "path": "g"})).expect(201).json()["id"].clone();
    let group = format!("/api/v4/groups/{group}");
    put(root, &group, &json!({"name": "G", "path": "gg", "visibility": "internal"})).expect(200);
    let upper = root.post("/api/v4/groups", &json!({"name": "u", "path": "u", "visibility": "internal"})).expect(201).json();
    root.post(&format!("{group}/transfer"), &json!({"group_id": upper["id"]})).expect(201);
    let wish = json!({"name": "bot", "scopes": ["api"], "expires_at": "2027-01-01"});
    for place in [group.as_str(), "/api/v4/projects/1"] {
        let member = json!({"user_id": 2, "access_level": 30});
        root.post(&format!("{place}/members"), &member).expect(201);
        put(root, &format!("{place}/members/2"), &json!({"access_level": 40})).expect(200);
        root.delete(&format!("{place}/members/2")).expect(204);
        let token = root.post(&format!("{place}/access_tokens"), &wish).expect(201).json();
        let rotated = root.post(&format!("{place}/access_tokens/{}/rotate", token["id"]), &json!({})).expect(200).json();
        root.delete(&format!("{place}/access_tokens/{}", rotated["id"])).expect(204);
    }
    put(root, "/api/v4/projects/1/security_settings", &json!({"retention_findings_days": 7})).expect(200);
    put(root, "/api/v4/projects/1", &json!({"path": "other"})).expect(200);
    root.send(Method::PUT, "/api/v4/projects/1/transfer", "application/json", b"{\"namespace\":\"u\"}").expect(200);
    put(root, "/api/v4/projects/1", &json!({"visibility": "internal"})).expect(200);
    root.post("/api/v4/projects/1/archive", &json!({})).expect(201);
    root.post("/api/v4/projects/1/unarchive", &json!({})).expect(201);
}

fn acts_on_findings(project: &Project) {
    let report = sample::report("sast", "semgrep", vec![sample::sast("A", "a", "a.rs", 1)]);
    project.ingest_report("main", &report);
    let id = project.vulnerability("A")["id"].clone();
    for word in ["confirm", "resolve", "revert"] {
        project.client.post(&format!("/api/v4/vulnerabilities/{id}/{word}"), &json!({})).expect(201);
    }
    let wish = json!({"dismissal_reason": "false_positive", "comment": "a comment of somebody"});
    project.client.post(&format!("/api/v4/vulnerabilities/{id}/dismiss"), &wish).expect(201);
    project.client.post(&project.path("pipelines/1/undo"), &json!({})).expect(201);
    let other = sample::report("sast", "semgrep", vec![sample::sast("B", "b", "b.rs", 1)]);
    project.ingest_report("branch", &other);
    let finding = project.get("vulnerability_findings?pipeline_id=2").expect(200).json();
    let wish = json!({"finding_uuid": finding[0]["uuid"], "pipeline_id": 2});
    project.client.post(&project.path("vulnerabilities"), &wish).expect(201);
    let job = project.get("pipelines/2/jobs").expect(200).json()[0]["id"].clone();
    project.client.post(&project.path(&format!("jobs/{job}/erase")), &json!({})).expect(201);
    project.client.delete(&project.path("pipelines/2")).expect(204);
    let declared = json!({"ref": "main", "sha": sample::sha(77), "expected_jobs": ["sast"]});
    project.client.post(&project.path("pipeline"), &declared).expect(201);
}

/// Every word that a log can hold, but those that need a second factor, which `sessions.rs` sets up, and those of `refused.rs`.
const WORDS: &[&str] = &[
    "access_token_refused",
    "access_token_reuse_detected",
    "authenticated_with_password",
    "authentication_failed",
    "destroy_pipeline",
    "group_access_token_created",
    "group_access_token_deleted",
    "group_access_token_rotated",
    "group_created",
    "group_destroyed",
    "group_path_updated",
    "group_transferred",
    "group_updated",
    "group_visibility_level_updated",
    "impersonation_token_created",
    "impersonation_token_revoked",
    "import_undone",
    "job_artifacts_erased",
    "job_token_created",
    "member_created",
    "member_destroyed",
    "member_updated",
    "personal_access_token_created",
    "personal_access_token_rotated",
    "project_access_token_created",
    "project_access_token_deleted",
    "project_access_token_rotated",
    "project_archived",
    "project_created",
    "project_destroyed",
    "project_path_updated",
    "project_security_settings_updated",
    "project_transferred",
    "project_unarchived",
    "project_visibility_level_updated",
    "user_activated",
    "user_admin_status_updated",
    "user_blocked",
    "user_created",
    "user_deactivated",
    "user_destroyed",
    "user_password_updated",
    "user_session_revoked",
    "user_signed_out",
    "user_unblocked",
    "user_updated",
    "vulnerability_confirmed",
    "vulnerability_dismissed",
    "vulnerability_recorded",
    "vulnerability_resolved",
    "vulnerability_reverted",
];

#[test]
fn every_act_is_in_the_log_and_no_secret_is() {
    let mut project = Project::start();
    let root = project.client.clone();
    let secrets = acts_of_people(&project.server, &root);
    acts_on_findings(&project);
    acts_in_places(&root);
    root.delete("/api/v4/projects/1").expect(202);
    root.delete("/api/v4/groups/u").expect(202);
    let mut text = String::new();
    let mut names = BTreeSet::new();
    let mut page = format!("{ALL}?pagination=keyset&sort=asc&per_page=100");
    let mut count = 0;
    loop {
        let answer = root.get(&page).expect(200);
        text.push_str(&answer.text());
        for event in answer.json().as_array().unwrap() {
            count += 1;
            assert_eq!(event["id"], count, "no gaps");
            assert!(!event["details"]["custom_message"].as_str().unwrap().is_empty());
            names.insert(event["event_name"].as_str().unwrap().to_owned());
        }
        let link = answer.header("link").to_owned();
        let Some(next) = link.strip_prefix('<').and_then(|rest| rest.split_once('>')) else { break };
        page = next.0.strip_prefix(&project.server.base()).unwrap().to_owned();
    }
    let missing: Vec<&&str> = WORDS.iter().filter(|word| !names.contains(**word)).collect();
    assert!(missing.is_empty(), "not in the log: {missing:?}");
    for secret in secrets.iter().map(String::as_str).chain(["a comment of somebody"]) {
        assert!(!text.contains(secret), "{secret} is in the log");
    }
    project.server.stop();
    let (status, said) = verify(&project.server, &[]);
    assert_eq!(status, Some(0), "{said}");
    assert!(said.contains(&format!("clean: {count} events")), "{said}");
    program::assert_clean(&project.server.data_dir());
}

#[test]
fn who_acts_as_somebody_else_is_named_too() {
    let server = TestServer::start();
    person(&server, "anna");
    server.client().with_header("Sudo", "anna").post("/api/v4/projects", &json!({"name": "hers"})).expect(201);
    let event = newest(&server.client(), "project_created");
    assert_eq!((&event["author_id"], &event["details"]["author_name"]), (&json!(2), &json!("anna")));
    assert_eq!(event["details"]["sudo_by"], json!({"id": 1, "username": "root"}));
}

#[test]
fn a_failed_sign_in_names_the_user_and_what_is_refused_is_counted() {
    let mut server = TestServer::with(Settings::default().arg("--auth-sign-ins-per-minute=2"));
    let wrong = json!({"login": "ROOT", "password": "wrong"});
    for status in [401, 401, 429, 429, 429] {
        try_sign_in(&server, &wrong).expect(status);
    }
    let root = server.client();
    let found = events(&root, &format!("{ALL}?event_name=authentication_failed"));
    assert_eq!(found.len(), 2, "what was refused is not noted one by one");
    for event in &found {
        assert_eq!((&event["entity_type"], &event["entity_id"], &event["author_id"]), (&json!("User"), &json!(1), &json!(-1)));
        assert_eq!((&event["details"]["entity_path"], &event["details"]["ip_address"]), (&json!("root"), &json!("127.0.0.1")));
    }
    server.stop();
    server.start_again();
    let event = newest(&server.client(), "authentication_failed");
    assert_eq!(event["entity_type"], "Instance");
    let facts = &event["details"]["facts"];
    assert_eq!((&facts["refused_as_too_many"], &facts["users"]), (&json!("3"), &json!("root (3)")), "{facts}");
    assert_eq!(facts["addresses"], "127.0.0.1 (3)");
}

#[test]
fn owners_read_their_own_log_and_nobody_elses() {
    let server = TestServer::start();
    let root = server.client();
    root.create_project("acme/demo");
    let group = root.get("/api/v4/groups/acme").expect(200).json()["id"].clone();
    let group = format!("/api/v4/groups/{group}");
    let (anna, by_anna) = person(&server, "anna");
    let (bert, by_bert) = person(&server, "bert");
    root.post(&format!("{group}/members"), &json!({"user_id": anna, "access_level": 50})).expect(201);
    root.post("/api/v4/projects/1/members", &json!({"user_id": bert, "access_level": 40})).expect(201);
    let names =
        |path: &str| -> Vec<Value> { events(&by_anna, path).into_iter().map(|event| event["event_name"].clone()).collect() };
    assert_eq!(names("/api/v4/projects/1/audit_events"), ["project_created", "member_created"]);
    assert_eq!(names(&format!("{group}/audit_events")), ["group_created", "member_created", "member_created"]);
    by_anna.get(ALL).expect(403);
    by_bert.get("/api/v4/projects/1/audit_events").expect(403);
    by_bert.get(&format!("{group}/audit_events")).expect(403);
    server.anonymous().get(ALL).expect(401);
    let of_group = events(&by_anna, &format!("{group}/audit_events"))[0]["id"].clone();
    by_anna.get(&format!("{group}/audit_events/{of_group}")).expect(200);
    by_anna.get(&format!("/api/v4/projects/1/audit_events/{of_group}")).expect(404);
    by_anna.get("/api/v4/projects/1/audit_events/x").expect(404);
    root.get(&format!("{ALL}/999999")).expect(404);
}

#[test]
fn lists_are_narrowed_and_paged() {
    let server = TestServer::start();
    let root = server.client();
    let (anna, by_anna) = person(&server, "anna");
    by_anna.post("/api/v4/projects", &json!({"name": "hers"})).expect(201);
    let all = events(&root, ALL);
    let ids = |query: &str| -> Vec<Value> {
        events(&root, &format!("{ALL}?{query}")).into_iter().map(|event| event["id"].clone()).collect()
    };
    let those = |wanted: &dyn Fn(&Value) -> bool| -> Vec<Value> {
        all.iter().filter(|event| wanted(event)).map(|event| event["id"].clone()).collect()
    };
    assert_eq!(ids(&format!("author_id={anna}")), those(&|event| event["author_id"] == anna));
    assert_eq!(ids("author_id=-1"), those(&|event| event["author_id"] == -1));
    assert_eq!(ids("entity_type=Project"), those(&|event| event["entity_type"] == "Project"));
    let of_anna = |event: &Value| event["entity_type"] == "User" && event["entity_id"] == anna;
    assert_eq!(ids(&format!("entity_type=User&entity_id={anna}")), those(&of_anna));
    assert_eq!(ids("event_name=user_created"), those(&|event| event["event_name"] == "user_created"));
    assert!(!ids("event_name=user_created").is_empty() && !those(&of_anna).is_empty());
    let middle = all[all.len() / 2]["created_at"].as_str().unwrap();
    assert_eq!(ids(&format!("created_after={middle}")), those(&|event| event["created_at"].as_str().unwrap() >= middle));
    assert_eq!(ids(&format!("created_before={middle}")), those(&|event| event["created_at"].as_str().unwrap() <= middle));
    assert_eq!(ids("created_before=2001-01-01"), Vec::<Value>::new());
    for wrong in ["entity_id=1", "entity_type=Thing", "author_id=me", "created_after=then", "sort=up"] {
        root.get(&format!("{ALL}?{wrong}")).expect(400);
    }
    let second = root.get(&format!("{ALL}?per_page=2&page=2")).expect(200);
    assert_eq!(second.total() as usize, all.len());
    assert_eq!(second.json()[0]["id"], all.len() - 2, "the newest stand first");
}

#[test]
fn the_end_of_a_membership_is_an_event() {
    let mut server = TestServer::start();
    let root = server.client();
    root.create_project("acme/demo");
    let (anna, by_anna) = person(&server, "anna");
    let day = root.get("/api/v4/user").json()["created_at"].as_str().unwrap()[..4].parse::<u32>().unwrap() + 1;
    let wish = json!({"user_id": anna, "access_level": 30, "expires_at": format!("{day}-01-01")});
    root.post("/api/v4/projects/1/members", &wish).expect(201);
    by_anna.get("/api/v4/projects/1").expect(200);
    server.stop();
    server.configure(Settings::default().env("CASEMATE_DAYS_AHEAD", "370"));
    server.start_again();
    let root = server.client();
    let is_there = || (root.get(&format!("{ALL}?event_name=member_destroyed")).expect(200).total() == 1).then_some(());
    patience::until("the membership is removed", 200, is_there);
    let event = newest(&root, "member_destroyed");
    assert_eq!((&event["author_id"], &event["details"]["author_name"]), (&json!(-1), &json!("Casemate")));
    assert_eq!(event["details"]["target_details"], "anna");
}

#[test]
fn verify_tells_by_its_exit_whether_the_log_is_whole() {
    let mut server = TestServer::start();
    let (status, said) = verify(&server, &[]);
    assert_eq!(status, Some(2), "a server has it open: {said}");
    server.stop();
    let (status, said) = verify(&server, &[]);
    assert_eq!(status, Some(0), "{said}");
    let last = said.lines().find_map(|line| line.strip_prefix("last: ")).unwrap().to_owned();
    server.start_again();
    person(&server, "anna");
    server.stop();
    assert_eq!(verify(&server, &["--known", &last]).0, Some(0), "{last}");
    let (number, hash) = last.split_once(':').unwrap();
    let other = format!("{number}:{}", hash.chars().rev().collect::<String>());
    let (status, said) = verify(&server, &["--known", &other]);
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains(&format!("broken: event {number}: its hash is not the one that you know")), "{said}");
    assert_eq!(verify(&server, &["--known", "nonsense"]).0, Some(2));
    let nowhere = program::run(["audit", "verify", "--data-dir", "/nonexistent"]);
    assert_eq!(nowhere.status.code(), Some(2));
}
