//! What taking an import back needs: the order in which pipelines were ingested, what was there before each
//! of them, and the undos themselves. Must not know: what may be taken back.

use super::catalog::{PROMOTED_PIPELINES, UNDO_JOURNAL, UNDO_PROMOTIONS, UNDOS};
use super::findings::{Change, Pair};
use super::key::{Key, behind, id_at};
use super::{Reads, StoreError, WriteTx, codec, pipelines, prefixed, row, scans};
use crate::clock::Millis;
use crate::domain::pipeline::Pipeline;
use crate::domain::scan::{ChunkHash, Promotion};
use crate::domain::undo::Undo;
use casemate_shared::{ReportType, ScanStatus};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::ops::ControlFlow;

/// What a mark as no longer detected changed besides the mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarkBefore {
    /// Pipeline that had last changed it.
    pub latest_pipeline_id: u64,
    /// When a stored field had last changed.
    pub updated_at: Millis,
}

/// What was there before a pipeline touched a vulnerability. Without mark and pair: nothing, the pipeline made
/// it; such entries are written only when they are needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UndoEntry {
    /// Name of what the pipeline left, see [`pair_hash`].
    pub after: [u8; 16],
    /// It was marked and nothing else.
    pub mark: Option<MarkBefore>,
    /// The whole of it.
    pub pair: Option<Pair>,
}

impl UndoEntry {
    /// One of a vulnerability that the pipeline made.
    pub const CREATED: UndoEntry = UndoEntry { after: [0; 16], mark: None, pair: None };

    /// Whether the pipeline made the vulnerability.
    pub fn is_created(&self) -> bool {
        self.mark.is_none() && self.pair.is_none()
    }
}

/// The last ingestion of a scanner before a pipeline's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromotionBefore {
    /// It; none when there was none.
    pub before: Option<Promotion>,
}

impl PromotionBefore {
    fn chunks(&self) -> Vec<ChunkHash> {
        let full = |promotion: &Promotion| promotion.last_full.iter().flat_map(|full| full.chunks.clone()).collect::<Vec<_>>();
        self.before.iter().flat_map(|before| before.chunks.iter().copied().chain(full(before))).collect()
    }
}

/// First half of the SHA-256 over a pair's rows.
///
/// # Errors
/// When a row can't be encoded.
pub fn pair_hash(pair: &Pair) -> Result<[u8; 16], StoreError> {
    let hash = Sha256::new().chain_update(codec::encode(&pair.finding)?).chain_update(codec::encode(&pair.vulnerability)?);
    let mut name = [0; 16];
    name.copy_from_slice(&hash.finalize()[..16]);
    Ok(name)
}

fn entry_key(pipeline: u64, vulnerability: u64) -> Vec<u8> {
    Key::id(pipeline).then_id(vulnerability).done()
}

/// Notes that a pipeline is ingested now; the last one is not noted twice.
pub fn put_promoted(wtx: &mut WriteTx, project: u64, pipeline: u64) -> Result<(), StoreError> {
    let prefix = Key::id(project).done();
    let mut last = None;
    wtx.walk(PROMOTED_PIPELINES, &prefix, behind(&prefix).as_deref(), true, &mut |key, value| {
        last = Some((id_at(key, 8), id_at(value, 0)));
        Ok(ControlFlow::Break(()))
    })?;
    if last.is_some_and(|(_, id)| id == pipeline) {
        return Ok(());
    }
    let number = last.map_or(1, |(number, _)| number + 1);
    wtx.put(PROMOTED_PIPELINES, Key::id(project).then_id(number).done(), &pipeline.to_be_bytes())
}

/// Pipelines of a project in the order in which they were ingested; one may stand there several times.
pub fn promoted(tx: &impl Reads, project: u64) -> Result<Vec<u64>, StoreError> {
    let mut ids = Vec::new();
    prefixed(tx, PROMOTED_PIPELINES, &Key::id(project).done(), &mut |_, value| {
        ids.push(id_at(value, 0));
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(ids)
}

/// Writes down what was there before a pipeline changes pairs, in the transaction that changes them. What it
/// makes anew needs no entry.
pub fn note_changes(wtx: &mut WriteTx, pipeline: u64, changes: &[Change]) -> Result<(), StoreError> {
    let stored: Vec<(&Pair, &Pair)> =
        changes.iter().filter_map(|change| change.old.as_ref().map(|old| (old, &change.new))).collect();
    let keys: Vec<Vec<u8>> = stored.iter().map(|(_, new)| entry_key(pipeline, new.vulnerability.id)).collect();
    let mut known: Vec<Option<UndoEntry>> = vec![None; keys.len()];
    wtx.look_up(UNDO_JOURNAL, &keys, &mut |position, bytes| {
        known[position] = bytes.map(|bytes| codec::decode(UNDO_JOURNAL.name, bytes)).transpose()?;
        Ok(())
    })?;
    let mut entries = Vec::new();
    for (((old, new), known), key) in stored.into_iter().zip(known).zip(keys) {
        let is_own = old.finding.initial_pipeline_id == pipeline && old.vulnerability.present_on_default_branch;
        let entry = match known {
            Some(entry) => go_on(entry, old, new)?,
            None if is_own => continue,
            None => entry_of(old, new, pair_hash(new)?),
        };
        entries.push((key, codec::encode(&entry)?));
    }
    if entries.is_empty() { Ok(()) } else { wtx.put_all(UNDO_JOURNAL, entries) }
}

/// The entry of a pair that its pipeline changes once more. Where that is more than a mark, the whole of what
/// was there before is needed.
fn go_on(entry: UndoEntry, old: &Pair, new: &Pair) -> Result<UndoEntry, StoreError> {
    let after = pair_hash(new)?;
    let before = entry.mark.map(|mark| (unmarked(old, mark), unmarked(new, mark)));
    Ok(match before {
        Some((before, marked)) if before != marked => UndoEntry { after, mark: None, pair: Some(before) },
        _ => UndoEntry { after, ..entry },
    })
}

/// A mark is most of what a re-scan changes, so it is kept small.
fn entry_of(old: &Pair, new: &Pair, after: [u8; 16]) -> UndoEntry {
    let mark = MarkBefore { latest_pipeline_id: old.finding.latest_pipeline_id, updated_at: old.vulnerability.updated_at };
    if unmarked(new, mark) == *old {
        return UndoEntry { after, mark: Some(mark), pair: None };
    }
    UndoEntry { after, mark: None, pair: Some(old.clone()) }
}

/// The pair without its mark.
pub fn unmarked(pair: &Pair, before: MarkBefore) -> Pair {
    let mut pair = pair.clone();
    pair.finding.latest_pipeline_id = before.latest_pipeline_id;
    pair.vulnerability.updated_at = before.updated_at;
    pair.vulnerability.resolved_on_default_branch = false;
    pair.vulnerability.resolved_in_commit_sha = None;
    pair
}

/// What was there before a pipeline touched a vulnerability, if it did.
pub fn find_entry(tx: &impl Reads, pipeline: u64, vulnerability: u64) -> Result<Option<UndoEntry>, StoreError> {
    row(tx, UNDO_JOURNAL, entry_key(pipeline, vulnerability))
}

/// Writes entries, by vulnerability.
pub fn put_entries(wtx: &mut WriteTx, pipeline: u64, entries: &[(u64, UndoEntry)]) -> Result<(), StoreError> {
    let encoded = entries.iter().map(|(id, entry)| Ok((entry_key(pipeline, *id), codec::encode(entry)?)));
    let encoded = encoded.collect::<Result<Vec<_>, StoreError>>()?;
    wtx.put_all(UNDO_JOURNAL, encoded)
}

/// Removes entries.
pub fn remove_entries(wtx: &mut WriteTx, pipeline: u64, vulnerabilities: &[u64]) -> Result<(), StoreError> {
    let keys: Vec<Vec<u8>> = vulnerabilities.iter().map(|id| entry_key(pipeline, *id)).collect();
    wtx.remove_all(UNDO_JOURNAL, &keys)
}

/// The first `most` entries of a pipeline, by vulnerability.
pub fn entries(tx: &impl Reads, pipeline: u64, most: usize) -> Result<Vec<(u64, UndoEntry)>, StoreError> {
    let mut found = Vec::new();
    prefixed(tx, UNDO_JOURNAL, &Key::id(pipeline).done(), &mut |key, bytes| {
        found.push((id_at(key, 8), codec::decode(UNDO_JOURNAL.name, bytes)?));
        Ok(if found.len() < most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
    })?;
    Ok(found)
}

fn promotion_key(pipeline: u64, report_type: ReportType, scanner: u64) -> Vec<u8> {
    Key::id(pipeline).then_byte(report_type.number()).then_id(scanner).done()
}

/// Writes down what a scanner's last ingestion was before a pipeline's; the first one counts.
pub fn note_promotion(
    wtx: &mut WriteTx,
    pipeline: u64,
    report_type: ReportType,
    scanner: u64,
    before: Option<&Promotion>,
) -> Result<(), StoreError> {
    if find_promotion_before(wtx, pipeline, report_type, scanner)?.is_some() {
        return Ok(());
    }
    put_promotion_before(wtx, pipeline, report_type, scanner, &PromotionBefore { before: before.cloned() })
}

/// What a scanner's last ingestion was before a pipeline's.
pub fn find_promotion_before(
    tx: &impl Reads,
    pipeline: u64,
    report_type: ReportType,
    scanner: u64,
) -> Result<Option<PromotionBefore>, StoreError> {
    row(tx, UNDO_PROMOTIONS, promotion_key(pipeline, report_type, scanner))
}

/// Writes it.
pub fn put_promotion_before(
    wtx: &mut WriteTx,
    pipeline: u64,
    report_type: ReportType,
    scanner: u64,
    before: &PromotionBefore,
) -> Result<(), StoreError> {
    wtx.put_row(UNDO_PROMOTIONS, promotion_key(pipeline, report_type, scanner), before)
}

/// All of a pipeline: report type, scanner, what was before.
pub fn promotions_before(tx: &impl Reads, pipeline: u64) -> Result<Vec<(ReportType, u64, PromotionBefore)>, StoreError> {
    let mut found = Vec::new();
    prefixed(tx, UNDO_PROMOTIONS, &Key::id(pipeline).done(), &mut |key, bytes| {
        let kind = key
            .get(8)
            .copied()
            .and_then(ReportType::from_number)
            .ok_or_else(|| StoreError::Damaged { table: UNDO_PROMOTIONS.name, reason: "report type out of range".to_owned() })?;
        found.push((kind, id_at(key, 9), codec::decode(UNDO_PROMOTIONS.name, bytes)?));
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(found)
}

/// Removes it.
pub fn remove_promotion_before(
    wtx: &mut WriteTx,
    pipeline: u64,
    report_type: ReportType,
    scanner: u64,
) -> Result<(), StoreError> {
    wtx.remove(UNDO_PROMOTIONS, &promotion_key(pipeline, report_type, scanner))
}

/// Everything in the journals of a project that names bodies, for whoever removes what nothing names.
pub fn each_pair(tx: &impl Reads, project: u64, mut visit: impl FnMut(&Pair)) -> Result<(), StoreError> {
    for pipeline in promoted(tx, project)?.into_iter().collect::<BTreeSet<u64>>() {
        prefixed(tx, UNDO_JOURNAL, &Key::id(pipeline).done(), &mut |_, bytes| {
            let entry: UndoEntry = codec::decode(UNDO_JOURNAL.name, bytes)?;
            entry.pair.iter().for_each(&mut visit);
            Ok(ControlFlow::Continue(()))
        })?;
    }
    Ok(())
}

/// Chunks that the journals of a project name.
pub fn chunks(tx: &impl Reads, project: u64) -> Result<Vec<ChunkHash>, StoreError> {
    let mut named = Vec::new();
    for pipeline in promoted(tx, project)?.into_iter().collect::<BTreeSet<u64>>() {
        for (_, _, noted) in promotions_before(tx, pipeline)? {
            named.extend(noted.chunks());
        }
    }
    Ok(named)
}

/// Forgets what was compared with before a pipeline: it can't be taken back any more. Answers the chunks that
/// it named; its journal is for [`journal_of_purged`].
pub fn forget(wtx: &mut WriteTx, pipeline: u64) -> Result<Vec<ChunkHash>, StoreError> {
    let mut named = Vec::new();
    for (report_type, scanner, noted) in promotions_before(wtx, pipeline)? {
        named.extend(noted.chunks());
        remove_promotion_before(wtx, pipeline, report_type, scanner)?;
    }
    Ok(named)
}

/// Keys of the journals of a project that nobody can use any more, because their pipelines are purged.
pub fn journal_of_purged(tx: &impl Reads, project: u64) -> Result<Vec<Vec<u8>>, StoreError> {
    let mut keys = Vec::new();
    for pipeline in promoted(tx, project)?.into_iter().collect::<BTreeSet<u64>>() {
        let Some(root) = pipelines::find_pipeline(tx, pipeline)? else { continue };
        if is_purged(tx, &root)? {
            prefixed(tx, UNDO_JOURNAL, &Key::id(pipeline).done(), &mut |key, _| {
                keys.push(key.to_vec());
                Ok(ControlFlow::Continue(()))
            })?;
        }
    }
    Ok(keys)
}

fn is_purged(tx: &impl Reads, root: &Pipeline) -> Result<bool, StoreError> {
    for member in pipelines::family(tx, root)? {
        if scans::scans(tx, member.id)?.iter().any(|scan| scan.status == ScanStatus::Purged) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Removes entries of journals.
pub fn remove_journal(wtx: &mut WriteTx, keys: &[Vec<u8>]) -> Result<(), StoreError> {
    wtx.remove_all(UNDO_JOURNAL, keys)
}

/// Writes an undo.
pub fn put_undo(wtx: &mut WriteTx, undo: &Undo) -> Result<(), StoreError> {
    wtx.put_row(UNDOS, Key::id(undo.pipeline_id).done(), undo)
}

/// The undo of a pipeline, if anybody asked for it.
pub fn find_undo(tx: &impl Reads, pipeline: u64) -> Result<Option<Undo>, StoreError> {
    row(tx, UNDOS, Key::id(pipeline).done())
}
