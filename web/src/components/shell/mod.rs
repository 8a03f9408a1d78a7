//! What surrounds every page: navigation, top bar, help, keys that act everywhere. Must not know pages.

mod crumbs;
mod help;
mod side;
mod top;

use crate::components::{filter_bar, list};
use crate::state::go::Go;
use crate::state::keys::Keys;
use crate::state::project::Here;
use crate::state::{browser, heading};
use crate::url::{Place, Route};
use leptos::prelude::*;

/// Id of the drawer that carries the navigation on small screens.
const DRAWER: &str = "navigation";
/// Id of the search field of the projects page.
pub const PROJECT_SEARCH: &str = "project-search";

/// The frame around a page.
#[component]
pub fn Shell(
    /// The page.
    children: Children,
) -> impl IntoView {
    listen();
    let skip = move |event: web_sys::MouseEvent| {
        event.prevent_default();
        browser::focus_and_show(heading::ID);
    };
    view! {
        <a class="skip" href="#content" on:click=skip>"Skip to the content"</a>
        <div class="shell">
            <nav class="side" aria-label="Main"><side::Side/></nav>
            <div class="page">
                <top::Top/>
                <main id="content">{children()}</main>
            </div>
        </div>
        <Drawer/>
        <help::Help/>
    }
}

/// The navigation of small screens: a real dialog, so that Tab stays inside and Esc closes it.
#[component]
fn Drawer() -> impl IntoView {
    let close = || {
        if let Some(dialog) = browser::dialog(DRAWER) {
            dialog.close();
        }
    };
    let here = expect_context::<Here>();
    Effect::new(move |_| {
        here.route.track();
        close();
    });
    view! {
        <dialog id=DRAWER class="drawer" aria-label="Navigation">
            <button class="btn quiet square" type="button" aria-label="Close navigation" on:click=move |_| close()>
                <crate::components::icon::Glyph icon=crate::components::icon::Icon::Close/>
            </button>
            <nav class="side" aria-label="Main"><side::Side/></nav>
        </dialog>
    }
}

/// Keys that act everywhere: `?`, `/`, and `g` followed by another one.
fn listen() {
    let (keys, go) = (expect_context::<Keys>(), expect_context::<Go>());
    let here = expect_context::<Here>();
    let g_pressed = StoredValue::new(0_i64);
    keys.listen(move |key| {
        let recently = browser::now_ms() - g_pressed.get_value() < 1500;
        g_pressed.set_value(if key == "g" { browser::now_ms() } else { 0 });
        match (key, recently) {
            ("?", _) => help::open(),
            ("/", _) => focus_search(),
            ("r" | "p" | "d" | "i" | "u", true) => {
                if let Route::Project(project, _) = here.route.get_untracked() {
                    let place = match key {
                        "r" => Place::Report,
                        "p" => Place::Pipelines,
                        "d" => Place::Dependencies,
                        "i" => Place::Imports,
                        _ => Place::Upload,
                    };
                    go.to(&place.path(&project));
                }
            }
            ("h", true) => go.to(&Route::Projects.path()),
            _ => return false,
        }
        true
    });
}

fn focus_search() {
    browser::focus_and_show(PROJECT_SEARCH);
    browser::focus_and_show(list::SEARCH);
    browser::focus_and_show(filter_bar::INPUT);
}
