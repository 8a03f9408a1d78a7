//! One user as administrators see them: who it is, and the tokens that act as them. Must not know what else can be done
//! about a user; the list of users has that.

use super::{Subject, Tokens};
use crate::api::tokens::Whose;
use crate::api::{Client, users};
use crate::components::async_view::AsyncView;
use crate::components::empty::Empty;
use crate::components::heading::Heading;
use crate::components::tabs::AdminTabs;
use crate::components::when::Day;
use crate::logic::rights::capital;
use crate::logic::scopes;
use crate::state::remote::{Meanwhile, Remote};
use crate::url::Admin;
use casemate_shared::api::user::User;
use leptos::prelude::*;

/// A user with the tokens that act as them.
#[component]
pub fn UserTokensPage(
    /// Their user name.
    name: String,
) -> impl IntoView {
    let client = expect_context::<Client>();
    let asked = StoredValue::new(name.clone());
    let user: Remote<Option<User>> =
        Remote::new(Meanwhile::Keep, || Some(()), move |()| users::one_by_name(client, asked.get_value()));
    let title = Signal::derive(move || {
        user.with(|user| user.and_then(|user| user.as_ref().map(|user| user.name.clone()))).unwrap_or_else(|| asked.get_value())
    });
    let ready = |user: Option<User>| match user {
        Some(user) => shown(user).into_any(),
        None => view! {
            <div class="sheet">
                <Empty title="There is no user of that name"><a class="btn go" href=Admin::Users.path()>"All users"</a></Empty>
            </div>
        }
        .into_any(),
    };
    view! {
        <AdminTabs/>
        <div class="head">
            <div class="grow">
                <Heading text=title of=Signal::stored("Admin area".to_owned())/>
                <p class="mono">"@"{name}</p>
            </div>
        </div>
        <div class="space"></div>
        <AsyncView remote=user what="The user could not be loaded" ready/>
    }
}

fn shown(user: User) -> impl IntoView {
    let subject = Subject { whose: Whose::Impersonating(user.id), scopes: scopes::of_other(user.is_admin), levels: Vec::new() };
    let tokens = match user.bot {
        true => view! { <p class="space muted">"A bot acts by the token that it was made with; no other token acts as it."</p> }.into_any(),
        false => view! {
            <h2 class="above">"Impersonation tokens"</h2>
            <p class="muted">{format!("A token of these acts as {}, as far as its scopes go. What is done with one is noted in the audit log.", user.name)}</p>
            <Tokens subject/>
        }
        .into_any(),
    };
    view! { {facts(user)} {tokens} }
}

fn facts(user: User) -> impl IntoView {
    let kind = match (user.bot, user.is_admin, user.external) {
        (true, ..) => "Bot of an access token",
        (_, true, _) => "Administrator",
        (.., true) => "External",
        _ => "Regular",
    };
    let factor = if user.two_factor_enabled { "set" } else { "none" };
    view! {
        <section class="box facts" data-testid="user-facts">
            <dl>
                <dt>"State"</dt><dd>{capital(&user.state)}</dd>
                <dt>"Kind"</dt><dd>{kind}</dd>
                <dt>"Address for mail"</dt><dd>{user.email}</dd>
                <dt>"Second factor"</dt><dd>{factor}</dd>
                <dt>"Last active"</dt><dd>{user.last_activity_on.unwrap_or_else(|| "never".to_owned())}</dd>
                <dt>"Made"</dt><dd><Day at=user.created_at/></dd>
            </dl>
        </section>
    }
}
