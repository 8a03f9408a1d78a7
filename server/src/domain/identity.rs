//! Identity of a finding, exactly as GitLab 18.9 computes it (ingestion design, section 2). Pure.
//!
//! Must not know: storage, reports as a whole, threads.

use crate::domain::few::Few;
use crate::domain::finding::Signature;
use crate::domain::json::Json;
use crate::domain::report_finding::{Location, ReportFinding, image_without_tag};
use casemate_shared::ReportType;
use sha1::{Digest, Sha1};
use uuid::Uuid;

/// Namespace of all finding UUIDs: GitLab's production one (ingestion design, section 2.3).
const NAMESPACE: Uuid = Uuid::from_u128(0x58dc_0f06_936c_43b3_93bb_7169_3f1b_6570);

/// Known algorithms; their number is their priority, higher is better (ingestion design, section 2.4).
const ALGORITHMS: [(&str, u8); 5] =
    [("hash", 1), ("location", 2), ("scope_offset", 3), ("scope_offset_compressed", 4), ("rule_value", 5)];

/// One key of a finding. Two findings of one report type are the same iff they share a key
/// (ingestion design, section 2.5). A UUID, or two halves of hashes, the first with the kind of place in it.
pub type FindingKey = [u8; 16];

/// Who a finding is. Small and, for what scanners really report, without memory of its own: a report may
/// have a million.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// UUID, version 5.
    pub uuid: [u8; 16],
    /// Fingerprint of the first identifier.
    pub primary: [u8; 20],
    /// SHA-1 of the plain place.
    pub location_sha: [u8; 20],
    /// Signatures, best first.
    pub signatures: Few<Signature, 2>,
    /// Fingerprints of the identifiers that name it: all but CWE and WASC.
    pub names: Few<[u8; 20], 2>,
}

impl Identity {
    /// Everything it can be recognised by inside a pipeline; its UUID first.
    pub fn keys(&self) -> impl Iterator<Item = FindingKey> + '_ {
        let places = || std::iter::once((0, &self.location_sha)).chain(self.signatures.iter().map(|(kind, sha)| (*kind, sha)));
        let of_name = move |name: &[u8; 20]| {
            let name = *name;
            places().map(move |(kind, place)| place_key(kind, place, &name))
        };
        std::iter::once(self.uuid).chain(self.names.iter().flat_map(of_name))
    }
}

/// SHA-1 of a text.
pub fn sha1(text: &str) -> [u8; 20] {
    Sha1::digest(text.as_bytes()).into()
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| b"0123456789abcdef"[usize::from(half & 15)];
    let mut text = vec![b'0'; bytes.len() * 2];
    for (pair, byte) in text.chunks_exact_mut(2).zip(bytes) {
        pair.copy_from_slice(&[digit(byte >> 4), digit(*byte)]);
    }
    String::from_utf8(text).unwrap_or_default()
}

/// Fingerprint of an identifier: SHA-1 of `type:value` as they stand in the report.
pub fn identifier_fingerprint(kind: &str, value: &str) -> [u8; 20] {
    Sha1::new().chain_update(kind).chain_update(":").chain_update(value).finalize().into()
}

/// The text that is hashed for the place (ingestion design, section 2.2). `image` is the image to go by:
/// the location's own, or its default-branch image where that rule applies.
pub fn location_text<'a>(report_type: ReportType, location: &Location<impl Json<'a>>, image: &str) -> String {
    match report_type {
        ReportType::Sast | ReportType::SecretDetection => {
            format!("{}:{}:{}", location.text("file"), location.number("start_line"), location.number("end_line"))
        }
        ReportType::DependencyScanning => format!("{}:{}", location.text("file"), location.package()),
        ReportType::ContainerScanning => format!("{}:{}", image_key(image), location.package()),
        ReportType::ClusterImageScanning => {
            let agent = location.agent_id();
            let prefix = if agent.is_empty() { String::new() } else { format!("AGENT_{agent}:") };
            format!("{prefix}{}:{}", image_key(location.text("image")), location.package())
        }
        ReportType::Dast | ReportType::ApiFuzzing => {
            format!("{}:{}:{}", location.text("path"), location.text("method"), location.text("param"))
        }
        ReportType::CoverageFuzzing => format!("{}:{}", location.text("crash_type"), location.text("crash_state")),
    }
}

/// The image without a tag that changes from build to build; a version-like tag stays. Two documented
/// differences from GitLab: a port is no tag, and an image without a tag keeps its name.
pub fn image_key(image: &str) -> &str {
    let base = image_without_tag(image);
    match image.get(base.len() + 1..) {
        Some(tag) if is_version_like(tag) => image,
        _ => base,
    }
}

/// Ruby's gem-version grammar, and not a commit-like hex number of 8 to 128 digits.
fn is_version_like(tag: &str) -> bool {
    let hex_like = (8..=128).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_hexdigit());
    !hex_like && matches_gem_version(tag.trim())
}

/// `([0-9]+(\.[0-9a-zA-Z]+)*(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?)?` over the whole text.
fn matches_gem_version(text: &str) -> bool {
    if text.is_empty() {
        return true;
    }
    let (release, pre) = match text.split_once('-') {
        Some((release, pre)) => (release, Some(pre)),
        None => (text, None),
    };
    let mut parts = release.split('.');
    let number = parts.next().is_some_and(|first| !first.is_empty() && first.bytes().all(|byte| byte.is_ascii_digit()));
    let rest = parts.all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    let pre_ok = pre.is_none_or(|pre| {
        pre.split('.').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'))
    });
    number && rest && pre_ok
}

/// Signatures of a finding, best first: values of one algorithm are joined by `|` in report order.
/// Unknown algorithms are left out.
pub fn signatures<'a>(finding: &ReportFinding<impl Json<'a>>) -> Few<Signature, 2> {
    let number_of = |algorithm: &str| ALGORITHMS.iter().find(|(name, _)| *name == algorithm).map(|(_, number)| *number);
    let mut hashes: [Option<Sha1>; ALGORITHMS.len()] = [const { None }; ALGORITHMS.len()];
    for (algorithm, value) in finding.signatures() {
        let Some(hash) = number_of(algorithm).and_then(|number| hashes.get_mut(usize::from(number) - 1)) else { continue };
        match hash {
            Some(hash) => {
                hash.update("|");
                hash.update(value);
            }
            None => *hash = Some(Sha1::new().chain_update(value)),
        }
    }
    let signature = |(number, hash): (u8, Option<Sha1>)| Some((number, hash?.finalize().into()));
    (1..=ALGORITHMS.len() as u8).zip(hashes).rev().filter_map(signature).collect()
}

/// `<algorithm>:<hex>` of a signature, as it stands in UUIDs and on the wire.
pub fn signature_text(signature: &Signature) -> String {
    format!("{}:{}", algorithm_name(signature.0), hex(&signature.1))
}

/// Name of a signature's algorithm by its number; empty for an unknown one.
pub fn algorithm_name(number: u8) -> &'static str {
    ALGORITHMS.iter().find(|(_, known)| *known == number).map_or("", |(name, _)| name)
}

/// What is stored as `location_fingerprint`: the best signature, else the place.
pub fn location_fingerprint(signatures: &[Signature], location_sha: &[u8; 20]) -> String {
    signatures.first().map_or_else(|| hex(location_sha), signature_text)
}

/// The UUID: version 5 over `type-primary-location-project`.
pub fn finding_uuid(report_type: ReportType, primary: &[u8; 20], location_fingerprint: &str, project: u64) -> [u8; 16] {
    let name = format!("{}-{}-{location_fingerprint}-{project}", report_type.as_str(), hex(primary));
    // As `Uuid::new_v5`, by the hash that uses the processor's instructions.
    let digest: [u8; 20] = Sha1::new().chain_update(NAMESPACE.as_bytes()).chain_update(name).finalize().into();
    let mut first = [0; 16];
    first.copy_from_slice(&digest[..16]);
    *uuid::Builder::from_sha1_bytes(first).as_uuid().as_bytes()
}

/// Text of a UUID.
pub fn uuid_text(uuid: &[u8; 16]) -> String {
    Uuid::from_bytes(*uuid).hyphenated().encode_lower(&mut Uuid::encode_buffer()).to_owned()
}

/// Identity of a report's finding. `None` when it has no identifier or no place: then it can't be told
/// apart from others (ingestion design, section 1.8).
pub fn identify<'a>(
    report_type: ReportType,
    finding: &ReportFinding<impl Json<'a>>,
    image: &str,
    project: u64,
) -> Option<Identity> {
    let location = finding.location()?;
    let first = finding.identifiers().next()?;
    let primary = identifier_fingerprint(first.kind, first.value);
    let location_sha = sha1(&location_text(report_type, &location, image));
    let signatures = signatures(finding);
    let uuid = finding_uuid(report_type, &primary, &location_fingerprint(&signatures, &location_sha), project);
    let naming = finding.identifiers().filter(|identifier| !identifier.is_classification());
    let names = naming.map(|identifier| identifier_fingerprint(identifier.kind, identifier.value)).collect();
    Some(Identity { uuid, primary, location_sha, signatures, names })
}

fn place_key(kind: u8, place: &[u8; 20], identifier: &[u8; 20]) -> FindingKey {
    let mut key = [0; 16];
    key[..8].copy_from_slice(&place[..8]);
    key[8..].copy_from_slice(&identifier[..8]);
    key[0] ^= kind;
    key
}

#[cfg(test)]
#[path = "identity_tests.rs"]
mod tests;
