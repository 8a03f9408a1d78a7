//! The wide filter field: tokens that can be taken away, a list of what else there is, and free text, all
//! in one (combobox pattern). Must not know which list it narrows, nor fetch anything.

mod field;
mod keys;
mod popup;
mod tokens;

use crate::components::icon::{Glyph, Icon};
use crate::logic::filters::{Dimension, Filters};
use crate::logic::suggest::ScannerChoice;
use field::Field;
use leptos::prelude::*;
use popup::Popup;
use tokens::Tokens;

/// Id of the input.
pub const INPUT: &str = "filter-input";

/// A wish of the filter bar.
#[derive(Debug, Clone)]
pub struct Change {
    /// The filter as it should be.
    pub filters: Filters,
    /// Whether the step is too small for the browser's history: a search while typing.
    pub small: bool,
}

/// The filter bar.
#[component]
pub fn FilterBar(
    /// The filter as it stands.
    #[prop(into)]
    filters: Signal<Filters>,
    /// Filter that "Default filter" goes back to; no button when it is empty.
    #[prop(optional)]
    usual: Filters,
    /// What there is to filter by.
    dimensions: &'static [Dimension],
    /// Scanners to offer.
    #[prop(into)]
    scanners: Signal<Vec<ScannerChoice>>,
    /// Changes the filter.
    #[prop(into)]
    change: Callback<Change>,
) -> impl IntoView {
    let field = Field::new(filters, dimensions, scanners, change);
    let clear = move |_| field.replace(Filters::default());
    let usual = StoredValue::new(usual);
    let reset = move |_| field.replace(usual.get_value());
    let offer_reset = move || usual.with_value(|usual| !usual.is_empty() && filters.with(|now| now != usual));
    view! {
        <div class="bar" role="search">
            <div class="tokens" on:focusout=move |event| field.focus_left(&event)>
                <Glyph icon=Icon::Search/>
                <Tokens field/>
                <Input field/>
                <Popup field/>
            </div>
            <Show when=move || !filters.with(Filters::is_empty)>
                <button class="btn quiet" type="button" data-testid="clear-filters" on:click=clear>
                    <Glyph icon=Icon::Close/>
                    "Clear filters"
                </button>
            </Show>
            <Show when=offer_reset>
                <button class="btn quiet" type="button" data-testid="default-filters" on:click=reset>
                    "Default filter"
                </button>
            </Show>
        </div>
    }
}

#[component]
fn Input(field: Field) -> impl IntoView {
    let inside = move || field.inside().map(|d| format!("{}:", d.name()));
    let hint = move || match field.inside() {
        Some(_) => "Choose values",
        None => "Filter or search",
    };
    view! {
        {move || inside().map(|name| view! { <span class="inside">{name}</span> })}
        <input id=INPUT data-testid="filter-input" class="bare" type="text" role="combobox"
            aria-label="Filter or search" aria-autocomplete="list" aria-controls=popup::ID
            aria-expanded=move || field.is_open().to_string()
            aria-activedescendant=move || field.active().map(popup::option_id)
            autocomplete="off" autocapitalize="off" spellcheck="false" enterkeyhint="search"
            placeholder=hint
            prop:value=move || field.text()
            on:input=move |event| field.typed(event_target_value(&event))
            on:focus=move |_| field.show()
            on:click=move |_| field.show()
            on:keydown=move |event| field.key(&event)/>
    }
}
