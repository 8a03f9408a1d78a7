//! Ingestion: an uploaded report becomes a scan with findings and, on the default branch,
//! vulnerabilities. The only room that names rayon.
//!
//! Must not know: HTTP, search, who may do what. The stages, in order:
//!
//! 1. `spool`: the upload is streamed to disk, hashed, kept under its hash.
//! 2. `accept`: pipeline, jobs, artifacts and scans are stored and the pipeline is queued, in one
//!    transaction. From here on the upload survives anything.
//! 3. `worker`: takes pipelines from the queue, one per project at a time, in order of their number.
//! 4. `prepare`: `document` splits, `examine` judges by `schema` and finds identities (`domain::identity`),
//!    `matching` takes over and deduplicates, bodies and lists are stored.
//! 5. `promote`: on the default branch, `draft` builds rows, `ready` makes commit groups of them that are
//!    stored, `verdict` says what there is proof for, `mark` marks what is no longer detected, `conclude` makes
//!    the numbers final.

mod absent;
pub mod accept;
pub mod again;
mod ahead;
mod bodies;
mod change;
mod collect;
mod components;
mod conclude;
mod cyclonedx;
pub mod declare;
pub mod detect;
mod document;
pub mod draft;
mod dropped;
pub mod erase;
mod examine;
pub mod family;
mod file;
mod foreign;
pub mod foresee;
mod fresh;
#[cfg(any(test, feature = "fuzz"))]
pub mod fuzz;
mod head;
mod inherit;

pub(crate) mod killpoint;
pub mod ledger;
mod lookup;
pub mod making;
mod mark;
mod matching;
pub(crate) mod pace;
mod places;
mod prepare;
mod promote;
mod ready;
pub mod refname;
mod sarif;
#[cfg(test)]
mod scenario_again_tests;
#[cfg(test)]
mod scenario_coverage_tests;
#[cfg(test)]
mod scenario_cut_off_tests;
#[cfg(test)]
mod scenario_dropped_tests;
#[cfg(test)]
mod scenario_entry_tests;
#[cfg(test)]
mod scenario_family_tests;
#[cfg(test)]
mod scenario_foreign_tests;
#[cfg(test)]
mod scenario_foresee_tests;
#[cfg(test)]
mod scenario_hostile_tests;
#[cfg(test)]
mod scenario_inherit_tests;
#[cfg(test)]
mod scenario_peer_tests;
#[cfg(test)]
mod scenario_property_tests;
#[cfg(test)]
mod scenario_repeat_tests;
#[cfg(test)]
mod scenario_reports;
#[cfg(test)]
mod scenario_rows_tests;
#[cfg(test)]
mod scenario_scan_tests;
#[cfg(test)]
mod scenario_tests;
#[cfg(test)]
mod scenario_undo_tests;
#[cfg(test)]
mod scenario_upload;
#[cfg(test)]
pub mod scenario_world;
pub mod schema;
mod settle;
mod slicer;
pub mod spool;
pub mod status;
pub mod timeout;
pub mod undo;
mod verdict;
pub mod worker;

pub use file::ReportFile;

use crate::domain::finding::FindingBody;
use crate::domain::scan::ListEntry;

use crate::clock::{Clock, Millis};
use crate::domain::tape::Tape;
use crate::store::{Store, StoreError};
use schema::Schemas;
use spool::{ArtifactStore, Spool, SpoolError};
use std::sync::Arc;

/// What a stored finding says, ready to become a vulnerability.
///
/// # Errors
/// A sentence, when its body can't be read.
pub fn pair_of(body: &FindingBody, entry: &ListEntry) -> Result<draft::Draft, String> {
    draft::build(draft::Source::stored(body, entry)?, &mut Tape::default(), None)
}

/// What ingestion works with.
pub struct Room {
    /// The store.
    pub store: Arc<Store>,
    /// Files as uploaded.
    pub artifacts: ArtifactStore,
    /// Files being received or read.
    pub spool: Spool,
    /// Report schemas.
    pub schemas: Schemas,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Longest time that a pipeline waits for announced jobs without news, in milliseconds.
    pub patience: Millis,
    /// Called after bodies were committed, so that the index follows.
    pub on_outbox: Box<dyn Fn() + Send + Sync>,
}

impl Room {
    fn moment(&self) -> settle::Moment {
        settle::Moment { now: self.clock.now(), patience: self.patience }
    }

    fn outbox_grew(&self) {
        (self.on_outbox)();
    }
}

/// Why ingestion of a pipeline failed. Never the fault of a report.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IngestError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The disk.
    #[error(transparent)]
    Spool(#[from] SpoolError),
    /// A row that another one names is not there.
    #[error("{what} {id} is missing")]
    Missing {
        /// What.
        what: String,
        /// Its id.
        id: u64,
    },
    /// A thread died; the message is the panic's.
    #[error("ingestion stopped unexpectedly: {0}")]
    Panicked(String),
}
