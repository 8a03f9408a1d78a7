//! How one pipeline's reports are stored: repetitions (ingestion design, sections 2.5, 3.2, 3.3 and 11.1),
//! retries and failed jobs (3.4), versions (1.3), and what is kept of a finding (1.5 to 1.7, 4.3).
//! Must not know: what happens over several pipelines, but for what is never taken away.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::scenario_world::{World, finding, finding_at, identifier, image_finding, package_finding, report, report_by, set};
use crate::domain::identity::{hex, uuid_text};
use crate::domain::scan::Message;
use crate::domain::scan::Scan;
use crate::store::{bodies, findings, records, scans};
use casemate_shared::{Ingestion, ReportType, ScanStatus};
use serde_json::{Value, json};

const SAST: ReportType = ReportType::Sast;
const IMAGES: ReportType = ReportType::ContainerScanning;
const PACKAGES: ReportType = ReportType::DependencyScanning;

/// A SAST finding at one place with these identifiers: (type, value).
fn named(title: &str, identifiers: &[(&str, &str)]) -> Value {
    let all: Vec<Value> = identifiers.iter().map(|(kind, value)| identifier(kind, value)).collect();
    set(set(finding_at(title, "x.py", 1), "/identifiers", json!(all)), "/id", json!(title))
}

fn counts(scan: &Scan) -> (u64, u64, u64) {
    (scan.accepted, scan.duplicate, scan.rejected)
}

#[test]
fn inside_one_artifact_repetitions_vanish_and_are_counted() {
    let world = World::new();
    let rows = [
        (named("A", &[("r", "1"), ("cve", "C-1")]), named("B", &[("r", "2"), ("cve", "C-1")]), 1),
        (named("A", &[("cwe", "259")]), named("B", &[("CWE", "798")]), 0),
        (named("A", &[("cwe", "89")]), named("B", &[("cwe", "89")]), 1),
        (named("A", &[("r", "1"), ("cwe", "89")]), named("B", &[("r", "2"), ("cwe", "89")]), 0),
        (named("A", &[("r", "1")]), finding_at("B", "y.py", 1), 0),
    ];
    for (number, (first, second, duplicates)) in rows.into_iter().enumerate() {
        let done = world.sast("feature", &[first, second]);
        assert_eq!(done.counts(), (2, 2 - duplicates, duplicates, 0), "row {number}");
        assert!(done.scan().duplicate_chunks.is_empty());
        assert_eq!(world.list(done.scan()).len() as u64, 2 - duplicates);
    }
    world.assert_sound();
}

#[test]
fn container_findings_share_a_cve_whatever_their_first_identifier_is() {
    let world = World::new();
    let with = |title: &str, all: Value| set(image_finding(title, "app:1.0", "zlib", "x"), "/identifiers", all);
    let first = with("A", json!([identifier("cve", "CVE-1"), identifier("cve", "CVE-2"), identifier("cwe", "259")]));
    let second = with("B", json!([identifier("cve", "CVE-2"), identifier("cwe", "798")]));
    let done = world.upload("feature").with(IMAGES, &report(IMAGES, &[first, second])).ingest();
    assert_eq!(done.counts(), (2, 1, 1, 0));
}

#[test]
fn types_never_repeat_each_other() {
    let world = World::new();
    let in_package = package_finding("A", "x", "zlib", &[identifier("cve", "CVE-1")]);
    let in_image = image_finding("A", "x", "zlib", "CVE-1");
    let done =
        world.upload("main").with(PACKAGES, &report(PACKAGES, &[in_package])).with(IMAGES, &report(IMAGES, &[in_image])).ingest();
    assert_eq!((counts(&done.scans[0]), counts(&done.scans[1])), ((1, 0, 0), (1, 0, 0)));
    assert_eq!(world.titles(), ["A", "A"]);
    world.assert_sound();
}

#[test]
fn across_artifacts_the_order_of_scanners_decides_and_repetitions_are_stored_apart() {
    for (kind, better, worse) in [(PACKAGES, "retire.js", "gemnasium"), (SAST, "bandit", "semgrep"), (SAST, "alpha", "beta")] {
        let world = World::new();
        let entry = |title: &str| match kind {
            PACKAGES => package_finding(title, "package.json", "minimist", &[identifier("cve", "CVE-1")]),
            _ => named(title, &[("bandit_test_id", "B303")]),
        };
        let done = world
            .upload("main")
            .with(kind, &report_by(worse, kind, &[entry("by the worse")]))
            .with(kind, &report_by(better, kind, &[entry("by the better")]))
            .ingest();
        assert_eq!((counts(&done.scans[0]), counts(&done.scans[1])), ((0, 1, 0), (1, 0, 0)), "{better}");
        let repeated = scans::list(&world.read(), &done.scans[0].duplicate_chunks).unwrap();
        assert_eq!((repeated.len(), world.titles()), (1, vec!["by the better".to_owned()]));
        assert_eq!(done.pipeline.findings, Some(1));
        world.assert_sound();
    }
}

#[test]
fn a_retried_job_replaces_the_first_one() {
    let world = World::new();
    let first = world.upload("main").key("run").with(SAST, &report(SAST, &[finding("A"), finding("B")])).ingest();
    let retry = world.upload("main").key("run").with(SAST, &report(SAST, &[finding("B"), finding("C")])).ingest();
    assert_eq!(first.pipeline.id, retry.pipeline.id);
    let old = world.scan(first.scan().id);
    assert_eq!((old.latest, retry.scan().latest), (false, true));
    assert_eq!((retry.tally(), retry.pipeline.findings), ((1, 0, 1), Some(2)));
    assert_eq!(retry.scan().created_at, retry.pipeline.created_at);
    assert_eq!(world.titles(), ["(A)", "B", "C"]);
    world.assert_sound();
}

#[test]
fn several_files_of_a_type_are_jobs_of_their_own() {
    let world = World::new();
    let done =
        world.upload("main").with(SAST, &report(SAST, &[finding("A")])).with(SAST, &report(SAST, &[finding("B")])).ingest();
    assert!(done.scans.iter().all(|scan| scan.latest && scan.accepted == 1));
    assert_ne!(done.scans[0].job_id, done.scans[1].job_id);
    assert_eq!(world.titles(), ["A", "B"]);
}

#[test]
fn a_failed_jobs_report_is_kept_and_nothing_of_it_stored() {
    let world = World::new();
    world.sast("main", &[finding("A"), finding("B")]);
    let failed = world.upload("main").key("run").job_status("failed").with(SAST, &report(SAST, &[finding("C")])).ingest();
    assert_eq!((failed.scan().status, failed.counts()), (ScanStatus::JobFailed, (1, 0, 0, 1)));
    assert_eq!((failed.pipeline.status.as_str(), world.titles()), ("failed", vec!["A".to_owned(), "B".to_owned()]));
    // Its retry ends well with the very same bytes.
    let retry = world.upload("main").key("run").with(SAST, &report(SAST, &[finding("C")])).ingest();
    assert_eq!((retry.scan().status, retry.tally()), (ScanStatus::Succeeded, (1, 0, 2)));
    world.assert_sound();
}

#[test]
fn a_repeated_upload_changes_nothing() {
    let world = World::new();
    let again = || world.upload("main").key("run").with(SAST, &report(SAST, &[finding("A")])).accept();
    let first = again();
    world.work_off();
    let before = world.dump_all();
    let second = again();
    assert_eq!((first.is_repetition, second.is_repetition), (false, true));
    assert_eq!((second.pipeline_id, &second.scan_ids), (first.pipeline_id, &first.scan_ids));
    assert!(world.dump_all() == before);
}

#[test]
fn versions_are_ruled_as_the_design_says() {
    let world = World::new();
    let done = |version: Option<&str>| {
        let mut report = set(report(SAST, &[finding("A")]), "/version", json!(version));
        if version.is_none() {
            report.as_object_mut().unwrap().remove("version");
        }
        world.upload("feature").with(SAST, &report).ingest()
    };
    let patch = done(Some("15.0.3"));
    assert_eq!((patch.scan().status, patch.scan().warnings.len()), (ScanStatus::Succeeded, 1));
    assert!(patch.scan().warnings[0].message.contains("15.0.7"));
    for version in [Some("16.0.0"), None, Some("15"), Some("")] {
        let refused = done(version);
        assert_eq!((refused.scan().status, refused.counts()), (ScanStatus::ReportError, (1, 0, 0, 1)), "{version:?}");
        assert_eq!(refused.scan().errors[0].kind, "Schema");
    }
    let digits = format!("15.0.{}", "9".repeat(100_000));
    let long = done(Some(&digits));
    assert_eq!(long.scan().status, ScanStatus::Succeeded);
    assert_eq!(long.scan().schema_version.as_ref().unwrap().len(), 64);
    let body = bodies::get_body(&world.read(), world.list(long.scan())[0].body_id).unwrap();
    assert!(body.metadata_version.len() <= 64);
    world.assert_sound();
}

#[test]
fn scenario_15_twenty_identifiers_are_stored() {
    let world = World::new();
    let many: Vec<Value> = (0..23).map(|number| identifier("t", &format!("v{number}"))).collect();
    let done = world.sast("main", &[set(finding("A"), "/identifiers", json!(many))]);
    let warning = "3 identifiers behind the first 20 are kept with its text only";
    assert_eq!(done.scan().warnings, [Message::at("Parsing", "/vulnerabilities/0", warning)]);
    let pair = world.vulnerability("A");
    assert_eq!(pair.finding.identifier_ids.len(), 20);
    let last = records::find_identifier(&world.read(), pair.finding.identifier_ids[19]).unwrap().unwrap();
    assert_eq!(last.external_id, "v19");
    world.assert_sound();
}

#[test]
fn a_changed_name_of_an_identifier_is_taken_over() {
    let world = World::new();
    world.sast("main", &[finding("A")]);
    let renamed = json!([{"type": "rule_id", "name": "Rule A", "value": "A", "url": "https://rules.example/a"}]);
    world.sast("main", &[set(finding("A"), "/identifiers", renamed)]);
    let pair = world.vulnerability("A");
    let row = records::find_identifier(&world.read(), pair.finding.primary_identifier_id).unwrap().unwrap();
    assert_eq!(
        (row.name.as_str(), row.url.as_str(), pair.finding.identifier_ids.len()),
        ("Rule A", "https://rules.example/a", 1)
    );
    world.assert_sound();
}

#[test]
fn the_last_remediation_wins_and_one_that_is_gone_goes() {
    let world = World::new();
    let fix = |id: &str, diff: &str| json!({"fixes": [{"id": id}], "summary": format!("use {diff}"), "diff": diff});
    let a = set(finding("A"), "/id", json!("a"));
    let first = set(
        report(SAST, std::slice::from_ref(&a)),
        "/remediations",
        json!([fix("a", "old"), fix("a", "new"), fix("nobody", "unused")]),
    );
    world.upload("main").with(SAST, &first).ingest();
    let diffs = |world: &World| -> Vec<String> {
        let ids = world.vulnerability("A").finding.remediation_ids;
        ids.iter().map(|id| records::find_remediation(&world.read(), *id).unwrap().unwrap().diff).collect()
    };
    assert_eq!(diffs(&world), ["new"]);
    assert_eq!(world.dump(&[crate::store::catalog::REMEDIATIONS]).len(), 1, "what no finding refers to is not stored");
    world.upload("main").with(SAST, &report(SAST, &[a])).ingest();
    assert!(diffs(&world).is_empty());
    world.assert_sound();
}

#[test]
fn the_checksum_of_a_remediation_is_that_of_its_text() {
    let world = World::new();
    let fix = json!({"fixes": [{"id": "a"}], "summary": "s", "diff": "ZGlmZiAtLWdpdCBhL0dlbWZpbGUgYi9HZW1maWxl"});
    world
        .upload("main")
        .with(SAST, &set(report(SAST, &[set(finding("A"), "/id", json!("a"))]), "/remediations", json!([fix])))
        .ingest();
    let id = world.vulnerability("A").finding.remediation_ids[0];
    let row = records::find_remediation(&world.read(), id).unwrap().unwrap();
    assert_eq!(hex(&row.checksum), "9f31f4624da3aaed48a87e76061892711af64a44b924543acfeddf2bff80652f");
}

#[test]
fn links_flags_and_evidence_are_never_taken_away() {
    let world = World::new();
    let link = |url: &str| json!([{"name": "more", "url": url}]);
    let flag = |text: &str| json!([{"type": "flagged-as-likely-false-positive", "origin": "us", "description": text}]);
    let kind = ReportType::Dast;
    let base = json!({"id": "a", "name": "A", "severity": "Low", "identifiers": [identifier("cwe", "79")], "location": {"path": "/p", "method": "GET", "hostname": "http://h"}});
    let first = set(
        set(set(base.clone(), "/links", link("https://one.example")), "/flags", flag("first")),
        "/evidence",
        json!({"summary": "seen"}),
    );
    world.upload("main").with(kind, &report(kind, &[first])).ingest();
    let with_evidence = world.vulnerability("A").finding.body_id;
    let second = set(set(base, "/links", link("https://two.example")), "/flags", flag("second"));
    world.upload("main").with(kind, &report(kind, &[second])).ingest();
    let now = world.vulnerability("A").finding;
    let urls: Vec<&str> = now.links.iter().map(|(_, url)| url.as_str()).collect();
    assert_eq!(urls, ["https://one.example", "https://two.example"]);
    assert_eq!(now.flags, [("flagged-as-likely-false-positive".to_owned(), "us".to_owned(), "second".to_owned())]);
    assert_eq!((now.evidence_body_id, now.body_id == with_evidence), (Some(with_evidence), false));
    world.assert_sound();
}

#[test]
fn the_default_branch_image_counts_on_other_branches_of_a_project_that_has_it() {
    let base = "registry.example.com/group/app";
    let on_feature = |cve: &str| {
        let image = image_finding("C", &format!("{base}/feature:x"), "openssl", cve);
        set(image, "/location/default_branch_image", json!(format!("{base}:main")))
    };
    let uuid = |world: &World, branch: &str, entry: Value| {
        let done = world.upload(branch).with(IMAGES, &report(IMAGES, &[entry])).ingest();
        uuid_text(&world.list(done.scan())[0].uuid)
    };
    let cve = "CVE-2023-0286";
    // CS-9: the project has no such image.
    let world = World::new();
    assert_eq!(uuid(&world, "feature", on_feature(cve)), "f68b0a64-34c3-59c0-a7e7-121996fb1a26");
    // CS-1 on the default branch, then CS-8.
    let cs1 = "83926386-67d4-5247-9690-5c971fb53638";
    assert_eq!(uuid(&world, "main", image_finding("C", &format!("{base}:main"), "openssl", cve)), cs1);
    assert_eq!(uuid(&world, "feature", on_feature(cve)), cs1);
    // On the default branch itself it never counts.
    assert_eq!(uuid(&world, "main", on_feature(cve)), "f68b0a64-34c3-59c0-a7e7-121996fb1a26");
    world.assert_sound();
}

#[test]
fn images_of_a_project_are_found_by_their_beginning() {
    let world = World::new();
    let other = world.other_project(43);
    let has = |project: u64, start: &str| findings::has_image(&world.read(), project, start).unwrap();
    let import = |image: &str| {
        let report = report(IMAGES, &[image_finding("C", image, "zlib", "CVE-1")]);
        world.upload("main").with(IMAGES, &report).ingest()
    };
    let first = import("registry.example.com/group/app:1.2");
    for (start, is_known) in [
        ("registry.example.com/group/app", true),
        ("registry.example.com/group/ap", true),
        ("registry.example.com/group/app/feature", false),
        ("registry.example.com/group/app\0", false),
        ("other.example.com", false),
    ] {
        assert_eq!(has(world.project.id, start), is_known, "{start:?}");
    }
    assert!(!has(other.id, "registry.example.com"));
    // Another image takes its place, and both are known: the first one is only no longer detected.
    let second = import("localhost:5000/app");
    assert!(has(world.project.id, "localhost") && has(world.project.id, "registry.example.com"));
    for done in [second, first] {
        super::undo::request(&world.room, done.pipeline.id, 1, &crate::audit::By::default()).unwrap();
        world.work_off();
    }
    assert!(!has(world.project.id, "localhost") && !has(world.project.id, "registry.example.com"), "nothing is there any more");
    world.assert_sound();
}

#[test]
fn before_version_15_each_finding_names_its_scanner() {
    let world = World::new();
    let old = |title: &str, scanner: &str| {
        let entry = set(finding(title), "/scanner", json!({"id": scanner, "name": format!("The {scanner}")}));
        set(set(entry, "/category", json!("sast")), "/cve", json!(title))
    };
    let report = |entries: &[Value]| json!({"version": "14.1.0", "vulnerabilities": entries});
    let done = world.upload("main").with(SAST, &report(&[old("A", "semgrep"), old("B", "bandit"), old("C", "semgrep")])).ingest();
    assert_eq!((done.scan().status, done.counts()), (ScanStatus::Succeeded, (3, 3, 0, 0)), "{:?}", done.scan().errors);
    assert_eq!((done.scan().scanner_ids.len(), done.scan().scanner.as_ref().unwrap().external_id.as_str()), (2, "semgrep"));
    let scanner = |title: &str| {
        records::find_scanner(&world.read(), world.vulnerability(title).finding.scanner_id).unwrap().unwrap().external_id
    };
    assert_eq!((scanner("A"), scanner("B")), ("semgrep".to_owned(), "bandit".to_owned()));
    // A report of one of them says nothing about the other's.
    let done = world.upload("main").with(SAST, &report(&[old("C", "semgrep")])).ingest();
    assert_eq!((done.tally(), world.titles()), ((0, 0, 1), vec!["(A)".to_owned(), "B".to_owned(), "C".to_owned()]));
    // Without any scanner it can't be told apart.
    let nobody = set(set(finding("D"), "/category", json!("sast")), "/cve", json!("d"));
    let none = world.upload("feature").with(SAST, &report(&[set(nobody, "/scanner", json!({"id": "", "name": "x"}))])).ingest();
    assert_eq!(none.scan().accepted, 0);
    world.assert_sound();
}

#[test]
fn a_pipeline_that_waits_for_jobs_is_not_promoted_before_the_last() {
    let world = World::new();
    let first = world.upload("main").key("run").job("one").incomplete().with(SAST, &report(SAST, &[finding("A")])).ingest();
    assert_eq!((first.scan().status, first.scan().tally.is_final), (ScanStatus::Succeeded, false));
    assert_eq!((first.pipeline.ingestion, first.pipeline.status.as_str()), (Ingestion::Queued, "running"));
    assert!(world.titles().is_empty());
    assert!(crate::store::pipelines::queued(&world.read()).unwrap().is_empty());
    let last = world.upload("main").key("run").job("two").with(SAST, &report(SAST, &[finding("B")])).ingest();
    assert_eq!((last.pipeline.ingestion, world.titles()), (Ingestion::Done, vec!["A".to_owned(), "B".to_owned()]));
    assert!(world.scan(first.scan().id).tally.is_final);
    world.assert_sound();
}
