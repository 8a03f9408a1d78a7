//! Where the signed-in person is signed in, and the end of each session. Must not know how sessions are kept.

use super::top;
use crate::api::{Client, account};
use crate::components::ask_dialog::AskDialog;
use crate::components::async_view::Awaited;
use crate::components::frame::Frame;
use crate::components::when::{Ago, Day};
use crate::logic::agent;
use crate::logic::number::count;
use crate::state::ask::{Ask, Question};
use crate::state::remote::{Meanwhile, Remote};
use crate::state::session::{Session, SessionState};
use casemate_shared::api::user::ListedSession;
use leptos::prelude::*;

/// Heads of the table.
const HEADS: &[&str] = &["Browser", "Address", "Signed in", "Last used", "Ends", "Actions"];

/// The list of sessions.
#[component]
pub fn SessionsPage() -> impl IntoView {
    let client = expect_context::<Client>();
    let list = Remote::new(Meanwhile::Keep, || Some(()), move |()| account::sessions(client));
    let ask = Ask::new();
    let told = move || list.with(|rows| rows.map(|rows| count(rows.len() as u64, "session", "sessions")));
    let rows = move || {
        list.get().map(|rows| {
            let rows = rows.into_iter().map(|one| row(client, ask, list, one)).collect_view();
            view! { <Frame class="settled" caption="Sessions" heads=HEADS>{rows}</Frame> }
        })
    };
    view! {
        {top("Sessions", "Every browser that is signed in as you. End what you do not know, then change your password.")}
        <div class="space"></div>
        <Awaited remote=list what="The sessions could not be loaded"/>
        <p class="count" role="status" data-testid="result-count">{told}</p>
        {rows}
        <AskDialog ask/>
    }
}

fn row(client: Client, ask: Ask, list: Remote<Vec<ListedSession>>, one: ListedSession) -> impl IntoView {
    let session = expect_context::<Session>();
    let (id, is_current) = (one.id, one.current);
    let browser = agent::name(&one.user_agent);
    let act = Callback::new(move |()| {
        ask.run(account::end_session(client, id), move |()| match is_current {
            true => session.set(SessionState::Out),
            false => list.reload(),
        });
    });
    let label = format!("End the session of {browser} from {}", one.ip_address);
    let question = Question {
        title: if is_current { "End this session?".to_owned() } else { format!("End the session of {browser}?") },
        lines: vec![match is_current {
            true => "It is the one that you are using: you will have to sign in again.".to_owned(),
            false => format!("Whoever uses it from {} will have to sign in again.", one.ip_address),
        }],
        button: "End session".to_owned(),
        typed: None,
        failed: "The session could not be ended",
        act,
    };
    view! {
        <tr data-testid="session-row" data-current=is_current.to_string()>
            <td class="desc"><span class="t" title=one.user_agent>{browser}</span>" "
                {is_current.then(|| view! { <span class="tag gone">"this one"</span> })}</td>
            <td class="mono">{one.ip_address}</td>
            <td><span class="narrow-label">"Signed in "</span><Ago at=one.created_at/></td>
            <td><span class="narrow-label">"Last used "</span><Ago at=one.last_seen_at/></td>
            <td><span class="narrow-label">"Ends "</span><Day at=one.expires_at/></td>
            <td class="end">
                <button class="btn small" type="button" aria-haspopup="dialog" data-testid="end-session" aria-label=label
                    on:click=move |_| ask.open(question.clone())>"End …"</button>
            </td>
        </tr>
    }
}
