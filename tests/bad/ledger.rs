//! A report with a million violations: its ledger tells every one of them, and the server writes it down without
//! holding it.

use crate::steady::{Steady, good};
use casemate_shared::ScanStatus;
use casemate_tests::{Upload, memory, sample};

/// Entries that are all wrong.
const ENTRIES: usize = 50_000;
/// What is wrong with each: its id, its place, and three members of each of six identifiers.
const FAULTS: usize = 20;
/// Most memory that making the ledger may take, in KiB. All of its lines at once would take several times that.
const MOST_KIB: u64 = 64 << 10;

#[test]
fn a_million_violations_are_told_and_not_held() {
    let steady = Steady::start();
    let mut report = good();
    report["vulnerabilities"] = "HERE".into();
    let wrong = r#"{"id":"","identifiers":[{},{},{},{},{},{}]}"#;
    let text = report.to_string().replace("\"HERE\"", &format!("[{}]", vec![wrong; ENTRIES].join(",")));
    let upload = Upload::new("main", &sample::sha(9)).file("sast", "wrong.json", text.as_bytes());
    let made = steady.project.ingest(upload);
    let refused = &made.reports[0];
    let summary = refused.summary.as_ref().expect("numbers");
    assert_eq!((refused.status, summary.rejected), (ScanStatus::ReportError, ENTRIES as u64));

    let pid = steady.project.server.pid();
    memory::forget_peak(pid).expect("the system lets go of the peak");
    let before = memory::resident_kib(pid).expect("a process");
    let path = refused.rejected_path.as_deref().expect("a ledger");
    let ledger = steady.project.client.get(path).expect(200).body;
    let grown = memory::peak_kib(pid).expect("a process").saturating_sub(before);
    println!("the ledger has {} bytes, the server grew by {grown} KiB", ledger.len());
    assert!(grown < MOST_KIB, "the server grew by {grown} KiB for a ledger of {} bytes", ledger.len());

    let end = String::from_utf8_lossy(&ledger[ledger.len() - 100..]).into_owned();
    let numbers = format!("\"rejected_entries\":{ENTRIES},\"faults\":{}}}", ENTRIES * FAULTS);
    assert!(end.trim_end().ends_with(&numbers), "{end}");
    let lines = ledger.split(|byte| *byte == b'\n').filter(|line| line.starts_with(b"{\"entry\":")).count();
    assert_eq!(lines, ENTRIES * FAULTS);
    steady.assert_unchanged("a million violations");
}
