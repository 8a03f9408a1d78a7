//! What projects settle for themselves. Must not know: what a setting does.

use super::catalog::SECURITY_SETTINGS;
use super::key::Key;
use super::{Reads, StoreError, WriteTx, codec, row};
use crate::domain::settings::SecuritySettings;
use std::collections::HashMap;
use std::ops::ControlFlow;

/// Writes the settings of a project.
pub fn put(wtx: &mut WriteTx, settings: &SecuritySettings) -> Result<(), StoreError> {
    wtx.put_row(SECURITY_SETTINGS, Key::id(settings.project_id).done(), settings)
}

/// The settings of a project; none when nobody changed any.
pub fn find(tx: &impl Reads, project: u64) -> Result<Option<SecuritySettings>, StoreError> {
    row(tx, SECURITY_SETTINGS, Key::id(project).done())
}

/// Those of all projects that have any.
pub fn all(tx: &impl Reads) -> Result<HashMap<u64, SecuritySettings>, StoreError> {
    let mut all = HashMap::new();
    tx.walk(SECURITY_SETTINGS, &[], None, false, &mut |_, bytes| {
        let settings: SecuritySettings = codec::decode(SECURITY_SETTINGS.name, bytes)?;
        all.insert(settings.project_id, settings);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(all)
}
