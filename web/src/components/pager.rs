//! The foot of a list: which rows, how many of them, previous and next, and a jump to a page. Must not know
//! what the rows are.

use crate::logic::number::{pages, span, thousands};
use casemate_shared::limits::PER_PAGE_MAX;
use leptos::prelude::*;

/// Sizes to choose from.
const SIZES: [u32; 3] = [20, 50, PER_PAGE_MAX as u32];

/// The foot of a list.
#[component]
pub fn Pager(
    /// Page, from 1.
    #[prop(into)]
    page: Signal<u32>,
    /// Rows of a page.
    #[prop(into)]
    per_page: Signal<u32>,
    /// Rows of all pages.
    #[prop(into)]
    total: Signal<u64>,
    /// Goes to a page.
    #[prop(into)]
    go: Callback<u32>,
    /// Chooses a size; no choice without it.
    #[prop(optional, into)]
    resize: Option<Callback<u32>>,
) -> impl IntoView {
    let last = move || pages(total.get(), per_page.get());
    // With all rows on one page there is nowhere to go; from a page that is too high there is.
    let turns = Memo::new(move |_| last() > 1 || page.get() > 1);
    let range = move || {
        let (first, end) = span(page.get(), per_page.get(), total.get());
        format!("{}–{} of ", thousands(first), thousands(end))
    };
    let step = move |by: i32| go.run(page.get_untracked().saturating_add_signed(by).max(1));
    view! {
        <nav class="foot" aria-label="Pages">
            <span>{range}<b>{move || thousands(total.get())}</b></span>
            {resize.map(|resize| view! { <Sizes per_page resize/> })}
            <span class="sp"></span>
            <Show when=move || turns.get()>
                <button class="btn" type="button" data-testid="pager-previous"
                    disabled=move || { page.get() <= 1 } on:click=move |_| step(-1)>"Previous"</button>
                <Jump page last=Signal::derive(last) go/>
                <button class="btn" type="button" data-testid="pager-next"
                    disabled=move || { page.get() >= last() } on:click=move |_| step(1)>"Next"</button>
            </Show>
        </nav>
    }
}

#[component]
fn Sizes(per_page: Signal<u32>, resize: Callback<u32>) -> impl IntoView {
    let choose = move |event| {
        if let Ok(size) = event_target_value(&event).parse() {
            resize.run(size);
        }
    };
    let option = move |size: u32| {
        view! {
            <option value=size.to_string() selected=move || per_page.get() == size>
                {format!("{size} per page")}
            </option>
        }
    };
    view! {
        <select class="field small" aria-label="Rows of a page" data-testid="page-size" on:change=choose>
            {SIZES.map(option).collect_view()}
        </select>
    }
}

#[component]
fn Jump(page: Signal<u32>, last: Signal<u32>, go: Callback<u32>) -> impl IntoView {
    let jump = move |event| {
        if let Ok(wish) = event_target_value(&event).parse::<u32>() {
            go.run(wish.clamp(1, last.get_untracked()));
        }
    };
    view! {
        <label class="jump">
            "Page "
            <input class="field small" type="number" min="1" inputmode="numeric" max=move || last.get().to_string()
                prop:value=move || page.get().to_string() on:change=jump/>
            " of " {move || thousands(u64::from(last.get()))}
        </label>
    }
}
