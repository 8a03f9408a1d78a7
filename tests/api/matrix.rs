//! Every route, asked by every role about places of every visibility, and by tokens of every scope. What has to come
//! is written in `schemas/permissions/matrix.json`, from the table of who may what.
//!
//! Must not know: what a route does beyond being allowed or refused.

use crate::users::{person, put};
use casemate_tests::{Answer, Client, TestServer, Upload, sample};
use serde::Deserialize;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use ureq::http::Method;

/// A number that nothing has.
const NOTHING: &str = "999999";
/// Answers about a cookie, whatever token is shown; `callers.rs` asks it with one.
const BY_COOKIE: (&str, &str) = ("GET", "/api/v4/session");

#[derive(Deserialize)]
struct Matrix {
    roles: Vec<String>,
    actions: BTreeMap<String, Expectation>,
    routes: Vec<Route>,
}

#[derive(Deserialize)]
struct Expectation {
    private: String,
    internal: String,
    public: String,
    scopes: Vec<String>,
    refused_when_archived: bool,
}

/// Method, path, action.
#[derive(Deserialize)]
struct Route(String, String, String);

impl Route {
    fn is_about(&self, part: &str) -> bool {
        self.1.starts_with(part)
    }

    fn is_of_place(&self) -> bool {
        ["/api/v4/projects/{id}", "/api/v4/groups/{id}", "/api/v4/vulnerabilities/", "/api/v4/jobs/", "/api/v3/repos/"]
            .iter()
            .any(|part| self.is_about(part))
    }

    fn is(&self, known: &[(&str, &str)]) -> bool {
        known.contains(&(&self.0, &self.1))
    }

    /// What an answer says about a place that is not to be seen.
    fn hidden(&self) -> Option<&'static str> {
        let words = [
            ("/api/v4/projects/{id}", "404 Project Not Found"),
            ("/api/v3/repos/", "404 Project Not Found"),
            ("/api/v4/groups/{id}", "404 Group Not Found"),
            ("/api/v4/vulnerabilities/", "404 Vulnerability Not Found"),
            ("/api/v4/jobs/", "404 Job Not Found"),
        ];
        words.into_iter().find(|(part, _)| self.is_about(part)).map(|(_, text)| text)
    }

    /// `ok`, or the status of a refusal. What is wrong with the request, or is not there inside of a place, is no
    /// refusal.
    fn class(&self, answer: &Answer) -> String {
        assert!(answer.status < 500, "{} {}: {} {}", self.0, self.1, answer.status, answer.text());
        let is_hidden = answer.status == 404 && self.hidden().is_some_and(|text| answer.json()["message"] == text);
        if [401, 403].contains(&answer.status) || is_hidden { answer.status.to_string() } else { "ok".to_owned() }
    }
}

fn matrix() -> Matrix {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../schemas/permissions/matrix.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// A group with members of all levels, and its project with a vulnerability.
struct Place {
    visibility: &'static str,
    group: u64,
    project: u64,
    job: u64,
    vulnerability: u64,
}

struct World {
    server: TestServer,
    root: Client,
    /// By role: id of the user and a client; none for who is not signed in.
    people: BTreeMap<String, (u64, Client)>,
    places: Vec<Place>,
}

impl World {
    fn new(roles: &[String]) -> World {
        let server = TestServer::start();
        let root = server.client();
        let named = roles.iter().filter(|role| !["anonymous", "admin"].contains(&role.as_str()));
        let mut people: BTreeMap<String, (u64, Client)> =
            named.map(|role| (role.clone(), person(&server, &format!("the-{role}")))).collect();
        put(&root, &format!("/api/v4/users/{}", people["external"].0), &json!({"external": true})).expect(200);
        people.insert("admin".to_owned(), (1, root.clone()));
        let mut world = World { server, root, people, places: Vec::new() };
        for visibility in ["private", "internal", "public"] {
            let place = world.place(visibility);
            world.places.push(place);
        }
        world
    }

    fn place(&self, visibility: &'static str) -> Place {
        let path = format!("matrix-{visibility}");
        let wish = json!({"name": path, "path": path, "visibility": visibility});
        let group = number(&self.root.post("/api/v4/groups", &wish).expect(201));
        for (role, level) in [
            ("minimal", 5),
            ("guest", 10),
            ("planner", 15),
            ("reporter", 20),
            ("security_manager", 25),
            ("developer", 30),
            ("maintainer", 40),
            ("owner", 50),
        ] {
            let member = json!({"user_id": self.people[role].0, "access_level": level});
            self.root.post(&format!("/api/v4/groups/{group}/members"), &member).expect(201);
        }
        let project = self.project(group, visibility, "p");
        let report = sample::report("sast", "semgrep", vec![sample::sast("A", "a", "a.rs", 1)]);
        let upload = Upload::new("main", &sample::sha(1)).file("sast", "r.json", report.to_string().as_bytes());
        self.root.ingest(&project.to_string(), upload);
        let first = |rest: &str| self.root.get(&format!("/api/v4/projects/{project}/{rest}")).json()[0]["id"].as_u64().unwrap();
        Place { visibility, group, project, job: first("jobs"), vulnerability: first("vulnerabilities") }
    }

    fn project(&self, group: u64, visibility: &str, name: &str) -> u64 {
        let wish = json!({"name": name, "namespace_id": group, "visibility": visibility});
        number(&self.root.post("/api/v4/projects", &wish).expect(201))
    }

    fn client(&self, role: &str) -> Client {
        self.people.get(role).map_or_else(|| self.server.anonymous(), |(_, client)| client.clone())
    }

    /// A client whose token may be revoked.
    fn passing(&self, role: &str, scope: &str) -> Client {
        let Some((id, _)) = self.people.get(role) else { return self.server.anonymous() };
        let wish = json!({"name": "passing", "scopes": [scope]});
        let made = self.root.post(&format!("/api/v4/users/{id}/personal_access_tokens"), &wish).expect(201).json();
        self.server.anonymous().with_token(made["token"].as_str().unwrap())
    }
}

fn number(answer: &Answer) -> u64 {
    answer.json()["id"].as_u64().unwrap()
}

/// Routes after which the project that they were asked of is another.
const OF_PROJECT: [(&str, &str); 3] =
    [("DELETE", "/api/v4/projects/{id}"), ("POST", "/api/v4/projects/{id}/archive"), ("POST", "/api/v4/projects/{id}/unarchive")];
/// The same for groups.
const OF_GROUP: [(&str, &str); 2] = [("DELETE", "/api/v4/groups/{id}"), ("POST", "/api/v4/groups/{id}/transfer")];
/// Routes that end the token they are asked with.
const OF_TOKEN: [(&str, &str); 2] =
    [("DELETE", "/api/v4/personal_access_tokens/self"), ("POST", "/api/v4/personal_access_tokens/self/rotate")];

/// Asks a route about a place. What would spoil the place is asked about another one like it.
fn ask(world: &World, place: &Place, route: &Route, client: &Client, tag: &str, may_spoil: bool) -> Answer {
    let (mut project, mut group) = (place.project, place.group);
    if may_spoil && route.is(&OF_PROJECT) {
        project = world.project(place.group, place.visibility, &format!("spoiled-{tag}"));
    }
    if may_spoil && route.is(&OF_GROUP) {
        let path = format!("spoiled-{tag}");
        let wish = json!({"name": path, "path": path, "parent_id": place.group, "visibility": place.visibility});
        group = number(&world.root.post("/api/v4/groups", &wish).expect(201));
    }
    let id = match route {
        _ if route.is_about("/api/v4/projects/") => project.to_string(),
        _ if route.is_about("/api/v4/groups/") => group.to_string(),
        _ if route.is_about("/api/v4/vulnerabilities/") => place.vulnerability.to_string(),
        _ => NOTHING.to_owned(),
    };
    let job = if route.is_about("/api/v4/jobs/") { place.job.to_string() } else { NOTHING.to_owned() };
    let path: Vec<String> = route
        .1
        .split('/')
        .map(|part| match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            None => part.to_owned(),
            Some("id") => id.clone(),
            Some("jid") => job.clone(),
            Some("sha") => sample::sha(1),
            Some("ref") => "main".to_owned(),
            Some("owner") => format!("matrix-{}", place.visibility),
            Some("repo") => "p".to_owned(),
            Some(choice) if choice.contains('|') => {
                choice.split(':').next_back().and_then(|words| words.split('|').next()).unwrap().to_owned()
            }
            Some(rest) if rest.ends_with(":.+") => "x".to_owned(),
            Some(_) => NOTHING.to_owned(),
        })
        .collect();
    let method: Method = route.0.parse().unwrap();
    match method {
        Method::GET | Method::DELETE => client.call(method, &path.join("/")),
        _ => client.send(method, &path.join("/"), "application/json", b"{}"),
    }
}

#[test]
fn every_role_gets_what_the_table_says() {
    let matrix = matrix();
    let world = World::new(&matrix.roles);
    let wrong = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for place in &world.places {
            let (world, matrix, wrong) = (&world, &matrix, &wrong);
            scope.spawn(move || {
                for (number, route) in matrix.routes.iter().enumerate() {
                    // What is about no place is asked once.
                    if (route.is_of_place() || place.visibility == "private") && !route.is(&[BY_COOKIE]) {
                        wrong.lock().unwrap().extend(differences(world, matrix, place, route, number));
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{} answers are not as the table says:\n{}", wrong.len(), wrong.join("\n"));
}

fn differences(world: &World, matrix: &Matrix, place: &Place, route: &Route, number: usize) -> Vec<String> {
    let expectation = &matrix.actions[&route.2];
    let line = match place.visibility {
        "private" => &expectation.private,
        "internal" => &expectation.internal,
        _ => &expectation.public,
    };
    let mut wrong = Vec::new();
    for (role, wanted) in matrix.roles.iter().zip(line.split(' ')) {
        let may_spoil = wanted == "ok";
        let client = if may_spoil && route.is(&OF_TOKEN) { world.passing(role, "api") } else { world.client(role) };
        let answer = ask(world, place, route, &client, &format!("{role}-{number}").replace('_', "-"), may_spoil);
        let got = route.class(&answer);
        if got != wanted {
            let (Route(method, path, action), visibility) = (route, place.visibility);
            wrong.push(format!("{method} {path} ({action}, {visibility}) by {role}: {got}, not {wanted}: {}", answer.text()));
        }
    }
    wrong
}

#[test]
fn a_token_may_what_its_scopes_say_and_its_user_may() {
    let matrix = matrix();
    let world = World::new(&matrix.roles);
    let place = &world.places[0];
    let owner = matrix.roles.iter().position(|role| role == "owner").unwrap();
    for scope in ["read_api", "read_user", "write_reports", "self_rotate"] {
        let client = world.passing("owner", scope);
        for (number, route) in matrix.routes.iter().enumerate() {
            let expectation = &matrix.actions[&route.2];
            if expectation.private.split(' ').nth(owner) != Some("ok") || route.is(&[BY_COOKIE]) {
                continue;
            }
            let has_scope = expectation.scopes.is_empty() || expectation.scopes.iter().any(|one| one == scope);
            let client = if route.is(&OF_TOKEN) { world.passing("owner", scope) } else { client.clone() };
            let answer = ask(&world, place, route, &client, &format!("{scope}-{number}").replace('_', "-"), false);
            let what = format!("{} {} with {scope}: {} {}", route.0, route.1, answer.status, answer.text());
            match has_scope {
                true => assert_ne!(answer.status, 403, "{what}"),
                false => assert_eq!((answer.status, &answer.json()["error"]), (403, &json!("insufficient_scope")), "{what}"),
            }
        }
    }
}

#[test]
fn an_archived_project_changes_for_nobody() {
    let matrix = matrix();
    let world = World::new(&matrix.roles);
    let place = &world.places[0];
    world.root.post(&format!("/api/v4/projects/{}/archive", place.project), &json!({})).expect(201);
    for role in ["owner", "admin"] {
        for route in matrix.routes.iter().filter(|route| route.is_of_place() && !route.is_about("/api/v4/groups/")) {
            if route.is(&OF_PROJECT) {
                continue;
            }
            let answer = ask(&world, place, route, &world.client(role), role, false);
            let is_refused = answer.status == 403 && answer.text().contains("archived");
            let wanted = matrix.actions[&route.2].refused_when_archived;
            assert_eq!(is_refused, wanted, "{} {} by {role}: {} {}", route.0, route.1, answer.status, answer.text());
        }
    }
}

#[test]
fn the_matrix_is_whole() {
    let matrix = matrix();
    let named: BTreeSet<&str> = matrix.routes.iter().map(|route| route.2.as_str()).collect();
    assert!(named.len() > 30 && named.iter().all(|action| matrix.actions.contains_key(*action)));
    let mut lines = matrix.actions.values().flat_map(|one| [&one.private, &one.internal, &one.public]);
    assert!(lines.all(|line| line.split(' ').count() == matrix.roles.len()));
}
