//! The permanent record: body, vulnerability finding, vulnerability, identifier, scanner,
//! remediation, event. Must not know: storage, HTTP, how identity is computed.

use crate::clock::Millis;
use casemate_shared::{DismissalReason, ReportType, Severity, VulnerabilityState};

/// A distinct finding text of a project, stored once however often pipelines repeat it. Never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingBody {
    /// Id.
    pub id: u64,
    /// Project.
    pub project_id: u64,
    /// Report type.
    pub report_type: ReportType,
    /// Scanner record.
    pub scanner_id: u64,
    /// Version of the report it came from.
    pub metadata_version: String,
    /// Image key used in its identity where the report alone does not tell it (ingestion design,
    /// section 2.2); empty otherwise.
    pub image_key: String,
    /// Remediations of the report that name it.
    pub remediation_ids: Vec<u64>,
    /// The report's entry, byte for byte.
    pub raw: Vec<u8>,
    /// Its long texts that are stored apart (see [`FindingText`]), in the order they stand in `raw`.
    pub text_ids: Vec<u64>,
}

/// A long text of bodies, such as a rule's description, stored once per project however many bodies repeat
/// it. Never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingText {
    /// Id.
    pub id: u64,
    /// Project.
    pub project_id: u64,
    /// The JSON string as it stands in the report: with its quotes, byte for byte.
    pub literal: Vec<u8>,
}

/// A tracking signature: algorithm number (its priority) and SHA-1 of the value.
pub type Signature = (u8, [u8; 20]);

/// How a report's finding found its permanent record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MatchEvidence {
    /// Equal identity.
    Uuid,
    /// Equal tracking signature, of that algorithm.
    Signature(u8),
    /// Equal place, by a finding that now sends signatures.
    Location,
    /// Another identifier of the finding is what the stored one was known by (ingestion design, section 2.7).
    Identifier,
}

/// What the number of an algorithm is added to in the number of its evidence.
const SIGNATURE: u8 = 16;

impl MatchEvidence {
    /// Part of the storage format.
    pub const fn number(self) -> u8 {
        match self {
            MatchEvidence::Uuid => 1,
            MatchEvidence::Location => 3,
            MatchEvidence::Identifier => 4,
            MatchEvidence::Signature(algorithm) => SIGNATURE + algorithm,
        }
    }

    /// The evidence with that number.
    pub const fn from_number(number: u8) -> Option<MatchEvidence> {
        match number {
            1 => Some(MatchEvidence::Uuid),
            3 => Some(MatchEvidence::Location),
            4 => Some(MatchEvidence::Identifier),
            17..=31 => Some(MatchEvidence::Signature(number - SIGNATURE)),
            _ => None,
        }
    }
}

/// A permanent finding (`Vulnerabilities::Finding`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VulnerabilityFinding {
    /// Id.
    pub id: u64,
    /// Identity.
    pub uuid: [u8; 16],
    /// Project.
    pub project_id: u64,
    /// Vulnerability.
    pub vulnerability_id: u64,
    /// Report type.
    pub report_type: ReportType,
    /// Scanner record.
    pub scanner_id: u64,
    /// First identifier.
    pub primary_identifier_id: u64,
    /// All identifiers ever reported, the first ones first; never removed.
    pub identifier_ids: Vec<u64>,
    /// SHA-1 of the plain place.
    pub location_sha: [u8; 20],
    /// Signatures ever reported; never removed.
    pub signatures: Vec<Signature>,
    /// Image of a container finding, up to its port, tag or digest; empty for every other type.
    pub image: String,
    /// Links ever reported, by URL; never removed.
    pub links: Vec<(String, String)>,
    /// False-positive flags: type, origin, description.
    pub flags: Vec<(String, String, String)>,
    /// Remediations of the newest report.
    pub remediation_ids: Vec<u64>,
    /// Body of the newest report.
    pub body_id: u64,
    /// Body that the evidence is read from, if any report had some.
    pub evidence_body_id: Option<u64>,
    /// Pipeline that first reported it on the default branch.
    pub initial_pipeline_id: u64,
    /// Pipeline whose report last changed it.
    pub latest_pipeline_id: u64,
    /// When first stored.
    pub created_at: Millis,
    /// When a stored field last changed.
    pub updated_at: Millis,
}

/// Who and when, for each of the states that somebody sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Decided {
    /// User.
    pub by: Option<u64>,
    /// Time.
    pub at: Option<Millis>,
}

/// A vulnerability.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vulnerability {
    /// Id.
    pub id: u64,
    /// Project.
    pub project_id: u64,
    /// Finding.
    pub finding_id: u64,
    /// Who ran the pipeline that found it.
    pub author_id: u64,
    /// Title, at most 255 characters.
    pub title: String,
    /// State.
    pub state: VulnerabilityState,
    /// Severity.
    pub severity: Severity,
    /// Report type.
    pub report_type: ReportType,
    /// Scanner record, as of its finding.
    pub scanner_id: u64,
    /// Seen on the default branch.
    pub present_on_default_branch: bool,
    /// No longer detected there.
    pub resolved_on_default_branch: bool,
    /// Commit of the pipeline that did not report it any more.
    pub resolved_in_commit_sha: Option<String>,
    /// Reason of the dismissal.
    pub dismissal_reason: Option<DismissalReason>,
    /// Dismissed by, at.
    pub dismissed: Decided,
    /// Resolved by, at.
    pub resolved: Decided,
    /// Confirmed by, at.
    pub confirmed: Decided,
    /// When first detected.
    pub detected_at: Millis,
    /// When made.
    pub created_at: Millis,
    /// When a stored field last changed.
    pub updated_at: Millis,
}

/// What happened to a vulnerability; appended, never changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// First reported on the default branch.
    Detected,
    /// Not reported any more by a full scan of its scanner.
    NoLongerDetected,
    /// Reported again after that.
    DetectedAgain,
    /// The report's text, place or severity changed; matched by the given evidence.
    Changed(MatchEvidence),
    /// Somebody acted on it on another branch, before the default branch had it.
    Recorded,
    /// What the pipeline's import did was taken back.
    ImportUndone,
}

/// One entry of a vulnerability's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VulnerabilityEvent {
    /// What.
    pub kind: EventKind,
    /// Pipeline that it was decided in.
    pub pipeline_id: u64,
    /// Scan that it was decided by.
    pub scan_id: u64,
    /// When.
    pub at: Millis,
    /// What else is known about the match, where there is more to say than the kind does.
    pub matched: Option<Matched>,
}

impl VulnerabilityEvent {
    /// One that has no more to say.
    pub const fn new(kind: EventKind, pipeline_id: u64, scan_id: u64, at: Millis) -> VulnerabilityEvent {
        VulnerabilityEvent { kind, pipeline_id, scan_id, at, matched: None }
    }
}

/// How a report's finding and a stored one were brought together, or kept apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matched {
    /// By which evidence.
    pub evidence: MatchEvidence,
    /// The identity that the report's finding computes to.
    pub computed_uuid: [u8; 16],
    /// Identity of the stored finding before.
    pub stored_uuid: [u8; 16],
    /// The identifier that the stored one was known by, `type:value`; empty when it was not matched by one.
    pub identifier: String,
    /// Whether they were kept apart: two findings claimed one, or one could have been several.
    pub is_apart: bool,
    /// State that the report's finding inherits without having the identity, when somebody had set it.
    pub inherited: Option<VulnerabilityState>,
}

/// An identifier record, unique per project and fingerprint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identifier {
    /// Id.
    pub id: u64,
    /// Project.
    pub project_id: u64,
    /// Kind.
    pub external_type: String,
    /// Value.
    pub external_id: String,
    /// Name to show.
    pub name: String,
    /// Address; empty when not told.
    pub url: String,
    /// SHA-1 of `type:value`.
    pub fingerprint: [u8; 20],
}

/// A scanner record, unique per project and external id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scanner {
    /// Id.
    pub id: u64,
    /// Project.
    pub project_id: u64,
    /// Id that the tool calls itself by.
    pub external_id: String,
    /// Name.
    pub name: String,
    /// Vendor; empty when not told.
    pub vendor: String,
    /// Version when it was last seen to differ; empty when not told.
    pub version: String,
}

/// A ready fix, unique per project and checksum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remediation {
    /// Id.
    pub id: u64,
    /// Project.
    pub project_id: u64,
    /// What it does.
    pub summary: String,
    /// Patch, base64, as in the report.
    pub diff: String,
    /// SHA-256 of `diff` as it stands.
    pub checksum: [u8; 32],
}

/// The list row of a vulnerability (`vulnerability_reads`), enough to filter, sort and count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Read {
    /// Vulnerability.
    pub id: u64,
    /// Severity.
    pub severity: Severity,
    /// State.
    pub state: VulnerabilityState,
    /// Report type.
    pub report_type: ReportType,
    /// No longer detected.
    pub resolved_on_default_branch: bool,
    /// Scanner record.
    pub scanner_id: u64,
    /// Body of the newest report; search answers with bodies.
    pub body_id: u64,
    /// When first detected.
    pub detected_at: Millis,
}
