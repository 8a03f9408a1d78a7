//! The three reasons for an empty report, told apart: nothing scanned yet, scanned and none found, or the
//! filter hides everything (UX, section 4.1.3). Must not know the table.

use super::Query;
use super::freshness::Fresh;
use crate::api::{Client, vulnerabilities};
use crate::components::async_view::Bars;
use crate::components::empty::Empty;
use crate::components::when::Ago;
use crate::logic::filters::Filters;
use crate::logic::list_query::ListQuery;
use crate::logic::number::thousands;
use crate::state::project::Here;
use crate::state::remote::{Meanwhile, Remote};
use crate::url::Place;
use casemate_shared::api::vulnerability::Freshness;
use leptos::prelude::*;

/// Why there are no rows.
#[component]
pub fn NoRows(
    /// The query.
    query: Query,
    /// Rows of all pages under the filter.
    total: Memo<Option<u64>>,
    /// Freshness of the project.
    fresh: Fresh,
) -> impl IntoView {
    let (here, client) = (expect_context::<Here>(), expect_context::<Client>());
    let of = untrack(|| here.full_path());
    let everything = Remote::new(
        Meanwhile::Keep,
        move || Some(of.clone()),
        move |project| vulnerabilities::counts(client, project, String::new()),
    );
    move || {
        if total.get().is_some_and(|total| total > 0) {
            return past_the_end(query);
        }
        let (Some(all), Some(scans)) = (everything.get(), fresh.get()) else {
            return view! { <Bars/> }.into_any();
        };
        match (all.total(), scans.is_empty()) {
            (0, true) => nothing_scanned(here.path(Place::Upload)),
            (0, false) => none_found(scans),
            (all, _) => hidden(query, all),
        }
    }
}

fn past_the_end(query: Query) -> AnyView {
    let first = move |_| query.change(|now| ListQuery { page: 1, ..now.clone() });
    view! {
        <Empty title="This page is past the end of the list">
            <button class="btn" type="button" on:click=first>"First page"</button>
        </Empty>
    }
    .into_any()
}

fn nothing_scanned(upload: String) -> AnyView {
    view! {
        <Empty title="Nothing has been scanned yet">
            <p>"The default branch has no security report. Send the first one, from any CI or by hand."</p>
            <a class="btn go" href=upload data-testid="go-upload">"Upload your first report"</a>
        </Empty>
    }
    .into_any()
}

fn none_found(scans: Vec<Freshness>) -> AnyView {
    let line = |scan: Freshness| {
        let scanners = scan.scanners.join(", ");
        view! { <li>{scan.report_type.label()} " by " {scanners} ", " <Ago at=scan.scanned_at/></li> }
    };
    view! {
        <Empty title="Scanned, and no vulnerability found">
            <ul class="quiet">{scans.into_iter().map(line).collect_view()}</ul>
        </Empty>
    }
    .into_any()
}

fn hidden(query: Query, all: u64) -> AnyView {
    let clear = move |_| query.change(|now| now.with_filters(Filters::default()));
    view! {
        <Empty title=format!("0 of {} match", thousands(all))>
            <p>"The filter hides every vulnerability of this project."</p>
            <button class="btn" type="button" data-testid="clear-filters-empty" on:click=clear>"Clear filters"</button>
        </Empty>
    }
    .into_any()
}
