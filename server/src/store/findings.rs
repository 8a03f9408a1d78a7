//! Permanent findings, vulnerabilities and their history, as they are read. How they are written:
//! `changes.rs`. Must not know: reports and how findings match.

use super::catalog::{
    EVENTS, FINDINGS, FINDINGS_BY_IMAGE, FINDINGS_BY_LOCATION, FINDINGS_BY_SIGNATURE, FINDINGS_BY_UUID, Table, VULNERABILITIES,
    VULNERABILITIES_BY_SCANNER,
};
use super::changes::join;
pub use super::changes::{Change, NewPairs, encode_new, put, put_new};
use super::key::{Key, id_at};
use super::marks::{self, Mark};
use super::{Reads, StoreError, codec, prefixed, row, rows};
use crate::domain::finding::{Signature, Vulnerability, VulnerabilityEvent, VulnerabilityFinding};
use casemate_shared::{ReportType, VulnerabilityState};
use std::ops::ControlFlow;

/// What is told of a finding without a look at its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// Finding.
    pub finding_id: u64,
    /// Vulnerability.
    pub vulnerability_id: u64,
    /// Body of the newest report.
    pub body_id: u64,
    /// Seen on the default branch.
    pub present: bool,
    /// No longer detected there.
    pub no_longer_detected: bool,
    /// State.
    pub state: VulnerabilityState,
}

impl Known {
    /// Whether others may be matched with it: one whose import was taken back, and that nobody decided about,
    /// is as if it had never been there.
    pub fn stands(&self) -> bool {
        self.present || self.state != VulnerabilityState::Detected
    }
}

/// A vulnerability with its finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The finding.
    pub finding: VulnerabilityFinding,
    /// The vulnerability.
    pub vulnerability: Vulnerability,
}

impl Pair {
    /// The pair of two rows with its mark.
    pub(super) fn marked(mut self, mark: Mark) -> Pair {
        self.finding.latest_pipeline_id = mark.latest_pipeline_id;
        marks::put_on(&mut self.vulnerability, mark);
        self
    }
}

const PRESENT: u8 = 1;

/// What indexes tell of a vulnerability. Not whether it is still detected: that has a table of its own (`marks.rs`).
pub(super) fn status_byte(vulnerability: &Vulnerability) -> u8 {
    u8::from(vulnerability.present_on_default_branch) * PRESENT + (vulnerability.state.number() << 4)
}

pub(super) fn known_value(pair: &Pair) -> [u8; 25] {
    let ids = [pair.finding.id, pair.vulnerability.id, pair.finding.body_id].map(u64::to_be_bytes);
    join(&[&ids[0], &ids[1], &ids[2], &[status_byte(&pair.vulnerability)]])
}

fn read_known(bytes: &[u8]) -> Result<Known, StoreError> {
    let damaged = |reason: &str| StoreError::Damaged { table: FINDINGS_BY_UUID.name, reason: reason.to_owned() };
    let status = *bytes.get(24).ok_or_else(|| damaged("short value"))?;
    Ok(Known {
        finding_id: id_at(bytes, 0),
        vulnerability_id: id_at(bytes, 8),
        body_id: id_at(bytes, 16),
        present: status & PRESENT != 0,
        // Filled in by who reads many at once: it stands in a table of its own.
        no_longer_detected: false,
        state: VulnerabilityState::from_number(status >> 4).ok_or_else(|| damaged("state out of range"))?,
    })
}

/// What is known of the given findings, in their order.
pub fn known(tx: &impl Reads, project: u64, uuids: &[[u8; 16]]) -> Result<Vec<Option<Known>>, StoreError> {
    let keys: Vec<[u8; 24]> = uuids.iter().map(|uuid| join(&[&project.to_be_bytes(), uuid])).collect();
    let mut answer = vec![None; uuids.len()];
    tx.look_up(FINDINGS_BY_UUID, &keys, &mut |position, found| {
        answer[position] = found.map(read_known).transpose()?;
        Ok(())
    })?;
    let ids = answer.iter().flatten().map(|known| (project, known.vulnerability_id));
    let marked = marks::marked(tx, ids)?;
    if !marked.is_empty() {
        for known in answer.iter_mut().flatten() {
            known.no_longer_detected = marked.binary_search(&known.vulnerability_id).is_ok();
        }
    }
    Ok(answer)
}

/// A finding by id, as its row says: of one that is no longer detected, [`find_pair`] knows the latest pipeline.
pub fn find_finding(tx: &impl Reads, id: u64) -> Result<Option<VulnerabilityFinding>, StoreError> {
    row(tx, FINDINGS, Key::id(id).done())
}

/// A vulnerability by id.
pub fn find_vulnerability(tx: &impl Reads, id: u64) -> Result<Option<Vulnerability>, StoreError> {
    Ok(find_vulnerabilities(tx, &[id])?.pop().flatten())
}

/// Several vulnerabilities, in the order asked for; those that lie close together are read by one walk.
pub fn find_vulnerabilities(tx: &impl Reads, ids: &[u64]) -> Result<Vec<Option<Vulnerability>>, StoreError> {
    let mut found: Vec<Option<Vulnerability>> = rows(tx, VULNERABILITIES, ids)?;
    let marks = marks::find_all(tx, found.iter().flatten().map(|vulnerability| (vulnerability.project_id, vulnerability.id)))?;
    for vulnerability in found.iter_mut().flatten() {
        if let Some(mark) = marks.get(&vulnerability.id) {
            marks::put_on(vulnerability, mark.clone());
        }
    }
    Ok(found)
}

/// A vulnerability and its finding by the vulnerability's id.
pub fn find_pair(tx: &impl Reads, vulnerability: u64) -> Result<Option<Pair>, StoreError> {
    Ok(find_pairs(tx, &[vulnerability])?.pop())
}

/// Several vulnerabilities with their findings, each table opened once, in the order asked for; those that are
/// not there are left out.
///
/// # Errors
/// When one can't be read.
pub fn find_pairs(tx: &impl Reads, vulnerabilities: &[u64]) -> Result<Vec<Pair>, StoreError> {
    let found: Vec<Vulnerability> = rows(tx, VULNERABILITIES, vulnerabilities)?.into_iter().flatten().collect();
    let ids: Vec<u64> = found.iter().map(|vulnerability| vulnerability.finding_id).collect();
    let findings: Vec<Option<VulnerabilityFinding>> = rows(tx, FINDINGS, &ids)?;
    let marks = marks::find_all(tx, found.iter().map(|vulnerability| (vulnerability.project_id, vulnerability.id)))?;
    let pair = |(vulnerability, finding): (Vulnerability, Option<VulnerabilityFinding>)| {
        let reason = || format!("finding {} of vulnerability {} is missing", vulnerability.finding_id, vulnerability.id);
        let finding = finding.ok_or_else(|| StoreError::Damaged { table: FINDINGS.name, reason: reason() })?;
        let pair = Pair { finding, vulnerability };
        Ok(match marks.get(&pair.vulnerability.id) {
            Some(mark) => pair.marked(mark.clone()),
            None => pair,
        })
    };
    found.into_iter().zip(findings).map(pair).collect()
}

/// Findings of a project at a place, for one report type; the oldest `most` of them.
pub fn findings_at(
    tx: &impl Reads,
    project: u64,
    report_type: ReportType,
    location_sha: &[u8; 20],
    most: usize,
) -> Result<Vec<u64>, StoreError> {
    first_ids_below(
        tx,
        FINDINGS_BY_LOCATION,
        &Key::id(project).then_byte(report_type.number()).then_bytes(location_sha).done(),
        most,
    )
}

/// Whether a project has any finding of a report type in the index by place.
pub fn has_any(tx: &impl Reads, project: u64, report_type: ReportType) -> Result<bool, StoreError> {
    let prefix = Key::id(project).then_byte(report_type.number()).done();
    Ok(!first_ids_below(tx, FINDINGS_BY_LOCATION, &prefix, 1)?.is_empty())
}

/// Findings of a project that carry a signature; the oldest `most` of them.
pub fn findings_with_signature(
    tx: &impl Reads,
    project: u64,
    signature: &Signature,
    most: usize,
) -> Result<Vec<u64>, StoreError> {
    first_ids_below(tx, FINDINGS_BY_SIGNATURE, &Key::id(project).then_byte(signature.0).then_bytes(&signature.1).done(), most)
}

/// Whether a project has a container finding on the default branch whose image begins with a text.
pub fn has_image(tx: &impl Reads, project: u64, start: &str) -> Result<bool, StoreError> {
    let mut found = false;
    prefixed(tx, FINDINGS_BY_IMAGE, &Key::id(project).then_bytes(start.as_bytes()).done(), &mut |key, _| {
        // The end of a key is no image.
        found = key.len() >= 16 + start.len();
        Ok(if found { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    Ok(found)
}

fn first_ids_below(tx: &impl Reads, table: Table, prefix: &[u8], most: usize) -> Result<Vec<u64>, StoreError> {
    let mut ids = Vec::new();
    prefixed(tx, table, prefix, &mut |key, _| {
        ids.push(id_at(key, key.len().saturating_sub(8)));
        Ok(if ids.len() < most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
    })?;
    Ok(ids)
}

/// Vulnerabilities of a scanner and type on the default branch that are still detected, with their states.
pub fn still_detected(
    tx: &impl Reads,
    project: u64,
    scanner: u64,
    report_type: ReportType,
) -> Result<Vec<(u64, VulnerabilityState)>, StoreError> {
    of_scanner(tx, project, scanner, report_type, false)
}

/// Those of the given vulnerabilities that are a scanner's of that type, on the default branch and still detected, in
/// order of their ids, with their states.
pub fn still_detected_among(
    tx: &impl Reads,
    project: u64,
    scanner: u64,
    report_type: ReportType,
    vulnerabilities: &[u64],
) -> Result<Vec<(u64, VulnerabilityState)>, StoreError> {
    let mut ids = vulnerabilities.to_vec();
    ids.sort_unstable();
    let prefix = Key::id(project).then_id(scanner).then_byte(report_type.number()).done();
    let keys: Vec<[u8; 25]> = ids.iter().map(|id| join(&[&prefix, &id.to_be_bytes()])).collect();
    let mut found = Vec::new();
    tx.look_up(VULNERABILITIES_BY_SCANNER, &keys, &mut |position, status| {
        if let Some(status) = status {
            found.push((ids[position], state_of(status)?));
        }
        Ok(())
    })?;
    detected(tx, project, found, true)
}

/// Vulnerabilities of a scanner and type on the default branch that are no longer detected, with their states.
pub fn no_longer_detected(
    tx: &impl Reads,
    project: u64,
    scanner: u64,
    report_type: ReportType,
) -> Result<Vec<(u64, VulnerabilityState)>, StoreError> {
    of_scanner(tx, project, scanner, report_type, true)
}

fn of_scanner(
    tx: &impl Reads,
    project: u64,
    scanner: u64,
    report_type: ReportType,
    gone: bool,
) -> Result<Vec<(u64, VulnerabilityState)>, StoreError> {
    let mut found = Vec::new();
    let prefix = Key::id(project).then_id(scanner).then_byte(report_type.number()).done();
    prefixed(tx, VULNERABILITIES_BY_SCANNER, &prefix, &mut |key, status| {
        found.push((id_at(key, 17), state_of(status)?));
        Ok(ControlFlow::Continue(()))
    })?;
    detected(tx, project, found, !gone)
}

/// The state that the index by scanner tells.
fn state_of(status: &[u8]) -> Result<VulnerabilityState, StoreError> {
    let number = status.first().copied().unwrap_or_default() >> 4;
    let reason = "state out of range";
    VulnerabilityState::from_number(number)
        .ok_or_else(|| StoreError::Damaged { table: VULNERABILITIES_BY_SCANNER.name, reason: reason.to_owned() })
}

/// Those that are still detected, or those that are not.
fn detected(
    tx: &impl Reads,
    project: u64,
    mut all: Vec<(u64, VulnerabilityState)>,
    still: bool,
) -> Result<Vec<(u64, VulnerabilityState)>, StoreError> {
    let marked = marks::marked(tx, all.iter().map(|(id, _)| (project, *id)))?;
    all.retain(|(id, _)| marked.binary_search(id).is_err() == still);
    Ok(all)
}

/// History of a vulnerability, oldest first.
pub fn events(tx: &impl Reads, vulnerability: u64) -> Result<Vec<VulnerabilityEvent>, StoreError> {
    Ok(numbered_events(tx, vulnerability)?.into_iter().map(|(_, event)| event).collect())
}

/// History of a vulnerability with the ids of its entries, oldest first.
pub fn numbered_events(tx: &impl Reads, vulnerability: u64) -> Result<Vec<(u64, VulnerabilityEvent)>, StoreError> {
    let mut events = Vec::new();
    prefixed(tx, EVENTS, &Key::id(vulnerability).done(), &mut |key, bytes| {
        events.push((id_at(key, 8), codec::decode(EVENTS.name, bytes)?));
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(events)
}
