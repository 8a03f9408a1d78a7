//! The state of a vulnerability as icon and words. Must not know how it is changed.

use super::icon::{Glyph, Icon};
use casemate_shared::{DismissalReason, VulnerabilityState};
use leptos::prelude::*;

/// The icon of a state.
pub const fn icon(state: VulnerabilityState) -> Icon {
    match state {
        VulnerabilityState::Detected => Icon::Detected,
        VulnerabilityState::Confirmed => Icon::Confirmed,
        VulnerabilityState::Dismissed => Icon::Dismissed,
        VulnerabilityState::Resolved => Icon::Resolved,
    }
}

/// Icon and words of a state, with the reason of a dismissal below.
#[component]
pub fn StatusMark(
    /// The state.
    state: VulnerabilityState,
    /// Why it was dismissed.
    #[prop(optional_no_strip)]
    reason: Option<DismissalReason>,
) -> impl IntoView {
    let reason = reason.filter(|_| state == VulnerabilityState::Dismissed);
    view! {
        <span class=format!("st {}", state.as_str())>
            <Glyph icon=icon(state)/>
            {state.label()}
        </span>
        {reason.map(|reason| view! { <small>{reason.label()}</small> })}
    }
}
