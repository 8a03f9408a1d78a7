//! `casemate check-db`: does everything in a data directory agree? Must not know: HTTP.

use crate::clock::Entropy;
use crate::ingest::spool::ArtifactStore;
use crate::search;
use crate::store::{FILE_NAME, Store, StoreError, check, meta, outbox};
use std::io::Write;
use std::path::Path;

/// Why the check can't run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckError {
    /// There is no database.
    #[error("there is no database in {0}")]
    NoDatabase(String),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Files or the index.
    #[error("{0}")]
    Other(String),
}

/// Checks a data directory that nobody serves; writes what it finds. Answers whether all is clean.
/// Randomness is for a database whose very first transaction was cut off: opening it makes it.
///
/// # Errors
/// When the check itself can't run, for example because another process holds the database.
pub fn run(data_dir: &Path, out: &mut dyn Write, entropy: &dyn Entropy) -> Result<bool, CheckError> {
    if !data_dir.join(FILE_NAME).is_file() {
        return Err(CheckError::NoDatabase(data_dir.display().to_string()));
    }
    let other = |error: &dyn std::fmt::Display| CheckError::Other(error.to_string());
    let mut store = Store::open(data_dir, entropy.bytes16(), entropy.bytes16())?;
    let mut problems = Vec::new();
    if !store.verify_checksums()? {
        problems.push("the engine's checksums did not fit and were repaired: some data may be lost".to_owned());
    }
    let rtx = store.read()?;
    let found = check::check(&rtx)?;
    problems.extend(found.problems.iter().cloned());
    let artifacts = ArtifactStore::new(data_dir.join("artifacts")).map_err(|error| other(&error))?;
    check_files(&artifacts, &found, &mut problems)?;
    let index = check_index(&data_dir.join("index"), meta::database_id(&rtx)?, outbox::newest_seq(&rtx)?, &mut problems);
    for problem in &problems {
        writeln!(out, "problem: {problem}").map_err(|error| other(&error))?;
    }
    if found.more > 0 {
        writeln!(out, "problem: and {} more", found.more).map_err(|error| other(&error))?;
    }
    let verdict = if problems.is_empty() { "clean" } else { "not clean" };
    writeln!(out, "{verdict}: {} rows, {} files, search index {index}", found.rows, found.files.len())
        .map_err(|error| other(&error))?;
    Ok(problems.is_empty())
}

fn check_files(artifacts: &ArtifactStore, found: &check::Findings, problems: &mut Vec<String>) -> Result<(), CheckError> {
    for (sha256, size) in &found.files {
        let name = crate::domain::identity::hex(sha256);
        match artifacts.open(sha256).map_err(|error| CheckError::Other(error.to_string()))? {
            None => problems.push(format!("the stored report {name} is missing")),
            Some(file) if file.metadata().is_ok_and(|facts| facts.len() != *size) => {
                problems.push(format!("the stored report {name} does not have {size} bytes"));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// The index is derived: one that has to be rebuilt is no problem, one that claims too much is.
fn check_index(dir: &Path, database_id: [u8; 16], newest: u64, problems: &mut Vec<String>) -> String {
    if !dir.is_dir() {
        return "is not there yet and will be built".to_owned();
    }
    match search::look(dir, database_id) {
        Ok(seq) if seq > newest => {
            problems.push(format!("the search index says {seq}, the database only {newest}"));
            format!("at {seq}")
        }
        Ok(seq) => format!("at {seq} of {newest}"),
        Err(reason) => format!("will be rebuilt ({reason})"),
    }
}
