//! Labels of projects and groups. Must not know: what a name may be.

use super::catalog::{LABELS, LABELS_BY_NAME};
use super::key::{folded, id_at};
use super::members::source_key;
use super::{Reads, StoreError, WriteTx, codec, prefixed, row, value};
use crate::domain::label::Label;
use crate::domain::member::Source;
use std::ops::ControlFlow;

pub(super) fn name_key(source: Source, name: &str) -> Vec<u8> {
    source_key(source).then_bytes(&folded(name)).done()
}

pub(super) fn label_key(source: Source, id: u64) -> Vec<u8> {
    source_key(source).then_id(id).done()
}

/// Writes a label and its index; its old name is free then.
pub fn put(wtx: &mut WriteTx, label: &Label) -> Result<(), StoreError> {
    if let Some(old) = find(wtx, label.source, label.id)? {
        wtx.remove(LABELS_BY_NAME, &name_key(old.source, &old.name))?;
    }
    wtx.put_row(LABELS, label_key(label.source, label.id), label)?;
    wtx.put(LABELS_BY_NAME, name_key(label.source, &label.name), &label.id.to_be_bytes())
}

/// Removes a label.
pub fn remove(wtx: &mut WriteTx, label: &Label) -> Result<(), StoreError> {
    wtx.remove(LABELS_BY_NAME, &name_key(label.source, &label.name))?;
    wtx.remove(LABELS, &label_key(label.source, label.id))
}

/// Removes all labels of a project or group.
pub(super) fn remove_all(wtx: &mut WriteTx, source: Source) -> Result<(), StoreError> {
    labels(wtx, source)?.iter().try_for_each(|label| remove(wtx, label))
}

/// A label of a project or group by id.
pub fn find(tx: &impl Reads, source: Source, id: u64) -> Result<Option<Label>, StoreError> {
    row(tx, LABELS, label_key(source, id))
}

/// A label of a project or group by name, any case.
pub fn find_by_name(tx: &impl Reads, source: Source, name: &str) -> Result<Option<Label>, StoreError> {
    match value(tx, LABELS_BY_NAME, name_key(source, name))? {
        Some(id) => find(tx, source, id_at(&id, 0)),
        None => Ok(None),
    }
}

/// All labels of a project or group itself, by id.
pub fn labels(tx: &impl Reads, source: Source) -> Result<Vec<Label>, StoreError> {
    let mut labels = Vec::new();
    prefixed(tx, LABELS, &source_key(source).done(), &mut |_, bytes| {
        labels.push(codec::decode(LABELS.name, bytes)?);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(labels)
}
