//! One truthful answer: the numbers of an import, the rejected ledger, the dry run, the history of imports
//! and taking one back.

use crate::words::sorted;
use casemate_shared::api::import::{Import, UndoAnswer};
use casemate_shared::api::report::{DryRunAnswer, ReportSummary, UploadAnswer};
use casemate_shared::{KeptImported, KeptOpen, ScanStatus, UndoStatus};
use casemate_tests::{Answer, Project, Upload, sample};
use serde_json::{Value, json};
use ureq::http::Method;

fn report(names: &[&str]) -> Value {
    sample::report("sast", "semgrep", names.iter().map(|name| sample::sast(name, name, "a.rs", 1)).collect())
}

fn dry_run(project: &Project, upload: Upload) -> DryRunAnswer {
    project.client.upload("acme/demo", "?dry_run=true", upload).expect(200).read()
}

fn undo(project: &Project, pipeline: u64) -> Answer {
    project.client.send(Method::POST, &project.path(&format!("pipelines/{pipeline}/undo")), "application/json", b"")
}

fn bytes(report: &Value) -> Vec<u8> {
    report.to_string().into_bytes()
}

#[test]
fn the_numbers_are_those_of_the_store_and_can_be_asked_for_later() {
    let project = Project::start();
    project.ingest_report("main", &report(&["A", "B", "C"]));
    let mut partial = report(&["A"]);
    partial["version"] = json!("15.2.4");
    partial["scan"]["partial_scan"] = json!({"mode": "differential"});
    let made = project.ingest_report("main", &partial);
    let reasons: Vec<_> = made.summary.kept_open_reasons.iter().map(|kept| (kept.reason, kept.count)).collect();
    assert_eq!((made.summary.kept_open, reasons), (Some(2), vec![(KeptOpen::PartialScan, 2)]));
    let made = project.ingest_report("main", &report(&["A", "D"]));
    let sum = &made.summary;
    assert_eq!((sum.new, sum.known, sum.no_longer_detected, sum.kept_open), (Some(1), Some(1), Some(2), Some(0)));
    let gone = project.vulnerabilities().iter().filter(|one| one["resolved_on_default_branch"] == true).count();
    assert_eq!((project.total("vulnerabilities"), gone), (4, 2));
    let later: UploadAnswer = project.get(&format!("pipelines/{}/security_reports", made.pipeline.id)).expect(200).read();
    assert_eq!((later.summary, later.reports), (made.summary, made.reports));
}

#[test]
fn the_ledger_has_every_fault_and_as_many_entries_as_the_answer() {
    let project = Project::start();
    let mut findings: Vec<Value> = (0..150).map(|_| json!({"id": ""})).collect();
    findings.push(sample::sast("Good", "good", "a.rs", 1));
    let made = project.ingest_report("main", &sample::report("sast", "semgrep", findings));
    let refused = &made.reports[0];
    let summary = refused.summary.clone().unwrap();
    assert_eq!((refused.status, summary.declared, summary.rejected), (ScanStatus::ReportError, 151, 151));
    assert!(refused.errors.len() < 110, "the answer shows the first hundred");
    let answer = project.client.get(refused.rejected_path.as_deref().unwrap()).expect(200);
    assert!(answer.header("content-disposition").starts_with("attachment"), "{}", answer.header("content-disposition"));
    let ledger = answer.json();
    assert_eq!((&ledger["rejected"], &ledger["rejected_entries"]), (&json!(151), &json!(151)));
    let entries = ledger["entries"].as_array().unwrap();
    assert!(entries.len() > 151, "an entry may have several faults");
    assert_eq!(entries.iter().filter(|line| line["type"] == "Refused").count(), 1);
    assert!(entries.iter().all(|line| line["pointer"].as_str().is_some_and(|at| at.starts_with('/')) && line["reason"] != ""));
    assert_eq!(ledger["faults"].as_u64().unwrap() as usize, entries.len() - 1);
    let fine = project.ingest_report("main", &report(&["A"]));
    assert_eq!(fine.reports[0].rejected_path, None);
}

#[test]
fn a_dry_run_says_what_the_upload_then_becomes_and_makes_nothing() {
    let project = Project::start();
    project.ingest_report("main", &report(&["A", "B"]));
    let upload = || project.upload("main").file("sast", "one.json", &bytes(&report(&["B", "C"]))).file("sast", "two.json", b"{");
    let before = (project.total("pipelines"), project.total("vulnerabilities"));
    let foreseen = dry_run(&project, upload());
    assert!(foreseen.dry_run && foreseen.pipeline.is_none() && foreseen.jobs.is_empty() && foreseen.web_url.is_none());
    assert_eq!((project.total("pipelines"), project.total("vulnerabilities")), before);
    let made = project.ingest(upload());
    assert_eq!(foreseen.summary, made.summary);
    let told = |summary: &Option<ReportSummary>, status: ScanStatus| (summary.clone(), status);
    let dry: Vec<_> = foreseen.reports.iter().map(|one| told(&one.summary, one.status)).collect();
    let real: Vec<_> = made.reports.iter().map(|one| told(&one.summary, one.status)).collect();
    assert_eq!(dry, real);
    let strict = project.client.upload("acme/demo", "?dry_run=1&strict=1", upload()).expect(422);
    assert_eq!(strict.json()["pipeline"], Value::Null);
}

#[test]
fn an_import_is_taken_back_once_and_the_list_is_as_before() {
    let project = Project::start();
    project.ingest_report("main", &report(&["A", "B"]));
    let second = project.ingest_report("main", &report(&["B", "C"]));
    let id = second.pipeline.id;
    assert_eq!(sorted(&project.vulnerabilities(), "title"), ["A", "B", "C"]);
    let taken: UndoAnswer = undo(&project, id).expect(201).read();
    assert_eq!((taken.status, taken.undone.created, taken.undone.marked, taken.kept), (UndoStatus::Done, 1, 1, 0));
    assert_eq!(sorted(&project.vulnerabilities(), "title"), ["A", "B"]);
    assert_eq!(project.vulnerability("A")["resolved_on_default_branch"], false);
    let shown: UndoAnswer = project.get(&format!("pipelines/{id}/undo")).expect(200).read();
    assert_eq!(shown, taken);
    let twice = undo(&project, id).expect(409).json();
    assert!(twice["message"].as_str().unwrap().contains("taken back already"), "{twice}");
    let again = Upload::default().field("ref", "main").field("sha", &second.pipeline.sha).field("pipeline_id", &id.to_string());
    let again = again.file("sast", "r.json", &bytes(&report(&[])));
    project.client.upload("acme/demo", "", again).expect(409);
    let retry = project.client.post(&project.path(&format!("pipelines/{id}/retry")), &json!({})).expect(409).json();
    assert!(retry["message"].as_str().unwrap().contains("was taken back"), "{retry}");
    let job = second.jobs[0].id;
    let status = json!({"state": "success", "ref": "main", "pipeline_id": id});
    project.client.post(&project.path(&format!("statuses/{}", second.pipeline.sha)), &status).expect(409);
    let file = Upload::default().file("file", "r.json", &bytes(&report(&[])));
    let path = format!("/api/v4/jobs/{job}/artifacts?artifact_type=dast");
    project.client.send(Method::POST, &path, &Upload::content_type(), &file.into_body()).expect(409);
}

#[test]
fn what_a_later_import_reported_is_kept_and_the_reason_told() {
    let project = Project::start();
    let first = project.ingest_report("main", &report(&["A", "B"]));
    project.ingest_report("main", &report(&["B"]));
    let taken: UndoAnswer = undo(&project, first.pipeline.id).expect(201).read();
    assert_eq!((taken.undone.created, taken.kept), (1, 1));
    assert_eq!((taken.kept_reasons[0].reason, taken.kept_reasons[0].count), (KeptImported::ReportedLater, 1));
    assert_eq!(taken.kept_vulnerabilities[0].title, "B");
    assert_eq!(sorted(&project.vulnerabilities(), "title"), ["B"]);
    let branch = project.ingest_report("feature", &report(&["X"]));
    let nothing: UndoAnswer = undo(&project, branch.pipeline.id).expect(201).read();
    assert!(nothing.text.contains("Nothing had to be taken back"), "{}", nothing.text);
}

#[test]
fn the_history_tells_who_and_when_and_what_became_of_it() {
    let project = Project::start();
    let first = project.ingest_report("main", &report(&["A"]));
    let second = project.ingest_report("main", &report(&["A", "B"]));
    undo(&project, second.pipeline.id).expect(201);
    let imports: Vec<Import> = project.get("imports").expect(200).read();
    let ids: Vec<u64> = imports.iter().map(|one| one.pipeline.id).collect();
    assert_eq!(ids, [second.pipeline.id, first.pipeline.id]);
    assert_eq!(imports[0].summary, second.summary);
    assert_eq!(imports[0].user.as_ref().map(|user| user.username.as_str()), Some("root"));
    assert!(imports[0].undo.is_some() && imports[0].undo_refused.is_some() && imports[0].pipeline.undone_at.is_some());
    assert!(imports[1].undo.is_none() && imports[1].undo_refused.is_none());
    assert_eq!(imports[1].reports[0].filename, "report.json");
    assert_eq!(project.get("imports?per_page=1&page=2").expect(200).read::<Vec<Import>>()[0].pipeline.id, first.pipeline.id);
}
