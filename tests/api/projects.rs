//! Projects and groups: making, finding, listing, and what is refused.

use crate::words::{column, ids_that_are_no_numbers, is_time, times_that_are_none};
use casemate_tests::TestServer;
use serde_json::{Value, json};

const PROJECTS: &str = "/api/v4/projects";

#[test]
fn a_project_has_the_fields_that_clients_read() {
    let server = TestServer::start();
    let client = server.client();
    let group =
        client.post("/api/v4/groups", &json!({"name": "Acme Corp", "path": "acme", "visibility": "internal"})).expect(201).json();
    assert_eq!((&group["full_path"], &group["full_name"]), (&json!("acme"), &json!("Acme Corp")));
    assert_eq!((&group["parent_id"], &group["visibility"]), (&Value::Null, &json!("internal")));
    let below = json!({"name": "Platform", "path": "platform", "parent_id": group["id"], "visibility": "internal"});
    let below = client.post("/api/v4/groups", &below).expect(201).json();
    assert_eq!((&below["full_path"], &below["full_name"]), (&json!("acme/platform"), &json!("Acme Corp / Platform")));
    let wish = json!({"name": "Payments API", "namespace_id": below["id"], "default_branch": "trunk", "visibility": "internal"});
    let made = client.post(PROJECTS, &wish).expect(201).json();
    for (field, value) in [
        ("name", json!("Payments API")),
        ("path", json!("payments-api")),
        ("path_with_namespace", json!("acme/platform/payments-api")),
        ("name_with_namespace", json!("Acme Corp / Platform / Payments API")),
        ("default_branch", json!("trunk")),
        ("visibility", json!("internal")),
        ("archived", json!(false)),
        ("topics", json!([])),
    ] {
        assert_eq!(made[field], value, "{field}");
    }
    assert_eq!((&made["namespace"]["id"], &made["namespace"]["kind"]), (&below["id"], &json!("group")));
    assert!(is_time(&made["created_at"]) && is_time(&made["last_activity_at"]), "{made}");
    assert_eq!((ids_that_are_no_numbers(&made), times_that_are_none(&made)), (vec![], vec![]));
    assert_eq!(client.get(&format!("{PROJECTS}/{}", made["id"])).expect(200).json(), made);
}

#[test]
fn a_project_without_a_namespace_goes_into_the_caller_s_own() {
    let server = TestServer::start();
    let made = server.client().post(PROJECTS, &json!({"name": "mine"})).expect(201).json();
    assert_eq!(made["path_with_namespace"], "root/mine");
    assert_eq!((&made["namespace"]["kind"], &made["default_branch"]), (&json!("user"), &json!("main")));
    assert_eq!(server.client().get("/api/v4/groups").total(), 0, "a user's namespace is no group");
    let by_path = server.client().post(PROJECTS, &json!({"path": "other"})).expect(201).json();
    assert_eq!(by_path["name"], "other");
}

#[test]
fn namespace_path_makes_the_groups_that_are_missing() {
    let server = TestServer::start();
    let client = server.client();
    let make = |name: &str, path: &str| client.post(PROJECTS, &json!({"name": name, "namespace_path": path})).expect(201).json();
    assert_eq!(make("one", "a/b/c")["path_with_namespace"], "a/b/c/one");
    assert_eq!(make("two", "a/b")["path_with_namespace"], "a/b/two");
    let groups: Vec<Value> = client.get("/api/v4/groups").expect(200).read();
    assert_eq!(column(&groups, "full_path"), ["a", "a/b", "a/b/c"]);
    client.post(PROJECTS, &json!({"name": "x", "namespace_id": 999})).expect(404);
}

#[test]
fn a_taken_path_is_refused_in_any_case() {
    let server = TestServer::start();
    let client = server.client();
    client.create_project("acme/demo");
    let taken = json!({"message": {"path": ["has already been taken"]}});
    for name in ["demo", "DEMO", "Demo"] {
        let wish = json!({"name": name, "path": name, "namespace_path": "acme"});
        assert_eq!(client.post(PROJECTS, &wish).expect(400).json(), taken, "{name}");
    }
    assert_eq!(client.post("/api/v4/groups", &json!({"name": "x", "path": "Acme"})).expect(400).json(), taken);
    let group = json!({"name": "x", "path": "demo", "parent_id": client.get("/api/v4/groups/acme").json()["id"]});
    assert_eq!(client.post("/api/v4/groups", &group).expect(400).json(), taken, "a group where a project is");
    assert_eq!(client.get(PROJECTS).total(), 1);
}

#[test]
fn what_can_be_no_path_is_refused_by_field() {
    let server = TestServer::start();
    let client = server.client();
    for path in ["..", ".", "-a", "a-", ".a", "a.git", "a.atom", "a/b", "a b", "ä", "42", "", &"x".repeat(256), "a\u{0}b"] {
        let answer = client.post(PROJECTS, &json!({"name": "x", "path": path})).expect(400).json();
        assert!(answer["message"]["path"].is_array(), "{path:?}: {answer}");
        let answer = client.post("/api/v4/groups", &json!({"name": "x", "path": path})).expect(400).json();
        assert!(answer["message"]["path"].is_array(), "{path:?}: {answer}");
    }
    for path in ["api", "admin", "-"] {
        client.post("/api/v4/groups", &json!({"name": "x", "path": path})).expect(400);
        client.post(PROJECTS, &json!({"name": "x", "namespace_path": path})).expect(400);
    }
    for name in ["", "  ", "a\nb", &"x".repeat(256)] {
        let answer = client.post(PROJECTS, &json!({"name": name, "path": "fine"})).expect(400).json();
        assert!(answer["message"]["name"].is_array(), "{name:?}: {answer}");
    }
    for (field, value) in [("visibility", json!("secret")), ("default_branch", json!("a..b")), ("namespace_id", json!("x"))] {
        client.post(PROJECTS, &json!({"name": "x", field: value})).expect(400);
    }
    assert_eq!(client.get(PROJECTS).total(), 0);
}

#[test]
fn the_list_searches_sorts_and_counts() {
    let server = TestServer::start();
    let client = server.client();
    for name in ["beta", "Alpha", "gamma"] {
        client.create_project(&format!("acme/{name}"));
    }
    let names = |query: &str| column(&client.get(&format!("{PROJECTS}?{query}")).expect(200).read::<Vec<Value>>(), "name");
    assert_eq!(names(""), ["gamma", "Alpha", "beta"], "newest first");
    assert_eq!(names("order_by=name&sort=asc"), ["Alpha", "beta", "gamma"]);
    assert_eq!(names("order_by=id&sort=asc"), ["beta", "Alpha", "gamma"]);
    assert_eq!(names("search=ALPH"), ["Alpha"]);
    assert_eq!(names("id_after=2"), ["gamma"]);
    assert!(names("archived=true").is_empty());
    let plain: Vec<Value> = client.get(PROJECTS).expect(200).read();
    assert!(plain.iter().all(|project| project["vulnerability_counts"].is_null()));
    let counted: Vec<Value> = client.get(&format!("{PROJECTS}?with_counts=true")).expect(200).read();
    assert_eq!(counted[0]["vulnerability_counts"]["critical"], 0);
    client.get(&format!("{PROJECTS}?order_by=x")).expect(400);
    client.get(&format!("{PROJECTS}?archived=maybe")).expect(400);
}

#[test]
fn a_long_list_is_walked_by_the_id_of_its_last_row() {
    let server = TestServer::start();
    let client = server.client();
    for name in ["a", "b", "c", "d", "e"] {
        client.create_project(&format!("acme/{name}"));
    }
    let mut path = format!("{PROJECTS}?pagination=keyset&order_by=id&sort=asc&per_page=2&search=acme");
    let mut seen = Vec::new();
    loop {
        let answer = client.get(&path).expect(200);
        assert_eq!(answer.header("x-total"), "");
        seen.extend(column(&answer.read::<Vec<Value>>(), "name"));
        let Some((next, _)) = answer.header("link").strip_prefix('<').and_then(|rest| rest.split_once('>')) else { break };
        path = next.strip_prefix(&server.base()).unwrap().to_owned();
    }
    assert_eq!(seen, ["a", "b", "c", "d", "e"]);
    client.get(&format!("{PROJECTS}?pagination=keyset&order_by=name")).expect(400);
}
