//! The six severity cards: exact numbers that are switches of the filter. Must not know where numbers come
//! from.

use super::severity::SeverityMark;
use crate::logic::number::thousands;
use casemate_shared::Severity;
use casemate_shared::api::vulnerability::SeverityCounts;
use leptos::prelude::*;

/// Six cards, Critical to Unknown. While new numbers are awaited the earlier ones stay, in grey.
#[component]
pub fn SeverityCards(
    /// The numbers; `None` before the first ones are known.
    #[prop(into)]
    counts: Signal<Option<SeverityCounts>>,
    /// Whether newer ones are awaited.
    #[prop(into)]
    stale: Signal<bool>,
    /// The severities that the filter names.
    #[prop(into)]
    chosen: Signal<Vec<Severity>>,
    /// Switches one.
    #[prop(into)]
    press: Callback<Severity>,
) -> impl IntoView {
    let card = move |severity: Severity| {
        let number = move || counts.get().map(|counts| counts.get(severity));
        let text = move || number().map_or_else(|| "–".to_owned(), thousands);
        let raw = move || number().map(|number| number.to_string()).unwrap_or_default();
        let pressed = move || chosen.with(|chosen| chosen.contains(&severity)).to_string();
        view! {
            <button type="button" class="card" data-testid=format!("severity-card-{}", severity.as_str())
                aria-pressed=pressed on:click=move |_| press.run(severity)>
                <SeverityMark severity/>
                <span class="v" class:stale=move || stale.get() data-count=raw>{text}</span>
            </button>
        }
    };
    view! {
        <div class="cards" role="group" aria-label="Vulnerabilities by severity; each is a filter">
            {Severity::CARDS.map(card).collect_view()}
        </div>
    }
}
