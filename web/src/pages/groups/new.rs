//! The form of a new group. Must not know the rules of paths; the server says what is wrong.

use crate::api::groups::{self, NewGroup};
use crate::api::{ApiError, Client};
use crate::components::form::{PickField, Send, TextField, visibilities};
use crate::components::heading::Heading;
use crate::logic::{query, slug};
use crate::state::act::Act;
use crate::state::go::{Go, use_own_search};
use crate::url::{GroupPlace, Route};
use casemate_shared::api::project::Group;
use leptos::prelude::*;

/// The form of a new group; `?parent=acme/platform` in the address names the group above.
#[component]
pub fn NewGroupPage() -> impl IntoView {
    let (client, go) = (expect_context::<Client>(), expect_context::<Go>());
    let above = query::pairs(&use_own_search().get_untracked()).into_iter().find(|(key, _)| key == "parent");
    let parent = RwSignal::new(above.map(|(_, path)| path).unwrap_or_default());
    let (name, path) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let (visibility, description) = (RwSignal::new("private".to_owned()), RwSignal::new(String::new()));
    let act = Act::new();
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let name = name.get_untracked().trim().to_owned();
        let path = Some(path.get_untracked().trim().to_owned()).filter(|path| !path.is_empty());
        let body = NewGroup {
            path: path.unwrap_or_else(|| slug::of(&name)),
            name,
            parent_id: None,
            visibility: visibility.get_untracked(),
            description: description.get_untracked().trim().to_owned(),
        };
        let above = parent.get_untracked().trim().to_owned();
        act.run(make(client, above, body), move |group| go.to(&GroupPlace::Home.path(&group.full_path)));
    };
    view! {
        <div class="head">
            <div class="grow">
                <Heading text="New group".to_owned()/>
                <p>"A group holds projects and other groups. Its members belong to all that is in it."</p>
            </div>
        </div>
        <form class="box form" data-testid="new-group-form" on:submit=submit>
            <TextField id="group-name" label="Name (required)" value=name required=true/>
            <TextField id="group-parent" label="Group above" value=parent about="Its path, acme/platform for example. Empty: a group at the top."/>
            <TextField id="group-path" label="Path" value=path about="Last part of the address. Empty: made from the name."/>
            <TextField id="group-description" label="Description" value=description/>
            <PickField id="group-visibility" label="Who sees it" value=visibility options=visibilities()
                about="What is in a group is seen by no more than the group."/>
            <Send act id="create-group" label="Create group" what="The group could not be made"/>
            <div><a class="btn quiet" href=Route::Groups.path()>"Cancel"</a></div>
        </form>
    }
}

/// Finds the group above by its path, then makes the group.
async fn make(client: Client, above: String, mut body: NewGroup) -> Result<Group, ApiError> {
    if !above.is_empty() {
        body.parent_id = Some(groups::get(client, above).await?.id);
    }
    groups::create(client, body).await
}
