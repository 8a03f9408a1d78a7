//! What this machine takes for the plainest way of a report's bytes: from a socket into a new file, parsed once
//! in memory that nobody used before, and as many bytes as store and index grew by written to another file. One after
//! the other on one processor, nothing decided or looked up.
//!
//! A virtual machine that gives free memory back to its host pays for each page again when it is first used;
//! the floor, which is the middle of several runs in the same memory, does not show that.
//!
//! Must not know: the server. It runs in a process of its own, so that its memory is fresh.

use crate::shape::{Finding, Report};
use serde::{Deserialize, Serialize};
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
    /// The bytes of the index to a file of their own.
    pub indexed_s: f64,
}

impl Limit {
    /// What has to be done until it is durable.
    pub fn durable_s(&self) -> f64 {
        self.received_s + self.parsed_s + self.written_s
    }
}

/// Starts this program again to measure a file and so many more bytes of a store and of an index.
pub fn in_a_process_of_its_own(file: &Path, store_bytes: u64, index_bytes: u64) -> Limit {
    let me = std::env::current_exe().expect("path of this program");
    let more = [store_bytes, index_bytes].map(|bytes| bytes.to_string());
    let output = Command::new(me).arg(WORD).arg(file).args(more).output().expect("this program starts again");
    assert!(output.status.success(), "the limit could not be measured: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("figures of the limit")
}

/// Measures and prints the figures as JSON.
pub fn measure_and_print(file: &Path, store_bytes: usize, index_bytes: usize) {
    let dir = tempfile::tempdir().expect("temporary directory");
    let bytes = std::fs::read(file).expect("report can be read");
    let begin = Instant::now();
    receive(&bytes, &dir.path().join("received"));
    let received_s = begin.elapsed().as_secs_f64();
    let begin = Instant::now();
    let report: Report<Vec<Finding>> = serde_json::from_slice(&bytes).expect("report is as it was generated");
    let parsed_s = begin.elapsed().as_secs_f64();
    std::hint::black_box(report);
    let written_s = write(&bytes, &dir.path().join("store"), store_bytes);
    let indexed_s = write(&bytes, &dir.path().join("index"), index_bytes);
    let limit = Limit { received_s, parsed_s, written_s, written_mb: store_bytes as f64 / 1e6, indexed_s };
    println!("{}", serde_json::to_string(&limit).expect("figures are JSON"));
}

/// Writes so many bytes, until the disk has them; seconds.
fn write(bytes: &[u8], target: &Path, count: usize) -> f64 {
    let begin = Instant::now();
    let mut file = File::create(target).expect("a new file");
    for chunk in bytes.chunks(1 << 20).cycle().take(count.div_ceil(1 << 20)) {
        file.write_all(chunk).expect("room on the disk");
    }
    file.sync_data().expect("a disk that syncs");
    begin.elapsed().as_secs_f64()
}

fn receive(bytes: &[u8], target: &Path) {
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
    });
}
