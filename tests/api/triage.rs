//! What people do to vulnerabilities: the four changes of state, their history, and recording one from a
//! branch's finding (API design, section 2.6; ingestion design, sections 6 and 8).

use casemate_tests::{Project, sample};
use serde_json::{Value, json};

fn report(names: &[&str]) -> Value {
    sample::report("sast", "semgrep", names.iter().map(|name| sample::sast(name, name, "a.rs", 1)).collect())
}

fn act(project: &Project, id: &Value, word: &str, body: Value) -> casemate_tests::Answer {
    project.client.post(&format!("/api/v4/vulnerabilities/{id}/{word}"), &body)
}

fn steps(project: &Project, id: &Value) -> Vec<Value> {
    let path = format!("/api/v4/vulnerabilities/{id}/state_transitions");
    project.client.get(&path).expect(200).json().as_array().unwrap().clone()
}

#[test]
fn the_four_actions_answer_as_clients_expect() {
    let project = Project::start();
    project.ingest_report("main", &report(&["A"]));
    let id = project.vulnerability("A")["id"].clone();
    for (word, state, by, at) in [
        ("confirm", "confirmed", "confirmed_by_id", "confirmed_at"),
        ("resolve", "resolved", "resolved_by_id", "resolved_at"),
        ("dismiss", "dismissed", "dismissed_by_id", "dismissed_at"),
    ] {
        let row = act(&project, &id, word, json!({})).expect(201).json();
        assert_eq!((&row["state"], &row[by]), (&json!(state), &json!(1)), "{word}");
        assert!(row[at].is_string());
        let same = act(&project, &id, word, json!({})).expect(304);
        assert_eq!(same.text(), "", "{word}");
    }
    let row = act(&project, &id, "revert", json!({"comment": "looked again"})).expect(201).json();
    assert_eq!((&row["state"], &row["state_comment"]), (&json!("detected"), &json!("looked again")));
    for field in ["confirmed_by_id", "confirmed_at", "resolved_by_id", "resolved_at", "dismissed_by_id", "dismissed_at"] {
        assert!(row[field].is_null(), "{field}");
    }
    let told: Vec<_> = steps(&project, &id).iter().map(|step| (step["from_state"].clone(), step["to_state"].clone())).collect();
    let words = ["detected", "confirmed", "resolved", "dismissed", "detected"];
    let wanted: Vec<_> = words.windows(2).map(|pair| (json!(pair[0]), json!(pair[1]))).collect();
    assert_eq!(told, wanted);
    assert_eq!(steps(&project, &id)[3]["author"]["username"], "root");
}

#[test]
fn a_dismissal_has_a_reason_and_may_be_dismissed_anew() {
    let project = Project::start();
    project.ingest_report("main", &report(&["A"]));
    let id = project.vulnerability("A")["id"].clone();
    let first = json!({"dismissal_reason": "used_in_tests", "comment": "only a fixture"});
    let row = act(&project, &id, "dismiss", first.clone()).expect(201).json();
    assert_eq!((&row["dismissal_reason"], &row["state_comment"]), (&json!("used_in_tests"), &json!("only a fixture")));
    act(&project, &id, "dismiss", first).expect(304);
    act(&project, &id, "dismiss", json!({})).expect(304);
    let other = act(&project, &id, "dismiss", json!({"dismissal_reason": "false_positive"})).expect(201).json();
    assert_eq!(other["dismissal_reason"], "false_positive");
    let last = steps(&project, &id).pop().unwrap();
    assert_eq!((&last["from_state"], &last["to_state"]), (&json!("dismissed"), &json!("dismissed")));
    assert_eq!(project.total("vulnerabilities?state=dismissed"), 1);
    let bad = act(&project, &id, "dismiss", json!({"dismissal_reason": "boring"})).expect(400).text();
    assert!(bad.contains("dismissal_reason does not have a valid value"), "{bad}");
}

#[test]
fn what_can_not_be_done_is_refused_and_changes_nothing() {
    let project = Project::start();
    project.ingest_report("main", &report(&["A"]));
    let id = project.vulnerability("A")["id"].clone();
    let long = act(&project, &id, "resolve", json!({"comment": "x".repeat(50_001)})).expect(400).text();
    assert!(long.contains("is too long (maximum is 50000 characters)"), "{long}");
    act(&project, &json!(999_999), "resolve", json!({})).expect(404);
    act(&project, &id, "explode", json!({})).expect(404);
    project
        .server
        .anonymous()
        .with_token("nobody")
        .post(&format!("/api/v4/vulnerabilities/{id}/resolve"), &json!({}))
        .expect(401);
    assert_eq!((project.vulnerability("A")["state"].clone(), steps(&project, &id).len()), (json!("detected"), 0));
}

#[test]
fn a_resolved_one_that_is_reported_again_says_who_changed_it() {
    let project = Project::start();
    project.ingest_report("main", &report(&["A"]));
    let id = project.vulnerability("A")["id"].clone();
    act(&project, &id, "resolve", json!({})).expect(201);
    let again = project.ingest_report("main", &report(&["A"]));
    assert_eq!((again.summary.redetected, again.summary.new), (Some(1), Some(0)));
    let last = steps(&project, &id).pop().unwrap();
    assert_eq!((&last["author"], &last["pipeline_id"]), (&Value::Null, &json!(again.pipeline.id)));
    assert_eq!(last["comment"], format!("redetected in pipeline {}", again.pipeline.id));
    let full = project.client.get(&format!("/api/v4/vulnerabilities/{id}")).expect(200).json();
    let decisions = crate::words::column(full["reasons"].as_array().unwrap(), "decision");
    assert_eq!(decisions, ["new", "state_changed", "detected_again", "state_changed", "still_detected"]);
    let text = full["reasons"][3]["text"].as_str().unwrap();
    assert!(text.starts_with("Casemate changed it from Resolved to Needs triage: redetected in pipeline"), "{text}");
}

#[test]
fn a_finding_that_was_dismissed_on_a_branch_is_dismissed_after_the_merge() {
    let project = Project::start();
    project.ingest_report("main", &report(&["A"]));
    let feature = project.ingest_report("feature", &report(&["A", "C"])).pipeline.id;
    let findings = project.all(&format!("vulnerability_findings?pipeline_id={feature}"));
    let uuid = findings.iter().find(|row| row["name"] == "C").unwrap()["uuid"].clone();
    let known = findings.iter().find(|row| row["name"] == "A").unwrap()["uuid"].clone();
    let path = project.path("vulnerabilities");
    let body = json!({"finding_uuid": uuid, "pipeline_id": feature, "state": "dismissed", "dismissal_reason": "used_in_tests"});
    let made = project.client.post(&path, &body).expect(201).json();
    assert_eq!((&made["state"], &made["present_on_default_branch"]), (&json!("dismissed"), &json!(false)));
    assert_eq!(project.total("vulnerabilities"), 1);
    let all = project.all(&format!("vulnerability_findings?pipeline_id={feature}&scope=all"));
    assert_eq!(all.iter().find(|row| row["name"] == "C").unwrap()["state"], "dismissed");
    for taken in [&uuid, &known] {
        let refused = project.client.post(&path, &json!({"finding_uuid": taken, "pipeline_id": feature})).expect(400).json();
        assert_eq!(refused["message"]["base"][0], "finding is not found or is already attached to a vulnerability");
    }
    let merged = project.ingest_report("main", &report(&["A", "C"]));
    assert_eq!((merged.summary.new, merged.summary.known), (Some(1), Some(1)));
    let carried = project.vulnerability("C");
    assert_eq!((&carried["id"], &carried["state"]), (&made["id"], &json!("dismissed")));
    assert_eq!((&carried["dismissal_reason"], &carried["present_on_default_branch"]), (&json!("used_in_tests"), &json!(true)));
}
