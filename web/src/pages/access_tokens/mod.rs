//! Access tokens of the signed-in person, of a project or of a group, and those that act as a user: the list, a new
//! one, rotation, the end of one. A text is shown once and kept nowhere. Must not know how tokens are checked.

mod form;
mod list;
mod user;

use crate::api::tokens::Whose;
use crate::components::ask_dialog::AskDialog;
use crate::components::copy::CopyBlock;
use crate::components::heading::Heading;
use crate::components::tabs::{OwnTabs, SettingsTabs};
use crate::logic::scopes::{self, Scopes};
use crate::state::ask::Ask;
use crate::state::listing::Listing;
use crate::state::project::Here;
use crate::state::session::Session;
use crate::state::{browser, heading};
use casemate_shared::AccessLevel;
use casemate_shared::api::user::Token;
use leptos::prelude::*;

pub use user::UserTokensPage;

/// Id of the box that shows a text once.
const SHOWN: &str = "shown-token";

/// Tokens that a page is about.
#[derive(Clone, PartialEq)]
struct Subject {
    whose: Whose,
    scopes: Scopes,
    /// Levels that its bot may get, for a project or group.
    levels: Vec<AccessLevel>,
}

/// Personal access tokens.
#[component]
pub fn OwnTokensPage() -> impl IntoView {
    let session = expect_context::<Session>();
    let user = untrack(|| session.user());
    let subject =
        user.map(|user| Subject { whose: Whose::Own(user.id), scopes: scopes::of_person(user.is_admin), levels: Vec::new() });
    view! {
        <OwnTabs/>
        <div class="head">
            <div class="grow">
                <Heading text="Access tokens".to_owned()/>
                <p>"A token acts as you, as far as its scopes go. Give each program one of its own."</p>
            </div>
        </div>
        {subject.map(|subject| view! { <Tokens subject/> })}
    }
}

/// Tokens of the project or group at hand.
#[component]
pub fn PlaceTokensPage() -> impl IntoView {
    let here = expect_context::<Here>();
    let of = Signal::derive(move || here.name());
    let subject = Memo::new(move |_| {
        let levels = crate::logic::rights::grantable(here.level());
        let is_known = here.project.with(|project| project.is_some()) || here.group.with(|group| group.is_some());
        here.target().filter(|_| is_known).map(|target| Subject { whose: Whose::Of(target), scopes: scopes::of_place(), levels })
    });
    let word = untrack(|| here.target()).map_or("project", |target| target.word());
    view! {
        <SettingsTabs/>
        <div class="head">
            <div class="grow">
                <Heading text="Access tokens".to_owned() of/>
                <p>{format!("Each belongs to a bot that is a member of this {word}. It stays when people leave.")}</p>
            </div>
        </div>
        {move || subject.get().map(|subject| view! { <Tokens subject/> })}
    }
}

#[component]
fn Tokens(subject: Subject) -> impl IntoView {
    let listing = Listing::here(&["state", "search"]);
    let made = RwSignal::new(None::<Token>);
    let again = RwSignal::new(0_u32);
    let ask = Ask::new();
    let told = Callback::new(move |token: Token| {
        made.set(Some(token));
        again.update(|turn| *turn += 1);
        request_animation_frame(|| browser::focus_and_show(SHOWN));
    });
    let gone = Callback::new(move |()| {
        again.update(|turn| *turn += 1);
        // The button that asked goes with its row.
        browser::focus(heading::ID);
    });
    let whose = subject.whose.clone();
    view! {
        <div role="status">{move || made.get().map(shown)}</div>
        <form::TokenForm subject told/>
        <list::TokenList whose listing again ask told gone/>
        <AskDialog ask/>
    }
}

/// The text of a token, this once.
fn shown(token: Token) -> impl IntoView {
    view! {
        <section class="made" id=SHOWN tabindex="-1" data-testid="new-token" aria-label="The new token">
            <p><b>"Copy the text of “" {token.name} "” now: it is shown only this once."</b></p>
            <CopyBlock code=token.token.unwrap_or_default() label="Copy the token"/>
        </section>
    }
}
