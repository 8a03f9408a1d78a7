//! Files of other formats: SARIF by form field and by GitHub's endpoint, CycloneDX with findings and dependencies.

use base64::Engine as _;
use casemate_shared::ScanStatus;
use casemate_tests::upload::gzip;
use casemate_tests::{Project, patience, sample};
use serde_json::{Value, json};

fn result(rule: &str, file: &str, line: u64) -> Value {
    json!({"ruleId": rule, "level": "error", "message": {"text": format!("{rule} in {file}")},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": file}, "region": {"startLine": line}}}]})
}

fn cve(id: &str, package: &str) -> Value {
    let mut one = result(id, "pom.xml", 1);
    one["message"]["text"] = json!(format!("Package: {package}\nInstalled Version: 1.0"));
    one
}

fn sarif(results: Vec<Value>) -> Vec<u8> {
    json!({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "Lint", "version": "2"}}, "results": results}]})
        .to_string()
        .into_bytes()
}

fn sbom(vulnerabilities: Value) -> Value {
    json!({
        "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
        "metadata": {"tools": [{"name": "trivy", "version": "1"}], "component": {"type": "application", "name": "shop", "bom-ref": "root"},
            "properties": [{"name": "gitlab:dependency_scanning:input_file:path", "value": "yarn.lock"}]},
        "components": [
            {"type": "library", "bom-ref": "a", "name": "left-pad", "version": "1.0", "purl": "pkg:npm/left-pad@1.0", "licenses": [{"license": {"id": "MIT", "url": "https://example.com/mit"}}]},
            {"type": "library", "bom-ref": "b", "name": "rack", "version": "2.0", "purl": "pkg:gem/rack@2.0"},
        ],
        "dependencies": [{"ref": "root", "dependsOn": ["a"]}, {"ref": "a", "dependsOn": ["b"]}, {"ref": "b", "dependsOn": ["a"]}],
        "vulnerabilities": vulnerabilities,
    })
}

fn vulnerability(id: &str, component: &str) -> Value {
    json!({"id": id, "source": {"name": "NVD"}, "ratings": [{"severity": "high"}], "affects": [{"ref": component}]})
}

fn titles(project: &Project) -> Vec<(String, bool)> {
    let gone = |one: &Value| one["resolved_on_default_branch"].as_bool().unwrap();
    let mut all: Vec<_> =
        project.vulnerabilities().iter().map(|one| (one["title"].as_str().unwrap().to_owned(), gone(one))).collect();
    all.sort();
    all
}

#[test]
fn one_sarif_file_is_several_scans_and_counts_every_result() {
    let project = Project::start();
    let file =
        sarif(vec![result("R1", "a.c", 1), result("R1", "a.c", 1), cve("CVE-2021-44228", "log4j"), json!({"ruleId": "R2"})]);
    let made = project.ingest(project.upload("main").file("sarif", "lint.sarif", &file));
    let told: Vec<_> = made.reports.iter().map(|report| (report.report_type.as_str(), report.status, report.findings)).collect();
    assert_eq!(told, [("sast", ScanStatus::Succeeded, 1), ("dependency_scanning", ScanStatus::Succeeded, 1)]);
    let summary = &made.summary;
    assert_eq!((summary.declared, summary.accepted, summary.duplicate, summary.rejected, summary.new), (4, 2, 1, 1, Some(2)));
    assert_eq!(made.reports[0].schema_version.as_deref(), Some("2.1.0"));
    assert!(
        made.reports[0].warnings.iter().any(|warning| warning.place.as_deref() == Some("/runs/0/results/3")),
        "{:?}",
        made.reports[0].warnings
    );
    assert_eq!(made.jobs.len(), 1);
    assert_eq!((made.jobs[0].name.as_str(), made.jobs[0].artifacts[0].file_type.as_str()), ("sarif", "sarif"));
    let scans = project.scans(made.pipeline.id);
    assert_eq!(scans[0]["scanner"]["name"], "Lint");
    for scan in &scans {
        let answer = project.client.get(scan["download_path"].as_str().unwrap()).expect(200);
        assert!(answer.body == file, "the file comes back as it was sent");
    }
    let found = project.vulnerability("R1 in a.c");
    assert_eq!((&found["severity"], &found["report_type"]), (&json!("high"), &json!("sast")));
    assert_eq!(found["location"]["file"], "a.c");
}

#[test]
fn a_sarif_scan_closes_what_it_does_not_find_any_more_in_every_type() {
    let project = Project::start();
    project.ingest(project.upload("main").file(
        "sarif",
        "s",
        &sarif(vec![result("R1", "a.c", 1), cve("CVE-2021-44228", "log4j")]),
    ));
    let native = sample::report("sast", "lint", vec![sample::sast("native", "n", "n.c", 1)]);
    project.ingest_report("main", &native);
    assert_eq!(titles(&project).iter().filter(|(_, gone)| *gone).count(), 0, "another format of the tool proves nothing");
    let mut failed: Value = serde_json::from_slice(&sarif(vec![])).unwrap();
    failed["runs"][0]["invocations"] = json!([{"executionSuccessful": false}]);
    project.ingest(project.upload("main").file("sarif", "s", failed.to_string().as_bytes()));
    assert_eq!(titles(&project).iter().filter(|(_, gone)| *gone).count(), 0, "a failed run closes nothing");
    let made = project.ingest(project.upload("main").file("sarif", "s", &sarif(vec![])));
    assert_eq!(made.summary.no_longer_detected, Some(2));
    let gone: Vec<String> = titles(&project).into_iter().filter(|(_, gone)| *gone).map(|(title, _)| title).collect();
    assert_eq!(gone, ["Package: log4j", "R1 in a.c"]);
}

#[test]
fn a_sarif_file_sent_again_is_a_repetition_and_by_another_key_a_pipeline() {
    let project = Project::start();
    let file = sarif(vec![result("R1", "a.c", 1), cve("CVE-2021-44228", "log4j")]);
    let upload =
        |key: &str, file: &[u8]| casemate_tests::Upload::new("main", &sample::sha(7)).field("key", key).file("sarif", "s", file);
    let first = project.client.upload("acme/demo", "?wait=60", upload("one", &file)).expect(201).json();
    let again = project.client.upload("acme/demo", "?wait=60", upload("one", &file)).expect(200).json();
    assert_eq!(first["reports"], again["reports"]);
    assert_eq!(first["reports"].as_array().unwrap().len(), 2);
    let retried =
        project.client.upload("acme/demo", "?wait=60", upload("one", &sarif(vec![result("R1", "a.c", 1)]))).expect(201).json();
    assert_eq!(retried["pipeline"]["id"], first["pipeline"]["id"]);
    let latest: Vec<bool> =
        project.scans(first["pipeline"]["id"].as_u64().unwrap()).iter().map(|scan| scan["latest"].as_bool().unwrap()).collect();
    assert_eq!(latest[..2], [false, false]);
    assert!(latest[2..].iter().all(|latest| *latest));
}

#[test]
fn what_is_wrong_with_a_file_is_its_own_fault_with_a_place() {
    let project = Project::start();
    let made = project.ingest(
        project
            .upload("main")
            .file("sarif", "bad.sarif", b"{\"version\":\"2.1.0\",\"runs\":3}")
            .file("cyclonedx", "bad.json", b"{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.7\"}")
            .file("cyclonedx", "cut.json", b"{\"bomFormat\":")
            .file("cyclonedx", "bytes.json", b"{\"bomFormat\":\"\xff\"}")
            .file("cyclonedx[]", "good.json", sbom(json!([])).to_string().as_bytes())
            .file(
                "sast",
                "r.json",
                sample::report("sast", "semgrep", vec![sample::sast("A", "a", "a.rs", 1)]).to_string().as_bytes(),
            ),
    );
    let told: Vec<_> =
        made.reports.iter().map(|report| (report.status, report.errors.first().and_then(|error| error.place.clone()))).collect();
    let place = |place: &str| (ScanStatus::ReportError, Some(place.to_owned()));
    let fine = || (ScanStatus::Succeeded, None);
    assert_eq!(told, [place("/runs"), place("/specVersion"), place("line 1 column 13"), place("byte 14"), fine(), fine()]);
    assert_eq!(
        made.jobs.iter().map(|job| job.name.as_str()).collect::<Vec<_>>(),
        ["sarif", "cyclonedx", "cyclonedx 2", "cyclonedx 3", "cyclonedx 4", "sast"]
    );
    let strict = project.client.upload("acme/demo", "?strict=true", project.upload("main").file("sarif", "s", b"[]"));
    strict.expect(422);
}

#[test]
fn formats_are_told_apart_when_nobody_says() {
    let project = Project::start();
    for (file, wanted) in [(sarif(vec![]), "sarif"), (sbom(json!([])).to_string().into_bytes(), "cyclonedx")] {
        for upload in [
            project.upload("main").file("file", "x", &file),
            project.upload("main").field("report_type", "auto").gzip_file("file", "x", &file),
        ] {
            let made = project.ingest(upload);
            assert_eq!(made.jobs[0].artifacts[0].file_type, wanted);
            assert_eq!(made.reports[0].status, ScanStatus::Succeeded, "{:?}", made.reports[0].errors);
        }
    }
    let named = project.ingest(project.upload("main").field("report_type", "sarif").file("file", "x", &sarif(vec![])));
    assert_eq!(named.jobs[0].name, "sarif");
}

#[test]
fn github_s_endpoint_takes_sarif_and_tells_what_became_of_it() {
    let project = Project::start();
    let client =
        project.server.anonymous().with_header("Authorization", &format!("token {}", casemate_tests::server::ROOT_TOKEN));
    let packed = |file: &[u8]| base64::engine::general_purpose::STANDARD.encode(gzip(file));
    let path = "/api/v3/repos/acme/demo/code-scanning/sarifs";
    let body = json!({"commit_sha": sample::sha(1), "ref": "refs/heads/main", "sarif": packed(&sarif(vec![result("R1", "a.c", 1)])),
        "checkout_uri": "file:///home/ci/app", "tool_name": "Lint", "validate": true});
    let status = |receipt: &Value| {
        let url = receipt["url"].as_str().unwrap();
        assert!(url.ends_with(receipt["id"].as_str().unwrap()), "{url}");
        let below = &url[url.find("/api/").unwrap()..];
        patience::until("the verdict", patience::LATER, || {
            let status = client.get(below).expect(200).json();
            (status["processing_status"] != "pending").then_some(status)
        })
    };
    let receipt = client.post(path, &body).expect(202).json();
    let complete = status(&receipt);
    assert_eq!((&complete["processing_status"], &complete["errors"]), (&json!("complete"), &Value::Null));
    let scans = complete["analyses_url"].as_str().unwrap();
    let scans = client.get(&scans[scans.find("/api/").unwrap()..]).expect(200).json();
    assert_eq!(
        (&scans[0]["report_type"], &scans[0]["job_name"], &scans[0]["summary"]["new"]),
        (&json!("sast"), &json!("Lint"), &json!(1))
    );
    assert_eq!(project.vulnerability("R1 in a.c")["severity"], "high");

    let with = |member: &str, value: Value| {
        let mut body = body.clone();
        body[member] = value;
        body
    };
    let failed = status(&client.post(path, &with("sarif", json!(packed(b"{\"version\":\"2.1.0\"}")))).expect(202).json());
    assert_eq!((&failed["processing_status"], &failed["errors"]), (&json!("failed"), &json!(["/runs: runs has to be an array"])));
    let broken = base64::engine::general_purpose::STANDARD.encode(&gzip(&sarif(vec![]))[..20]);
    assert_eq!(status(&client.post(path, &with("sarif", json!(broken))).expect(202).json())["processing_status"], "failed");
    let pulled = client.post(path, &with("ref", json!("refs/pull/3/merge"))).expect(202).json();
    assert_eq!(status(&pulled)["processing_status"], "complete");
    assert!(project.all("pipelines").iter().any(|pipeline| pipeline["ref"] == "pull/3/merge"));

    for (member, value) in [
        ("sarif", json!("%%%")),
        ("sarif", json!("")),
        ("commit_sha", json!("abc")),
        ("ref", json!("refs/notes/x")),
        ("started_at", json!("soon")),
    ] {
        let refused = client.post(path, &with(member, value)).expect(400).text();
        assert!(refused.contains(member), "{refused}");
    }
    client.send(ureq::http::Method::POST, path, "application/json", b"[1").expect(400);
    client.post("/api/v3/repos/acme/nothing/code-scanning/sarifs", &body).expect(404);
    project.server.anonymous().post(path, &body).expect(401);
    client.get(&format!("{path}/6c81cd8e-b078-4ac3-a3be-1dad7dbd0b53")).expect(404);
}

#[test]
fn an_sbom_lists_dependencies_and_its_vulnerabilities_are_findings() {
    let project = Project::start();
    assert_eq!(project.all("dependencies"), Vec::<Value>::new());
    let file = sbom(json!([vulnerability("CVE-2020-8184", "b"), vulnerability("CVE-2020-9999", "nobody")])).to_string();
    let made = project.ingest(project.upload("main").file("cyclonedx", "gl-sbom.cdx.json", file.as_bytes()));
    let summary = &made.summary;
    assert_eq!((summary.declared, summary.accepted, summary.rejected, summary.new), (2, 1, 1, Some(1)), "{:?}", made.reports);
    let found = project.vulnerability("CVE-2020-8184");
    assert_eq!(
        (&found["severity"], &found["report_type"], &found["location"]["file"]),
        (&json!("high"), &json!("dependency_scanning"), &json!("yarn.lock"))
    );
    let list = project.all("dependencies");
    let wanted = json!([
        {"name": "left-pad", "version": "1.0", "package_manager": "npm", "dependency_file_path": "yarn.lock", "vulnerabilities": [],
            "licenses": [{"name": "MIT", "url": "https://example.com/mit"}], "purl": "pkg:npm/left-pad@1.0", "relationship": "direct",
            "dependency_path": [{"name": "left-pad", "version": "1.0"}]},
        {"name": "rack", "version": "2.0", "package_manager": "bundler", "dependency_file_path": "yarn.lock",
            "vulnerabilities": [{"name": "CVE-2020-8184", "severity": "high", "id": found["id"], "url": found["web_url"]}],
            "licenses": [], "purl": "pkg:gem/rack@2.0", "relationship": "transitive",
            "dependency_path": [{"name": "left-pad", "version": "1.0"}, {"name": "rack", "version": "2.0"}]},
    ]);
    assert_eq!(json!(list), wanted);
    let names = |rest: &str| project.all(rest).iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(names("dependencies?package_manager=npm"), ["left-pad"]);
    assert_eq!(names("dependencies?filter[]=vulnerable"), ["rack"]);
    assert_eq!(names("dependencies?per_page=1&filter=all").len(), 2);
    project.get("dependencies?filter=odd").expect(400);
    let branch = project.ingest(project.upload("feature").file(
        "cyclonedx",
        "x",
        br#"{"bomFormat":"CycloneDX","specVersion":"1.6","components":[{"type":"library","name":"new"}]}"#,
    ));
    assert_eq!(names("dependencies"), ["left-pad", "rack"], "a branch changes nothing");
    assert_eq!(names(&format!("pipelines/{}/dependencies", branch.pipeline.id)), ["new"]);
    let fixed = sbom(json!([])).to_string();
    let made = project.ingest(project.upload("main").file("cyclonedx", "gl-sbom.cdx.json", fixed.as_bytes()));
    assert_eq!(made.summary.no_longer_detected, Some(1));
    assert_eq!(names("dependencies?filter=vulnerable"), Vec::<String>::new());
}

#[test]
fn an_sbom_without_the_list_of_vulnerabilities_closes_nothing() {
    let project = Project::start();
    project.ingest(project.upload("main").file(
        "cyclonedx",
        "x",
        sbom(json!([vulnerability("CVE-2020-8184", "b")])).to_string().as_bytes(),
    ));
    let mut silent = sbom(json!([]));
    silent.as_object_mut().unwrap().remove("vulnerabilities");
    let made = project.ingest(project.upload("main").file("cyclonedx", "x", silent.to_string().as_bytes()));
    assert_eq!((made.reports[0].status, made.summary.declared), (ScanStatus::Succeeded, 0));
    assert_eq!(titles(&project), [("CVE-2020-8184".to_owned(), false)]);
}

#[test]
fn a_dry_run_counts_the_same_and_the_ledger_names_every_result() {
    let project = Project::start();
    let file = sarif(vec![result("R1", "a.c", 1), cve("CVE-2021-44228", "log4j"), json!({"ruleId": "R2"})]);
    let upload = || {
        project.upload("main").file("sarif", "s", &file).file(
            "cyclonedx",
            "x",
            sbom(json!([vulnerability("CVE-2020-8184", "b")])).to_string().as_bytes(),
        )
    };
    let dry = project.client.upload("acme/demo", "?dry_run=true", upload()).expect(200).json();
    assert_eq!((&dry["pipeline"], project.total("pipelines")), (&Value::Null, 0));
    let made = project.ingest(upload());
    let wet = serde_json::to_value(&made.summary).unwrap();
    for member in ["declared", "accepted", "duplicate", "rejected", "new", "known"] {
        assert_eq!(dry["summary"][member], wet[member], "{member}");
    }
    let rejected = made.reports[0].rejected_path.as_deref().expect("a ledger");
    let ledger = project.client.get(rejected).expect(200).json();
    let pointers: Vec<&str> =
        ledger["entries"].as_array().unwrap().iter().filter_map(|entry| entry["pointer"].as_str()).collect();
    assert_eq!(pointers, ["/runs/0/results/2"]);
    assert_eq!(ledger["rejected_entries"], 1);
}
