//! Builds the permanent rows of one finding from its stored body (ingestion design, section 4.3).
//!
//! Must not know: the store's tables, threads. Ids of new rows are given when they are stored.

use super::fresh::FreshFinding;
use crate::domain::few::Few;
use crate::domain::finding::{Decided, FindingBody, Identifier, Signature, Vulnerability, VulnerabilityFinding};
use crate::domain::identity::{self, Identity};
use crate::domain::json::Json;
use crate::domain::pipeline::Pipeline;
use crate::domain::report_finding::{ReportFinding, ReportIdentifier};
use crate::domain::scan::{ListEntry, Scan};
use crate::domain::tape::Tape;
use crate::store::findings::Pair;
use crate::store::records::KnownIdentifiers;
use casemate_shared::limits::TITLE_CHARS;
use casemate_shared::{ReportType, Severity, VulnerabilityState};
use std::collections::{HashMap, HashSet};
use std::hash::Hash;

/// What a draft is built from.
pub struct Source<'a> {
    /// What the list says of it: the identity that it is stored under, its body.
    pub entry: &'a ListEntry,
    /// The report's entry, with its long texts or without.
    pub raw: &'a str,
    /// Project.
    pub project_id: u64,
    /// Report type.
    pub report_type: ReportType,
    /// Scanner record.
    pub scanner_id: u64,
    /// Remediation records.
    pub remediation_ids: Vec<u64>,
    /// Who it is.
    pub identity: Who<'a>,
}

/// Who a finding is.
#[derive(Clone, Copy)]
pub enum Who<'a> {
    /// Found out already.
    Identified(&'a Identity),
    /// To be found out, by this image; empty: the location's own.
    ByImage(&'a str),
}

impl<'a> Source<'a> {
    /// A stored body.
    ///
    /// # Errors
    /// A sentence, when it is no text.
    pub fn stored(body: &'a FindingBody, entry: &'a ListEntry) -> Result<Source<'a>, String> {
        Ok(Source {
            entry,
            raw: text(&body.raw, body.id)?,
            project_id: body.project_id,
            report_type: body.report_type,
            scanner_id: body.scanner_id,
            remediation_ids: body.remediation_ids.clone(),
            identity: Who::ByImage(&body.image_key),
        })
    }

    /// A finding of a report that was just read.
    ///
    /// # Errors
    /// A sentence, when it is no text.
    pub fn fresh(finding: FreshFinding<'a>, entry: &'a ListEntry, scan: &Scan) -> Result<Source<'a>, String> {
        Ok(Source {
            entry,
            raw: text(finding.raw, entry.body_id)?,
            project_id: scan.project_id,
            report_type: scan.report_type,
            scanner_id: finding.scanner_id(),
            remediation_ids: finding.remediation_ids(),
            identity: Who::Identified(&finding.candidate.identity),
        })
    }
}

fn text(raw: &[u8], body: u64) -> Result<&str, String> {
    std::str::from_utf8(raw).map_err(|_| format!("body {body} is no text"))
}

/// Everything that the report says about one finding, ready to be stored.
pub struct Draft {
    /// Identity.
    pub uuid: [u8; 16],
    /// Identity that the report's text computes to; another one where it was matched with a stored finding.
    pub computed_uuid: [u8; 16],
    /// Fingerprint of its first identifier.
    pub primary: [u8; 20],
    /// Identifiers, the primary one first.
    pub identifiers: Vec<Named>,
    identifier_ids: Vec<u64>,
    project_id: u64,
    report_type: ReportType,
    scanner_id: u64,
    severity: Severity,
    title: String,
    location_sha: [u8; 20],
    signatures: Few<Signature, 2>,
    image: String,
    links: Vec<(String, String)>,
    flags: Vec<(String, String, String)>,
    remediation_ids: Vec<u64>,
    body_id: u64,
    has_evidence: bool,
}

/// Ids of identifier records by fingerprint.
pub type IdentifierIds = HashMap<[u8; 20], u64>;

/// An identifier of a finding.
pub enum Named {
    /// Id of its record, which is as the report tells it.
    Known(u64),
    /// As the report tells it.
    Told(Identifier),
}

impl Named {
    /// What the report tells, unless the record is known.
    pub fn told(&self) -> Option<&Identifier> {
        match self {
            Named::Known(_) => None,
            Named::Told(identifier) => Some(identifier),
        }
    }
}

/// Most characters of an image that is stored; of a longer one the others tell nothing.
const IMAGE_CHARS: usize = 1_000;

/// The image of a container finding, up to its first colon: what comes behind it, images are not compared by.
fn image<'a>(report_type: ReportType, finding: &ReportFinding<impl Json<'a>>) -> String {
    if report_type != ReportType::ContainerScanning {
        return String::new();
    }
    let image = finding.location().map_or("", |location| location.text("image"));
    image.split(':').next().unwrap_or_default().chars().take(IMAGE_CHARS).collect()
}

/// Reads the body. `tape` is used for it; what it held before does not matter. Of identifiers that are among the
/// `known` ones, only the record is named.
///
/// # Errors
/// A sentence, when the body has no identifier or place: it was stored by mistake or is damaged.
pub fn build<'a>(source: Source<'a>, tape: &mut Tape<'a>, known: Option<&KnownIdentifiers>) -> Result<Draft, String> {
    let body = source.entry.body_id;
    tape.read(source.raw).map_err(|error| format!("body {body} can't be read: {error}"))?;
    let finding = ReportFinding(tape.root());
    let identity = match source.identity {
        Who::Identified(known) => known.clone(),
        Who::ByImage(image) => identify(&source, &finding, image)?,
    };
    Ok(Draft {
        uuid: source.entry.uuid,
        computed_uuid: identity.uuid,
        primary: identity.primary,
        identifiers: identifiers(&finding, source.project_id, known),
        identifier_ids: Vec::new(),
        project_id: source.project_id,
        report_type: source.report_type,
        scanner_id: source.scanner_id,
        severity: source.entry.severity,
        title: title(finding.name(source.report_type)),
        location_sha: identity.location_sha,
        signatures: identity.signatures,
        image: image(source.report_type, &finding),
        links: finding.links().map(|(name, url)| (name.to_owned(), url.to_owned())).collect(),
        flags: finding.flags().map(|(kind, origin, text)| (kind.to_owned(), origin.to_owned(), text.to_owned())).collect(),
        remediation_ids: source.remediation_ids,
        body_id: body,
        has_evidence: finding.evidence().is_some(),
    })
}

fn identify<'v>(source: &Source<'_>, finding: &ReportFinding<impl Json<'v>>, image: &'v str) -> Result<Identity, String> {
    let body = source.entry.body_id;
    let location = finding.location().ok_or_else(|| format!("body {body} has no location"))?;
    let image = if image.is_empty() { location.text("image") } else { image };
    identity::identify(source.report_type, finding, image, source.project_id)
        .ok_or_else(|| format!("body {body} has no identifier"))
}

fn identifiers<'a>(finding: &ReportFinding<impl Json<'a>>, project: u64, known: Option<&KnownIdentifiers>) -> Vec<Named> {
    let name = |found: ReportIdentifier<'_>| {
        let fingerprint = identity::identifier_fingerprint(found.kind, found.value);
        if let Some(id) = known.and_then(|known| known.as_told(&fingerprint, found.name, found.url)) {
            return Named::Known(id);
        }
        Named::Told(Identifier {
            id: 0,
            project_id: project,
            external_type: found.kind.to_owned(),
            external_id: found.value.to_owned(),
            name: found.name.to_owned(),
            url: found.url.to_owned(),
            fingerprint,
        })
    };
    finding.identifiers().map(name).collect()
}

/// At most 255 characters; a longer one ends in "...".
fn title(name: String) -> String {
    if name.len() <= TITLE_CHARS || name.chars().count() <= TITLE_CHARS {
        return name;
    }
    name.chars().take(TITLE_CHARS - 3).chain("...".chars()).collect()
}

impl Draft {
    /// SHA-1 of its plain place.
    pub fn location_sha(&self) -> [u8; 20] {
        self.location_sha
    }

    /// Its signatures, best first.
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// Its report type.
    pub fn report_type(&self) -> ReportType {
        self.report_type
    }

    /// Whether it is of that type and scanner.
    pub fn is_of(&self, report_type: ReportType, scanner: u64) -> bool {
        (self.report_type, self.scanner_id) == (report_type, scanner)
    }

    /// Its identifiers that no record is known for.
    pub fn told(&self) -> impl Iterator<Item = &Identifier> {
        self.identifiers.iter().filter_map(Named::told)
    }

    /// With the ids of its identifiers, in their order.
    ///
    /// # Errors
    /// A sentence, when one that the report told is not among `ids`: a finding is never stored without it.
    pub fn with_identifiers(mut self, ids: &IdentifierIds) -> Result<Draft, String> {
        let id = |identifier: &Named| match identifier {
            Named::Known(id) => Ok(*id),
            Named::Told(told) => ids
                .get(&told.fingerprint)
                .copied()
                .ok_or_else(|| format!("identifier {} of body {} has no record", told.external_id, self.body_id)),
        };
        self.identifier_ids = self.identifiers.iter().map(id).collect::<Result<_, _>>()?;
        Ok(self)
    }

    /// A new finding and vulnerability.
    pub fn create(self, pipeline: &Pipeline, now: i64) -> Pair {
        let vulnerability = Vulnerability {
            id: 0,
            project_id: self.project_id,
            finding_id: 0,
            author_id: pipeline.user_id,
            title: self.title.clone(),
            state: VulnerabilityState::Detected,
            severity: self.severity,
            report_type: self.report_type,
            scanner_id: self.scanner_id,
            present_on_default_branch: true,
            resolved_on_default_branch: false,
            resolved_in_commit_sha: None,
            dismissal_reason: None,
            dismissed: Decided::default(),
            resolved: Decided::default(),
            confirmed: Decided::default(),
            detected_at: pipeline.created_at,
            created_at: now,
            updated_at: now,
        };
        let finding = VulnerabilityFinding {
            id: 0,
            uuid: self.uuid,
            project_id: self.project_id,
            vulnerability_id: 0,
            report_type: self.report_type,
            scanner_id: self.scanner_id,
            primary_identifier_id: self.identifier_ids.first().copied().unwrap_or_default(),
            evidence_body_id: self.has_evidence.then_some(self.body_id),
            identifier_ids: unique(self.identifier_ids),
            location_sha: self.location_sha,
            image: self.image,
            signatures: unique(self.signatures.to_vec()),
            links: unique_links(self.links),
            flags: unique_flags(self.flags),
            remediation_ids: self.remediation_ids,
            body_id: self.body_id,
            initial_pipeline_id: pipeline.id,
            latest_pipeline_id: pipeline.id,
            created_at: now,
            updated_at: now,
        };
        Pair { finding, vulnerability }
    }

    /// The stored pair with what the report says now. Links, identifiers, signatures and flags are added
    /// to, never taken away. The state stays, but for one: what was resolved and is reported again needs
    /// triage again (ingestion design, section 4.3).
    pub fn update(self, old: &Pair, pipeline: &Pipeline, now: i64) -> Pair {
        let Pair { mut finding, mut vulnerability } = old.clone();
        finding.scanner_id = self.scanner_id;
        finding.primary_identifier_id = self.identifier_ids.first().copied().unwrap_or(finding.primary_identifier_id);
        finding.identifier_ids = unique(self.identifier_ids.into_iter().chain(finding.identifier_ids).collect());
        finding.location_sha = self.location_sha;
        finding.image = self.image;
        finding.signatures = unique(self.signatures.iter().copied().chain(finding.signatures).collect());
        finding.links = unique_links(finding.links.into_iter().chain(self.links).collect());
        finding.flags = unique_flags(self.flags.into_iter().chain(finding.flags).collect());
        finding.remediation_ids = self.remediation_ids;
        finding.body_id = self.body_id;
        if self.has_evidence {
            finding.evidence_body_id = Some(self.body_id);
        }
        (finding.latest_pipeline_id, finding.updated_at) = (pipeline.id, now);
        if !vulnerability.present_on_default_branch {
            vulnerability.present_on_default_branch = true;
            finding.initial_pipeline_id = pipeline.id;
        }
        vulnerability.title = self.title;
        vulnerability.severity = self.severity;
        vulnerability.scanner_id = self.scanner_id;
        vulnerability.resolved_on_default_branch = false;
        vulnerability.resolved_in_commit_sha = None;
        if vulnerability.state == VulnerabilityState::Resolved {
            vulnerability.state = VulnerabilityState::Detected;
            vulnerability.resolved = Decided::default();
        }
        vulnerability.updated_at = now;
        Pair { finding, vulnerability }
    }
}

fn unique<T: Copy + Eq + Hash>(items: Vec<T>) -> Vec<T> {
    unique_by(items, |item| *item, |one, other| one == other)
}

/// One link per address, the first.
fn unique_links(links: Vec<(String, String)>) -> Vec<(String, String)> {
    unique_by(links, |link| link.1.clone(), |one, other| one.1 == other.1)
}

/// One flag per type and origin, the first.
fn unique_flags(flags: Vec<(String, String, String)>) -> Vec<(String, String, String)> {
    unique_by(flags, |flag| (flag.0.clone(), flag.1.clone()), |one, other| (&one.0, &one.1) == (&other.0, &other.1))
}

/// The first of each key, which are equal where `same` says so. A few are compared with each other; a hostile
/// finding may have a million links, and then each is looked up.
fn unique_by<T, K: Eq + Hash>(mut items: Vec<T>, key: impl Fn(&T) -> K, same: impl Fn(&T, &T) -> bool) -> Vec<T> {
    if items.len() > FEW {
        let mut seen = HashSet::with_capacity(items.len());
        items.retain(|item| seen.insert(key(item)));
        return items;
    }
    let mut at = 1;
    while at < items.len() {
        if items[..at].iter().any(|before| same(before, &items[at])) {
            items.remove(at);
        } else {
            at += 1;
        }
    }
    items
}

/// So many are quicker compared than hashed.
const FEW: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_have_255_characters_at_most() {
        assert_eq!(title("ä".repeat(255)), "ä".repeat(255));
        let long = title("ä".repeat(256));
        assert_eq!((long.chars().count(), long.ends_with("ää...")), (255, true));
    }

    #[test]
    fn links_are_unique_by_address() {
        let link = |name: &str, url: &str| (name.to_owned(), url.to_owned());
        assert_eq!(unique_links(vec![link("a", "u"), link("b", "u"), link("", "v")]), [link("a", "u"), link("", "v")]);
    }
}
