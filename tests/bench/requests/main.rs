//! `make bench`, second part: how many requests a second lists of 20 rows take, asked for with an access token,
//! beside a bare handler that answers with the same bytes: a list of small rows, and one whose rows are findings
//! whole.
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

use casemate_tests::server::{ROOT_TOKEN, Settings};
use casemate_tests::{Client, TestServer, Upload};
use load::Figures;
use serde_json::{Value, json};
use std::net::SocketAddr;

const PROJECT: &str = "bench/requests";
/// Vulnerabilities behind their list.
const FINDINGS: usize = 1_000;
/// Rows of a page.
const ROWS: usize = 20;
/// Connections that ask at the same time.
const CONNECTIONS: [usize; 3] = [1, 8, 32];
/// Requests of one measurement, over all connections.
const REQUESTS: usize = 20_000;
/// Measurements of each; the one in the middle counts.
const ROUNDS: usize = 3;

fn main() {
    let server = TestServer::with(Settings::default().unlimited());
    let client = server.client();
    client.create_project(PROJECT);
    let report = report().to_string();
    let upload = Upload::new("main", &"a".repeat(40)).file("sast", "gl-sast-report.json", report.as_bytes());
    client.ingest(PROJECT, upload);
    for number in 0..ROWS {
        let wish = json!({"ref": "main", "sha": format!("{number:040x}"), "complete": true});
        client.post("/api/v4/projects/bench%2Frequests/pipeline", &wish).expect(201);
    }
    let mut lines = Vec::new();
    for list in ["pipelines", "vulnerabilities"] {
        measure(&server, &client, list, &mut lines);
    }
    println!();
    lines.iter().for_each(|line| println!("{line}"));
}

/// Measures one list and prints its table.
fn measure(server: &TestServer, client: &Client, list: &str, lines: &mut Vec<Value>) {
    let path = format!("/api/v4/projects/bench%2Frequests/{list}?per_page={ROWS}");
    let answer = client.get(&path).expect(200);
    assert_eq!(answer.json().as_array().map(Vec::len), Some(ROWS), "rows of a page");
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nPRIVATE-TOKEN: {ROOT_TOKEN}\r\n\r\n").into_bytes();
    let bare = bare::Bare::start(answer.body);
    println!("\na page of {ROWS} {list} with an access token, {} bytes; {REQUESTS} requests each", bare.bytes());
    println!(
        "{:<14}{:>13}{:>10}{:>10}{:>13}{:>10}{:>10}{:>8}",
        "connections", "requests/s", "p50", "p99", "bare", "p50", "p99", "share"
    );
    for connections in CONNECTIONS {
        let ours = middle(server.address(), &request, connections);
        let theirs = middle(bare.address(), &request, connections);
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

fn middle(address: SocketAddr, request: &[u8], connections: usize) -> Figures {
    load::ask(address, request, connections, REQUESTS / 10);
    let mut rounds: Vec<Figures> = (0..ROUNDS).map(|_| load::ask(address, request, connections, REQUESTS)).collect();
    rounds.sort_by(|one, other| one.per_second.total_cmp(&other.per_second));
    rounds.swap_remove(ROUNDS / 2)
}

fn line(list: &str, connections: usize, ours: &Figures, bare: &Figures) -> Value {
    json!({
        "run": "requests", "list": list, "connections": connections, "per_second": ours.per_second, "p50_ms": ours.p50_ms,
        "p99_ms": ours.p99_ms, "bare_per_second": bare.per_second, "bare_p50_ms": bare.p50_ms, "bare_p99_ms": bare.p99_ms,
        "share": ours.per_second / bare.per_second,
    })
}

/// A report with as many findings, each of another file.
fn report() -> Value {
    let finding = |number: usize| {
        json!({
            "id": format!("{number:064x}"), "category": "sast", "name": "Query made of user input",
            "description": "A query is put together from what a user typed.", "severity": "High",
            "scanner": {"id": "bench", "name": "Bench"},
            "location": {"file": format!("src/module_{number}/queries.rs"), "start_line": 10, "end_line": 12},
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
