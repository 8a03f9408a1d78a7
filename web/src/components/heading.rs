//! The one H1 of a page, which takes the focus when the page changes. Must not know pages.

use crate::state::heading;
use leptos::prelude::*;

/// The heading of a page; also the title of the document.
#[component]
pub fn Heading(
    /// Its text.
    #[prop(into)]
    text: Signal<String>,
    /// Said after it in the title of the document: the project.
    #[prop(into, default = Signal::stored(String::new()))]
    of: Signal<String>,
    /// Leave the focus where it is: the page moves it elsewhere.
    #[prop(optional)]
    keep_focus: bool,
) -> impl IntoView {
    heading::use_title(move || vec![text.get(), of.get()]);
    if !keep_focus {
        heading::use_focus();
    }
    view! {
        <h1 id=heading::ID data-testid="page-h1" tabindex="-1">
            {move || text.get()}
        </h1>
    }
}
