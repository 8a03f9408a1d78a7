//! The pipelines of a project, newest first. Must not know what is in their reports.

use crate::api::{Client, Page, pipelines};
use crate::components::async_view::AsyncView;
use crate::components::empty::Empty;
use crate::components::frame::{Frame, Pages};
use crate::components::heading::Heading;
use crate::components::pipeline_state::PipelineMark;
use crate::components::when::Ago;
use crate::logic::history::short;
use crate::logic::scans::{any_under_way, waiting, waits_for_jobs};
use crate::logic::{number, query};
use crate::state::go::{Go, use_own_search};
use crate::state::poll::poll_while;
use crate::state::project::Here;
use crate::state::remote::{Meanwhile, Remote};
use crate::url::Place;
use casemate_shared::api::pipeline::Pipeline;
use leptos::prelude::*;

/// Heads of the table.
const HEADS: &[&str] = &["Pipeline", "Branch and commit", "Ingestion", "Findings", "Reports", "Age"];

/// The list of pipelines.
#[component]
pub fn PipelinesPage() -> impl IntoView {
    let (here, client) = (expect_context::<Here>(), expect_context::<Client>());
    let go = expect_context::<Go>();
    let project = untrack(|| here.full_path());
    let of = StoredValue::new(project);
    let address = use_own_search();
    let page = Memo::new(move |_| query::page(&address.get()));
    let list = Remote::new(Meanwhile::Keep, move || Some(page.get()), move |page| pipelines::list(client, of.get_value(), page));
    poll_while(move || list.with(|page| page.is_some_and(|page| any_under_way(&page.rows))), move || list.reload());
    let turn = Callback::new(move |page: u32| {
        let query = query::write(&[("page", page.to_string())]);
        go.within(&query::join(&Place::Pipelines.path(&of.get_value()), &query), false);
    });
    let ready = move |found: Page<Pipeline>| table(&of.get_value(), found, page.get(), turn);
    view! {
        <div class="head">
            <div class="grow">
                <Heading text="Pipelines".to_owned() of=Signal::derive(move || here.name())/>
                <p>"Every upload belongs to one. Each shows what its reports said, errors included."</p>
            </div>
        </div>
        <div class="space"></div>
        <AsyncView remote=list what="The pipelines could not be loaded" ready/>
    }
}

fn table(project: &str, found: Page<Pipeline>, at: u32, turn: Callback<u32>) -> AnyView {
    if found.rows.is_empty() {
        let upload = Place::Upload.path(project);
        return view! {
            <div class="sheet">
                <Empty title="No pipeline yet">
                    <p>"The first upload makes one."</p>
                    <a class="btn go" href=upload>"Upload your first report"</a>
                </Empty>
            </div>
        }
        .into_any();
    }
    let total = found.total;
    let rows = found.rows.into_iter().map(|pipeline| row(project, pipeline)).collect_view();
    let pages = Some(Pages { at, total, turn });
    view! {
        <p class="sr" role="status" data-testid="result-count">{number::count(total, "pipeline", "pipelines")}</p>
        <Frame class="pipelines" caption="Pipelines" heads=HEADS ends=&["Findings", "Age"] pages>{rows}</Frame>
    }
    .into_any()
}

fn row(project: &str, pipeline: Pipeline) -> impl IntoView + use<> {
    let errors = match pipeline.scans_with_errors {
        0 => view! { <span class="muted">"no errors"</span> }.into_any(),
        many => {
            view! { <span class="tag bad">{number::count(many, "report with errors", "reports with errors")}</span> }.into_any()
        }
    };
    let default = pipeline.on_default_branch.then(|| view! { <span class="tag">"default"</span> });
    let mark = view! { <PipelineMark pipeline=&pipeline/> };
    let waiting = waits_for_jobs(&pipeline).then(|| view! { <small>{waiting(&pipeline)}</small> });
    let undone = pipeline.undone_at.is_some().then(|| view! { <small>"undone"</small> });
    let missing = (!pipeline.missing_jobs.is_empty()).then(|| {
        let jobs = number::count(pipeline.missing_jobs.len() as u64, "job did not come", "jobs did not come");
        view! { <span class="tag bad" title=pipeline.missing_jobs.join(", ")>{jobs}</span> }
    });
    let findings = pipeline.findings.map_or_else(|| "–".to_owned(), number::thousands);
    view! {
        <tr data-testid="pipeline-row" data-id=pipeline.id.to_string()>
            <td class="desc">
                <a class="t" href=Place::Pipeline(pipeline.id).path(project)>{format!("#{}", pipeline.id)}</a>
                <small>{format!("{} · {}", pipeline.status, pipeline.source)}</small>
            </td>
            <td class="place">
                <span class="mono">{pipeline.ref_name}</span>" "{default}
                <small class="mono">{short(&pipeline.sha).to_owned()}</small>
            </td>
            <td class="state">{mark}{waiting}{undone}</td>
            <td class="end num"><span class="narrow-label">"Findings "</span>{findings}</td>
            <td class="reports">{errors}" "{missing}</td>
            <td class="end when"><Ago at=pipeline.created_at/></td>
        </tr>
    }
}
