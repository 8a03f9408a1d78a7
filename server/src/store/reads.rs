//! List rows (`vulnerability_reads`) and kept counters. Must not know: findings' texts.
//!
//! The key sorts by severity, then newest id; the value holds all that filters need, so that a list of a
//! project is one walk over one table.

use super::catalog::{READS, VULNERABILITY_COUNTERS};
use super::changes::join;
use super::findings::Pair;
use super::key::{Key, behind, id_at};
use super::{Reads, StoreError, WriteTx, value as stored};
use crate::domain::finding::Read;
use casemate_shared::{ReportType, Severity, VulnerabilityState};
use std::ops::ControlFlow;

/// The list row of a pair; none while it was never seen on the default branch.
pub fn read_of(pair: &Pair) -> Option<Read> {
    let vulnerability = &pair.vulnerability;
    vulnerability.present_on_default_branch.then_some(Read {
        id: vulnerability.id,
        severity: vulnerability.severity,
        state: vulnerability.state,
        report_type: vulnerability.report_type,
        resolved_on_default_branch: vulnerability.resolved_on_default_branch,
        scanner_id: vulnerability.scanner_id,
        body_id: pair.finding.body_id,
        detected_at: vulnerability.detected_at,
    })
}

pub(super) fn key(project: u64, read: &Read) -> [u8; 17] {
    join(&[&project.to_be_bytes(), &[read.severity.rank()], &(!read.id).to_be_bytes()])
}

pub(super) fn value(read: &Read) -> [u8; 27] {
    join(&[
        &[read.state.number(), read.report_type.number(), u8::from(read.resolved_on_default_branch)],
        &read.scanner_id.to_be_bytes(),
        &read.body_id.to_be_bytes(),
        &read.detected_at.to_be_bytes(),
    ])
}

fn decode(key: &[u8], value: &[u8]) -> Option<Read> {
    Some(Read {
        id: !id_at(key, 9),
        severity: Severity::from_rank(*key.get(8)?)?,
        state: VulnerabilityState::from_number(*value.first()?)?,
        report_type: ReportType::from_number(*value.get(1)?)?,
        resolved_on_default_branch: *value.get(2)? != 0,
        scanner_id: id_at(value, 3),
        body_id: id_at(value, 11),
        detected_at: i64::from_be_bytes(value.get(19..27)?.try_into().ok()?),
    })
}

/// Walks the list rows of a project: worst severity first, newest first within it.
pub fn each(tx: &impl Reads, project: u64, mut visit: impl FnMut(Read)) -> Result<(), StoreError> {
    walk(tx, project, false, |read| {
        visit(read);
        ControlFlow::Continue(())
    })
}

/// The same until `visit` has seen enough, on wish from the other end.
pub fn walk(
    tx: &impl Reads,
    project: u64,
    backwards: bool,
    mut visit: impl FnMut(Read) -> ControlFlow<()>,
) -> Result<(), StoreError> {
    let prefix = Key::id(project).done();
    tx.walk(READS, &prefix, behind(&prefix).as_deref(), backwards, &mut |key, value| {
        let read = decode(key, value)
            .ok_or_else(|| StoreError::Damaged { table: READS.name, reason: "value out of range".to_owned() })?;
        Ok(visit(read))
    })
}

/// Kept numbers of a project: by state, severity, and whether still detected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counters([u64; 48]);

impl Default for Counters {
    fn default() -> Self {
        Counters([0; 48])
    }
}

impl Counters {
    pub(super) fn slot_of(read: &Read) -> usize {
        Counters::slot(read.state, read.severity, read.resolved_on_default_branch)
    }

    fn slot(state: VulnerabilityState, severity: Severity, gone: bool) -> usize {
        usize::from(state.number() - 1) * 12 + usize::from(severity.rank()) * 2 + usize::from(gone)
    }

    pub(super) fn change(&mut self, slot: usize, by: i64) {
        if let Some(count) = self.0.get_mut(slot) {
            *count = count.saturating_add_signed(by);
        }
    }

    /// How many there are.
    pub fn get(&self, state: VulnerabilityState, severity: Severity, no_longer_detected: bool) -> u64 {
        self.0[Counters::slot(state, severity, no_longer_detected)]
    }

    /// All together.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }
}

/// The kept numbers of a project.
pub fn counters(tx: &impl Reads, project: u64) -> Result<Counters, StoreError> {
    let mut counters = Counters::default();
    if let Some(bytes) = stored(tx, VULNERABILITY_COUNTERS, Key::id(project).done())? {
        for (position, slot) in counters.0.iter_mut().enumerate() {
            *slot = id_at(&bytes, position * 8);
        }
    }
    Ok(counters)
}

pub(super) fn put_counters(wtx: &mut WriteTx, project: u64, counters: &Counters) -> Result<(), StoreError> {
    let bytes: Vec<u8> = counters.0.iter().flat_map(|count| count.to_be_bytes()).collect();
    wtx.put(VULNERABILITY_COUNTERS, Key::id(project).done(), &bytes)
}
