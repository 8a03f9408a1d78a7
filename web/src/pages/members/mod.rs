//! Members of the project or group at hand: direct and inherited ones, with level and end; add, change, remove,
//! leave. Must not know what a level allows.

mod add;
mod row;

use crate::api::members;
use crate::api::places::Target;
use crate::api::{Client, Page};
use crate::components::ask_dialog::AskDialog;
use crate::components::empty::Empty;
use crate::components::form::Outcome;
use crate::components::heading::Heading;
use crate::components::list::{List, ListChoice, ListSearch, NoMatch};
use crate::state::act::Act;
use crate::state::ask::Ask;
use crate::state::listing::Listing;
use crate::state::project::Here;
use crate::state::remote::{Meanwhile, Remote};
use casemate_shared::AccessLevel;
use casemate_shared::api::member::Member;
use leptos::prelude::*;

/// The words of the filter by where a membership comes from.
const FROM: &[(&str, &str)] = &[("", "Direct and inherited"), ("direct", "Direct only")];
/// Heads of the table.
const HEADS: &[&str] = &["Member", "Comes from", "Role", "Ends", "Actions"];

/// What every row needs.
#[derive(Clone, Copy)]
struct Table {
    client: Client,
    of: StoredValue<Target>,
    here: Here,
    ask: Ask,
    act: Act,
    again: RwSignal<u32>,
}

/// A member, and whether it is one of the place itself.
#[derive(Clone, PartialEq)]
struct Listed {
    member: Member,
    is_direct: bool,
}

impl Table {
    /// Whether the person may add and change members.
    fn may_manage(self) -> bool {
        let least = match self.of.get_value() {
            Target::Project(_) => AccessLevel::Maintainer,
            Target::Group(_) => AccessLevel::Owner,
        };
        self.here.level() >= least
    }

    fn reload(self) {
        self.again.update(|turn| *turn += 1);
    }
}

/// The members of the project or group at hand.
#[component]
pub fn MembersPage() -> impl IntoView {
    let here = expect_context::<Here>();
    untrack(|| here.target()).map(|target| view! { <Members here target/> })
}

#[component]
fn Members(here: Here, target: Target) -> impl IntoView {
    let client = expect_context::<Client>();
    let listing = Listing::here(&["query", "from"]);
    let word = target.word();
    let table = Table { client, of: StoredValue::new(target), here, ask: Ask::new(), act: Act::new(), again: RwSignal::new(0) };
    let list: Remote<Page<Listed>> = Remote::new(
        Meanwhile::Keep,
        move || Some((listing.wish(), table.again.get())),
        move |(wish, _)| fetch(client, table.of.get_value(), wish.get("from") == "direct", wish.request(&[])),
    );
    let row = move |listed: Listed| row::row(table, listed);
    let empty = move |is_filtered: bool| match is_filtered {
        true => view! { <NoMatch listing title="No member matches"/> }.into_any(),
        false => view! { <Empty title="Nobody is a member"><p>"Administrators see it all the same."</p></Empty> }.into_any(),
    };
    view! {
        <div class="head">
            <div class="grow">
                <Heading text="Members".to_owned() of=Signal::derive(move || here.name())/>
                <p>{format!("Who belongs to this {word}, by what, and how long. Inherited members come from the groups above.")}</p>
            </div>
        </div>
        <Show when=move || table.may_manage()><add::AddMember table/></Show>
        <div class="bar">
            <ListSearch listing name="query" label="Search by name or user name"/>
            <ListChoice listing name="from" label="Direct or inherited" options=FROM/>
        </div>
        <Outcome act=table.act what="The member could not be changed"/>
        <List listing remote=list what="The members could not be loaded" words=("member", "members") class="members" heads=HEADS row empty/>
        <AskDialog ask=table.ask/>
    }
}

/// A page of members, each with where it comes from.
async fn fetch(client: Client, of: Target, is_direct: bool, query: String) -> Result<Page<Listed>, crate::api::ApiError> {
    let page = members::list(client, of.clone(), is_direct, query).await?;
    let ids: Vec<u64> = page.rows.iter().map(|member| member.user.id).collect();
    let direct = if is_direct { ids } else { members::direct_ones(client, of, &ids).await? };
    let listed = |member: Member| Listed { is_direct: direct.contains(&member.user.id), member };
    Ok(Page { total: page.total, rows: page.rows.into_iter().map(listed).collect() })
}
