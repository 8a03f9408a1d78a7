//! Stores the bodies of a scan that are not there yet, in commit groups.
//!
//! Must not know: vulnerabilities, how a report is read. May be cut off between two groups and run again:
//! bodies are found by their hash.

use super::examine::Candidate;
use super::matching::Deduplicated;
use super::pace::Pace;
use super::prepare::RecordIds;
use super::{IngestError, Room, killpoint};
use crate::domain::scan::Scan;
use crate::store::StoreError;
use crate::store::bodies::{self, BodyHash, EncodedBodies, NewBody};
use crate::store::texts::KnownTexts;
use rayon::prelude::*;
use std::collections::HashMap;

/// Bodies of the first commit group; few in tests, so that small reports have several.
const GROUP: usize = if cfg!(test) { 100 } else { 4_096 };
/// Bytes of report texts of one commit group.
const GROUP_BYTES: usize = 24 << 20;
/// Bodies that are encoded at a time by one thread.
const SLICE: usize = 256;

/// Stores the bodies that are new; answers all ids by hash. In order of the hash, which begins as the
/// identity does: so groups are next to each other in the tables by hash and, later, by uuid.
pub(super) fn store_bodies(
    room: &Room,
    scan: &Scan,
    bytes: &[u8],
    ids: &RecordIds,
    findings: &Deduplicated,
) -> Result<HashMap<BodyHash, u64>, IngestError> {
    let mut new: Vec<&Candidate> = findings.unique.iter().chain(&findings.repeated).map(|matched| &matched.candidate).collect();
    new.sort_unstable_by_key(|candidate| candidate.hash);
    new.dedup_by_key(|candidate| candidate.hash);
    let hashes: Vec<BodyHash> = new.iter().map(|candidate| candidate.hash).collect();
    let mut known = bodies::known_bodies(&room.store.read()?, scan.project_id, &hashes)?;
    new.retain(|candidate| !known.contains_key(&candidate.hash));
    let mut texts = KnownTexts::default();
    let (mut pace, mut left) = (Pace::new(GROUP), new.as_slice());
    while !left.is_empty() {
        let (group, others) = left.split_at(group_length(pace.split(left).0));
        let mut parts: Vec<EncodedBodies<'_>> =
            group.par_chunks(SLICE).map(|slice| encode(scan, slice, bytes, ids)).collect::<Result<_, _>>()?;
        let first = pace.write(room, group.len(), |wtx| bodies::put_encoded(wtx, scan.project_id, &mut parts, &mut texts))?;
        known.extend(group.iter().map(|candidate| candidate.hash).zip(first..));
        killpoint::pass("after-bodies");
        room.outbox_grew();
        left = others;
    }
    Ok(known)
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
) -> Result<EncodedBodies<'a>, StoreError> {
    let new: Vec<NewBody<'a>> = slice.iter().map(|candidate| body(scan, candidate, bytes, ids)).collect();
    bodies::encode(scan.project_id, &new)
}

fn body<'a>(scan: &'a Scan, candidate: &'a Candidate, bytes: &'a [u8], ids: &RecordIds) -> NewBody<'a> {
    let raw = bytes.get(candidate.text.clone()).unwrap_or_default();
    NewBody {
        hash: candidate.hash,
        report_type: scan.report_type,
        scanner_id: ids.scanners.get(candidate.tool as usize).copied().unwrap_or_default(),
        metadata_version: scan.schema_version.as_deref().unwrap_or_default(),
        image_key: candidate.image(),
        remediation_ids: candidate
            .remediations
            .iter()
            .filter_map(|position| ids.remediations.get(*position as usize))
            .copied()
            .collect(),
        raw,
        texts: candidate.repeated_texts(),
    }
}
