//! Identity: the published vectors, computed here and by the server, for all eight report types.

use crate::model;
use casemate_tests::{Project, Upload, sample};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Three vectors of the ingestion design, section 11: the computation of these tests itself.
#[test]
fn this_computation_gives_the_published_uuids() {
    let sast = sample::finding(
        "x",
        &["semgrep_id:bandit.B303-1"],
        json!({"file": "app/models/user.rb", "start_line": 15, "end_line": 17}),
    );
    let plain = model::identity("sast", &sast, 42);
    assert_eq!(plain.primary, "cb9eb36f8ba1bb8c1a428934583a60d4e4f69e79");
    assert_eq!(plain.place, "9d7115eb854ca77528ea874a62b9c9598689f2b3");
    assert_eq!(plain.uuid, "ffd3d3c4-3fb9-51c4-a68c-7d216bc4a881");
    let signed = model::identity("sast", &sample::signed(sast, "app/models/user.rb|User[0]|save[0]:3"), 42);
    assert_eq!(signed.signatures, ["scope_offset:a4141d29657fabdbff7506df184baf9b610731c2"]);
    assert_eq!(signed.uuid, "ae44bdb1-6484-57a6-afd1-cce0e2bf917e");
    let image = sample::container("x", &["cve:CVE-2023-0286"], "registry.example.com/group/app:main", "openssl");
    assert_eq!(model::identity("container_scanning", &image, 42).uuid, "83926386-67d4-5247-9690-5c971fb53638");
}

/// A vector: report type, identifier, place, uuid for project 42.
type Vector = (&'static str, &'static str, Value, &'static str);

fn package(name: &str) -> Value {
    json!({"package": {"name": name}, "version": "1"})
}

fn image(image: &str, name: &str) -> Value {
    json!({"image": image, "operating_system": "debian:12", "dependency": package(name)})
}

fn in_files() -> Vec<Vector> {
    let secret =
        |file: &str, from: u64, to: u64| json!({"file": file, "start_line": from, "end_line": to, "commit": {"sha": "0000000"}});
    let lock = |file: &str, name: &str| json!({"file": file, "dependency": package(name)});
    let user = json!({"file": "app/models/user.rb", "start_line": 15, "end_line": 17});
    let minimist = "gemnasium:b3d1e5a4-9f2c-4f7e-8a32-0c8f1d1a2b3c";
    vec![
        ("sast", "semgrep_id:bandit.B303-1", user, "ffd3d3c4-3fb9-51c4-a68c-7d216bc4a881"),
        ("sast", "cwe:89", json!({"file": "src/db.py", "start_line": 7}), "e2258077-e805-53a3-b52a-909b4f69a4c8"),
        ("secret_detection", "gitleaks_rule_id:AWS", secret("config/prod.env", 3, 3), "79905632-64c5-5d92-9371-e182e4340249"),
        (
            "secret_detection",
            "gitleaks_rule_id:RSA private key",
            secret("keys/id_rsa", 1, 27),
            "cc73d3d6-a425-5071-bb42-cde3b3aab5c8",
        ),
        ("dependency_scanning", minimist, lock("package-lock.json", "minimist"), "d63988fe-3dba-5a88-9085-714b3c940e7d"),
        ("dependency_scanning", "cve:CVE-2020-8184", lock("Gemfile.lock", "rack"), "83207b59-e27e-5dc7-8d19-ad94c83c0833"),
    ]
}

fn in_running_programs() -> Vec<Vector> {
    let web =
        |path: &str, method: &str, param: &str| json!({"hostname": "https://h", "path": path, "method": method, "param": param});
    let crash = |kind: &str, state: &str| json!({"crash_type": kind, "crash_state": state, "crash_address": "0x1"});
    let overflow = crash("Heap-buffer-overflow\nREAD 1", "FuzzMe\nstart\nstart+0x0\n");
    let overflow_id = "Coverage Fuzzing:Heap-buffer-overflow\nREAD 1";
    let stack = crash("Stack-overflow", "parse\nmain");
    let json_check = "api_fuzzing:JsonFuzzingCheck";
    vec![
        ("dast", "ZAProxy_PluginId:10038", web("/login?next=/a", "GET", ""), "3d59977f-df6b-5085-b5bd-57493ff7e6c3"),
        ("dast", "cwe:79", web("/search", "POST", "q"), "af78f877-5c5e-5208-a05c-eafd32ca95e6"),
        ("api_fuzzing", json_check, web("/api/v1/users", "PUT", "Body"), "1b44b012-3427-586d-a926-f033aab74472"),
        ("api_fuzzing", "cwe:20", web("/api/v1/orders", "GET", "[Query] id"), "309e2ec1-771a-5b76-8bc4-251938bb56fc"),
        ("coverage_fuzzing", overflow_id, overflow, "63db216a-cbb5-59bf-9600-9db36c1fdaab"),
        ("coverage_fuzzing", "Coverage Fuzzing:Stack-overflow", stack, "63f84a68-7284-5e81-a596-6f90357e98b4"),
    ]
}

fn in_images() -> Vec<Vector> {
    let cluster = |text: &str, name: &str, agent: Value| {
        let mut location = image(text, name);
        location["kubernetes_resource"] = json!({"namespace": "n", "name": "r", "kind": "Deployment", "container_name": "c"});
        if !agent.is_null() {
            location["kubernetes_resource"]["agent_id"] = agent;
        }
        location
    };
    let nginx = cluster("index.docker.io/library/nginx:1.18", "log4j-core", Value::Null);
    let api = cluster("quay.io/acme/api:latest", "libssl1.1", json!("7"));
    let digest = format!("alpine:3.19@sha256:{}", "ab".repeat(32));
    let app = |tag: &str| image(&format!("registry.example.com/group/app:{tag}"), "openssl");
    let cve = "cve:CVE-2023-0286";
    vec![
        ("cluster_image_scanning", "cve:CVE-2021-44228", nginx, "85aa8a78-5ecd-50b3-ae4c-322d928a4717"),
        ("cluster_image_scanning", "cve:CVE-2021-3711", api, "712cc283-3c53-58cc-b08f-b4a8cf01e147"),
        ("container_scanning", cve, app("v1.2.3"), "83926386-67d4-5247-9690-5c971fb53638"),
        ("container_scanning", cve, app("1.2.3"), "abb2b1b9-7463-523f-9af5-df3d3c902d5d"),
        ("container_scanning", cve, image(&digest, "busybox"), "9266b45e-9faa-5375-bd8d-c014484c03fa"),
    ]
}

fn vectors() -> Vec<Vector> {
    [in_files(), in_running_programs(), in_images()].concat()
}

/// Reports of each type with the vectors of that type; names are the uuids.
fn reports() -> BTreeMap<&'static str, Value> {
    let mut by_type: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for (kind, id, location, uuid) in vectors() {
        by_type.entry(kind).or_default().push(sample::finding(uuid, &[id], location));
    }
    by_type.into_iter().map(|(kind, findings)| (kind, sample::report(kind, "scanner", findings))).collect()
}

#[test]
fn the_server_gives_the_published_uuids_for_all_eight_types() {
    let project = Project::start();
    // Identity holds the project's number, and the vectors are of number 42.
    for number in project.id + 1..42 {
        let wish = json!({"name": format!("n{number}x"), "namespace_path": "acme"});
        project.client.post("/api/v4/projects", &wish).expect(201);
    }
    assert_eq!(project.client.create_project("acme/vectors"), 42);
    let mut upload = Upload::new("main", &sample::sha(1));
    for (kind, report) in reports() {
        upload = upload.file(kind, "r.json", report.to_string().as_bytes());
    }
    let made = project.client.ingest("acme/vectors", upload);
    let errors: Vec<_> = made.reports.iter().flat_map(|report| &report.errors).collect();
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!((made.reports.len(), made.summary.accepted), (8, vectors().len() as u64));
    let rows: Vec<Value> = project.client.get("/api/v4/projects/42/vulnerabilities?per_page=100").expect(200).read();
    for row in &rows {
        assert_eq!(row["uuid"], row["title"], "{}", row["location"]);
    }
    let fingerprint = rows.iter().find(|row| row["title"] == "ffd3d3c4-3fb9-51c4-a68c-7d216bc4a881").unwrap();
    assert_eq!(fingerprint["finding"]["location_fingerprint"], "9d7115eb854ca77528ea874a62b9c9598689f2b3");
    let findings: Vec<Value> = project.client.get("/api/v4/projects/42/vulnerability_findings?per_page=100").expect(200).read();
    let one = findings.iter().find(|row| row["uuid"] == "ffd3d3c4-3fb9-51c4-a68c-7d216bc4a881").unwrap();
    assert_eq!(one["project_fingerprint"], "239abb1401461a2311ae5a03a6728fc8debff0ba");
}

#[test]
fn images_without_a_tag_and_with_a_port_keep_all_of_their_name() {
    let project = Project::start();
    let images = [
        "localhost:5000/app:2.0",
        "localhost:5000/app:latest",
        "registry.example.com/app:18-alpine",
        "app:12345019",
        "app:1.0-rc.1",
    ];
    let findings: Vec<Value> =
        images.iter().map(|image| sample::container(image, &["cve:CVE-2023-0286"], image, "openssl")).collect();
    let made = project.ingest_report("main", &sample::report("container_scanning", "trivy", findings.clone()));
    assert_eq!(made.summary.accepted, images.len() as u64, "{:?}", made.reports[0].errors);
    for finding in findings {
        let wanted = model::identity("container_scanning", &finding, project.id).uuid;
        assert_eq!(project.vulnerability(finding["name"].as_str().unwrap())["uuid"], wanted);
    }
    assert_eq!(
        model::location_text(
            "container_scanning",
            &json!({"image": "localhost:5000/app", "dependency": {"package": {"name": "p"}}})
        ),
        "localhost:5000/app:p"
    );
}

#[test]
fn the_image_of_the_default_branch_counts_on_a_branch_once_it_is_known() {
    let project = Project::start();
    let on_branch = |project: &Project| {
        let mut finding = sample::container("F", &["cve:CVE-2023-0286"], "registry.example.com/group/app/feature:x", "openssl");
        finding["location"]["default_branch_image"] = json!("registry.example.com/group/app:main");
        let made = project.ingest_report("feature", &sample::report("container_scanning", "trivy", vec![finding]));
        project.all(&format!("vulnerability_findings?pipeline_id={}", made.pipeline.id))[0]["uuid"].as_str().unwrap().to_owned()
    };
    let own = sample::container("F", &["cve:CVE-2023-0286"], "registry.example.com/group/app/feature:x", "openssl");
    assert_eq!(on_branch(&project), model::identity("container_scanning", &own, project.id).uuid, "nothing is known yet");
    let known = sample::container("K", &["cve:CVE-2023-0286"], "registry.example.com/group/app:main", "openssl");
    let wanted = model::identity("container_scanning", &known, project.id).uuid;
    project.ingest_report("main", &sample::report("container_scanning", "trivy", vec![known]));
    assert_eq!(on_branch(&project), wanted);
}
