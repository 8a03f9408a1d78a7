//! Puts the rooms together. Must not know: routes, what any room does inside.

use crate::audit;
use crate::auth::activity::Bookkeeper;
use crate::auth::{self, Door, FirstStart, FirstStartError};
use crate::clock::{Clock, Entropy, SystemClock, SystemEntropy};
use crate::config::Config;
use crate::http::budget::{BODIES, Budget};
use crate::http::limits::Limiter;
use crate::http::metrics::Requests;
use crate::http::open_files;
use crate::http::proxy_check::ProxyCheck;
use crate::http::server::WORKERS;
use crate::http::state::{ENTRIES_BYTES, PASSWORD_CHECKS, READINGS, State};
use crate::http::turns::Turns;
use crate::http::under_way::UnderWay;
use crate::ingest::Room;
use crate::ingest::schema::{SchemaError, Schemas};
use crate::ingest::spool::{ArtifactStore, Spool, SpoolError};
use crate::ingest::timeout::Timekeeper;
use crate::ingest::worker::Ingestor;
use crate::jobs::index::{IndexError, IndexFollower};
use crate::jobs::removal::Removal;
use crate::jobs::retention::{self, Retention};
use crate::store::{Store, StoreError, pipelines};
use crate::views::entries::Entries;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Why the server can't start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The data directory can't be made.
    #[error("can't make the data directory {path}: {reason}")]
    DataDir {
        /// Path.
        path: String,
        /// Why.
        reason: String,
    },
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The index.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// Files.
    #[error(transparent)]
    Spool(#[from] SpoolError),
    /// The schemas that are built in.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// The administrator.
    #[error(transparent)]
    FirstStart(#[from] FirstStartError),
    /// A thread.
    #[error("can't start a thread: {0}")]
    Thread(std::io::Error),
}

/// A server that is ready to serve.
pub struct Started {
    /// State of the handlers.
    pub state: State,
    /// Random password of `root`, to be told once.
    pub password: Option<String>,
}

/// Opens everything in a data directory and takes up what was cut off.
///
/// # Errors
/// When something can't be opened.
pub fn start(config: &Config, first: FirstStart) -> Result<Started, StartError> {
    let (clock, entropy): (Arc<dyn Clock>, Arc<dyn Entropy>) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
    make_data_dir(&config.data_dir)?;
    let mut store = Store::open(&config.data_dir, entropy.bytes16(), entropy.bytes16())?;
    if config.retention.compact_at_start {
        retention::compact(&mut store)?;
    }
    let store = Arc::new(store);
    let password = auth::first_start(&store, first, &*clock, &*entropy)?;
    audit::note_settings(&store, &config.told(), clock.now())?;
    let spool = Spool::new(config.data_dir.join("spool"), config.limits)?;
    let artifacts = ArtifactStore::new(config.data_dir.join("artifacts"))?;
    spool.sweep()?;
    sweep_artifacts(&store, &artifacts)?;
    let index = Arc::new(IndexFollower::start(Arc::clone(&store), &config.data_dir.join("index"))?);
    let follower = Arc::clone(&index);
    let room = Arc::new(Room {
        store: Arc::clone(&store),
        artifacts,
        spool,
        schemas: Schemas::new()?,
        clock: Arc::clone(&clock),
        patience: i64::try_from(config.pipeline_timeout_s).unwrap_or(i64::MAX / 2_000).saturating_mul(1_000),
        on_outbox: Box::new(move || follower.knock()),
    });
    let ingestor = Arc::new(Ingestor::start(Arc::clone(&room)).map_err(StartError::Thread)?);
    let timekeeper = Timekeeper::start(Arc::clone(&room), Arc::clone(&ingestor)).map_err(StartError::Thread)?;
    let retention = Retention::start(&config.data_dir, Arc::clone(&room), Arc::clone(&ingestor), config.retention);
    let removal = Removal::start(Arc::clone(&room), Arc::clone(&ingestor)).map_err(StartError::Thread)?;
    let door = Arc::new(Door::new(Arc::clone(&store), Arc::clone(&clock), Arc::clone(&entropy), config.auth)?);
    let bookkeeper = Bookkeeper::start(Arc::clone(&door)).map_err(StartError::Thread)?;
    let proxy_check = ProxyCheck::new(&*entropy);
    let state = State {
        store,
        room,
        ingestor,
        timekeeper,
        retention,
        removal,
        index,
        door,
        bookkeeper,
        clock,
        entropy,
        reach: config.reach.clone(),
        limits: Limiter::new(config.rate_limits),
        requests: Requests::default(),
        metrics_access: config.metrics.clone(),
        proxy_check,
        password_checks: Turns::new(PASSWORD_CHECKS),
        bodies: Budget::new(BODIES),
        under_way: UnderWay::new(open_files::shares(WORKERS).under_way),
        entries: Entries::new(ENTRIES_BYTES),
        readings: Semaphore::new(READINGS),
    };
    Ok(Started { state, password })
}

fn make_data_dir(dir: &Path) -> Result<(), StartError> {
    let failed = |error: std::io::Error| StartError::DataDir { path: dir.display().to_string(), reason: error.to_string() };
    std::fs::create_dir_all(dir).map_err(failed)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o700)).map_err(failed)?;
    }
    Ok(())
}

/// Removes files of uploads that were cut off before they were accepted.
fn sweep_artifacts(store: &Store, artifacts: &ArtifactStore) -> Result<(), StartError> {
    let rtx = store.read()?;
    for sha256 in artifacts.list()? {
        if !pipelines::is_artifact_used(&rtx, &sha256)? {
            artifacts.remove(&sha256)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::domain::retention::RetentionSettings;
    use crate::jobs::retention::tests_of_compacting::mostly_free;

    /// Bytes of the database file before a start and after it.
    fn started(compact_at_start: bool) -> (u64, u64) {
        let dir = tempfile::tempdir().unwrap();
        let before = mostly_free(dir.path(), Some(|used| used)).file_bytes().unwrap();
        let config = Config {
            listen: ([127, 0, 0, 1], 0).into(),
            data_dir: dir.path().to_path_buf(),
            reach: Default::default(),
            pipeline_timeout_s: 60,
            limits: Default::default(),
            retention: RetentionSettings { compact_at_start, ..RetentionSettings::default() },
            auth: Default::default(),
            rate_limits: Default::default(),
            metrics: crate::http::metrics::MetricsAccess { networks: Vec::new(), token: None },
        };
        let first = FirstStart { password: Some("a password for this test".to_owned()), token: None };
        let started = start(&config, first).unwrap();
        let after = started.state.store.file_bytes().unwrap();
        started.state.stop();
        (before, after)
    }

    #[test]
    fn a_start_makes_a_free_file_smaller_if_it_may() {
        let (before, after) = started(true);
        assert!(after < before / 2, "{after} of {before}");
        let (before, after) = started(false);
        assert!(after > before / 2, "{after} of {before}");
    }
}
