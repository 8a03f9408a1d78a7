//! Kept numbers of vulnerabilities, changed together with what they count. Must not know: who asks for them.
//!
//! What a write changes is added up first, and then put on the stored numbers at once.

use super::catalog::SCANNER_COUNTERS;
use super::changes::join;
use super::key::id_at;
use super::{Reads, StoreError, WriteTx, reads, value};
use crate::domain::finding::Read;
use casemate_shared::{ReportType, VulnerabilityState};
use std::collections::BTreeMap;

/// How many vulnerabilities of one scanner and report type are on the default branch and still detected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StillDetected {
    /// Detected or confirmed.
    pub open: u64,
    /// Dismissed or resolved by somebody.
    pub settled: u64,
}

impl StillDetected {
    /// Adds to one of the two.
    pub fn add(&mut self, state: VulnerabilityState, by: i64) {
        let slot = match state {
            VulnerabilityState::Detected | VulnerabilityState::Confirmed => &mut self.open,
            VulnerabilityState::Dismissed | VulnerabilityState::Resolved => &mut self.settled,
        };
        // Differences may be below zero for a while: they are added up as they come.
        *slot = slot.wrapping_add_signed(by);
    }

    fn plus(self, other: StillDetected) -> StillDetected {
        StillDetected { open: self.open.wrapping_add(other.open), settled: self.settled.wrapping_add(other.settled) }
    }

    /// The stored numbers after a difference; never below zero, whatever was stored.
    fn changed_by(self, by: StillDetected) -> StillDetected {
        let change = |stored: u64, by: u64| stored.saturating_add_signed(by.cast_signed());
        StillDetected { open: change(self.open, by.open), settled: change(self.settled, by.settled) }
    }

    pub(super) fn value(self) -> [u8; 16] {
        join(&[&self.open.to_be_bytes(), &self.settled.to_be_bytes()])
    }
}

/// What a write changes in the numbers of a project.
#[derive(Default)]
pub(super) struct Difference {
    /// By state, severity, and whether still detected.
    kept: BTreeMap<usize, i64>,
    /// By scanner and report type.
    scanners: BTreeMap<(u64, ReportType), StillDetected>,
}

impl Difference {
    /// Counts a list row that comes, or with -1 one that goes.
    pub(super) fn add(&mut self, read: &Read, by: i64) {
        *self.kept.entry(reads::Counters::slot_of(read)).or_default() += by;
        if !read.resolved_on_default_branch {
            self.scanners.entry((read.scanner_id, read.report_type)).or_default().add(read.state, by);
        }
    }

    pub(super) fn add_all(&mut self, other: &Difference) {
        other.kept.iter().for_each(|(slot, by)| *self.kept.entry(*slot).or_default() += by);
        for (of, by) in &other.scanners {
            let known = self.scanners.entry(*of).or_default();
            *known = known.plus(*by);
        }
    }

    /// Changes the stored numbers.
    pub(super) fn write(&self, wtx: &mut WriteTx, project: u64) -> Result<(), StoreError> {
        let mut counters = reads::counters(wtx, project)?;
        self.kept.iter().for_each(|(slot, by)| counters.change(*slot, *by));
        reads::put_counters(wtx, project, &counters)?;
        for ((scanner, report_type), by) in &self.scanners {
            let key = key(project, *scanner, *report_type);
            match still_detected(wtx, project, *scanner, *report_type)?.changed_by(*by) {
                none if none == StillDetected::default() => wtx.remove(SCANNER_COUNTERS, &key)?,
                some => wtx.put(SCANNER_COUNTERS, key.to_vec(), &some.value())?,
            }
        }
        Ok(())
    }

    /// Entries that the numbers by scanner have when these are all.
    pub(super) fn entries(&self, project: u64) -> impl Iterator<Item = (Vec<u8>, Vec<u8>)> {
        let is_some = |(_, count): &(&(u64, ReportType), &StillDetected)| **count != StillDetected::default();
        let entry = move |((scanner, report_type), count): (&(u64, ReportType), &StillDetected)| {
            (key(project, *scanner, *report_type).to_vec(), count.value().to_vec())
        };
        self.scanners.iter().filter(is_some).map(entry)
    }

    /// The numbers by state and severity when these are all.
    pub(super) fn counters(&self) -> reads::Counters {
        let mut counters = reads::Counters::default();
        self.kept.iter().for_each(|(slot, by)| counters.change(*slot, *by));
        counters
    }
}

fn key(project: u64, scanner: u64, report_type: ReportType) -> [u8; 17] {
    join(&[&project.to_be_bytes(), &scanner.to_be_bytes(), &[report_type.number()]])
}

/// The kept numbers of a scanner and report type.
///
/// # Errors
/// When they can't be read.
pub fn still_detected(tx: &impl Reads, project: u64, scanner: u64, report_type: ReportType) -> Result<StillDetected, StoreError> {
    let found = value(tx, SCANNER_COUNTERS, key(project, scanner, report_type).to_vec())?;
    Ok(found.map_or_else(StillDetected::default, |bytes| StillDetected { open: id_at(&bytes, 0), settled: id_at(&bytes, 8) }))
}
