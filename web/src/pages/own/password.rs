//! Another password. All other sessions end with the old one. Must not know what makes a good one; the server
//! says what is wrong.

use super::top;
use crate::api::{Client, account};
use crate::components::form::{Send, TextField};
use crate::state::act::Act;
use leptos::prelude::*;

/// The form that changes the password.
#[component]
pub fn PasswordPage() -> impl IntoView {
    let client = expect_context::<Client>();
    let (current, new, again) = (RwSignal::new(String::new()), RwSignal::new(String::new()), RwSignal::new(String::new()));
    let act = Act::new();
    let differs = Memo::new(move |_| !again.get().is_empty() && again.get() != new.get());
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if new.get_untracked() != again.get_untracked() {
            return;
        }
        act.run(account::change_password(client, current.get_untracked(), new.get_untracked()), move |()| {
            for field in [current, new, again] {
                field.set(String::new());
            }
            act.say("Your password was changed. All your other sessions have ended.");
        });
    };
    view! {
        {top("Password", "You stay signed in here; everywhere else you sign in again.")}
        <form class="box form" data-testid="password-form" on:submit=submit>
            <TextField id="current-password" label="Your password now (required)" value=current kind="password"
                fills="current-password" required=true/>
            <TextField id="new-password" label="New password (required)" value=new kind="password" fills="new-password" required=true
                about="A long sentence is better than odd characters. Pasting and password managers work."/>
            <TextField id="new-password-again" label="New password once more (required)" value=again kind="password"
                fills="new-password" required=true/>
            <p class="field-error" role="status">{move || differs.get().then_some("The two new passwords differ.")}</p>
            <Send act id="change-password" label="Change password" what="The password could not be changed"/>
        </form>
    }
}
