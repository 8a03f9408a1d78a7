//! The form of a new project. Must not know the rules of paths; the server says what is wrong.

use crate::api::projects::{NewProject, create};
use crate::api::{ApiError, Client};
use crate::components::alert::Failure;
use crate::components::heading::Heading;
use crate::logic::query;
use crate::state::go::{Go, use_own_search};
use crate::url::{Place, Route};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The form of a new project.
#[component]
pub fn NewProjectPage() -> impl IntoView {
    let (client, go) = (expect_context::<Client>(), expect_context::<Go>());
    // `?group=acme/platform` in the address names the group.
    let within = query::pairs(&use_own_search().get_untracked()).into_iter().find(|(key, _)| key == "group");
    let (name, group) = (RwSignal::new(String::new()), RwSignal::new(within.map(|(_, path)| path).unwrap_or_default()));
    let (path, branch) = (RwSignal::new(String::new()), RwSignal::new("main".to_owned()));
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<ApiError>);
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        let optional = |text: RwSignal<String>| {
            let text = text.get_untracked().trim().to_owned();
            (!text.is_empty()).then_some(text)
        };
        let body = NewProject {
            name: name.get_untracked().trim().to_owned(),
            path: optional(path),
            namespace_path: optional(group),
            default_branch: optional(branch).unwrap_or_else(|| "main".to_owned()),
        };
        spawn_local(async move {
            match create(client, body).await {
                Ok(project) => go.to(&Place::Upload.path(&project.path_with_namespace)),
                Err(why) => error.set(Some(why)),
            }
            busy.try_set(false);
        });
    };
    view! {
        <div class="head">
            <div class="grow">
                <Heading text="New project".to_owned()/>
                <p>"A project takes the reports of one repository."</p>
            </div>
        </div>
        <form class="box form" data-testid="new-project-form" on:submit=submit>
            {move || error.get().map(|error| view! { <Failure what="The project could not be made" error/> })}
            <Field id="name" label="Name (required)" about="As people know it: payments" value=name required=true/>
            <Field id="group" label="Group" about="Its path, acme/platform for example; made if it is missing. Empty: your own." value=group required=false/>
            <Field id="path" label="Path" about="Last part of the address. Empty: made from the name." value=path required=false/>
            <Field id="branch" label="Default branch (required)" about="Findings of this branch become vulnerabilities." value=branch required=true/>
            <div class="row">
                <button class="btn go" type="submit" data-testid="create-project" aria-disabled=move || busy.get().to_string()>
                    "Create project"
                </button>
                <a class="btn quiet" href=Route::Projects.path()>"Cancel"</a>
            </div>
        </form>
    }
}

#[component]
fn Field(id: &'static str, label: &'static str, about: &'static str, value: RwSignal<String>, required: bool) -> impl IntoView {
    let about_id = format!("{id}-about");
    view! {
        <label for=id>{label}</label>
        <input class="field" id=id data-testid=format!("project-{id}") type="text" required=required
            autocomplete="off" autocapitalize="none" spellcheck="false" aria-describedby=about_id.clone()
            prop:value=move || value.get() on:input=move |event| value.set(event_target_value(&event))/>
        <p class="about" id=about_id>{about}</p>
    }
}
