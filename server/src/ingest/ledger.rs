//! The rejected ledger of a scan: pointer and reason of everything that was not taken, made from the stored
//! file when somebody asks for it. It costs nothing at ingestion, and has no limit but the file's.
//!
//! Must not know: HTTP, who may read it. The judgement is `examine`'s; here it is only written down.

use super::examine::{self, Context};
use super::file::ReportFile;
use super::foreign::{self, Faults};
use super::spool::SpoolError;
use super::{IngestError, Room};
use crate::domain::pipeline::Artifact;
use crate::domain::scan::{Message, Scan};
use casemate_shared::ScanStatus;
use serde::Serialize;
use std::fs::File;
use std::io::{self, BufWriter, Seek, Write};

/// One line of the ledger.
#[derive(Serialize)]
struct Line<'a> {
    /// Number of the entry in the report, from 0; null when it is about the whole.
    entry: Option<usize>,
    pointer: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    reason: &'a str,
}

/// Writes the ledger of a scan that is stored, as a JSON document with one line per fault. Every entry that
/// counts as rejected has at least one. Answers the file, to be read from its beginning; none when retention
/// removed the report.
///
/// # Errors
/// When the disk fails.
pub fn write(room: &Room, scan: &Scan, artifact: &Artifact) -> Result<Option<File>, IngestError> {
    let path = room.artifacts.path(&artifact.sha256);
    let opened = ReportFile::open(&path, artifact.size, artifact.gzip, &room.spool);
    if matches!(&opened, Err(SpoolError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound) {
        return Ok(None);
    }
    let file = room.spool.nameless()?;
    let failed = |source| SpoolError::Io { doing: "write", path: path.clone(), source };
    let mut ledger = Ledger { out: BufWriter::new(file), lines: 0, rejected: 0, faults: 0 };
    ledger.begin(scan).map_err(failed)?;
    match opened {
        Ok(report) => ledger.report(room, scan, artifact, report.bytes()).map_err(failed)?,
        Err(error @ (SpoolError::Gzip { .. } | SpoolError::Limit(_))) => {
            ledger.faults(None, &[Message::new("ParsingError", error.to_string())]).map_err(failed)?;
        }
        Err(error) => return Err(error.into()),
    }
    Ok(Some(ledger.end().map_err(failed)?))
}

struct Ledger {
    out: BufWriter<File>,
    lines: u64,
    rejected: u64,
    faults: u64,
}

impl Ledger {
    fn begin(&mut self, scan: &Scan) -> io::Result<()> {
        let head = serde_json::json!({
            "scan_id": scan.id, "pipeline_id": scan.pipeline_id, "report_type": scan.report_type,
            "status": scan.status, "declared": scan.declared, "rejected": scan.rejected,
        });
        let head = head.to_string();
        write!(self.out, "{},\n\"entries\":[", head.trim_end_matches('}'))
    }

    /// Every fault of a report, and a line for each entry that is right and was refused with the others.
    fn report(&mut self, room: &Room, scan: &Scan, artifact: &Artifact, bytes: &[u8]) -> io::Result<()> {
        let whole = match scan.status {
            ScanStatus::ReportError => Some("the report was refused as a whole, because of its other faults"),
            ScanStatus::JobFailed => Some("the job did not succeed, so its report was not taken"),
            _ => None,
        };
        let context = Context {
            report_type: scan.report_type,
            project_id: scan.project_id,
            // Whose image it is decides who a finding is, not whether it is taken.
            has_image: &|_| false,
            schemas: &room.schemas,
        };
        if let Some(faults) = foreign::faults(bytes, scan, artifact, &context) {
            return self.foreign(faults, whole);
        }
        examine::each_fault(bytes, &context, |entry, faults| {
            let (Some(index), Some(whole), true) = (entry, whole, faults.is_empty()) else {
                return self.faults(entry, &faults);
            };
            self.rejected += 1;
            self.line(entry, &Message::at("Refused", format!("/vulnerabilities/{index}"), whole))
        })
    }

    /// The same for a file of another format, whose entries are known by their pointers only.
    fn foreign(&mut self, faults: Faults, whole: Option<&str>) -> io::Result<()> {
        self.faults(None, &faults.whole)?;
        for (pointer, reason) in faults.entries {
            (self.rejected, self.faults) = (self.rejected + 1, self.faults + 1);
            self.line(None, &Message::at("Parsing", pointer, reason))?;
        }
        for (pointer, whole) in faults.right.into_iter().zip(whole.into_iter().cycle()) {
            self.rejected += 1;
            self.line(None, &Message::at("Refused", pointer, whole))?;
        }
        Ok(())
    }

    fn faults(&mut self, entry: Option<usize>, faults: &[Message]) -> io::Result<()> {
        self.rejected += u64::from(entry.is_some() && !faults.is_empty());
        self.faults += faults.len() as u64;
        faults.iter().try_for_each(|fault| self.line(entry, fault))
    }

    fn line(&mut self, entry: Option<usize>, message: &Message) -> io::Result<()> {
        let pointer = message.place.as_deref().unwrap_or_default();
        let line = Line { entry, pointer, kind: &message.kind, reason: &message.message };
        self.out.write_all(if self.lines == 0 { b"\n" } else { b",\n" })?;
        self.lines += 1;
        serde_json::to_writer(&mut self.out, &line).map_err(io::Error::from)
    }

    /// The counts come last: whoever has them has all.
    fn end(mut self) -> io::Result<File> {
        write!(self.out, "\n],\n\"rejected_entries\":{},\"faults\":{}}}\n", self.rejected, self.faults)?;
        let mut file = self.out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        Ok(file)
    }
}
