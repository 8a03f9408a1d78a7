//! 100 MB of what is no report, streamed. The server says what it is and stays small.

use crate::steady::{Steady, good};
use casemate_shared::ScanStatus;
use casemate_shared::api::report::UploadAnswer;
use casemate_tests::server::ROOT_TOKEN;
use casemate_tests::{Upload, raw, sample};

/// Bytes of a large report.
const SIZE: usize = 100 << 20;
/// Bytes of one piece.
const PIECE: usize = 1 << 20;
/// Most memory that the server may need, in KiB.
const MOST_KIB: u64 = 400 << 10;

/// Streams a report of [`SIZE`] bytes, made piece by piece between two texts, beside a good one.
fn send(steady: &Steady, before: &str, after: &str, mut piece: impl FnMut() -> Vec<u8>) -> (u16, String) {
    let upload = Upload::new("main", &sample::sha(9)).file("sast", "good.json", good().to_string().as_bytes());
    // The large part stands in place of a mark.
    let body = upload.file("sast", "large.json", b"MARK-OF-THE-LARGE-PART").into_body();
    let text = String::from_utf8(body).unwrap();
    let (head, tail) = text.split_once("MARK-OF-THE-LARGE-PART").unwrap();
    let (head, tail) = (format!("{head}{before}"), format!("{after}{tail}"));
    let middle = (0..SIZE / PIECE).map(|_| piece());
    let pieces = [head.clone().into_bytes()].into_iter().chain(middle).chain([tail.clone().into_bytes()]);
    let length = (head.len() + SIZE + tail.len()) as u64;
    let kind = Upload::content_type();
    let headers = [("PRIVATE-TOKEN", ROOT_TOKEN), ("Content-Type", kind.as_str())];
    let path = steady.project.path("security_reports?wait=60");
    let answer = raw::post_pieces(steady.project.server.address(), &path, &headers, length, pieces).expect("an answer");
    let status = raw::status(&answer).expect("a status");
    let text = String::from_utf8_lossy(&answer).into_owned();
    (status, text.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default())
}

/// Random bytes of a simple generator: they need not be good, only no text.
struct Noise(u64);

impl Noise {
    fn piece(&mut self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(PIECE);
        while bytes.len() < PIECE {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            bytes.extend_from_slice(&self.0.to_le_bytes());
        }
        bytes
    }
}

#[track_caller]
fn assert_report_error(steady: &Steady, what: &str, answer: &(u16, String), place: &str) {
    assert_eq!(answer.0, 201, "{what}: {}", answer.1);
    let made: UploadAnswer = serde_json::from_str(&answer.1).unwrap_or_else(|error| panic!("{what}: {error}"));
    let (fine, bad) = (&made.reports[0], &made.reports[1]);
    assert_eq!((fine.status, fine.findings), (ScanStatus::Succeeded, 1), "{what}");
    assert_eq!(bad.status, ScanStatus::ReportError, "{what}");
    let named = bad.errors.iter().any(|error| error.place.as_deref().is_some_and(|found| found.starts_with(place)));
    assert!(named, "{what}: {:?}", bad.errors);
    assert!(bad.errors.iter().all(|error| error.message.len() < 1_000), "{what}: a message repeats the report");
    let scans = steady.project.scans(made.pipeline.id);
    assert!(scans.iter().any(|scan| scan["status"] == "report_error" && scan["errors"][0]["message"].is_string()), "{what}");
    steady.assert_unchanged(what);
}

#[track_caller]
fn assert_small(steady: &Steady, what: &str) {
    let peak = steady.project.server.peak_kib();
    println!("{what}: peak {} MiB", peak >> 10);
    assert!(peak < MOST_KIB, "{what}: {peak} KiB");
}

#[test]
fn a_hundred_megabytes_of_noise() {
    let steady = Steady::start();
    let mut noise = Noise(0x9e37_79b9_7f4a_7c15);
    assert_report_error(&steady, "noise", &send(&steady, "", "", || noise.piece()), "byte ");
    assert_small(&steady, "noise");
}

#[test]
fn a_hundred_megabytes_of_one_character() {
    let steady = Steady::start();
    for (what, byte, place) in
        [("x", b'x', "line 1 column 1"), ("blanks", b' ', "line 1"), ("NUL", 0, "line 1"), ("braces", b'{', "line 1 column 2")]
    {
        assert_report_error(&steady, what, &send(&steady, "", "", || vec![byte; PIECE]), place);
        assert_small(&steady, what);
    }
    let (status, text) = send(&steady, "", "", || vec![b'['; PIECE]);
    assert!(status == 413 && text.contains("json_depth"), "{status} {text}");
    steady.assert_unchanged("brackets");
    assert_small(&steady, "brackets");
}

/// The beginning of a report that is right so far, up to a mark in it.
fn beginning(field: &str) -> (String, String) {
    let mut report = good();
    match field {
        "description" => report["vulnerabilities"][0]["description"] = "HERE".into(),
        "vulnerabilities" => report["vulnerabilities"] = "HERE".into(),
        _ => report["scan"]["odd"] = "HERE".into(),
    }
    let text = report.to_string();
    let (before, after) = text.split_once("HERE").unwrap();
    (before.to_owned(), after.to_owned())
}

#[test]
fn a_hundred_megabytes_in_one_text() {
    let steady = Steady::start();
    let (before, after) = beginning("description");
    let answer = send(&steady, &before, &after, || vec![b'a'; PIECE]);
    assert_report_error(&steady, "a long text", &answer, "/vulnerabilities/0");
    assert_small(&steady, "a long text");
}

#[test]
fn a_hundred_megabytes_that_end_in_the_middle_of_a_text() {
    let steady = Steady::start();
    let (before, _) = beginning("description");
    let answer = send(&steady, &before, "", || vec![b'a'; PIECE]);
    assert_report_error(&steady, "an open text", &answer, "line 1");
    assert_small(&steady, "an open text");
}

#[test]
fn fifty_million_findings_that_are_none() {
    let steady = Steady::start();
    let (before, after) = beginning("vulnerabilities");
    let (before, after) = (before.trim_end_matches('"'), after.trim_start_matches('"'));
    let answer = send(&steady, &format!("{before}[0"), &format!("]{after}"), || b",7".repeat(PIECE / 2));
    assert!([201, 413].contains(&answer.0), "{}", answer.1);
    if answer.0 == 201 {
        assert_report_error(&steady, "numbers", &answer, "/vulnerabilities");
    }
    steady.assert_unchanged("numbers");
    assert_small(&steady, "numbers");
}

#[test]
fn fifty_million_values_where_nobody_looks() {
    let steady = Steady::start();
    let (before, after) = beginning("scan");
    let (before, after) = (before.trim_end_matches('"'), after.trim_start_matches('"'));
    let answer = send(&steady, &format!("{before}[0"), &format!("]{after}"), || b",7".repeat(PIECE / 2));
    assert!([201, 413].contains(&answer.0), "{}", answer.1);
    steady.assert_unchanged("values");
    assert_small(&steady, "values");
}
