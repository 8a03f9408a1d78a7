//! Stored bodies, permanent findings, vulnerabilities and what hangs on them. Must not know: tables.

use super::cell::FixedId;
use super::row;
use crate::domain::finding::{
    Decided, EventKind, Identifier, MatchEvidence, Matched, Remediation, Scanner, Vulnerability, VulnerabilityEvent,
    VulnerabilityFinding,
};
use crate::domain::triage::StateTransition;
use crate::store::bodies::StoredBody;
use crate::store::marks::Mark;
use casemate_shared::{DismissalReason, ReportType, Severity, VulnerabilityState};

row! { DecidedRow, 1, Decided { by: Option<u64>, at: Option<i64> } }
row! { IdentifierRow, 1, Identifier { id: u64, project_id: u64, external_type: String, external_id: String, name: String, url: String, fingerprint: [u8; 20] } }
row! { ScannerRow, 1, Scanner { id: u64, project_id: u64, external_id: String, name: String, vendor: String, version: String } }
row! { RemediationRow, 1, Remediation { id: u64, project_id: u64, summary: String, diff: String, checksum: [u8; 32] } }
row! { MatchedRow, 1, Matched {
    evidence: MatchEvidence, computed_uuid: [u8; 16], stored_uuid: [u8; 16], identifier: String, is_apart: bool,
    inherited: Option<VulnerabilityState>,
} }
row! { VulnerabilityEventRow, 2, VulnerabilityEvent { kind: EventKind, pipeline_id: u64, scan_id: u64, at: i64, matched: Option<Matched> } }
row! { StateTransitionRow, 1, StateTransition {
    id: u64, vulnerability_id: u64, from_state: VulnerabilityState, to_state: VulnerabilityState, author_id: Option<u64>,
    comment: Option<String>, dismissal_reason: Option<DismissalReason>, pipeline_id: Option<u64>, created_at: i64,
} }
// Both begin with two ids in eight bytes each, which are filled in after the rest is encoded (`changes.rs`).
row! { VulnerabilityFindingRow, 3, VulnerabilityFinding {
    id: FixedId, vulnerability_id: FixedId, uuid: [u8; 16], project_id: u64, report_type: ReportType, scanner_id: u64,
    primary_identifier_id: u64, identifier_ids: Vec<u64>, location_sha: [u8; 20], signatures: Vec<(u8, [u8; 20])>,
    image: String, links: Vec<(String, String)>, flags: Vec<(String, String, String)>, remediation_ids: Vec<u64>, body_id: u64,
    evidence_body_id: Option<u64>, initial_pipeline_id: u64, latest_pipeline_id: u64, created_at: i64, updated_at: i64,
} }
row! { MarkRow, 1, Mark { latest_pipeline_id: u64, resolved_in_commit_sha: Option<String>, updated_at: i64 } }
row! { VulnerabilityRow, 2, Vulnerability {
    id: FixedId, finding_id: FixedId, project_id: u64, author_id: u64, title: String, state: VulnerabilityState,
    severity: Severity, report_type: ReportType, scanner_id: u64, present_on_default_branch: bool,
    resolved_on_default_branch: bool, resolved_in_commit_sha: Option<String>, dismissal_reason: Option<DismissalReason>,
    dismissed: Decided, resolved: Decided, confirmed: Decided, detected_at: i64, created_at: i64, updated_at: i64,
} }

// `texts` has to stay last: its eight-byte ids are filled in after the rest is encoded (`bodies.rs`).
row! { StoredBodyRow, 2, StoredBody {
    project_id: u64, report_type: ReportType, scanner_id: u64, metadata_version: String, image_key: String,
    remediation_ids: Vec<u64>, packed_from: Option<u64>, rest: Vec<u8>, places: Vec<u64>, texts: Vec<[u8; 8]>,
} }
