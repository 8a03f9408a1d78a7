//! What is wrong and what is odd about reports: one red box and one orange, a part for each report,
//! collapsed when there are many. Every number is exact. Must not know how reports are read.

use crate::components::icon::{Glyph, Icon};
use crate::logic::number::count;
use crate::logic::scans::Told;
use casemate_shared::api::report::Message;
use leptos::prelude::*;

/// Parts are open while all of them together hold no more messages than this.
const OPEN_UP_TO: usize = 8;
/// As many messages of a part are drawn before somebody asks for all.
const FIRST: usize = 25;

/// A red box for errors and an orange one for warnings; nothing where there are none.
pub fn boxes(told: Vec<Told>) -> AnyView {
    let (mut errors, mut warnings) = (Vec::new(), Vec::new());
    for one in told {
        errors.push((one.name.clone(), one.errors));
        warnings.push((one.name, one.warnings));
    }
    view! {
        {group("scan-errors", "note bad", errors, ("report could not be used", "reports could not be used"))}
        {group("scan-warnings", "note", warnings, ("report has warnings", "reports have warnings"))}
    }
    .into_any()
}

type Part = (String, Vec<Message>);

fn group(testid: &'static str, class: &'static str, mut of: Vec<Part>, words: (&str, &str)) -> Option<impl IntoView + use<>> {
    of.retain(|(_, messages)| !messages.is_empty());
    let all: usize = of.iter().map(|(_, messages)| messages.len()).sum();
    let title = count(of.len() as u64, words.0, words.1);
    let total = count(all as u64, "message", "messages");
    let is_open = all <= OPEN_UP_TO;
    (!of.is_empty()).then(|| {
        view! {
            <section class=class data-testid=testid data-total=all.to_string()>
                <Glyph icon=Icon::Warning/>
                <div class="grow">
                    <p><b>{title}</b>", "{total}"."</p>
                    {of.into_iter().map(|(name, messages)| view! { <Messages name messages is_open/> }).collect_view()}
                </div>
            </section>
        }
    })
}

#[component]
fn Messages(name: String, messages: Vec<Message>, is_open: bool) -> impl IntoView {
    let total = messages.len();
    let is_all = RwSignal::new(total <= FIRST);
    let messages = StoredValue::new(messages);
    let shown = move || {
        let limit = if is_all.get() { total } else { FIRST };
        messages.with_value(|all| all.iter().take(limit).cloned().map(message).collect_view())
    };
    view! {
        <details open=is_open>
            <summary><b>{name}</b>": "{count(total as u64, "message", "messages")}</summary>
            <ul>{shown}</ul>
            <Show when=move || !is_all.get()>
                <button class="btn small" type="button" data-testid="all-messages" on:click=move |_| is_all.set(true)>
                    {format!("Show all {}", count(total as u64, "message", "messages"))}
                </button>
            </Show>
        </details>
    }
}

fn message(one: Message) -> impl IntoView {
    let place = one.place.map(|place| view! { <span class="mono place">{place}</span> });
    view! { <li><span class="tag">{one.kind}</span>" "{place}" "<span class="lines">{one.message}</span></li> }
}
