//! Tests of examine.rs: what is read of a report, before anything is stored.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::*;
use crate::ingest::scenario_world::{finding, identifier, image_finding, report, set};
use serde_json::Value;
use serde_json::json;
use std::sync::OnceLock;

const SAST: ReportType = ReportType::Sast;

fn schemas() -> &'static Schemas {
    static SCHEMAS: OnceLock<Schemas> = OnceLock::new();
    SCHEMAS.get_or_init(|| Schemas::new().unwrap())
}

fn examined_as(report_type: ReportType, text: &str, images: &[&str]) -> Examined {
    let has_image = |start: &str| images.iter().any(|image| image.starts_with(start));
    let context = Context { report_type, project_id: 42, has_image: &has_image, schemas: schemas() };
    let mut examined = examine(text.as_bytes(), &context);
    name_bodies(text.as_bytes(), report_type, &mut examined);
    examined
}

fn examined(report: &Value) -> Examined {
    examined_as(SAST, &report.to_string(), &[])
}

fn hashes(report: &Value) -> Vec<[u8; 16]> {
    examined(report).candidates.iter().map(|candidate| candidate.hash).collect()
}

#[test]
fn the_head_is_read_wherever_it_stands() {
    let entry = finding("A").to_string();
    let scan = report(SAST, &[])["scan"].to_string();
    let text = format!("\u{feff} {{\"vulnerabilities\": [ {entry} ], \"scan\": {scan}, \"version\": \"15.0.7\"}}");
    let examined = examined_as(SAST, &text, &[]);
    assert_eq!((examined.errors.as_slice(), examined.declared, examined.candidates.len()), (&[][..], 1, 1));
    assert_eq!(&text[examined.candidates[0].text.clone()], entry);
    assert_eq!((examined.schema_version.as_deref(), examined.report_status.as_deref()), (Some("15.0.7"), Some("success")));
    assert_eq!((examined.start_time.as_deref(), examined.mode()), (Some("2026-01-02T03:04:05"), ScanMode::Full));
    assert_eq!(examined.tools, [examined.scanner.clone().unwrap()]);
}

#[test]
fn an_analyzer_counts_only_when_it_is_whole() {
    assert!(examined(&report(SAST, &[])).analyzer.is_some());
    let half = set(report(SAST, &[]), "/scan/analyzer", json!({"id": "a", "name": "A", "vendor": {"name": "V"}}));
    assert!(examined(&half).analyzer.is_none());
}

#[test]
fn candidates_keep_the_order_of_a_long_report() {
    let many: Vec<Value> = (0..2 * BLOCK + 7).map(|number| finding(&format!("f{number}"))).collect();
    let text = report(SAST, &many).to_string();
    let examined = examined_as(SAST, &text, &[]);
    assert_eq!(examined.candidates.len(), many.len());
    for (number, candidate) in examined.candidates.iter().enumerate().step_by(997) {
        assert!(text[candidate.text.clone()].contains(&format!("\"f{number}\"")), "{number}");
    }
    assert!(examined.candidates.windows(2).all(|pair| pair[0].text.end < pair[1].text.start));
}

#[test]
fn one_violation_takes_the_whole_report() {
    let mut many: Vec<Value> = (0..BLOCK + 3).map(|number| finding(&format!("f{number}"))).collect();
    many[BLOCK + 1] = json!({"id": "x"});
    let examined = examined(&report(SAST, &many));
    assert!(examined.candidates.is_empty());
    assert_eq!((examined.declared, examined.rejected), (many.len() as u64, many.len() as u64));
    assert!(
        examined
            .errors
            .iter()
            .all(|error| error.place.as_deref().is_none_or(|place| place == format!("/vulnerabilities/{}", BLOCK + 1)))
    );
}

#[test]
fn remediations_are_joined_by_id_or_by_the_key_of_old_reports() {
    let fix = |member: &str, name: &str, diff: &str| json!({"fixes": [{member: name}], "summary": diff, "diff": diff});
    let entries = [set(finding("A"), "/id", json!("a")), set(finding("B"), "/id", json!("b"))];
    let listed =
        set(report(SAST, &entries), "/remediations", json!([fix("id", "a", "x"), fix("id", "b", "x"), fix("id", "a", "y")]));
    let found = examined(&listed);
    let diff = |candidate: &Candidate| -> Vec<&str> {
        candidate.remediations.iter().map(|place| found.remediations[*place as usize].diff.as_str()).collect()
    };
    assert_eq!(found.candidates.iter().map(diff).collect::<Vec<_>>(), [vec!["y"], vec!["x"]]);
    let old =
        set(set(set(finding("A"), "/cve", json!("k")), "/category", json!("sast")), "/scanner", json!({"id": "s", "name": "S"}));
    let by_key = json!({"fixes": [{"cve": "k"}], "summary": "s", "diff": "z"});
    let old = examined(&json!({"version": "14.1.3", "vulnerabilities": [old], "remediations": [by_key]}));
    assert_eq!((old.errors.as_slice(), old.remediations.len()), (&[][..], 1));
}

#[test]
fn inline_remediations_count_only_without_a_list() {
    let entry = set(finding("A"), "/remediations", json!([{"summary": "s", "diff": "inline"}, 7]));
    let alone = examined(&report(SAST, std::slice::from_ref(&entry)));
    assert_eq!((alone.remediations.len(), &*alone.candidates[0].remediations), (1, &[0][..]));
    let listed = examined(&set(report(SAST, &[entry]), "/remediations", json!([])));
    assert!(listed.remediations.is_empty() && listed.candidates[0].remediations.is_empty());
}

#[test]
fn a_body_is_named_by_all_that_makes_it_distinct() {
    let entry = set(finding("A"), "/id", json!("a"));
    let plain = report(SAST, std::slice::from_ref(&entry));
    let base = hashes(&plain);
    assert_eq!(hashes(&set(plain.clone(), "/scan/end_time", json!("2027-01-01T00:00:00"))), base, "the head is not part of it");
    let fix = json!([{"fixes": [{"id": "a"}], "summary": "s", "diff": "d"}]);
    let others = [
        set(plain.clone(), "/scan/scanner/id", json!("other")),
        set(plain.clone(), "/remediations", fix),
        report(SAST, &[set(entry, "/description", json!("x"))]),
    ];
    let mut all: Vec<_> = others.iter().flat_map(hashes).chain(base).collect();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 4);
}

#[test]
fn the_default_branch_image_counts_where_the_project_has_it() {
    let kind = ReportType::ContainerScanning;
    let entry = |image: &str| set(image_finding("A", "app/x:1", "zlib", "CVE-1"), "/location/default_branch_image", json!(image));
    let image = |text: &str, has: &[&str]| {
        examined_as(kind, &report(kind, &[entry(text)]).to_string(), has).candidates[0].image().to_owned()
    };
    assert_eq!(image("app:main", &["app:old"]), "app:main");
    assert_eq!(image("app:main", &["other:old"]), "");
    assert_eq!(image("  ", &["  "]), "");
    // Other types don't look at it.
    let other = ReportType::ClusterImageScanning;
    let cluster = examined_as(other, &report(other, &[entry("app:main")]).to_string(), &["app:old"]);
    assert!(cluster.candidates.iter().all(|candidate| candidate.image().is_empty()));
}

#[test]
fn every_type_reads_its_own_report_and_no_other() {
    let location = |kind| match kind {
        ReportType::Sast => json!({"file": "a"}),
        ReportType::SecretDetection => json!({"file": "a", "commit": {"sha": "0"}}),
        ReportType::DependencyScanning => json!({"file": "a", "dependency": {"package": {"name": "p"}, "version": "1"}}),
        ReportType::Dast | ReportType::ApiFuzzing => json!({"path": "/", "method": "GET", "hostname": "http://h"}),
        ReportType::CoverageFuzzing => json!({"crash_type": "t", "crash_state": "s", "crash_address": "0x1"}),
        ReportType::ContainerScanning => image_finding("A", "app:1", "p", "CVE-1")["location"].clone(),
        ReportType::ClusterImageScanning => set(
            image_finding("A", "app:1", "p", "CVE-1")["location"].clone(),
            "/kubernetes_resource",
            json!({"namespace": "n", "name": "m", "kind": "Pod", "container_name": "c", "agent_id": "7"}),
        ),
    };
    for kind in ReportType::ALL {
        let entry =
            json!({"id": "1", "name": "A", "severity": "Low", "identifiers": [identifier("t", "v")], "location": location(kind)});
        let text = report(kind, &[entry]).to_string();
        let own = examined_as(kind, &text, &[]);
        assert_eq!((own.errors.as_slice(), own.candidates.len()), (&[][..], 1), "{}", kind.as_str());
        // API fuzzing is read by the schema of DAST.
        let alike = [ReportType::Dast, ReportType::ApiFuzzing];
        let is_alike = |other: &ReportType| *other == kind || (alike.contains(other) && alike.contains(&kind));
        for other in ReportType::ALL.into_iter().filter(|other| !is_alike(other)) {
            let errors = examined_as(other, &text, &[]).errors;
            assert!(
                errors.iter().any(|error| error.place.as_deref() == Some("/scan/type")),
                "{} as {}",
                kind.as_str(),
                other.as_str()
            );
        }
    }
}

/// The verdict by the reader of the whole.
fn by_the_whole(bytes: &[u8]) -> Examined {
    let context = Context { report_type: SAST, project_id: 42, has_image: &|_| false, schemas: schemas() };
    match document::split(bytes) {
        Ok(document) => examine_document(bytes, document, &context).0,
        Err(message) => Examined { errors: vec![message], ..Examined::default() },
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(400))]

    #[test]
    fn a_broken_report_has_the_verdict_of_the_whole(
        changes in proptest::collection::vec((proptest::prelude::any::<proptest::sample::Index>(), 0..26_usize, 0..3_u8), 0..3),
        is_pretty in proptest::prelude::any::<bool>(),
    ) {
        let entries = [finding("A"), set(finding("B"), "/description", json!("a \"quoted\" {[text]} \\ \n")), json!({"id": 1})];
        let whole = set(report(SAST, &entries), "/notes", json!(["]", {"vulnerabilities": []}, -1.5e3, true]));
        let mut bytes = if is_pretty { serde_json::to_vec_pretty(&whole).unwrap() } else { whole.to_string().into_bytes() };
        for (at, byte, how) in changes {
            let (at, byte) = (at.index(bytes.len()), b"\"\"{}[],,::\\\\ \n1a-e.\0\xfftn09}"[byte]);
            match how {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => drop(bytes.remove(at)),
            }
        }
        let context = Context { report_type: SAST, project_id: 42, has_image: &|_| false, schemas: schemas() };
        proptest::prop_assert_eq!(format!("{:?}", examine(&bytes, &context)), format!("{:?}", by_the_whole(&bytes)));
    }
}
