//! How fresh each report type is: one chip each, orange when it is late. Must not know the list.

use crate::components::when::Ago;
use crate::logic::time;
use crate::state::browser;
use crate::state::project::Here;
use crate::state::remote::Remote;
use crate::url::Place;
use casemate_shared::api::vulnerability::Freshness;
use leptos::prelude::*;

/// The freshness of a project.
pub type Fresh = Remote<Vec<Freshness>>;

/// Older than this is late.
const LATE_DAYS: i64 = 7;

/// One chip per report type.
#[component]
pub fn FreshnessStrip(
    /// The freshness.
    fresh: Fresh,
) -> impl IntoView {
    let here = expect_context::<Here>();
    let chips = move || {
        let project = here.full_path();
        let chip = move |one: Freshness| chip(&project, one);
        fresh.get().unwrap_or_default().into_iter().map(chip).collect_view()
    };
    view! { <ul class="fresh" aria-label="Newest scans of the default branch">{chips}</ul> }
}

fn chip(project: &str, one: Freshness) -> impl IntoView + use<> {
    let age = time::parse(&one.scanned_at).map(|then| browser::now_ms() - then);
    let old = age.is_some_and(|age| age > LATE_DAYS * time::DAY_MS);
    let said = match (one.newer_errors, old) {
        (true, _) => Some(", a newer one has errors"),
        (false, true) => Some(", overdue"),
        (false, false) => None,
    };
    let title = format!("{} in pipeline #{}", one.scanners.join(", "), one.pipeline_id);
    view! {
        <li>
            <a class="chip" class:late=said.is_some() href=Place::Pipeline(one.pipeline_id).path(project) title=title>
                <span class="dot" aria-hidden="true"></span>
                {one.report_type.label()}
                <b><Ago at=one.scanned_at/>{said}</b>
            </a>
        </li>
    }
}
