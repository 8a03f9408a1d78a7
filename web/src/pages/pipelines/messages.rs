//! What is wrong and what is odd about each report, in red and in orange. Must not know how reports are
//! read.

use crate::components::icon::{Glyph, Icon};
use crate::logic::number::count;
use casemate_shared::api::pipeline::Scan;
use casemate_shared::api::report::Message;
use leptos::prelude::*;

/// A red box for errors and an orange one for warnings, each by scan; nothing when there are none.
pub fn boxes(scans: &[Scan]) -> AnyView {
    let errors: Vec<_> = scans.iter().map(|scan| (name(scan), scan.errors.clone())).collect();
    let warnings: Vec<_> = scans.iter().map(|scan| (name(scan), scan.warnings.clone())).collect();
    view! {
        {group("scan-errors", "note bad", errors, ("report could not be used", "reports could not be used"))}
        {group("scan-warnings", "note", warnings, ("report has warnings", "reports have warnings"))}
    }
    .into_any()
}

fn name(scan: &Scan) -> String {
    format!("{} ({}, {})", scan.job_name, scan.report_type.label(), scan.artifact.filename)
}

fn group(
    testid: &'static str,
    class: &'static str,
    mut of: Vec<(String, Vec<Message>)>,
    words: (&str, &str),
) -> Option<impl IntoView + use<>> {
    of.retain(|(_, messages)| !messages.is_empty());
    let title = count(of.len() as u64, words.0, words.1);
    let open = of.len() <= 3;
    let part = move |(name, messages): (String, Vec<Message>)| {
        let summary = format!("{name}: {}", count(messages.len() as u64, "message", "messages"));
        view! {
            <details open=open>
                <summary>{summary}</summary>
                <ul>{messages.into_iter().map(message).collect_view()}</ul>
            </details>
        }
    };
    (!of.is_empty()).then(|| {
        view! {
            <section class=class data-testid=testid>
                <Glyph icon=Icon::Warning/>
                <div class="grow">
                    <p><b>{title}</b></p>
                    {of.into_iter().map(part).collect_view()}
                </div>
            </section>
        }
    })
}

fn message(one: Message) -> impl IntoView {
    let place = one.place.map(|place| view! { <span class="mono place">{place}</span> });
    view! { <li><span class="tag">{one.kind}</span>" "{place}" "<span class="lines">{one.message}</span></li> }
}
