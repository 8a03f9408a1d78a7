//! Clients that go away in the middle.

use crate::limits::spooled;
use crate::steady::{Steady, good};
use casemate_tests::server::ROOT_TOKEN;
use casemate_tests::{Upload, patience, raw, sample};

fn request(steady: &Steady) -> Vec<u8> {
    let body = Upload::new("main", &sample::sha(5)).file("sast", "r.json", sample::large(500, 0).to_string().as_bytes());
    let body = body.file("sast", "good.json", good().to_string().as_bytes()).into_body();
    let headers = [("PRIVATE-TOKEN", ROOT_TOKEN), ("Content-Type", &Upload::content_type())];
    raw::request("POST", &steady.project.path("security_reports"), &headers, &body)
}

#[test]
fn a_connection_that_is_cut_leaves_nothing_behind() {
    let steady = Steady::start();
    let pipelines = steady.project.total("pipelines");
    let request = request(&steady);
    let length = request.len();
    for count in [1, 20, 150, 300, 600, 5_000, length / 2, length - 500, length - 20, length - 1] {
        drop(raw::send_first(steady.project.server.address(), &request, count).unwrap());
    }
    // The server learns of it when it reads on; then the files go.
    patience::until("the spool to be empty", patience::SOON, || (spooled(&steady) == 0).then_some(()));
    assert_eq!(steady.project.total("pipelines"), pipelines);
    steady.assert_unchanged("cut connections");
    let log = steady.project.server.log();
    assert!(!log.contains("panicked"), "{log}");
}

#[test]
fn a_client_that_sends_all_and_does_not_wait_is_served_nevertheless() {
    let steady = Steady::start();
    let pipelines = steady.project.total("pipelines");
    let request = request(&steady);
    let stream = raw::send_first(steady.project.server.address(), &request, request.len()).unwrap();
    patience::until("the pipeline", patience::SOON, || (steady.project.total("pipelines") > pipelines).then_some(()));
    drop(stream);
    steady.project.settle();
    assert_eq!(steady.project.total("vulnerabilities?search=pelican"), 500);
}

#[test]
fn clients_that_wait_in_the_middle_keep_nobody_else_out() {
    let steady = Steady::start();
    let request = request(&steady);
    let open: Vec<_> =
        (0..40).map(|number| raw::send_first(steady.project.server.address(), &request, 400 + number * 100).unwrap()).collect();
    let made = steady.project.ingest_report("main", &good());
    assert_eq!(made.reports[0].findings, 1);
    steady.assert_unchanged("open connections");
    drop(open);
    patience::until("the spool to be empty", patience::SOON, || (spooled(&steady) == 0).then_some(()));
}
