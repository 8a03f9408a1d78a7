//! What one reported finding changes: the new pair, the entry of the history that says why, the numbers
//! (ingestion design, section 4.3). Pure.
//!
//! Must not know: the store's tables, threads.

use super::draft::Draft;
use crate::domain::finding::{EventKind, MatchEvidence, Matched, VulnerabilityEvent};
use crate::domain::identity;
use crate::domain::pipeline::Pipeline;
use crate::domain::scan::{Message, Scan};
use crate::domain::triage::{StateTransition, automatic};
use crate::store::findings::{Change, Pair};
use casemate_shared::VulnerabilityState;

/// Most warnings of a scan about what was inherited by weak evidence; the events tell all.
const MOST_WARNINGS: usize = 20;
/// Kind of those warnings.
pub const MATCHING: &str = "Matching";

/// The change that a draft makes. `old` is what is stored, `evidence` how they were matched.
pub fn change(
    draft: Draft,
    old: Option<Pair>,
    evidence: Option<MatchEvidence>,
    pipeline: &Pipeline,
    scan: &mut Scan,
    now: i64,
) -> Change {
    let mut event = VulnerabilityEvent::new(EventKind::Detected, pipeline.id, scan.id, now);
    let Some(old) = old else {
        scan.tally.new += 1;
        return Change { new: draft.create(pipeline, now), event: Some(event), old: None };
    };
    let was = &old.vulnerability;
    let evidence = evidence.unwrap_or(MatchEvidence::Uuid);
    match standing(was.present_on_default_branch, was.resolved_on_default_branch, was.state) {
        Standing::New => scan.tally.new += 1,
        Standing::Again => {
            scan.tally.redetected += 1;
            event.kind = EventKind::DetectedAgain;
        }
        Standing::Known => event.kind = EventKind::Changed(evidence),
    }
    event.matched = matched(&draft, &old, evidence);
    warn(scan, was.id, was.state, evidence);
    let new = draft.update(&old, pipeline, now);
    Change { event: Some(event), new, old: Some(old) }
}

/// What a finding that is reported is to the default branch.
pub enum Standing {
    /// It does not have it.
    New,
    /// It had been resolved or no longer detected.
    Again,
    /// It has it.
    Known,
}

/// What a stored finding was to the default branch before it was reported.
pub fn standing(is_present: bool, is_gone: bool, state: VulnerabilityState) -> Standing {
    match state {
        _ if !is_present => Standing::New,
        _ if is_gone => Standing::Again,
        VulnerabilityState::Resolved => Standing::Again,
        VulnerabilityState::Detected | VulnerabilityState::Confirmed | VulnerabilityState::Dismissed => Standing::Known,
    }
}

/// What is to be told about a match by less than the identity.
fn matched(draft: &Draft, old: &Pair, evidence: MatchEvidence) -> Option<Matched> {
    if evidence == MatchEvidence::Uuid {
        return None;
    }
    let was = &old.vulnerability;
    let is_set = was.state != VulnerabilityState::Detected;
    Some(Matched {
        evidence,
        computed_uuid: draft.computed_uuid,
        stored_uuid: old.finding.uuid,
        identifier: if evidence == MatchEvidence::Identifier {
            draft.identifier_of(&old.finding.uuid, old.finding.project_id).unwrap_or_default()
        } else {
            String::new()
        },
        is_apart: false,
        inherited: is_set.then_some(was.state),
    })
}

/// A dismissal is never inherited in silence: the answer to the upload says so too.
pub fn warn(scan: &mut Scan, vulnerability: u64, state: VulnerabilityState, evidence: MatchEvidence) {
    let is_set = matches!(state, VulnerabilityState::Dismissed | VulnerabilityState::Confirmed);
    if !is_set || evidence == MatchEvidence::Uuid {
        return;
    }
    let told = scan.warnings.iter().filter(|warning| warning.kind == MATCHING).count();
    if told < MOST_WARNINGS {
        let text = format!(
            "vulnerability {} stays {}: its finding was matched by {}, not by its identity",
            vulnerability,
            state.as_str(),
            evidence_text(evidence)
        );
        scan.warnings.push(Message::new(MATCHING, text));
    }
}

fn evidence_text(evidence: MatchEvidence) -> String {
    match evidence {
        MatchEvidence::Uuid => "its identity".to_owned(),
        MatchEvidence::Signature(algorithm) => format!("an equal {} signature", identity::algorithm_name(algorithm)),
        MatchEvidence::Location => "its place".to_owned(),
        MatchEvidence::Identifier => "another identifier".to_owned(),
    }
}

/// What was resolved and is reported again needs triage again: one transition for each, without an author.
pub fn redetections(changes: &[Change], pipeline: &Pipeline, now: i64) -> Vec<StateTransition> {
    let (from, to) = (VulnerabilityState::Resolved, VulnerabilityState::Detected);
    let redetected = changes.iter().filter(|change| {
        let was = change.old.as_ref().map(|old| old.vulnerability.state);
        was == Some(from) && change.new.vulnerability.state == to
    });
    let comment = format!("redetected in pipeline {}", pipeline.id);
    redetected.map(|change| automatic(change.new.vulnerability.id, from, to, comment.clone(), pipeline.id, now)).collect()
}
