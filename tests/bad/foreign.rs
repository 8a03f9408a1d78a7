//! Ids of somebody else's things below a project or group of one's own: every nested route answers as if there were no
//! such thing, and nothing changes. Must not know: how anything is looked up.

use crate::people::{group, person, place_token, project};
use casemate_tests::{Client, TestServer, Upload, sample};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use ureq::http::Method;

/// Somebody with a group, a project, and one of everything in them.
struct Owner {
    client: Client,
    group: u64,
    project: String,
    /// Names of parts of paths, and what they are here.
    ids: BTreeMap<&'static str, String>,
}

fn owner(server: &TestServer, name: &str, number: u64) -> Owner {
    let who = person(server, name);
    let client = who.client;
    let group = group(&client, &format!("of-{name}"));
    let project = project(&client, group, "app");
    let sha = sample::sha(number);
    let report = sample::report("sast", "scan", vec![sample::sast("Finding", "rule:1", "a.rs", 1)]).to_string();
    let key = project.rsplit('/').next().unwrap();
    let made = client.ingest(key, Upload::new("main", &sha).file("sast", "r.json", report.as_bytes()));
    let made_id = |path: &str, body: Value| client.post(&format!("{project}/{path}"), &body).expect(201).json()["id"].to_string();
    let first = |path: &str| client.get(path).expect(200).json()[0]["id"].to_string();
    let branch = format!("branch-of-{name}");
    client.post(&format!("{project}/repository/branches"), &json!({"branch": branch, "ref": sha})).expect(201);
    made_id("protected_branches", json!({"name": branch}));
    let place = format!("/api/v4/groups/{group}");
    let ids = BTreeMap::from([
        ("pid", made.pipeline.id.to_string()),
        ("jid", made.jobs[0].id.to_string()),
        ("sid", made.reports[0].scan_id.to_string()),
        ("vid", first(&format!("{project}/vulnerabilities"))),
        ("label", made_id("labels", json!({"name": format!("label-of-{name}"), "color": "#fff"}))),
        ("hid", made_id("hooks", json!({"url": "https://hook.example/x"}))),
        ("tid", place_token(server, &client, &project, "api", 30).0.to_string()),
        ("group_tid", place_token(server, &client, &place, "api", 30).0.to_string()),
        ("own_tid", client.get("/api/v4/personal_access_tokens/self").expect(200).json()["id"].to_string()),
        ("aid", first(&format!("{project}/audit_events"))),
        ("group_aid", first(&format!("{place}/audit_events"))),
        ("uid", who.id.to_string()),
        ("name", branch.clone()),
        ("branch", branch),
        ("sha", sha),
        ("path", "by_id/1".to_owned()),
    ]);
    Owner { client, group, project, ids }
}

impl Owner {
    /// All that this owner can read of their own, to see whether somebody changed it.
    fn everything(&self) -> Vec<String> {
        let Owner { project, group, .. } = self;
        let lists = ["", "/labels", "/hooks", "/access_tokens", "/protected_branches", "/repository/branches", "/pipelines"];
        let more = ["/jobs", "/vulnerabilities", "/imports", "/members", "/audit_events"];
        let mut paths: Vec<String> = lists.iter().chain(&more).map(|rest| format!("{project}{rest}")).collect();
        paths.push(format!("/api/v4/groups/{group}/access_tokens"));
        paths.push("/api/v4/personal_access_tokens?state=active".to_owned());
        let without_uses = |text: String| text.split("\"last_used_at\"").next().unwrap_or_default().to_owned();
        paths.iter().map(|path| without_uses(self.client.get(path).expect(200).text())).collect()
    }

    /// A path of the table of routes, with this owner's places and somebody's ids. None for a route that names
    /// nothing below a place.
    fn path(&self, route: &str, ids: impl Fn(&str) -> String) -> Option<String> {
        let own = self.project.rsplit('/').next().unwrap_or_default();
        let (is_group, is_project) = (route.starts_with("/api/v4/groups/{id}/"), route.starts_with("/api/v4/projects/{id}/"));
        let of_vulnerability = route.starts_with("/api/v4/vulnerabilities/{id}");
        let is_own = ["/api/v4/jobs/", "/api/v4/personal_access_tokens/"].iter().any(|root| route.starts_with(root));
        if !(is_group || is_project || of_vulnerability || is_own) {
            return None;
        }
        let mut named = 0;
        let mut path = String::new();
        for part in route.split('/').skip(1) {
            let name = part.strip_prefix('{').and_then(|part| part.split(['}', ':']).next());
            let text = match name {
                Some("id") if is_group => self.group.to_string(),
                Some("id") if is_project => own.to_owned(),
                Some("action") => "confirm".to_owned(),
                Some("trigger") => "push_events".to_owned(),
                Some(name) => {
                    named += 1;
                    match name {
                        "id" if of_vulnerability => ids("vid"),
                        "tid" if is_group => ids("group_tid"),
                        "tid" if !is_project => ids("own_tid"),
                        "aid" if is_group => ids("group_aid"),
                        name => ids(name),
                    }
                }
                None => part.to_owned(),
            };
            path = format!("{path}/{text}");
        }
        (named > 0).then_some(path)
    }
}

/// Routes whose named part is no id of anything: a text of the caller's, or one of many refs.
const NO_IDS: [&str; 3] = ["{sha}", "{ref}", "/api/v4/personal_access_tokens/self"];

fn routes() -> Vec<(String, String)> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../schemas/permissions/matrix.json");
    let matrix: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    matrix["routes"].as_array().unwrap().iter().map(|route| (text(&route[0]), text(&route[1]))).collect()
}

#[test]
fn ids_of_others_are_not_there_below_ones_own_project() {
    let server = TestServer::start();
    let (mallory, victim) = (owner(&server, "mallory", 1), owner(&server, "victim", 2));
    let before = victim.everything();
    let body = json!({"state": "success", "name": "z", "new_name": "z", "url": "https://z.example", "key": "z", "ref": "main", "access_level": 10});
    let mut asked = 0;
    for (method, route) in routes() {
        if NO_IDS.iter().any(|part| route.contains(part)) {
            continue;
        }
        let theirs = mallory.path(&route, |name| victim.ids.get(name).cloned().unwrap_or_else(|| panic!("{route}: {name}?")));
        let absent = mallory.path(&route, |name| match name {
            "name" | "branch" | "path" => "nowhere".to_owned(),
            _ => "999999".to_owned(),
        });
        let (Some(theirs), Some(absent)) = (theirs, absent) else { continue };
        let ask = |path: &str| match method.as_str() {
            "GET" | "DELETE" => mallory.client.call(Method::from_bytes(method.as_bytes()).unwrap(), path),
            _ => {
                let method = Method::from_bytes(method.as_bytes()).unwrap();
                mallory.client.send(method, path, "application/json", body.to_string().as_bytes())
            }
        };
        let (one, other) = (ask(&theirs), ask(&absent));
        assert_eq!((one.status, one.text()), (404, other.text()), "{method} {theirs}");
        asked += 1;
    }
    assert!(asked > 40, "{asked} routes");
    assert_eq!(victim.everything(), before, "nothing of the victim has changed");
}

#[test]
fn ids_of_others_in_parameters_are_not_there() {
    let server = TestServer::start();
    let (mallory, victim) = (owner(&server, "mallory", 1), owner(&server, "victim", 2));
    let before = victim.everything();
    let own = &mallory.project;
    let theirs = |name: &str| victim.ids[name].clone();
    let upload = |field: &str, value: &str| {
        let report = sample::report("sast", "scan", Vec::new()).to_string();
        let upload = Upload::new("main", &sample::sha(2)).field(field, value).file("sast", "r.json", report.as_bytes());
        mallory.client.upload(own.rsplit('/').next().unwrap(), "", upload)
    };
    let number = |answer: casemate_tests::Answer, id: &str| (answer.status, answer.text().replace(id, "N"));
    for field in ["pipeline_id", "parent_pipeline_id"] {
        let (one, other) = (upload(field, &theirs("pid")), upload(field, "999999"));
        assert_eq!(number(one, &theirs("pid")), number(other, "999999"), "{field}");
    }
    let uuid = victim.client.get(&format!("{}/vulnerability_findings", victim.project)).expect(200).json()[0]["uuid"].clone();
    let wish = json!({"finding_uuid": uuid, "pipeline_id": theirs("pid")});
    mallory.client.post(&format!("{own}/vulnerabilities"), &wish).expect(404);
    mallory.client.get(&format!("{own}/vulnerability_findings?pipeline_id={}", theirs("pid"))).expect(404);
    let status = json!({"state": "success", "pipeline_id": theirs("pid")});
    mallory.client.post(&format!("{own}/statuses/{}", sample::sha(1)), &status).expect(404);
    let artifact = victim.client.get(&format!("{}/jobs/{}", victim.project, theirs("jid"))).expect(200);
    assert!(artifact.text().contains("artifacts"));
    for id in 1..5 {
        let path = format!("{own}/jobs/{}/artifacts/by_id/{id}", mallory.ids["jid"]);
        let answer = mallory.client.get(&path);
        assert!([200, 404].contains(&answer.status) && !answer.text().contains("of-victim"), "{path}");
    }
    // Who is not of the project is not let by its protections, whether they are there or not.
    for (kind, id) in [("user_id", theirs("uid")), ("group_id", victim.group.to_string())] {
        let protect = |id: &str| {
            let wish = json!({"name": "x", "allowed_to_push": [{kind: id}]});
            mallory.client.post(&format!("{own}/protected_branches"), &wish).expect(422).text()
        };
        assert_eq!(protect(&id), protect("999999"), "{kind}");
    }
    for (path, body) in [
        ("/api/v4/projects".to_owned(), json!({"name": "x", "namespace_id": victim.group})),
        ("/api/v4/projects".to_owned(), json!({"name": "x", "namespace_path": "of-victim/sub"})),
        ("/api/v4/projects".to_owned(), json!({"name": "x", "namespace_path": "victim"})),
        ("/api/v4/groups".to_owned(), json!({"name": "x", "path": "x", "parent_id": victim.group})),
        (format!("/api/v4/groups/{}/transfer", mallory.group), json!({"group_id": victim.group})),
    ] {
        let told = mallory.client.post(&path, &body).expect(404).json();
        assert_eq!(told["message"], "404 Namespace Not Found", "{path} {body}");
    }
    assert_eq!(victim.everything(), before, "nothing of the victim has changed");
}
