//! Imports files by hand: choose them, look what would happen, then import. Nothing is sent for good that
//! was not looked at first. Must not know how reports are read.

use super::check::Checked;
use super::files::{Chosen, Files};
use crate::api::{ApiError, Client, imports};
use crate::components::alert::Failure;
use crate::components::heading::Heading;
use crate::state::browser;
use crate::state::go::Go;
use crate::state::project::Here;
use crate::url::Place;
use casemate_shared::api::report::DryRunAnswer;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::future::Future;

/// Id of the heading above what would happen.
const RESULT: &str = "what-would-happen";

/// The form at hand.
#[derive(Clone, Copy)]
struct Form {
    files: RwSignal<Vec<Chosen>, LocalStorage>,
    branch: RwSignal<String>,
    commit: RwSignal<String>,
    phase: RwSignal<Phase>,
    error: RwSignal<Option<ApiError>>,
}

/// Where somebody is on the way from files to an import.
#[derive(Clone, PartialEq)]
enum Phase {
    /// Filling in the form.
    Choosing,
    /// Waiting for what would happen.
    Checking,
    /// Looking at what would happen.
    Checked(Box<DryRunAnswer>),
    /// Waiting for the import.
    Importing(Box<DryRunAnswer>),
}

impl Form {
    /// What was looked at holds no more.
    fn changed(self) {
        if !self.is_busy() {
            self.phase.set(Phase::Choosing);
        }
    }

    fn is_busy(self) -> bool {
        self.phase.with_untracked(|phase| matches!(phase, Phase::Checking | Phase::Importing(_)))
    }

    fn import(self) -> imports::Import {
        imports::Import {
            branch: self.branch.get_untracked(),
            commit: self.commit.get_untracked(),
            files: self.files.with_untracked(|files| files.iter().map(Chosen::part).collect()),
        }
    }

    fn check(self, client: Client, project: String) {
        let import = self.import();
        self.start(Phase::Checking, imports::try_out(client, project, import), move |answer| {
            self.phase.try_set(Phase::Checked(Box::new(answer)));
            request_animation_frame(|| browser::focus_and_show(RESULT));
        });
    }

    fn start<T: 'static>(
        self,
        phase: Phase,
        work: impl Future<Output = Result<T, ApiError>> + 'static,
        then: impl FnOnce(T) + 'static,
    ) {
        self.phase.set(phase);
        self.error.set(None);
        spawn_local(async move {
            match work.await {
                Ok(answer) => then(answer),
                Err(why) => {
                    self.error.try_set(Some(why));
                    self.phase.try_set(Phase::Choosing);
                }
            }
        });
    }
}

/// The form that imports files by hand.
#[component]
pub fn NewImportPage() -> impl IntoView {
    let (here, client, go) = (expect_context::<Here>(), expect_context::<Client>(), expect_context::<Go>());
    let of = StoredValue::new(untrack(|| here.full_path()));
    let form = Form {
        files: RwSignal::new_local(Vec::new()),
        branch: RwSignal::new(String::new()),
        commit: RwSignal::new(String::new()),
        phase: RwSignal::new(Phase::Choosing),
        error: RwSignal::new(None),
    };
    Effect::new(move |_| {
        let told = here.project.with(|project| project.map(|project| project.default_branch.clone()));
        if let Some(branch) = told.filter(|_| form.branch.with_untracked(String::is_empty)) {
            form.branch.set(branch);
        }
    });
    let check = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if form.is_busy() || form.files.with_untracked(Vec::is_empty) {
            return;
        }
        form.check(client, of.get_value());
    };
    let import = Callback::new(move |()| {
        let Phase::Checked(seen) = form.phase.get_untracked() else { return };
        let work = imports::send(client, of.get_value(), form.import());
        form.start(Phase::Importing(seen), work, move |answer| go.to(&Place::Pipeline(answer.pipeline.id).path(&of.get_value())));
    });
    let is_default = move || {
        let branch = here.project.with(|project| project.map(|project| project.default_branch.clone()));
        branch.is_some_and(|branch| form.branch.with(|wish| wish.strip_prefix("refs/heads/").unwrap_or(wish) == branch))
    };
    let result = move || match form.phase.get() {
        Phase::Checked(answer) => Some((answer, false)),
        Phase::Importing(answer) => Some((answer, true)),
        _ => None,
    };
    view! {
        <div class="head">
            <div class="grow">
                <Heading text="Import reports".to_owned() of=Signal::derive(move || here.name())/>
                <p>"By hand, for a try or where no CI can send them. You see what would happen before anything does."</p>
            </div>
        </div>
        <Fields form check/>
        <div class="space">
            {move || form.error.get().map(|error| view! { <Failure what="The reports were not taken" error/> })}
        </div>
        {move || result().map(|(answer, busy)| view! { <Checked id=RESULT answer=*answer on_default_branch=is_default() busy import/> })}
    }
}

#[component]
fn Fields(form: Form, check: impl Fn(web_sys::SubmitEvent) + 'static) -> impl IntoView {
    let is_checking = move || form.phase.with(|phase| *phase == Phase::Checking);
    let is_empty = move || form.files.with(Vec::is_empty);
    let changed = Callback::new(move |()| form.changed());
    let write = move |to: RwSignal<String>| {
        move |event| {
            to.set(event_target_value(&event).trim().to_owned());
            form.changed();
        }
    };
    view! {
        <form class="box form import" data-testid="import-form" on:submit=check>
            <Files files=form.files changed/>
            <label for="import-branch">"Branch (required)"</label>
            <input class="field" id="import-branch" data-testid="import-branch" type="text" required autocomplete="off"
                autocapitalize="none" spellcheck="false" aria-describedby="import-branch-about"
                prop:value=move || form.branch.get() on:input=write(form.branch)/>
            <p class="about" id="import-branch-about">
                "Findings of the default branch become vulnerabilities; those of other branches are compared with them."
            </p>
            <label for="import-commit">"Commit (required)"</label>
            <input class="field mono" id="import-commit" data-testid="import-commit" type="text" required autocomplete="off"
                autocapitalize="none" spellcheck="false" pattern="[0-9a-fA-F]{40}|[0-9a-fA-F]{64}"
                title="40 or 64 hexadecimal digits" aria-describedby="import-commit-about"
                prop:value=move || form.commit.get() on:input=write(form.commit)/>
            <p class="about" id="import-commit-about">
                "The commit that was scanned, whole: " <span class="mono">"git rev-parse HEAD"</span> " prints it."
            </p>
            <div class="row">
                <button class="btn go" type="submit" data-testid="check-import"
                    aria-disabled=move || (is_checking() || is_empty()).to_string()>
                    {move || if is_checking() { "Looking …" } else { "Show what would happen" }}
                </button>
                <span class="muted" role="status">
                    {move || if is_empty() { "Choose a report first." } else if is_checking() { "Nothing is stored by this." } else { "" }}
                </span>
            </div>
        </form>
    }
}
