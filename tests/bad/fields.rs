//! What stands in the fields of a request: more of them than were asked for, texts that are far too long, names that
//! look like others, JSON and queries that are twisted. Must not know: what a field means.

use crate::people::{PASSWORD, group, person, project, put};
use casemate_tests::{Client, TestServer, Upload, sample};
use serde_json::{Map, Value, json};
use ureq::http::Method;

/// What a caller has no say in.
fn not_theirs(other_group: u64) -> Map<String, Value> {
    let fields = json!({
        "id": 777, "is_admin": true, "admin": true, "external": true, "bot": true, "state": "blocked", "user_id": 1,
        "creator_id": 1, "author_id": 1, "created_at": "2000-01-01T00:00:00Z", "updated_at": "2000-01-01T00:00:00Z",
        "last_activity_at": "2000-01-01T00:00:00Z", "parent_id": other_group, "project_id": 777, "full_path": "root/x",
        "path_with_namespace": "root/x", "access_level": 50, "two_factor_enabled": true, "archived": true,
        "deleted_at": "2000-01-01T00:00:00Z", "token_hash": "x", "revoked": false, "private_token": "x", "family": 1,
    });
    fields.as_object().unwrap().clone()
}

fn with(base: &Map<String, Value>, more: &Value) -> Value {
    let mut all = base.clone();
    all.extend(more.as_object().unwrap().clone());
    Value::Object(all)
}

/// Whether a field has the value that somebody wanted to plant.
fn holds(told: &Value, planted: &Map<String, Value>) -> Vec<String> {
    planted.iter().filter(|(name, value)| told.get(name.as_str()) == Some(value)).map(|(name, _)| name.clone()).collect()
}

#[test]
fn fields_that_are_not_ones_own_have_no_effect() {
    let server = TestServer::start();
    let (anna, bert) = (person(&server, "anna"), person(&server, "bert"));
    let (own, theirs) = (group(&anna.client, "own"), group(&bert.client, "theirs"));
    let project = project(&anna.client, own, "app");
    let planted = not_theirs(theirs);
    let nothing_is_planted = |what: &str, told: Value, but: &[&str]| {
        let found: Vec<String> = holds(&told, &planted).into_iter().filter(|name| !but.contains(&name.as_str())).collect();
        assert!(found.is_empty(), "{what}: {found:?} in {told}");
    };
    let post = |path: &str, more: Value| anna.client.post(path, &with(&planted, &more)).expect(201).json();
    let change = |path: &str, more: Value| put(&anna.client, path, &with(&planted, &more)).expect(200).json();
    nothing_is_planted("user", change("/api/v4/user", json!({"name": "Anna"})), &[]);
    nothing_is_planted("group", change(&format!("/api/v4/groups/{own}"), json!({"name": "own"})), &[]);
    nothing_is_planted("project", change(&project, json!({"name": "app"})), &[]);
    nothing_is_planted("label", post(&format!("{project}/labels"), json!({"name": "l", "color": "#fff"})), &[]);
    nothing_is_planted("hook", post(&format!("{project}/hooks"), json!({"url": "https://h.example"})), &[]);
    nothing_is_planted("protection", post(&format!("{project}/protected_branches"), json!({"name": "x"})), &[]);
    nothing_is_planted(
        "token",
        post("/api/v4/user/personal_access_tokens", json!({"name": "t", "scopes": ["api"]})),
        &["revoked"],
    );
    let token = post(&format!("{project}/access_tokens"), json!({"name": "t", "scopes": ["api"], "access_level": 30}));
    nothing_is_planted("project token", token, &["revoked"]);
    let declared = post(&format!("{project}/pipeline"), json!({"ref": "main", "sha": sample::sha(1)}));
    nothing_is_planted("pipeline", declared, &[]);
    nothing_is_planted("member", post(&format!("{project}/members"), json!({"user_id": bert.id, "access_level": 20})), &[]);
    let made = post("/api/v4/projects", json!({"name": "new", "namespace_id": own}));
    nothing_is_planted("new project", made, &[]);
    let me = anna.client.get("/api/v4/user").expect(200).json();
    assert_eq!((&me["is_admin"], &me["external"], &me["state"]), (&json!(false), &json!(false), &json!("active")));
    anna.client.get("/api/v4/admin/storage").expect(403);
    assert!(anna.client.get(&format!("/api/v4/groups/{own}")).expect(200).json()["parent_id"].is_null());
}

/// Refused with an answer that says why and does not repeat the text.
#[track_caller]
fn is_refused(client: &Client, method: Method, path: &str, body: &Value, allowed: &[u16]) {
    let answer = client.send(method.clone(), path, "application/json", body.to_string().as_bytes());
    let field: String = body.to_string().chars().take(120).collect();
    assert!(allowed.contains(&answer.status), "{method} {path} {field}: {} {:.200}", answer.status, answer.text());
    assert!(answer.body.len() < 1_000, "{method} {path} {field}: the answer has {} bytes", answer.body.len());
    assert!(answer.json().is_object());
}

/// Bodies that are refused, by method and path.
type Cases = Vec<(Method, String, Vec<Value>)>;

fn long() -> String {
    "x".repeat(10_000)
}

/// Each field of a body in turn has a text that is far too long.
fn each_too_long(good: &Value, fields: &[&str]) -> Vec<Value> {
    let one = |field: &&str| with(good.as_object().unwrap(), &json!({*field: long()}));
    fields.iter().map(one).collect()
}

fn of_places(project: &str) -> Cases {
    let url = format!("https://{}", long());
    let mut projects = each_too_long(&json!({"name": "n"}), &["name", "path", "description", "default_branch", "namespace_path"]);
    projects.extend([json!({"name": "n", "topics": [long()]}), json!({"name": "n", "http_url_to_repo": url})]);
    projects.push(json!({"name": "n", "namespace_path": "a/".repeat(4_000)}));
    let mut changes = each_too_long(&json!({}), &["name", "path", "description", "default_branch"]);
    changes.push(json!({"topics": vec!["t"; 10_000]}));
    let group = json!({"name": "n", "path": "p"});
    vec![
        (Method::POST, "/api/v4/groups".to_owned(), each_too_long(&group, &["name", "path", "description"])),
        (Method::PUT, "/api/v4/groups/own".to_owned(), each_too_long(&json!({}), &["name", "path", "description"])),
        (Method::POST, "/api/v4/projects".to_owned(), projects),
        (Method::PUT, project.to_owned(), changes),
        (Method::PUT, format!("{project}/transfer"), each_too_long(&json!({}), &["namespace"])),
        (Method::PUT, format!("{project}/security_settings"), each_too_long(&json!({}), &["retention_findings_days"])),
    ]
}

fn within_a_project(project: &str) -> Cases {
    let below = |rest: &str| format!("{project}/{rest}");
    let (sha, url) = (sample::sha(1), format!("https://{}", long()));
    let hook = json!({"url": "https://h.example"});
    let mut hooks = each_too_long(&hook, &["name", "description", "token", "signing_token", "push_events_branch_filter"]);
    hooks.push(json!({"url": url}));
    for header in [json!({"key": long(), "value": "v"}), json!({"key": "k", "value": long()})] {
        hooks.push(with(hook.as_object().unwrap(), &json!({"custom_headers": [header]})));
    }
    let status = json!({"state": "success", "ref": "main"});
    let mut statuses = each_too_long(&status, &["name", "description", "state"]);
    statuses.push(with(status.as_object().unwrap(), &json!({"target_url": url})));
    let declared = json!({"ref": "main", "sha": sha});
    let mut pipelines = each_too_long(&declared, &["ref", "sha", "key"]);
    pipelines.push(with(declared.as_object().unwrap(), &json!({"expected_jobs": [long()]})));
    let label = json!({"name": "n", "color": "#fff"});
    let branch = json!({"branch": "b", "ref": sha});
    let token = json!({"name": "n", "scopes": ["api"]});
    vec![
        (Method::POST, below("labels"), each_too_long(&label, &["name", "color", "description"])),
        (Method::POST, below("hooks"), hooks),
        (Method::POST, below("protected_branches"), each_too_long(&json!({}), &["name"])),
        (Method::POST, below("repository/branches"), each_too_long(&branch, &["branch", "ref", "author_name"])),
        (Method::POST, below("access_tokens"), each_too_long(&token, &["name", "description", "scopes", "expires_at"])),
        (Method::POST, below("pipeline"), pipelines),
        (Method::POST, below(&format!("statuses/{sha}")), statuses),
        (Method::POST, below("members"), each_too_long(&json!({"access_level": 10}), &["username", "user_id"])),
    ]
}

fn of_people() -> Cases {
    let token = json!({"name": "n", "scopes": ["api"]});
    let password = json!({"current_password": PASSWORD});
    let mail = json!({"email": format!("{}@x", long()), "current_password": PASSWORD});
    vec![
        (
            Method::POST,
            "/api/v4/user/personal_access_tokens".to_owned(),
            each_too_long(&token, &["name", "expires_at", "scopes"]),
        ),
        (Method::PUT, "/api/v4/user".to_owned(), vec![json!({"name": long()}), mail]),
        (Method::PUT, "/api/v4/user/password".to_owned(), each_too_long(&password, &["password"])),
    ]
}

#[test]
fn ten_thousand_characters_are_refused_in_every_field() {
    let server = TestServer::start();
    let anna = person(&server, "anna").client;
    let project = project(&anna, group(&anna, "own"), "app");
    for (method, path, bodies) in [of_places(&project), within_a_project(&project), of_people()].concat() {
        for body in bodies {
            is_refused(&anna, method.clone(), &path, &body, &[400, 404, 422]);
        }
    }
    let mail = format!("{}@x.test", long());
    let wish = json!({"username": long(), "name": long(), "email": mail, "password": long()});
    let told = server.client().post("/api/v4/users", &wish).expect(400).json();
    assert_eq!(told["message"].as_object().unwrap().len(), 4, "all four fields are named: {told}");
    // What a scanner calls itself is cut, not refused: a report is not lost for it.
    let report = sample::report("sast", "scan", Vec::new()).to_string();
    let upload = Upload::new("main", &sample::sha(1)).field("name", &long()).file("sast", "r.json", report.as_bytes());
    assert!(anna.ingest("own/app", upload).jobs[0].name.chars().count() <= 255);
}

#[test]
fn names_that_pass_for_others_are_not_given() {
    let server = TestServer::start();
    let root = server.client();
    let anna = person(&server, "anna").client;
    let user = |name: &str, mail: &str| {
        root.post("/api/v4/users", &json!({"username": name, "name": "n", "email": mail, "password": PASSWORD}))
    };
    for taken in ["Anna", "ANNA", "Root"] {
        user(taken, "new@example.test").expect(409);
    }
    for odd in
        ["\u{430}nna", "anna\u{200b}", "an\u{ad}na", "ａｎｎａ", "anna.", "-anna", "anna ", "ghost", "admin", "..", "%61nna"]
    {
        let answer = user(odd, "new@example.test");
        // A blank around a name is none: then it is the same.
        assert!([400, 409].contains(&answer.status), "{odd:?}: {}", answer.status);
    }
    user("new", "ANNA@Example.TEST").expect(409);
    for odd in [
        "anna@example.test\u{200b}",
        "\u{202e}anna@example.test",
        "an\u{ad}na@example.test",
        "\u{430}nna@example.test",
        "e\u{301}@example.test",
        "a b@x.test",
        "<a>@x.test",
    ] {
        user("new", odd).expect(400);
    }
    for odd in ["a\u{202e}b", "a\u{200b}b", "a\u{ad}b", "\u{3164}", "\u{2800}", "a\u{2028}b", "a\u{e0041}", "a\u{0}", "a\nb", " "]
    {
        put(&anna, "/api/v4/user", &json!({"name": odd})).expect(400);
        anna.post("/api/v4/groups", &json!({"name": odd, "path": "odd"})).expect(400);
        anna.post("/api/v4/projects", &json!({"name": odd, "path": "odd"})).expect(400);
    }
    let project = project(&anna, group(&anna, "own"), "app");
    let label = |name: &str| anna.post(&format!("{project}/labels"), &json!({"name": name, "color": "#fff"}));
    label("Stra\u{df}e K").expect(201);
    label("stra\u{df}e k").expect(409);
    label("STRA\u{df}E \u{212a}").expect(409);
    for (place, path) in [("/api/v4/groups", "OWN"), ("/api/v4/groups", "Anna")] {
        anna.post(place, &json!({"name": "n", "path": path})).expect(400);
    }
}

#[test]
fn twisted_json_is_refused_calmly() {
    let server = TestServer::start();
    let anna = person(&server, "anna").client;
    let path = format!("{}/labels", project(&anna, group(&anna, "own"), "app"));
    let send = |kind: &str, body: &[u8]| anna.send(Method::POST, &path, kind, body);
    let json = "application/json";
    let deep = format!("{{\"name\": \"x\", \"color\": \"#fff\", \"z\": {}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let bodies: [&[u8]; 17] = [
        deep.as_bytes(),
        br##"{"name": "x", "color": "#fff", "priority": 1e400}"##,
        br##"{"name": "x", "color": "#fff", "priority": 123456789012345678901234567890}"##,
        br##"{"name": "x", "color": "#fff", "priority": NaN}"##,
        br##"{"name": ["x"], "color": "#fff"}"##,
        br##"{"name": {"a": 1}, "color": "#fff"}"##,
        br##"{"name": null, "color": "#fff"}"##,
        br##"["name", "color"]"##,
        br##""name""##,
        b"null",
        b" ",
        br##"{"name": "x", "color": "#fff"} more"##,
        br##"{"name": "\ud800", "color": "#fff"}"##,
        br##"{"name": "a\u0000b", "color": "#fff"}"##,
        b"{\"name\": \"\xff\", \"color\": \"#fff\"}",
        b"\xef\xbb\xbf{\"name\": \"x\", \"color\": \"#fff\"}",
        br##"{"name": "x", "color": "#fff""##,
    ];
    for body in bodies {
        let answer = send(json, body);
        assert_eq!(answer.status, 400, "{}", String::from_utf8_lossy(&body[..body.len().min(80)]));
        assert!(answer.json().is_object());
    }
    for kind in ["text/plain", "application/xml", "application/jsonp", ""] {
        send(kind, br##"{"name": "x", "color": "#fff"}"##).expect(415);
    }
    assert_eq!(anna.get(&path).expect(200).text(), "[]", "nothing was made");
    // Of a name that stands twice one value counts, and it is the one that is shown.
    assert_eq!(send(json, br##"{"name": "one", "name": "two", "color": "#fff"}"##).expect(201).json()["name"], "two");
}

#[test]
fn twisted_queries_are_refused_or_clamped() {
    let server = TestServer::start();
    let root = server.client();
    root.create_project("acme/app");
    let long = "x".repeat(5_000);
    let many: String = (0..3_000).map(|number| format!("a{number}=1&")).collect();
    for query in [
        "page=-1",
        "page=0",
        "page=18446744073709551616",
        "page=1e3",
        "page=%00",
        "page[]=1",
        "page=0x10",
        "per_page=-1",
        "per_page=0",
        "per_page=1e9",
        "sort=;drop",
        "order_by=__proto__",
        "id_after=-1",
        "pagination=keyset&id_before=abc",
        "search=%F0%9F",
        "min_access_level=99",
        "last_activity_after=0000-00-00",
        "visibility=secret",
        "a[a][a][a][a][a][a][a][a][a][a][a][a][a][a][a][a][a][a]=1",
        &many,
    ] {
        let answer = root.get(&format!("/api/v4/projects?{query}"));
        assert_eq!(answer.status, 400, "{query:.80}");
        assert!(answer.body.len() < 500, "{query:.80}");
    }
    for (query, rows) in [
        ("page=9223372036854775808", 0),
        ("page=18446744073709551615&per_page=100", 0),
        ("per_page=1000000000", 1),
        ("page=7&page=1", 1),
        ("pagination=keyset&sort=asc&id_after=18446744073709551615", 0),
        (&format!("search={long}"), 0),
        (&format!("topic={}", "t,".repeat(2_000)), 0),
    ] {
        let answer = root.get(&format!("/api/v4/projects?{query}")).expect(200);
        assert_eq!(answer.json().as_array().unwrap().len(), rows, "{query:.80}");
        assert!(answer.header("x-per-page").parse::<u64>().unwrap() <= 100, "{query:.80}");
    }
}
