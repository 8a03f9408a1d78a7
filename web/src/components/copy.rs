//! Text to take along: a block with a copy button that says whether it worked. Must not know what is copied.

use super::icon::{Glyph, Icon};
use crate::state::browser;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// A copy button with feedback.
#[component]
pub fn CopyButton(
    /// What is copied.
    text: String,
    /// What it is, for readers: "Copy the curl command".
    #[prop(into)]
    label: String,
) -> impl IntoView {
    let told = RwSignal::new("");
    let text = StoredValue::new(text);
    let press = move |_| {
        spawn_local(async move {
            let worked = browser::copy(&text.get_value()).await;
            told.set(if worked { "Copied" } else { "Select the text and copy it" });
            let forget = move || {
                told.try_set("");
            };
            set_timeout(forget, Duration::from_secs(3));
        });
    };
    view! {
        <span class="copy">
            <span role="status" class="muted">{move || told.get()}</span>
            <button class="btn small" type="button" aria-label=label on:click=press>
                {move || {
                    let icon = if told.get() == "Copied" { Icon::Check } else { Icon::Copy };
                    view! { <Glyph icon/> }
                }}
                "Copy"
            </button>
        </span>
    }
}

/// Code with a copy button.
#[component]
pub fn CopyBlock(
    /// The code.
    code: String,
    /// What it is, for readers.
    #[prop(into)]
    label: String,
) -> impl IntoView {
    view! {
        <div class="snippet">
            <pre tabindex="0"><code>{code.clone()}</code></pre>
            <CopyButton text=code label/>
        </div>
    }
}
