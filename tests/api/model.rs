//! A second, plain computation of what the server should make of reports: identity by hand, matching and
//! the life of vulnerabilities in a map (ingestion design, sections 2, 3.3, 4 and 5).
//!
//! Must not know: the server. It reads reports and gives expectations.

use serde_json::Value;
use sha1::{Digest, Sha1};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// Namespace of all UUIDs of findings.
const NAMESPACE: [u8; 16] = [0x58, 0xdc, 0x0f, 0x06, 0x93, 0x6c, 0x43, 0xb3, 0x93, 0xbb, 0x71, 0x69, 0x3f, 0x1b, 0x65, 0x70];
/// Algorithms of signatures, the best first.
const ALGORITHMS: [&str; 5] = ["rule_value", "scope_offset_compressed", "scope_offset", "location", "hash"];

/// SHA-1 of a text in hex.
pub fn sha1(text: &str) -> String {
    Sha1::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// UUID of version 5 of a name in the namespace of findings.
pub fn uuid(name: &str) -> String {
    let digest = Sha1::new().chain_update(NAMESPACE).chain_update(name).finalize();
    let mut bytes = [0u8; 16];
    bytes.copy_from_slice(&digest[..16]);
    bytes[6] = (bytes[6] & 0x0f) | 0x50;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

/// Fingerprint of an identifier of a report.
pub fn identifier(value: &Value) -> String {
    sha1(&format!("{}:{}", print(&value["type"]), print(&value["value"])))
}

fn print(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The text that a location's fingerprint is made of.
pub fn location_text(report_type: &str, location: &Value) -> String {
    let own = |name: &str| print(&location[name]);
    let package = print(&location["dependency"]["package"]["name"]);
    match report_type {
        "sast" | "secret_detection" => format!("{}:{}:{}", own("file"), own("start_line"), own("end_line")),
        "dependency_scanning" => format!("{}:{package}", own("file")),
        "container_scanning" => format!("{}:{package}", image_key(&own("image"))),
        "cluster_image_scanning" => {
            let agent = print(&location["kubernetes_resource"]["agent_id"]);
            let before = if agent.trim().is_empty() { String::new() } else { format!("AGENT_{agent}:") };
            format!("{before}{}:{package}", image_key(&own("image")))
        }
        "dast" | "api_fuzzing" => format!("{}:{}:{}", own("path"), own("method"), own("param")),
        "coverage_fuzzing" => format!("{}:{}", own("crash_type"), own("crash_state")),
        other => panic!("no report type: {other}"),
    }
}

/// An image without its tag, unless the tag is a version.
fn image_key(image: &str) -> String {
    match image.rsplit_once(':') {
        Some((base, tag)) if !tag.contains('/') && !is_version(tag) => base.to_owned(),
        _ => image.to_owned(),
    }
}

fn is_version(tag: &str) -> bool {
    let tag = tag.trim();
    if tag.is_empty() {
        return true;
    }
    let is_hash = (8..=128).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_hexdigit());
    let (numbers, rest) = tag.split_once('-').map_or((tag, None), |(numbers, rest)| (numbers, Some(rest)));
    let mut parts = numbers.split('.');
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let word = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let dashed = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    !is_hash && parts.next().is_some_and(digits) && parts.all(word) && rest.is_none_or(|rest| rest.split('.').all(dashed))
}

/// Who a finding is.
#[derive(Debug, Clone)]
pub struct Identity {
    pub uuid: String,
    pub primary: String,
    /// Fingerprint of the place alone.
    pub place: String,
    /// `<algorithm>:<hex>`, the best first.
    pub signatures: Vec<String>,
    /// What duplicates are told by, the uuid left out.
    keys: Vec<String>,
}

/// Identity of a report's entry.
pub fn identity(report_type: &str, finding: &Value, project: u64) -> Identity {
    let identifiers: Vec<&Value> = finding["identifiers"].as_array().into_iter().flatten().take(20).collect();
    let primary = identifier(identifiers[0]);
    let place = sha1(&location_text(report_type, &finding["location"]));
    let signatures = signatures(finding);
    let best = signatures.first().unwrap_or(&place);
    let uuid = uuid(&format!("{report_type}-{primary}-{best}-{project}"));
    let counts = |value: &&&Value| !["cwe", "wasc"].contains(&print(&value["type"]).to_lowercase().as_str());
    let own: Vec<String> = identifiers.iter().filter(counts).map(|value| identifier(value)).collect();
    let places = || signatures.iter().chain([&place]);
    let keys = places().flat_map(|place| own.iter().map(move |own| format!("{place} {own}"))).collect();
    Identity { uuid, primary, place, signatures, keys }
}

fn signatures(finding: &Value) -> Vec<String> {
    let items = finding["tracking"]["items"].as_array().into_iter().flatten();
    let all: Vec<&Value> = items.flat_map(|item| item["signatures"].as_array().into_iter().flatten()).collect();
    let joined = |algorithm: &&str| {
        let values: Vec<String> =
            all.iter().filter(|one| one["algorithm"] == *algorithm).map(|one| print(&one["value"])).collect();
        (!values.is_empty()).then(|| format!("{algorithm}:{}", sha1(&values.join("|"))))
    };
    ALGORITHMS.iter().filter_map(joined).collect()
}

/// What is known of one vulnerability.
#[derive(Debug, Clone)]
struct Known {
    report_type: String,
    scanner: String,
    primary: String,
    /// The place's fingerprint when there is no signature.
    place: Option<String>,
    signatures: BTreeSet<String>,
    is_gone: bool,
}

/// What one pipeline is expected to change, summed over its reports.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Expected {
    pub accepted: u64,
    pub duplicate: u64,
    pub new: u64,
    pub redetected: u64,
    pub no_longer_detected: u64,
}

/// The vulnerabilities of one project.
#[derive(Debug, Default)]
pub struct Model {
    pub project: u64,
    known: BTreeMap<String, Known>,
}

impl Model {
    pub fn new(project: u64) -> Model {
        Model { project, known: BTreeMap::new() }
    }

    /// Uuids and whether they are no longer detected.
    pub fn state(&self) -> BTreeMap<String, bool> {
        self.known.iter().map(|(uuid, known)| (uuid.clone(), known.is_gone)).collect()
    }

    /// A pipeline of the default branch: its reports, all of them valid and full.
    pub fn ingest(&mut self, reports: &[Value]) -> Expected {
        let mut expected = Expected::default();
        let mut by_type: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
        for report in reports {
            by_type.entry(print(&report["scan"]["type"])).or_default().push(report);
        }
        let mut seen = HashSet::new();
        for (report_type, mut reports) in by_type.clone() {
            reports.sort_by_key(|report| order(&print(&report["scan"]["scanner"]["id"])));
            let mut keys = HashSet::new();
            for report in reports {
                for (uuid, identity) in self.unique(&report_type, report, &mut keys, &mut expected) {
                    self.store(&report_type, report, &uuid, identity, &mut expected);
                    seen.insert(uuid);
                }
            }
        }
        for (report_type, reports) in by_type {
            for report in reports {
                self.mark(&report_type, &print(&report["scan"]["scanner"]["id"]), &seen, &mut expected);
            }
        }
        expected
    }

    /// Findings of a report that repeat nothing, with the uuid that they are stored under.
    fn unique(
        &self,
        report_type: &str,
        report: &Value,
        keys: &mut HashSet<String>,
        expected: &mut Expected,
    ) -> Vec<(String, Identity)> {
        let scanner = print(&report["scan"]["scanner"]["id"]);
        let entries = report["vulnerabilities"].as_array().expect("findings");
        let identities: Vec<Identity> = entries.iter().map(|entry| identity(report_type, entry, self.project)).collect();
        let mut claimed: HashSet<String> = identities.iter().map(|identity| identity.uuid.clone()).collect();
        let mut own = HashSet::new();
        let mut unique = Vec::new();
        for identity in identities {
            let earlier = self.earlier(report_type, &scanner, &identity).filter(|earlier| claimed.insert(earlier.clone()));
            let uuid = earlier.unwrap_or_else(|| identity.uuid.clone());
            let all: Vec<String> = identity.keys.iter().cloned().chain([uuid.clone()]).collect();
            if all.iter().any(|key| own.contains(key) || keys.contains(key)) {
                expected.duplicate += 1;
            } else {
                expected.accepted += 1;
                keys.extend(all.iter().cloned());
                unique.push((uuid, identity));
            }
            own.extend(all);
        }
        unique
    }

    /// The stored finding that this one is, by its signatures or, without stored ones, its place.
    fn earlier(&self, report_type: &str, scanner: &str, identity: &Identity) -> Option<String> {
        let fits =
            |known: &Known| known.report_type == report_type && known.scanner == scanner && known.primary == identity.primary;
        let by_signature = identity
            .signatures
            .iter()
            .find_map(|signature| self.known.iter().find(|(_, known)| fits(known) && known.signatures.contains(signature)));
        let by_place = || self.known.iter().find(|(_, known)| fits(known) && known.place.as_ref() == Some(&identity.place));
        let found = if identity.signatures.is_empty() { None } else { by_signature.or_else(by_place) };
        found.map(|(uuid, _)| uuid.clone())
    }

    fn store(&mut self, report_type: &str, report: &Value, uuid: &str, identity: Identity, expected: &mut Expected) {
        let mut signatures: BTreeSet<String> = identity.signatures.iter().cloned().collect();
        match self.known.get(uuid) {
            None => expected.new += 1,
            Some(known) => {
                expected.redetected += u64::from(known.is_gone);
                signatures.extend(known.signatures.iter().cloned());
            }
        }
        let known = Known {
            report_type: report_type.to_owned(),
            scanner: print(&report["scan"]["scanner"]["id"]),
            primary: identity.primary,
            place: identity.signatures.is_empty().then_some(identity.place),
            signatures,
            is_gone: false,
        };
        self.known.insert(uuid.to_owned(), known);
    }

    fn mark(&mut self, report_type: &str, scanner: &str, seen: &HashSet<String>, expected: &mut Expected) {
        for (uuid, known) in &mut self.known {
            let is_its = known.report_type == report_type && known.scanner == scanner;
            if is_its && report_type != "secret_detection" && !seen.contains(uuid) && !known.is_gone {
                known.is_gone = true;
                expected.no_longer_detected += 1;
            }
        }
    }
}

/// Which of several scanners of one type comes first.
fn order(scanner: &str) -> (u32, String) {
    let place = match scanner {
        "bundler_audit" | "bandit" | "spotbugs" => 1,
        "retire.js" | "semgrep" => 2,
        "gemnasium" | "gemnasium-maven" | "gemnasium-python" => 3,
        _ => 9,
    };
    (place, scanner.to_owned())
}
