//! The second factor: set up with an authenticator, confirmed by a code, recovery codes told once, and taken
//! away with the password. Must not know how codes are computed.

use super::top;
use crate::api::{Client, account};
use crate::components::copy::CopyBlock;
use crate::components::form::{Send, TextField};
use crate::components::qr::QrCode;
use crate::logic::qr::in_fours;
use crate::state::act::Act;
use crate::state::session::Session;
use casemate_shared::api::user::SecondFactorSetup;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// How far setting up is.
#[derive(Clone, PartialEq)]
enum Step {
    /// As the account says.
    Rest,
    /// The secret is there and waits for its first code.
    Confirm(SecondFactorSetup),
    /// Confirmed; the codes are told this once.
    Codes(Vec<String>),
}

/// The second factor of the account.
#[component]
pub fn SecondFactorPage() -> impl IntoView {
    let session = expect_context::<Session>();
    let step = RwSignal::new(Step::Rest);
    let is_set = Memo::new(move |_| session.user().is_some_and(|user| user.two_factor_enabled));
    let body = move || match step.get() {
        Step::Codes(codes) => told(step, &codes).into_any(),
        Step::Confirm(setup) => view! { <Confirm setup step/> }.into_any(),
        Step::Rest if is_set.get() => view! { <End/> }.into_any(),
        Step::Rest => view! { <Begin step/> }.into_any(),
    };
    view! {
        {top("Second factor", "A code of your authenticator beside the password: a password alone then opens nothing.")}
        {body}
    }
}

/// Asks the server how the account stands now.
fn refresh(client: Client, session: Session) {
    spawn_local(async move {
        if let Ok(user) = account::show(client).await {
            session.changed(user);
        }
    });
}

#[component]
fn Begin(step: RwSignal<Step>) -> impl IntoView {
    let client = expect_context::<Client>();
    let (password, act) = (RwSignal::new(String::new()), Act::new());
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let work = account::begin_second_factor(client, password.get_untracked());
        act.run(work, move |setup| step.set(Step::Confirm(setup)));
    };
    view! {
        <form class="box form" data-testid="second-factor-begin" on:submit=submit>
            <p>"There is no second factor yet. You need an authenticator: an app on your telephone, or a password manager that shows codes."</p>
            <TextField id="factor-password" label="Your password (required)" value=password kind="password" fills="current-password" required=true/>
            <Send act id="begin-second-factor" label="Set up" what="Setting up could not begin"/>
        </form>
    }
}

#[component]
fn Confirm(setup: SecondFactorSetup, step: RwSignal<Step>) -> impl IntoView {
    let (client, session) = (expect_context::<Client>(), expect_context::<Session>());
    let (code, act) = (RwSignal::new(String::new()), Act::new());
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let typed: String = code.get_untracked().chars().filter(|letter| !letter.is_whitespace()).collect();
        act.run(account::confirm_second_factor(client, typed), move |codes| {
            step.set(Step::Codes(codes.recovery_codes));
            refresh(client, session);
        });
    };
    view! {
        <form class="box form" data-testid="second-factor-confirm" on:submit=submit>
            <h2>"Scan or type the secret"</h2>
            <p>"Scan the picture with your authenticator, or type the secret into it. It is not shown again."</p>
            <div class="factor">
                <QrCode text=setup.uri.clone() label="The secret as a picture for authenticators; the same secret stands beside it as text"/>
                <div class="stack">
                    <p class="mono secret" data-testid="factor-secret" data-secret=setup.secret.clone()>{in_fours(&setup.secret)}</p>
                    <CopyBlock code=setup.secret.clone() label="Copy the secret"/>
                    <a class="link" href=setup.uri>"Open in an authenticator on this device"</a>
                </div>
            </div>
            <TextField id="factor-code" label="The code that it shows now (required)" value=code fills="one-time-code" required=true
                about="Until a code was right nothing changes. Your other sessions end when it is."/>
            <Send act id="confirm-second-factor" label="Confirm" what="The code was not taken"/>
        </form>
    }
}

fn told(step: RwSignal<Step>, codes: &[String]) -> impl IntoView + use<> {
    let code = |code: &String| view! { <li class="mono">{code.clone()}</li> };
    view! {
        <section class="box form" data-testid="recovery-codes">
            <h2>"The second factor is set"</h2>
            <div class="made">
                <p><b>"Keep these recovery codes now: they are shown only this once."</b></p>
                <p>"Each stands in for a code of your authenticator, one time. Without them only an administrator can let you in when the \
                    authenticator is lost."</p>
                <ul class="codes">{codes.iter().map(code).collect_view()}</ul>
                <CopyBlock code=codes.join("\n") label="Copy the recovery codes"/>
            </div>
            <div class="row">
                <button class="btn go" type="button" data-testid="codes-kept" on:click=move |_| step.set(Step::Rest)>"I have kept them"</button>
            </div>
        </section>
    }
}

#[component]
fn End() -> impl IntoView {
    let (client, session) = (expect_context::<Client>(), expect_context::<Session>());
    let (password, act) = (RwSignal::new(String::new()), Act::new());
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        act.run(account::end_second_factor(client, password.get_untracked()), move |()| refresh(client, session));
    };
    view! {
        <form class="box form" data-testid="second-factor-set" on:submit=submit>
            <p><b>"The second factor is set."</b>" Signing in asks for a code."</p>
            <p>"To move to another authenticator or to get new recovery codes, remove it and set it up again."</p>
            <TextField id="factor-password" label="Your password (required)" value=password kind="password" fills="current-password" required=true/>
            <Send act id="end-second-factor" label="Remove the second factor" what="The second factor could not be removed"/>
        </form>
    }
}
