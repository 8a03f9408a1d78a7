//! The bar at the top: menu on small screens, where we are, help, theme, person. Must not know pages.

use super::{DRAWER, crumbs, help};
use crate::api::{self, Client};
use crate::components::icon::{Glyph, Icon};
use crate::logic::theme::Theme;
use crate::state::browser;
use crate::state::session::{Session, SessionState};
use crate::state::theme::ThemeState;
use crate::url::Own;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The bar at the top.
#[component]
pub fn Top() -> impl IntoView {
    let menu = move |_| {
        if let Some(dialog) = browser::dialog(DRAWER) {
            let _ = dialog.show_modal();
        }
    };
    view! {
        <header class="top">
            <button class="btn quiet square menu" type="button" aria-label="Open navigation"
                aria-haspopup="dialog" data-testid="open-navigation" on:click=menu>
                <Glyph icon=Icon::List/>
            </button>
            <crumbs::Crumbs/>
            <span class="sp"></span>
            <button class="btn quiet square" type="button" aria-label="Help and keys" title="Help and keys (?)"
                aria-haspopup="dialog" on:click=move |_| help::open()>
                <Glyph icon=Icon::Help/>
            </button>
            <ThemeSwitch/>
            <Person/>
        </header>
    }
}

/// Light, dark or as the system wishes; each press goes one on.
#[component]
fn ThemeSwitch() -> impl IntoView {
    let theme = expect_context::<ThemeState>();
    let label = move || match theme.get() {
        Theme::System => "Theme: as the system",
        Theme::Light => "Theme: light",
        Theme::Dark => "Theme: dark",
    };
    let icon = move || match theme.get() {
        Theme::System => Icon::Monitor,
        Theme::Light => Icon::Sun,
        Theme::Dark => Icon::Moon,
    };
    view! {
        <button class="btn quiet square" type="button" data-testid="theme-switch" aria-label=label title=label
            on:click=move |_| theme.press()>
            {move || view! { <Glyph icon=icon()/> }}
        </button>
    }
}

/// Who is signed in, with the way out.
#[component]
fn Person() -> impl IntoView {
    let (session, client) = (expect_context::<Session>(), expect_context::<Client>());
    let name = move || session.user().map(|user| user.name).unwrap_or_default();
    let username = move || session.user().map(|user| user.username).unwrap_or_default();
    let initials = move || {
        let first = |word: &str| word.chars().next();
        name().split_whitespace().filter_map(first).take(2).collect::<String>().to_uppercase()
    };
    let sign_out = move |_| {
        spawn_local(async move {
            // A session that the server no longer knows is over as well.
            let _ = api::session::sign_out(client).await;
            session.set(SessionState::Out);
        });
    };
    view! {
        <button class="face" type="button" popovertarget="person" data-testid="user-menu"
            aria-label=move || format!("Signed in as {}", name())>
            {initials}
        </button>
        <div id="person" class="menu-box" popover="auto">
            <p><b>{name}</b><small>"@"{username}</small></p>
            <a class="btn quiet wide" data-testid="own-settings" href=Own::Profile.path()>
                <Glyph icon=Icon::Gear/>
                "Your settings"
            </a>
            <button class="btn quiet wide" type="button" data-testid="sign-out" on:click=sign_out>
                <Glyph icon=Icon::SignOut/>
                "Sign out"
            </button>
        </div>
    }
}
