//! Take-over by other identifiers (ingestion design, section 2.7): a new analyzer's finding names, beside its
//! own rule, the identifier that an older analyzer knew the same place by. Then it is the stored finding.
//!
//! Must not know: reports. Only clear pairs: where two findings claim one, or one could be several, all stay
//! as they are, and say so. The stored identity stays, so that the old analyzer's next report finds it too, and
//! an import can be taken back.

use super::draft::Draft;
use crate::domain::finding::{MatchEvidence, Matched, Signature};
use crate::domain::identity;
use crate::domain::pipeline::Pipeline;
use crate::domain::scan::Tool;
use crate::store::{ReadTx, Reads, StoreError, findings, records};
use casemate_shared::ReportType;

/// Scanners whose findings may take over what others found.
const HEIRS: [&str; 3] = ["semgrep", "gitleaks", "gitlab-advanced-sast"];

/// Whether findings of a tool may take over what others found.
pub fn is_heir(tool: &Tool) -> bool {
    HEIRS.contains(&tool.external_id.as_str())
}

/// Stored findings that a finding would be if another of its identifiers (`names`, their fingerprints) came
/// first: at its plain place, or by its best signature. `own` is its own identity.
///
/// # Errors
/// When the store fails.
pub fn heritage(
    tx: &impl Reads,
    project: u64,
    report_type: ReportType,
    names: impl Iterator<Item = [u8; 20]>,
    signatures: &[Signature],
    location_sha: &[u8; 20],
    own: &[u8; 16],
) -> Result<Vec<[u8; 16]>, StoreError> {
    let plain = identity::location_fingerprint(&[], location_sha);
    let best = signatures.first().map(identity::signature_text);
    let mut found = Vec::new();
    for name in names {
        let places = std::iter::once(&plain).chain(&best);
        let mut uuids: Vec<[u8; 16]> = places.map(|place| identity::finding_uuid(report_type, &name, place, project)).collect();
        uuids.retain(|uuid| uuid != own && !found.contains(uuid));
        let known = findings::known(tx, project, &uuids)?;
        let stored: Vec<[u8; 16]> = uuids
            .into_iter()
            .zip(known)
            .filter(|(_, known)| known.is_some_and(|known| known.stands()))
            .map(|(uuid, _)| uuid)
            .collect();
        if !stored.is_empty() && !only_classifies(tx, project, &name)? {
            found.extend(stored);
        }
    }
    Ok(found)
}

/// Whether nobody is known by an identifier: it tells a class of flaws.
fn only_classifies(tx: &impl Reads, project: u64, name: &[u8; 20]) -> Result<bool, StoreError> {
    let Some(id) = records::find_identifier_id(tx, project, name)? else { return Ok(false) };
    Ok(records::find_identifier(tx, id)?.is_some_and(|row| classifies(&row.external_type)))
}

fn classifies(kind: &str) -> bool {
    ["cwe", "owasp", "wasc"].iter().any(|known| kind.eq_ignore_ascii_case(known))
}

/// The stored finding that a new one could have been, but not clearly: several carry its signature or were
/// known by its identifiers, or another finding took it. Those of this very pipeline don't count. The draft has
/// to tell all its identifiers.
///
/// # Errors
/// When the store fails.
pub fn apart(rtx: &ReadTx, pipeline: &Pipeline, draft: &Draft, is_heir: bool) -> Result<Option<Matched>, StoreError> {
    if let Some((stored, signature)) = shares_signature(rtx, pipeline, draft)? {
        return Ok(Some(draft.apart_from(stored, MatchEvidence::Signature(signature), String::new())));
    }
    if !is_heir {
        return Ok(None);
    }
    let names = draft.told().filter(|row| !classifies(&row.external_type)).map(|row| row.fingerprint);
    let (project, own) = (pipeline.project_id, &draft.computed_uuid);
    for uuid in heritage(rtx, project, draft.report_type(), names, draft.signatures(), &draft.location_sha(), own)? {
        let known = findings::known(rtx, project, &[uuid])?.into_iter().flatten().next();
        let finding = known.map(|known| findings::find_finding(rtx, known.finding_id)).transpose()?.flatten();
        if finding.is_some_and(|finding| finding.initial_pipeline_id != pipeline.id) {
            let identifier = draft.identifier_of(&uuid, project).unwrap_or_default();
            return Ok(Some(draft.apart_from(uuid, MatchEvidence::Identifier, identifier)));
        }
    }
    Ok(None)
}

fn shares_signature(rtx: &ReadTx, pipeline: &Pipeline, draft: &Draft) -> Result<Option<([u8; 16], u8)>, StoreError> {
    for signature in draft.signatures() {
        for id in findings::findings_with_signature(rtx, pipeline.project_id, signature, 2)? {
            let Some(finding) = findings::find_finding(rtx, id)? else { continue };
            let primary = records::find_identifier(rtx, finding.primary_identifier_id)?.map(|row| row.fingerprint);
            let is_alike = draft.is_of(finding.report_type, finding.scanner_id) && primary == Some(draft.primary);
            if is_alike && finding.initial_pipeline_id != pipeline.id && finding.uuid != draft.uuid {
                return Ok(Some((finding.uuid, signature.0)));
            }
        }
    }
    Ok(None)
}

impl Draft {
    /// The identifier, `type:value`, by which a stored finding has its identity.
    pub fn identifier_of(&self, uuid: &[u8; 16], project: u64) -> Option<String> {
        let plain = identity::location_fingerprint(&[], &self.location_sha());
        let best = self.signatures().first().map(identity::signature_text);
        let is_it = |fingerprint: &[u8; 20]| {
            let mut places = std::iter::once(&plain).chain(&best);
            places.any(|place| identity::finding_uuid(self.report_type(), fingerprint, place, project) == *uuid)
        };
        let found = self.told().find(|identifier| is_it(&identifier.fingerprint))?;
        Some(format!("{}:{}", found.external_type, found.external_id))
    }

    fn apart_from(&self, stored_uuid: [u8; 16], evidence: MatchEvidence, identifier: String) -> Matched {
        let computed_uuid = self.computed_uuid;
        Matched { evidence, computed_uuid, stored_uuid, identifier, is_apart: true, inherited: None }
    }
}
