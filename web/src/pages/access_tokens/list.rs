//! The list of tokens: scopes, last use, last day; rotate and revoke. Must not know their texts.

use crate::api::tokens::{self, Whose};
use crate::api::{Client, Page};
use crate::components::empty::Empty;
use crate::components::list::{List, ListChoice, ListSearch, NoMatch};
use crate::components::when::{Ago, Day};
use crate::logic::{rights, time};
use crate::state::ask::{Ask, Question};
use crate::state::browser;
use crate::state::listing::Listing;
use crate::state::remote::{Meanwhile, Remote};
use casemate_shared::api::user::Token;
use leptos::prelude::*;

/// The words of the filter by state.
const STATES: &[(&str, &str)] = &[("", "Active"), ("inactive", "Ended or revoked"), ("all", "All")];
/// Heads of the table.
const HEADS: &[&str] = &["Token", "Scopes", "Last used", "Last day", "Actions"];

/// The tokens of somebody or something.
#[component]
pub fn TokenList(
    /// Whose.
    whose: Whose,
    /// Filters and page.
    listing: Listing,
    /// Changes when the list has to be asked for again.
    again: RwSignal<u32>,
    /// For questions.
    ask: Ask,
    /// Gets a token with its new text.
    told: Callback<Token>,
    /// Called when one is gone.
    gone: Callback<()>,
) -> impl IntoView {
    let client = expect_context::<Client>();
    let of = StoredValue::new(whose);
    let list: Remote<Page<Token>> = Remote::new(
        Meanwhile::Keep,
        move || Some((listing.wish(), again.get())),
        move |(wish, _)| {
            let more: &[(&'static str, &str)] = if wish.get("state").is_empty() { &[("state", "active")] } else { &[] };
            tokens::list(client, of.get_value(), wish.request(more))
        },
    );
    let row = move |token: Token| row(client, of, ask, told, gone, token);
    let empty = move |is_filtered: bool| match is_filtered {
        true => view! { <NoMatch listing title="No token matches"/> }.into_any(),
        false => view! {
            <Empty title="No active token"><p>"Make one above: its text is shown once, right after."</p></Empty>
        }
        .into_any(),
    };
    view! {
        <div class="bar">
            <ListSearch listing label="Search by name"/>
            <ListChoice listing name="state" label="State" options=STATES/>
        </div>
        <List listing remote=list what="The tokens could not be loaded" words=("token", "tokens") class="tokens-list" heads=HEADS row empty/>
    }
}

fn row(client: Client, of: StoredValue<Whose>, ask: Ask, told: Callback<Token>, gone: Callback<()>, token: Token) -> AnyView {
    let scopes = token.scopes.iter().map(|scope| view! { <span class="tag">{scope.clone()}</span>" " }).collect_view();
    let used = match token.last_used_at.clone() {
        Some(at) => view! { <Ago at/> }.into_any(),
        None => view! { <span class="muted">"never"</span> }.into_any(),
    };
    let ends = match token.expires_at.clone() {
        Some(day) => ends(&day),
        None => view! { <span class="muted">"does not end"</span> }.into_any(),
    };
    let state = match (token.active, token.revoked) {
        (true, _) => ().into_any(),
        (false, true) => view! { <span class="tag bad">"revoked"</span> }.into_any(),
        (false, false) => view! { <span class="tag">"ended"</span> }.into_any(),
    };
    let role = token.access_level.map(|level| view! { <small>{rights::label(level)}</small> });
    let acts = token.active.then(|| acts(client, of, ask, told, gone, &token));
    view! {
        <tr data-testid="token-row" data-id=token.id.to_string() data-active=token.active.to_string()>
            <td class="desc"><span class="t">{token.name}</span>" "{state}
                <small>"Made "<Day at=token.created_at/></small>{role}</td>
            <td class="kinds">{scopes}</td>
            <td><span class="narrow-label">"Last used "</span>{used}</td>
            <td><span class="narrow-label">"Last day "</span>{ends}</td>
            <td class="end actc">{acts}</td>
        </tr>
    }
    .into_any()
}

/// The last day, with a word when it is near.
fn ends(day: &str) -> AnyView {
    let left = time::days_until(day, browser::now_ms());
    let soon = left.filter(|left| (0..=14).contains(left)).map(|left| {
        let text = if left == 0 {
            "today".to_owned()
        } else {
            format!("in {}", crate::logic::number::count(left.unsigned_abs(), "day", "days"))
        };
        view! { " "<span class="tag late">{text}</span> }
    });
    view! { <span class="nowrap">{day.to_owned()}</span>{soon} }.into_any()
}

fn acts(
    client: Client,
    of: StoredValue<Whose>,
    ask: Ask,
    told: Callback<Token>,
    gone: Callback<()>,
    token: &Token,
) -> impl IntoView + use<> {
    let (id, name) = (token.id, token.name.clone());
    let last_day = token.expires_at.as_ref().map(|_| time::date(browser::now_ms() + 365 * time::DAY_MS));
    let until =
        last_day.clone().map_or_else(|| "It does not end by itself.".to_owned(), |day| format!("Its last day will be {day}."));
    let rotate = Question {
        title: format!("Rotate the token “{name}”?"),
        lines: vec!["It gets another text, shown once. The text that it has now stops working at once.".to_owned(), until],
        button: "Rotate".to_owned(),
        typed: None,
        failed: "The token could not be rotated",
        act: Callback::new(move |()| {
            ask.run(tokens::rotate(client, of.get_value(), id, last_day.clone()), move |token| told.run(token));
        }),
    };
    let revoke = Question {
        title: format!("Revoke the token “{name}”?"),
        lines: vec!["Whatever uses it is refused at once. This can't be undone; a new token can be made.".to_owned()],
        button: "Revoke".to_owned(),
        typed: None,
        failed: "The token could not be revoked",
        act: Callback::new(move |()| ask.run(tokens::revoke(client, of.get_value(), id), move |()| gone.run(()))),
    };
    // Nobody exchanges the text of a token that acts as somebody: it is revoked, and another one made.
    let rotates = of.with_value(|of| !matches!(of, Whose::Impersonating(_)));
    let rotate = rotates.then(|| {
        view! {
            <button class="btn small" type="button" aria-haspopup="dialog" data-testid="rotate-token" aria-label=format!("Rotate {name}")
                on:click=move |_| ask.open(rotate.clone())>"Rotate …"</button>
        }
    });
    view! {
        <span class="acts">
            {rotate}
            <button class="btn small" type="button" aria-haspopup="dialog" data-testid="revoke-token" aria-label=format!("Revoke {name}")
                on:click=move |_| ask.open(revoke.clone())>"Revoke …"</button>
        </span>
    }
}
