//! What is wrong with one report: 201, that report's status says so, everything else goes on.

use crate::steady::{Steady, good};
use casemate_shared::ScanStatus;
use casemate_shared::api::report::{Message, UploadAnswer};
use casemate_tests::fixture::{self, BadCase, bad_cases};
use casemate_tests::sample;
use serde_json::{Value, json};

#[track_caller]
fn assert_messages(case: &BadCase, messages: &[Message]) {
    assert!(!messages.is_empty(), "{}: nothing is said about {}", case.file, case.what);
    for message in messages {
        assert!(!message.kind.is_empty() && message.message.len() > 10, "{}: {message:?}", case.file);
    }
    let names =
        |message: &Message| message.message.contains(&case.names) || message.place.as_deref().unwrap_or("").contains(&case.names);
    assert!(messages.iter().any(names), "{}: {:?} is not named in {messages:?}", case.file, case.names);
}

#[track_caller]
fn assert_visible(steady: &Steady, made: &UploadAnswer, case: &BadCase) {
    let scans = steady.project.scans(made.pipeline.id);
    assert_eq!(scans.len(), 2, "{}", case.file);
    let scan = scans.iter().find(|scan| scan["id"] == made.reports[0].scan_id).unwrap();
    assert_eq!(scan["errors"], serde_json::to_value(&made.reports[0].errors).unwrap(), "{}", case.file);
    assert_eq!(scan["warnings"], serde_json::to_value(&made.reports[0].warnings).unwrap(), "{}", case.file);
    assert_eq!(scan["status"], made.reports[0].status.as_str());
    // The file can be fetched as it came.
    let answer = steady.project.client.get(scan["download_path"].as_str().unwrap()).expect(200);
    assert!(answer.body == fixture::bytes(&format!("bad/{}", case.file)), "{}", case.file);
}

/// Hands the case in beside a good report.
#[track_caller]
fn ingest(steady: &Steady, branch: &str, case: &BadCase) -> UploadAnswer {
    let upload = steady.project.upload(branch).fixture(&case.report_type, &format!("bad/{}", case.file));
    steady.project.ingest(upload.file("sast", "good.json", good().to_string().as_bytes()))
}

/// Breaks a valid report in one place.
type Break = fn(&mut Value);

#[test]
fn every_broken_report_is_refused_with_place_and_reason_and_nothing_else_changes() {
    let steady = Steady::start();
    for case in bad_cases().iter().filter(|case| case.outcome == "error") {
        let made = ingest(&steady, "main", case);
        let (bad, fine) = (&made.reports[0], &made.reports[1]);
        assert_eq!((bad.status, bad.findings), (ScanStatus::ReportError, 0), "{}: {}", case.file, case.what);
        assert_messages(case, &bad.errors);
        assert_eq!((fine.status, fine.findings), (ScanStatus::Succeeded, 1), "{}", case.file);
        assert_eq!(made.pipeline.scans_with_errors, 1, "{}", case.file);
        assert_visible(&steady, &made, case);
        steady.assert_unchanged(&case.file);
    }
}

#[test]
fn odd_reports_are_taken_with_a_warning_or_without() {
    let steady = Steady::start();
    for case in bad_cases().iter().filter(|case| case.outcome != "error") {
        // On a branch: what they report is no matter of the default branch.
        let made = ingest(&steady, "odd", case);
        let odd = &made.reports[0];
        assert_eq!((odd.status, odd.errors.as_slice()), (ScanStatus::Succeeded, &[][..]), "{}", case.file);
        if case.outcome == "warning" {
            assert_messages(case, &odd.warnings);
        } else {
            assert!(odd.warnings.is_empty(), "{}: {:?}", case.file, odd.warnings);
        }
        assert_visible(&steady, &made, case);
        steady.assert_unchanged(&case.file);
    }
}

#[test]
fn a_broken_report_alone_is_a_pipeline_with_an_error_and_strict_makes_it_422() {
    let steady = Steady::start();
    let project = &steady.project;
    for name in ["truncated.json", "empty.json", "wrong-type.json", "severity-word.json"] {
        let upload = || project.upload("main").fixture("sast", &format!("bad/{name}"));
        let made = project.ingest(upload());
        assert_eq!((made.reports[0].status, made.pipeline.scans_with_errors), (ScanStatus::ReportError, 1), "{name}");
        assert_eq!(made.pipeline.ingestion, casemate_shared::Ingestion::Done, "{name}");
        let strict: UploadAnswer = project.client.upload("acme/demo", "?strict=true&wait=60", upload()).expect(422).read();
        assert_eq!(strict.reports[0].errors, made.reports[0].errors);
        steady.assert_unchanged(name);
    }
}

#[test]
fn gzip_that_is_broken_or_cut_off_is_that_report_s_error() {
    let steady = Steady::start();
    let whole = casemate_tests::upload::gzip(sample::large(50, 0).to_string().as_bytes());
    let mut flipped = whole.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0xff;
    let mut wrong_sum = whole.clone();
    let near_end = wrong_sum.len() - 6;
    wrong_sum[near_end] ^= 0xff;
    let only_magic = [0x1f, 0x8b].to_vec();
    let trailing = [whole.as_slice(), b"more"].concat();
    for (what, bytes) in [
        ("cut", whole[..whole.len() / 2].to_vec()),
        ("flipped", flipped),
        ("sum", wrong_sum),
        ("magic", only_magic),
        ("more", trailing),
    ] {
        let upload = steady.project.upload("main").file("sast", "r.json.gz", &bytes);
        let made = steady.project.ingest(upload.file("sast", "good.json", good().to_string().as_bytes()));
        let bad = &made.reports[0];
        assert_eq!(bad.status, ScanStatus::ReportError, "{what}");
        assert!(bad.errors[0].message.contains("gzip"), "{what}: {:?}", bad.errors);
        assert_eq!(made.reports[1].findings, 1, "{what}");
        steady.assert_unchanged(what);
    }
    // Packed twice is no report either.
    let twice = casemate_tests::upload::gzip(&whole);
    let made = steady.project.ingest(steady.project.upload("main").file("sast", "r.gz", &twice));
    assert_eq!(made.reports[0].status, ScanStatus::ReportError);
    steady.assert_unchanged("twice");
}

#[test]
fn one_bad_finding_of_a_hundred_is_named_and_none_is_stored() {
    let steady = Steady::start();
    let breakages: [(&str, Break); 8] = [
        ("/vulnerabilities/50/severity", |finding| finding["severity"] = json!("Bogus")),
        ("/vulnerabilities/50/severity", |finding| finding["severity"] = json!(7)),
        ("/vulnerabilities/50", |finding| drop(finding.as_object_mut().unwrap().remove("location"))),
        ("/vulnerabilities/50/identifiers", |finding| finding["identifiers"] = json!([])),
        ("/vulnerabilities/50/identifiers/0", |finding| finding["identifiers"][0] = json!({"name": "n", "value": "v"})),
        ("/vulnerabilities/50/location/start_line", |finding| finding["location"]["start_line"] = json!("abc")),
        ("/vulnerabilities/50/name", |finding| finding["name"] = json!("x".repeat(10_000))),
        ("/vulnerabilities/50", |finding| *finding = json!(null)),
    ];
    for (place, breakage) in breakages {
        let mut report = sample::large(100, 0);
        breakage(&mut report["vulnerabilities"][50]);
        let made = steady.project.ingest_report("main", &report);
        let bad = &made.reports[0];
        assert_eq!((bad.status, bad.findings), (ScanStatus::ReportError, 0), "{place}");
        let named = |message: &Message| message.place.as_deref().is_some_and(|found| found.starts_with(place));
        assert!(bad.errors.iter().any(named), "{place}: {:?}", bad.errors);
        steady.assert_unchanged(place);
    }
}

#[test]
fn a_report_with_thousands_of_mistakes_lists_the_first_and_counts_the_rest() {
    let steady = Steady::start();
    let mut report = sample::large(5_000, 0);
    for finding in report["vulnerabilities"].as_array_mut().unwrap() {
        finding["severity"] = json!("Bogus");
    }
    let made = steady.project.ingest_report("main", &report);
    let errors = &made.reports[0].errors;
    assert!((20..=200).contains(&errors.len()), "{} errors", errors.len());
    assert!(errors.iter().any(|error| error.message.contains("5000")), "{:?}", errors.last());
    steady.assert_unchanged("thousands of mistakes");
}
