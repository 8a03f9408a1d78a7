//! What stands where a list would be, and what to do next. Must not know why it is empty.

use leptos::prelude::*;

/// A calm box with a title and what to do next.
#[component]
pub fn Empty(
    /// What is so.
    #[prop(into)]
    title: String,
    /// What to do about it.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="empty" data-testid="empty">
            <svg class="scene" viewBox="0 0 96 64" aria-hidden="true">
                <path d="M10 56V28l38-18 38 18v28"></path>
                <path d="M30 56V42a18 18 0 0136 0v14"></path>
                <path class="ground" d="M2 56h92"></path>
            </svg>
            <h2>{title}</h2>
            {children()}
        </div>
    }
}
