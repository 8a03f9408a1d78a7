//! A list with its filters: search field, choices, count, table, pager; all of it in the address. Must not
//! know what is listed.

use super::async_view::Awaited;
use super::frame::{Frame, Pages};
use super::icon::{Glyph, Icon};
use crate::api::Page;
use crate::logic::number::count;
use crate::logic::wish::PER_PAGE;
use crate::state::listing::Listing;
use crate::state::remote::{Data, Remote};
use leptos::prelude::*;
use std::time::Duration;

/// Id of the search field of the list at hand.
pub const SEARCH: &str = "list-search";

/// A search field that writes into the address a moment after the last key.
#[component]
pub fn ListSearch(
    /// The list.
    listing: Listing,
    /// Name of the filter.
    #[prop(default = "search")]
    name: &'static str,
    /// What is searched, for readers and as a hint.
    label: &'static str,
) -> impl IntoView {
    let mut typed = leptos::leptos_dom::helpers::debounce(Duration::from_millis(300), move |text: String| {
        listing.set(name, &text, true);
    });
    view! {
        <div class="tokens" role="search">
            <Glyph icon=Icon::Search/>
            <input id=SEARCH data-testid="list-search" class="bare" type="search" aria-label=label placeholder=label
                autocomplete="off" prop:value=move || listing.get(name) on:input=move |event| typed(event_target_value(&event))/>
        </div>
    }
}

/// A filter with a few values.
#[component]
pub fn ListChoice(
    /// The list.
    listing: Listing,
    /// Name of the filter.
    name: &'static str,
    /// What it is.
    label: &'static str,
    /// Values with their words; the empty one stands for all.
    options: &'static [(&'static str, &'static str)],
) -> impl IntoView {
    let option = move |(value, word): &(&'static str, &'static str)| {
        let value = *value;
        view! { <option value=value selected=move || listing.get(name) == value>{*word}</option> }
    };
    view! {
        <select class="field small" data-testid=format!("filter-{name}") aria-label=label
            on:change=move |event| listing.set(name, &event_target_value(&event), false)>
            {options.iter().map(option).collect_view()}
        </select>
    }
}

/// A filter that takes a text or a day as it is.
#[component]
pub fn ListField(
    /// The list.
    listing: Listing,
    /// Name of the filter.
    name: &'static str,
    /// What it is.
    label: &'static str,
    /// `text` or `date`.
    #[prop(default = "text")]
    kind: &'static str,
) -> impl IntoView {
    view! {
        <label class="inline-field">
            <span>{label}</span>
            <input class="field small" type=kind data-testid=format!("filter-{name}") autocomplete="off"
                prop:value=move || listing.get(name) on:change=move |event| listing.set(name, &event_target_value(&event), false)/>
        </label>
    }
}

/// The rows of a list with their number and pages.
#[component]
pub fn List<T: Data>(
    /// The list.
    listing: Listing,
    /// Its page at hand.
    remote: Remote<Page<T>>,
    /// Said when it failed: "The users could not be loaded".
    what: &'static str,
    /// One of them and several of them: "user", "users".
    words: (&'static str, &'static str),
    /// Class of the table.
    class: &'static str,
    /// Its heads.
    heads: &'static [&'static str],
    /// Those of them that stand at the right.
    #[prop(default = &["Actions"])]
    ends: &'static [&'static str],
    /// A row: its `tr`.
    row: impl Fn(T) -> AnyView + Send + Sync + 'static,
    /// What stands there when there is none; `true` when filters hide them.
    empty: impl Fn(bool) -> AnyView + Send + Sync + 'static,
) -> impl IntoView {
    let total = Memo::new(move |_| remote.with(|page| page.map(|page| page.total)));
    let drawn = move || remote.get().map(|page| Drawn { total: page.total, rows: page.rows.into_iter().map(&row).collect() });
    view! {
        <Awaited remote what/>
        {body(listing, total, (words, class, heads, ends), Box::new(drawn), Box::new(empty))}
    }
}

/// A page whose rows are drawn.
struct Drawn {
    total: u64,
    rows: Vec<AnyView>,
}

type Draw = Box<dyn Fn() -> Option<Drawn> + Send + Sync>;
type Nothing = Box<dyn Fn(bool) -> AnyView + Send + Sync>;
/// One and several of the rows, class of the table, its heads, those at the right.
type Words = ((&'static str, &'static str), &'static str, &'static [&'static str], &'static [&'static str]);

/// The same for every kind of row, and compiled once.
fn body(listing: Listing, total: Memo<Option<u64>>, (words, class, heads, ends): Words, draw: Draw, empty: Nothing) -> AnyView {
    let told = move || total.get().map(|total| count(total, words.0, words.1));
    let turn = Callback::new(move |page| listing.turn(page));
    let table = move || {
        let page = draw()?;
        let wish = listing.wish();
        if page.total == 0 {
            return Some(view! { <div class="sheet">{empty(!wish.is_plain())}</div> }.into_any());
        }
        let has_more = page.total > u64::from(PER_PAGE) || wish.page() > 1;
        let pages = has_more.then(|| Pages { at: wish.page(), total: page.total, turn });
        Some(view! { <Frame class=format!("settled {class}") caption=words.1 heads ends pages>{page.rows}</Frame> }.into_any())
    };
    view! {
        <p class="count" role="status" data-testid="result-count" data-total=move || total.get().map(|total| total.to_string())>{told}</p>
        {table}
    }
    .into_any()
}

/// What stands in the place of a list that filters have emptied.
#[component]
pub fn NoMatch(
    /// The list.
    listing: Listing,
    /// "No user matches".
    title: &'static str,
) -> impl IntoView {
    view! {
        <super::empty::Empty title>
            <button class="btn" type="button" data-testid="clear-filters" on:click=move |_| listing.clear()>"Clear filters"</button>
        </super::empty::Empty>
    }
}
