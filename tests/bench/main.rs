//! `make bench`: what the way of a report through Casemate costs, against the least that any program
//! has to pay for reading it: typed, owned parsing by serde_json of the same bytes (the floor).
//!
//! Must not know: how fast it ought to be. It fails only when something is wrong, never because
//! something is slow.
//!
//! `CASEMATE_BENCH_SIZES=1000,1000000` takes other numbers of findings. For each size: the floor in a
//! process of its own, then one server, to which the report is uploaded first, again unchanged, and
//! with a tenth of its findings exchanged, and behind each of them the plainest way of its bytes
//! (`limit.rs`); then into a second project while somebody else makes small changes; then small reports
//! into the full project and into an empty one.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a measuring program: what goes wrong ends the measurement"
)]

mod floor;
mod generate;
mod journey;
mod limit;
mod neighbour;
mod observe;
mod shape;
mod table;

use generate::Plan;
use limit::Growth;
use std::path::Path;

/// Numbers of findings that are measured when nobody says.
const SIZES: &str = "1000,10000,100000";

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, word, file] = arguments.as_slice()
        && word == floor::WORD
    {
        floor::measure_and_print(Path::new(file));
        return;
    }
    if let [_, word, file, findings, store, index] = arguments.as_slice()
        && word == limit::WORD
    {
        let number = |text: &String| text.parse().expect("a number");
        let growth = Growth { findings: number(findings), store_bytes: number(store), index_bytes: number(index) };
        limit::measure_and_print(Path::new(file), &growth);
        return;
    }
    let mut lines = Vec::new();
    for findings in sizes() {
        measure(findings, &mut lines);
    }
    println!();
    for line in lines {
        println!("{line}");
    }
}

fn sizes() -> Vec<u64> {
    let wish = std::env::var("CASEMATE_BENCH_SIZES").unwrap_or_else(|_| SIZES.to_owned());
    let size = |word: &str| word.trim().parse().unwrap_or_else(|_| panic!("{word:?} in CASEMATE_BENCH_SIZES is no number"));
    wish.split(',').map(size).collect()
}

/// Measures one size, prints its table and adds its rows as JSON.
fn measure(findings: u64, lines: &mut Vec<serde_json::Value>) {
    let dir = tempfile::tempdir().expect("temporary directory");
    let (base, changed) = (dir.path().join("base.json"), dir.path().join("changed.json"));
    let bytes = generate::write(&Plan::base(findings), &base).expect("report can be written");
    generate::write(&Plan::changed(findings), &changed).expect("report can be written");
    let floor = floor::in_a_process_of_its_own(&base);
    table::head(findings, bytes, &floor);
    lines.push(table::floor_json(findings, bytes, &floor));
    let mut journey = journey::Journey::begin();
    let tenth = Plan::exchanged(findings);
    let steps = [
        journey::Step { name: "first", report: &base, new: findings, gone: 0, vulnerabilities: findings },
        journey::Step { name: "again, unchanged", report: &base, new: 0, gone: 0, vulnerabilities: findings },
        journey::Step { name: "a tenth exchanged", report: &changed, new: tenth, gone: tenth, vulnerabilities: findings + tenth },
    ];
    let mut limits = Vec::new();
    for step in &steps {
        let row = journey.take(step, findings);
        table::row(findings, &row, &floor);
        lines.push(table::row_json(findings, &row, &floor));
        // Now, in the state in which the machine's memory is: what the server gives back at its end costs less to use.
        let (store_bytes, index_bytes) = (bytes_of(row.store_growth_mb), bytes_of(row.index_growth_mb));
        let limit = limit::in_a_process_of_its_own(step.report, &Growth { findings: step.new, store_bytes, index_bytes });
        lines.push(table::limit_json(findings, &limit, &row, &floor));
        limits.push((limit, row));
    }
    let again = journey::Step { name: "first, others write", report: &base, new: findings, gone: 0, vulnerabilities: findings };
    let (row, waits) = journey.take_beside_others(&again, findings);
    table::row(findings, &row, &floor);
    lines.push(table::row_json(findings, &row, &floor));
    table::waits(&waits);
    lines.push(table::waits_json(findings, &waits));
    for small in journey.small(dir.path()) {
        table::small(&small);
        lines.push(table::small_json(findings, &small));
    }
    journey.long_writes().iter().for_each(|line| println!("{line}"));
    for (limit, row) in &limits {
        table::limit(limit, row, &floor);
    }
    table::foot(journey.end());
}

fn bytes_of(mb: f64) -> u64 {
    (mb * observe::MB).max(0.0) as u64
}
