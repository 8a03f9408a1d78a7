//! The history of a vulnerability in sentences: what was decided about it and what people did, in one order.
//! Must not know: how decisions are taken.

use super::reasons::pipeline_text;
use super::vulnerabilities::Frame;
use crate::clock::iso;
use crate::domain::finding::{EventKind, MatchEvidence, Matched, VulnerabilityEvent};
use crate::domain::identity;
use crate::domain::triage::StateTransition;
use crate::store::findings::Pair;
use crate::store::{StoreError, accounts, coverage, findings, records, scans, transitions};
use casemate_shared::VulnerabilityState;
use casemate_shared::api::vulnerability::{self as wire, Reason};

/// Most characters of a comment inside a sentence; the transition has all of it.
const COMMENT_CHARS: usize = 500;

/// Everything, oldest first.
///
/// # Errors
/// When the store fails.
pub fn history(frame: &Frame<'_>, pair: &Pair) -> Result<Vec<Reason>, StoreError> {
    let id = pair.vulnerability.id;
    let (mut told, mut heard) = (Vec::new(), Vec::new());
    for (number, event) in findings::numbered_events(frame.rtx, id)? {
        let newer = overtaken_by(&event, &mut heard);
        told.push((number, reason(frame, pair, &event, newer)?));
        if let Some(matched) = event.matched.as_ref().filter(|matched| matched.is_apart) {
            told.push((number, apart(frame, &event, matched)?));
        }
    }
    for transition in transitions::of_vulnerability(frame.rtx, id)? {
        told.push((transition.id, changed_state(frame, &transition)?));
    }
    told.sort_by_key(|(number, _)| *number);
    Ok(told.into_iter().map(|(_, reason)| reason).collect())
}

/// The newer pipeline that had its say before an event, if the event is a report of an older one that ended
/// late. `heard` are the pipelines that had their say and were not taken back.
fn overtaken_by(event: &VulnerabilityEvent, heard: &mut Vec<u64>) -> Option<u64> {
    let is_report = matches!(event.kind, EventKind::DetectedAgain | EventKind::Changed(_));
    let newer = heard.iter().copied().max().filter(|newest| is_report && *newest > event.pipeline_id);
    match event.kind {
        EventKind::ImportUndone => heard.retain(|id| *id != event.pipeline_id),
        EventKind::Recorded => {}
        EventKind::Detected | EventKind::NoLongerDetected | EventKind::DetectedAgain | EventKind::Changed(_) => {
            heard.push(event.pipeline_id);
        }
    }
    newer
}

/// The changes of state on the wire, oldest first.
///
/// # Errors
/// When the store fails.
pub fn state_transitions(frame: &Frame<'_>, vulnerability: u64) -> Result<Vec<wire::StateTransition>, StoreError> {
    let mut rows = Vec::new();
    for row in transitions::of_vulnerability(frame.rtx, vulnerability)? {
        let author = match row.author_id {
            Some(id) => super::access::brief(frame.rtx, id, frame.origin)?,
            None => None,
        };
        rows.push(wire::StateTransition {
            id: row.id,
            from_state: row.from_state,
            to_state: row.to_state,
            author,
            comment: row.comment,
            dismissal_reason: row.dismissal_reason,
            pipeline_id: row.pipeline_id,
            created_at: iso(row.created_at),
        });
    }
    Ok(rows)
}

fn changed_state(frame: &Frame<'_>, row: &StateTransition) -> Result<Reason, StoreError> {
    let author = match row.author_id {
        Some(id) => accounts::find_user(frame.rtx, id)?.map_or_else(|| format!("user {id}"), |user| user.name),
        None => "Casemate".to_owned(),
    };
    let mut text = format!("{author} changed it from {} to {}", row.from_state.label(), row.to_state.label());
    if let Some(reason) = row.dismissal_reason {
        text.push_str(&format!(" ({})", reason.label().to_lowercase()));
    }
    match &row.comment {
        Some(comment) => text.push_str(&format!(": {}", super::entries::cut(comment, COMMENT_CHARS))),
        None => text.push('.'),
    }
    let decision = "state_changed".to_owned();
    Ok(Reason { decision, text, pipeline_id: row.pipeline_id, at: Some(iso(row.created_at)) })
}

fn reason(frame: &Frame<'_>, pair: &Pair, event: &VulnerabilityEvent, newer: Option<u64>) -> Result<Reason, StoreError> {
    let mut place = pipeline_text(frame, event.pipeline_id)?;
    if let Some(newer) = newer {
        place.push_str(&format!(", which is older than {} but ended after it", pipeline_text(frame, newer)?));
    }
    let matched = event.matched.as_ref().filter(|matched| !matched.is_apart);
    let how = matched.map(how).unwrap_or_default();
    let (decision, text) = match event.kind {
        EventKind::Detected => {
            ("new", format!("New in {place}: the default branch had no finding with {}.{how}", who(frame, pair)?))
        }
        EventKind::Changed(evidence) => {
            ("matched", format!("Matched in {place} by {}; the report's text, place or severity had changed.{how}", by(evidence)))
        }
        EventKind::NoLongerDetected => {
            let proof = proof(frame, pair, event)?;
            ("no_longer_detected", format!("No longer detected in {place}: {proof}"))
        }
        EventKind::ImportUndone => {
            ("import_undone", format!("What the import of {place} did was taken back: it is again as it was before that import."))
        }
        EventKind::DetectedAgain if newer.is_some() => {
            ("reported_by_older", format!("Open again, as it was reported in {place}.{how}"))
        }
        EventKind::DetectedAgain => ("detected_again", format!("Detected again in {place}.{how}")),
        EventKind::Recorded => {
            ("recorded", format!("Recorded from {place}: somebody acted on it before the default branch had it."))
        }
    };
    Ok(Reason { decision: decision.to_owned(), text, pipeline_id: Some(event.pipeline_id), at: Some(iso(event.at)) })
}

/// Both identities, and what came with the match.
fn how(matched: &Matched) -> String {
    let (computed, stored) = (identity::uuid_text(&matched.computed_uuid), identity::uuid_text(&matched.stored_uuid));
    let mut text = match matched.evidence {
        MatchEvidence::Uuid => String::new(),
        MatchEvidence::Identifier => {
            format!(" It was known by {}. The report's finding computes to {computed} and keeps {stored}.", matched.identifier)
        }
        _ => format!(" The report's finding computes to {computed} and keeps {stored}."),
    };
    if let Some(state) = matched.inherited.filter(|state| *state != VulnerabilityState::Resolved) {
        text.push_str(&format!(
            " Attention: it was {} before, and stays so although the match is by {}, not by identity.",
            state.label().to_lowercase(),
            evidence_name(matched.evidence)
        ));
    }
    text
}

fn apart(frame: &Frame<'_>, event: &VulnerabilityEvent, matched: &Matched) -> Result<Reason, StoreError> {
    let place = pipeline_text(frame, event.pipeline_id)?;
    let stored = identity::uuid_text(&matched.stored_uuid);
    let text = format!(
        "Kept apart in {place} from the finding {stored}: {} points to it too, but two findings claim one, or one could be several. No state was inherited.",
        evidence_name(matched.evidence)
    );
    Ok(Reason { decision: "kept_apart".to_owned(), text, pipeline_id: Some(event.pipeline_id), at: Some(iso(event.at)) })
}

fn evidence_name(evidence: MatchEvidence) -> String {
    match evidence {
        MatchEvidence::Uuid => "identity".to_owned(),
        MatchEvidence::Signature(algorithm) => format!("{} signature", identity::algorithm_name(algorithm)),
        MatchEvidence::Location => "place".to_owned(),
        MatchEvidence::Identifier => "another identifier".to_owned(),
    }
}

fn by(evidence: MatchEvidence) -> String {
    match evidence {
        MatchEvidence::Uuid => "identity (report type, primary identifier, place)".to_owned(),
        MatchEvidence::Signature(algorithm) => {
            format!("an equal tracking signature ({}), although its identity had changed", identity::algorithm_name(algorithm))
        }
        MatchEvidence::Location => "its place, as it now carries a tracking signature".to_owned(),
        MatchEvidence::Identifier => "another of its identifiers, which the stored finding was known by".to_owned(),
    }
}

/// What stands behind a mark.
fn proof(frame: &Frame<'_>, pair: &Pair, event: &VulnerabilityEvent) -> Result<String, StoreError> {
    let said = "a full, successful scan by the same scanner did not report it";
    let Some(scan) = scans::find_scan(frame.rtx, event.scan_id)? else { return Ok(format!("{said}.")) };
    let record = coverage::find_coverage(frame.rtx, &scan, event.pipeline_id, pair.finding.scanner_id)?;
    Ok(record.map_or_else(
        || format!("{said}."),
        |record| {
            let (known, reported, gone) = (record.candidates, record.reported, record.marked);
            format!("{said} (scan {}: {known} known, {reported} reported, {gone} gone).", scan.id)
        },
    ))
}

fn who(frame: &Frame<'_>, pair: &Pair) -> Result<String, StoreError> {
    let primary =
        records::find_identifier(frame.rtx, pair.finding.primary_identifier_id)?.map(|row| row.name).unwrap_or_default();
    let place = match pair.finding.signatures.first() {
        Some((algorithm, _)) => format!("this {} signature", identity::algorithm_name(*algorithm)),
        None => "this place".to_owned(),
    };
    Ok(format!("{primary} at {place}"))
}
