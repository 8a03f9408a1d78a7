//! The admin area: users, groups, projects, facts about the instance, what fills the disk. Must not know other pages.

mod frame;
mod instance;
mod places;
mod storage;
mod user_form;
mod user_row;
mod users;

use crate::components::heading::Heading;
use crate::components::tabs::AdminTabs;
use leptos::prelude::*;

pub use frame::AdminFrame;
pub use instance::InstancePage;
pub use places::{GroupsPage, ProjectsPage};
pub use storage::StoragePage;
pub use users::UsersPage;

/// The top of each of these pages.
fn top(title: &'static str, about: &'static str) -> impl IntoView {
    view! {
        <AdminTabs/>
        <div class="head">
            <div class="grow">
                <Heading text=title.to_owned() of=Signal::stored("Admin area".to_owned())/>
                <p>{about}</p>
            </div>
        </div>
    }
}
