//! Protected branches of a project: names, wildcards among them, with who may push, merge and unprotect. Must not
//! know what a level allows.

use super::protection::{self, ProtectionDialog};
use super::top;
use crate::api::branches::{self, NewProtection};
use crate::api::{Client, Page};
use crate::components::ask_dialog::AskDialog;
use crate::components::empty::Empty;
use crate::components::form::{Outcome, PickField, Send, TextField, TickField, options};
use crate::components::list::{List, ListSearch, NoMatch};
use crate::state::act::Act;
use crate::state::ask::{Ask, Question};
use crate::state::listing::Listing;
use crate::state::project::Here;
use crate::state::remote::{Meanwhile, Remote};
use crate::state::{browser, heading};
use casemate_shared::AccessLevel;
use casemate_shared::api::branch::{BranchAccess, ProtectedBranch};
use leptos::prelude::*;

/// Who may push or merge.
pub(super) const LEVELS: &[(&str, &str)] =
    &[("40", "Maintainers"), ("30", "Developers and maintainers"), ("0", "Nobody"), ("60", "Administrators")];
/// Who may change a protection and take it away: never nobody, or nobody ever could.
pub(super) const GUARDS: &[(&str, &str)] =
    &[("40", "Maintainers"), ("30", "Developers and maintainers"), ("60", "Administrators")];
/// Heads of the table.
const HEADS: &[&str] = &["Branch", "May push", "May merge", "May change this", "Force push", "Actions"];

/// What every row needs.
#[derive(Clone, Copy)]
pub(super) struct Table {
    pub(super) client: Client,
    pub(super) of: StoredValue<String>,
    may_change: Memo<bool>,
    ask: Ask,
    act: Act,
    again: RwSignal<u32>,
    /// The protection that is being changed.
    pub(super) edited: RwSignal<Option<ProtectedBranch>>,
}

impl Table {
    /// Tells what was done, and asks for the list again. The button that was pressed goes with its row.
    pub(super) fn done(self, told: String) {
        self.act.say(told);
        self.again.update(|turn| *turn += 1);
        browser::focus(heading::ID);
    }
}

/// Protected branches of the project at hand.
#[component]
pub fn BranchesPage() -> impl IntoView {
    let (here, client) = (expect_context::<Here>(), expect_context::<Client>());
    let table = Table {
        client,
        of: StoredValue::new(untrack(|| here.full_path())),
        may_change: Memo::new(move |_| here.level() >= AccessLevel::Maintainer),
        ask: Ask::new(),
        act: Act::new(),
        again: RwSignal::new(0),
        edited: RwSignal::new(None),
    };
    let listing = Listing::here(&["search"]);
    let list: Remote<Page<ProtectedBranch>> = Remote::new(
        Meanwhile::Keep,
        move || Some((listing.wish(), table.again.get())),
        move |(wish, _)| branches::protections(client, table.of.get_value(), wish.request(&[])),
    );
    let empty = move |is_filtered: bool| match is_filtered {
        true => view! { <NoMatch listing title="No protected branch matches"/> }.into_any(),
        false => view! {
            <Empty title="No branch is protected">
                <p>"A protection says who may make, delete and merge a branch. Uploads of reports are not held back by it."</p>
            </Empty>
        }
        .into_any(),
    };
    view! {
        {top(here, "Protected branches", "Who may make, delete and merge which branches; * in a name stands for any text.")}
        <Show when=move || table.may_change.get()><Protect table/></Show>
        <div class="bar"><ListSearch listing label="Search by name"/></div>
        <Outcome act=table.act what="The protection could not be changed"/>
        <List listing remote=list what="The protected branches could not be loaded" words=("protected branch", "protected branches")
            class="branches" heads=HEADS row=move |branch| row(table, branch) empty/>
        <AskDialog ask=table.ask/>
        <ProtectionDialog table/>
    }
}

#[component]
fn Protect(table: Table) -> impl IntoView {
    let (name, force, act) = (RwSignal::new(String::new()), RwSignal::new(false), Act::new());
    let level = || RwSignal::new("40".to_owned());
    let (push, merge, unprotect) = (level(), level(), level());
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let number = |level: RwSignal<String>| level.get_untracked().parse().unwrap_or(40);
        let new = NewProtection {
            name: name.get_untracked().trim().to_owned(),
            push_access_level: number(push),
            merge_access_level: number(merge),
            unprotect_access_level: number(unprotect),
            allow_force_push: force.get_untracked(),
        };
        act.run(branches::protect(table.client, table.of.get_value(), new), move |made| {
            act.say(format!("{} is protected.", made.name));
            name.set(String::new());
            table.again.update(|turn| *turn += 1);
        });
    };
    view! {
        <details class="fold">
            <summary data-testid="open-protect"><h2>"Protect a branch"</h2></summary>
            <form class="box form" data-testid="protect-form" on:submit=submit>
                <TextField id="protect-name" label="Branch (required)" value=name required=true about="A name, or a pattern such as release/*"/>
                <PickField id="protect-push" label="May push" value=push options=options(LEVELS)/>
                <PickField id="protect-merge" label="May merge" value=merge options=options(LEVELS)/>
                <PickField id="protect-unprotect" label="May change this protection" value=unprotect options=options(GUARDS)/>
                <div class="ticks">
                    <TickField id="protect-force" label="Force push" value=force about="Those who may push may also rewrite it."/>
                </div>
                <Send act id="protect" label="Protect" what="The branch could not be protected"/>
            </form>
        </details>
    }
}

/// Who is let in by some rules, in words.
fn who(rules: &[BranchAccess]) -> String {
    let words: Vec<&str> = rules.iter().map(|rule| rule.access_level_description.as_str()).collect();
    if words.is_empty() { "nobody".to_owned() } else { words.join(", ") }
}

fn row(table: Table, branch: ProtectedBranch) -> AnyView {
    let name = branch.name.clone();
    let (push, merge) = (who(&branch.push_access_levels), who(&branch.merge_access_levels));
    let unprotect = who(&branch.unprotect_access_levels);
    let force = if branch.allow_force_push { "allowed" } else { "refused" };
    let buttons =
        table.may_change.get_untracked().then(|| view! { {change_button(table, &branch)} {unprotect_button(table, &branch)} });
    view! {
        <tr data-testid="protected-branch-row" data-name=name.clone()>
            <td class="desc"><span class="t mono">{name.clone()}</span></td>
            <td><span class="narrow-label">"Push: "</span>{push}</td>
            <td><span class="narrow-label">"Merge: "</span>{merge}</td>
            <td><span class="narrow-label">"May change this: "</span>{unprotect}</td>
            <td><span class="narrow-label">"Force push: "</span>{force}</td>
            <td class="end actc"><span class="acts">{buttons}</span></td>
        </tr>
    }
    .into_any()
}

fn change_button(table: Table, branch: &ProtectedBranch) -> impl IntoView + use<> {
    let (label, branch) = (format!("Change the protection of {}", branch.name), branch.clone());
    view! {
        <button class="btn small" type="button" aria-haspopup="dialog" data-testid="change-protection" aria-label=label
            on:click=move |_| protection::open(table, branch.clone())>"Change …"</button>
    }
}

fn unprotect_button(table: Table, branch: &ProtectedBranch) -> impl IntoView + use<> {
    let name = branch.name.clone();
    let label = format!("Unprotect {name}");
    let question = Question {
        title: format!("Unprotect {name}?"),
        lines: vec!["Every developer may make and delete it again, unless another protection is about it.".to_owned()],
        button: "Unprotect".to_owned(),
        typed: None,
        failed: "The protection could not be taken away",
        act: Callback::new(move |()| {
            let told = format!("{name} is no longer protected.");
            table.ask.run(branches::unprotect(table.client, table.of.get_value(), name.clone()), move |()| table.done(told));
        }),
    };
    view! {
        <button class="btn small" type="button" aria-haspopup="dialog" data-testid="unprotect" aria-label=label
            on:click=move |_| table.ask.open(question.clone())>"Unprotect …"</button>
    }
}
