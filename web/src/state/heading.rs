//! The title of the document and the focus on the page's heading after a change of page. Must not know
//! pages.

use super::browser;
use leptos::prelude::*;

/// Id of every page's heading.
pub const ID: &str = "page-h1";

/// Keeps the document's title at `<parts> · Casemate`, parts that are empty left out.
pub fn use_title(parts: impl Fn() -> Vec<String> + 'static) {
    Effect::new(move |_| {
        let mut parts = parts();
        parts.retain(|part| !part.is_empty());
        parts.push("Casemate".to_owned());
        document().set_title(&parts.join(" · "));
    });
}

/// Moves the focus to the heading once the page stands.
pub fn use_focus() {
    Effect::new(move |_| request_animation_frame(|| browser::focus(ID)));
}
