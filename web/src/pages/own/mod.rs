//! What belongs to the person who is signed in: name, password, second factor, sessions. Must not know access
//! tokens; they have pages of their own.

mod password;
mod profile;
mod second_factor;
mod sessions;

use crate::components::heading::Heading;
use crate::components::tabs::OwnTabs;
use leptos::prelude::*;

pub use password::PasswordPage;
pub use profile::ProfilePage;
pub use second_factor::SecondFactorPage;
pub use sessions::SessionsPage;

/// The top of each of these pages.
fn top(title: &'static str, about: &'static str) -> impl IntoView {
    view! {
        <OwnTabs/>
        <div class="head">
            <div class="grow">
                <Heading text=title.to_owned()/>
                <p>{about}</p>
            </div>
        </div>
    }
}
