//! A project that is removed leaves nothing in any table. Must not know: which tables there are.

#![allow(clippy::unwrap_used, reason = "tests")]

use super::catalog::{self, Table};
use super::remove::{self, Lists};
use super::sample::{self, PROJECT};
use super::{Reads, Store, StoreError, check, labels, projects, purge, redirects, undo};
use crate::domain::label::Label;
use crate::domain::member::Source;
use crate::domain::project::Project;
use crate::domain::retention::RetentionRun;
use std::ops::ControlFlow;

/// What is about no project: the instance, its people, its groups. A table that is missed here and is about projects
/// has to be emptied by `remove.rs`.
const STAYS: [Table; 23] = [
    catalog::META,
    catalog::INSTANCE_SETTINGS,
    catalog::SEQUENCES,
    catalog::USERS,
    catalog::USERS_BY_NAME,
    catalog::USERS_BY_EMAIL,
    catalog::TOKENS,
    catalog::TOKENS_BY_ID,
    catalog::TOKENS_BY_USER,
    catalog::TOKENS_BY_PLACE,
    catalog::SESSIONS,
    catalog::SESSIONS_BY_USER,
    catalog::SECOND_FACTORS,
    catalog::NAMESPACES,
    catalog::NAMESPACES_BY_PATH,
    catalog::MEMBERS,
    catalog::MEMBERS_BY_USER,
    catalog::RETENTION_RUNS,
    catalog::AUDIT_EVENTS,
    catalog::AUDIT_BY_ENTITY,
    catalog::AUDIT_BY_AUTHOR,
    catalog::AUDIT_BY_NAME,
    catalog::SEARCH_OUTBOX,
];

fn entries(store: &Store, table: Table) -> usize {
    let mut count = 0;
    let rtx = store.read().unwrap();
    rtx.walk(table, &[], None, false, &mut |_, _| {
        count += 1;
        Ok(ControlFlow::Continue(()))
    })
    .unwrap();
    count
}

#[track_caller]
fn assert_sound(store: &Store) {
    assert_eq!(check::check(&store.read().unwrap()).unwrap().problems, Vec::<String>::new());
}

#[test]
fn nothing_of_a_removed_project_is_left() {
    let store = sample::store();
    let step = |work: &mut dyn FnMut(&mut super::WriteTx) -> Result<(), StoreError>| {
        store.write(|wtx| work(wtx)).unwrap();
        assert_sound(&store);
    };
    step(&mut |wtx| projects::put_project(wtx, &Project { deleted_at: Some(9), ..sample::project() }));
    assert_eq!(remove::projects_to_go(&store.read().unwrap()).unwrap(), [PROJECT]);
    let rtx = store.read().unwrap();
    let (families, mut lists) = (remove::families(&rtx, PROJECT).unwrap(), Lists::read(&rtx, PROJECT).unwrap());
    let journal = remove::journal(&rtx, &families).unwrap();
    let vulnerabilities = remove::vulnerabilities(&rtx, PROJECT).unwrap();
    let (bills, chunks) = (remove::bills(&rtx, PROJECT).unwrap(), remove::bill_chunks(&rtx, PROJECT).unwrap());
    let (identifiers, scanners) = (remove::identifiers(&rtx, PROJECT).unwrap(), remove::scanners(&rtx, PROJECT).unwrap());
    drop(rtx);
    step(&mut |wtx| undo::remove_journal(wtx, &journal));
    step(&mut |wtx| remove::remove_vulnerabilities(wtx, PROJECT, &vulnerabilities));
    step(&mut |wtx| remove::remove_promotions(wtx, PROJECT, &mut lists));
    step(&mut |wtx| remove::remove_bills(wtx, &bills));
    step(&mut |wtx| remove::remove_bill_chunks(wtx, &chunks));
    let (mut run, mut files) = (RetentionRun::default(), Vec::new());
    for family in &families {
        step(&mut |wtx| {
            files.extend(remove::remove_family(wtx, family, &mut lists, &mut run)?);
            Ok(())
        });
    }
    assert!(run.pipelines >= 3 && run.scans == 1 && run.artifacts == 1 && files.len() == 1, "{run:?}");
    let bodies = purge::unnamed_bodies(&store.read().unwrap(), PROJECT).unwrap();
    step(&mut |wtx| purge::remove_bodies(wtx, PROJECT, &bodies));
    let rest = purge::unshared(&store.read().unwrap(), PROJECT).unwrap();
    step(&mut |wtx| purge::remove_texts(wtx, PROJECT, &rest.texts));
    step(&mut |wtx| purge::remove_remediations(wtx, &rest.remediations));
    step(&mut |wtx| remove::remove_identifiers(wtx, &identifiers));
    step(&mut |wtx| remove::remove_scanners(wtx, PROJECT, &scanners));
    step(&mut |wtx| remove::remove_project(wtx, PROJECT));
    for table in catalog::ALL {
        let may_stay = STAYS.iter().any(|stays| stays.name == table.name);
        assert!(may_stay || entries(&store, *table) == 0, "{}: remove.rs forgets it", table.name);
    }
    let left = remove::empty_groups_to_go(&store.read().unwrap()).unwrap();
    assert!(left.is_empty(), "nobody asked to remove the group");
}

#[test]
fn labels_and_old_paths_of_a_group_go_with_it() {
    let store = sample::store();
    let label = Label { id: 1, source: Source::Group(1), ..super::sample_forge::label() };
    store.write(|wtx| labels::put(wtx, &label)).unwrap();
    store.write(|wtx| redirects::put(wtx, "before", Source::Group(1))).unwrap();
    let left = |store: &Store| {
        let rtx = store.read().unwrap();
        (labels::labels(&rtx, Source::Group(1)).unwrap().len(), redirects::find(&rtx, "before").unwrap())
    };
    assert_eq!(left(&store), (1, Some(Source::Group(1))));
    store.write(|wtx| remove::remove_group(wtx, 1)).unwrap();
    assert_eq!(left(&store), (0, None));
    let of_project = labels::labels(&store.read().unwrap(), Source::Project(PROJECT)).unwrap();
    assert_eq!(of_project.len(), 1);
}
