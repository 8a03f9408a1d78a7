//! What a pipeline waits for: the one place that says when it is complete, what its status is, until when
//! it waits and whether it goes into the queue (API design, section 2.5).
//!
//! Must not know: who changed the jobs, what is in a report.

use crate::clock::Millis;
use crate::domain::pipeline::{Ending, Job, Pipeline};
use crate::store::{Reads, StoreError, WriteTx, pipelines};
use casemate_shared::Ingestion;

/// When something happened, and how long a pipeline may wait after it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    /// Now.
    pub now: Millis,
    /// Longest time without news.
    pub patience: Millis,
}

/// Brings a pipeline in line with its jobs and stores it. `has_news` when there are scans to be read. It is
/// queued when it becomes complete and when there are news.
pub(super) fn settle(wtx: &mut WriteTx, pipeline: &mut Pipeline, has_news: bool, at: Moment) -> Result<(), StoreError> {
    let mut jobs = pipelines::jobs(wtx, pipeline.id)?;
    jobs.retain(|job| !job.retried);
    let has_come = |name: &String| jobs.iter().any(|job| job.name == *name);
    let is_awaited = |name: &String| !has_come(name) && !pipeline.missing_jobs.contains(name);
    let complete = !pipeline.held && !pipeline.expected_jobs.iter().any(is_awaited) && jobs.iter().all(Job::has_ended);
    let was_complete = std::mem::replace(&mut pipeline.complete, complete);
    pipeline.deadline = (!complete).then_some(at.now + at.patience);
    pipeline.finished_at =
        if complete { pipeline.finished_at.filter(|_| was_complete && !has_news).or(Some(at.now)) } else { None };
    pipeline.status = status(pipeline, &jobs).to_owned();
    pipeline.updated_at = at.now;
    if has_news || complete != was_complete {
        pipeline.ingestion = Ingestion::Queued;
    }
    if has_news || (complete && !was_complete) {
        pipelines::enqueue(wtx, pipeline.id)?;
    }
    pipelines::put_pipeline(wtx, pipeline)
}

/// Notes that a job came: one that was given up is missing no longer, and when none is, the pipeline did not
/// wait in vain. A canceled one stays canceled.
pub(super) fn note_job(pipeline: &mut Pipeline, name: &str) {
    pipeline.missing_jobs.retain(|missing| missing != name);
    if pipeline.missing_jobs.is_empty() && pipeline.ending == Some(Ending::TimedOut) {
        pipeline.ending = None;
    }
}

/// Waits for no more jobs than those that are under way: announced ones that did not come are missing.
pub(super) fn announce_no_more(tx: &impl Reads, pipeline: &mut Pipeline) -> Result<(), StoreError> {
    let jobs = pipelines::jobs(tx, pipeline.id)?;
    let has_come = |name: &String| jobs.iter().any(|job| !job.retried && job.name == *name);
    pipeline.missing_jobs = pipeline.expected_jobs.iter().filter(|name| !has_come(name)).cloned().collect();
    pipeline.held = false;
    Ok(())
}

/// Ends the waiting for good: jobs under way end too. Answers them; the caller makes their scans and settles.
pub(super) fn end_waiting(
    wtx: &mut WriteTx,
    pipeline: &mut Pipeline,
    ending: Ending,
    now: Millis,
) -> Result<Vec<Job>, StoreError> {
    announce_no_more(wtx, pipeline)?;
    pipeline.ending = Some(ending);
    let (status, reason) = match ending {
        Ending::Canceled => ("canceled", None),
        Ending::TimedOut => ("failed", Some("stuck_or_timeout_failure")),
    };
    let mut jobs = pipelines::jobs(wtx, pipeline.id)?;
    jobs.retain(|job| !job.retried && !job.has_ended());
    for job in &mut jobs {
        job.status = status.to_owned();
        job.failure_reason = reason.map(str::to_owned);
        job.finished_at = Some(now);
        pipelines::put_job(wtx, job)?;
    }
    Ok(jobs)
}

/// GitLab's word for the whole: the worst of the jobs that count.
fn status(pipeline: &Pipeline, jobs: &[Job]) -> &'static str {
    let counts = |word: &str| jobs.iter().any(|job| !job.allow_failure && job.status == word);
    let all = |word: &str| !jobs.is_empty() && jobs.iter().all(|job| job.status == word);
    match pipeline.ending {
        _ if !pipeline.complete && all("pending") && !pipeline.held && pipeline.expected_jobs.is_empty() => "pending",
        _ if !pipeline.complete => "running",
        Some(Ending::Canceled) => "canceled",
        Some(Ending::TimedOut) => "failed",
        _ if !pipeline.missing_jobs.is_empty() || counts("failed") => "failed",
        _ if counts("canceled") => "canceled",
        _ if all("skipped") => "skipped",
        _ => "success",
    }
}
