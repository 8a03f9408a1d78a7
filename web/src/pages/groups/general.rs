//! Name, path, visibility and description of a group; moving and deleting it. Must not know the rules of paths;
//! the server says what is wrong.

use crate::api::groups::{self, Change};
use crate::api::{ApiError, Client};
use crate::components::alert::Notice;
use crate::components::ask_dialog::AskDialog;
use crate::components::async_view::Awaited;
use crate::components::form::{Outcome, PickField, Send, TextField, visibilities};
use crate::components::heading::Heading;
use crate::components::tabs::SettingsTabs;
use crate::state::act::Act;
use crate::state::ask::{Ask, Question};
use crate::state::go::Go;
use crate::state::project::Here;
use crate::url::{GroupPlace, Route};
use casemate_shared::AccessLevel;
use casemate_shared::api::project::Group;
use leptos::prelude::*;

/// General settings of the group at hand.
#[component]
pub fn GroupGeneralPage() -> impl IntoView {
    let here = expect_context::<Here>();
    // Drawn anew for another group or another standing, not for every answer: somebody may be typing.
    let key = Memo::new(move |_| here.group.with(|group| group.map(|group| (group.id, here.level()))));
    let body = move || {
        let (_, level) = key.get()?;
        let group = here.group.with_untracked(|group| group.cloned())?;
        let may_change = level >= AccessLevel::Owner;
        Some(view! { <Form here group=group.clone() may_change/> {may_change.then(|| view! { <Danger group/> })} })
    };
    view! {
        <SettingsTabs/>
        <div class="head">
            <div class="grow">
                <Heading text="General settings".to_owned() of=Signal::derive(move || here.name())/>
                <p>"What the group is called, and who sees it."</p>
            </div>
        </div>
        <Awaited remote=here.group what="The group could not be loaded"/>
        {body}
    }
}

#[component]
fn Form(here: Here, group: Group, may_change: bool) -> impl IntoView {
    let (client, go) = (expect_context::<Client>(), expect_context::<Go>());
    let text = |text: &str| RwSignal::new(text.to_owned());
    let (name, path, visibility) = (text(&group.name), text(&group.path), text(&group.visibility));
    let (description, act) = (text(&group.description), Act::new());
    let old_path = group.full_path;
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let change = Change {
            name: name.get_untracked().trim().to_owned(),
            path: path.get_untracked().trim().to_owned(),
            visibility: visibility.get_untracked(),
            description: description.get_untracked().trim().to_owned(),
        };
        let old_path = old_path.clone();
        act.run(groups::change(client, old_path.clone(), change), move |group| {
            if group.full_path != old_path {
                go.instead(&GroupPlace::General.path(&group.full_path));
                return;
            }
            act.say("The settings were saved.");
            here.group.reload();
        });
    };
    view! {
        {(!may_change).then(|| view! { <div class="space"><Notice><p>"You may look, but not change anything here: that needs an owner."</p></Notice></div> })}
        <form class="box form" data-testid="group-settings" on:submit=submit>
            <fieldset class="bare-set" disabled=!may_change>
                <TextField id="settings-name" label="Name (required)" value=name required=true/>
                <TextField id="settings-description" label="Description" value=description/>
                <PickField id="settings-visibility" label="Who sees it" value=visibility options=visibilities()
                    about="What is in a group is seen by no more than the group."/>
                <TextField id="settings-path" label="Path (required)" value=path required=true
                    about="Last part of the address. With another one the addresses of all that is in the group change, and uploads to the old ones are refused."/>
                <Send act id="save-settings" label="Save" what="The settings could not be saved"/>
            </fieldset>
        </form>
    }
}

#[component]
fn Danger(group: Group) -> impl IntoView {
    let ask = Ask::new();
    view! {
        <section class="box form danger-zone">
            <h2>"The group as a whole"</h2>
            <Transfer path=group.full_path.clone()/>
            <Delete path=group.full_path ask/>
        </section>
        <AskDialog ask/>
    }
}

#[component]
fn Transfer(path: String) -> impl IntoView {
    let (client, go) = (expect_context::<Client>(), expect_context::<Go>());
    let (to, act) = (RwSignal::new(String::new()), Act::new());
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let work = transfer(client, path.clone(), to.get_untracked().trim().to_owned());
        act.run(work, move |group| go.to(&GroupPlace::General.path(&group.full_path)));
    };
    view! {
        <form class="deed" on:submit=submit>
            <div class="grow">
                <h3>"Move"</h3>
                <p class="muted">"Below a group where you may add subgroups, or to the top. All addresses in it change, and uploads to the old ones are refused."</p>
                <TextField id="transfer-to" label="Path of the group above" value=to about="Empty: to the top."/>
                <Outcome act what="The group could not be moved"/>
            </div>
            <button class="btn" type="submit" data-testid="transfer-group" aria-disabled=move || act.is_busy().to_string()>"Move"</button>
        </form>
    }
}

/// Finds the group above by its path, then moves the group.
async fn transfer(client: Client, group: String, to: String) -> Result<Group, ApiError> {
    let above = if to.is_empty() { None } else { Some(groups::get(client, to).await?.id) };
    groups::transfer(client, group, above).await
}

#[component]
fn Delete(path: String, ask: Ask) -> impl IntoView {
    let (client, go) = (expect_context::<Client>(), expect_context::<Go>());
    let question = Question {
        title: format!("Delete {path}?"),
        lines: vec![
            "All its subgroups and projects, with pipelines, reports, vulnerabilities and decisions, are deleted with it. This can't be undone."
                .to_owned(),
        ],
        button: "Delete the group".to_owned(),
        typed: Some(path.clone()),
        failed: "The group could not be deleted",
        act: Callback::new(move |()| ask.run(groups::delete(client, path.clone()), move |()| go.to(&Route::Groups.path()))),
    };
    view! {
        <div class="deed">
            <div class="grow">
                <h3>"Delete"</h3>
                <p class="muted">"With all subgroups and projects in it. This can't be undone."</p>
            </div>
            <button class="btn danger" type="button" aria-haspopup="dialog" data-testid="delete-group" on:click=move |_| ask.open(question.clone())>"Delete …"</button>
        </div>
    }
}
