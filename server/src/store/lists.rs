//! Pages of a project's pipelines, imports and jobs. Must not know: what is in a pipeline or a job.
//!
//! The keys of an index are walked: those that are wanted are counted, and the ids of one page are kept. No row is
//! read, so that a page costs the same whatever its pipelines hold. What a snapshot has counted it knows.

use super::catalog::{IMPORTS_BY_PROJECT, JOBS_BY_PROJECT, PIPELINES_BY_PROJECT, Table};
use super::key::{Key, behind, id_at};
use super::{Reads, StoreError, WriteTx, pipelines};
use crate::domain::pipeline::{Job, Pipeline};
use std::ops::ControlFlow;

/// Which stretch of a list is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Slice {
    /// Entries before it.
    pub offset: u64,
    /// Most entries of it.
    pub limit: usize,
    /// Whether the list begins with the newest.
    pub newest_first: bool,
}

/// A stretch of a list.
#[derive(Debug, PartialEq, Eq)]
pub struct IdPage {
    /// Entries of the whole list.
    pub total: u64,
    /// Ids of the stretch, in the order of the list.
    pub ids: Vec<u64>,
}

/// What the list of jobs is narrowed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobMark<'a> {
    /// Its status, as GitLab calls it.
    pub status: &'a str,
    /// Whether another job of its name took its place.
    pub retried: bool,
}

/// A project's pipelines that are no child of another.
pub fn pipelines(tx: &impl Reads, project: u64, slice: Slice) -> Result<IdPage, StoreError> {
    counted_page(tx, PIPELINES_BY_PROJECT, project, slice, |value| value.is_empty())
}

/// A project's pipelines that are wanted, of one commit or of all: how many, and one stretch of them. Reads
/// the rows, and keeps those of the stretch.
pub fn pipelines_of(
    tx: &impl Reads,
    project: u64,
    sha: Option<&str>,
    slice: Slice,
    wanted: impl Fn(&Pipeline) -> bool,
) -> Result<(u64, Vec<Pipeline>), StoreError> {
    let (mut total, mut found) = (0, Vec::new());
    let mut take = |pipeline: Pipeline| {
        if wanted(&pipeline) {
            total += 1;
            if total > slice.offset && found.len() < slice.limit {
                found.push(pipeline);
            }
        }
    };
    match sha {
        Some(sha) => {
            let mut of_commit = pipelines::pipelines_of_commit(tx, project, sha)?;
            if !slice.newest_first {
                of_commit.reverse();
            }
            of_commit.into_iter().for_each(&mut take);
        }
        None => pipelines::each_pipeline(tx, project, slice.newest_first, |pipeline| {
            take(pipeline);
            Ok(ControlFlow::Continue(()))
        })?,
    }
    Ok((total, found))
}

/// A project's pipelines that have a scan. What a child pipeline handed in is part of its root's import.
pub fn imports(tx: &impl Reads, project: u64, slice: Slice) -> Result<IdPage, StoreError> {
    counted_page(tx, IMPORTS_BY_PROJECT, project, slice, |_| true)
}

/// Whether a project has a pipeline with a scan.
pub fn has_imports(tx: &impl Reads, project: u64) -> Result<bool, StoreError> {
    let mut has = false;
    super::prefixed(tx, IMPORTS_BY_PROJECT, &Key::id(project).done(), &mut |_, _| {
        has = true;
        Ok(ControlFlow::Break(()))
    })?;
    Ok(has)
}

/// A project's jobs that are wanted.
pub fn jobs(tx: &impl Reads, project: u64, slice: Slice, wanted: impl Fn(JobMark<'_>) -> bool) -> Result<IdPage, StoreError> {
    page(tx, JOBS_BY_PROJECT, project, slice, |value| read_mark(value).is_some_and(&wanted))
}

fn page(tx: &impl Reads, table: Table, project: u64, slice: Slice, wanted: impl Fn(&[u8]) -> bool) -> Result<IdPage, StoreError> {
    stretch(tx, table, project, slice, None, wanted)
}

/// A page of a list that is always narrowed in the same way: its length is counted once in a snapshot.
fn counted_page(
    tx: &impl Reads,
    table: Table,
    project: u64,
    slice: Slice,
    wanted: impl Fn(&[u8]) -> bool,
) -> Result<IdPage, StoreError> {
    let known = tx.known_total(table, project);
    let page = stretch(tx, table, project, slice, known, wanted)?;
    if known.is_none() {
        tx.remember_total(table, project, page.total);
    }
    Ok(page)
}

/// Walks to the end of a page, or of the list when its length is not known.
fn stretch(
    tx: &impl Reads,
    table: Table,
    project: u64,
    slice: Slice,
    known: Option<u64>,
    wanted: impl Fn(&[u8]) -> bool,
) -> Result<IdPage, StoreError> {
    let prefix = Key::id(project).done();
    let mut page = IdPage { total: 0, ids: Vec::new() };
    tx.walk(table, &prefix, behind(&prefix).as_deref(), slice.newest_first, &mut |key, value| {
        if wanted(value) {
            page.total += 1;
            if page.total > slice.offset && page.ids.len() < slice.limit {
                page.ids.push(id_at(key, 8));
            }
        }
        let is_over = known.is_some() && page.ids.len() >= slice.limit;
        Ok(if is_over { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    Ok(IdPage { total: known.unwrap_or(page.total), ..page })
}

/// Key and value of a job's entry.
pub(super) fn job_entry(job: &Job) -> (Vec<u8>, Vec<u8>) {
    let mark = [&[u8::from(job.retried)], job.status.as_bytes()].concat();
    (Key::id(job.project_id).then_id(job.id).done(), mark)
}

fn read_mark(value: &[u8]) -> Option<JobMark<'_>> {
    let (retried, status) = value.split_first()?;
    Some(JobMark { status: std::str::from_utf8(status).ok()?, retried: *retried != 0 })
}

/// Key of an import's entry.
pub(super) fn import_key(project: u64, pipeline: u64) -> Vec<u8> {
    Key::id(project).then_id(pipeline).done()
}

/// Lists a job, unless its pipeline is deleted.
pub(super) fn put_job(wtx: &mut WriteTx, job: &Job) -> Result<(), StoreError> {
    if is_deleted(wtx, job.pipeline_id)? {
        return Ok(());
    }
    let (key, mark) = job_entry(job);
    wtx.put(JOBS_BY_PROJECT, key, &mark)
}

/// Lists the pipeline of a scan, or its root, among the imports, unless it is deleted.
pub(super) fn put_import(wtx: &mut WriteTx, project: u64, pipeline: u64) -> Result<(), StoreError> {
    if super::value(wtx, IMPORTS_BY_PROJECT, import_key(project, pipeline))?.is_some() {
        return Ok(());
    }
    let found = pipelines::find_pipeline(wtx, pipeline)?;
    if found.as_ref().is_some_and(|found| found.deleted_at.is_some()) {
        return Ok(());
    }
    let root = found.map_or(pipeline, |found| found.root());
    wtx.put(IMPORTS_BY_PROJECT, import_key(project, root), &[])
}

/// Takes what belongs to a deleted pipeline off the lists.
pub(super) fn forget(wtx: &mut WriteTx, pipeline: &Pipeline) -> Result<(), StoreError> {
    for job in pipelines::jobs(wtx, pipeline.id)? {
        wtx.remove(JOBS_BY_PROJECT, &job_entry(&job).0)?;
    }
    wtx.remove(IMPORTS_BY_PROJECT, &import_key(pipeline.project_id, pipeline.id))
}

fn is_deleted(wtx: &WriteTx, pipeline: u64) -> Result<bool, StoreError> {
    Ok(pipelines::find_pipeline(wtx, pipeline)?.is_some_and(|pipeline| pipeline.deleted_at.is_some()))
}
