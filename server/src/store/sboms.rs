//! Bills of materials: per scan a row that names chunks of components. Must not know: formats, findings.
//!
//! Components are in the order of their ids, which are hashes, and cut where an id ends in 0xff, or after 1,024: equal
//! stretches of two bills are equal chunks, and a chunk is stored once.

use super::catalog::{SBOM_CHUNKS, SBOMS};
use super::key::{Key, id_at};
use super::scans::chunk_hash;
use super::{Reads, StoreError, WriteTx, codec, key, pipelines, prefixed};
use crate::domain::sbom::{Component, SbomChunk, StoredSbom};
use std::collections::BTreeSet;
use std::ops::ControlFlow;

/// Most components of a chunk.
const CHUNK_COMPONENTS: usize = 1_024;

/// A chunk, ready to be stored.
pub struct NewChunk {
    /// Its name.
    pub hash: [u8; 16],
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Cuts a list that is in order of the ids.
///
/// # Errors
/// When a component can't be written.
pub fn cut(components: Vec<Component>) -> Result<Vec<NewChunk>, StoreError> {
    let mut chunks = Vec::new();
    let mut chunk = SbomChunk::default();
    let mut rest = components.into_iter().peekable();
    while let Some(component) = rest.next() {
        let ends = component.id & 0xff == 0xff || chunk.components.len() + 1 == CHUNK_COMPONENTS || rest.peek().is_none();
        chunk.components.push(component);
        if ends {
            let bytes = codec::encode(&std::mem::take(&mut chunk))?;
            chunks.push(NewChunk { hash: chunk_hash(&bytes), bytes });
        }
    }
    Ok(chunks)
}

/// Stores the chunks that are not there yet.
///
/// # Errors
/// When the engine fails.
pub fn put_chunks(wtx: &mut WriteTx, project: u64, chunks: &[NewChunk]) -> Result<(), StoreError> {
    let keys: Vec<Vec<u8>> = chunks.iter().map(|chunk| chunk_key(project, &chunk.hash)).collect();
    let mut missing = BTreeSet::new();
    wtx.look_up(SBOM_CHUNKS, &keys, &mut |position, found| {
        if found.is_none() {
            missing.insert(position);
        }
        Ok(())
    })?;
    let entries: Vec<(Vec<u8>, &[u8])> = missing
        .into_iter()
        .filter_map(|at| chunks.get(at))
        .map(|chunk| (chunk_key(project, &chunk.hash), chunk.bytes.as_slice()))
        .collect();
    wtx.put_all(SBOM_CHUNKS, entries)
}

fn chunk_key(project: u64, hash: &[u8; 16]) -> Vec<u8> {
    Key::id(project).then_bytes(hash).done()
}

/// Takes the bills of a pipeline away, and the chunks that no other bill of the project names. Those of the newest
/// pipeline of the default branch that has any stay: what the project consists of is told by them.
///
/// # Errors
/// When the engine fails or a row is damaged.
pub fn purge(wtx: &mut WriteTx, project: u64, pipeline: u64) -> Result<(), StoreError> {
    let bills = of_pipeline(wtx, project, pipeline)?;
    let root = pipelines::find_pipeline(wtx, pipeline)?.map(|pipeline| pipeline.root());
    if bills.is_empty() || newest_of_default_branch(wtx, project)?.is_some_and(|newest| Some(newest) == root) {
        return Ok(());
    }
    let mut unnamed: BTreeSet<[u8; 16]> = bills.iter().flat_map(|bill| bill.chunks.iter().copied()).collect();
    for bill in bills {
        wtx.remove(SBOMS, &Key::id(project).then_id(pipeline).then_id(bill.scan_id).done())?;
    }
    prefixed(wtx, SBOMS, &Key::id(project).done(), &mut |_, bytes| {
        let bill: StoredSbom = codec::decode(SBOMS.name, bytes)?;
        bill.chunks.iter().for_each(|hash| {
            unnamed.remove(hash);
        });
        Ok(ControlFlow::Continue(()))
    })?;
    let keys: Vec<Vec<u8>> = unnamed.iter().map(|hash| chunk_key(project, hash)).collect();
    wtx.remove_all(SBOM_CHUNKS, &keys)
}

/// The pipeline, or its first ancestor: the bills of a family belong together.
fn newest_of_default_branch(tx: &impl Reads, project: u64) -> Result<Option<u64>, StoreError> {
    let mut newest = None;
    newest_pipelines(tx, project, |id| {
        let found = pipelines::find_pipeline(tx, id)?;
        if let Some(found) = found.filter(|found| found.on_default_branch && found.deleted_at.is_none()) {
            newest = Some(found.root());
            return Ok(ControlFlow::Break(()));
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(newest)
}

/// Writes the row of a scan's bill.
///
/// # Errors
/// When the engine fails.
pub fn put(wtx: &mut WriteTx, project: u64, pipeline: u64, sbom: &StoredSbom) -> Result<(), StoreError> {
    wtx.put_row(SBOMS, Key::id(project).then_id(pipeline).then_id(sbom.scan_id).done(), sbom)
}

/// The bills of a pipeline, in order of their scans.
///
/// # Errors
/// When the engine fails or a row is damaged.
pub fn of_pipeline(tx: &impl Reads, project: u64, pipeline: u64) -> Result<Vec<StoredSbom>, StoreError> {
    let mut found = Vec::new();
    prefixed(tx, SBOMS, &Key::id(project).then_id(pipeline).done(), &mut |_, bytes| {
        found.push(codec::decode(SBOMS.name, bytes)?);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(found)
}

/// Walks the pipelines of a project that have bills, newest first, once per bill, until `visit` says stop.
///
/// # Errors
/// When the engine fails.
pub fn newest_pipelines(
    tx: &impl Reads,
    project: u64,
    mut visit: impl FnMut(u64) -> Result<ControlFlow<()>, StoreError>,
) -> Result<(), StoreError> {
    let prefix = Key::id(project).done();
    tx.walk(SBOMS, &prefix, key::behind(&prefix).as_deref(), true, &mut |key, _| visit(id_at(key, 8)))
}

/// The components of a bill, in order of their ids.
///
/// # Errors
/// When the engine fails or a chunk is missing or damaged.
pub fn components(tx: &impl Reads, project: u64, sbom: &StoredSbom) -> Result<Vec<Component>, StoreError> {
    let keys: Vec<Vec<u8>> = sbom.chunks.iter().map(|hash| chunk_key(project, hash)).collect();
    let mut all = Vec::new();
    tx.look_up(SBOM_CHUNKS, &keys, &mut |position, found| {
        let reason = || format!("chunk {position} of the bill of scan {} is missing", sbom.scan_id);
        let bytes = found.ok_or_else(|| StoreError::Damaged { table: SBOM_CHUNKS.name, reason: reason() })?;
        let chunk: SbomChunk = codec::decode(SBOM_CHUNKS.name, bytes)?;
        all.extend(chunk.components);
        Ok(())
    })?;
    Ok(all)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::domain::pipeline::Pipeline;
    use crate::store::{Store, sample};

    fn component(id: u64) -> Component {
        Component { id, name: format!("n{id}"), ..Component::default() }
    }

    fn chunks(ids: impl IntoIterator<Item = u64>) -> Vec<NewChunk> {
        cut(ids.into_iter().map(component).collect()).unwrap()
    }

    #[test]
    fn equal_stretches_are_equal_chunks() {
        let one = chunks((0..2_000).map(|id| id * 3));
        let two = chunks((0..2_000).map(|id| id * 3).filter(|id| *id != 900));
        let hashes = |list: &[NewChunk]| list.iter().map(|chunk| chunk.hash).collect::<BTreeSet<_>>();
        assert!(one.len() > 2 && chunks([]).is_empty());
        assert_eq!(hashes(&one).difference(&hashes(&two)).count(), 1);
        assert_eq!(chunks((0..2_000).map(|id| id * 256)).len(), 2, "long stretches without an end are cut");
    }

    #[test]
    fn bills_come_back_by_pipeline_and_newest_first() {
        let store = Store::in_memory().unwrap();
        let chunks = chunks(0..600);
        let sbom = StoredSbom {
            scan_id: 9,
            components: 600,
            chunks: chunks.iter().map(|one| one.hash).collect(),
            ..StoredSbom::default()
        };
        store
            .write(|wtx| {
                put_chunks(wtx, 1, &chunks)?;
                put_chunks(wtx, 1, &chunks)?;
                put(wtx, 1, 4, &sbom)?;
                put(wtx, 1, 5, &StoredSbom { scan_id: 11, ..StoredSbom::default() })?;
                put(wtx, 2, 6, &StoredSbom::default())
            })
            .unwrap();
        let rtx = store.read().unwrap();
        assert_eq!(of_pipeline(&rtx, 1, 4).unwrap(), std::slice::from_ref(&sbom));
        assert_eq!(components(&rtx, 1, &sbom).unwrap(), (0..600).map(component).collect::<Vec<_>>());
        let mut seen = Vec::new();
        newest_pipelines(&rtx, 1, |id| {
            seen.push(id);
            Ok(ControlFlow::Continue(()))
        })
        .unwrap();
        assert_eq!(seen, [5, 4]);
        let lost = StoredSbom { chunks: vec![[0; 16]], ..sbom };
        assert!(components(&rtx, 1, &lost).is_err());
    }

    #[test]
    fn bills_of_old_pipelines_go_with_the_chunks_that_only_they_name() {
        let store = Store::in_memory().unwrap();
        let (old, new) = (chunks(0..600), chunks(0..900));
        let bill = |scan_id: u64, list: &[NewChunk]| StoredSbom {
            scan_id,
            chunks: list.iter().map(|one| one.hash).collect(),
            ..StoredSbom::default()
        };
        let count = || {
            let mut count = 0;
            let rtx = store.read().unwrap();
            prefixed(&rtx, SBOM_CHUNKS, &Key::id(1).done(), &mut |_, _| {
                count += 1;
                Ok(ControlFlow::Continue(()))
            })
            .unwrap();
            count
        };
        store
            .write(|wtx| {
                for (pipeline, list) in [(4, &old), (5, &new), (6, &old)] {
                    let row = Pipeline { on_default_branch: pipeline != 6, ..sample::pipeline(pipeline) };
                    pipelines::put_pipeline(wtx, &row)?;
                    put_chunks(wtx, 1, list)?;
                    put(wtx, 1, pipeline, &bill(pipeline, list))?;
                }
                Ok::<(), StoreError>(())
            })
            .unwrap();
        let before = count();
        store.write(|wtx| purge(wtx, 1, 4)).unwrap();
        assert_eq!(
            (of_pipeline(&store.read().unwrap(), 1, 4).unwrap().len(), count()),
            (0, before),
            "pipeline 6 names the same chunks"
        );
        store.write(|wtx| purge(wtx, 1, 6)).unwrap();
        assert_eq!(count(), new.len());
        store.write(|wtx| purge(wtx, 1, 5)).unwrap();
        assert_eq!(
            components(&store.read().unwrap(), 1, &bill(5, &new)).unwrap().len(),
            900,
            "the newest of the default branch stays"
        );
    }
}
