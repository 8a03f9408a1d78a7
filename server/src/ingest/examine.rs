//! Reads and judges one report: schema, findings, identity. Slices of 50 run in rayon.
//!
//! Must not know: storage and other reports. What it answers holds no text of the report, only ranges,
//! so that a report of any size costs a few hundred bytes per finding.

use super::collect::{Collector, Entry, Slice};
use super::document::{self, Document};
use super::head::{is_short, judge_head, schema_error, tool};
use super::schema::{ReportValidator, Schemas};
use crate::domain::few::Few;
use crate::domain::finding::Remediation;
use crate::domain::identity::{self, Identity};
use crate::domain::json::Json;
use crate::domain::raw;
use crate::domain::report_finding::ReportFinding;
use crate::domain::scan::{Message, Tool};
use crate::domain::tape::Tape;
use casemate_shared::limits::IDENTIFIERS_PER_FINDING;
use casemate_shared::{ReportType, ScanMode, Severity};
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use std::ops::Range;

/// Findings of one slice.
const SLICE: usize = 50;
/// Findings that are examined between two looks at what went wrong: what a hostile report can pile up in
/// messages is bounded by it.
const BLOCK: usize = 100 * SLICE;
/// Most errors that are told one by one; of warnings as many.
pub const MOST_ERRORS: usize = 100;
/// Longest text of a finding that is stored, in bytes; a report with a longer one is refused.
const LONGEST_FINDING: usize = 16 << 20;

/// One entry of a report that can become a finding.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Where its text stands in the report's bytes.
    pub text: Range<usize>,
    /// Severity.
    pub severity: Severity,
    /// Who it is.
    pub identity: Identity,
    /// Place in [`Examined::tools`].
    pub tool: u32,
    /// Places in [`Examined::remediations`].
    pub remediations: Few<u32, 1>,
    /// The image its identity goes by, where that is not the location's own.
    pub image: Option<Box<str>>,
    /// Name of its body.
    pub hash: [u8; 16],
    /// Where the literals of its description and solution stand in its text; empty if it has none.
    texts: [(u32, u32); 2],
}

impl Candidate {
    /// The image its identity goes by, where that is not the location's own; empty otherwise.
    pub fn image(&self) -> &str {
        self.image.as_deref().unwrap_or_default()
    }

    /// One of that identity by that tool, with nothing else.
    #[cfg(test)]
    pub fn made_of(identity: Identity, tool: u32) -> Candidate {
        let (text, remediations, texts) = (0..0, Few::default(), [(0, 0); 2]);
        Candidate { text, severity: Severity::Low, identity, tool, remediations, image: None, hash: [0; 16], texts }
    }

    /// Where texts that other findings may repeat stand in its own text, as JSON strings with their quotes;
    /// in order.
    pub fn repeated_texts(&self) -> Vec<Range<usize>> {
        let ranges = self.texts.iter().map(|(begin, end)| *begin as usize..*end as usize);
        let mut ranges: Vec<Range<usize>> = ranges.filter(|range| !range.is_empty()).collect();
        ranges.sort_unstable_by_key(|range| range.start);
        ranges
    }
}

/// What a report says.
#[derive(Debug, Default)]
pub struct Examined {
    /// Declared version.
    pub schema_version: Option<String>,
    /// Scanner of the scan.
    pub scanner: Option<Tool>,
    /// Analyzer, if complete.
    pub analyzer: Option<Tool>,
    /// `scan.status`.
    pub report_status: Option<String>,
    /// `scan.start_time`.
    pub start_time: Option<String>,
    /// `scan.end_time`.
    pub end_time: Option<String>,
    /// Every rule that the scanner has, type and value, if the report lists them (`scan.primary_identifiers`).
    pub rules: Vec<(String, String)>,
    /// Whether it says that it looked at a part only.
    pub partial: bool,
    /// What keeps it from being stored.
    pub errors: Vec<Message>,
    /// What is odd.
    pub warnings: Vec<Message>,
    /// Entries.
    pub declared: u64,
    /// Entries without scanner, identifier or place.
    pub rejected: u64,
    /// Entries that can become findings, in report order.
    pub candidates: Vec<Candidate>,
    /// Tools that the candidates name.
    pub tools: Vec<Tool>,
    /// Remediations that the candidates name.
    pub remediations: Vec<Remediation>,
}

impl Examined {
    /// Full or partial.
    pub fn mode(&self) -> ScanMode {
        if self.partial { ScanMode::Partial } else { ScanMode::Full }
    }
}

/// What the report can't know about itself.
pub struct Context<'a> {
    /// Report type as handed in.
    pub report_type: ReportType,
    /// Project.
    pub project_id: u64,
    /// Whether identity may go by `default_branch_image`: not on the default branch, and the project has
    /// a container vulnerability whose image begins with this text (ingestion design, section 2.2).
    pub has_image: &'a (dyn Fn(&str) -> bool + Sync),
    /// The schemas.
    pub schemas: &'a Schemas,
}

/// Reads and judges a report.
pub fn examine(bytes: &[u8], context: &Context<'_>) -> Examined {
    let unread = document::split_unread(bytes).map(|document| examine_document(bytes, document, context));
    if let Some((examined, false)) = unread {
        return examined;
    }
    // Something is no JSON. Only the reader of the whole says what, and where.
    match document::split(bytes) {
        Ok(document) => examine_document(bytes, document, context).0,
        Err(message) => Examined { errors: vec![message], ..Examined::default() },
    }
}

/// Answers also whether any finding was not read, or is no JSON.
fn examine_document(bytes: &[u8], document: Document<'_>, context: &Context<'_>) -> (Examined, bool) {
    let (examined, validator) = judge_head(&document, context, MOST_ERRORS);
    let Some(validator) = validator else { return (examined, true) };
    let mut collector = Collector::new(&document.head, examined);
    for (number, block) in document.findings.chunks(BLOCK).enumerate() {
        let block = Block { bytes, first: number * BLOCK, texts: block, context, validator: &validator };
        let slices = block.examine(&collector);
        collector.take(slices);
    }
    let has_unread = collector.has_unread();
    (collector.finish(), has_unread)
}

/// Tells everything that keeps a report or an entry of it from being stored, one after the other and without
/// a limit: `tell` gets the number of the entry, none for the head, and what is wrong with it, nothing if it
/// is right. Holds the messages of one entry at a time.
///
/// # Errors
/// What `tell` answers.
pub fn each_fault<E>(
    bytes: &[u8],
    context: &Context<'_>,
    mut tell: impl FnMut(Option<usize>, Vec<Message>) -> Result<(), E>,
) -> Result<(), E> {
    let document = match document::split(bytes) {
        Ok(document) => document,
        Err(message) => return tell(None, vec![message]),
    };
    let (mut examined, validator) = judge_head(&document, context, usize::MAX);
    tell(None, std::mem::take(&mut examined.errors))?;
    let Some(validator) = validator else { return Ok(()) };
    let collector = Collector::new(&document.head, examined);
    let mut tape = Tape::default();
    for (index, text) in document.findings.iter().enumerate() {
        let mut slice = Slice::default();
        let (so_far, validator, most) = (&collector, &validator, usize::MAX);
        EntryReader { index, text, range: 0..0, context, validator, so_far, most }.read(&mut tape, &mut slice);
        let mut faults = slice.errors;
        // The warning that it was rejected is the last one.
        faults.extend(slice.warnings.pop().filter(|_| slice.rejected > 0));
        tell(Some(index), faults)?;
    }
    Ok(())
}

/// A stretch of the report's entries.
struct Block<'a> {
    bytes: &'a [u8],
    first: usize,
    texts: &'a [&'a str],
    context: &'a Context<'a>,
    validator: &'a ReportValidator,
}

impl Block<'_> {
    fn examine(&self, so_far: &Collector<'_>) -> Vec<Slice> {
        let base = self.bytes.as_ptr() as usize;
        let read = |number: usize, texts: &[&str]| {
            let (mut slice, mut tape) = (Slice::default(), Tape::default());
            for (offset, text) in texts.iter().enumerate() {
                let begin = text.as_ptr() as usize - base;
                let reader = EntryReader {
                    index: self.first + number * SLICE + offset,
                    text,
                    range: begin..begin + text.len(),
                    context: self.context,
                    validator: self.validator,
                    so_far,
                    most: MOST_ERRORS,
                };
                reader.read(&mut tape, &mut slice);
            }
            slice
        };
        self.texts.par_chunks(SLICE).enumerate().map(|(number, texts)| read(number, texts)).collect()
    }
}

struct EntryReader<'a> {
    index: usize,
    text: &'a str,
    range: Range<usize>,
    context: &'a Context<'a>,
    validator: &'a ReportValidator,
    so_far: &'a Collector<'a>,
    /// Most errors that are told of a slice.
    most: usize,
}

impl<'a> EntryReader<'a> {
    fn pointer(&self) -> String {
        format!("/vulnerabilities/{}", self.index)
    }

    /// Most findings are proved right on the flat list of their values. Those that are not, because they are
    /// wrong or because it is not sure, are read again as a tree, which the schema itself judges.
    fn read(&self, tape: &mut Tape<'a>, slice: &mut Slice) {
        if self.text.len() > LONGEST_FINDING {
            (slice.refused, slice.has_unread) = (slice.refused + 1, true);
            slice.errors.push(Message::at(
                "ParsingError",
                self.pointer(),
                format!("the finding is longer than {LONGEST_FINDING} bytes"),
            ));
            return;
        }
        let is_read = tape.read(self.text).is_ok() && !tape.may_be_odd();
        if is_read && self.validator.surely_accepts_finding(tape.root()) {
            return self.identify(tape.root(), tape.literals(self.text), slice);
        }
        let tree = match raw::parse(self.text) {
            Ok(tree) => tree,
            Err(error) => {
                (slice.refused, slice.has_unread) = (slice.refused + 1, true);
                slice.errors.push(Message::at("ParsingError", self.pointer(), document::bad_json(&error).message));
                return;
            }
        };
        if tree.has_duplicate_keys {
            document::duplicate_warnings(&mut slice.warnings, raw::duplicate_keys(self.text, &self.pointer(), 5));
        }
        if tree.has_nul {
            slice.warnings.push(document::nul_warning(&self.pointer()));
        }
        if !self.validator.accepts_finding(&tree.value) {
            slice.refused += 1;
            if self.so_far.tells() && slice.errors.len() < self.most {
                slice.errors.extend(self.validator.finding(self.index, &tree.value, self.most).into_iter().map(schema_error));
            }
            return;
        }
        self.identify(&tree.value, tape.literals(self.text), slice);
    }

    fn reject(&self, slice: &mut Slice, reason: &str) {
        slice.rejected += 1;
        slice.warnings.push(Message::at("Parsing", self.pointer(), format!("{reason}: it was rejected")));
    }

    fn identify<'v>(&self, value: impl Json<'v>, texts: [Range<usize>; 2], slice: &mut Slice) {
        if !self.so_far.keeps() {
            return;
        }
        let finding = ReportFinding(value);
        let has_scanner = self.so_far.has_scanner();
        let own_tool = if has_scanner { None } else { finding.own_scanner().and_then(tool).filter(is_short) };
        let (image, is_default) = self.image(&finding);
        let identity = identity::identify(self.context.report_type, &finding, image, self.context.project_id);
        let (Some(identity), true) = (identity, has_scanner || own_tool.is_some()) else {
            return self.reject(slice, "the finding has no scanner, identifier or place and can't be told apart");
        };
        let left_out = finding.identifiers_left_out();
        if left_out > 0 {
            let text = format!("{left_out} identifiers behind the first {IDENTIFIERS_PER_FINDING} are kept with its text only");
            slice.warnings.push(Message::at("Parsing", self.pointer(), text));
        }
        let candidate = Candidate {
            text: self.range.clone(),
            severity: finding.severity(),
            identity,
            tool: 0,
            remediations: Few::default(),
            image: is_default.then(|| image.into()),
            hash: [0; 16],
            texts: texts.map(|range| (range.start as u32, range.end as u32)),
        };
        slice.entries.push(Entry { candidate, own_tool, fix: self.so_far.fix_of(&finding) });
    }

    /// The image that identity goes by, and whether it is the default branch's.
    fn image<'v>(&self, finding: &ReportFinding<impl Json<'v>>) -> (&'v str, bool) {
        let Some(location) = finding.location() else { return ("", false) };
        let default = location.text("default_branch_image");
        if self.context.report_type == ReportType::ContainerScanning && !default.trim().is_empty() {
            let start = default.split(':').next().unwrap_or_default();
            if (self.context.has_image)(start) {
                return (default, true);
            }
        }
        (location.text("image"), false)
    }
}

/// Names the bodies: everything that makes a stored text distinct goes in. Done last, when scanner and
/// remediations are known; in rayon, because it reads every byte of every finding. The first two bytes are
/// the identity's, so that bodies and findings have about the same order.
pub fn name_bodies(bytes: &[u8], report_type: ReportType, examined: &mut Examined) {
    let Examined { candidates, tools, remediations, .. } = examined;
    candidates.par_chunks_mut(SLICE).for_each(|slice| {
        for candidate in slice {
            let mut hash = Sha256::new();
            hash.update([report_type.number()]);
            for part in [tools.get(candidate.tool as usize).map_or("", |tool| &tool.external_id), candidate.image()] {
                hash.update((part.len() as u64).to_be_bytes());
                hash.update(part.as_bytes());
            }
            for remediation in candidate.remediations.iter().filter_map(|position| remediations.get(*position as usize)) {
                hash.update(remediation.checksum);
            }
            hash.update(bytes.get(candidate.text.clone()).unwrap_or_default());
            candidate.hash[..2].copy_from_slice(&candidate.identity.uuid[..2]);
            candidate.hash[2..].copy_from_slice(&hash.finalize()[..14]);
        }
    });
}

#[cfg(test)]
#[path = "examine_tests.rs"]
mod tests;
