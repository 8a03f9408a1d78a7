//! Reads any bytes as any stored row, for the fuzzer: damage on the disk is an error, never a panic.
//!
//! Must not know: keys, where the bytes come from.

use super::bodies::StoredBody;
use super::codec::{Record, decode, encode};
use crate::domain::account::{AccessToken, Session, User};
use crate::domain::finding::{Identifier, Remediation, Scanner, Vulnerability, VulnerabilityEvent, VulnerabilityFinding};
use crate::domain::pipeline::{Artifact, Job, Pipeline};
use crate::domain::project::{Namespace, Project};
use crate::domain::scan::{Coverage, Promotion, Scan};
use crate::domain::triage::StateTransition;
use std::fmt::Debug;

/// Kinds of rows that [`read`] tells apart.
pub const KINDS: u8 = 16;

/// Reads the bytes as the row of that kind (modulo [`KINDS`]). What can be read is written and read again.
///
/// # Panics
/// When a row does not read back as it was written.
pub fn read(kind: u8, bytes: &[u8]) -> bool {
    match kind % KINDS {
        0 => reads_back::<User>(bytes),
        1 => reads_back::<AccessToken>(bytes),
        2 => reads_back::<Session>(bytes),
        3 => reads_back::<Namespace>(bytes),
        4 => reads_back::<Project>(bytes),
        5 => reads_back::<Pipeline>(bytes),
        6 => reads_back::<Job>(bytes),
        7 => reads_back::<Artifact>(bytes),
        8 => reads_back::<Scan>(bytes),
        9 => reads_back::<Promotion>(bytes),
        10 => reads_back::<StoredBody>(bytes),
        11 => reads_back::<Scanner>(bytes),
        12 => reads_back::<Identifier>(bytes),
        13 => reads_back::<Remediation>(bytes),
        14 => reads_back::<VulnerabilityFinding>(bytes),
        _ => {
            // One after the other: fixtures name kinds by number.
            let records = [reads_back::<Vulnerability>, reads_back::<VulnerabilityEvent>, reads_back::<StateTransition>];
            records.iter().any(|read| read(bytes)) || reads_back::<Coverage>(bytes)
        }
    }
}

fn reads_back<R: Record + PartialEq + Debug>(bytes: &[u8]) -> bool {
    let Ok(row) = decode::<R>("fuzz", bytes) else { return false };
    let again = encode(&row).and_then(|bytes| decode::<R>("fuzz", &bytes));
    assert_eq!(again.ok().as_ref(), Some(&row), "a row that was read is written and read again");
    true
}
