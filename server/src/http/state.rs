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
use crate::store::{ReadTx, Store, StoreError};
use crate::views::entries::Entries;
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
    /// Entries of reports that lists showed lately.
    pub entries: Entries,
    /// Reports that are read for an answer only, as ledgers and dry runs: each costs what an ingestion does.
    pub readings: tokio::sync::Semaphore,
}

/// Bytes of entries that are kept.
pub const ENTRIES_BYTES: usize = 16 << 20;

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

    /// Whether a text is searched for.
    ///
    /// # Errors
    /// 400 when the parameter is no text.
    pub fn is_search(&self, params: &Params) -> Result<bool, ApiError> {
        Ok(params.optional("search")?.is_some_and(|text| !text.trim().is_empty()))
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

/// Steps that a read may take on the thread of its request, of some 50 ns (decision 0036).
const STEPS_HERE: u64 = 30_000;

/// Reads from a snapshot: on the thread of the request, and when that proves to be long, again on a blocking thread.
/// What `work` does beside reading has to be in proportion to what it reads.
///
/// # Errors
/// What the work answers.
pub async fn read<T: Send + 'static>(
    state: &Shared,
    work: impl Fn(&ReadTx) -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    match within(state.store.read()?.within(STEPS_HERE), &work) {
        Some(answer) => answer,
        None => read_apart(state, work).await,
    }
}

/// What the work answers, unless it wanted more than it was allowed: then its answer is worth nothing, whether it
/// noticed or not.
fn within<T>(rtx: ReadTx, work: impl Fn(&ReadTx) -> Result<T, ApiError>) -> Option<Result<T, ApiError>> {
    let answer = work(&rtx);
    (!rtx.is_spent()).then_some(answer)
}

/// Reads from a snapshot on a blocking thread: what is known to take long, or has to wait.
///
/// # Errors
/// What the work answers.
pub async fn read_apart<T: Send + 'static>(
    state: &Shared,
    work: impl Fn(&ReadTx) -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    let state = state.clone();
    block(move || work(&state.store.read()?)).await
}

/// Runs work that may take long on a blocking thread.
///
/// # Errors
/// What the work answers.
pub async fn block<T: Send + 'static>(work: impl FnOnce() -> Result<T, ApiError> + Send + 'static) -> Result<T, ApiError> {
    web::block(work).await.map_err(ApiError::internal)?
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::store::accounts;

    #[test]
    fn what_a_long_read_made_here_is_thrown_away() {
        let store = Store::in_memory().unwrap();
        let find = |rtx: &ReadTx| Ok(accounts::find_user(rtx, 1)?.is_some());
        let careless = |rtx: &ReadTx| Ok(accounts::find_user(rtx, 1).is_ok());
        let rtx = |steps| store.read().unwrap().within(steps);
        assert!(!within(rtx(STEPS_HERE), find).unwrap().unwrap());
        assert!(within(rtx(3), find).is_none());
        assert!(within(rtx(3), careless).is_none(), "also when an error was passed over");
    }
}
