//! The list under the filter field. The focus stays in the field; the pointer presses without taking it.
//! Must not know what a choice does.

use super::field::Field;
use crate::components::icon::{Glyph, Icon};
use crate::components::severity::SeverityMark;
use crate::logic::filters::Dimension;
use crate::logic::suggest::Choice;
use casemate_shared::Severity;
use leptos::prelude::*;

/// Id of the list.
pub const ID: &str = "filter-list";

/// Id of an entry.
pub fn option_id(at: usize) -> String {
    format!("filter-option-{at}")
}

/// The list of choices, while the field is open.
#[component]
pub fn Popup(
    /// The field.
    field: Field,
) -> impl IntoView {
    let entries = move || {
        let entry = |(at, choice): (usize, Choice)| entry(field, at, choice);
        field.choices().into_iter().enumerate().map(entry).collect_view()
    };
    view! {
        <ul id=ID class="popup" role="listbox" aria-label="Filters" hidden=move || !field.is_open()
            aria-multiselectable=move || field.inside().map(|_| "true")>
            {entries}
        </ul>
    }
}

fn entry(field: Field, at: usize, choice: Choice) -> impl IntoView {
    let on = matches!(&choice, Choice::Value { on: true, .. });
    let view = words(&choice);
    // Found from outside a dimension, a value has to say where it belongs.
    let from = match (&choice, field.inside()) {
        (Choice::Value { dimension, .. }, None) => Some(dimension.name()),
        _ => None,
    };
    view! {
        <li id=option_id(at) role="option" aria-selected=on.to_string()
            class:active=move || field.active() == Some(at)
            on:mousedown=|event| event.prevent_default()
            on:click=move |_| field.choose(&choice)>
            {view}
            {from.map(|name| view! { <small class="from">{name}</small> })}
        </li>
    }
}

fn words(choice: &Choice) -> AnyView {
    match choice {
        Choice::Dimension(dimension) => view! {
            <span class="tick"></span>
            {dimension.name()}
            <Glyph icon=Icon::Next/>
        }
        .into_any(),
        Choice::Search(text) => view! {
            <span class="tick"><Glyph icon=Icon::Search/></span>
            <span>"Search for “"<b>{text.clone()}</b>"”"</span>
        }
        .into_any(),
        Choice::Value { dimension, word, label, hint, on } => {
            let severity =
                Some(*dimension).filter(|dimension| *dimension == Dimension::Severity).and_then(|_| Severity::parse(word));
            let text = match severity {
                Some(severity) => view! { <SeverityMark severity/> }.into_any(),
                None => label.clone().into_any(),
            };
            let tick = on.then(|| view! { <Glyph icon=Icon::Check/> });
            view! {
                <span class="tick">{tick}</span>
                {text}
                <small>{hint.clone()}</small>
            }
            .into_any()
        }
    }
}
