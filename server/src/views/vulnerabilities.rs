//! One vulnerability on the wire. Must not know: lists and filters.

use super::reasons;
use crate::clock::iso;
use crate::domain::finding::{FindingBody, Vulnerability, VulnerabilityFinding};
use crate::domain::identity;
use crate::domain::project::Project;
use crate::domain::raw;
use crate::domain::report_finding::ReportFinding;
use crate::store::findings::Pair;
use crate::store::{ReadTx, StoreError, bodies, coverage, pipelines, projects, records, transitions};
use crate::views::markdown;
use casemate_shared::api::pipeline::Tool;
use casemate_shared::api::vulnerability as wire;
use casemate_shared::limits::TITLE_CHARS;
use serde_json::Value;

/// Longest description and solution of a vulnerability, in characters (ingestion design, section 1.6).
const DESCRIPTION_CHARS: usize = 15_000;
const SOLUTION_CHARS: usize = 7_000;

/// How much of a vulnerability is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// A row of a list, with or without the report's entry.
    Row {
        /// Whether `raw_metadata` is in it.
        with_raw: bool,
    },
    /// Everything, with rendered texts and reasons.
    Full,
}

/// Rows that many vulnerabilities share, read once.
pub struct Frame<'a> {
    /// Snapshot.
    pub rtx: &'a ReadTx,
    /// Project.
    pub project: &'a Project,
    /// Address that the client used.
    pub origin: &'a str,
    namespace_name: String,
}

impl<'a> Frame<'a> {
    /// Reads what is shared.
    ///
    /// # Errors
    /// When the store fails.
    pub fn new(rtx: &'a ReadTx, project: &'a Project, origin: &'a str) -> Result<Frame<'a>, StoreError> {
        let namespace_name =
            projects::find_namespace(rtx, project.namespace_id)?.map(|space| space.full_name).unwrap_or_default();
        Ok(Frame { rtx, project, origin, namespace_name })
    }

    /// The project inside a row.
    pub fn head(&self) -> wire::ProjectHead {
        super::projects::head(self.project, &self.namespace_name)
    }
}

/// Cuts a text; a cut one ends in "...".
pub fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 3).chain("...".chars()).collect()
}

/// A vulnerability.
///
/// # Errors
/// When the store fails or a row is missing.
pub fn vulnerability(frame: &Frame<'_>, pair: &Pair, detail: Detail) -> Result<wire::Vulnerability, StoreError> {
    let Pair { finding, vulnerability } = pair;
    let body = bodies::get_body(frame.rtx, finding.body_id)?;
    let entry = raw::stored(&body.raw);
    let report = ReportFinding(&entry);
    let rest = Rest::read(frame, finding)?;
    let description = report.description().map(|text| cut(text, DESCRIPTION_CHARS));
    let solution = report.solution().map(|text| cut(text, SOLUTION_CHARS));
    let is_full = detail == Detail::Full;
    let latest_pipeline_id = latest_pipeline(frame, pair)?;
    let html = |text: &Option<String>| text.as_deref().filter(|_| is_full).map(markdown::to_html);
    Ok(wire::Vulnerability {
        id: vulnerability.id,
        title: cut(&vulnerability.title, TITLE_CHARS),
        description_html: html(&description),
        solution_html: html(&solution),
        description,
        state: vulnerability.state,
        severity: vulnerability.severity,
        confidence: "unknown".to_owned(),
        report_type: vulnerability.report_type,
        author_id: vulnerability.author_id,
        project: frame.head(),
        project_default_branch: frame.project.default_branch.clone(),
        created_at: iso(vulnerability.created_at),
        updated_at: iso(vulnerability.updated_at),
        dismissed_at: vulnerability.dismissed.at.map(iso),
        dismissed_by_id: vulnerability.dismissed.by,
        resolved_at: vulnerability.resolved.at.map(iso),
        resolved_by_id: vulnerability.resolved.by,
        confirmed_at: vulnerability.confirmed.at.map(iso),
        confirmed_by_id: vulnerability.confirmed.by,
        resolved_on_default_branch: vulnerability.resolved_on_default_branch,
        finding: permanent(finding, vulnerability, &body, detail),
        start_date: None,
        due_date: None,
        last_edited_at: None,
        last_edited_by_id: None,
        updated_by_id: None,
        closed_at: None,
        closed_by_id: None,
        uuid: identity::uuid_text(&finding.uuid),
        web_url: format!("{}/{}/-/security/vulnerabilities/{}", frame.origin, frame.project.full_path, vulnerability.id),
        dismissal_reason: vulnerability.dismissal_reason,
        state_comment: if is_full { transitions::newest(frame.rtx, vulnerability.id)?.and_then(|row| row.comment) } else { None },
        scanner: rest.scanner,
        identifiers: rest.identifiers,
        location: report.location().map_or(Value::Null, |location| location.0.clone()),
        location_text: report.location().map(|location| location.one_line(vulnerability.report_type)).unwrap_or_default(),
        links: finding.links.iter().map(|(name, url)| link(name, url)).collect(),
        solution,
        cvss: report.cvss().cloned().unwrap_or_else(|| Value::Array(Vec::new())),
        details: report.details().cloned().unwrap_or_else(|| Value::Object(serde_json::Map::new())),
        evidence: evidence(frame, finding, &report)?,
        flags: finding.flags.iter().map(flag).collect(),
        false_positive: !finding.flags.is_empty(),
        has_remediations: !rest.remediations.is_empty(),
        remediations: rest.remediations,
        issue_links_count: 0,
        present_on_default_branch: vulnerability.present_on_default_branch,
        detected_at: iso(vulnerability.detected_at),
        initial_pipeline_id: finding.initial_pipeline_id,
        latest_pipeline_id,
        resolved_in_commit_sha: vulnerability.resolved_in_commit_sha.clone(),
        latest_commit_sha: pipelines::find_pipeline(frame.rtx, latest_pipeline_id)?
            .map(|pipeline| pipeline.sha)
            .unwrap_or_default(),
        reasons: if is_full { reasons::reasons(frame, pair)? } else { Vec::new() },
    })
}

/// The newest pipeline that reported it. A re-scan that changes nothing writes no row, so the scanner's
/// newest list is asked as well (ingestion design, section 12.14).
fn latest_pipeline(frame: &Frame<'_>, pair: &Pair) -> Result<u64, StoreError> {
    let (finding, stored) = (&pair.finding, pair.finding.latest_pipeline_id);
    if pair.vulnerability.resolved_on_default_branch {
        return Ok(stored);
    }
    coverage::last_reported(frame.rtx, finding, stored)
}

fn permanent(
    finding: &VulnerabilityFinding,
    vulnerability: &Vulnerability,
    body: &FindingBody,
    detail: Detail,
) -> wire::VulnerabilityFinding {
    let with_raw = matches!(detail, Detail::Full | Detail::Row { with_raw: true });
    wire::VulnerabilityFinding {
        id: finding.id,
        uuid: identity::uuid_text(&finding.uuid),
        name: vulnerability.title.clone(),
        vulnerability_id: vulnerability.id,
        project_id: finding.project_id,
        report_type: finding.report_type,
        severity: vulnerability.severity,
        confidence: "unknown".to_owned(),
        scanner_id: finding.scanner_id,
        primary_identifier_id: finding.primary_identifier_id,
        location_fingerprint: fingerprint(finding, body),
        metadata_version: body.metadata_version.clone(),
        raw_metadata: with_raw.then(|| String::from_utf8_lossy(&body.raw).into_owned()),
        created_at: iso(finding.created_at),
        updated_at: iso(finding.updated_at),
    }
}

/// The best signature of the newest report, else the place.
fn fingerprint(finding: &VulnerabilityFinding, body: &FindingBody) -> String {
    let entry = raw::stored(&body.raw);
    identity::location_fingerprint(&identity::signatures(&ReportFinding(&entry)), &finding.location_sha)
}

/// Records that a finding refers to.
struct Rest {
    scanner: Tool,
    identifiers: Vec<wire::Identifier>,
    remediations: Vec<wire::Remediation>,
}

impl Rest {
    fn read(frame: &Frame<'_>, finding: &VulnerabilityFinding) -> Result<Rest, StoreError> {
        let mut identifiers = Vec::with_capacity(finding.identifier_ids.len());
        for id in &finding.identifier_ids {
            if let Some(row) = records::find_identifier(frame.rtx, *id)? {
                identifiers.push(identifier(&row.external_type, &row.external_id, &row.name, &row.url));
            }
        }
        Ok(Rest {
            scanner: scanner(frame.rtx, finding.scanner_id)?,
            identifiers,
            remediations: remediations(frame.rtx, &finding.remediation_ids)?,
        })
    }
}

/// A scanner record on the wire.
///
/// # Errors
/// When the store fails.
pub fn scanner(rtx: &ReadTx, id: u64) -> Result<Tool, StoreError> {
    let some = |text: String| (!text.is_empty()).then_some(text);
    let found = records::find_scanner(rtx, id)?.map(|row| Tool {
        external_id: row.external_id,
        name: row.name,
        version: some(row.version),
        vendor: some(row.vendor),
    });
    Ok(found.unwrap_or_default())
}

/// An identifier on the wire.
pub fn identifier(kind: &str, value: &str, name: &str, url: &str) -> wire::Identifier {
    wire::Identifier {
        external_type: kind.to_owned(),
        external_id: value.to_owned(),
        name: name.to_owned(),
        url: (!url.is_empty()).then(|| url.to_owned()),
    }
}

/// A link on the wire.
pub fn link(name: &str, url: &str) -> wire::Link {
    wire::Link { name: (!name.is_empty()).then(|| name.to_owned()), url: url.to_owned() }
}

fn flag((kind, origin, description): &(String, String, String)) -> wire::Flag {
    wire::Flag { kind: kind.clone(), origin: origin.clone(), description: description.clone() }
}

/// Remediations on the wire.
///
/// # Errors
/// When the store fails.
pub fn remediations(rtx: &ReadTx, ids: &[u64]) -> Result<Vec<wire::Remediation>, StoreError> {
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        if let Some(row) = records::find_remediation(rtx, *id)? {
            found.push(wire::Remediation { summary: row.summary, diff: row.diff, checksum: identity::hex(&row.checksum) });
        }
    }
    Ok(found)
}

/// Evidence of the newest report that had some.
fn evidence(frame: &Frame<'_>, finding: &VulnerabilityFinding, newest: &ReportFinding<&Value>) -> Result<Value, StoreError> {
    match finding.evidence_body_id {
        None => Ok(Value::Null),
        Some(id) if id == finding.body_id => Ok(newest.evidence().cloned().unwrap_or_default()),
        Some(id) => {
            let body = bodies::get_body(frame.rtx, id)?;
            Ok(ReportFinding(&raw::stored(&body.raw)).evidence().cloned().unwrap_or_default())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_end_in_dots() {
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("äöüß", 3), "...");
        assert_eq!(cut("abcdef", 5), "ab...");
    }
}
