//! The demo project, pipeline by pipeline, against a second computation.

use crate::model::{Expected, Model};
use casemate_shared::{ScanMode, ScanStatus};
use casemate_tests::fixture::{self, DemoPipeline, demo_pipelines};
use casemate_tests::{Project, Upload};
use serde_json::Value;
use std::collections::BTreeMap;

fn upload(pipeline: &DemoPipeline) -> Upload {
    pipeline.reports.iter().fold(Upload::new(&pipeline.ref_name, &pipeline.sha), |upload, report| {
        upload.fixture(&report.report_type, &report.fixture)
    })
}

/// A server with the first `count` pipelines of the demo's default branch.
pub fn demo(count: usize) -> Project {
    let project = Project::start();
    for pipeline in demo_pipelines().iter().filter(|pipeline| pipeline.ref_name == "main").take(count) {
        project.ingest(upload(pipeline));
    }
    project
}

fn reports(pipeline: &DemoPipeline) -> Vec<Value> {
    pipeline.reports.iter().map(|report| fixture::json(&report.fixture)).collect()
}

/// Uuids of the list and whether they are no longer detected.
fn state(project: &Project) -> BTreeMap<String, bool> {
    let rows = project.vulnerabilities();
    let pair = |row: &Value| (row["uuid"].as_str().unwrap().to_owned(), row["resolved_on_default_branch"].as_bool().unwrap());
    let state: BTreeMap<_, _> = rows.iter().map(pair).collect();
    assert_eq!(state.len(), rows.len(), "a uuid stands twice in the list");
    state
}

#[test]
fn every_pipeline_of_the_demo_becomes_what_a_second_computation_says() {
    let project = Project::start();
    let mut model = Model::new(project.id);
    for pipeline in demo_pipelines() {
        let made = project.ingest(upload(&pipeline));
        let number = |number: Option<u64>| number.unwrap_or_else(|| panic!("an open number in {:?}", made.summary));
        if pipeline.ref_name == "main" {
            let expected = model.ingest(&reports(&pipeline));
            let got = Expected {
                accepted: made.summary.accepted,
                duplicate: made.summary.duplicate,
                new: number(made.summary.new),
                redetected: number(made.summary.redetected),
                no_longer_detected: number(made.summary.no_longer_detected),
            };
            assert_eq!(got, expected, "{}", pipeline.folder);
            assert_eq!(made.summary.known, Some(expected.accepted - expected.new), "{}", pipeline.folder);
        }
        // A branch changes nothing.
        assert_eq!(state(&project), model.state(), "{}", pipeline.folder);
        let findings = project.total(&format!("vulnerability_findings?pipeline_id={}", made.pipeline.id));
        assert_eq!(findings, made.summary.accepted, "{}", pipeline.folder);
    }
    assert!(model.state().values().any(|gone| *gone) && model.state().values().any(|gone| !gone));
}

#[test]
fn the_branch_of_the_demo_shows_its_broken_and_its_partial_report() {
    let project = demo(1);
    let all = demo_pipelines();
    let first = all.iter().find(|pipeline| pipeline.folder == "instant-payouts-1").unwrap();
    let made = project.ingest(upload(first));
    let scans = project.scans(made.pipeline.id);
    let of = |kind: &str| made.reports.iter().find(|report| report.report_type.as_str() == kind).unwrap();
    assert_eq!(of("dependency_scanning").status, ScanStatus::ReportError);
    assert!(of("dependency_scanning").errors.len() >= 4, "{:?}", of("dependency_scanning").errors);
    assert!(
        of("dependency_scanning")
            .errors
            .iter()
            .any(|error| error.place.as_deref().is_some_and(|place| place.starts_with("/vulnerabilities/")))
    );
    assert_eq!((of("sast").status, of("secret_detection").status), (ScanStatus::Succeeded, ScanStatus::Succeeded));
    let sast = scans.iter().find(|scan| scan["report_type"] == "sast").unwrap();
    assert_eq!(sast["mode"], serde_json::to_value(ScanMode::Partial).unwrap());
    assert_eq!(made.pipeline.scans_with_errors, 1);
}

#[test]
fn the_same_reports_again_change_nothing() {
    let project = demo(2);
    let before = project.vulnerabilities();
    let second = demo_pipelines().into_iter().filter(|pipeline| pipeline.ref_name == "main").nth(1).unwrap();
    let made = project.ingest(upload(&second));
    assert_eq!((made.summary.new, made.summary.redetected, made.summary.no_longer_detected), (Some(0), Some(0), Some(0)));
    assert_eq!(made.summary.known, Some(made.summary.accepted));
    let after = project.vulnerabilities();
    assert_eq!(after.len(), before.len());
    for (one, earlier) in after.iter().zip(&before) {
        // Nothing that is stored of them moved; only the newest pipeline that saw them did.
        for field in
            ["id", "uuid", "updated_at", "detected_at", "state", "severity", "initial_pipeline_id", "resolved_on_default_branch"]
        {
            assert_eq!(one[field], earlier[field], "{field}");
        }
        if one["resolved_on_default_branch"] == false && earlier["latest_pipeline_id"] == made.pipeline.id - 1 {
            assert_eq!(one["latest_pipeline_id"], made.pipeline.id);
        }
    }
}

#[test]
fn an_unknown_patch_and_an_entry_twice_are_told() {
    let project = demo(3);
    let newest = project.all("pipelines?ref=main")[0]["id"].as_u64().unwrap();
    let scans = project.scans(newest);
    let fuzzing = scans.iter().find(|scan| scan["report_type"] == "coverage_fuzzing").unwrap();
    assert_eq!((&fuzzing["status"], &fuzzing["schema_version"]), (&"succeeded".into(), &"15.0.3".into()));
    assert!(fuzzing["warnings"][0]["message"].as_str().unwrap().contains("15.0.3"), "{}", fuzzing["warnings"]);
    let duplicates: u64 = scans.iter().map(|scan| scan["summary"]["duplicate"].as_u64().unwrap()).sum();
    assert!(duplicates > 0, "the third pipeline has an entry twice");
}
