//! Groups in groups: lists, names, moves, visibility, and going away with all that is in them.

use crate::users::{person, put};
use crate::words::column;
use casemate_tests::{Client, TestServer, Upload, patience, program, sample};
use serde_json::{Value, json};

fn group(client: &Client, path: &str, parent: Option<u64>, visibility: &str) -> u64 {
    let wish = json!({"name": path, "path": path, "parent_id": parent, "visibility": visibility});
    client.post("/api/v4/groups", &wish).expect(201).json()["id"].as_u64().unwrap()
}

fn project(client: &Client, name: &str, group: u64, visibility: &str) -> u64 {
    let wish = json!({"name": name, "namespace_id": group, "visibility": visibility});
    client.post("/api/v4/projects", &wish).expect(201).json()["id"].as_u64().unwrap()
}

fn names(client: &Client, path: &str, field: &str) -> Vec<String> {
    column(&client.get(path).expect(200).read::<Vec<Value>>(), field)
}

#[test]
fn lists_of_a_tree_hold_what_is_right_below_or_at_any_depth() {
    let server = TestServer::start();
    let root = server.client();
    let top = group(&root, "top", None, "public");
    let middle = group(&root, "middle", Some(top), "internal");
    let lowest = group(&root, "lowest", Some(middle), "private");
    group(&root, "aside", None, "private");
    for (name, of) in [("one", top), ("two", middle), ("three", lowest)] {
        project(&root, name, of, "private");
    }
    let below = |rest: &str, field: &str| names(&root, &format!("/api/v4/groups/{top}/{rest}"), field);
    assert_eq!(below("subgroups", "path"), ["middle"]);
    assert_eq!(below("descendant_groups", "full_path"), ["top/middle", "top/middle/lowest"]);
    assert_eq!(below("descendant_groups?search=LOW", "path"), ["lowest"]);
    assert_eq!(below("descendant_groups?sort=desc&order_by=id", "path"), ["lowest", "middle"]);
    assert_eq!(below("projects", "path"), ["one"]);
    assert_eq!(below("projects?include_subgroups=true&order_by=id&sort=asc", "path"), ["one", "two", "three"]);
    assert_eq!(names(&root, "/api/v4/groups?top_level_only=true", "path"), ["aside", "top"]);
    assert_eq!(names(&root, "/api/v4/groups?visibility=internal", "path"), ["middle"]);
    assert_eq!(root.get("/api/v4/groups?per_page=1&page=2").total(), 4);
    root.get("/api/v4/groups?order_by=size").expect(400);
    root.get("/api/v4/groups?min_access_level=31").expect(400);
    let encoded = root.get("/api/v4/groups/top%2Fmiddle%2Flowest").expect(200).json();
    assert_eq!((&encoded["full_name"], &encoded["parent_id"]), (&json!("top / middle / lowest"), &json!(middle)));
    let report = sample::report("sast", "semgrep", vec![sample::sast("A", "a", "a.rs", 1)]);
    let upload = Upload::new("main", &sample::sha(1)).file("sast", "r.json", report.to_string().as_bytes());
    root.ingest("top/middle/two", upload);
    assert_eq!(below("projects?include_subgroups=true&with_security_reports=true", "path"), ["two"]);
}

#[test]
fn everybody_s_lists_hold_what_they_may_see() {
    let server = TestServer::start();
    let root = server.client();
    let (_, stranger) = person(&server, "stranger");
    let (external_id, external) = person(&server, "external");
    put(&root, &format!("/api/v4/users/{external_id}"), &json!({"external": true})).expect(200);
    let (member_id, member) = person(&server, "member");
    for visibility in ["private", "internal", "public"] {
        let of = group(&root, &format!("g-{visibility}"), None, visibility);
        project(&root, "p", of, visibility);
    }
    let hidden = group(&root, "hidden", Some(root.get("/api/v4/groups/g-private").json()["id"].as_u64().unwrap()), "private");
    let inner = project(&root, "inner", hidden, "private");
    let wish = json!({"user_id": member_id, "access_level": 10});
    root.post(&format!("/api/v4/projects/{inner}/members"), &wish).expect(201);
    let seen = |client: &Client| {
        let projects = names(client, "/api/v4/projects?order_by=path&sort=asc", "path_with_namespace");
        (names(client, "/api/v4/groups", "full_path"), projects)
    };
    let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    assert_eq!(seen(&server.anonymous()), (texts(&["g-public"]), texts(&["g-public/p"])));
    assert_eq!(seen(&external), (texts(&["g-public"]), texts(&["g-public/p"])));
    assert_eq!(seen(&stranger), (texts(&["g-internal", "g-public"]), texts(&["g-internal/p", "g-public/p"])));
    // The groups above something that one is a member of are seen, what else is in them is not.
    let groups = texts(&["g-internal", "g-private", "g-private/hidden", "g-public"]);
    assert_eq!(seen(&member), (groups, texts(&["g-internal/p", "g-private/hidden/inner", "g-public/p"])));
    assert_eq!(names(&member, "/api/v4/groups/g-private/projects?include_subgroups=true", "path"), ["inner"]);
    assert_eq!(names(&member, "/api/v4/projects?membership=true", "path"), ["inner"]);
    assert_eq!(names(&member, "/api/v4/groups?all_available=false", "path"), Vec::<String>::new());
    assert_eq!(names(&stranger, "/api/v4/projects?membership=true", "path"), Vec::<String>::new());
    assert_eq!(seen(&root).1.len(), 4);
    for client in [&stranger, &external] {
        let answer = client.get(&format!("/api/v4/projects/{inner}")).expect(404).json();
        let absent = client.get("/api/v4/projects/999999").expect(404).json();
        assert_eq!(answer, absent);
        assert_eq!(answer, json!({"message": "404 Project Not Found"}));
        assert_eq!(client.get("/api/v4/groups/g-private").expect(404).json(), json!({"message": "404 Group Not Found"}));
    }
}

#[test]
fn who_makes_something_owns_it_and_others_make_nothing_there() {
    let server = TestServer::start();
    let (anna_id, anna) = person(&server, "anna");
    let (_, bob) = person(&server, "bob");
    let of = group(&anna, "annas", None, "internal");
    let members = anna.get(&format!("/api/v4/groups/{of}/members")).expect(200).json();
    assert_eq!((&members[0]["id"], &members[0]["access_level"]), (&json!(anna_id), &json!(50)));
    assert_eq!(members[0]["created_by"], Value::Null);
    let made = anna.post("/api/v4/projects", &json!({"name": "p", "namespace_id": of})).expect(201).json();
    let group_access = json!({"access_level": 50, "notification_level": 3});
    assert_eq!(made["permissions"], json!({"project_access": null, "group_access": group_access}));
    assert_eq!(made["creator_id"], json!(anna_id));
    for wish in [json!({"name": "x", "namespace_id": of}), json!({"name": "x", "namespace_path": "annas"})] {
        bob.post("/api/v4/projects", &wish).expect(403);
    }
    bob.post("/api/v4/projects", &json!({"name": "x", "namespace_path": "annas/new"})).expect(403);
    bob.post("/api/v4/projects", &json!({"name": "x", "namespace_path": "anna"})).expect(404);
    bob.post("/api/v4/groups", &json!({"name": "x", "path": "x", "parent_id": of})).expect(403);
    let secret = group(&anna, "secret", None, "private");
    let answer = bob.post("/api/v4/projects", &json!({"name": "x", "namespace_id": secret})).expect(404).json();
    assert_eq!(answer, bob.post("/api/v4/projects", &json!({"name": "x", "namespace_id": 999_999})).expect(404).json());
    let own = bob.post("/api/v4/projects", &json!({"name": "own"})).expect(201).json();
    assert_eq!(own["permissions"]["project_access"]["access_level"], 50);
    bob.post("/api/v4/projects", &json!({"name": "x", "namespace_path": "bobs/deep"})).expect(201);
    let owner = bob.get("/api/v4/groups/bobs/members").expect(200).json();
    assert_eq!(owner[0]["username"], "bob");
}

#[test]
fn a_group_is_renamed_and_moved_with_all_below_it_and_never_into_itself() {
    let server = TestServer::start();
    let root = server.client();
    let (a, z) = (group(&root, "a", None, "private"), group(&root, "z", None, "private"));
    let b = group(&root, "b", Some(a), "private");
    let p = project(&root, "p", b, "private");
    let renamed = put(&root, &format!("/api/v4/groups/{b}"), &json!({"path": "c", "name": "See", "description": "d"}));
    assert_eq!(renamed.expect(200).json()["full_path"], "a/c");
    let path = |id: u64| root.get(&format!("/api/v4/projects/{id}")).expect(200).json()["path_with_namespace"].clone();
    assert_eq!(path(p), "a/c/p");
    root.get("/api/v4/projects/a%2Fb%2Fp").expect(301);
    let moved = |of: u64, to: Value| root.post(&format!("/api/v4/groups/{of}/transfer"), &json!({"group_id": to}));
    moved(b, json!(z)).expect(201);
    assert_eq!(path(p), "z/c/p");
    let cycle = moved(z, json!(b)).expect(400).json();
    assert!(cycle["message"].as_str().unwrap().contains("into itself"), "{cycle}");
    moved(z, json!(z)).expect(400);
    moved(z, json!(999_999)).expect(404);
    moved(b, Value::Null).expect(201);
    assert_eq!(path(p), "c/p");
    let taken = put(&root, &format!("/api/v4/groups/{b}"), &json!({"path": "A"})).expect(400).json();
    assert_eq!(taken, json!({"message": {"path": ["has already been taken"]}}));
    for path in ["..", "a/b", "api", "-", "groups", "аdmin", "x.git", "42", " "] {
        put(&root, &format!("/api/v4/groups/{b}"), &json!({"path": path})).expect(400);
    }
    put(&root, &format!("/api/v4/groups/{b}"), &json!({"name": "x".repeat(10_000)})).expect(400);
}

#[test]
fn a_group_that_leaves_its_owners_behind_is_owned_by_who_moved_it() {
    let server = TestServer::start();
    let root = server.client();
    let (anna_id, anna) = person(&server, "anna");
    let top = group(&anna, "top", None, "private");
    let below = group(&anna, "below", Some(top), "private");
    assert_eq!(anna.get(&format!("/api/v4/groups/{below}/members")).total(), 0, "she owns it by the group above");
    anna.post(&format!("/api/v4/groups/{below}/transfer"), &json!({})).expect(201);
    let members: Vec<Value> = anna.get(&format!("/api/v4/groups/{below}/members")).expect(200).read();
    assert_eq!((members.len(), &members[0]["id"], &members[0]["access_level"]), (1, &json!(anna_id), &json!(50)));
    let third = group(&anna, "third", Some(top), "private");
    root.post(&format!("/api/v4/groups/{third}/transfer"), &json!({"group_id": below})).expect(201);
    assert_eq!(root.get(&format!("/api/v4/groups/{third}/members")).total(), 0);
    anna.get("/api/v4/groups/below%2Fthird").expect(200);
}

#[test]
fn what_is_in_a_group_is_no_more_visible_than_the_group() {
    let server = TestServer::start();
    let root = server.client();
    let of = group(&root, "g", None, "internal");
    let wish = json!({"name": "p", "namespace_id": of, "visibility": "public"});
    let answer = root.post("/api/v4/projects", &wish).expect(400).json();
    assert_eq!(answer["message"]["visibility_level"][0], "public is not allowed in a internal group.");
    let p = project(&root, "p", of, "internal");
    put(&root, &format!("/api/v4/projects/{p}"), &json!({"visibility": "public"})).expect(400);
    put(&root, &format!("/api/v4/groups/{of}"), &json!({"visibility": "private"})).expect(400);
    put(&root, &format!("/api/v4/groups/{of}"), &json!({"visibility": "public"})).expect(200);
    put(&root, &format!("/api/v4/projects/{p}"), &json!({"visibility": "public"})).expect(200);
    server.anonymous().get(&format!("/api/v4/projects/{p}")).expect(200);
}

#[test]
fn a_group_goes_with_all_that_is_in_it_and_leaves_nothing() {
    let mut server = TestServer::start();
    let root = server.client();
    let (anna_id, anna) = person(&server, "anna");
    let of = group(&root, "going", None, "private");
    let below = group(&root, "below", Some(of), "private");
    let p = project(&root, "p", below, "private");
    root.post(&format!("/api/v4/groups/{of}/members"), &json!({"user_id": anna_id, "access_level": 30})).expect(201);
    let wish = json!({"name": "bot", "scopes": ["api"], "access_level": 30, "expires_at": "2027-01-01"});
    let bot = root.post(&format!("/api/v4/projects/{p}/access_tokens"), &wish).expect(201).json();
    let bot = server.anonymous().with_token(bot["token"].as_str().unwrap());
    let report = sample::report("sast", "semgrep", vec![sample::sast("A", "a", "a.rs", 1)]);
    let file = report.to_string();
    for n in 0..3 {
        let upload = Upload::new("main", &sample::sha(n)).file("sast", "r.json", file.as_bytes());
        root.ingest(&p.to_string(), upload);
    }
    let job = root.get(&format!("/api/v4/projects/{p}/jobs")).json()[0]["id"].clone();
    let vulnerability = root.get(&format!("/api/v4/projects/{p}/vulnerabilities")).json()[0]["id"].clone();
    anna.delete(&format!("/api/v4/groups/{of}")).expect(403);
    bot.get(&format!("/api/v4/projects/{p}")).expect(200);
    let answer = root.delete(&format!("/api/v4/groups/{of}")).expect(202).json();
    assert_eq!(answer, json!({"message": "202 Accepted"}));
    for path in [
        format!("/api/v4/groups/{of}"),
        format!("/api/v4/groups/{below}"),
        format!("/api/v4/projects/{p}"),
        format!("/api/v4/projects/{p}/pipelines"),
        format!("/api/v4/vulnerabilities/{vulnerability}"),
        "/api/v4/projects/going%2Fbelow%2Fp".to_owned(),
    ] {
        root.get(&path).expect(404);
        anna.get(&path).expect(404);
    }
    put(&root, &format!("/api/v4/jobs/{job}"), &json!({"state": "success"})).expect(404);
    bot.get("/api/v4/user").expect(401);
    assert_eq!((root.get("/api/v4/projects").total(), root.get("/api/v4/groups").total()), (0, 0));
    group(&root, "going", None, "private");
    let kept = || {
        let sizes = root.get("/api/v4/admin/storage").expect(200).json();
        (sizes["artifacts_bytes"] == 0).then_some(())
    };
    patience::until("the reports to be gone", patience::LATER, kept);
    server.stop();
    program::assert_clean(&server.data_dir());
    server.start_again();
    assert_eq!(names(&server.client(), "/api/v4/groups", "path"), ["going"]);
}
