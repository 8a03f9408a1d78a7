//! Makes a token that may hand in reports and nothing else, and shows it once. Must not keep it anywhere.

use crate::api::{ApiError, Client, tokens};
use crate::components::alert::Failure;
use crate::components::copy::CopyBlock;
use crate::logic::time;
use crate::state::browser;
use casemate_shared::api::user::Token;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// A button that makes a token, and the token afterwards.
#[component]
pub fn TokenForm(
    /// Full path of the project, for the token's name.
    project: String,
) -> impl IntoView {
    let client = expect_context::<Client>();
    let made = RwSignal::new(None::<Token>);
    let error = RwSignal::new(None::<ApiError>);
    let expires = RwSignal::new(time::date(browser::now_ms() + 365 * time::DAY_MS));
    let busy = RwSignal::new(false);
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        let name = format!("Reports of {project}");
        spawn_local(async move {
            match tokens::create_for_reports(client, name, expires.get_untracked()).await {
                Ok(token) => {
                    error.try_set(None);
                    made.try_set(Some(token));
                }
                Err(why) => {
                    error.try_set(Some(why));
                }
            }
            busy.try_set(false);
        });
    };
    view! {
        <p>
            "It may hand in reports and nothing else. Keep it as a secret of your CI under the name "
            <span class="mono">"CASEMATE_TOKEN"</span>"."
        </p>
        <form class="row" on:submit=submit>
            <label for="expires">"Ends on"</label>
            <input class="field small" id="expires" type="date" required prop:value=move || expires.get()
                on:input=move |event| expires.set(event_target_value(&event))/>
            <button class="btn go" type="submit" data-testid="make-token">"Make a token"</button>
        </form>
        {move || error.get().map(|error| view! { <Failure what="The token could not be made" error/> })}
        <div role="status">{move || made.get().map(shown)}</div>
    }
}

fn shown(token: Token) -> impl IntoView {
    view! {
        <div class="made" data-testid="new-token">
            <p><b>"Copy it now: it is shown only this once."</b></p>
            <CopyBlock code=token.token.unwrap_or_default() label="Copy the token"/>
        </div>
    }
}
