//! The dialog of a question before something that is not lightly undone. Must not know what it is about.

use super::alert::Failure;
use super::icon::{Glyph, Icon};
use crate::state::ask::{Ask, DIALOG, Question};
use leptos::prelude::*;

/// The dialog; closed until [`Ask::open`].
#[component]
pub fn AskDialog(
    /// The question.
    ask: Ask,
) -> impl IntoView {
    let title = move || ask.question().map(|question| question.title).unwrap_or_default();
    view! {
        <dialog id=DIALOG class="sheet-dialog" data-testid="ask-dialog" aria-labelledby="ask-title">
            <div class="head">
                <h2 id="ask-title">{title}</h2>
                <button class="btn quiet square" type="button" aria-label="Close" on:click=move |_| ask.close()>
                    <Glyph icon=Icon::Close/>
                </button>
            </div>
            {move || ask.question().map(|question| body(ask, question))}
        </dialog>
    }
}

fn body(ask: Ask, question: Question) -> impl IntoView {
    let failed = question.failed;
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        ask.confirm();
    };
    let is_typed = question.typed.is_some();
    let typed = question.typed.map(|wanted| {
        view! {
            <label for="ask-typed">"Type " <b class="mono">{wanted}</b> " to confirm"</label>
            <input class="field mono" id="ask-typed" data-testid="ask-typed" type="text" autofocus autocomplete="off" autocapitalize="none"
                spellcheck="false" prop:value=move || ask.typed().get()
                on:input=move |event| ask.typed().set(event_target_value(&event))/>
        }
    });
    view! {
        <form class="stack" on:submit=submit>
            {question.lines.into_iter().map(|line| view! { <p>{line}</p> }).collect_view()}
            <div class="asked">{typed}</div>
            {move || ask.act().error().map(|error| view! { <Failure what=failed error/> })}
            <div class="row end">
                <button class="btn quiet" type="button" autofocus=!is_typed on:click=move |_| ask.close()>"Cancel"</button>
                <button class="btn danger" type="submit" data-testid="ask-confirm"
                    aria-disabled=move || (ask.act().is_busy() || !ask.may_confirm()).to_string()>{question.button}</button>
            </div>
        </form>
    }
}
