//! One vulnerability on the wire. Must not know: lists and filters.

use super::entries::{self, Entries, Entry};
use super::reasons;
use crate::clock::iso;
use crate::domain::finding::{Vulnerability, VulnerabilityFinding};
use crate::domain::identity;
use crate::domain::project::Project;
use crate::store::coverage::Lists;
use crate::store::findings::Pair;
use crate::store::{ReadTx, StoreError, coverage, pipelines, projects, records, transitions};
use crate::views::markdown;
use casemate_shared::ReportType;
use casemate_shared::api::pipeline::Tool;
use casemate_shared::api::vulnerability as wire;
use casemate_shared::limits::TITLE_CHARS;
use serde_json::Value;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

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
    entries: &'a Entries,
    head: wire::ProjectHead,
    seen: RefCell<Seen>,
}

/// What one row has looked up and others refer to as well.
#[derive(Default)]
struct Seen {
    scanners: HashMap<u64, Tool>,
    identifiers: HashMap<u64, Option<wire::Identifier>>,
    lists: HashMap<(ReportType, u64), Rc<Lists>>,
    commits: HashMap<u64, String>,
}

impl<'a> Frame<'a> {
    /// Reads what is shared.
    ///
    /// # Errors
    /// When the store fails.
    pub fn new(rtx: &'a ReadTx, project: &'a Project, origin: &'a str, entries: &'a Entries) -> Result<Frame<'a>, StoreError> {
        let namespace_name =
            projects::find_namespace(rtx, project.namespace_id)?.map(|space| space.full_name).unwrap_or_default();
        let head = super::projects::head(project, &namespace_name);
        Ok(Frame { rtx, project, origin, entries, head, seen: RefCell::default() })
    }

    /// A scanner record on the wire.
    ///
    /// # Errors
    /// When the store fails.
    pub fn scanner(&self, id: u64) -> Result<Tool, StoreError> {
        if let Some(known) = self.seen.borrow().scanners.get(&id) {
            return Ok(known.clone());
        }
        let found = scanner(self.rtx, id)?;
        self.seen.borrow_mut().scanners.insert(id, found.clone());
        Ok(found)
    }

    fn identifier(&self, id: u64) -> Result<Option<wire::Identifier>, StoreError> {
        if let Some(known) = self.seen.borrow().identifiers.get(&id) {
            return Ok(known.clone());
        }
        let found = records::find_identifier(self.rtx, id)?;
        let found = found.map(|row| identifier(&row.external_type, &row.external_id, &row.name, &row.url));
        self.seen.borrow_mut().identifiers.insert(id, found.clone());
        Ok(found)
    }

    /// What the scanner of a finding reported lately.
    fn lists(&self, finding: &VulnerabilityFinding) -> Result<Rc<Lists>, StoreError> {
        let key = (finding.report_type, finding.scanner_id);
        if let Some(known) = self.seen.borrow().lists.get(&key) {
            return Ok(Rc::clone(known));
        }
        let found = Rc::new(coverage::recent_lists(self.rtx, finding.project_id, finding.report_type, finding.scanner_id)?);
        self.seen.borrow_mut().lists.insert(key, Rc::clone(&found));
        Ok(found)
    }

    /// Commit of a pipeline; empty when it is gone.
    fn commit(&self, pipeline: u64) -> Result<String, StoreError> {
        if let Some(known) = self.seen.borrow().commits.get(&pipeline) {
            return Ok(known.clone());
        }
        let found = pipelines::find_pipeline(self.rtx, pipeline)?.map(|pipeline| pipeline.sha).unwrap_or_default();
        self.seen.borrow_mut().commits.insert(pipeline, found.clone());
        Ok(found)
    }

    /// The project inside a row.
    pub fn head(&self) -> wire::ProjectHead {
        self.head.clone()
    }
}

/// A vulnerability.
///
/// # Errors
/// When the store fails or a row is missing.
pub fn vulnerability(frame: &Frame<'_>, pair: &Pair, detail: Detail) -> Result<wire::Vulnerability, StoreError> {
    let one = vulnerabilities(frame, std::slice::from_ref(pair), detail)?.next();
    one.unwrap_or_else(|| Err(StoreError::Engine("a vulnerability is not told".to_owned())))
}

/// Several vulnerabilities of a project, made one after the other.
///
/// # Errors
/// As [`vulnerability`].
pub fn vulnerabilities<'f>(
    frame: &'f Frame<'f>,
    pairs: &'f [Pair],
    detail: Detail,
) -> Result<impl Iterator<Item = Result<wire::Vulnerability, StoreError>> + use<'f>, StoreError> {
    let ids: Vec<u64> = pairs.iter().map(|pair| pair.finding.body_id).collect();
    let entries = frame.entries.get(frame.rtx, &ids)?;
    Ok(pairs.iter().zip(entries).map(move |(pair, entry)| told(frame, pair, &entry, detail)))
}

fn told(frame: &Frame<'_>, pair: &Pair, entry: &Entry, detail: Detail) -> Result<wire::Vulnerability, StoreError> {
    let Pair { finding, vulnerability } = pair;
    let rest = Rest::read(frame, finding)?;
    let is_full = detail == Detail::Full;
    let latest_pipeline_id = latest_pipeline(frame, pair)?;
    let html = |text: &Option<String>| text.as_deref().filter(|_| is_full).map(markdown::to_html);
    Ok(wire::Vulnerability {
        id: vulnerability.id,
        title: entries::cut(&vulnerability.title, TITLE_CHARS),
        description_html: html(&entry.description),
        solution_html: html(&entry.solution),
        description: entry.description.clone(),
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
        finding: permanent(finding, vulnerability, entry, detail),
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
        location: entry.location.clone(),
        location_text: entry.location_text.clone(),
        links: finding.links.iter().map(|(name, url)| link(name, url)).collect(),
        solution: entry.solution.clone(),
        cvss: entry.cvss.clone(),
        details: entry.details.clone(),
        evidence: evidence(frame, finding, entry)?,
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
        latest_commit_sha: frame.commit(latest_pipeline_id)?,
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
    coverage::last_reported(frame.rtx, frame.lists(finding)?.as_ref(), &finding.uuid, stored)
}

fn permanent(
    finding: &VulnerabilityFinding,
    vulnerability: &Vulnerability,
    entry: &Entry,
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
        // The best signature of the newest report, else the place.
        location_fingerprint: entry.signature.clone().unwrap_or_else(|| identity::hex(&finding.location_sha)),
        metadata_version: entry.metadata_version.clone(),
        raw_metadata: with_raw.then(|| entry.raw.clone()),
        created_at: iso(finding.created_at),
        updated_at: iso(finding.updated_at),
    }
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
            identifiers.extend(frame.identifier(*id)?);
        }
        Ok(Rest {
            scanner: frame.scanner(finding.scanner_id)?,
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
fn evidence(frame: &Frame<'_>, finding: &VulnerabilityFinding, newest: &Entry) -> Result<Value, StoreError> {
    match finding.evidence_body_id {
        None => Ok(Value::Null),
        Some(id) if id == finding.body_id => Ok(newest.evidence.clone()),
        Some(id) => {
            let older = frame.entries.get(frame.rtx, &[id])?;
            Ok(older.first().map(|entry| entry.evidence.clone()).unwrap_or_default())
        }
    }
}
