//! Permanent findings, vulnerabilities and their history. Must not know: reports and how findings match.
//!
//! A finding, its vulnerability, list row, counters and all indexes change together: [`put`] takes the
//! old pair and the new pair and keeps every table in step.

use super::catalog::{
    EVENTS, FINDINGS, FINDINGS_BY_LOCATION, FINDINGS_BY_SIGNATURE, FINDINGS_BY_UUID, Table, VULNERABILITIES,
    VULNERABILITIES_BY_SCANNER,
};
use super::key::{Key, id_at};
use super::meta::{Sequence, take_ids};
use super::reads::{self, Counters};
use super::{Reads, StoreError, WriteTx, codec, prefixed, row};
use crate::domain::finding::{Signature, Vulnerability, VulnerabilityEvent, VulnerabilityFinding};
use casemate_shared::{ReportType, VulnerabilityState};
use std::ops::ControlFlow;

/// What the index by uuid tells without a look at any row.
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

/// A vulnerability with its finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The finding.
    pub finding: VulnerabilityFinding,
    /// The vulnerability.
    pub vulnerability: Vulnerability,
}

const PRESENT: u8 = 1;
const GONE: u8 = 2;

fn status_byte(vulnerability: &Vulnerability) -> u8 {
    u8::from(vulnerability.present_on_default_branch) * PRESENT
        + u8::from(vulnerability.resolved_on_default_branch) * GONE
        + (vulnerability.state.number() << 4)
}

fn known_value(pair: &Pair) -> Vec<u8> {
    let vulnerability = &pair.vulnerability;
    let key = Key::id(pair.finding.id).then_id(vulnerability.id).then_id(pair.finding.body_id);
    key.then_byte(status_byte(vulnerability)).done()
}

fn read_known(bytes: &[u8]) -> Result<Known, StoreError> {
    let damaged = |reason: &str| StoreError::Damaged { table: FINDINGS_BY_UUID.name, reason: reason.to_owned() };
    let status = *bytes.get(24).ok_or_else(|| damaged("short value"))?;
    Ok(Known {
        finding_id: id_at(bytes, 0),
        vulnerability_id: id_at(bytes, 8),
        body_id: id_at(bytes, 16),
        present: status & PRESENT != 0,
        no_longer_detected: status & GONE != 0,
        state: VulnerabilityState::from_number(status >> 4).ok_or_else(|| damaged("state out of range"))?,
    })
}

/// What is known of the given findings, in their order.
pub fn known(tx: &impl Reads, project: u64, uuids: &[[u8; 16]]) -> Result<Vec<Option<Known>>, StoreError> {
    let keys: Vec<Vec<u8>> = uuids.iter().map(|uuid| Key::id(project).then_bytes(uuid).done()).collect();
    let mut answer = vec![None; uuids.len()];
    tx.look_up(FINDINGS_BY_UUID, &keys, &mut |position, found| {
        answer[position] = found.map(read_known).transpose()?;
        Ok(())
    })?;
    Ok(answer)
}

/// A finding by id.
pub fn find_finding(tx: &impl Reads, id: u64) -> Result<Option<VulnerabilityFinding>, StoreError> {
    row(tx, FINDINGS, Key::id(id).done())
}

/// A vulnerability by id.
pub fn find_vulnerability(tx: &impl Reads, id: u64) -> Result<Option<Vulnerability>, StoreError> {
    row(tx, VULNERABILITIES, Key::id(id).done())
}

/// A vulnerability and its finding by the vulnerability's id.
pub fn find_pair(tx: &impl Reads, vulnerability: u64) -> Result<Option<Pair>, StoreError> {
    let Some(vulnerability) = find_vulnerability(tx, vulnerability)? else { return Ok(None) };
    let finding = find_finding(tx, vulnerability.finding_id)?.ok_or_else(|| StoreError::Damaged {
        table: FINDINGS.name,
        reason: format!("finding {} of vulnerability {} is missing", vulnerability.finding_id, vulnerability.id),
    })?;
    Ok(Some(Pair { finding, vulnerability }))
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

/// Findings of a project that carry a signature; the oldest `most` of them.
pub fn findings_with_signature(
    tx: &impl Reads,
    project: u64,
    signature: &Signature,
    most: usize,
) -> Result<Vec<u64>, StoreError> {
    first_ids_below(tx, FINDINGS_BY_SIGNATURE, &Key::id(project).then_byte(signature.0).then_bytes(&signature.1).done(), most)
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
    let mut found = Vec::new();
    prefixed(
        tx,
        VULNERABILITIES_BY_SCANNER,
        &Key::id(project).then_id(scanner).then_byte(report_type.number()).done(),
        &mut |key, status| {
            let status = status.first().copied().unwrap_or_default();
            let state = VulnerabilityState::from_number(status >> 4).ok_or_else(|| StoreError::Damaged {
                table: VULNERABILITIES_BY_SCANNER.name,
                reason: "state out of range".to_owned(),
            })?;
            if status & GONE == 0 {
                found.push((id_at(key, 17), state));
            }
            Ok(ControlFlow::Continue(()))
        },
    )?;
    Ok(found)
}

/// History of a vulnerability, oldest first.
pub fn events(tx: &impl Reads, vulnerability: u64) -> Result<Vec<VulnerabilityEvent>, StoreError> {
    let mut events = Vec::new();
    prefixed(tx, EVENTS, &Key::id(vulnerability).done(), &mut |_, bytes| {
        events.push(codec::decode(EVENTS.name, bytes)?);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(events)
}

/// One change of one pair.
pub struct Change {
    /// What is stored now; none for a new pair, whose ids are then given by [`put`].
    pub old: Option<Pair>,
    /// What is to be stored.
    pub new: Pair,
    /// What to append to the history.
    pub event: Option<VulnerabilityEvent>,
}

/// Stores changes of one project. All in one transaction, each table opened once. Answers the ids of their
/// vulnerabilities, in the order of the changes.
pub fn put(wtx: &mut WriteTx, project: u64, mut changes: Vec<Change>) -> Result<Vec<u64>, StoreError> {
    give_ids(wtx, &mut changes)?;
    let mut batch = Batch::default();
    let mut counters = reads::counters(wtx, project)?;
    let event_count = changes.iter().filter(|change| change.event.is_some()).count() as u64;
    let mut event_id = take_ids(wtx, Sequence::Event, event_count)?;
    for change in &changes {
        batch.add(change, &mut counters)?;
        if let Some(event) = &change.event {
            batch.put(EVENTS, Key::id(change.new.vulnerability.id).then_id(event_id), codec::encode(event)?);
            event_id += 1;
        }
    }
    batch.write(wtx)?;
    reads::put_counters(wtx, project, &counters)?;
    Ok(changes.iter().map(|change| change.new.vulnerability.id).collect())
}

fn give_ids(wtx: &mut WriteTx, changes: &mut [Change]) -> Result<(), StoreError> {
    let fresh = changes.iter().filter(|change| change.old.is_none()).count() as u64;
    let finding_ids = take_ids(wtx, Sequence::Finding, fresh)?..;
    let vulnerability_ids = take_ids(wtx, Sequence::Vulnerability, fresh)?..;
    let new = changes.iter_mut().filter(|change| change.old.is_none());
    for ((change, finding_id), vulnerability_id) in new.zip(finding_ids).zip(vulnerability_ids) {
        let pair = &mut change.new;
        (pair.finding.id, pair.vulnerability.finding_id) = (finding_id, finding_id);
        (pair.vulnerability.id, pair.finding.vulnerability_id) = (vulnerability_id, vulnerability_id);
    }
    Ok(())
}

/// Key and value.
type Entry = (Vec<u8>, Vec<u8>);

/// Entries per table, collected first so that each table is opened once and fed in order.
#[derive(Default)]
struct Batch {
    puts: Vec<(Table, Vec<Entry>)>,
    removes: Vec<(Table, Vec<Vec<u8>>)>,
}

impl Batch {
    fn put(&mut self, table: Table, key: Key, value: Vec<u8>) {
        match self.puts.iter_mut().find(|(known, _)| known.name == table.name) {
            Some((_, entries)) => entries.push((key.done(), value)),
            None => self.puts.push((table, vec![(key.done(), value)])),
        }
    }

    fn remove(&mut self, table: Table, key: Vec<u8>) {
        match self.removes.iter_mut().find(|(known, _)| known.name == table.name) {
            Some((_, keys)) => keys.push(key),
            None => self.removes.push((table, vec![key])),
        }
    }

    fn add(&mut self, change: &Change, counters: &mut Counters) -> Result<(), StoreError> {
        let Pair { finding, vulnerability } = &change.new;
        self.put(FINDINGS, Key::id(finding.id), codec::encode(finding)?);
        self.put(VULNERABILITIES, Key::id(vulnerability.id), codec::encode(vulnerability)?);
        if let Some(old) = &change.old {
            for (table, key, _) in index_entries(old) {
                self.remove(table, key.done());
            }
            if let Some(read) = reads::read_of(old) {
                counters.add(&read, -1);
            }
        }
        for (table, key, value) in index_entries(&change.new) {
            self.put(table, key, value);
        }
        if let Some(read) = reads::read_of(&change.new) {
            counters.add(&read, 1);
        }
        Ok(())
    }

    /// Removes first: a key that stays is written again right after.
    fn write(self, wtx: &mut WriteTx) -> Result<(), StoreError> {
        for (table, keys) in &self.removes {
            wtx.remove_all(*table, keys)?;
        }
        for (table, entries) in self.puts {
            wtx.put_all(table, entries)?;
        }
        Ok(())
    }
}

/// Every index entry that a pair has; check-db compares the tables with this.
pub(super) fn index_entries(pair: &Pair) -> Vec<(Table, Key, Vec<u8>)> {
    let Pair { finding, vulnerability } = pair;
    let project = finding.project_id;
    let mut entries = vec![
        (FINDINGS_BY_UUID, Key::id(project).then_bytes(&finding.uuid), known_value(pair)),
        (
            FINDINGS_BY_LOCATION,
            Key::id(project).then_byte(finding.report_type.number()).then_bytes(&finding.location_sha).then_id(finding.id),
            Vec::new(),
        ),
    ];
    for (algorithm, sha) in &finding.signatures {
        entries.push((
            FINDINGS_BY_SIGNATURE,
            Key::id(project).then_byte(*algorithm).then_bytes(sha).then_id(finding.id),
            Vec::new(),
        ));
    }
    if let Some(read) = reads::read_of(pair) {
        entries.push((
            VULNERABILITIES_BY_SCANNER,
            Key::id(project)
                .then_id(vulnerability.scanner_id)
                .then_byte(vulnerability.report_type.number())
                .then_id(vulnerability.id),
            vec![status_byte(vulnerability)],
        ));
        entries.push((super::catalog::READS, reads::key(project, &read), reads::value(&read)));
    }
    entries
}
