//! Limits: beyond each of them 413, which names it; and the values of the configuration file hold.

use crate::steady::{Steady, good};
use casemate_tests::upload::gzip;
use casemate_tests::{Settings, Upload, sample};
use serde_json::{Value, json};
use std::io::Write;

/// A server with limits of its own. The file is kept as long as the server needs it: while it starts.
fn limited(limits: &str) -> Steady {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(file, "[limits]\n{limits}").unwrap();
    let path = file.path().to_str().unwrap().to_owned();
    Steady::with(Settings::default().arg("--config").arg(&path))
}

/// Uploads beside a good report; the answer's status and text. Nothing may be left of a refused one.
fn send(steady: &Steady, upload: Upload) -> (u16, String) {
    let pipelines = steady.project.total("pipelines");
    let answer =
        steady.project.client.upload("acme/demo", "?wait=60", upload.file("sast", "good.json", good().to_string().as_bytes()));
    if answer.status == 413 {
        assert_eq!(steady.project.total("pipelines"), pipelines);
        assert_eq!(spooled(steady), 0, "files are left behind");
        steady.assert_unchanged("a limit");
    }
    (answer.status, answer.text())
}

/// Files of uploads that are being received.
pub fn spooled(steady: &Steady) -> usize {
    std::fs::read_dir(steady.project.server.data_dir().join("spool")).unwrap().count()
}

#[track_caller]
fn assert_refused(answer: (u16, String), limit: &str) {
    assert_eq!(answer.0, 413, "{}", answer.1);
    let body: Value = serde_json::from_str(&answer.1).unwrap();
    let text = body["message"].as_str().unwrap();
    assert!(text.contains(limit), "{limit} is not named in {text}");
}

fn main_upload() -> Upload {
    Upload::new("main", &sample::sha(77))
}

#[test]
fn a_file_over_its_limit_packed_or_unpacked() {
    let steady = limited("file_bytes = 20000");
    let large = sample::large(200, 0).to_string();
    assert_refused(send(&steady, main_upload().file("sast", "r.json", large.as_bytes())), "file_bytes of 20000");
    let packed = gzip(large.as_bytes());
    assert!(packed.len() < 20_000);
    assert_refused(send(&steady, main_upload().file("sast", "r.json.gz", &packed)), "file_bytes of 20000");
    let (status, text) = send(&steady, main_upload().file("sast", "r.json", sample::large(20, 0).to_string().as_bytes()));
    assert_eq!(status, 201, "{text}");
}

#[test]
fn a_request_over_its_limit_told_or_not() {
    let steady = limited("request_bytes = 50000");
    let one = sample::large(60, 0).to_string();
    let both = main_upload().file("sast", "a.json", one.as_bytes()).file("sast", "b.json", one.as_bytes()).file(
        "sast",
        "c.json",
        one.as_bytes(),
    );
    assert_refused(send(&steady, both.clone()), "request_bytes of 50000");
    // In chunks nobody says beforehand how much it will be.
    let body = both.into_body();
    let chunks = body.chunks(1000).map(|chunk| [format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat());
    let request = [
        format!(
            "POST {} HTTP/1.1\r\nHost: h\r\nPRIVATE-TOKEN: {}\r\nContent-Type: {}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n",
            steady.project.path("security_reports"),
            casemate_tests::server::ROOT_TOKEN,
            Upload::content_type()
        )
        .into_bytes(),
        chunks.collect::<Vec<_>>().concat(),
        b"0\r\n\r\n".to_vec(),
    ]
    .concat();
    let answer = casemate_tests::raw::exchange(steady.project.server.address(), &request).unwrap();
    let text = String::from_utf8_lossy(&answer).into_owned();
    assert!(text.starts_with("HTTP/1.1 413") && text.contains("request_bytes"), "{text}");
    steady.assert_unchanged("chunks");
}

#[test]
fn gzip_that_unpacks_to_too_much() {
    let steady = Steady::start();
    // 200 MiB of blanks in about 200 KiB: over 100 times its size, and over what is free.
    let bomb = {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let blanks = vec![b' '; 1 << 20];
        for _ in 0..200 {
            encoder.write_all(&blanks).unwrap();
        }
        encoder.finish().unwrap()
    };
    assert!(bomb.len() < 1 << 20);
    assert_refused(send(&steady, main_upload().file("sast", "r.json.gz", &bomb)), "ratio of 100");
    assert_refused(send(&steady, main_upload().file("file", "r.json.gz", &bomb)), "ratio of 100");
    // The same as the coding of the whole request.
    let body = gzip(&main_upload().file("sast", "r.json", &vec![b' '; 150 << 20]).into_body());
    let client = steady.project.client.with_header("Content-Encoding", "gzip");
    let answer = client.send(ureq::http::Method::POST, &steady.project.path("security_reports"), &Upload::content_type(), &body);
    assert_refused((answer.status, answer.text()), "ratio");
    steady.assert_unchanged("a bomb");
    let peak = steady.project.server.peak_kib();
    assert!(peak < 400 << 10, "{peak} KiB");
}

#[test]
fn json_that_is_nested_too_deep_is_found_before_it_is_read() {
    let steady = Steady::start();
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    let inside = |levels: usize| {
        let mut report = good();
        report["scan"]["odd"] = json!("HERE");
        report.to_string().replace("\"HERE\"", &nested(levels))
    };
    assert_refused(send(&steady, main_upload().file("sast", "r.json", inside(100_000).as_bytes())), "json_depth of 64");
    assert_refused(send(&steady, main_upload().file("sast", "r.json", nested(100_000).as_bytes())), "json_depth of 64");
    assert_refused(send(&steady, main_upload().gzip_file("sast", "r.json", nested(100_000).as_bytes())), "json_depth of 64");
    // Without an end it is as deep.
    assert_refused(send(&steady, main_upload().file("sast", "r.json", "[".repeat(5_000_000).as_bytes())), "json_depth of 64");
    let objects = "{\"a\":".repeat(100_000);
    assert_refused(send(&steady, main_upload().file("sast", "r.json", objects.as_bytes())), "json_depth of 64");
    // Two levels are the report's and its scan's.
    assert_refused(send(&steady, main_upload().file("sast", "r.json", inside(63).as_bytes())), "json_depth of 64");
    let branch = Upload::new("deep", &sample::sha(78));
    let (status, text) = send(&steady, branch.file("sast", "r.json", inside(62).as_bytes()));
    assert!(status == 201 && text.contains("\"succeeded\""), "{text}");
    // Brackets in a text are no levels.
    let mut brackets = good();
    brackets["vulnerabilities"][0]["description"] = json!("[".repeat(1000));
    let (status, text) =
        send(&steady, Upload::new("deep", &sample::sha(79)).file("sast", "r.json", brackets.to_string().as_bytes()));
    assert!(status == 201 && !text.contains("report_error"), "{text}");
}

#[test]
fn too_many_parts_and_too_long_fields() {
    let steady = Steady::start();
    let many = (0..201).fold(main_upload(), |upload, number| upload.field(&format!("f{number}"), "x"));
    assert_refused(send(&steady, many), "parts of 200");
    let files = (0..201).fold(main_upload(), |upload, number| upload.file("sast", &format!("{number}.json"), b"{}"));
    assert_refused(send(&steady, files), "parts of 200");
    assert_refused(send(&steady, main_upload().field("name", &"x".repeat(100_000))), "field_bytes");
}

#[test]
fn other_limits_of_the_file_hold_too() {
    let steady = limited("json_depth = 10\nratio = 5\nratio_free_bytes = 1000");
    let mut deep = good();
    deep["scan"]["odd"] = json!([[[[[[[[[1]]]]]]]]]);
    assert_refused(send(&steady, main_upload().file("sast", "r.json", deep.to_string().as_bytes())), "json_depth of 10");
    let packed = gzip(sample::large(200, 0).to_string().as_bytes());
    assert_refused(send(&steady, main_upload().file("sast", "r.json.gz", &packed)), "ratio of 5");
}
