//! Stores the bodies of a scan that are not there yet, in commit groups.
//!
//! Must not know: vulnerabilities, how a report is read. May be cut off between two groups and run again:
//! bodies are found by their hash.

use super::examine::Candidate;
use super::lookup::in_parts;
use super::matching::Deduplicated;
use super::pace::{Pace, beside};
use super::prepare::RecordIds;
use super::{IngestError, Room, killpoint};
use crate::domain::scan::Scan;
use crate::store::bodies::{self, BodyHash, EncodedBodies, NewBody};
use crate::store::pack;
use crate::store::texts::KnownTexts;
use crate::store::{ReadTx, StoreError};
use rayon::prelude::*;
use std::collections::{BTreeMap, HashMap};

/// Bodies of the first commit group; few in tests, so that small reports have several.
const GROUP: usize = if cfg!(test) { 100 } else { 4_096 };
/// Bytes of report texts of one commit group.
const GROUP_BYTES: usize = 24 << 20;
/// Bodies that are encoded at a time by one thread.
const SLICE: usize = 256;
/// Bodies of a scanner from which on they are packed.
const WORTH_A_SAMPLE: usize = 20;
/// Bodies that a sample is made of.
const SAMPLED: usize = 2;

/// Ids of bodies by their names, in the order of the names.
pub(super) struct BodyIds(Vec<(BodyHash, u64)>);

impl BodyIds {
    /// The id of a body.
    pub(super) fn get(&self, hash: &BodyHash) -> Option<u64> {
        let position = self.0.binary_search_by_key(hash, |(hash, _)| *hash).ok()?;
        self.0.get(position).map(|(_, id)| *id)
    }
}

/// Stores the bodies that are new; answers all ids by hash. In order of the hash, which begins as the
/// identity does: so groups are next to each other in the tables by hash and, later, by uuid.
pub(super) fn store_bodies<'a>(
    room: &Room,
    scan: &'a Scan,
    bytes: &'a [u8],
    ids: &RecordIds,
    findings: &'a Deduplicated,
) -> Result<BodyIds, IngestError> {
    let mut all: Vec<&Candidate> = findings.unique.iter().chain(&findings.repeated).map(|matched| &matched.candidate).collect();
    all.par_sort_unstable_by_key(|candidate| candidate.hash);
    all.dedup_by_key(|candidate| candidate.hash);
    let known = known(&room.store.read()?, scan.project_id, &all)?;
    let named = all.iter().zip(&known).filter_map(|(candidate, id)| Some((candidate.hash, (*id)?)));
    let mut ids_by_hash: Vec<(BodyHash, u64)> = named.collect();
    let new: Vec<&Candidate> =
        all.into_iter().zip(&known).filter(|(_, id)| id.is_none()).map(|(candidate, _)| candidate).collect();
    let mut texts = KnownTexts::default();
    let samples = samples(room, scan, &new, bytes, ids)?;
    let mut pace = Pace::new(GROUP);
    let encode = |group: &[&'a Candidate]| -> Result<Vec<EncodedBodies<'a>>, StoreError> {
        group.par_chunks(SLICE).map(|slice| encode(scan, slice, bytes, ids, &samples)).collect()
    };
    let (mut group, mut left) = next_group(&pace, &new);
    let mut parts = encode(group)?;
    while !group.is_empty() {
        let (next, behind) = next_group(&pace, left);
        let write = || pace.write(room, group.len(), |wtx| bodies::put_encoded(wtx, scan.project_id, &mut parts, &mut texts));
        // While the disk takes one group the next one is made ready.
        let (first, encoded) = beside(write, || encode(next));
        ids_by_hash.extend(group.iter().map(|candidate| candidate.hash).zip(first?..));
        killpoint::pass("after-bodies");
        (group, left, parts) = (next, behind, encoded?);
    }
    ids_by_hash.sort_unstable();
    Ok(BodyIds(ids_by_hash))
}

/// Ids of those that are stored already, in their order.
fn known(rtx: &ReadTx, project: u64, candidates: &[&Candidate]) -> Result<Vec<Option<u64>>, StoreError> {
    in_parts(candidates, |part| {
        let hashes: Vec<BodyHash> = part.iter().map(|candidate| candidate.hash).collect();
        bodies::known_bodies(rtx, project, &hashes)
    })
}

/// The next group, and what is behind it.
fn next_group<'l, 'a>(pace: &Pace, left: &'l [&'a Candidate]) -> (&'l [&'a Candidate], &'l [&'a Candidate]) {
    let (most, _) = pace.split(left);
    left.split_at(if most.is_empty() { 0 } else { group_length(most) })
}

/// How many of the next ones make a group: as many as have bytes for one, and at least one.
fn group_length(left: &[&Candidate]) -> usize {
    let mut bytes = 0;
    let fits = |candidate: &&&Candidate| {
        bytes += candidate.text.len();
        bytes <= GROUP_BYTES
    };
    left.iter().take_while(fits).count().max(1)
}

fn encode<'a>(
    scan: &'a Scan,
    slice: &[&'a Candidate],
    bytes: &'a [u8],
    ids: &RecordIds,
    samples: &HashMap<u64, Vec<u8>>,
) -> Result<EncodedBodies<'a>, StoreError> {
    let new: Vec<NewBody<'a>> = slice.iter().map(|candidate| body(scan, candidate, bytes, ids)).collect();
    bodies::encode(scan.project_id, &new, &|(_, scanner, _)| samples.get(&scanner).map(Vec::as_slice))
}

/// What the bodies of each scanner are packed with. Made of the first bodies of the first report that has
/// enough of them.
fn samples(
    room: &Room,
    scan: &Scan,
    new: &[&Candidate],
    bytes: &[u8],
    ids: &RecordIds,
) -> Result<HashMap<u64, Vec<u8>>, StoreError> {
    let mut of_scanner: BTreeMap<u32, Vec<&Candidate>> = BTreeMap::new();
    for candidate in new {
        of_scanner.entry(candidate.tool).or_default().push(*candidate);
    }
    let mut samples = HashMap::new();
    for (tool, candidates) in of_scanner {
        let scanner = ids.scanners.get(tool as usize).copied().unwrap_or_default();
        let of = (scan.project_id, scanner, scan.report_type);
        let mut sample = pack::sample(&room.store.read()?, of)?;
        if sample.is_none() && candidates.len() >= WORTH_A_SAMPLE {
            let mut fresh = Vec::new();
            for candidate in candidates.iter().take(SAMPLED) {
                fresh.extend(bodies::sample_of(&body(scan, candidate, bytes, ids)));
            }
            fresh.truncate(pack::LONGEST_SAMPLE);
            sample = Some(room.store.write(|wtx| pack::put_sample(wtx, of, fresh))?);
        }
        samples.extend(sample.map(|sample| (scanner, sample)));
    }
    Ok(samples)
}

fn body<'a>(scan: &'a Scan, candidate: &'a Candidate, bytes: &'a [u8], ids: &RecordIds) -> NewBody<'a> {
    let raw = bytes.get(candidate.text.clone()).unwrap_or_default();
    NewBody {
        hash: candidate.hash,
        report_type: scan.report_type,
        scanner_id: ids.scanner(candidate),
        metadata_version: scan.schema_version.as_deref().unwrap_or_default(),
        image_key: candidate.image(),
        remediation_ids: ids.remediations(candidate),
        raw,
        texts: candidate.repeated_texts(),
    }
}
