//! The figures, for a person and for a program.
//!
//! Must not know: how they were measured.

use crate::floor::Floor;
use crate::journey::{Row, Small};
use crate::limit::Limit;
use crate::neighbour::Waits;
use crate::observe::{self, MB};
use serde_json::{Value, json};

/// Prints what is measured and the floor.
pub fn head(findings: u64, bytes: u64, floor: &Floor) {
    assert_eq!(floor.findings, findings, "findings that the floor parsed");
    let each = bytes / findings.max(1);
    println!("\n{} findings, {:.1} MB, {each} bytes each; load {:.1}", grouped(findings), bytes as f64 / MB, observe::load());
    println!(
        "floor (typed, owned serde_json): {:.4} s wall, {:.4} s CPU, {:.0} MB beyond the bytes, middle of {} runs",
        floor.wall_s, floor.cpu_s, floor.peak_mb, floor.runs
    );
    println!(
        "{:<21}{:>9}{:>9}{:>8}{:>11}{:>8}{:>9}{:>8}{:>12}{:>9}{:>9}{:>10}{:>9}{:>9}{:>10}",
        "",
        "received",
        "durable",
        "x floor",
        "searchable",
        "x floor",
        "CPU",
        "x floor",
        "findings/s",
        "peak",
        "after",
        "written",
        "store",
        "index",
        "artifacts"
    );
    println!(
        "{:<21}{:>9}{:>9}{:>8}{:>11}{:>8}{:>9}{:>8}{:>12}{:>9}{:>9}{:>10}{:>9}{:>9}{:>10}",
        "", "s", "s", "wall", "s", "wall", "s", "CPU", "durable", "MB+idle", "MB", "MB", "MB", "MB", "MB"
    );
}

/// Prints one upload.
pub fn row(findings: u64, row: &Row, floor: &Floor) {
    println!(
        "{:<21}{:>9.3}{:>9.3}{:>8.2}{:>11.3}{:>8.2}{:>9.2}{:>8.2}{:>12}{:>9.0}{:>9.0}{:>10.2}{:>9.2}{:>9.2}{:>10.2}",
        row.name,
        row.received_s,
        row.durable_s,
        row.durable_s / floor.wall_s,
        row.searchable_s,
        row.searchable_s / floor.wall_s,
        row.cpu_s,
        row.cpu_s / floor.cpu_s,
        grouped((findings as f64 / row.durable_s) as u64),
        row.peak_mb,
        row.after_mb,
        row.written_mb,
        row.store_growth_mb,
        row.index_growth_mb,
        row.artifacts_growth_mb,
    );
}

/// Prints how long somebody else had to wait for small changes.
pub fn waits(waits: &Waits) {
    println!(
        "{} small changes by somebody else meanwhile: middle {:.1} ms, longest {:.1} ms; so far the writer was held for {:.1} ms at most",
        grouped(waits.changes as u64),
        waits.middle_ms,
        waits.longest_ms,
        waits.held_ms
    );
}

/// The same for a program.
pub fn waits_json(findings: u64, waits: &Waits) -> Value {
    json!({
        "findings": findings, "run": "others", "changes": waits.changes, "middle_ms": waits.middle_ms,
        "longest_ms": waits.longest_ms, "held_ms": waits.held_ms,
    })
}

/// Prints the plainest way of the bytes beside an upload.
pub fn limit(limit: &Limit, row: &Row, floor: &Floor) {
    println!(
        "{}: the plainest way of the same bytes takes {:.3} s from a socket into a new file, {:.3} s parsed once in fresh memory, \
         {:.3} s for {:.0} MB to the disk: {:.2} s, {:.2} x floor; the upload was durable in {:.2} times that, and in {:.2} times the \
         receiving alone; with {:.3} s for words and bytes of an index {:.2} x floor, searchable in {:.2} times that",
        row.name,
        limit.received_s,
        limit.parsed_s,
        limit.written_s,
        limit.written_mb,
        limit.durable_s(),
        limit.durable_s() / floor.wall_s,
        row.durable_s / limit.durable_s(),
        row.durable_s / limit.received_s,
        limit.indexed_s,
        limit.searchable_s() / floor.wall_s,
        row.searchable_s / limit.searchable_s(),
    );
}

/// The same for a program.
pub fn limit_json(findings: u64, limit: &Limit, row: &Row, floor: &Floor) -> Value {
    json!({
        "findings": findings, "run": format!("plainest way, {}", row.name), "received_s": limit.received_s,
        "parsed_s": limit.parsed_s, "written_s": limit.written_s, "written_mb": limit.written_mb, "indexed_s": limit.indexed_s,
        "floor_ratio": limit.durable_s() / floor.wall_s, "durable_ratio": row.durable_s / limit.durable_s(),
        "searchable_floor_ratio": limit.searchable_s() / floor.wall_s, "searchable_ratio": row.searchable_s / limit.searchable_s(),
    })
}

/// Prints what small reports cost.
pub fn small(small: &Small) {
    println!(
        "10 findings {}: {:.1} ms, into an empty project {:.1} ms: {:.2} times",
        small.name,
        small.full_s * 1e3,
        small.empty_s * 1e3,
        small.full_s / small.empty_s
    );
}

/// The same for a program.
pub fn small_json(findings: u64, small: &Small) -> Value {
    json!({
        "findings": findings, "run": format!("10 findings {}", small.name), "full_s": small.full_s,
        "empty_s": small.empty_s, "ratio": small.full_s / small.empty_s,
    })
}

/// Prints what all uploads have in common.
pub fn foot(idle_mb: f64) {
    println!(
        "seconds from the upload's first byte; written: without the upload itself; idle before: {idle_mb:.0} MB; check-db is clean"
    );
}

/// The floor for a program.
pub fn floor_json(findings: u64, bytes: u64, floor: &Floor) -> Value {
    json!({
        "findings": findings, "run": "floor", "report_bytes": bytes, "wall_s": floor.wall_s, "cpu_s": floor.cpu_s,
        "peak_mb": floor.peak_mb, "runs": floor.runs,
    })
}

/// One upload for a program.
pub fn row_json(findings: u64, row: &Row, floor: &Floor) -> Value {
    json!({
        "findings": findings, "run": row.name, "load": row.load, "upload_bytes": row.upload_bytes,
        "received_s": row.received_s, "durable_s": row.durable_s, "searchable_s": row.searchable_s, "cpu_s": row.cpu_s,
        "durable_ratio": row.durable_s / floor.wall_s, "searchable_ratio": row.searchable_s / floor.wall_s,
        "cpu_ratio": row.cpu_s / floor.cpu_s, "findings_per_s": findings as f64 / row.durable_s,
        "peak_anonymous_mb_over_idle": row.peak_mb, "peak_resident_mb": row.peak_resident_mb, "after_mb": row.after_mb,
        "written_mb": row.written_mb, "store_growth_mb": row.store_growth_mb, "index_growth_mb": row.index_growth_mb,
        "artifacts_growth_mb": row.artifacts_growth_mb,
    })
}

/// A number with commas between groups of three digits.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
