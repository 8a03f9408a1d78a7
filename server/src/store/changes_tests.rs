//! New pairs stored many at a time are stored as one by one, and what is indexed later is indexed as at
//! once, whatever happens in between. Must not know: reports.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use super::*;
use crate::domain::finding::EventKind;
use crate::store::places::{Place, PlaceKeys};
use crate::store::{Reads, Store, catalog, check, findings, sample};
use std::ops::ControlFlow;

const PROJECT: u64 = sample::PROJECT;

fn store() -> Store {
    let store = sample::store();
    store.write(|wtx| places::placed(wtx, PROJECT, u64::MAX)).unwrap();
    store
}

fn dump(store: &Store) -> Vec<(&'static str, Vec<u8>, Vec<u8>)> {
    let rtx = store.read().unwrap();
    let mut all = Vec::new();
    for table in catalog::ALL {
        rtx.walk(*table, &[], None, false, &mut |key, value| {
            all.push((table.name, key.to_vec(), value.to_vec()));
            Ok(ControlFlow::Continue(()))
        })
        .unwrap();
    }
    all
}

fn event() -> VulnerabilityEvent {
    VulnerabilityEvent::new(EventKind::Detected, 1, 1, 7)
}

/// Some that are present on the default branch and some that are not, of two severities.
fn pairs(numbers: std::ops::Range<u8>) -> Vec<(Pair, VulnerabilityEvent)> {
    let pair = |number: u8| {
        let mut pair = sample::pair(number);
        pair.vulnerability.present_on_default_branch = !number.is_multiple_of(3);
        if number.is_multiple_of(2) {
            pair.vulnerability.severity = casemate_shared::Severity::Low;
        }
        pair.finding.signatures.push((4, [number / 2; 20]));
        (pair, event())
    };
    numbers.map(pair).collect()
}

fn one_by_one(store: &Store, pairs: Vec<(Pair, VulnerabilityEvent)>) {
    let changes = pairs.into_iter().map(|(new, event)| Change { old: None, new, event: Some(event) }).collect();
    store.write(|wtx| put(wtx, PROJECT, changes)).unwrap();
}

fn many(store: &Store, pairs: &[(Pair, VulnerabilityEvent)], places_later: bool) -> Vec<u64> {
    let mut parts: Vec<NewPairs> = pairs.chunks(4).map(|part| encode_new(part, places_later).unwrap()).collect();
    store.write(|wtx| put_new(wtx, PROJECT, &mut parts, places_later)).unwrap()
}

fn index(store: &Store, (keys, next): &(PlaceKeys, u64)) {
    let sorted = |keys: &[places::PlaceKey]| {
        let mut keys = keys.to_vec();
        keys.sort_unstable();
        keys
    };
    store.write(|wtx| places::put(wtx, PROJECT, Place::Location, &sorted(&keys.locations))).unwrap();
    store.write(|wtx| places::put(wtx, PROJECT, Place::Signature, &sorted(&keys.signatures))).unwrap();
    store.write(|wtx| places::placed(wtx, PROJECT, *next)).unwrap();
}

/// Keys of the next `most` ids, and the id behind them.
fn keys(store: &Store, most: u64) -> (PlaceKeys, u64) {
    let rtx = store.read().unwrap();
    let unplaced = places::unplaced(&rtx, PROJECT).unwrap().unwrap();
    let next = places::end(&rtx).unwrap().min(unplaced.first + most);
    (places::keys(&rtx, PROJECT, unplaced.first..next).unwrap(), next)
}

#[track_caller]
fn assert_sound(store: &Store) {
    assert_eq!(check::check(&store.read().unwrap()).unwrap().problems, Vec::<String>::new());
}

#[test]
fn many_new_pairs_are_stored_as_one_by_one() {
    let (naive, store) = (self::store(), self::store());
    one_by_one(&naive, pairs(10..30));
    let ids = many(&store, &pairs(10..30), false);
    assert_eq!(ids, (3..23).collect::<Vec<u64>>());
    assert!(dump(&store) == dump(&naive));
    assert_sound(&store);
}

#[test]
fn what_is_indexed_later_ends_the_same() {
    let (naive, store) = (self::store(), self::store());
    one_by_one(&naive, pairs(10..30));
    for part in pairs(10..30).chunks(7) {
        many(&store, part, true);
        assert_sound(&store);
    }
    assert!(dump(&store) != dump(&naive));
    while places::unplaced(&store.read().unwrap(), PROJECT).unwrap().is_some() {
        index(&store, &keys(&store, 6));
        assert_sound(&store);
    }
    assert!(dump(&store) == dump(&naive));
}

#[test]
fn one_that_moves_before_it_is_indexed_or_meanwhile_is_found_at_its_new_place_only() {
    let store = self::store();
    let ids = many(&store, &pairs(10..20), true);
    let moved = |vulnerability: u64, place: u8| {
        let old = findings::find_pair(&store.read().unwrap(), vulnerability).unwrap().unwrap();
        let mut new = old.clone();
        new.finding.location_sha = [place; 20];
        new.finding.signatures[0].1 = [place; 20];
        store.write(|wtx| put(wtx, PROJECT, vec![Change { old: Some(old), new, event: None }])).unwrap();
        assert_sound(&store);
    };
    moved(ids[0], 100);
    let read_before = keys(&store, 100);
    moved(ids[1], 101);
    moved(ids[0], 102);
    index(&store, &read_before);
    assert_sound(&store);
    assert!(places::unplaced(&store.read().unwrap(), PROJECT).unwrap().is_none());
    moved(ids[2], 103);
}

#[test]
fn one_that_comes_while_others_are_indexed_is_indexed_too() {
    let (naive, store) = (self::store(), self::store());
    one_by_one(&naive, pairs(10..20));
    many(&store, &pairs(10..19), true);
    let read_before = keys(&store, 100);
    one_by_one(&store, pairs(19..20));
    index(&store, &read_before);
    assert_sound(&store);
    index(&store, &keys(&store, 100));
    assert!(places::unplaced(&store.read().unwrap(), PROJECT).unwrap().is_none());
    assert!(dump(&store) == dump(&naive));
}

#[test]
fn an_index_whose_ids_are_not_known_is_refused() {
    let ids = Ids { finding: 1, vulnerability: 1, event: 1 };
    let error = fill_ids(catalog::JOBS, ids, &mut [0; 8], &mut []).unwrap_err().to_string();
    assert!(error.contains("jobs"), "{error}");
    assert!(fill_ids(FINDINGS, ids, &mut [0; 8], &mut [0; 16]).is_err());
}
