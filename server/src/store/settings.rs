//! What projects settle for themselves, and what the instance was started with last. Must not know: what a setting does.

use super::catalog::{INSTANCE_SETTINGS, SECURITY_SETTINGS};
use super::key::Key;
use super::{Reads, StoreError, WriteTx, codec, row};
use crate::domain::settings::SecuritySettings;
use std::collections::{BTreeMap, HashMap};
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

/// What the instance was started with last, by name; nothing before the first start.
///
/// # Errors
/// When it can't be read.
pub fn of_instance(tx: &impl Reads) -> Result<BTreeMap<String, String>, StoreError> {
    let text = |bytes: &[u8]| {
        let found = std::str::from_utf8(bytes).ok().filter(|text| !text.chars().any(char::is_control));
        let damaged = || StoreError::Damaged { table: INSTANCE_SETTINGS.name, reason: "this is no text".to_owned() };
        found.map(str::to_owned).ok_or_else(damaged)
    };
    let mut all = BTreeMap::new();
    tx.walk(INSTANCE_SETTINGS, &[], None, false, &mut |name, value| {
        all.insert(text(name)?, text(value)?);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(all)
}

/// Writes what the instance is started with, in place of what was there.
///
/// # Errors
/// When the engine fails.
pub fn put_of_instance(wtx: &mut WriteTx, told: &BTreeMap<&'static str, String>) -> Result<(), StoreError> {
    for name in of_instance(wtx)?.keys().filter(|name| !told.contains_key(name.as_str())) {
        wtx.remove(INSTANCE_SETTINGS, name.as_bytes())?;
    }
    told.iter().try_for_each(|(name, value)| wtx.put(INSTANCE_SETTINGS, name.as_bytes().to_vec(), value.as_bytes()))
}
