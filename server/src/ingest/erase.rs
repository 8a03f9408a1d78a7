//! Taking away what somebody no longer wants: the files of a job, a whole pipeline (API design, section 2.4).
//! Rows that history names stay; retention clears away the lists of a deleted pipeline.
//!
//! Must not know: HTTP, ages.

use super::declare::DeclareError;
use super::{IngestError, Room, family};
use crate::audit::{self, Act, By, Entity, Event};
use crate::clock::Millis;
use crate::domain::pipeline::{Artifact, Job, Pipeline};
use crate::store::{StoreError, WriteTx, pipelines};
use casemate_shared::Ingestion;

/// Erases the files of a job. What was read from them stays.
///
/// # Errors
/// When there is no such job, or its files may still be read.
pub fn erase_files(room: &Room, job_id: u64, by: &By) -> Result<(), DeclareError> {
    let now = room.clock.now();
    remove(room, |wtx| {
        let job = pipelines::find_job(wtx, job_id)?.ok_or(DeclareError::NoPipeline(job_id))?;
        let pipeline = at_rest(wtx, job.pipeline_id)?;
        if !job.has_ended() || !family::is_complete(wtx, &pipeline)? {
            return Err(DeclareError::Busy(pipeline.id));
        }
        let act = Act::on(Event::JobErased, Entity::Project(job.project_id)).about("Job", job.id, &job.name);
        audit::pass(wtx, by, &act)?;
        Ok(expire(wtx, job, now)?)
    })
}

/// Deletes a pipeline and its descendants: their jobs, files and findings go, vulnerabilities stay. Its key is free again.
///
/// # Errors
/// When it is not there, is being ingested, or is a child.
pub fn delete_pipeline(room: &Room, id: u64, by: &By) -> Result<(), DeclareError> {
    let now = room.clock.now();
    remove(room, |wtx| {
        let pipeline = at_rest(wtx, id)?;
        if pipeline.root_id.is_some() {
            // What it reported would count as missing when a relative comes later.
            return Err(DeclareError::Child(id, pipeline.root()));
        }
        let act =
            Act::on(Event::PipelineDestroyed, Entity::Project(pipeline.project_id)).about("Pipeline", id, &pipeline.ref_name);
        audit::pass(wtx, by, &act.with("sha", &pipeline.sha))?;
        let mut files = Vec::new();
        for member in pipelines::family(wtx, &pipeline)? {
            files.extend(delete(wtx, member, now)?);
        }
        Ok(files)
    })
}

/// Deletes one pipeline; answers the files of its jobs.
fn delete(wtx: &mut WriteTx, mut pipeline: Pipeline, now: Millis) -> Result<Vec<[u8; 32]>, StoreError> {
    let mut files = Vec::new();
    for mut job in pipelines::jobs(wtx, pipeline.id)? {
        if !job.has_ended() {
            job.status = "canceled".to_owned();
            job.finished_at = Some(now);
        }
        files.extend(expire(wtx, job, now)?);
    }
    (pipeline.deleted_at, pipeline.updated_at, pipeline.deadline) = (Some(now), now, None);
    (pipeline.complete, pipeline.held, pipeline.ingestion) = (true, false, Ingestion::Done);
    pipelines::put_pipeline(wtx, &pipeline)?;
    Ok(files)
}

/// A pipeline that nobody is at work on.
fn at_rest(wtx: &WriteTx, id: u64) -> Result<Pipeline, DeclareError> {
    let found = pipelines::find_pipeline(wtx, id)?.filter(|pipeline| pipeline.deleted_at.is_none());
    let pipeline = found.ok_or(DeclareError::NoPipeline(id))?;
    if pipelines::is_family_queued(wtx, &pipeline)? { Err(DeclareError::Busy(id)) } else { Ok(pipeline) }
}

/// Lets the files of a job expire; answers them.
fn expire(wtx: &mut WriteTx, job: Job, now: Millis) -> Result<Vec<[u8; 32]>, StoreError> {
    let mut files = Vec::new();
    for artifact in pipelines::artifacts(wtx, job.id)?.into_iter().filter(|artifact| artifact.expired_at.is_none()) {
        files.push(artifact.sha256);
        pipelines::put_artifact(wtx, &Artifact { expired_at: Some(now), ..artifact })?;
    }
    pipelines::put_job(wtx, &Job { erased_at: job.erased_at.or(Some(now)), ..job })?;
    Ok(files)
}

/// Runs the write and removes the files that no row needs after it.
fn remove(room: &Room, work: impl FnOnce(&mut WriteTx) -> Result<Vec<[u8; 32]>, DeclareError>) -> Result<(), DeclareError> {
    // Between the look at the rows and the removal nobody may keep the same bytes for a new row.
    let _alone = room.artifacts.hold_alone();
    let unneeded = room.store.write(|wtx| -> Result<Vec<[u8; 32]>, DeclareError> {
        let mut unneeded = Vec::new();
        for sha256 in work(wtx)? {
            if !pipelines::is_artifact_used(wtx, &sha256)? {
                unneeded.push(sha256);
            }
        }
        Ok(unneeded)
    })?;
    for sha256 in unneeded {
        room.artifacts.remove(&sha256).map_err(IngestError::from)?;
    }
    Ok(())
}
