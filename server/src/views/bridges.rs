//! Child pipelines on the wire, as GitLab's bridges. Must not know: how they are ingested.

use super::{access, jobs, pipelines};
use crate::clock::iso;
use crate::domain::pipeline::Pipeline;
use crate::domain::project::Project;
use crate::store::{ReadTx, StoreError};
use casemate_shared::api::pipeline as wire;

/// A child of a pipeline.
///
/// # Errors
/// When the store fails.
pub fn bridge(
    rtx: &ReadTx,
    of: &Pipeline,
    child: &Pipeline,
    project: &Project,
    origin: &str,
) -> Result<wire::Bridge, StoreError> {
    let downstream_pipeline = pipelines::pipeline(child.clone(), project, origin);
    let name = child.name.clone().or_else(|| child.key.clone());
    Ok(wire::Bridge {
        id: child.id,
        name: name.unwrap_or_else(|| format!("child pipeline {}", child.id)),
        stage: "test".to_owned(),
        status: child.status.clone(),
        ref_name: child.ref_name.clone(),
        tag: child.tag,
        coverage: None,
        allow_failure: false,
        created_at: iso(child.created_at),
        started_at: Some(iso(child.created_at)),
        finished_at: child.finished_at.map(iso),
        erased_at: None,
        duration: None,
        queued_duration: None,
        user: access::brief(rtx, child.user_id, origin)?,
        commit: jobs::job_commit(child),
        pipeline: jobs::job_pipeline(of),
        web_url: downstream_pipeline.web_url.clone(),
        downstream_pipeline,
    })
}
