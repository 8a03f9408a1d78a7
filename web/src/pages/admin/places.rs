//! All groups and all projects, as administrators see them. Must not know what is in them.

use super::top;
use crate::api::{Client, Page, groups, projects};
use crate::components::empty::Empty;
use crate::components::list::{List, ListChoice, ListSearch, NoMatch};
use crate::components::when::{Ago, Day};
use crate::logic::rights::capital;
use crate::state::listing::Listing;
use crate::state::remote::{Meanwhile, Remote};
use crate::url::{GroupPlace, Place, Section};
use casemate_shared::api::project::{Group, Project};
use leptos::prelude::*;

/// Who sees a group or project.
const VISIBILITIES: &[(&str, &str)] =
    &[("", "Any visibility"), ("private", "Private"), ("internal", "Internal"), ("public", "Public")];
/// Whether a project is archived.
const ARCHIVED: &[(&str, &str)] = &[("", "Archived or not"), ("false", "Not archived"), ("true", "Archived")];
/// Heads of the table of groups.
const GROUP_HEADS: &[&str] = &["Group", "Visibility", "Made", "Go to"];
/// Heads of the table of projects.
const PROJECT_HEADS: &[&str] = &["Project", "Visibility", "Made", "Last activity", "Go to"];

/// All groups.
#[component]
pub fn GroupsPage() -> impl IntoView {
    let client = expect_context::<Client>();
    let listing = Listing::here(&["search", "visibility"]);
    let list: Remote<Page<Group>> =
        Remote::new(Meanwhile::Keep, move || Some(listing.wish()), move |wish| groups::list(client, wish.request(&[])));
    view! {
        {top("Groups", "Every group of the instance. The groups of single users are not listed.")}
        <div class="bar">
            <ListSearch listing label="Search by name or path"/>
            <ListChoice listing name="visibility" label="Visibility" options=VISIBILITIES/>
        </div>
        <List listing remote=list what="The groups could not be loaded" words=("group", "groups") class="groups" heads=GROUP_HEADS
            row=group_row empty=move |is_filtered| none(listing, is_filtered, "No group matches", "No group yet")/>
    }
}

/// All projects.
#[component]
pub fn ProjectsPage() -> impl IntoView {
    let client = expect_context::<Client>();
    let listing = Listing::here(&["search", "visibility", "archived"]);
    let list: Remote<Page<Project>> =
        Remote::new(Meanwhile::Keep, move || Some(listing.wish()), move |wish| projects::filtered(client, wish.request(&[])));
    view! {
        {top("Projects", "Every project of the instance, the newest first.")}
        <div class="bar">
            <ListSearch listing label="Search by name or path"/>
            <ListChoice listing name="visibility" label="Visibility" options=VISIBILITIES/>
            <ListChoice listing name="archived" label="Archived" options=ARCHIVED/>
        </div>
        <List listing remote=list what="The projects could not be loaded" words=("project", "projects") class="groups" heads=PROJECT_HEADS
            row=project_row empty=move |is_filtered| none(listing, is_filtered, "No project matches", "No project yet")/>
    }
}

fn none(listing: Listing, is_filtered: bool, no_match: &'static str, none: &'static str) -> AnyView {
    match is_filtered {
        true => view! { <NoMatch listing title=no_match/> }.into_any(),
        false => view! { <Empty title=none>""</Empty> }.into_any(),
    }
}

fn group_row(group: Group) -> AnyView {
    let path = group.full_path;
    view! {
        <tr data-testid="group-row" data-path=path.clone()>
            <td class="desc"><a class="t" href=GroupPlace::Home.path(&path)>{group.name}</a><span class="p mono">{path.clone()}</span></td>
            <td>{capital(&group.visibility)}</td>
            <td><span class="narrow-label">"Made "</span><Day at=group.created_at/></td>
            <td class="links">
                <a class="link" href=GroupPlace::Members.path(&path)>"Members"</a>" "
                <a class="link" href=GroupPlace::General.path(&path)>"Settings"</a>
            </td>
        </tr>
    }
    .into_any()
}

fn project_row(project: Project) -> AnyView {
    let path = project.path_with_namespace;
    let archived = project.archived.then(|| view! { " "<span class="tag">"archived"</span> });
    view! {
        <tr data-testid="project-row" data-path=path.clone()>
            <td class="desc"><a class="t" href=Place::Report.path(&path)>{project.name}</a>{archived}<span class="p mono">{path.clone()}</span></td>
            <td>{capital(&project.visibility)}</td>
            <td><span class="narrow-label">"Made "</span><Day at=project.created_at/></td>
            <td><span class="narrow-label">"Last activity "</span><Ago at=project.last_activity_at/></td>
            <td class="links">
                <a class="link" href=Place::Members.path(&path)>"Members"</a>" "
                <a class="link" href=Place::Settings(Section::General).path(&path)>"Settings"</a>
            </td>
        </tr>
    }
    .into_any()
}
