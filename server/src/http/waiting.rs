//! Waiting for ingestion before an answer: `wait` and `strict`. Must not know: what was handed in.

use super::error::ApiError;
use super::params::Params;
use super::state::State;
use crate::domain::scan::Scan;
use crate::ingest::family;
use crate::store::{pipelines, scans};
use casemate_shared::ScanStatus;
use casemate_shared::limits::WAIT_MAX_SECONDS;
use serde_json::json;
use std::time::Duration;

/// Longest wait for reports to be read, when the answer depends on it; then it is given without their verdict.
const READING_SECONDS: u64 = 60;

/// How an answer is to be given.
#[derive(Debug, Clone, Copy)]
pub struct Wishes {
    /// How long it may wait for ingestion.
    pub wait: Duration,
    /// Whether a report with errors makes it a 422.
    pub is_strict: bool,
}

impl Wishes {
    /// Reads `wait` (seconds, at most 60) and `strict`.
    ///
    /// # Errors
    /// 400.
    pub fn read(params: &Params) -> Result<Wishes, ApiError> {
        let wait = params.unsigned("wait")?.unwrap_or(0).min(WAIT_MAX_SECONDS);
        Ok(Wishes { wait: Duration::from_secs(wait), is_strict: params.boolean("strict")?.unwrap_or(false) })
    }
}

/// Whether a report is refused, so that `strict` makes it the request's failure.
pub fn is_refused(status: ScanStatus) -> bool {
    matches!(status, ScanStatus::ReportError | ScanStatus::PreparationFailed)
}

/// Waits until the scans of a pipeline that are `mine` are read.
///
/// # Errors
/// When the store fails.
pub async fn read(state: &State, pipeline: u64, mine: impl Fn(&Scan) -> bool) -> Result<(), ApiError> {
    let is_read =
        || Ok(scans::scans(&state.store.read()?, pipeline)?.iter().all(|scan| !mine(scan) || scan.status.is_terminal()));
    until(state, Duration::from_secs(READING_SECONDS), is_read).await
}

/// Waits until a pipeline is ingested, or is read and waits for more jobs or relatives itself.
///
/// # Errors
/// When the store fails.
pub async fn ingested(state: &State, pipeline: u64, longest: Duration) -> Result<(), ApiError> {
    let is_done = || {
        let rtx = state.store.read()?;
        let found = pipelines::find_pipeline(&rtx, pipeline)?;
        Ok(match found {
            Some(found) if found.ingestion.is_terminal() => true,
            Some(found) => !family::is_complete(&rtx, &found)? && !pipelines::is_queued(&rtx, pipeline)?,
            None => true,
        })
    };
    until(state, longest, is_done).await
}

/// Waits as wished for a pipeline, and with `strict` looks at the reports of one job, or of all.
///
/// # Errors
/// 422 with `strict` when a report has errors; the body names it.
pub async fn settled(state: &State, pipeline: u64, job: Option<u64>, wishes: Wishes) -> Result<(), ApiError> {
    let mine = |scan: &Scan| scan.latest && job.is_none_or(|job| scan.job_id == job);
    if wishes.is_strict {
        read(state, pipeline, mine).await?;
    }
    ingested(state, pipeline, wishes.wait).await?;
    if !wishes.is_strict {
        return Ok(());
    }
    let mut all = scans::scans(&state.store.read()?, pipeline)?;
    all.retain(mine);
    let told: Vec<_> = all.iter().filter(|scan| is_refused(scan.status)).map(told).collect();
    if told.is_empty() {
        return Ok(());
    }
    let message = format!("{} of {} reports have errors", told.len(), all.len());
    Err(ApiError::Unprocessable(json!({ "message": message, "reports": told })))
}

fn told(scan: &Scan) -> serde_json::Value {
    let errors: Vec<_> =
        scan.errors.iter().map(|error| json!({ "type": error.kind, "message": error.message, "place": error.place })).collect();
    json!({ "report_type": scan.report_type, "job_id": scan.job_id, "scan_id": scan.id, "status": scan.status, "errors": errors })
}

async fn until(state: &State, longest: Duration, is_so: impl Fn() -> Result<bool, ApiError>) -> Result<(), ApiError> {
    let mut progress = state.ingestor.progress();
    let reached = async {
        while !is_so()? {
            if progress.changed().await.is_err() {
                break;
            }
        }
        Ok(())
    };
    match tokio::time::timeout(longest, reached).await {
        Ok(answer) => answer,
        // Not so in time: the answer is given as things are.
        Err(_) => Ok(()),
    }
}
