//! What handlers share, and the way from a handler to a blocking thread.
//!
//! Must not know: any one route.

use super::budget::Budget;
use super::error::ApiError;
use super::limits::Limiter;
use super::metrics::{MetricsAccess, Requests};
use super::origin::Reach;
use super::params::Params;
use super::proxy_check::ProxyCheck;
use super::turns::Turns;
use super::under_way::UnderWay;
use crate::auth::Door;
use crate::auth::activity::Bookkeeper;
use crate::clock::{Clock, Entropy};
use crate::ingest::Room;
use crate::ingest::timeout::Timekeeper;
use crate::ingest::worker::Ingestor;
use crate::jobs::index::{IndexError, IndexFollower};
use crate::jobs::removal::Removal;
use crate::jobs::retention::Retention;
use crate::search::{BodySet, Query};
use crate::store::{Store, StoreError};
use actix_web::{HttpRequest, web};
use std::sync::Arc;

/// Everything a handler may need.
pub struct State {
    /// The store.
    pub store: Arc<Store>,
    /// Ingestion.
    pub room: Arc<Room>,
    /// Its queue.
    pub ingestor: Arc<Ingestor>,
    /// Ends the waiting of pipelines.
    pub timekeeper: Timekeeper,
    /// What takes away what is too old.
    pub retention: Retention,
    /// What takes away projects and groups.
    pub removal: Removal,
    /// The search index.
    pub index: Arc<IndexFollower>,
    /// Who comes in: users, tokens, sessions.
    pub door: Arc<Door>,
    /// Writes down when they were last used.
    pub bookkeeper: Bookkeeper,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// How the server is reached.
    pub reach: Reach,
    /// How often somebody may ask.
    pub limits: Limiter,
    /// Answers so far.
    pub requests: Requests,
    /// Who may read the numbers.
    pub metrics_access: MetricsAccess,
    /// What was found out about the proxy before it.
    pub proxy_check: ProxyCheck,
    /// Password checks under way and waiting: each takes a core and 19 MiB for a while.
    pub password_checks: Turns,
    /// Memory for bodies that are kept there whole.
    pub bodies: Budget,
    /// Files of uploads and downloads under way.
    pub under_way: UnderWay,
    /// Reports that are read for an answer only, as ledgers and dry runs: each costs what an ingestion does.
    pub readings: tokio::sync::Semaphore,
}

/// Most of them at a time.
pub const READINGS: usize = 1;

/// Most password checks at a time, and most that wait for their turn.
pub const PASSWORD_CHECKS: (usize, usize) = (2, 32);

/// The shared state inside a handler.
pub type Shared = web::Data<State>;

impl State {
    /// The address that the client used.
    pub fn origin(&self, request: &HttpRequest) -> String {
        self.reach.origin(request)
    }

    /// Stops the threads: ingestion first, so that the index can follow to the end.
    pub fn stop(&self) {
        self.timekeeper.stop();
        // Told first, because it may be waiting for ingestion, and awaited after that has ended.
        self.retention.tell_to_stop();
        self.removal.tell_to_stop();
        self.ingestor.stop();
        self.retention.stop();
        self.removal.stop();
        self.index.stop();
        self.bookkeeper.stop();
    }

    /// The bodies that the `search` parameter matches; none when it is absent or blank.
    ///
    /// # Errors
    /// As [`State::search`].
    pub fn searched(&self, project: u64, params: &Params) -> Result<Option<BodySet>, ApiError> {
        let text = params.optional("search")?.filter(|text| !text.trim().is_empty());
        text.map(|text| self.search(project, text)).transpose()
    }

    /// The bodies of a project that match a searched text. Waits until the index holds what the store
    /// holds; call it on a blocking thread.
    ///
    /// # Errors
    /// 400 when the text can't be searched for, 503 while the index is rebuilt.
    fn search(&self, project: u64, text: &str) -> Result<BodySet, ApiError> {
        let query =
            Query::parse(text).map_err(|error| ApiError::BadParameter(format!("search does not have a valid value: {error}")))?;
        let index = self.index.up_to_date().map_err(|error| match error {
            IndexError::NotYet => ApiError::Unavailable { retry_after_s: 2 },
            other => ApiError::internal(other),
        })?;
        index.project_bodies(project, &query).map_err(ApiError::internal)
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> ApiError {
        ApiError::internal(error)
    }
}

/// Runs work that may take long on a blocking thread.
///
/// # Errors
/// What the work answers.
pub async fn block<T: Send + 'static>(work: impl FnOnce() -> Result<T, ApiError> + Send + 'static) -> Result<T, ApiError> {
    web::block(work).await.map_err(ApiError::internal)?
}
