//! Whole SARIF files to sections and findings. Must not know: storage.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::*;
use serde_json::{Value, json};

fn bytes(runs: Value) -> Vec<u8> {
    json!({"version": "2.1.0", "runs": runs}).to_string().into_bytes()
}

fn run(results: Value) -> Value {
    json!({"tool": {"driver": {"name": "Lint Tool", "version": "3", "rules": [{"id": "R1", "name": "Rule one"}]}}, "results": results})
}

fn at(uri: &str, line: u64) -> Value {
    json!([{"physicalLocation": {"artifactLocation": {"uri": uri}, "region": {"startLine": line}}}])
}

fn result(rule: &str, uri: &str, line: u64) -> Value {
    json!({"ruleId": rule, "message": {"text": "look"}, "locations": at(uri, line)})
}

fn of(file: &[u8], run: u64, report_type: ReportType) -> Converted {
    convert(file, run, report_type)
}

/// The one section of a run with these results.
fn sast(results: Value) -> Converted {
    of(&bytes(json!([run(results)])), 0, ReportType::Sast)
}

#[test]
fn a_run_gives_a_section_for_each_type_of_its_results() {
    let mut dependency = result("CVE-2021-44228", "pom.xml", 1);
    dependency["message"]["text"] = json!("Package: log4j-core\nInstalled Version: 2.14.1");
    let mut secret = result("R2", "a.env", 2);
    secret["properties"] = json!({"tags": ["CWE-798"]});
    let file = bytes(json!([
        run(json!([result("R1", "a.c", 1), dependency, secret])),
        run(json!([])),
        run(json!([result("R1", "b.c", 1)]))
    ]));
    let told: Vec<(u64, ReportType)> = sections(&file).into_iter().map(|section| (section.run, section.report_type)).collect();
    let wanted = [
        (0, ReportType::Sast),
        (0, ReportType::DependencyScanning),
        (0, ReportType::SecretDetection),
        (1, ReportType::Sast),
        (2, ReportType::Sast),
    ];
    assert_eq!(told, wanted);
    assert_eq!(sections(&file)[0].scanner.as_deref(), Some("sarif:lint-tool"));
    let places = |run, report_type| {
        of(&file, run, report_type)
            .entries
            .into_iter()
            .map(|(pointer, entry)| (pointer, entry["location"].clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        places(0, ReportType::Sast),
        [("/runs/0/results/0".to_owned(), json!({"file": "a.c", "start_line": 1, "end_line": 1}))]
    );
    let dependency = json!({"package": {"name": "log4j-core"}, "version": "2.14.1"});
    assert_eq!(places(0, ReportType::DependencyScanning)[0].1["dependency"], dependency);
    assert_eq!(places(0, ReportType::SecretDetection)[0].1["commit"], json!({"sha": "0000000"}));
    assert!(places(1, ReportType::Sast).is_empty());
    assert_eq!(places(2, ReportType::Sast)[0].0, "/runs/2/results/0");
}

#[test]
fn a_result_becomes_a_finding_with_the_rule_first() {
    let rule = json!({"id": "R1", "name": "Rule one", "shortDescription": {"text": "Short"}, "fullDescription": {"text": "Long text"},
        "helpUri": "https://example.com/R1", "help": {"text": "Do it so"}, "messageStrings": {"m": {"text": "{0} is {{not}} {1}"}},
        "properties": {"tags": ["external/cwe/cwe-079"], "security-severity": "8.1"}});
    let mut one = result("R1", "src/a%20b.c", 7);
    one["message"] = json!({"id": "m", "arguments": ["x", "good"]});
    one["fixes"] = json!([{"description": {"text": "Escape it"}}]);
    let step = |line: u64| json!({"location": at("src/c.c", line)[0]});
    one["codeFlows"] = json!([{"threadFlows": [{"locations": [step(1), step(2), step(3)]}]}]);
    let mut run = run(json!([one]));
    run["tool"]["driver"]["rules"] = json!([rule]);
    let converted = of(&bytes(json!([run])), 0, ReportType::Sast);
    let entry = &converted.entries[0].1;
    assert_eq!(entry["name"], "Short");
    assert_eq!(entry["description"], "x is {not} good\n\nLong text");
    assert_eq!((&entry["severity"], &entry["solution"]), (&json!("High"), &json!("Escape it")));
    let wanted = json!([
        {"type": "Lint Tool", "name": "R1", "value": "R1", "url": "https://example.com/R1"},
        {"type": "cwe", "name": "CWE-79", "value": "79", "url": "https://cwe.mitre.org/data/definitions/79.html"},
    ]);
    assert_eq!(entry["identifiers"], wanted);
    assert_eq!(entry["location"], json!({"file": "src/a b.c", "start_line": 7, "end_line": 7}));
    assert_eq!(entry["links"], json!([{"url": "https://example.com/R1"}]));
    let nodes: Vec<&str> = entry["details"]["code_flows"]["items"][0]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|node| node["node_type"].as_str())
        .collect();
    assert_eq!(nodes, ["source", "propagation", "sink"]);
    let tool = converted.tool.unwrap();
    assert_eq!((tool.name.as_str(), tool.version.as_str()), ("Lint Tool", "3"));
}

#[test]
fn results_that_the_tool_took_back_are_left_out_and_counted() {
    let with = |member: &str, value: Value| {
        let mut one = result("R1", "a.c", 1);
        one[member] = value;
        one
    };
    let converted = sast(json!([
        with("suppressions", json!([{"kind": "inSource"}])),
        with("suppressions", json!([{"status": "rejected"}, {"status": "accepted"}])),
        with("suppressions", json!([{"status": "underReview"}, {"status": "rejected"}])),
        with("suppressions", json!([])),
        with("kind", json!("pass")),
        with("kind", json!("notApplicable")),
        with("kind", json!("review")),
        with("baselineState", json!("absent")),
        with("baselineState", json!("unchanged")),
    ]));
    let pointers: Vec<&str> = converted.entries.iter().map(|(pointer, _)| pointer.as_str()).collect();
    assert_eq!(pointers, ["/runs/0/results/2", "/runs/0/results/3", "/runs/0/results/6", "/runs/0/results/8"]);
    let told: Vec<&str> = converted.warnings.iter().map(|warning| warning.message.as_str()).collect();
    assert!(told[0].starts_with("2 results were left out: they are suppressed"), "{told:?}");
    assert!(
        told[1].starts_with("2 results were left out: their kind") && told[2].starts_with("1 results were left out"),
        "{told:?}"
    );
    assert!(converted.rejected.is_empty());
}

#[test]
fn what_cant_be_used_is_rejected_up_to_half_and_refuses_the_file_beyond() {
    let good = || result("R1", "a.c", 1);
    let half = sast(json!([good(), {"ruleId": "R1"}]));
    assert!(half.errors.is_empty());
    assert_eq!(half.rejected, [("/runs/0/results/1".to_owned(), "it has no physical location".to_owned())]);
    assert_eq!(half.warnings[0].message, "1 of 2 results of the file could not be used");
    let more = sast(json!([good(), {"locations": at("a.c", 1)}, 7]));
    assert_eq!(more.errors[0].place.as_deref(), Some("/runs"));
    assert!(more.errors[0].message.starts_with("2 of 3 results"), "{:?}", more.errors);
    let reasons: Vec<&str> = more.rejected.iter().map(|(_, reason)| reason.as_str()).collect();
    assert_eq!(reasons, ["it names no rule", "a result has to be an object"]);
    let silent = sast(json!([good()]));
    assert!(silent.warnings.is_empty() && silent.errors.is_empty());
}

#[test]
fn a_bad_run_beside_a_good_one_counts_over_the_whole_file() {
    let good = run(json!([result("R1", "a.c", 1)]));
    let mut bad = run(json!([result("R1", "a.c", 1), result("R1", "b.c", 1)]));
    bad["tool"]["driver"]["name"] = json!(" ");
    let converted = of(&bytes(json!([good, bad])), 0, ReportType::Sast);
    assert!(converted.errors[0].message.starts_with("2 of 3 results"), "{:?}", converted.errors);
    assert_eq!(of(&bytes(json!([good, bad])), 1, ReportType::Sast).rejected.len(), 2);
}

#[test]
fn limits_are_told_and_keep_their_place() {
    let results: Vec<Value> = (0..5_001).map(|line| result("R1", "a.c", line + 1)).collect();
    let cut = sast(json!(results));
    assert!(cut.partial && cut.entries.len() == 5_000);
    assert_eq!(cut.rejected, [("/runs/0/results/5000".to_owned(), "it is behind the first 5000 results of its run".to_owned())]);
    let error = |file: &[u8]| of(file, 0, ReportType::Sast).errors[0].clone();
    let runs: Vec<Value> = (0..21).map(|_| run(json!([]))).collect();
    assert_eq!(error(&bytes(json!(runs))).message, "21 runs are more than the 20 of one file");
    let mut many = run(json!([]));
    many["tool"]["driver"]["rules"] = (0..25_001).map(|_| json!({})).collect();
    assert_eq!(error(&bytes(json!([many]))).place.as_deref(), Some("/runs/0/tool"));
    assert!(error(&vec![b' '; (10 << 20) + 1]).message.contains("longer than the 10485760 bytes"));
    let long = sast(json!([{"ruleId": "R2", "message": {"text": "x".repeat(3_000)}, "locations": at("a.c", 1)}]));
    assert_eq!(long.entries[0].1["description"].as_str().unwrap().len(), 1_024);
    assert_eq!(long.entries[0].1["name"].as_str().unwrap().len(), 255);
    assert!(long.warnings[0].message.starts_with("2 texts were too long"), "{:?}", long.warnings);
}

#[test]
fn a_run_that_did_not_finish_says_so() {
    let mut failed = run(json!([result("R1", "a.c", 1)]));
    failed["invocations"] =
        json!([{"executionSuccessful": true, "startTimeUtc": "2024-05-01T10:00:00.5Z"}, {"executionSuccessful": false}]);
    let converted = of(&bytes(json!([failed])), 0, ReportType::Sast);
    assert_eq!(
        (converted.report_status.as_deref(), converted.start_time.as_deref()),
        (Some("failure"), Some("2024-05-01T10:00:00"))
    );
    assert_eq!(converted.entries.len(), 1);
    for results in [json!(null), json!([])] {
        let is_null = results.is_null();
        let status = sast(results).report_status;
        assert_eq!(status.as_deref(), is_null.then_some("failure"));
    }
}

#[test]
fn fingerprints_are_signatures_only_when_they_tell_results_apart() {
    let with = |line: u64, name: &str, text: &str| {
        let mut one = result("R1", "a.c", line);
        one["partialFingerprints"] = json!({name: text});
        one
    };
    let converted = sast(json!([
        with(1, "primaryLocationLineHash", "39fa2ee980eb94b0:1"),
        with(2, "primaryLocationLineHash/v1", "aaaaaaaaaaaaaaaa:1"),
        with(3, "matchBasedId/v1", "requires login"),
        with(4, "primaryLocationLineHash", "bbbbbbbbbbbbbbbb:1"),
        with(5, "primaryLocationLineHash", "bbbbbbbbbbbbbbbb:1"),
        with(6, "commitSha", "39fa2ee980eb94b0"),
    ]));
    let values: Vec<Option<&str>> = converted
        .entries
        .iter()
        .map(|(_, entry)| entry.pointer("/tracking/items/0/signatures/0/value").and_then(Value::as_str))
        .collect();
    let first = Some("a.c|primaryLocationLineHash:39fa2ee980eb94b0:1");
    let second = Some("a.c|primaryLocationLineHash:aaaaaaaaaaaaaaaa:1");
    assert_eq!(values, [first, second, None, None, None, None]);
}

#[test]
fn runs_of_one_tool_in_two_categories_are_two_scanners() {
    let mut categorised = run(json!([]));
    categorised["automationDetails"] = json!({"id": "codeql/python/2024-05-01"});
    let mut plain = run(json!([]));
    plain["automationDetails"] = json!({"id": "nightly"});
    let scanners: Vec<Option<String>> =
        sections(&bytes(json!([categorised, plain]))).into_iter().map(|section| section.scanner).collect();
    assert_eq!(scanners, [Some("sarif:lint-tool:codeql/python".to_owned()), Some("sarif:lint-tool".to_owned())]);
}

#[test]
fn what_is_no_sarif_is_told_with_its_place() {
    let place = |text: &str| {
        let converted = of(text.as_bytes(), 0, ReportType::Sast);
        assert!(sections(text.as_bytes()).is_empty() && converted.entries.is_empty());
        converted.errors[0].place.clone().unwrap_or_default()
    };
    assert_eq!(place("[]"), "/");
    assert_eq!(place("{"), "line 1 column 1");
    assert_eq!(place("{}"), "/version");
    assert_eq!(place(r#"{"version":"2.0.0","runs":[]}"#), "/version");
    assert_eq!(place(r#"{"version":"2.1.0"}"#), "/runs");
    assert_eq!(place(r#"{"version":"2.1.0","runs":{}}"#), "/runs");
    assert_eq!(place(r#"{"version":"2.1.0","runs":[3]}"#), "/runs/0");
    assert_eq!(place(r#"{"version":"2.1.0","runs":[{"results":3}]}"#), "/runs/0/results");
    assert!(of(&bytes(json!([])), 0, ReportType::Sast).errors.is_empty());
}

#[test]
fn wrong_types_everywhere_cost_results_and_nothing_else() {
    let junk = [json!(null), json!(3), json!("x"), json!([]), json!({}), json!([null, 3, {}, "x"])];
    let good = result("R1", "a.c", 1);
    for value in &junk {
        for member in [
            "message",
            "locations",
            "suppressions",
            "properties",
            "codeFlows",
            "fixes",
            "taxa",
            "partialFingerprints",
            "rule",
            "rank",
            "level",
        ] {
            let mut one = good.clone();
            one[member] = value.clone();
            let converted = sast(json!([one, good, good]));
            assert_eq!(converted.errors, [], "{member} {value}");
        }
        for member in ["invocations", "originalUriBaseIds", "artifacts", "automationDetails"] {
            let mut whole = run(json!([good]));
            whole[member] = value.clone();
            assert_eq!(of(&bytes(json!([whole])), 0, ReportType::Sast).entries.len(), 1, "{member} {value}");
        }
        let mut whole = run(json!([good]));
        whole["tool"] = value.clone();
        assert_eq!(of(&bytes(json!([whole])), 0, ReportType::Sast).rejected.len(), 1, "tool {value}");
    }
}
