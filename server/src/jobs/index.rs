//! Keeps the search index in step with the store, and rebuilds it when it has to.
//!
//! Must not know: HTTP, what a query looks like. Order: the store commits, then the index, then the
//! outbox is trimmed. So the index may lag for a moment, and never misses or repeats a body.

use super::heap;
use crate::domain::finding::FindingBody;
use crate::domain::raw;
use crate::domain::report_finding::ReportFinding;
use crate::domain::tape::Tape;
use crate::search::{FindingDoc, IndexBatch, Opened, SearchError, SearchIndex, TextDoc};
use crate::store::outbox::Operation;
use crate::store::{ReadTx, Store, StoreError, bodies, meta, outbox, records, texts};
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Bodies that one commit of the index takes over, about.
const BATCH_BODIES: u64 = 100_000;
/// Longest that a search waits for the caller's own last write.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long it waits before it asks again.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// Why the index does not follow.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IndexError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The index.
    #[error(transparent)]
    Search(#[from] SearchError),
    /// It has not caught up yet.
    #[error("the search index is being brought up to date")]
    NotYet,
}

/// The index and the thread that feeds it.
pub struct IndexFollower {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    store: Arc<Store>,
    index: SearchIndex,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    needs_rebuild: bool,
    is_wanted: bool,
    is_stopping: bool,
}

impl IndexFollower {
    /// Opens the index below a directory and starts the thread. A missing, damaged or foreign index is
    /// rebuilt in the background.
    ///
    /// # Errors
    /// When the directory or the store can't be read.
    pub fn start(store: Arc<Store>, dir: &Path) -> Result<IndexFollower, IndexError> {
        heap::share();
        let (database_id, newest) = {
            let rtx = store.read()?;
            (meta::database_id(&rtx)?, outbox::newest_seq(&rtx)?)
        };
        let (index, needs_rebuild) = match SearchIndex::open(dir, database_id)? {
            Opened::Ready(index, seq) if has_all_behind(&store, seq, newest)? => (index, false),
            // Ahead of its own database, or so far behind that the outbox does not reach back to it: the
            // data directory was put together from two.
            Opened::Ready(index, seq) => {
                tracing::info!(seq, newest, "the search index is of another time, it is rebuilt");
                drop(index);
                (SearchIndex::recreate(dir, database_id)?, true)
            }
            Opened::Rebuild(index, reason) => {
                tracing::info!(?reason, "the search index is rebuilt");
                (index, newest > 0)
            }
        };
        Ok(IndexFollower::run(store, index, needs_rebuild))
    }

    fn run(store: Arc<Store>, index: SearchIndex, needs_rebuild: bool) -> IndexFollower {
        let state = State { needs_rebuild, is_wanted: true, is_stopping: false };
        let shared = Arc::new(Shared { store, index, state: Mutex::new(state), changed: Condvar::new() });
        let of_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("index".to_owned()).spawn(move || of_thread.follow());
        let thread = thread.map_err(|error| tracing::error!(%error, "the index thread could not be started")).ok();
        IndexFollower { shared, thread: Mutex::new(thread) }
    }

    /// Says that the outbox grew.
    pub fn knock(&self) {
        self.shared.lock().is_wanted = true;
        self.shared.changed.notify_all();
    }

    /// The index, when it holds everything that the store held at the time of the call. Waits for it.
    ///
    /// # Errors
    /// `NotYet` when it takes too long.
    pub fn up_to_date(&self) -> Result<&SearchIndex, IndexError> {
        let newest = outbox::newest_seq(&self.shared.store.read()?)?;
        let begin = Instant::now();
        let mut state = self.shared.lock();
        let mut asks = true;
        while state.needs_rebuild || self.shared.index.committed_seq() < newest {
            if begin.elapsed() >= PATIENCE || state.is_stopping {
                return Err(IndexError::NotYet);
            }
            // Asked for once, and again when nothing happened for a while: the follower may have failed.
            // Those who wait must not wake each other in turn.
            if asks && !state.is_wanted {
                state.is_wanted = true;
                self.shared.changed.notify_all();
            }
            let (next, answer) = self.shared.changed.wait_timeout(state, ASK_AGAIN).unwrap_or_else(PoisonError::into_inner);
            (state, asks) = (next, answer.timed_out());
        }
        Ok(&self.shared.index)
    }

    /// Entries of the outbox that the index has not committed.
    ///
    /// # Errors
    /// When the store fails.
    pub fn lag(&self) -> Result<u64, StoreError> {
        Ok(outbox::newest_seq(&self.shared.store.read()?)?.saturating_sub(self.shared.index.committed_seq()))
    }

    /// Stops the thread after the commit under way.
    pub fn stop(&self) {
        self.shared.lock().is_stopping = true;
        self.shared.changed.notify_all();
        if let Some(thread) = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take() {
            // Its panic, if any, has been logged by the runtime.
            let _ = thread.join();
        }
    }
}

/// Whether the outbox holds everything behind `seq`; false when `seq` is of the future.
fn has_all_behind(store: &Store, seq: u64, newest: u64) -> Result<bool, StoreError> {
    let next = outbox::entries_behind(&store.read()?, seq, 1)?.first().map(|entry| entry.seq);
    Ok(if seq == newest { next.is_none() } else { seq < newest && next == Some(seq + 1) })
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_idle(&self) -> bool {
        let state = self.lock();
        !state.is_wanted && !state.is_stopping
    }

    fn follow(&self) {
        while self.wait_for_work() {
            let rebuilds = self.lock().needs_rebuild;
            // A panic must not end the thread: search would be gone until the next start.
            let work = || if rebuilds { self.rebuild() } else { self.catch_up() };
            match std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)) {
                Ok(Ok(())) => self.lock().needs_rebuild = false,
                Ok(Err(error)) => {
                    tracing::error!(%error, "the search index could not follow, it tries again with the next upload")
                }
                Err(_) => tracing::error!("the search index stopped unexpectedly, it tries again with the next upload"),
            }
            self.changed.notify_all();
        }
    }

    /// Waits until somebody knocked; answers false when stopping.
    fn wait_for_work(&self) -> bool {
        // Not under the lock: it waits for merges, and uploads knock meanwhile.
        if self.is_idle()
            && let Err(error) = self.index.release_memory()
        {
            tracing::warn!(%error, "the index writer kept its memory");
        }
        if self.is_idle() {
            // Here, because this thread comes to rest last, and is woken when an ingestion ends.
            heap::give_back();
        }
        let mut state = self.lock();
        while !state.is_wanted && !state.is_stopping {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.is_wanted = false;
        !state.is_stopping
    }

    fn catch_up(&self) -> Result<(), IndexError> {
        loop {
            let rtx = self.store.read()?;
            let Some(last) = self.take_over(&rtx)? else { return Ok(()) };
            drop(rtx);
            self.store.write(|wtx| outbox::trim(wtx, last))?;
            self.changed.notify_all();
            if self.lock().is_stopping {
                return Ok(());
            }
        }
    }

    /// Takes over the next entries; answers the last one, or none when there was nothing to do.
    fn take_over(&self, rtx: &ReadTx) -> Result<Option<u64>, IndexError> {
        let entries = outbox::entries_behind(rtx, self.index.committed_seq(), 64)?;
        let mut taken = 0;
        let mut last = None;
        let mut texts = Texts::new(rtx);
        let mut batch: Option<IndexBatch<'_>> = None;
        for entry in entries {
            if taken >= BATCH_BODIES {
                break;
            }
            let batch = match &mut batch {
                Some(batch) => batch,
                None => batch.insert(self.index.writer()?),
            };
            match entry.operation {
                Operation::Added { bodies: (first, count), texts: (first_text, text_count) } => {
                    texts.add_texts(batch, first_text, first_text + text_count)?;
                    texts.add(batch, first, first + count)?;
                    taken += count + text_count;
                }
                Operation::RemovedBodies(ids) => {
                    taken += ids.len() as u64;
                    ids.into_iter().for_each(|id| batch.remove(id));
                }
                Operation::RemovedTexts(ids) => {
                    taken += ids.len() as u64;
                    ids.into_iter().for_each(|id| batch.remove_text(id));
                }
            }
            last = Some(entry.seq);
        }
        if let (Some(batch), Some(seq)) = (batch, last) {
            batch.commit(seq)?;
        }
        Ok(last)
    }

    /// Indexes every body of one snapshot and commits once, at the end: a rebuild cut off begins anew.
    fn rebuild(&self) -> Result<(), IndexError> {
        let rtx = self.store.read()?;
        let newest = outbox::newest_seq(&rtx)?;
        let mut batch = self.index.writer()?;
        let mut texts = Texts::new(&rtx);
        texts.add_texts(&mut batch, 0, u64::MAX)?;
        texts.add(&mut batch, 0, u64::MAX)?;
        batch.commit(newest)?;
        drop(rtx);
        self.store.write(|wtx| outbox::trim(wtx, newest))?;
        self.lock().is_wanted = true;
        Ok(())
    }
}

/// Bodies and their long texts as documents.
struct Texts<'a> {
    rtx: &'a ReadTx,
    scanners: HashMap<u64, String>,
    tape: Tape<'static>,
}

impl<'a> Texts<'a> {
    fn new(rtx: &'a ReadTx) -> Texts<'a> {
        Texts { rtx, scanners: HashMap::new(), tape: Tape::default() }
    }

    /// Adds the bodies from `from` up to, not including, `end`.
    fn add(&mut self, batch: &mut IndexBatch<'_>, from: u64, end: u64) -> Result<(), IndexError> {
        let rtx = self.rtx;
        let mut failed = None;
        bodies::each_bare_body(rtx, from, |body| {
            if body.id >= end {
                return ControlFlow::Break(());
            }
            match self.scanner(body.scanner_id) {
                Ok(scanner) => {
                    let mut tape = std::mem::take(&mut self.tape).recycled();
                    batch.add(document(&body, scanner, &mut tape));
                    self.tape = tape.recycled();
                }
                Err(error) => {
                    failed = Some(error);
                    return ControlFlow::Break(());
                }
            }
            ControlFlow::Continue(())
        })?;
        failed.map_or(Ok(()), |error| Err(error.into()))
    }

    /// Adds the long texts from `from` up to, not including, `end`.
    fn add_texts(&self, batch: &mut IndexBatch<'_>, from: u64, end: u64) -> Result<(), IndexError> {
        if from >= end {
            return Ok(());
        }
        texts::each_text(self.rtx, from, |text| {
            if text.id >= end {
                return ControlFlow::Break(());
            }
            let value = raw::stored(&text.literal);
            let text =
                TextDoc { text_id: text.id, project_id: text.project_id, text: value.as_str().unwrap_or_default().to_owned() };
            batch.add_text(text);
            ControlFlow::Continue(())
        })?;
        Ok(())
    }

    fn scanner(&mut self, id: u64) -> Result<String, StoreError> {
        if let Some(name) = self.scanners.get(&id) {
            return Ok(name.clone());
        }
        let name = records::find_scanner(self.rtx, id)?
            .map(|scanner| format!("{} {}", scanner.external_id, scanner.name))
            .unwrap_or_default();
        self.scanners.insert(id, name.clone());
        Ok(name)
    }
}

/// The texts that a body has itself; the long ones are documents of their own.
fn document<'b>(body: &'b FindingBody, scanner: String, tape: &mut Tape<'b>) -> FindingDoc {
    // Bodies were read before they were stored: one that can't be read is damage, and has no texts.
    let is_read = std::str::from_utf8(&body.raw).is_ok_and(|text| tape.read(text).is_ok());
    let empty = Tape::default();
    let finding = ReportFinding(if is_read { tape.root() } else { empty.root() });
    let location = finding.location();
    let place = |member: &str| location.map(|location| location.text(member)).unwrap_or_default();
    let mut identifiers = Vec::new();
    for identifier in finding.identifiers() {
        identifiers.push(identifier.name.to_owned());
        if identifier.value != identifier.name {
            identifiers.push(identifier.value.to_owned());
        }
    }
    FindingDoc {
        body_id: body.id,
        project_id: body.project_id,
        title: finding.name(body.report_type),
        description: finding.description().unwrap_or_default().to_owned(),
        solution: finding.solution().unwrap_or_default().to_owned(),
        path: place("file").to_owned(),
        package: location.map(|location| location.package()).unwrap_or_default().to_owned(),
        image: place("image").to_owned(),
        url: format!("{}{}", place("hostname"), place("path")),
        scanner,
        identifiers,
        text_ids: body.text_ids.clone(),
    }
}

#[cfg(test)]
#[path = "index_tests.rs"]
mod tests;
