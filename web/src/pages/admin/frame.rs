//! The admin area is for administrators; others are told so. Must not know the pages inside.

use crate::components::empty::Empty;
use crate::components::heading::Heading;
use crate::state::session::Session;
use crate::url::Route;
use leptos::prelude::*;

/// A page of the admin area.
#[component]
pub fn AdminFrame(
    /// The page.
    children: ChildrenFn,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let may = Memo::new(move |_| session.is_admin());
    move || {
        match may.get() {
        true => children().into_any(),
        false => view! {
            <Heading text="Admin area".to_owned()/>
            <div class="sheet space">
                <Empty title="Only administrators see the admin area"><a class="btn go" href=Route::Projects.path()>"All projects"</a></Empty>
            </div>
        }
        .into_any(),
    }
    }
}
