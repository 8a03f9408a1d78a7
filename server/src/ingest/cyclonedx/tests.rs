//! Whole bills of materials to components and findings. Must not know: storage.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::*;
use crate::domain::sbom::{Component, DIRECT, TRANSITIVE};
use serde_json::json;

fn library(reference: &str, name: &str) -> Value {
    json!({"type": "library", "bom-ref": reference, "name": name, "version": "1.0", "purl": format!("pkg:npm/{name}@1.0")})
}

/// A file with these members beside the frame.
fn bom(members: Value) -> Vec<u8> {
    let mut whole = json!({"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1});
    whole.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    whole.to_string().into_bytes()
}

fn read(members: Value) -> Converted {
    convert(&bom(members), "gl-sbom.cdx.json")
}

fn components(members: Value) -> Vec<Component> {
    let mut list = read(members).sbom.unwrap().components;
    list.sort_by(|a, b| a.name.cmp(&b.name));
    list
}

#[test]
fn components_have_names_licences_and_a_package_manager() {
    let list = components(json!({
        "metadata": {"properties": [{"name": "gitlab:dependency_scanning:input_file:path", "value": "web/yarn.lock"},
            {"name": "gitlab:dependency_scanning:package_manager:name", "value": "yarn"}]},
        "components": [
            {"type": "library", "name": "core", "group": "@angular", "version": "12", "licenses": [{"license": {"id": "MIT", "url": "https://example.com/mit"}}, {"license": {"name": "Other"}}]},
            {"type": "framework", "name": "rails", "purl": "pkg:gem/rails@7.0", "licenses": [{"expression": "MIT OR Apache-2.0"}],
                "properties": [{"name": "gitlab:dependency_scanning:input_file:path", "value": "Gemfile.lock"}],
                "components": [library("inner", "zinner")]},
            {"type": "file", "name": "a.txt"}, {"type": "operating-system", "name": "alpine"}, {"type": "application", "name": "api"},
        ],
    }));
    let told: Vec<(&str, &str, &str, &str)> = list
        .iter()
        .map(|one| (one.name.as_str(), one.version.as_str(), one.file.as_str(), one.package_manager.as_str()))
        .collect();
    let wanted = [
        ("@angular/core", "12", "web/yarn.lock", "yarn"),
        ("rails", "7.0", "Gemfile.lock", "yarn"),
        ("zinner", "1.0", "web/yarn.lock", "yarn"),
    ];
    assert_eq!(told, wanted);
    let names = |at: usize| list[at].licenses.iter().map(|one| (one.kind.as_str(), one.name.as_str())).collect::<Vec<_>>();
    assert_eq!(names(0), [("id", "MIT"), ("name", "Other")]);
    assert_eq!(names(1), [("expression", "MIT OR Apache-2.0")]);
}

#[test]
fn paths_are_shortest_and_cycles_end() {
    let list = components(json!({
        "metadata": {"component": {"type": "application", "name": "shop", "bom-ref": "root"}},
        "components": [library("a", "a"), library("b", "b"), library("c", "c"), library("d", "d"), library("lonely", "lonely"),
            {"type": "application", "name": "package-lock.json", "bom-ref": "lock"}],
        "dependencies": [{"ref": "root", "dependsOn": ["lock"]}, {"ref": "lock", "dependsOn": ["a", "b"]},
            {"ref": "a", "dependsOn": ["c", "nobody"]}, {"ref": "b", "dependsOn": ["c", "b"]}, {"ref": "c", "dependsOn": ["a", "d"]}, {"ref": "ghost"}],
    }));
    let name = |id: u64| list.iter().find(|one| one.id == id).map(|one| one.name.as_str());
    let told: Vec<(&str, u8, Option<&str>, &str)> =
        list.iter().map(|one| (one.name.as_str(), one.relation, one.parent.and_then(name), one.file.as_str())).collect();
    let wanted = [
        ("a", DIRECT, None, "package-lock.json"),
        ("b", DIRECT, None, "package-lock.json"),
        ("c", TRANSITIVE, Some("a"), "package-lock.json"),
        ("d", TRANSITIVE, Some("c"), "package-lock.json"),
        ("lonely", 0, None, "gl-sbom.cdx.json"),
    ];
    assert_eq!(told, wanted);
}

#[test]
fn without_a_root_what_nothing_needs_is_direct() {
    let list = components(
        json!({"components": [library("a", "a"), library("b", "b")], "dependencies": [{"ref": "a", "dependsOn": ["b"]}]}),
    );
    assert_eq!(list.iter().map(|one| one.relation).collect::<Vec<_>>(), [DIRECT, TRANSITIVE]);
    let list = components(json!({"components": [library("a", "a")]}));
    assert_eq!(list[0].relation, 0);
    let circle = json!([{"ref": "a", "dependsOn": ["b"]}, {"ref": "b", "dependsOn": ["a"]}]);
    let list = components(json!({"components": [library("a", "a"), library("b", "b")], "dependencies": circle}));
    assert_eq!(list.iter().map(|one| (one.relation, one.parent)).collect::<Vec<_>>(), [(0, None), (0, None)]);
}

#[test]
fn odd_components_are_told_and_kept() {
    let converted =
        read(json!({"components": [library("a", "a"), library("a", "a"), {"type": "library", "name": "bad", "purl": "npm/bad"}],
        "dependencies": [{"ref": "x", "dependsOn": ["y"]}]}));
    assert_eq!(converted.errors, []);
    let places: Vec<(&str, &str)> =
        converted.warnings.iter().map(|one| (one.place.as_deref().unwrap(), one.message.as_str())).collect();
    assert_eq!(places[0].0, "/components/2/purl");
    assert_eq!(places[1], ("/components", "1 components have a bom-ref that another one has: the first one counts"));
    assert_eq!(places[2], ("/dependencies", "1 refs name no component"));
    let list = converted.sbom.unwrap().components;
    assert_eq!(list.len(), 2, "equal components are one");
    assert!(list.iter().any(|one| one.name == "bad" && one.purl.is_empty()));
}

fn vulnerability(id: &str, references: &[&str]) -> Value {
    let affects: Vec<Value> = references.iter().map(|one| json!({"ref": one})).collect();
    json!({"id": id, "source": {"name": "NVD", "url": "https://example.com/nvd"}, "affects": affects})
}

#[test]
fn a_vulnerability_is_a_finding_for_each_component_that_it_affects() {
    let mut one = vulnerability(
        "CVE-2020-1",
        &["a", "b", "pkg:maven/g/x@3", "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#other", "nobody"],
    );
    one["id"] = json!("CVE-2020-1111");
    one["references"] = json!([{"id": "GHSA-aaaa-bbbb-cccc", "source": {"url": "https://example.com/ghsa"}}, {"id": "X-1", "source": {"name": "My DB"}}]);
    one["cwes"] = json!([79]);
    one["description"] = json!("Bad things happen");
    one["recommendation"] = json!("Update it");
    one["advisories"] = json!([{"title": "Note", "url": "https://example.com/note"}, {"url": "javascript:alert(1)"}]);
    one["ratings"] = json!([{"source": {"name": "other"}, "severity": "critical"},
        {"source": {"name": "NVD"}, "severity": "low", "method": "CVSSv31", "vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N"}]);
    let converted = read(json!({"metadata": {"tools": [{"vendor": "Aqua", "name": "Trivy Two", "version": "9"}]},
        "components": [library("a", "a"), library("b", "b")], "vulnerabilities": [one]}));
    assert_eq!(converted.errors, []);
    let places: Vec<&str> = converted.entries.iter().map(|(place, _)| place.as_str()).collect();
    assert_eq!(
        places,
        [
            "/vulnerabilities/0/affects/0",
            "/vulnerabilities/0/affects/1",
            "/vulnerabilities/0/affects/2",
            "/vulnerabilities/0/affects/3"
        ]
    );
    assert_eq!(
        converted.rejected,
        [("/vulnerabilities/0/affects/4".to_owned(), "its ref names no component of the file".to_owned())]
    );
    let entry = &converted.entries[0].1;
    assert_eq!(
        (&entry["name"], &entry["severity"], &entry["solution"]),
        (&json!("CVE-2020-1111: Bad things happen"), &json!("Low"), &json!("Update it"))
    );
    let kinds: Vec<(&str, &str)> = entry["identifiers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["type"].as_str().unwrap(), one["value"].as_str().unwrap()))
        .collect();
    assert_eq!(kinds, [("cve", "CVE-2020-1111"), ("ghsa", "GHSA-aaaa-bbbb-cccc"), ("my-db", "X-1"), ("cwe", "79")]);
    assert_eq!(
        entry["location"],
        json!({"file": "gl-sbom.cdx.json", "dependency": {"package": {"name": "a"}, "version": "1.0"}})
    );
    assert_eq!(entry["links"], json!([{"url": "https://example.com/nvd"}, {"name": "Note", "url": "https://example.com/note"}]));
    assert_eq!(entry["cvss_vectors"][0]["vendor"], "NVD");
    assert_eq!(converted.entries[2].1["location"]["dependency"], json!({"package": {"name": "g/x"}, "version": "3"}));
    assert_eq!(converted.entries[3].1["location"]["dependency"]["package"]["name"], "other");
    let tool = converted.tool.unwrap();
    assert_eq!(
        (tool.external_id.as_str(), tool.name.as_str(), tool.version.as_str(), tool.vendor.as_str()),
        ("cyclonedx:trivy-two", "Trivy Two", "9", "Aqua")
    );
}

#[test]
fn what_an_analysis_says_is_shown_and_only_resolved_ones_are_left_out() {
    let with = |state: &str| {
        let mut one = vulnerability("CVE-2020-1111", &["a"]);
        one["analysis"] = json!({"state": state, "justification": "code_not_reachable", "detail": "checked"});
        one
    };
    let all = ["exploitable", "in_triage", "false_positive", "not_affected", "resolved", "resolved_with_pedigree"];
    let list: Vec<Value> = all.iter().map(|state| with(state)).collect();
    let converted = read(json!({"components": [library("a", "a")], "vulnerabilities": list}));
    let flags: Vec<bool> = converted.entries.iter().map(|(_, entry)| entry.get("flags").is_some()).collect();
    assert_eq!(flags, [false, false, true, true]);
    assert_eq!(converted.entries[3].1["details"]["analysis"]["value"], "not_affected: code_not_reachable: checked");
    assert!(converted.warnings.iter().any(|warning| warning.message.starts_with("2 entries are resolved")));
}

#[test]
fn what_has_no_identifier_or_place_is_rejected_and_counted() {
    let mut unaffected = vulnerability("CVE-2020-1111", &["a"]);
    unaffected["affects"][0]["versions"] = json!([{"version": "1", "status": "unaffected"}]);
    let list = json!([{"affects": [{"ref": "a"}]}, {"id": "CVE-2020-1111"}, unaffected]);
    let converted = read(json!({"components": [library("a", "a")], "vulnerabilities": list}));
    let told: Vec<(&str, &str)> = converted.rejected.iter().map(|(place, reason)| (place.as_str(), reason.as_str())).collect();
    let wanted = [
        ("/vulnerabilities/0/affects/0", "it has no id, no reference and no CWE"),
        ("/vulnerabilities/1", "it affects no component"),
    ];
    assert_eq!(told, wanted);
    assert!(converted.entries.is_empty());
}

#[test]
fn severities_come_from_the_own_source_then_from_the_highest() {
    let severity = |ratings: Value| {
        let mut one = vulnerability("CVE-2020-1111", &["a"]);
        one["ratings"] = ratings;
        read(json!({"components": [library("a", "a")], "vulnerabilities": [one]})).entries[0].1["severity"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(severity(json!([])), "Unknown");
    assert_eq!(severity(json!([{"severity": "unknown"}])), "Unknown");
    assert_eq!(severity(json!([{"severity": "none"}])), "Info");
    assert_eq!(severity(json!([{"severity": "medium"}, {"severity": "critical"}])), "Critical");
    assert_eq!(severity(json!([{"severity": "critical"}, {"severity": "medium", "source": {"name": "NVD"}}])), "Medium");
    assert_eq!(severity(json!([{"score": 9.8, "method": "CVSSv31"}])), "Critical");
    assert_eq!(severity(json!([{"score": 9.8, "method": "OWASP"}])), "Unknown");
}

#[test]
fn a_file_without_the_list_has_no_scanner_and_closes_nothing() {
    assert!(read(json!({"components": []})).tool.is_none());
    assert_eq!(read(json!({"vulnerabilities": []})).tool.unwrap().external_id, "cyclonedx:cyclonedx");
    let tools = json!({"components": [{"type": "application", "name": "grype", "version": "1", "publisher": "Anchore"}]});
    assert_eq!(read(json!({"metadata": {"tools": tools}, "vulnerabilities": []})).tool.unwrap().vendor, "Anchore");
}

#[test]
fn versions_and_forms_are_judged_with_their_place() {
    let error = |text: &str| {
        let errors = convert(text.as_bytes(), "x").errors;
        (errors[0].place.clone().unwrap_or_default(), errors[0].message.clone())
    };
    assert_eq!(error("{}").0, "/bomFormat");
    assert_eq!(error(r#"{"bomFormat":"CycloneDX"}"#).0, "/specVersion");
    let newer = error(r#"{"bomFormat":"CycloneDX","specVersion":"1.7"}"#);
    assert_eq!(
        newer,
        ("/specVersion".to_owned(), "version 1.7 of CycloneDX is unsupported, supported are: 1.4, 1.5, 1.6".to_owned())
    );
    assert_eq!(error(r#"{"bomFormat":"CycloneDX","specVersion":"1.4"}"#).0, "/");
    assert_eq!(error("[]").0, "/");
    assert_eq!(error("{\"a\": [").0, "line 1 column 7");
    let place = |members: Value| convert(&bom(members), "x").errors[0].place.clone().unwrap_or_default();
    assert_eq!(place(json!({"components": {}})), "/components");
    assert_eq!(place(json!({"components": [{"type": "library", "name": "a"}, {"type": "library"}]})), "/components/1");
    assert_eq!(place(json!({"components": [{"type": "spaceship", "name": "a"}]})), "/components/0/type");
    assert_eq!(
        place(json!({"components": [{"type": "library", "name": "a", "components": [{"type": "library", "name": 3}]}]})),
        "/components/0/components/0/name"
    );
    assert_eq!(
        place(json!({"components": [{"type": "library", "name": "a", "licenses": [{"license": {}}]}]})),
        "/components/0/licenses/0/license"
    );
    assert_eq!(place(json!({"dependencies": [{"ref": ""}]})), "/dependencies/0/ref");
    assert_eq!(
        place(json!({"vulnerabilities": [{"ratings": [{"severity": "awful"}]}]})),
        "/vulnerabilities/0/ratings/0/severity"
    );
    assert_eq!(place(json!({"metadata": {"tools": 3}})), "/metadata/tools");
}

#[test]
fn versions_differ_where_the_standard_does() {
    let with = |version: &str, component: Value| {
        let whole = json!({"bomFormat": "CycloneDX", "specVersion": version, "version": 1, "components": [component]});
        convert(whole.to_string().as_bytes(), "x").errors.len()
    };
    let typed = |kind: &str| json!({"type": kind, "name": "a"});
    assert_eq!(["1.4", "1.5", "1.6"].map(|version| with(version, typed("data"))), [1, 0, 0]);
    assert_eq!(["1.4", "1.5", "1.6"].map(|version| with(version, typed("cryptographic-asset"))), [1, 1, 0]);
    let mixed = json!({"type": "library", "name": "a", "licenses": [{"license": {"id": "MIT"}}, {"expression": "MIT"}]});
    assert_eq!(["1.4", "1.5", "1.6"].map(|version| with(version, mixed.clone()).min(1)), [0, 1, 1]);
}

#[test]
fn every_schema_compiles() {
    for version in schema::SUPPORTED {
        assert!(schema::validators(version).is_ok(), "{version}");
    }
    assert!(schema::validators("1.7").is_err());
}

#[test]
fn wrong_types_everywhere_are_told_and_nothing_else_happens() {
    let junk = [json!(null), json!(3), json!("x"), json!([]), json!({}), json!([null, 3, {}, "x", [[]]])];
    for value in &junk {
        for member in
            ["metadata", "components", "dependencies", "vulnerabilities", "services", "serialNumber", "version", "properties"]
        {
            let converted = read(json!({member: value}));
            assert!(converted.errors.iter().all(|error| error.place.is_some()), "{member} {value}: {:?}", converted.errors);
        }
        for member in ["name", "version", "purl", "licenses", "components", "properties", "bom-ref", "type"] {
            let mut one = library("a", "a");
            one[member] = value.clone();
            read(json!({"components": [one]}));
        }
        for member in ["id", "source", "references", "ratings", "cwes", "affects", "analysis", "advisories", "description"] {
            let mut one = vulnerability("CVE-2020-1111", &["a"]);
            one[member] = value.clone();
            read(json!({"components": [library("a", "a")], "vulnerabilities": [one]}));
        }
    }
}

#[test]
fn an_entry_that_affects_too_much_is_cut_and_says_so() {
    let mut one = vulnerability("CVE-2020-1111", &[]);
    one["affects"] = (0..20_000).map(|number| json!({"ref": format!("pkg:npm/p{number}@1")})).collect();
    one["description"] = json!("x".repeat(15_000));
    let converted = read(json!({"vulnerabilities": [one]}));
    assert!(converted.partial && converted.more_rejected > 0);
    assert_eq!(converted.entries.len() as u64 + converted.more_rejected, 20_000);
}
