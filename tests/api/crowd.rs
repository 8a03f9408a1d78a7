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

/// Sends the same thing 25 times at once; the answers in no order.
fn at_once(
    project: &Project,
    send: impl Fn(&casemate_tests::Client, u64) -> (u16, UploadAnswer) + Sync,
) -> Vec<(u16, UploadAnswer)> {
    thread::scope(|scope| {
        let one = |number: u64| {
            let (client, send) = (project.client.clone(), &send);
            scope.spawn(move || send(&client, number))
        };
        let running: Vec<_> = (0..25).map(one).collect();
        running.into_iter().map(|client| client.join().expect("a client")).collect()
    })
}

fn copy(client: &casemate_tests::Client, to: &str, key: Option<&str>) -> (u16, UploadAnswer) {
    let mut upload = Upload::new("main", &sample::sha(1)).file("sast", "r.json", report(7).to_string().as_bytes());
    if let Some(key) = key {
        upload = upload.field("key", key);
    }
    let answer = client.upload(to, "?wait=60", upload);
    (answer.status, answer.read())
}

#[test]
fn twenty_five_copies_with_one_key_are_one_upload() {
    let mut project = Project::start();
    let answers = at_once(&project, |client, _| copy(client, "acme/demo", Some("run")));
    let made = answers.iter().filter(|(status, _)| *status == 201).count();
    assert_eq!((made, answers.iter().filter(|(status, _)| *status == 200).count()), (1, 24));
    assert!(answers.iter().all(|(_, answer)| answer.jobs[0].id == answers[0].1.jobs[0].id && answer.reports[0].findings == 2));
    assert_eq!((project.total("pipelines"), project.total("jobs"), project.total("vulnerabilities")), (1, 1, 2));
    assert!(project.server.stop().success());
    program::assert_clean(&project.server.data_dir());
}

#[test]
fn twenty_five_copies_without_a_key_are_new_once_and_known_ever_after() {
    let mut project = Project::start();
    let answers = at_once(&project, |client, _| copy(client, "acme/demo", None));
    let sum = |read: fn(&UploadAnswer) -> Option<u64>| {
        answers.iter().map(|(_, answer)| read(answer).expect("a final number")).sum::<u64>()
    };
    assert_eq!((sum(|answer| answer.summary.new), sum(|answer| answer.summary.known)), (2, 48));
    assert_eq!(sum(|answer| answer.summary.no_longer_detected), 0);
    assert_eq!((project.total("pipelines"), project.total("vulnerabilities?activity=still_detected")), (25, 2));
    assert!(project.server.stop().success());
    program::assert_clean(&project.server.data_dir());
}

#[test]
fn twenty_five_copies_to_five_projects_are_new_once_in_each() {
    let mut project = Project::start();
    let names = ["acme/demo", "acme/a", "acme/b", "acme/c", "acme/d"];
    for name in &names[1..] {
        project.client.create_project(name);
    }
    let answers = at_once(&project, |client, number| copy(client, names[number as usize % 5], None));
    for id in 1..=5u64 {
        let of_project: Vec<_> = answers.iter().filter(|(_, answer)| answer.pipeline.project_id == id).collect();
        let new: u64 = of_project.iter().map(|(_, answer)| answer.summary.new.expect("a final number")).sum();
        assert_eq!((of_project.len(), new), (5, 2), "project {id}");
        assert_eq!(project.client.get(&format!("/api/v4/projects/{id}/vulnerabilities")).total(), 2);
    }
    assert!(project.server.stop().success());
    program::assert_clean(&project.server.data_dir());
}

#[test]
fn two_pipelines_of_a_project_that_finish_together_are_ingested_in_order() {
    let mut project = Project::start();
    let declared: Vec<u64> = (1..=2)
        .map(|sha| {
            let body = serde_json::json!({"ref": "main", "sha": sample::sha(sha), "expected_jobs": ["a", "b"]});
            project.client.post(&project.path("pipeline"), &body).expect(201).json()["id"].as_u64().unwrap()
        })
        .collect();
    let send = |client: &casemate_tests::Client, pipeline: usize, job: &str, names: &[&str]| -> UploadAnswer {
        let findings = names.iter().map(|name| sample::sast(name, name, "a.rs", 1)).collect();
        let report = sample::report("sast", &format!("scanner-{job}"), findings).to_string();
        let upload = Upload::new("main", &sample::sha(pipeline as u64 + 1)).field("pipeline_id", &declared[pipeline].to_string());
        client.ingest("acme/demo", upload.field("name", job).field("complete", "false").file("sast", "r.json", report.as_bytes()))
    };
    send(&project.client, 0, "a", &["A", "B"]);
    send(&project.client, 1, "a", &["A"]);
    thread::scope(|scope| {
        for (pipeline, names) in [(0, ["C", "D"]), (1, ["C", "E"])] {
            let (client, send) = (project.client.clone(), &send);
            scope.spawn(move || send(&client, pipeline, "b", &names));
        }
    });
    project.settle();
    for id in &declared {
        let pipeline = project.get(&format!("pipelines/{id}")).expect(200).json();
        assert_eq!((&pipeline["status"], &pipeline["ingestion"]), (&Value::from("success"), &Value::from("done")), "{pipeline}");
    }
    // Whichever was first, the newer one has the last word on what is there; what only the older one told stays
    // open when it came after.
    for (name, is_open) in [("A", true), ("C", true), ("E", true)] {
        assert_eq!(project.vulnerability(name)["resolved_on_default_branch"], !is_open, "{name}");
    }
    let newest_first = project.all("vulnerabilities?activity=still_detected");
    let titles = crate::words::sorted(&newest_first, "title");
    assert!(titles == ["A", "C", "E"] || titles == ["A", "B", "C", "D", "E"], "{titles:?}");
    assert!(project.server.stop().success());
    program::assert_clean(&project.server.data_dir());
}

#[test]
fn jobs_that_begin_at_once_are_of_one_pipeline_and_it_ends_once() {
    let mut project = Project::start();
    let path = project.path(&format!("statuses/{}", sample::sha(1)));
    let tell = |client: &casemate_tests::Client, number: u64, state: &str| -> (u64, u64) {
        let body = serde_json::json!({"state": state, "name": format!("job {number}"), "ref": "main"});
        let made = client.post(&path, &body).expect(201).json();
        (made["id"].as_u64().unwrap(), made["pipeline_id"].as_u64().unwrap())
    };
    // One that is under way keeps the pipeline open while the others come and go.
    let (_, pipeline) = tell(&project.client, 99, "running");
    thread::scope(|scope| {
        for number in 0..12 {
            let (client, tell) = (project.client.clone(), &tell);
            scope.spawn(move || {
                let (job, of) = tell(&client, number, "running");
                assert_eq!(of, pipeline);
                let body = Upload::default().file("file", "r.json", report(number).to_string().as_bytes()).into_body();
                let to = format!("/api/v4/jobs/{job}/artifacts?artifact_type=sast");
                client.send(ureq::http::Method::POST, &to, &Upload::content_type(), &body).expect(201);
                assert_eq!(tell(&client, number, "success"), (job, pipeline));
            });
        }
    });
    assert_eq!(project.total("vulnerabilities"), 0);
    tell(&project.client, 99, "success");
    project.settle();
    assert_eq!((project.scans(pipeline).len(), project.total("vulnerabilities")), (12, 13));
    assert!(project.server.stop().success());
    program::assert_clean(&project.server.data_dir());
}
