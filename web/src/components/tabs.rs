//! The parts of an area, side by side, each with an address of its own. Must not know what they show.

use crate::state::project::Here;
use crate::url::{Admin, GroupPlace, Own, Place, Route, Section};
use leptos::prelude::*;

/// Links to the parts of an area; the one at hand is marked.
#[component]
pub fn Tabs(
    /// What the area is: "Your settings".
    name: &'static str,
    /// Addresses with their words.
    parts: Vec<(String, &'static str)>,
) -> impl IntoView {
    let here = expect_context::<Here>();
    let at = here.route.with_untracked(Route::path);
    let part = move |(href, label): (String, &'static str)| {
        let current = (href == at).then_some("page");
        view! { <li><a href=href aria-current=current>{label}</a></li> }
    };
    view! { <nav class="tabs" aria-label=name><ul>{parts.into_iter().map(part).collect_view()}</ul></nav> }
}

/// The parts of the own settings.
#[component]
pub fn OwnTabs() -> impl IntoView {
    let parts = Own::ALL.map(|own| (own.path(), own.label())).to_vec();
    view! { <Tabs name="Your settings" parts/> }
}

/// The parts of the admin area.
#[component]
pub fn AdminTabs() -> impl IntoView {
    let parts = Admin::ALL.map(|admin| (admin.path(), admin.label())).to_vec();
    view! { <Tabs name="Admin area" parts/> }
}

/// The parts of the settings of the project or group at hand.
#[component]
pub fn SettingsTabs() -> impl IntoView {
    let here = expect_context::<Here>();
    let parts = untrack(|| {
        here.route.with(|route| match route {
            Route::Project(project, _) => {
                let part = |section: Section| (Place::Settings(section).path(project), section.label());
                Section::ALL.map(part).to_vec()
            }
            Route::Group(group, _) => {
                let part = |place: GroupPlace| (place.path(group), place.label());
                GroupPlace::SETTINGS.map(part).to_vec()
            }
            _ => Vec::new(),
        })
    });
    view! { <Tabs name="Settings" parts/> }
}
