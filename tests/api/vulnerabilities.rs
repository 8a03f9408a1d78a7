//! The list of vulnerabilities: every filter, every order, exact numbers; and one vulnerability alone.

use crate::demo::demo;
use crate::words::{column, ids_that_are_no_numbers, is_time, times_that_are_none};
use casemate_tests::{Project, sample};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn text<'a>(row: &'a Value, field: &str) -> &'a str {
    row[field].as_str().unwrap_or_default()
}

/// Asks with a filter and compares with filtering all rows here.
#[track_caller]
fn assert_filter(project: &Project, all: &[Value], query: &str, takes: impl Fn(&Value) -> bool) -> usize {
    let wanted: BTreeSet<u64> = all.iter().filter(|row| takes(row)).map(|row| row["id"].as_u64().unwrap()).collect();
    let got: BTreeSet<u64> =
        project.all(&format!("vulnerabilities?{query}")).iter().map(|row| row["id"].as_u64().unwrap()).collect();
    assert_eq!(got, wanted, "{query}");
    assert_eq!(project.total(&format!("vulnerabilities?per_page=1&{query}")), wanted.len() as u64, "{query}");
    wanted.len()
}

#[test]
fn every_filter_takes_exactly_what_it_says() {
    let project = demo(usize::MAX);
    let all = project.vulnerabilities();
    let mut sizes = Vec::new();
    for severity in ["critical", "high", "medium", "low", "info", "unknown"] {
        sizes.push(assert_filter(&project, &all, &format!("severity={severity}"), |row| row["severity"] == severity));
    }
    assert_eq!(sizes.iter().sum::<usize>(), all.len());
    assert!(sizes[0] > 0 && sizes[1] > 0);
    let severe = |row: &Value| ["critical", "high"].contains(&text(row, "severity"));
    for query in ["severity=critical,high", "severity[]=critical&severity[]=high", "severity%5B%5D=high&severity%5B%5D=critical"]
    {
        assert_filter(&project, &all, query, severe);
    }
    let types: BTreeSet<&str> = all.iter().map(|row| text(row, "report_type")).collect();
    assert_eq!(types.len(), 8);
    for one in &types {
        assert!(assert_filter(&project, &all, &format!("report_type={one}"), |row| text(row, "report_type") == *one) > 0);
    }
    let scanners: BTreeSet<&str> = all.iter().map(|row| text(&row["scanner"], "external_id")).collect();
    for one in &scanners {
        assert!(assert_filter(&project, &all, &format!("scanner={one}"), |row| text(&row["scanner"], "external_id") == *one) > 0);
    }
    assert_eq!(assert_filter(&project, &all, "scanner=nobody", |_| false), 0);
    let gone = assert_filter(&project, &all, "activity=no_longer_detected", |row| row["resolved_on_default_branch"] == true);
    let there = assert_filter(&project, &all, "activity=still_detected", |row| row["resolved_on_default_branch"] == false);
    assert!(gone > 0 && there > 0 && gone + there == all.len());
    assert_filter(&project, &all, "state=detected", |row| row["state"] == "detected");
    assert_eq!(assert_filter(&project, &all, "state=dismissed,resolved,confirmed", |_| false), 0);
    let mixed = "severity=critical,high&report_type=sast&activity=still_detected&scanner=semgrep&search=sql";
    assert!(project.total(&format!("vulnerabilities?{mixed}")) <= there as u64);
}

#[test]
fn times_cut_the_list_in_two() {
    let project = Project::start();
    project.ingest_report("main", &sample::report("sast", "semgrep", vec![sample::sast("A", "a", "a.rs", 1)]));
    let two = vec![sample::sast("A", "a", "a.rs", 1), sample::sast("B", "b", "b.rs", 1)];
    project.ingest_report("main", &sample::report("sast", "semgrep", two));
    let b = project.vulnerability("B")["detected_at"].as_str().unwrap().to_owned();
    let titles = |query: &str| crate::words::sorted(&project.all(&format!("vulnerabilities?{query}")), "title");
    assert_eq!(titles(&format!("detected_after={b}")), ["B"]);
    assert_eq!(titles(&format!("detected_before={b}")), ["A"]);
    // Another zone, and a plus that arrives as a blank.
    let millis = &b[20..23];
    let later = format!("2099-01-01T00:00:00.{millis}+02:00");
    assert_eq!(titles(&format!("detected_before={later}")), ["A", "B"]);
    assert!(titles("detected_after=2099-01-01T00:00:00Z").is_empty());
}

#[test]
fn every_order_is_total_and_goes_both_ways() {
    let project = demo(usize::MAX);
    let all = project.vulnerabilities();
    let rank = |row: &Value| {
        ["info", "unknown", "low", "medium", "high", "critical"].iter().position(|word| row["severity"] == *word).unwrap()
    };
    type Key = Box<dyn Fn(&Value) -> (String, u64)>;
    let id = |row: &Value| row["id"].as_u64().unwrap();
    let keys: [(&str, Key); 5] = [
        ("severity", Box::new(move |row| (rank(row).to_string(), id(row)))),
        ("id", Box::new(move |row| (String::new(), id(row)))),
        ("title", Box::new(move |row| (text(row, "title").to_lowercase(), id(row)))),
        ("detected_at", Box::new(move |row| (text(row, "detected_at").to_owned(), id(row)))),
        ("updated_at", Box::new(move |row| (text(row, "updated_at").to_owned(), id(row)))),
    ];
    for (word, key) in &keys {
        let mut wanted: Vec<(String, u64)> = all.iter().map(key).collect();
        wanted.sort();
        let got = |sort: &str| -> Vec<(String, u64)> {
            project.all(&format!("vulnerabilities?order_by={word}&sort={sort}")).iter().map(key).collect()
        };
        assert_eq!(got("asc"), wanted, "{word} ascending");
        wanted.reverse();
        assert_eq!(got("desc"), wanted, "{word} descending");
    }
    let ids = |rows: &[Value]| -> Vec<u64> { rows.iter().map(id).collect() };
    assert_eq!(ids(&all), ids(&project.all("vulnerabilities?order_by=severity&sort=desc")), "worst first, newest first");
}

#[test]
fn counts_are_a_recount_of_the_list() {
    let project = demo(usize::MAX);
    for filter in [
        "",
        "report_type=sast",
        "activity=still_detected",
        "scanner=trivy",
        "search=injection",
        "state=detected",
        "severity=high",
    ] {
        let counts = project.get(&format!("vulnerability_severities_count?{filter}")).expect(200).json();
        let without_severity = if filter == "severity=high" { "" } else { filter };
        let rows = project.all(&format!("vulnerabilities?{without_severity}"));
        for severity in ["critical", "high", "medium", "low", "info", "unknown"] {
            let wanted = rows.iter().filter(|row| row["severity"] == severity).count();
            assert_eq!(counts[severity], wanted, "{filter}: {severity}");
        }
    }
    let rows = project.vulnerabilities();
    for scanner in project.get("vulnerability_scanners").expect(200).read::<Vec<Value>>() {
        let own = rows.iter().filter(|row| row["scanner"]["external_id"] == scanner["external_id"]);
        assert_eq!(scanner["count"], own.count(), "{scanner}");
    }
    let open = rows.iter().filter(|row| row["severity"] == "critical" && row["resolved_on_default_branch"] == false).count();
    assert_eq!(project.client.get("/api/v4/projects/1").json()["vulnerability_counts"]["critical"], open);
}

#[test]
fn freshness_tells_the_newest_scan_of_each_type() {
    let project = demo(3);
    let rows: Vec<Value> = project.get("security_report_freshness").expect(200).read();
    assert_eq!(rows.len(), 8, "{rows:?}");
    let newest = project.all("pipelines?ref=main")[0]["id"].clone();
    for row in &rows {
        assert_eq!(row["pipeline_id"], newest, "{row}");
        assert!(is_time(&row["scanned_at"]) && row["newer_errors"] == false, "{row}");
    }
}

#[test]
fn a_vulnerability_has_the_fields_that_clients_read() {
    let project = demo(1);
    let rows = project.vulnerabilities();
    for row in rows.iter().chain([&project.client.get(&format!("/api/v4/vulnerabilities/{}", rows[0]["id"])).json()]) {
        assert_eq!((ids_that_are_no_numbers(row), times_that_are_none(row)), (vec![], vec![]), "{row}");
        assert!(row["project"].is_object() && row["finding"].is_object(), "{row}");
        assert_eq!((&row["finding"]["uuid"], &row["finding"]["vulnerability_id"]), (&row["uuid"], &row["id"]));
        let raw: Value = serde_json::from_str(row["finding"]["raw_metadata"].as_str().unwrap()).unwrap();
        assert_eq!(raw["location"], row["location"]);
        for field in ["dismissed_at", "resolved_at", "confirmed_at", "start_date", "closed_at", "dismissal_reason"] {
            assert!(row[field].is_null(), "{field}");
        }
        let page = format!("/acme/demo/-/security/vulnerabilities/{}", row["id"]);
        assert!(text(row, "web_url").ends_with(&page), "{row}");
        assert!(!text(row, "location_text").is_empty());
    }
    let without = project.get("vulnerabilities?raw_metadata=false").expect(200).json();
    assert!(without[0]["finding"].get("raw_metadata").is_none());
}

#[test]
fn everything_that_a_report_says_of_a_finding_is_kept() {
    let project = Project::start();
    let mut finding = sample::sast("Weak hash", "weak-hash", "a.rb", 15);
    finding["description"] = json!("Some **text** <script>alert(1)</script>");
    finding["solution"] = json!("Use another.");
    finding["links"] = json!([{"name": "read", "url": "https://example.org/a"}, {"url": "https://example.org/b"}]);
    finding["flags"] = json!([{"type": "flagged-as-likely-false-positive", "origin": "x", "description": "y"}]);
    finding["cvss_vectors"] = json!([{"vendor": "NVD", "vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}]);
    finding["details"] = json!({"note": {"type": "text", "name": "Note", "value": "v"}});
    finding["identifiers"]
        .as_array_mut()
        .unwrap()
        .push(json!({"type": "cwe", "name": "CWE-327", "value": "327", "url": "https://cwe.mitre.org/"}));
    let mut report = sample::report("sast", "semgrep", vec![finding.clone()]);
    report["version"] = json!("15.2.4");
    report["remediations"] =
        json!([{"fixes": [{"id": finding["id"]}], "summary": "Use SHA-256", "diff": "ZGlmZiAtLWdpdCBhL0dlbWZpbGUgYi9HZW1maWxl"}]);
    let made = project.ingest_report("main", &report);
    assert_eq!(made.reports[0].findings, 1, "{:?}", made.reports[0].errors);
    let id = project.vulnerability("Weak hash")["id"].clone();
    let full = project.client.get(&format!("/api/v4/vulnerabilities/{id}")).expect(200).json();
    assert_eq!(full["solution"], "Use another.");
    assert_eq!(full["links"][0], json!({"name": "read", "url": "https://example.org/a"}));
    assert_eq!(full["links"][1], json!({"name": null, "url": "https://example.org/b"}));
    assert_eq!((&full["false_positive"], &full["flags"][0]["origin"]), (&json!(true), &json!("x")));
    assert_eq!((&full["cvss"], &full["details"]), (&finding["cvss_vectors"], &finding["details"]));
    assert_eq!(column(full["identifiers"].as_array().unwrap(), "external_id"), ["weak-hash", "327"]);
    assert_eq!((&full["has_remediations"], &full["remediations"][0]["summary"]), (&json!(true), &json!("Use SHA-256")));
    assert_eq!(full["remediations"][0]["checksum"], "9f31f4624da3aaed48a87e76061892711af64a44b924543acfeddf2bff80652f");
    let html = text(&full, "description_html");
    assert!(html.contains("<strong>text</strong>") && !html.contains("<script"), "{html}");
    assert_eq!(full["description"], finding["description"]);
    assert_eq!(full["reasons"][0]["decision"], "new");
    assert_eq!((&full["initial_pipeline_id"], &full["latest_pipeline_id"]), (&json!(made.pipeline.id), &json!(made.pipeline.id)));
}

#[test]
fn of_23_identifiers_the_first_20_are_kept() {
    let project = Project::start();
    let identifiers: Vec<String> = (0..23).map(|number| format!("rule:{number}")).collect();
    let names: Vec<&str> = identifiers.iter().map(String::as_str).collect();
    let finding = sample::finding("Many", &names, json!({"file": "a.rs", "start_line": 1}));
    project.ingest_report("main", &sample::report("sast", "semgrep", vec![finding]));
    let kept = project.vulnerability("Many")["identifiers"].clone();
    let wanted: Vec<String> = (0..20).map(|number| number.to_string()).collect();
    assert_eq!(column(kept.as_array().unwrap(), "external_id"), wanted);
}
