//! What is kept of each project: for administrators in order, for members one by one.

use crate::users::person;
use casemate_tests::{Client, TestServer, Upload, sample};
use serde_json::{Value, json};

const PROJECTS: &str = "/api/v4/admin/storage/projects";

/// Hands in a report with so many findings; its bytes.
fn upload(client: &Client, project: &str, findings: u32) -> u64 {
    let rows = (0..findings).map(|number| sample::sast(&format!("finding {number}"), "rule", "a.rs", number.into()));
    let text = sample::report("sast", "semgrep", rows.collect()).to_string();
    client.ingest(project, Upload::new("main", &sample::sha(1)).file("sast", "r.json", text.as_bytes()));
    text.len() as u64
}

fn column(client: &Client, query: &str, name: &str) -> Vec<Value> {
    let rows: Vec<Value> = client.get(&format!("{PROJECTS}?{query}")).expect(200).read();
    rows.iter().map(|row| row[name].clone()).collect()
}

#[test]
fn every_project_has_its_numbers_and_the_largest_comes_first() {
    let server = TestServer::start();
    let root = server.client();
    for path in ["acme/empty", "acme/small", "acme/large"] {
        root.create_project(path);
    }
    let (small, large) = (upload(&root, "acme/small", 2), upload(&root, "acme/large", 9));
    let again = upload(&root, "acme/small", 2);
    let first = root.get(PROJECTS).expect(200);
    assert_eq!(first.total(), 3);
    let row = &first.json()[0];
    let wanted = json!({
        "id": row["id"], "name": "large", "path_with_namespace": "acme/large", "archived": false,
        "pipelines": 1, "reports": 1, "report_bytes": large, "findings": 9, "vulnerabilities": 9,
    });
    assert_eq!(*row, wanted);
    assert_eq!(column(&root, "order_by=report_bytes", "report_bytes"), [json!(large), json!(small + again), json!(0)]);
    assert_eq!(column(&root, "order_by=pipelines", "pipelines"), [2, 1, 0]);
    assert_eq!(column(&root, "order_by=findings&sort=asc", "findings"), [0, 4, 9]);
    assert_eq!(column(&root, "order_by=vulnerabilities", "vulnerabilities"), [9, 2, 0]);
    assert_eq!(column(&root, "search=ACME/SMALL", "name"), ["small"]);
    assert_eq!(column(&root, "per_page=1&page=2", "name"), ["small"]);
    root.get(&format!("{PROJECTS}?order_by=name")).expect(400);

    // What is taken away counts no more.
    let pipeline = root.get("/api/v4/projects/acme%2Fsmall/pipelines").json()[0]["id"].as_u64().unwrap();
    root.delete(&format!("/api/v4/projects/acme%2Fsmall/pipelines/{pipeline}")).expect(204);
    assert_eq!(column(&root, "order_by=pipelines", "pipelines"), [1, 1, 0]);
    root.delete("/api/v4/projects/acme%2Flarge").expect(202);
    assert_eq!(column(&root, "", "name"), ["small", "empty"]);
}

#[test]
fn one_project_shows_its_numbers_to_those_who_read_its_findings() {
    let server = TestServer::start();
    let root = server.client();
    let id = root.create_project("acme/demo");
    let bytes = upload(&root, "acme/demo", 3);
    let path = format!("/api/v4/projects/{id}/storage");
    let member = |name: &str, level: u8| {
        let (user, client) = person(&server, name);
        root.post(&format!("/api/v4/projects/{id}/members"), &json!({"user_id": user, "access_level": level})).expect(201);
        client
    };
    let seen = member("dev", 30).get(&path).expect(200).json();
    assert_eq!((&seen["report_bytes"], &seen["findings"]), (&json!(bytes), &json!(3)));
    member("guard", 25).get(&path).expect(200);
    let reporter = member("rep", 20);
    reporter.get(&path).expect(403);
    reporter.get(PROJECTS).expect(403);
    person(&server, "stranger").1.get(&path).expect(404);
}
