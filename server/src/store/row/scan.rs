//! Stored scans and promotions. Must not know: tables and keys.

use super::row;
use crate::domain::scan::{Coverage, FullScan, Message, Promotion, RuleSet, Scan, Tally, Tool};
use casemate_shared::{KeptOpen, ReportType, ScanMode, ScanStatus};

row! { ToolRow, 1, Tool { external_id: String, name: String, version: String, vendor: String } }
row! { MessageRow, 1, Message { kind: String, message: String, place: Option<String> } }
row! { TallyRow, 2, Tally { new: u64, redetected: u64, no_longer_detected: u64, kept_open: Vec<(KeptOpen, u64)>, is_final: bool } }
row! { ScanRow, 3, Scan {
    id: u64, pipeline_id: u64, job_id: u64, project_id: u64, artifact_id: u64, run: u64, report_type: ReportType,
    status: ScanStatus, latest: bool, mode: ScanMode, schema_version: Option<String>, scanner: Option<Tool>,
    analyzer: Option<Tool>, scanner_ids: Vec<u64>, report_status: Option<String>, start_time: Option<String>,
    end_time: Option<String>, errors: Vec<Message>, warnings: Vec<Message>, declared: u64, accepted: u64,
    duplicate: u64, rejected: u64, tally: Tally, accepted_chunks: Vec<[u8; 16]>, duplicate_chunks: Vec<[u8; 16]>,
    created_at: i64,
} }
row! { FullScanRow, 1, FullScan { pipeline_id: u64, chunks: Vec<[u8; 16]> } }
row! { PromotionRow, 2, Promotion {
    pipeline_id: u64, pipeline_created_at: i64, chunks: Vec<[u8; 16]>, full: bool, last_full: Option<FullScan>,
} }
row! { RuleSetRow, 1, RuleSet { scan_id: u64, types: Vec<String>, fingerprints: Vec<[u8; 20]> } }
row! { CoverageRow, 1, Coverage {
    project_id: u64, report_type: ReportType, scanner_id: u64, pipeline_id: u64, scan_id: u64, status: ScanStatus,
    mode: ScanMode, candidates: u64, reported: u64, marked: u64, kept_open: u64, settled: u64, reason: Option<KeptOpen>,
    cause_scan_id: Option<u64>, at: i64,
} }
