//! Everything within a group stands in this frame: it says so when the group cannot be seen. Must not know the
//! pages inside.

use crate::app::group_page;
use crate::components::alert::Failure;
use crate::components::empty::Empty;
use crate::components::heading::Heading;
use crate::state::project::Here;
use crate::url::{GroupPlace, Route};
use leptos::prelude::*;

/// A page within a group.
#[component]
pub fn GroupFrame(
    /// Which one.
    place: GroupPlace,
) -> impl IntoView {
    let here = expect_context::<Here>();
    let missing = Memo::new(move |_| here.group.error().filter(|error| error.status == 404));
    move || match missing.get() {
        None => group_page(place),
        Some(error) => view! {
            <Heading text="Group not found".to_owned()/>
            <div class="space"><Failure what="The group cannot be shown" error/></div>
            <div class="sheet space">
                <Empty title="There is no such group, or you may not see it">
                    <a class="btn go" href=Route::Groups.path()>"All groups"</a>
                </Empty>
            </div>
        }
        .into_any(),
    }
}
