//! `make bench`, second part: how many requests a second a list of 20 rows takes, asked for with an access token,
//! beside a bare handler that answers with the same bytes.
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
use casemate_tests::{TestServer, Upload};
use load::Figures;
use serde_json::{Value, json};
use std::net::SocketAddr;

const PROJECT: &str = "bench/requests";
/// Vulnerabilities behind the list; a page of it has 20.
const FINDINGS: usize = 1_000;
/// Connections that ask at the same time.
const CONNECTIONS: [usize; 3] = [1, 8, 32];
/// Requests of one measurement, over all connections.
const REQUESTS: usize = 20_000;
/// Measurements of each; the one in the middle counts.
const ROUNDS: usize = 3;

fn main() {
    let server = TestServer::with(Settings::default());
    let client = server.client();
    client.create_project(PROJECT);
    let report = report().to_string();
    let upload = Upload::new("main", &"a".repeat(40)).file("sast", "gl-sast-report.json", report.as_bytes());
    client.ingest(PROJECT, upload);
    let path = "/api/v4/projects/bench%2Frequests/vulnerabilities?per_page=20";
    let answer = client.get(path).expect(200);
    assert_eq!(answer.json().as_array().map(Vec::len), Some(20), "rows of a page");
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nPRIVATE-TOKEN: {ROOT_TOKEN}\r\n\r\n").into_bytes();
    let bare = bare::Bare::start(answer.body);
    println!("a page of 20 vulnerabilities with an access token, {} bytes, {REQUESTS} requests each", bare.bytes());
    println!(
        "{:<14}{:>13}{:>10}{:>10}{:>13}{:>10}{:>10}{:>8}",
        "connections", "requests/s", "p50", "p99", "bare", "p50", "p99", "share"
    );
    let mut lines = Vec::new();
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
        lines.push(line(connections, &ours, &theirs));
    }
    bare.stop();
    lines.iter().for_each(|line| println!("{line}"));
}

fn middle(address: SocketAddr, request: &[u8], connections: usize) -> Figures {
    load::ask(address, request, connections, REQUESTS / 10);
    let mut rounds: Vec<Figures> = (0..ROUNDS).map(|_| load::ask(address, request, connections, REQUESTS)).collect();
    rounds.sort_by(|one, other| one.per_second.total_cmp(&other.per_second));
    rounds.swap_remove(ROUNDS / 2)
}

fn line(connections: usize, ours: &Figures, bare: &Figures) -> Value {
    json!({
        "run": "requests", "connections": connections, "per_second": ours.per_second, "p50_ms": ours.p50_ms,
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
