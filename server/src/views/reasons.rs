//! Why is this vulnerability here, and like this? One sentence per decision that the program took.
//! Must not know: how decisions are taken.

use super::history;
use super::vulnerabilities::Frame;
use crate::clock::{Millis, iso};
use crate::domain::finding::VulnerabilityFinding;
use crate::domain::pipeline::Pipeline;
use crate::domain::scan::Coverage;
use crate::store::findings::Pair;
use crate::store::{StoreError, coverage, pipelines, records, scans};
use casemate_shared::api::vulnerability::Reason;
use casemate_shared::{Ingestion, KeptOpen};
use std::ops::ControlFlow;

/// The decisions, oldest first, and at the end what is true now.
///
/// # Errors
/// When the store fails.
pub fn reasons(frame: &Frame<'_>, pair: &Pair) -> Result<Vec<Reason>, StoreError> {
    let mut reasons = history::history(frame, pair)?;
    if !pair.vulnerability.resolved_on_default_branch && pair.vulnerability.present_on_default_branch {
        reasons.extend(still_there(frame, pair)?);
    }
    Ok(reasons)
}

/// What the newest scans of the default branch say about it, and what they don't, why that closes nothing
/// (ingestion design, sections 5.1 and 12.3).
fn still_there(frame: &Frame<'_>, pair: &Pair) -> Result<Vec<Reason>, StoreError> {
    let finding = &pair.finding;
    let scanner = records::find_scanner(frame.rtx, finding.scanner_id)?.map(|row| row.name).unwrap_or_default();
    let Some(said) = newest(frame, finding, finding.scanner_id)? else { return Ok(Vec::new()) };
    let mut reasons = vec![newest_scan(frame, pair, &said, &scanner)?];
    let mut newest_seen = said.pipeline_id;
    if let Some(untold) = newest(frame, finding, 0)?.filter(|untold| untold.pipeline_id > said.pipeline_id) {
        if let Some(reason) = untold.reason {
            let place = pipeline_text(frame, untold.pipeline_id)?;
            let text =
                format!("Kept open: {place} handed in a report of this type that does not tell its scanner; {}.", reason.label());
            reasons.push(at_pipeline("kept_open", text, untold.pipeline_id, untold.at));
        }
        newest_seen = untold.pipeline_id;
    }
    if let Some(newer) = newest_ingested(frame, newest_seen)? {
        let place = pipeline_text(frame, newer.id)?;
        let text = format!("Kept open: {scanner} handed in nothing in {place}, the newest of the default branch.");
        reasons.push(at_pipeline("kept_open", text, newer.id, newer.created_at));
    }
    Ok(reasons)
}

fn newest_scan(frame: &Frame<'_>, pair: &Pair, said: &Coverage, scanner: &str) -> Result<Reason, StoreError> {
    let finding = &pair.finding;
    let place = pipeline_text(frame, said.pipeline_id)?;
    let last = scans::find_promotion(frame.rtx, finding.project_id, finding.report_type, finding.scanner_id)?;
    let lists = last.filter(|last| last.pipeline_id == said.pipeline_id);
    let is_reported = match &lists {
        Some(last) => scans::holds(frame.rtx, &last.chunks, &finding.uuid)?,
        None => false,
    };
    let (decision, text) = if is_reported {
        ("still_detected", format!("Still detected: {scanner} reported it in its newest scan of the default branch, {place}."))
    } else {
        let why = said.reason.map_or("it was brought by a pipeline that was ingested later", KeptOpen::label);
        ("kept_open", format!("Kept open: the newest scan by {scanner}, in {place}, does not report it, but {why}."))
    };
    Ok(at_pipeline(decision, text, said.pipeline_id, said.at))
}

fn at_pipeline(decision: &str, text: String, pipeline: u64, at: Millis) -> Reason {
    Reason { decision: decision.to_owned(), text, pipeline_id: Some(pipeline), at: Some(iso(at)) }
}

/// What a scanner's reports of the finding's type last said; of several in one pipeline the one that
/// decided.
fn newest(frame: &Frame<'_>, finding: &VulnerabilityFinding, scanner: u64) -> Result<Option<Coverage>, StoreError> {
    let mut found: Option<Coverage> = None;
    coverage::newest(frame.rtx, finding.project_id, finding.report_type, scanner, |said| {
        let Some(known) = &found else {
            found = Some(said);
            return Ok(ControlFlow::Continue(()));
        };
        if known.pipeline_id != said.pipeline_id {
            return Ok(ControlFlow::Break(()));
        }
        let tells_more = known.reason == Some(KeptOpen::OtherReport) && said.candidates == known.candidates;
        if said.candidates > known.candidates || tells_more {
            found = Some(said);
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(found)
}

/// Most pipelines that are looked through for one of the default branch.
const MOST_PIPELINES: usize = 100;

/// The newest ingested pipeline of the default branch, if it is newer than the given one.
fn newest_ingested(frame: &Frame<'_>, than: u64) -> Result<Option<Pipeline>, StoreError> {
    let (mut found, mut looked_at) = (None, 0);
    pipelines::newest_pipelines(frame.rtx, frame.project.id, |pipeline| {
        looked_at += 1;
        if pipeline.id <= than || looked_at > MOST_PIPELINES {
            return Ok(ControlFlow::Break(()));
        }
        let is_root = pipeline.parent_id.is_none();
        if is_root && pipeline.on_default_branch && pipeline.ingestion == Ingestion::Done && pipeline.undone_at.is_none() {
            found = Some(pipeline);
            return Ok(ControlFlow::Break(()));
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(found)
}

/// A pipeline in a sentence.
pub(super) fn pipeline_text(frame: &Frame<'_>, id: u64) -> Result<String, StoreError> {
    Ok(match pipelines::find_pipeline(frame.rtx, id)? {
        Some(pipeline) => {
            format!("pipeline #{id} ({} at {})", pipeline.ref_name, pipeline.sha.chars().take(8).collect::<String>())
        }
        None => format!("pipeline #{id}"),
    })
}
