//! Words and wire types of Casemate, for the server and the web page alike.
//!
//! Must not know: storage, search, HTTP, files, clocks. No I/O; compiles for wasm32.
//!
//! Glossary. *Report*: one file a scanner wrote. *Scan*: what one report of one job told, with its
//! status. *Finding*: one entry of a scan, kept per pipeline. *Vulnerability*: a finding promoted on
//! the default branch, with a lifecycle of its own. *Identifier*: a name other people know the flaw
//! by (CVE, CWE, a rule). *No longer detected*: a later full scan of the same scanner did not report
//! it; the state does not change by that.

pub mod access;
pub mod api;
pub mod limits;
pub mod report_type;
pub mod scan;
pub mod severity;
pub mod undo;
pub mod vulnerability;

pub use access::AccessLevel;
pub use report_type::{FileType, ReportType};
pub use scan::{Ingestion, KeptOpen, ScanMode, ScanStatus};
pub use severity::Severity;
pub use undo::{KeptImported, UndoStatus};
pub use vulnerability::{DismissalReason, VulnerabilityState};
