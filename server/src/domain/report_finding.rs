//! Reads one entry of a report's `vulnerabilities`, tolerant of everything the schema leaves open
//! (ingestion design, section 1.6). Must not know: identity, storage, HTTP.
//!
//! A member of the wrong form reads as absent: the schema has judged the report before, and members
//! that the schema does not describe for a type may hold anything.

use super::json::Json;
use casemate_shared::limits::IDENTIFIERS_PER_FINDING;
use casemate_shared::{ReportType, Severity};

/// One entry of a report, in whatever holds it.
#[derive(Debug, Clone, Copy)]
pub struct ReportFinding<V>(pub V);

/// An identifier as a report names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportIdentifier<'a> {
    /// Kind.
    pub kind: &'a str,
    /// Value.
    pub value: &'a str,
    /// Name.
    pub name: &'a str,
    /// Address; empty when absent.
    pub url: &'a str,
}

impl ReportIdentifier<'_> {
    /// Whether it classifies instead of naming: CWE and WASC (ingestion design, section 2.1).
    pub fn is_classification(&self) -> bool {
        self.kind.eq_ignore_ascii_case("cwe") || self.kind.eq_ignore_ascii_case("wasc")
    }
}

impl<'a, V: Json<'a>> ReportFinding<V> {
    fn text(&self, member: &str) -> &'a str {
        self.0.text(member)
    }

    fn optional_text(&self, member: &str) -> Option<&'a str> {
        self.0.get(member).and_then(Json::as_text).filter(|text| !text.is_empty())
    }

    fn array(&self, member: &str) -> impl Iterator<Item = V> + use<'a, V> {
        entries_at(self.0, member)
    }

    /// `id`, which joins remediations to the finding; empty when absent.
    pub fn id(&self) -> &'a str {
        self.text("id")
    }

    /// The legacy `cve` member, which remediations of 14.x refer to; empty when absent.
    pub fn legacy_cve(&self) -> &'a str {
        self.text("cve")
    }

    /// Severity; absent or unknown words read as unknown.
    pub fn severity(&self) -> Severity {
        Severity::from_report(self.text("severity"))
    }

    /// Description.
    pub fn description(&self) -> Option<&'a str> {
        self.optional_text("description")
    }

    /// Solution.
    pub fn solution(&self) -> Option<&'a str> {
        self.optional_text("solution")
    }

    /// The first 20 identifiers that are objects.
    pub fn identifiers(&self) -> impl Iterator<Item = ReportIdentifier<'a>> + use<'a, V> {
        self.array("identifiers").filter(|entry| entry.is_object()).take(IDENTIFIERS_PER_FINDING).map(|entry| ReportIdentifier {
            kind: entry.text("type"),
            value: entry.text("value"),
            name: entry.text("name"),
            url: entry.text("url"),
        })
    }

    /// How many identifiers stand behind those.
    pub fn identifiers_left_out(&self) -> usize {
        self.array("identifiers").filter(|entry| entry.is_object()).skip(IDENTIFIERS_PER_FINDING).count()
    }

    /// The place, if it is an object.
    pub fn location(&self) -> Option<Location<V>> {
        self.0.get("location").filter(|value| value.is_object()).map(Location)
    }

    /// Name, or the rule for reports that give none: first CVE, else first CWE, else first identifier,
    /// with ` in <place>` (ingestion design, section 1.6).
    pub fn name(&self, report_type: ReportType) -> String {
        if let Some(name) = self.0.get("name").and_then(Json::as_text).filter(|name| !name.trim().is_empty()) {
            return name.to_owned();
        }
        let Some(identifier) = self.naming_identifier() else {
            return String::new();
        };
        let place = self.location().map(|location| location.name_suffix(report_type)).unwrap_or_default();
        if place.is_empty() { identifier.to_owned() } else { format!("{identifier} in {place}") }
    }

    fn naming_identifier(&self) -> Option<&'a str> {
        let first = |kind: &str| self.identifiers().find(|identifier| identifier.kind.eq_ignore_ascii_case(kind));
        first("cve").or_else(|| first("cwe")).or_else(|| self.identifiers().next()).map(|found| found.name)
    }

    /// Links with an address: (name, url).
    pub fn links(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a, V> {
        self.array("links").map(|link| (link.text("name"), link.text("url"))).filter(|(_, url)| !url.is_empty())
    }

    /// Flags: (type, origin, description).
    pub fn flags(&self) -> impl Iterator<Item = (&'a str, &'a str, &'a str)> + use<'a, V> {
        self.array("flags")
            .filter(|flag| flag.is_object())
            .map(|flag| (flag.text("type"), flag.text("origin"), flag.text("description")))
    }

    /// Evidence, if it is an object.
    pub fn evidence(&self) -> Option<V> {
        self.0.get("evidence").filter(|value| value.is_object())
    }

    /// Details, if they are an object.
    pub fn details(&self) -> Option<V> {
        self.0.get("details").filter(|value| value.is_object())
    }

    /// CVSS vectors, if they are an array.
    pub fn cvss(&self) -> Option<V> {
        self.0.get("cvss_vectors").filter(|value| value.is_array())
    }

    /// The scanner that the entry itself names, as reports before 15 do.
    pub fn own_scanner(&self) -> Option<V> {
        self.0.get("scanner").filter(|value| !value.text("id").is_empty())
    }

    /// Remediations inside the entry, used when the report has no list of its own.
    pub fn own_remediations(&self) -> impl Iterator<Item = V> + use<'a, V> {
        self.array("remediations")
    }

    /// (algorithm, value) of every tracking signature, in report order. A malformed `tracking` has none.
    pub fn signatures(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a, V> {
        let items = self.0.get("tracking").into_iter().flat_map(|tracking| entries_at(tracking, "items"));
        items
            .flat_map(|item| entries_at(item, "signatures"))
            .map(|signature| (signature.text("algorithm"), signature.text("value")))
    }
}

/// The place of a finding.
#[derive(Debug, Clone, Copy)]
pub struct Location<V>(pub V);

impl<'a, V: Json<'a>> Location<V> {
    /// A text member; empty when absent.
    pub fn text(&self, member: &str) -> &'a str {
        self.0.text(member)
    }

    /// A number member as the report writes it; empty when absent.
    pub fn number(&self, member: &str) -> String {
        let Some(value) = self.0.get(member) else { return String::new() };
        value.as_number().or_else(|| value.as_text().map(str::to_owned)).unwrap_or_default()
    }

    /// Name of the package.
    pub fn package(&self) -> &'a str {
        self.0
            .get("dependency")
            .and_then(|dependency| dependency.get("package"))
            .map(|package| package.text("name"))
            .unwrap_or_default()
    }

    /// Version of the package.
    pub fn package_version(&self) -> &'a str {
        self.0.get("dependency").map(|dependency| dependency.text("version")).unwrap_or_default()
    }

    /// Agent of a cluster image, text or number; empty when absent or blank.
    pub fn agent_id(&self) -> String {
        let Some(id) = self.0.get("kubernetes_resource").and_then(|resource| resource.get("agent_id")) else {
            return String::new();
        };
        id.as_number().or_else(|| id.as_text().filter(|text| !text.trim().is_empty()).map(str::to_owned)).unwrap_or_default()
    }

    fn name_suffix(&self, report_type: ReportType) -> String {
        match report_type {
            ReportType::Sast | ReportType::SecretDetection | ReportType::DependencyScanning => self.text("file").to_owned(),
            ReportType::Dast | ReportType::ApiFuzzing => self.text("path").to_owned(),
            ReportType::ContainerScanning | ReportType::ClusterImageScanning => {
                let image = image_without_tag(self.text("image"));
                if self.package().is_empty() { image.to_owned() } else { format!("{image}:{}", self.package()) }
            }
            ReportType::CoverageFuzzing => self.text("crash_type").to_owned(),
        }
    }

    /// The place in one line, for lists: `src/a.py:12`, `image · package 1.2`, `GET host/path?param`.
    pub fn one_line(&self, report_type: ReportType) -> String {
        match report_type {
            ReportType::Sast | ReportType::SecretDetection => {
                let line = self.number("start_line");
                if line.is_empty() { self.text("file").to_owned() } else { format!("{}:{line}", self.text("file")) }
            }
            ReportType::DependencyScanning => join(self.text("file"), &self.package_line()),
            ReportType::ContainerScanning | ReportType::ClusterImageScanning => join(self.text("image"), &self.package_line()),
            ReportType::Dast | ReportType::ApiFuzzing => self.request_line(),
            ReportType::CoverageFuzzing => {
                let state = self.text("crash_state").lines().next().unwrap_or_default();
                join(self.text("crash_type").lines().next().unwrap_or_default(), state)
            }
        }
    }

    fn package_line(&self) -> String {
        format!("{} {}", self.package(), self.package_version()).trim().to_owned()
    }

    fn request_line(&self) -> String {
        let address = format!("{}{}", self.text("hostname"), self.text("path"));
        let line = format!("{} {address}", self.text("method")).trim().to_owned();
        join(&line, self.text("param"))
    }
}

fn join(left: &str, right: &str) -> String {
    match (left.is_empty(), right.is_empty()) {
        (_, true) => left.to_owned(),
        (true, _) => right.to_owned(),
        _ => format!("{left} · {right}"),
    }
}

/// The image without its tag; a colon that a `/` follows belongs to a port.
pub fn image_without_tag(image: &str) -> &str {
    match image.rfind(':') {
        Some(at) if !image[at..].contains('/') => &image[..at],
        _ => image,
    }
}

fn entries_at<'a, V: Json<'a>>(value: V, member: &str) -> impl Iterator<Item = V> + use<'a, V> {
    value.get(member).into_iter().flat_map(Json::entries)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn a_name_is_made_from_identifier_and_place() {
        let value = json!({"identifiers": [{"type": "x", "name": "X-1", "value": "1"}, {"type": "CVE", "name": "CVE-2020-1", "value": "CVE-2020-1"}],
            "location": {"image": "host:5000/app:1.2", "dependency": {"package": {"name": "zlib"}, "version": "1.1"}}});
        let finding = ReportFinding(&value);
        assert_eq!(finding.name(ReportType::ContainerScanning), "CVE-2020-1 in host:5000/app:zlib");
        let named = json!({"name": "Weak hash", "identifiers": []});
        assert_eq!(ReportFinding(&named).name(ReportType::Sast), "Weak hash");
    }

    #[test]
    fn members_of_the_wrong_form_read_as_absent() {
        let value = json!({"identifiers": "none", "location": [], "links": {"a": 1}, "tracking": {"items": 3}, "severity": 7});
        let finding = ReportFinding(&value);
        assert_eq!(finding.identifiers().count(), 0);
        assert!(finding.location().is_none());
        assert_eq!(finding.links().count(), 0);
        assert_eq!(finding.signatures().count(), 0);
        assert_eq!(finding.severity(), Severity::Unknown);
    }

    #[test]
    fn only_twenty_identifiers_count() {
        let many: Vec<Value> = (0..23).map(|n| json!({"type": "t", "name": "n", "value": n.to_string()})).collect();
        let value = json!({ "identifiers": many });
        assert_eq!(ReportFinding(&value).identifiers().count(), 20);
    }

    #[test]
    fn places_fit_one_line() {
        let place = |value: &Value, kind| Location(value).one_line(kind);
        assert_eq!(place(&json!({"file": "a.py", "start_line": 3}), ReportType::Sast), "a.py:3");
        assert_eq!(
            place(
                &json!({"file": "a.lock", "dependency": {"package": {"name": "rack"}, "version": "2"}}),
                ReportType::DependencyScanning
            ),
            "a.lock · rack 2"
        );
        assert_eq!(
            place(&json!({"method": "GET", "hostname": "http://h", "path": "/p", "param": "q"}), ReportType::Dast),
            "GET http://h/p · q"
        );
    }
}
