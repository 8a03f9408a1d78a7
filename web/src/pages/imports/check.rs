//! What would happen: the answer to an import that was only tried out. Must not know how it was asked for.

use crate::components::frame::Frame;
use crate::components::icon::{Glyph, Icon};
use crate::components::messages;
use crate::components::pipeline_state::ScanMark;
use crate::components::tally::{KeptOpen, Tally};
use crate::logic::number::count;
use crate::logic::outcome::{told, verdict};
use crate::logic::tally;
use casemate_shared::api::report::{DryRunAnswer, DryRunReport};
use leptos::prelude::*;

/// Heads of the table.
const HEADS: &[&str] = &["Report", "Status", "Entries", "Against the default branch"];

/// What would happen, and the button that makes it happen.
#[component]
pub fn Checked(
    /// Id of the heading.
    id: &'static str,
    /// The answer.
    answer: DryRunAnswer,
    /// Whether it is about the default branch.
    on_default_branch: bool,
    /// Whether the import is under way.
    busy: bool,
    /// Imports.
    import: Callback<()>,
) -> impl IntoView {
    let files = count(answer.reports.len() as u64, "report", "reports");
    let verdict = verdict(&answer);
    let warnings = answer.warnings.iter().map(|text| view! { <p class="note">{text.clone()}</p> }).collect_view();
    view! {
        <section class="checked" aria-labelledby=id data-testid="dry-run">
            <h2 id=id tabindex="-1">"What would happen"</h2>
            <p role="status">{verdict}" Nothing has been changed yet."</p>
            <div class="box">
                <Tally label="What would happen" cells=tally::cells(&answer.summary, on_default_branch)/>
                <KeptOpen reasons=answer.summary.kept_open_reasons.clone()/>
            </div>
            {warnings}
            {messages::boxes(told(&answer.reports))}
            {table(answer.reports)}
            <div class="row space">
                <button class="btn go" type="button" data-testid="import-now" aria-disabled=busy.to_string()
                    on:click=move |_| if !busy { import.run(()) }>
                    <Glyph icon=Icon::Upload/>
                    {if busy { "Importing …".to_owned() } else { format!("Import {files}") }}
                </button>
                <span class="muted" role="status">{busy.then_some("The page of the pipeline follows.")}</span>
            </div>
        </section>
    }
}

fn table(reports: Vec<DryRunReport>) -> impl IntoView {
    view! {
        <Frame class="scans" caption="What would become of each report" heads=HEADS sheet="sheet space">
            {reports.into_iter().map(row).collect_view()}
        </Frame>
    }
}

fn row(report: DryRunReport) -> impl IntoView {
    let summary = report.summary.unwrap_or_default();
    let version = report.schema_version.map(|version| format!(" · format {version}"));
    view! {
        <tr data-testid="dry-run-row" data-status=report.status.as_str()>
            <td class="desc">
                <span class="t">{report.report_type.label()}</span>
                <small><span class="mono">{report.filename}</span>{version}</small>
            </td>
            <td class="state"><ScanMark status=report.status/></td>
            <td class="num wraps">{tally::accepted(&summary)}<small>{tally::left_out(&summary)}</small></td>
            <td class="num wraps">
                {tally::against(&summary)}
                <small>{tally::besides(&summary)}</small>
            </td>
        </tr>
    }
}
