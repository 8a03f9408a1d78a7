//! Removes projects and groups that somebody asked to remove: rows, files, texts in the index. Runs at the start
//! and when it is told that there is work, in small commit groups.
//!
//! Must not know: HTTP, who asked. A project whose removal is cut off is found again by its row, which goes last.

use super::bell::{Bell, Thread, attempt};
use super::heap;
use super::retention::purge::{in_groups, sweep};
use super::retention::{Claims, RetentionError, Work};
use crate::auth::tokens::end_tokens_of;
use crate::domain::member::Source;
use crate::domain::retention::{RetentionRun, RetentionSettings};
use crate::ingest::worker::Ingestor;
use crate::ingest::{Room, killpoint};
use crate::store::remove::{self, Lists};
use crate::store::{StoreError, purge as stored, undo};
use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

/// Rows of the first commit group; few in tests, so that there are several.
const ROWS: usize = if cfg!(test) { 3 } else { 300 };
/// Families of pipelines of one commit.
const FAMILIES: usize = if cfg!(test) { 1 } else { 8 };

/// Removes all that is to go. Answers the number of projects that are gone; those of which something is left go
/// with the next run.
///
/// # Errors
/// When store or disk fail. What was removed before stays removed.
pub fn run(work: &Work<'_>) -> Result<u64, RetentionError> {
    let mut gone = 0;
    for project in remove::projects_to_go(&work.room.store.read()?)? {
        let mut run = RetentionRun { started_at: work.room.clock.now(), ..RetentionRun::default() };
        if !remove_project(work, project, &mut run)? {
            return Ok(gone);
        }
        gone += 1;
        note(work.room, project, run)?;
    }
    // The lowest groups first; those above them are empty then.
    loop {
        let groups = remove::empty_groups_to_go(&work.room.store.read()?)?;
        if groups.is_empty() || (work.is_stopping)() {
            return Ok(gone);
        }
        work.room.store.write(|wtx| {
            groups.iter().try_for_each(|group| {
                end_tokens_of(wtx, Source::Group(*group))?;
                remove::remove_group(wtx, *group)
            })
        })?;
    }
}

/// Writes down what went, beside the runs of retention.
fn note(room: &Room, project: u64, run: RetentionRun) -> Result<(), RetentionError> {
    let run = RetentionRun { database_bytes: room.store.file_bytes()?, finished_at: room.clock.now(), ..run };
    tracing::info!(
        project,
        pipelines = run.pipelines,
        scans = run.scans,
        findings = run.findings,
        bodies = run.bodies,
        artifacts = run.artifacts,
        files = run.files,
        file_bytes = run.file_bytes,
        "a project was removed"
    );
    Ok(room.store.write(|wtx| stored::put_run(wtx, &run))?)
}

/// Removes one project. False when it was stopped before the end.
fn remove_project(work: &Work<'_>, project: u64, run: &mut RetentionRun) -> Result<bool, RetentionError> {
    let Some(_claim) = (work.claim)(project) else { return Ok(false) };
    let is_done = remove_findings(work, project)?
        && remove_pipelines(work, project, run)?
        && sweep(work, project, run)?
        && remove_records(work, project)?;
    (work.room.on_outbox)();
    if !is_done {
        return Ok(false);
    }
    work.room.store.write(|wtx| {
        end_tokens_of(wtx, Source::Project(project))?;
        remove::remove_project(wtx, project)
    })?;
    killpoint::pass("after-removal");
    Ok(true)
}

/// Vulnerabilities, and before them what would be needed to take imports back.
fn remove_findings(work: &Work<'_>, project: u64) -> Result<bool, StoreError> {
    let store = &work.room.store;
    let rtx = store.read()?;
    let journal = remove::journal(&rtx, &remove::families(&rtx, project)?)?;
    let vulnerabilities = remove::vulnerabilities(&rtx, project)?;
    drop(rtx);
    Ok(in_groups(work, ROWS, &journal, undo::remove_journal)?
        && in_groups(work, ROWS, &vulnerabilities, |wtx, group| remove::remove_vulnerabilities(wtx, project, group))?)
}

/// Pipelines with all that they brought, and files that no other project has.
fn remove_pipelines(work: &Work<'_>, project: u64, run: &mut RetentionRun) -> Result<bool, RetentionError> {
    let room = work.room;
    let rtx = room.store.read()?;
    let (families, mut lists) = (remove::families(&rtx, project)?, Lists::read(&rtx, project)?);
    let (bills, chunks) = (remove::bills(&rtx, project)?, remove::bill_chunks(&rtx, project)?);
    drop(rtx);
    room.store.write(|wtx| remove::remove_promotions(wtx, project, &mut lists))?;
    if !in_groups(work, ROWS, &bills, remove::remove_bills)? || !in_groups(work, ROWS, &chunks, remove::remove_bill_chunks)? {
        return Ok(false);
    }
    for group in families.chunks(FAMILIES) {
        if (work.is_stopping)() {
            return Ok(false);
        }
        // Between the look at the rows and the removal nobody may keep the same bytes for a new row.
        let _alone = room.artifacts.hold_alone();
        let files = room.store.write(|wtx| -> Result<Vec<[u8; 32]>, StoreError> {
            let mut files = Vec::new();
            for family in group {
                files.extend(remove::remove_family(wtx, family, &mut lists, run)?);
            }
            Ok(files)
        })?;
        killpoint::pass("after-family");
        for sha256 in files {
            let bytes = room.artifacts.size(&sha256)?.unwrap_or_default();
            if room.artifacts.remove(&sha256)? {
                run.files += 1;
                run.file_bytes += bytes;
            }
        }
    }
    Ok(true)
}

/// Identifiers and scanners, which nothing names any more.
fn remove_records(work: &Work<'_>, project: u64) -> Result<bool, StoreError> {
    let rtx = work.room.store.read()?;
    let (identifiers, scanners) = (remove::identifiers(&rtx, project)?, remove::scanners(&rtx, project)?);
    drop(rtx);
    Ok(in_groups(work, ROWS, &identifiers, remove::remove_identifiers)?
        && in_groups(work, ROWS, &scanners, |wtx, group| remove::remove_scanners(wtx, project, group))?)
}

/// Pause after a failure.
const AGAIN: Duration = Duration::from_secs(60);

/// The thread that runs it.
pub struct Removal {
    shared: Arc<Shared>,
    thread: Thread,
}

struct Shared {
    room: Arc<Room>,
    ingestor: Arc<Ingestor>,
    bell: Bell,
}

impl Removal {
    /// Starts the thread, which begins with what was cut off.
    ///
    /// # Errors
    /// When there can be no thread.
    pub fn start(room: Arc<Room>, ingestor: Arc<Ingestor>) -> std::io::Result<Removal> {
        let shared = Arc::new(Shared { room, ingestor, bell: Bell::default() });
        shared.bell.knock();
        let of_thread = Arc::clone(&shared);
        Ok(Removal { shared, thread: Thread::start("removal", move || of_thread.go_on())? })
    }

    /// Says that there is something to remove.
    pub fn knock(&self) {
        self.shared.bell.knock();
    }

    /// Says that the run under way is to end after its commit group.
    pub fn tell_to_stop(&self) {
        self.shared.bell.end();
    }

    /// The same, and waits.
    pub fn stop(&self) {
        self.tell_to_stop();
        self.thread.join();
    }
}

impl Shared {
    fn go_on(&self) {
        while self.bell.wait() {
            let claim: Claims<'_> = &|project| self.ingestor.claim(project).map(|claim| Box::new(claim) as Box<dyn Any>);
            let settings = RetentionSettings::default();
            let work = Work { room: &self.room, settings, claim, is_stopping: &|| self.bell.is_over() };
            if !attempt("a removal", || run(&work)) {
                self.bell.rest(AGAIN);
                self.bell.knock();
            }
            heap::give_back();
        }
    }
}
