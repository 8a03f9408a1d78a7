//! The navigation: the project at hand and its pages, and the way to all projects. Must not know what the
//! pages show.

use crate::components::icon::{Brand, Glyph, Icon};
use crate::logic::number::thousands;
use crate::logic::rights;
use crate::state::project::Here;
use crate::state::session::Session;
use crate::url::{Admin, GroupPlace, Place, Route, Section};
use leptos::prelude::*;

/// The entries of the navigation.
#[component]
pub fn Side() -> impl IntoView {
    let here = expect_context::<Here>();
    let session = expect_context::<Session>();
    let in_group = Memo::new(move |_| !here.group_path().is_empty());
    let in_project = Memo::new(move |_| !here.full_path().is_empty());
    view! {
        <a class="brand" href=Route::Projects.path()><Brand/>"Casemate"</a>
        <Show when=move || in_project.get()>
            <ProjectSwitch/>
            <Entry place=Place::Report icon=Icon::List label="Vulnerabilities"/>
            <Entry place=Place::Pipelines icon=Icon::Pulse label="Pipelines"/>
            <Entry place=Place::Dependencies icon=Icon::Box label="Dependencies"/>
            <Entry place=Place::Imports icon=Icon::Inbox label="Imports"/>
            <Entry place=Place::Upload icon=Icon::Upload label="Upload reports"/>
            <Entry place=Place::Members icon=Icon::People label="Members"/>
            <Show when=move || rights::sees_section(here.level(), Section::General)>
                <Entry place=Place::Settings(Section::General) icon=Icon::Gear label="Settings"/>
            </Show>
            <div class="rule"></div>
        </Show>
        <Show when=move || in_group.get()>
            <GroupEntries/>
            <div class="rule"></div>
        </Show>
        <FixedEntry route=Route::Projects icon=Icon::Projects label="Projects"/>
        <FixedEntry route=Route::Groups icon=Icon::Folder label="Groups"/>
        <FixedEntry route=Route::NewProject icon=Icon::Plus label="New project"/>
        <Show when=move || session.is_admin()>
            <div class="rule"></div>
            <FixedEntry route=Route::Admin(Admin::Users) icon=Icon::Shield label="Admin area"/>
        </Show>
    }
}

/// The group at hand and its pages.
#[component]
fn GroupEntries() -> impl IntoView {
    let here = expect_context::<Here>();
    let entry = move |place: GroupPlace, icon: Icon, label: &'static str| {
        let current = move || {
            here.route.with(|route| match route {
                Route::Group(_, at) if *at == place => Some("page"),
                Route::Group(_, at) if GroupPlace::SETTINGS.contains(at) && GroupPlace::SETTINGS.contains(&place) => Some("true"),
                _ => None,
            })
        };
        view! { <a href=move || place.path(&here.group_path()) aria-current=current><Glyph icon/>{label}</a> }
    };
    let above = move || {
        let path = here.group_path();
        path.rsplit_once('/').map_or_else(|| "Group".to_owned(), |(above, _)| above.replace('/', " / "))
    };
    view! {
        <a class="switch" href=Route::Groups.path() title="All groups">
            <span class="grow"><small>{above}</small><b>{move || here.name()}</b></span>
            <Glyph icon=Icon::Switch/>
        </a>
        {entry(GroupPlace::Home, Icon::Projects, "Projects and subgroups")}
        {entry(GroupPlace::Members, Icon::People, "Members")}
        <Show when=move || rights::sees_group_place(here.level(), GroupPlace::General)>
            {entry(GroupPlace::General, Icon::Gear, "Settings")}
        </Show>
    }
}

/// Which project this is; leads to all of them.
#[component]
fn ProjectSwitch() -> impl IntoView {
    let here = expect_context::<Here>();
    let group = move || {
        let path = here.full_path();
        path.rsplit_once('/').map(|(group, _)| group.replace('/', " / ")).unwrap_or_default()
    };
    view! {
        <a class="switch" href=Route::Projects.path() title="All projects">
            <span class="grow"><small>{group}</small><b>{move || here.name()}</b></span>
            <Glyph icon=Icon::Switch/>
        </a>
    }
}

#[component]
fn Entry(place: Place, icon: Icon, label: &'static str) -> impl IntoView {
    let here = expect_context::<Here>();
    let current = move || {
        here.route.with(|route| match route {
            Route::Project(_, at) if *at == place => Some("page"),
            Route::Project(_, Place::Vulnerability(_)) if place == Place::Report => Some("true"),
            Route::Project(_, Place::Pipeline(_)) if place == Place::Pipelines => Some("true"),
            Route::Project(_, Place::NewImport) if place == Place::Imports => Some("true"),
            Route::Project(_, Place::Settings(_)) if matches!(place, Place::Settings(_)) => Some("true"),
            _ => None,
        })
    };
    let open = move || here.project.with(|project| project?.vulnerability_counts).filter(|_| place == Place::Report);
    let number = move || {
        open().map(|counts| {
            let text = thousands(counts.total());
            view! { <span class="n">{text}<span class="sr">" open"</span></span> }
        })
    };
    view! {
        <a href=move || here.path(place) aria-current=current>
            <Glyph icon/>
            {label}
            {number}
        </a>
    }
}

#[component]
fn FixedEntry(route: Route, icon: Icon, label: &'static str) -> impl IntoView {
    let here = expect_context::<Here>();
    let href = route.path();
    let is_admin = matches!(route, Route::Admin(_));
    let current = move || {
        here.route.with(|at| match at {
            at if *at == route => Some("page"),
            Route::Admin(_) | Route::User(_) if is_admin => Some("true"),
            _ => None,
        })
    };
    view! {
        <a href=href aria-current=current>
            <Glyph icon/>
            {label}
        </a>
    }
}
