//! The queue: which pipeline is ingested when, and by whom.
//!
//! Must not know: what ingestion does. Pipelines of one project go one after the other, in order of
//! their number; different projects go side by side on two threads. The queue is a table, so what was
//! cut off goes on at the next start.

use super::{IngestError, Room, family, killpoint, places, prepare, promote, undo};
use crate::domain::pipeline::Pipeline;
use crate::domain::scan::{Message, Scan};
use crate::store::{StoreError, WriteTx, pipelines, scans};
use casemate_shared::{Ingestion, ScanStatus};
use std::collections::HashSet;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use tokio::sync::watch;

/// Threads that ingest; rayon does the heavy part inside.
const THREADS: usize = 2;

/// Runs the queue until it is stopped.
pub struct Ingestor {
    shared: Arc<Shared>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

struct Shared {
    room: Arc<Room>,
    state: Mutex<State>,
    wake: Condvar,
    progress: watch::Sender<u64>,
}

#[derive(Default)]
struct State {
    busy_projects: HashSet<u64>,
    /// Projects that somebody else waits for: they are not taken up next.
    wanted_projects: HashSet<u64>,
    /// Projects with a pipeline that failed although not even that could be written down. The ones behind
    /// it wait too: they go in order.
    given_up: HashSet<u64>,
    is_stopping: bool,
    /// Counts uploads, so that none is missed between a look at the queue and the wait.
    knocks: u64,
}

impl State {
    fn is_free(&self, project: u64) -> bool {
        !self.busy_projects.contains(&project) && !self.wanted_projects.contains(&project) && !self.given_up.contains(&project)
    }
}

impl Ingestor {
    /// Starts the threads; they take up at once what is in the queue.
    ///
    /// # Errors
    /// When a thread can't be started.
    pub fn start(room: Arc<Room>) -> std::io::Result<Ingestor> {
        let shared = Arc::new(Shared { room, state: Mutex::default(), wake: Condvar::new(), progress: watch::channel(0).0 });
        let mut threads = Vec::new();
        for number in 0..THREADS {
            let shared = Arc::clone(&shared);
            threads.push(std::thread::Builder::new().name(format!("ingest-{number}")).spawn(move || shared.run())?);
        }
        Ok(Ingestor { shared, threads: Mutex::new(threads) })
    }

    /// Says that the queue grew. What was given up is tried again: the disk may have room by now.
    pub fn knock(&self) {
        let mut state = self.shared.lock();
        state.knocks += 1;
        state.given_up.clear();
        drop(state);
        self.shared.wake.notify_all();
    }

    /// Waits until no pipeline of the project is under way; none is taken up while the answer lives. None when
    /// the queue is being stopped. For one caller at a time.
    pub fn claim(&self, project: u64) -> Option<Claim> {
        let mut state = self.shared.lock();
        state.wanted_projects.insert(project);
        while state.busy_projects.contains(&project) && !state.is_stopping {
            state = self.shared.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.wanted_projects.remove(&project);
        if state.is_stopping {
            return None;
        }
        state.busy_projects.insert(project);
        Some(Claim { shared: Arc::clone(&self.shared), project })
    }

    /// Changes whenever a pipeline got further.
    pub fn progress(&self) -> watch::Receiver<u64> {
        self.shared.progress.subscribe()
    }

    /// Finishes the pipelines under way, takes no new ones, and waits. What is left stays in the queue.
    pub fn stop(&self) {
        self.shared.lock().is_stopping = true;
        self.shared.wake.notify_all();
        let threads: Vec<_> = self.threads.lock().unwrap_or_else(PoisonError::into_inner).drain(..).collect();
        for thread in threads {
            // A thread that panicked has been dealt with where it panicked.
            let _ = thread.join();
        }
    }
}

/// A project whose pipelines wait. Given back when dropped.
pub struct Claim {
    shared: Arc<Shared>,
    project: u64,
}

impl Drop for Claim {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.busy_projects.remove(&self.project);
        drop(state);
        self.shared.wake.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self) {
        while let Some(pipeline) = self.next() {
            // Nothing may end the thread: it is the only one for half of the projects.
            let work = || work_off(&self.room, pipeline.id, &|| self.tell());
            let answer = std::panic::catch_unwind(AssertUnwindSafe(work))
                .unwrap_or_else(|panic| Err(StoreError::Engine(panic_text(&*panic))));
            let mut state = self.lock();
            state.busy_projects.remove(&pipeline.project_id);
            if let Err(error) = answer {
                // The disk is full, say. It stays in the queue; taken up again at once it would fail at once.
                tracing::error!(pipeline = pipeline.id, %error, "the failure could not be stored");
                state.given_up.insert(pipeline.project_id);
            }
            drop(state);
            self.wake.notify_all();
            self.tell();
        }
    }

    fn tell(&self) {
        self.progress.send_modify(|version| *version += 1);
    }

    /// Waits for a pipeline of a project that nobody works on; none when stopping.
    fn next(&self) -> Option<Pipeline> {
        let mut state = self.lock();
        loop {
            if state.is_stopping {
                return None;
            }
            let knocks = state.knocks;
            match self.first_free(&state) {
                Ok(Some(pipeline)) => {
                    state.busy_projects.insert(pipeline.project_id);
                    return Some(pipeline);
                }
                Ok(None) => {}
                Err(error) => tracing::error!(%error, "the queue could not be read"),
            }
            if state.knocks == knocks {
                state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }

    fn first_free(&self, state: &State) -> Result<Option<Pipeline>, StoreError> {
        let rtx = self.room.store.read()?;
        for id in pipelines::queued(&rtx)? {
            let pipeline = pipelines::find_pipeline(&rtx, id)?;
            if let Some(pipeline) = pipeline.filter(|pipeline| state.is_free(pipeline.project_id)) {
                return Ok(Some(pipeline));
            }
        }
        Ok(None)
    }
}

/// Ingests one pipeline of the queue on this thread, and writes down how that ended. `tell` is called
/// whenever the pipeline got further.
///
/// # Errors
/// When a failure could not be written down; the pipeline is in the queue still.
pub(super) fn work_off(room: &Room, id: u64, tell: &dyn Fn()) -> Result<(), StoreError> {
    if undo::is_running(&room.store.read()?, id)? {
        // Nothing of the pipeline failed when this does: it stays in the queue.
        return undo::take_back(room, id).map_err(|error| StoreError::Engine(error.to_string()));
    }
    let begun: HashSet<u64> = family::scans_of_id(&room.store.read()?, id)?.into_iter().map(|scan| scan.id).collect();
    let answer = std::panic::catch_unwind(AssertUnwindSafe(|| ingest(room, id, tell)));
    // Not earlier: the index would take the processors from those who wait for the answer. Also when nothing is
    // new: its thread gives back the memory that is free now.
    room.outbox_grew();
    let error = match answer {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(error)) => error,
        Err(panic) => IngestError::Panicked(panic_text(&*panic)),
    };
    tracing::error!(pipeline = id, %error, "ingestion failed");
    fail(room, id, &begun, &error.to_string())
}

/// Does the work. It may be cut off at any point and begun anew.
pub(super) fn ingest(room: &Room, id: u64, tell: &dyn Fn()) -> Result<(), IngestError> {
    let Some(pipeline) = change(room, id, |pipeline| pipeline.ingestion = Ingestion::Running)? else { return Ok(()) };
    tell();
    // An ingestion that was cut off, or failed, may have left some: nothing can be matched with them.
    places::settle(room, pipeline.project_id)?;
    let prepared = prepare::prepare(room, &pipeline)?;
    room.store.write(|wtx| count_all(wtx, &pipeline))?;
    tell();
    killpoint::pass("after-prepare");
    if !pipeline.complete {
        return leave(room, id);
    }
    if pipeline.root_id.is_some() {
        return hand_over(room, id);
    }
    if !family::is_complete(&room.store.read()?, &pipeline)? {
        return leave(room, id);
    }
    if pipeline.on_default_branch {
        promote::promote(room, &pipeline, &prepared)?;
    } else {
        promote::compare_with_default_branch(room, &pipeline, &prepared)?;
    }
    killpoint::pass("before-done");
    finish(room, &pipeline)
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("no message").to_owned()
}

fn change(room: &Room, id: u64, apply: impl FnOnce(&mut Pipeline)) -> Result<Option<Pipeline>, StoreError> {
    let now = room.clock.now();
    room.store.write(|wtx| {
        let Some(mut pipeline) = pipelines::find_pipeline(wtx, id)? else { return Ok(None) };
        apply(&mut pipeline);
        pipeline.updated_at = now;
        pipelines::put_pipeline(wtx, &pipeline)?;
        Ok(Some(pipeline))
    })
}

/// Numbers of the pipeline, from its scans and those of its descendants.
fn count(wtx: &mut WriteTx, id: u64) -> Result<(), StoreError> {
    let latest: Vec<Scan> = scans::of_descent(wtx, id)?.into_iter().filter(|scan| scan.latest).collect();
    let Some(mut pipeline) = pipelines::find_pipeline(wtx, id)? else { return Ok(()) };
    pipeline.findings = Some(latest.iter().filter(|scan| scan.counts()).map(|scan| scan.accepted).sum());
    pipeline.scans_with_errors = latest.iter().filter(|scan| !scan.errors.is_empty()).count() as u64;
    pipelines::put_pipeline(wtx, &pipeline)
}

/// Numbers of the pipeline and its relatives: what one reports may repeat what another does.
fn count_all(wtx: &mut WriteTx, pipeline: &Pipeline) -> Result<(), StoreError> {
    for member in pipelines::family(wtx, pipeline)? {
        count(wtx, member.id)?;
    }
    Ok(())
}

/// Leaves a child that is read to its root, which is ingested when all of its descendants are complete.
fn hand_over(room: &Room, id: u64) -> Result<(), IngestError> {
    Ok(room.store.write(|wtx| -> Result<(), StoreError> {
        let Some(mut child) = pipelines::find_pipeline(wtx, id)? else { return pipelines::dequeue(wtx, id) };
        if scans::scans(wtx, id)?.iter().any(|scan| !scan.status.is_terminal()) {
            return Ok(());
        }
        child.ingestion = Ingestion::Queued;
        pipelines::put_pipeline(wtx, &child)?;
        pipelines::dequeue(wtx, id)?;
        queue_root(wtx, &child)
    })?)
}

/// Queues the root of a child if nothing has to be waited for.
fn queue_root(wtx: &mut WriteTx, child: &Pipeline) -> Result<(), StoreError> {
    let root = pipelines::find_pipeline(wtx, child.root())?.filter(|root| root.id != child.id);
    let Some(mut root) = root.filter(|root| root.deleted_at.is_none()) else { return Ok(()) };
    if !family::is_complete(wtx, &root)? {
        return Ok(());
    }
    root.ingestion = Ingestion::Queued;
    pipelines::put_pipeline(wtx, &root)?;
    pipelines::enqueue(wtx, root.id)
}

/// Takes a pipeline that waits for more jobs, or for a descendant that does, out of the queue; its next upload puts it in again.
fn leave(room: &Room, id: u64) -> Result<(), IngestError> {
    Ok(room.store.write(|wtx| -> Result<(), StoreError> {
        if let Some(mut pipeline) = pipelines::find_pipeline(wtx, id)? {
            // An upload that came meanwhile keeps its place in the queue.
            let pending = scans::scans(wtx, id)?.iter().any(|scan| !scan.status.is_terminal());
            if pending || family::is_complete(wtx, &pipeline)? {
                return Ok(());
            }
            pipeline.ingestion = Ingestion::Queued;
            pipelines::put_pipeline(wtx, &pipeline)?;
        }
        pipelines::dequeue(wtx, id)
    })?)
}

/// Done, unless an upload into the same pipeline came meanwhile: then it stays in the queue.
fn finish(room: &Room, seen: &Pipeline) -> Result<(), IngestError> {
    let now = room.clock.now();
    Ok(room.store.write(|wtx| -> Result<(), StoreError> {
        if family::scans_of(wtx, seen)?.iter().any(|scan| !scan.status.is_terminal()) {
            return Ok(());
        }
        count_all(wtx, seen)?;
        for mut member in pipelines::family(wtx, seen)?.into_iter().filter(|member| member.complete) {
            if member.id == seen.id || member.ingestion != Ingestion::Failed {
                member.ingestion = Ingestion::Done;
                member.updated_at = now;
                pipelines::put_pipeline(wtx, &member)?;
            }
            pipelines::dequeue(wtx, member.id)?;
        }
        Ok(())
    })?)
}

/// Writes down that a pipeline's ingestion failed, and why, where the user looks. `begun` are the scans that
/// were there when it began: one that was handed in meanwhile has not been tried, and keeps the pipeline in
/// the queue.
fn fail(room: &Room, id: u64, begun: &HashSet<u64>, reason: &str) -> Result<(), StoreError> {
    let now = room.clock.now();
    room.store.write(|wtx| {
        let Some(failed) = pipelines::find_pipeline(wtx, id)? else { return pipelines::dequeue(wtx, id) };
        let is_root = failed.root_id.is_none();
        let own = if is_root { family::scans_of(wtx, &failed)? } else { scans::scans(wtx, id)? };
        let mut has_others = HashSet::new();
        for mut scan in own {
            if !begun.contains(&scan.id) {
                if !scan.status.is_terminal() {
                    has_others.insert(scan.pipeline_id);
                }
                continue;
            }
            if !scan.status.is_terminal() {
                scan.status = ScanStatus::PreparationFailed;
                scan.errors.push(Message::new("ScanIngestionError", format!("the scan could not be stored: {reason}")));
            } else if scan.counts() && !scan.tally.is_final {
                scan.errors.retain(|message| message.kind != "IngestionError");
                scan.errors
                    .push(Message::new("IngestionError", format!("the findings could not all become vulnerabilities: {reason}")));
            } else {
                continue;
            }
            scans::put_scan(wtx, &scan)?;
        }
        for mut member in pipelines::family(wtx, &failed)? {
            if member.id != id && !(is_root && member.complete) {
                continue;
            }
            count(wtx, member.id)?;
            member = pipelines::find_pipeline(wtx, member.id)?.unwrap_or(member);
            let waits = if member.id == id { !has_others.is_empty() } else { has_others.contains(&member.id) };
            member.ingestion = if waits { Ingestion::Queued } else { Ingestion::Failed };
            member.updated_at = now;
            pipelines::put_pipeline(wtx, &member)?;
            if !waits {
                pipelines::dequeue(wtx, member.id)?;
            }
        }
        if is_root || !has_others.is_empty() { Ok(()) } else { queue_root(wtx, &failed) }
    })
}
