//! Writing permanent findings and vulnerabilities. Must not know: reports and how findings match.
//!
//! A finding, its vulnerability, list row, counters and all indexes change together: [`put`] takes the
//! old pair and the new pair and keeps every table in step. New pairs may come many at a time: they are
//! brought into their stored form before the transaction ([`encode_new`]), which only fills in the ids.

use super::batch::Batch;
use super::catalog::{
    EVENTS, FINDINGS, FINDINGS_BY_IMAGE, FINDINGS_BY_LOCATION, FINDINGS_BY_SIGNATURE, FINDINGS_BY_UUID, NO_LONGER_DETECTED,
    READS, Table, VULNERABILITIES, VULNERABILITIES_BY_SCANNER,
};
use super::counts::Difference;
use super::findings::{Pair, known_value, status_byte};
use super::marks;
use super::meta::{Sequence, take_ids};
use super::places::{self, Unplaced};
use super::reads;
use super::{StoreError, WriteTx, last_reports};
use crate::domain::finding::{Signature, VulnerabilityEvent, VulnerabilityFinding};
use casemate_shared::ReportType;

/// One change of one pair.
pub struct Change {
    /// What is stored now; none for a new pair, whose ids are then given by [`put`].
    pub old: Option<Pair>,
    /// What is to be stored.
    pub new: Pair,
    /// What to append to the history.
    pub event: Option<VulnerabilityEvent>,
}

/// New pairs in their stored form but for their ids, which are known under the writer only.
#[derive(Default)]
pub struct NewPairs {
    batch: Batch,
    counted: Difference,
    count: u64,
}

impl NewPairs {
    /// How many there are.
    pub fn count(&self) -> u64 {
        self.count
    }
}

/// Brings new pairs of one project, each with the first event of its history, into their stored form. Needs
/// no transaction. With `places_later` they are not put into the indexes by place and signature
/// (see [`places`]).
///
/// # Errors
/// When a value can't be encoded.
pub fn encode_new(pairs: &[(Pair, VulnerabilityEvent)], places_later: bool) -> Result<NewPairs, StoreError> {
    let mut new = NewPairs { count: pairs.len() as u64, ..NewPairs::default() };
    for (owner, (pair, event)) in pairs.iter().enumerate() {
        new.batch.put_row(owner, FINDINGS, &[0; 8], &pair.finding)?;
        new.batch.put_row(owner, VULNERABILITIES, &[0; 8], &*marks::row(&pair.vulnerability))?;
        if let Some(mark) = marks::of(pair) {
            new.batch.put_row(owner, NO_LONGER_DETECTED, &marks::key(pair.finding.project_id, 0), &mark)?;
        }
        new.batch.put_row(owner, EVENTS, &[0; 16], event)?;
        index_entries(pair, &mut |table, key, value| {
            if !(places_later && places::is_place(table)) {
                new.batch.put(owner, table, key, value);
            }
        });
        if let Some(read) = reads::read_of(pair) {
            new.counted.add(&read, 1);
        }
    }
    Ok(new)
}

/// First ids of a run of new pairs.
#[derive(Clone, Copy)]
struct Ids {
    finding: u64,
    vulnerability: u64,
    event: u64,
}

/// Writes an id into key or value, in its eight bytes from `at`.
fn fill(bytes: &mut [u8], at: usize, id: u64) -> Result<(), StoreError> {
    let hole = bytes.get_mut(at..at + 8).ok_or_else(|| StoreError::Engine("an entry has no room for its id".to_owned()))?;
    hole.copy_from_slice(&id.to_be_bytes());
    Ok(())
}

/// Fills the ids of a new pair into one of its entries.
fn fill_ids(table: Table, ids: Ids, key: &mut [u8], value: &mut [u8]) -> Result<(), StoreError> {
    let last = key.len().saturating_sub(8);
    // Rows begin with their version; then come their own id and the other's.
    let mut fill_row = |own: u64, other: u64| {
        fill(key, 0, own)?;
        fill(value, 1, own)?;
        fill(value, 9, other)
    };
    if table.name == FINDINGS.name {
        fill_row(ids.finding, ids.vulnerability)
    } else if table.name == VULNERABILITIES.name {
        fill_row(ids.vulnerability, ids.finding)
    } else if table.name == EVENTS.name {
        fill(key, 0, ids.vulnerability)?;
        fill(key, 8, ids.event)
    } else if table.name == FINDINGS_BY_UUID.name {
        fill(value, 0, ids.finding)?;
        fill(value, 8, ids.vulnerability)
    } else if places::is_place(table) || table.name == FINDINGS_BY_IMAGE.name {
        fill(key, last, ids.finding)
    } else if table.name == VULNERABILITIES_BY_SCANNER.name || table.name == NO_LONGER_DETECTED.name {
        fill(key, last, ids.vulnerability)
    } else if table.name == READS.name {
        fill(key, last, !ids.vulnerability)
    } else {
        Err(StoreError::Engine(format!("{}: where the ids of a new finding belong is not known", table.name)))
    }
}

/// Stores new pairs of one project, in order; answers the ids of their vulnerabilities. `places_later` has to
/// be what they were encoded with.
///
/// # Errors
/// When the engine fails.
pub fn put_new(wtx: &mut WriteTx, project: u64, parts: &mut [NewPairs], places_later: bool) -> Result<Vec<u64>, StoreError> {
    let count = parts.iter().map(|part| part.count).sum();
    if count == 0 {
        return Ok(Vec::new());
    }
    let ids = Ids {
        finding: take_ids(wtx, Sequence::Finding, count)?,
        vulnerability: take_ids(wtx, Sequence::Vulnerability, count)?,
        event: take_ids(wtx, Sequence::Event, count)?,
    };
    if places_later {
        places::begin(wtx, project, ids.finding)?;
    }
    let mut counted = Difference::default();
    let mut before = 0;
    for part in parts.iter_mut() {
        part.batch.each_mut(|table, owner, key, value| {
            let nth = before + owner as u64;
            let own = Ids { finding: ids.finding + nth, vulnerability: ids.vulnerability + nth, event: ids.event + nth };
            fill_ids(table, own, key, value)
        })?;
        counted.add_all(&part.counted);
        before += part.count;
    }
    Batch::write(wtx, parts.iter().map(|part| &part.batch))?;
    last_reports::count_changes(wtx, project, count)?;
    counted.write(wtx, project)?;
    Ok((ids.vulnerability..ids.vulnerability + count).collect())
}

/// Stores changes of one project. All in one transaction, each table opened once. Answers the ids of their
/// vulnerabilities, in the order of the changes.
///
/// # Errors
/// When the engine fails.
pub fn put(wtx: &mut WriteTx, project: u64, mut changes: Vec<Change>) -> Result<Vec<u64>, StoreError> {
    if changes.is_empty() {
        return Ok(Vec::new());
    }
    give_ids(wtx, &mut changes)?;
    let unplaced = places::unplaced(wtx, project)?;
    let mut batch = Batch::default();
    let mut counted = Difference::default();
    let event_count = changes.iter().filter(|change| change.event.is_some()).count() as u64;
    let mut event_id = take_ids(wtx, Sequence::Event, event_count)?;
    let mut touched = Vec::new();
    for change in &changes {
        if add(&mut batch, change, &mut counted, unplaced.as_ref())? {
            touched.push(change.new.finding.id);
        }
        if let Some(event) = &change.event {
            let key = join::<16>(&[&change.new.vulnerability.id.to_be_bytes(), &event_id.to_be_bytes()]);
            batch.put_row(0, EVENTS, &key, event)?;
            event_id += 1;
        }
    }
    Batch::write(wtx, std::iter::once(&batch))?;
    if !touched.is_empty() {
        places::touch(wtx, project, &touched)?;
    }
    last_reports::count_changes(wtx, project, changes.iter().filter(|change| changes_matching(change)).count() as u64)?;
    counted.write(wtx, project)?;
    Ok(changes.iter().map(|change| change.new.vulnerability.id).collect())
}

/// Whether reports may match otherwise from now on.
fn changes_matching(change: &Change) -> bool {
    let of = |pair: &Pair| {
        let VulnerabilityFinding { uuid, report_type, scanner_id, primary_identifier_id, location_sha, .. } = pair.finding;
        (uuid, report_type, scanner_id, primary_identifier_id, location_sha)
    };
    let is_other = |old: &Pair| of(old) != of(&change.new) || old.finding.signatures != change.new.finding.signatures;
    change.old.as_ref().is_none_or(is_other)
}

fn give_ids(wtx: &mut WriteTx, changes: &mut [Change]) -> Result<(), StoreError> {
    let fresh = changes.iter().filter(|change| change.old.is_none()).count() as u64;
    if fresh == 0 {
        return Ok(());
    }
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

/// Adds what differs. Answers whether the place of a finding changed that is still to be indexed by it.
fn add(batch: &mut Batch, change: &Change, counted: &mut Difference, unplaced: Option<&Unplaced>) -> Result<bool, StoreError> {
    let Pair { finding, vulnerability } = &change.new;
    let old = change.old.as_ref();
    let waits = unplaced.is_some_and(|unplaced| finding.id >= unplaced.first);
    let (is_other_finding, is_other_vulnerability) = old.map_or((true, true), |old| marks::differ(old, &change.new));
    if is_other_finding {
        batch.put_row(0, FINDINGS, &finding.id.to_be_bytes(), finding)?;
    }
    if is_other_vulnerability {
        batch.put_row(0, VULNERABILITIES, &vulnerability.id.to_be_bytes(), &*marks::row(vulnerability))?;
    }
    add_mark(batch, old, &change.new)?;
    let mut gone: Vec<(Table, Vec<u8>, Vec<u8>)> = Vec::new();
    if let Some(old) = old {
        index_entries(old, &mut |table, key, value| gone.push((table, key.to_vec(), value.to_vec())));
        if let Some(read) = reads::read_of(old) {
            counted.add(&read, -1);
        }
    }
    // It is put in whole then: what of its places stays is not there either.
    let moves = waits && old.is_some_and(|old| place_of(&old.finding) != place_of(finding));
    index_entries(&change.new, &mut |table, key, value| {
        let same = gone.iter().position(|(of, old_key, _)| of.name == table.name && old_key == key);
        let stands = same.map(|position| gone.swap_remove(position)).is_some_and(|(_, _, old_value)| old_value == value);
        let comes_later = waits && old.is_none() && places::is_place(table);
        if !comes_later && (!stands || (moves && places::is_place(table))) {
            batch.put(0, table, key, value);
        }
    });
    for (table, key, _) in gone {
        batch.remove(table, key);
    }
    if let Some(read) = reads::read_of(&change.new) {
        counted.add(&read, 1);
    }
    Ok(moves)
}

/// Adds the mark of a pair, if it differs, or takes it away.
fn add_mark(batch: &mut Batch, old: Option<&Pair>, new: &Pair) -> Result<(), StoreError> {
    let (was, is) = (old.and_then(marks::of), marks::of(new));
    let key = marks::key(new.finding.project_id, new.vulnerability.id);
    match is {
        _ if was == is => {}
        Some(mark) => batch.put_row(0, NO_LONGER_DETECTED, &key, &mark)?,
        None => batch.remove(NO_LONGER_DETECTED, key.to_vec()),
    }
    Ok(())
}

/// What the indexes by place and signature go by.
fn place_of(finding: &VulnerabilityFinding) -> (ReportType, &[u8; 20], &[Signature]) {
    (finding.report_type, &finding.location_sha, &finding.signatures)
}

/// Pieces of a key of a fixed length, one behind the other.
pub(super) fn join<const N: usize>(pieces: &[&[u8]]) -> [u8; N] {
    let mut key = [0; N];
    let mut at = 0;
    for piece in pieces {
        if let Some(room) = key.get_mut(at..at + piece.len()) {
            room.copy_from_slice(piece);
        }
        at += piece.len();
    }
    debug_assert_eq!(at, N, "the pieces of a key fill it");
    key
}

/// Called with each index entry: table, key, value.
pub(super) type IndexEntry<'f> = &'f mut dyn FnMut(Table, &[u8], &[u8]);

/// Calls `entry` with every index entry that a pair has; check-db compares the tables with this.
pub(super) fn index_entries(pair: &Pair, entry: IndexEntry<'_>) {
    let Pair { finding, vulnerability } = pair;
    let (project, id) = (finding.project_id.to_be_bytes(), finding.id.to_be_bytes());
    let kind = [finding.report_type.number()];
    entry(FINDINGS_BY_UUID, &join::<24>(&[&project, &finding.uuid]), &known_value(pair));
    entry(FINDINGS_BY_LOCATION, &join::<37>(&[&project, &kind, &finding.location_sha, &id]), &[]);
    for (algorithm, sha) in &finding.signatures {
        entry(FINDINGS_BY_SIGNATURE, &join::<37>(&[&project, &[*algorithm], sha, &id]), &[]);
    }
    if let Some(read) = reads::read_of(pair) {
        let kind = [vulnerability.report_type.number()];
        let key = join::<25>(&[&project, &vulnerability.scanner_id.to_be_bytes(), &kind, &vulnerability.id.to_be_bytes()]);
        entry(VULNERABILITIES_BY_SCANNER, &key, &[status_byte(vulnerability)]);
        entry(READS, &reads::key(finding.project_id, &read), &reads::value(&read));
        if !finding.image.is_empty() {
            entry(FINDINGS_BY_IMAGE, &[&project, finding.image.as_bytes(), &id].concat(), &[]);
        }
    }
}

#[cfg(test)]
#[path = "changes_tests.rs"]
mod tests;
