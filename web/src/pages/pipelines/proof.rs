//! What the scans looked at and proved, what they did not, and why nothing was closed: a line for each
//! scanner. Must not know how it is decided.

use crate::components::icon::{Glyph, Icon};
use crate::logic::number::{count, thousands};
use casemate_shared::api::coverage::Coverage;
use casemate_shared::api::pipeline::Scan;
use leptos::prelude::*;

/// What one scan said about one scanner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What was scanned by whom: `SAST by Semgrep`.
    name: String,
    /// What it said.
    coverage: Coverage,
}

/// The lines of the scans that count.
pub fn lines(scans: &[Scan]) -> Vec<Line> {
    let of_scan = |scan: &Scan| {
        let kind = scan.report_type.label();
        let line = move |coverage: &Coverage| Line {
            name: match &coverage.scanner {
                Some(scanner) => format!("{kind} by {scanner}"),
                None => kind.to_owned(),
            },
            coverage: coverage.clone(),
        };
        scan.coverage.iter().map(line).collect::<Vec<_>>()
    };
    scans.iter().filter(|scan| scan.latest).flat_map(of_scan).collect()
}

/// The section; open as long as something was left without proof.
pub fn section(lines: Vec<Line>, on_default_branch: bool) -> AnyView {
    if !on_default_branch {
        return view! {
            <p class="aside-line" data-testid="coverage">
                "This pipeline did not run on the default branch: it marks nothing as no longer detected."
            </p>
        }
        .into_any();
    }
    let proven = lines.iter().filter(|line| line.coverage.reason.is_none()).count();
    let is_open = proven < lines.len();
    let told = format!("proof from {} of {}", thousands(proven as u64), count(lines.len() as u64, "scanner", "scanners"));
    (!lines.is_empty())
        .then(|| {
            view! {
                <details class="fold" open=is_open data-testid="coverage">
                    <summary><h2>"What was looked at"</h2>" "<span class="muted">{told}</span></summary>
                    <ul class="proof box">{lines.into_iter().map(line).collect_view()}</ul>
                    <p class="aside-line">"Scanners that handed in nothing here were not looked at: what they found stays as it is."</p>
                </details>
            }
        })
        .into_any()
}

fn line(line: Line) -> impl IntoView {
    let coverage = line.coverage;
    let (icon, word) = match coverage.reason {
        None => (Icon::Resolved, "proof"),
        Some(_) => (Icon::Warning, "no proof"),
    };
    view! {
        <li data-testid="coverage-line" data-proof=coverage.reason.is_none().to_string()>
            <Glyph icon/>
            <div class="grow">
                <p><b>{line.name}</b>" "<span class="tag">{word}</span></p>
                <p>{coverage.text}</p>
            </div>
        </li>
    }
}
