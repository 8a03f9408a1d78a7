//! The tokens of the filter: each can be opened and taken away. Must not know the list of choices.

use super::field::Field;
use crate::components::icon::{Glyph, Icon};
use crate::logic::filters::{Dimension, label};
use leptos::prelude::*;

/// One token for each dimension in use.
#[component]
pub fn Tokens(
    /// The field.
    field: Field,
) -> impl IntoView {
    move || {
        let filters = field.filters();
        let used = filters.used();
        let last = used.last().copied();
        let token = |dimension: Dimension| {
            let words = filters.words(dimension);
            let labels: Vec<_> = words.iter().map(|word| label(dimension, word)).collect();
            let armed = move || field.armed() && last == Some(dimension);
            token(field, dimension, labels.join(", "), armed)
        };
        used.iter().copied().map(token).collect_view()
    }
}

fn token(field: Field, dimension: Dimension, values: String, armed: impl Fn() -> bool + Send + Sync + 'static) -> impl IntoView {
    let name = dimension.name();
    let testid = format!("token-{}", name.to_lowercase().replace(' ', "-"));
    let said = format!("{name} is {values}");
    view! {
        <span class="tok" class:armed=armed data-testid=testid>
            <button type="button" class="edit" aria-label=format!("Change {said}")
                on:click=move |_| field.enter(dimension)>
                <i>{name}</i>
                <span>{values}</span>
            </button>
            <button type="button" class="x" aria-label=format!("Remove {said}")
                on:click=move |_| field.remove(dimension)>
                <Glyph icon=Icon::Close/>
            </button>
        </span>
    }
}
