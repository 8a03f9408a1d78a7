//! The security page of one pipeline (UX, section 4.4): where its import stands, what its reports said and
//! proved, and its findings. It asks again while ingestion is under way; what does not change stays in
//! place meanwhile. Must not know vulnerabilities beyond their links.

use super::standing::Standing;
use super::{family, findings, notices, proof, scans};
use crate::api::{Client, pipelines};
use crate::components::async_view::Awaited;
use crate::components::heading::Heading;
use crate::components::icon::{Glyph, Icon};
use crate::components::messages;
use crate::components::pipeline_state::PipelineMark;
use crate::components::undo_dialog::UndoDialog;
use crate::components::when::Ago;
use crate::logic::history::short;
use crate::logic::progress::is_expired;
use crate::logic::scans::{sums, told, under_way};
use crate::state::poll::poll_while;
use crate::state::project::Here;
use crate::state::remote::{Meanwhile, Remote};
use crate::state::undo::{Subject, Undo};
use crate::state::{browser, heading};
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
    let children = Remote::new(Meanwhile::Keep, move || stage.get(), move |_| pipelines::children(client, of.get_value(), id));
    let is_known = Memo::new(move |_| pipeline.with(|found| found.is_some()));
    let is_read = Memo::new(move |_| scans.with(|found| found.is_some()));
    let expired = Memo::new(move |_| scans.with(|found| found.is_some_and(|found| found.iter().any(is_expired))));
    let undo = Undo::new(client, of.get_value());
    let closed = Callback::new(move |()| {
        if undo.answer().is_some() {
            pipeline.reload();
            browser::focus(heading::ID);
        }
    });
    poll_while(
        move || pipeline.with(|found| found.is_some_and(under_way)),
        move || {
            pipeline.reload();
            scans.reload();
            children.reload();
        },
    );
    view! {
        <div class="head">
            <div class="grow">
                <div class="statusline">{move || pipeline.get().map(|found| status_line(&of.get_value(), &found))}</div>
                <Heading text=format!("Pipeline #{id}") of=Signal::derive(move || here.name())/>
            </div>
            {move || pipeline.get().map(|found| way_back(undo, &found, scans))}
        </div>
        <Awaited remote=pipeline what="The pipeline could not be loaded"/>
        <Show when=move || is_known.get()>
            <Standing pipeline=Signal::derive(move || pipeline.get()) scans=Signal::derive(move || scans.get())/>
            <Awaited remote=children what="The child pipelines could not be loaded"/>
            {move || children.get().and_then(|found| family::children(&of.get_value(), found))}
            <Awaited remote=scans what="The scans could not be loaded"/>
            <Show when=move || is_read.get()><ScanParts id pipeline scans/></Show>
            <findings::Findings id stage=stage.into() expired=expired.into()/>
        </Show>
        <UndoDialog undo project=of.get_value() closed/>
    }
}

/// The button that undoes the import, or shows what became of that.
fn way_back(undo: Undo, pipeline: &Pipeline, scans: Remote<Vec<Scan>>) -> Option<AnyView> {
    let id = pipeline.id;
    let subject =
        move || Subject { pipeline: id, summary: scans.with_untracked(|all| all.map(|all| sums(all)).unwrap_or_default()) };
    if pipeline.undone_at.is_some() {
        return Some(
            view! {
                <button class="btn" type="button" data-testid="see-undo" aria-haspopup="dialog"
                    on:click=move |_| undo.open_done(subject())>"What was undone"</button>
            }
            .into_any(),
        );
    }
    // A child is taken back with its root.
    let is_undoable = !under_way(pipeline) && pipeline.parent_pipeline_id.is_none();
    is_undoable.then(|| {
        view! {
            <button class="btn" type="button" data-testid="undo-import" aria-haspopup="dialog" on:click=move |_| undo.open(subject(), None)>
                <Glyph icon=Icon::Undo/>
                "Undo import …"
            </button>
        }
        .into_any()
    })
}

fn status_line(project: &str, pipeline: &Pipeline) -> impl IntoView + use<> {
    let default = pipeline.on_default_branch.then(|| view! { " " <span class="tag">"default branch"</span> });
    view! {
        <b><PipelineMark pipeline/></b>
        <span class="muted">
            <span class="mono">{pipeline.ref_name.clone()}</span> " at "
            <span class="mono" title=pipeline.sha.clone()>{short(&pipeline.sha).to_owned()}</span> {default}
            ", accepted " <Ago at=pipeline.created_at.clone()/>
        </span>
        {family::parent(project, pipeline)}
    }
}

/// What the scans said; each part is drawn anew only when it changes.
#[component]
fn ScanParts(id: u64, pipeline: Remote<Pipeline>, scans: Remote<Vec<Scan>>) -> impl IntoView {
    let all = Memo::new(move |_| scans.get().unwrap_or_default());
    let on_default = Memo::new(move |_| pipeline.with(|found| found.is_some_and(|found| found.on_default_branch)));
    let notices = Memo::new(move |_| all.with(|all| pipeline.with(|found| notices::of(all, found))));
    let under_way = Memo::new(move |_| pipeline.with(|found| found.is_some_and(under_way)));
    let told = Memo::new(move |_| all.with(|all| told(all)));
    let proof = Memo::new(move |_| all.with(|all| proof::lines(all)));
    view! {
        {move || notices::boxes(notices.get())}
        {move || messages::boxes(told.get())}
        <scans::Scans of=id scans=all under_way/>
        {move || proof::section(proof.get(), on_default.get())}
    }
}
