//! Takes away what is too old: findings of old pipelines, and reports as they were uploaded. Runs at the
//! start and then once in a while, in small commit groups, so that nobody waits long for the writer.
//!
//! Must not know: HTTP, the system's clock, what is in a report. Vulnerabilities and their history stay, and
//! so does all that they name. A run that is cut off goes on with the next one.

mod compact;
#[cfg(test)]
mod cut_off_tests;
mod expire;
#[cfg(test)]
mod project_tests;
pub(super) mod purge;
#[cfg(test)]
mod scene;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod told_tests;
#[cfg(test)]
mod year_tests;

pub use compact::compact;
#[cfg(test)]
pub(crate) use compact::tests as tests_of_compacting;

use super::bell::{Bell, Thread, attempt};
use super::heap;
use crate::audit::By;
use crate::clock::{DAY, Millis, day};
use crate::domain::retention::{DiskSizes, RetentionRun, RetentionSettings};
use crate::domain::settings::{Ages, SecuritySettings};
use crate::ingest::Room;
use crate::ingest::spool::SpoolError;
use crate::ingest::worker::Ingestor;
use crate::projects::members::remove_ended;
use crate::store::{StoreError, members, purge as stored, settings};
use std::any::Any;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Why a run ended early. The next one goes on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RetentionError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Files.
    #[error(transparent)]
    Spool(#[from] SpoolError),
}

/// Waits until no pipeline of a project is under way, and keeps it so while the answer lives; none when the
/// program is stopping.
pub type Claims<'a> = &'a dyn Fn(u64) -> Option<Box<dyn Any>>;

/// What a run works with.
pub struct Work<'a> {
    /// Store, files, clock.
    pub room: &'a Room,
    /// What is kept how long.
    pub settings: RetentionSettings,
    /// Keeps ingestion of a project off.
    pub claim: Claims<'a>,
    /// Asked between two commit groups.
    pub is_stopping: &'a dyn Fn() -> bool,
}

impl Work<'_> {
    fn ages(&self) -> Result<AgesOfAll, StoreError> {
        Ok(AgesOfAll { instance: self.settings, projects: settings::all(&self.room.store.read()?)? })
    }
}

/// How long the data of each project are kept.
struct AgesOfAll {
    instance: RetentionSettings,
    projects: HashMap<u64, SecuritySettings>,
}

impl AgesOfAll {
    fn of(&self, project: u64) -> Ages {
        self.instance.ages(self.projects.get(&project))
    }
}

/// The time before which something of that age was made; none when it is kept for ever.
fn before(days: u32, now: Millis) -> Option<Millis> {
    (days > 0).then(|| now.saturating_sub(i64::from(days) * DAY))
}

/// One run. Answers what it removed.
///
/// # Errors
/// When store or disk fail. What was removed before stays removed.
pub fn run(work: &Work<'_>) -> Result<RetentionRun, RetentionError> {
    let now = work.room.clock.now();
    let mut run = RetentionRun { started_at: now, ..RetentionRun::default() };
    end_memberships(work.room, now)?;
    purge::findings(work, now, &mut run)?;
    expire::artifacts(work, now, &mut run)?;
    let has_removed = run.bodies + run.chunks + run.remediations + run.artifacts > 0;
    let sizes = has_removed.then(|| work.room.store.sizes()).transpose()?;
    run.database_used_bytes = sizes.as_ref().map(|sizes| sizes.used_bytes);
    run.database_bytes = work.room.store.file_bytes()?;
    run.finished_at = work.room.clock.now();
    work.room.store.write(|wtx| stored::put_run(wtx, &run))?;
    tracing::info!(
        pipelines = run.pipelines,
        findings = run.findings,
        bodies = run.bodies,
        remediations = run.remediations,
        artifacts = run.artifacts,
        files = run.files,
        file_bytes = run.file_bytes,
        database_bytes = run.database_bytes,
        "retention has run"
    );
    Ok(run)
}

/// Removes the memberships whose last day is over.
fn end_memberships(room: &Room, now: Millis) -> Result<(), StoreError> {
    let today = day(now);
    if members::ended(&room.store.read()?, &today)?.is_empty() {
        return Ok(());
    }
    let count = room.store.write(|wtx| remove_ended(wtx, &today, &By::system(now)))?;
    tracing::info!(count, "memberships have ended");
    Ok(())
}

/// Removes the reports whose own time is over, between two runs. Answers what it removed, if anything.
///
/// # Errors
/// When store or disk fail.
pub fn run_between(work: &Work<'_>) -> Result<Option<RetentionRun>, RetentionError> {
    let now = work.room.clock.now();
    let mut run = RetentionRun { started_at: now, ..RetentionRun::default() };
    expire::told(work, now, &mut run)?;
    if run.artifacts == 0 {
        return Ok(None);
    }
    run.database_bytes = work.room.store.file_bytes()?;
    run.finished_at = work.room.clock.now();
    work.room.store.write(|wtx| stored::put_run(wtx, &run))?;
    tracing::info!(
        artifacts = run.artifacts,
        files = run.files,
        file_bytes = run.file_bytes,
        "reports expired as their jobs had said"
    );
    Ok(Some(run))
}

/// Longest time that a report outlives the time which its job had said.
const BETWEEN: Duration = Duration::from_secs(3_600);

/// The thread that runs it.
pub struct Retention {
    shared: Arc<Shared>,
    data_dir: PathBuf,
    thread: Thread,
}

struct Shared {
    room: Arc<Room>,
    ingestor: Arc<Ingestor>,
    settings: RetentionSettings,
    bell: Bell,
}

impl Retention {
    /// Starts the thread, which begins with a run.
    pub fn start(data_dir: &Path, room: Arc<Room>, ingestor: Arc<Ingestor>, settings: RetentionSettings) -> Retention {
        let shared = Arc::new(Shared { room, ingestor, settings, bell: Bell::default() });
        let of_thread = Arc::clone(&shared);
        let thread = Thread::start("retention", move || of_thread.go_on());
        let thread = thread.inspect_err(|error| tracing::error!(%error, "the retention thread could not be started"));
        Retention { shared, data_dir: data_dir.to_path_buf(), thread: thread.unwrap_or_default() }
    }

    /// What is kept how long.
    pub fn settings(&self) -> RetentionSettings {
        self.shared.settings
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

    /// Looks at everything on the disk: seconds for gigabytes.
    ///
    /// # Errors
    /// When the store fails. A directory that can't be read counts as empty.
    pub fn sizes(&self) -> Result<DiskSizes, StoreError> {
        let store = &self.shared.room.store;
        Ok(DiskSizes {
            database: store.sizes()?,
            artifacts: self.directory_bytes("artifacts"),
            index: self.directory_bytes("index"),
            spool: self.directory_bytes("spool"),
            runs: stored::runs(&store.read()?)?,
        })
    }

    /// Bytes of the files in one directory of the data directory.
    pub fn directory_bytes(&self, name: &str) -> u64 {
        directory_bytes(&self.data_dir.join(name))
    }
}

/// Bytes of the files below a directory; those that go meanwhile don't count.
fn directory_bytes(dir: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(dir) else { return 0 };
    let size = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(facts) if facts.is_dir() => directory_bytes(&entry.path()),
        Ok(facts) => facts.len(),
        Err(_) => 0,
    };
    entries.flatten().map(size).sum()
}

impl Shared {
    fn go_on(&self) {
        let interval = Duration::from_secs(u64::from(self.settings.interval_hours) * 3_600);
        let mut next = Instant::now();
        while !self.bell.is_over() {
            let work = Work {
                room: &self.room,
                settings: self.settings,
                claim: &|project| self.ingestor.claim(project).map(|claim| Box::new(claim) as Box<dyn Any>),
                is_stopping: &|| self.bell.is_over(),
            };
            let is_due = Instant::now() >= next;
            attempt("retention", || match is_due {
                true => run(&work).map(Some),
                false => run_between(&work),
            });
            heap::give_back();
            if is_due {
                next = Instant::now() + interval;
            }
            self.bell.rest(next.saturating_duration_since(Instant::now()).min(BETWEEN));
        }
    }
}
