//! Scans, the chunks of their lists, promotions. Must not know: how a list is made from a report.
//!
//! A list is sorted by uuid and cut where a uuid ends in 0xff, or after 4,096 entries: equal stretches of
//! two lists are equal chunks whatever was inserted before them, and a chunk is stored once.

use super::catalog::{PROMOTIONS, SCAN_CHUNKS, SCAN_RULES, SCANS, SCANS_BY_PIPELINE, SCANS_KEPT};
use super::key::{Key, id_at};
use super::{Reads, StoreError, WriteTx, codec, ids_below, lists, pipelines, prefixed, project_sizes, row};
use crate::domain::finding::MatchEvidence;
use crate::domain::scan::{ChunkHash, ListEntry, Promotion, RuleSet, Scan};
use casemate_shared::{ReportType, ScanStatus, Severity};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::ops::ControlFlow;

/// Bytes of a stored entry.
const ENTRY_BYTES: usize = 26;
/// Most entries of a chunk.
const CHUNK_ENTRIES: usize = 4_096;

/// Writes a scan and its index.
pub fn put_scan(wtx: &mut WriteTx, scan: &Scan) -> Result<(), StoreError> {
    let old = find_scan(wtx, scan.id)?;
    project_sizes::put(wtx, old.as_ref(), scan)?;
    wtx.put_row(SCANS, Key::id(scan.id).done(), scan)?;
    wtx.put(SCANS_BY_PIPELINE, Key::id(scan.pipeline_id).then_id(scan.id).done(), &[])?;
    lists::put_import(wtx, scan.project_id, scan.pipeline_id)?;
    let kept = Key::id(scan.project_id).then_id(scan.id).done();
    if scan.status == ScanStatus::Succeeded { wtx.put(SCANS_KEPT, kept, &[]) } else { wtx.remove(SCANS_KEPT, &kept) }
}

/// Scans that succeeded and were not purged: project and scan. Of all projects, or of one.
pub fn kept(tx: &impl Reads, project: Option<u64>) -> Result<Vec<(u64, u64)>, StoreError> {
    let mut kept = Vec::new();
    prefixed(tx, SCANS_KEPT, &project.map(Key::id).unwrap_or_default().done(), &mut |key, _| {
        kept.push((id_at(key, 0), id_at(key, 8)));
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(kept)
}

/// A scan by id.
pub fn find_scan(tx: &impl Reads, id: u64) -> Result<Option<Scan>, StoreError> {
    row(tx, SCANS, Key::id(id).done())
}

/// Scans of a pipeline, oldest first.
pub fn scans(tx: &impl Reads, pipeline: u64) -> Result<Vec<Scan>, StoreError> {
    ids_below(tx, SCANS_BY_PIPELINE, &Key::id(pipeline).done())?
        .into_iter()
        .filter_map(|id| find_scan(tx, id).transpose())
        .collect()
}

/// Scans of a pipeline and of those that descend from it, oldest first.
pub fn of_descent(tx: &impl Reads, pipeline: u64) -> Result<Vec<Scan>, StoreError> {
    let Some(pipeline) = pipelines::find_pipeline(tx, pipeline)? else { return Ok(Vec::new()) };
    let mut all = Vec::new();
    for member in pipelines::descent(tx, &pipeline)? {
        all.extend(scans(tx, member.id)?);
    }
    all.sort_by_key(|scan| scan.id);
    Ok(all)
}

/// Whether a pipeline has any scan.
pub fn has_scans(tx: &impl Reads, pipeline: u64) -> Result<bool, StoreError> {
    let mut found = false;
    prefixed(tx, SCANS_BY_PIPELINE, &Key::id(pipeline).done(), &mut |_, _| {
        found = true;
        Ok(ControlFlow::Break(()))
    })?;
    Ok(found)
}

/// A stretch of a list.
#[derive(Clone)]
pub struct Chunk {
    pub(super) hash: ChunkHash,
    bytes: Vec<u8>,
}

/// A list cut into chunks, ready to be stored.
pub struct ChunkedList {
    /// Names in order.
    pub hashes: Vec<ChunkHash>,
    /// The chunks, in the same order.
    pub chunks: Vec<Chunk>,
}

/// Sorts by uuid, cuts and names the chunks.
pub fn chunk_list(mut entries: Vec<ListEntry>) -> ChunkedList {
    entries.sort_unstable();
    let mut list = ChunkedList { hashes: Vec::new(), chunks: Vec::new() };
    let mut begin = 0;
    for (position, entry) in entries.iter().enumerate() {
        let ends = entry.uuid[15] == u8::MAX || position + 1 - begin == CHUNK_ENTRIES || position + 1 == entries.len();
        if ends {
            let bytes: Vec<u8> = entries[begin..=position].iter().flat_map(entry_bytes).collect();
            let hash = chunk_hash(&bytes);
            list.hashes.push(hash);
            list.chunks.push(Chunk { hash, bytes });
            begin = position + 1;
        }
    }
    list
}

/// Name of a chunk.
pub(super) fn chunk_hash(bytes: &[u8]) -> ChunkHash {
    let mut hash = [0u8; 16];
    hash.copy_from_slice(&Sha256::digest(bytes)[..16]);
    hash
}

/// Stores the chunks that are not there yet; answers the names of those.
pub fn put_chunks(wtx: &mut WriteTx, chunks: &[Chunk]) -> Result<Vec<ChunkHash>, StoreError> {
    let keys: Vec<ChunkHash> = chunks.iter().map(|chunk| chunk.hash).collect();
    let mut missing = BTreeSet::new();
    wtx.look_up(SCAN_CHUNKS, &keys, &mut |position, found| {
        if found.is_none() {
            missing.insert(position);
        }
        Ok(())
    })?;
    let missing: Vec<&Chunk> = missing.iter().filter_map(|position| chunks.get(*position)).collect();
    wtx.put_all(SCAN_CHUNKS, missing.iter().map(|chunk| (chunk.hash, &chunk.bytes)).collect())?;
    Ok(missing.iter().map(|chunk| chunk.hash).collect())
}

/// Reads a list back, in order of uuid.
pub fn list(tx: &impl Reads, hashes: &[ChunkHash]) -> Result<Vec<ListEntry>, StoreError> {
    let keys: Vec<Vec<u8>> = hashes.iter().map(|hash| hash.to_vec()).collect();
    let mut entries = Vec::new();
    tx.look_up(SCAN_CHUNKS, &keys, &mut |position, found| {
        let damaged = |reason: String| StoreError::Damaged { table: SCAN_CHUNKS.name, reason };
        let bytes = found.ok_or_else(|| damaged(format!("chunk {position} of a list is missing")))?;
        if bytes.len() % ENTRY_BYTES != 0 {
            return Err(damaged(format!("a chunk of {} bytes", bytes.len())));
        }
        for piece in bytes.chunks_exact(ENTRY_BYTES) {
            entries.push(read_entry(piece).ok_or_else(|| damaged("a list entry can't be read".to_owned()))?);
        }
        Ok(())
    })?;
    Ok(entries)
}

/// Whether a list holds a finding. Looks at a few chunks only: they are in order of uuid.
pub fn holds(tx: &impl Reads, hashes: &[ChunkHash], uuid: &[u8; 16]) -> Result<bool, StoreError> {
    let (mut begin, mut end) = (0, hashes.len());
    while begin < end {
        let middle = begin + (end - begin) / 2;
        let entries = list(tx, &hashes[middle..=middle])?;
        let (Some(first), Some(last)) = (entries.first(), entries.last()) else { return Ok(false) };
        if *uuid < first.uuid {
            end = middle;
        } else if *uuid > last.uuid {
            begin = middle + 1;
        } else {
            return Ok(entries.binary_search_by_key(uuid, |entry| entry.uuid).is_ok());
        }
    }
    Ok(false)
}

fn entry_bytes(entry: &ListEntry) -> [u8; ENTRY_BYTES] {
    let mut bytes = [0u8; ENTRY_BYTES];
    bytes[..16].copy_from_slice(&entry.uuid);
    bytes[16..24].copy_from_slice(&entry.body_id.to_be_bytes());
    bytes[24] = entry.severity.rank();
    bytes[25] = entry.taken_over_by.map_or(0, MatchEvidence::number);
    bytes
}

fn read_entry(bytes: &[u8]) -> Option<ListEntry> {
    let mut uuid = [0u8; 16];
    uuid.copy_from_slice(bytes.get(..16)?);
    let taken_over_by = match *bytes.get(25)? {
        0 => None,
        number => Some(MatchEvidence::from_number(number)?),
    };
    Some(ListEntry { uuid, body_id: id_at(bytes, 16), severity: Severity::from_rank(*bytes.get(24)?)?, taken_over_by })
}

fn promotion_key(project: u64, report_type: ReportType, scanner: u64) -> Vec<u8> {
    Key::id(project).then_byte(report_type.number()).then_id(scanner).done()
}

/// Remembers the last ingestion of a scanner's reports of one type.
pub fn put_promotion(
    wtx: &mut WriteTx,
    project: u64,
    report_type: ReportType,
    scanner: u64,
    promotion: &Promotion,
) -> Result<(), StoreError> {
    wtx.put_row(PROMOTIONS, promotion_key(project, report_type, scanner), promotion)
}

/// Forgets the last ingestion of a scanner's reports of one type.
pub fn remove_promotion(wtx: &mut WriteTx, project: u64, report_type: ReportType, scanner: u64) -> Result<(), StoreError> {
    wtx.remove(PROMOTIONS, &promotion_key(project, report_type, scanner))
}

/// The last ingestion of a scanner's reports of one type.
pub fn find_promotion(
    tx: &impl Reads,
    project: u64,
    report_type: ReportType,
    scanner: u64,
) -> Result<Option<Promotion>, StoreError> {
    row(tx, PROMOTIONS, promotion_key(project, report_type, scanner))
}

/// All promotions of a project: report type, scanner, promotion.
pub fn promotions(tx: &impl Reads, project: u64) -> Result<Vec<(ReportType, u64, Promotion)>, StoreError> {
    let mut found = Vec::new();
    prefixed(tx, PROMOTIONS, &Key::id(project).done(), &mut |key, bytes| {
        let kind = key.get(8).copied().and_then(ReportType::from_number);
        let kind =
            kind.ok_or_else(|| StoreError::Damaged { table: PROMOTIONS.name, reason: "report type out of range".to_owned() })?;
        found.push((kind, id_at(key, 9), codec::decode(PROMOTIONS.name, bytes)?));
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(found)
}

/// Keeps the rules of a scan until it is ingested.
pub fn put_rules(wtx: &mut WriteTx, rules: &RuleSet) -> Result<(), StoreError> {
    wtx.put_row(SCAN_RULES, Key::id(rules.scan_id).done(), rules)
}

/// The rules of a scan that is not ingested yet, if its report lists them.
pub fn find_rules(tx: &impl Reads, scan: u64) -> Result<Option<RuleSet>, StoreError> {
    row(tx, SCAN_RULES, Key::id(scan).done())
}

/// Forgets the rules of a scan.
pub fn remove_rules(wtx: &mut WriteTx, scan: u64) -> Result<(), StoreError> {
    wtx.remove(SCAN_RULES, &Key::id(scan).done())
}
