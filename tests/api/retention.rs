//! What retention removes, and what a client then sees. The clock of the server is set ahead.

use casemate_shared::api::storage::Storage;
use casemate_tests::project::PATH;
use casemate_tests::{Client, Project, Settings, Upload, patience, sample};
use serde_json::{Value, json};
use ureq::http::Method;

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

#[test]
fn jobs_say_how_long_their_files_are_kept() {
    let project = Project::start();
    let report = |name: &str| sample::report("sast", "semgrep", vec![sample::sast(name, name, "a.py", 3)]).to_string();
    let upload = |name: &str, keep: (&str, &str)| {
        let upload = project.upload("main").file("sast", "r.json", report(name).as_bytes());
        if keep.0.is_empty() { upload } else { upload.field(keep.0, keep.1) }
    };
    let expires = |job: u64| project.get(&format!("jobs/{job}")).expect(200).json()["artifacts_expire_at"].clone();
    let job = |name: &str, keep: (&str, &str)| project.ingest(upload(name, keep)).jobs[0].id;
    let short = job("A", ("expire_in", "1 second"));
    let long = job("B", ("artifacts_expire_in", "3 weeks and 2 days"));
    let ever = job("C", ("expire_in", "never"));
    let shown = project.get(&format!("jobs/{long}")).expect(200).json();
    let day = |field: &str| shown[field].as_str().expect(field)[..10].to_owned();
    assert!(day("artifacts_expire_at") > day("created_at"), "{shown}");
    assert_eq!(expires(ever), Value::Null);
    let unsaid = job("D", ("", ""));
    assert!(expires(unsaid).is_string(), "the instance says 90 days");
    // Its time is over before retention has come by: nobody gets the file any more.
    let gone = patience::until("the time of a file", patience::LATER, || {
        let answer = project.get(&format!("jobs/{short}/artifacts/sast"));
        (answer.status == 410).then(|| answer.text())
    });
    assert!(gone.contains("as its job had said"), "{gone}");
    project.get(&format!("jobs/{short}/artifacts")).expect(404);
    let kept = project.client.post(&project.path(&format!("jobs/{short}/artifacts/keep")), &json!({})).expect(200).json();
    assert_eq!((&kept["artifacts_expire_at"], &kept["keep_artifacts"]), (&Value::Null, &json!(true)));
    project.get(&format!("jobs/{short}/artifacts/sast")).expect(200);

    let pipelines = project.total("pipelines");
    for (text, reason) in [
        ("soon", "a number is missing"),
        ("3 fortnights", "\"fortnights\" is no unit of time"),
        ("-1 day", "it may hold numbers"),
        ("9999999999999999999999 years", "longer than 100 years"),
        ("1e400 days", "\"e\" is no unit"),
    ] {
        let refused = project.client.upload(PATH, "", upload("A", ("expire_in", text))).expect(400).json();
        let message = refused["error"].as_str().or(refused["message"].as_str()).unwrap_or_default().to_owned();
        assert!(message.contains("expire_in does not have a valid value") && message.contains(reason), "{refused}");
    }
    assert_eq!(project.total("pipelines"), pipelines, "a refused upload leaves nothing");
}

#[test]
fn a_runner_says_how_long_its_file_is_kept() {
    let project = Project::start();
    let status = json!({"state": "running", "name": "scan", "ref": "main"});
    let made = project.client.post(&project.path(&format!("statuses/{}", sample::sha(7))), &status).expect(201).json();
    let job = made["id"].as_u64().expect("a job");
    let send = |query: &str, kind: &str| {
        let report = sample::report(kind, "semgrep", vec![]).to_string();
        let file = Upload::default().file("file", "r.json", report.as_bytes());
        let path = format!("/api/v4/jobs/{job}/artifacts?artifact_format=raw&artifact_type={kind}&{query}");
        project.client.send(Method::POST, &path, &Upload::content_type(), &file.into_body())
    };
    let refused = send("expire_in=forever", "sast").expect(400).text();
    assert!(refused.contains("a number is missing"), "{refused}");
    send("expire_in=2+days", "sast").expect(201);
    let shown = || project.get(&format!("jobs/{job}")).expect(200).json();
    assert!(shown()["artifacts_expire_at"].is_string(), "{}", shown());
    // Another file of the job that stays for ever: there is no time at which all are gone.
    send("expire_in=never", "secret_detection").expect(201);
    assert_eq!((shown()["artifacts_expire_at"].clone(), shown()["artifacts"].as_array().map(Vec::len)), (Value::Null, Some(2)));
}

#[test]
fn a_project_says_how_long_its_data_are_kept_and_who_said_so_is_kept() {
    let mut project = Project::start();
    let path = project.path("security_settings");
    let put = |client: &Client, body: Value| client.send(Method::PUT, &path, "application/json", body.to_string().as_bytes());
    let fresh = project.client.get(&path).expect(200).json();
    assert_eq!(
        fresh,
        json!({
            "project_id": project.id, "created_at": null, "updated_at": null, "updated_by": null,
            "retention_findings_days": null, "retention_artifacts_days": null,
            "retention_applied": {"findings_days": 90, "artifacts_days": 90},
        })
    );
    let changed = put(&project.client, json!({"retention_findings_days": 7})).expect(200).json();
    assert_eq!((&changed["retention_findings_days"], &changed["retention_artifacts_days"]), (&json!(7), &Value::Null));
    assert_eq!(changed["retention_applied"], json!({"findings_days": 7, "artifacts_days": 90}));
    assert_eq!((&changed["updated_by"]["username"], changed["updated_at"].is_string()), (&json!("root"), true));
    let changed = put(&project.client, json!({"retention_artifacts_days": 0})).expect(200).json();
    assert_eq!(changed["retention_applied"], json!({"findings_days": 7, "artifacts_days": null}), "0 is for ever");
    assert_eq!(project.client.get(&path).expect(200).json(), changed);
    let changed = put(&project.client, json!({"retention_artifacts_days": null})).expect(200).json();
    assert_eq!(changed["retention_applied"], json!({"findings_days": 7, "artifacts_days": 90}));
    for (body, reason) in [
        (json!({}), "at least one parameter"),
        (json!({"retention_findings_days": -1}), "does not have a valid value"),
        (json!({"retention_findings_days": "soon"}), "does not have a valid value"),
        (json!({"retention_artifacts_days": 36501}), "at most 36500 days"),
        (json!({"retention_findings_days": 3, "retention_artifacts_days": 99999999999_u64}), "at most 36500 days"),
        (json!({"retention_findings_days": [1]}), "does not have a valid value"),
    ] {
        let refused = put(&project.client, body).expect(400).text();
        assert!(refused.contains(reason), "{refused}");
    }
    assert_eq!(project.client.get(&path).expect(200).json(), changed, "what is refused changes nothing");
    project.server.anonymous().get(&path).expect(401);
    let token = json!({"name": "reads", "scopes": ["read_api"]});
    let token = project.client.post("/api/v4/user/personal_access_tokens", &token).expect(201).json();
    let reader = project.server.anonymous().with_token(token["token"].as_str().expect("a token"));
    reader.get(&path).expect(200);
    put(&reader, json!({"retention_findings_days": 1})).expect(403);

    // Eight days later: of this project the findings have gone, of another one nothing.
    let report = sample::report("sast", "semgrep", vec![sample::sast("A", "a", "a.py", 3)]);
    let mine = project.ingest_report("main", &report).pipeline.id;
    project.client.create_project("acme/other");
    let upload = Upload::new("main", &sample::sha(1)).file("sast", "r.json", report.to_string().as_bytes());
    let others = project.client.ingest("acme/other", upload).pipeline.id;
    assert!(project.server.stop().success());
    project.server.configure(Settings::default().env("CASEMATE_DAYS_AHEAD", "8"));
    project.server.start_again();
    project.client = project.server.client();
    let run = patience::until("a run that removes", patience::LATER, || {
        storage(&project.client).retention.last_run.filter(|run| run.pipelines > 0)
    });
    assert_eq!((run.pipelines, run.findings, run.artifacts), (1, 1, 0));
    let status = |scans: Value| scans[0]["status"].as_str().unwrap_or_default().to_owned();
    assert_eq!(status(project.get(&format!("pipelines/{mine}/scans")).expect(200).json()), "purged");
    let other = project.client.get(&format!("/api/v4/projects/acme%2Fother/pipelines/{others}/scans")).expect(200).json();
    assert_eq!(status(other), "succeeded");
}
