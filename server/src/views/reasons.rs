//! Why is this vulnerability here, and like this? One sentence per decision that the program took.
//! Must not know: how decisions are taken.

use super::vulnerabilities::Frame;
use crate::clock::iso;
use crate::domain::finding::{EventKind, MatchEvidence, VulnerabilityEvent};
use crate::domain::identity;
use crate::domain::scan::Promotion;
use crate::store::findings::Pair;
use crate::store::{StoreError, findings, pipelines, records, scans};
use casemate_shared::ScanMode;
use casemate_shared::api::vulnerability::Reason;

/// The decisions, oldest first, and at the end what is true now.
///
/// # Errors
/// When the store fails.
pub fn reasons(frame: &Frame<'_>, pair: &Pair) -> Result<Vec<Reason>, StoreError> {
    let mut reasons = Vec::new();
    for event in findings::events(frame.rtx, pair.vulnerability.id)? {
        reasons.push(reason(frame, pair, &event)?);
    }
    let finding = &pair.finding;
    if !pair.vulnerability.resolved_on_default_branch {
        let last = scans::find_promotion(frame.rtx, finding.project_id, finding.report_type, finding.scanner_id)?;
        if let Some(last) = last {
            reasons.push(still_there(frame, pair, &last)?);
        }
    }
    Ok(reasons)
}

fn reason(frame: &Frame<'_>, pair: &Pair, event: &VulnerabilityEvent) -> Result<Reason, StoreError> {
    let place = pipeline_text(frame, event.pipeline_id)?;
    let (decision, text) = match event.kind {
        EventKind::Detected => ("new", format!("New in {place}: the default branch had no finding with {}.", who(frame, pair)?)),
        EventKind::Changed(evidence) => {
            ("matched", format!("Matched in {place} by {}; the report's text, place or severity had changed.", by(evidence)))
        }
        EventKind::NoLongerDetected => (
            "no_longer_detected",
            format!("No longer detected in {place}: a full, successful scan by the same scanner did not report it."),
        ),
        EventKind::DetectedAgain => ("detected_again", format!("Detected again in {place}.")),
    };
    Ok(Reason { decision: decision.to_owned(), text, pipeline_id: Some(event.pipeline_id), at: Some(iso(event.at)) })
}

fn who(frame: &Frame<'_>, pair: &Pair) -> Result<String, StoreError> {
    let primary =
        records::find_identifier(frame.rtx, pair.finding.primary_identifier_id)?.map(|row| row.name).unwrap_or_default();
    let place = match pair.finding.signatures.first() {
        Some(signature) => {
            identity::signature_text(signature).split(':').next().map(|name| format!("this {name} signature")).unwrap_or_default()
        }
        None => "this place".to_owned(),
    };
    Ok(format!("{primary} at {place}"))
}

const fn by(evidence: MatchEvidence) -> &'static str {
    match evidence {
        MatchEvidence::Uuid => "identity (report type, primary identifier, place)",
        MatchEvidence::Signature => "an equal tracking signature, although its identity had changed",
        MatchEvidence::Location => "its place, as it now carries a tracking signature",
    }
}

/// What the newest scan of its scanner says about it, and if nothing, why that closes nothing (ingestion
/// design, sections 5.1 and 12.3).
fn still_there(frame: &Frame<'_>, pair: &Pair, last: &Promotion) -> Result<Reason, StoreError> {
    let finding = &pair.finding;
    let scanner = records::find_scanner(frame.rtx, finding.scanner_id)?.map(|row| row.name).unwrap_or_default();
    let place = pipeline_text(frame, last.pipeline_id)?;
    let mut newest = scans::scans(frame.rtx, last.pipeline_id)?;
    newest.retain(|scan| {
        scan.counts() && scan.report_type == finding.report_type && scan.scanner_ids.contains(&finding.scanner_id)
    });
    let mut is_reported = false;
    for scan in &newest {
        is_reported |= scans::holds(frame.rtx, &scan.accepted_chunks, &finding.uuid)?;
    }
    let text = if is_reported {
        format!("Still detected: {scanner} reported it in its newest scan of the default branch, {place}.")
    } else if finding.report_type.needs_manual_resolution() {
        format!(
            "Still open: the newest scan by {scanner}, in {place}, does not report it, but a secret stays leaked until somebody resolves it."
        )
    } else if newest.iter().any(|scan| scan.mode == ScanMode::Partial) {
        format!("Still detected: the newest scan by {scanner}, in {place}, was partial and closes nothing.")
    } else if newest.iter().any(|scan| scan.report_status.as_deref() == Some("failure")) {
        format!("Still detected: the newest report by {scanner}, in {place}, says that its scan failed, and closes nothing.")
    } else {
        format!(
            "Still detected: the newest scan by {scanner}, in {place}, does not report it, and could not prove that it is gone."
        )
    };
    Ok(Reason {
        decision: "still_detected".to_owned(),
        text,
        pipeline_id: Some(last.pipeline_id),
        at: Some(iso(last.pipeline_created_at)),
    })
}

fn pipeline_text(frame: &Frame<'_>, id: u64) -> Result<String, StoreError> {
    Ok(match pipelines::find_pipeline(frame.rtx, id)? {
        Some(pipeline) => {
            format!("pipeline #{id} ({} at {})", pipeline.ref_name, pipeline.sha.chars().take(8).collect::<String>())
        }
        None => format!("pipeline #{id}"),
    })
}
