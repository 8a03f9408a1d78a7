//! Findings of one pipeline. Must not know: queries' syntax, HTTP.

use super::vulnerabilities::{Frame, identifier, link, remediations};
use crate::domain::finding::FindingBody;
use crate::domain::identity;
use crate::domain::raw;
use crate::domain::report_finding::ReportFinding;
use crate::domain::scan::{ListEntry, Scan};
use crate::search::BodySet;
use crate::store::findings::Known;
use crate::store::{ReadTx, StoreError, bodies, findings, records, scans};
use casemate_shared::api::finding as wire;
use casemate_shared::{ReportType, Severity, VulnerabilityState};
use serde_json::Value;
use std::collections::HashSet;

/// Bodies that are read at a time.
const WINDOW: usize = 1_000;

/// What the list is narrowed to; empty lists narrow nothing.
#[derive(Default)]
pub struct Filter {
    /// States of their vulnerabilities; a finding without one counts as detected.
    pub states: Vec<VulnerabilityState>,
    /// Severities.
    pub severities: Vec<Severity>,
    /// Report types.
    pub report_types: Vec<ReportType>,
    /// Ids that scanners call themselves by.
    pub scanners: Vec<String>,
    /// Whether findings whose vulnerability is dismissed are shown.
    pub with_dismissed: bool,
    /// Whether the list begins with the mildest; otherwise with the worst.
    pub mildest_first: bool,
    /// Bodies that the searched text matches.
    pub bodies: Option<BodySet>,
}

impl Filter {
    fn takes_scan(&self, scan: &Scan) -> bool {
        self.report_types.is_empty() || self.report_types.contains(&scan.report_type)
    }

    fn takes_entry(&self, entry: &ListEntry) -> bool {
        (self.severities.is_empty() || self.severities.contains(&entry.severity))
            && self.bodies.as_ref().is_none_or(|bodies| bodies.contains(entry.body_id))
    }

    fn takes_state(&self, state: VulnerabilityState) -> bool {
        if self.states.is_empty() {
            self.with_dismissed || state != VulnerabilityState::Dismissed
        } else {
            self.states.contains(&state)
        }
    }
}

struct Row {
    entry: ListEntry,
    scan_id: u64,
    known: Option<Known>,
}

impl Row {
    fn state(&self) -> VulnerabilityState {
        self.known.map_or(VulnerabilityState::Detected, |known| known.state)
    }
}

/// One page of the findings of a pipeline and its descendants, worst first, and how many match.
///
/// # Errors
/// When the store fails.
pub fn list(
    frame: &Frame<'_>,
    pipeline: u64,
    filter: &Filter,
    offset: u64,
    limit: usize,
) -> Result<(Vec<wire::Finding>, u64), StoreError> {
    let mut rows = Vec::new();
    let wanted = wanted_scanners(frame, filter)?;
    for scan in scans::of_descent(frame.rtx, pipeline)?.iter().filter(|scan| scan.counts() && filter.takes_scan(scan)) {
        let mut entries = scans::list(frame.rtx, &scan.accepted_chunks)?;
        entries.retain(|entry| filter.takes_entry(entry));
        if let Some(wanted) = &wanted {
            entries = of_scanners(frame.rtx, scan, entries, wanted)?;
        }
        rows.extend(entries.into_iter().map(|entry| Row { entry, scan_id: scan.id, known: None }));
    }
    add_known(frame.rtx, frame.project.id, &mut rows)?;
    rows.retain(|row| filter.takes_state(row.state()));
    rows.sort_by_key(|row| (row.entry.severity, row.entry.uuid));
    if filter.mildest_first {
        rows.reverse();
    }
    let total = rows.len() as u64;
    let skipped = usize::try_from(offset).unwrap_or(usize::MAX);
    let page: Vec<&Row> = rows.iter().skip(skipped).take(limit).collect();
    let ids: Vec<u64> = page.iter().map(|row| row.entry.body_id).collect();
    let bodies = bodies::get_bodies(frame.rtx, &ids)?;
    Ok((page.into_iter().zip(&bodies).map(|(row, body)| finding(frame, row, body)).collect::<Result<_, _>>()?, total))
}

/// Records of the scanners that the list is narrowed to; none when it is not.
fn wanted_scanners(frame: &Frame<'_>, filter: &Filter) -> Result<Option<HashSet<u64>>, StoreError> {
    if filter.scanners.is_empty() {
        return Ok(None);
    }
    let mut wanted = HashSet::new();
    for external_id in &filter.scanners {
        wanted.extend(records::find_scanner_by_external_id(frame.rtx, frame.project.id, external_id)?.map(|row| row.id));
    }
    Ok(Some(wanted))
}

/// Those entries of a scan that one of the scanners found. Only a report of several scanners, as there were
/// before version 15, has to be looked at finding by finding.
fn of_scanners(rtx: &ReadTx, scan: &Scan, entries: Vec<ListEntry>, wanted: &HashSet<u64>) -> Result<Vec<ListEntry>, StoreError> {
    if let [only] = scan.scanner_ids[..] {
        return Ok(if wanted.contains(&only) { entries } else { Vec::new() });
    }
    let mut taken = Vec::new();
    for window in entries.chunks(WINDOW) {
        let ids: Vec<u64> = window.iter().map(|entry| entry.body_id).collect();
        let bodies = bodies::get_bare_bodies(rtx, &ids)?;
        let found = window.iter().zip(&bodies).filter(|(_, body)| wanted.contains(&body.scanner_id));
        taken.extend(found.map(|(entry, _)| *entry));
    }
    Ok(taken)
}

fn add_known(rtx: &ReadTx, project: u64, rows: &mut [Row]) -> Result<(), StoreError> {
    let uuids: Vec<[u8; 16]> = rows.iter().map(|row| row.entry.uuid).collect();
    for (row, known) in rows.iter_mut().zip(findings::known(rtx, project, &uuids)?) {
        row.known = known;
    }
    Ok(())
}

fn finding(frame: &Frame<'_>, row: &Row, body: &FindingBody) -> Result<wire::Finding, StoreError> {
    let entry = raw::stored(&body.raw);
    let report = ReportFinding(&entry);
    let uuid = identity::uuid_text(&row.entry.uuid);
    Ok(wire::Finding {
        id: None,
        report_type: body.report_type,
        name: report.name(body.report_type),
        severity: row.entry.severity,
        confidence: "unknown".to_owned(),
        scanner: frame.scanner(body.scanner_id)?,
        identifiers: report.identifiers().map(|found| identifier(found.kind, found.value, found.name, found.url)).collect(),
        project_fingerprint: identity::hex(&identity::sha1(&uuid)),
        uuid,
        project: frame.head(),
        dismissal_feedback: None,
        issue_feedback: None,
        merge_request_feedback: None,
        description: report.description().map(str::to_owned),
        links: report.links().map(|(name, url)| link(name, url)).collect(),
        location: report.location().map_or(Value::Null, |location| location.0.clone()),
        location_text: report.location().map(|location| location.one_line(body.report_type)).unwrap_or_default(),
        solution: report.solution().map(str::to_owned),
        details: report.details().cloned().unwrap_or_else(|| Value::Object(serde_json::Map::new())),
        blob_path: None,
        state: row.state(),
        remediations: remediations(frame.rtx, &body.remediation_ids)?,
        vulnerability_id: row.known.map(|known| known.vulnerability_id),
        scan_id: row.scan_id,
    })
}
