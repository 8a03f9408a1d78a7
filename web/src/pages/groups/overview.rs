//! What is right in a group: its subgroups and its projects, two lists with one search. Must not know what is deeper.

use super::list;
use crate::api::{Client, Page, groups};
use crate::components::async_view::Awaited;
use crate::components::empty::Empty;
use crate::components::heading::Heading;
use crate::components::icon::{Glyph, Icon};
use crate::components::list::{List, ListChoice, ListSearch, NoMatch};
use crate::components::when::Ago;
use crate::logic::query::{join, write};
use crate::logic::rights::capital;
use crate::state::listing::Listing;
use crate::state::project::Here;
use crate::state::remote::{Meanwhile, Remote};
use crate::url::{Place, Route};
use casemate_shared::AccessLevel;
use casemate_shared::api::project::{Group, Project};
use leptos::prelude::*;

/// What the page shows of the group.
const SHOWN: &[(&str, &str)] = &[("", "Projects"), ("subgroups", "Subgroups")];
/// Heads of the table of subgroups.
const GROUP_HEADS: &[&str] = &["Group", "Visibility", "Made"];
/// Heads of the table of projects.
const PROJECT_HEADS: &[&str] = &["Project", "Visibility", "Last activity"];

/// The group at hand.
#[component]
pub fn GroupPage() -> impl IntoView {
    let here = expect_context::<Here>();
    let path = StoredValue::new(untrack(|| here.group_path()));
    let listing = Listing::here(&["search", "show"]);
    let title = Signal::derive(move || here.name());
    let about = move || here.group.with(|group| group.map(about));
    let is_subgroups = Memo::new(move |_| listing.get("show") == "subgroups");
    view! {
        <div class="head">
            <div class="grow">
                <Heading text=title/>
                {about}
            </div>
            <div class="row">
                <Show when=move || { here.level() >= AccessLevel::Maintainer }>
                    <a class="btn" data-testid="new-subgroup" href=join(&Route::NewGroup.path(), &write(&[("parent", path.get_value())]))>
                        <Glyph icon=Icon::Plus/>"New subgroup"
                    </a>
                </Show>
                <Show when=move || { here.level() >= AccessLevel::Developer }>
                    <a class="btn go" data-testid="new-project" href=join(&Route::NewProject.path(), &write(&[("group", path.get_value())]))>
                        <Glyph icon=Icon::Plus/>"New project"
                    </a>
                </Show>
            </div>
        </div>
        <Awaited remote=here.group what="The group could not be loaded"/>
        <div class="bar">
            <ListSearch listing label="Search by name or path"/>
            <ListChoice listing name="show" label="What to show" options=SHOWN/>
        </div>
        {move || if is_subgroups.get() { view! { <Subgroups path listing/> }.into_any() } else { view! { <Projects path listing/> }.into_any() }}
    }
}

fn about(group: &Group) -> impl IntoView + use<> {
    let description = group.description.clone();
    view! {
        <p><span class="tag">{capital(&group.visibility)}</span>" "<span class="mono">{group.full_path.clone()}</span></p>
        {(!description.is_empty()).then(|| view! { <p>{description}</p> })}
    }
}

#[component]
fn Subgroups(path: StoredValue<String>, listing: Listing) -> impl IntoView {
    let client = expect_context::<Client>();
    let list: Remote<Page<Group>> = Remote::new(
        Meanwhile::Keep,
        move || Some(listing.wish().with("show", "").at(listing.wish().page())),
        move |wish| groups::subgroups(client, path.get_value(), wish.request(&[])),
    );
    let empty = move |_| match listing.get("search").is_empty() {
        true => {
            view! { <Empty title="No subgroup here"><p>"A subgroup takes over the members of this group."</p></Empty> }.into_any()
        }
        false => view! { <NoMatch listing title="No subgroup matches"/> }.into_any(),
    };
    view! {
        <List listing remote=list what="The subgroups could not be loaded" words=("subgroup", "subgroups") class="groups" heads=GROUP_HEADS
            row=list::row empty/>
    }
}

#[component]
fn Projects(path: StoredValue<String>, listing: Listing) -> impl IntoView {
    let client = expect_context::<Client>();
    let list: Remote<Page<Project>> = Remote::new(
        Meanwhile::Keep,
        move || Some(listing.wish()),
        move |wish| groups::projects(client, path.get_value(), wish.request(&[("order_by", "last_activity_at")])),
    );
    let empty = move |_| match listing.get("search").is_empty() {
        true => view! { <Empty title="No project right in this group"><p>"Its subgroups may have some."</p></Empty> }.into_any(),
        false => view! { <NoMatch listing title="No project matches"/> }.into_any(),
    };
    view! {
        <List listing remote=list what="The projects could not be loaded" words=("project", "projects") class="groups" heads=PROJECT_HEADS
            row=project_row empty/>
    }
}

fn project_row(project: Project) -> AnyView {
    let archived = project.archived.then(|| view! { " "<span class="tag">"archived"</span> });
    let path = project.path_with_namespace;
    view! {
        <tr data-testid="project-row" data-path=path.clone()>
            <td class="desc">
                <a class="t" href=Place::Report.path(&path) data-testid="project-link">{project.name}</a>{archived}
                <span class="p mono">{path.clone()}</span>
                <small>{project.description}</small>
            </td>
            <td>{capital(&project.visibility)}</td>
            <td><span class="narrow-label">"Last activity "</span><Ago at=project.last_activity_at/></td>
        </tr>
    }
    .into_any()
}
