//! The floor: typed, owned parsing by serde_json of a report's bytes, and nothing else. It runs in a
//! process of its own, so that its memory is its own.
//!
//! Must not know: the server.

use crate::observe;
use crate::shape::{Finding, Report};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// First argument of the process that measures.
pub const WORD: &str = "--floor";
/// A short report is parsed again until this much time went by: of the clock the middle run counts, of
/// the processor, whose time is told in coarse steps, the mean.
const AT_LEAST: Duration = Duration::from_millis(600);

/// What the floor costs.
#[derive(Serialize, Deserialize)]
pub struct Floor {
    /// Findings that were parsed.
    pub findings: u64,
    /// Seconds by the clock.
    pub wall_s: f64,
    /// Seconds of the processor.
    pub cpu_s: f64,
    /// Highest memory beyond the bytes of the report, in MB.
    pub peak_mb: f64,
    /// How often it was parsed.
    pub runs: usize,
}

/// Starts this program again to measure a file.
pub fn in_a_process_of_its_own(file: &Path) -> Floor {
    let me = std::env::current_exe().expect("path of this program");
    let output = Command::new(me).arg(WORD).arg(file).output().expect("this program starts again");
    assert!(output.status.success(), "the floor could not be measured: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("figures of the floor")
}

/// Measures a file and prints the figures as JSON.
pub fn measure_and_print(file: &Path) {
    let bytes = std::fs::read(file).expect("report can be read");
    let me = std::process::id();
    let before = observe::memory(me).anonymous_mb;
    observe::forget_peak(me);
    let mut walls = Vec::new();
    let (mut findings, mut cpu_s, mut peak_mb) = (0, 0.0, 0.0);
    let begin = Instant::now();
    while walls.len() < 3 || begin.elapsed() < AT_LEAST {
        let (wall, cpu) = (Instant::now(), observe::main_thread_cpu());
        let report: Report<Vec<Finding>> = serde_json::from_slice(&bytes).expect("report is as it was generated");
        walls.push(wall.elapsed().as_secs_f64());
        cpu_s += (observe::main_thread_cpu() - cpu).as_secs_f64();
        findings = std::hint::black_box(report).vulnerabilities.len() as u64;
        if walls.len() == 1 {
            peak_mb = observe::memory(me).peak_mb - before;
        }
    }
    let floor = Floor { findings, wall_s: middle(&mut walls), cpu_s: cpu_s / walls.len() as f64, peak_mb, runs: walls.len() };
    println!("{}", serde_json::to_string(&floor).expect("figures are JSON"));
}

fn middle(numbers: &mut [f64]) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}
