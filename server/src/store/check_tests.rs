//! check-db finds nothing wrong with a sound database, and every damage that can be seen. Must not know:
//! how a damage could come about.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::catalog::{self, Table};
use super::check::{MOST, check};
use super::{Reads, Store, damage, findings, sample};
use crate::domain::project::Project;
use std::ops::ControlFlow;

fn problems(store: &Store) -> Vec<String> {
    check(&store.read().unwrap()).unwrap().problems
}

fn entries(store: &Store, table: Table) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut all = Vec::new();
    let rtx = store.read().unwrap();
    rtx.walk(table, &[], None, false, &mut |key, value| {
        all.push((key.to_vec(), value.to_vec()));
        Ok(ControlFlow::Continue(()))
    })
    .unwrap();
    all
}

/// Does the damage, looks, and mends it.
fn with(store: &Store, table: Table, key: &[u8], to: Option<&[u8]>) -> Vec<String> {
    let old = store.write(|wtx| damage(wtx, table, key, to)).unwrap();
    let found = problems(store);
    store.write(|wtx| damage(wtx, table, key, old.as_deref())).unwrap();
    found
}

fn is_one_of(table: Table, tables: &[Table]) -> bool {
    tables.iter().any(|one| one.name == table.name)
}

#[test]
fn the_sample_has_an_entry_in_every_table_and_is_sound() {
    let store = sample::store();
    for table in catalog::ALL {
        assert!(!entries(&store, *table).is_empty(), "{}", table.name);
    }
    assert_eq!(problems(&store), Vec::<String>::new());
}

#[test]
fn every_entry_that_is_lost_is_missed() {
    // Nothing refers to these: a lost one looks like one that never was.
    let unseen = [
        catalog::SECURITY_SETTINGS,
        catalog::INSTANCE_SETTINGS,
        catalog::HOOKS,
        catalog::PROTECTED_BRANCHES,
        catalog::BRANCHES,
        catalog::COMMITS,
        catalog::SBOMS,
        catalog::PROMOTIONS,
        catalog::EVENTS,
        catalog::TRANSITIONS,
        catalog::SCAN_RULES,
        catalog::SEARCH_OUTBOX,
        catalog::FINDINGS_UNPLACED,
        catalog::UNLISTED_CHUNKS,
        catalog::RETENTION_SWEEPS,
        catalog::RETENTION_RUNS,
        catalog::LAST_REPORTS,
        catalog::UNDO_JOURNAL,
        catalog::UNDO_PROMOTIONS,
    ];
    let store = sample::store();
    for table in catalog::ALL {
        for (key, _) in entries(&store, *table) {
            let found = with(&store, *table, &key, None);
            assert_eq!(found.is_empty(), is_one_of(*table, &unseen), "{} {key:?}: {found:?}", table.name);
        }
    }
    assert!(problems(&store).is_empty());
}

#[test]
fn every_value_that_is_rubbish_is_seen() {
    // Entries of a queue have no value to look at, and any number may be the last one given.
    let unseen = [catalog::INGESTION_QUEUE, catalog::UNLISTED_CHUNKS, catalog::RETENTION_SWEEPS, catalog::SEQUENCES];
    let store = sample::store();
    for table in catalog::ALL {
        for (key, _) in entries(&store, *table) {
            let found = with(&store, *table, &key, Some(b"\x01rubbish"));
            assert_eq!(found.is_empty(), is_one_of(*table, &unseen), "{} {key:?}: {found:?}", table.name);
        }
    }
    assert!(problems(&store).is_empty());
}

#[test]
fn every_index_entry_without_a_row_is_seen() {
    let store = sample::store();
    for table in catalog::ALL.iter().filter(|table| table.invariant.starts_with("index of")) {
        let (key, value) = entries(&store, *table).remove(0);
        let mut other = key;
        *other.last_mut().unwrap() ^= 0x55;
        assert!(!with(&store, *table, &other, Some(&value)).is_empty(), "{}", table.name);
    }
}

#[test]
fn kept_numbers_are_counted_again() {
    let store = sample::store();
    let (key, mut value) = entries(&store, catalog::VULNERABILITY_COUNTERS).remove(0);
    *value.last_mut().unwrap() += 1;
    assert_eq!(
        with(&store, catalog::VULNERABILITY_COUNTERS, &key, Some(&value)),
        ["project 1: the kept counters differ from a recount"]
    );
    let foreign = 99_u64.to_be_bytes();
    assert_eq!(
        with(&store, catalog::VULNERABILITY_COUNTERS, &foreign, Some(&value)),
        ["counters: row 99 of projects is missing"]
    );
}

#[test]
fn kept_sizes_are_counted_again() {
    let store = sample::store();
    let (key, mut value) = entries(&store, catalog::PROJECT_SIZES).remove(0);
    *value.last_mut().unwrap() += 1;
    let wrong = "project 1: the kept sizes differ from a recount";
    assert_eq!(with(&store, catalog::PROJECT_SIZES, &key, Some(&value)), [wrong]);
    let foreign = 99_u64.to_be_bytes();
    assert!(!with(&store, catalog::PROJECT_SIZES, &foreign, Some(&value)).is_empty());
    let sizes = super::project_sizes::of_project(&store.read().unwrap(), 1).unwrap();
    assert!(sizes.pipelines > 0 && sizes.reports > 0 && sizes.report_bytes > 0 && sizes.findings > 0, "{sizes:?}");
    assert_eq!(super::project_sizes::all(&store.read().unwrap()).unwrap().into_values().next(), Some(sizes));
}

#[test]
fn numbers_of_a_scan_have_to_add_up() {
    let store = sample::store();
    let mut scan = sample::scan();
    (scan.accepted_chunks, scan.accepted) = (Vec::new(), 0);
    store.write(|wtx| super::scans::put_scan(wtx, &scan)).unwrap();
    assert_eq!(problems(&store), ["scan 1: declared 3 is not accepted 0 + duplicate 1 + rejected 1"]);
}

#[test]
fn a_row_written_past_the_rules_is_seen() {
    let store = sample::store();
    let mut pair = findings::find_pair(&store.read().unwrap(), 1).unwrap().unwrap();
    pair.vulnerability.severity = casemate_shared::Severity::Info;
    let key = 1_u64.to_be_bytes();
    let bytes = super::codec::encode(&pair.vulnerability).unwrap();
    let found = with(&store, catalog::VULNERABILITIES, &key, Some(&bytes));
    assert!(found.iter().any(|problem| problem.contains("vulnerability_reads")), "{found:?}");
    assert!(found.iter().any(|problem| problem.contains("recount")), "{found:?}");
}

#[test]
fn a_mark_stands_beside_its_vulnerability_and_in_no_other_row() {
    let store = sample::store();
    let (key, mark) = entries(&store, catalog::NO_LONGER_DETECTED).remove(0);
    for (project, vulnerability) in [(1_u64, 99_u64), (99, 1)] {
        let foreign = [project.to_be_bytes(), vulnerability.to_be_bytes()].concat();
        let wrong = format!("the mark of vulnerability {vulnerability}: it has none of that project");
        assert_eq!(with(&store, catalog::NO_LONGER_DETECTED, &foreign, Some(&mark)), [wrong]);
    }
    let found = with(&store, catalog::NO_LONGER_DETECTED, &key, None);
    assert!(found.iter().any(|problem| problem.contains("vulnerability_reads")), "{found:?}");
    let pair = findings::find_pair(&store.read().unwrap(), 1).unwrap().unwrap();
    assert!(pair.vulnerability.resolved_on_default_branch);
    let marked = super::codec::encode(&pair.vulnerability).unwrap();
    let found = with(&store, catalog::VULNERABILITIES, &1_u64.to_be_bytes(), Some(&marked));
    assert_eq!(found, ["vulnerability 1: its own row is marked"]);
}

#[test]
fn problems_are_told_up_to_a_hundred_and_counted_beyond() {
    let store = sample::store();
    store
        .write(|wtx| {
            for id in 100..100 + MOST as u64 + 20 {
                let project = Project { id, namespace_id: 99, full_path: format!("x/{id}"), ..sample::project() };
                super::projects::put_project(wtx, &project)?;
            }
            super::meta::take_ids(wtx, super::meta::Sequence::Project, 1_000).map(|_| ())
        })
        .unwrap();
    let found = check(&store.read().unwrap()).unwrap();
    assert_eq!((found.problems.len(), found.more), (MOST, 20));
    assert_eq!(found.problems[0], "project 100: row 99 of namespaces is missing");
}
