//! `kill -9` while retention removes what is too old. What it keeps is there afterwards, and the next run ends
//! where an undisturbed one does.

use crate::chance::{Chance, rounds};
use crate::world::{Base, Facts, PROJECT, report, second_report, upload};
use casemate_shared::api::storage::Storage;
use casemate_tests::server::ROOT_TOKEN;
use casemate_tests::{Client, Settings, TestServer, patience, program, raw};

/// Points at which the server kills itself, and how often each is passed at most.
const POINTS: [(&str, u64); 3] = [("after-purge", 6), ("before-swept", 1), ("after-expire", 2)];

fn storage(client: &Client) -> Storage {
    client.get("/api/v4/admin/storage").expect(200).read()
}

/// When the newest run began.
fn newest_run(client: &Client) -> Option<String> {
    storage(client).retention.last_run.map(|run| run.started_at)
}

/// Waits for a run after that one.
fn await_run(client: &Client, before: &Option<String>) {
    patience::until("a run of retention", patience::LATER, || (newest_run(client) != *before).then_some(()));
}

fn in_100_days() -> Settings {
    Settings::default().env("CASEMATE_DAYS_AHEAD", "100")
}

/// What is left: what can be seen, rows of the tables that retention empties, bytes of reports.
fn left(client: &Client) -> (Facts, Vec<(String, u64)>, u64) {
    let storage = storage(client);
    let tables = ["finding_bodies", "finding_texts", "scan_chunks", "retention_sweeps", "scans_kept", "vulnerability_events"];
    let rows = tables.iter().map(|name| {
        let table = storage.database.tables.iter().find(|table| table.name == *name).expect("a table");
        (table.name.clone(), table.rows)
    });
    (Facts::of(client), rows.collect(), storage.artifacts_bytes)
}

/// Waits for a server to die at its point, and kills it when a run came to its end without passing it.
fn await_death(server: &mut TestServer, earlier: &str) -> bool {
    let request = raw::request("GET", "/api/v4/admin/storage", &[("PRIVATE-TOKEN", ROOT_TOKEN)], b"");
    let old = format!("\"last_run\":{{\"started_at\":\"{earlier}\"");
    let died = patience::until("the server to die or to be done", patience::LATER, || {
        if server.has_ended() {
            return Some(true);
        }
        let answer = raw::exchange(server.address(), &request).unwrap_or_default();
        let answer = String::from_utf8_lossy(&answer);
        (answer.contains("\"last_run\":{") && !answer.contains(&old)).then_some(false)
    });
    server.kill();
    died
}

#[test]
fn killed_while_it_removes() {
    let base = Base::make();
    let mut first = base.server(Settings::default());
    let client = first.client();
    client.ingest(PROJECT, upload("feature", 2, &report(4_000..6_500, "Only on the branch."), None));
    client.ingest(PROJECT, upload("main", 3, &second_report(), None));
    let before = Facts::of(&client);
    let base_run = patience::until("the run at the start", patience::LATER, || newest_run(&client).map(Some));
    assert!(first.stop().success(), "{}", first.log());

    let mut whole = TestServer::over(&first.data_dir(), in_100_days());
    patience::until("a run that removes", patience::LATER, || {
        storage(&whole.client()).retention.last_run.filter(|run| run.pipelines == 3)
    });
    let expected = left(&whole.client());
    assert_eq!(expected.0.vulnerabilities, before.vulnerabilities, "vulnerabilities stay");
    assert_eq!(expected.2, 0, "no report is kept");
    assert!(whole.stop().success(), "{}", whole.log());
    program::assert_clean(&whole.data_dir());

    let mut chance = Chance::from_environment("retention");
    let mut deaths = 0;
    let wanted = rounds(9);
    for round in 0..wanted {
        let (point, most) = POINTS[round as usize % POINTS.len()];
        let count = 1 + chance.below(most);
        println!("round {round}: {point} number {count}");
        let mut server = TestServer::over(&first.data_dir(), Settings::default());
        let client = server.client();
        await_run(&client, &base_run);
        let earlier = newest_run(&client);
        assert!(server.stop().success(), "{}", server.log());
        server.configure(in_100_days().env("CASEMATE_KILL_AT", &format!("{point}:{count}")));
        deaths += u64::from(!server.try_start() || await_death(&mut server, earlier.as_deref().unwrap_or_default()));
        program::assert_clean(&server.data_dir());
        server.configure(in_100_days());
        server.start_again();
        await_run(&server.client(), &earlier);
        let end = left(&server.client());
        assert_eq!((&end.1, end.2), (&expected.1, expected.2), "round {round}: rows and bytes");
        assert_eq!(end.0, expected.0, "round {round}: what can be seen");
        assert!(server.stop().success(), "{}", server.log());
        program::assert_clean(&server.data_dir());
    }
    assert!(deaths * 2 >= wanted, "only {deaths} deaths in {wanted} rounds");
}
