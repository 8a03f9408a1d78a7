//! People of the tests: made by the administrator, each with a token. Must not know: what they do.

use casemate_tests::{Answer, Client, TestServer};
use serde_json::{Value, json};
use ureq::http::Method;

/// Password of everybody here.
pub const PASSWORD: &str = "pass phrase";

/// Somebody.
pub struct Person {
    pub id: u64,
    /// They, by a token that may all that they may.
    pub client: Client,
}

/// Makes somebody.
#[track_caller]
pub fn person(server: &TestServer, name: &str) -> Person {
    let root = server.client();
    let wish = json!({"username": name, "name": name, "email": format!("{name}@example.test"), "password": PASSWORD});
    let id = root.post("/api/v4/users", &wish).expect(201).json()["id"].as_u64().unwrap();
    let wish = json!({"name": "all", "scopes": ["api"]});
    let token = root.post(&format!("/api/v4/users/{id}/personal_access_tokens"), &wish).expect(201).json();
    Person { id, client: server.anonymous().with_token(token["token"].as_str().unwrap()) }
}

#[track_caller]
pub fn put(client: &Client, path: &str, body: &Value) -> Answer {
    client.send(Method::PUT, path, "application/json", body.to_string().as_bytes())
}

/// Makes a group of the caller's; its id.
#[track_caller]
pub fn group(client: &Client, path: &str) -> u64 {
    client.post("/api/v4/groups", &json!({"name": path, "path": path})).expect(201).json()["id"].as_u64().unwrap()
}

/// Makes a project in a group; the address of all that is below it.
#[track_caller]
pub fn project(client: &Client, group: u64, path: &str) -> String {
    let wish = json!({"name": path, "path": path, "namespace_id": group});
    format!("/api/v4/projects/{}", client.post("/api/v4/projects", &wish).expect(201).json()["id"])
}

/// Adds a member.
#[track_caller]
pub fn add(client: &Client, place: &str, user: u64, level: u64) {
    client.post(&format!("{place}/members"), &json!({"user_id": user, "access_level": level})).expect(201);
}

/// A token of a project or group; its id, its user, and a client with it.
#[track_caller]
pub fn place_token(server: &TestServer, client: &Client, place: &str, scope: &str, level: u64) -> (u64, u64, Client) {
    let wish = json!({"name": "t", "scopes": [scope], "access_level": level});
    let made = client.post(&format!("{place}/access_tokens"), &wish).expect(201).json();
    let number = |name: &str| made[name].as_u64().unwrap();
    (number("id"), number("user_id"), server.anonymous().with_token(made["token"].as_str().unwrap()))
}
