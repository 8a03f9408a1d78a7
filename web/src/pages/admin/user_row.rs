//! One user in the table of administrators, and what can be done about them. Must not know the list.

use crate::api::tokens::{self, Whose};
use crate::api::users::{self, Turn};
use crate::api::{ApiError, Client};
use crate::components::when::Day;
use crate::logic::number::count;
use crate::state::act::Act;
use crate::state::ask::{Ask, Question};
use crate::url::Route;
use casemate_shared::api::user::User;
use leptos::prelude::*;
use std::future::Future;
use std::pin::Pin;

/// What every row needs.
#[derive(Clone, Copy)]
pub struct Table {
    /// For requests.
    pub client: Client,
    /// Who looks.
    pub me: Option<u64>,
    /// For questions.
    pub ask: Ask,
    /// How the last act ended.
    pub act: Act,
    /// Changes when the list has to be asked for again.
    pub again: RwSignal<u32>,
}

/// Something that can be done about a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    Turn(Turn),
    Admin(bool),
    NoFactor,
    EndImpersonation,
    Delete,
}

/// The row of a user.
pub fn row(table: Table, user: User) -> AnyView {
    let is_me = table.me == Some(user.id);
    let tags = [(user.is_admin, "administrator"), (user.external, "external"), (user.bot, "bot"), (is_me, "you")];
    let tag = |(is, word): (bool, &'static str)| is.then(|| view! { " "<span class="tag">{word}</span> });
    let active = match user.last_activity_on.clone() {
        Some(day) => view! { <span class="nowrap">{day}</span> }.into_any(),
        None => view! { <span class="muted">"never"</span> }.into_any(),
    };
    let state_class = if user.state == "active" { "tag gone" } else { "tag bad" };
    let factor = if user.two_factor_enabled { "set" } else { "none" };
    view! {
        <tr data-testid="user-row" data-username=user.username.clone() data-state=user.state.clone()>
            <td class="desc">
                <a class="t" data-testid="user-link" href=Route::User(user.username.clone()).path()>{user.name.clone()}</a>{tags.map(tag).collect_view()}
                <span class="p mono">"@"{user.username.clone()}</span>
                <small>{user.email.clone()}</small>
            </td>
            <td><span class=state_class>{user.state.clone()}</span></td>
            <td><span class="narrow-label">"Second factor "</span>{factor}</td>
            <td><span class="narrow-label">"Last active "</span>{active}</td>
            <td><span class="narrow-label">"Made "</span><Day at=user.created_at.clone()/></td>
            <td class="end actc">{menu(table, &user, is_me)}</td>
        </tr>
    }
    .into_any()
}

fn menu(table: Table, user: &User, is_me: bool) -> impl IntoView + use<> {
    let mut deeds = Vec::new();
    if !is_me {
        deeds.push(match user.state.as_str() {
            "blocked" => Deed::Turn(Turn::Unblock),
            "deactivated" => Deed::Turn(Turn::Activate),
            _ => Deed::Turn(Turn::Block),
        });
        if user.state == "active" && !user.bot {
            deeds.push(Deed::Turn(Turn::Deactivate));
        }
        if !user.bot {
            deeds.push(Deed::Admin(!user.is_admin));
        }
    }
    // The own one ends with the password, in one's own settings.
    if user.two_factor_enabled && !is_me {
        deeds.push(Deed::NoFactor);
    }
    if !user.bot {
        deeds.push(Deed::EndImpersonation);
    }
    if !is_me {
        deeds.push(Deed::Delete);
    }
    let item = |deed: Deed| {
        let user = user.clone();
        let class = if deed == Deed::Delete { "btn quiet wide bad" } else { "btn quiet wide" };
        view! {
            <button class=class type="button" aria-haspopup="dialog" data-testid=hook(deed)
                on:click=move |_| table.ask.open(question(table, &user, deed))>{word(deed)}" …"</button>
        }
    };
    let id = format!("acts-{}", user.id);
    view! {
        <button class="btn small" type="button" popovertarget=id.clone() data-testid="user-acts" aria-label=format!("Actions on {}", user.name)>"Actions"</button>
        <div id=id class="row-menu" popover="auto">{deeds.into_iter().map(item).collect_view()}</div>
    }
}

const fn hook(deed: Deed) -> &'static str {
    match deed {
        Deed::Turn(Turn::Block) => "block-user",
        Deed::Turn(Turn::Unblock) => "unblock-user",
        Deed::Turn(Turn::Deactivate) => "deactivate-user",
        Deed::Turn(Turn::Activate) => "activate-user",
        Deed::Admin(_) => "admin-user",
        Deed::NoFactor => "no-factor-user",
        Deed::EndImpersonation => "impersonation-user",
        Deed::Delete => "delete-user",
    }
}

const fn word(deed: Deed) -> &'static str {
    match deed {
        Deed::Turn(Turn::Block) => "Block",
        Deed::Turn(Turn::Unblock) => "Unblock",
        Deed::Turn(Turn::Deactivate) => "Deactivate",
        Deed::Turn(Turn::Activate) => "Activate",
        Deed::Admin(true) => "Make administrator",
        Deed::Admin(false) => "Take the administrator away",
        Deed::NoFactor => "Remove the second factor",
        Deed::EndImpersonation => "Revoke impersonation tokens",
        Deed::Delete => "Delete",
    }
}

/// What will happen, in a sentence.
const fn about(deed: Deed) -> &'static str {
    match deed {
        Deed::Turn(Turn::Block) => {
            "They can no longer sign in, and their sessions and tokens stop working at once. It can be undone."
        }
        Deed::Turn(Turn::Unblock) => "They may sign in again, and tokens that have not ended work again.",
        Deed::Turn(Turn::Deactivate) => "They can no longer sign in until somebody activates them. What they made stays.",
        Deed::Turn(Turn::Activate) => "They may sign in again.",
        Deed::Admin(true) => "They may do everything, everywhere, also make others administrators.",
        Deed::Admin(false) => "They keep what their memberships allow.",
        Deed::NoFactor => {
            "They sign in with the password alone until they set up another one. Do it only when you know who asks."
        }
        Deed::EndImpersonation => {
            "Every token that an administrator made to act as them is refused at once. This can't be undone."
        }
        Deed::Delete => {
            "Their memberships, sessions and tokens are deleted. What they did stays, under the name of somebody who is gone. This can't be undone; blocking can."
        }
    }
}

type Work = Pin<Box<dyn Future<Output = Result<String, ApiError>>>>;

fn work(client: Client, user: &User, deed: Deed) -> Work {
    let (id, name) = (user.id, user.name.clone());
    match deed {
        Deed::Turn(turn) => Box::pin(async move {
            users::turn(client, id, turn).await?;
            let word = match turn {
                Turn::Block => "blocked",
                Turn::Unblock => "unblocked",
                Turn::Deactivate => "deactivated",
                Turn::Activate => "activated",
            };
            Ok(format!("{name} was {word}."))
        }),
        Deed::Admin(admin) => Box::pin(async move {
            users::set_admin(client, id, admin).await?;
            Ok(if admin { format!("{name} is an administrator now.") } else { format!("{name} is no longer an administrator.") })
        }),
        Deed::NoFactor => Box::pin(async move {
            users::end_second_factor(client, id).await?;
            Ok(format!("The second factor of {name} was removed."))
        }),
        Deed::EndImpersonation => Box::pin(async move { end_impersonation(client, id, &name).await }),
        Deed::Delete => Box::pin(async move {
            users::delete(client, id).await?;
            Ok(format!("{name} was deleted."))
        }),
    }
}

/// Revokes all tokens that act as a user, a page at a time.
async fn end_impersonation(client: Client, id: u64, name: &str) -> Result<String, ApiError> {
    let mut ended = 0;
    loop {
        let page = tokens::list(client, Whose::Impersonating(id), "state=active&per_page=100".to_owned()).await?;
        for token in &page.rows {
            tokens::revoke(client, Whose::Impersonating(id), token.id).await?;
            ended += 1;
        }
        if page.rows.is_empty() {
            return Ok(format!("{} of {name} revoked.", count(ended, "impersonation token", "impersonation tokens")));
        }
    }
}

fn question(table: Table, user: &User, deed: Deed) -> Question {
    let subject = user.clone();
    Question {
        title: format!("{}: {}?", word(deed), user.name),
        lines: vec![about(deed).to_owned()],
        button: word(deed).to_owned(),
        typed: (deed == Deed::Delete).then(|| user.username.clone()),
        failed: "That could not be done",
        act: Callback::new(move |()| {
            table.ask.run(work(table.client, &subject, deed), move |told| {
                table.act.say(told);
                table.again.update(|turn| *turn += 1);
            });
        }),
    }
}
