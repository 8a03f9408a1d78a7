//! Child pipelines on the wire, as GitLab's bridges. Must not know: how they are ingested.

use super::access;
use crate::clock::iso;
use crate::domain::pipeline::Pipeline;
use crate::domain::project::Project;
use crate::store::{ReadTx, StoreError};
use serde_json::{Value, json};

/// A child of a pipeline as the bridge job that GitLab would have for it. There are no such jobs here, so it
/// has the id and the name of the child.
///
/// # Errors
/// When the store fails.
pub fn bridge(rtx: &ReadTx, of: &Pipeline, child: &Pipeline, project: &Project, origin: &str) -> Result<Value, StoreError> {
    let page = format!("{origin}/{}/-/pipelines/{}", project.full_path, child.id);
    let name = child.name.clone().or_else(|| child.key.clone()).unwrap_or_else(|| format!("child pipeline {}", child.id));
    Ok(json!({
        "id": child.id, "name": name, "stage": "test", "status": child.status,
        "ref": of.ref_name, "tag": of.tag, "coverage": null, "allow_failure": false,
        "created_at": iso(child.created_at), "started_at": iso(child.created_at),
        "finished_at": child.finished_at.map(iso), "erased_at": null, "duration": null, "queued_duration": null,
        "user": access::brief(rtx, child.user_id, origin)?,
        "pipeline": in_short(of, project, origin),
        "web_url": page,
        "downstream_pipeline": in_short(child, project, origin),
    }))
}

fn in_short(of: &Pipeline, project: &Project, origin: &str) -> Value {
    json!({
        "id": of.id, "iid": of.iid, "project_id": of.project_id, "sha": of.sha, "ref": of.ref_name,
        "status": of.status, "source": of.source, "created_at": iso(of.created_at), "updated_at": iso(of.updated_at),
        "web_url": format!("{origin}/{}/-/pipelines/{}", project.full_path, of.id),
    })
}
