//! All users: search, filter by state, make one. Must not know what a single row can do.

use super::top;
use super::user_form::UserForm;
use super::user_row::{Table, row};
use crate::api::{Client, Page, users};
use crate::components::ask_dialog::AskDialog;
use crate::components::empty::Empty;
use crate::components::form::Outcome;
use crate::components::list::{List, ListChoice, ListSearch, NoMatch};
use crate::logic::user_filter;
use crate::state::act::Act;
use crate::state::ask::Ask;
use crate::state::listing::Listing;
use crate::state::project::Here;
use crate::state::remote::{Meanwhile, Remote};
use casemate_shared::api::user::User;
use leptos::prelude::*;

/// Heads of the table.
const HEADS: &[&str] = &["User", "State", "Second factor", "Last active", "Made", "Actions"];

/// All users.
#[component]
pub fn UsersPage() -> impl IntoView {
    let (client, here) = (expect_context::<Client>(), expect_context::<Here>());
    let listing = Listing::here(&["search", "state"]);
    let again = RwSignal::new(0_u32);
    let table = Table { client, me: untrack(|| here.me()), ask: Ask::new(), act: Act::new(), again };
    let list: Remote<Page<User>> = Remote::new(
        Meanwhile::Keep,
        move || Some((listing.wish(), again.get())),
        move |(wish, _)| {
            let (plain, more) = (wish.with("state", "").at(wish.page()), user_filter::parameters(wish.get("state")));
            users::list(client, plain.request(more))
        },
    );
    let empty = move |is_filtered: bool| match is_filtered {
        true => view! { <NoMatch listing title="No user matches"/> }.into_any(),
        false => view! { <Empty title="No user"><p>"Make one above."</p></Empty> }.into_any(),
    };
    view! {
        {top("Users", "Everybody who may sign in, and the bots of access tokens.")}
        <UserForm made=Callback::new(move |()| again.update(|turn| *turn += 1))/>
        <div class="bar">
            <ListSearch listing label="Search by name, user name or address"/>
            <ListChoice listing name="state" label="Which users" options=user_filter::CHOICES/>
        </div>
        <Outcome act=table.act what="That could not be done"/>
        <List listing remote=list what="The users could not be loaded" words=("user", "users") class="users" heads=HEADS
            row=move |user| row(table, user) empty/>
        <AskDialog ask=table.ask/>
    }
}
