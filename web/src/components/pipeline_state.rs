//! How far a pipeline or a scan is, as a coloured dot and words. Must not know pages.

use crate::logic::scans;
use casemate_shared::api::pipeline::Pipeline;
use casemate_shared::{Ingestion, ScanStatus};
use leptos::prelude::*;

/// How far ingestion is.
#[component]
pub fn IngestionMark(
    /// The state.
    ingestion: Ingestion,
) -> impl IntoView {
    let tone = match ingestion {
        Ingestion::Queued => "wait",
        Ingestion::Running => "busy",
        Ingestion::Done => "good",
        Ingestion::Failed => "bad",
    };
    view! {
        <span class="state" data-ingestion=ingestion.as_str()>
            <span class=format!("dot {tone}") aria-hidden="true"></span>
            {scans::ingestion(ingestion)}
        </span>
    }
}

/// How far a pipeline is: that it waits for announced jobs, else how far its ingestion is.
#[component]
pub fn PipelineMark<'a>(
    /// The pipeline.
    pipeline: &'a Pipeline,
) -> impl IntoView + use<> {
    if !scans::waits_for_jobs(pipeline) {
        return view! { <IngestionMark ingestion=pipeline.ingestion/> }.into_any();
    }
    view! {
        <span class="state" data-ingestion="waiting">
            <span class="dot wait" aria-hidden="true"></span>
            "Waiting for jobs"
        </span>
    }
    .into_any()
}

/// Status of a scan.
#[component]
pub fn ScanMark(
    /// The status.
    status: ScanStatus,
) -> impl IntoView {
    let tone = match status {
        ScanStatus::Created | ScanStatus::Purged => "wait",
        ScanStatus::Preparing => "busy",
        ScanStatus::Succeeded => "good",
        ScanStatus::JobFailed | ScanStatus::ReportError | ScanStatus::PreparationFailed => "bad",
    };
    view! {
        <span class="state" data-status=status.as_str()>
            <span class=format!("dot {tone}") aria-hidden="true"></span>
            {scans::status(status)}
        </span>
    }
}
