//! What a scan of the default branch proved and what it left open, on the wire, with a sentence for each.
//! Must not know: how that is decided.

use crate::clock::iso;
use crate::domain::scan::{Coverage, Scan, Tally};
use crate::store::{ReadTx, StoreError, coverage as stored, records};
use casemate_shared::KeptOpen;
use casemate_shared::api::coverage as wire;

/// What was left open, by reason.
pub fn kept_open(tally: &Tally) -> Vec<wire::KeptOpenCount> {
    let mut counts: Vec<wire::KeptOpenCount> =
        tally.kept_open.iter().map(|(reason, count)| kept_open_count(*reason, *count)).collect();
    counts.sort_by_key(|entry| entry.reason);
    counts
}

/// One reason with its number and sentence.
pub fn kept_open_count(reason: KeptOpen, count: u64) -> wire::KeptOpenCount {
    let text = match count {
        1 => format!("1 vulnerability that was not reported stays open: {}.", reason.label()),
        _ => format!("{count} vulnerabilities that were not reported stay open: {}.", reason.label()),
    };
    wire::KeptOpenCount { reason, count, text }
}

/// What a scan said, per scanner. `pipeline` is the one that was ingested: its own, or the root of it.
///
/// # Errors
/// When the store fails.
pub fn of_scan(rtx: &ReadTx, scan: &Scan, pipeline: u64) -> Result<Vec<wire::Coverage>, StoreError> {
    stored::of_scan(rtx, scan, pipeline)?.into_iter().map(|record| coverage(rtx, record)).collect()
}

fn coverage(rtx: &ReadTx, record: Coverage) -> Result<wire::Coverage, StoreError> {
    let scanner = records::find_scanner(rtx, record.scanner_id)?.map(|row| row.name);
    let text = sentence(&record, scanner.as_deref());
    Ok(wire::Coverage {
        scan_id: record.scan_id,
        scanner,
        status: record.status,
        mode: record.mode,
        candidates: record.candidates,
        reported: record.reported,
        marked: record.marked,
        kept_open: record.kept_open,
        settled: record.settled,
        reason: record.reason,
        cause_scan_id: record.cause_scan_id,
        text,
        at: iso(record.at),
    })
}

fn sentence(record: &Coverage, scanner: Option<&str>) -> String {
    let scanner = scanner.unwrap_or("a scanner that the report does not tell");
    let seen = format!("Of {} known vulnerabilities by {scanner}, {} were reported", record.candidates, record.reported);
    match record.reason {
        None => format!("{seen} and {} are no longer detected.", record.marked),
        Some(reason) => format!("{seen} and {} stay open: {}.", record.kept_open, reason.label()),
    }
}
