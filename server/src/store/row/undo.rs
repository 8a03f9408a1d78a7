//! Stored undos and their journal. Must not know: tables and keys.

use super::row;
use crate::domain::finding::{Vulnerability, VulnerabilityFinding};
use crate::domain::scan::Promotion;
use crate::domain::undo::{Kept, Undo};
use crate::store::findings::Pair;
use crate::store::undo::{MarkBefore, PromotionBefore, UndoEntry};
use casemate_shared::{KeptImported, UndoStatus};

row! { KeptRow, 1, Kept { vulnerability_id: u64, reason: KeptImported, pipeline_id: Option<u64> } }
row! { UndoRow, 1, Undo {
    pipeline_id: u64, user_id: u64, status: UndoStatus, created_at: i64, finished_at: Option<i64>, is_listed: bool,
    created: u64, changed: u64, redetected: u64, marked: u64, kept: Vec<(KeptImported, u64)>, kept_first: Vec<Kept>,
} }
row! { PairRow, 1, Pair { finding: VulnerabilityFinding, vulnerability: Vulnerability } }
row! { MarkBeforeRow, 1, MarkBefore { latest_pipeline_id: u64, updated_at: i64 } }
row! { UndoEntryRow, 1, UndoEntry { after: [u8; 16], mark: Option<MarkBefore>, pair: Option<Pair> } }
row! { PromotionBeforeRow, 1, PromotionBefore { before: Option<Promotion> } }
