//! Pipelines, jobs, artifacts and the queue of ingestion. Must not know: what is in a report.

use super::catalog::{
    ARTIFACTS, ARTIFACTS_BY_EXPIRY, ARTIFACTS_BY_HASH, ARTIFACTS_BY_JOB, INGESTION_QUEUE, JOBS, JOBS_BY_PIPELINE, PIPELINES,
    PIPELINES_BY_DEADLINE, PIPELINES_BY_KEY, PIPELINES_BY_PROJECT, PIPELINES_BY_ROOT, PIPELINES_BY_SHA, Table,
};
use super::key::{Key, behind, id_at};
use super::{Reads, StoreError, WriteTx, expire, ids_below, lists, project_sizes, row, rows, value};
use crate::domain::pipeline::{Artifact, Job, Pipeline};
use std::collections::BTreeSet;
use std::ops::ControlFlow;

/// Writes a pipeline and its indexes.
pub fn put_pipeline(wtx: &mut WriteTx, pipeline: &Pipeline) -> Result<(), StoreError> {
    let entries = index_entries(pipeline);
    let old = find_pipeline(wtx, pipeline.id)?;
    project_sizes::put(wtx, old.as_ref(), pipeline)?;
    if let Some(old) = old {
        let stays = |table: Table, key: &[u8]| entries.iter().any(|(other, kept, _)| other.name == table.name && kept == key);
        for (table, key, _) in index_entries(&old).iter().filter(|(table, key, _)| !stays(*table, key)) {
            wtx.remove(*table, key)?;
        }
    }
    wtx.put_row(PIPELINES, Key::id(pipeline.id).done(), pipeline)?;
    for (table, key, value) in entries {
        wtx.put(table, key, &value)?;
    }
    if pipeline.deleted_at.is_some() { lists::forget(wtx, pipeline) } else { Ok(()) }
}

/// Value of a child pipeline in the index by project.
const CHILD: &[u8] = &[1];

/// One entry of an index: table, key, value.
type Entry = (Table, Vec<u8>, Vec<u8>);

/// What the indexes hold for a pipeline: nothing when it is deleted, but for its place in a family.
pub(super) fn index_entries(pipeline: &Pipeline) -> Vec<Entry> {
    let (id, project) = (pipeline.id, pipeline.project_id);
    let mut entries = Vec::new();
    entries.extend(pipeline.root_id.map(|root| (PIPELINES_BY_ROOT, Key::id(root).then_id(id).done(), Vec::new())));
    if pipeline.deleted_at.is_some() {
        return entries;
    }
    let mark = if pipeline.parent_id.is_some() { CHILD } else { &[] };
    entries.push((PIPELINES_BY_PROJECT, Key::id(project).then_id(id).done(), mark.to_vec()));
    let by_commit = Key::id(project).then_bytes(&commit_bytes(&pipeline.sha)).then_id(id).done();
    entries.push((PIPELINES_BY_SHA, by_commit, Vec::new()));
    let by_key = |key: &String| Key::id(project).then_bytes(key.as_bytes()).done();
    entries.extend(pipeline.key.as_ref().map(|key| (PIPELINES_BY_KEY, by_key(key), id.to_be_bytes().to_vec())));
    let by_time = |at: i64| Key::id(at.max(0).unsigned_abs()).then_id(id).done();
    entries.extend(pipeline.deadline.map(|at| (PIPELINES_BY_DEADLINE, by_time(at), Vec::new())));
    entries
}

/// A commit id as bytes; what is no hex counts as zeros, which a look-up compares again.
pub(super) fn commit_bytes(sha: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).unwrap_or_default() as u8;
    sha.as_bytes().chunks(2).map(|pair| pair.iter().fold(0, |byte, half| byte << 4 | digit(*half))).collect()
}

/// A pipeline by id.
pub fn find_pipeline(tx: &impl Reads, id: u64) -> Result<Option<Pipeline>, StoreError> {
    row(tx, PIPELINES, Key::id(id).done())
}

/// Pipelines by their ids, in the order asked for; none for one that is not there.
pub fn find_pipelines(tx: &impl Reads, ids: &[u64]) -> Result<Vec<Option<Pipeline>>, StoreError> {
    rows(tx, PIPELINES, ids)
}

/// The pipeline of a project with that run id.
pub fn find_pipeline_by_key(tx: &impl Reads, project: u64, key: &str) -> Result<Option<Pipeline>, StoreError> {
    match value(tx, PIPELINES_BY_KEY, Key::id(project).then_bytes(key.as_bytes()).done())? {
        Some(id) => find_pipeline(tx, id_at(&id, 0)),
        None => Ok(None),
    }
}

/// A project's pipelines of a commit, newest first.
pub fn pipelines_of_commit(tx: &impl Reads, project: u64, sha: &str) -> Result<Vec<Pipeline>, StoreError> {
    let mut found = Vec::new();
    let mut ids = ids_below(tx, PIPELINES_BY_SHA, &Key::id(project).then_bytes(&commit_bytes(sha)).done())?;
    ids.sort_unstable_by(|one, other| other.cmp(one));
    for id in ids {
        // A shorter commit id may be the beginning of a longer one.
        found.extend(find_pipeline(tx, id)?.filter(|pipeline| pipeline.sha == sha));
    }
    Ok(found)
}

/// A pipeline's first ancestor and all that descend from it, oldest first; the pipeline alone if it has no
/// relatives. A family is deleted as a whole.
pub fn family(tx: &impl Reads, of: &Pipeline) -> Result<Vec<Pipeline>, StoreError> {
    let mut all: Vec<Pipeline> = find_pipeline(tx, of.root())?.into_iter().collect();
    for id in ids_below(tx, PIPELINES_BY_ROOT, &Key::id(of.root()).done())? {
        all.extend(find_pipeline(tx, id)?);
    }
    if all.is_empty() {
        // It is not stored yet.
        all.push(of.clone());
    }
    Ok(all)
}

/// A pipeline and those that descend from it, oldest first: what is read as one (ingestion design, section 3.5).
pub fn descent(tx: &impl Reads, of: &Pipeline) -> Result<Vec<Pipeline>, StoreError> {
    let mut all = family(tx, of)?;
    let mut ids = BTreeSet::from([of.id]);
    // A parent is older than its children.
    all.retain(|member| {
        member.id == of.id || (member.parent_id.is_some_and(|parent| ids.contains(&parent)) && ids.insert(member.id))
    });
    Ok(all)
}

/// The pipeline whose waiting ends first, with that time.
pub fn first_deadline(tx: &impl Reads) -> Result<Option<(i64, u64)>, StoreError> {
    let mut first = None;
    tx.walk(PIPELINES_BY_DEADLINE, &[], None, false, &mut |key, _| {
        first = Some((i64::try_from(id_at(key, 0)).unwrap_or(i64::MAX), id_at(key, 8)));
        Ok(ControlFlow::Break(()))
    })?;
    Ok(first)
}

/// Walks a project's pipelines, newest first, until `visit` says stop.
pub fn newest_pipelines(
    tx: &impl Reads,
    project: u64,
    visit: impl FnMut(Pipeline) -> Result<ControlFlow<()>, StoreError>,
) -> Result<(), StoreError> {
    each_pipeline(tx, project, true, visit)
}

/// Walks a project's pipelines until `visit` says stop.
pub(super) fn each_pipeline(
    tx: &impl Reads,
    project: u64,
    newest_first: bool,
    mut visit: impl FnMut(Pipeline) -> Result<ControlFlow<()>, StoreError>,
) -> Result<(), StoreError> {
    let prefix = Key::id(project).done();
    let end = behind(&prefix);
    tx.walk(PIPELINES_BY_PROJECT, &prefix, end.as_deref(), newest_first, &mut |key, _| match find_pipeline(tx, id_at(key, 8))? {
        Some(pipeline) => visit(pipeline),
        None => Ok(ControlFlow::Continue(())),
    })
}

/// Writes a job and its index.
pub fn put_job(wtx: &mut WriteTx, job: &Job) -> Result<(), StoreError> {
    wtx.put_row(JOBS, Key::id(job.id).done(), job)?;
    lists::put_job(wtx, job)?;
    wtx.put(JOBS_BY_PIPELINE, Key::id(job.pipeline_id).then_id(job.id).done(), &[])
}

/// A job by id.
pub fn find_job(tx: &impl Reads, id: u64) -> Result<Option<Job>, StoreError> {
    row(tx, JOBS, Key::id(id).done())
}

/// Jobs of a pipeline, oldest first.
pub fn jobs(tx: &impl Reads, pipeline: u64) -> Result<Vec<Job>, StoreError> {
    ids_below(tx, JOBS_BY_PIPELINE, &Key::id(pipeline).done())?
        .into_iter()
        .filter_map(|id| find_job(tx, id).transpose())
        .collect()
}

/// Writes an artifact and its indexes. One that has expired needs its file no more.
pub fn put_artifact(wtx: &mut WriteTx, artifact: &Artifact) -> Result<(), StoreError> {
    let old = find_artifact(wtx, artifact.id)?;
    project_sizes::put(wtx, old.as_ref(), artifact)?;
    wtx.put_row(ARTIFACTS, Key::id(artifact.id).done(), artifact)?;
    wtx.put(ARTIFACTS_BY_JOB, Key::id(artifact.job_id).then_id(artifact.id).done(), &[])?;
    let by_hash = Key::bytes(&artifact.sha256).then_id(artifact.id).done();
    let entries = [Some((ARTIFACTS_BY_HASH, by_hash)), expire::time_key(artifact).map(|key| (ARTIFACTS_BY_EXPIRY, key))];
    for (table, key) in entries.into_iter().flatten() {
        match artifact.expired_at {
            None => wtx.put(table, key, &[])?,
            Some(_) => wtx.remove(table, &key)?,
        }
    }
    Ok(())
}

/// An artifact by id.
pub fn find_artifact(tx: &impl Reads, id: u64) -> Result<Option<Artifact>, StoreError> {
    row(tx, ARTIFACTS, Key::id(id).done())
}

/// Artifacts of a job.
pub fn artifacts(tx: &impl Reads, job: u64) -> Result<Vec<Artifact>, StoreError> {
    ids_below(tx, ARTIFACTS_BY_JOB, &Key::id(job).done())?
        .into_iter()
        .filter_map(|id| find_artifact(tx, id).transpose())
        .collect()
}

/// Artifacts that have not expired and need the file with this hash, oldest first.
pub fn artifacts_of_file(tx: &impl Reads, sha256: &[u8; 32]) -> Result<Vec<u64>, StoreError> {
    ids_below(tx, ARTIFACTS_BY_HASH, sha256)
}

/// Whether any row still needs the file with this hash.
pub fn is_artifact_used(tx: &impl Reads, sha256: &[u8; 32]) -> Result<bool, StoreError> {
    Ok(!artifacts_of_file(tx, sha256)?.is_empty())
}

/// Every file that is needed, with the newest artifact that needs it.
pub fn needed_files(tx: &impl Reads) -> Result<Vec<([u8; 32], u64)>, StoreError> {
    let mut files: Vec<([u8; 32], u64)> = Vec::new();
    tx.walk(ARTIFACTS_BY_HASH, &[], None, false, &mut |key, _| {
        let mut sha256 = [0; 32];
        sha256.copy_from_slice(
            key.get(..32).ok_or_else(|| StoreError::Damaged { table: ARTIFACTS_BY_HASH.name, reason: "short key".to_owned() })?,
        );
        match files.last_mut() {
            Some(last) if last.0 == sha256 => last.1 = id_at(key, 32),
            _ => files.push((sha256, id_at(key, 32))),
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(files)
}

/// Whether a pipeline's ingestion is not done.
pub fn is_queued(tx: &impl Reads, pipeline: u64) -> Result<bool, StoreError> {
    Ok(value(tx, INGESTION_QUEUE, Key::id(pipeline).done())?.is_some())
}

/// Whether ingestion is not done for any member of a family.
pub fn is_family_queued(tx: &impl Reads, of: &Pipeline) -> Result<bool, StoreError> {
    for member in family(tx, of)? {
        if is_queued(tx, member.id)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Puts a pipeline into the queue.
pub fn enqueue(wtx: &mut WriteTx, pipeline: u64) -> Result<(), StoreError> {
    wtx.put(INGESTION_QUEUE, Key::id(pipeline).done(), &[])
}

/// Takes a finished pipeline out of the queue.
pub fn dequeue(wtx: &mut WriteTx, pipeline: u64) -> Result<(), StoreError> {
    wtx.remove(INGESTION_QUEUE, &Key::id(pipeline).done())
}

/// Pipelines whose ingestion is not done, oldest first.
pub fn queued(tx: &impl Reads) -> Result<Vec<u64>, StoreError> {
    ids_below(tx, INGESTION_QUEUE, &[])
}
