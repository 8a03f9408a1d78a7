//! Lists of scans in chunks, list rows and kept counters, against naive answers. Must not know: reports.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::check::check;
use super::counts::{self, Difference, StillDetected};
use super::findings::{Change, Pair, find_pair, put, still_detected, still_detected_among};
use super::reads::{self, Counters};
use super::{Store, sample, scans};
use crate::domain::finding::{MatchEvidence, Read};
use crate::domain::scan::ListEntry;
use casemate_shared::{ReportType, Severity, VulnerabilityState};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

fn severity() -> impl Strategy<Value = Severity> {
    (0..6_u8).prop_map(|rank| Severity::from_rank(rank).unwrap())
}

/// Entries with distinct uuids; one in four ends a chunk.
fn entries(most: usize) -> impl Strategy<Value = Vec<ListEntry>> {
    let end = prop_oneof![3 => any::<u8>(), 1 => Just(u8::MAX)];
    let entry =
        (any::<[u8; 15]>(), end, any::<u64>(), severity(), 0..4_u8).prop_map(|(start, end, body_id, severity, evidence)| {
            let mut uuid = [end; 16];
            uuid[..15].copy_from_slice(&start);
            ListEntry { uuid, body_id, severity, taken_over_by: MatchEvidence::from_number(evidence) }
        });
    proptest::collection::vec(entry, 0..most).prop_map(|mut all| {
        all.sort_unstable();
        all.dedup_by_key(|entry| entry.uuid);
        all
    })
}

fn keep(store: &Store, list: &scans::ChunkedList) -> usize {
    store.write(|wtx| scans::put_chunks(wtx, &list.chunks)).unwrap().len()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_list_reads_back_in_order_whatever_order_it_came_in(all in entries(60), seed: u64) {
        let store = Store::in_memory().unwrap();
        let mut shuffled = all.clone();
        shuffled.sort_by_key(|entry| entry.body_id ^ seed);
        let list = scans::chunk_list(shuffled);
        keep(&store, &list);
        let rtx = store.read().unwrap();
        prop_assert_eq!(&scans::list(&rtx, &list.hashes).unwrap(), &all);
        prop_assert_eq!(keep(&store, &scans::chunk_list(all.clone())), 0);
        for entry in &all {
            prop_assert!(scans::holds(&rtx, &list.hashes, &entry.uuid).unwrap());
            let mut other = entry.uuid;
            other[3] ^= 1;
            prop_assert_eq!(scans::holds(&rtx, &list.hashes, &other).unwrap(), all.iter().any(|entry| entry.uuid == other));
        }
    }

    #[test]
    fn one_entry_more_changes_two_chunks_at_most(all in entries(120), more in entries(2)) {
        prop_assume!(!more.is_empty() && !all.iter().any(|entry| entry.uuid == more[0].uuid));
        let store = Store::in_memory().unwrap();
        let before = scans::chunk_list(all.clone());
        keep(&store, &before);
        let after = scans::chunk_list([all, more].concat());
        let made = keep(&store, &after);
        prop_assert!((1..=2).contains(&made), "{made} new chunks");
        let (old, new): (BTreeSet<_>, BTreeSet<_>) = (before.hashes.iter().collect(), after.hashes.iter().collect());
        prop_assert!(old.difference(&new).count() <= 1);
    }
}

#[test]
fn a_long_list_is_cut_after_4096_entries() {
    let all: Vec<ListEntry> = (0..9_000_u32)
        .map(|number| {
            let mut uuid = [0; 16];
            uuid[..4].copy_from_slice(&number.to_be_bytes());
            ListEntry { uuid, body_id: 1, severity: Severity::Low, taken_over_by: None }
        })
        .collect();
    let list = scans::chunk_list(all.clone());
    assert_eq!(list.hashes.len(), 3);
    let store = Store::in_memory().unwrap();
    keep(&store, &list);
    assert_eq!(scans::list(&store.read().unwrap(), &list.hashes).unwrap(), all);
}

#[test]
fn a_missing_chunk_is_damage() {
    let store = Store::in_memory().unwrap();
    let error = scans::list(&store.read().unwrap(), &[[7; 16]]).unwrap_err().to_string();
    assert_eq!(error, "damaged row in table scan_chunks: chunk 0 of a list is missing");
}

/// One change of one of a few pairs.
#[derive(Debug, Clone)]
struct Step {
    pair: u8,
    state: VulnerabilityState,
    severity: Severity,
    present: bool,
    gone: bool,
    place: u8,
}

fn step() -> impl Strategy<Value = Step> {
    (1..8_u8, 1..5_u8, severity(), any::<bool>(), any::<bool>(), 0..3_u8).prop_map(
        |(pair, state, severity, present, gone, place)| {
            let state = VulnerabilityState::from_number(state).unwrap();
            Step { pair, state, severity, present, gone, place }
        },
    )
}

fn apply(store: &Store, ids: &mut BTreeMap<u8, u64>, step: &Step) {
    let old = ids.get(&step.pair).map(|id| find_pair(&store.read().unwrap(), *id).unwrap().unwrap());
    let mut new = old.clone().unwrap_or_else(|| sample::pair(step.pair));
    (new.vulnerability.state, new.vulnerability.severity) = (step.state, step.severity);
    (new.vulnerability.present_on_default_branch, new.vulnerability.resolved_on_default_branch) = (step.present, step.gone);
    new.finding.location_sha = [step.place; 20];
    store
        .write(|wtx| {
            put(wtx, sample::PROJECT, vec![Change { old, new, event: None }])?;
            let known = super::findings::known(wtx, sample::PROJECT, &[[step.pair; 16]])?[0].unwrap();
            assert_eq!((known.present, known.no_longer_detected, known.state), (step.present, step.gone, step.state));
            ids.insert(step.pair, known.vulnerability_id);
            Ok::<_, super::StoreError>(())
        })
        .unwrap();
}

fn recount(pairs: &[Pair]) -> Counters {
    let mut counted = Difference::default();
    pairs.iter().filter_map(reads::read_of).for_each(|read| counted.add(&read, 1));
    counted.counters()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rows_counters_and_indexes_follow_every_change(steps in proptest::collection::vec(step(), 1..30)) {
        let store = sample::store();
        store.write(|wtx| super::places::placed(wtx, sample::PROJECT, u64::MAX)).unwrap();
        let mut ids = BTreeMap::from([(1, 1), (2, 2)]);
        for step in &steps {
            apply(&store, &mut ids, step);
        }
        let rtx = store.read().unwrap();
        let pairs: Vec<Pair> = ids.values().map(|id| find_pair(&rtx, *id).unwrap().unwrap()).collect();
        prop_assert_eq!(reads::counters(&rtx, sample::PROJECT).unwrap(), recount(&pairs));
        let mut wanted: Vec<Read> = pairs.iter().filter_map(reads::read_of).collect();
        wanted.sort_by_key(|read| (read.severity, std::cmp::Reverse(read.id)));
        let mut rows = Vec::new();
        reads::each(&rtx, sample::PROJECT, |read| rows.push(read)).unwrap();
        prop_assert_eq!(rows, wanted.clone());
        let still: Vec<_> = wanted.iter().filter(|read| !read.resolved_on_default_branch).map(|read| (read.id, read.state)).collect::<BTreeMap<_, _>>().into_iter().collect();
        let mut count = StillDetected::default();
        still.iter().for_each(|(_, state)| count.add(*state, 1));
        prop_assert_eq!(counts::still_detected(&rtx, sample::PROJECT, 1, ReportType::Sast).unwrap(), count);
        let ids: Vec<u64> = pairs.iter().map(|pair| pair.vulnerability.id).chain([77]).collect();
        prop_assert_eq!(&still_detected_among(&rtx, sample::PROJECT, 1, ReportType::Sast, &ids).unwrap(), &still);
        prop_assert_eq!(still_detected(&rtx, sample::PROJECT, 1, ReportType::Sast).unwrap(), still);
        for place in 0..3 {
            let there = super::findings::findings_at(&rtx, sample::PROJECT, ReportType::Sast, &[place; 20], usize::MAX).unwrap();
            let naive: Vec<u64> = pairs.iter().filter(|pair| pair.finding.location_sha == [place; 20]).map(|pair| pair.finding.id).collect::<BTreeSet<_>>().into_iter().collect();
            prop_assert_eq!(there, naive);
        }
        prop_assert_eq!(check(&rtx).unwrap().problems, Vec::<String>::new());
    }
}
