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

/// An artifact as it is ingested when nothing is taken over.
fn told_apart(all: Vec<Matched>, tools: &[Tool], seen: &mut HashSet<FindingKey>) -> Deduplicated {
    let candidates = all.into_iter().map(|entry| entry.candidate).collect();
    let (candidates, dropped) = without_repetitions(candidates, tools);
    let as_they_are = |candidate: Candidate| Matched { uuid: candidate.identity.uuid, taken_over_by: None, candidate };
    Deduplicated { dropped, ..deduplicate(candidates.into_iter().map(as_they_are).collect(), seen) }
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
    let answer = told_apart(all, &tools, &mut HashSet::new());
    assert_eq!((numbers(&answer.unique), answer.repeated.len(), answer.dropped), (vec![1, 3], 0, 1));
}

#[test]
fn inside_an_artifact_the_scanner_decides_before_the_order() {
    let tools = [tool("semgrep"), tool("bandit")];
    let answer = told_apart(vec![matched(1, 0, &[10]), matched(2, 1, &[10])], &tools, &mut HashSet::new());
    assert_eq!((numbers(&answer.unique), answer.dropped), (vec![2], 1));
}

#[test]
fn across_artifacts_repetitions_are_answered_apart() {
    let tools = [tool("x")];
    let mut seen = HashSet::new();
    told_apart(vec![matched(1, 0, &[10])], &tools, &mut seen);
    let answer = told_apart(
        vec![matched(2, 0, &[10, 20]), matched(3, 0, &[20]), matched(4, 0, &[30]), matched(1, 0, &[])],
        &tools,
        &mut seen,
    );
    // 3 repeats 2 inside its artifact.
    assert_eq!((numbers(&answer.unique), numbers(&answer.repeated), answer.dropped), (vec![4], vec![2, 1], 1));
}

#[test]
fn a_taken_over_identity_is_known_by_both_of_its_names() {
    let mut seen = HashSet::new();
    let taken = Matched { uuid: [99; 16], taken_over_by: Some(MatchEvidence::Signature(3)), ..matched(1, 0, &[]) };
    deduplicate(vec![taken], &mut seen);
    // One has the computed identity, one the stored one: both are the same finding.
    let answer = deduplicate(vec![matched(1, 0, &[]), matched(99, 0, &[]), matched(5, 0, &[])], &mut seen);
    assert_eq!((numbers(&answer.unique), numbers(&answer.repeated)), (vec![5], vec![1, 99]));
}

proptest::proptest! {
    #[test]
    fn what_stays_is_what_a_set_of_all_keys_says(
        all in proptest::collection::vec((0..40_u8, 0..2_u32, proptest::collection::vec(0..60_u8, 0..4)), 0..30),
    ) {
        let tools = [tool("semgrep"), tool("bandit")];
        let mut entries: Vec<Candidate> =
            all.iter().map(|(number, tool, keys)| matched(*number, *tool, keys).candidate).collect();
        let (stay, dropped) = without_repetitions(entries.clone(), &tools);
        entries.sort_by_key(|candidate| candidate.tool != 1);
        let mut own = HashSet::new();
        let count = entries.len();
        entries.retain(|candidate| {
            let keys: Vec<FindingKey> = candidate.identity.keys().collect();
            let is_new = !keys.iter().any(|key| own.contains(key));
            own.extend(keys.into_iter().filter(|_| is_new));
            is_new
        });
        let numbers = |all: &[Candidate]| -> Vec<u8> { all.iter().map(|candidate| candidate.identity.uuid[0]).collect() };
        proptest::prop_assert_eq!(numbers(&stay), numbers(&entries));
        proptest::prop_assert_eq!(dropped as usize, count - entries.len());
    }
}
