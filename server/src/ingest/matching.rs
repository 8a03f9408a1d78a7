//! Matches a report's findings with stored ones by signature or place, before they are stored
//! (ingestion design, section 2.6), and finds repetitions inside a pipeline (sections 2.5, 3.2, 3.3).
//!
//! Must not know: reports' texts.

use super::examine::{Candidate, Examined};
use super::inherit;
use super::lookup::in_parts;
use crate::domain::finding::{MatchEvidence, Scanner, VulnerabilityFinding};
use crate::domain::identity::FindingKey;
use crate::domain::scan::Tool;
use crate::store::findings::Known;
use crate::store::{Reads, StoreError, findings, last_reports, records};
use casemate_shared::ReportType;
use rayon::prelude::*;
use std::collections::{HashMap, HashSet};

/// Stored findings of one signature or place that are looked at. Real ones share it with a few others at
/// most; a hostile report could give all its findings the same.
const MOST_LOOKED_AT: usize = 100;

/// A candidate with the identity it is stored under.
#[derive(Debug, Clone)]
pub struct Matched {
    /// The candidate.
    pub candidate: Candidate,
    /// Identity: computed, or taken over.
    pub uuid: [u8; 16],
    /// By which evidence it was taken over.
    pub taken_over_by: Option<MatchEvidence>,
}

/// Gives each candidate its identity. Only reports with signatures are matched beyond the UUID.
/// Answers in their order.
///
/// # Errors
/// When the store fails.
pub fn take_over(
    tx: &(impl Reads + Sync),
    project: u64,
    report_type: ReportType,
    examined: &mut Examined,
) -> Result<Vec<Matched>, StoreError> {
    let candidates = std::mem::take(&mut examined.candidates);
    let tools = &examined.tools;
    let stored = || Stored { tx, project, report_type, tools, scanners: HashMap::new(), fingerprints: HashMap::new() };
    let has_signatures = candidates.iter().any(|candidate| !candidate.identity.signatures.is_empty());
    let has_heirs = tools.iter().any(inherit::is_heir);
    // Most projects begin with a large report and nothing to match it with.
    let is_first = last_reports::matching(tx, project)? == 0;
    let found: Vec<Option<Found>> = if (has_signatures || has_heirs) && !is_first {
        let are_known = are_known(tx, project, &candidates)?;
        let find = |stored: &mut Stored<'_, _>, (candidate, is_known): (&Candidate, bool)| {
            if is_known { Ok(None) } else { stored.find(candidate) }
        };
        candidates.par_iter().zip(are_known).map_init(stored, find).collect::<Result<_, _>>()?
    } else {
        vec![None; candidates.len()]
    };
    let mut claimed: HashSet<[u8; 16]> = candidates.iter().map(|candidate| candidate.identity.uuid).collect();
    let claim = |(candidate, found): (Candidate, Option<Found>)| {
        // First come, first served; one that is M already has claimed itself. Two that claim one by another
        // identifier share place and identifier: the second repeats the first.
        let taken = found.filter(|(uuid, _)| claimed.insert(*uuid));
        let (uuid, taken_over_by) = taken.map_or((candidate.identity.uuid, None), |(uuid, evidence)| (uuid, Some(evidence)));
        Matched { candidate, uuid, taken_over_by }
    };
    Ok(candidates.into_iter().zip(found).map(claim).collect())
}

/// What is stored under identities, which are best given in the order of the keys; many are looked up at a time.
///
/// # Errors
/// When the store fails.
pub fn known(tx: &(impl Reads + Sync), project: u64, uuids: &[[u8; 16]]) -> Result<Vec<Option<Known>>, StoreError> {
    in_parts(uuids, |part| findings::known(tx, project, part))
}

/// Whether each candidate's own identity is stored.
fn are_known(tx: &(impl Reads + Sync), project: u64, candidates: &[Candidate]) -> Result<Vec<bool>, StoreError> {
    let mut by_uuid: Vec<([u8; 16], usize)> =
        candidates.iter().enumerate().map(|(place, candidate)| (candidate.identity.uuid, place)).collect();
    by_uuid.par_sort_unstable();
    let uuids: Vec<[u8; 16]> = by_uuid.iter().map(|(uuid, _)| *uuid).collect();
    let mut are_known = vec![false; candidates.len()];
    for ((_, place), found) in by_uuid.iter().zip(known(tx, project, &uuids)?) {
        are_known[*place] = found.is_some();
    }
    Ok(are_known)
}

/// The identity of a stored finding, and by what it was found.
type Found = ([u8; 16], MatchEvidence);

/// What the store has to match with.
struct Stored<'a, R: Reads> {
    tx: &'a R,
    project: u64,
    report_type: ReportType,
    tools: &'a [Tool],
    scanners: HashMap<u32, Option<Scanner>>,
    /// Fingerprints of identifiers by their ids; the findings of a report share a few rules.
    fingerprints: HashMap<u64, Option<[u8; 20]>>,
}

impl<R: Reads> Stored<'_, R> {
    /// The one stored finding that the best evidence points to, of a candidate whose own identity is not stored:
    /// that is better than any evidence. Where several are meant none is taken.
    fn find(&mut self, candidate: &Candidate) -> Result<Option<Found>, StoreError> {
        let is_heir = self.tools.get(candidate.tool as usize).is_some_and(inherit::is_heir);
        let has_signatures = !candidate.identity.signatures.is_empty();
        if !(has_signatures || is_heir) {
            return Ok(None);
        }
        if has_signatures {
            let (found, is_unclear) = self.by_signature_or_place(candidate)?;
            if found.is_some() || is_unclear {
                return Ok(found);
            }
        }
        if !is_heir {
            return Ok(None);
        }
        let identity = &candidate.identity;
        let names = identity.names.iter().copied();
        let heritage = inherit::heritage(
            self.tx,
            self.project,
            self.report_type,
            names,
            &identity.signatures,
            &identity.location_sha,
            &identity.uuid,
        )?;
        Ok(only(&heritage).map(|uuid| (uuid, MatchEvidence::Identifier)))
    }

    /// What the best evidence points to, and whether it points to several.
    fn by_signature_or_place(&mut self, candidate: &Candidate) -> Result<(Option<Found>, bool), StoreError> {
        for signature in candidate.identity.signatures.iter() {
            let ids = findings::findings_with_signature(self.tx, self.project, signature, MOST_LOOKED_AT)?;
            let found = self.acceptable(candidate, ids)?;
            if !found.is_empty() {
                return Ok((only(&found).map(|uuid| (uuid, MatchEvidence::Signature(signature.0))), found.len() > 1));
            }
        }
        let ids =
            findings::findings_at(self.tx, self.project, self.report_type, &candidate.identity.location_sha, MOST_LOOKED_AT)?;
        let found = self.acceptable(candidate, ids)?;
        Ok((only(&found).map(|uuid| (uuid, MatchEvidence::Location)), found.len() > 1))
    }

    fn acceptable(&mut self, candidate: &Candidate, ids: Vec<u64>) -> Result<Vec<[u8; 16]>, StoreError> {
        let mut found = Vec::new();
        for id in ids {
            found.extend(self.accept(candidate, id)?);
        }
        Ok(found)
    }

    /// The stored finding's identity, if primary identifier and scanner are the same.
    fn accept(&mut self, candidate: &Candidate, id: u64) -> Result<Option<[u8; 16]>, StoreError> {
        let Some(finding): Option<VulnerabilityFinding> = findings::find_finding(self.tx, id)? else { return Ok(None) };
        let scanner = self.scanner(candidate.tool)?;
        if finding.report_type != self.report_type || scanner != Some(finding.scanner_id) {
            return Ok(None);
        }
        let primary = self.fingerprint(finding.primary_identifier_id)?;
        if primary != Some(candidate.identity.primary) {
            return Ok(None);
        }
        let known = findings::known(self.tx, self.project, &[finding.uuid])?;
        Ok(known.iter().flatten().any(Known::stands).then_some(finding.uuid))
    }

    fn fingerprint(&mut self, identifier: u64) -> Result<Option<[u8; 20]>, StoreError> {
        if let Some(known) = self.fingerprints.get(&identifier) {
            return Ok(*known);
        }
        let found = records::find_identifier(self.tx, identifier)?.map(|identifier| identifier.fingerprint);
        self.fingerprints.insert(identifier, found);
        Ok(found)
    }

    fn scanner(&mut self, tool: u32) -> Result<Option<u64>, StoreError> {
        if !self.scanners.contains_key(&tool) {
            let found = match self.tools.get(tool as usize) {
                Some(tool) => records::find_scanner_by_external_id(self.tx, self.project, &tool.external_id)?,
                None => None,
            };
            self.scanners.insert(tool, found);
        }
        Ok(self.scanners.get(&tool).and_then(Option::as_ref).map(|scanner| scanner.id))
    }
}

fn only(found: &[[u8; 16]]) -> Option<[u8; 16]> {
    match found {
        [one] => Some(*one),
        _ => None,
    }
}

/// Place of a scanner in the order of artifacts; lower goes first (ingestion design, section 3.2).
pub fn scanner_order(tool: Option<&Tool>) -> (u32, String, String, String) {
    let Some(tool) = tool else { return (u32::MAX, "\u{10ffff}".to_owned(), String::new(), String::new()) };
    let order = match tool.external_id.as_str() {
        "bundler_audit" | "bandit" | "spotbugs" => 1,
        "retire.js" | "semgrep" => 2,
        "gemnasium" | "gemnasium-maven" | "gemnasium-python" => 3,
        "gitlab-sbom-vulnerability-scanner" => 4,
        _ => u32::MAX - 1,
    };
    (order, tool.external_id.clone(), tool.name.clone(), tool.vendor.clone())
}

/// One artifact's findings after repetitions are taken out.
#[derive(Debug, Default)]
pub struct Deduplicated {
    /// Stored as findings.
    pub unique: Vec<Matched>,
    /// Repeat one of an earlier artifact of the type; stored apart.
    pub repeated: Vec<Matched>,
    /// Repeated one of the same artifact; counted, not stored.
    pub dropped: u64,
}

/// Takes repetitions out of one artifact: of those that share a key, the first one in the order of [`scanner_order`]
/// stays. Answers those that stay, in that order, and how many others there were. Done before identities are taken
/// over: one that goes anyway must take none away from one that stays.
pub fn without_repetitions(mut candidates: Vec<Candidate>, tools: &[Tool]) -> (Vec<Candidate>, u64) {
    if tools.len() > 1 {
        candidates.sort_by_cached_key(|candidate| scanner_order(tools.get(candidate.tool as usize)));
    }
    let (count, mut number) = (candidates.len(), 0);
    // Without a set of all keys, of which a finding has several.
    let sharing = sharing(&candidates);
    let mut own: HashSet<FindingKey> = HashSet::new();
    candidates.retain(|candidate| {
        number += 1;
        if !sharing.contains(&(number - 1)) {
            return true;
        }
        let is_new = !candidate.identity.keys().any(|key| own.contains(&key));
        if is_new {
            own.extend(candidate.identity.keys());
        }
        is_new
    });
    let dropped = (count - candidates.len()) as u64;
    (candidates, dropped)
}

/// Takes out what repeats an earlier artifact of the pipeline. `seen` is shared by the artifacts of one report type,
/// which come in the order of [`scanner_order`]. Inside each of them nothing repeats ([`without_repetitions`]).
pub fn deduplicate(matched: Vec<Matched>, seen: &mut HashSet<FindingKey>) -> Deduplicated {
    let mut answer = Deduplicated::default();
    for entry in matched {
        if keys(&entry).any(|key| seen.contains(&key)) {
            answer.repeated.push(entry);
        } else {
            answer.unique.push(entry);
        }
    }
    seen.extend(answer.unique.iter().flat_map(keys));
    answer
}

/// Keys of a finding. One that took an identity over is known by its computed one as well: another
/// artifact may report it without having found the stored one.
fn keys(entry: &Matched) -> impl Iterator<Item = FindingKey> + '_ {
    entry.candidate.identity.keys().chain(entry.taken_over_by.map(|_| entry.uuid))
}

/// Places of the candidates that share a key with another, and perhaps a few more. Keys are hashes, so they are
/// looked at in a few parts by their first bits.
fn sharing(candidates: &[Candidate]) -> HashSet<usize> {
    const PARTS: u8 = 8;
    let of_part = |part: u8| {
        let mut found: Vec<(u64, u32)> = Vec::new();
        for (place, candidate) in (0..).zip(candidates) {
            let starts =
                candidate.identity.keys().map(|key| key.iter().take(8).fold(0, |start, byte| start << 8 | u64::from(*byte)));
            found.extend(starts.filter(|start| start % u64::from(PARTS) == u64::from(part)).map(|start| (start, place)));
        }
        found.sort_unstable();
        let both = found.windows(2).filter(|two| two[0].0 == two[1].0 && two[0].1 != two[1].1);
        both.flat_map(|two| [two[0].1 as usize, two[1].1 as usize]).collect::<Vec<usize>>()
    };
    let parts: Vec<Vec<usize>> = (0..PARTS).into_par_iter().map(of_part).collect();
    parts.into_iter().flatten().collect()
}

#[cfg(test)]
#[path = "matching_tests.rs"]
mod tests;
