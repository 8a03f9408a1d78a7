//! Puts together what the slices of a report answer: messages up to a limit, tools, remediations.
//!
//! Must not know: schemas, threads, storage.

use super::examine::{Candidate, Examined, MOST_ERRORS};
use crate::domain::finding::Remediation;
use crate::domain::scan::{Message, Tool};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// The report's own list of remediations: by id of the finding, the last one wins.
struct Remediations<'a> {
    list: &'a [Value],
    by_id: HashMap<&'a str, usize>,
    is_there: bool,
    /// Places in [`Examined::remediations`] of the ones that some finding refers to.
    used: HashMap<usize, usize>,
}

impl<'a> Remediations<'a> {
    fn read(head: &'a Value) -> Remediations<'a> {
        let member = head.get("remediations");
        let list = member.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let mut by_id = HashMap::new();
        for (position, entry) in list.iter().enumerate() {
            for fix in entry.get("fixes").and_then(Value::as_array).into_iter().flatten() {
                for member in ["id", "cve"] {
                    if let Some(id) = fix.get(member).and_then(Value::as_str).filter(|id| !id.is_empty()) {
                        by_id.insert(id, position);
                    }
                }
            }
        }
        Remediations { list, by_id, is_there: member.is_some(), used: HashMap::new() }
    }

    /// Place in [`Examined::remediations`] of the one for an entry.
    fn of(&mut self, id: &str, legacy_cve: &str, examined: &mut Examined) -> Option<usize> {
        let position = *self.by_id.get(id).or_else(|| self.by_id.get(legacy_cve))?;
        let entry = self.list.get(position)?;
        Some(*self.used.entry(position).or_insert_with(|| add_remediation(examined, entry)))
    }
}

fn add_remediation(examined: &mut Examined, entry: &Value) -> usize {
    let text = |member: &str| entry.get(member).and_then(Value::as_str).unwrap_or_default().to_owned();
    let diff = text("diff");
    let checksum = Sha256::digest(diff.as_bytes()).into();
    examined.remediations.push(Remediation { id: 0, project_id: 0, summary: text("summary"), diff, checksum });
    examined.remediations.len() - 1
}

/// What became of one entry.
pub(super) struct Entry {
    pub(super) candidate: Candidate,
    pub(super) own_tool: Option<Tool>,
    pub(super) id: String,
    pub(super) legacy_cve: String,
    pub(super) own_remediations: Vec<Value>,
}

/// What became of a stretch of entries.
#[derive(Default)]
pub(super) struct Slice {
    pub(super) entries: Vec<Entry>,
    pub(super) rejected: u64,
    pub(super) refused: u64,
    pub(super) errors: Vec<Message>,
    pub(super) warnings: Vec<Message>,
}

/// Puts together what the blocks answer, in report order.
pub(super) struct Collector<'a> {
    examined: Examined,
    remediations: Remediations<'a>,
    has_scanner: bool,
    tools_by_id: HashMap<String, usize>,
    refused: u64,
    more_errors: usize,
    more_warnings: usize,
}

impl<'a> Collector<'a> {
    /// Begins with what the head says.
    pub(super) fn new(head: &'a Value, mut examined: Examined) -> Collector<'a> {
        let has_scanner = examined.scanner.is_some();
        examined.tools.extend(examined.scanner.clone());
        let remediations = Remediations::read(head);
        Collector {
            examined,
            remediations,
            has_scanner,
            tools_by_id: HashMap::new(),
            refused: 0,
            more_errors: 0,
            more_warnings: 0,
        }
    }

    /// Whether the report has a list of remediations of its own.
    pub(super) fn has_list(&self) -> bool {
        self.remediations.is_there
    }

    /// Whether the scan names its scanner.
    pub(super) fn has_scanner(&self) -> bool {
        self.has_scanner
    }

    /// Whether errors are still told one by one.
    pub(super) fn tells(&self) -> bool {
        self.examined.errors.len() < MOST_ERRORS
    }

    /// Whether anything of the report will be stored.
    pub(super) fn keeps(&self) -> bool {
        self.examined.errors.is_empty()
    }

    /// Adds the next slices.
    pub(super) fn take(&mut self, slices: Vec<Slice>) {
        for slice in slices {
            self.refused += slice.refused;
            self.examined.rejected += slice.rejected;
            self.more_errors += extend_to_most(&mut self.examined.errors, slice.errors);
            self.more_warnings += extend_to_most(&mut self.examined.warnings, slice.warnings);
            for entry in slice.entries {
                self.add_candidate(entry);
            }
        }
        if !self.examined.errors.is_empty() {
            self.examined.candidates = Vec::new();
        }
    }

    fn add_candidate(&mut self, entry: Entry) {
        let mut candidate = entry.candidate;
        if let Some(tool) = entry.own_tool {
            let tools = &mut self.examined.tools;
            candidate.tool = *self.tools_by_id.entry(tool.external_id.clone()).or_insert_with(|| {
                tools.push(tool);
                tools.len() - 1
            });
        }
        if self.remediations.is_there {
            candidate.remediations.extend(self.remediations.of(&entry.id, &entry.legacy_cve, &mut self.examined));
        } else {
            let own = entry.own_remediations.iter().filter(|value| value.is_object());
            candidate.remediations = own.map(|value| add_remediation(&mut self.examined, value)).collect();
        }
        self.examined.candidates.push(candidate);
    }

    /// The whole.
    pub(super) fn finish(self) -> Examined {
        let Collector { mut examined, refused, more_errors, more_warnings, .. } = self;
        // Before version 15 each finding names its scanner; the first one stands for the scan.
        examined.scanner = examined.scanner.or_else(|| examined.tools.first().cloned());
        let head_warnings = examined.warnings.len().saturating_sub(MOST_ERRORS);
        examined.warnings.truncate(MOST_ERRORS);
        tell_more(&mut examined.errors, more_errors, "errors");
        tell_more(&mut examined.warnings, more_warnings + head_warnings, "warnings");
        if !examined.errors.is_empty() {
            if refused > 0 {
                let text = format!(
                    "{refused} of {} findings break the schema; a report is taken whole or not at all",
                    examined.declared
                );
                examined.errors.push(Message::new("Schema", text));
            }
            examined.rejected = examined.declared;
        }
        examined
    }
}

/// Adds messages up to [`MOST_ERRORS`]; answers how many there was no room for.
fn extend_to_most(messages: &mut Vec<Message>, more: Vec<Message>) -> usize {
    let room = MOST_ERRORS.saturating_sub(messages.len());
    let left_out = more.len().saturating_sub(room);
    messages.extend(more.into_iter().take(room));
    left_out
}

fn tell_more(messages: &mut Vec<Message>, more: usize, what: &str) {
    if more > 0 {
        messages.push(Message::new("Schema", format!("at least {more} more {what}")));
    }
}
