//! Taking an import back: what a default-branch pipeline did and nobody touched since is as it was before,
//! by appended events. What somebody or a later pipeline built upon is kept, with the reason.
//!
//! Must not know: reports, HTTP. It works from the undo journal in commit groups, each of which removes what
//! it worked off, so that it can be cut off anywhere and go on. What a later pipeline keeps becomes that
//! pipeline's to take back: its journal gets the entry.

mod group;
mod later;
mod promotions;

use super::{IngestError, Room, family, killpoint, places};
use crate::audit::{self, Act, By, Entity, Event};
use crate::domain::pipeline::Pipeline;
use crate::domain::scan::Scan;
use crate::domain::undo::Undo;
use crate::store::undo::{self, UndoEntry};
use crate::store::{Reads, StoreError, WriteTx, findings, last_reports, pipelines, scans};
use casemate_shared::{ScanStatus, UndoStatus};
use group::Group;
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
pub fn request(room: &Room, pipeline: u64, user_id: u64, by: &By) -> Result<(), UndoError> {
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
        let act = Act::on(Event::ImportUndone, Entity::Project(pipeline.project_id));
        audit::pass(wtx, by, &act.about("Pipeline", pipeline.id, &pipeline.ref_name))?;
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

/// Sets what the scanners are compared with back to the pipeline before, and says that all is done.
fn finish(wtx: &mut WriteTx, pipeline: &Pipeline, later: &Later, now: i64) -> Result<(), StoreError> {
    for (report_type, scanner, before) in undo::promotions_before(wtx, pipeline.id)? {
        promotions::restore(wtx, pipeline, later, (report_type, scanner), before.before)?;
        undo::remove_promotion_before(wtx, pipeline.id, report_type, scanner)?;
    }
    last_reports::forget(wtx, pipeline.project_id)?;
    change_undo(wtx, pipeline.id, |undo| {
        undo.status = UndoStatus::Done;
        undo.finished_at = Some(now);
    })?;
    for stored in pipelines::family(wtx, pipeline)? {
        pipelines::put_pipeline(wtx, &Pipeline { undone_at: Some(now), updated_at: now, ..stored })?;
    }
    pipelines::dequeue(wtx, pipeline.id)
}
