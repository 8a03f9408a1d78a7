//! The dialog that takes an import back: first what will be undone, then what was, what was kept, and why.
//! Must not know where the import stands on a page.

use crate::components::alert::Failure;
use crate::components::icon::{Glyph, Icon};
use crate::components::when::Ago;
use crate::logic::undo::{more_kept, plan, undone};
use crate::state::browser;
use crate::state::undo::{DIALOG, Subject, Undo};
use crate::url::Place;
use casemate_shared::UndoStatus;
use casemate_shared::api::import::{KeptVulnerability, UndoAnswer};
use leptos::prelude::*;

/// The dialog; closed until [`Undo::open`].
#[component]
pub fn UndoDialog(
    /// What it is about.
    undo: Undo,
    /// Full path of the project, for links.
    project: String,
    /// Called when it is closed.
    closed: Callback<()>,
) -> impl IntoView {
    let project = StoredValue::new(project);
    let title = move || {
        let id = undo.subject().map(|subject| subject.pipeline).unwrap_or_default();
        match undo.answer() {
            None => format!("Undo the import of pipeline #{id}?"),
            Some(_) => format!("Import of pipeline #{id} undone"),
        }
    };
    let body = move || match (undo.answer(), undo.subject()) {
        (Some(answer), _) => outcome(&project.get_value(), answer),
        (None, Some(subject)) => question(undo, &subject),
        (None, None) => ().into_any(),
    };
    view! {
        <dialog id=DIALOG class="sheet-dialog" data-testid="undo-dialog" aria-labelledby="undo-title" on:close=move |_| closed.run(())>
            <div class="head">
                <h2 id="undo-title">{title}</h2>
                <button class="btn quiet square" type="button" aria-label="Close" on:click=move |_| close()>
                    <Glyph icon=Icon::Close/>
                </button>
            </div>
            {move || undo.error().map(|error| view! { <Failure what="The import could not be undone" error/> })}
            {body}
        </dialog>
    }
}

fn close() {
    if let Some(dialog) = browser::dialog(DIALOG) {
        dialog.close();
    }
}

fn question(undo: Undo, subject: &Subject) -> AnyView {
    let lines = plan(&subject.summary);
    let will = match lines.is_empty() {
        true => view! { <p>"It changed nothing of the default branch: there is nothing to take back but the import itself."</p> }.into_any(),
        false => view! {
            <p>"As far as nobody touched it since, this is undone:"</p>
            <ul class="plainlist" data-testid="undo-plan">{lines.into_iter().map(|line| view! { <li>{line}</li> }).collect_view()}</ul>
        }
        .into_any(),
    };
    let button = format!("Undo import #{}", subject.pipeline);
    view! {
        <div class="stack">
            {will}
            <p>
                "Kept as it is: what somebody changed since, and what a later pipeline reported, changed or missed. \
                 You are told what and why. The reports stay, and so does the history."
            </p>
            <div class="row end">
                <button class="btn quiet" type="button" on:click=move |_| close()>"Cancel"</button>
                <button class="btn danger" type="button" data-testid="confirm-undo" aria-disabled=move || undo.is_busy().to_string()
                    on:click=move |_| undo.confirm()>
                    {move || if undo.is_busy() { "Undoing …".to_owned() } else { button.clone() }}
                </button>
            </div>
        </div>
    }
    .into_any()
}

fn outcome(project: &str, answer: UndoAnswer) -> AnyView {
    if answer.status == UndoStatus::Running {
        return view! { <p class="progress busy" role="status">"It is being undone. This page shows the result as soon as it is there."</p> }
            .into_any();
    }
    let who = answer.user.map(|user| format!(" by {}", user.name));
    let lines = undone(&answer.undone).into_iter().map(|line| view! { <li>{line}</li> }).collect_view();
    let reasons = answer.kept_reasons.into_iter().map(|one| view! { <li>{one.text}</li> }).collect_view();
    let listed = answer.kept_vulnerabilities.len();
    let kept = answer.kept_vulnerabilities.into_iter().map(|one| kept_row(project, one)).collect_view();
    let more = more_kept(answer.kept, listed).map(|more| view! { <li>{more}</li> });
    view! {
        <div class="stack" data-testid="undo-answer" data-kept=answer.kept.to_string()>
            <p role="status">{answer.text}</p>
            <p class="muted">"Undone" {who} ", " <Ago at=answer.finished_at.unwrap_or(answer.created_at)/></p>
            <ul class="plainlist">{lines}</ul>
            {(answer.kept > 0).then(|| view! {
                <h3>"Kept"</h3>
                <ul class="plainlist">{reasons}</ul>
                <details class="fold" open=listed <= 5>
                    <summary>"Which, and why each"</summary>
                    <ul class="plainlist kept-list" tabindex="0">{kept}{more}</ul>
                </details>
            })}
            <div class="row end">
                <button class="btn" type="button" data-testid="close-undo" on:click=move |_| close()>"Close"</button>
            </div>
        </div>
    }
    .into_any()
}

fn kept_row(project: &str, one: KeptVulnerability) -> impl IntoView + use<> {
    let pipeline = one.pipeline_id.map(|id| {
        view! { ", " <a class="link" href=Place::Pipeline(id).path(project)>{format!("pipeline #{id}")}</a> }
    });
    view! {
        <li>
            <a class="link" href=Place::Vulnerability(one.vulnerability_id).path(project)>{one.title}</a>
            <small class="muted">{one.text}{pipeline}</small>
        </li>
    }
}
