//! The web page of Casemate: a client of its public API, in the browser. Must not know the server's
//! rooms; what both share lies in `casemate_shared`.

mod api;
mod app;
mod components;
mod logic;
mod pages;
mod state;
mod url;

/// Starts the page in the browser's document and takes the waiting text away.
pub fn start() {
    url::begin_at(&state::browser::told_root());
    if let Some(waiting) = leptos::prelude::document().get_element_by_id("boot") {
        waiting.remove();
    }
    leptos::mount::mount_to_body(app::App);
}
