//! Many keys at once read and write what they do one by one. Must not know: what tables are for.

#![allow(clippy::unwrap_used, reason = "tests")]

use super::catalog::{LABELS, SCAN_CHUNKS};
use super::{Reads, Store, StoreError, rows, sample_forge};
use crate::domain::label::Label;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::ops::ControlFlow;

type Entries = Vec<(Vec<u8>, Vec<u8>)>;

/// Keys of one or two bytes, so that many lie next to each other and some are equal.
fn entries() -> impl Strategy<Value = Entries> {
    let key = prop_oneof![proptest::collection::vec(0..12_u8, 1..3), proptest::collection::vec(any::<u8>(), 2)];
    proptest::collection::vec((key, proptest::collection::vec(any::<u8>(), 0..4)), 0..300)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn many_are_put_as_one_by_one(groups in proptest::collection::vec(entries(), 1..4)) {
        let store = Store::in_memory().unwrap();
        let mut naive = BTreeMap::new();
        for group in groups {
            naive.extend(group.clone());
            store.write(|wtx| wtx.put_all(SCAN_CHUNKS, group)).unwrap();
        }
        let mut stored = BTreeMap::new();
        store.read().unwrap().walk(SCAN_CHUNKS, &[], None, false, &mut |key, value| {
            stored.insert(key.to_vec(), value.to_vec());
            Ok(ControlFlow::Continue(()))
        }).unwrap();
        prop_assert_eq!(stored, naive);
    }

    #[test]
    fn many_are_found_as_one_by_one(there in entries(), asked in entries(), sorts: bool) {
        let store = Store::in_memory().unwrap();
        let naive: BTreeMap<Vec<u8>, Vec<u8>> = there.iter().cloned().collect();
        store.write(|wtx| wtx.put_all(SCAN_CHUNKS, there)).unwrap();
        let mut keys: Vec<Vec<u8>> = asked.into_iter().map(|(key, _)| key).collect();
        if sorts {
            keys.sort();
        }
        let wanted: Vec<Option<Vec<u8>>> = keys.iter().map(|key| naive.get(key).cloned()).collect();
        let mut found = Vec::new();
        let mut look = |position: usize, value: Option<&[u8]>| -> Result<(), StoreError> {
            assert_eq!(position, found.len(), "in the order of the keys");
            found.push(value.map(<[u8]>::to_vec));
            Ok(())
        };
        store.read().unwrap().look_up(SCAN_CHUNKS, &keys, &mut look).unwrap();
        prop_assert_eq!(&found, &wanted);
        found.clear();
        let mut look = |_: usize, value: Option<&[u8]>| -> Result<(), StoreError> {
            found.push(value.map(<[u8]>::to_vec));
            Ok(())
        };
        store.write(|wtx| wtx.look_up(SCAN_CHUNKS, &keys, &mut look)).unwrap();
        prop_assert_eq!(&found, &wanted);
    }

    #[test]
    fn rows_are_those_of_their_ids(there in proptest::collection::vec(1..60_u64, 0..40), asked in proptest::collection::vec(1..60_u64, 0..30), far: bool) {
        let store = Store::in_memory().unwrap();
        let at = |id: u64| if far && id.is_multiple_of(2) { id * 1_000 } else { id };
        store.write(|wtx| -> Result<(), StoreError> {
            there.iter().try_for_each(|id| wtx.put_row(LABELS, at(*id).to_be_bytes().to_vec(), &label(*id)))
        }).unwrap();
        let ids: Vec<u64> = asked.iter().map(|id| at(*id)).collect();
        let found: Vec<Option<Label>> = rows(&store.read().unwrap(), LABELS, &ids).unwrap();
        let wanted: Vec<Option<Label>> = asked.iter().map(|id| there.contains(id).then(|| label(*id))).collect();
        prop_assert_eq!(found, wanted);
    }
}

fn label(id: u64) -> Label {
    Label { id, ..sample_forge::label() }
}
