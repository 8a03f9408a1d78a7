//! What this machine takes for the plainest way of a report's bytes: from a socket into a new file, parsed once
//! in memory that nobody used before, and as many bytes as store and index grew by written to another file. One after
//! the other on one processor, nothing decided or looked up. To be searchable: besides that, for each word of the texts a list of
//! the findings that have it, in memory, and as many bytes as the index grew by to a file.
//!
//! A virtual machine that gives free memory back to its host pays for each page again when it is first used;
//! the floor, which is the middle of several runs in the same memory, does not show that.
//!
//! Must not know: the server. It runs in a process of its own, so that its memory is fresh.

use crate::shape::{Finding, Report};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// First argument of the process that measures.
pub const WORD: &str = "--limit";

/// What the plainest way costs, in seconds by the clock.
#[derive(Serialize, Deserialize)]
pub struct Limit {
    /// From a socket into a new file.
    pub received_s: f64,
    /// Parsed once, typed and owned.
    pub parsed_s: f64,
    /// Written to a new file, until the disk has it.
    pub written_s: f64,
    /// MB written.
    pub written_mb: f64,
    /// The words of the new findings listed, and the bytes of the index to a file of their own.
    pub indexed_s: f64,
}

/// How much more there is after an upload.
pub struct Growth {
    /// Findings that were not there.
    pub findings: u64,
    /// Bytes of the store.
    pub store_bytes: u64,
    /// Bytes of the index.
    pub index_bytes: u64,
}

impl Limit {
    /// What has to be done until it is durable.
    pub fn durable_s(&self) -> f64 {
        self.received_s + self.parsed_s + self.written_s
    }

    /// What has to be done until it is searchable.
    pub fn searchable_s(&self) -> f64 {
        self.durable_s() + self.indexed_s
    }
}

/// Starts this program again to measure a file that made store and index grow.
pub fn in_a_process_of_its_own(file: &Path, growth: &Growth) -> Limit {
    let me = std::env::current_exe().expect("path of this program");
    let more = [growth.findings, growth.store_bytes, growth.index_bytes].map(|number| number.to_string());
    let output = Command::new(me).arg(WORD).arg(file).args(more).output().expect("this program starts again");
    assert!(output.status.success(), "the limit could not be measured: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("figures of the limit")
}

/// Measures and prints the figures as JSON.
pub fn measure_and_print(file: &Path, growth: &Growth) {
    let dir = tempfile::tempdir().expect("temporary directory");
    let bytes = std::fs::read(file).expect("report can be read");
    let begin = Instant::now();
    let received = receive(&bytes, &dir.path().join("received"));
    let received_s = begin.elapsed().as_secs_f64();
    // Not part of it, but who is measured next must not wait for it.
    received.sync_data().expect("a disk that syncs");
    let begin = Instant::now();
    let report: Report<Vec<Finding>> = serde_json::from_slice(&bytes).expect("report is as it was generated");
    let parsed_s = begin.elapsed().as_secs_f64();
    let written_s = write(&bytes, &dir.path().join("store"), growth.store_bytes);
    let begin = Instant::now();
    std::hint::black_box(words(&report, growth.findings));
    let listed_s = begin.elapsed().as_secs_f64();
    let indexed_s = listed_s + write(&bytes, &dir.path().join("index"), growth.index_bytes);
    let limit = Limit { received_s, parsed_s, written_s, written_mb: growth.store_bytes as f64 / 1e6, indexed_s };
    println!("{}", serde_json::to_string(&limit).expect("figures are JSON"));
}

/// Writes so many bytes, until the disk has them; seconds.
fn write(bytes: &[u8], target: &Path, count: u64) -> f64 {
    let begin = Instant::now();
    let mut file = File::create(target).expect("a new file");
    for chunk in bytes.chunks(1 << 20).cycle().take(count.div_ceil(1 << 20) as usize) {
        file.write_all(chunk).expect("room on the disk");
    }
    file.sync_data().expect("a disk that syncs");
    begin.elapsed().as_secs_f64()
}

/// For each word which of so many findings have it; descriptions and solutions that repeat are looked at once.
fn words(report: &Report<Vec<Finding>>, findings: u64) -> HashMap<String, Vec<u32>> {
    let (mut lists, mut seen): (HashMap<String, Vec<u32>>, HashSet<&str>) = Default::default();
    for (number, finding) in (0..).zip(report.vulnerabilities.iter().take(findings as usize)) {
        let own = [&finding.name, &finding.location.file, &report.scan.scanner.name];
        let own = own.into_iter().chain(finding.identifiers.iter().map(|identifier| &identifier.name));
        let shared = std::iter::once(&finding.description).chain(&finding.solution);
        for text in own.chain(shared.filter(|text| seen.insert(text))) {
            for word in text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()) {
                lists.entry(word.to_lowercase()).or_default().push(number);
            }
        }
    }
    lists
}

fn receive(bytes: &[u8], target: &Path) -> File {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address");
    std::thread::scope(|scope| {
        scope.spawn(move || TcpStream::connect(address).and_then(|mut socket| socket.write_all(bytes)).expect("bytes are sent"));
        let (mut socket, _) = listener.accept().expect("a connection");
        let mut file = File::create(target).expect("a new file");
        let mut chunk = vec![0; 1 << 20];
        loop {
            match socket.read(&mut chunk).expect("bytes arrive") {
                0 => break,
                n => file.write_all(&chunk[..n]).expect("room on the disk"),
            }
        }
        file
    })
}
