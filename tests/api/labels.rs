//! Labels of a project and of groups. Must not know: what carries them.

use crate::users::{person, put};
use crate::words::column;
use casemate_tests::{Answer, Client, Project, TestServer, program};
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

/// Ids of `acme/web/shop` and of the groups above it, the upper one first, with `root`.
fn nested(server: &TestServer) -> (Client, u64, u64, u64) {
    let root = server.client();
    let project = root.create_project("acme/web/shop");
    let group = |path: &str| root.get(&format!("/api/v4/groups/{path}")).expect(200).json()["id"].as_u64().unwrap();
    (root.clone(), group("acme"), group("acme%2Fweb"), project)
}

#[test]
fn a_label_of_a_group_is_one_of_all_that_is_in_it() {
    let server = TestServer::start();
    let (root, acme, web, project) = nested(&server);
    let make = |place: String, name: &str| {
        let wish = json!({"name": name, "color": "#112233", "priority": 4});
        root.post(&format!("/api/v4/{place}/labels"), &wish)
    };
    let made = make(format!("groups/{acme}"), "top").expect(201).json();
    assert_eq!((&made["is_project_label"], &made["priority"]), (&json!(false), &Value::Null));
    make(format!("groups/{web}"), "middle").expect(201);
    make(format!("projects/{project}"), "own").expect(201);
    let names = |path: &str| column(&root.get(&format!("/api/v4/{path}")).expect(200).read::<Vec<Value>>(), "name");
    for (path, wanted) in [
        (format!("projects/{project}/labels"), vec!["middle", "own", "top"]),
        (format!("projects/{project}/labels?include_ancestor_groups=false"), vec!["own"]),
        (format!("projects/{project}/labels?search=O&per_page=1&page=2"), vec!["top"]),
        (format!("groups/{web}/labels"), vec!["middle", "top"]),
        (format!("groups/{web}/labels?include_ancestor_groups=false&only_group_labels=false"), vec!["middle", "own"]),
        (format!("groups/{acme}/labels"), vec!["top"]),
        (format!("groups/{acme}/labels?include_descendant_groups=true"), vec!["middle", "top"]),
        (format!("groups/{acme}/labels?include_descendant_groups=1&only_group_labels=0"), vec!["middle", "own", "top"]),
        (format!("groups/{acme}/labels?only_group_labels=false"), vec!["top"]),
    ] {
        assert_eq!(names(&path), wanted, "{path}");
    }
    let of_project = |label: &str| root.get(&format!("/api/v4/projects/{project}/labels/{label}"));
    assert_eq!(of_project("TOP").expect(200).json(), made);
    assert_eq!(of_project(&made["id"].to_string()).expect(200).json(), made);
    of_project("top?include_ancestor_groups=false").expect(404);
    // A name that a group above has is taken; a group may take one that a project has.
    for place in [format!("projects/{project}"), format!("groups/{web}"), format!("groups/{acme}")] {
        make(place, "Top").expect(409);
    }
    make(format!("groups/{acme}"), "own").expect(201);
    put(&root, &format!("/api/v4/projects/{project}/labels/own"), &json!({"color": "#000"})).expect(200);
    put(&root, &format!("/api/v4/projects/{project}/labels/own"), &json!({"new_name": "middle"})).expect(409);
    // What belongs to the group is changed there.
    put(&root, &format!("/api/v4/projects/{project}/labels/top"), &json!({"new_name": "x"})).expect(404);
    root.delete(&format!("/api/v4/projects/{project}/labels/top")).expect(404);
    let changed = put(&root, &format!("/api/v4/groups/{acme}/labels/top"), &json!({"new_name": "x"})).expect(200).json();
    assert_eq!((&changed["id"], &changed["name"]), (&made["id"], &json!("x")));
    root.delete(&format!("/api/v4/groups/{acme}/labels/x")).expect(204);
    assert_eq!(names(&format!("groups/{acme}/labels")), ["own"]);
}

#[test]
fn a_label_is_named_in_the_body_too_as_python_gitlab_does() {
    let server = TestServer::start();
    let (root, acme, _, project) = nested(&server);
    for place in [format!("groups/{acme}"), format!("projects/{project}")] {
        let path = format!("/api/v4/{place}/labels");
        let id = root.post(&path, &json!({"name": place, "color": "#fff"})).expect(201).json()["id"].clone();
        let changed = put(&root, &path, &json!({"name": place, "new_name": "new"})).expect(200).json();
        assert_eq!((&changed["id"], &changed["name"]), (&id, &json!("new")));
        put(&root, &path, &json!({"label_id": id, "description": "d"})).expect(200);
        put(&root, &path, &json!({"description": "d"})).expect(400);
        put(&root, &path, &json!({"name": "none", "description": "d"})).expect(404);
        root.delete(&format!("{path}/new")).expect(204);
    }
}

#[test]
fn labels_of_a_hidden_group_stay_hidden_and_go_with_it() {
    let mut server = TestServer::start();
    let (root, acme, web, project) = nested(&server);
    root.post(&format!("/api/v4/groups/{web}/labels"), &json!({"name": "secret", "color": "#fff"})).expect(201);
    put(&root, &format!("/api/v4/groups/{acme}"), &json!({"visibility": "public"})).expect(200);
    let (anna, by_anna) = person(&server, "anna");
    let names = |path: &str| column(&by_anna.get(&format!("/api/v4/{path}")).expect(200).read::<Vec<Value>>(), "name");
    let around = format!("groups/{acme}/labels?include_descendant_groups=true&only_group_labels=false");
    assert!(names(&around).is_empty());
    by_anna.get(&format!("/api/v4/groups/{web}/labels")).expect(404);
    by_anna.get(&format!("/api/v4/groups/{web}/labels/secret")).expect(404);
    by_anna.post(&format!("/api/v4/groups/{acme}/labels"), &json!({"name": "x", "color": "#fff"})).expect(403);
    let member = json!({"user_id": anna, "access_level": 15});
    root.post(&format!("/api/v4/projects/{project}/members"), &member).expect(201);
    assert_eq!(names(&format!("projects/{project}/labels")), ["secret"], "who is in it sees the group");
    by_anna.delete(&format!("/api/v4/groups/{web}/labels/secret")).expect(403);
    root.post(&format!("/api/v4/groups/{web}/members"), &member).expect(201);
    by_anna.delete(&format!("/api/v4/groups/{web}/labels/secret")).expect(204);
    by_anna.post(&format!("/api/v4/groups/{web}/labels"), &json!({"name": "x", "color": "#fff"})).expect(201);
    root.delete(&format!("/api/v4/groups/{acme}")).expect(202);
    assert_eq!(root.get("/api/v4/groups").expect(200).total(), 0);
    server.stop();
    program::assert_clean(&server.data_dir());
}
