//! The table of the report: sortable headers, the row that keys stand on, grey rows while waiting. Must not
//! know filters.

use super::Query;
use super::rows::{Opener, Row, link_id};
use crate::api::Page;
use crate::components::sort_header::SortHeader;
use crate::logic::list_query::OrderBy;
use crate::logic::suggest::step;
use crate::state::browser;
use crate::state::go::Go;
use crate::state::keys::Keys;
use crate::state::project::Here;
use crate::state::remote::Remote;
use crate::state::visit::{LastVisit, Visit};
use crate::url::Place;
use casemate_shared::api::vulnerability::Vulnerability;
use leptos::prelude::*;

/// A page of vulnerabilities.
pub type List = Remote<Page<Vulnerability>>;

/// The table.
#[component]
pub fn Table(
    /// The query.
    query: Query,
    /// Its rows.
    list: List,
    /// The vulnerability that somebody comes back from.
    back: Option<u64>,
) -> impl IntoView {
    let at = RwSignal::new(
        list.with_untracked(|page| page.zip(back).and_then(|(page, id)| page.rows.iter().position(|row| row.id == id))),
    );
    let opener = opener(query, list);
    keys(list, at, opener);
    if let Some(id) = back {
        request_animation_frame(move || browser::focus(&link_id(id)));
    }
    let rows = move || {
        let Some(page) = list.get() else {
            return skeleton(query.now.with(|now| now.per_page)).into_any();
        };
        let row = |(place, vulnerability)| view! { <Row place vulnerability at opener/> };
        page.rows.into_iter().enumerate().map(row).collect_view().into_any()
    };
    view! {
        <table class="cards-when-narrow vulnerabilities" aria-busy=move || list.loading().to_string()>
            <caption class="sr">"Vulnerabilities"</caption>
            <Head query/>
            <tbody class:stale=move || list.loading()>{rows}</tbody>
        </table>
    }
}

#[component]
fn Head(query: Query) -> impl IntoView {
    let sorted = move |order_by: OrderBy| {
        Signal::derive(move || query.now.with(|now| (now.order_by == order_by).then_some(now.descending)))
    };
    let press = move |order_by: OrderBy| move || query.change(|now| now.sorted_by(order_by));
    view! {
        <thead>
            <tr>
                <SortHeader label="Detected" sorted=sorted(OrderBy::DetectedAt) press=press(OrderBy::DetectedAt)/>
                <SortHeader label="Status" sorted=sorted(OrderBy::State) press=press(OrderBy::State)/>
                <SortHeader label="Severity" sorted=sorted(OrderBy::Severity) press=press(OrderBy::Severity)/>
                <SortHeader label="Description" sorted=sorted(OrderBy::Title) press=press(OrderBy::Title)/>
                <th scope="col">"Identifier"</th>
                <th scope="col">"Report type"</th>
                <th scope="col" class="end">"Activity"</th>
            </tr>
        </thead>
    }
}

fn skeleton(rows: u32) -> impl IntoView {
    let bar = || view! { <td><span class="bone"></span></td> };
    let row = |_| view! { <tr class="skeleton" aria-hidden="true">{[(); 7].map(|()| bar())}</tr> };
    (0..rows.min(10)).map(row).collect_view()
}

/// Keeps the list as it stands and notes which vulnerability is opened.
fn opener(query: Query, list: List) -> Opener {
    let (here, visit) = (expect_context::<Here>(), expect_context::<LastVisit>());
    Callback::new(move |opened: u64| {
        if let Some(page) = list.with_untracked(|page| page.cloned()) {
            visit.keep(Visit {
                project: untrack(|| here.full_path()),
                href: query.href(),
                scroll: browser::scroll_y(),
                opened,
                page,
            });
        }
    })
}

fn keys(list: List, at: RwSignal<Option<usize>>, opener: Opener) {
    let (keys, go, here) = (expect_context::<Keys>(), expect_context::<Go>(), expect_context::<Here>());
    let id_at = move |place: usize| list.with_untracked(|page| page.and_then(|page| page.rows.get(place)).map(|row| row.id));
    let walk = move |down: bool| {
        let len = list.with_untracked(|page| page.map_or(0, |page| page.rows.len()));
        at.set(step(at.get_untracked(), down, len));
        if let Some(id) = at.get_untracked().and_then(id_at) {
            browser::focus_and_show(&link_id(id));
        }
    };
    let open = move || {
        if let Some(id) = at.get_untracked().and_then(id_at) {
            opener.run(id);
            go.to(&untrack(|| here.path(Place::Vulnerability(id))));
        }
    };
    keys.listen(move |key| {
        match key {
            "j" => walk(true),
            "k" => walk(false),
            "o" => open(),
            _ => return false,
        }
        true
    });
}
