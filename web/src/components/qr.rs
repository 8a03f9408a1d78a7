//! A QR code as a picture drawn here. Must not know what it says.

use crate::logic::qr::Code;
use leptos::prelude::*;

/// The picture; nothing when the text is too long for one.
#[component]
pub fn QrCode(
    /// What it says.
    text: String,
    /// What it is, for readers.
    label: &'static str,
) -> impl IntoView {
    Code::of(&text).map(|code| {
        // Four modules of white around it, as readers need.
        let side = code.size() + 8;
        view! {
            <svg class="qr" data-testid="qr" viewBox=format!("-4 -4 {side} {side}") role="img" aria-label=label shape-rendering="crispEdges">
                <rect class="paper" x="-4" y="-4" width=side.to_string() height=side.to_string()></rect>
                <path class="ink" d=code.path()></path>
            </svg>
        }
    })
}
