//! Findings of a pipeline on the wire (API design, section 2.6).

use super::pipeline::Tool;
use super::vulnerability::{Identifier, Link, Remediation};
use crate::{ReportType, Severity, VulnerabilityState};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A finding of one pipeline, `GET P/vulnerability_findings`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Null: a pipeline finding has no number of its own.
    pub id: Option<u64>,
    /// Report type.
    pub report_type: ReportType,
    /// Name.
    pub name: String,
    /// Severity.
    pub severity: Severity,
    /// Always `unknown`.
    pub confidence: String,
    /// Scanner.
    pub scanner: Tool,
    /// Identifiers, the primary one first.
    pub identifiers: Vec<Identifier>,
    /// SHA-1 of the uuid, hex.
    pub project_fingerprint: String,
    /// Identity.
    pub uuid: String,
    /// Project.
    pub project: super::vulnerability::ProjectHead,
    /// Legacy, null.
    pub dismissal_feedback: Option<Value>,
    /// Legacy, null.
    pub issue_feedback: Option<Value>,
    /// Legacy, null.
    pub merge_request_feedback: Option<Value>,
    /// Description as in the report.
    pub description: Option<String>,
    /// Links.
    pub links: Vec<Link>,
    /// Place, as in the report.
    pub location: Value,
    /// Place in one line [E].
    pub location_text: String,
    /// What to do about it.
    pub solution: Option<String>,
    /// Typed additional facts.
    pub details: Value,
    /// Null: there is no repository here.
    pub blob_path: Option<String>,
    /// State of its vulnerability, else `detected`.
    pub state: VulnerabilityState,
    /// Ready fixes [E].
    pub remediations: Vec<Remediation>,
    /// Its vulnerability, if it has one [E].
    pub vulnerability_id: Option<u64>,
    /// Scan that it belongs to [E].
    pub scan_id: u64,
}
