//! What to know about a pipeline before its findings are read: partial scans, results that retention took
//! away. Must not know single findings.

use crate::components::alert::{Caution, Notice};
use crate::components::when::Ago;
use crate::logic::number::count;
use crate::logic::progress::is_expired;
use casemate_shared::ScanMode;
use casemate_shared::api::pipeline::{Pipeline, Scan};
use leptos::prelude::*;

/// What there is to know.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Notices {
    /// Report types of partial scans, each once.
    partial: Vec<&'static str>,
    /// Reports whose results are gone.
    expired: u64,
    /// When the import was taken back.
    undone: Option<String>,
    /// Announced jobs that did not come, by name.
    missing: Vec<String>,
    /// Why waiting for them ended.
    ending: Option<String>,
}

/// Looks for it in the scans that count and in their pipeline.
pub fn of(scans: &[Scan], pipeline: Option<&Pipeline>) -> Notices {
    let mut partial: Vec<_> =
        scans.iter().filter(|scan| scan.latest && scan.mode == ScanMode::Partial).map(|scan| scan.report_type.label()).collect();
    partial.dedup();
    Notices {
        partial,
        expired: scans.iter().filter(|scan| is_expired(scan)).count() as u64,
        undone: pipeline.and_then(|pipeline| pipeline.undone_at.clone()),
        missing: pipeline.map(|pipeline| pipeline.missing_jobs.clone()).unwrap_or_default(),
        ending: pipeline.and_then(|pipeline| pipeline.ending.clone()),
    }
}

/// The notes; nothing where there is nothing to know.
pub fn boxes(notices: Notices) -> impl IntoView {
    let undone = notices.undone.map(|at| {
        view! {
            <Caution>
                <p data-testid="undone">
                    <b>"This import was undone "<Ago at/></b>
                    ". The numbers are those of then; what the reports said stays to be read."
                </p>
            </Caution>
        }
    });
    let missing = (!notices.missing.is_empty()).then(|| {
        let jobs = count(notices.missing.len() as u64, "announced job did not come", "announced jobs did not come");
        let ending = notices.ending.map(|ending| format!(" {ending}."));
        view! {
            <Caution>
                <p data-testid="missing-jobs">
                    <b>{jobs}</b>": "<span class="mono">{notices.missing.join(", ")}</span>"."{ending}
                    " They count as failed: what their scanners found before stays open."
                </p>
            </Caution>
        }
    });
    let partial = (!notices.partial.is_empty()).then(|| {
        view! {
            <Notice>
                <p data-testid="partial-scan">
                    <b>{format!("Partial scan: {}", notices.partial.join(", "))}</b>
                    ". Only what a change touched was looked at. Findings elsewhere are not listed here, and nothing is marked \
                     as no longer detected by it."
                </p>
            </Notice>
        }
    });
    let expired = (notices.expired > 0).then(|| {
        let reports = count(notices.expired, "report", "reports");
        view! {
            <Caution>
                <p data-testid="expired">
                    <b>"Results have expired"</b>
                    {format!(": retention removed the findings of {reports}. The numbers stay. To see findings again, run the \
                              pipeline's jobs once more, or import the reports anew.")}
                </p>
            </Caution>
        }
    });
    view! { <div class="notes">{undone}{missing}{partial}{expired}</div> }
}
