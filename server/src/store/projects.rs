//! Groups and projects. Must not know: who may see them.

use super::catalog::{NAMESPACES, NAMESPACES_BY_PATH, PROJECTS, PROJECTS_BY_PATH};
use super::key::{Key, folded, id_at};
use super::{Reads, StoreError, WriteTx, codec, row, value};
use crate::domain::project::{Namespace, Project};
use std::ops::ControlFlow;

/// Writes a namespace and its index.
pub fn put_namespace(wtx: &mut WriteTx, namespace: &Namespace) -> Result<(), StoreError> {
    wtx.put_row(NAMESPACES, Key::id(namespace.id).done(), namespace)?;
    match namespace.deleted_at {
        None => wtx.put(NAMESPACES_BY_PATH, folded(&namespace.full_path), &namespace.id.to_be_bytes()),
        Some(_) => Ok(()),
    }
}

/// Makes the path of a namespace free again: its row is about to have another, or to be there for nobody.
pub fn take_path_away(wtx: &mut WriteTx, full_path: &str) -> Result<(), StoreError> {
    wtx.remove(NAMESPACES_BY_PATH, &folded(full_path))
}

/// A namespace by id.
pub fn find_namespace(tx: &impl Reads, id: u64) -> Result<Option<Namespace>, StoreError> {
    row(tx, NAMESPACES, Key::id(id).done())
}

/// A namespace by full path, any case.
pub fn find_namespace_by_path(tx: &impl Reads, path: &str) -> Result<Option<Namespace>, StoreError> {
    match value(tx, NAMESPACES_BY_PATH, folded(path))? {
        Some(id) => find_namespace(tx, id_at(&id, 0)),
        None => Ok(None),
    }
}

/// All namespaces, by id.
pub fn namespaces(tx: &impl Reads) -> Result<Vec<Namespace>, StoreError> {
    all(tx, NAMESPACES)
}

/// Writes a project and its index.
pub fn put_project(wtx: &mut WriteTx, project: &Project) -> Result<(), StoreError> {
    wtx.put_row(PROJECTS, Key::id(project.id).done(), project)?;
    match project.deleted_at {
        None => wtx.put(PROJECTS_BY_PATH, folded(&project.full_path), &project.id.to_be_bytes()),
        Some(_) => Ok(()),
    }
}

/// A project by id.
pub fn find_project(tx: &impl Reads, id: u64) -> Result<Option<Project>, StoreError> {
    row(tx, PROJECTS, Key::id(id).done())
}

/// A project by full path, any case.
pub fn find_project_by_path(tx: &impl Reads, path: &str) -> Result<Option<Project>, StoreError> {
    match value(tx, PROJECTS_BY_PATH, folded(path))? {
        Some(id) => find_project(tx, id_at(&id, 0)),
        None => Ok(None),
    }
}

/// All projects, by id.
pub fn projects(tx: &impl Reads) -> Result<Vec<Project>, StoreError> {
    all(tx, PROJECTS)
}

fn all<R: codec::Record>(tx: &impl Reads, table: super::Table) -> Result<Vec<R>, StoreError> {
    let mut rows = Vec::new();
    tx.walk(table, &[], None, false, &mut |_, bytes| {
        rows.push(codec::decode(table.name, bytes)?);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(rows)
}
