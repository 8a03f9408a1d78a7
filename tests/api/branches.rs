//! Branches and commits without a repository, and protected branches (API design, section 2.3).
//!
//! Must not know: what a protection means for merging.

use crate::users::{person, put};
use crate::words::column;
use casemate_tests::{Answer, Client, Project, sample};
use serde_json::{Value, json};
use ureq::http::Method;

fn declare(project: &Project, client: &Client, name: &str, reference: &str) -> Answer {
    client.post(&project.path("repository/branches"), &json!({"branch": name, "ref": reference}))
}

fn protect(project: &Project, body: &Value) -> Answer {
    project.client.post(&project.path("protected_branches"), body)
}

fn member(project: &Project, name: &str, level: u8) -> (u64, Client) {
    let (id, client) = person(&project.server, name);
    project.client.post(&project.path("members"), &json!({"user_id": id, "access_level": level})).expect(201);
    (id, client)
}

fn branch_names(project: &Project, query: &str) -> Vec<String> {
    column(&project.get(&format!("repository/branches{query}")).expect(200).read::<Vec<Value>>(), "name")
}

#[test]
fn branches_come_from_declarations_and_pipelines() {
    let project = Project::start();
    let root = &project.client;
    declare(&project, root, "feature/é+1", &sample::sha(7).to_uppercase()).expect(201);
    declare(&project, root, "copy", "feature/é+1").expect(201);
    project.ingest_report("main", &sample::report("sast", "semgrep", Vec::new()));
    assert_eq!(branch_names(&project, ""), ["copy", "feature/é+1", "main"]);
    let shown = project.get("repository/branches/feature%2F%C3%A9%2B1").expect(200).json();
    assert_eq!(shown["commit"]["id"], sample::sha(7));
    assert_eq!((&shown["default"], &shown["protected"], &shown["can_push"]), (&json!(false), &json!(false), &json!(true)));
    let main = project.get("repository/branches/main").expect(200).json();
    assert_eq!((&main["default"], &main["protected"]), (&json!(true), &json!(true)));
    assert!(main["commit"]["web_url"].as_str().unwrap().contains("/-/pipelines/"), "{main}");
    // A newer pipeline moves the head.
    let upload = casemate_tests::Upload::new("feature/é+1", &sample::sha(8));
    let report = sample::report("sast", "semgrep", Vec::new());
    project.ingest(upload.file("sast", "r.json", report.to_string().as_bytes()));
    assert_eq!(project.get("repository/branches/feature%2F%C3%A9%2B1").expect(200).json()["commit"]["id"], sample::sha(8));
    assert_eq!(project.get("repository/branches/copy").expect(200).json()["commit"]["id"], sample::sha(7));
    root.delete(&project.path("repository/branches/feature%2F%C3%A9%2B1")).expect(204);
    assert_eq!(branch_names(&project, ""), ["copy", "main"]);
    assert_eq!(project.total("pipelines"), 2, "what was found stays");
    root.delete(&project.path("repository/branches/main")).expect(403);
}

#[test]
fn branches_are_searched() {
    let project = Project::start();
    for name in ["main", "release/1", "release/2", "old-release"] {
        declare(&project, &project.client, name, &sample::sha(1)).expect(201);
    }
    assert_eq!(branch_names(&project, "?search=RELEASE"), ["old-release", "release/1", "release/2"]);
    assert_eq!(branch_names(&project, "?search=%5Erelease"), ["release/1", "release/2"]);
    assert_eq!(branch_names(&project, "?search=release%24"), ["old-release"]);
    assert_eq!(branch_names(&project, "?regex=%5Erelease%2F%5B12%5D%24"), ["release/1", "release/2"]);
    assert_eq!(project.get("repository/branches?per_page=1").total(), 4);
    project.get("repository/branches?regex=%28").expect(400);
    project.get("repository/branches?sort=size").expect(400);
}

#[test]
fn names_are_refused_as_git_refuses_them() {
    let project = Project::start();
    let sha = sample::sha(1);
    for name in ["", "a..b", "-a", "/a", "a/", "a b", "a.lock", "HEAD", "refs/heads/a", "a\u{7f}", &"x".repeat(10_000), &sha] {
        declare(&project, &project.client, name, &sha).expect(400);
    }
    for reference in ["", "none", "123", &"g".repeat(40), "HEAD~1"] {
        declare(&project, &project.client, "fine", reference).expect(400);
    }
    declare(&project, &project.client, "fine", &sha).expect(201);
    let again = declare(&project, &project.client, "fine", &sha).expect(400).json();
    assert_eq!(again, json!({"message": "Branch already exists"}));
    assert_eq!(branch_names(&project, ""), ["fine"]);
    for path in ["..%2F..%2Fuser", "%2e%2e", "fine%00", "FINE", "f%C4%B1ne", "fine%252F"] {
        project.get(&format!("repository/branches/{path}")).expect(404);
    }
}

#[test]
fn a_protection_says_who_may_push() {
    let project = Project::start();
    let (developer, dave) = member(&project, "dave", 30);
    let (_, mary) = member(&project, "mary", 40);
    let sha = sample::sha(1);
    protect(&project, &json!({"name": "release/*"})).expect(201);
    declare(&project, &dave, "release/1", &sha).expect(403);
    declare(&project, &mary, "release/1", &sha).expect(201);
    let seen = dave.get(&project.path("repository/branches/release%2F1")).expect(200).json();
    assert_eq!(
        (&seen["protected"], &seen["can_push"], &seen["developers_can_push"]),
        (&json!(true), &json!(false), &json!(false))
    );
    let own = json!({"name": "own", "allowed_to_push": [{"user_id": developer}], "merge_access_level": 30});
    let made = protect(&project, &own).expect(201).json();
    assert_eq!(
        (&made["push_access_levels"][0]["user_id"], &made["push_access_levels"][0]["access_level"]),
        (&json!(developer), &Value::Null)
    );
    assert_eq!(made["push_access_levels"][0]["access_level_description"], "dave");
    assert_eq!(made["merge_access_levels"][0]["access_level_description"], "Developers + Maintainers");
    declare(&project, &mary, "own", &sha).expect(403);
    declare(&project, &dave, "own", &sha).expect(201);
    dave.delete(&project.path("repository/branches/release%2F1")).expect(403);
    dave.post(&project.path("protected_branches"), &json!({"name": "x"})).expect(403);
    assert_eq!(dave.get(&project.path("protected_branches")).expect(200).total(), 3);
}

#[test]
fn a_protection_is_read_changed_and_taken_away() {
    let project = Project::start();
    let made = protect(&project, &json!({"name": "a*/x", "push_access_level": 0, "allow_force_push": true})).expect(201).json();
    let none = json!({"id": made["push_access_levels"][0]["id"], "access_level": 0, "access_level_description": "No one", "deploy_key_id": null, "user_id": null, "group_id": null});
    assert_eq!(made["push_access_levels"], json!([none]));
    for (field, value) in [
        ("name", json!("a*/x")),
        ("allow_force_push", json!(true)),
        ("code_owner_approval_required", json!(false)),
        ("inherited", json!(false)),
    ] {
        assert_eq!(made[field], value, "{field}");
    }
    assert_eq!(made["merge_access_levels"][0]["access_level"], 40);
    assert_eq!(made["unprotect_access_levels"][0]["access_level"], 40);
    let path = project.path("protected_branches/a%2A%2Fx");
    let patch = |body: &Value| project.client.send(Method::PATCH, &path, "application/json", body.to_string().as_bytes());
    let id = &made["push_access_levels"][0]["id"];
    let wish =
        json!({"allowed_to_push": [{"access_level": 30}, {"id": id, "_destroy": true}], "code_owner_approval_required": true});
    let changed = patch(&wish).expect(200).json();
    assert_eq!((&changed["push_access_levels"][0]["access_level"], &changed["id"]), (&json!(30), &made["id"]));
    assert_eq!(changed["push_access_levels"].as_array().unwrap().len(), 1);
    assert_eq!(changed["code_owner_approval_required"], true);
    patch(&json!({"allowed_to_push": [{"id": id, "access_level": 40}]})).expect(422);
    assert_eq!(project.get("protected_branches?search=A*").expect(200).json(), json!([changed]));
    project.client.delete(&path).expect(204);
    project.client.call(Method::GET, &path).expect(404);
}

#[test]
fn what_is_no_protection_is_refused() {
    let project = Project::start();
    let (stranger, _) = person(&project.server, "stranger");
    for body in [
        json!({}),
        json!({"name": ""}),
        json!({"name": "a b"}),
        json!({"name": "..*"}),
        json!({"name": "x", "push_access_level": 20}),
        json!({"name": "x", "push_access_level": "maintainer"}),
        json!({"name": "x", "unprotect_access_level": 0}),
        json!({"name": "x", "allowed_to_push": "1"}),
        json!({"name": "x", "allowed_to_push": [{"user_id": 1, "group_id": 1}]}),
        json!({"name": "x", "allowed_to_push": [{"deploy_key_id": 1}]}),
        json!({"name": "x", "allowed_to_push": [{"id": 1, "_destroy": true}]}),
    ] {
        protect(&project, &body).expect(400);
    }
    for id in [stranger, 999_999] {
        // Whether somebody is there is not told.
        let refused = protect(&project, &json!({"name": "x", "allowed_to_merge": [{"user_id": id}]})).expect(422).json();
        assert!(!refused.to_string().contains("stranger"), "{refused}");
    }
    assert_eq!(
        protect(&project, &json!({"name": "main"})).expect(409).json(),
        json!({"message": "Protected branch 'main' already exists"})
    );
    assert_eq!(project.total("protected_branches"), 1);
}

#[test]
fn a_commit_is_what_was_told_of_it() {
    let project = Project::start();
    let sha = sample::sha(3);
    project.get(&format!("repository/commits/{sha}")).expect(404);
    let told = json!({
        "branch": "feature", "ref": sha, "commit_message": "Fix\n\nAll", "author_name": "Ada", "author_email": "ada@x.example",
        "committed_date": "2026-01-02T03:04:05Z", "parent_ids": [sample::sha(2)],
        "commit_signature": {"verification_status": "verified", "signature_type": "SSH"},
    });
    project.client.post(&project.path("repository/branches"), &told).expect(201);
    let commit = project.get("repository/commits/feature").expect(200).json();
    for (field, value) in [
        ("id", json!(sha)),
        ("title", json!("Fix")),
        ("author_name", json!("Ada")),
        ("committer_name", json!("Ada")),
        ("committed_date", json!("2026-01-02T03:04:05.000Z")),
        ("parent_ids", json!([sample::sha(2)])),
        ("status", Value::Null),
        ("last_pipeline", Value::Null),
    ] {
        assert_eq!(commit[field], value, "{field}");
    }
    assert_eq!(commit["signature"]["verification_status"], "verified");
    // Somebody who says otherwise about the signature is believed, and about the rest is not.
    let status = json!({"state": "success", "name": "ci", "ref": "feature", "commit_message": "Lie", "commit_signature": "unverified_key"});
    project.client.post(&project.path(&format!("statuses/{sha}")), &status).expect(201);
    let commit = project.get(&format!("repository/commits/{sha}")).expect(200).json();
    assert_eq!((&commit["title"], &commit["status"]), (&json!("Fix"), &json!("success")));
    assert_eq!(commit["last_pipeline"]["ref"], "feature");
    let signature = project.get(&format!("repository/commits/{sha}/signature")).expect(200).json();
    assert_eq!((&signature["verification_status"], &signature["commit_source"]), (&json!("unverified_key"), &json!("declared")));
    let bad = json!({"branch": "x", "ref": sha, "commit_signature": "trust me"});
    project.client.post(&project.path("repository/branches"), &bad).expect(400);
}

#[test]
fn another_default_branch_closes_nothing() {
    let project = Project::start();
    let report = |rules: &[&str]| {
        let findings = rules.iter().map(|rule| sample::sast(rule, rule, "a.rs", 1)).collect();
        sample::report("sast", "semgrep", findings)
    };
    project.ingest_report("main", &report(&["A", "B"]));
    project.ingest_report("trunk", &report(&["A"]));
    let state = || {
        let fields = ["id", "title", "state", "resolved_on_default_branch", "updated_at"];
        let rows = project.vulnerabilities();
        rows.iter().map(|row| fields.map(|field| row[field].clone())).collect::<Vec<_>>()
    };
    let before = state();
    let wish = json!({"default_branch": "trunk"});
    let (_, dave) = member(&project, "dave", 30);
    put(&dave, "/api/v4/projects/1", &wish).expect(403);
    assert_eq!(put(&project.client, "/api/v4/projects/1", &wish).expect(200).json()["default_branch"], "trunk");
    assert_eq!(state(), before, "nothing happens by itself");
    assert_eq!(project.get("repository/branches/trunk").expect(200).json()["default"], true);
    assert_eq!(project.get("repository/branches/main").expect(200).json()["default"], false);
    assert_eq!(project.get("repository/branches/main").expect(200).json()["protected"], true, "protections stay");
    // From now on pipelines of the other branch prove something.
    project.ingest_report("trunk", &report(&["A"]));
    let gone: Vec<Value> = project.vulnerabilities();
    let of = |title: &str| gone.iter().find(|row| row["title"] == title).unwrap()["resolved_on_default_branch"].clone();
    assert_eq!((of("A"), of("B")), (json!(false), json!(true)));
}
