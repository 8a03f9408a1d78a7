//! Facts about the instance: version, health, numbers. Settings of the instance stand in its configuration, so
//! there is nothing to change here. Must not know how health is found out.

use super::top;
use crate::api::{Client, admin};
use crate::components::async_view::AsyncView;
use crate::logic::checks::{Check, checks};
use crate::logic::number::thousands;
use crate::state::remote::{Meanwhile, Remote};
use crate::url::Admin;
use casemate_shared::api::user::Version;
use leptos::prelude::*;

/// Facts about the instance.
#[component]
pub fn InstancePage() -> impl IntoView {
    let client = expect_context::<Client>();
    let version: Remote<Version> = Remote::new(Meanwhile::Keep, || Some(()), move |()| admin::version(client));
    let health = Remote::new(Meanwhile::Keep, || Some(()), move |()| admin::readiness(client));
    let numbers = Remote::new(
        Meanwhile::Keep,
        || Some(()),
        move |()| async move {
            let users = admin::number(client, "users?humans=true").await?;
            let groups = admin::number(client, "groups?").await?;
            let projects = admin::number(client, "projects?").await?;
            Ok((users, groups, projects))
        },
    );
    let version_ready = |version: Version| {
        let revision = if version.revision.is_empty() { "not told by the build".to_owned() } else { version.revision };
        view! {
            <dl data-testid="version">
                <dt>"Version"</dt><dd class="mono">{version.version}</dd>
                <dt>"Revision"</dt><dd class="mono">{revision}</dd>
            </dl>
        }
        .into_any()
    };
    let health_ready = |answer: serde_json::Value| {
        view! { <ul class="proof plainlist">{checks(&answer).into_iter().map(check).collect_view()}</ul> }.into_any()
    };
    let numbers_ready = |(users, groups, projects): (u64, u64, u64)| {
        let cell = |number: u64, word: &'static str, to: Admin| {
            view! { <li class="cell"><b>{thousands(number)}</b><span><a class="link" href=to.path()>{word}</a></span></li> }
        };
        view! {
            <ul class="tally">
                {cell(users, "people", Admin::Users)}{cell(groups, "groups", Admin::Groups)}{cell(projects, "projects", Admin::Projects)}
            </ul>
        }
        .into_any()
    };
    view! {
        {top("Instance", "What runs here. Its settings stand in the configuration of the program; they are read when it starts.")}
        <div class="stack space">
            <section class="box"><h2>"Numbers"</h2><AsyncView remote=numbers what="The numbers could not be loaded" ready=numbers_ready/></section>
            <section class="box"><h2>"Program"</h2><AsyncView remote=version what="The version could not be loaded" ready=version_ready/></section>
            <section class="box"><h2>"Health"</h2><AsyncView remote=health what="The health could not be loaded" ready=health_ready/></section>
        </div>
    }
}

fn check(one: Check) -> impl IntoView {
    let (class, word) = if one.is_well { ("tag gone", "well") } else { ("tag bad", "not well") };
    let about = one.about.map(|text| view! { <small class="muted">" "{text}</small> });
    view! { <li data-testid="health-check" data-well=one.is_well.to_string()><span class=class>{word}</span>" "{one.name}{about}</li> }
}
