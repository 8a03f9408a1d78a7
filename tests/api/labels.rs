//! Labels of a project. Must not know: what carries them.

use crate::users::put;
use crate::words::column;
use casemate_tests::{Answer, Project};
use serde_json::{Value, json};

fn make(project: &Project, body: &Value) -> Answer {
    project.client.post(&project.path("labels"), body)
}

#[test]
fn a_label_has_the_fields_that_clients_read() {
    let project = Project::start();
    let wish = json!({"name": "Urgent", "color": "#FeB", "description": "now", "priority": 3});
    let made = make(&project, &wish).expect(201).json();
    for (field, value) in [
        ("name", json!("Urgent")),
        ("color", json!("#FFeeBB")),
        ("text_color", json!("#1F1E24")),
        ("description", json!("now")),
        ("priority", json!(3)),
        ("is_project_label", json!(true)),
        ("open_issues_count", json!(0)),
    ] {
        assert_eq!(made[field], value, "{field}");
    }
    for key in [made["id"].to_string(), "urgent".to_owned(), "URGENT".to_owned()] {
        assert_eq!(project.get(&format!("labels/{key}")).expect(200).json(), made, "{key}");
    }
    let path = project.path("labels/urgent");
    let changed = put(&project.client, &path, &json!({"new_name": "a/b c", "priority": null})).expect(200).json();
    assert_eq!((&changed["id"], &changed["name"], &changed["priority"]), (&made["id"], &json!("a/b c"), &Value::Null));
    assert_eq!(project.get("labels/a%2Fb%20c").expect(200).json(), changed);
    project.client.delete(&project.path("labels/a%2Fb%20c")).expect(204);
    project.get("labels/a%2Fb%20c").expect(404);
}

#[test]
fn labels_are_listed_by_name_and_searched() {
    let project = Project::start();
    for (name, description) in [("b", ""), ("A", "about Billing"), ("ab", ""), ("42", "")] {
        make(&project, &json!({"name": name, "color": "#000000", "description": description})).expect(201);
    }
    let names = |query: &str| column(&project.get(&format!("labels{query}")).expect(200).read::<Vec<Value>>(), "name");
    assert_eq!(names(""), ["42", "A", "ab", "b"]);
    assert_eq!(names("?search=B"), ["A", "ab", "b"], "names and descriptions, in any case");
    assert_eq!(project.get("labels/42").expect(200).json()["name"], "42", "a name of digits, while no id is like it");
}

#[test]
fn what_is_no_label_is_refused_and_changes_nothing() {
    let project = Project::start();
    make(&project, &json!({"name": "urgent", "color": "#ff0000"})).expect(201);
    let taken = make(&project, &json!({"name": "URGENT", "color": "#00ff00"})).expect(409).json();
    assert_eq!(taken, json!({"message": "Label already exists"}));
    for (name, color, field) in [
        ("", "#fff", "title"),
        ("a,b", "#fff", "title"),
        ("a\u{0}b", "#fff", "title"),
        (&"x".repeat(10_000), "#fff", "title"),
        ("x", "javascript:alert(1)", "color"),
        ("x", "#ff00", "color"),
        ("x", "red;background:url(//evil)", "color"),
    ] {
        let answer = make(&project, &json!({"name": name, "color": color})).expect(400).json();
        assert!(answer["message"][field].is_array(), "{field}: {answer}");
    }
    make(&project, &json!({"name": "x", "color": "#fff", "priority": -1})).expect(400);
    put(&project.client, &project.path("labels/urgent"), &json!({"id": 7})).expect(400);
    project.client.delete(&project.path("labels/none")).expect(404);
    assert_eq!(project.total("labels"), 1);
}
