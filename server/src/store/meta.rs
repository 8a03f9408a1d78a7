//! Facts about the database itself, and the sequences that ids come from. Must not know: entities.

use super::catalog::{META, SEQUENCES};
use super::key::id_at;
use super::{Reads, StoreError, WriteTx, value};
use std::cmp::Ordering;

/// Format of the file that this program writes.
pub const FORMAT: u32 = 2;

/// Where ids come from. Ids begin at 1 and are never given twice.
#[derive(Debug, Clone, Copy)]
pub enum Sequence {
    /// Users.
    User,
    /// Access tokens.
    Token,
    /// Sessions of the page.
    Session,
    /// Groups and user namespaces.
    Namespace,
    /// Projects.
    Project,
    /// Pipelines of the instance.
    Pipeline,
    /// Pipelines of one project: `iid`.
    PipelineOf(u64),
    /// Changes of what findings of one project are matched by.
    MatchingOf(u64),
    /// Jobs.
    Job,
    /// Artifacts.
    Artifact,
    /// Scans.
    Scan,
    /// Finding bodies.
    Body,
    /// Long texts of bodies.
    Text,
    /// Permanent findings.
    Finding,
    /// Vulnerabilities.
    Vulnerability,
    /// Events of vulnerabilities.
    Event,
    /// Identifiers.
    Identifier,
    /// Scanners.
    Scanner,
    /// Remediations.
    Remediation,
    /// Old paths of groups and projects.
    Redirect,
    /// Labels.
    Label,
    /// Webhooks.
    Hook,
    /// Protections of branches.
    Protection,
    /// Rules of who may do what to a protected branch.
    Grant,
    /// Entries of the search outbox.
    Outbox,
}

impl Sequence {
    fn key(self) -> Vec<u8> {
        match self {
            Sequence::PipelineOf(project) => format!("pipeline of {project}").into_bytes(),
            Sequence::MatchingOf(project) => format!("matching of {project}").into_bytes(),
            other => format!("{other:?}").to_lowercase().into_bytes(),
        }
    }
}

/// Forgets what was counted of a project that is removed. Its id is never given again.
pub(super) fn forget_project(wtx: &mut WriteTx, project: u64) -> Result<(), StoreError> {
    let keys = [Sequence::PipelineOf(project), Sequence::MatchingOf(project)].map(Sequence::key);
    wtx.remove_all(SEQUENCES, &keys)
}

/// Takes `count` ids; answers the first.
pub fn take_ids(wtx: &mut WriteTx, sequence: Sequence, count: u64) -> Result<u64, StoreError> {
    let next = last_id(wtx, sequence)? + 1;
    wtx.put(SEQUENCES, sequence.key(), &(next + count - 1).to_be_bytes())?;
    Ok(next)
}

/// Takes one id.
pub fn take_id(wtx: &mut WriteTx, sequence: Sequence) -> Result<u64, StoreError> {
    take_ids(wtx, sequence, 1)
}

/// Last id given; 0 when none was.
pub fn last_id(tx: &impl Reads, sequence: Sequence) -> Result<u64, StoreError> {
    Ok(value(tx, SEQUENCES, sequence.key())?.map_or(0, |bytes| id_at(&bytes, 0)))
}

/// Writes the facts of a fresh database; checks the format of an old one.
pub(super) fn initialise(wtx: &mut WriteTx, id: [u8; 16], secret: [u8; 16]) -> Result<(), StoreError> {
    match value(wtx, META, b"format_version".to_vec())? {
        None => {
            wtx.put(META, b"format_version".to_vec(), &FORMAT.to_be_bytes())?;
            wtx.put(META, b"database_id".to_vec(), &id)?;
            wtx.put(META, b"secret".to_vec(), &secret)
        }
        Some(bytes) => {
            let damaged = StoreError::Damaged { table: META.name, reason: "format_version is no number".to_owned() };
            let found = bytes.as_slice().try_into().map(u32::from_be_bytes).map_err(|_| damaged)?;
            match found.cmp(&FORMAT) {
                Ordering::Equal => Ok(()),
                Ordering::Greater => Err(StoreError::Newer { found, known: FORMAT }),
                Ordering::Less => Err(StoreError::Older { found, known: FORMAT }),
            }
        }
    }
}

fn sixteen(tx: &impl Reads, name: &'static str) -> Result<[u8; 16], StoreError> {
    value(tx, META, name.as_bytes().to_vec())?
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or(StoreError::Damaged { table: META.name, reason: format!("{name} is missing") })
}

/// Identity of this database; the search index has to carry the same.
pub fn database_id(tx: &impl Reads) -> Result<[u8; 16], StoreError> {
    sixteen(tx, "database_id")
}

/// Key that tokens and cookies are hashed with.
pub fn secret(tx: &impl Reads) -> Result<[u8; 16], StoreError> {
    sixteen(tx, "secret")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::store::Store;

    #[test]
    fn a_format_of_another_time_is_refused_by_its_name() {
        let store = Store::in_memory().unwrap();
        let reopen = |format: &[u8]| {
            store.write(|wtx| -> Result<(), StoreError> {
                wtx.put(META, b"format_version".to_vec(), format)?;
                initialise(wtx, [0; 16], [0; 16])
            })
        };
        assert!(reopen(&FORMAT.to_be_bytes()).is_ok());
        assert!(matches!(reopen(&(FORMAT + 1).to_be_bytes()), Err(StoreError::Newer { .. })));
        let older = reopen(&(FORMAT - 1).to_be_bytes()).unwrap_err();
        assert!(matches!(older, StoreError::Older { .. }) && older.to_string().contains("older"), "{older}");
        assert!(matches!(reopen(b"?"), Err(StoreError::Damaged { .. })));
    }
}
