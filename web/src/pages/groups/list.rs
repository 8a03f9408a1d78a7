//! The list of groups that somebody sees. Must not know what is in them.

use crate::api::{Client, Page, groups};
use crate::components::empty::Empty;
use crate::components::heading::Heading;
use crate::components::icon::{Glyph, Icon};
use crate::components::list::{List, ListChoice, ListSearch, NoMatch};
use crate::components::when::Day;
use crate::logic::rights::capital;
use crate::state::listing::Listing;
use crate::state::remote::{Meanwhile, Remote};
use crate::url::{GroupPlace, Route};
use casemate_shared::api::project::Group;
use leptos::prelude::*;

/// Who sees a group.
const VISIBILITIES: &[(&str, &str)] =
    &[("", "Any visibility"), ("private", "Private"), ("internal", "Internal"), ("public", "Public")];
/// Heads of the table.
const HEADS: &[&str] = &["Group", "Visibility", "Made"];

/// All groups that somebody sees.
#[component]
pub fn GroupsPage() -> impl IntoView {
    let client = expect_context::<Client>();
    let listing = Listing::here(&["search", "visibility"]);
    let list: Remote<Page<Group>> =
        Remote::new(Meanwhile::Keep, move || Some(listing.wish()), move |wish| groups::list(client, wish.request(&[])));
    let empty = move |is_filtered: bool| match is_filtered {
        true => view! { <NoMatch listing title="No group matches"/> }.into_any(),
        false => view! {
            <Empty title="No group yet">
                <p>"A group holds projects and other groups, and members that belong to all of them."</p>
                <a class="btn go" href=Route::NewGroup.path()>"New group"</a>
            </Empty>
        }
        .into_any(),
    };
    view! {
        <div class="head">
            <div class="grow">
                <Heading text="Groups".to_owned()/>
                <p>"Groups that you see. Who is a member of a group is one of all that is in it."</p>
            </div>
            <a class="btn go" href=Route::NewGroup.path() data-testid="new-group">
                <Glyph icon=Icon::Plus/>
                "New group"
            </a>
        </div>
        <div class="bar">
            <ListSearch listing label="Search by name or path"/>
            <ListChoice listing name="visibility" label="Visibility" options=VISIBILITIES/>
        </div>
        <List listing remote=list what="The groups could not be loaded" words=("group", "groups") class="groups" heads=HEADS row=row empty/>
    }
}

/// The row of a group.
pub fn row(group: Group) -> AnyView {
    let path = group.full_path;
    view! {
        <tr data-testid="group-row" data-path=path.clone()>
            <td class="desc">
                <a class="t" href=GroupPlace::Home.path(&path) data-testid="group-link">{group.name}</a>
                <span class="p mono">{path.clone()}</span>
                <small>{group.description}</small>
            </td>
            <td>{capital(&group.visibility)}</td>
            <td><span class="narrow-label">"Made "</span><Day at=group.created_at/></td>
        </tr>
    }
    .into_any()
}
