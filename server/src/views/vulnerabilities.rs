//! What vulnerabilities and findings of one answer share, and the records that they refer to. Must not know: lists and
//! filters.

use super::entries::Entries;
use crate::domain::finding::VulnerabilityFinding;
use crate::domain::identity;
use crate::domain::project::Project;
use crate::store::coverage::Lists;
use crate::store::{ReadTx, StoreError, coverage, pipelines, projects, records};
use casemate_shared::ReportType;
use casemate_shared::api::pipeline::Tool;
use casemate_shared::api::vulnerability as wire;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// Rows that many vulnerabilities share, read once.
pub struct Frame<'a> {
    /// Snapshot.
    pub rtx: &'a ReadTx,
    /// Project.
    pub project: &'a Project,
    /// Address that the client used.
    pub origin: &'a str,
    pub(super) entries: &'a Entries,
    head: wire::ProjectHead,
    /// The same as JSON.
    pub(super) head_json: Box<RawValue>,
    /// What the addresses of its vulnerabilities begin with, as JSON.
    pub(super) address_json: Box<RawValue>,
    seen: RefCell<Seen>,
}

/// What one row has looked up and others refer to as well.
#[derive(Default)]
struct Seen {
    scanners: HashMap<u64, Tool>,
    scanners_json: HashMap<u64, Rc<RawValue>>,
    identifiers: HashMap<u64, Option<Rc<RawValue>>>,
    lists: HashMap<(ReportType, u64), Rc<Lists>>,
    commits: HashMap<u64, Rc<str>>,
}

/// What is written into many rows, as JSON.
fn json(told: &impl Serialize) -> Result<Box<RawValue>, StoreError> {
    to_raw_value(told).map_err(|error| StoreError::Engine(error.to_string()))
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
        let head_json = json(&head)?;
        let address_json = json(&format!("{origin}/{}/-/security/vulnerabilities/", project.full_path))?;
        Ok(Frame { rtx, project, origin, entries, head, head_json, address_json, seen: RefCell::default() })
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

    /// The same as JSON.
    pub(super) fn scanner_json(&self, id: u64) -> Result<Rc<RawValue>, StoreError> {
        if let Some(known) = self.seen.borrow().scanners_json.get(&id) {
            return Ok(Rc::clone(known));
        }
        let found: Rc<RawValue> = json(&scanner(self.rtx, id)?)?.into();
        self.seen.borrow_mut().scanners_json.insert(id, Rc::clone(&found));
        Ok(found)
    }

    /// An identifier as JSON.
    pub(super) fn identifier_json(&self, id: u64) -> Result<Option<Rc<RawValue>>, StoreError> {
        if let Some(known) = self.seen.borrow().identifiers.get(&id) {
            return Ok(known.clone());
        }
        let found = records::find_identifier(self.rtx, id)?;
        let found = found.map(|row| json(&identifier(&row.external_type, &row.external_id, &row.name, &row.url)));
        let found: Option<Rc<RawValue>> = found.transpose()?.map(Rc::from);
        self.seen.borrow_mut().identifiers.insert(id, found.clone());
        Ok(found)
    }

    /// What the scanner of a finding reported lately.
    pub(super) fn lists(&self, finding: &VulnerabilityFinding) -> Result<Rc<Lists>, StoreError> {
        let key = (finding.report_type, finding.scanner_id);
        if let Some(known) = self.seen.borrow().lists.get(&key) {
            return Ok(Rc::clone(known));
        }
        let found = Rc::new(coverage::recent_lists(self.rtx, finding.project_id, finding.report_type, finding.scanner_id)?);
        self.seen.borrow_mut().lists.insert(key, Rc::clone(&found));
        Ok(found)
    }

    /// Commit of a pipeline; empty when it is gone.
    pub(super) fn commit(&self, pipeline: u64) -> Result<Rc<str>, StoreError> {
        if let Some(known) = self.seen.borrow().commits.get(&pipeline) {
            return Ok(Rc::clone(known));
        }
        let found: Rc<str> =
            pipelines::find_pipeline(self.rtx, pipeline)?.map(|pipeline| pipeline.sha).unwrap_or_default().into();
        self.seen.borrow_mut().commits.insert(pipeline, Rc::clone(&found));
        Ok(found)
    }

    /// The project inside a row.
    pub fn head(&self) -> wire::ProjectHead {
        self.head.clone()
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

/// A flag on the wire.
pub(super) fn flag((kind, origin, description): &(String, String, String)) -> wire::Flag {
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
