//! Members of projects and groups: adding, changing, ending, inheriting, and what nobody may.

use crate::users::{person, put};
use casemate_tests::{Answer, Client, Project, TestServer, sample};
use serde_json::{Value, json};

const PROJECT: &str = "/api/v4/projects/1";

fn add(client: &Client, place: &str, user: u64, level: u8) -> Answer {
    client.post(&format!("{place}/members"), &json!({"user_id": user, "access_level": level}))
}

fn levels(client: &Client, path: &str) -> Vec<(u64, u64)> {
    let rows: Vec<Value> = client.get(path).expect(200).read();
    rows.iter().map(|row| (row["id"].as_u64().unwrap(), row["access_level"].as_u64().unwrap())).collect()
}

/// A server with the private project `acme/demo`.
fn world() -> (TestServer, Client, u64) {
    let server = TestServer::start();
    let root = server.client();
    root.create_project("acme/demo");
    let group = root.get("/api/v4/groups/acme").json()["id"].as_u64().unwrap();
    (server, root, group)
}

#[test]
fn a_member_is_told_with_all_that_clients_read() {
    let (server, root, _) = world();
    let (anna, _) = person(&server, "anna");
    let wish = json!({"username": "ANNA", "access_level": 30, "expires_at": "2099-01-01"});
    let made = root.post(&format!("{PROJECT}/members"), &wish).expect(201).json();
    assert_eq!((&made["id"], &made["username"], &made["access_level"]), (&json!(anna), &json!("anna"), &json!(30)));
    assert_eq!((&made["expires_at"], &made["membership_state"]), (&json!("2099-01-01"), &json!("active")));
    assert_eq!((&made["created_by"]["username"], &made["state"]), (&json!("root"), &json!("active")));
    assert_eq!(root.get(&format!("{PROJECT}/members/{anna}")).expect(200).json(), made);
    let changed = put(&root, &format!("{PROJECT}/members/{anna}"), &json!({"access_level": 40})).expect(200).json();
    assert_eq!((&changed["access_level"], &changed["expires_at"]), (&json!(40), &json!("2099-01-01")), "the end stays");
    let wish = json!({"access_level": 40, "expires_at": ""});
    assert_eq!(put(&root, &format!("{PROJECT}/members/{anna}"), &wish).expect(200).json()["expires_at"], Value::Null);
    root.delete(&format!("{PROJECT}/members/{anna}")).expect(204);
    root.delete(&format!("{PROJECT}/members/{anna}")).expect(404);
    root.get(&format!("{PROJECT}/members/{anna}")).expect(404);
}

#[test]
fn what_can_be_no_membership_is_refused() {
    let (server, root, group) = world();
    let (anna, _) = person(&server, "anna");
    let path = format!("{PROJECT}/members");
    for (wish, status) in [
        (json!({"access_level": 30}), 400),
        (json!({"user_id": anna}), 400),
        (json!({"user_id": anna, "access_level": 31}), 400),
        (json!({"user_id": anna, "access_level": "owner"}), 400),
        (json!({"user_id": anna, "access_level": 60}), 400),
        (json!({"user_id": anna, "access_level": 0}), 400),
        (json!({"user_id": anna, "access_level": 5}), 400),
        (json!({"user_id": anna, "access_level": 30, "expires_at": "2001-01-01"}), 400),
        (json!({"user_id": anna, "access_level": 30, "expires_at": "soon"}), 400),
        (json!({"user_id": 999_999, "access_level": 30}), 404),
        (json!({"username": "nobody", "access_level": 30}), 404),
        (json!({"user_id": "1,2", "access_level": 30}), 400),
    ] {
        let answer = root.post(&path, &wish);
        assert_eq!(answer.status, status, "{wish}: {}", answer.text());
    }
    add(&root, &format!("/api/v4/groups/{group}"), anna, 5).expect(201);
    add(&root, PROJECT, anna, 30).expect(201);
    assert_eq!(add(&root, PROJECT, anna, 40).expect(409).json(), json!({"message": "Member already exists"}));
}

#[test]
fn inherited_members_are_told_once_with_their_highest_level() {
    let (server, root, group) = world();
    let (anna, anna_client) = person(&server, "anna");
    let (bob, _) = person(&server, "bob");
    let of_group = format!("/api/v4/groups/{group}");
    add(&root, &of_group, anna, 40).expect(201);
    add(&root, PROJECT, anna, 20).expect(201);
    add(&root, PROJECT, bob, 10).expect(201);
    assert_eq!(levels(&root, &format!("{PROJECT}/members")), [(anna, 20), (bob, 10)]);
    assert_eq!(levels(&root, &format!("{PROJECT}/members/all")), [(1, 50), (anna, 40), (bob, 10)]);
    assert_eq!(levels(&root, &format!("{PROJECT}/members/all?query=AN")), [(anna, 40)]);
    assert_eq!(levels(&root, &format!("{PROJECT}/members/all?user_ids[]={bob}&user_ids[]=1")), [(1, 50), (bob, 10)]);
    assert_eq!(levels(&root, &format!("{PROJECT}/members/all?state=awaiting")), []);
    assert_eq!(root.get(&format!("{PROJECT}/members/all/{anna}")).expect(200).json()["access_level"], 40);
    root.get(&format!("{of_group}/members/{bob}")).expect(404);
    root.get(&format!("{PROJECT}/members/all?per_page=1&page=3")).expect(200);
    let told = anna_client.get(PROJECT).expect(200).json()["permissions"].clone();
    let access = |level: u8| json!({"access_level": level, "notification_level": 3});
    assert_eq!(told, json!({"project_access": access(20), "group_access": access(40)}));
}

#[test]
fn nobody_gives_or_takes_more_than_they_have_but_everybody_may_leave() {
    let (server, root, group) = world();
    let (anna, maintainer) = person(&server, "anna");
    let (bob, guest) = person(&server, "bob");
    let (carl, _) = person(&server, "carl");
    add(&root, PROJECT, anna, 40).expect(201);
    add(&maintainer, PROJECT, carl, 50).expect(403);
    add(&maintainer, PROJECT, bob, 10).expect(201);
    add(&guest, PROJECT, carl, 10).expect(403);
    put(&maintainer, &format!("{PROJECT}/members/{anna}"), &json!({"access_level": 50})).expect(403);
    put(&maintainer, &format!("{PROJECT}/members/{bob}"), &json!({"access_level": 50})).expect(403);
    put(&maintainer, &format!("{PROJECT}/members/{bob}"), &json!({"access_level": 20})).expect(200);
    add(&root, PROJECT, carl, 50).expect(201);
    put(&maintainer, &format!("{PROJECT}/members/{carl}"), &json!({"access_level": 10})).expect(403);
    maintainer.delete(&format!("{PROJECT}/members/{carl}")).expect(403);
    guest.delete(&format!("{PROJECT}/members/{anna}")).expect(403);
    guest.delete(&format!("{PROJECT}/members/{bob}")).expect(204);
    guest.get(PROJECT).expect(404);
    let last = root.delete(&format!("/api/v4/groups/{group}/members/1")).expect(403).json();
    assert!(last["message"].as_str().unwrap().contains("last owner"), "{last}");
    put(&root, &format!("/api/v4/groups/{group}/members/1"), &json!({"access_level": 40})).expect(403);
}

#[test]
fn a_role_that_changes_counts_from_the_next_request_on() {
    let (server, root, group) = world();
    let (anna, client) = person(&server, "anna");
    client.get(PROJECT).expect(404);
    add(&root, &format!("/api/v4/groups/{group}"), anna, 30).expect(201);
    client.get(&format!("{PROJECT}/vulnerabilities")).expect(200);
    put(&root, &format!("/api/v4/groups/{group}/members/{anna}"), &json!({"access_level": 20})).expect(200);
    client.get(PROJECT).expect(200);
    let answer = client.get(&format!("{PROJECT}/vulnerabilities")).expect(403).json();
    assert_eq!(answer, json!({"message": "403 Forbidden - it needs developer, you are reporter"}));
    root.delete(&format!("/api/v4/groups/{group}/members/{anna}")).expect(204);
    client.get(PROJECT).expect(404);
}

#[test]
fn only_named_fields_have_an_effect() {
    let (server, root, group) = world();
    let (anna, client) = person(&server, "anna");
    add(&root, PROJECT, anna, 40).expect(201);
    let before = root.get(PROJECT).json();
    let wish = json!({
        "id": 77, "namespace_id": 999, "namespace": {"id": 3}, "creator_id": anna, "archived": true, "deleted_at": 1,
        "path_with_namespace": "x/y", "permissions": {"project_access": {"access_level": 50}}, "is_admin": true,
        "created_at": "2001-01-01", "access_level": 50, "owner_id": anna, "vulnerability_counts": {}, "description": "new",
    });
    let after = put(&client, PROJECT, &wish).expect(200).json();
    for field in ["id", "namespace", "creator_id", "archived", "path_with_namespace", "created_at", "visibility"] {
        assert_eq!(after[field], before[field], "{field}");
    }
    assert_eq!(after["description"], "new");
    assert_eq!(after["permissions"]["project_access"]["access_level"], 40);
    put(&client, PROJECT, &json!({"visibility": "private"})).expect(200);
    let refused = put(&client, PROJECT, &json!({"visibility": "public"})).expect(403).json();
    assert_eq!(refused["message"], "403 Forbidden - it needs owner, you are maintainer");
    let wish = json!({"access_level": 40, "user_id": 1, "source_id": 9, "created_by": {"id": anna}, "is_admin": true});
    put(&client, &format!("{PROJECT}/members/{anna}"), &wish).expect(200);
    assert_eq!(levels(&root, &format!("{PROJECT}/members")), [(anna, 40)]);
    assert_eq!(client.get("/api/v4/user").json()["is_admin"], false);
    let wish = json!({"parent_id": 1, "id": 5, "full_path": "x", "is_user": true, "name": "Renamed"});
    let group = put(&root, &format!("/api/v4/groups/{group}"), &wish).expect(200).json();
    assert_eq!((&group["full_path"], &group["parent_id"], &group["name"]), (&json!("acme"), &Value::Null, &json!("Renamed")));
}

#[test]
fn what_scanners_found_is_told_to_nobody_outside() {
    let project = Project::start();
    let root = &project.client;
    let report = sample::report("sast", "semgrep", vec![sample::sast("A", "a", "a.rs", 1)]);
    project.ingest_report("main", &report);
    put(root, "/api/v4/groups/acme", &json!({"visibility": "public"})).expect(200);
    put(root, PROJECT, &json!({"visibility": "public"})).expect(200);
    let (reporter_id, reporter) = person(&project.server, "reporter");
    let (manager_id, manager) = person(&project.server, "manager");
    add(root, PROJECT, reporter_id, 20).expect(201);
    add(root, PROJECT, manager_id, 25).expect(201);
    for client in [&project.server.anonymous(), &reporter] {
        let shown = client.get(PROJECT).expect(200).json();
        assert_eq!(shown["vulnerability_counts"], Value::Null);
        assert_eq!(
            (&shown["last_pipeline"]["findings"], &shown["last_pipeline"]["scans_with_errors"]),
            (&Value::Null, &json!(0))
        );
        let listed = client.get("/api/v4/projects?with_counts=true").expect(200).json();
        assert_eq!((&listed[0]["vulnerability_counts"], &listed[0]["last_pipeline"]["findings"]), (&Value::Null, &Value::Null));
        assert_eq!(client.get(&format!("{PROJECT}/pipelines")).json()[0]["findings"], Value::Null);
        assert_eq!(client.get(&format!("{PROJECT}/pipelines/1")).json()["findings"], Value::Null);
        assert_eq!(client.get("/api/v4/projects?with_security_reports=true").total(), 0);
    }
    assert_eq!(manager.get(PROJECT).json()["last_pipeline"]["findings"], 1);
    assert_eq!(manager.get(&format!("{PROJECT}/pipelines/1")).json()["findings"], 1);
    let id = manager.get(&format!("{PROJECT}/vulnerabilities")).expect(200).json()[0]["id"].clone();
    manager.post(&format!("/api/v4/vulnerabilities/{id}/dismiss"), &json!({})).expect(201);
    manager.post(&format!("{PROJECT}/pipelines/1/undo"), &json!({})).expect(403);
}

#[test]
fn an_archived_project_takes_nothing_until_it_is_opened_again() {
    let project = Project::start();
    let root = &project.client;
    let archived = root.post(&format!("{PROJECT}/archive"), &json!({})).expect(201).json();
    assert_eq!(archived["archived"], true);
    let report = sample::report("sast", "semgrep", vec![sample::sast("A", "a", "a.rs", 1)]).to_string();
    let answer =
        root.upload("acme/demo", "", project.upload("main").file("sast", "r.json", report.as_bytes())).expect(403).json();
    assert_eq!(answer, json!({"message": "403 Forbidden - the project is archived and read-only"}));
    assert_eq!(project.total("pipelines"), 0);
    assert_eq!(root.get("/api/v4/projects?archived=true").total(), 1);
    assert_eq!(root.get("/api/v4/projects?archived=false").total(), 0);
    put(root, PROJECT, &json!({"description": "x"})).expect(403);
    root.post(&format!("{PROJECT}/unarchive"), &json!({})).expect(201);
    project.ingest(project.upload("main").file("sast", "r.json", report.as_bytes()));
}

#[test]
fn a_project_is_moved_to_where_its_owner_may_add_projects() {
    let (server, root, _) = world();
    let (anna, owner) = person(&server, "anna");
    add(&root, PROJECT, anna, 50).expect(201);
    let target = root.post("/api/v4/groups", &json!({"name": "t", "path": "target"})).expect(201).json()["id"].as_u64().unwrap();
    let moved = |client: &Client, to: Value| put(client, &format!("{PROJECT}/transfer"), &json!({"namespace": to}));
    moved(&owner, json!("target")).expect(404);
    add(&root, &format!("/api/v4/groups/{target}"), anna, 20).expect(201);
    moved(&owner, json!(target)).expect(403);
    put(&root, &format!("/api/v4/groups/{target}/members/{anna}"), &json!({"access_level": 30})).expect(200);
    assert_eq!(moved(&owner, json!("target")).expect(200).json()["path_with_namespace"], "target/demo");
    moved(&owner, json!("target")).expect(400);
    moved(&owner, json!("anna")).expect(200);
    put(&owner, &format!("{PROJECT}/transfer"), &json!({})).expect(400);
    owner.delete(PROJECT).expect(202);
    owner.get(PROJECT).expect(404);
    assert_eq!(root.get("/api/v4/projects").total(), 0);
}
