//! The navigation: the project at hand and its pages, and the way to all projects. Must not know what the
//! pages show.

use crate::components::icon::{Brand, Glyph, Icon};
use crate::logic::number::thousands;
use crate::state::project::Here;
use crate::url::{Place, Route};
use leptos::prelude::*;

/// The entries of the navigation.
#[component]
pub fn Side() -> impl IntoView {
    let here = expect_context::<Here>();
    let in_project = Memo::new(move |_| !here.full_path().is_empty());
    view! {
        <a class="brand" href="/"><Brand/>"Casemate"</a>
        <Show when=move || in_project.get()>
            <ProjectSwitch/>
            <Entry place=Place::Report icon=Icon::List label="Vulnerabilities"/>
            <Entry place=Place::Pipelines icon=Icon::Pulse label="Pipelines"/>
            <Entry place=Place::Dependencies icon=Icon::Box label="Dependencies"/>
            <Entry place=Place::Imports icon=Icon::Inbox label="Imports"/>
            <Entry place=Place::Upload icon=Icon::Upload label="Upload reports"/>
            <div class="rule"></div>
        </Show>
        <FixedEntry route=Route::Projects icon=Icon::Projects label="Projects"/>
        <FixedEntry route=Route::NewProject icon=Icon::Plus label="New project"/>
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
        <a class="switch" href="/" title="All projects">
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
    let current = move || here.route.with(|at| *at == route).then_some("page");
    view! {
        <a href=href aria-current=current>
            <Glyph icon/>
            {label}
        </a>
    }
}
