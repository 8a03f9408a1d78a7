//! The parts of an area, side by side, each with an address of its own. Must not know what they show.

use crate::logic::rights;
use crate::state::project::Here;
use crate::url::{Admin, GroupPlace, Own, Place, Route, Section};
use casemate_shared::AccessLevel;
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
        let is_inside = at.strip_prefix(&href).is_some_and(|rest| rest.starts_with('/'));
        let current = if href == at { Some("page") } else { is_inside.then_some("true") };
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

/// The parts of the settings of the project or group at hand that the person may read.
#[component]
pub fn SettingsTabs() -> impl IntoView {
    let here = expect_context::<Here>();
    let at = here.route.get_untracked();
    let parts = Memo::new(move |_| settings(&at, here.level()));
    move || view! { <Tabs name="Settings" parts=parts.get()/> }
}

fn settings(at: &Route, level: AccessLevel) -> Vec<(String, &'static str)> {
    match at {
        Route::Project(project, _) => {
            let seen = Section::ALL.into_iter().filter(|section| rights::sees_section(level, *section));
            seen.map(|section| (Place::Settings(section).path(project), section.label())).collect()
        }
        Route::Group(group, _) => {
            let seen = GroupPlace::SETTINGS.into_iter().filter(|place| rights::sees_group_place(level, *place));
            seen.map(|place| (place.path(group), place.label())).collect()
        }
        _ => Vec::new(),
    }
}
