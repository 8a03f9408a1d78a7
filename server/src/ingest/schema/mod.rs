//! The report schemas: which one a report is checked against, and what breaks it
//! (ingestion design, sections 1.3 and 1.4). The files lie under `schemas/report/`.
//!
//! It must not know bytes, stores or findings as Casemate keeps them: JSON values come in,
//! verdicts and places go out.

mod compose;
mod kind;
pub mod part;
mod quick;
mod reason;
#[cfg(test)]
mod tests;
mod validator;
mod version;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use casemate_shared::ReportType;

use compose::Sources;
use kind::Kind;
pub use validator::ReportValidator;
use version::Version;

/// One place where a report breaks its schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// JSON pointer in the whole report, such as `/vulnerabilities/3/location/file`; empty for
    /// the report itself. A missing member is named at the object that lacks it.
    pub pointer: String,
    /// What is wrong there, as the rest of a sentence that begins with the place. Quotes of the
    /// report only where a word is chosen from a list, and then at most 40 characters.
    pub reason: String,
}

/// Why the schemas themselves cannot be used. Never the fault of a report.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// An embedded file is no JSON, or not of the form it must have.
    #[error("schema file {file} cannot be read: {source}")]
    Syntax {
        /// Name of the file under `schemas/report/`.
        file: &'static str,
        /// Where and why.
        source: serde_json::Error,
    },
    /// A composed schema is not a schema.
    #[error("the {kind} schema of version {version} does not compile: {reason}")]
    Compile {
        /// Name of the schema.
        kind: &'static str,
        /// Version of the report format.
        version: String,
        /// Message of the validator.
        reason: String,
    },
    /// `versions.json` has no supported version.
    #[error("no version of the report format is supported")]
    NoVersion,
}

/// The validator for one report, and what its version alone already says.
#[derive(Debug, Clone)]
pub struct Selection {
    /// Schema to check against. Of the earliest supported version if there is a refusal.
    pub validator: Arc<ReportValidator>,
    /// Version of that schema, such as `15.0.7`.
    pub validated_against: String,
    /// The report must not be ingested, whatever the schema says: its version is missing or
    /// unsupported. A whole message.
    pub refusal: Option<String>,
    /// The report may be ingested, with this message: its version is deprecated, or its patch
    /// is unknown.
    pub warning: Option<String>,
}

/// Every schema of every version, compiled when first asked for and then kept.
#[derive(Debug)]
pub struct Schemas {
    sources: Sources,
    compiled: Mutex<HashMap<(Kind, Version), Arc<ReportValidator>>>,
}

impl Schemas {
    /// Reads the embedded files. Compiles nothing yet.
    ///
    /// # Errors
    /// If an embedded file is broken; the tests of this room make sure that none is.
    pub fn new() -> Result<Schemas, SchemaError> {
        Ok(Schemas { sources: Sources::read()?, compiled: Mutex::new(HashMap::new()) })
    }

    /// Name of the texts of all schemas, of this version of the program: equal names, equal verdicts.
    pub fn name(&self) -> u64 {
        self.sources.name()
    }

    /// The schema for a report that was handed in as `report_type` and declares this version
    /// (ingestion design, section 1.3; the highest patch is the numerically highest).
    ///
    /// # Errors
    /// If a schema does not compile; the tests of this room make sure that each does.
    pub fn select(&self, report_type: ReportType, declared: Option<&str>) -> Result<Selection, SchemaError> {
        let ruling = version::rule(self.sources.versions(), report_type, declared).ok_or(SchemaError::NoVersion)?;
        Ok(Selection {
            validator: self.validator(Kind::of(report_type), ruling.against)?,
            validated_against: ruling.against.to_string(),
            refusal: ruling.refusal,
            warning: ruling.warning,
        })
    }

    fn validator(&self, kind: Kind, version: Version) -> Result<Arc<ReportValidator>, SchemaError> {
        // A panic elsewhere leaves at worst an entry missing, so a poisoned lock is still good.
        let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = compiled.get(&(kind, version)) {
            return Ok(Arc::clone(known));
        }
        let schema = self.sources.composed(kind, version);
        let fresh = ReportValidator::compile(schema).map_err(|reason| SchemaError::Compile {
            kind: kind.as_str(),
            version: version.to_string(),
            reason,
        })?;
        let fresh = Arc::new(fresh);
        compiled.insert((kind, version), Arc::clone(&fresh));
        Ok(fresh)
    }
}
