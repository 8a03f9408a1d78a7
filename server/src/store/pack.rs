//! Bodies made small: each is packed by itself, with a sample of its scanner's bodies to refer to, since all
//! of them have the same members in the same order. The only place that names lz4. Must not know: what a
//! body says.
//!
//! A sample is made once per project, scanner and report type, of the first report that has enough bodies,
//! and never changes. Decision: `docs/decisions/0016-bodies-packed.md`.

use super::catalog::BODY_SAMPLES;
use super::key::Key;
use super::{Reads, StoreError, WriteTx, value};
use casemate_shared::ReportType;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// Longest sample that is kept, in bytes; what is referred to gets no closer by more.
pub const LONGEST_SAMPLE: usize = 4 << 10;
/// Shortest body that is packed.
const SHORTEST: usize = 64;
/// Longest body that is unpacked: a longer one was never stored, and its length is damage.
const LONGEST: usize = 64 << 20;
/// Bytes of the hash in front of a sample.
const HASH: usize = 8;

/// Whose bodies a sample is of: project, scanner, report type.
pub type SampleOf = (u64, u64, ReportType);

fn key((project, scanner, report_type): SampleOf) -> Vec<u8> {
    Key::id(project).then_id(scanner).then_byte(report_type.number()).done()
}

/// A sample with its hash before it.
pub(super) fn with_hash(sample: &[u8]) -> Vec<u8> {
    [&Sha256::digest(sample)[..HASH], sample].concat()
}

/// The sample for the given bodies, if there is one.
///
/// # Errors
/// When it can't be read, or is not what was stored.
pub fn sample(tx: &impl Reads, of: SampleOf) -> Result<Option<Vec<u8>>, StoreError> {
    let Some(mut bytes) = value(tx, BODY_SAMPLES, key(of))? else { return Ok(None) };
    let sample = bytes.split_off(HASH.min(bytes.len()));
    if Sha256::digest(&sample)[..HASH] != bytes[..] {
        return Err(StoreError::Damaged { table: BODY_SAMPLES.name, reason: "a sample is not what its hash says".to_owned() });
    }
    Ok(Some(sample))
}

/// Stores a sample unless there is one. Answers the one that counts.
///
/// # Errors
/// When the engine fails.
pub fn put_sample(wtx: &mut WriteTx, of: SampleOf, fresh: Vec<u8>) -> Result<Vec<u8>, StoreError> {
    match sample(wtx, of)? {
        Some(there) => Ok(there),
        None => {
            wtx.put(BODY_SAMPLES, key(of), &with_hash(&fresh))?;
            Ok(fresh)
        }
    }
}

/// Samples that were read before: a walk meets the same few again and again.
#[derive(Default)]
pub(super) struct Samples(HashMap<SampleOf, Option<Vec<u8>>>);

impl Samples {
    pub(super) fn get(&mut self, tx: &impl Reads, of: SampleOf) -> Result<Option<&[u8]>, StoreError> {
        let known = match self.0.entry(of) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(sample(tx, of)?),
        };
        Ok(known.as_deref())
    }
}

/// Packs with a sample; none when that saves little.
pub(super) fn pack(bytes: &[u8], sample: &[u8]) -> Option<Vec<u8>> {
    if bytes.len() < SHORTEST {
        return None;
    }
    let packed = lz4_flex::block::compress_with_dict(bytes, sample);
    (packed.len() < bytes.len() / 8 * 7).then_some(packed)
}

/// Unpacks what has `length` bytes.
pub(super) fn unpack(packed: &[u8], length: u64, sample: &[u8]) -> Result<Vec<u8>, String> {
    let length = usize::try_from(length).ok().filter(|length| *length <= LONGEST).ok_or("a length that no body has")?;
    let bytes = lz4_flex::block::decompress_with_dict(packed, length, sample).map_err(|error| error.to_string())?;
    if bytes.len() == length { Ok(bytes) } else { Err(format!("{} bytes instead of {length}", bytes.len())) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_packed_is_unpacked(bytes in proptest::collection::vec(0..3_u8, 0..600), sample in proptest::collection::vec(0..3_u8, 0..600)) {
            if let Some(packed) = pack(&bytes, &sample) {
                prop_assert!(packed.len() < bytes.len());
                prop_assert_eq!(unpack(&packed, bytes.len() as u64, &sample).unwrap(), bytes);
            }
        }

        #[test]
        fn rubbish_is_answered(bytes: Vec<u8>, length in 0..5_000_u64, sample: Vec<u8>) {
            let _ = unpack(&bytes, length, &sample);
        }
    }

    #[test]
    fn a_length_that_no_body_has_asks_for_no_memory() {
        assert!(unpack(&[0], u64::MAX, &[]).is_err() && unpack(&[0], 1 << 40, &[]).is_err());
    }
}
