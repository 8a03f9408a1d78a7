//! Times for people: how long ago, with the exact moment as a tooltip. Must not know what happened then.

use crate::logic::time;
use crate::state::browser;
use leptos::prelude::*;

/// "2 h ago", exact when pointed at.
#[component]
pub fn Ago(
    /// The API's time.
    #[prop(into)]
    at: String,
) -> impl IntoView {
    let text = match time::parse(&at) {
        Some(then) => time::ago(then, browser::now_ms()),
        None => at.clone(),
    };
    view! { <time title=time::moment(&at) datetime=at>{text}</time> }
}

/// The day, exact when pointed at.
#[component]
pub fn Day(
    /// The API's time.
    #[prop(into)]
    at: String,
) -> impl IntoView {
    let text = time::day(&at);
    view! { <time class="nowrap" title=time::moment(&at) datetime=at>{text}</time> }
}
