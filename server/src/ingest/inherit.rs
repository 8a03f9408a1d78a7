//! Take-over by other identifiers (ingestion design, section 2.7): a new analyzer's finding names, beside its
//! own rule, the identifier that an older analyzer knew the same place by. Then the stored finding gets the
//! new identity and keeps its history.
//!
//! Must not know: reports. Only clear pairs: where two findings claim one, or one could take several, all stay
//! as they are, and say so.

use super::draft::{self, Draft, Source};
use super::{IngestError, Room};
use crate::domain::finding::{MatchEvidence, Matched};
use crate::domain::identity;
use crate::domain::pipeline::Pipeline;
use crate::domain::scan::{ListEntry, Scan};
use crate::domain::tape::Tape;
use crate::store::findings::Known;
use crate::store::{ReadTx, StoreError, bodies, findings, records};
use rayon::prelude::*;
use std::collections::HashMap;

/// Scanners whose findings may take over what others found.
const HEIRS: [&str; 3] = ["semgrep", "gitleaks", "gitlab-advanced-sast"];
/// Findings that are looked at together.
const SLICE: usize = 50;

/// A stored finding that an incoming one may take over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heritage {
    /// Identity of the stored finding.
    pub stored_uuid: [u8; 16],
    /// Identifier that it was known by, `type:value`.
    pub identifier: String,
}

/// What becomes of findings that are not stored under their own identity.
#[derive(Default)]
pub struct Inheritance {
    clear: HashMap<[u8; 16], Heritage>,
    unclear: HashMap<[u8; 16], Heritage>,
}

impl Inheritance {
    /// What this finding takes over.
    pub fn of(&self, uuid: &[u8; 16]) -> Option<&Heritage> {
        self.clear.get(uuid)
    }

    /// Why this finding takes nothing over although it could.
    pub fn apart(&self, uuid: &[u8; 16]) -> Option<Matched> {
        self.unclear.get(uuid).map(|heritage| Matched {
            evidence: MatchEvidence::Identifier,
            computed_uuid: *uuid,
            stored_uuid: heritage.stored_uuid,
            identifier: heritage.identifier.clone(),
            is_apart: true,
            inherited: None,
        })
    }
}

/// Finds what the findings of a scan take over. `entries` are in order of uuid. Looked at before anything of
/// the scan is stored; where that was begun before, what it stored then is looked at again.
///
/// # Errors
/// When the store fails.
pub fn find(room: &Room, pipeline: &Pipeline, scan: &Scan, entries: &[ListEntry]) -> Result<Inheritance, IngestError> {
    let rtx = room.store.read()?;
    if !may_inherit(&rtx, scan)? || !findings::has_any(&rtx, scan.project_id, scan.report_type)? {
        return Ok(Inheritance::default());
    }
    let look = |slice: &[ListEntry]| slice_claims(&rtx, pipeline, scan, entries, slice);
    let claims: Vec<Vec<Claim>> = entries.par_chunks(SLICE).map(look).collect::<Result<_, _>>()?;
    let claims: Vec<Claim> = claims.into_iter().flatten().collect();
    let mut claimants: HashMap<[u8; 16], usize> = HashMap::new();
    for (_, heritages) in &claims {
        heritages.iter().for_each(|heritage| *claimants.entry(heritage.stored_uuid).or_default() += 1);
    }
    let mut answer = Inheritance::default();
    for (uuid, mut heritages) in claims {
        let is_clear = heritages.len() == 1 && claimants.get(&heritages[0].stored_uuid) == Some(&1);
        let place = if is_clear { &mut answer.clear } else { &mut answer.unclear };
        place.insert(uuid, heritages.remove(0));
    }
    Ok(answer)
}

fn may_inherit(rtx: &ReadTx, scan: &Scan) -> Result<bool, StoreError> {
    for id in &scan.scanner_ids {
        let name = records::find_scanner(rtx, *id)?.map(|scanner| scanner.external_id);
        if name.is_some_and(|name| HEIRS.contains(&name.as_str())) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// An incoming finding and what it could take over; never empty.
type Claim = ([u8; 16], Vec<Heritage>);

fn slice_claims(
    rtx: &ReadTx,
    pipeline: &Pipeline,
    scan: &Scan,
    all: &[ListEntry],
    slice: &[ListEntry],
) -> Result<Vec<Claim>, StoreError> {
    let uuids: Vec<[u8; 16]> = slice.iter().map(|entry| entry.uuid).collect();
    let known = findings::known(rtx, scan.project_id, &uuids)?;
    let mut fresh = Vec::new();
    for (entry, known) in slice.iter().zip(known) {
        if is_fresh(rtx, pipeline, scan, known)? {
            fresh.push(*entry);
        }
    }
    let ids: Vec<u64> = fresh.iter().map(|entry| entry.body_id).collect();
    // One that can't be read fails its slice later, and says so there.
    let Ok(bodies) = bodies::get_bare_bodies(rtx, &ids) else { return Ok(Vec::new()) };
    let mut tape = Tape::default();
    let mut claims = Vec::new();
    for (entry, body) in fresh.iter().zip(&bodies) {
        let Ok(draft) = draft::build(&Source { body, uuid: entry.uuid, severity: entry.severity }, &mut tape) else { continue };
        let heritages = heritages(rtx, scan, all, &draft)?;
        if !heritages.is_empty() {
            claims.push((entry.uuid, heritages));
        }
    }
    Ok(claims)
}

/// Whether a finding was not stored before this pipeline. One that a run that was cut off has stored claims
/// what it claimed then.
fn is_fresh(rtx: &ReadTx, pipeline: &Pipeline, scan: &Scan, known: Option<Known>) -> Result<bool, StoreError> {
    let Some(known) = known else { return Ok(true) };
    if scan.tally.new == 0 {
        return Ok(false);
    }
    Ok(findings::find_finding(rtx, known.finding_id)?.is_some_and(|finding| finding.initial_pipeline_id == pipeline.id))
}

/// Stored findings that this one names by another identifier, at its place or by its best signature. One that
/// the scan reports itself is none.
fn heritages(rtx: &ReadTx, scan: &Scan, all: &[ListEntry], draft: &Draft) -> Result<Vec<Heritage>, StoreError> {
    let wanted = draft.other_identities(scan.project_id);
    let uuids: Vec<[u8; 16]> = wanted.iter().map(|(uuid, _)| *uuid).collect();
    let mut found: Vec<Heritage> = Vec::new();
    for ((uuid, identifier), known) in wanted.iter().zip(findings::known(rtx, scan.project_id, &uuids)?) {
        let is_reported = all.binary_search_by_key(uuid, |entry| entry.uuid).is_ok();
        if known.is_some() && !is_reported && !found.iter().any(|other| other.stored_uuid == *uuid) {
            found.push(Heritage { stored_uuid: *uuid, identifier: identifier.clone() });
        }
    }
    Ok(found)
}

/// The stored finding that a new one shares a signature with, without being it: several carry the signature,
/// or another finding of the report took it. Those of this very pipeline don't count.
///
/// # Errors
/// When the store fails.
pub fn shares_signature(rtx: &ReadTx, pipeline: &Pipeline, draft: &Draft) -> Result<Option<Matched>, StoreError> {
    for signature in draft.signatures() {
        for id in findings::findings_with_signature(rtx, pipeline.project_id, signature, 2)? {
            let Some(finding) = findings::find_finding(rtx, id)? else { continue };
            let primary = records::find_identifier(rtx, finding.primary_identifier_id)?.map(|row| row.fingerprint);
            let is_alike = draft.is_of(finding.report_type, finding.scanner_id)
                && primary == draft.identifiers.first().map(|identifier| identifier.fingerprint);
            if is_alike && finding.initial_pipeline_id != pipeline.id && finding.uuid != draft.uuid {
                return Ok(Some(Matched {
                    evidence: MatchEvidence::Signature(signature.0),
                    computed_uuid: draft.computed_uuid,
                    stored_uuid: finding.uuid,
                    identifier: String::new(),
                    is_apart: true,
                    inherited: None,
                }));
            }
        }
    }
    Ok(None)
}

/// Text of an identity's identifier.
pub(super) fn named(kind: &str, value: &str) -> String {
    format!("{kind}:{value}")
}

/// Whether an identifier only classifies: nobody is known by it (ingestion design, section 2.7).
pub(super) fn classifies(kind: &str) -> bool {
    ["cwe", "owasp", "wasc"].iter().any(|known| kind.eq_ignore_ascii_case(known))
}

impl Draft {
    /// Every identity that it would have if another of its identifiers came first: at its plain place, and by
    /// its best signature; with the identifier, `type:value`.
    fn other_identities(&self, project: u64) -> Vec<([u8; 16], String)> {
        let plain = identity::location_fingerprint(&[], &self.location_sha());
        let best = self.signatures().first().map(identity::signature_text);
        let mut all = Vec::new();
        for identifier in self.identifiers.iter().filter(|identifier| !classifies(&identifier.external_type)) {
            for place in std::iter::once(&plain).chain(&best) {
                let uuid = identity::finding_uuid(self.report_type(), &identifier.fingerprint, place, project);
                if uuid != self.uuid && uuid != self.computed_uuid {
                    all.push((uuid, named(&identifier.external_type, &identifier.external_id)));
                }
            }
        }
        all
    }
}
