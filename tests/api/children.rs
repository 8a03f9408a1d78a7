//! Child pipelines: handed in with a parent, ingested with their root, shown with it; parents that don't fit.

use casemate_shared::api::import::Import;
use casemate_shared::api::pipeline::{Bridge, Pipeline};
use casemate_shared::api::report::UploadAnswer;
use casemate_shared::{Ingestion, ScanStatus};
use casemate_tests::{Answer, Project, Upload, program, sample};
use serde_json::{Value, json};
use ureq::http::Method;

fn report(scanner: &str, names: &[&str]) -> Vec<u8> {
    let findings = names.iter().map(|name| sample::sast(name, name, "a.rs", 1)).collect();
    sample::report("sast", scanner, findings).to_string().into_bytes()
}

/// An upload of one commit.
fn upload(job: &str, scanner: &str, names: &[&str]) -> Upload {
    Upload::new("main", &sample::sha(1)).field("name", job).file("sast", "r.json", &report(scanner, names))
}

fn child_of(parent: u64, upload: Upload) -> Upload {
    upload.field("parent_pipeline_id", &parent.to_string())
}

#[track_caller]
fn send(project: &Project, upload: Upload) -> UploadAnswer {
    project.client.upload("acme/demo", "?wait=60", upload).expect(201).read()
}

#[track_caller]
fn shown(project: &Project, pipeline: u64) -> Pipeline {
    project.get(&format!("pipelines/{pipeline}")).expect(200).read()
}

#[track_caller]
fn act(project: &Project, pipeline: u64, what: &str) -> Answer {
    project.client.post(&project.path(&format!("pipelines/{pipeline}/{what}?wait=60")), &json!({}))
}

/// Titles, those that are no longer detected in brackets.
#[track_caller]
fn titles(project: &Project) -> Vec<String> {
    let title = |one: &Value| {
        let title = one["title"].as_str().unwrap();
        if one["resolved_on_default_branch"] == true { format!("({title})") } else { title.to_owned() }
    };
    let mut titles: Vec<String> = project.vulnerabilities().iter().map(title).collect();
    titles.sort_by_key(|title| title.trim_matches(['(', ')']).to_owned());
    titles
}

fn declare(project: &Project, more: &Value) -> Answer {
    let mut body = json!({"ref": "main", "sha": sample::sha(1)});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    project.client.post(&project.path("pipeline"), &body)
}

#[test]
fn a_root_waits_for_its_children_and_all_are_ingested_as_one() {
    let mut project = Project::start();
    project.ingest(Upload::new("main", &sample::sha(9)).file("sast", "r.json", &report("a", &["A", "Old"])));
    let root = send(&project, upload("root", "a", &["A"]).field("complete", "false")).pipeline.id;
    let child = send(&project, child_of(root, upload("child", "b", &["B"])));
    assert_eq!(child.pipeline.parent_pipeline_id, Some(root));
    assert_eq!((child.pipeline.source.as_str(), child.pipeline.status.as_str()), ("parent_pipeline", "success"));
    assert_eq!((child.pipeline.ingestion, child.summary.accepted, child.summary.new), (Ingestion::Queued, 1, None));
    // The child of a child, and it is complete last.
    let deep = send(&project, child_of(child.pipeline.id, upload("deep", "c", &["C"])).field("complete", "false")).pipeline.id;
    act(&project, root, "complete").expect(201);
    assert_eq!((shown(&project, root).ingestion, titles(&project)), (Ingestion::Queued, vec!["A".into(), "Old".into()]));
    act(&project, deep, "complete").expect(201);
    assert_eq!(titles(&project), ["A", "B", "C", "(Old)"]);
    for (pipeline, findings) in [(root, 3), (child.pipeline.id, 2), (deep, 1)] {
        let now = shown(&project, pipeline);
        assert_eq!((now.ingestion, now.findings, now.on_default_branch), (Ingestion::Done, Some(findings), true));
        let listed = project.all(&format!("vulnerability_findings?pipeline_id={pipeline}")).len() as u64;
        assert_eq!((listed, project.scans(pipeline).len() as u64), (findings, findings), "with its descendants");
    }
    let later: UploadAnswer = project.get(&format!("pipelines/{deep}/security_reports")).expect(200).read();
    assert_eq!((later.summary.new, later.summary.no_longer_detected), (Some(1), Some(0)));
    assert!(
        project
            .vulnerabilities()
            .iter()
            .filter(|one| one["title"] == "C")
            .all(|one| one["finding"]["initial_pipeline_id"] != deep)
    );
    assert_eq!(project.all("vulnerability_findings").len(), 3, "of the newest pipeline of the default branch");
    project.server.stop();
    program::assert_clean(&project.server.data_dir());
}

#[test]
fn a_child_may_come_after_its_root_was_ingested() {
    let project = Project::start();
    let root = send(&project, upload("root", "a", &["A"]).field("key", "run-1"));
    assert_eq!((root.pipeline.ingestion, titles(&project)), (Ingestion::Done, vec!["A".to_owned()]));
    let child = send(&project, child_of(root.pipeline.id, upload("child", "a", &["B"])));
    assert_eq!(
        (child.pipeline.ingestion, child.summary.new, child.summary.no_longer_detected),
        (Ingestion::Done, Some(1), Some(0))
    );
    assert_eq!(titles(&project), ["A", "B"]);
    // The same again is a repetition only with a key. A key names a parent too.
    let keyed = || upload("child", "b", &["C"]).field("key", "k").field("parent_key", "run-1");
    let first = send(&project, keyed());
    let again: UploadAnswer = project.client.upload("acme/demo", "?wait=60", keyed()).expect(200).read();
    assert_eq!((first.pipeline.id, first.pipeline.parent_pipeline_id), (again.pipeline.id, Some(root.pipeline.id)));
    assert_eq!(titles(&project), ["A", "B", "C"]);
}

#[test]
fn a_failing_child_closes_nothing_and_its_retry_does() {
    let project = Project::start();
    project.ingest(Upload::new("main", &sample::sha(9)).file("sast", "r.json", &report("a", &["A", "B"])));
    let root = send(&project, upload("root", "a", &["A"]).field("complete", "false")).pipeline.id;
    let child = || child_of(root, upload("child", "a", &["C"]).field("key", "child"));
    let failed = send(&project, child().field("status", "failed"));
    assert_eq!((failed.reports[0].status, failed.pipeline.status.as_str()), (ScanStatus::JobFailed, "failed"));
    act(&project, root, "complete").expect(201);
    assert_eq!((shown(&project, root).ingestion, titles(&project)), (Ingestion::Done, vec!["A".into(), "B".into()]));
    let retried = send(&project, child());
    assert_eq!((retried.pipeline.id, retried.pipeline.ingestion), (failed.pipeline.id, Ingestion::Done));
    assert_eq!(titles(&project), ["A", "(B)", "C"]);
    let latest: Vec<bool> = project.scans(retried.pipeline.id).iter().map(|scan| scan["latest"] == true).collect();
    assert_eq!(latest, [false, true]);
    // A report that can't be read is told on the child and on its root.
    let broken = project.client.upload(
        "acme/demo",
        "?wait=60",
        child_of(root, Upload::new("main", &sample::sha(1)).file("sast", "b.json", b"{")),
    );
    let broken: UploadAnswer = broken.expect(201).read();
    assert_eq!(broken.reports[0].status, ScanStatus::ReportError);
    assert_eq!([root, broken.pipeline.id].map(|id| shown(&project, id).scans_with_errors), [1, 1]);
    assert_eq!(titles(&project), ["A", "(B)", "C"]);
}

#[test]
fn parents_that_do_not_fit_are_refused_and_nothing_is_made() {
    let project = Project::start();
    let root = send(&project, upload("root", "a", &["A"])).pipeline.id;
    let other = project.client.create_project("acme/other");
    let foreign: UploadAnswer = project.client.upload("acme/other", "?wait=60", upload("x", "a", &["X"])).expect(201).read();
    let own_child = send(&project, child_of(root, upload("own", "a", &["A"]).field("key", "own"))).pipeline.id;
    let before = (project.total("pipelines"), project.total("pipelines?source=parent_pipeline"), titles(&project));
    let refused = |upload: Upload, status: u16, told: &str| {
        let answer = project.client.upload("acme/demo", "?wait=60", upload).expect(status).text();
        assert!(answer.contains(told), "{told:?} in {answer}");
    };
    let plain = || upload("job", "a", &["A"]);
    refused(child_of(foreign.pipeline.id, plain()), 400, "is not one of this project");
    refused(child_of(987_654, plain()), 400, "pipeline 987654 is not one of this project");
    for odd in ["0", "-1", "x", "1.5", "18446744073709551616"] {
        refused(plain().field("parent_pipeline_id", odd), 400, "parent_pipeline_id");
    }
    let elsewhere = |branch: &str, sha: u64| Upload::new(branch, &sample::sha(sha)).file("sast", "r.json", &report("a", &["A"]));
    refused(child_of(root, elsewhere("main", 2)), 400, &format!("is of main at {}", sample::sha(1)));
    refused(child_of(root, elsewhere("feature", 1)), 400, "a child is of the same");
    refused(child_of(root, elsewhere("refs/tags/main", 1)), 400, "a child is of the same");
    refused(plain().field("parent_key", "no-such"), 400, "no pipeline of this project has the key no-such");
    refused(plain().field("parent_key", &"k".repeat(256)), 400, "parent_key");
    refused(child_of(root, plain()).field("parent_key", "own"), 400, "send one");
    refused(plain().field("parent_key", "own").field("key", "own"), 400, "was not made as a child of that one");
    // A parent is given once: no cycle can be made.
    refused(child_of(own_child, plain()).field("pipeline_id", &root.to_string()), 400, "was not made as a child of that one");
    refused(child_of(root, plain()).field("pipeline_id", &root.to_string()), 400, "was not made as a child of that one");
    refused(child_of(own_child, plain()).field("key", "own"), 400, "was not made as a child of that one");
    let declared = declare(&project, &json!({"key": "own", "parent_pipeline_id": own_child})).expect(400).text();
    assert!(declared.contains("was not made as a child"), "{declared}");
    declare(&project, &json!({"parent_pipeline_id": foreign.pipeline.id})).expect(400);
    let status = json!({"state": "running", "name": "s", "ref": "main", "parent_pipeline_id": foreign.pipeline.id});
    let path = project.path(&format!("statuses/{}", sample::sha(1)));
    let status = project.client.post(&path, &status).expect(400).text();
    assert!(status.contains("is not one of this project"), "{status}");
    assert_eq!((project.total("pipelines"), project.total("pipelines?source=parent_pipeline"), titles(&project)), before);
    let foreign_now = project.client.get(&format!("/api/v4/projects/{other}/pipelines/{}/bridges", foreign.pipeline.id));
    assert_eq!(foreign_now.expect(200).json(), json!([]));
    // Eight generations, not nine.
    let mut parent = root;
    for _ in 0..8 {
        parent = send(&project, child_of(parent, plain())).pipeline.id;
    }
    refused(child_of(parent, plain()), 400, "has 8 generations above it");
}

#[test]
fn statuses_and_declared_pipelines_have_parents_too() {
    let project = Project::start();
    let root = declare(&project, &json!({"expected_jobs": ["sast"]})).expect(201).json()["id"].as_u64().unwrap();
    let child =
        declare(&project, &json!({"parent_pipeline_id": root, "name": "deploy", "expected_jobs": ["scan"]})).expect(201).json();
    assert_eq!((&child["parent_pipeline_id"], &child["source"]), (&json!(root), &json!("parent_pipeline")));
    let child = child["id"].as_u64().unwrap();
    let path = project.path(&format!("statuses/{}?wait=60", sample::sha(1)));
    // Without a branch it is that of the parent; without a pipeline, the child of that parent that waits.
    let running =
        project.client.post(&path, &json!({"state": "running", "name": "scan", "parent_pipeline_id": root})).expect(201).json();
    assert_eq!((&running["pipeline_id"], &running["ref"]), (&json!(child), &json!("main")));
    let job = format!("/api/v4/jobs/{}/artifacts?artifact_type=sast&artifact_format=raw", running["id"]);
    let file = Upload::default().file("file", "gl-sast-report.json", &report("b", &["B"]));
    project.client.send(Method::POST, &job, &Upload::content_type(), &file.into_body()).expect(201);
    project.client.post(&path, &json!({"state": "success", "name": "scan", "pipeline_id": child})).expect(201);
    assert_eq!((shown(&project, child).complete, titles(&project).len()), (true, 0));
    send(&project, upload("sast", "a", &["A"]).field("pipeline_id", &root.to_string()));
    assert_eq!(titles(&project), ["A", "B"]);
    // A canceled root cancels what waits below it, and closes nothing of what may have run there.
    let root = declare(&project, &json!({"expected_jobs": ["sast"]})).expect(201).json()["id"].as_u64().unwrap();
    let child = declare(&project, &json!({"parent_pipeline_id": root})).expect(201).json()["id"].as_u64().unwrap();
    act(&project, root, "cancel").expect(201);
    project.settle();
    assert_eq!([root, child].map(|id| shown(&project, id).status), ["canceled", "canceled"]);
    assert_eq!((shown(&project, root).ingestion, titles(&project)), (Ingestion::Done, vec!["A".into(), "B".into()]));
}

#[test]
fn bridges_list_the_children_and_lists_of_pipelines_do_not() {
    let mut project = Project::start();
    let root = send(&project, upload("root", "a", &["A"])).pipeline.id;
    let one = send(&project, child_of(root, upload("one", "b", &["B"]).field("key", "run-2"))).pipeline.id;
    let two = send(&project, child_of(root, upload("two", "c", &["C"])).field("status", "failed")).pipeline.id;
    let deep = send(&project, child_of(one, upload("deep", "d", &["D"]))).pipeline.id;
    let bridges =
        |of: u64, query: &str| -> Vec<Bridge> { project.get(&format!("pipelines/{of}/bridges{query}")).expect(200).read() };
    let ids =
        |of: u64, query: &str| -> Vec<u64> { bridges(of, query).iter().map(|bridge| bridge.downstream_pipeline.id).collect() };
    assert_eq!((ids(root, ""), ids(one, ""), ids(deep, "")), (vec![one, two], vec![deep], vec![]));
    assert_eq!(
        (ids(root, "?scope[]=failed"), ids(root, "?per_page=1&page=2"), ids(root, "?scope=running")),
        (vec![two], vec![two], vec![])
    );
    assert_eq!(project.total(&format!("pipelines/{root}/bridges?per_page=1")), 2);
    project.get(&format!("pipelines/{root}/bridges?scope=odd")).expect(400);
    let first = &bridges(root, "")[0];
    assert_eq!((first.name.as_str(), first.status.as_str(), first.pipeline.id), ("run-2", "success", root));
    assert_eq!(first.downstream_pipeline, shown(&project, one));
    assert_eq!(first.user.as_ref().map(|user| user.username.as_str()), Some("root"));
    // As at GitLab: children are listed when they are asked for.
    let listed = |query: &str| -> Vec<u64> {
        project.all(&format!("pipelines{query}")).iter().map(|one| one["id"].as_u64().unwrap()).collect()
    };
    assert_eq!((listed(""), listed("?ref=main")), (vec![root], vec![root]));
    assert_eq!(listed(&format!("?sha={}", sample::sha(1))), [root]);
    assert_eq!(listed("?source=parent_pipeline"), [deep, two, one]);
    let latest: Pipeline = project.get("pipelines/latest").expect(200).read();
    assert_eq!((latest.id, latest.parent_pipeline_id), (root, None));
    project.client.call(Method::DELETE, &project.path(&format!("pipelines/{one}"))).expect(409);
    project.client.call(Method::DELETE, &project.path(&format!("pipelines/{root}"))).expect(204);
    for id in [root, one, two, deep] {
        project.get(&format!("pipelines/{id}")).expect(404);
    }
    assert_eq!((listed("").len(), listed("?source=parent_pipeline").len(), project.total("imports")), (0, 0, 0));
    project.server.stop();
    program::assert_clean(&project.server.data_dir());
}

#[test]
fn a_family_is_one_import_and_is_taken_back_as_one() {
    let mut project = Project::start();
    project.ingest(Upload::new("main", &sample::sha(9)).file("sast", "r.json", &report("a", &["A", "B"])));
    let root = send(&project, upload("root", "a", &["A"]).field("complete", "false")).pipeline.id;
    let child = send(&project, child_of(root, upload("child", "b", &["C"]))).pipeline.id;
    act(&project, root, "undo").expect(409);
    act(&project, root, "complete").expect(201);
    assert_eq!(titles(&project), ["A", "(B)", "C"]);
    let imports: Vec<Import> = project.get("imports").expect(200).read();
    assert_eq!((imports.len(), imports[0].pipeline.id, imports[0].reports.len()), (2, root, 2));
    assert_eq!(
        (imports[0].summary.new, imports[0].summary.no_longer_detected, &imports[0].undo_refused),
        (Some(1), Some(1), &None)
    );
    let refused = act(&project, child, "undo").expect(409).text();
    assert!(refused.contains(&format!("taken back with that of pipeline {root}")), "{refused}");
    project.get(&format!("pipelines/{child}/undo")).expect(404);
    let undone = act(&project, root, "undo").expect(201).json();
    assert_eq!((&undone["pipeline_id"], &undone["status"]), (&json!(root), &json!("done")));
    assert_eq!(titles(&project), ["A", "B"]);
    assert!(shown(&project, child).undone_at.is_some());
    assert_eq!(project.get(&format!("pipelines/{child}/undo")).expect(200).json(), undone, "that of its root");
    let late = project.client.upload("acme/demo", "", child_of(child, upload("late", "b", &["C"]))).expect(409).text();
    assert!(late.contains("was taken back"), "{late}");
    let into = upload("late", "b", &["C"]).field("pipeline_id", &child.to_string());
    project.client.upload("acme/demo", "", into).expect(409);
    act(&project, child, "retry").expect(409);
    let status = json!({"state": "success", "name": "late", "pipeline_id": child});
    project.client.post(&project.path(&format!("statuses/{}", sample::sha(1))), &status).expect(409);
    assert_eq!(titles(&project), ["A", "B"]);
    project.server.stop();
    program::assert_clean(&project.server.data_dir());
}

#[test]
fn a_dry_run_of_a_child_says_what_it_then_becomes() {
    let project = Project::start();
    let root = send(&project, upload("root", "a", &["A"])).pipeline.id;
    let child = || child_of(root, upload("child", "a", &["A", "B"]));
    let foreseen = project.client.upload("acme/demo", "?dry_run=true", child()).expect(200).json();
    assert_eq!((&foreseen["pipeline"], project.total("pipelines?source=parent_pipeline")), (&json!(null), 0));
    let made = project.client.upload("acme/demo", "?wait=60", child()).expect(201).json();
    assert_eq!(foreseen["summary"], made["summary"]);
    // What the root reports already is a repetition within the family.
    assert_eq!(
        (&made["summary"]["accepted"], &made["summary"]["duplicate"], &made["summary"]["new"]),
        (&json!(1), &json!(1), &json!(1))
    );
    project.client.upload("acme/demo", "?dry_run=true", child_of(root + 100, upload("x", "a", &["A"]))).expect(400);
}

#[test]
fn a_family_that_waits_outlives_a_kill() {
    let mut project = Project::start();
    let root = send(&project, upload("root", "a", &["A"]).field("complete", "false")).pipeline.id;
    let child = send(&project, child_of(root, upload("child", "b", &["B"])));
    assert_eq!((child.pipeline.ingestion, child.summary.accepted), (Ingestion::Queued, 1));
    project.server.kill();
    program::assert_clean(&project.server.data_dir());
    project.server.start_again();
    project.client = project.server.client();
    act(&project, root, "complete").expect(201);
    assert_eq!(titles(&project), ["A", "B"]);
    project.server.stop();
    program::assert_clean(&project.server.data_dir());
}
