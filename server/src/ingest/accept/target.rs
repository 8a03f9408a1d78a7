//! The pipeline that an upload belongs to: whether it may have more, and whether it has this very upload
//! already. Must not know: how an upload is stored.

use super::{AcceptError, Accepted, KeptReport, NewUpload, Target};
use crate::domain::pipeline::{Artifact, Job, Pipeline};
use crate::domain::project::Project;
use crate::ingest::family;
use crate::store::{Reads, StoreError, pipelines, scans, undo};
use casemate_shared::Ingestion;

/// The pipeline that an upload names; none when it has one of its own.
///
/// # Errors
/// When it is not there, of another commit, or takes nothing more.
pub(super) fn find(tx: &impl Reads, project: &Project, upload: &NewUpload) -> Result<Option<Pipeline>, AcceptError> {
    let found = match &upload.target {
        Target::Fresh => None,
        Target::Key(key) => pipelines::find_pipeline_by_key(tx, project.id, key)?,
        Target::Id(id) => {
            let found = pipelines::find_pipeline(tx, *id)?
                .filter(|pipeline| pipeline.project_id == project.id && pipeline.deleted_at.is_none());
            Some(found.ok_or(AcceptError::NoPipeline(*id))?)
        }
    };
    if let Some(pipeline) = &found
        && (pipeline.sha != upload.sha || pipeline.ref_name != upload.ref_name.name || pipeline.tag != upload.ref_name.is_tag)
    {
        return Err(AcceptError::OtherCommit { id: pipeline.id, ref_name: pipeline.ref_name.clone(), sha: pipeline.sha.clone() });
    }
    if let Some(pipeline) = &found {
        family::check_same(tx, project, pipeline, upload.parent.as_ref())?;
        if is_taken_back(tx, pipeline)? {
            return Err(AcceptError::Undone(pipeline.root()));
        }
    }
    Ok(found)
}

/// Whether the pipeline's import was taken back, or is about to be: nothing can be added to it. A child is
/// taken back with its root.
pub(in crate::ingest) fn is_taken_back(tx: &impl Reads, pipeline: &Pipeline) -> Result<bool, StoreError> {
    Ok(undo::find_undo(tx, pipeline.root())?.is_some())
}

/// Whether retention removed the findings of one of its scans, or of its relatives', or the report of one
/// that counts.
pub(in crate::ingest) fn is_purged(tx: &impl Reads, pipeline: u64) -> Result<bool, StoreError> {
    for scan in family::scans_of_id(tx, pipeline)? {
        let expired = || -> Result<bool, StoreError> {
            let artifact = pipelines::find_artifact(tx, scan.artifact_id)?;
            Ok(scan.latest && artifact.is_some_and(|artifact| artifact.expired_at.is_some()))
        };
        if scan.status == casemate_shared::ScanStatus::Purged || expired()? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The earlier scans, if every report of the upload is there already under the same job name with the
/// same bytes (API design, section 2.5, idempotency). A job that ended otherwise than before was retried:
/// the report of a failed one was not taken.
pub(super) fn repetition(
    tx: &impl Reads,
    pipeline: &Pipeline,
    upload: &NewUpload,
    kept: &[KeptReport],
) -> Result<Option<Accepted>, AcceptError> {
    // What failed may be tried again with the same bytes.
    if pipeline.ingestion == Ingestion::Failed {
        return Ok(None);
    }
    let mut scan_ids = Vec::with_capacity(kept.len());
    let stored = scans::scans(tx, pipeline.id)?;
    for report in kept {
        let before = scan_ids.len();
        for scan in stored.iter().filter(|scan| scan.latest) {
            let job = pipelines::find_job(tx, scan.job_id)?;
            let artifact = pipelines::find_artifact(tx, scan.artifact_id)?;
            let same_job = |job: Job| job.name == report.job_name && job.status == upload.job_status;
            let same_file = |file: Artifact| file.sha256 == report.sha256 && file.file_type == report.file_type.as_str();
            if job.is_some_and(same_job) && artifact.is_some_and(same_file) {
                scan_ids.push(scan.id);
            }
        }
        if scan_ids.len() == before {
            return Ok(None);
        }
    }
    Ok(Some(Accepted { pipeline_id: pipeline.id, scan_ids, is_repetition: true }))
}
