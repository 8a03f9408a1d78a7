//! The texts that an upload prints: a table of the reports with their errors, and progress.
//!
//! Must not know: HTTP, files.

use casemate_shared::Ingestion;
use casemate_shared::api::report::{DryRunAnswer, Message, ReportSummary, UploadAnswer};
use std::fmt::Write as _;
use std::io::Write;
use std::time::Duration;

/// Errors and warnings of one report that are printed; the page shows all.
const MESSAGES_MAX: usize = 10;
/// An upload that is done within this time prints no progress.
const QUIET: Duration = Duration::from_secs(2);

/// The result for a person: one row per report, what is wrong with it, the sum, and the page.
pub fn answer(answer: &UploadAnswer) -> String {
    let shown = answer.reports.iter().map(|report| Shown {
        filename: plain(&report.filename),
        words: [report.report_type.as_str(), report.status.as_str()],
        findings: report.findings,
        errors: &report.errors,
        warnings: &report.warnings,
    });
    let mut text = reports(&shown.collect::<Vec<_>>(), &answer.warnings, &answer.summary);
    let _ = writeln!(text, "{}", sum(&answer.summary, answer.pipeline.ingestion));
    let _ = writeln!(text, "pipeline {}: {}", answer.pipeline.id, plain(&answer.web_url));
    text
}

/// A report of an upload or of a dry run.
struct Shown<'a> {
    filename: String,
    /// Report type and status.
    words: [&'a str; 2],
    findings: u64,
    errors: &'a [Message],
    warnings: &'a [Message],
}

/// One row per report, what is wrong with it, and the numbers.
fn reports(reports: &[Shown<'_>], warnings: &[String], summary: &ReportSummary) -> String {
    let mut rows = vec![["REPORT", "TYPE", "STATUS", "FINDINGS", "ERRORS"].map(String::from)];
    rows.extend(reports.iter().map(|report| {
        let [report_type, status] = report.words.map(str::to_string);
        [report.filename.clone(), report_type, status, report.findings.to_string(), report.errors.len().to_string()]
    }));
    let mut text = table(&rows);
    for report in reports {
        messages(&mut text, &report.filename, "error", report.errors);
        messages(&mut text, &report.filename, "warning", report.warnings);
    }
    for warning in warnings {
        let _ = writeln!(text, "warning: {}", plain(warning));
    }
    numbers(&mut text, summary);
    text
}

/// What would happen, for a person.
pub fn dry_run(answer: &DryRunAnswer) -> String {
    let shown = answer.reports.iter().map(|report| Shown {
        filename: plain(&report.filename),
        words: [report.report_type.as_str(), report.status.as_str()],
        findings: report.findings,
        errors: &report.errors,
        warnings: &report.warnings,
    });
    let mut text = reports(&shown.collect::<Vec<_>>(), &answer.warnings, &answer.summary);
    let _ = writeln!(
        text,
        "{}",
        if answer.is_repetition {
            "dry run: it would repeat an earlier upload and change nothing"
        } else {
            "dry run: nothing was stored"
        }
    );
    text
}

/// The numbers of the whole, one a line; `-` for what is not known yet. Behind it why something stays open.
fn numbers(text: &mut String, summary: &ReportSummary) {
    for (word, number) in [
        ("declared", Some(summary.declared)),
        ("accepted", Some(summary.accepted)),
        ("duplicate", Some(summary.duplicate)),
        ("rejected", Some(summary.rejected)),
        ("new", summary.new),
        ("known", summary.known),
        ("detected again", summary.redetected),
        ("no longer detected", summary.no_longer_detected),
        ("kept open", summary.kept_open),
    ] {
        let number = number.map_or_else(|| "-".to_owned(), |number| number.to_string());
        let _ = writeln!(text, "{word:<18}  {number:>9}");
    }
    for reason in &summary.kept_open_reasons {
        let _ = writeln!(text, "{}", plain(&reason.text));
    }
}

/// Columns as wide as their widest text, numbers to the right.
fn table(rows: &[[String; 5]]) -> String {
    let mut widths = [0; 5];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (idx, (cell, width)) in row.iter().zip(widths).enumerate() {
            let _ = match idx {
                0..3 => write!(line, "{cell:<width$}  "),
                _ => write!(line, "{cell:>width$}  "),
            };
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn messages(text: &mut String, name: &str, word: &str, list: &[Message]) {
    for message in list.iter().take(MESSAGES_MAX) {
        let (kind, what) = (plain(&message.kind), plain(&message.message));
        let place = message.place.as_deref().map(plain);
        let place = place.map(|place| format!(" (at {place})")).unwrap_or_default();
        let _ = writeln!(text, "{name}: {word}: {kind}: {what}{place}");
    }
    if let Some(more) = list.len().checked_sub(MESSAGES_MAX).filter(|more| *more > 0) {
        let _ = writeln!(text, "{name}: and {more} more of that kind, see the page");
    }
}

fn sum(summary: &ReportSummary, ingestion: Ingestion) -> String {
    let mut text = format!("{} findings", summary.accepted);
    for (number, word) in [
        (Some(summary.duplicate), "duplicate"),
        (Some(summary.rejected), "rejected"),
        (summary.new, "new"),
        (summary.known, "known"),
        (summary.redetected, "detected again"),
        (summary.no_longer_detected, "no longer detected"),
        (summary.kept_open, "kept open"),
    ] {
        if let Some(number) = number.filter(|number| *number > 0) {
            let _ = write!(text, ", {number} {word}");
        }
    }
    let _ = write!(text, "; ingestion {}", ingestion.as_str());
    text
}

/// A server's text without anything that could command the terminal.
pub fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Tells how far the sending is: often on a terminal, every few seconds elsewhere.
pub struct Progress<'a> {
    /// Where to.
    pub err: &'a mut dyn Write,
    /// The clock.
    pub now: &'a dyn Fn() -> Duration,
    /// Whether `err` is a terminal.
    pub is_terminal: bool,
    total: u64,
    began: Duration,
    told: Option<Duration>,
}

impl<'a> Progress<'a> {
    /// Begins to count.
    pub fn new(err: &'a mut dyn Write, now: &'a dyn Fn() -> Duration, is_terminal: bool, total: u64) -> Progress<'a> {
        let began = now();
        Progress { err, now, is_terminal, total, began, told: None }
    }

    /// So many bytes are sent.
    pub fn sent(&mut self, bytes: u64) {
        let now = (self.now)();
        let pause = Duration::from_millis(if self.is_terminal { 200 } else { 5000 });
        let is_due = match self.told {
            None => now.saturating_sub(self.began) >= QUIET,
            Some(told) => now.saturating_sub(told) >= pause,
        };
        if is_due {
            self.told = Some(now);
            let line = self.line(bytes);
            let _ = match self.is_terminal {
                true => write!(self.err, "\r{line}"),
                false => writeln!(self.err, "{line}"),
            };
            let _ = self.err.flush();
        }
    }

    /// Nothing more is sent: leaves the line on a terminal.
    pub fn end(&mut self) {
        if self.told.is_some() && self.is_terminal {
            let _ = writeln!(self.err);
        }
    }

    fn line(&self, bytes: u64) -> String {
        let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        let percent = bytes.saturating_mul(100) / self.total.max(1);
        format!("sent {:.1} of {:.1} MiB ({percent} %)", mib(bytes), mib(self.total))
    }
}
