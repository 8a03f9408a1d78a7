//! What changes a project as a whole: archive, move, delete. Each is asked about first, and deleting with its path
//! typed. Must not know how it is done.

use crate::api::{Client, projects};
use crate::components::ask_dialog::AskDialog;
use crate::components::form::{Outcome, TextField};
use crate::state::act::Act;
use crate::state::ask::{Ask, Question};
use crate::state::go::Go;
use crate::state::project::Here;
use crate::url::{Place, Route, Section};
use casemate_shared::AccessLevel;
use casemate_shared::api::project::Project;
use leptos::prelude::*;

/// Archive, move, delete; nothing for who may not.
#[component]
pub fn Danger(
    /// Where the page is.
    here: Here,
    /// The project.
    project: Project,
) -> impl IntoView {
    let ask = Ask::new();
    let may = untrack(|| here.level()) >= AccessLevel::Owner;
    may.then(|| {
        view! {
            <section class="box form danger-zone">
                <h2>"The project as a whole"</h2>
                <Archive here project=project.clone() ask/>
                {(!project.archived).then(|| view! { <Transfer project=project.clone()/> })}
                <Delete project ask/>
            </section>
            <AskDialog ask/>
        }
    })
}

#[component]
fn Archive(here: Here, project: Project, ask: Ask) -> impl IntoView {
    let client = expect_context::<Client>();
    let (is_archived, path) = (project.archived, project.path_with_namespace.clone());
    let (title, about, button) = match is_archived {
        false => ("Archive", "An archived project is read-only: no uploads, no decisions. It can be opened again.", "Archive …"),
        true => ("Open again", "The project takes uploads and decisions again.", "Open again …"),
    };
    let act =
        Callback::new(move |()| ask.run(projects::archive(client, path.clone(), !is_archived), move |_| here.project.reload()));
    let question = Question {
        title: format!("{title} {}?", project.path_with_namespace),
        lines: vec![about.to_owned()],
        button: title.to_owned(),
        typed: None,
        failed: "That could not be done",
        act,
    };
    view! {
        <div class="deed">
            <div class="grow"><h3>{title}</h3><p class="muted">{about}</p></div>
            <button class="btn" type="button" aria-haspopup="dialog" data-testid="archive-project" on:click=move |_| ask.open(question.clone())>{button}</button>
        </div>
    }
}

#[component]
fn Transfer(project: Project) -> impl IntoView {
    let (client, go) = (expect_context::<Client>(), expect_context::<Go>());
    let (to, act) = (RwSignal::new(String::new()), Act::new());
    let path = project.path_with_namespace;
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let work = projects::transfer(client, path.clone(), to.get_untracked().trim().to_owned());
        act.run(work, move |project| go.to(&Place::Settings(Section::General).path(&project.path_with_namespace)));
    };
    view! {
        <form class="deed" on:submit=submit>
            <div class="grow">
                <h3>"Move"</h3>
                <p class="muted">"To a group where you may add projects. All its addresses change, and uploads to the old one are refused."</p>
                <TextField id="transfer-to" label="Path of the group (required)" value=to required=true/>
                <Outcome act what="The project could not be moved"/>
            </div>
            <button class="btn" type="submit" data-testid="transfer-project" aria-disabled=move || act.is_busy().to_string()>"Move"</button>
        </form>
    }
}

#[component]
fn Delete(project: Project, ask: Ask) -> impl IntoView {
    let (client, go) = (expect_context::<Client>(), expect_context::<Go>());
    let path = project.path_with_namespace;
    let question = Question {
        title: format!("Delete {path}?"),
        lines: vec![
            "All its pipelines, reports, vulnerabilities and decisions are deleted with it. This can't be undone.".to_owned(),
        ],
        button: "Delete the project".to_owned(),
        typed: Some(path.clone()),
        failed: "The project could not be deleted",
        act: Callback::new(move |()| ask.run(projects::delete(client, path.clone()), move |()| go.to(&Route::Projects.path()))),
    };
    view! {
        <div class="deed">
            <div class="grow">
                <h3>"Delete"</h3>
                <p class="muted">"With all pipelines, reports, vulnerabilities and decisions. This can't be undone; archiving can."</p>
            </div>
            <button class="btn danger" type="button" aria-haspopup="dialog" data-testid="delete-project" on:click=move |_| ask.open(question.clone())>"Delete …"</button>
        </div>
    }
}
