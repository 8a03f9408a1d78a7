//! Stopping as one should, and two processes over one data directory.

use crate::world::{Base, Facts, PROJECT, ingest_second, second_report, second_request, second_upload, send, settle, upload};
use casemate_tests::{Settings, TestServer, patience, program, raw};

#[test]
fn a_stop_during_an_ingestion_ends_cleanly_and_the_next_start_goes_on() {
    let base = Base::make();
    let undisturbed = {
        let server = base.server(Settings::default());
        ingest_second(&server.client(), "main");
        Facts::of(&server.client())
    };
    for looks in [0, 1, 4, 12, 30] {
        let mut server = base.server(Settings::default());
        assert_eq!(send(server.address(), &second_request("main")), Some(201));
        for _ in 0..looks {
            server.client().get("/api/v4/projects/1/pipelines?per_page=1").expect(200);
        }
        let status = server.stop();
        assert!(status.success(), "{status}: {}", server.log());
        program::assert_clean(&server.data_dir());
        server.start_again();
        settle(&server.client());
        assert_eq!(Facts::of(&server.client()), undisturbed, "after {looks} looks");
        assert!(!server.log().contains("panicked"), "{}", server.log());
    }
}

#[test]
fn a_request_under_way_is_answered_before_the_stop() {
    let base = Base::make();
    let mut server = base.server(Settings::default());
    let client = server.client();
    let before = client.get("/api/v4/projects/1/pipelines").total();
    let waiting = std::thread::spawn({
        let client = client.clone();
        move || client.upload(PROJECT, "?wait=60", second_upload("main"))
    });
    patience::until("the upload to be accepted", patience::SOON, || {
        (client.get("/api/v4/projects/1/pipelines").total() > before).then_some(())
    });
    assert!(server.stop().success(), "{}", server.log());
    let answer = waiting.join().expect("an answer");
    assert_eq!(answer.status, 201, "{}", answer.text());
    program::assert_clean(&server.data_dir());
}

#[test]
fn a_body_that_never_ends_does_not_keep_the_server_from_stopping() {
    let base = Base::make();
    let mut server = base.server(Settings::default());
    let request = second_request("main");
    let stream = raw::send_first(server.address(), &request, request.len() / 2).expect("the server takes bytes");
    assert!(server.stop().success(), "{}", server.log());
    drop(stream);
    program::assert_clean(&server.data_dir());
    server.start_again();
    assert_eq!(server.client().get("/api/v4/projects/1/pipelines").total(), 1);
    assert_eq!(std::fs::read_dir(server.data_dir().join("spool")).unwrap().count(), 0);
}

#[test]
fn an_interrupt_is_a_stop_too() {
    let mut server = TestServer::start();
    server.signal("INT");
    patience::until("the server to stop", patience::SOON, || server.has_ended().then_some(()));
    program::assert_clean(&server.data_dir());
}

#[test]
fn a_second_process_over_the_same_directory_is_told_so() {
    let base = Base::make();
    let server = base.server(Settings::default());
    let directory = server.data_dir();
    let directory = directory.to_str().unwrap();
    let address = casemate_tests::server::free_address().to_string();
    let second = program::run(["serve", "--listen", &address, "--data-dir", directory]);
    assert_eq!(second.status.code(), Some(1));
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(said.contains("another process") && said.contains(directory), "{said}");
    let check = program::check_db(&server.data_dir());
    assert_eq!(check.status.code(), Some(2), "{}", String::from_utf8_lossy(&check.stdout));
    assert!(String::from_utf8_lossy(&check.stderr).contains("another process"));
    // The first goes on as if nothing had happened.
    let made = server.client().ingest(PROJECT, upload("main", 9, &second_report(), None));
    assert_eq!(made.pipeline.ingestion, casemate_shared::Ingestion::Done);
}
