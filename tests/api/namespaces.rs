//! Namespaces: whom they are told, and which paths are taken.
//!
//! Must not know: what is in a namespace.

use crate::users::{person, put};
use crate::words::column;
use casemate_tests::{Client, TestServer};
use serde_json::{Value, json};

fn paths(client: &Client, query: &str) -> Vec<String> {
    column(&client.get(&format!("/api/v4/namespaces{query}")).expect(200).read::<Vec<Value>>(), "full_path")
}

/// A server with `acme/web/shop`, and `anna` who is a developer of `acme/web`.
fn with_anna() -> (TestServer, Client, Client) {
    let server = TestServer::start();
    let root = server.client();
    root.create_project("acme/web/shop");
    let (anna, by_anna) = person(&server, "anna");
    let member = json!({"user_id": anna, "access_level": 30});
    root.post("/api/v4/groups/acme%2Fweb/members", &member).expect(201);
    (server, root, by_anna)
}

#[test]
fn one_has_the_own_namespace_and_those_of_ones_groups() {
    let (server, root, by_anna) = with_anna();
    assert_eq!(paths(&by_anna, ""), ["acme/web", "anna"]);
    assert_eq!(paths(&by_anna, "?owned_only=true"), ["anna"]);
    assert_eq!(paths(&by_anna, "?top_level_only=true"), ["anna"]);
    assert_eq!(paths(&by_anna, "?search=WE"), ["acme/web"]);
    assert_eq!(paths(&by_anna, "?per_page=1&page=2"), ["anna"]);
    assert_eq!(paths(&root, ""), ["acme", "acme/web", "anna", "root"], "administrators have all");
    assert_eq!(paths(&root, "?owned_only=true"), ["acme", "acme/web", "root"]);
    server.anonymous().get("/api/v4/namespaces").expect(401);
    let of = |kind: &str| by_anna.get(&format!("/api/v4/namespaces/{kind}")).expect(200).json();
    let (own, group) = (of("anna"), of("acme%2Fweb"));
    assert_eq!((&own["kind"], &own["web_url"]), (&json!("user"), &json!(format!("{}/anna", server.base()))));
    assert_eq!((&group["kind"], &group["name"], &group["path"]), (&json!("group"), &json!("web"), &json!("web")));
    assert_eq!(group["web_url"], format!("{}/groups/acme/web", server.base()));
    assert_eq!(of(&group["id"].to_string()), group);
    assert_eq!(group["parent_id"], of("acme")["id"], "who is in it sees what it is in");
    by_anna.get("/api/v4/namespaces/root").expect(404);
    by_anna.get("/api/v4/namespaces/none").expect(404);
}

#[test]
fn a_path_that_is_taken_is_told_with_a_free_one_and_nothing_hidden() {
    let (server, root, by_anna) = with_anna();
    let exists = |client: &Client, path: &str| client.get(&format!("/api/v4/namespaces/{path}")).expect(200).json();
    assert_eq!(exists(&by_anna, "ACME/exists"), json!({"exists": true, "suggests": ["ACME1"]}));
    assert_eq!(exists(&by_anna, "free/exists"), json!({"exists": false, "suggests": []}));
    root.post("/api/v4/groups", &json!({"name": "acme1", "path": "acme1"})).expect(201);
    assert_eq!(exists(&by_anna, "acme/exists")["suggests"], json!(["acme2"]));
    let acme = root.get("/api/v4/groups/acme").expect(200).json()["id"].clone();
    root.post("/api/v4/groups", &json!({"name": "hidden", "path": "hidden", "parent_id": acme})).expect(201);
    let below = |path: &str| format!("{path}/exists?parent_id={acme}");
    assert_eq!(exists(&by_anna, &below("web"))["exists"], json!(true));
    assert_eq!(exists(&by_anna, &below("hidden"))["exists"], json!(false));
    assert_eq!(exists(&by_anna, "acme%2Fhidden/exists")["exists"], json!(false));
    assert_eq!(exists(&root, &below("hidden"))["exists"], json!(true));
    let other = root.get("/api/v4/groups/acme1").expect(200).json()["id"].clone();
    by_anna.get(&format!("/api/v4/namespaces/x/exists?parent_id={other}")).expect(404);
    by_anna.get("/api/v4/namespaces/x/exists?parent_id=y").expect(400);
    // Who may make no groups is told of those that they see.
    let (ext, by_ext) = person(&server, "ext");
    put(&root, &format!("/api/v4/users/{ext}"), &json!({"external": true})).expect(200);
    assert_eq!(exists(&by_ext, "acme/exists")["exists"], json!(false));
    assert_eq!(exists(&by_ext, "ext/exists")["exists"], json!(true));
}
