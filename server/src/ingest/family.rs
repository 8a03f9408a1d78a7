//! Child pipelines: a root and all of its descendants are ingested as one (ingestion design, sections 3.5 and
//! 4.1). Each takes its own jobs and files; the root is ingested when all of them are complete, with the scans
//! of all.
//!
//! Must not know: reports, HTTP. A parent is there before its child and never changes, so there are no cycles.
//!
//! A descendant that comes when its root was ingested already is like a later job of the root: the root goes
//! into the queue again, what it promoted before is not promoted again, and still counts as reported. So the
//! late one closes only what no scan of the family reports, with the proof that is asked for always, and
//! nothing at all when a newer pipeline was ingested since.

use super::accept;
use super::refname::RefName;
use crate::domain::pipeline::Pipeline;
use crate::domain::project::Project;
use crate::domain::scan::Scan;
use crate::store::{Reads, StoreError, pipelines, scans, undo};

/// Most generations below a root.
const MOST_DEPTH: usize = 8;
/// Most pipelines of a family.
const MOST_MEMBERS: usize = 200;
/// Where a child comes from.
pub const SOURCE: &str = "parent_pipeline";

/// How somebody names a parent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// By its id.
    Id(u64),
    /// By the run id of its CI.
    Key(String),
}

/// Why a pipeline can't be the child of another.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ParentError {
    /// The parent is not there.
    #[error("parent_pipeline_id: pipeline {0} is not one of this project")]
    NoParent(u64),
    /// No pipeline has that key.
    #[error("parent_key: no pipeline of this project has the key {0}")]
    NoKey(String),
    /// The parent is of another commit or branch.
    #[error("parent_pipeline_id: pipeline {id} is of {ref_name} at {sha}, a child is of the same")]
    OtherCommit {
        /// Its id.
        id: u64,
        /// Its branch.
        ref_name: String,
        /// Its commit.
        sha: String,
    },
    /// Too many generations.
    #[error("parent_pipeline_id: pipeline {0} has {MOST_DEPTH} generations above it, more are not taken")]
    TooDeep(u64),
    /// Too many pipelines.
    #[error("parent_pipeline_id: pipeline {0} has {MOST_MEMBERS} descendants with itself, more are not taken")]
    TooMany(u64),
    /// The pipeline is there and has another parent, or none.
    #[error("parent_pipeline_id: pipeline {0} was not made as a child of that one")]
    OtherParent(u64),
    /// The import of the family was taken back.
    #[error("parent_pipeline_id: the import of pipeline {0} was taken back, send a new pipeline")]
    Undone(u64),
    /// Retention removed what the family told.
    #[error("parent_pipeline_id: retention removed findings or reports of pipeline {0}, it takes no more children")]
    Purged(u64),
    /// The store fails.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The pipeline that is named as a parent.
///
/// # Errors
/// [`ParentError::NoParent`], [`ParentError::NoKey`].
pub fn find(tx: &impl Reads, project: &Project, named: &Named) -> Result<Pipeline, ParentError> {
    let (found, missing) = match named {
        Named::Id(id) => (pipelines::find_pipeline(tx, *id)?, ParentError::NoParent(*id)),
        Named::Key(key) => (pipelines::find_pipeline_by_key(tx, project.id, key)?, ParentError::NoKey(key.clone())),
    };
    found.filter(|found| found.project_id == project.id && found.deleted_at.is_none()).ok_or(missing)
}

/// The parent that a new pipeline of that commit and branch names, checked.
///
/// # Errors
/// Why it can't be.
pub fn parent(tx: &impl Reads, project: &Project, sha: &str, ref_name: &RefName, named: &Named) -> Result<Pipeline, ParentError> {
    let parent = find(tx, project, named)?;
    let id = parent.id;
    if parent.sha != sha || parent.ref_name != ref_name.name || parent.tag != ref_name.is_tag {
        return Err(ParentError::OtherCommit { id, ref_name: parent.ref_name, sha: parent.sha });
    }
    let (mut above, mut generations) = (parent.parent_id, 1);
    while let Some(next) = above {
        generations += 1;
        above = pipelines::find_pipeline(tx, next)?.and_then(|next| next.parent_id).filter(|_| generations <= MOST_DEPTH);
    }
    if generations > MOST_DEPTH {
        return Err(ParentError::TooDeep(id));
    }
    if pipelines::family(tx, &parent)?.len() >= MOST_MEMBERS {
        return Err(ParentError::TooMany(parent.root()));
    }
    if undo::find_undo(tx, parent.root())?.is_some() {
        return Err(ParentError::Undone(parent.root()));
    }
    if accept::is_purged(tx, id)? {
        return Err(ParentError::Purged(parent.root()));
    }
    Ok(parent)
}

/// Says no when a pipeline that is there already is told another parent than it has. Nothing told is fine.
///
/// # Errors
/// [`ParentError::OtherParent`], and why there is no such parent.
pub fn check_same(tx: &impl Reads, project: &Project, pipeline: &Pipeline, told: Option<&Named>) -> Result<(), ParentError> {
    let Some(told) = told else { return Ok(()) };
    let is_same = match told {
        Named::Id(id) => pipeline.parent_id == Some(*id),
        Named::Key(_) => pipeline.parent_id == Some(find(tx, project, told)?.id),
    };
    if is_same { Ok(()) } else { Err(ParentError::OtherParent(pipeline.id)) }
}

/// Scans of root and descendants of any member, oldest first.
///
/// # Errors
/// When the store fails.
pub fn scans_of(tx: &impl Reads, of: &Pipeline) -> Result<Vec<Scan>, StoreError> {
    let mut all = Vec::new();
    for member in pipelines::family(tx, of)? {
        all.extend(scans::scans(tx, member.id)?);
    }
    all.sort_by_key(|scan| scan.id);
    Ok(all)
}

/// The same by the id of a member; none of a pipeline that is not there.
///
/// # Errors
/// When the store fails.
pub fn scans_of_id(tx: &impl Reads, id: u64) -> Result<Vec<Scan>, StoreError> {
    pipelines::find_pipeline(tx, id)?.map_or_else(|| Ok(Vec::new()), |pipeline| scans_of(tx, &pipeline))
}

/// Whether no member waits for jobs.
///
/// # Errors
/// When the store fails.
pub fn is_complete(tx: &impl Reads, of: &Pipeline) -> Result<bool, StoreError> {
    Ok(pipelines::family(tx, of)?.iter().all(|member| member.complete))
}
