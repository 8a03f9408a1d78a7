//! Tests of matching.rs: repetitions and the order of scanners, on findings made of their keys alone.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::*;
use crate::domain::few::Few;
use crate::domain::identity::Identity;

fn tool(id: &str) -> Tool {
    Tool { external_id: id.to_owned(), name: id.to_owned(), version: String::new(), vendor: String::new() }
}

/// A finding of the tool at that place whose keys are its UUID and the given ones.
fn matched(number: u8, tool: u32, keys: &[u8]) -> Matched {
    let uuid = [number; 16];
    let names = keys.iter().map(|key| [*key; 20]).collect();
    let identity = Identity { uuid, primary: [0; 20], location_sha: [0; 20], signatures: Few::default(), names };
    let candidate = Candidate::made_of(identity, tool);
    Matched { candidate, uuid, taken_over_by: None }
}

fn numbers(all: &[Matched]) -> Vec<u8> {
    all.iter().map(|entry| entry.candidate.identity.uuid[0]).collect()
}

#[test]
fn scanners_go_in_gitlabs_order_and_then_by_name() {
    let mut ids = ["zap", "semgrep", "gemnasium-python", "alpha", "bandit", "gitlab-sbom-vulnerability-scanner", "retire.js"];
    ids.sort_by_key(|id| scanner_order(Some(&tool(id))));
    assert_eq!(ids, ["bandit", "retire.js", "semgrep", "gemnasium-python", "gitlab-sbom-vulnerability-scanner", "alpha", "zap"]);
    assert!(scanner_order(None) > scanner_order(Some(&tool("zzz"))));
    let vendor = |vendor: &str| scanner_order(Some(&Tool { vendor: vendor.to_owned(), ..tool("a") }));
    assert!(vendor("a") < vendor("b"));
}

#[test]
fn the_first_of_an_artifact_is_kept_and_a_repetition_adds_no_keys() {
    let tools = [tool("x")];
    // 2 shares a key with 1 and goes; 3 shares one only with 2 and stays.
    let all = vec![matched(1, 0, &[10]), matched(2, 0, &[10, 20]), matched(3, 0, &[20])];
    let answer = deduplicate(all, &tools, &mut HashSet::new());
    assert_eq!((numbers(&answer.unique), answer.repeated.len(), answer.dropped), (vec![1, 3], 0, 1));
}

#[test]
fn inside_an_artifact_the_scanner_decides_before_the_order() {
    let tools = [tool("semgrep"), tool("bandit")];
    let answer = deduplicate(vec![matched(1, 0, &[10]), matched(2, 1, &[10])], &tools, &mut HashSet::new());
    assert_eq!((numbers(&answer.unique), answer.dropped), (vec![2], 1));
}

#[test]
fn across_artifacts_repetitions_are_answered_apart() {
    let tools = [tool("x")];
    let mut seen = HashSet::new();
    deduplicate(vec![matched(1, 0, &[10])], &tools, &mut seen);
    let answer = deduplicate(
        vec![matched(2, 0, &[10, 20]), matched(3, 0, &[20]), matched(4, 0, &[30]), matched(1, 0, &[])],
        &tools,
        &mut seen,
    );
    // 3 repeats 2 inside its artifact.
    assert_eq!((numbers(&answer.unique), numbers(&answer.repeated), answer.dropped), (vec![4], vec![2, 1], 1));
}

#[test]
fn a_taken_over_identity_is_known_by_both_of_its_names() {
    let tools = [tool("x")];
    let mut seen = HashSet::new();
    let taken = Matched { uuid: [99; 16], taken_over_by: Some(MatchEvidence::Signature(3)), ..matched(1, 0, &[]) };
    deduplicate(vec![taken], &tools, &mut seen);
    // One has the computed identity, one the stored one: both are the same finding.
    let answer = deduplicate(vec![matched(1, 0, &[]), matched(99, 0, &[]), matched(5, 0, &[])], &tools, &mut seen);
    assert_eq!((numbers(&answer.unique), numbers(&answer.repeated)), (vec![5], vec![1, 99]));
}

proptest::proptest! {
    #[test]
    fn alone_the_same_are_kept(
        all in proptest::collection::vec((0..40_u8, 0..2_u32, proptest::collection::vec(0..60_u8, 0..4), proptest::bool::weighted(0.2)), 0..30),
    ) {
        let tools = [tool("semgrep"), tool("bandit")];
        let entries: Vec<Matched> = all
            .iter()
            .map(|(number, tool, keys, is_taken)| {
                let entry = matched(*number, *tool, keys);
                let uuid = [number ^ 1; 16];
                if *is_taken { Matched { uuid, taken_over_by: Some(MatchEvidence::Location), ..entry } } else { entry }
            })
            .collect();
        let by_all_keys = deduplicate(entries.clone(), &tools, &mut HashSet::new());
        let alone = deduplicate_alone(entries, &tools);
        proptest::prop_assert_eq!(numbers(&alone.unique), numbers(&by_all_keys.unique));
        proptest::prop_assert_eq!((alone.dropped, alone.repeated.len()), (by_all_keys.dropped, 0));
    }
}
