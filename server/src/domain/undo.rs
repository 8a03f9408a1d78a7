//! Taking an import back: how far it is, what it took back and what it kept. Must not know: storage, how it
//! is decided.

use crate::clock::Millis;
use casemate_shared::{KeptImported, UndoStatus};

/// Most kept vulnerabilities that are remembered one by one; the others are counted.
pub const KEPT_TOLD: usize = 100;

/// The undo of one pipeline's import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undo {
    /// Pipeline.
    pub pipeline_id: u64,
    /// Who asked for it.
    pub user_id: u64,
    /// How far it is.
    pub status: UndoStatus,
    /// When it was asked for.
    pub created_at: Millis,
    /// When it was done.
    pub finished_at: Option<Millis>,
    /// Whether everything that the import made is in the journal.
    pub is_listed: bool,
    /// Vulnerabilities that left the list.
    pub created: u64,
    /// Those whose text, place or severity is what it was before.
    pub changed: u64,
    /// Those that are resolved or no longer detected again.
    pub redetected: u64,
    /// Marks as no longer detected that were taken away.
    pub marked: u64,
    /// How many were kept, by reason.
    pub kept: Vec<(KeptImported, u64)>,
    /// The first [`KEPT_TOLD`] of them.
    pub kept_first: Vec<Kept>,
}

/// A vulnerability that was left as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// Vulnerability.
    pub vulnerability_id: u64,
    /// Why.
    pub reason: KeptImported,
    /// The later pipeline that is the reason, if one is.
    pub pipeline_id: Option<u64>,
}

impl Undo {
    /// Counts one that is kept.
    pub fn keep(&mut self, kept: Kept) {
        match self.kept.iter_mut().find(|(reason, _)| *reason == kept.reason) {
            Some((_, count)) => *count += 1,
            None => self.kept.push((kept.reason, 1)),
        }
        if self.kept_first.len() < KEPT_TOLD {
            self.kept_first.push(kept);
        }
    }

    /// How many were taken back.
    pub fn taken_back(&self) -> u64 {
        self.created + self.changed + self.redetected + self.marked
    }

    /// How many were kept.
    pub fn kept_total(&self) -> u64 {
        self.kept.iter().map(|(_, count)| count).sum()
    }
}
