//! Users: who sees what of whom, making, changing, blocking, deleting (API design, section 2.1).
//!
//! Must not know: tokens beyond having one.

use casemate_tests::{Client, TestServer};
use serde_json::{Value, json};
use ureq::http::Method;

pub fn put(client: &Client, path: &str, body: &Value) -> casemate_tests::Answer {
    client.send(Method::PUT, path, "application/json", body.to_string().as_bytes())
}

/// A new user's id, and a client with a token of theirs.
pub fn person(server: &TestServer, name: &str) -> (u64, Client) {
    let root = server.client();
    let wish = json!({"username": name, "name": name, "email": format!("{name}@example.test"), "password": format!("password of {name}"), "skip_confirmation": true});
    let id = root.post("/api/v4/users", &wish).expect(201).json()["id"].as_u64().unwrap();
    let token = json!({"name": "t", "scopes": ["api"]});
    let made = root.post(&format!("/api/v4/users/{id}/personal_access_tokens"), &token).expect(201).json();
    (id, server.anonymous().with_token(made["token"].as_str().unwrap()))
}

#[test]
fn a_user_is_made_with_a_namespace_and_found_by_name() {
    let server = TestServer::start();
    let root = server.client();
    let (id, anna) = person(&server, "Anna");
    let me = anna.get("/api/v4/user").expect(200).json();
    assert_eq!((&me["id"], &me["username"], &me["state"]), (&json!(id), &json!("Anna"), &json!("active")));
    assert_eq!((&me["is_admin"], &me["bot"], &me["external"]), (&json!(false), &json!(false), &json!(false)));
    assert_eq!(me["email"], "Anna@example.test");
    let made = anna.post("/api/v4/projects", &json!({"name": "mine"})).expect(201).json();
    assert_eq!(made["path_with_namespace"], "Anna/mine");
    let found = root.get("/api/v4/users?username=aNNA").expect(200);
    assert_eq!((found.total(), &found.json()[0]["id"]), (1, &json!(id)));
    assert_eq!(root.get("/api/v4/users?search=ann").total(), 1);
    assert_eq!(root.get("/api/v4/users?admins=true").total(), 1);
    assert_eq!(root.get("/api/v4/users?created_after=2099-01-01").total(), 0);
    assert_eq!(root.get("/api/v4/users?order_by=username&sort=asc").json()[0]["username"], "Anna");
    root.get("/api/v4/users?order_by=shoe_size").expect(400);
}

#[test]
fn a_long_list_is_walked_by_its_link() {
    let server = TestServer::start();
    let root = server.client();
    for name in ["u1", "u2", "u3", "u4"] {
        let wish = json!({"username": name, "name": name, "email": format!("{name}@x.test"), "force_random_password": true});
        root.post("/api/v4/users", &wish).expect(201);
    }
    let mut path = "/api/v4/users?pagination=keyset&order_by=id&sort=asc&per_page=2".to_owned();
    let mut seen = Vec::new();
    loop {
        let answer = root.get(&path).expect(200);
        assert_eq!(answer.header("x-total"), "", "a walk counts nothing");
        seen.extend(answer.json().as_array().unwrap().iter().map(|user| user["username"].as_str().unwrap().to_owned()));
        let link = answer.header("link").to_owned();
        let Some(next) = link.strip_prefix('<').and_then(|rest| rest.split_once('>')) else { break };
        path = next.0.strip_prefix(&server.base()).unwrap().to_owned();
    }
    assert_eq!(seen, ["root", "u1", "u2", "u3", "u4"]);
}

#[test]
fn others_see_little_and_change_nothing() {
    let server = TestServer::start();
    let (anna_id, anna) = person(&server, "anna");
    let (bob_id, bob) = person(&server, "bob");
    let seen = anna.get(&format!("/api/v4/users/{bob_id}")).expect(200).json();
    let mut names: Vec<&str> = seen.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["avatar_url", "bot", "created_at", "id", "locked", "name", "state", "username", "web_url"]);
    let listed = anna.get("/api/v4/users").expect(200);
    assert!(listed.total() == 3 && !listed.text().contains("@"), "{}", listed.text());
    assert_eq!(anna.get("/api/v4/users?search=example.test").total(), 0, "a hit would tell the address");
    assert_eq!(server.client().get("/api/v4/users?search=example.test").total(), 2);
    assert_eq!(anna.get(&format!("/api/v4/users/{anna_id}")).json()["email"], "anna@example.test", "their own");
    let wish = json!({"username": "eve", "name": "e", "email": "e@x.test", "password": "long enough", "admin": true});
    anna.post("/api/v4/users", &wish).expect(403);
    put(&anna, &format!("/api/v4/users/{bob_id}"), &json!({"name": "x"})).expect(403);
    put(&anna, &format!("/api/v4/users/{anna_id}"), &json!({"admin": true})).expect(403);
    anna.delete(&format!("/api/v4/users/{bob_id}")).expect(403);
    anna.post(&format!("/api/v4/users/{bob_id}/block"), &json!({})).expect(403);
    anna.post(&format!("/api/v4/users/{bob_id}/personal_access_tokens"), &json!({"name": "n", "scopes": ["api"]})).expect(403);
    anna.get(&format!("/api/v4/users/{bob_id}/impersonation_tokens")).expect(403);
    bob.get("/api/v4/users/999").expect(404);
    server.anonymous().get("/api/v4/users").expect(401);
    server.anonymous().get(&format!("/api/v4/users/{bob_id}")).expect(401);
}

#[test]
fn what_a_user_sends_about_themselves_makes_nobody_an_administrator() {
    let server = TestServer::start();
    let (id, anna) = person(&server, "anna");
    let everything = json!({"name": "New Name", "is_admin": true, "admin": true, "external": true, "state": "blocked", "username": "root2", "id": 1, "bot": true});
    let answer = put(&anna, "/api/v4/user", &everything).expect(200).json();
    assert_eq!((&answer["name"], &answer["is_admin"], &answer["username"]), (&json!("New Name"), &json!(false), &json!("anna")));
    assert_eq!((&answer["external"], &answer["id"], &answer["state"]), (&json!(false), &json!(id), &json!("active")));
    put(&anna, "/api/v4/user", &json!({"email": "new@x.test"})).expect(400);
    let wrong = put(&anna, "/api/v4/user", &json!({"email": "new@x.test", "current_password": "nope"})).expect(400).json();
    assert_eq!(wrong["message"]["current_password"][0], "is wrong");
    let right = json!({"email": "new@x.test", "current_password": "password of anna"});
    assert_eq!(put(&anna, "/api/v4/user", &right).expect(200).json()["email"], "new@x.test");
    let wish = json!({"username": "carl", "name": "c", "email": "c@x.test", "password": "long enough", "is_admin": true});
    assert_eq!(server.client().post("/api/v4/users", &wish).expect(201).json()["is_admin"], false, "the word is admin");
}

#[test]
fn names_collide_in_any_case_and_with_groups() {
    let server = TestServer::start();
    let root = server.client();
    root.post("/api/v4/groups", &json!({"name": "g", "path": "team"})).expect(201);
    person(&server, "anna");
    let make = |username: &str, email: &str| {
        root.post("/api/v4/users", &json!({"username": username, "email": email, "name": "n", "password": "long enough"}))
    };
    assert_eq!(make("ANNA", "x@x.test").expect(409).json()["message"], "Username has already been taken");
    assert_eq!(make("Team", "x@x.test").expect(409).json()["message"], "Username has already been taken");
    assert_eq!(make("x", "ANNA@EXAMPLE.test").expect(409).json()["message"], "Email has already been taken");
    for (username, email, field) in [
        ("api", "x@x.test", "username"),
        ("ghost", "x@x.test", "username"),
        ("аnna", "x@x.test", "username"),
        ("a/b", "x@x.test", "username"),
        ("..", "x@x.test", "username"),
        ("42", "x@x.test", "username"),
        ("x.git", "x@x.test", "username"),
        ("x", "no address", "email"),
    ] {
        let answer = make(username, email).expect(400).json();
        assert!(answer["message"][field][0].is_string(), "{username} {answer}");
    }
    make(&"x".repeat(10_000), "x@x.test").expect(400);
    let missing = root.post("/api/v4/users", &json!({"password": "long enough"})).expect(400).json();
    assert_eq!(missing["error"], "email is missing, name is missing, username is missing");
    let no_password = json!({"username": "x", "email": "x@x.test", "name": "n"});
    assert!(
        root.post("/api/v4/users", &no_password).expect(400).json()["error"].as_str().unwrap().contains("force_random_password")
    );
    // A group can't take a user's name either.
    root.post("/api/v4/groups", &json!({"name": "g", "path": "Anna"})).expect(400);
}

#[test]
fn blocking_answers_true_and_ends_everything_at_once() {
    let server = TestServer::start();
    let root = server.client();
    let (id, anna) = person(&server, "anna");
    let turn = |word: &str| root.post(&format!("/api/v4/users/{id}/{word}"), &json!({}));
    assert_eq!(turn("block").expect(201).json(), json!(true));
    assert_eq!(anna.get("/api/v4/user").expect(403).json()["message"], "403 Forbidden - Your account has been blocked.");
    assert_eq!(root.get("/api/v4/users?blocked=true").total(), 1);
    turn("activate").expect(403);
    turn("deactivate").expect(403);
    assert_eq!(turn("unblock").expect(201).json(), json!(true));
    anna.get("/api/v4/user").expect(200);
    assert_eq!(turn("deactivate").expect(201).json(), json!(true));
    anna.get("/api/v4/user").expect(403);
    turn("unblock").expect(403);
    assert_eq!(turn("activate").expect(201).json(), json!(true));
    anna.get("/api/v4/user").expect(200);
    root.post(&format!("/api/v4/users/{id}/promote"), &json!({})).expect(404);
    root.post("/api/v4/users/1/block", &json!({})).expect(403);
    root.post("/api/v4/users/1/deactivate", &json!({})).expect(403);
    root.delete("/api/v4/users/1").expect(403);
    put(&root, "/api/v4/users/1", &json!({"admin": false})).expect(403);
    root.get("/api/v4/user").expect(200);
}

#[test]
fn who_is_deleted_stays_as_a_ghost_where_they_acted() {
    let server = TestServer::start();
    let root = server.client();
    let (id, anna) = person(&server, "anna");
    let group = root.post("/api/v4/groups", &json!({"name": "g", "path": "g"})).expect(201).json()["id"].clone();
    let shared = root.post("/api/v4/projects", &json!({"name": "s", "namespace_id": group})).expect(201).json()["id"].clone();
    root.post(&format!("/api/v4/projects/{shared}/members"), &json!({"user_id": id, "access_level": 30})).expect(201);
    let declared = anna
        .post(&format!("/api/v4/projects/{shared}/pipeline"), &json!({"ref": "main", "sha": "a".repeat(40), "finished": true}))
        .expect(201)
        .json();
    assert_eq!(declared["user"]["username"], "anna");
    root.delete(&format!("/api/v4/users/{id}")).expect(204);
    anna.get("/api/v4/user").expect(401);
    root.get(&format!("/api/v4/users/{id}")).expect(404);
    root.delete(&format!("/api/v4/users/{id}")).expect(404);
    let told = root.get(&format!("/api/v4/projects/{shared}/pipelines/{}", declared["id"])).expect(200).json();
    assert_eq!((&told["user"]["username"], &told["user"]["name"]), (&json!("ghost"), &json!("Ghost User")));
    person(&server, "anna");
}

#[test]
fn nobody_is_deleted_who_is_still_needed() {
    let server = TestServer::start();
    let root = server.client();
    let (id, anna) = person(&server, "anna");
    anna.post("/api/v4/projects", &json!({"name": "p"})).expect(201);
    let told = root.delete(&format!("/api/v4/users/{id}")).expect(409).json();
    assert_eq!(told["message"], "User cannot be removed while projects are in their namespace");
    let (id, bob) = person(&server, "bob");
    let group = bob.post("/api/v4/groups", &json!({"name": "g", "path": "bobs"})).expect(201).json()["id"].clone();
    let told = root.delete(&format!("/api/v4/users/{id}")).expect(409).json();
    assert_eq!(told["message"], "User cannot be removed while being the last owner of a group");
    root.post(&format!("/api/v4/groups/{group}/members"), &json!({"user_id": 1, "access_level": 50})).expect(201);
    root.delete(&format!("/api/v4/users/{id}")).expect(204);
    root.get("/api/v4/groups/bobs").expect(200);
}

#[test]
fn what_is_in_a_namespace_follows_the_name_of_its_user() {
    let server = TestServer::start();
    let root = server.client();
    let (id, anna) = person(&server, "anna");
    let project = anna.post("/api/v4/projects", &json!({"name": "p"})).expect(201).json()["id"].clone();
    let path = format!("/api/v4/users/{id}");
    put(&root, &path, &json!({"username": "ann", "name": "Ann", "email": "ann@example.test"})).expect(200);
    assert_eq!(anna.get(&format!("/api/v4/projects/{project}")).expect(200).json()["path_with_namespace"], "ann/p");
    anna.get("/api/v4/projects/ann%2Fp").expect(200);
    anna.get("/api/v4/projects/anna%2Fp").expect(301);
    put(&root, &path, &json!({"username": "Ann"})).expect(200);
    put(&root, &path, &json!({"username": "ROOT"})).expect(409);
    person(&server, "anna");
}
