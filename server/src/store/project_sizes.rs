//! How much is kept of each project: kept numbers, changed in the transaction that changes what they count. Must not
//! know: who asks.

use super::catalog::{PROJECT_SIZES, PROJECTS};
use super::check::Findings;
use super::key::{Key, id_at};
use super::{Reads, StoreError, Table, WriteTx, codec, value};
use crate::domain::pipeline::{Artifact, Pipeline};
use crate::domain::retention::ProjectSizes;
use crate::domain::scan::Scan;
use casemate_shared::ScanStatus;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

/// Bytes of an entry.
const BYTES: usize = 32;

/// What counts for the kept numbers of its project.
pub(super) trait Counted: codec::Record {
    /// Its project, and what it adds.
    fn counts(&self) -> (u64, ProjectSizes);
}

impl Counted for Pipeline {
    fn counts(&self) -> (u64, ProjectSizes) {
        let pipelines = u64::from(self.deleted_at.is_none());
        (self.project_id, ProjectSizes { pipelines, ..ProjectSizes::default() })
    }
}

impl Counted for Artifact {
    fn counts(&self) -> (u64, ProjectSizes) {
        let sizes = match self.expired_at {
            None => ProjectSizes { reports: 1, report_bytes: self.size, ..ProjectSizes::default() },
            Some(_) => ProjectSizes::default(),
        };
        (self.project_id, sizes)
    }
}

impl Counted for Scan {
    fn counts(&self) -> (u64, ProjectSizes) {
        let findings = if self.status == ScanStatus::Succeeded { self.accepted } else { 0 };
        (self.project_id, ProjectSizes { findings, ..ProjectSizes::default() })
    }
}

/// Counts something that is written in the place of what was there before, if anything was.
pub(super) fn put<R: Counted>(wtx: &mut WriteTx, old: Option<&R>, new: &R) -> Result<(), StoreError> {
    let before = old.map(|old| old.counts().1).unwrap_or_default();
    let (project, after) = new.counts();
    change(wtx, project, before, after)
}

/// Counts something no more.
pub(super) fn remove<R: Counted>(wtx: &mut WriteTx, old: &R) -> Result<(), StoreError> {
    let (project, before) = old.counts();
    change(wtx, project, before, ProjectSizes::default())
}

fn change(wtx: &mut WriteTx, project: u64, before: ProjectSizes, after: ProjectSizes) -> Result<(), StoreError> {
    if before == after {
        return Ok(());
    }
    let (mut kept, before, after) = (slots(&of_project(wtx, project)?), slots(&before), slots(&after));
    for (slot, (before, after)) in kept.iter_mut().zip(before.into_iter().zip(after)) {
        *slot = slot.saturating_add(after).saturating_sub(before);
    }
    let bytes: Vec<u8> = kept.iter().flat_map(|slot| slot.to_be_bytes()).collect();
    wtx.put(PROJECT_SIZES, Key::id(project).done(), &bytes)
}

const fn slots(sizes: &ProjectSizes) -> [u64; 4] {
    [sizes.pipelines, sizes.reports, sizes.report_bytes, sizes.findings]
}

fn read(bytes: &[u8]) -> Result<ProjectSizes, StoreError> {
    if bytes.len() != BYTES {
        return Err(StoreError::Damaged { table: PROJECT_SIZES.name, reason: format!("an entry of {} bytes", bytes.len()) });
    }
    let slot = |number: usize| id_at(bytes, 8 * number);
    Ok(ProjectSizes { pipelines: slot(0), reports: slot(1), report_bytes: slot(2), findings: slot(3) })
}

/// The kept numbers of a project.
///
/// # Errors
/// When they can't be read.
pub fn of_project(tx: &impl Reads, project: u64) -> Result<ProjectSizes, StoreError> {
    let found = value(tx, PROJECT_SIZES, Key::id(project).done())?;
    found.map(|bytes| read(&bytes)).transpose().map(Option::unwrap_or_default)
}

/// The kept numbers of all projects that have any, in one walk along a small table.
///
/// # Errors
/// When they can't be read.
pub fn all(tx: &impl Reads) -> Result<BTreeMap<u64, ProjectSizes>, StoreError> {
    let mut all = BTreeMap::new();
    tx.walk(PROJECT_SIZES, &[], None, false, &mut |key, bytes| {
        all.insert(id_at(key, 0), read(bytes)?);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(all)
}

/// Counts everything again; what differs is a problem. Rows that can't be read are told elsewhere.
pub(super) fn check(tx: &impl Reads, found: &mut Findings) -> Result<(), StoreError> {
    let mut counted: BTreeMap<u64, [u64; 4]> = BTreeMap::new();
    recount::<Pipeline>(tx, super::catalog::PIPELINES, &mut counted)?;
    recount::<Artifact>(tx, super::catalog::ARTIFACTS, &mut counted)?;
    recount::<Scan>(tx, super::catalog::SCANS, &mut counted)?;
    let mut projects = BTreeSet::new();
    for table in [PROJECTS, PROJECT_SIZES] {
        tx.walk(table, &[], None, false, &mut |key, _| {
            projects.insert(id_at(key, 0));
            Ok(ControlFlow::Continue(()))
        })?;
    }
    for project in projects {
        let wanted = counted.remove(&project).unwrap_or_default();
        match of_project(tx, project) {
            Ok(kept) if slots(&kept) == wanted => {}
            Ok(_) => found.problem(format!("project {project}: the kept sizes differ from a recount")),
            Err(error) => found.problem(error.to_string()),
        }
        if super::projects::find_project(tx, project).is_ok_and(|found| found.is_none()) {
            found.problem(format!("{}: row {project} of {} is missing", PROJECT_SIZES.name, PROJECTS.name));
        }
    }
    Ok(())
}

fn recount<R: Counted>(tx: &impl Reads, table: Table, counted: &mut BTreeMap<u64, [u64; 4]>) -> Result<(), StoreError> {
    tx.walk(table, &[], None, false, &mut |_, bytes| {
        if let Ok(row) = codec::decode::<R>(table.name, bytes) {
            let (project, sizes) = row.counts();
            let sums = counted.entry(project).or_default();
            sums.iter_mut().zip(slots(&sizes)).for_each(|(sum, more)| *sum = sum.saturating_add(more));
        }
        Ok(ControlFlow::Continue(()))
    })
}
