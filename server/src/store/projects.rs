//! Groups and projects, and the paths that they had before (`redirects.rs`). Must not know: who may see them.

use super::catalog::{NAMESPACES, NAMESPACES_BY_PATH, PROJECTS, PROJECTS_BY_PATH};
use super::key::{Key, folded, id_at};
use super::{Reads, StoreError, Table, WriteTx, codec, prefixed, redirects, row, value};
use crate::domain::member::Source;
use crate::domain::project::{Namespace, Project};
use std::ops::ControlFlow;

/// Writes a namespace and its index; its old path is free then, and leads on to it as long as it stays free.
pub fn put_namespace(wtx: &mut WriteTx, namespace: &Namespace) -> Result<(), StoreError> {
    let old = find_namespace(wtx, namespace.id)?;
    if let Some(old) = &old {
        free(wtx, NAMESPACES_BY_PATH, &old.full_path, old.id)?;
    }
    let new = namespace.deleted_at.is_none().then_some(namespace.full_path.as_str());
    // Nothing is at the path of a user's namespace itself.
    let leads_on = !namespace.is_user;
    lead_on(wtx, Source::Group(namespace.id), old.map(|old| old.full_path).filter(|_| leads_on), new)?;
    wtx.put_row(NAMESPACES, Key::id(namespace.id).done(), namespace)?;
    match namespace.deleted_at {
        None => wtx.put(NAMESPACES_BY_PATH, folded(&namespace.full_path), &namespace.id.to_be_bytes()),
        Some(_) => Ok(()),
    }
}

/// Old paths follow a change of the path; a new path that is none says that it goes.
fn lead_on(wtx: &mut WriteTx, to: Source, old: Option<String>, new: Option<&str>) -> Result<(), StoreError> {
    let Some(new) = new else { return redirects::forget(wtx, to) };
    match old {
        Some(old) if folded(&old) == folded(new) => Ok(()),
        Some(old) => redirects::free(wtx, new).and_then(|()| redirects::put(wtx, &old, to)),
        None => redirects::free(wtx, new),
    }
}

/// Takes a path away from who has it.
fn free(wtx: &mut WriteTx, table: Table, full_path: &str, owner: u64) -> Result<(), StoreError> {
    let key = folded(full_path);
    match value(wtx, table, key.clone())? {
        Some(id) if id_at(&id, 0) == owner => wtx.remove(table, &key),
        _ => Ok(()),
    }
}

/// Namespaces below a path at any depth, by path; those that are being removed left out.
pub fn namespaces_below(tx: &impl Reads, full_path: &str) -> Result<Vec<Namespace>, StoreError> {
    below(tx, NAMESPACES_BY_PATH, full_path, find_namespace)
}

/// Projects below a path at any depth, by path; those that are being removed left out.
pub fn projects_below(tx: &impl Reads, full_path: &str) -> Result<Vec<Project>, StoreError> {
    below(tx, PROJECTS_BY_PATH, full_path, find_project)
}

fn below<R: Reads, T>(
    tx: &R,
    table: Table,
    full_path: &str,
    find: fn(&R, u64) -> Result<Option<T>, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let mut ids = Vec::new();
    prefixed(tx, table, &folded(&format!("{full_path}/")), &mut |_, id| {
        ids.push(id_at(id, 0));
        Ok(ControlFlow::Continue(()))
    })?;
    ids.into_iter().filter_map(|id| find(tx, id).transpose()).collect()
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

/// Writes a project and its index; its old path is free then, and leads on to it as long as it stays free.
pub fn put_project(wtx: &mut WriteTx, project: &Project) -> Result<(), StoreError> {
    let old = find_project(wtx, project.id)?;
    if let Some(old) = &old {
        free(wtx, PROJECTS_BY_PATH, &old.full_path, old.id)?;
    }
    let new = project.deleted_at.is_none().then_some(project.full_path.as_str());
    lead_on(wtx, Source::Project(project.id), old.map(|old| old.full_path), new)?;
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

fn all<R: codec::Record>(tx: &impl Reads, table: Table) -> Result<Vec<R>, StoreError> {
    let mut rows = Vec::new();
    tx.walk(table, &[], None, false, &mut |_, bytes| {
        rows.push(codec::decode(table.name, bytes)?);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(rows)
}
