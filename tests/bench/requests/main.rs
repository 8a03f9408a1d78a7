//! `make bench`, second part: how many requests a second lists of 20 rows take, asked for with an access token,
//! beside a bare handler that answers with the same bytes: a list of small rows, and one whose rows are findings
//! whole. All pages of two projects are asked for in turn, by somebody who is a member of the group above them, and
//! each request is counted for its user as always.
//!
//! Must not know: how fast it ought to be. It fails only when an answer is wrong.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a measuring program: what goes wrong ends the measurement"
)]

mod bare;
mod load;

use casemate_tests::server::Settings;
use casemate_tests::{Client, TestServer, Upload};
use load::Figures;
use serde_json::{Value, json};
use std::net::SocketAddr;

const PROJECTS: [&str; 2] = ["bench/one", "bench/two"];
/// Vulnerabilities behind the list of a project.
const FINDINGS: usize = 1_000;
/// Pipelines behind the list of a project.
const PIPELINES: usize = 200;
/// Rows of a page.
const ROWS: usize = 20;
/// Pages of each list that are asked for.
const PAGES: usize = 10;
/// Connections that ask at the same time.
const CONNECTIONS: [usize; 3] = [1, 8, 32];
/// Requests of one measurement, over all connections.
const REQUESTS: usize = 10_000;
/// Measurements of each; the one in the middle counts.
const ROUNDS: usize = 3;

fn main() {
    // Every request is counted; the limit is one that nobody reaches.
    let limit = u32::MAX.to_string();
    let settings = Settings::default().env("CASEMATE_RATE_LIMITS_AUTHENTICATED_PER_HOUR", &limit);
    let server = TestServer::with(settings.env("CASEMATE_RATE_LIMITS_INGEST_PER_MINUTE", "0"));
    let client = server.client();
    PROJECTS.iter().for_each(|project| fill(&client, project));
    let token = member(&client);
    let mut lines = Vec::new();
    for list in ["pipelines", "vulnerabilities"] {
        measure(&server, &token, list, &mut lines);
    }
    println!();
    lines.iter().for_each(|line| println!("{line}"));
}

/// Makes a project with a list of pipelines and one of vulnerabilities.
fn fill(client: &Client, project: &str) {
    client.create_project(project);
    let report = report(project).to_string();
    let upload = Upload::new("main", &"a".repeat(40)).file("sast", "gl-sast-report.json", report.as_bytes());
    client.ingest(project, upload);
    let path = format!("/api/v4/projects/{}/pipeline", project.replace('/', "%2F"));
    for number in 1..PIPELINES {
        let wish = json!({"ref": "main", "sha": format!("{number:040x}"), "complete": true});
        client.post(&path, &wish).expect(201);
    }
}

/// Token of somebody who is a developer in the group of the projects.
fn member(client: &Client) -> String {
    let wish =
        json!({"username": "reader", "name": "Reader", "email": "reader@example.test", "password": "a long one, for nobody"});
    let user = client.post("/api/v4/users", &wish).expect(201).json()["id"].clone();
    client.post("/api/v4/groups/bench/members", &json!({"user_id": user, "access_level": 30})).expect(201);
    let wish = json!({"name": "bench", "scopes": ["read_api"]});
    let made = client.post(&format!("/api/v4/users/{user}/personal_access_tokens"), &wish).expect(201).json();
    made["token"].as_str().expect("a token").to_owned()
}

/// Measures one list and prints its table.
fn measure(server: &TestServer, token: &str, list: &str, lines: &mut Vec<Value>) {
    let client = server.anonymous().with_token(token);
    let of_project = |project: &&str| {
        let below = format!("/api/v4/projects/{}/{list}", project.replace('/', "%2F"));
        (1..=PAGES).map(move |page| format!("{below}?page={page}&per_page={ROWS}"))
    };
    let paths: Vec<String> = PROJECTS.iter().flat_map(of_project).collect();
    let bodies: Vec<Vec<u8>> = paths.iter().map(|path| client.get(path).expect(200)).map(page).collect();
    let head = format!("Host: localhost\r\nPRIVATE-TOKEN: {token}\r\n\r\n");
    let ours: Vec<Vec<u8>> = paths.iter().map(|path| format!("GET {path} HTTP/1.1\r\n{head}").into_bytes()).collect();
    let theirs: Vec<Vec<u8>> = (0..paths.len()).map(|number| format!("GET /{number} HTTP/1.1\r\n{head}").into_bytes()).collect();
    let bytes = bodies.iter().map(Vec::len).sum::<usize>() / bodies.len();
    let bare = bare::Bare::start(bodies);
    println!(
        "\n{} pages of {ROWS} {list} of {} projects in turn, with a member's access token, {bytes} bytes each; {REQUESTS} requests",
        paths.len(),
        PROJECTS.len()
    );
    println!(
        "{:<14}{:>13}{:>10}{:>10}{:>13}{:>10}{:>10}{:>8}",
        "connections", "requests/s", "p50", "p99", "bare", "p50", "p99", "share"
    );
    for connections in CONNECTIONS {
        let (ours, theirs) = middle((server.address(), &ours), (bare.address(), &theirs), connections);
        let share = ours.per_second / theirs.per_second;
        println!(
            "{connections:<14}{:>13.0}{:>7.2} ms{:>7.2} ms{:>13.0}{:>7.2} ms{:>7.2} ms{:>7.0}%",
            ours.per_second,
            ours.p50_ms,
            ours.p99_ms,
            theirs.per_second,
            theirs.p50_ms,
            theirs.p99_ms,
            share * 100.0
        );
        lines.push(line(list, connections, &ours, &theirs));
    }
    bare.stop();
}

/// Every page has to be full.
fn page(answer: casemate_tests::Answer) -> Vec<u8> {
    assert_eq!(answer.json().as_array().map(Vec::len), Some(ROWS), "rows of a page");
    answer.body
}

/// Measures both in turns, so that whatever else the machine does meets both.
fn middle(ours: (SocketAddr, &[Vec<u8>]), theirs: (SocketAddr, &[Vec<u8>]), connections: usize) -> (Figures, Figures) {
    let mut rounds = (Vec::new(), Vec::new());
    for (address, requests) in [ours, theirs] {
        load::ask(address, requests, connections, REQUESTS / 10);
    }
    for _ in 0..ROUNDS {
        rounds.0.push(load::ask(ours.0, ours.1, connections, REQUESTS));
        rounds.1.push(load::ask(theirs.0, theirs.1, connections, REQUESTS));
    }
    (middle_of(rounds.0), middle_of(rounds.1))
}

fn middle_of(mut rounds: Vec<Figures>) -> Figures {
    rounds.sort_by(|one, other| one.per_second.total_cmp(&other.per_second));
    rounds.swap_remove(rounds.len() / 2)
}

fn line(list: &str, connections: usize, ours: &Figures, bare: &Figures) -> Value {
    json!({
        "run": "requests", "list": list, "connections": connections, "per_second": ours.per_second, "p50_ms": ours.p50_ms,
        "p99_ms": ours.p99_ms, "bare_per_second": bare.per_second, "bare_p50_ms": bare.p50_ms, "bare_p99_ms": bare.p99_ms,
        "share": ours.per_second / bare.per_second,
    })
}

/// A report with as many findings, each of another file.
fn report(project: &str) -> Value {
    let finding = |number: usize| {
        json!({
            "id": format!("{number:064x}"), "category": "sast", "name": "Query made of user input",
            "description": "A query is put together from what a user typed.", "severity": "High",
            "scanner": {"id": "bench", "name": "Bench"},
            "location": {"file": format!("{project}/module_{number}/queries.rs"), "start_line": 10, "end_line": 12},
            "identifiers": [{"type": "bench_rule", "name": "Bench rule 1", "value": "rule-1"}],
        })
    };
    let tool = json!({"id": "bench", "name": "Bench", "version": "1.0", "vendor": {"name": "Bench"}});
    json!({
        "version": "15.2.1",
        "scan": {
            "type": "sast", "status": "success", "start_time": "2026-01-01T00:00:00", "end_time": "2026-01-01T00:01:00",
            "analyzer": tool, "scanner": tool,
        },
        "vulnerabilities": (0..FINDINGS).map(finding).collect::<Vec<Value>>(),
    })
}
