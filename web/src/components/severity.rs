//! A severity as shape and word, never as a colour alone (UX, section 4.7). Must not know counts.

use casemate_shared::Severity;
use leptos::prelude::*;

const fn shape(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "M3.5 0h5L12 6l-3.5 6h-5L0 6z",
        Severity::High => "M6 0l6 6-6 6-6-6z",
        Severity::Medium => "M0 1h12L6 12z",
        Severity::Low => "M6 .5a5.5 5.5 0 100 11A5.5 5.5 0 006 .5z",
        Severity::Info => "M6 .5a5.5 5.5 0 100 11 5.5 5.5 0 000-11zM5.2 3a.8.8 0 011.6 0 .8.8 0 01-1.6 0zm.1 2h1.4v4.2H5.3z",
        Severity::Unknown => {
            "M6 .5a5.5 5.5 0 100 11 5.5 5.5 0 000-11zM5.3 8.2h1.4v1.3H5.3zM4 4.5A2 2 0 118 4.6c0 1-1.3 1.3-1.3 2.5H5.3c0-1.7 1.3-1.8 1.3-2.6a.6.6 0 10-1.2 0z"
        }
    }
}

/// The shape alone, without words for readers.
#[component]
pub fn SeverityShape(
    /// Which one.
    severity: Severity,
) -> impl IntoView {
    view! {
        <svg class="shape" viewBox="0 0 12 12" aria-hidden="true">
            <path fill-rule="evenodd" d=shape(severity)></path>
        </svg>
    }
}

/// Shape and word.
#[component]
pub fn SeverityMark(
    /// Which one.
    severity: Severity,
) -> impl IntoView {
    view! {
        <span class=format!("sev {}", severity.as_str())>
            <SeverityShape severity/>
            {severity.label()}
        </span>
    }
}
