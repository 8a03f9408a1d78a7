//! `kill -9` in the middle of uploads, many times.

use crate::chance::{Chance, rounds};
use crate::world::{Base, Facts, Numbers, PROJECT, ingest_second, second_report, second_request, send, settle, upload};
use casemate_tests::server::ROOT_TOKEN;
use casemate_tests::{Settings, TestServer, patience, program, raw};

/// Points at which the server kills itself, and how often each is passed at most.
const POINTS: [(&str, u64); 9] = [
    ("after-keep", 1),
    ("after-accept", 1),
    ("before-scan", 2),
    ("after-bodies", 2),
    ("before-list", 2),
    ("after-prepare", 1),
    ("after-group", 3),
    ("after-marks", 2),
    ("before-done", 1),
];

/// What the same upload comes to when nothing goes wrong.
struct Undisturbed {
    before: Facts,
    after_main: Facts,
    after_branch: Facts,
}

impl Undisturbed {
    fn make(base: &Base) -> Undisturbed {
        let [(before, after_main), (_, after_branch)] = ["main", "feature"].map(|branch| {
            let server = base.server(Settings::default());
            let client = server.client();
            let before = Facts::of(&client);
            assert_eq!(ingest_second(&client, branch).0, 201);
            let after = Facts::of(&client);
            (before, after)
        });
        for facts in [&before, &after_main, &after_branch] {
            facts.assert_agreement();
        }
        assert_eq!(before.vulnerabilities, after_branch.vulnerabilities, "a branch changes nothing");
        assert_ne!(before.vulnerabilities, after_main.vulnerabilities);
        Undisturbed { before, after_main, after_branch }
    }

    fn after(&self, branch: &str) -> &Facts {
        if branch == "main" { &self.after_main } else { &self.after_branch }
    }
}

/// Looks at what a killed server left, and hands the report in again.
#[track_caller]
fn judge(mut server: TestServer, undisturbed: &Undisturbed, branch: &str, was_acknowledged: bool) {
    program::assert_clean(&server.data_dir());
    server.start_again();
    let client = server.client();
    settle(&client);
    let facts = Facts::of(&client);
    facts.assert_agreement();
    let is_there = facts.numbers.pipelines() > undisturbed.before.numbers.pipelines();
    assert!(is_there || !was_acknowledged, "what was acknowledged is lost");
    let after = undisturbed.after(branch);
    assert_eq!(&facts, if is_there { after } else { &undisturbed.before });
    let (status, _) = ingest_second(&client, branch);
    assert_eq!(status, if is_there { 200 } else { 201 });
    assert_eq!(Numbers::of(&client), after.numbers, "after the same upload again");
    // As a pipeline of its own it changes nothing either.
    let summary = client.ingest(PROJECT, upload(branch, 3, &second_report(), None)).summary;
    assert_eq!((summary.redetected, summary.no_longer_detected), (Some(0), Some(0)));
    if branch == "main" {
        assert_eq!((summary.new, summary.known), (Some(0), Some(summary.accepted)));
    }
    assert_eq!(Numbers::of(&client).of_vulnerabilities(), after.numbers.of_vulnerabilities());
    assert!(server.stop().success(), "{}", server.log());
    program::assert_clean(&server.data_dir());
    let spool = std::fs::read_dir(server.data_dir().join("spool")).unwrap().count();
    assert_eq!(spool, 0, "files are left behind");
}

fn kill_at(point: &str, count: u64) -> Settings {
    Settings::default().env("CASEMATE_KILL_AT", &format!("{point}:{count}"))
}

/// Waits for a server to die at its point, and kills it when it came to its end without passing it.
fn await_death(server: &mut TestServer) -> bool {
    let headers = [("PRIVATE-TOKEN", ROOT_TOKEN)];
    let newest = raw::request("GET", "/api/v4/projects/1/pipelines?per_page=1", &headers, b"");
    let died = patience::until("the server to die or to be done", patience::LATER, || {
        if server.has_ended() {
            return Some(true);
        }
        let answer = raw::exchange(server.address(), &newest).unwrap_or_default();
        String::from_utf8_lossy(&answer).contains("\"ingestion\":\"done\"").then_some(false)
    });
    server.kill();
    died
}

#[test]
fn killed_at_named_points() {
    let base = Base::make();
    let undisturbed = Undisturbed::make(&base);
    let mut chance = Chance::from_environment("named points");
    let mut deaths = 0;
    let wanted = rounds(30);
    for round in 0..wanted {
        // Every point in turn, so that none is left out; the rest is chance.
        let (point, most) = POINTS[round as usize % POINTS.len()];
        let count = 1 + chance.below(most);
        let branch = *chance.pick(&["main", "main", "feature"]);
        println!("round {round}: {branch}, {point} number {count}");
        let mut server = base.server(kill_at(point, count));
        let status = send(server.address(), &second_request(branch));
        deaths += u64::from(await_death(&mut server));
        // Some die again while they make up for it.
        if chance.once_in(3) {
            let (again, most) = *chance.pick(&POINTS);
            server.configure(kill_at(again, 1 + chance.below(most)));
            println!("  and again at {again}");
            if server.try_start() {
                deaths += u64::from(await_death(&mut server));
            } else {
                deaths += 1;
            }
        }
        server.configure(Settings::default());
        judge(server, &undisturbed, branch, status == Some(201));
    }
    assert!(deaths * 2 >= wanted, "only {deaths} deaths in {wanted} rounds");
    println!("{deaths} deaths at named points");
}

#[test]
fn killed_after_some_bytes() {
    let base = Base::make();
    let undisturbed = Undisturbed::make(&base);
    let mut chance = Chance::from_environment("bytes sent");
    for round in 0..rounds(24) {
        let branch = *chance.pick(&["main", "feature"]);
        let request = second_request(branch);
        let length = request.len() as u64;
        // Anywhere; near the end, where it is decided; or all, and then a moment of work.
        let count = match round % 3 {
            0 => chance.below(length),
            1 => length - 1 - chance.below(300),
            _ => length,
        };
        let mut server = base.server(Settings::default());
        let stream = raw::send_first(server.address(), &request, count as usize).expect("the server takes bytes");
        let looks = if count == length { chance.below(40) } else { chance.below(2) };
        let client = server.client();
        for _ in 0..looks {
            // Each look takes the server some time, and another one's upload goes on meanwhile.
            client.get("/api/v4/projects/1/pipelines?per_page=1").expect(200);
        }
        println!("round {round}: {branch}, {count} of {length} bytes, {looks} looks");
        server.kill();
        drop(stream);
        judge(server, &undisturbed, branch, false);
    }
}

#[test]
fn killed_while_an_import_is_taken_back() {
    let base = Base::make();
    for point in ["after-undo-request", "after-undo-list", "after-undo-group", "before-undone"] {
        let mut server = base.server(kill_at(point, 1));
        let client = server.client();
        let before = Facts::of(&client).vulnerabilities;
        let (status, made) = ingest_second(&client, "main");
        assert_eq!(status, 201, "{point}");
        assert_ne!(Facts::of(&client).vulnerabilities, before);
        let path = format!("/api/v4/projects/1/pipelines/{}/undo", made.pipeline.id);
        let headers = [("PRIVATE-TOKEN", ROOT_TOKEN), ("Content-Type", "application/json")];
        // The answer is lost with the server.
        let _ = raw::exchange(server.address(), &raw::request("POST", &path, &headers, b""));
        patience::until("the server to die", patience::LATER, || server.has_ended().then_some(()));
        server.kill();
        program::assert_clean(&server.data_dir());
        server.configure(Settings::default());
        server.start_again();
        let client = server.client();
        let undo = patience::until("the undo to be done", patience::LATER, || {
            Some(client.get(&path).expect(200).json()).filter(|undo| undo["status"] == "done")
        });
        assert_eq!(undo["kept"], 0, "{point}");
        let facts = Facts::of(&client);
        facts.assert_agreement();
        assert_eq!(facts.vulnerabilities, before, "{point}");
        assert!(server.stop().success(), "{}", server.log());
        program::assert_clean(&server.data_dir());
    }
}
