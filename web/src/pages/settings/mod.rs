//! Settings of a project: general, protected branches, and how long things are kept. Must not know access tokens; they have pages of
//! their own.

mod branches;
mod danger;
mod general;
mod protection;
mod retention;

use crate::components::heading::Heading;
use crate::components::tabs::SettingsTabs;
use crate::state::project::Here;
use leptos::prelude::*;

pub use branches::BranchesPage;
pub use general::GeneralPage;
pub use retention::RetentionPage;

/// The top of each of these pages.
fn top(here: Here, title: &'static str, about: &'static str) -> impl IntoView {
    view! {
        <SettingsTabs/>
        <div class="head">
            <div class="grow">
                <Heading text=title.to_owned() of=Signal::derive(move || here.name())/>
                <p>{about}</p>
            </div>
        </div>
    }
}
