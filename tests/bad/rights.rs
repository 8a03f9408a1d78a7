//! Attempts to get more rights than one has: by members, by tokens of places and pipelines, by scopes, by methods that
//! pass for others. Must not know: the table of who may what.

use crate::people::{Person, add, group, person, place_token, project, put};
use casemate_tests::{Client, TestServer, sample};
use serde_json::json;
use ureq::http::Method;

struct Scene {
    server: TestServer,
    owner: Person,
    maintainer: Person,
    other: Person,
    group: String,
    project: String,
}

fn scene() -> Scene {
    let server = TestServer::start();
    let [owner, maintainer, other] = ["olga", "max", "otto"].map(|name| person(&server, name));
    let group = group(&owner.client, "team");
    let project = project(&owner.client, group, "app");
    add(&owner.client, &project, maintainer.id, 40);
    Scene { server, owner, maintainer, other, group: format!("/api/v4/groups/{group}"), project }
}

#[test]
fn nobody_invites_above_their_own_level_nor_raises_themselves() {
    let Scene { server: _server, maintainer, other, project, .. } = scene();
    let invite =
        |level: u64| maintainer.client.post(&format!("{project}/members"), &json!({"user_id": other.id, "access_level": level}));
    invite(50).expect(403);
    for level in [60, 45, 0, 5] {
        invite(level).expect(400);
    }
    invite(40).expect(201);
    put(&maintainer.client, &format!("{project}/members/{}", maintainer.id), &json!({"access_level": 50})).expect(403);
    put(&maintainer.client, &format!("{project}/members/{}", other.id), &json!({"access_level": 50})).expect(403);
}

#[test]
fn a_token_of_a_project_is_no_way_to_a_higher_level() {
    let Scene { server, owner, maintainer, project, .. } = scene();
    let wish = |level: u64| json!({"name": "t", "scopes": ["api"], "access_level": level});
    let tokens = format!("{project}/access_tokens");
    maintainer.client.post(&tokens, &wish(50)).expect(403);
    for level in [60, 5, 0, 51] {
        owner.client.post(&tokens, &wish(level)).expect(400);
    }
    let (of_owner, _, _) = place_token(&server, &owner.client, &project, "api", 50);
    maintainer.client.post(&format!("{tokens}/{of_owner}/rotate"), &json!({})).expect(403);
    // The level of a bot is that of its token: raised by an owner, it would be a maintainer's for the rotating.
    let (low, bot, client) = place_token(&server, &owner.client, &project, "api", 30);
    let path = format!("{project}/members/{bot}");
    let told = put(&owner.client, &path, &json!({"access_level": 50})).expect(400).json();
    assert_eq!(told["message"], "400 Bad request - the user of an access token can't be added or changed");
    let rotated = maintainer.client.post(&format!("{tokens}/{low}/rotate"), &json!({})).expect(200).json();
    client.get(&project).expect(401);
    let fresh = server.anonymous().with_token(rotated["token"].as_str().unwrap());
    assert_eq!(fresh.get(&project).expect(200).json()["permissions"]["project_access"]["access_level"], 30);
    // A bot makes no others, is nobody elsewhere, and can't be let in elsewhere.
    let (_, bot, client) = place_token(&server, &maintainer.client, &project, "api", 40);
    client.post(&tokens, &wish(30)).expect(403);
    client.post("/api/v4/user/personal_access_tokens", &json!({"name": "t", "scopes": ["api"]})).expect(404);
    client.post("/api/v4/projects", &json!({"name": "mine"})).expect(403);
    client.post("/api/v4/groups", &json!({"name": "mine", "path": "mine"})).expect(403);
    let elsewhere = crate::people::project(&owner.client, group(&owner.client, "else"), "where");
    client.get(&elsewhere).expect(404);
    owner.client.post(&format!("{elsewhere}/members"), &json!({"user_id": bot, "access_level": 30})).expect(400);
}

#[test]
fn a_token_of_a_group_does_not_reach_up_or_beside() {
    let Scene { server, owner, group: top, .. } = scene();
    let id = top.rsplit('/').next().unwrap();
    let sub = owner.client.post("/api/v4/groups", &json!({"name": "s", "path": "s", "parent_id": id})).expect(201).json();
    let sub = format!("/api/v4/groups/{}", sub["id"]);
    let (_, _, client) = place_token(&server, &owner.client, &sub, "api", 50);
    client.get(&sub).expect(200);
    put(&client, &top, &json!({"name": "taken"})).expect(403);
    for rest in ["/access_tokens", "/audit_events"] {
        client.get(&format!("{top}{rest}")).expect(403);
    }
    client.post(&format!("{top}/members"), &json!({"user_id": owner.id, "access_level": 10})).expect(403);
    client.post(&format!("{sub}/transfer"), &json!({"group_id": id})).expect(403);
    client.post(&format!("{sub}/transfer"), &json!({})).expect(403);
}

#[test]
fn small_scopes_do_what_they_say_and_nothing_else() {
    let Scene { server, owner, project, .. } = scene();
    let label = json!({"name": "q", "color": "#fff"});
    let (_, _, reports) = place_token(&server, &owner.client, &project, "write_reports", 40);
    let (_, _, reads) = place_token(&server, &owner.client, &project, "read_api", 40);
    let (_, _, rotates) = place_token(&server, &owner.client, &project, "self_rotate", 40);
    for (what, client) in [("write_reports", &reports), ("read_api", &reads), ("self_rotate", &rotates)] {
        for (method, path) in [
            (Method::POST, format!("{project}/labels?name=q&color=%23fff")),
            (Method::PUT, format!("{project}?name=taken")),
            (Method::DELETE, project.clone()),
            (Method::POST, format!("{project}/access_tokens?name=t&scopes=api&access_level=30")),
            (Method::POST, "/api/v4/user/personal_access_tokens?name=t&scopes=api".to_owned()),
        ] {
            let told = client.call(method.clone(), &path).expect(403).json();
            assert_eq!(told["error"], "insufficient_scope", "{what}: {method} {path}");
        }
    }
    for path in [project.clone(), "/api/v4/user".to_owned(), format!("{project}/vulnerabilities"), "/api/v4/projects".to_owned()]
    {
        reports.get(&path).expect(403);
        rotates.get(&path).expect(403);
    }
    // What a method is called elsewhere changes nothing.
    for name in ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"] {
        reads.with_header(name, "POST").get(&format!("{project}/labels?name=q&color=%23fff&_method=POST")).expect(200);
        reads.with_header(name, "GET").post(&format!("{project}/labels"), &label).expect(403);
    }
    assert_eq!(owner.client.get(&format!("{project}/labels")).expect(200).text(), "[]");
}

#[test]
fn the_token_of_a_pipeline_is_good_for_nothing_else() {
    let Scene { server, owner, project, .. } = scene();
    let declare = |sha: u64| {
        let wish = json!({"ref": "main", "sha": sample::sha(sha), "expected_jobs": ["a"]});
        owner.client.post(&format!("{project}/pipeline"), &wish).expect(201).json()
    };
    let made = declare(1);
    let other = owner.client.post(&format!("{project}/statuses/{}", sample::sha(2)), &json!({"state": "running", "ref": "main"}));
    let foreign = other.expect(201).json()["id"].clone();
    let job = server.anonymous().with_header("JOB-TOKEN", made["job_token"].as_str().unwrap());
    for path in ["/api/v4/user", "/api/v4/projects", "/api/v4/groups", &project, &format!("{project}/pipelines")] {
        job.get(path).expect(403);
    }
    for path in
        [format!("{project}/pipeline"), format!("{project}/labels"), "/api/v4/personal_access_tokens/self/rotate".to_owned()]
    {
        job.post(&path, &json!({"ref": "main", "sha": sample::sha(3), "name": "x", "color": "#fff"})).expect(403);
    }
    put(&job, &format!("/api/v4/jobs/{foreign}"), &json!({"state": "success"})).expect(404);
    let by_body = json!({"state": "success", "token": made["job_token"]});
    put(&server.anonymous(), &format!("/api/v4/jobs/{foreign}"), &by_body).expect(404);
}

#[test]
fn acting_as_somebody_gives_nobody_more() {
    let Scene { server, owner, .. } = scene();
    let root = server.client();
    owner.client.with_header("Sudo", "root").get("/api/v4/user").expect(403);
    let plain = root.post("/api/v4/user/personal_access_tokens", &json!({"name": "t", "scopes": ["api"]})).expect(201).json();
    let plain: Client = server.anonymous().with_token(plain["token"].as_str().unwrap());
    let told = plain.with_header("Sudo", "olga").get("/api/v4/user").expect(403).json();
    assert_eq!((&told["error"], &told["scope"]), (&json!("insufficient_scope"), &json!("sudo")));
    // Whoever is acted as has their own rights, not those of who acts.
    let as_olga = root.with_header("Sudo", "olga");
    as_olga.get("/api/v4/admin/storage").expect(403);
    as_olga
        .post("/api/v4/users", &json!({"username": "x", "name": "x", "email": "x@x.test", "password": "pass phrase"}))
        .expect(403);
    put(&as_olga, "/api/v4/users/2", &json!({"admin": true})).expect(403);
    for odd in ["0", "-1", "+1x", "ghost", "%00", "olga,root"] {
        root.with_header("Sudo", odd).get("/api/v4/user").expect(404);
    }
}
