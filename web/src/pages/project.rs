//! Everything within a project stands in this frame: it says so when the project cannot be seen, and leads
//! from the bare path to the report. Must not know the pages inside.

use crate::api::{Client, groups};
use crate::app::project_page;
use crate::components::alert::Failure;
use crate::components::empty::Empty;
use crate::components::heading::Heading;
use crate::state::go::Go;
use crate::state::project::Here;
use crate::url::{GroupPlace, Place, Route};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// From the bare path to the report; or to the group, when the path is one's.
fn lead_on(here: Here, go: Go) {
    let client = expect_context::<Client>();
    let path = untrack(|| here.full_path());
    Effect::new(move |_| {
        let is_there = here.project.with(|project| project.is_some_and(|project| project.path_with_namespace == path));
        let is_missing = here.project.error().is_some_and(|error| error.status == 404);
        let path = path.clone();
        if is_there {
            go.instead(&Place::Report.path(&path));
        } else if is_missing {
            spawn_local(async move {
                if groups::get(client, path.clone()).await.is_ok() {
                    go.instead(&GroupPlace::Home.path(&path));
                }
            });
        }
    });
}

/// A page within a project.
#[component]
pub fn ProjectFrame(
    /// Which one.
    place: Place,
) -> impl IntoView {
    let (here, go) = (expect_context::<Here>(), expect_context::<Go>());
    if place == Place::Home {
        lead_on(here, go);
    }
    let missing = Memo::new(move |_| here.project.error().filter(|error| error.status == 404));
    move || match missing.get() {
        None => project_page(place),
        Some(error) => view! {
            <Heading text="Project not found".to_owned()/>
            <div class="space"><Failure what="The project cannot be shown" error/></div>
            <div class="sheet space">
                <Empty title="There is no such project, or you may not see it">
                    <a class="btn go" href=Route::Projects.path()>"All projects"</a>
                </Empty>
            </div>
        }
        .into_any(),
    }
}
