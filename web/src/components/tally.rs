//! Numbers side by side, each with its word and a line of more. Must not know what they count.

use crate::logic::number::thousands;
use crate::logic::tally::Cell;
use casemate_shared::api::coverage::KeptOpenCount;
use leptos::prelude::*;

/// Numbers in a row.
#[component]
pub fn Tally(
    /// The numbers.
    cells: Vec<Cell>,
    /// What they are about, for readers.
    #[prop(into)]
    label: String,
) -> impl IntoView {
    let cell = |cell: Cell| {
        let number = cell.number.map_or_else(|| "–".to_owned(), thousands);
        view! {
            <li class="cell" data-testid=format!("tally-{}", cell.key) data-count=cell.number.map(|number| number.to_string())>
                <b>{number}</b>
                <span>{cell.word}</span>
                <small>{cell.more}</small>
            </li>
        }
    };
    view! { <ul class="tally" aria-label=label>{cells.into_iter().map(cell).collect_view()}</ul> }
}

/// Why vulnerabilities that were not reported stay open; nothing when none does.
#[component]
pub fn KeptOpen(
    /// The reasons.
    reasons: Vec<KeptOpenCount>,
) -> impl IntoView {
    let one = |one: KeptOpenCount| view! { <li><b>{thousands(one.count)}</b>" kept open: "{one.reason.label()}"."</li> };
    (!reasons.is_empty()).then(|| {
        view! { <ul class="plainlist kept" data-testid="kept-open">{reasons.into_iter().map(one).collect_view()}</ul> }
    })
}
