//! Notes on a page: what went wrong, with cause and way out; what to watch out for. Must not know requests.

use super::icon::{Glyph, Icon};
use crate::api::ApiError;
use leptos::prelude::*;

/// What went wrong, the id to look for in the server's log, and Retry.
#[component]
pub fn Failure(
    /// What was attempted: "The list could not be loaded".
    #[prop(into)]
    what: String,
    /// Why it failed.
    error: ApiError,
    /// Tries again; no button without it.
    #[prop(optional, into)]
    retry: Option<Callback<()>>,
) -> impl IntoView {
    let id = error.request_id.map(|id| {
        view! { <p class="muted">"Request " <span class="mono">{id}</span></p> }
    });
    let retry = retry.map(|retry| {
        view! { <button class="btn" type="button" on:click=move |_| retry.run(())>"Retry"</button> }
    });
    view! {
        <div class="note bad" role="alert" data-testid="failure">
            <Glyph icon=Icon::Warning/>
            <div class="grow">
                <p><b>{what}</b>": " {error.text}</p>
                {id}
            </div>
            {retry}
        </div>
    }
}

/// Something to know: no fault, no danger.
#[component]
pub fn Notice(
    /// What it is about.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="note calm">
            <Glyph icon=Icon::Info/>
            <div class="grow">{children()}</div>
        </div>
    }
}

/// Something to watch out for.
#[component]
pub fn Caution(
    /// What it is about.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="note">
            <Glyph icon=Icon::Warning/>
            <div class="grow">{children()}</div>
        </div>
    }
}
