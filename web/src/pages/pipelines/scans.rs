//! The table of a pipeline's scans: what each report held and what became of it. Must not know findings.

use crate::components::empty::Empty;
use crate::components::icon::{Glyph, Icon};
use crate::components::pipeline_state::ScanMark;
use crate::logic::number::{bytes, thousands};
use crate::logic::scans;
use casemate_shared::ScanMode;
use casemate_shared::api::pipeline::Scan;
use casemate_shared::api::report::ReportSummary;
use leptos::prelude::*;

/// The scans, or that there is none.
pub fn table(scans: Vec<Scan>) -> AnyView {
    if scans.is_empty() {
        return view! {
            <div class="sheet">
                <Empty title="No security job in this pipeline">
                    <p>"None of its jobs handed in a security report."</p>
                </Empty>
            </div>
        }
        .into_any();
    }
    view! {
        <h2 class="above">"Scans"</h2>
        <div class="sheet">
            <table class="cards-when-narrow scans">
                <caption class="sr">"Scans of this pipeline"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Report type"</th>
                        <th scope="col">"Scanner"</th>
                        <th scope="col">"Status"</th>
                        <th scope="col">"Entries"</th>
                        <th scope="col">"Against the default branch"</th>
                        <th scope="col" class="end">"Results"</th>
                    </tr>
                </thead>
                <tbody>{scans.into_iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(scan: Scan) -> impl IntoView {
    let coverage = scans::coverage(&scan);
    let scanner = scan.scanner.as_ref().map_or_else(|| "not known".to_owned(), scans::tool);
    let partial = (scan.mode == ScanMode::Partial).then(|| {
        view! { " " <span class="tag" title="It looked only at what a change touched, and closes nothing.">"partial"</span> }
    });
    let replaced = (!scan.latest).then(|| view! { <small>"replaced by a retry"</small> });
    let file = format!("{}, {}", scan.artifact.filename, bytes(scan.artifact.size));
    let label = format!("Download results of {}", scan.job_name);
    view! {
        <tr data-testid="scan-row" data-id=scan.id.to_string() data-status=scan.status.as_str()>
            <td class="desc">
                <span class="t">{scan.report_type.label()}</span>{partial}
                <small>"job " <span class="mono">{scan.job_name}</span></small>
            </td>
            <td class="scanner">{scanner}<small>{coverage}</small></td>
            <td class="state"><ScanMark status=scan.status/>{replaced}</td>
            <td class="num">{scan.summary.clone().map(entries)}</td>
            <td class="num">{scan.summary.map(against)}</td>
            <td class="end">
                <a class="btn small" href=scan.download_path download=scan.artifact.filename.clone() title=file aria-label=label>
                    <Glyph icon=Icon::Download/>
                    "Download"
                </a>
            </td>
        </tr>
    }
}

fn entries(summary: ReportSummary) -> impl IntoView {
    let rest = [(summary.duplicate, "duplicate"), (summary.rejected, "rejected")];
    let rest = rest.into_iter().filter(|(number, _)| *number > 0);
    let rest: Vec<_> = rest.map(|(number, word)| format!("{} {word}", thousands(number))).collect();
    view! {
        {format!("{} of {} accepted", thousands(summary.accepted), thousands(summary.declared))}
        <small>{rest.join(" · ")}</small>
    }
}

fn against(summary: ReportSummary) -> impl IntoView {
    let part = |number: Option<u64>, word: &str| number.map(|number| format!("{} {word}", thousands(number)));
    let main = [part(summary.new, "new"), part(summary.known, "known")];
    let main: Vec<_> = main.into_iter().flatten().collect();
    let gone = part(summary.no_longer_detected.filter(|number| *number > 0), "no longer detected");
    view! { {main.join(" · ")} <small>{gone}</small> }
}
