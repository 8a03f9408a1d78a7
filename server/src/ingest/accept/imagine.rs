//! What an upload would make, for a dry run: it is stored in a transaction that is given up. Must not know:
//! reports, what follows from them.

use super::{AcceptError, Accepted, NewUpload, named_reports, store};
use crate::domain::pipeline::{Artifact, Job, Pipeline};
use crate::domain::project::Project;
use crate::domain::scan::Scan;
use crate::ingest::settle::Moment;
use crate::ingest::spool::SpooledFile;
use crate::ingest::{Room, family};
use crate::store::{Reads, StoreError, pipelines};
use std::collections::HashMap;

/// What an upload would make: the rows that [`accept`](super::accept) stores, and the files, which are not kept.
pub(in crate::ingest) struct Imagined {
    pub accepted: Accepted,
    /// With which it would be ingested: itself, or the root that it is a descendant of.
    pub root: Pipeline,
    /// Whether neither it nor a relative waits for jobs.
    pub is_complete: bool,
    /// All scans of the pipeline and its relatives, oldest first.
    pub scans: Vec<Scan>,
    pub jobs: HashMap<u64, Job>,
    pub artifacts: HashMap<u64, Artifact>,
    pub files: Vec<SpooledFile>,
}

/// Does what [`accept`](super::accept) does in a transaction that is given up: nothing is stored, no number is used.
///
/// # Errors
/// As [`accept`](super::accept).
pub(in crate::ingest) fn imagine(
    room: &Room,
    project: &Project,
    user_id: u64,
    mut upload: NewUpload,
) -> Result<Imagined, AcceptError> {
    let (kept, files) = named_reports(room, &mut upload)?;
    let at = Moment { now: room.clock.now(), patience: room.patience };
    let mut imagined = None;
    let given_up = room.store.write(|wtx| -> Result<(), GivenUp> {
        let accepted = store(wtx, project, user_id, &upload, &kept, at).map_err(GivenUp::Refused)?;
        imagined = Some(read_back(wtx, accepted, files)?);
        Err(GivenUp::OnPurpose)
    });
    match (given_up, imagined) {
        (Err(GivenUp::OnPurpose), Some(imagined)) => Ok(imagined),
        (Err(GivenUp::Refused(error)), _) => Err(error),
        _ => Err(StoreError::Engine("a transaction that was given up went on".to_owned()).into()),
    }
}

/// Why the transaction of a dry run ended.
enum GivenUp {
    OnPurpose,
    Refused(AcceptError),
}

impl From<StoreError> for GivenUp {
    fn from(error: StoreError) -> Self {
        GivenUp::Refused(error.into())
    }
}

fn read_back(tx: &impl Reads, accepted: Accepted, files: Vec<SpooledFile>) -> Result<Imagined, StoreError> {
    let missing = || StoreError::Damaged { table: "pipelines", reason: "the pipeline of an upload is missing".to_owned() };
    let pipeline = pipelines::find_pipeline(tx, accepted.pipeline_id)?.ok_or_else(missing)?;
    let scans = family::scans_of(tx, &pipeline)?;
    let is_complete = family::is_complete(tx, &pipeline)?;
    let root = pipelines::find_pipeline(tx, pipeline.root())?.ok_or_else(missing)?;
    let (mut jobs, mut artifacts) = (HashMap::new(), HashMap::new());
    for scan in &scans {
        jobs.extend(pipelines::find_job(tx, scan.job_id)?.map(|job| (job.id, job)));
        artifacts.extend(pipelines::find_artifact(tx, scan.artifact_id)?.map(|artifact| (artifact.id, artifact)));
    }
    Ok(Imagined { accepted, root, is_complete, scans, jobs, artifacts, files })
}
