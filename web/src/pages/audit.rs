//! The audit log: who did what, to what, from where, with what it was before and after. Of the instance, or of one
//! project or group. Filters stand in the address. Must not know how events are noted or chained.

use crate::api::places::Target;
use crate::api::{ApiError, Client, Page, audit, users};
use crate::components::empty::Empty;
use crate::components::heading::Heading;
use crate::components::list::{List, ListChoice, ListField, NoMatch};
use crate::components::tabs::{AdminTabs, SettingsTabs};
use crate::logic::rights;
use crate::logic::wish::Wish;
use crate::state::listing::Listing;
use crate::state::project::Here;
use crate::state::remote::{Meanwhile, Remote};
use casemate_shared::api::audit::{AuditDetails, AuditEvent};
use leptos::prelude::*;

/// What an act was done to.
const ENTITIES: &[(&str, &str)] =
    &[("", "Anything"), ("Instance", "The instance"), ("User", "Users"), ("Group", "Groups"), ("Project", "Projects")];
/// Filters of the log of a project or group.
const OWN_FILTERS: &[&str] = &["author", "event_name", "created_after", "created_before"];
/// Filters of the log of the instance.
const FILTERS: &[&str] = &["author", "event_name", "entity_type", "entity_id", "created_after", "created_before"];
/// Heads of the table.
const HEADS: &[&str] = &["When", "Who", "What", "To what", "From where", "Before and after"];

/// The audit log of the whole instance, for administrators.
#[component]
pub fn AuditPage() -> impl IntoView {
    view! {
        <AdminTabs/>
        <div class="head">
            <div class="grow">
                <Heading text="Audit events".to_owned() of=Signal::stored("Admin area".to_owned())/>
                <p>"Every act that matters for security, newest first. Each event holds the hash of the one before: casemate audit verify finds a gap."</p>
            </div>
        </div>
        <AuditList/>
    }
}

/// The audit log of the project or group at hand, for those who may read it.
#[component]
pub fn PlaceAuditPage() -> impl IntoView {
    let here = expect_context::<Here>();
    let target = StoredValue::new(untrack(|| here.target()));
    let word = target.with_value(|target| target.as_ref().map_or("project", Target::word));
    // None while it is not known how much the person may do.
    let may = Memo::new(move |_| here.known_level().map(rights::reads_audit));
    let body = move || match (may.get()?, target.get_value()) {
        (true, Some(of)) => Some(view! { <AuditList of/> }.into_any()),
        _ => Some(denied(word).into_any()),
    };
    view! {
        <SettingsTabs/>
        <div class="head">
            <div class="grow">
                <Heading text="Audit events".to_owned() of=Signal::derive(move || here.name())/>
                <p>{about(word)}</p>
            </div>
        </div>
        {body}
    }
}

fn about(word: &str) -> &'static str {
    match word {
        "group" => {
            "Every act on this group that matters for security, newest first. Its subgroups and projects have logs of their own."
        }
        _ => "Every act on this project that matters for security, newest first.",
    }
}

fn denied(word: &str) -> impl IntoView + use<> {
    view! {
        <div class="sheet space">
            <Empty title=format!("Only owners read the audit events of a {word}")>
                <p>"An owner can tell you what was done, or make you one."</p>
            </Empty>
        </div>
    }
}

/// Filters and events.
#[component]
fn AuditList(
    /// The project or group whose log it is; none: the instance's.
    #[prop(optional)]
    of: Option<Target>,
) -> impl IntoView {
    let client = expect_context::<Client>();
    let is_whole = of.is_none();
    let listing = Listing::here(if is_whole { FILTERS } else { OWN_FILTERS });
    let of = StoredValue::new(of);
    let list: Remote<Page<AuditEvent>> =
        Remote::new(Meanwhile::Keep, move || Some(listing.wish()), move |wish| fetch(client, of.get_value(), wish));
    let empty = move |is_filtered: bool| match is_filtered {
        true => view! { <NoMatch listing title="No event matches"/> }.into_any(),
        false => view! { <Empty title="Nothing was noted yet">""</Empty> }.into_any(),
    };
    view! {
        <div class="bar fields">
            <ListField listing name="author" label="User name"/>
            <ListField listing name="event_name" label="Event"/>
            {is_whole.then(|| view! { <ListChoice listing name="entity_type" label="Done to" options=ENTITIES/> })}
            <ListField listing name="created_after" label="From" kind="date"/>
            <ListField listing name="created_before" label="Until before" kind="date"/>
        </div>
        <List listing remote=list what="The audit events could not be loaded" words=("event", "events") class="audit" heads=HEADS
            row=move |event| row(listing, event) empty/>
    }
}

/// A page of events; a user name is looked up first, since events are kept by number.
async fn fetch(client: Client, of: Option<Target>, wish: Wish) -> Result<Page<AuditEvent>, ApiError> {
    let (author, plain) = (wish.get("author").to_owned(), wish.with("author", "").at(wish.page()));
    if author.is_empty() {
        return audit::events(client, of, plain.request(&[])).await;
    }
    match users::by_name(client, author).await? {
        Some(user) => audit::events(client, of, plain.request(&[("author_id", &user.id.to_string())])).await,
        None => Ok(Page { rows: Vec::new(), total: 0 }),
    }
}

fn row(listing: Listing, event: AuditEvent) -> AnyView {
    let details = event.details;
    let word = event.event_name;
    let filter = {
        let word = word.clone();
        move |_| listing.set("event_name", &word, false)
    };
    let sudo = details.sudo_by.as_ref().map(|by| view! { <small>"by "{by.username.clone()}", acting as them"</small> });
    let means = details.authenticated_by.as_ref().map(|means| {
        view! { <small class="nowrap">{format!("{} {}", means.kind.replace('_', " "), means.id)}</small> }
    });
    let address = details.ip_address.clone().unwrap_or_else(|| "–".to_owned());
    let event_word = word.clone();
    let to = to_what(&event.entity_type, &details);
    view! {
        <tr data-testid="audit-row" data-id=event.id.to_string() data-event=event_word>
            <td class="nowrap">{crate::logic::time::moment(&event.created_at)}<small>{format!("#{}", event.id)}</small></td>
            <td><span class="narrow-label">"By "</span>{details.author_name.clone()}{sudo}</td>
            <td class="desc">
                <span class="t">{details.custom_message.clone()}</span>
                <button class="plain-link mono" type="button" title="Show only these" on:click=filter>{word}</button>
            </td>
            <td><span class="narrow-label">"On "</span>{to}</td>
            <td><span class="narrow-label">"From "</span><span class="mono">{address}</span>{means}</td>
            <td>{changes(&details)}</td>
        </tr>
    }
    .into_any()
}

/// What it was done to, and what in it when that is something else.
fn to_what(kind: &str, details: &AuditDetails) -> impl IntoView + use<> {
    let entity = if details.entity_path.is_empty() { "the instance".to_owned() } else { details.entity_path.clone() };
    let inner = (details.target_type != kind && !details.target_details.is_empty())
        .then(|| view! { <small>{format!("{} {}", details.target_type, details.target_details)}</small> });
    view! { <span class="mono">{entity}</span>{inner} }
}

fn changes(details: &AuditDetails) -> impl IntoView + use<> {
    let change = |(name, from, to): (String, String, String)| {
        let shown = |text: String| if text.is_empty() { "nothing".to_owned() } else { text };
        view! { <li>{name.replace('_', " ")}": "<del>{shown(from)}</del>" → "<ins>{shown(to)}</ins></li> }
    };
    let fact = |(name, value): (&String, &String)| view! { <li>{name.replace('_', " ")}": "{value.clone()}</li> };
    let all = details.changes.iter().map(|one| change((one.change.clone(), one.from.clone(), one.to.clone()))).collect_view();
    let facts = details.facts.iter().map(fact).collect_view();
    let is_empty = details.changes.is_empty() && details.facts.is_empty();
    (!is_empty).then(|| view! { <ul class="changes">{all}{facts}</ul> })
}
