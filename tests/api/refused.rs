//! What the audit log says of tokens that do not work, of passwords that are wrong though somebody is signed in, and
//! of a start with other settings.
//!
//! Must not know: how often is too often; `limits.rs` has that.

use crate::sessions::sign_in;
use crate::users::{person, put};
use casemate_tests::{Client, Settings, TestServer};
use serde_json::{Value, json};

fn events(client: &Client, name: &str) -> Vec<Value> {
    client.get(&format!("/api/v4/audit_events?event_name={name}&sort=asc&per_page=100")).expect(200).read()
}

fn refused(client: &Client) -> Vec<Value> {
    events(client, "access_token_refused")
}

#[test]
fn a_token_of_ours_that_works_no_more_is_named_and_another_is_not() {
    let server = TestServer::start();
    let root = server.client();
    let (anna, by_anna) = person(&server, "anna");
    let wish = json!({"name": "ci", "scopes": ["api"]});
    let made = by_anna.post("/api/v4/user/personal_access_tokens", &wish).expect(201).json();
    let text = made["token"].as_str().unwrap();
    by_anna.delete(&format!("/api/v4/personal_access_tokens/{}", made["id"])).expect(204);
    let guessed = "cmpat-a-guess-of-somebody-0123456789";
    for _ in 0..20 {
        server.anonymous().with_token(text).get("/api/v4/user").expect(401);
        server.anonymous().with_header("Authorization", &format!("Bearer {guessed}")).get("/api/v4/projects").expect(401);
        server.anonymous().get(&format!("/api/v4/user?private_token={guessed}")).expect(401);
        server.anonymous().get("/api/v4/user").expect(401);
    }
    let found = refused(&root);
    assert_eq!(found.len(), 2, "one of each kind, however often: {found:?}");
    let (known, unknown) = (&found[0], &found[1]);
    assert_eq!((&known["entity_type"], &known["entity_id"], &known["author_id"]), (&json!("User"), &json!(anna), &json!(-1)));
    let details = &known["details"];
    assert_eq!((&details["target_type"], &details["target_id"]), (&json!("Token"), &made["id"]));
    assert_eq!((&details["facts"]["reason"], &details["ip_address"]), (&json!("revoked"), &json!("127.0.0.1")));
    assert_eq!((&unknown["entity_type"], &unknown["details"]["facts"]["reason"]), (&json!("Instance"), &json!("unknown")));
    assert_eq!(unknown["details"]["ip_address"], "127.0.0.1");
    let log = root.get("/api/v4/audit_events?per_page=100").expect(200).text();
    assert!(!log.contains(guessed) && !log.contains(&guessed[..12]) && !log.contains(text), "what was sent is not kept");
    let numbers = root.get("/-/metrics").expect(200).text();
    assert!(numbers.contains("casemate_access_tokens_refused_total{reason=\"revoked\"} 20\n"), "{numbers}");
    assert!(numbers.contains("casemate_access_tokens_refused_total{reason=\"unknown\"} 40\n"), "{numbers}");
}

#[test]
fn the_others_of_the_hour_are_counted_to_the_last() {
    let mut server = TestServer::start();
    for _ in 0..30 {
        server.anonymous().with_token("cmpat-unknown").get("/api/v4/user").expect(401);
    }
    server.stop();
    server.start_again();
    let found = refused(&server.client());
    let facts = |at: usize| found[at]["details"]["facts"].clone();
    assert_eq!(
        (found.len(), facts(0), facts(1)),
        (2, json!({"reason": "unknown"}), json!({"reason": "unknown", "more_times": "29"}))
    );
    assert_eq!(found[1]["details"]["ip_address"], "127.0.0.1");
}

#[test]
fn tokens_of_a_blocked_user_and_in_a_runner_s_body_are_noted_too() {
    let server = TestServer::start();
    let root = server.client();
    let project = root.create_project("acme/demo");
    let (anna, by_anna) = person(&server, "anna");
    root.post(&format!("/api/v4/users/{anna}/block"), &json!({})).expect(201);
    by_anna.get("/api/v4/user").expect(403);
    // A token that works and may not do something is no refused token.
    let (_, by_bert) = person(&server, "bert");
    by_bert.get("/api/v4/audit_events").expect(403);
    by_bert.with_header("Sudo", "root").get("/api/v4/user").expect(403);
    by_bert.get(&format!("/api/v4/projects/{project}")).expect(404);
    put(&server.anonymous(), "/api/v4/jobs/1", &json!({"token": "cmjob-guessed", "state": "success"})).expect(401);
    let reasons: Vec<Value> = refused(&root).iter().map(|event| event["details"]["facts"]["reason"].clone()).collect();
    assert_eq!(reasons, ["blocked user", "unknown"]);
}

#[test]
fn a_wrong_password_given_again_is_noted_with_the_session() {
    let server = TestServer::start();
    let (anna, _) = person(&server, "anna");
    let session = sign_in(&server, "anna", "password of anna");
    let wrong = json!({"current_password": "typed wrong", "password": "a new password"});
    put(&session, "/api/v4/user/password", &wrong).expect(400);
    session.post("/api/v4/user/two_factor", &wrong).expect(400);
    session.delete_with("/api/v4/user/two_factor", &wrong).expect(400);
    put(&session, "/api/v4/user", &json!({"email": "a@b.test", "current_password": "typed wrong"})).expect(400);
    let found = events(&server.client(), "password_confirmation_failed");
    assert_eq!(found.len(), 4);
    for event in &found {
        assert_eq!(
            (&event["author_id"], &event["entity_type"], &event["entity_id"]),
            (&json!(anna), &json!("User"), &json!(anna))
        );
        assert_eq!(event["details"]["authenticated_by"]["type"], "session");
    }
    assert!(!json!(found).to_string().contains("typed wrong"));
}

#[test]
fn a_start_with_other_settings_is_noted_and_one_with_the_same_is_not() {
    let mut server = TestServer::with(Settings::default().arg("--auth-session-hours=3"));
    let again = |server: &mut TestServer, settings: Settings| {
        server.stop();
        server.configure(settings);
        server.start_again();
        events(&server.client(), "instance_settings_changed")
    };
    assert!(again(&mut server, Settings::default().arg("--auth-session-hours=3")).is_empty());
    let secret = "a-secret-for-the-numbers";
    let other = Settings::default().arg("--auth-admin-mode=true").env("CASEMATE_METRICS_TOKEN", secret);
    let found = again(&mut server, other);
    assert_eq!((found.len(), &found[0]["entity_type"], &found[0]["author_id"]), (1, &json!("Instance"), &json!(-1)));
    assert_eq!(found[0]["details"]["author_name"], "Casemate");
    let told: Vec<[&str; 3]> = found[0]["details"]["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| ["change", "from", "to"].map(|name| change[name].as_str().unwrap()))
        .collect();
    let wanted = [["auth.admin_mode", "false", "true"], ["auth.session_hours", "3", "12"], ["metrics_token", "none", "set"]];
    assert_eq!(told, wanted);
    assert!(!json!(found).to_string().contains(secret));
}
