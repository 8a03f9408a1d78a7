//! Paths that groups and projects had before: who may see what had one is told where it is now, by the API and by
//! the page; to everybody else the path was never there.
//!
//! Must not know: how old paths are kept.

use crate::sessions::sign_in;
use crate::users::{person, put};
use casemate_tests::server::ROOT_PASSWORD;
use casemate_tests::{Answer, Client, TestServer, program};
use serde_json::json;

/// Where an answer leads, without the address of the server.
#[track_caller]
fn leads_to(server: &TestServer, answer: Answer, status: u16) -> String {
    let answer = answer.expect(status);
    answer.header("location").strip_prefix(&server.base()).expect("an address of this server").to_owned()
}

/// A server with `acme/demo`, renamed to `acme/shop`, and then `acme` to `corp`.
fn moved() -> (TestServer, Client, u64, u64) {
    let server = TestServer::start();
    let root = server.client();
    let project = root.create_project("acme/demo");
    put(&root, &format!("/api/v4/projects/{project}"), &json!({"path": "shop"})).expect(200);
    let group = root.get("/api/v4/groups/acme").expect(200).json()["id"].as_u64().unwrap();
    put(&root, &format!("/api/v4/groups/{group}"), &json!({"path": "corp"})).expect(200);
    (server, root, project, group)
}

#[test]
fn an_old_path_leads_on_for_reading_and_refuses_all_else() {
    let (server, root, project, group) = moved();
    for old in ["acme%2Fdemo", "acme%2Fshop", "ACME%2fDemo"] {
        let there = leads_to(&server, root.get(&format!("/api/v4/projects/{old}")), 301);
        assert_eq!(there, format!("/api/v4/projects/{project}"));
        assert_eq!(root.get(&there).expect(200).json()["path_with_namespace"], "corp/shop");
    }
    let below = root.get("/api/v4/projects/acme%2Fdemo/pipelines?ref=a%2Fb&per_page=5");
    assert_eq!(below.text(), format!("This resource has been moved permanently to {}.\n", below.header("location")));
    assert_eq!(leads_to(&server, below, 301), format!("/api/v4/projects/{project}/pipelines?ref=a%2Fb&per_page=5"));
    assert_eq!(leads_to(&server, root.get("/api/v4/groups/acme"), 301), format!("/api/v4/groups/{group}"));
    let sarif = root.get("/api/v3/repos/acme/demo/code-scanning/sarifs/1");
    assert_eq!(leads_to(&server, sarif, 301), "/api/v3/repos/corp/shop/code-scanning/sarifs/1");
    let refused = root.post("/api/v4/projects/acme%2Fdemo/labels", &json!({"name": "a", "color": "#fff"})).expect(405);
    assert_eq!(refused.json(), json!({"message": "Non GET methods are not allowed for moved projects"}));
    put(&root, "/api/v4/projects/acme%2Fdemo", &json!({"name": "x"})).expect(405);
    root.delete("/api/v4/groups/acme").expect(405);
    root.get("/api/v4/projects/acme%2Fother").expect(404);
    root.get("/api/v4/groups/acme%2Fdemo").expect(404);
    root.get("/api/v4/projects/acme").expect(404);
    assert_eq!(root.get("/api/v4/projects/corp%2Fshop").expect(200).json()["name"], "demo");
}

#[test]
fn a_stranger_learns_nothing_from_an_old_path() {
    let (server, root, project, group) = moved();
    let (anna, by_anna) = person(&server, "anna");
    for client in [&by_anna, &server.anonymous()] {
        for (old, never) in [("projects/acme%2Fdemo", "projects/acme%2Fnever"), ("groups/acme", "groups/never")] {
            let (old, never) = (format!("/api/v4/{old}"), format!("/api/v4/{never}"));
            let same = |old: Answer, never: Answer| {
                assert_eq!((old.status, old.text(), old.header("location")), (never.status, never.text(), ""));
                assert!([401, 404].contains(&old.status));
            };
            same(client.get(&old), client.get(&never));
            same(client.delete(&old), client.delete(&never));
            same(put(client, &old, &json!({"name": "x"})), put(client, &never, &json!({"name": "x"})));
        }
        let page = client.get("/acme/demo").expect(200);
        assert_eq!((page.header("location"), page.text()), ("", client.get("/acme/never").expect(200).text()));
    }
    let member = json!({"user_id": anna, "access_level": 10});
    root.post(&format!("/api/v4/projects/{project}/members"), &member).expect(201);
    by_anna.get("/api/v4/projects/acme%2Fdemo").expect(301);
    // Who sees it and may not do that is told so, as with its path of now.
    by_anna.delete("/api/v4/projects/acme%2Fdemo").expect(403);
    put(&root, &format!("/api/v4/groups/{group}"), &json!({"visibility": "public"})).expect(200);
    put(&root, &format!("/api/v4/projects/{project}"), &json!({"visibility": "public"})).expect(200);
    server.anonymous().get("/api/v4/projects/acme%2Fdemo").expect(301);
}

#[test]
fn a_page_of_an_old_path_leads_on() {
    let (server, _, _, _) = moved();
    let session = sign_in(&server, "root", ROOT_PASSWORD);
    for (old, new) in [
        ("/acme/demo", "/corp/shop"),
        (
            "/acme/shop/-/security/vulnerability_report?state=detected",
            "/corp/shop/-/security/vulnerability_report?state=detected",
        ),
        ("/acme", "/groups/corp"),
        ("/groups/acme/-/group_members", "/groups/corp/-/group_members"),
    ] {
        let answer = session.get(old);
        assert_eq!(answer.header("cache-control"), "no-store", "it may be free tomorrow");
        assert_eq!(leads_to(&server, answer, 302), new);
    }
    session.get("/corp/shop").expect(200);
    session.get("/acme/other").expect(200);
}

#[test]
fn who_takes_an_old_path_has_it() {
    let (mut server, root, project, _) = moved();
    let taken = root.create_project("acme/demo");
    assert_eq!(root.get("/api/v4/projects/acme%2Fdemo").expect(200).json()["id"], json!(taken));
    // The group acme is another one now: what was below the old one is not below this.
    root.get("/api/v4/projects/acme%2Fshop").expect(404);
    root.delete(&format!("/api/v4/projects/{taken}")).expect(202);
    root.get("/api/v4/projects/acme%2Fdemo").expect(404);
    put(&root, &format!("/api/v4/projects/{project}"), &json!({"path": "store"})).expect(200);
    root.get("/api/v4/projects/corp%2Fshop").expect(301);
    root.delete(&format!("/api/v4/projects/{project}")).expect(202);
    root.get("/api/v4/projects/corp%2Fshop").expect(404);
    server.stop();
    program::assert_clean(&server.data_dir());
}

#[test]
fn a_transfer_and_a_new_user_name_leave_a_way_on_too() {
    let server = TestServer::start();
    let root = server.client();
    let (anna, by_anna) = person(&server, "anna");
    let project = by_anna.post("/api/v4/projects", &json!({"name": "mine"})).expect(201).json()["id"].clone();
    put(&root, &format!("/api/v4/users/{anna}"), &json!({"username": "anne"})).expect(200);
    let there = leads_to(&server, by_anna.get("/api/v4/projects/anna%2Fmine"), 301);
    assert_eq!(there, format!("/api/v4/projects/{project}"));
    root.post("/api/v4/groups", &json!({"name": "g", "path": "g"})).expect(201);
    put(&root, &format!("/api/v4/projects/{project}/transfer"), &json!({"namespace": "g"})).expect(200);
    for old in ["anna%2Fmine", "anne%2Fmine"] {
        root.get(&format!("/api/v4/projects/{old}")).expect(301);
    }
    root.get("/api/v4/groups/anna").expect(404);
}
