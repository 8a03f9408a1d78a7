//! Puts together what the slices of a report answer: messages up to a limit, tools, remediations.
//!
//! Must not know: schemas, threads, storage.

use super::examine::{Candidate, Examined, MOST_ERRORS};
use crate::domain::finding::Remediation;
use crate::domain::json::Json;
use crate::domain::report_finding::ReportFinding;
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
    used: HashMap<usize, u32>,
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

    /// Place in [`Examined::remediations`] of an entry of the list.
    fn place(&mut self, position: usize, examined: &mut Examined) -> Option<u32> {
        let entry = self.list.get(position)?;
        Some(*self.used.entry(position).or_insert_with(|| add_remediation(examined, remediation(entry))))
    }
}

fn remediation<'a>(entry: impl Json<'a>) -> Remediation {
    let text = |member: &str| entry.text(member).to_owned();
    let diff = text("diff");
    let checksum = Sha256::digest(diff.as_bytes()).into();
    Remediation { id: 0, project_id: 0, summary: text("summary"), diff, checksum }
}

fn add_remediation(examined: &mut Examined, remediation: Remediation) -> u32 {
    examined.remediations.push(remediation);
    (examined.remediations.len() - 1) as u32
}

/// What is there to mend a finding.
pub(super) enum Fix {
    /// Nothing, or this entry of the report's list.
    Listed(Option<usize>),
    /// What the finding itself says, because the report has no list.
    Own(Vec<Remediation>),
}

/// What became of one entry.
pub(super) struct Entry {
    pub(super) candidate: Candidate,
    pub(super) own_tool: Option<Tool>,
    pub(super) fix: Fix,
}

/// What became of a stretch of entries.
#[derive(Default)]
pub(super) struct Slice {
    pub(super) entries: Vec<Entry>,
    pub(super) rejected: u64,
    pub(super) refused: u64,
    /// Whether any entry was not read, or is no JSON.
    pub(super) has_unread: bool,
    pub(super) errors: Vec<Message>,
    pub(super) warnings: Vec<Message>,
}

/// Puts together what the blocks answer, in report order.
pub(super) struct Collector<'a> {
    examined: Examined,
    remediations: Remediations<'a>,
    has_scanner: bool,
    tools_by_id: HashMap<String, u32>,
    refused: u64,
    has_unread: bool,
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
            has_unread: false,
            more_errors: 0,
            more_warnings: 0,
        }
    }

    /// What mends a finding: the report's own list goes before what the finding says.
    pub(super) fn fix_of<'v>(&self, finding: &ReportFinding<impl Json<'v>>) -> Fix {
        let Remediations { by_id, is_there, .. } = &self.remediations;
        if *is_there {
            let found = || by_id.get(finding.id()).or_else(|| by_id.get(finding.legacy_cve())).copied();
            return Fix::Listed(if by_id.is_empty() { None } else { found() });
        }
        Fix::Own(finding.own_remediations().filter(|value| value.is_object()).map(remediation).collect())
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
            self.has_unread |= slice.has_unread;
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
                (tools.len() - 1) as u32
            });
        }
        let examined = &mut self.examined;
        candidate.remediations = match entry.fix {
            Fix::Listed(position) => {
                position.and_then(|position| self.remediations.place(position, examined)).into_iter().collect()
            }
            Fix::Own(own) => own.into_iter().map(|remediation| add_remediation(examined, remediation)).collect(),
        };
        self.examined.candidates.push(candidate);
    }

    /// Whether any entry was not read, or is no JSON.
    pub(super) fn has_unread(&self) -> bool {
        self.has_unread
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
