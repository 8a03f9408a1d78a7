//! The relatives of a pipeline: the one that it is a child of, and its children. Must not know scans.

use crate::api::Page;
use crate::components::pipeline_state::PipelineMark;
use crate::logic::number::count;
use crate::logic::scans::{waiting, waits_for_jobs};
use crate::url::Place;
use casemate_shared::api::pipeline::{Bridge, Pipeline};
use leptos::prelude::*;

/// A link to the parent; nothing when there is none.
pub fn parent(project: &str, pipeline: &Pipeline) -> Option<AnyView> {
    let parent = pipeline.parent_pipeline_id?;
    let href = Place::Pipeline(parent).path(project);
    Some(
        view! {
            <span class="muted">
                "child of "
                <a class="link" data-testid="parent-pipeline" href=href>{format!("pipeline #{parent}")}</a>
            </span>
        }
        .into_any(),
    )
}

/// The children as a small list; nothing when there are none.
pub fn children(project: &str, found: Page<Bridge>) -> Option<AnyView> {
    if found.rows.is_empty() {
        return None;
    }
    let told = count(found.total, "pipeline", "pipelines");
    let more = found.total.saturating_sub(found.rows.len() as u64);
    let more = (more > 0).then(|| view! { <p class="aside-line">{format!("The first hundred; {more} more are not shown.")}</p> });
    let rows = found.rows.into_iter().map(|child| row(project, child)).collect_view();
    Some(
        view! {
            <details class="fold" open data-testid="child-pipelines">
                <summary><h2>"Child pipelines"</h2>" "<span class="muted">{told}</span></summary>
                <ul class="rows box">{rows}</ul>
                {more}
                <p class="aside-line">"They are ingested together with this pipeline, when all of them are complete."</p>
            </details>
        }
        .into_any(),
    )
}

fn row(project: &str, bridge: Bridge) -> impl IntoView + use<> {
    let child = bridge.downstream_pipeline;
    let waiting = waits_for_jobs(&child).then(|| view! { <span class="muted">{waiting(&child)}</span> });
    let findings = child.findings.map(|found| view! { <span class="muted">{count(found, "finding", "findings")}</span> });
    let errors = (child.scans_with_errors > 0).then(|| {
        let reports = count(child.scans_with_errors, "report with errors", "reports with errors");
        view! { <span class="tag bad">{reports}</span> }
    });
    let undone = child.undone_at.is_some().then(|| view! { <span class="tag">"undone"</span> });
    view! {
        <li data-testid="child-pipeline" data-id=child.id.to_string() data-status=child.status.clone()>
            <a class="link" href=Place::Pipeline(child.id).path(project)>{format!("#{}", child.id)}</a>
            <span>{bridge.name}</span>
            <span class="tag">{child.status.clone()}</span>
            <PipelineMark pipeline=&child/>
            {waiting}{findings}{errors}{undone}
        </li>
    }
}
