//! Odd, broken and hostile reports, each of which gets a clear error or warning, and never more memory
//! than it is worth (ingestion design, sections 1.1, 1.2 and 12.16). Must not know: several pipelines.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::scenario_world::{Ingested, World, finding, identifier, report, set};
use crate::domain::raw;
use crate::store::bodies;
use casemate_shared::{Ingestion, ReportType, ScanStatus};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;
use std::io::Write;

const SAST: ReportType = ReportType::Sast;

fn bytes(world: &World, text: &[u8]) -> Ingested {
    let done = world.upload("main").with_bytes(SAST, text).ingest();
    let (declared, accepted, duplicate, rejected) = done.counts();
    assert_eq!(declared, accepted + duplicate + rejected);
    assert_eq!(done.pipeline.ingestion, Ingestion::Done);
    done
}

/// A report with the text `entries` between the brackets of its findings.
fn around(entries: &str) -> Vec<u8> {
    report(SAST, &[]).to_string().replace("\"vulnerabilities\":[]", &format!("\"vulnerabilities\":[{entries}]")).into_bytes()
}

/// Kind, place and status of the first error.
fn first_error(done: &Ingested) -> (&str, Option<&str>) {
    assert_eq!(done.scan().status, ScanStatus::ReportError);
    let error = &done.scan().errors[0];
    (&error.kind, error.place.as_deref())
}

fn packed(text: &[u8]) -> Vec<u8> {
    let mut writer = GzEncoder::new(Vec::new(), Compression::default());
    writer.write_all(text).unwrap();
    writer.finish().unwrap()
}

#[test]
fn what_is_no_report_is_named_with_its_place() {
    let world = World::new();
    assert_eq!(first_error(&bytes(&world, b"")), ("EmptyFile", None));
    assert_eq!(first_error(&bytes(&world, b"hello")), ("ParsingError", Some("line 1 column 1")));
    assert_eq!(first_error(&bytes(&world, b"[]")), ("ParsingError", Some("/")));
    assert_eq!(first_error(&bytes(&world, b"{\"a\":\n\"x")), ("ParsingError", Some("line 2 column 2")));
    assert_eq!(first_error(&bytes(&world, b"{\"a\": \"\xff\"}")), ("ParsingError", Some("byte 7")));
    assert_eq!(first_error(&bytes(&world, &around("{\"id\": 1e999}"))), ("ParsingError", Some("/vulnerabilities/0")));
    assert_eq!(first_error(&bytes(&world, &around("{\"id\": \"\\ud800\"}"))), ("ParsingError", Some("/vulnerabilities/0")));
    assert_eq!(first_error(&bytes(&world, &around("7"))), ("Schema", Some("/vulnerabilities/0")));
    let head = set(report(SAST, &[]), "/scan/end_time", json!("later")).to_string();
    assert_eq!(first_error(&bytes(&world, head.as_bytes())), ("Schema", Some("/scan/end_time")));
    assert_eq!(first_error(&bytes(&world, br#"{"vulnerabilities": {"a": 1}}"#)).0, "Schema");
    let wrong = world.upload("main").with(ReportType::Dast, &report(SAST, &[finding("A")])).ingest();
    assert_eq!(wrong.scan().status, ScanStatus::ReportError);
    world.assert_sound();
}

#[test]
fn a_byte_order_mark_and_gzip_are_taken() {
    let world = World::new();
    let text = report(SAST, &[finding("A"), finding("B")]).to_string();
    let marked = format!("\u{feff}{text}");
    let done = bytes(&world, marked.as_bytes());
    assert_eq!(done.counts(), (2, 2, 0, 0));
    // The stored text is the finding's own, whatever stands before it.
    let body = bodies::get_body(&world.read(), world.list(done.scan())[0].body_id).unwrap();
    assert!(raw::stored(&body.raw).get("identifiers").is_some());
    let zipped = bytes(&world, &packed(text.as_bytes()));
    assert_eq!((zipped.counts(), zipped.tally()), ((2, 2, 0, 0), (0, 0, 0)));
    world.assert_sound();
}

#[test]
fn broken_gzip_is_an_error_of_the_report() {
    let world = World::new();
    let whole = packed(report(SAST, &[finding("A")]).to_string().as_bytes());
    let cut = bytes(&world, &whole[..whole.len() / 2]);
    assert_eq!(first_error(&cut), ("ParsingError", None));
    assert!(cut.scan().errors[0].message.contains("cut off"), "{}", cut.scan().errors[0].message);
    assert_eq!(cut.counts(), (0, 0, 0, 0));
    assert_eq!(first_error(&bytes(&world, b"\x1f\x8bnot gzip at all")).0, "ParsingError");
    world.assert_sound();
}

#[test]
fn nul_escapes_and_equal_keys_are_warned_about() {
    let world = World::new();
    let nul = finding("A").to_string().replace("\"A\"", "\"A\\u0000B\"");
    let twice = finding("C").to_string().replacen('{', "{\"severity\": \"Low\", \"severity\": \"Critical\",", 1);
    let done = bytes(&world, &around(&format!("{nul},{twice}")));
    assert_eq!(done.counts(), (2, 2, 0, 0));
    let told: Vec<(&str, &str)> =
        done.scan().warnings.iter().map(|warning| (warning.kind.as_str(), warning.place.as_deref().unwrap())).collect();
    assert_eq!(told[0], ("Parsing", "/vulnerabilities/0"));
    assert!(told[1..].contains(&("Parsing", "/vulnerabilities/1/severity")), "{told:?}");
    assert_eq!(world.titles(), ["A\\u0000B", "C"]);
    // The last one, which stood in the finding already.
    assert_eq!(world.vulnerability("C").vulnerability.severity, casemate_shared::Severity::Medium);
    world.assert_sound();
}

#[test]
fn violations_are_told_up_to_a_hundred_and_counted_exactly() {
    let world = World::new();
    let bad = set(finding("A"), "/severity", json!("Bogus")).to_string();
    let good = finding("B").to_string();
    let entries: Vec<&str> = (0..20_000).map(|number| if number % 2 == 0 { bad.as_str() } else { good.as_str() }).collect();
    let done = bytes(&world, &around(&entries.join(",")));
    assert_eq!((done.scan().status, done.counts()), (ScanStatus::ReportError, (20_000, 0, 0, 20_000)));
    let errors = &done.scan().errors;
    assert_eq!(errors.len(), 102);
    assert_eq!(errors[99].place.as_deref(), Some("/vulnerabilities/198/severity"));
    assert!(errors[100].message.contains("more errors"));
    assert!(errors[101].message.starts_with("10000 of 20000 findings break the schema"), "{}", errors[101].message);
    world.assert_sound();
}

#[test]
fn warnings_are_told_up_to_a_hundred() {
    let world = World::new();
    let nul = |number: usize| finding(&format!("f{number}")).to_string().replacen('{', "{\"note\": \"\\u0000\",", 1);
    let entries: Vec<String> = (0..500).map(nul).collect();
    let done = bytes(&world, &around(&entries.join(",")));
    assert_eq!(done.counts(), (500, 500, 0, 0));
    assert_eq!(done.scan().warnings.len(), 101);
    assert_eq!(done.scan().warnings[100].message, "at least 400 more warnings");
}

#[test]
fn a_million_entries_that_are_none_cost_little() {
    let world = World::new();
    let done = bytes(&world, &around(&vec!["0"; 1_000_000].join(",")));
    assert_eq!(done.counts(), (1_000_000, 0, 0, 1_000_000));
    assert_eq!(done.scan().errors.len(), 102);
}

#[test]
fn a_hundred_thousand_links_of_one_finding_are_taken_at_once() {
    let world = World::new();
    let links: Vec<_> = (0..100_000).map(|number| json!({"url": format!("https://a.example/{}", number / 2)})).collect();
    let done = world.sast("main", &[set(finding("A"), "/links", json!(links))]);
    assert_eq!(done.tally(), (1, 0, 0));
    assert_eq!(world.vulnerability("A").finding.links.len(), 50_000);
}

#[test]
fn many_scanners_in_an_old_report_are_taken_at_once() {
    let world = World::new();
    let own = |number: usize| {
        let entry = set(finding(&format!("f{number}")), "/scanner", json!({"id": format!("tool-{number}"), "name": "Tool"}));
        set(set(entry, "/category", json!("sast")), "/cve", json!(number.to_string()))
    };
    let entries: Vec<_> = (0..3_000).map(own).collect();
    let done = world.upload("main").with(SAST, &json!({"version": "14.1.3", "vulnerabilities": entries})).ingest();
    assert_eq!((done.tally().0, done.scan().scanner_ids.len()), (3_000, 3_000));
    world.assert_sound();
}

#[test]
fn equal_signatures_everywhere_do_not_make_matching_quadratic() {
    let world = World::new();
    let signed = |number: usize, round: usize| {
        let tracking = super::scenario_world::tracking(&[("hash", "the same"), ("scope_offset", &format!("{number} {round}"))]);
        let entry = set(finding(&format!("f{number}")), "/identifiers", json!([identifier("cwe", &number.to_string())]));
        set(entry, "/tracking", tracking)
    };
    let round = |round: usize| -> Vec<_> { (0..2_500).map(|number| signed(number, round)).collect() };
    assert_eq!(world.sast("main", &round(1)).tally(), (2_500, 0, 0));
    // Only the oldest hundred of that signature are looked at; the others keep what was computed, and
    // are found by their place.
    let second = world.sast("main", &round(2));
    assert_eq!((second.counts(), second.tally()), ((2_500, 2_500, 0, 0), (0, 0, 0)));
    world.assert_sound();
}

#[test]
fn a_giant_finding_is_an_error_that_is_named() {
    let world = World::new();
    let giant = set(finding("A"), "/raw_source_code_extract", json!("x".repeat(17 << 20)));
    let done = world.sast("main", &[finding("B"), giant]);
    assert_eq!((first_error(&done), done.counts()), (("ParsingError", Some("/vulnerabilities/1")), (2, 0, 0, 2)));
    assert!(done.scan().errors[0].message.contains("16777216 bytes"));
    world.assert_sound();
}

#[test]
fn a_scanner_with_a_name_without_end_is_refused() {
    let world = World::new();
    let long = set(report(SAST, &[finding("A")]), "/scan/scanner/id", json!("s".repeat(1_001)));
    let done = world.upload("main").with(SAST, &long).ingest();
    assert_eq!(first_error(&done), ("ParsingError", Some("/scan/scanner")));
    world.assert_sound();
}

#[test]
fn one_broken_report_leaves_the_others_of_its_upload_alone() {
    let world = World::new();
    let done = world
        .upload("main")
        .with_bytes(SAST, b"{")
        .with(ReportType::Dast, &report(ReportType::Dast, &[]))
        .with(SAST, &report(SAST, &[finding("A")]))
        .ingest();
    let status: Vec<ScanStatus> = done.scans.iter().map(|scan| scan.status).collect();
    assert_eq!(status, [ScanStatus::ReportError, ScanStatus::Succeeded, ScanStatus::Succeeded]);
    assert_eq!((world.titles(), done.pipeline.scans_with_errors), (vec!["A".to_owned()], 1));
    world.assert_sound();
}
