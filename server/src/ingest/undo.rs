//! Taking an import back: what a default-branch pipeline did and nobody touched since is as it was before,
//! by appended events. What somebody or a later pipeline built upon is kept, with the reason.
//!
//! Must not know: reports, HTTP. It works from the undo journal in commit groups, each of which removes what
//! it worked off, so that it can be cut off anywhere and go on. What a later pipeline keeps becomes that
//! pipeline's to take back: its journal gets the entry.

mod later;

use super::{IngestError, Room, family, killpoint, places};
use crate::domain::finding::{EventKind, VulnerabilityEvent};
use crate::domain::pipeline::Pipeline;
use crate::domain::scan::{FullScan, Promotion, Scan};
use crate::domain::triage::{StateTransition, automatic};
use crate::domain::undo::{Kept, Undo};
use crate::store::findings::{Change, Pair};
use crate::store::undo::{self, PromotionBefore, UndoEntry};
use crate::store::{Reads, StoreError, WriteTx, findings, pipelines, scans, transitions};
use casemate_shared::{KeptImported, ReportType, ScanStatus, UndoStatus, VulnerabilityState};
use later::Later;

/// Entries of one commit group; few in tests, so that small imports have several.
const GROUP: usize = if cfg!(test) { 100 } else { 1_000 };

/// Why an import can't be taken back now.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UndoError {
    /// It was done before.
    #[error("the import of pipeline {0} has been taken back already")]
    Already(u64),
    /// It is not over.
    #[error("the import of pipeline {0} is still under way")]
    UnderWay(u64),
    /// It was ingested with its root, and is taken back with it.
    #[error("pipeline {0} is a child pipeline, its import is taken back with that of pipeline {1}")]
    Child(u64, u64),
    /// Retention was faster.
    #[error("retention removed what pipeline {0} reported, its import can't be taken back any more")]
    Expired(u64),
    /// Everything else.
    #[error(transparent)]
    Ingest(#[from] IngestError),
}

impl From<StoreError> for UndoError {
    fn from(error: StoreError) -> Self {
        UndoError::Ingest(error.into())
    }
}

/// Whether the import of a pipeline can be taken back now.
///
/// # Errors
/// The reason why not.
pub fn check(tx: &impl Reads, pipeline: &Pipeline) -> Result<(), UndoError> {
    if undo::find_undo(tx, pipeline.id)?.is_some_and(|undo| undo.status == UndoStatus::Done) {
        return Err(UndoError::Already(pipeline.id));
    }
    if pipeline.root_id.is_some() {
        return Err(UndoError::Child(pipeline.id, pipeline.root()));
    }
    let is_over = |member: &Pipeline| member.ingestion.is_terminal() && member.complete;
    if !pipelines::family(tx, pipeline)?.iter().all(is_over) {
        return Err(UndoError::UnderWay(pipeline.id));
    }
    if pipeline.on_default_branch && family::scans_of(tx, pipeline)?.iter().any(|scan| scan.status == ScanStatus::Purged) {
        return Err(UndoError::Expired(pipeline.id));
    }
    Ok(())
}

/// Asks for the undo: after it, it will be done. One that is under way goes on.
///
/// # Errors
/// Why it can't be done; then nothing happened.
pub fn request(room: &Room, pipeline: u64, user_id: u64) -> Result<(), UndoError> {
    let now = room.clock.now();
    room.store.write(|wtx| -> Result<(), UndoError> {
        let missing = || IngestError::Missing { what: "pipeline".to_owned(), id: pipeline };
        let pipeline = pipelines::find_pipeline(wtx, pipeline)?.ok_or_else(missing)?;
        if is_running(wtx, pipeline.id)? {
            return Ok(());
        }
        check(wtx, &pipeline)?;
        let asked = Undo {
            pipeline_id: pipeline.id,
            user_id,
            status: UndoStatus::Running,
            created_at: now,
            finished_at: None,
            is_listed: false,
            created: 0,
            changed: 0,
            redetected: 0,
            marked: 0,
            kept: Vec::new(),
            kept_first: Vec::new(),
        };
        undo::put_undo(wtx, &asked)?;
        Ok(pipelines::enqueue(wtx, pipeline.id)?)
    })?;
    killpoint::pass("after-undo-request");
    Ok(())
}

/// Whether an undo of the pipeline was asked for and is not done.
///
/// # Errors
/// When the store fails.
pub fn is_running(tx: &impl Reads, pipeline: u64) -> Result<bool, StoreError> {
    Ok(undo::find_undo(tx, pipeline)?.is_some_and(|undo| undo.status == UndoStatus::Running))
}

/// Does it. It may be cut off at any point and begun anew.
///
/// # Errors
/// When the store fails; the undo stays in the queue.
pub(super) fn take_back(room: &Room, pipeline: u64) -> Result<(), IngestError> {
    let rtx = room.store.read()?;
    let Some(pipeline) = pipelines::find_pipeline(&rtx, pipeline)? else { return Ok(()) };
    places::settle(room, pipeline.project_id)?;
    let own = family::scans_of(&rtx, &pipeline)?;
    let later = if pipeline.on_default_branch { Later::read(&rtx, &pipeline)? } else { Later::default() };
    let is_listed = undo::find_undo(&rtx, pipeline.id)?.is_some_and(|undo| undo.is_listed);
    drop(rtx);
    if pipeline.on_default_branch {
        if !is_listed {
            list_created(room, &pipeline, &own)?;
        }
        let scan_id = own.first().map(|scan| scan.id).unwrap_or_default();
        loop {
            let now = room.clock.now();
            let worked_off =
                room.store.write(|wtx| Group { wtx, pipeline: &pipeline, scan_id, later: &later, now }.work_off())?;
            killpoint::pass("after-undo-group");
            if worked_off < GROUP {
                break;
            }
        }
    }
    killpoint::pass("before-undone");
    let now = room.clock.now();
    Ok(room.store.write(|wtx| finish(wtx, &pipeline, &later, now))?)
}

/// Writes what the import made into the journal: when it was made, nothing was there to be kept.
fn list_created(room: &Room, pipeline: &Pipeline, own: &[Scan]) -> Result<(), IngestError> {
    for scan in own {
        let rtx = room.store.read()?;
        let uuids: Vec<[u8; 16]> = scans::list(&rtx, &scan.accepted_chunks)?.into_iter().map(|entry| entry.uuid).collect();
        let known = findings::known(&rtx, pipeline.project_id, &uuids)?;
        drop(rtx);
        let present: Vec<(u64, u64)> = known
            .into_iter()
            .flatten()
            .filter(|known| known.present)
            .map(|known| (known.finding_id, known.vulnerability_id))
            .collect();
        for group in present.chunks(GROUP) {
            room.store.write(|wtx| list_group(wtx, pipeline.id, group))?;
            killpoint::pass("after-undo-list");
        }
    }
    // What got another identity since is not found by the lists, but by the journals of who changed it.
    let mut renamed = Vec::new();
    undo::each_pair(&room.store.read()?, pipeline.project_id, |before| {
        if before.finding.initial_pipeline_id == pipeline.id {
            renamed.push((before.finding.id, before.vulnerability.id));
        }
    })?;
    for group in renamed.chunks(GROUP) {
        room.store.write(|wtx| list_group(wtx, pipeline.id, group))?;
    }
    Ok(room.store.write(|wtx| change_undo(wtx, pipeline.id, |undo| undo.is_listed = true))?)
}

fn list_group(wtx: &mut WriteTx, pipeline: u64, group: &[(u64, u64)]) -> Result<(), StoreError> {
    let mut entries = Vec::new();
    for (finding, vulnerability) in group {
        let is_own = findings::find_finding(wtx, *finding)?.is_some_and(|finding| finding.initial_pipeline_id == pipeline);
        if is_own && undo::find_entry(wtx, pipeline, *vulnerability)?.is_none() {
            entries.push((*vulnerability, UndoEntry::CREATED));
        }
    }
    undo::put_entries(wtx, pipeline, &entries)
}

fn change_undo(wtx: &mut WriteTx, pipeline: u64, apply: impl FnOnce(&mut Undo)) -> Result<(), StoreError> {
    if let Some(mut undo) = undo::find_undo(wtx, pipeline)? {
        apply(&mut undo);
        undo::put_undo(wtx, &undo)?;
    }
    Ok(())
}

/// What to do about one entry.
enum Decision {
    /// It is not on the default branch any more: an undo of an earlier import took it away.
    Nothing,
    TakeBack(Box<Pair>),
    Keep(KeptImported, Option<u64>),
}

struct Group<'a> {
    wtx: &'a mut WriteTx,
    pipeline: &'a Pipeline,
    scan_id: u64,
    later: &'a Later,
    now: i64,
}

impl Group<'_> {
    /// Works off the next entries; answers how many there were.
    fn work_off(mut self) -> Result<usize, StoreError> {
        let id = self.pipeline.id;
        let entries = undo::entries(self.wtx, id, GROUP)?;
        let Some(mut state) = undo::find_undo(self.wtx, id)?.filter(|_| !entries.is_empty()) else { return Ok(0) };
        let mut changes = Vec::new();
        for (vulnerability, entry) in &entries {
            let Some(pair) = findings::find_pair(self.wtx, *vulnerability)? else { continue };
            let decision = self.decide(&pair, entry)?;
            let decision = self.unless_occupied(&pair, decision, &changes)?;
            match decision {
                Decision::Nothing => {}
                Decision::TakeBack(new) => {
                    count(&mut state, &pair, entry);
                    let event = VulnerabilityEvent::new(EventKind::ImportUndone, id, self.scan_id, self.now);
                    changes.push(Change { old: Some(pair), new: *new, event: Some(event) });
                }
                Decision::Keep(reason, pipeline_id) => {
                    self.hand_over(&pair, entry, pipeline_id)?;
                    state.keep(Kept { vulnerability_id: *vulnerability, reason, pipeline_id });
                }
            }
        }
        let ids: Vec<u64> = entries.iter().map(|(id, _)| *id).collect();
        undo::remove_entries(self.wtx, id, &ids)?;
        let states: Vec<StateTransition> = changes.iter().filter_map(|change| self.changed_state(change)).collect();
        findings::put(self.wtx, self.pipeline.project_id, changes)?;
        for transition in states {
            transitions::append(self.wtx, transition)?;
        }
        undo::put_undo(self.wtx, &state)?;
        Ok(entries.len())
    }

    /// An import may have given a finding another identity. It can't have its old one back when that became
    /// another finding's since.
    fn unless_occupied(&self, pair: &Pair, decision: Decision, changes: &[Change]) -> Result<Decision, StoreError> {
        let Decision::TakeBack(new) = decision else { return Ok(decision) };
        let uuid = new.finding.uuid;
        if uuid == pair.finding.uuid {
            return Ok(Decision::TakeBack(new));
        }
        let stored = findings::known(self.wtx, self.pipeline.project_id, &[uuid])?;
        let is_stored = stored.iter().flatten().any(|known| known.vulnerability_id != pair.vulnerability.id);
        let is_taken = is_stored || changes.iter().any(|change| change.new.finding.uuid == uuid);
        Ok(if is_taken { Decision::Keep(KeptImported::ChangedLater, None) } else { Decision::TakeBack(new) })
    }

    /// What was resolved before the import is resolved again.
    fn changed_state(&self, change: &Change) -> Option<StateTransition> {
        let (from, to) = (change.old.as_ref()?.vulnerability.state, change.new.vulnerability.state);
        let comment = format!("the import of pipeline {} was taken back", self.pipeline.id);
        (from != to).then(|| automatic(change.new.vulnerability.id, from, to, comment, self.pipeline.id, self.now))
    }

    fn decide(&self, pair: &Pair, entry: &UndoEntry) -> Result<Decision, StoreError> {
        if !pair.vulnerability.present_on_default_branch {
            return Ok(Decision::Nothing);
        }
        if let Some(pipeline) = self.later.reported.get(&pair.finding.uuid) {
            return Ok(Decision::Keep(KeptImported::ReportedLater, Some(*pipeline)));
        }
        let is_touched = if entry.is_created() { self.is_touched(pair)? } else { undo::pair_hash(pair)? != entry.after };
        if entry.is_created() && !is_undecided(pair) {
            return Ok(Decision::Keep(KeptImported::ChangedByPerson, None));
        }
        if is_touched {
            let (reason, pipeline) = self.who(pair)?;
            return Ok(Decision::Keep(reason, pipeline));
        }
        if entry.mark.is_none() && self.later.expired.contains(&pair.vulnerability.report_type) {
            return Ok(Decision::Keep(KeptImported::Expired, None));
        }
        Ok(match (entry.mark, &entry.pair) {
            (Some(_), _) if let Some(pipeline) = self.later.missed(pair) => {
                Decision::Keep(KeptImported::MissedLater, Some(pipeline))
            }
            (Some(mark), _) => Decision::TakeBack(Box::new(undo::unmarked(pair, mark))),
            (None, Some(before)) => Decision::TakeBack(Box::new(before.clone())),
            (None, None) => Decision::TakeBack(Box::new(never_seen(pair))),
        })
    }

    /// Whether somebody acted upon what the import made. A later scan that does not report it is no act.
    fn is_touched(&self, pair: &Pair) -> Result<bool, StoreError> {
        let events = findings::events(self.wtx, pair.vulnerability.id)?;
        let is_told = events.iter().any(|event| event.at == pair.vulnerability.updated_at);
        let states = transitions::of_vulnerability(self.wtx, pair.vulnerability.id)?;
        Ok(!is_told || states.iter().any(|transition| transition.author_id.is_some()))
    }

    /// Who changed it last: a later pipeline that stands, or somebody.
    fn who(&self, pair: &Pair) -> Result<(KeptImported, Option<u64>), StoreError> {
        let events = findings::events(self.wtx, pair.vulnerability.id)?;
        let last = events.iter().rfind(|event| event.at == pair.vulnerability.updated_at).map(|event| event.pipeline_id);
        let later = last.filter(|pipeline| self.later.pipelines.contains(pipeline));
        Ok(match later {
            Some(pipeline) => (KeptImported::ChangedLater, Some(pipeline)),
            None => (KeptImported::ChangedByPerson, None),
        })
    }

    /// What a later pipeline keeps is that pipeline's to take back. What somebody did between the two stays.
    fn hand_over(&mut self, pair: &Pair, entry: &UndoEntry, to: Option<u64>) -> Result<(), StoreError> {
        let Some(to) = to else { return Ok(()) };
        let id = pair.vulnerability.id;
        let Some(own) = undo::find_entry(self.wtx, to, id)? else {
            return undo::put_entries(self.wtx, to, &[(id, entry.clone())]);
        };
        let Some(between) = before(&own, pair)? else { return Ok(()) };
        let is_untouched = if entry.is_created() { is_undecided(&between) } else { undo::pair_hash(&between)? == entry.after };
        if !is_untouched {
            return Ok(());
        }
        let pair = entry.mark.map(|mark| undo::unmarked(&between, mark)).or_else(|| entry.pair.clone());
        undo::put_entries(self.wtx, to, &[(id, UndoEntry { after: own.after, mark: None, pair })])
    }
}

/// What was there before the entry's pipeline, if it can be told.
fn before(entry: &UndoEntry, pair: &Pair) -> Result<Option<Pair>, StoreError> {
    Ok(match entry.mark {
        Some(mark) if undo::pair_hash(pair)? == entry.after => Some(undo::unmarked(pair, mark)),
        Some(_) => None,
        None => entry.pair.clone(),
    })
}

/// Whether nobody has decided anything about it.
fn is_undecided(pair: &Pair) -> bool {
    let vulnerability = &pair.vulnerability;
    let decided = [vulnerability.dismissed, vulnerability.resolved, vulnerability.confirmed];
    vulnerability.state == VulnerabilityState::Detected
        && decided.iter().all(|decided| decided.by.is_none() && decided.at.is_none())
}

/// The pair as it was before anybody saw it on the default branch. Its history stays.
fn never_seen(pair: &Pair) -> Pair {
    let mut pair = pair.clone();
    pair.vulnerability.present_on_default_branch = false;
    pair.vulnerability.resolved_on_default_branch = false;
    pair.vulnerability.resolved_in_commit_sha = None;
    pair
}

fn count(undo: &mut Undo, pair: &Pair, entry: &UndoEntry) {
    let was_there = |before: &Pair| before.vulnerability.present_on_default_branch;
    let was_gone = |before: &Pair| {
        let is_settled = |pair: &Pair| pair.vulnerability.state == VulnerabilityState::Resolved;
        before.vulnerability.resolved_on_default_branch || (is_settled(before) && !is_settled(pair))
    };
    match &entry.pair {
        _ if entry.mark.is_some() => undo.marked += 1,
        Some(before) if was_there(before) && was_gone(before) => undo.redetected += 1,
        Some(before) if was_there(before) => undo.changed += 1,
        _ => undo.created += 1,
    }
}

/// Sets what the scanners are compared with back to the pipeline before, and says that all is done.
fn finish(wtx: &mut WriteTx, pipeline: &Pipeline, later: &Later, now: i64) -> Result<(), StoreError> {
    for (report_type, scanner, before) in undo::promotions_before(wtx, pipeline.id)? {
        restore_promotion(wtx, pipeline, later, (report_type, scanner), before.before)?;
        undo::remove_promotion_before(wtx, pipeline.id, report_type, scanner)?;
    }
    change_undo(wtx, pipeline.id, |undo| {
        undo.status = UndoStatus::Done;
        undo.finished_at = Some(now);
    })?;
    for stored in pipelines::family(wtx, pipeline)? {
        pipelines::put_pipeline(wtx, &Pipeline { undone_at: Some(now), updated_at: now, ..stored })?;
    }
    pipelines::dequeue(wtx, pipeline.id)
}

fn restore_promotion(
    wtx: &mut WriteTx,
    pipeline: &Pipeline,
    later: &Later,
    (report_type, scanner): (ReportType, u64),
    before: Option<Promotion>,
) -> Result<(), StoreError> {
    let project = pipeline.project_id;
    let full_before = before.as_ref().and_then(last_full);
    // A later pipeline's memory of this one becomes a memory of the one before.
    for id in &later.pipelines {
        let Some(mut noted) = undo::find_promotion_before(wtx, *id, report_type, scanner)? else { continue };
        let Some(promotion) = &mut noted.before else { continue };
        if promotion.pipeline_id == pipeline.id {
            noted = PromotionBefore { before: before.clone() };
        } else if !forget(promotion, pipeline.id, full_before.as_ref()) {
            continue;
        }
        undo::put_promotion_before(wtx, *id, report_type, scanner, &noted)?;
    }
    let Some(mut current) = scans::find_promotion(wtx, project, report_type, scanner)? else { return Ok(()) };
    if current.pipeline_id == pipeline.id {
        return match &before {
            Some(before) => scans::put_promotion(wtx, project, report_type, scanner, before),
            None => scans::remove_promotion(wtx, project, report_type, scanner),
        };
    }
    if forget(&mut current, pipeline.id, full_before.as_ref()) {
        scans::put_promotion(wtx, project, report_type, scanner, &current)?;
    }
    Ok(())
}

/// The last time that the scanner looked at everything, as of a promotion.
fn last_full(promotion: &Promotion) -> Option<FullScan> {
    let own = || FullScan { pipeline_id: promotion.pipeline_id, chunks: promotion.chunks.clone() };
    if promotion.full { Some(own()) } else { promotion.last_full.clone() }
}

/// Whether the promotion remembered the pipeline as its last full one; it then remembers the one before.
fn forget(promotion: &mut Promotion, pipeline: u64, before: Option<&FullScan>) -> bool {
    let remembers = promotion.last_full.as_ref().is_some_and(|full| full.pipeline_id == pipeline);
    if remembers {
        promotion.last_full = before.cloned();
    }
    remembers
}
