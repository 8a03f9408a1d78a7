//! One result of a run to one finding in our own form (ingestion design, section 9.7). Must not know: the frame of
//! the file, storage.

use super::place::{Bases, Place};
use super::rule::{Rules, array, classes};
use super::severity::severity;
use crate::ingest::foreign::entry::{self, NAME_CHARS, TEXT_CHARS, add, cut, identifier, set_text, stable_id};
use casemate_shared::ReportType;
use serde_json::{Map, Value, json};
use std::collections::{BTreeSet, HashMap};

/// CWEs about secrets: a result with one of them is a finding of secret detection.
const SECRET_CWES: [u64; 9] = [798, 259, 321, 522, 312, 319, 256, 257, 540];
/// Fingerprints that stay when lines move. Others are of the commit, or of the column, or of nobody knows what.
const FINGERPRINTS: [&str; 2] = ["primaryLocationLineHash", "matchBasedId"];
/// Code flows of a finding, and steps of one flow.
const MOST_FLOWS: usize = 10;
const MOST_STEPS: usize = 100;

/// What became of a result.
#[derive(Debug)]
pub enum Outcome {
    /// A finding.
    Kept {
        /// Type of scan that it belongs to.
        report_type: ReportType,
        /// The finding.
        entry: Value,
    },
    /// It can't be one.
    Rejected {
        /// Type of scan that it would belong to.
        report_type: ReportType,
        /// Why.
        reason: String,
    },
}

impl Outcome {
    /// Type of scan.
    pub fn report_type(&self) -> ReportType {
        match self {
            Outcome::Kept { report_type, .. } | Outcome::Rejected { report_type, .. } => *report_type,
        }
    }
}

/// Why a result is no finding although nothing is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skipped {
    /// Somebody told the tool not to report it.
    Suppressed,
    /// It says that something is right.
    NoProblem,
    /// It was there in an earlier run and is gone.
    Gone,
}

impl Skipped {
    /// All of them.
    pub const ALL: [Skipped; 3] = [Skipped::Suppressed, Skipped::NoProblem, Skipped::Gone];

    /// In words.
    pub fn reason(self) -> &'static str {
        match self {
            Skipped::Suppressed => "they are suppressed in the tool or in the source",
            Skipped::NoProblem => "their kind says that there is no problem",
            Skipped::Gone => "their baseline state says that they are gone",
        }
    }

    /// Whether a result is to be left out. One suppression that is neither under review nor rejected is enough.
    pub fn of(result: &Value) -> Option<Skipped> {
        let word = |member: &str| result.get(member).and_then(Value::as_str).unwrap_or_default();
        let is_open =
            |suppression: &Value| matches!(suppression.get("status").and_then(Value::as_str), Some("underReview" | "rejected"));
        if !array(result.get("suppressions")).iter().all(is_open) {
            return Some(Skipped::Suppressed);
        }
        match (word("kind"), word("baselineState")) {
            ("pass" | "notApplicable", _) => Some(Skipped::NoProblem),
            (_, "absent") => Some(Skipped::Gone),
            _ => None,
        }
    }
}

/// Reads the results of one run.
pub struct Reader<'a> {
    rules: &'a Rules<'a>,
    bases: &'a Bases<'a>,
    driver: &'a str,
    messages: Option<&'a Value>,
    /// How often a fingerprint stands for a rule in a file.
    fingerprints: HashMap<String, usize>,
    /// Texts that were cut.
    pub cuts: u64,
}

impl<'a> Reader<'a> {
    /// A reader for a run of a driver with that name.
    pub fn new(run: &'a Value, rules: &'a Rules<'a>, bases: &'a Bases<'a>, driver: &'a str) -> Reader<'a> {
        let messages = run.pointer("/tool/driver/globalMessageStrings");
        Reader { rules, bases, driver, messages, fingerprints: HashMap::new(), cuts: 0 }
    }

    /// A result that is not to be taken.
    pub fn refuse(&self, result: &'a Value, reason: String) -> Outcome {
        let (id, rule) = self.rules.of(result);
        let (cves, cwes) = classes(id.unwrap_or_default(), result, rule);
        Outcome::Rejected { report_type: inferred(&cves, &cwes), reason }
    }

    /// A result.
    pub fn read(&mut self, result: &'a Value) -> Outcome {
        if !result.is_object() {
            return self.refuse(result, "a result has to be an object".to_owned());
        }
        let (id, rule) = self.rules.of(result);
        let Some(id) = id else { return self.refuse(result, "it names no rule".to_owned()) };
        if self.driver.is_empty() {
            return self.refuse(result, "its run names no tool".to_owned());
        }
        if id.chars().nth(TEXT_CHARS).is_some() {
            return self.refuse(result, format!("its rule id is longer than {TEXT_CHARS} characters"));
        }
        let place = match self.bases.place(result) {
            Ok(place) => place,
            Err(reason) => return self.refuse(result, reason.to_owned()),
        };
        let (cves, cwes) = classes(id, result, rule);
        let report_type = inferred(&cves, &cwes);
        let entry = self.entry(report_type, Parts { id, result, rule, place: &place, cves: &cves, cwes: &cwes });
        Outcome::Kept { report_type, entry }
    }

    fn entry(&mut self, report_type: ReportType, parts: Parts<'_>) -> Value {
        let Parts { id, result, rule, place, .. } = parts;
        let message = self.message(result, rule);
        let text = |path: &str| rule.and_then(|rule| rule.pointer(path)).and_then(Value::as_str).unwrap_or_default().trim();
        let title = [text("/shortDescription/text"), text("/name"), message.lines().next().unwrap_or_default(), id];
        let title = title.into_iter().find(|text| !text.is_empty()).unwrap_or(id);
        let url = text("/helpUri");
        let mut entry = Map::new();
        let line = |line: Option<u64>| line.map(|line| line.to_string()).unwrap_or_default();
        entry.insert(
            "id".to_owned(),
            json!(stable_id(&[id, &place.file, &line(place.start_line), &line(place.end_line), &message])),
        );
        entry.insert("name".to_owned(), json!(self.cut(title, NAME_CHARS)));
        let description = self.description(&message, text("/fullDescription/text"));
        set_text(&mut entry, "description", &description);
        entry.insert("severity".to_owned(), json!(severity(result, rule)));
        let solution = result.pointer("/fixes/0/description/text").and_then(Value::as_str).unwrap_or_default();
        set_text(&mut entry, "solution", &self.cut(solution, TEXT_CHARS));
        entry.insert("identifiers".to_owned(), Value::Array(identifiers(self.driver, url, &parts)));
        entry.insert("location".to_owned(), location(report_type, place, result, &message));
        if let Some(url) = entry::address(url) {
            entry.insert("links".to_owned(), json!([{"url": url}]));
        }
        let details = self.details(result, text("/help/text"));
        if !details.is_empty() {
            entry.insert("details".to_owned(), Value::Object(details));
        }
        if let Some(tracking) = self.tracking(id, result, place) {
            entry.insert("tracking".to_owned(), tracking);
        }
        Value::Object(entry)
    }

    fn cut(&mut self, text: &str, most: usize) -> String {
        let (text, was_cut) = cut(text, most);
        self.cuts += u64::from(was_cut);
        text
    }

    /// The text of a result: its own, or one of its rule's or driver's with the arguments put in.
    fn message(&self, result: &Value, rule: Option<&Value>) -> String {
        let message = result.get("message").unwrap_or(&Value::Null);
        let own =
            ["text", "markdown"].into_iter().filter_map(|member| message.get(member)?.as_str()).find(|text| !text.is_empty());
        let named = || {
            let id = message.get("id")?.as_str()?;
            let of = |strings: Option<&Value>| strings.and_then(|all| all.get(id)?.get("text")?.as_str().map(str::to_owned));
            of(rule.and_then(|rule| rule.get("messageStrings"))).or_else(|| of(self.messages))
        };
        let Some(text) = own.map(str::to_owned).or_else(named) else { return String::new() };
        with_arguments(&text, array(message.get("arguments")))
    }

    fn description(&mut self, message: &str, full: &str) -> String {
        let (message, full) = (self.cut(message, TEXT_CHARS), self.cut(full, TEXT_CHARS));
        match (message.is_empty(), full.is_empty() || message.contains(&full)) {
            (true, _) => full,
            (false, true) => message,
            (false, false) => format!("{message}\n\n{full}"),
        }
    }

    fn details(&mut self, result: &Value, help: &str) -> Map<String, Value> {
        let mut details = Map::new();
        if !help.is_empty() {
            details.insert("help".to_owned(), json!({"type": "text", "name": "Help", "value": self.cut(help, TEXT_CHARS)}));
        }
        let flows: Vec<Value> = array(result.get("codeFlows"))
            .iter()
            .flat_map(|flow| array(flow.get("threadFlows")))
            .filter_map(|flow| self.flow(array(flow.get("locations"))))
            .take(MOST_FLOWS)
            .collect();
        if !flows.is_empty() {
            details.insert("code_flows".to_owned(), json!({"type": "code-flows", "name": "Code flows", "items": flows}));
        }
        details
    }

    /// The steps of a flow from source to sink; of a long one the first ones and the last.
    fn flow(&self, steps: &[Value]) -> Option<Value> {
        let file_location = |step: &Value| {
            let place = self.bases.of_physical(step.pointer("/location/physicalLocation")?).ok()?;
            let start = place.start_line?;
            let end = place.end_line.unwrap_or(start);
            Some(json!({"type": "file-location", "file_name": place.file, "line_start": start, "line_end": end}))
        };
        let count = steps.len();
        let is_shown = |at: usize| at + 1 < MOST_STEPS || at + 1 == count;
        let shown = steps.iter().enumerate().filter(|(at, _)| is_shown(*at)).filter_map(|(_, step)| file_location(step));
        let mut nodes: Vec<Value> =
            shown.map(|place| json!({"type": "code-flow-node", "node_type": "propagation", "file_location": place})).collect();
        nodes.first_mut()?["node_type"] = json!("source");
        if nodes.len() > 1 {
            nodes.last_mut()?["node_type"] = json!("sink");
        }
        Some(Value::Array(nodes))
    }

    /// A fingerprint of the tool as a signature, so that the finding is known again when lines move.
    fn tracking(&mut self, id: &str, result: &Value, place: &Place) -> Option<Value> {
        let all = ["fingerprints", "partialFingerprints"].into_iter().filter_map(|member| result.get(member)?.as_object());
        let texts = all.flatten().filter_map(|(name, value)| Some((name.split('/').next()?, value.as_str()?)));
        let fits = |text: &str| (8..=TEXT_CHARS).contains(&text.len()) && !text.contains(' ');
        let (name, text) = texts.filter(|(name, text)| FINGERPRINTS.contains(name) && fits(text)).min()?;
        let value = format!("{}|{name}:{text}", place.file);
        *self.fingerprints.entry(format!("{id}|{value}")).or_default() += 1;
        Some(json!({"type": "source", "items": [{"file": place.file, "signatures": [{"algorithm": "hash", "value": value}]}]}))
    }

    /// A fingerprint that several results of one rule share tells none of them apart: they go by their place.
    pub fn drop_shared_fingerprints(&self, outcomes: &mut [(usize, Outcome)]) {
        for (_, outcome) in outcomes {
            let Outcome::Kept { entry, .. } = outcome else { continue };
            let id = entry.pointer("/identifiers/0/value").and_then(Value::as_str).unwrap_or_default();
            let value = entry.pointer("/tracking/items/0/signatures/0/value").and_then(Value::as_str).unwrap_or_default();
            let is_shared = self.fingerprints.get(&format!("{id}|{value}")).is_some_and(|count| *count > 1);
            if let Some(members) = entry.as_object_mut().filter(|_| is_shared) {
                members.remove("tracking");
            }
        }
    }
}

/// What a finding is made of.
#[derive(Clone, Copy)]
struct Parts<'p> {
    id: &'p str,
    result: &'p Value,
    rule: Option<&'p Value>,
    place: &'p Place,
    cves: &'p [String],
    cwes: &'p BTreeSet<u64>,
}

fn inferred(cves: &[String], cwes: &BTreeSet<u64>) -> ReportType {
    if !cves.is_empty() {
        return ReportType::DependencyScanning;
    }
    if cwes.iter().any(|cwe| SECRET_CWES.contains(cwe)) { ReportType::SecretDetection } else { ReportType::Sast }
}

/// The rule first, by the driver's name; then what everybody knows it by.
fn identifiers(driver: &str, url: &str, parts: &Parts<'_>) -> Vec<Value> {
    let mut all = Vec::new();
    all.extend(identifier(&cut(driver, NAME_CHARS).0, parts.id, parts.id, Some(url)));
    parts.cves.iter().for_each(|id| add(&mut all, entry::cve(id)));
    parts.cwes.iter().for_each(|number| add(&mut all, entry::cwe(*number)));
    all
}

fn location(report_type: ReportType, place: &Place, result: &Value, message: &str) -> Value {
    let mut location = json!({"file": place.file});
    if let Some(line) = place.start_line {
        location["start_line"] = json!(line);
    }
    if let Some(line) = place.end_line {
        location["end_line"] = json!(line);
    }
    match report_type {
        ReportType::DependencyScanning => {
            let (name, version) = package(result, message);
            location["dependency"] = json!({"package": {"name": name}, "version": version});
        }
        ReportType::SecretDetection => location["commit"] = json!({"sha": "0000000"}),
        _ => {
            let logical = result.pointer("/locations/0/logicalLocations/0");
            let name = logical.and_then(|logical| logical.get("fullyQualifiedName")?.as_str()).filter(|name| !name.is_empty());
            let is_type = logical.and_then(|logical| logical.get("kind")?.as_str()) == Some("type");
            if let Some(name) = name {
                location[if is_type { "class" } else { "method" }] = json!(cut(name, TEXT_CHARS).0);
            }
        }
    }
    location
}

/// Name and version of the package that a result is about: SARIF has no member for them. Some tools name a package
/// URL as logical location, others write lines `Package: ` and `Installed Version: ` into the message.
fn package(result: &Value, message: &str) -> (String, String) {
    let logical = array(result.get("locations")).iter().flat_map(|location| array(location.get("logicalLocations")));
    let names = logical.filter_map(|logical| logical.get("fullyQualifiedName")?.as_str());
    if let Some(purl) = names.filter_map(crate::domain::purl::Purl::parse).next() {
        return (purl.name, purl.version);
    }
    let line = |label: &str| {
        let found = message.lines().find_map(|line| line.trim().strip_prefix(label));
        cut(found.unwrap_or_default().trim(), NAME_CHARS).0
    };
    (line("Package:"), line("Installed Version:"))
}

/// Puts arguments into `{0}`, `{1}`; `{{` and `}}` are the brackets themselves.
fn with_arguments(text: &str, arguments: &[Value]) -> String {
    if arguments.is_empty() {
        return text.to_owned();
    }
    let mut made = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        made.push_str(&rest[..at]);
        let here = &rest[at..];
        let end = here.find('}').unwrap_or(0);
        let argument = here.get(1..end).and_then(|number| number.parse::<usize>().ok()).and_then(|number| arguments.get(number));
        let (piece, length) = match argument {
            Some(argument) => (argument.as_str().unwrap_or_default(), end + 1),
            None if here.starts_with("{{") || here.starts_with("}}") => (&here[..1], 2),
            None => (&here[..1], 1),
        };
        made.push_str(piece);
        if made.len() > 16 * TEXT_CHARS {
            return made;
        }
        rest = &here[length..];
    }
    made.push_str(rest);
    made
}
