//! A kill between the declaration of a pipeline and its completion: what came stays, and waiting goes on.

use crate::world::PROJECT;
use casemate_tests::{Settings, TestServer, Upload, patience, program, sample};
use serde_json::{Value, json};

fn report(name: &str) -> Vec<u8> {
    sample::report("sast", name, vec![sample::sast(name, name, "a.rs", 1)]).to_string().into_bytes()
}

fn declare(server: &TestServer) -> Value {
    let client = server.client();
    client.create_project(PROJECT);
    let body = json!({"ref": "main", "sha": sample::sha(1), "key": "run", "expected_jobs": ["a", "b"]});
    client.post("/api/v4/projects/1/pipeline", &body).expect(201).json()
}

fn job(name: &str) -> Upload {
    Upload::new("main", &sample::sha(1)).field("key", "run").field("name", name).file("sast", "r.json", &report(name))
}

#[test]
fn a_declared_pipeline_waits_on_after_a_kill() {
    let mut server = TestServer::start();
    let made = declare(&server);
    server.client().upload(PROJECT, "", job("a")).expect(201);
    server.kill();
    server.start_again();
    let client = server.client();
    let waits = client.get(&format!("/api/v4/projects/1/pipelines/{}", made["id"])).expect(200).json();
    assert_eq!((&waits["complete"], &waits["expected_jobs"]), (&json!(false), &json!(["a", "b"])));
    let last = client.ingest(PROJECT, job("b"));
    assert_eq!((json!(last.pipeline.id), last.pipeline.complete), (made["id"].clone(), true));
    assert_eq!(client.get("/api/v4/projects/1/vulnerabilities").total(), 2);
    assert!(server.stop().success());
    program::assert_clean(&server.data_dir());
}

#[test]
fn a_deadline_that_passed_while_nobody_was_there_is_noticed_at_the_start() {
    let mut server = TestServer::with(Settings::default().env("CASEMATE_PIPELINE_TIMEOUT_S", "1"));
    let made = declare(&server);
    server.kill();
    server.start_again();
    let failed = patience::until("the end of the waiting", patience::LATER, || {
        let shown = server.client().get(&format!("/api/v4/projects/1/pipelines/{}", made["id"])).expect(200).json();
        Some(shown).filter(|pipeline| pipeline["complete"] == true)
    });
    assert_eq!((&failed["status"], &failed["missing_jobs"]), (&json!("failed"), &json!(["a", "b"])));
    assert!(server.stop().success());
    program::assert_clean(&server.data_dir());
}
