//! check-db: does every path say where its group or project stands, and every old path what had it? Must not know: which paths are allowed.

use super::catalog::{NAMESPACES_BY_PATH, PROJECTS_BY_PATH, REDIRECTS, REDIRECTS_BY_TARGET};
use super::check::Findings;
use super::check_index::Expected;
use super::key::id_at;
use super::meta::{self, Sequence};
use super::{Reads, StoreError, projects, redirects, value};
use crate::domain::member::Source;
use crate::domain::project::Namespace;
use std::collections::HashMap;
use std::ops::ControlFlow;

/// Looks at the tree of groups and the projects in it. What is to be removed is passed over: its path is free.
pub(super) fn check<R: Reads>(tx: &R, found: &mut Findings, expected: &mut Expected<'_, R>) -> Result<(), StoreError> {
    check_redirects(tx, found, expected)?;
    // Rows that can't be read are told before.
    let (Ok(all), Ok(projects)) = (projects::namespaces(tx), projects::projects(tx)) else { return Ok(()) };
    let groups: HashMap<u64, &Namespace> = all.iter().map(|group| (group.id, group)).collect();
    for group in all.iter().filter(|group| group.deleted_at.is_none()) {
        let owner = format!("namespace {}", group.id);
        match group.parent_id {
            None if group.full_path != group.path => found.problem(format!("{owner}: it is at the top and its path is not")),
            Some(parent) => below(found, &owner, groups.get(&parent).copied(), &group.path, &group.full_path),
            None => {}
        }
    }
    for project in projects.iter().filter(|project| project.deleted_at.is_none()) {
        let owner = format!("project {}", project.id);
        below(found, &owner, groups.get(&project.namespace_id).copied(), &project.path, &project.full_path);
    }
    Ok(())
}

fn check_redirects<R: Reads>(tx: &R, found: &mut Findings, expected: &mut Expected<'_, R>) -> Result<(), StoreError> {
    let mut newest = 0;
    tx.walk(REDIRECTS, &[], None, false, &mut |path, key| {
        found.rows += 1;
        let owner = format!("old path {:?}", String::from_utf8_lossy(path));
        let target = match redirects::target(key) {
            Ok(target) => target,
            Err(error) => {
                found.problem(format!("{owner}: {error}"));
                return Ok(ControlFlow::Continue(()));
            }
        };
        newest = newest.max(id_at(key, 9));
        expected.add(REDIRECTS_BY_TARGET, key.to_vec(), path.to_vec());
        // Rows that can't be read are told before.
        let stays = match target {
            Source::Project(id) => projects::find_project(tx, id).map(|found| found.is_some_and(|one| one.deleted_at.is_none())),
            Source::Group(id) => projects::find_namespace(tx, id).map(|found| found.is_some_and(|one| one.deleted_at.is_none())),
        };
        if !stays.unwrap_or(true) {
            found.problem(format!("{owner}: what had it is not there"));
        }
        for table in [NAMESPACES_BY_PATH, PROJECTS_BY_PATH] {
            if value(tx, table, path.to_vec())?.is_some() {
                found.problem(format!("{owner}: something has it now"));
            }
        }
        Ok(ControlFlow::Continue(()))
    })?;
    let last = meta::last_id(tx, Sequence::Redirect)?;
    if newest > last {
        found.problem(format!("Redirect: id {newest} is in use, the sequence stands at {last}"));
    }
    Ok(())
}

fn below(found: &mut Findings, owner: &str, parent: Option<&Namespace>, path: &str, full_path: &str) {
    // One that is missing is told before.
    let Some(parent) = parent else { return };
    if full_path != format!("{}/{path}", parent.full_path) {
        found.problem(format!("{owner}: its path is not that of namespace {} and its own", parent.id));
    }
    if parent.deleted_at.is_some() {
        found.problem(format!("{owner}: it stays and namespace {} goes", parent.id));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::domain::project::Project;
    use crate::store::{Store, check, sample};

    #[test]
    fn a_path_that_lies_is_seen() {
        let told = |change: &dyn Fn(&mut Namespace, &mut Project)| {
            let store: Store = sample::store();
            let rtx = store.read().unwrap();
            let mut group = projects::find_namespace(&rtx, 2).unwrap().unwrap();
            let mut project = projects::find_project(&rtx, sample::PROJECT).unwrap().unwrap();
            drop(rtx);
            change(&mut group, &mut project);
            store.write(|wtx| projects::put_namespace(wtx, &group).and_then(|()| projects::put_project(wtx, &project))).unwrap();
            check::check(&store.read().unwrap()).unwrap().problems.join("; ")
        };
        assert_eq!(told(&|_, _| {}), "");
        let moved = told(&|_, project| project.full_path = "Acme/Shop".to_owned());
        assert!(moved.contains("project 1: its path is not that of namespace 2"), "{moved}");
        let renamed = told(&|group, _| group.full_path = "Acme/other".to_owned());
        assert!(renamed.contains("namespace 2: its path") && renamed.contains("project 1: its path"), "{renamed}");
        let top = told(&|group, _| group.parent_id = None);
        assert!(top.contains("namespace 2: it is at the top"), "{top}");
        let going = told(&|group, _| group.deleted_at = Some(1));
        assert!(going.contains("project 1: it stays and namespace 2 goes"), "{going}");
    }
}
