//! Sign in. Password managers and pasting work: plain fields with their proper names. Must not know where
//! it leads afterwards; the app does.

use crate::api::{self, ApiError, Client};
use crate::components::heading::Heading;
use crate::components::icon::Brand;
use crate::state::session::Session;
use leptos::html::Input;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The sign-in form.
#[component]
pub fn SignInPage() -> impl IntoView {
    let (session, client) = (expect_context::<Session>(), expect_context::<Client>());
    // Read at the moment of sending: password managers do not always say that they filled a field.
    let (login, password, code) = (NodeRef::<Input>::new(), NodeRef::<Input>::new(), NodeRef::<Input>::new());
    // Once the server has asked for a code, the field stays.
    let asks_code = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<ApiError>);
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            let given = Some(text(code)).filter(|code| !code.is_empty());
            match api::session::sign_in(client, text(login), text(password), given).await {
                Ok(found) => session.signed_in(found),
                Err(why) => {
                    asks_code.set(asks_code.get_untracked() || why.code_needed);
                    error.set(Some(why));
                }
            }
            busy.try_set(false);
        });
    };
    view! {
        <main class="alone">
            <div class="signin">
                <p class="brand"><Brand/>"Casemate"</p>
                <Heading text="Sign in".to_owned() keep_focus=true/>
                <form data-testid="sign-in-form" on:submit=submit aria-describedby="sign-in-error">
                    <Problem error asks_code/>
                    <label for="login">"User name"</label>
                    <input class="field" id="login" data-testid="login" name="login" type="text" required
                        autofocus autocomplete="username" autocapitalize="none" spellcheck="false" node_ref=login/>
                    <label for="password">"Password"</label>
                    <input class="field" id="password" data-testid="password" name="password" type="password"
                        required autocomplete="current-password" node_ref=password/>
                    {move || asks_code.get().then(|| view! {
                        <label for="code">"Code of your authenticator, or a recovery code"</label>
                        <input class="field" id="code" data-testid="code" name="code" type="text" required
                            autofocus autocomplete="one-time-code" autocapitalize="none" spellcheck="false" node_ref=code/>
                    })}
                    <button class="btn go wide" type="submit" data-testid="sign-in" aria-disabled=move || busy.get().to_string()>
                        {move || if busy.get() { "Signing in …" } else { "Sign in" }}
                    </button>
                </form>
                <p class="muted">
                    "The first start prints the password of the administrator "
                    <span class="mono">"root"</span> " once, unless one was given."
                </p>
            </div>
        </main>
    }
}

fn text(input: NodeRef<Input>) -> String {
    input.get_untracked().map(|input| input.value()).unwrap_or_default()
}

#[component]
fn Problem(error: RwSignal<Option<ApiError>>, asks_code: RwSignal<bool>) -> impl IntoView {
    let text = move |error: ApiError| match error.status {
        401 if error.code_needed => "Enter the code that your authenticator shows.".to_owned(),
        401 if asks_code.get() => "The user name, the password or the code is wrong.".to_owned(),
        401 => "The user name or the password is wrong.".to_owned(),
        429 => format!("Signing in is held back for a while: {}. Nobody is locked out.", error.text),
        403 => format!("This account may not sign in: {}.", error.text),
        _ => {
            let id = error.request_id.map(|id| format!(" (request {id})")).unwrap_or_default();
            format!("Signing in failed: {}{id}.", error.text)
        }
    };
    view! {
        <div id="sign-in-error" role="alert" data-testid="sign-in-error">
            {move || error.get().map(|error| view! { <p class="note bad">{text(error)}</p> })}
        </div>
    }
}
