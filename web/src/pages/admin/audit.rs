//! The audit log: who did what, to what, from where, with what it was before and after. Filters stand in the
//! address. Must not know how events are noted or chained.

use super::top;
use crate::api::{ApiError, Client, Page, admin, users};
use crate::components::empty::Empty;
use crate::components::list::{List, ListChoice, ListField, NoMatch};
use crate::logic::wish::Wish;
use crate::state::listing::Listing;
use crate::state::remote::{Meanwhile, Remote};
use casemate_shared::api::audit::{AuditDetails, AuditEvent};
use leptos::prelude::*;

/// What an act was done to.
const ENTITIES: &[(&str, &str)] =
    &[("", "Anything"), ("Instance", "The instance"), ("User", "Users"), ("Group", "Groups"), ("Project", "Projects")];
/// Heads of the table.
const HEADS: &[&str] = &["When", "Who", "What", "To what", "From where", "Before and after"];

/// The audit log.
#[component]
pub fn AuditPage() -> impl IntoView {
    let client = expect_context::<Client>();
    let listing = Listing::here(&["author", "event_name", "entity_type", "entity_id", "created_after", "created_before"]);
    let list: Remote<Page<AuditEvent>> =
        Remote::new(Meanwhile::Keep, move || Some(listing.wish()), move |wish| fetch(client, wish));
    let empty = move |is_filtered: bool| match is_filtered {
        true => view! { <NoMatch listing title="No event matches"/> }.into_any(),
        false => view! { <Empty title="Nothing was noted yet">""</Empty> }.into_any(),
    };
    view! {
        {top("Audit events", "Every act that matters for security, newest first. Each event holds the hash of the one before: casemate audit verify finds a gap.")}
        <div class="bar fields">
            <ListField listing name="author" label="User name"/>
            <ListField listing name="event_name" label="Event"/>
            <ListChoice listing name="entity_type" label="Done to" options=ENTITIES/>
            <ListField listing name="created_after" label="From" kind="date"/>
            <ListField listing name="created_before" label="Until before" kind="date"/>
        </div>
        <List listing remote=list what="The audit events could not be loaded" words=("event", "events") class="audit" heads=HEADS
            row=move |event| row(listing, event) empty/>
    }
}

/// A page of events; a user name is looked up first, since events are kept by number.
async fn fetch(client: Client, wish: Wish) -> Result<Page<AuditEvent>, ApiError> {
    let (author, plain) = (wish.get("author").to_owned(), wish.with("author", "").at(wish.page()));
    if author.is_empty() {
        return admin::audit_events(client, plain.request(&[])).await;
    }
    match users::by_name(client, author).await? {
        Some(user) => admin::audit_events(client, plain.request(&[("author_id", &user.id.to_string())])).await,
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
        view! { <small>{format!("{} {}", means.kind.replace('_', " "), means.id)}</small> }
    });
    let address = details.ip_address.clone().unwrap_or_else(|| "–".to_owned());
    let event_word = word.clone();
    let to = to_what(&event.entity_type, &details);
    view! {
        <tr data-testid="audit-row" data-id=event.id.to_string() data-event=event_word>
            <td class="nowrap">{crate::logic::time::moment(&event.created_at)}<small>{format!("#{}", event.id)}</small></td>
            <td>{details.author_name.clone()}{sudo}</td>
            <td class="desc">
                <span class="t">{details.custom_message.clone()}</span>
                <button class="plain-link mono" type="button" title="Show only these" on:click=filter>{word}</button>
            </td>
            <td>{to}</td>
            <td><span class="mono">{address}</span>{means}</td>
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
