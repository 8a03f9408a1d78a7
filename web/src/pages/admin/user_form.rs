//! The form of a new user. Must not know what makes a good password or name; the server says what is wrong.

use crate::api::Client;
use crate::api::users::{self, NewUser};
use crate::components::form::{Send, TextField, TickField};
use crate::state::act::Act;
use leptos::prelude::*;

/// The form of a new user.
#[component]
pub fn UserForm(
    /// Called when one was made.
    made: Callback<()>,
) -> impl IntoView {
    let client = expect_context::<Client>();
    let field = || RwSignal::new(String::new());
    let (username, name, email, password) = (field(), field(), field(), field());
    let (admin, external) = (RwSignal::new(false), RwSignal::new(false));
    let act = Act::new();
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let text = |field: RwSignal<String>| field.get_untracked().trim().to_owned();
        let new = NewUser {
            username: text(username),
            name: text(name),
            email: text(email),
            password: password.get_untracked(),
            admin: admin.get_untracked(),
            external: external.get_untracked(),
        };
        act.run(users::create(client, new), move |user| {
            for field in [username, name, email, password] {
                field.set(String::new());
            }
            for tick in [admin, external] {
                tick.set(false);
            }
            act.say(format!("{} was made. Tell them the password; they can change it in their settings.", user.name));
            made.run(());
        });
    };
    view! {
        <details class="fold">
            <summary data-testid="open-user-form"><h2>"New user"</h2></summary>
            <form class="box form" data-testid="user-form" on:submit=submit>
                <TextField id="user-username" label="User name (required)" value=username required=true about="To sign in with; letters, digits, '_', '-' and '.'."/>
                <TextField id="user-name" label="Name (required)" value=name required=true/>
                <TextField id="user-email" label="Address for mail (required)" value=email kind="email" required=true/>
                <TextField id="user-password" label="First password (required)" value=password kind="password" fills="new-password" required=true/>
                <div class="ticks">
                    <TickField id="user-admin" label="Administrator" value=admin about="May everything, everywhere."/>
                    <TickField id="user-external" label="External" value=external about="Sees only what they are a member of; makes no projects or groups."/>
                </div>
                <Send act id="create-user" label="Create user" what="The user could not be made"/>
            </form>
        </details>
    }
}
