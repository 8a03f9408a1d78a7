//! Labels of projects. Must not know: what a name may be.

use super::catalog::{LABELS, LABELS_BY_NAME};
use super::key::{Key, folded, id_at};
use super::{Reads, StoreError, WriteTx, codec, prefixed, row, value};
use crate::domain::label::Label;
use std::ops::ControlFlow;

pub(super) fn name_key(project: u64, name: &str) -> Vec<u8> {
    Key::id(project).then_bytes(&folded(name)).done()
}

/// Writes a label and its index; its old name is free then.
pub fn put(wtx: &mut WriteTx, label: &Label) -> Result<(), StoreError> {
    if let Some(old) = find(wtx, label.project_id, label.id)? {
        wtx.remove(LABELS_BY_NAME, &name_key(old.project_id, &old.name))?;
    }
    wtx.put_row(LABELS, Key::id(label.project_id).then_id(label.id).done(), label)?;
    wtx.put(LABELS_BY_NAME, name_key(label.project_id, &label.name), &label.id.to_be_bytes())
}

/// Removes a label.
pub fn remove(wtx: &mut WriteTx, label: &Label) -> Result<(), StoreError> {
    wtx.remove(LABELS_BY_NAME, &name_key(label.project_id, &label.name))?;
    wtx.remove(LABELS, &Key::id(label.project_id).then_id(label.id).done())
}

/// A project's label by id.
pub fn find(tx: &impl Reads, project: u64, id: u64) -> Result<Option<Label>, StoreError> {
    row(tx, LABELS, Key::id(project).then_id(id).done())
}

/// A project's label by name, any case.
pub fn find_by_name(tx: &impl Reads, project: u64, name: &str) -> Result<Option<Label>, StoreError> {
    match value(tx, LABELS_BY_NAME, name_key(project, name))? {
        Some(id) => find(tx, project, id_at(&id, 0)),
        None => Ok(None),
    }
}

/// All labels of a project, by id.
pub fn labels(tx: &impl Reads, project: u64) -> Result<Vec<Label>, StoreError> {
    let mut labels = Vec::new();
    prefixed(tx, LABELS, &Key::id(project).done(), &mut |_, bytes| {
        labels.push(codec::decode(LABELS.name, bytes)?);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(labels)
}
