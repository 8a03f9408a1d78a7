//! The first hour of a team with the server, as one story: who is who, a project, its labels, branches and their
//! protection, a token for the CI, a webhook. What an unmodified client of GitLab does, request by request.
//!
//! Must not know: reports.

use crate::users::{person, put};
use casemate_tests::{Answer, Client, TestServer, sample};
use serde_json::{Value, json};
use ureq::http::Method;

struct Story {
    server: TestServer,
    root: Client,
    project: u64,
}

impl Story {
    fn path(&self, rest: &str) -> String {
        format!("/api/v4/projects/{}/{rest}", self.project)
    }

    fn get(&self, rest: &str) -> Answer {
        self.root.get(&self.path(rest))
    }

    fn post(&self, rest: &str, body: &Value) -> Answer {
        self.root.post(&self.path(rest), body)
    }
}

/// Where the `Link` header leads.
fn next(answer: &Answer) -> Option<String> {
    let link = answer.header("link").to_owned();
    let next = link.split(", ").find(|part| part.ends_with("rel=\"next\""))?;
    Some(next.strip_prefix('<')?.split_once('>')?.0.to_owned())
}

#[test]
fn a_team_sets_itself_up() {
    let server = TestServer::start();
    let root = server.client();
    the_server_is_there(&server, &root);
    let (author, author_client) = person(&server, "author");
    let (approver, _) = person(&server, "approver");
    let (_, outsider) = person(&server, "outsider");
    assert_eq!(root.get("/api/v4/user?sudo=author").expect(200).json()["id"], author);
    let group = json!({"name": "Security", "path": "sec", "visibility": "private"});
    let group = root.post("/api/v4/groups", &group).expect(201).json();
    let wish = json!({"name": "Shop", "path": "shop", "namespace_id": group["id"], "default_branch": "main"});
    let project = root.post("/api/v4/projects", &wish).expect(201).json()["id"].as_u64().unwrap();
    let story = Story { server, root, project };
    members_see_it_and_others_do_not(&story, author, approver, &group["id"], &outsider);
    labels_are_walked_by_their_links(&story);
    branches_are_declared_and_protected(&story, &author_client);
    the_ci_gets_a_token(&story);
    a_webhook_keeps_its_secret(&story);
}

fn the_server_is_there(server: &TestServer, root: &Client) {
    let nobody = server.anonymous();
    assert_eq!(nobody.get("/-/health").expect(200).text(), "OK");
    for path in ["/-/liveness", "/-/readiness"] {
        assert_eq!(nobody.get(path).expect(200).json()["status"], "ok", "{path}");
    }
    let version = root.get("/api/v4/version").expect(200).json();
    assert_eq!(root.get("/api/v4/metadata").expect(200).json()["version"], version["version"]);
    assert_eq!(root.get("/api/v4/personal_access_tokens/self").expect(200).json()["active"], true);
    assert_eq!(nobody.with_token("wrong").get("/api/v4/user").expect(401).json(), json!({"message": "401 Unauthorized"}));
}

fn members_see_it_and_others_do_not(story: &Story, author: u64, approver: u64, group: &Value, outsider: &Client) {
    story.post("members", &json!({"user_id": author, "access_level": 30})).expect(201);
    let above = format!("/api/v4/groups/{group}/members");
    story.root.post(&above, &json!({"user_id": approver, "access_level": 40})).expect(201);
    let all: Vec<Value> = story.get("members/all").expect(200).read();
    assert!(all.iter().any(|member| member["id"] == approver && member["access_level"] == 40), "{all:?}");
    put(&story.root, &format!("/api/v4/projects/{}", story.project), &json!({"description": "web shop"})).expect(200);
    assert_eq!(story.root.get("/api/v4/projects/sec%2Fshop").expect(200).json()["description"], "web shop");
    let hidden = outsider.get(&story.path("labels")).expect(404).json();
    assert_eq!(hidden, json!({"message": "404 Project Not Found"}));
}

fn labels_are_walked_by_their_links(story: &Story) {
    let missing = story.post("labels", &json!({})).expect(400).json();
    assert_eq!(missing, json!({"error": "name is missing, color is missing"}));
    for number in 0..5 {
        story.post("labels", &json!({"name": format!("l{number}"), "color": "#ff0000"})).expect(201);
    }
    let page = story.get("labels?per_page=2&page=2").expect(200);
    for (header, value) in [("x-total", "5"), ("x-total-pages", "3"), ("x-next-page", "3"), ("x-prev-page", "1")] {
        assert_eq!(page.header(header), value, "{header}");
    }
    let (mut names, mut at) = (Vec::new(), Some(story.path("labels?per_page=2")));
    while let Some(path) = at {
        let page = story.root.get(path.strip_prefix(&story.server.base()).unwrap_or(&path)).expect(200);
        let rows: Vec<Value> = page.read();
        names.extend(rows.iter().map(|label| label["name"].as_str().unwrap().to_owned()));
        at = next(&page);
    }
    assert_eq!(names, ["l0", "l1", "l2", "l3", "l4"]);
}

fn branches_are_declared_and_protected(story: &Story, author: &Client) {
    let sha = sample::sha(1);
    let main = json!({"branch": "main", "ref": sha});
    author.post(&story.path("repository/branches"), &main).expect(403);
    let made = story.post("repository/branches", &main).expect(201).json();
    assert_eq!((&made["commit"]["id"], &made["default"], &made["protected"]), (&json!(sha), &json!(true), &json!(true)));
    story.root.delete(&story.path("protected_branches/main")).expect(204);
    let wish = json!({"name": "main", "push_access_level": 40, "merge_access_level": 30});
    let made = story.post("protected_branches", &wish).expect(201).json();
    assert_eq!(made["merge_access_levels"][0]["access_level"], 30);
    story.post("protected_branches", &json!({"name": "release/*"})).expect(201);
    assert_eq!(story.get("protected_branches/release%2F%2A").expect(200).json()["name"], "release/*");
    story.root.delete(&story.path("protected_branches/release%2F*")).expect(204);
    let again = story.post("protected_branches", &json!({"name": "main"})).expect(409).json();
    assert_eq!(again, json!({"message": "Protected branch 'main' already exists"}));
}

fn the_ci_gets_a_token(story: &Story) {
    let wish = json!({"name": "any CI", "scopes": ["api"], "access_level": 30, "expires_at": "2027-01-01"});
    let made = story.post("access_tokens", &wish).expect(201).json();
    let rotate = story.path(&format!("access_tokens/{}/rotate", made["id"]));
    let rotated = story.root.post(&rotate, &json!({"expires_at": "2027-01-01"})).expect(200).json();
    let nobody = story.server.anonymous();
    nobody.with_token(made["token"].as_str().unwrap()).get(&story.path("labels")).expect(401);
    let ci = nobody.with_header("JOB-TOKEN", rotated["token"].as_str().unwrap());
    ci.get(&story.path("repository/branches/main")).expect(200);
}

fn a_webhook_keeps_its_secret(story: &Story) {
    let wish = json!({"url": "http://127.0.0.1:9/hook", "token": "s3cret", "vulnerability_events": true});
    let made = story.post("hooks", &wish).expect(201);
    assert!(!made.text().contains("s3cret"), "{}", made.text());
    let id = made.json()["id"].as_u64().unwrap();
    assert_eq!(story.get("hooks").expect(200).json()[0]["id"], id);
    story.root.call(Method::DELETE, &story.path(&format!("hooks/{id}"))).expect(204);
    assert_eq!(story.get("hooks").expect(200).json(), json!([]));
}
