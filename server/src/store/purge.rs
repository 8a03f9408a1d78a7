//! Taking away what retention no longer keeps: lists of old scans, then the bodies, chunks and remediations
//! that nothing names any more. Everything that names one of them is looked through in this file.
//!
//! Must not know: ages in days, files, threads. The caller sees to it that no pipeline of the project is
//! being ingested meanwhile: ingestion finds bodies first and names them later.

use super::bodies::BodyHash;
use super::catalog::{
    BODIES, BODIES_BY_HASH, FINDINGS, FINDINGS_BY_UUID, REMEDIATIONS, REMEDIATIONS_BY_CHECKSUM, RETENTION_RUNS, RETENTION_SWEEPS,
    SCAN_CHUNKS, TEXTS, TEXTS_BY_HASH, Table,
};
use super::key::{Key, id_at};
use super::{
    Reads, StoreError, WriteTx, bodies, codec, ids_below, outbox, pipelines, prefixed, records, sboms, scans, texts, undo,
    unlisted,
};
use crate::clock::Millis;
use crate::domain::finding::VulnerabilityFinding;
use crate::domain::pipeline::Pipeline;
use crate::domain::retention::RetentionRun;
use crate::domain::scan::ChunkHash;
use casemate_shared::ScanStatus;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::ControlFlow;

/// Runs that are remembered.
const RUNS: usize = 100;
/// Rows that are looked up at a time.
const ROWS: usize = 1_000;

/// Pipelines whose scans still have lists although they were accepted before their project's
/// time, or deleted; per project,
/// oldest first. Child pipelines go with their root, when that is due. Those in the queue are left out.
pub fn due(tx: &impl Reads, before: impl Fn(u64) -> Option<Millis>) -> Result<BTreeMap<u64, BTreeSet<u64>>, StoreError> {
    let mut due: BTreeMap<u64, BTreeSet<u64>> = BTreeMap::new();
    for (project, scan) in scans::kept(tx, None)? {
        let Some(scan) = scans::find_scan(tx, scan)? else { continue };
        let Some(root) = root_of(tx, scan.pipeline_id)? else { continue };
        let is_old = before(project).is_some_and(|before| root.created_at < before);
        if (is_old || root.deleted_at.is_some()) && !pipelines::is_family_queued(tx, &root)? {
            due.entry(project).or_default().insert(root.id);
        }
    }
    Ok(due)
}

/// The pipeline at the top of a pipeline's family.
pub(super) fn root_of(tx: &impl Reads, pipeline: u64) -> Result<Option<Pipeline>, StoreError> {
    match pipelines::find_pipeline(tx, pipeline)? {
        Some(child) if child.root_id.is_some() => pipelines::find_pipeline(tx, child.root()),
        found => Ok(found),
    }
}

/// Projects whose bodies or chunks have to be looked through.
pub fn unswept(tx: &impl Reads) -> Result<BTreeSet<u64>, StoreError> {
    let mut projects = unlisted::projects(tx)?;
    projects.extend(ids_below(tx, RETENTION_SWEEPS, &[])?);
    Ok(projects)
}

/// How many lists of a project name each chunk: those of its scans, and those that scanners are compared with.
pub struct ChunkUses(HashMap<ChunkHash, u32>);

impl ChunkUses {
    /// Counts them.
    pub fn read(tx: &impl Reads, project: u64) -> Result<ChunkUses, StoreError> {
        let mut uses = ChunkUses(HashMap::new());
        for (_, scan) in scans::kept(tx, Some(project))? {
            if let Some(scan) = scans::find_scan(tx, scan)? {
                uses.count(scan.accepted_chunks.iter().chain(&scan.duplicate_chunks));
            }
        }
        for (_, _, promotion) in scans::promotions(tx, project)? {
            uses.count(promotion.chunks.iter().chain(promotion.last_full.iter().flat_map(|last| &last.chunks)));
        }
        uses.count(&undo::chunks(tx, project)?);
        Ok(uses)
    }

    /// Whether any list names a chunk.
    pub(super) fn names(&self, hash: &ChunkHash) -> bool {
        self.0.contains_key(hash)
    }

    fn count<'a>(&mut self, hashes: impl IntoIterator<Item = &'a ChunkHash>) {
        for hash in hashes {
            *self.0.entry(*hash).or_default() += 1;
        }
    }

    /// Takes one use of each away; answers those that nothing names any more.
    pub(super) fn release<'a>(&mut self, hashes: impl IntoIterator<Item = &'a ChunkHash>) -> Vec<Vec<u8>> {
        let mut unnamed = Vec::new();
        for hash in hashes {
            if let Some(uses) = self.0.get_mut(hash) {
                *uses = uses.saturating_sub(1);
                if *uses == 0 {
                    self.0.remove(hash);
                    unnamed.push(hash.to_vec());
                }
            }
        }
        unnamed
    }
}

/// Purges the scans of a root pipeline and its descendants: their lists go, their numbers stay. Nothing happens
/// when one has come into the queue meanwhile. Counts what went in `run`.
pub fn purge_pipeline(
    wtx: &mut WriteTx,
    project: u64,
    pipeline: u64,
    uses: &mut ChunkUses,
    run: &mut RetentionRun,
) -> Result<(), StoreError> {
    let Some(root) = pipelines::find_pipeline(wtx, pipeline)?.filter(|found| found.root_id.is_none()) else { return Ok(()) };
    if pipelines::is_family_queued(wtx, &root)? {
        return Ok(());
    }
    for member in pipelines::family(wtx, &root)? {
        purge_scans(wtx, member.id, uses, run)?;
        sboms::purge(wtx, project, member.id)?;
        run.pipelines += 1;
    }
    // Without its lists its import can't be taken back.
    let before = undo::forget(wtx, pipeline)?;
    wtx.remove_all(SCAN_CHUNKS, &uses.release(&before))?;
    wtx.put(RETENTION_SWEEPS, Key::id(project).done(), &[])
}

fn purge_scans(wtx: &mut WriteTx, pipeline: u64, uses: &mut ChunkUses, run: &mut RetentionRun) -> Result<(), StoreError> {
    for mut scan in scans::scans(wtx, pipeline)? {
        if scan.status != ScanStatus::Succeeded {
            continue;
        }
        let accepted = std::mem::take(&mut scan.accepted_chunks);
        let duplicate = std::mem::take(&mut scan.duplicate_chunks);
        let unnamed = uses.release(accepted.iter().chain(&duplicate));
        wtx.remove_all(SCAN_CHUNKS, &unnamed)?;
        scan.status = ScanStatus::Purged;
        scans::put_scan(wtx, &scan)?;
        run.scans += 1;
        run.findings += scan.accepted;
        run.chunks += unnamed.len() as u64;
    }
    Ok(())
}

/// Ids out of a range, one bit each.
struct Marks {
    first: u64,
    bits: Vec<u64>,
}

impl Marks {
    fn between(first: u64, last: u64) -> Marks {
        let words = usize::try_from(last.saturating_sub(first) / 64).unwrap_or(usize::MAX - 1) + 1;
        Marks { first, bits: vec![0; words] }
    }

    fn set(&mut self, id: u64) {
        if let Some((word, bit)) = self.place(id)
            && let Some(bits) = self.bits.get_mut(word)
        {
            *bits |= bit;
        }
    }

    fn has(&self, id: u64) -> bool {
        let bits = self.place(id).and_then(|(word, bit)| Some(self.bits.get(word)? & bit));
        bits.is_some_and(|bits| bits != 0)
    }

    fn place(&self, id: u64) -> Option<(usize, u64)> {
        let distance = id.checked_sub(self.first)?;
        Some((usize::try_from(distance / 64).ok()?, 1 << (distance % 64)))
    }
}

/// Bodies of a project that no list and no permanent finding names, with the names they are found by.
pub fn unnamed_bodies(tx: &impl Reads, project: u64) -> Result<Vec<(BodyHash, u64)>, StoreError> {
    let (mut first, mut last) = (u64::MAX, 0);
    each_body_name(tx, project, |_, id| (first, last) = (first.min(id), last.max(id)))?;
    if first > last {
        return Ok(Vec::new());
    }
    let mut named = Marks::between(first, last);
    for hash in ChunkUses::read(tx, project)?.0.into_keys() {
        scans::list(tx, &[hash])?.iter().for_each(|entry| named.set(entry.body_id));
    }
    each_finding(tx, project, |finding| {
        named.set(finding.body_id);
        finding.evidence_body_id.into_iter().for_each(|id| named.set(id));
    })?;
    undo::each_pair(tx, project, |pair| {
        named.set(pair.finding.body_id);
        pair.finding.evidence_body_id.into_iter().for_each(|id| named.set(id));
    })?;
    let mut unnamed = Vec::new();
    each_body_name(tx, project, |hash, id| {
        if !named.has(id) {
            unnamed.push((hash, id));
        }
    })?;
    // In order of their rows: neighbours lie on one page.
    unnamed.sort_unstable_by_key(|(_, id)| *id);
    Ok(unnamed)
}

fn each_body_name(tx: &impl Reads, project: u64, mut visit: impl FnMut(BodyHash, u64)) -> Result<(), StoreError> {
    prefixed(tx, BODIES_BY_HASH, &Key::id(project).done(), &mut |key, id| {
        let hash = key.get(8..).and_then(|hash| hash.try_into().ok());
        let hash = hash.ok_or_else(|| StoreError::Damaged { table: BODIES_BY_HASH.name, reason: "short key".to_owned() })?;
        visit(hash, id_at(id, 0));
        Ok(ControlFlow::Continue(()))
    })
}

/// Every permanent finding of a project.
fn each_finding(tx: &impl Reads, project: u64, mut visit: impl FnMut(VulnerabilityFinding)) -> Result<(), StoreError> {
    let mut ids = Vec::new();
    prefixed(tx, FINDINGS_BY_UUID, &Key::id(project).done(), &mut |_, value| {
        ids.push(id_at(value, 0));
        Ok(ControlFlow::Continue(()))
    })?;
    ids.sort_unstable();
    for group in ids.chunks(ROWS) {
        let keys: Vec<Vec<u8>> = group.iter().map(|id| Key::id(*id).done()).collect();
        tx.look_up(FINDINGS, &keys, &mut |_, found| {
            if let Some(bytes) = found {
                visit(codec::decode(FINDINGS.name, bytes)?);
            }
            Ok(())
        })?;
    }
    Ok(())
}

/// Removes bodies and tells the search index.
pub fn remove_bodies(wtx: &mut WriteTx, project: u64, bodies: &[(BodyHash, u64)]) -> Result<(), StoreError> {
    let mut names: Vec<Vec<u8>> = bodies.iter().map(|(hash, _)| Key::id(project).then_bytes(hash).done()).collect();
    names.sort_unstable();
    let ids: Vec<u64> = bodies.iter().map(|(_, id)| *id).collect();
    let keys: Vec<Vec<u8>> = ids.iter().map(|id| Key::id(*id).done()).collect();
    wtx.remove_all(BODIES_BY_HASH, &names)?;
    wtx.remove_all(BODIES, &keys)?;
    outbox::append_removed_bodies(wtx, &ids)
}

/// What bodies of a project share and no body names any more.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Unshared {
    /// Long texts.
    pub texts: Vec<u64>,
    /// Remediations; no permanent finding names them either.
    pub remediations: Vec<u64>,
}

/// Texts and remediations of a project that nothing names.
pub fn unshared(tx: &impl Reads, project: u64) -> Result<Unshared, StoreError> {
    let mut texts = ids_in_values(tx, TEXTS_BY_HASH, project)?;
    let mut remediations = ids_in_values(tx, REMEDIATIONS_BY_CHECKSUM, project)?;
    if texts.is_empty() && remediations.is_empty() {
        return Ok(Unshared::default());
    }
    let bodies: Vec<u64> = ids_in_values(tx, BODIES_BY_HASH, project)?.into_iter().collect();
    for group in bodies.chunks(ROWS) {
        for body in bodies::get_bare_bodies(tx, group)? {
            body.text_ids.iter().for_each(|id| _ = texts.remove(id));
            body.remediation_ids.iter().for_each(|id| _ = remediations.remove(id));
        }
    }
    if !remediations.is_empty() {
        each_finding(tx, project, |finding| finding.remediation_ids.iter().for_each(|id| _ = remediations.remove(id)))?;
        undo::each_pair(tx, project, |pair| pair.finding.remediation_ids.iter().for_each(|id| _ = remediations.remove(id)))?;
    }
    Ok(Unshared { texts: texts.into_iter().collect(), remediations: remediations.into_iter().collect() })
}

/// The ids that an index by name has of a project.
fn ids_in_values(tx: &impl Reads, table: Table, project: u64) -> Result<BTreeSet<u64>, StoreError> {
    let mut ids = BTreeSet::new();
    prefixed(tx, table, &Key::id(project).done(), &mut |_, id| {
        ids.insert(id_at(id, 0));
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(ids)
}

/// Removes texts and tells the search index.
pub fn remove_texts(wtx: &mut WriteTx, project: u64, ids: &[u64]) -> Result<(), StoreError> {
    let mut names = Vec::with_capacity(ids.len());
    for text in texts::get_texts(wtx, ids)? {
        names.push(Key::id(project).then_bytes(&texts::text_hash(&text.literal)).done());
    }
    names.sort_unstable();
    let keys: Vec<Vec<u8>> = ids.iter().map(|id| Key::id(*id).done()).collect();
    wtx.remove_all(TEXTS_BY_HASH, &names)?;
    wtx.remove_all(TEXTS, &keys)?;
    outbox::append_removed_texts(wtx, ids)
}

/// Removes remediations.
pub fn remove_remediations(wtx: &mut WriteTx, ids: &[u64]) -> Result<(), StoreError> {
    for id in ids {
        if let Some(remediation) = records::find_remediation(wtx, *id)? {
            let name = Key::id(remediation.project_id).then_bytes(&remediation.checksum).done();
            wtx.remove(REMEDIATIONS_BY_CHECKSUM, &name)?;
            wtx.remove(REMEDIATIONS, &Key::id(*id).done())?;
        }
    }
    Ok(())
}

/// Says that a project has been looked through.
pub fn swept(wtx: &mut WriteTx, project: u64) -> Result<(), StoreError> {
    wtx.remove(RETENTION_SWEEPS, &Key::id(project).done())
}

/// Remembers a run, and forgets old ones.
pub fn put_run(wtx: &mut WriteTx, run: &RetentionRun) -> Result<(), StoreError> {
    wtx.put_row(RETENTION_RUNS, run_key(run), run)?;
    let mut old: Vec<Vec<u8>> = runs(wtx)?.iter().skip(RUNS).map(run_key).collect();
    old.sort_unstable();
    wtx.remove_all(RETENTION_RUNS, &old)
}

fn run_key(run: &RetentionRun) -> Vec<u8> {
    Key::bytes(&run.started_at.to_be_bytes()).done()
}

/// The runs that are remembered, newest first.
pub fn runs(tx: &impl Reads) -> Result<Vec<RetentionRun>, StoreError> {
    let mut runs = Vec::new();
    tx.walk(RETENTION_RUNS, &[], None, true, &mut |_, bytes| {
        runs.push(codec::decode(RETENTION_RUNS.name, bytes)?);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(runs)
}
