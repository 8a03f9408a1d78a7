//! Generated SAST reports: valid, like real ones in size and in how often texts repeat. The same plan
//! always gives the same bytes, and a finding is a function of its number, so that a report of any size
//! is written without being held.
//!
//! Must not know: who reads them.

use crate::shape::{Detail, Finding, Identifier, Link, Location, Report, Scan, Signature, Tool, Tracked, Tracking, Vendor};
use serde::ser::{Serialize, SerializeSeq, Serializer};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

/// Name of the scanner: a search for it finds every finding.
pub const SCANNER: &str = "Benchscan";
/// One finding in so many is another one in the changed report.
const EXCHANGED_ONE_IN: u64 = 10;
/// Findings for each distinct text: scanners repeat the texts of their rules.
const FINDINGS_PER_TEXT: u64 = 20;

const FOLDERS: [&str; 24] = [
    "api", "app", "auth", "billing", "catalog", "client", "core", "deploy", "events", "gateway", "import", "jobs", "lib", "mail",
    "media", "orders", "parser", "queue", "report", "search", "server", "storage", "tenant", "web",
];
const NOUNS: [&str; 24] = [
    "account", "address", "archive", "batch", "cache", "cart", "cursor", "digest", "export", "filter", "header", "invoice",
    "ledger", "message", "option", "payload", "policy", "profile", "record", "session", "ticket", "token", "upload", "worker",
];
const WEAKNESSES: [(u64, &str, &str); 12] = [
    (22, "Path traversal", "A01"),
    (78, "Command injection", "A03"),
    (79, "Cross-site scripting", "A03"),
    (89, "SQL injection", "A03"),
    (117, "Log forging", "A09"),
    (295, "Certificate check switched off", "A07"),
    (327, "Broken digest", "A02"),
    (338, "Predictable random number", "A02"),
    (502, "Unsafe deserialization", "A08"),
    (611, "External entities in XML", "A05"),
    (732, "File open to everybody", "A01"),
    (918, "Server-side request forgery", "A10"),
];
const SENTENCES: [&str; 16] = [
    "A value that a client sends reaches this call without being checked on the way.",
    "Whoever controls the \"input\" decides what the statement does in the end.",
    "The check in the caller does not cover the path through the batch import.",
    "On the way here the value is decoded twice, so a filter in between sees the harmless form only.",
    "The result is kept for later requests, and they trust it.",
    "Nothing limits how often this may be tried.",
    "The effect depends on the rights of the account under which the process runs.",
    "A test with well-formed values does not show the fault.",
    "Allow the values that are known to be right, and refuse everything else.",
    "Hand the value over as a parameter instead of building the text around it.",
    "If the value cannot come from outside, say so beside the call and dismiss this finding.",
    "Look at the other callers of this function too; the rule looks at one function at a time.",
    "Paths such as `C:\\Temp\\..\\keys` or `../../keys` lead out of the folder.",
    "Siehe auch die Richtlinie „Sichere Eingaben“, Abschnitt 4.2.",
    "The library offers a call that does the same and cannot be misused in this way.",
    "Rotate what may have been read through it before the fix is released.",
];

/// Number that the findings of small reports are counted from: none is one of a large report.
const BEHIND_ALL: u64 = 1 << 40;

/// Which report to write.
pub struct Plan {
    findings: u64,
    changed: bool,
    first: u64,
    /// Id and name of the scanner.
    scanner: (String, String),
}

impl Plan {
    /// The report that a project begins with.
    pub fn base(findings: u64) -> Plan {
        Plan { findings, changed: false, first: 0, scanner: ("benchscan".to_owned(), SCANNER.to_owned()) }
    }

    /// The same report after a while: some findings are gone, as many others have come.
    pub fn changed(findings: u64) -> Plan {
        Plan { changed: true, ..Plan::base(findings) }
    }

    /// A few findings that no other report has; `number` tells such reports apart.
    pub fn small(findings: u64, number: u64) -> Plan {
        Plan { first: BEHIND_ALL + number * findings, ..Plan::base(findings) }
    }

    /// The same findings, reported by a scanner of their own: no other report has anything to close for it.
    pub fn by_scanner(self, number: u64) -> Plan {
        Plan { scanner: (format!("otherscan-{number}"), format!("Otherscan {number}")), ..self }
    }

    /// How many are gone, and how many have come, in the changed report.
    pub fn exchanged(findings: u64) -> u64 {
        findings / EXCHANGED_ONE_IN
    }

    /// The finding at a place of the report; those that have come are numbered behind all others.
    fn finding(&self, place: u64) -> Finding {
        let is_exchanged = self.changed && place % EXCHANGED_ONE_IN == EXCHANGED_ONE_IN - 1;
        let number = self.first + if is_exchanged { self.findings + place } else { place };
        finding(number, (self.findings / FINDINGS_PER_TEXT).max(8))
    }
}

/// Writes the report into a file; gives its bytes.
///
/// # Errors
/// Those of the disk.
pub fn write(plan: &Plan, to: &Path) -> std::io::Result<u64> {
    let tool = || Tool {
        id: plan.scanner.0.clone(),
        name: plan.scanner.1.clone(),
        url: "https://scanner.example".to_owned(),
        version: "3.1.4".to_owned(),
        vendor: Vendor { name: "Example".to_owned() },
    };
    let scan = Scan {
        analyzer: tool(),
        scanner: tool(),
        kind: "sast".to_owned(),
        start_time: "2026-01-02T03:04:05".to_owned(),
        end_time: "2026-01-02T03:05:06".to_owned(),
        status: "success".to_owned(),
    };
    let mut file = BufWriter::with_capacity(1 << 20, File::create(to)?);
    serde_json::to_writer_pretty(&mut file, &Report { version: "15.1.4".to_owned(), vulnerabilities: Stream(plan), scan })?;
    file.flush()?;
    Ok(file.get_ref().metadata()?.len())
}

/// Makes each finding when it is written.
struct Stream<'a>(&'a Plan);

impl Serialize for Stream<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut list = to.serialize_seq(None)?;
        for place in 0..self.0.findings {
            list.serialize_element(&self.0.finding(place))?;
        }
        list.end()
    }
}

/// Numbers that look random and are always the same (splitmix64).
struct Dice(u64);

impl Dice {
    fn of(what: u64, number: u64) -> Dice {
        Dice(what.wrapping_mul(0xd134_2543_de82_ef95) ^ number)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }
}

/// What a rule says wherever it finds something.
struct Rule {
    id: String,
    cwe: u64,
    title: &'static str,
    owasp: &'static str,
    description: String,
    solution: &'static str,
}

fn rule(number: u64) -> Rule {
    let dice = &mut Dice::of(1, number);
    let (cwe, title, owasp) = dice.pick(&WEAKNESSES);
    let (verb, noun) = (dice.pick(&FOLDERS), dice.pick(&NOUNS));
    let mut description = format!("{title} by way of the {noun}.\n");
    for _ in 0..1 + dice.below(3) {
        description.push_str(dice.pick(&SENTENCES));
        description.push(if dice.below(3) == 0 { '\n' } else { ' ' });
    }
    if dice.below(4) == 0 {
        let example = "```python\n{noun} = load(\"{noun}.json\")\nif not {noun}:\n\traise ValueError('no {noun}')\n```\n";
        description.push_str(&example.replace("{noun}", noun));
    }
    description.push_str(&format!("\nSee also [the guide](https://guide.example/{verb}/{number})."));
    Rule { id: format!("bench.{verb}.{noun}-{number}"), cwe, title, owasp, description, solution: dice.pick(&SENTENCES) }
}

fn finding(number: u64, rules: u64) -> Finding {
    let dice = &mut Dice::of(2, number);
    let rule = rule(dice.below(rules));
    // Three findings to a file, each on lines of its own.
    let (file, slot) = (file(number / 3), number % 3);
    let line = 10 + slot * 100 + dice.below(80);
    let (class, method) =
        (format!("{}{}", dice.pick(&NOUNS), dice.pick(&FOLDERS)), format!("{}_{}", dice.pick(&FOLDERS), dice.pick(&NOUNS)));
    let scope = format!("{file}|{class}[0]|{method}[{slot}]");
    let named = dice.below(8) == 0;
    let severity = ["Critical", "High", "High", "Medium", "Medium", "Medium", "Medium", "Low", "Low", "Info", "Unknown"];
    Finding {
        id: format!("{:016x}{:016x}{:016x}{:016x}", dice.next(), dice.next(), dice.next(), number),
        name: rule.title.to_owned(),
        severity: dice.pick(&severity).to_owned(),
        solution: (dice.below(4) == 0).then(|| rule.solution.to_owned()),
        links: if dice.below(10) == 0 {
            vec![Link { url: format!("https://advice.example/cwe-{}", rule.cwe) }]
        } else {
            Vec::new()
        },
        tracking: tracking(&file, line, &scope, dice.below(60)),
        details: if number.is_multiple_of(5) { details(&file, line, &method) } else { BTreeMap::new() },
        location: Location {
            file,
            start_line: line,
            end_line: line + 2,
            class: named.then_some(class),
            method: named.then_some(method),
        },
        identifiers: identifiers(&rule),
        description: rule.description,
    }
}

fn file(number: u64) -> String {
    let dice = &mut Dice::of(3, number);
    let mut path = "src".to_owned();
    for _ in 0..1 + dice.below(3) {
        path.push('/');
        path.push_str(dice.pick(&FOLDERS));
    }
    format!("{path}/{}_{number}.py", dice.pick(&NOUNS))
}

fn identifiers(rule: &Rule) -> Vec<Identifier> {
    let identifier =
        |kind: &str, name: String, value: String, url: Option<String>| Identifier { kind: kind.to_owned(), name, value, url };
    vec![
        identifier(
            "benchscan_rule",
            rule.id.clone(),
            rule.id.clone(),
            Some(format!("https://scanner.example/rules/{}", rule.id)),
        ),
        identifier("cwe", format!("CWE-{}", rule.cwe), rule.cwe.to_string(), None),
        identifier("owasp", format!("{}:2021 - {}", rule.owasp, rule.title), format!("{}:2021", rule.owasp), None),
    ]
}

fn tracking(file: &str, line: u64, scope: &str, offset: u64) -> Tracking {
    let signature =
        |algorithm: &str, offset: u64| Signature { algorithm: algorithm.to_owned(), value: format!("{scope}:{offset}") };
    let signatures = vec![signature("scope_offset", offset), signature("scope_offset_compressed", offset / 2)];
    let item = Tracked { file: file.to_owned(), line_start: line, line_end: line + 2, signatures };
    Tracking { kind: "source".to_owned(), items: vec![item] }
}

fn details(file: &str, line: u64, method: &str) -> BTreeMap<String, Detail> {
    let detail = |kind: &str, name: &str| Detail { kind: kind.to_owned(), name: name.to_owned(), ..Detail::default() };
    let code = format!("def {method}(request):\n\treturn run(\"{file}\", request)\n");
    BTreeMap::from([
        (
            "reached_from".to_owned(),
            Detail { file_name: Some(file.to_owned()), line_start: Some(line - 3), ..detail("file-location", "Reached from") },
        ),
        ("code".to_owned(), Detail { value: Some(code), lang: Some("python".to_owned()), ..detail("code", "Code") }),
        ("note".to_owned(), Detail { value: Some(format!("{method} is public")), ..detail("text", "Note") }),
    ])
}
