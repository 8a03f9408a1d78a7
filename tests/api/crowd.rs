//! Many clients at once.

use casemate_shared::Ingestion;
use casemate_shared::api::report::UploadAnswer;
use casemate_tests::{Project, Upload, program, sample};
use serde_json::Value;
use std::thread;

/// A report with one finding that all uploads have, and one of its own.
fn report(number: u64) -> Value {
    let findings =
        vec![sample::sast("shared", "shared", "a.rs", 1), sample::sast(&format!("own {number}"), "own", "b.rs", number + 1)];
    sample::report("sast", &format!("scanner{number}"), findings)
}

#[test]
fn uploads_into_several_projects_at_once_become_all_whole() {
    let mut project = Project::start();
    for other in ["acme/two", "acme/three"] {
        project.client.create_project(other);
    }
    let upload = |client: &casemate_tests::Client, number: u64| -> UploadAnswer {
        let name = ["acme/demo", "acme/two", "acme/three"][number as usize % 3];
        let upload = Upload::new("main", &sample::sha(number)).file("sast", "r.json", report(number).to_string().as_bytes());
        client.ingest(name, upload)
    };
    let answers: Vec<UploadAnswer> = thread::scope(|scope| {
        let clients: Vec<_> = (0..6)
            .map(|worker| {
                let client = project.client.clone();
                scope.spawn(move || (0..5).map(|turn| upload(&client, worker * 5 + turn)).collect::<Vec<_>>())
            })
            .collect();
        clients.into_iter().flat_map(|client| client.join().expect("a client")).collect()
    });
    assert_eq!(answers.len(), 30);
    for answer in &answers {
        assert_eq!((answer.pipeline.ingestion, answer.reports[0].findings), (Ingestion::Done, 2));
    }
    for id in 1..=3 {
        let path = |rest: &str| format!("/api/v4/projects/{id}/{rest}");
        assert_eq!(project.client.get(&path("pipelines")).total(), 10);
        let rows: Vec<Value> = project.client.get(&path("vulnerabilities?per_page=100")).read();
        // Scanners are different, so none closes what another found.
        assert_eq!(rows.len(), 11, "{:?}", crate::words::sorted(&rows, "title"));
        assert_eq!(project.client.get(&path("vulnerabilities?search=shared")).total(), 1);
        let mut numbers: Vec<u64> = project
            .client
            .get(&path("pipelines?per_page=100"))
            .read::<Vec<Value>>()
            .iter()
            .map(|row| row["iid"].as_u64().unwrap())
            .collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=10).collect::<Vec<_>>());
    }
    assert!(project.server.stop().success());
    program::assert_clean(&project.server.data_dir());
}

#[test]
fn one_key_at_once_is_one_pipeline() {
    let project = Project::start();
    let answers: Vec<UploadAnswer> = thread::scope(|scope| {
        let one = |number: u64| {
            let client = project.client.clone();
            scope.spawn(move || {
                let upload = Upload::new("main", &sample::sha(1)).field("key", "run").field("name", &format!("job {number}"));
                let report = report(number).to_string();
                client.ingest("acme/demo", upload.file("sast", "r.json", report.as_bytes()))
            })
        };
        let running: Vec<_> = (0..8).map(one).collect();
        running.into_iter().map(|client| client.join().expect("a client")).collect()
    });
    let ids: Vec<u64> = answers.iter().map(|answer| answer.pipeline.id).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    project.settle();
    assert_eq!((project.total("pipelines"), project.scans(ids[0]).len()), (1, 8));
    assert_eq!(project.total("vulnerabilities?activity=still_detected"), 9);
}

#[test]
fn lists_that_are_read_during_an_ingestion_are_always_whole() {
    let project = Project::start();
    project.ingest_report("main", &sample::large(300, 0));
    thread::scope(|scope| {
        let client = project.client.clone();
        let writer = scope.spawn(move || {
            for (turn, count) in [300, 600, 300, 900].into_iter().enumerate() {
                let report = sample::large(count, 0).to_string();
                client.ingest(
                    "acme/demo",
                    Upload::new("main", &sample::sha(turn as u64)).file("sast", "r.json", report.as_bytes()),
                );
            }
        });
        while !writer.is_finished() {
            let answer = project.get("vulnerabilities?per_page=100").expect(200);
            let rows = answer.json().as_array().unwrap().len() as u64;
            assert_eq!(rows, answer.total().min(100));
            let searched = project.total("vulnerabilities?search=pelican&per_page=1");
            assert!((300..=900).contains(&searched), "{searched}");
        }
        writer.join().expect("the writer");
    });
    assert_eq!((project.total("vulnerabilities"), project.total("vulnerabilities?search=pelican")), (900, 900));
}
