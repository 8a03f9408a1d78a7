//! How long a project keeps findings of pipelines and reports as uploaded, and how much that is now. Must not know how retention works.

use super::top;
use crate::api::{Client, settings};
use crate::components::async_view::{AsyncView, Awaited};
use crate::components::form::{PickField, Send, TextField, options};
use crate::components::when::Ago;
use crate::logic::days::{Keep, told};
use crate::logic::number::{bytes, count, thousands};
use crate::state::act::Act;
use crate::state::project::Here;
use crate::state::remote::{Meanwhile, Remote};
use casemate_shared::AccessLevel;
use casemate_shared::api::settings::SecuritySettings;
use casemate_shared::api::storage::ProjectStorage;
use leptos::prelude::*;

/// The ways to keep something.
const WAYS: &[(&str, &str)] = &[("instance", "As long as the instance says"), ("ever", "For ever"), ("days", "A number of days")];

/// Retention of the project at hand.
#[component]
pub fn RetentionPage() -> impl IntoView {
    let (here, client) = (expect_context::<Here>(), expect_context::<Client>());
    let of = StoredValue::new(untrack(|| here.full_path()));
    let settings = Remote::new(Meanwhile::Keep, || Some(()), move |()| settings::get(client, of.get_value()));
    let sizes: Remote<ProjectStorage> =
        Remote::new(Meanwhile::Keep, || Some(()), move |()| settings::sizes(client, of.get_value()));
    let level = Memo::new(move |_| here.level());
    let body = move || settings.get().map(|now| view! { <Form of settings now level=level.get()/> });
    view! {
        {top(here, "Retention", "How long findings of pipelines and reports are kept. Vulnerabilities and their history always stay.")}
        <Awaited remote=settings what="The settings could not be loaded"/>
        {body}
        <div class="space"></div>
        <AsyncView remote=sizes what="The sizes could not be loaded" ready=|sizes| kept(&sizes).into_any()/>
    }
}

/// What is there now.
fn kept(sizes: &ProjectStorage) -> impl IntoView + use<> {
    let cell = |number: String, word: &'static str, about: String| {
        view! { <li class="cell"><b>{number}</b><span>{word}</span><small>{about}</small></li> }
    };
    view! {
        <section class="box">
            <h2>"What is kept now"</h2>
            <ul class="tally" data-testid="project-sizes" data-bytes=sizes.report_bytes.to_string()>
                {cell(bytes(sizes.report_bytes), "reports", count(sizes.reports, "report as uploaded", "reports as uploaded"))}
                {cell(thousands(sizes.findings), "findings of pipelines", "until retention removes them".to_owned())}
                {cell(thousands(sizes.pipelines), "pipelines", "their numbers stay".to_owned())}
                {cell(thousands(sizes.vulnerabilities), "vulnerabilities", "with their history, always".to_owned())}
            </ul>
        </section>
    }
}

#[component]
fn Form(of: StoredValue<String>, settings: Remote<SecuritySettings>, now: SecuritySettings, level: AccessLevel) -> impl IntoView {
    let client = expect_context::<Client>();
    let may_change = level >= AccessLevel::Maintainer || level == AccessLevel::SecurityManager;
    let of_days = |days: Option<u32>| {
        let keep = Keep::of_api(days);
        (RwSignal::new(keep.way().to_owned()), RwSignal::new(keep.days_text()))
    };
    let (findings_way, findings_days) = of_days(now.retention_findings_days);
    let (reports_way, reports_days) = of_days(now.retention_artifacts_days);
    let act = Act::new();
    let wrong = RwSignal::new(false);
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let read = |way: RwSignal<String>, days: RwSignal<String>| Keep::read(&way.get_untracked(), &days.get_untracked());
        let both = (read(findings_way, findings_days), read(reports_way, reports_days));
        wrong.set(both.0.is_none() || both.1.is_none());
        let (Some(findings), Some(reports)) = both else { return };
        let work = settings::change(client, of.get_value(), findings.for_api(), reports.for_api());
        act.run(work, move |changed| {
            settings.seed(changed);
        });
    };
    let who = now.updated_by.as_ref().map(|user| format!(" by {}", user.name)).unwrap_or_default();
    let changed = now.updated_at.clone().map(|at| view! { <p class="muted">"Last changed "<Ago at/>{who}"."</p> });
    view! {
        <form class="box form" data-testid="retention-form" on:submit=submit>
            <fieldset class="bare-set" disabled=!may_change>
                <Kept name="findings" way=findings_way days=findings_days holds=told(now.retention_applied.findings_days)/>
                <Kept name="reports" way=reports_way days=reports_days holds=told(now.retention_applied.artifacts_days)/>
                <p class="field-error" role="alert">{move || wrong.get().then_some("Days are a whole number from 1 on.")}</p>
                {changed}
                <Send act id="save-retention" label="Save" what="The settings could not be saved"/>
            </fieldset>
        </form>
    }
}

#[component]
fn Kept(name: &'static str, way: RwSignal<String>, days: RwSignal<String>, holds: String) -> impl IntoView {
    let is_findings = name == "findings";
    let (way_id, days_id) = if is_findings { ("findings-way", "findings-days") } else { ("reports-way", "reports-days") };
    let label = if is_findings { "Findings of pipelines are kept" } else { "Reports as uploaded are kept" };
    view! {
        <PickField id=way_id label value=way options=options(WAYS)/>
        <p class="about" data-testid=format!("{name}-applied")>"What holds now: " <b>{holds}</b></p>
        <Show when=move || way.get() == "days">
            <TextField id=days_id label="Days (required)" kind="number" value=days required=true/>
        </Show>
    }
}
