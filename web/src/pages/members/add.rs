//! Adds a member: find a user, choose a role and perhaps an end. Must not know who may; the server decides.

use super::Table;
use crate::api::members::{self, NewMember};
use crate::api::users;
use crate::components::alert::Failure;
use crate::components::form::{PickField, Send, TextField};
use crate::logic::rights;
use crate::state::act::Act;
use crate::state::remote::{Meanwhile, Remote};
use casemate_shared::AccessLevel;
use casemate_shared::api::user::UserBrief;
use leptos::prelude::*;
use std::time::Duration;

/// The form that adds a member.
#[component]
pub fn AddMember(
    /// The list it adds to.
    table: Table,
) -> impl IntoView {
    let chosen = RwSignal::new(None::<UserBrief>);
    let text = RwSignal::new(String::new());
    let (ends, act) = (RwSignal::new(String::new()), Act::new());
    let levels = untrack(|| rights::grantable(table.here.level()));
    let level = RwSignal::new(AccessLevel::Developer.number().to_string());
    let options: Vec<_> = levels.into_iter().map(|level| (level.number().to_string(), rights::label(level.number()))).collect();
    let nobody = RwSignal::new(false);
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let (Some(user), Ok(access_level)) = (chosen.get_untracked(), level.get_untracked().parse()) else {
            nobody.set(true);
            return;
        };
        nobody.set(false);
        let day = Some(ends.get_untracked()).filter(|day| !day.is_empty());
        let member = NewMember { user_id: user.id, access_level, expires_at: day };
        act.run(members::add(table.client, table.of.get_value(), member), move |member| {
            act.say(format!("{} was added.", member.user.name));
            chosen.set(None);
            text.set(String::new());
            ends.set(String::new());
            table.reload();
        });
    };
    view! {
        <details class="fold">
            <summary data-testid="open-add-member"><h2>"Add a member"</h2></summary>
            <form class="box form" data-testid="add-member-form" on:submit=submit>
                <Finder table text chosen/>
                <p class="field-error" role="alert">{move || (nobody.get() && chosen.get().is_none()).then_some("Choose a user.")}</p>
                <PickField id="add-level" label="Role" value=level options/>
                <TextField id="add-ends" label="Ends" value=ends kind="date" about="The first day on which the membership no longer counts. Empty: it stays."/>
                <Send act id="add-member" label="Add" what="The member could not be added"/>
            </form>
        </details>
    }
}

/// Finds users while somebody types, and lets them choose one.
#[component]
fn Finder(table: Table, text: RwSignal<String>, chosen: RwSignal<Option<UserBrief>>) -> impl IntoView {
    let wanted = RwSignal::new(String::new());
    let mut later = leptos::leptos_dom::helpers::debounce(Duration::from_millis(250), move |typed: String| {
        wanted.try_set(typed.trim().to_owned());
    });
    let found = Remote::new(
        Meanwhile::Clear,
        move || Some(wanted.get()).filter(|text| !text.is_empty() && !text_is_chosen(text, chosen)),
        move |text| users::find(table.client, text),
    );
    let typed = move |event| {
        let now = event_target_value(&event);
        chosen.set(None);
        text.set(now.clone());
        later(now);
    };
    let list = move || {
        match (chosen.get(), found.error(), found.get()) {
        (Some(user), ..) => view! { <p data-testid="chosen-user">"Chosen: " <b>{user.name}</b>" "<span class="mono">"@"{user.username}</span></p> }.into_any(),
        (None, Some(error), _) => view! { <Failure what="Users could not be searched" error/> }.into_any(),
        (None, None, Some(users)) if users.is_empty() => view! { <p class="muted">"Nobody has that name."</p> }.into_any(),
        (None, None, Some(users)) => view! {
            <ul class="finds">{users.into_iter().map(|user| found_user(user, text, chosen)).collect_view()}</ul>
        }
        .into_any(),
        (None, None, None) => view! { <p class="about">"Type a part of a name or user name, then choose from what is found."</p> }.into_any(),
    }
    };
    view! {
        <label for="add-user">"User (required)"</label>
        <input class="field" id="add-user" data-testid="add-user" type="text" autocomplete="off" autocapitalize="none" spellcheck="false"
            aria-describedby="add-user-found" prop:value=move || text.get() on:input=typed/>
        <div id="add-user-found" role="status">{list}</div>
    }
}

fn text_is_chosen(text: &str, chosen: RwSignal<Option<UserBrief>>) -> bool {
    chosen.with(|user| user.as_ref().is_some_and(|user| user.username == text))
}

fn found_user(user: UserBrief, text: RwSignal<String>, chosen: RwSignal<Option<UserBrief>>) -> impl IntoView {
    let (name, username) = (user.name.clone(), user.username.clone());
    let choose = move |_| {
        text.set(user.username.clone());
        chosen.set(Some(user.clone()));
    };
    view! {
        <li>
            <button class="btn quiet" type="button" data-testid="found-user" on:click=choose>
                <b>{name}</b><span class="mono">"@"{username}</span>
            </button>
        </li>
    }
}
