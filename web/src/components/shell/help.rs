//! The help sheet: all keys, what the words mean, and the switch for single keys. Must not know what keys
//! do elsewhere beyond their words.

use crate::components::icon::{Glyph, Icon};
use crate::state::browser;
use crate::state::keys::Keys;
use leptos::prelude::*;

const ID: &str = "help";

const KEYS: [(&str, &[&str], &str); 11] = [
    ("Everywhere", &["?"], "this sheet"),
    ("", &["/"], "into the filter or search field"),
    ("", &["g", "r"], "vulnerability report"),
    ("", &["g", "p"], "pipelines"),
    ("", &["g", "d"], "dependencies"),
    ("", &["g", "i"], "imports"),
    ("", &["g", "u"], "upload reports"),
    ("", &["g", "h"], "all projects"),
    ("In a list", &["j", "k"], "next and previous row"),
    ("", &["o", "Enter"], "open the row"),
    ("On a vulnerability", &["[", "]"], "previous and next of the list"),
];

const WORDS: [(&str, &str); 5] = [
    ("Finding", "One entry of a report, kept with its pipeline."),
    ("Vulnerability", "A finding that the default branch has. It has a status of its own."),
    ("Needs triage", "Nobody has decided about it yet."),
    ("No longer detected", "A later full scan of the same scanner did not report it. Its status does not change by that."),
    (
        "Kept open",
        "Not reported, and still not called no longer detected, because no scan proves it. The reason stands beside it.",
    ),
];

/// Opens the help sheet.
pub fn open() {
    if let Some(dialog) = browser::dialog(ID).filter(|dialog| !dialog.open()) {
        let _ = dialog.show_modal();
    }
}

/// The help sheet.
#[component]
pub fn Help() -> impl IntoView {
    let keys = expect_context::<Keys>();
    let close = move |_| {
        if let Some(dialog) = browser::dialog(ID) {
            dialog.close();
        }
    };
    view! {
        <dialog id=ID class="sheet-dialog" data-testid="help-dialog" aria-labelledby="help-title">
            <div class="head">
                <h2 id="help-title">"Keys and words"</h2>
                <button class="btn quiet square" type="button" aria-label="Close help" on:click=close>
                    <Glyph icon=Icon::Close/>
                </button>
            </div>
            <table class="plain">
                <caption class="sr">"Keys"</caption>
                <tbody>{KEYS.into_iter().map(key_row).collect_view()}</tbody>
            </table>
            <label class="check">
                <input type="checkbox" data-testid="single-keys" prop:checked=move || keys.on()
                    on:change=move |event| keys.set(event_target_checked(&event))/>
                "Single keys act (not inside fields)"
            </label>
            <dl>
                {WORDS.into_iter().map(|(word, means)| view! { <dt>{word}</dt><dd>{means}</dd> }).collect_view()}
            </dl>
        </dialog>
    }
}

fn key_row((place, keys, act): (&'static str, &'static [&'static str], &'static str)) -> impl IntoView {
    view! {
        <tr>
            <th scope="row">{place}</th>
            <td class="nowrap">{keys.iter().map(|key| view! { <kbd>{*key}</kbd>" " }).collect_view()}</td>
            <td>{act}</td>
        </tr>
    }
}
