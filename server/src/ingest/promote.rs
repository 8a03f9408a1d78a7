//! Default-branch ingestion: what a pipeline's scans found becomes vulnerabilities
//! (ingestion design, section 4). Commit groups are made ready (`ready.rs`) while the one before is stored.
//!
//! Must not know: reports; it works from stored lists and bodies, so that it can be cut off anywhere and
//! go on. Numbers are added up in the scan's row, in the transaction that makes them true.

use super::again::{self, Prepared};
use super::draft::Draft;
use super::fresh::Fresh;
use super::inherit;
use super::pace::{Pace, beside};
use super::ready::{Facts, Maker, Ready, Todo};
use super::{IngestError, Room, change, conclude, family, killpoint, matching, places};
use crate::domain::finding::MatchEvidence;
use crate::domain::pipeline::Pipeline;
use crate::domain::scan::{ListEntry, Message, Scan};
use crate::store::findings::{Change, Known, NewPairs};
use crate::store::{ReadTx, Reads, StoreError, WriteTx, findings, scans, transitions, undo};
use casemate_shared::{ScanStatus, VulnerabilityState};
use std::collections::HashSet;
use std::sync::RwLock;

/// Findings of the first commit group; few in tests, so that small reports have several.
const GROUP: usize = if cfg!(test) { 100 } else { 4_000 };
/// Entries of a list that are compared with the store at a time; few in tests, so that there are several times.
const WINDOW: usize = if cfg!(test) { 150 } else { 50_000 };
/// Most new findings that are put at once into the indexes by place and signature; of more it is done at the
/// end, in key order: with each group it would touch most pages of both.
const PLACED_AT_ONCE: usize = if cfg!(test) { 40 } else { 1_000 };

/// Ingests the scans of a default-branch pipeline and of its descendants. `prepared` is what preparing them answered.
///
/// # Errors
/// When the store fails.
pub fn promote(room: &Room, pipeline: &Pipeline, prepared: &Prepared) -> Result<(), IngestError> {
    let latest: Vec<Scan> = family::scans_of(&room.store.read()?, pipeline)?.into_iter().filter(|scan| scan.latest).collect();
    room.store.write(|wtx| undo::put_promoted(wtx, pipeline.project_id, pipeline.id))?;
    let (mut reported, mut added) = (Reported::default(), 0);
    for scan in latest.iter().filter(|scan| scan.counts()) {
        // One that is done already, in a pipeline that got another job, is not done again: newer pipelines
        // may have been ingested since. What it reports still counts as seen.
        let promoted = promote_scan(room, pipeline, scan, prepared.fresh.get(&scan.id))?;
        reported.vulnerabilities.extend(promoted.vulnerabilities);
        added += promoted.added;
        if promoted.has_failed_slice {
            reported.broken_scans.insert(scan.id);
        }
    }
    places::settle(room, pipeline.project_id)?;
    conclude::conclude(room, pipeline, &latest, &reported)?;
    again::remember(room, pipeline, prepared, added)?;
    Ok(())
}

/// What the scans of a pipeline report, all together.
#[derive(Default)]
pub struct Reported {
    /// Vulnerabilities that any scan reports.
    pub vulnerabilities: HashSet<u64>,
    /// Scans some of whose findings could not be stored.
    pub broken_scans: HashSet<u64>,
}

struct Promoted {
    /// Vulnerabilities that the scan reports.
    vulnerabilities: Vec<u64>,
    has_failed_slice: bool,
    /// Findings that were not stored before.
    added: u64,
}

fn promote_scan(room: &Room, pipeline: &Pipeline, scan: &Scan, fresh: Option<&Fresh>) -> Result<Promoted, IngestError> {
    let entries = scans::list(&room.store.read()?, &scan.accepted_chunks)?;
    let mut promoted = Promoted { vulnerabilities: Vec::with_capacity(entries.len()), has_failed_slice: false, added: 0 };
    let is_heir = scan.scanner.as_ref().is_some_and(inherit::is_heir);
    let has_stored = findings::has_any(&room.store.read()?, scan.project_id, scan.report_type)?;
    let facts = Facts { pipeline, scan, fresh, is_heir, has_stored };
    let identifiers = RwLock::default();
    let maker = Maker { room, facts, identifiers: &identifiers };
    let mut run = Run { room, pipeline, scan, maker, pace: Pace::new(GROUP), added: 0 };
    let mut groups = Groups { maker, windows: entries.chunks(WINDOW), left: Vec::new(), places_later: false, seen: Vec::new() };
    let mut next = groups.next(&run.pace)?;
    while let Some(group) = next {
        let pace = run.pace;
        // While this thread and the disk store one group, the others make the next one ready.
        let (stored, made) = beside(|| run.do_group(group), || groups.next(&pace));
        let stored = stored?;
        promoted.has_failed_slice |= stored.has_failed_slice;
        promoted.vulnerabilities.extend(stored.vulnerabilities);
        killpoint::pass("after-group");
        next = made?;
    }
    promoted.vulnerabilities.extend(groups.seen);
    promoted.added = run.added;
    Ok(promoted)
}

/// A commit group, made ready.
struct Group {
    todo: Vec<Todo>,
    ready: Ready,
    /// Whether its new findings are put into the indexes by place at the end.
    places_later: bool,
}

/// The commit groups of a scan, one after the other: its list is compared with the store window by window.
struct Groups<'a> {
    maker: Maker<'a>,
    windows: std::slice::Chunks<'a, ListEntry>,
    /// What is still to be done of the window.
    left: Vec<Todo>,
    places_later: bool,
    /// Vulnerabilities that were there before.
    seen: Vec<u64>,
}

impl Groups<'_> {
    /// The next one, made ready; none when nothing is left.
    fn next(&mut self, pace: &Pace) -> Result<Option<Group>, StoreError> {
        while self.left.is_empty() {
            let Some(window) = self.windows.next() else { return Ok(None) };
            self.compare(window)?;
        }
        let length = pace.split(&self.left).0.len();
        let behind = self.left.split_off(length);
        let todo = std::mem::replace(&mut self.left, behind);
        let ready = self.maker.make(&todo, self.places_later)?;
        Ok(Some(Group { todo, ready, places_later: self.places_later }))
    }

    fn compare(&mut self, window: &[ListEntry]) -> Result<(), StoreError> {
        let Maker { room, facts, .. } = self.maker;
        // A snapshot for each step: one that stayed open would keep every page that the writer replaces.
        let known = known(&room.store.read()?, facts.scan.project_id, window)?;
        self.seen.extend(known.iter().flatten().map(|known| known.vulnerability_id));
        if facts.scan.tally.is_final {
            return Ok(());
        }
        let with_work = window.iter().zip(&known).filter(|(entry, known)| has_work(entry, known.as_ref()));
        self.left = with_work.map(|(entry, known)| Todo { entry: *entry, is_known: known.is_some() }).collect();
        self.places_later = self.left.iter().filter(|todo| !todo.is_known).count() > PLACED_AT_ONCE;
        Ok(())
    }
}

fn known(rtx: &ReadTx, project: u64, entries: &[ListEntry]) -> Result<Vec<Option<Known>>, StoreError> {
    let uuids: Vec<[u8; 16]> = entries.iter().map(|entry| entry.uuid).collect();
    matching::known(rtx, project, &uuids)
}

/// Whether a reported finding changes anything that is stored (ingestion design, section 12.14).
pub(super) fn has_work(entry: &ListEntry, known: Option<&Known>) -> bool {
    known.is_none_or(|known| {
        known.body_id != entry.body_id
            || !known.present
            || known.no_longer_detected
            || known.state == VulnerabilityState::Resolved
    })
}

/// The promotion of one scan.
struct Run<'a> {
    room: &'a Room,
    pipeline: &'a Pipeline,
    scan: &'a Scan,
    maker: Maker<'a>,
    pace: Pace,
    /// New findings that were stored.
    added: u64,
}

impl Run<'_> {
    /// Stores one commit group. Somebody may record one of its findings meanwhile (`triage`): then it is made
    /// ready and done again.
    fn do_group(&mut self, group: Group) -> Result<Promoted, IngestError> {
        let Group { mut todo, mut ready, places_later } = group;
        loop {
            let has_failed_slice = ready.failed > 0;
            let added = ready.new_uuids.len() as u64;
            if let Some(vulnerabilities) = self.store_group(ready, places_later)? {
                return Ok(Promoted { vulnerabilities, has_failed_slice, added });
            }
            let entries: Vec<ListEntry> = todo.iter().map(|todo| todo.entry).collect();
            let known = known(&self.room.store.read()?, self.scan.project_id, &entries)?;
            todo.iter_mut().zip(known).for_each(|(todo, known)| todo.is_known = known.is_some());
            ready = self.maker.make(&todo, places_later)?;
        }
    }

    /// Stores one commit group: findings, vulnerabilities, history, numbers. Answers the vulnerabilities
    /// stored; none, and nothing is stored, when one that was new is there now. All that can be is done before
    /// the writer is taken.
    fn store_group(&mut self, mut ready: Ready, places_later: bool) -> Result<Option<Vec<u64>>, IngestError> {
        let (room, pipeline, project, scan_id) = (self.room, self.pipeline, self.scan.project_id, self.scan.id);
        let count: u64 = ready.new.iter().map(NewPairs::count).sum();
        let stored = self.pace.write(room, ready.length, |wtx| -> Result<Option<Vec<u64>>, StoreError> {
            if findings::known(wtx, project, &ready.new_uuids)?.iter().any(Option::is_some) {
                return Ok(None);
            }
            let now = room.clock.now();
            let mut scan = get_scan(wtx, scan_id)?;
            let mut stored = findings::put_new(wtx, project, &mut ready.new, places_later)?;
            scan.tally.new += stored.len() as u64;
            let changes = changes(wtx, ready.known, pipeline, &mut scan, now)?;
            let redetected = change::redetections(&changes, pipeline, now);
            undo::note_changes(wtx, pipeline.id, &changes)?;
            stored.extend(findings::put(wtx, project, changes)?);
            for transition in redetected {
                transitions::append(wtx, transition)?;
            }
            note_failures(&mut scan, ready.failed, &ready.reasons);
            scans::put_scan(wtx, &scan)?;
            Ok(Some(stored))
        })?;
        self.added += if stored.is_some() { count } else { 0 };
        Ok(stored)
    }
}

/// What becomes of stored findings, which are looked up again under the writer: somebody may have acted on
/// them since.
fn changes(
    wtx: &WriteTx,
    group: Vec<(Draft, Option<MatchEvidence>)>,
    pipeline: &Pipeline,
    scan: &mut Scan,
    now: i64,
) -> Result<Vec<Change>, StoreError> {
    let uuids: Vec<[u8; 16]> = group.iter().map(|(draft, _)| draft.uuid).collect();
    let known = findings::known(wtx, scan.project_id, &uuids)?;
    let ids: Vec<u64> = known.iter().flatten().map(|known| known.vulnerability_id).collect();
    let mut pairs = findings::find_pairs(wtx, &ids)?.into_iter().peekable();
    let mut changes = Vec::with_capacity(group.len());
    for ((draft, evidence), known) in group.into_iter().zip(known) {
        let old = known.and_then(|known| pairs.next_if(|pair| pair.vulnerability.id == known.vulnerability_id));
        changes.push(change::change(draft, old, evidence, pipeline, scan, now));
    }
    Ok(changes)
}

fn get_scan(wtx: &WriteTx, id: u64) -> Result<Scan, StoreError> {
    scans::find_scan(wtx, id)?.ok_or_else(|| StoreError::Damaged { table: "scans", reason: format!("scan {id} is missing") })
}

fn note_failures(scan: &mut Scan, failed: u64, reasons: &[String]) {
    let Some(first) = reasons.first() else { return };
    if !scan.errors.iter().any(|message| message.kind == "IngestionError") {
        let text = format!(
            "{failed} findings could not become vulnerabilities, nothing of this scan is marked as no longer detected: {first}"
        );
        scan.errors.push(Message::new("IngestionError", text));
    }
}

/// The numbers of a pipeline that is not on the default branch: what it reports that the default branch
/// does not have.
///
/// # Errors
/// When the store fails.
pub fn compare_with_default_branch(room: &Room, pipeline: &Pipeline, prepared: &Prepared) -> Result<(), IngestError> {
    let rtx = room.store.read()?;
    for scan in family::scans_of(&rtx, pipeline)?.into_iter().filter(is_compared) {
        // One that nothing was taken of has numbers too: there is nothing new in it.
        let new = if scan.counts() { unknown_on_default_branch(&rtx, &scan)? } else { 0 };
        room.store.write(|wtx| -> Result<(), StoreError> {
            // Read again under the writer: a retry may have replaced it since.
            let mut scan = get_scan(wtx, scan.id)?;
            (scan.tally.new, scan.tally.is_final) = (new, true);
            scans::put_scan(wtx, &scan)
        })?;
    }
    again::remember(room, pipeline, prepared, 0)
}

/// Whether a scan of another branch gets numbers.
pub(super) fn is_compared(scan: &Scan) -> bool {
    scan.counts() || (scan.latest && matches!(scan.status, ScanStatus::ReportError | ScanStatus::JobFailed))
}

fn unknown_on_default_branch(rtx: &impl Reads, scan: &Scan) -> Result<u64, StoreError> {
    let uuids: Vec<[u8; 16]> = scans::list(rtx, &scan.accepted_chunks)?.into_iter().map(|entry| entry.uuid).collect();
    let known = findings::known(rtx, scan.project_id, &uuids)?;
    Ok(known.iter().filter(|known| !known.is_some_and(|known| known.present)).count() as u64)
}
