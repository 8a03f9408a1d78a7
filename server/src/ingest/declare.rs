//! Pipelines that are declared before their jobs hand anything in (API design, section 2.5 C), and what
//! may be done with a pipeline later: complete, cancel, retry, rename.
//!
//! Must not know: HTTP, what is in a report.

use super::accept;
use super::family::{self, Named, ParentError};
use super::making::{self, ClosedError, Origin};
use super::refname::RefName;
use super::settle::{self, Moment};
use super::{IngestError, Room, status};
use crate::domain::pipeline::{Commit, Ending, Pipeline};
use crate::domain::project::Project;
use crate::domain::scan::Tally;
use crate::store::{StoreError, WriteTx, commits, pipelines, projects, scans};
use casemate_shared::{Ingestion, ScanStatus};
use std::collections::BTreeSet;

/// A declared pipeline, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPipeline {
    /// Branch or tag.
    pub ref_name: RefName,
    /// Commit.
    pub sha: String,
    /// Run id of the CI: the same one is the same pipeline.
    pub key: Option<String>,
    /// Parent, if it is a child.
    pub parent: Option<Named>,
    /// Name to show.
    pub name: Option<String>,
    /// Where it comes from.
    pub source: Option<String>,
    /// Names of the jobs that will come.
    pub expected_jobs: Vec<String>,
    /// Whether nothing will come.
    pub is_finished: bool,
    /// What was told about the commit.
    pub commit: Commit,
}

/// Why a pipeline can't be declared or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeclareError {
    /// It is not there, or is deleted.
    #[error("pipeline {0} is missing")]
    NoPipeline(u64),
    /// The key is taken by a pipeline of another commit or branch.
    #[error("pipeline {id} is of {ref_name} at {sha}")]
    OtherCommit {
        /// Its id.
        id: u64,
        /// Its branch.
        ref_name: String,
        /// Its commit.
        sha: String,
    },
    /// The key is taken by a pipeline that expects other jobs.
    #[error("pipeline {id} was declared with other jobs: {jobs}")]
    OtherJobs {
        /// Its id.
        id: u64,
        /// Their names.
        jobs: String,
    },
    /// It is being ingested just now.
    #[error("pipeline {0} is being ingested")]
    Busy(u64),
    /// Retention removed what it told.
    #[error("what pipeline {0} told has expired")]
    Purged(u64),
    /// Its import was taken back.
    #[error("the import of pipeline {0} was taken back, begin another one")]
    Undone(u64),
    /// It is a child: a family is deleted as a whole, with its root.
    #[error("pipeline {0} is a child pipeline, it is deleted with pipeline {1}")]
    Child(u64, u64),
    /// The project takes nothing.
    #[error(transparent)]
    Closed(#[from] ClosedError),
    /// The parent does not fit.
    #[error(transparent)]
    Parent(#[from] ParentError),
    /// Everything else.
    #[error(transparent)]
    Ingest(#[from] IngestError),
}

impl From<StoreError> for DeclareError {
    fn from(error: StoreError) -> Self {
        DeclareError::Ingest(error.into())
    }
}

/// A declared pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// As it is stored now.
    pub pipeline: Pipeline,
    /// Whether it was there before.
    pub is_repetition: bool,
}

/// Declares a pipeline. With a key that is known the earlier one is answered; jobs that it had not
/// announced yet are announced now.
///
/// # Errors
/// When the key is taken otherwise, or the store fails.
pub fn declare(room: &Room, project: &Project, user_id: u64, new: &NewPipeline) -> Result<Declared, DeclareError> {
    let at = room.moment();
    room.store.write(|wtx| {
        let project = &making::open_project(wtx, project.id)?;
        commits::tell(wtx, project.id, &new.sha, &new.commit, user_id, at.now)?;
        let known = match &new.key {
            Some(key) => pipelines::find_pipeline_by_key(wtx, project.id, key)?,
            None => None,
        };
        if let Some(known) = known {
            return Ok(Declared { pipeline: declare_again(wtx, project, known, new, at)?, is_repetition: true });
        }
        let parent = new.parent.as_ref().map(|named| family::parent(wtx, project, &new.sha, &new.ref_name, named)).transpose()?;
        let origin = Origin {
            ref_name: &new.ref_name,
            sha: &new.sha,
            key: new.key.as_deref(),
            source: new.source.as_deref().unwrap_or(making::SOURCE),
            commit: &new.commit,
            parent: parent.as_ref(),
        };
        let mut pipeline = making::new_pipeline(wtx, project, user_id, origin, at.now)?;
        pipeline.name.clone_from(&new.name);
        pipeline.expected_jobs.clone_from(&new.expected_jobs);
        pipeline.held = new.expected_jobs.is_empty() && !new.is_finished;
        settle::settle(wtx, &mut pipeline, false, at)?;
        projects::put_project(wtx, &Project { last_activity_at: at.now, ..project.clone() })?;
        Ok(Declared { pipeline, is_repetition: false })
    })
}

fn declare_again(
    wtx: &mut WriteTx,
    project: &Project,
    mut known: Pipeline,
    new: &NewPipeline,
    at: Moment,
) -> Result<Pipeline, DeclareError> {
    if known.sha != new.sha || known.ref_name != new.ref_name.name || known.tag != new.ref_name.is_tag {
        return Err(DeclareError::OtherCommit { id: known.id, ref_name: known.ref_name, sha: known.sha });
    }
    family::check_same(wtx, project, &known, new.parent.as_ref())?;
    if known.expected_jobs == new.expected_jobs || new.expected_jobs.is_empty() {
        return Ok(known);
    }
    if !known.expected_jobs.is_empty() {
        return Err(DeclareError::OtherJobs { id: known.id, jobs: known.expected_jobs.join(", ") });
    }
    if accept::is_taken_back(wtx, &known)? {
        return Err(DeclareError::Undone(known.id));
    }
    // Its first jobs were faster than the declaration.
    known.expected_jobs.clone_from(&new.expected_jobs);
    known.held = false;
    settle::settle(wtx, &mut known, false, at)?;
    Ok(known)
}

/// Waits for no more jobs than those under way.
///
/// # Errors
/// When it is not there or the store fails.
pub fn complete(room: &Room, id: u64) -> Result<Pipeline, DeclareError> {
    change(room, id, |wtx, pipeline, at| {
        if pipeline.complete {
            return Ok(());
        }
        settle::announce_no_more(wtx, pipeline)?;
        Ok(settle::settle(wtx, pipeline, false, at)?)
    })
}

/// Stops waiting, also for descendants: jobs under way are canceled too. What has arrived is ingested. One that
/// is complete stays as it is.
///
/// # Errors
/// When it is not there or the store fails.
pub fn cancel(room: &Room, id: u64) -> Result<Pipeline, DeclareError> {
    change(room, id, |wtx, pipeline, at| {
        for mut member in pipelines::descent(wtx, pipeline)? {
            let one = if member.id == pipeline.id { &mut *pipeline } else { &mut member };
            if !one.complete {
                end(wtx, one, Ending::Canceled, at)?;
            }
        }
        Ok(())
    })
}

/// Stops waiting for the pipelines whose time is over; how many there were.
///
/// # Errors
/// When the store fails.
pub fn expire(room: &Room) -> Result<u64, StoreError> {
    let mut expired = 0;
    loop {
        let at = room.moment();
        let is_over = |first: &(i64, u64)| first.0 <= at.now;
        let Some((_, id)) = pipelines::first_deadline(&room.store.read()?)?.filter(is_over) else { return Ok(expired) };
        let ended = room.store.write(|wtx| -> Result<bool, StoreError> {
            // Looked at again under the writer: a job may have come meanwhile.
            let Some(mut pipeline) = pipelines::find_pipeline(wtx, id)? else { return Ok(false) };
            if pipeline.deadline.is_none_or(|deadline| deadline > at.now) {
                return Ok(false);
            }
            end(wtx, &mut pipeline, Ending::TimedOut, at)?;
            Ok(true)
        })?;
        expired += u64::from(ended);
    }
}

fn end(wtx: &mut WriteTx, pipeline: &mut Pipeline, ending: Ending, at: Moment) -> Result<(), StoreError> {
    let mut has_news = false;
    for job in settle::end_waiting(wtx, pipeline, ending, at.now)? {
        has_news |= status::make_scans(wtx, pipeline, &job)?;
    }
    settle::settle(wtx, pipeline, has_news, at)
}

/// Ingests a pipeline again. Reports that could not be stored or had errors are read anew; what is done
/// already is not counted twice.
///
/// # Errors
/// When it is not there, is being ingested, was taken back or has expired, or the store fails.
pub fn retry(room: &Room, id: u64) -> Result<Pipeline, DeclareError> {
    change(room, id, |wtx, pipeline, at| {
        if !pipeline.ingestion.is_terminal() {
            return Err(DeclareError::Busy(pipeline.id));
        }
        if accept::is_taken_back(wtx, pipeline)? {
            return Err(DeclareError::Undone(pipeline.id));
        }
        if accept::is_purged(wtx, pipeline.id)? {
            return Err(DeclareError::Purged(pipeline.id));
        }
        // What failed with the root may be of a descendant.
        let is_root = pipeline.root_id.is_none();
        let own = if is_root { family::scans_of(wtx, pipeline)? } else { scans::scans(wtx, pipeline.id)? };
        let mut of_others = BTreeSet::new();
        for mut scan in own.into_iter().filter(|scan| scan.latest) {
            if matches!(scan.status, ScanStatus::PreparationFailed | ScanStatus::ReportError) {
                of_others.insert(scan.pipeline_id);
                scan.status = ScanStatus::Created;
                scan.tally = Tally::default();
                scan.errors.clear();
                scan.warnings.clear();
                scans::put_scan(wtx, &scan)?;
            }
        }
        of_others.remove(&pipeline.id);
        for id in of_others {
            if let Some(child) = pipelines::find_pipeline(wtx, id)? {
                pipelines::put_pipeline(wtx, &Pipeline { ingestion: Ingestion::Queued, ..child })?;
                pipelines::enqueue(wtx, id)?;
            }
        }
        Ok(settle::settle(wtx, pipeline, true, at)?)
    })
}

/// Gives a pipeline another name.
///
/// # Errors
/// When it is not there or the store fails.
pub fn rename(room: &Room, id: u64, name: Option<String>) -> Result<Pipeline, DeclareError> {
    change(room, id, |wtx, pipeline, at| {
        pipeline.name = name;
        pipeline.updated_at = at.now;
        Ok(pipelines::put_pipeline(wtx, pipeline)?)
    })
}

fn change(
    room: &Room,
    id: u64,
    apply: impl FnOnce(&mut WriteTx, &mut Pipeline, Moment) -> Result<(), DeclareError>,
) -> Result<Pipeline, DeclareError> {
    let at = room.moment();
    room.store.write(|wtx| {
        let found = pipelines::find_pipeline(wtx, id)?.filter(|pipeline| pipeline.deleted_at.is_none());
        let mut pipeline = found.ok_or(DeclareError::NoPipeline(id))?;
        apply(wtx, &mut pipeline, at)?;
        Ok(pipeline)
    })
}
