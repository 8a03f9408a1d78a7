//! The pages of pipelines: the list, and the findings, errors and warnings of one.

use crate::world::{PROJECT, World};
use casemate_shared::api::paths;
use casemate_tests::{Settings, Upload, fixture, patience};
use serde_json::{Value, json};

#[test]
fn a_broken_report_shows_its_errors_with_their_places() {
    let world = World::demo();
    let broken = world.broken_pipeline();
    let upload = world.uploads.iter().find(|upload| upload.pipeline.id == broken.id);
    let reports = &upload.unwrap().reports;
    let report = reports.iter().find(|report| !report.errors.is_empty()).unwrap();

    let screen = world.screen();
    screen.open_signed_in(&format!("/{PROJECT}/-/pipelines/{}/security", broken.id));
    screen.hook("scan-errors");
    let shown: String = screen.hooks("scan-errors").iter().map(|part| part.text()).collect();
    for error in &report.errors {
        assert!(shown.contains(&error.message), "{:?} in {shown:?}", error.message);
    }
    assert_eq!(screen.hooks("scan-row").len(), reports.len());

    let ledger = screen.hook("rejected-ledger").attribute("href").expect("address of the ledger");
    let ledger: Value = world.server.client().get(&ledger).expect(200).json();
    let reasons: Vec<_> = ledger["entries"].as_array().unwrap().iter().map(|entry| &entry["reason"]).collect();
    for error in report.errors.iter().filter(|error| error.place.is_some()) {
        assert!(reasons.iter().any(|reason| **reason == *error.message), "{:?} in {reasons:?}", error.message);
    }
    screen.assert_quiet();
}

#[test]
fn the_numbers_of_an_import_are_the_api_s_and_say_what_was_proved() {
    let world = World::demo();
    let upload = &world.uploads[1];
    let screen = world.screen();
    screen.open_signed_in(&format!("/{PROJECT}/-/pipelines/{}/security", upload.pipeline.id));
    let told = &upload.summary;
    let numbers = [
        ("tally-new", told.new),
        ("tally-known", told.known),
        ("tally-no_longer_detected", told.no_longer_detected),
        ("tally-kept_open", told.kept_open),
    ];
    for (name, number) in numbers {
        let shown = screen.hook(name).attribute("data-count");
        assert_eq!(shown, number.map(|number| number.to_string()), "{name}");
    }
    let proofs: Vec<_> = screen.hooks("coverage-line").iter().map(|line| line.attribute("data-proof")).collect();
    assert!(proofs.iter().any(|proof| proof.as_deref() == Some("true")), "{proofs:?}");
    assert_eq!(proofs.len(), upload.reports.len(), "a line for each scanner");

    let branch = world.uploads.iter().find(|upload| !upload.pipeline.on_default_branch).unwrap();
    screen.open(&format!("/{PROJECT}/-/pipelines/{}/security", branch.pipeline.id));
    screen.hook("partial-scan");
    screen.wait_for_text("coverage", "did not run on the default branch");
    screen.assert_quiet();
}

#[test]
fn a_pipeline_that_waits_turns_into_its_numbers_by_itself() {
    let world = World::empty();
    let client = world.server.client();
    let project = paths::encode_segment(PROJECT);
    let sha = "c".repeat(40);
    let wish = json!({"ref": "main", "sha": sha, "key": "run-1", "expected_jobs": ["sast"]});
    let made: Value = client.post(&paths::below_project(&project, "pipeline"), &wish).expect(201).json();
    let screen = world.screen();
    screen.open_signed_in(&format!("/{PROJECT}/-/pipelines/{}/security", made["id"]));
    screen.wait_for_text("ingestion-progress", "Waiting for jobs");
    assert!(screen.hooks("tally-new").is_empty());

    let report = "demo/main-1/gl-sast-report.json";
    let declared = fixture::json(report)["vulnerabilities"].as_array().unwrap().len();
    let upload = Upload::new("main", &sha).field("key", "run-1").field("name", "sast").fixture("sast", report);
    client.ingest(PROJECT, upload);
    let shown = screen.hook("tally-new").attribute("data-count");
    assert_eq!(shown, Some(declared.to_string()));
    screen.assert_quiet();
}

#[test]
fn the_list_of_pipelines_leads_to_each() {
    let world = World::demo();
    let screen = world.screen();
    screen.open_signed_in(&format!("/{PROJECT}/-/pipelines"));
    for upload in &world.uploads {
        let pipeline = &upload.pipeline;
        let link = format!("a[href$=\"/-/pipelines/{}/security\"]", pipeline.id);
        screen.browser.find(&link);
    }
    let text = screen.browser.visible_text();
    for branch in ["main", "feature/instant-payouts"] {
        assert!(text.contains(branch), "{branch} in {text}");
    }
    let newest = world.uploads.last().unwrap().pipeline.id;
    let link = format!("a[href$=\"/-/pipelines/{newest}/security\"]");
    screen.browser.find(&link).click();
    screen.wait_for_address(&format!("/-/pipelines/{newest}/security"));
    screen.hook("scan-row");
    screen.assert_quiet();
}

#[test]
fn a_parent_lists_its_children_and_a_child_leads_back() {
    let world = World::empty();
    let client = world.server.client();
    let sha = "d".repeat(40);
    let report = "demo/main-1/gl-sast-report.json";
    let upload = |job: &str| Upload::new("main", &sha).field("name", job).fixture("sast", report);
    let root = client.ingest(PROJECT, upload("root").field("complete", "false")).pipeline.id;
    let child = upload("child").field("key", "run-2").field("parent_pipeline_id", &root.to_string());
    let child = client.ingest(PROJECT, child).pipeline.id;
    let screen = world.screen();
    screen.open_signed_in(&format!("/{PROJECT}/-/pipelines/{root}/security"));
    let row = screen.hook("child-pipeline");
    assert_eq!(row.attribute("data-id"), Some(child.to_string()));
    assert!(row.text().contains("run-2"), "{}", row.text());
    assert_eq!(screen.hooks("scan-row").len(), 2, "its own scan and that of the child");
    screen.browser.find(&format!("[data-testid=child-pipeline] a[href$=\"/-/pipelines/{child}/security\"]")).click();
    screen.wait_for_address(&format!("/-/pipelines/{child}/security"));
    screen.wait_for_text("ingestion-progress", "ingested with the parent pipeline");
    assert!(screen.hooks("child-pipelines").is_empty());
    let parent = screen.hook("parent-pipeline");
    assert_eq!(parent.text(), format!("pipeline #{root}"));
    let path = paths::below_project(&paths::encode_segment(PROJECT), &format!("pipelines/{root}/complete?wait=60"));
    client.post(&path, &json!({})).expect(201);
    screen.hook("tally-new");
    assert!(screen.hooks("undo-import").is_empty(), "a child is undone with its root");
    screen.hook("parent-pipeline").click();
    screen.wait_for_address(&format!("/-/pipelines/{root}/security"));
    screen.hook("undo-import");
    screen.assert_quiet();
}

#[test]
fn what_retention_removed_is_said_and_its_numbers_stay() {
    let mut world = World::first_pipeline();
    let id = world.uploads[0].pipeline.id;
    let told = world.uploads[0].summary.clone();
    assert!(world.server.stop().success());
    world.server.configure(Settings::default().env("CASEMATE_DAYS_AHEAD", "91"));
    world.server.start_again();
    let scans = paths::below_project(&paths::encode_segment(PROJECT), &format!("pipelines/{id}/scans"));
    patience::until("a run of retention", patience::LATER, || {
        let scans: Vec<Value> = world.server.client().get(&scans).expect(200).read();
        scans.iter().all(|scan| scan["status"] == "purged").then_some(())
    });
    let screen = world.screen();
    screen.open_signed_in(&format!("/{PROJECT}/-/pipelines/{id}/security"));
    screen.wait_for_text("expired", "Results have expired");
    let reports = world.uploads[0].reports.len();
    screen.wait_for_text("expired", &format!("the findings of {reports} report"));
    screen.wait_for_text("empty", "Results have expired");
    assert_eq!(screen.hook("tally-new").attribute("data-count"), told.new.map(|new| new.to_string()));
    assert_eq!(screen.hooks("scan-row").len(), reports);
    // What became of them stands on the vulnerability report, as before.
    screen.open(&crate::world::report_path());
    screen.wait_for_count(world.open_vulnerabilities().len() as u64);
    screen.assert_quiet();
}
