//! The security page of one pipeline (UX, section 4.4): its scans with their errors, and its findings. It
//! asks again while ingestion is under way. Must not know vulnerabilities beyond their links.

use super::{findings, messages, scans};
use crate::api::{Client, pipelines};
use crate::components::async_view::AsyncView;
use crate::components::heading::Heading;
use crate::components::pipeline_state::IngestionMark;
use crate::components::when::Ago;
use crate::logic::history::short;
use crate::logic::number::thousands;
use crate::logic::scans::{progress, sums};
use crate::state::poll::poll_while;
use crate::state::project::Here;
use crate::state::remote::{Meanwhile, Remote};
use casemate_shared::Ingestion;
use casemate_shared::api::pipeline::{Pipeline, Scan};
use leptos::prelude::*;

/// The security page of one pipeline.
#[component]
pub fn PipelinePage(
    /// Its number.
    id: u64,
) -> impl IntoView {
    let (here, client) = (expect_context::<Here>(), expect_context::<Client>());
    let of = StoredValue::new(untrack(|| here.full_path()));
    let pipeline = Remote::new(Meanwhile::Clear, || Some(()), move |()| pipelines::get(client, of.get_value(), id));
    let stage = Memo::new(move |_| pipeline.with(|found| found.map(|found| found.ingestion)));
    let scans = Remote::new(Meanwhile::Keep, move || stage.get(), move |_| pipelines::scans(client, of.get_value(), id));
    let under_way = move || stage.get().is_some_and(|stage| !stage.is_terminal());
    poll_while(under_way, move || pipeline.reload());
    view! {
        <div class="head">
            <div class="grow">
                <div class="statusline">{move || pipeline.get().map(|found| status_line(&found))}</div>
                <Heading text=format!("Pipeline #{id}") of=Signal::derive(move || here.name())/>
            </div>
        </div>
        <Progress stage=stage.into()/>
        <AsyncView remote=pipeline what="The pipeline could not be loaded" ready=move |_| {
            view! {
                <AsyncView remote=scans what="The scans could not be loaded" ready=scan_parts/>
                <findings::Findings id stage=stage.into()/>
            }
            .into_any()
        }/>
    }
}

fn status_line(pipeline: &Pipeline) -> impl IntoView + use<> {
    let default = pipeline.on_default_branch.then(|| view! { " " <span class="tag">"default branch"</span> });
    view! {
        <b><IngestionMark ingestion=pipeline.ingestion/></b>
        <span class="muted">
            "· " <span class="mono">{pipeline.ref_name.clone()}</span> " at "
            <span class="mono" title=pipeline.sha.clone()>{short(&pipeline.sha).to_owned()}</span> {default}
            ", accepted " <Ago at=pipeline.created_at.clone()/>
        </span>
    }
}

/// Said to readers and shown while somebody waits.
#[component]
fn Progress(stage: Signal<Option<Ingestion>>) -> impl IntoView {
    let busy = move || stage.get().is_some_and(|stage| !stage.is_terminal());
    let failed = move || stage.get() == Some(Ingestion::Failed);
    view! {
        <p role="status" class="progress" data-testid="ingestion-progress" class:busy=busy class:bad=failed
            class:sr=move || !busy() && !failed()>
            {move || stage.get().map(progress)}
        </p>
    }
}

fn scan_parts(found: Vec<Scan>) -> AnyView {
    let sums = sums(&found);
    let number = |label: &'static str, number: Option<u64>| {
        view! { <li><b>{number.map_or_else(|| "–".to_owned(), thousands)}</b>" "{label}</li> }
    };
    view! {
        {messages::boxes(&found)}
        <ul class="sums" aria-label="Against the default branch" data-testid="pipeline-sums">
            {number("new", sums.new)}
            {number("known", sums.known)}
            {number("no longer detected", sums.gone)}
            <li class="muted">"against the default branch"</li>
        </ul>
        {scans::table(found)}
    }
    .into_any()
}
