//! `kill -9` while a project is removed. In between everything agrees, and the next start ends it.

use crate::chance::{Chance, rounds};
use crate::world::{Base, PROJECT, report, second_report, send, upload};
use casemate_shared::api::paths;
use casemate_shared::api::storage::Storage;
use casemate_tests::server::ROOT_TOKEN;
use casemate_tests::{Client, Settings, TestServer, patience, program, raw};

/// Points at which the server kills itself, and how often each is passed at most.
const POINTS: [(&str, u64); 4] = [("after-purge", 9), ("after-family", 1), ("before-swept", 1), ("after-removal", 1)];
/// Tables of which nothing may be left.
const EMPTY: [&str; 12] = [
    "projects",
    "pipelines",
    "jobs",
    "artifacts",
    "scans",
    "scan_chunks",
    "finding_bodies",
    "finding_texts",
    "vulnerabilities",
    "vulnerability_findings",
    "vulnerability_events",
    "identifiers",
];

fn is_gone(client: &Client) -> bool {
    let storage: Storage = client.get("/api/v4/admin/storage").expect(200).read();
    let is_empty = |name: &&str| storage.database.tables.iter().any(|table| table.name == *name && table.rows == 0);
    EMPTY.iter().all(is_empty) && storage.artifacts_bytes == 0
}

/// Waits for a server to die at its point, and kills it when it came to the end without passing it.
fn await_death(server: &mut TestServer) -> bool {
    let request = raw::request("GET", "/api/v4/admin/storage", &[("PRIVATE-TOKEN", ROOT_TOKEN)], b"");
    let died = patience::until("the server to die or to be done", patience::LATER, || {
        if server.has_ended() {
            return Some(true);
        }
        let answer = raw::exchange(server.address(), &request).unwrap_or_default();
        String::from_utf8_lossy(&answer).contains("\"name\":\"projects\",\"rows\":0").then_some(false)
    });
    server.kill();
    died
}

#[test]
fn killed_while_a_project_goes() {
    let base = Base::make();
    let mut first = base.server(Settings::default());
    let client = first.client();
    client.ingest(PROJECT, upload("feature", 2, &report(4_000..6_500, "Only on the branch."), None));
    client.ingest(PROJECT, upload("main", 3, &second_report(), None));
    assert!(first.stop().success(), "{}", first.log());
    let delete = raw::request("DELETE", &paths::project(&paths::encode_segment(PROJECT)), &[("PRIVATE-TOKEN", ROOT_TOKEN)], b"");

    let mut chance = Chance::from_environment("removal");
    let mut deaths = 0;
    let wanted = rounds(8);
    for round in 0..wanted {
        let (point, most) = POINTS[round as usize % POINTS.len()];
        let count = 1 + chance.below(most);
        println!("round {round}: {point} number {count}");
        let settings = Settings::default().env("CASEMATE_KILL_AT", &format!("{point}:{count}"));
        let mut server = TestServer::over(&first.data_dir(), settings);
        let status = send(server.address(), &delete);
        assert!(status.is_none_or(|status| status == 202), "{status:?}");
        deaths += u64::from(await_death(&mut server));
        program::assert_clean(&server.data_dir());
        server.configure(Settings::default());
        server.start_again();
        let client = server.client();
        assert_eq!(client.get("/api/v4/projects").total(), 0);
        patience::until("the project to be gone", patience::LATER, || is_gone(&client).then_some(()));
        let again = client.create_project("acme/again");
        assert!(again > 1, "its id is never given again");
        assert!(server.stop().success(), "{}", server.log());
        program::assert_clean(&server.data_dir());
    }
    assert!(deaths * 2 >= wanted, "only {deaths} deaths in {wanted} rounds");
}
