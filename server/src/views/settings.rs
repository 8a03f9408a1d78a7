//! What a project settles for itself, on the wire. Must not know: who may read or change it.

use super::access;
use crate::clock::iso;
use crate::domain::project::Project;
use crate::domain::retention::RetentionSettings;
use crate::store::{ReadTx, StoreError, settings};
use casemate_shared::api::settings as wire;

/// The settings of a project, with what holds because of them.
///
/// # Errors
/// When the store fails.
pub fn security(
    rtx: &ReadTx,
    project: &Project,
    instance: RetentionSettings,
    origin: &str,
) -> Result<wire::SecuritySettings, StoreError> {
    let own = settings::find(rtx, project.id)?;
    let ages = instance.ages(own.as_ref());
    let own = own.as_ref();
    let by = own.map(|own| access::brief(rtx, own.updated_by, origin)).transpose()?;
    Ok(wire::SecuritySettings {
        project_id: project.id,
        created_at: own.map(|own| iso(own.created_at)),
        updated_at: own.map(|own| iso(own.updated_at)),
        updated_by: by.flatten(),
        retention_findings_days: own.and_then(|own| own.findings_days),
        retention_artifacts_days: own.and_then(|own| own.artifacts_days),
        retention_applied: wire::AppliedRetention {
            findings_days: Some(ages.findings_days).filter(|days| *days > 0),
            artifacts_days: Some(ages.artifacts_days).filter(|days| *days > 0),
        },
    })
}
