//! A header of a table that sorts by its column. Must not know the rows.

use leptos::prelude::*;

/// A sortable column's header: a button inside the cell, the state in `aria-sort`.
#[component]
pub fn SortHeader(
    /// Its words.
    label: &'static str,
    /// Whether the table is sorted by it, and if so whether downwards.
    #[prop(into)]
    sorted: Signal<Option<bool>>,
    /// Sorts by it, or turns round.
    press: impl Fn() + Send + Sync + 'static,
) -> impl IntoView {
    let state = move || match sorted.get() {
        Some(true) => "descending",
        Some(false) => "ascending",
        None => "none",
    };
    let arrow = move || match sorted.get() {
        Some(true) => "↓",
        Some(false) => "↑",
        None => "",
    };
    view! {
        <th scope="col" aria-sort=state>
            <button type="button" class="sort" on:click=move |_| press()>
                {label}
                <span class="arrow" aria-hidden="true">{arrow}</span>
            </button>
        </th>
    }
}
