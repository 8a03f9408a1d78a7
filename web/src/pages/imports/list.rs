//! The imports of a project, newest first: what came from whom, what it did, and the way back. Must not know
//! how reports are read.

use crate::api::{Client, Page, imports};
use crate::components::async_view::Awaited;
use crate::components::empty::Empty;
use crate::components::frame::{Frame, Pages};
use crate::components::heading::Heading;
use crate::components::icon::{Glyph, Icon};
use crate::components::pipeline_state::PipelineMark;
use crate::components::undo_dialog::UndoDialog;
use crate::components::when::Ago;
use crate::logic::history::short;
use crate::logic::scans::under_way;
use crate::logic::{number, query, tally};
use crate::state::go::{Go, use_own_search};
use crate::state::poll::poll_while;
use crate::state::project::Here;
use crate::state::remote::{Meanwhile, Remote};
use crate::state::undo::{Subject, Undo};
use crate::state::{browser, heading};
use crate::url::Place;
use casemate_shared::UndoStatus;
use casemate_shared::api::import::Import;
use leptos::prelude::*;

/// Heads of the table.
const HEADS: &[&str] = &["Import", "Reports", "Entries", "Against the default branch", "State", "Undo"];

/// The imports of a project.
#[component]
pub fn ImportsPage() -> impl IntoView {
    let (here, client, go) = (expect_context::<Here>(), expect_context::<Client>(), expect_context::<Go>());
    let of = StoredValue::new(untrack(|| here.full_path()));
    let address = use_own_search();
    let page = Memo::new(move |_| query::page(&address.get()));
    let list = Remote::new(Meanwhile::Keep, move || Some(page.get()), move |page| imports::list(client, of.get_value(), page));
    poll_while(move || list.with(|page| page.is_some_and(|page| page.rows.iter().any(changes))), move || list.reload());
    let undo = Undo::new(client, of.get_value());
    let turn = Callback::new(move |page: u32| {
        let query = query::write(&[("page", page.to_string())]);
        go.within(&query::join(&Place::Imports.path(&of.get_value()), &query), false);
    });
    let closed = Callback::new(move |()| {
        if undo.answer().is_some() {
            list.reload();
            // The button that opened it goes with its row.
            browser::focus(heading::ID);
        }
    });
    let ready = move || list.get().map(|found| table(of, undo, found, page.get(), turn));
    view! {
        <div class="head">
            <div class="grow">
                <Heading text="Imports".to_owned() of=Signal::derive(move || here.name())/>
                <p>"Every upload, by whom, and what it did to the default branch. Each can be taken back."</p>
            </div>
            <a class="btn go" href=Place::NewImport.path(&of.get_value()) data-testid="new-import">
                <Glyph icon=Icon::Upload/>
                "Import reports"
            </a>
        </div>
        <div class="space"></div>
        <Awaited remote=list what="The imports could not be loaded"/>
        {ready}
        <UndoDialog undo project=of.get_value() closed/>
    }
}

/// Whether an import changes by itself.
fn changes(import: &Import) -> bool {
    under_way(&import.pipeline) || import.undo.as_ref().is_some_and(|undo| undo.status == UndoStatus::Running)
}

fn table(of: StoredValue<String>, undo: Undo, found: Page<Import>, at: u32, turn: Callback<u32>) -> AnyView {
    if found.rows.is_empty() {
        return view! {
            <div class="sheet">
                <Empty title="No import yet">
                    <p>"The first upload makes one."</p>
                    <a class="btn go" href=of.with_value(|of| Place::Upload.path(of))>"Upload your first report"</a>
                </Empty>
            </div>
        }
        .into_any();
    }
    let total = found.total;
    let rows = found.rows.into_iter().map(|import| row(&of.get_value(), undo, import)).collect_view();
    let pages = Some(Pages { at, total, turn });
    view! {
        <p class="sr" role="status" data-testid="result-count">{number::count(total, "import", "imports")}</p>
        <Frame class="imports" caption="Imports" heads=HEADS ends=&["Undo"] pages>{rows}</Frame>
    }
    .into_any()
}

fn row(project: &str, undo: Undo, import: Import) -> impl IntoView + use<> {
    let pipeline = import.pipeline.clone();
    let who = import.user.as_ref().map_or_else(|| "somebody who is gone".to_owned(), |user| user.name.clone());
    let types = reports(&import);
    let default = pipeline.on_default_branch.then(|| view! { <span class="tag">"default"</span> });
    let summary = &import.summary;
    let is_undone = import.undo.is_some().to_string();
    let state = state(&import);
    let (accepted, left_out) = (tally::accepted(summary), tally::left_out(summary));
    let (against, besides) = (tally::against(summary), tally::besides(summary));
    view! {
        <tr data-testid="import-row" data-id=pipeline.id.to_string() data-undone=is_undone>
            <td class="desc">
                <a class="t" href=Place::Pipeline(pipeline.id).path(project)>{format!("#{}", pipeline.id)}</a>" "
                <span class="mono">{pipeline.ref_name.clone()}</span>" "{default}
                <small><span class="mono">{short(&pipeline.sha).to_owned()}</span>{format!(" · {} · by {who}, ", pipeline.source)}
                    <Ago at=pipeline.created_at.clone()/></small>
            </td>
            <td class="kinds">{types}</td>
            <td class="num wraps">{accepted}<small>{left_out}</small></td>
            <td class="num wraps">{against}<small>{besides}</small></td>
            <td class="state">{state}</td>
            <td class="end">{way_back(undo, import)}</td>
        </tr>
    }
}

/// `SAST, SAST, Secret detection` without repeats: `2 SAST, Secret detection`.
fn reports(import: &Import) -> String {
    let labels = import.reports.iter().map(|report| report.report_type.label());
    number::repeated(labels)
}

fn state(import: &Import) -> AnyView {
    match &import.undo {
        Some(undo) if undo.status == UndoStatus::Done => view! { <span class="tag">"undone"</span> }.into_any(),
        Some(_) => view! { <span class="tag">"being undone"</span> }.into_any(),
        None => view! { <PipelineMark pipeline=&import.pipeline/> }.into_any(),
    }
}

/// The button that undoes it, what became of that, or why it can't be undone.
fn way_back(undo: Undo, import: Import) -> AnyView {
    let id = import.pipeline.id;
    let subject = Subject { pipeline: id, summary: import.summary };
    match (import.undo, import.undo_refused) {
        (Some(answer), _) => view! {
            <button class="btn small" type="button" data-testid="see-undo" aria-haspopup="dialog"
                aria-label=format!("What was undone of import #{id}")
                on:click=move |_| undo.open(subject.clone(), Some(answer.clone()))>"What was undone"</button>
        }
        .into_any(),
        (None, Some(why)) => view! { <small class="muted">{why}</small> }.into_any(),
        (None, None) => view! {
            <button class="btn small" type="button" data-testid="undo-import" aria-haspopup="dialog"
                aria-label=format!("Undo import #{id}") on:click=move |_| undo.open(subject.clone(), None)>
                <Glyph icon=Icon::Undo/>
                "Undo …"
            </button>
        }
        .into_any(),
    }
}
