//! Stored reports come back byte for byte.

use casemate_tests::upload::gzip;
use casemate_tests::{Project, fixture, raw, server::ROOT_TOKEN};

#[test]
fn a_report_comes_back_byte_for_byte_by_every_name() {
    let project = Project::start();
    let bytes = fixture::bytes("demo/main-1/gl-sast-report.json");
    let packed = gzip(&fixture::bytes("demo/main-1/gl-dast-report.json"));
    let broken = fixture::bytes("bad/truncated.json");
    let upload = project
        .upload("main")
        .file("sast", "gl-sast-report.json", &bytes)
        .file("dast", "gl-dast-report.json.gz", &packed)
        .file("secret_detection", "broken.json", &broken);
    let made = project.ingest(upload);
    let scans = project.scans(made.pipeline.id);
    for (number, (file_type, name, format, kind, content)) in [
        ("sast", "gl-sast-report.json", "raw", "application/json", &bytes),
        ("dast", "gl-dast-report.json.gz", "gzip", "application/gzip", &packed),
        ("secret_detection", "broken.json", "raw", "application/json", &broken),
    ]
    .into_iter()
    .enumerate()
    {
        let job = &made.jobs[number];
        let artifact = &job.artifacts[0];
        assert_eq!(
            (artifact.file_type.as_str(), artifact.filename.as_str(), artifact.file_format.as_str()),
            (file_type, name, format)
        );
        assert_eq!(artifact.size, content.len() as u64);
        let scan = scans.iter().find(|scan| scan["job_id"] == job.id).unwrap();
        let by_name = project.path(&format!("jobs/{}/artifacts/{name}", job.id));
        let by_type = project.path(&format!("jobs/{}/artifacts/{file_type}", job.id));
        for path in [by_name.as_str(), by_type.as_str(), scan["download_path"].as_str().unwrap()] {
            let answer = project.client.get(path).expect(200);
            assert!(answer.body == *content, "{path}: {} bytes", answer.body.len());
            assert_eq!(answer.header("content-type"), kind, "{path}");
            assert_eq!(answer.header("content-disposition"), format!("attachment; filename=\"{name}\""));
            assert_eq!(answer.header("content-length"), content.len().to_string());
        }
    }
}

#[test]
fn a_file_s_name_can_neither_lead_elsewhere_nor_leave_its_header() {
    let project = Project::start();
    for (sent, shown) in [
        ("../../etc/passwd", "passwd"),
        ("C:\\\\reports\\\\r.json", "r.json"),
        ("a;b c.json", "a;b c.json"),
        ("..", "sast"),
        ("", "sast"),
    ] {
        let made = project.ingest(project.upload("main").file("sast", sent, b"{}"));
        assert_eq!(made.reports[0].filename, shown, "{sent}");
        let answer = project.get(&format!("jobs/{}/artifacts/sast", made.jobs[0].id)).expect(200);
        assert!(!answer.header("content-disposition").contains(".."), "{}", answer.header("content-disposition"));
    }
}

#[test]
fn paths_that_climb_find_nothing() {
    let project = Project::start();
    let made = project.ingest(project.upload("main").file("sast", "r.json", b"{}"));
    let job = made.jobs[0].id;
    for climbing in ["../../../casemate.redb", "..%2f..%2f..%2fcasemate.redb", "by_id/999", "by_id/x", "by_id/../r.json", "%00"] {
        let path = project.path(&format!("jobs/{job}/artifacts/{climbing}"));
        let request = raw::request("GET", &path, &[("PRIVATE-TOKEN", ROOT_TOKEN)], b"");
        let answer = raw::exchange(project.server.address(), &request).expect("an answer");
        assert_eq!(raw::status(&answer), Some(404), "{climbing}: {}", String::from_utf8_lossy(&answer));
    }
}
