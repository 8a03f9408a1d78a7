//! One row of the report, a card on narrow screens. Must not know the list around it.

use crate::components::severity::SeverityMark;
use crate::components::status::StatusMark;
use crate::components::when::Day;
use crate::logic::scans;
use crate::state::project::Here;
use crate::url::Place;
use casemate_shared::api::vulnerability::{Identifier, Vulnerability};
use leptos::prelude::*;

/// Called before a vulnerability is opened.
pub type Opener = Callback<u64>;

/// Id of the link of a row.
pub fn link_id(id: u64) -> String {
    format!("vulnerability-{id}")
}

/// One vulnerability.
#[component]
pub fn Row(
    /// Place in the list, from 0.
    place: usize,
    /// The vulnerability.
    vulnerability: Vulnerability,
    /// The row that keys stand on.
    at: RwSignal<Option<usize>>,
    /// Called before it is opened.
    opener: Opener,
) -> impl IntoView {
    let here = expect_context::<Here>();
    let Vulnerability { id, title, location_text, state, severity, dismissal_reason, .. } = vulnerability.clone();
    let href = untrack(|| here.path(Place::Vulnerability(id)));
    view! {
        <tr data-testid="vuln-row" data-id=id.to_string() class:at=move || at.get() == Some(place)
            on:focusin=move |_| at.set(Some(place))>
            <td class="when"><Day at=vulnerability.detected_at.clone()/></td>
            <td class="state"><StatusMark state reason=dismissal_reason/></td>
            <td class="sevc"><SeverityMark severity/></td>
            <td class="desc">
                <a class="t" id=link_id(id) data-testid="vuln-title-link" href=href on:click=move |_| opener.run(id)>
                    {title}
                </a>
                <span class="p mono">{location_text}</span>
            </td>
            <td class="ident">{identifier(&vulnerability.identifiers)}</td>
            <td class="kind">
                {vulnerability.report_type.label()}
                <small>{scans::tool(&vulnerability.scanner)}</small>
            </td>
            <td class="actc"><div class="acts">{tags(&vulnerability)}</div></td>
        </tr>
    }
}

/// The primary identifier, and how many more there are with their names as a tooltip.
fn identifier(identifiers: &[Identifier]) -> impl IntoView + use<> {
    let mut names = identifiers.iter().map(|identifier| identifier.name.clone());
    let first = names.next().map(|name| view! { <span class="mono clip" title=name.clone()>{name.clone()}</span> });
    let rest: Vec<_> = names.collect();
    let more = (!rest.is_empty()).then(|| {
        view! { <small title=rest.join(", ")>{format!("+{} more", rest.len())}</small> }
    });
    (first, more)
}

fn tags(vulnerability: &Vulnerability) -> impl IntoView + use<> {
    let all = [
        (vulnerability.resolved_on_default_branch, "no longer detected", "tag gone"),
        (vulnerability.has_remediations, "fix available", "tag fix"),
        (vulnerability.false_positive, "false positive?", "tag"),
    ];
    let shown = all.into_iter().filter(|(is, ..)| *is);
    shown.map(|(_, text, class)| view! { <span class=class>{text}</span> }).collect_view()
}
