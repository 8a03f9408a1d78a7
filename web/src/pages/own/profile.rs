//! Name and address of the signed-in person. Another address asks for the password: one signs in with it. Must
//! not know the rules of names and addresses; the server says what is wrong.

use super::top;
use crate::api::Client;
use crate::api::account::{self, Change};
use crate::components::form::{Send, TextField};
use crate::components::when::Day;
use crate::state::act::Act;
use crate::state::session::Session;
use casemate_shared::api::user::User;
use leptos::prelude::*;

/// Name and address.
#[component]
pub fn ProfilePage() -> impl IntoView {
    let session = expect_context::<Session>();
    view! {
        {top("Profile", "How others see you, and where you are written to.")}
        {untrack(|| session.user()).map(|user| view! { <Form user/> })}
    }
}

#[component]
fn Form(user: User) -> impl IntoView {
    let (client, session) = (expect_context::<Client>(), expect_context::<Session>());
    let (name, email) = (RwSignal::new(user.name.clone()), RwSignal::new(user.email.clone()));
    let password = RwSignal::new(String::new());
    let known = RwSignal::new(user.email.clone());
    let is_other_address = Memo::new(move |_| email.get().trim() != known.get());
    let act = Act::new();
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let other = is_other_address.get_untracked();
        let change = Change {
            name: name.get_untracked().trim().to_owned(),
            email: other.then(|| email.get_untracked().trim().to_owned()),
            current_password: other.then(|| password.get_untracked()),
        };
        act.run(account::change(client, change), move |user| {
            known.set(user.email.clone());
            password.set(String::new());
            session.changed(user);
            act.say("Your profile was saved.");
        });
    };
    view! {
        <form class="box form" data-testid="profile-form" on:submit=submit>
            <TextField id="profile-name" label="Name (required)" value=name fills="name" required=true/>
            <TextField id="profile-email" label="Address for mail (required)" value=email kind="email" fills="email" required=true
                about="You can sign in with it too. Only administrators see it."/>
            <Show when=move || is_other_address.get()>
                <TextField id="profile-password" label="Your password (required for another address)" value=password kind="password"
                    fills="current-password" required=true/>
            </Show>
            <Send act id="save-profile" label="Save" what="The profile could not be saved"/>
        </form>
        <section class="box space facts">
            <h2>"Your account"</h2>
            <dl>
                <dt>"User name"</dt><dd class="mono">{format!("@{}", user.username)}</dd>
                <dt>"Number"</dt><dd>{user.id.to_string()}</dd>
                <dt>"Kind"</dt><dd>{kind(&user)}</dd>
                <dt>"Member since"</dt><dd><Day at=user.created_at/></dd>
            </dl>
        </section>
    }
}

fn kind(user: &User) -> &'static str {
    match (user.is_admin, user.external) {
        (true, _) => "Administrator",
        (false, true) => "External: sees only what you are a member of",
        (false, false) => "Regular",
    }
}
