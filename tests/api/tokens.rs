//! Access tokens of all kinds: their form, what each scope allows, rotation, `Sudo` (API design, sections 1.3
//! and 2.1).
//!
//! Must not know: how they are stored.

use crate::users::person;
use casemate_tests::server::{ROOT_PASSWORD, ROOT_TOKEN};
use casemate_tests::{Client, TestServer};
use serde_json::{Value, json};

const OWN: &str = "/api/v4/user/personal_access_tokens";
const ALL: &str = "/api/v4/personal_access_tokens";

/// A new token: its id and text.
fn make(client: &Client, path: &str, scopes: &[&str]) -> (u64, String) {
    let made = client.post(path, &json!({"name": "t", "scopes": scopes})).expect(201).json();
    (made["id"].as_u64().unwrap(), made["token"].as_str().unwrap().to_owned())
}

#[test]
fn a_token_is_told_once_listed_without_its_text_and_says_when_it_was_used() {
    let server = TestServer::start();
    let root = server.client();
    let wish = json!({"name": "ci", "description": "for the build", "scopes": ["api", "read_api"]});
    let made = root.post(OWN, &wish).expect(201).json();
    let text = made["token"].as_str().unwrap();
    assert!(text.starts_with("cmpat-") && text.len() == 38, "{text}");
    assert!(made["expires_at"].as_str().unwrap().len() == 10, "there is always an end: {made}");
    assert_eq!((&made["last_used_at"], &made["description"]), (&Value::Null, &json!("for the build")));
    let ci = server.anonymous().with_token(text);
    let own = ci.get(&format!("{ALL}/self")).expect(200).json();
    assert_eq!((&own["id"], &own["active"], &own["revoked"]), (&made["id"], &json!(true), &json!(false)));
    assert!(own["last_used_at"].is_string() && own.get("token").is_none(), "{own}");
    for path in [ALL.to_owned(), format!("{ALL}/{}", made["id"]), format!("{ALL}/self")] {
        assert!(!ci.get(&path).expect(200).text().contains(text), "{path}");
    }
    assert_eq!(root.get(&format!("{ALL}?search=CI")).total(), 1);
    assert_eq!(root.get(&format!("{ALL}?state=inactive")).total(), 0);
    assert_eq!(root.get(&format!("{ALL}?last_used_before=2001-01-01")).total(), 0);
    ci.delete(&format!("{ALL}/self")).expect(204);
    ci.get("/api/v4/user").expect(401);
    let gone = root.get(&format!("{ALL}/{}", made["id"])).expect(200).json();
    assert_eq!((&gone["active"], &gone["revoked"]), (&json!(false), &json!(true)));
    assert_eq!(root.get(&format!("{ALL}?revoked=true")).total(), 1);
}

#[test]
fn each_scope_allows_what_it_says() {
    let server = TestServer::start();
    let root = server.client();
    let with = |scopes: &[&str]| server.anonymous().with_token(&make(&root, OWN, scopes).1);
    let cases: [(&[&str], [u16; 5]); 5] = [
        (&["api"], [200, 200, 200, 200, 201]),
        (&["read_api"], [200, 200, 200, 200, 403]),
        (&["read_user"], [200, 403, 200, 200, 403]),
        (&["write_reports"], [403, 403, 403, 200, 403]),
        (&["self_rotate"], [403, 403, 403, 200, 403]),
    ];
    for (scopes, wanted) in cases {
        let client = with(scopes);
        let got = [
            client.get("/api/v4/user").status,
            client.get("/api/v4/projects").status,
            client.get("/api/v4/users").status,
            client.get(&format!("{ALL}/self")).status,
            client.post("/api/v4/groups", &json!({"name": "g", "path": format!("g-{}", scopes[0])})).status,
        ];
        assert_eq!(got, wanted, "{scopes:?}");
    }
    let refused = with(&["read_user"]).get("/api/v4/projects").expect(403).json();
    assert_eq!(refused["error"], "insufficient_scope");
    assert!(refused["error_description"].is_string() && refused["scope"].is_string(), "{refused}");
}

#[test]
fn a_token_makes_none_that_may_more_than_it_does() {
    let server = TestServer::start();
    let root = server.client();
    let plain = server.anonymous().with_token(&make(&root, OWN, &["api"]).1);
    for scope in ["sudo", "admin_mode"] {
        let answer = plain.post(OWN, &json!({"name": "n", "scopes": ["api", scope]})).expect(403).json();
        assert_eq!((&answer["error"], &answer["scope"]), (&json!("insufficient_scope"), &json!(scope)));
        let other = json!({"name": "n", "scopes": [scope]});
        plain.post("/api/v4/users/1/personal_access_tokens", &other).expect(403);
        plain.post("/api/v4/users/1/impersonation_tokens", &other).expect(403);
    }
    let mighty = make(&root, OWN, &["api", "sudo"]).0;
    let answer = plain.post(&format!("{ALL}/{mighty}/rotate"), &json!({})).expect(403).json();
    assert_eq!(answer["scope"], "sudo", "its new text would be told");
    plain.post(OWN, &json!({"name": "n", "scopes": ["write_reports", "read_user"]})).expect(201);
    let long = "x".repeat(10_000);
    for (name, description) in [(long.as_str(), ""), ("n", long.as_str()), ("a\u{202e}b", ""), ("a\nb", "")] {
        plain.post(OWN, &json!({"name": name, "description": description, "scopes": ["api"]})).expect(400);
    }
}

#[test]
fn rotation_ends_the_old_text_and_its_reuse_ends_the_family() {
    let server = TestServer::start();
    let root = server.client();
    let (id, first) = make(&root, OWN, &["read_api", "self_rotate"]);
    let with = |text: &str| server.anonymous().with_token(text);
    let rotated = with(&first).post(&format!("{ALL}/self/rotate"), &json!({})).expect(200).json();
    let second = rotated["token"].as_str().unwrap().to_owned();
    assert!(second != first && rotated["id"] != json!(id) && rotated["scopes"] == json!(["read_api", "self_rotate"]));
    with(&first).get("/api/v4/user").expect(401);
    with(&second).get("/api/v4/user").expect(200);
    let third = with(&second).post(&format!("{ALL}/{}/rotate", rotated["id"]), &json!({})).expect(200).json();
    let third = third["token"].as_str().unwrap().to_owned();
    // The first one is only dead for anything but rotating.
    with(&first).get(&format!("{ALL}/self")).expect(401);
    with(&third).get("/api/v4/user").expect(200);
    with(&first).post(&format!("{ALL}/self/rotate"), &json!({})).expect(401);
    with(&third).get("/api/v4/user").expect(401);
    root.get("/api/v4/user").expect(200);
    let weak = with(&make(&root, OWN, &["read_api"]).1);
    weak.post(&format!("{ALL}/self/rotate"), &json!({})).expect(403);
    let rotator = with(&make(&root, OWN, &["self_rotate"]).1);
    rotator.post(&format!("{ALL}/{}/rotate", make(&root, OWN, &["read_api"]).0), &json!({})).expect(403);
}

#[test]
fn tokens_of_others_are_not_there() {
    let server = TestServer::start();
    let root = server.client();
    let (anna_id, anna) = person(&server, "anna");
    let (_, bob) = person(&server, "bob");
    let (of_anna, _) = make(&anna, OWN, &["read_api"]);
    for (answer, wanted) in [
        (bob.get(&format!("{ALL}/{of_anna}")), 404),
        (bob.delete(&format!("{ALL}/{of_anna}")), 404),
        (bob.post(&format!("{ALL}/{of_anna}/rotate"), &json!({})), 404),
        (bob.get(&format!("{ALL}?user_id={anna_id}")), 401),
        (bob.get(&format!("{ALL}/999999")), 404),
        (bob.get(&format!("{ALL}/x")), 404),
    ] {
        answer.expect(wanted);
    }
    assert_eq!(bob.get(ALL).total(), 1);
    assert_eq!(root.get(&format!("{ALL}?user_id={anna_id}")).total(), 2);
    root.delete(&format!("{ALL}/{of_anna}")).expect(204);
}

#[test]
fn an_impersonation_token_is_the_administrators_business() {
    let server = TestServer::start();
    let root = server.client();
    let (id, anna) = person(&server, "anna");
    let path = format!("/api/v4/users/{id}/impersonation_tokens");
    let (token, text) = make(&root, &path, &["api"]);
    let as_anna = server.anonymous().with_token(&text);
    assert_eq!(as_anna.get("/api/v4/user").expect(200).json()["username"], "anna");
    let listed = root.get(&path).expect(200).json();
    assert_eq!((&listed[0]["id"], &listed[0]["impersonation"]), (&json!(token), &json!(true)));
    assert_eq!(anna.get(ALL).total(), 1, "not among their own");
    anna.get(&format!("{ALL}/{token}")).expect(404);
    anna.delete(&format!("{ALL}/{token}")).expect(404);
    root.get(&format!("/api/v4/users/1/impersonation_tokens/{token}")).expect(404);
    root.delete(&format!("{path}/{token}")).expect(204);
    as_anna.get("/api/v4/user").expect(401);
}

#[test]
fn a_project_token_is_a_bot_of_its_project_and_of_nothing_else() {
    let server = TestServer::start();
    let root = server.client();
    let id = root.create_project("acme/shop");
    let other = root.create_project("acme/other");
    let path = format!("/api/v4/projects/{id}/access_tokens");
    let wish = json!({"name": "any CI", "scopes": ["api"], "access_level": 30});
    let made = root.post(&path, &wish).expect(201).json();
    assert_eq!(
        (&made["access_level"], &made["resource_type"], &made["resource_id"]),
        (&json!(30), &json!("project"), &json!(id))
    );
    assert_eq!(made["expires_at"].as_str().unwrap().len(), 10);
    let text = made["token"].as_str().unwrap().to_owned();
    let ci = server.anonymous().with_header("JOB-TOKEN", &text);
    let me = ci.get("/api/v4/user").expect(200).json();
    assert_eq!((&me["bot"], &me["name"], &me["is_admin"]), (&json!(true), &json!("any CI"), &json!(false)));
    ci.get(&format!("/api/v4/projects/{id}")).expect(200);
    ci.get(&format!("/api/v4/projects/{other}")).expect(404);
    // Who is a bot is told as such, and is not known by a name that anybody may take.
    let (fake, _) = person(&server, "project_9_bot_x");
    root.post(&format!("/api/v4/projects/{id}/members"), &json!({"user_id": fake, "access_level": 30})).expect(201);
    let members = root.get(&format!("/api/v4/projects/{id}/members")).expect(200).json();
    let is_bot = |wanted: &Value| members.as_array().unwrap().iter().find(|one| one["id"] == *wanted).unwrap()["bot"].clone();
    assert_eq!((is_bot(&me["id"]), is_bot(&json!(fake))), (json!(true), json!(false)));
    ci.get(&path).expect(403);
    ci.post("/api/v4/groups", &json!({"name": "g", "path": "bots"})).expect(403);
    ci.post(OWN, &json!({"name": "n", "scopes": ["api"]})).expect(404);
    let listed = root.get(&path).expect(200);
    assert!(listed.total() == 1 && !listed.text().contains(&text));
    let token = made["id"].as_u64().unwrap();
    root.get(&format!("/api/v4/projects/{other}/access_tokens/{token}")).expect(404);
    root.post(&format!("/api/v4/projects/{other}/access_tokens/{token}/rotate"), &json!({})).expect(404);
    root.delete(&format!("/api/v4/projects/{other}/access_tokens/{token}")).expect(404);
    let rotated = root.post(&format!("{path}/{token}/rotate"), &json!({})).expect(200).json();
    assert!(rotated["expires_at"].is_string() && rotated["user_id"] == made["user_id"] && rotated["access_level"] == 30);
    ci.get("/api/v4/user").expect(401);
    let ci = server.anonymous().with_token(rotated["token"].as_str().unwrap());
    ci.get(&format!("/api/v4/projects/{id}")).expect(200);
    root.delete(&format!("{path}/{}", rotated["id"])).expect(204);
    ci.get(&format!("/api/v4/projects/{id}")).expect(401);
    for wrong in [json!({"name": "n", "scopes": ["sudo"]}), json!({"name": "n", "scopes": ["api"], "access_level": 60})] {
        root.post(&path, &wrong).expect(400);
    }
}

#[test]
fn the_token_of_a_pipeline_speaks_for_its_jobs_only() {
    let server = TestServer::start();
    let root = server.client();
    let id = root.create_project("acme/shop");
    let declare = |key: &str| {
        let wish = json!({"ref": "main", "sha": "a".repeat(40), "key": key, "expected_jobs": ["sast"]});
        root.post(&format!("/api/v4/projects/{id}/pipeline"), &wish).expect(201).json()
    };
    let (first, second) = (declare("one"), declare("two"));
    let text = first["job_token"].as_str().unwrap();
    assert!(text.starts_with("cmjob-") && text.len() == 38, "{text}");
    assert!(root.get(&format!("/api/v4/projects/{id}/pipelines/{}", first["id"])).json().get("job_token").is_none());
    let job_of = |pipeline: &Value| {
        let status = json!({"state": "running", "name": "sast", "ref": "main", "pipeline_id": pipeline["id"]});
        let made = root.post(&format!("/api/v4/projects/{id}/statuses/{}", "a".repeat(40)), &status).expect(201).json();
        made["id"].as_u64().unwrap()
    };
    let (own, foreign) = (job_of(&first), job_of(&second));
    let job = server.anonymous().with_header("JOB-TOKEN", text);
    for path in ["/api/v4/user", "/api/v4/projects", "/api/v4/version"] {
        job.get(path).expect(403);
    }
    job.get(&format!("/api/v4/projects/{id}")).expect(403);
    let upload = |client: &Client, job: u64| client.post(&format!("/api/v4/jobs/{job}/artifacts"), &json!({}));
    upload(&job, foreign).expect(404);
    assert_ne!(upload(&job, own).status, 404, "only the file is missing");
    let state = |job: u64| {
        crate::users::put(&server.anonymous(), &format!("/api/v4/jobs/{job}"), &json!({"token": text, "state": "success"}))
    };
    state(foreign).expect(404);
    state(own).expect(200);
}

#[test]
fn sudo_answers_as_documented() {
    let server = TestServer::start();
    let root = server.client();
    let (id, anna) = person(&server, "anna");
    assert_eq!(root.get("/api/v4/user?sudo=anna").expect(200).json()["id"], id);
    assert_eq!(root.with_header("Sudo", "ANNA").get("/api/v4/user").expect(200).json()["id"], id);
    assert_eq!(root.get(&format!("/api/v4/user?sudo={id}")).expect(200).json()["username"], "anna");
    root.get("/api/v4/admin/storage?sudo=anna").expect(403);
    let unknown = root.get("/api/v4/user?sudo=nobody").expect(404).json();
    assert_eq!(unknown["message"], "404 User with ID or username 'nobody' Not Found");
    let denied = anna.get("/api/v4/user?sudo=root").expect(403).json();
    assert_eq!(denied["message"], "403 Forbidden - Must be admin to use sudo");
    let plain = server.anonymous().with_token(&make(&root, OWN, &["api"]).1);
    let scope = plain.get("/api/v4/user?sudo=anna").expect(403).json();
    assert_eq!((&scope["error"], &scope["scope"]), (&json!("insufficient_scope"), &json!("sudo")));
    server.anonymous().get("/api/v4/user?sudo=root").expect(401);
    let made = root.post("/api/v4/projects?sudo=anna", &json!({"name": "p"})).expect(201).json();
    assert_eq!(made["path_with_namespace"], "anna/p");
}

#[test]
fn a_token_works_as_the_password_of_basic_too() {
    let server = TestServer::start();
    let basic = |pair: &str| {
        use base64::Engine as _;
        let text = base64::engine::general_purpose::STANDARD.encode(pair);
        server.anonymous().with_header("Authorization", &format!("Basic {text}")).get("/api/v4/user").status
    };
    assert_eq!(basic(&format!("anybody:{}", ROOT_TOKEN)), 200);
    assert_eq!(basic("root:wrong"), 401);
    assert_eq!(basic("nothing"), 401);
    assert_eq!(basic(&format!("root:{}", ROOT_PASSWORD)), 401, "a password is no token");
}

#[test]
fn nobody_gives_a_token_more_than_they_have() {
    let server = TestServer::start();
    let root = server.client();
    let id = root.create_project("acme/shop");
    let (anna_id, anna) = person(&server, "anna");
    let members = format!("/api/v4/projects/{id}/members");
    root.post(&members, &json!({"user_id": anna_id, "access_level": 40})).expect(201);
    let path = format!("/api/v4/projects/{id}/access_tokens");
    let wish = |level: u8| json!({"name": "n", "scopes": ["api"], "access_level": level});
    anna.post(&path, &wish(50)).expect(403);
    let made = anna.post(&path, &wish(40)).expect(201).json();
    let owners = root.post(&path, &wish(50)).expect(201).json();
    anna.post(&format!("{path}/{}/rotate", owners["id"]), &json!({})).expect(403);
    let of_group = "/api/v4/groups/acme/access_tokens";
    anna.post(of_group, &wish(40)).expect(403);
    let bot = root.post(of_group, &wish(30)).expect(201).json();
    let bot = server.anonymous().with_token(bot["token"].as_str().unwrap());
    bot.get(&format!("/api/v4/projects/{id}")).expect(200);
    assert_eq!(root.get(of_group).expect(200).json()[0]["resource_type"], "group");
    // Lowered while the token lives: the next request counts.
    crate::users::put(&root, &format!("{members}/{anna_id}"), &json!({"access_level": 20})).expect(200);
    anna.get(&path).expect(403);
    server.anonymous().with_token(made["token"].as_str().unwrap()).get(&format!("/api/v4/projects/{id}")).expect(200);
}

#[test]
fn the_last_use_is_written_down_when_the_server_stops() {
    let mut server = TestServer::start();
    let (id, text) = make(&server.client(), OWN, &["api"]);
    server.anonymous().with_token(&text).get("/api/v4/user").expect(200);
    server.stop();
    server.start_again();
    let told = server.client().get(&format!("{ALL}/{id}")).expect(200).json();
    assert!(told["last_used_at"].is_string(), "{told}");
    let me = server.client().get("/api/v4/user").expect(200).json();
    assert!(me["last_activity_on"].is_string() && me["last_sign_in_at"].is_null(), "{me}");
}
