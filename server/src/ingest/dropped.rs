//! Dropped rules (ingestion design, section 5.4): where a report lists every rule that its scanner has, what
//! is no longer detected and was found by a rule that is not among them is resolved, with the reason.
//!
//! Must not know: reports. Done after marking, in commit groups; what was done is not done twice.

use super::pace::in_groups;
use super::verdict::Verdict;
use super::{IngestError, Room, killpoint};
use crate::domain::finding::{Decided, Identifier};
use crate::domain::identity;
use crate::domain::pipeline::Pipeline;
use crate::domain::scan::RuleSet;
use crate::domain::triage::automatic;
use crate::store::findings::{Change, Pair};
use crate::store::{Reads, StoreError, WriteTx, findings, records, scans, transitions, undo};
use casemate_shared::VulnerabilityState;
use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap, HashSet};

/// Vulnerabilities of one commit group; few in tests, so that small reports have several.
const GROUP: usize = if cfg!(test) { 10 } else { 1_000 };

/// The rules of a report; none when it lists none.
pub fn rule_set(scan_id: u64, rules: &[(String, String)]) -> Option<RuleSet> {
    let types: BTreeSet<&String> = rules.iter().map(|(kind, _)| kind).collect();
    let fingerprints: BTreeSet<[u8; 20]> =
        rules.iter().map(|(kind, value)| identity::identifier_fingerprint(kind, value)).collect();
    let types = types.into_iter().cloned().collect();
    (!rules.is_empty()).then(|| RuleSet { scan_id, types, fingerprints: fingerprints.into_iter().collect() })
}

/// Resolves what was found by rules that the verdict's scanner has no more. Nothing without proof, and
/// nothing where one of its scans lists no rules.
///
/// # Errors
/// When the store fails.
pub fn resolve(room: &Room, pipeline: &Pipeline, verdict: &Verdict<'_>) -> Result<(), IngestError> {
    if verdict.reason.is_some() {
        return Ok(());
    }
    let rtx = room.store.read()?;
    let Some(rules) = Rules::read(&rtx, verdict)? else { return Ok(()) };
    let gone = findings::no_longer_detected(&rtx, pipeline.project_id, verdict.scanner_id, verdict.report_type)?;
    let untriaged: Vec<u64> =
        gone.into_iter().filter(|(_, state)| *state == VulnerabilityState::Detected).map(|(id, _)| id).collect();
    let dropped = rules.found(&rtx, &untriaged)?;
    drop(rtx);
    let resolve = |wtx: &mut WriteTx, group: &[u64]| resolve_group(wtx, pipeline, &rules, group, room.clock.now());
    Ok(in_groups(room, GROUP, &dropped, resolve, || killpoint::pass("after-dropped"))?)
}

/// All rules of the scans of one scanner together.
struct Rules {
    types: HashSet<String>,
    fingerprints: HashSet<[u8; 20]>,
}

impl Rules {
    fn read(tx: &impl Reads, verdict: &Verdict<'_>) -> Result<Option<Rules>, StoreError> {
        let mut all = Rules { types: HashSet::new(), fingerprints: HashSet::new() };
        for scan in &verdict.scans {
            let Some(rules) = scans::find_rules(tx, scan.id)? else { return Ok(None) };
            all.types.extend(rules.types);
            all.fingerprints.extend(rules.fingerprints);
        }
        Ok(Some(all))
    }

    /// The rule that found something, if the scanner has it no more.
    fn dropped(&self, tx: &impl Reads, pair: &Pair) -> Result<Option<Identifier>, StoreError> {
        let rule = records::find_identifier(tx, pair.finding.primary_identifier_id)?;
        Ok(rule.filter(|rule| self.types.contains(&rule.external_type) && !self.fingerprints.contains(&rule.fingerprint)))
    }

    /// Which vulnerabilities were found by rules that the scanner has no more. A rule finds many.
    fn found(&self, tx: &impl Reads, vulnerabilities: &[u64]) -> Result<Vec<u64>, StoreError> {
        let (mut known, mut found) = (HashMap::new(), Vec::new());
        for group in vulnerabilities.chunks(GROUP) {
            for pair in findings::find_pairs(tx, group)? {
                let is_dropped = match known.entry(pair.finding.primary_identifier_id) {
                    Entry::Occupied(known) => *known.get(),
                    Entry::Vacant(unknown) => *unknown.insert(self.dropped(tx, &pair)?.is_some()),
                };
                found.extend(is_dropped.then_some(pair.vulnerability.id));
            }
        }
        Ok(found)
    }
}

fn resolve_group(wtx: &mut WriteTx, pipeline: &Pipeline, rules: &Rules, group: &[u64], now: i64) -> Result<(), StoreError> {
    let mut changes = Vec::with_capacity(group.len());
    // Looked at again under the writer: somebody may have acted on one since.
    for old in findings::find_pairs(wtx, group)? {
        let (id, was) = (old.vulnerability.id, &old.vulnerability);
        if was.state != VulnerabilityState::Detected || !was.resolved_on_default_branch {
            continue;
        }
        let Some(rule) = rules.dropped(wtx, &old)? else { continue };
        let comment = format!(
            "the rule {} ({}:{}) is not among the rules that the scanner listed in pipeline {}",
            rule.name, rule.external_type, rule.external_id, pipeline.id
        );
        let (from, to) = (VulnerabilityState::Detected, VulnerabilityState::Resolved);
        transitions::append(wtx, automatic(id, from, to, comment, pipeline.id, now))?;
        let mut new = old.clone();
        new.vulnerability.state = to;
        new.vulnerability.resolved = Decided { by: None, at: Some(now) };
        new.vulnerability.updated_at = now;
        changes.push(Change { old: Some(old), new, event: None });
    }
    undo::note_changes(wtx, pipeline.id, &changes)?;
    findings::put(wtx, pipeline.project_id, changes).map(|_| ())
}
