//! Name, path, description, default branch and visibility of a project. Must not know the rules of paths; the
//! server says what is wrong.

use super::danger::Danger;
use super::top;
use crate::api::Client;
use crate::api::projects::{self, Change};
use crate::components::alert::Notice;
use crate::components::async_view::Awaited;
use crate::components::form::{PickField, Send, TextField, visibilities};
use crate::state::act::Act;
use crate::state::go::Go;
use crate::state::project::Here;
use crate::url::{Place, Section};
use casemate_shared::AccessLevel;
use casemate_shared::api::project::Project;
use leptos::prelude::*;

/// General settings of the project at hand.
#[component]
pub fn GeneralPage() -> impl IntoView {
    let here = expect_context::<Here>();
    // Drawn anew for another project or another standing, not for every answer: somebody may be typing.
    let key =
        Memo::new(move |_| here.project.with(|project| project.map(|project| (project.id, project.archived, here.level()))));
    let body = move || {
        key.get()?;
        let project = here.project.with_untracked(|project| project.cloned())?;
        Some(view! { <Form here project=project.clone()/><Danger here project/> })
    };
    view! {
        {top(here, "General settings", "What the project is called, who sees it, and which branch counts.")}
        <Awaited remote=here.project what="The project could not be loaded"/>
        {body}
    }
}

#[component]
fn Form(here: Here, project: Project) -> impl IntoView {
    let (client, go) = (expect_context::<Client>(), expect_context::<Go>());
    let text = |text: &str| RwSignal::new(text.to_owned());
    let (name, path) = (text(&project.name), text(&project.path));
    let description = text(project.description.as_deref().unwrap_or_default());
    let (branch, visibility) = (text(&project.default_branch), text(&project.visibility));
    let level = untrack(|| here.level());
    let (may_change, may_show) = (level >= AccessLevel::Maintainer && !project.archived, level >= AccessLevel::Owner);
    let act = Act::new();
    let old_path = project.path_with_namespace.clone();
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let change = Change {
            name: name.get_untracked().trim().to_owned(),
            path: path.get_untracked().trim().to_owned(),
            description: description.get_untracked().trim().to_owned(),
            default_branch: branch.get_untracked().trim().to_owned(),
            visibility: may_show.then(|| visibility.get_untracked()),
        };
        let old_path = old_path.clone();
        act.run(projects::change(client, old_path.clone(), change), move |project| {
            if project.path_with_namespace != old_path {
                go.instead(&Place::Settings(Section::General).path(&project.path_with_namespace));
                return;
            }
            act.say("The settings were saved.");
            here.project.reload();
        });
    };
    let note = if project.archived {
        "The project is archived: it is read-only until it is opened again."
    } else {
        "You may look, but not change anything here: that needs a maintainer."
    };
    view! {
        {(!may_change).then(|| view! { <div class="space"><Notice><p>{note}</p></Notice></div> })}
        <form class="box form" data-testid="project-settings" on:submit=submit>
            <fieldset class="bare-set" disabled=!may_change>
                <TextField id="settings-name" label="Name (required)" value=name required=true/>
                <TextField id="settings-description" label="Description" value=description/>
                <TextField id="settings-branch" label="Default branch (required)" value=branch required=true
                    about="Findings of this branch are vulnerabilities. With another branch the next pipeline of that branch decides what is detected."/>
                {may_show.then(|| view! { <PickField id="settings-visibility" label="Who sees it" value=visibility options=visibilities()
                    about="What scanners found is for members from developer on, whatever is chosen here."/> })}
                <TextField id="settings-path" label="Path (required)" value=path required=true
                    about="Last part of the address. With another one all addresses of the project change, and uploads to the old one are refused."/>
                <Send act id="save-settings" label="Save" what="The settings could not be saved"/>
            </fieldset>
        </form>
    }
}
