//! One member in the table: change of role and end in place, removal after a question. Must not know the list.

use super::{Listed, Table};
use crate::api::members;
use crate::components::icon::{Glyph, Icon};
use crate::components::when::Day;
use crate::logic::rights;
use crate::state::ask::Question;
use crate::state::{browser, heading};
use casemate_shared::AccessLevel;
use leptos::prelude::*;

/// The row of a member.
pub fn row(table: Table, listed: Listed) -> AnyView {
    let member = listed.member;
    let id = member.user.id;
    let is_me = untrack(|| table.here.me()) == Some(id);
    let own = untrack(|| table.here.level());
    let level = AccessLevel::from_number(member.access_level).unwrap_or(AccessLevel::None);
    // A bot goes with its token; the server changes it in no other way.
    let is_bot = member.bot;
    let may_change = listed.is_direct && !is_bot && untrack(|| table.may_manage()) && level <= own;
    let by = member.created_by.as_ref().map(|by| format!(" by {}", by.name)).unwrap_or_default();
    let role = RwSignal::new(member.access_level);
    let ends = RwSignal::new(member.expires_at.clone().unwrap_or_default());
    let (role_cell, end_cell) = match may_change {
        true => (roles(table, id, &member.user.name, own, role, ends), end_field(table, id, &member.user.name, role, ends)),
        false => (
            view! { <span data-testid="member-role">{rights::label(member.access_level)}</span> }.into_any(),
            match member.expires_at.clone() {
                Some(day) => view! { <span class="nowrap">{day}</span> }.into_any(),
                None => view! { <span class="muted">"never"</span> }.into_any(),
            },
        ),
    };
    let button = (listed.is_direct && (may_change || is_me)).then(|| remove(table, id, &member.user.name, is_me));
    let from = if listed.is_direct { "Direct member" } else { "Inherited from a group above" };
    let blocked = (member.user.state != "active").then(|| view! { " "<span class="tag bad">{member.user.state.clone()}</span> });
    view! {
        <tr data-testid="member-row" data-username=member.user.username.clone() data-direct=listed.is_direct.to_string()>
            <td class="desc">
                <span class="t">{member.user.name.clone()}</span>" "{is_me.then(|| view! { <span class="tag">"you"</span> })}
                {is_bot.then(|| view! { <span class="tag">"bot of an access token"</span> })}{blocked}
                <span class="p mono">"@"{member.user.username.clone()}</span>
            </td>
            <td>{from}<small>"since "<Day at=member.created_at/>{by}</small></td>
            <td>{role_cell}</td>
            <td><span class="narrow-label">"Ends "</span>{end_cell}</td>
            <td class="end">{button}</td>
        </tr>
    }
    .into_any()
}

/// Saves role and end as they are now.
fn save(table: Table, id: u64, name: &str, role: RwSignal<u8>, ends: RwSignal<String>) {
    let day = Some(ends.get_untracked()).filter(|day| !day.is_empty());
    let work = members::change(table.client, table.of.get_value(), id, role.get_untracked(), day);
    let told = format!("{name} was changed.");
    table.act.run(work, move |_| {
        table.act.say(told);
        table.reload();
    });
}

fn roles(table: Table, id: u64, name: &str, own: AccessLevel, role: RwSignal<u8>, ends: RwSignal<String>) -> AnyView {
    let name = name.to_owned();
    let label = format!("Role of {name}");
    let option = move |level: AccessLevel| {
        let number = level.number();
        view! { <option value=number.to_string() selected=move || role.get() == number>{rights::label(number)}</option> }
    };
    let choose = move |event| {
        if let Ok(number) = event_target_value(&event).parse() {
            role.set(number);
            save(table, id, &name, role, ends);
        }
    };
    view! {
        <select class="field small" data-testid="member-role" aria-label=label on:change=choose>
            {rights::grantable(own).into_iter().map(option).collect_view()}
        </select>
    }
    .into_any()
}

fn end_field(table: Table, id: u64, name: &str, role: RwSignal<u8>, ends: RwSignal<String>) -> AnyView {
    let name = name.to_owned();
    let label = format!("First day on which {name} is no longer a member; empty: stays");
    let change = move |event| {
        ends.set(event_target_value(&event));
        save(table, id, &name, role, ends);
    };
    view! {
        <input class="field small" type="date" data-testid="member-ends" aria-label=label prop:value=move || ends.get() on:change=change/>
    }
    .into_any()
}

fn remove(table: Table, id: u64, name: &str, is_me: bool) -> AnyView {
    let place = table.of.with_value(|of| format!("the {} {}", of.word(), of.path()));
    let (title, line, button, label) = match is_me {
        true => (
            format!("Leave {place}?"),
            "You will see no more of it than its visibility allows.".to_owned(),
            "Leave",
            "Leave".to_owned(),
        ),
        false => (
            format!("Remove {name} from {place}?"),
            format!("{name} keeps what is inherited from groups above. What {name} did stays."),
            "Remove",
            format!("Remove {name}"),
        ),
    };
    let told = if is_me { "You have left.".to_owned() } else { format!("{name} was removed.") };
    let act = Callback::new(move |()| {
        let told = told.clone();
        table.ask.run(members::remove(table.client, table.of.get_value(), id), move |()| {
            table.act.say(told);
            table.reload();
            browser::focus(heading::ID);
        });
    });
    let question = Question {
        title,
        lines: vec![line],
        button: button.to_owned(),
        typed: None,
        failed: "The member could not be removed",
        act,
    };
    view! {
        <button class="btn small" type="button" aria-haspopup="dialog" data-testid="remove-member" aria-label=label
            on:click=move |_| table.ask.open(question.clone())>
            <Glyph icon=Icon::Close/>
            {button}" …"
        </button>
    }
    .into_any()
}
