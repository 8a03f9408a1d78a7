//! What retention removes, and what a client then sees. The clock of the server is set ahead.

use casemate_shared::api::storage::Storage;
use casemate_tests::project::PATH;
use casemate_tests::{Client, Project, Settings, Upload, patience, sample};

fn storage(client: &Client) -> Storage {
    client.get("/api/v4/admin/storage").expect(200).read()
}

#[test]
fn old_findings_and_reports_go_and_the_page_can_say_so() {
    let mut project = Project::start();
    let report = |names: &[&str]| {
        let findings = names.iter().map(|name| sample::sast(name, name, &format!("src/{name}.py"), 3)).collect();
        sample::report("sast", "semgrep", findings).to_string().into_bytes()
    };
    let upload = || Upload::new("main", &sample::sha(1));
    let old = project.ingest(upload().field("key", "run").file("sast", "r.json", &report(&["alpha", "beta"])));
    // Addresses have the port of the server in them.
    let vulnerabilities = |project: &Project| {
        let list = project.get("vulnerabilities").expect(200).text();
        list.replace(&project.server.base(), "")
    };
    let before = vulnerabilities(&project);
    let (pipeline, job) = (old.pipeline.id, old.jobs[0].id);

    assert!(project.server.stop().success());
    project.server.configure(Settings::default().env("CASEMATE_DAYS_AHEAD", "91"));
    project.server.start_again();
    project.client = project.server.client();
    let run = patience::until("a run that removes", patience::LATER, || {
        storage(&project.client).retention.last_run.filter(|run| run.pipelines > 0)
    });
    assert_eq!((run.pipelines, run.scans, run.findings, run.artifacts, run.files), (1, 1, 2, 1, 1));

    let scan = project.scans(pipeline)[0].clone();
    assert_eq!(scan["status"], "purged");
    assert_eq!((&scan["summary"]["declared"], &scan["summary"]["new"]), (&2.into(), &2.into()));
    assert!(scan["artifact"]["expired_at"].is_string(), "{scan}");
    let gone = project.get(&format!("jobs/{job}/artifacts/sast")).expect(410).json();
    assert!(gone["message"].as_str().unwrap().starts_with("410 Gone - the report expired"), "{gone}");
    assert_eq!(project.get(&format!("vulnerability_findings?pipeline_id={pipeline}")).expect(200).total(), 0);
    assert_eq!(vulnerabilities(&project), before, "vulnerabilities stay as they were");
    assert_eq!(project.get("vulnerabilities?search=alpha").expect(200).total(), 1);

    // The same upload again repeats its answer; another report is refused.
    let again = upload().field("key", "run").file("sast", "r.json", &report(&["alpha", "beta"]));
    assert_eq!(project.client.upload(PATH, "?wait=60", again).status, 200);
    let late = upload().field("key", "run").field("name", "late").file("sast", "l.json", &report(&["gamma"]));
    let refused = project.client.upload(PATH, "", late).expect(409).json();
    assert!(refused["message"].as_str().unwrap().contains("retention removed"), "{refused}");
    let fresh = project.ingest(project.upload("main").file("sast", "r.json", &report(&["alpha", "beta"])));
    assert_eq!((fresh.summary.new, fresh.summary.known), (Some(0), Some(2)));
}

#[test]
fn an_administrator_sees_what_fills_the_disk() {
    let project = Project::start();
    project.ingest(project.upload("main").fixture("sast", "demo/main-1/gl-sast-report.json"));
    let storage = storage(&project.client);
    let database = &storage.database;
    assert!(database.used_bytes > 0 && database.file_bytes == database.used_bytes + database.free_bytes);
    assert!(database.tables.iter().any(|table| table.name == "finding_bodies" && table.rows > 0 && table.bytes > 0));
    assert!(storage.artifacts_bytes > 0 && storage.index_bytes > 0);
    let kept = &storage.retention;
    assert_eq!((kept.findings_days, kept.artifacts_days, kept.interval_hours), (Some(90), Some(90), 24));
    project.server.anonymous().get("/api/v4/admin/storage").expect(401);
}
