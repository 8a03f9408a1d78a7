//! Records of webhooks: stored and shown, secrets never. Nothing is delivered yet. Must not know: delivery.

use crate::users::put;
use casemate_tests::Project;
use serde_json::{Value, json};

#[test]
fn a_hook_has_the_fields_that_clients_read_and_no_secret() {
    let project = Project::start();
    let wish = json!({
        "url": "https://ci.example/hook?x=1",
        "name": "CI",
        "token": "first-s3cret",
        "signing_token": "second-s3cret",
        "push_events": false,
        "pipeline_events": "true",
        "vulnerability_events": 1,
        "enable_ssl_verification": false,
        "branch_filter_strategy": "regex",
        "push_events_branch_filter": "^main$",
        "custom_headers": [{"key": "X-Key", "value": "third-s3cret"}],
    });
    let made = project.client.post(&project.path("hooks"), &wish).expect(201);
    let shown = made.json();
    for (field, value) in [
        ("url", json!("https://ci.example/hook?x=1")),
        ("project_id", json!(1)),
        ("push_events", json!(false)),
        ("pipeline_events", json!(true)),
        ("vulnerability_events", json!(true)),
        ("merge_requests_events", json!(false)),
        ("enable_ssl_verification", json!(false)),
        ("branch_filter_strategy", json!("regex")),
        ("push_events_branch_filter", json!("^main$")),
        ("custom_headers", json!([{"key": "X-Key"}])),
        ("alert_status", json!("executable")),
        ("token_set", json!(true)),
    ] {
        assert_eq!(shown[field], value, "{field}");
    }
    let one = format!("hooks/{}", shown["id"]);
    let changed = put(&project.client, &project.path(&one), &json!({"url": "https://ci.example/other"})).expect(200);
    assert_eq!((&changed.json()["token_set"], &changed.json()["pipeline_events"]), (&json!(true), &json!(true)));
    let moved = put(&project.client, &project.path(&one), &json!({"url": "https://evil.example/"})).expect(200);
    assert_eq!(moved.json()["token_set"], false, "secrets are not sent to another host");
    for text in [made.text(), changed.text(), moved.text(), project.get("hooks").text(), project.get(&one).text()] {
        assert!(!text.contains("s3cret") && serde_json::from_str::<Value>(&text).is_ok(), "{text}");
    }
    assert!(!project.server.log().contains("s3cret"), "nor is the log told");
    project.client.delete(&project.path(&one)).expect(204);
    project.get(&one).expect(404);
}

#[test]
fn a_test_says_that_nothing_is_delivered() {
    let project = Project::start();
    let made = project.client.post(&project.path("hooks"), &json!({"url": "http://127.0.0.1:9/"})).expect(201).json();
    assert_eq!(made["push_events"], true, "unless told otherwise, as in GitLab");
    let test = |trigger: &str| project.client.post(&project.path(&format!("hooks/{}/test/{trigger}", made["id"])), &json!({}));
    let answer = test("push_events").expect(422).json();
    assert!(answer["message"].as_str().unwrap().contains("nothing was sent"), "{answer}");
    test("no_events").expect(400);
    project.client.post(&project.path("hooks/99/test/push_events"), &json!({})).expect(404);
}

#[test]
fn an_address_that_is_none_is_refused_and_not_repeated() {
    let project = Project::start();
    for url in [
        "",
        "ci.example",
        "ftp://ci.example",
        "file:///etc/passwd",
        "gopher://x",
        "http://",
        "https://user:pa55word@ci.example/",
        "http://x\r\nX: y",
        "http://a\\@b/",
    ] {
        let answer = project.client.post(&project.path("hooks"), &json!({"url": url})).expect(422);
        let text = answer.json()["message"].as_str().unwrap().to_owned();
        assert!(text.starts_with("Invalid url given") && !text.contains("pa55word"), "{url}: {text}");
    }
    for body in [
        json!({}),
        json!({"url": "http://x", "push_events": "maybe"}),
        json!({"url": "http://x", "token": "a\nb"}),
        json!({"url": "http://x", "custom_headers": [{"key": "Host", "value": "y"}]}),
        json!({"url": "http://x", "custom_headers": "X: y"}),
        json!({"url": "http://x", "branch_filter_strategy": "some"}),
    ] {
        project.client.post(&project.path("hooks"), &body).expect(400);
    }
    assert_eq!(project.total("hooks"), 0);
}
