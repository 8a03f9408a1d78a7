//! SARIF 2.1.0 to reports of our own form (ingestion design, section 9.7). Lenient: what one result lacks
//! costs that result, with its pointer and the reason.
//!
//! Must not know: storage, schemas, what becomes of a finding. Start with `convert`; `log.rs` reads the runs,
//! `result.rs` one result, `rule.rs` what its rule adds, `place.rs` where it is.

mod log;
mod place;
mod result;
mod rule;
mod severity;
#[cfg(test)]
mod tests;

use super::foreign::Converted;
use crate::domain::pipeline::Section;
use crate::domain::scan::Message;
use casemate_shared::ReportType;
use log::{Log, Run};
use result::Outcome;

/// The scans that a file gives: one per run and type. None when it can't be read or has no runs.
pub fn sections(bytes: &[u8]) -> Vec<Section> {
    let Ok(log) = log::read(bytes) else { return Vec::new() };
    let of_run = |run: &Run| {
        let mut types = run.types();
        if types.is_empty() {
            types.push(ReportType::Sast);
        }
        let scanner = run.tool.as_ref().map(|tool| tool.external_id.clone());
        let run = run.index;
        types.into_iter().map(move |report_type| Section { run, report_type, scanner: scanner.clone() }).collect::<Vec<_>>()
    };
    log.runs.iter().flat_map(of_run).collect()
}

/// One scan of a file.
pub fn convert(bytes: &[u8], run: u64, report_type: ReportType) -> Converted {
    let log = match log::read(bytes) {
        Ok(log) => log,
        Err(message) => return Converted::error(message),
    };
    let Log { version, runs, warnings } = log;
    let (kept, rejected) = runs.iter().fold((0, 0), |(kept, rejected), run| (kept + run.kept(), rejected + run.rejected()));
    let mut converted = Converted { version: Some(version), ..Converted::default() };
    let is_first = runs.first().is_none_or(|first| first.index == run);
    if is_first {
        converted.warnings.extend(warnings);
    }
    if let Some(run) = runs.into_iter().find(|own| own.index == run) {
        take(run, report_type, &mut converted);
    }
    if rejected > kept {
        let reason = format!("{rejected} of {} results can't be used: that is more than half, so none is taken", kept + rejected);
        converted.errors.push(Message::at("ParsingError", "/runs", reason));
    } else if !converted.rejected.is_empty() {
        let told = format!("{rejected} of {} results of the file could not be used", kept + rejected);
        converted.warnings.push(Message::at("Parsing", "/runs", told));
    }
    converted
}

/// What one run says for one type.
fn take(run: Run, report_type: ReportType, converted: &mut Converted) {
    let home = run.types().first().copied().unwrap_or(report_type);
    let types = run.types();
    converted.tool = run.tool;
    converted.report_status = run.status;
    converted.start_time = run.start_time;
    converted.end_time = run.end_time;
    converted.partial = run.is_cut;
    if home == report_type {
        converted.warnings.extend(run.warnings);
    }
    for (index, outcome) in run.outcomes {
        let pointer = format!("/runs/{}/results/{index}", run.index);
        match outcome {
            Outcome::Kept { report_type: own, entry } if own == report_type => converted.entries.push((pointer, entry)),
            // One of a type that the run has no scan of is told by its first scan.
            Outcome::Rejected { report_type: own, reason }
                if own == report_type || (home == report_type && !types.contains(&own)) =>
            {
                converted.rejected.push((pointer, reason));
            }
            Outcome::Kept { .. } | Outcome::Rejected { .. } => {}
        }
    }
}
