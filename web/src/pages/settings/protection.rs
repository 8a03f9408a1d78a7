//! The dialog that changes who may do what to a protected branch. Must not know the list.

use super::branches::{GUARDS, LEVELS, Table};
use crate::api::branches::{self, ProtectionChange};
use crate::components::form::{Outcome, PickField, TickField, options};
use crate::components::icon::{Glyph, Icon};
use crate::logic::protection as rules;
use crate::state::act::Act;
use crate::state::browser;
use casemate_shared::api::branch::{BranchAccess, ProtectedBranch};
use leptos::prelude::*;

const DIALOG: &str = "change-protection";

/// Opens the dialog for a protection.
pub(super) fn open(table: Table, branch: ProtectedBranch) {
    table.edited.set(Some(branch));
    request_animation_frame(|| {
        if let Some(dialog) = browser::dialog(DIALOG).filter(|dialog| !dialog.open()) {
            let _ = dialog.show_modal();
            browser::focus("change-push");
        }
    });
}

fn close() {
    if let Some(dialog) = browser::dialog(DIALOG) {
        dialog.close();
    }
}

/// The dialog; closed until [`open`].
#[component]
pub(super) fn ProtectionDialog(table: Table) -> impl IntoView {
    let title = move || {
        let name = table.edited.with(|branch| branch.as_ref().map(|branch| branch.name.clone()));
        format!("Change the protection of {}", name.unwrap_or_default())
    };
    view! {
        <dialog id=DIALOG class="sheet-dialog" data-testid="protection-dialog" aria-labelledby="change-protection-title">
            <div class="head">
                <h2 id="change-protection-title">{title}</h2>
                <button class="btn quiet square" type="button" aria-label="Close" on:click=move |_| close()>
                    <Glyph icon=Icon::Close/>
                </button>
            </div>
            {move || table.edited.get().map(|branch| view! { <Form table branch/> })}
        </dialog>
    }
}

/// The chosen level of some rules, and the levels to choose from.
fn choice(of: &[BranchAccess], levels: &[(&str, &str)]) -> (RwSignal<String>, Vec<(String, String)>) {
    let level = rules::level(of);
    let mut choices = options(levels);
    if level.is_none() || !rules::named(of).is_empty() {
        choices.push((String::new(), "Only who is named".to_owned()));
    }
    (RwSignal::new(level.map(|level| level.to_string()).unwrap_or_default()), choices)
}

/// Who is named beside the levels.
fn named(branch: &ProtectedBranch) -> Option<impl IntoView + use<>> {
    let kinds = [
        ("push", &branch.push_access_levels),
        ("merge", &branch.merge_access_levels),
        ("change this", &branch.unprotect_access_levels),
    ];
    let line = |(word, of): (&str, &Vec<BranchAccess>)| {
        let names = rules::named(of);
        (!names.is_empty()).then(|| format!("may {word}: {}", names.join(", ")))
    };
    let lines: Vec<String> = kinds.into_iter().filter_map(line).collect();
    (!lines.is_empty()).then(|| view! { <p>"Named beside these, and left as they are: "{lines.join("; ")}"."</p> })
}

#[component]
fn Form(table: Table, branch: ProtectedBranch) -> impl IntoView {
    let (push, pushers) = choice(&branch.push_access_levels, LEVELS);
    let (merge, mergers) = choice(&branch.merge_access_levels, LEVELS);
    let (guard, guards) = choice(&branch.unprotect_access_levels, GUARDS);
    let force = RwSignal::new(branch.allow_force_push);
    let owners = RwSignal::new(branch.code_owner_approval_required);
    let (named, act) = (named(&branch), Act::new());
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let changes = |of: &[BranchAccess], level: RwSignal<String>| rules::changes(of, level.get_untracked().parse().ok());
        let change = ProtectionChange {
            allowed_to_push: changes(&branch.push_access_levels, push),
            allowed_to_merge: changes(&branch.merge_access_levels, merge),
            allowed_to_unprotect: changes(&branch.unprotect_access_levels, guard),
            allow_force_push: force.get_untracked(),
            code_owner_approval_required: owners.get_untracked(),
        };
        let work = branches::change(table.client, table.of.get_value(), branch.name.clone(), change);
        act.run(work, move |changed| {
            close();
            table.done(format!("The protection of {} was changed.", changed.name));
        });
    };
    view! {
        <form class="form" data-testid="protection-form" on:submit=submit>
            <PickField id="change-push" label="May push" value=push options=pushers/>
            <PickField id="change-merge" label="May merge" value=merge options=mergers/>
            <PickField id="change-unprotect" label="May change this protection" value=guard options=guards/>
            {named}
            <div class="ticks">
                <TickField id="change-force" label="Force push" value=force about="Those who may push may also rewrite it."/>
                <TickField id="change-owners" label="Code owners" value=owners about="Owners of code have to approve."/>
            </div>
            <Outcome act what="The protection could not be changed"/>
            <div class="row end">
                <button class="btn quiet" type="button" on:click=move |_| close()>"Cancel"</button>
                <button class="btn go" type="submit" data-testid="save-protection" aria-disabled=move || act.is_busy().to_string()>"Save"</button>
            </div>
        </form>
    }
}
