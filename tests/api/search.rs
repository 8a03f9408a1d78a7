//! The search text of the list: which parts it looks at, and that it never lags behind the caller.

use crate::demo::demo;
use casemate_shared::api::paths::encode_segment;
use casemate_tests::{Project, sample};
use serde_json::json;

fn titles(project: &Project, text: &str) -> Vec<String> {
    crate::words::sorted(&project.all(&format!("vulnerabilities?search={}", encode_segment(text))), "title")
}

#[test]
fn every_text_of_a_finding_is_searched() {
    let project = Project::start();
    let mut sast = sample::sast("Walrus in the parser", "acme.walrus-rule", "src/harbour/Quay_Side.rs", 7);
    sast["description"] = json!("The narwhal sleeps below the pier.");
    sast["identifiers"].as_array_mut().unwrap().push(sample::identifier("cwe:327"));
    let dependency = sample::dependency("Lodestar", &["cve:CVE-2021-44228"], "Cargo.lock", "left-pad");
    let container = sample::container("Anchor", &["cve:CVE-2020-8203"], "registry.example.org/acme/ferry:1.2", "libssl3");
    project.ingest_report("main", &sample::report("sast", "semgrep", vec![sast]));
    project.ingest_report("main", &sample::report("dependency_scanning", "gemnasium", vec![dependency]));
    project.ingest_report("main", &sample::report("container_scanning", "trivy", vec![container]));
    for (text, title) in [
        ("walrus", "Walrus in the parser"),
        ("WALRUS parser", "Walrus in the parser"),
        ("narwhal", "Walrus in the parser"),
        ("narw", "Walrus in the parser"),
        ("src/harbour", "Walrus in the parser"),
        ("harbour/Quay_Side.rs", "Walrus in the parser"),
        ("acme.walrus-rule", "Walrus in the parser"),
        ("semgrep", "Walrus in the parser"),
        ("left-pad", "Lodestar"),
        ("CVE-2021-44228", "Lodestar"),
        ("cve-2021-44228", "Lodestar"),
        ("Cargo.lock", "Lodestar"),
        ("ferry", "Anchor"),
        ("registry.example.org/acme/ferry", "Anchor"),
        ("libssl3", "Anchor"),
        ("\"sleeps below\"", "Walrus in the parser"),
    ] {
        assert_eq!(titles(&project, text), [title], "{text}");
    }
    for text in ["walrus narwhal nobody", "\"below sleeps\"", "CVE-2021-4422", "arwhal"] {
        assert!(titles(&project, text).is_empty(), "{text}");
    }
    assert_eq!(titles(&project, "-walrus"), ["Anchor", "Lodestar"]);
    assert_eq!(titles(&project, "  "), ["Anchor", "Lodestar", "Walrus in the parser"], "nothing to search for narrows nothing");
}

#[test]
fn what_was_just_uploaded_is_found_at_once_again_and_again() {
    let project = Project::start();
    for number in 0..12 {
        let words = ["heron", "plover", "curlew"][number % 3];
        let finding = sample::sast(&format!("{words} {number}"), &format!("r{number}"), "a.rs", number as u64 + 1);
        let upload = project.upload("main").file(
            "sast",
            "r.json",
            sample::report("sast", "semgrep", vec![finding]).to_string().as_bytes(),
        );
        project.client.upload("acme/demo", "?wait=60", upload).expect(201);
        assert_eq!(project.total(&format!("vulnerabilities?search={words}+{number}")), 1, "upload {number}");
    }
}

#[test]
fn a_text_that_changed_is_found_by_the_new_words_only() {
    let project = Project::start();
    let mut finding = sample::sast("Same", "r", "a.rs", 1);
    finding["description"] = json!("An old word: ptarmigan.");
    project.ingest_report("main", &sample::report("sast", "semgrep", vec![finding.clone()]));
    finding["description"] = json!("A new word: capercaillie.");
    project.ingest_report("main", &sample::report("sast", "semgrep", vec![finding]));
    assert_eq!((project.total("vulnerabilities?search=ptarmigan"), project.total("vulnerabilities?search=capercaillie")), (0, 1));
}

#[test]
fn a_search_agrees_with_reading_everything() {
    let project = demo(usize::MAX);
    let all = project.vulnerabilities();
    for word in ["injection", "password", "lodash", "nginx", "openssl", "request", "ledger"] {
        let holds = |row: &serde_json::Value| {
            let text = format!("{} {} {}", row["title"], row["description"], row["finding"]["raw_metadata"]).to_lowercase();
            text.split(|c: char| !c.is_alphanumeric()).any(|found| found.starts_with(word))
        };
        // What is found holds the word somewhere in its report entry.
        let found = project.all(&format!("vulnerabilities?search={word}"));
        assert!(found.iter().all(holds), "{word}");
        let in_title = all.iter().filter(|row| {
            let title = row["title"].as_str().unwrap().to_lowercase();
            title.split(|c: char| !c.is_alphanumeric()).any(|part| part.starts_with(word))
        });
        for row in in_title {
            assert!(found.iter().any(|one| one["id"] == row["id"]), "{word} is in {}", row["title"]);
        }
    }
}

#[test]
fn odd_texts_are_answered() {
    let project = Project::start();
    project.ingest_report("main", &sample::large(5, 0));
    for text in
        ["title:x AND (", "*", "a*b?", "\"open", "pelican\\", "':--", "ünïcode", "漢字", "\u{202e}x", "+", "{\"a\":1}", "0"]
    {
        let answer = project.get(&format!("vulnerabilities?search={}", encode_segment(text)));
        assert!([200, 400].contains(&answer.status), "{text}: {}", answer.text());
    }
    project.get("vulnerabilities?search=%ff").expect(400);
}
