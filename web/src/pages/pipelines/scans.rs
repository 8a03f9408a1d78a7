//! The table of a pipeline's scans: what each report held and what became of it, with its files to take
//! along. Must not know findings.

use crate::components::empty::Empty;
use crate::components::frame::Frame;
use crate::components::icon::{Glyph, Icon};
use crate::components::pipeline_state::ScanMark;
use crate::logic::number::{bytes, count};
use crate::logic::{scans, tally};
use crate::state::project::Here;
use crate::url::{Place, under_root};
use casemate_shared::ScanMode;
use casemate_shared::api::pipeline::Scan;
use casemate_shared::api::report::ReportSummary;
use leptos::prelude::*;

/// Heads of the table.
const HEADS: &[&str] = &["Report type", "Scanner", "Status", "Entries", "Against the default branch", "Files"];

/// The scans, or that there is none. Rows that do not change stay in place.
#[component]
pub fn Scans(
    /// The pipeline that they are shown for.
    of: u64,
    /// The scans, its own and those of its descendants.
    scans: Memo<Vec<Scan>>,
    /// Whether more may come.
    under_way: Memo<bool>,
) -> impl IntoView {
    let is_empty = Memo::new(move |_| scans.with(Vec::is_empty));
    let told = move || count(scans.with(Vec::len) as u64, "report", "reports");
    move || match (is_empty.get(), under_way.get()) {
        (true, true) => ().into_any(),
        (true, false) => none().into_any(),
        (false, _) => view! {
            <details class="fold" open data-testid="scan-details">
                <summary><h2>"Scans"</h2>" "<span class="muted">{told}</span></summary>
                <Table of scans/>
            </details>
        }
        .into_any(),
    }
}

fn none() -> impl IntoView {
    view! {
        <div class="sheet space">
            <Empty title="No security job in this pipeline">
                <p>"None of its jobs handed in a security report."</p>
            </Empty>
        </div>
    }
}

#[component]
fn Table(of: u64, scans: Memo<Vec<Scan>>) -> impl IntoView {
    let here = expect_context::<Here>();
    let project = StoredValue::new(untrack(|| here.full_path()));
    let row = move |scan: Scan| {
        let elsewhere = (scan.pipeline_id != of).then(|| Place::Pipeline(scan.pipeline_id).path(&project.get_value()));
        row(scan, elsewhere)
    };
    view! {
        <Frame class="scans" caption="Scans of this pipeline" heads=HEADS ends=&["Files"]>
            <For each=move || scans.get() key=|scan| format!("{scan:?}") children=row/>
        </Frame>
    }
}

/// `elsewhere` is the page of the descendant whose scan it is.
fn row(scan: Scan, elsewhere: Option<String>) -> impl IntoView {
    let child = elsewhere.map(|href| {
        let text = format!("#{}", scan.pipeline_id);
        view! { <small>"child pipeline " <a class="link" href=href>{text}</a></small> }
    });
    let coverage = scans::coverage(&scan);
    let scanner = scan.scanner.as_ref().map_or_else(|| "not known".to_owned(), scans::tool);
    let partial = (scan.mode == ScanMode::Partial).then(|| {
        view! { " " <span class="tag" title="It looked only at what a change touched, and closes nothing.">"partial"</span> }
    });
    let replaced = (!scan.latest).then(|| view! { <small>"replaced by a retry"</small> });
    view! {
        <tr data-testid="scan-row" data-id=scan.id.to_string() data-status=scan.status.as_str() data-mode=scans::mode(scan.mode)>
            <td class="desc">
                <span class="t">{scan.report_type.label()}</span>{partial}
                <small>"job " <span class="mono">{scan.job_name.clone()}</span></small>
                {child}
            </td>
            <td class="scanner">{scanner}<small>{coverage}</small></td>
            <td class="state"><ScanMark status=scan.status/>{replaced}</td>
            <td class="num wraps">{scan.summary.as_ref().map(entries)}</td>
            <td class="num wraps">{scan.summary.as_ref().map(against)}</td>
            <td class="end"><div class="acts">{files(&scan)}</div></td>
        </tr>
    }
}

/// The report as it was handed in, and the list of its rejected entries.
fn files(scan: &Scan) -> impl IntoView + use<> {
    let about = format!("{}, {}", scan.artifact.filename, bytes(scan.artifact.size));
    let report = format!("Download results of {}", scan.job_name);
    let ledger = scan.rejected_path.clone().map(|path| {
        let label = format!("Rejected entries of {}", scan.job_name);
        let name = format!("rejected-{}.json", scan.id);
        view! {
            <a class="btn small" href=under_root(&path) download=name aria-label=label data-testid="rejected-ledger">
                <Glyph icon=Icon::Download/>
                "Rejected"
            </a>
        }
    });
    view! {
        <a class="btn small" href=under_root(&scan.download_path) download=scan.artifact.filename.clone() title=about
            aria-label=report data-testid="download-report">
            <Glyph icon=Icon::Download/>
            "Download"
        </a>
        {ledger}
    }
}

fn entries(summary: &ReportSummary) -> impl IntoView + use<> {
    view! { {tally::accepted(summary)} <small>{tally::left_out(summary)}</small> }
}

fn against(summary: &ReportSummary) -> impl IntoView + use<> {
    view! { {tally::against(summary)} <small>{tally::besides(summary)}</small> }
}
