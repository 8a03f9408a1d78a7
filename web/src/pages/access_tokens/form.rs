//! The form of a new token. Must not know the rules; the server says what is wrong.

use super::Subject;
use crate::api::Client;
use crate::api::tokens::{self, Wanted, Whose};
use crate::components::form::{PickField, Send, TextField, TickField};
use crate::logic::{rights, time};
use crate::state::act::Act;
use crate::state::browser;
use casemate_shared::AccessLevel;
use casemate_shared::api::user::{NewToken, Token};
use leptos::prelude::*;

/// The form of a new token.
#[component]
pub fn TokenForm(
    /// Whose token it will be.
    subject: Subject,
    /// Gets the token with its text.
    told: Callback<Token>,
) -> impl IntoView {
    let client = expect_context::<Client>();
    let (name, act) = (RwSignal::new(String::new()), Act::new());
    let last_day = RwSignal::new(time::date(browser::now_ms() + 365 * time::DAY_MS));
    let ticks: Vec<_> = subject.scopes.iter().map(|(scope, about)| (*scope, *about, RwSignal::new(false))).collect();
    let highest = subject.levels.iter().filter(|level| **level <= AccessLevel::Developer).max();
    let level = RwSignal::new(highest.map(|level| level.number().to_string()).unwrap_or_default());
    let levels: Vec<_> = subject.levels.iter().map(|level| (level.number().to_string(), rights::label(level.number()))).collect();
    let is_of_bot = matches!(subject.whose, Whose::Of(_));
    let none_chosen = RwSignal::new(false);
    let chosen = StoredValue::new(ticks.iter().map(|(scope, _, tick)| (*scope, *tick)).collect::<Vec<_>>());
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let of_ticks = |(scope, tick): &(&'static str, RwSignal<bool>)| tick.get_untracked().then(|| (*scope).to_owned());
        let scopes: Vec<String> = chosen.with_value(|all| all.iter().filter_map(of_ticks).collect());
        none_chosen.set(scopes.is_empty());
        if scopes.is_empty() {
            return;
        }
        let day = Some(last_day.get_untracked()).filter(|day| !day.is_empty());
        let token = NewToken { name: name.get_untracked().trim().to_owned(), scopes, expires_at: day };
        let wanted = Wanted { token, access_level: level.get_untracked().parse().ok() };
        act.run(tokens::create(client, subject.whose.clone(), wanted), move |token| {
            name.set(String::new());
            chosen.with_value(|all| all.iter().for_each(|(_, tick)| tick.set(false)));
            told.run(token);
        });
    };
    let tick = |(scope, about, value): (&'static str, &'static str, RwSignal<bool>)| {
        view! { <TickField id=format!("scope-{scope}") label=scope about value/> }
    };
    let about_day = if is_of_bot { "" } else { "Empty: as late as the server allows." };
    view! {
        <details class="fold">
            <summary data-testid="open-token-form"><h2>"New token"</h2></summary>
            <form class="box form" data-testid="token-form" on:submit=submit>
                <TextField id="token-name" label="Name (required)" value=name required=true about="What uses it: CI of payments, for example."/>
                <TextField id="token-ends" label="Last day" value=last_day kind="date" required=is_of_bot about=about_day/>
                {(!levels.is_empty()).then(|| view! {
                    <PickField id="token-level" label="Role of its bot" value=level options=levels/>
                })}
                <fieldset class="ticks">
                    <legend>"Scopes (one or more required)"</legend>
                    {ticks.into_iter().map(tick).collect_view()}
                    <p class="field-error" role="alert">{move || none_chosen.get().then_some("Choose at least one scope.")}</p>
                </fieldset>
                <Send act id="create-token" label="Create token" what="The token could not be made"/>
            </form>
        </details>
    }
}
