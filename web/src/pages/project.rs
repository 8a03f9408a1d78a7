//! Everything within a project stands in this frame: it says so when the project cannot be seen, and leads
//! from the bare path to the report. Must not know the pages inside.

use crate::app::project_page;
use crate::components::alert::Failure;
use crate::components::empty::Empty;
use crate::components::heading::Heading;
use crate::state::go::Go;
use crate::state::project::Here;
use crate::url::Place;
use leptos::prelude::*;

/// A page within a project.
#[component]
pub fn ProjectFrame(
    /// Which one.
    place: Place,
) -> impl IntoView {
    let (here, go) = (expect_context::<Here>(), expect_context::<Go>());
    if place == Place::Home {
        let report = untrack(|| here.path(Place::Report));
        Effect::new(move |_| go.instead(&report));
    }
    let missing = Memo::new(move |_| here.project.error().filter(|error| error.status == 404));
    move || match missing.get() {
        None => project_page(place),
        Some(error) => view! {
            <Heading text="Project not found".to_owned()/>
            <div class="space"><Failure what="The project cannot be shown" error/></div>
            <div class="sheet space">
                <Empty title="There is no such project, or you may not see it">
                    <a class="btn go" href="/">"All projects"</a>
                </Empty>
            </div>
        }
        .into_any(),
    }
}
