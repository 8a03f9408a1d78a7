//! The frame of a SARIF file: version, runs, their tools and limits. Must not know: what a result becomes.

use super::place::Bases;
use super::result::{Outcome, Reader, Skipped};
use super::rule::Rules;
use crate::domain::raw;
use crate::domain::scan::{Message, Tool};
use crate::ingest::document::{bad_json, duplicate_warnings, nul_warning};
use crate::ingest::foreign::entry::{cut, slug, stable_id};
use crate::ingest::foreign::members;
use casemate_shared::ReportType;
use serde_json::Value;

/// Bytes of a file, unpacked.
const MOST_BYTES: usize = 10 << 20;
/// Runs of a file.
const MOST_RUNS: usize = 20;
/// Results of a run that are taken.
const MOST_RESULTS: usize = 5_000;
/// Rules of a run.
const MOST_RULES: usize = 25_000;
/// Characters of what the tool says about itself.
const TOOL_CHARS: usize = 200;
/// Prefix of scanner ids: a SARIF file proves nothing about what the same tool told in another format.
const PREFIX: &str = "sarif:";

/// A file.
pub struct Log {
    /// `2.1.0`.
    pub version: String,
    /// Its runs.
    pub runs: Vec<Run>,
    /// What is odd about its text.
    pub warnings: Vec<Message>,
}

/// What one tool found.
#[derive(Default)]
pub struct Run {
    /// Its place in the file.
    pub index: u64,
    /// The tool, if it has a name.
    pub tool: Option<Tool>,
    /// `failure` when the tool says that it did not run to its end, or has no results at all.
    pub status: Option<String>,
    /// When the first invocation began.
    pub start_time: Option<String>,
    /// When the last one ended.
    pub end_time: Option<String>,
    /// Whether there are more results than are taken.
    pub is_cut: bool,
    /// What is odd.
    pub warnings: Vec<Message>,
    /// Its results, by their place; what the tool itself took back is not among them.
    pub outcomes: Vec<(usize, Outcome)>,
}

impl Run {
    /// The types of scan that it gives, in their order: those of the results that are kept, else that of the first one.
    pub fn types(&self) -> Vec<ReportType> {
        let kept = |outcome: &Outcome| match outcome {
            Outcome::Kept { report_type, .. } => Some(*report_type),
            Outcome::Rejected { .. } => None,
        };
        let mut types: Vec<ReportType> = self.outcomes.iter().filter_map(|(_, outcome)| kept(outcome)).collect();
        if types.is_empty() {
            types.extend(self.outcomes.first().map(|(_, outcome)| outcome.report_type()));
        }
        types.sort_unstable();
        types.dedup();
        types
    }

    /// Number of results that become findings.
    pub fn kept(&self) -> usize {
        self.outcomes.len() - self.rejected()
    }

    /// Number of results that can't.
    pub fn rejected(&self) -> usize {
        self.outcomes.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Rejected { .. })).count()
    }
}

/// Reads a file.
///
/// # Errors
/// One message with its place: not JSON, not SARIF 2.1.0, over a limit.
pub fn read(bytes: &[u8]) -> Result<Log, Message> {
    if bytes.len() > MOST_BYTES {
        return Err(Message::new("ParsingError", format!("the file is longer than the {MOST_BYTES} bytes that SARIF may have")));
    }
    let text = members::text(bytes)?;
    let tree = raw::parse(text).map_err(|error| bad_json(&error))?;
    let mut warnings = Vec::new();
    if tree.has_duplicate_keys {
        duplicate_warnings(&mut warnings, raw::duplicate_keys(text, "", 5));
    }
    if tree.has_nul {
        warnings.push(nul_warning("/"));
    }
    let top = tree.value;
    if !top.is_object() {
        return Err(Message::at("ParsingError", "/", "the top level of SARIF has to be an object"));
    }
    let version = match top.get("version") {
        Some(Value::String(version)) if version == "2.1.0" => version.clone(),
        Some(Value::String(version)) => {
            let version = cut(version, 40).0;
            return Err(Message::at(
                "Schema",
                "/version",
                format!("version {version} of SARIF is unsupported, supported is 2.1.0"),
            ));
        }
        _ => return Err(Message::at("Schema", "/version", "the version is missing, supported is 2.1.0")),
    };
    let Some(runs) = top.get("runs").and_then(Value::as_array) else {
        return Err(Message::at("Schema", "/runs", "runs has to be an array"));
    };
    if runs.len() > MOST_RUNS {
        return Err(Message::at(
            "ParsingError",
            "/runs",
            format!("{} runs are more than the {MOST_RUNS} of one file", runs.len()),
        ));
    }
    let runs = runs.iter().enumerate().map(|(index, run)| read_run(index, run)).collect::<Result<Vec<Run>, Message>>()?;
    Ok(Log { version, runs, warnings })
}

fn read_run(index: usize, value: &Value) -> Result<Run, Message> {
    let place = format!("/runs/{index}");
    if !value.is_object() {
        return Err(Message::at("Schema", place, "a run has to be an object"));
    }
    let rules = Rules::read(value);
    if rules.len() > MOST_RULES {
        let reason = format!("{} rules are more than the {MOST_RULES} of one run", rules.len());
        return Err(Message::at("ParsingError", format!("{place}/tool"), reason));
    }
    let mut run = Run { index: index as u64, tool: tool(value), ..Run::default() };
    read_invocations(value, &mut run);
    let results = match value.get("results") {
        Some(Value::Array(results)) => results.as_slice(),
        None | Some(Value::Null) => {
            run.status = Some("failure".to_owned());
            let told = "the run has no results, not even an empty list: it did not look, so it closes nothing";
            run.warnings.push(Message::at("Parsing", format!("{place}/results"), told));
            &[]
        }
        Some(_) => return Err(Message::at("Schema", format!("{place}/results"), "results has to be an array")),
    };
    run.is_cut = results.len() > MOST_RESULTS;
    read_results(value, results, &rules, &mut run);
    Ok(run)
}

fn read_results(value: &Value, results: &[Value], rules: &Rules<'_>, run: &mut Run) {
    let bases = Bases::read(value);
    let mut reader = Reader::new(value, rules, &bases, driver_name(value));
    let mut skipped = [0_u64; Skipped::ALL.len()];
    for (position, result) in results.iter().enumerate() {
        if let Some(why) = Skipped::of(result) {
            skipped[why as usize] += 1;
            continue;
        }
        let outcome = if position < MOST_RESULTS {
            reader.read(result)
        } else {
            reader.refuse(result, format!("it is behind the first {MOST_RESULTS} results of its run"))
        };
        run.outcomes.push((position, outcome));
    }
    reader.drop_shared_fingerprints(&mut run.outcomes);
    let place = format!("/runs/{}/results", run.index);
    for (why, count) in Skipped::ALL.into_iter().zip(skipped).filter(|(_, count)| *count > 0) {
        run.warnings.push(Message::at("Parsing", place.clone(), format!("{count} results were left out: {}", why.reason())));
    }
    if reader.cuts > 0 {
        run.warnings.push(Message::at("Parsing", place, format!("{} texts were too long and were cut", reader.cuts)));
    }
    if rules.with_more_tags > 0 {
        let told = format!("{} rules have more than 10 tags, of which the first 10 count", rules.with_more_tags);
        run.warnings.push(Message::at("Parsing", format!("/runs/{}/tool", run.index), told));
    }
}

/// A member of a member, as a text; empty when it is none.
fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    value.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

fn driver_name(run: &Value) -> &str {
    text(run, "/tool/driver/name").trim()
}

/// The scanner of a run: the driver, and the category that its run was given, so that two analyses of one
/// tool (of two languages, say) don't close each other's findings.
fn tool(run: &Value) -> Option<Tool> {
    let name = driver_name(run);
    if name.is_empty() {
        return None;
    }
    let version = ["semanticVersion", "version", "dottedQuadFileVersion"].iter();
    let version = version.map(|member| text(run, &format!("/tool/driver/{member}"))).find(|text| !text.is_empty());
    let category = text(run, "/automationDetails/id").rsplit_once('/').map_or("", |(category, _)| category);
    let shown = if name.chars().any(char::is_alphanumeric) { slug(name) } else { stable_id(&[name]) };
    let mut external_id = format!("{PREFIX}{shown}");
    if !category.is_empty() {
        external_id.push(':');
        let is_long = category.chars().nth(TOOL_CHARS).is_some();
        external_id.push_str(&if is_long { stable_id(&[category]) } else { category.to_owned() });
    }
    Some(Tool {
        external_id,
        name: cut(name, TOOL_CHARS).0,
        version: cut(version.unwrap_or_default(), TOOL_CHARS).0,
        vendor: cut(text(run, "/tool/driver/organization"), TOOL_CHARS).0,
    })
}

fn read_invocations(value: &Value, run: &mut Run) {
    let invocations = value.get("invocations").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let successes = || invocations.iter().filter_map(|one| one.get("executionSuccessful").and_then(Value::as_bool));
    if successes().any(|success| !success) {
        run.status = Some("failure".to_owned());
        let told = "the tool says that it did not run to its end: the results count, and nothing is closed";
        run.warnings.push(Message::at("Parsing", format!("/runs/{}/invocations", run.index), told));
    } else if successes().next().is_some() {
        run.status = Some("success".to_owned());
    }
    let times = |member: &str| invocations.iter().filter_map(move |one| second(one.get(member)?.as_str()?)).collect::<Vec<_>>();
    run.start_time = times("startTimeUtc").into_iter().min();
    run.end_time = times("endTimeUtc").into_iter().max();
}

/// `2024-05-01T10:00:00.123Z` to the form of reports, `2024-05-01T10:00:00`.
fn second(text: &str) -> Option<String> {
    let head = text.get(..19)?;
    let fits = head.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        10 => byte == b'T',
        13 | 16 => byte == b':',
        _ => byte.is_ascii_digit(),
    });
    fits.then(|| head.to_owned())
}
