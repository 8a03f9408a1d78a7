//! The test vectors of the ingestion design, section 11, all with project 42.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use serde_json::{Value, json};

/// Identity of a finding with one identifier; image rule: the location's own image.
fn identity(kind: ReportType, identifier: (&str, &str), location: Value, tracking: Option<Value>) -> Identity {
    let mut value = json!({"identifiers": [{"type": identifier.0, "name": "n", "value": identifier.1}], "location": location});
    if let Some(tracking) = tracking {
        value["tracking"] = tracking;
    }
    let image = value["location"]["image"].as_str().unwrap_or_default().to_owned();
    identify(kind, &ReportFinding(&value), &image, 42).unwrap()
}

#[track_caller]
fn check(kind: ReportType, identifier: (&str, &str), location: Value, id_fp: &str, loc_fp: &str, uuid: &str) {
    let found = identity(kind, identifier, location, None);
    assert_eq!(hex(&found.primary), id_fp);
    assert_eq!(hex(&found.location_sha), loc_fp);
    assert_eq!(uuid_text(&found.uuid), uuid);
}

#[test]
fn sast() {
    check(
        ReportType::Sast,
        ("semgrep_id", "bandit.B303-1"),
        json!({"file": "app/models/user.rb", "start_line": 15, "end_line": 17, "class": "User", "method": "save"}),
        "cb9eb36f8ba1bb8c1a428934583a60d4e4f69e79",
        "9d7115eb854ca77528ea874a62b9c9598689f2b3",
        "ffd3d3c4-3fb9-51c4-a68c-7d216bc4a881",
    );
    check(
        ReportType::Sast,
        ("cwe", "89"),
        json!({"file": "src/db.py", "start_line": 7}),
        "b74f6bacf3f4d4f92c6f4da6584963e4148b91e6",
        "a19571b04d2351aded3ac844213a7807fbefee9d",
        "e2258077-e805-53a3-b52a-909b4f69a4c8",
    );
}

#[test]
fn secret_detection_and_dependency_scanning() {
    check(
        ReportType::SecretDetection,
        ("gitleaks_rule_id", "AWS"),
        json!({"file": "config/prod.env", "start_line": 3, "end_line": 3, "commit": {"sha": "0000000"}}),
        "95af078042b8cc291a0868c5efc519c41fcc8e38",
        "74ed62471122a54057c06dee06bc008e1ce285b4",
        "79905632-64c5-5d92-9371-e182e4340249",
    );
    check(
        ReportType::SecretDetection,
        ("gitleaks_rule_id", "RSA private key"),
        json!({"file": "keys/id_rsa", "start_line": 1, "end_line": 27}),
        "17ec1061eb33567a41bf8ac653fa8c351fffb61c",
        "4bc6068f766055a5d0f5d212e482b6d8084ed805",
        "cc73d3d6-a425-5071-bb42-cde3b3aab5c8",
    );
    check(
        ReportType::DependencyScanning,
        ("gemnasium", "b3d1e5a4-9f2c-4f7e-8a32-0c8f1d1a2b3c"),
        json!({"file": "package-lock.json", "dependency": {"package": {"name": "minimist"}, "version": "1.2.0"}}),
        "f858d9d702bce7ea000ff22d7deb680725ed6673",
        "d1049f32e27ff384628955fb3d1272edafcb9f95",
        "d63988fe-3dba-5a88-9085-714b3c940e7d",
    );
    check(
        ReportType::DependencyScanning,
        ("cve", "CVE-2020-8184"),
        json!({"file": "Gemfile.lock", "dependency": {"package": {"name": "rack"}, "version": "2.0"}}),
        "a474ea58e21889b9180a272d4d796f97a0753105",
        "3afa402bcec901ab151e8151dd5b80803cf21686",
        "83207b59-e27e-5dc7-8d19-ad94c83c0833",
    );
}

#[test]
fn dast_and_api_fuzzing() {
    check(
        ReportType::Dast,
        ("ZAProxy_PluginId", "10038"),
        json!({"hostname": "https://a.example", "path": "/login?next=/a", "method": "GET"}),
        "272df9d39ead137344c19136239c44b229958784",
        "bfe868b911fb18a784262569d673de6073666f1d",
        "3d59977f-df6b-5085-b5bd-57493ff7e6c3",
    );
    check(
        ReportType::Dast,
        ("cwe", "79"),
        json!({"path": "/search", "method": "POST", "param": "q"}),
        "2bb2cb8d3139e0fb435181e6fedc72d6d0b64512",
        "ca2d5cd72b6f95db260c4e3a94cc5f66e150f081",
        "af78f877-5c5e-5208-a05c-eafd32ca95e6",
    );
    check(
        ReportType::ApiFuzzing,
        ("api_fuzzing", "JsonFuzzingCheck"),
        json!({"path": "/api/v1/users", "method": "PUT", "param": "Body"}),
        "d248b19a808aca42483296e6fdd9c87a8bda2204",
        "28e689af33b6478ae13c95e7a57004d8a50af4ce",
        "1b44b012-3427-586d-a926-f033aab74472",
    );
    check(
        ReportType::ApiFuzzing,
        ("cwe", "20"),
        json!({"path": "/api/v1/orders", "method": "GET", "param": "[Query] id"}),
        "bfba6b3a5561cebbf6c342703005cbcf1cae2823",
        "f4716e8cecae23e9a364546061eb0c05abcbe448",
        "309e2ec1-771a-5b76-8bc4-251938bb56fc",
    );
}

#[test]
fn coverage_fuzzing() {
    check(
        ReportType::CoverageFuzzing,
        ("Coverage Fuzzing", "Heap-buffer-overflow\nREAD 1"),
        json!({"crash_type": "Heap-buffer-overflow\nREAD 1", "crash_state": "FuzzMe\nstart\nstart+0x0\n", "crash_address": "0x1"}),
        "13b38680280a5f2dfd9959e6b7b762e184ddda6d",
        "b19a2faac97026dba2a05689cc93a9eb72eb4e80",
        "63db216a-cbb5-59bf-9600-9db36c1fdaab",
    );
    check(
        ReportType::CoverageFuzzing,
        ("Coverage Fuzzing", "Stack-overflow"),
        json!({"crash_type": "Stack-overflow", "crash_state": "parse\nmain"}),
        "dc0f7ba41d7dcb1ff7eb7290c65c9464ad7ab68d",
        "bfbf4e9110ebe48fa972c49b9c5add64f44edee1",
        "63f84a68-7284-5e81-a596-6f90357e98b4",
    );
}

fn image(kind: ReportType, cve: &str, image: &str, package: &str, more: Value) -> Identity {
    let mut location = json!({"image": image, "dependency": {"package": {"name": package}, "version": "1"}});
    if let (Some(place), Some(more)) = (location.as_object_mut(), more.as_object()) {
        place.extend(more.clone());
    }
    identity(kind, ("cve", cve), location, None)
}

#[test]
fn cluster_image_scanning() {
    let found =
        image(ReportType::ClusterImageScanning, "CVE-2021-44228", "index.docker.io/library/nginx:1.18", "log4j-core", json!({}));
    assert_eq!(hex(&found.primary), "842eb234959c95c7d763dec132e3000b028617d6");
    assert_eq!(hex(&found.location_sha), "e1be951b5dc4d75eea950826a7f00ca460df14b5");
    assert_eq!(uuid_text(&found.uuid), "85aa8a78-5ecd-50b3-ae4c-322d928a4717");
    let found = image(ReportType::ClusterImageScanning, "CVE-2021-3711", "quay.io/acme/api:latest", "libssl1.1", json!({}));
    assert_eq!(hex(&found.location_sha), "f85d8ae454626c1ca8793153c7ed743ffdc2d3e2");
    assert_eq!(uuid_text(&found.uuid), "9cf1e4a2-50c0-5fcf-92f3-93e51dbb77c3");
    for agent in [json!("7"), json!(7)] {
        let with_agent = json!({"kubernetes_resource": {"agent_id": agent}});
        let found = image(ReportType::ClusterImageScanning, "CVE-2021-3711", "quay.io/acme/api:latest", "libssl1.1", with_agent);
        assert_eq!(hex(&found.location_sha), "428e4e65705bb50768619fa748a1e90874273c5d");
        assert_eq!(uuid_text(&found.uuid), "712cc283-3c53-58cc-b08f-b4a8cf01e147");
    }
}

#[test]
fn container_scanning() {
    let check = |name: &str, package: &str, loc_fp: &str, uuid: &str| {
        let found = image(ReportType::ContainerScanning, "CVE-2023-0286", name, package, json!({}));
        assert_eq!(hex(&found.primary), "d97dc82d954258784ea1158b98bc1f9ef7462c85");
        assert_eq!((hex(&found.location_sha).as_str(), uuid_text(&found.uuid).as_str()), (loc_fp, uuid), "{name}");
    };
    let first = ("74efdd5be2921729d9a3b44ed13ee44ad4d5fa28", "83926386-67d4-5247-9690-5c971fb53638");
    check("registry.example.com/group/app:main", "openssl", first.0, first.1);
    check("registry.example.com/group/app:v1.2.3", "openssl", first.0, first.1);
    check("registry.example.com/group/app:0123456789012345678901234567890123456789", "openssl", first.0, first.1);
    check(
        "registry.example.com/group/app:1.2.3",
        "openssl",
        "ac73ff480c77aeef19c40c67812df630d3404f1d",
        "abb2b1b9-7463-523f-9af5-df3d3c902d5d",
    );
    let digest = format!("alpine:3.19@sha256:{}", "ab".repeat(32));
    check(&digest, "busybox", "fe29a7d48b39a3160cfbc8117048b466245dae88", "9266b45e-9faa-5375-bd8d-c014484c03fa");
    check(
        "registry.example.com/group/app/feature:x",
        "openssl",
        "899b913c0847bc4fb7636518df7aba2e8b6d85c4",
        "f68b0a64-34c3-59c0-a7e7-121996fb1a26",
    );
}

/// Two documented differences from GitLab: a port is no tag, no tag keeps the name.
#[test]
fn image_keys_of_ours() {
    let found = |name: &str| image(ReportType::ContainerScanning, "CVE-2023-0286", name, "openssl", json!({}));
    assert_eq!(hex(&found("localhost:5000/app").location_sha), "6a7cb1c1a7622466e95cdba99822ed9c27acee46");
    assert_eq!(uuid_text(&found("localhost:5000/app").uuid), "68a58a2d-9d84-56f8-8499-210981b3e4cf");
    assert_eq!(hex(&found("alpine").location_sha), "0def7986db9a5e6f4e588cf4fb91c5a53041e65d");
    assert_eq!(uuid_text(&found("alpine").uuid), "3f9f1b3e-8227-55fa-b2e6-0fab6224abbb");
    assert_eq!(uuid_text(&found("localhost:5000/app:2.0").uuid), "451c592a-8263-5269-a789-27a9d7981fa3");
}

#[test]
fn tags_that_stay_and_tags_that_go() {
    for (image, key) in [
        ("app:1.2.3", "app:1.2.3"),
        ("app:18-alpine", "app:18-alpine"),
        ("app:latest", "app"),
        ("app:main", "app"),
        ("app:v1.2.3", "app"),
        ("app:12345019", "app"),
        ("app:20260101", "app"),
        ("app:1.2.", "app"),
        ("app:", "app:"),
        ("app:1..2", "app"),
        ("app:1-", "app"),
        ("app:1234567", "app:1234567"),
    ] {
        assert_eq!(image_key(image), key, "{image}");
    }
}

fn scope(value: &str) -> Value {
    json!({"type": "source", "items": [{"file": "app/models/user.rb", "signatures": [
        {"algorithm": "made_up", "value": "x"}, {"algorithm": "scope_offset", "value": value}]}]})
}

#[test]
fn signatures_enter_uuid_and_keys() {
    let location = json!({"file": "app/models/user.rb", "start_line": 15, "end_line": 17});
    let value = "app/models/user.rb|User[0]|save[0]:3";
    let found = identity(ReportType::Sast, ("semgrep_id", "bandit.B303-1"), location, Some(scope(value)));
    assert_eq!(found.signatures.len(), 1, "unknown algorithms are left out");
    assert_eq!(signature_text(&found.signatures[0]), "scope_offset:a4141d29657fabdbff7506df184baf9b610731c2");
    assert_eq!(uuid_text(&found.uuid), "ae44bdb1-6484-57a6-afd1-cce0e2bf917e");
    assert_eq!(found.keys().count(), 3, "uuid, signature and place for the one identifier that is no CWE");
}

#[test]
fn values_of_one_algorithm_are_joined() {
    let value = json!({"tracking": {"items": [
        {"signatures": [{"algorithm": "hash", "value": "h"}, {"algorithm": "scope_offset", "value": "a.c|f[0]:1"}]},
        {"signatures": [{"algorithm": "scope_offset", "value": "b.c|g[0]:9"}]}]}});
    let found = signatures(&ReportFinding(&value));
    assert_eq!(found.iter().map(|signature| signature.0).collect::<Vec<_>>(), [3, 1], "best first");
    assert_eq!(hex(&found[0].1), "4d28a3aeef0b0ad25cf15543d6b9fe7be3280a9b");
}

#[test]
fn without_identifier_or_place_there_is_no_identity() {
    let bare = json!({"identifiers": [], "location": {}});
    assert!(identify(ReportType::Sast, &ReportFinding(&bare), "", 42).is_none());
    let nowhere = json!({"identifiers": [{"type": "cve", "name": "n", "value": "v"}]});
    assert!(identify(ReportType::Sast, &ReportFinding(&nowhere), "", 42).is_none());
}

#[test]
fn the_namespace_is_gitlabs() {
    assert_eq!(Uuid::new_v5(&NAMESPACE, b"GitLab").to_string(), "4961388b-9d8e-5da0-a499-3ef5da58daf0");
    assert_eq!(hex(&sha1("239abb")).len(), 40);
    assert_eq!(hex(&sha1("ffd3d3c4-3fb9-51c4-a68c-7d216bc4a881")), "239abb1401461a2311ae5a03a6728fc8debff0ba");
}
