//! The vulnerability report: what the default branch carries today (UX, section 4.1). Filter, order and
//! page live in the address. Must not know a single vulnerability's page.

mod empty;
mod freshness;
mod rows;
mod table;

use crate::api::vulnerabilities::{self, Scanner};
use crate::api::{Client, projects};
use crate::components::alert::Failure;
use crate::components::cards::SeverityCards;
use crate::components::filter_bar::{Change, FilterBar};
use crate::components::heading::Heading;
use crate::components::pager::Pager;
use crate::logic::filters::{Dimension, Filters};
use crate::logic::list_query::{Defaults, ListQuery};
use crate::logic::suggest::ScannerChoice;
use crate::logic::{number, query};
use crate::state::browser;
use crate::state::go::{Go, use_own_search};
use crate::state::project::Here;
use crate::state::remote::{Meanwhile, Remote};
use crate::state::visit::LastVisit;
use crate::url::Place;
use casemate_shared::Severity;
use leptos::prelude::*;

/// Where the size of a page is kept on the device.
const SIZE_KEY: &str = "casemate-page-size";

/// The address and the query of the report at hand.
#[derive(Clone, Copy)]
struct Query {
    path: StoredValue<String>,
    defaults: Memo<Defaults>,
    now: Memo<ListQuery>,
    go: Go,
}

impl Query {
    fn new(path: String) -> Query {
        let stored = browser::stored(SIZE_KEY).and_then(|size| size.parse().ok());
        let usual = Defaults::default();
        let per_page = stored.filter(|size| (1..=100).contains(size)).unwrap_or(usual.per_page);
        let defaults = Memo::new(move |_| Defaults { filters: Filters::open(), per_page });
        let address = use_own_search();
        let now = Memo::new(move |_| defaults.with(|d| ListQuery::parse(&address.get(), d)));
        Query { path: StoredValue::new(path), defaults, now, go: expect_context::<Go>() }
    }

    fn href(self) -> String {
        let query = self.now.with_untracked(|now| self.defaults.with_untracked(|d| now.to_address(d)));
        query::join(&self.path.get_value(), &query)
    }

    fn set(self, next: &ListQuery, small: bool) {
        let query = self.defaults.with_untracked(|d| next.to_address(d));
        self.go.within(&query::join(&self.path.get_value(), &query), small);
    }

    fn change(self, change: impl FnOnce(&ListQuery) -> ListQuery) {
        let next = self.now.with_untracked(change);
        self.set(&next, false);
    }
}

/// The vulnerability report.
#[component]
pub fn ReportPage() -> impl IntoView {
    let (here, client) = (expect_context::<Here>(), expect_context::<Client>());
    let project = untrack(|| here.full_path());
    let query = Query::new(Place::Report.path(&project));
    let of = StoredValue::new(project);
    let list = Remote::new(
        Meanwhile::Keep,
        move || Some(query.now.with(ListQuery::sorted_query)),
        move |query| vulnerabilities::list(client, of.get_value(), query),
    );
    let counts = Remote::new(
        Meanwhile::Keep,
        move || Some(query.now.with(ListQuery::counts_query)),
        move |query| vulnerabilities::counts(client, of.get_value(), query),
    );
    let scanners = Remote::new(Meanwhile::Keep, || Some(()), move |()| vulnerabilities::scanners(client, of.get_value()));
    let fresh = Remote::new(Meanwhile::Keep, || Some(()), move |()| projects::freshness(client, of.get_value()));
    let visit = expect_context::<LastVisit>().of(&query.href());
    let back = visit.as_ref().map(|visit| visit.opened);
    if let Some(visit) = visit {
        list.seed(visit.page);
        restore(visit.scroll);
    }
    let press = Callback::new(move |severity: Severity| {
        query.change(|now| now.with_filters(now.filters.toggled(Dimension::Severity, severity.as_str())));
    });
    let change = Callback::new(move |change: Change| {
        let next = query.now.with_untracked(|now| now.with_filters(change.filters));
        query.set(&next, change.small);
    });
    let filters = Signal::derive(move || query.now.with(|now| now.filters.clone()));
    view! {
        <div class="head">
            <div class="grow">
                <Heading text="Vulnerability report".to_owned() of=Signal::derive(move || here.name()) keep_focus=back.is_some()/>
                <Lead/>
            </div>
        </div>
        <freshness::FreshnessStrip fresh/>
        <SeverityCards counts=Signal::derive(move || counts.get()) stale=Signal::derive(move || counts.loading())
            chosen=Signal::derive(move || filters.with(|f| f.severities.clone())) press/>
        <FilterBar filters usual=Filters::open() dimensions=&Dimension::ALL
            scanners=Signal::derive(move || choices(scanners.get())) change/>
        <Answer query list fresh back/>
    }
}

/// One sentence about what the list holds.
#[component]
fn Lead() -> impl IntoView {
    let here = expect_context::<Here>();
    let branch = move || here.project.with(|p| p.map(|p| p.default_branch.clone()).unwrap_or_default());
    view! {
        <p>"What the default branch " <span class="mono">{branch}</span> " carries today. Exact counts; every number is a filter."</p>
    }
}

/// The list itself with its foot, or why there is none.
#[component]
fn Answer(query: Query, list: table::List, fresh: freshness::Fresh, back: Option<u64>) -> impl IntoView {
    let retry = Callback::new(move |()| list.reload());
    let total = Memo::new(move |_| list.with(|page| page.map(|page| page.total)));
    let is_empty = Memo::new(move |_| list.with(|page| page.is_some_and(|page| page.rows.is_empty())));
    let told = move || match (total.get(), list.loading()) {
        (Some(total), false) => number::count(total, "result", "results"),
        (None, false) => String::new(),
        _ => "Loading".to_owned(),
    };
    let turn = Callback::new(move |page| query.change(|now| ListQuery { page, ..now.clone() }));
    let resize = Callback::new(move |per_page: u32| {
        browser::store(SIZE_KEY, &per_page.to_string());
        query.change(|now| ListQuery { per_page, page: 1, ..now.clone() });
    });
    view! {
        {move || list.error().map(|error| {
            view! { <Failure what="The list could not be loaded" error retry/> }
        })}
        <p class="count" role="status" data-testid="result-count"
            data-total=move || total.get().map(|total| total.to_string())>{told}</p>
        <div class="sheet" class:hidden=move || list.error().is_some() && total.get().is_none()>
            {move || match is_empty.get() {
                true => view! { <empty::NoRows query total fresh/> }.into_any(),
                false => view! { <table::Table query list back/> }.into_any(),
            }}
            <Show when=move || total.get().is_some_and(|total| total > 0)>
                <Pager page=Signal::derive(move || query.now.with(|now| now.page))
                    per_page=Signal::derive(move || query.now.with(|now| now.per_page))
                    total=Signal::derive(move || total.get().unwrap_or_default()) go=turn resize/>
            </Show>
        </div>
        <p class="keys">
            <span><kbd>"j"</kbd>" "<kbd>"k"</kbd>" move"</span>
            <span><kbd>"o"</kbd>" open"</span>
            <span><kbd>"/"</kbd>" filter"</span>
            <span><kbd>"?"</kbd>" all keys"</span>
        </p>
    }
}

fn choices(scanners: Option<Vec<Scanner>>) -> Vec<ScannerChoice> {
    let one = |scanner: Scanner| {
        let types: Vec<_> = scanner.report_types.iter().map(|kind| kind.label()).collect();
        ScannerChoice { word: scanner.external_id, name: scanner.name, hint: types.join(", ") }
    };
    scanners.unwrap_or_default().into_iter().map(one).collect()
}

/// Scrolls to where the report was left, once its rows stand.
fn restore(scroll: f64) {
    request_animation_frame(move || {
        request_animation_frame(move || window().scroll_to_with_x_and_y(0.0, scroll));
    });
}
