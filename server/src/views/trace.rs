//! The log of a job, as text: what Casemate read of its files, what was odd or wrong about them, and the
//! numbers (API design, section 2.4). Must not know: HTTP, how reports are read.

use super::coverage;
use crate::clock::iso;
use crate::domain::pipeline::{Artifact, Job, Pipeline};
use crate::domain::scan::{Message, Scan};
use crate::store::{ReadTx, StoreError, pipelines, scans};
use casemate_shared::{ScanMode, ScanStatus};
use std::fmt::Write;

/// The log of a job.
///
/// # Errors
/// When the store fails.
pub fn trace(rtx: &ReadTx, job: &Job, of: &Pipeline) -> Result<String, StoreError> {
    let mut log = Log::default();
    log.line(0, &format!("job {} {} of pipeline {} ({} at {}): {}", job.id, job.name, of.id, of.ref_name, of.sha, job.status));
    if job.retried {
        log.line(0, "a later job of this name replaced it: what it reported counts no more");
    }
    if let Some(reason) = job.failure_reason.as_ref().filter(|_| job.status == "failed") {
        log.line(0, &format!("why it failed: {reason}"));
    }
    let mut of_job = scans::scans(rtx, of.id)?;
    of_job.retain(|scan| scan.job_id == job.id);
    let artifacts = pipelines::artifacts(rtx, job.id)?;
    if artifacts.is_empty() {
        log.line(0, if job.erased_at.is_some() { "its files were erased" } else { "no file was handed in" });
    }
    for artifact in &artifacts {
        log.file(artifact, &of_job, job);
    }
    log.line(0, &format!("pipeline: {}, ingestion: {}", of.status, of.ingestion.as_str()));
    Ok(log.text)
}

#[derive(Default)]
struct Log {
    text: String,
}

impl Log {
    /// Adds one line; control characters of names and messages can't make it two.
    fn line(&mut self, indent: usize, line: &str) {
        let shown: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        // Writing to a text can't fail.
        let _ = writeln!(self.text, "{:1$}{shown}", "", indent * 2);
    }

    fn file(&mut self, artifact: &Artifact, of_job: &[Scan], job: &Job) {
        let packed = if artifact.gzip { ", gzip" } else { "" };
        let (name, kind, size) = (&artifact.filename, &artifact.file_type, artifact.size);
        self.line(0, &format!("{} {name} ({kind}, {size} bytes{packed})", iso(artifact.created_at)));
        if artifact.expired_at.is_some() {
            self.line(1, "the file was removed, what was read of it stays");
        }
        let scans: Vec<&Scan> = of_job.iter().filter(|scan| scan.artifact_id == artifact.id).collect();
        match scans.as_slice() {
            [] if !job.has_ended() => self.line(1, "it is read when the job has ended"),
            [] => self.line(1, "it is kept and not read"),
            scans => scans.iter().for_each(|scan| self.scan(scan)),
        }
    }

    fn scan(&mut self, scan: &Scan) {
        let version = scan.schema_version.as_deref().unwrap_or("none");
        if let Some(tool) = &scan.scanner {
            self.line(1, &format!("scanner {} {}, schema version {version}", tool.name, tool.version));
        }
        let mode = if scan.mode == ScanMode::Partial { ", a partial scan" } else { "" };
        self.line(1, &format!("status {}{mode}", scan.status.as_str()));
        for message in &scan.errors {
            self.message("error", message);
        }
        for message in &scan.warnings {
            self.message("warning", message);
        }
        if scan.status.is_terminal() && scan.status != ScanStatus::PreparationFailed {
            let (accepted, duplicate, rejected) = (scan.accepted, scan.duplicate, scan.rejected);
            self.line(1, &format!("declared {}: accepted {accepted}, duplicate {duplicate}, rejected {rejected}", scan.declared));
        }
        if scan.tally.is_final {
            let tally = &scan.tally;
            let known = scan.accepted.saturating_sub(tally.new);
            let (again, gone) = (tally.redetected, tally.no_longer_detected);
            self.line(1, &format!("new {}, known {known}, detected again {again}, no longer detected {gone}", tally.new));
            for kept in coverage::kept_open(tally) {
                self.line(1, &format!("left open {}: {}", kept.count, kept.text));
            }
        }
    }

    fn message(&mut self, kind: &str, message: &Message) {
        let place = message.place.as_ref().map(|place| format!(" at {place}")).unwrap_or_default();
        self.line(1, &format!("{kind}: {}{place}: {}", message.kind, message.message));
    }
}
