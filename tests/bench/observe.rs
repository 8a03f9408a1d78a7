//! What Linux tells about a process and about files: processor time, memory, bytes written.
//!
//! Must not know: what is measured.

use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// Bytes of a megabyte.
pub const MB: f64 = 1e6;
/// `USER_HZ`: what `/proc/PID/stat` counts processor time in.
const TICKS_PER_SECOND: f64 = 100.0;
/// Pause between two looks at the memory.
const LOOK: Duration = Duration::from_millis(5);

/// Memory of a process.
#[derive(Clone, Copy, Default)]
pub struct Memory {
    /// What belongs to it alone, in MB: no files that it has mapped.
    pub anonymous_mb: f64,
    /// Highest resident memory since it was forgotten, mapped files included, in MB.
    pub peak_mb: f64,
}

/// Memory of a process now.
pub fn memory(pid: u32) -> Memory {
    let status = proc_file(pid, "status");
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("0");
        line.split_whitespace().next().and_then(|kib| kib.parse::<f64>().ok()).unwrap_or(0.0) * 1024.0 / MB
    };
    Memory { anonymous_mb: field("RssAnon:"), peak_mb: field("VmHWM:") }
}

/// Sets the highest resident memory back to what it is now.
pub fn forget_peak(pid: u32) {
    std::fs::write(format!("/proc/{pid}/clear_refs"), "5").expect("the peak can be forgotten");
}

/// Processor seconds of a whole process, ended threads included.
pub fn cpu_s(pid: u32) -> f64 {
    let stat = proc_file(pid, "stat");
    // The name of the program, in parentheses, may hold blanks.
    let fields: Vec<&str> = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|ticks| ticks.parse::<f64>().ok()).expect("times of the process");
    (ticks(11) + ticks(12)) / TICKS_PER_SECOND
}

/// Processor time of the calling process's main thread, to the nanosecond.
pub fn main_thread_cpu() -> Duration {
    let times = proc_file(std::process::id(), "schedstat");
    let nanos = times.split_whitespace().next().and_then(|nanos| nanos.parse().ok());
    Duration::from_nanos(nanos.expect("time of the thread"))
}

/// Bytes that a process has given to the disk so far.
pub fn written_bytes(pid: u32) -> u64 {
    let io = proc_file(pid, "io");
    let line = io.lines().find_map(|line| line.strip_prefix("write_bytes: "));
    line.and_then(|bytes| bytes.parse().ok()).expect("bytes written by the process")
}

/// The machine's load over the last minute.
pub fn load() -> f64 {
    let load = std::fs::read_to_string("/proc/loadavg").expect("load of the machine");
    load.split_whitespace().next().and_then(|load| load.parse().ok()).expect("load of the machine")
}

/// Bytes that a file, or everything in a directory, takes on the disk.
pub fn disk_bytes(path: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    // What goes away between two looks takes nothing.
    let Ok(about) = std::fs::symlink_metadata(path) else { return 0 };
    if !about.is_dir() {
        return about.blocks() * 512;
    }
    let Ok(entries) = std::fs::read_dir(path) else { return 0 };
    entries.flatten().map(|entry| disk_bytes(&entry.path())).sum()
}

fn proc_file(pid: u32, name: &str) -> String {
    std::fs::read_to_string(format!("/proc/{pid}/{name}")).unwrap_or_else(|error| panic!("/proc/{pid}/{name}: {error}"))
}

/// Watches a process for its highest anonymous memory, which Linux does not keep.
pub struct MemoryWatch {
    stop: Sender<()>,
    thread: JoinHandle<f64>,
}

impl MemoryWatch {
    /// Begins to look.
    pub fn begin(pid: u32) -> MemoryWatch {
        let (stop, stopped) = channel();
        MemoryWatch { stop, thread: std::thread::spawn(move || highest(pid, &stopped)) }
    }

    /// The highest that was seen, in MB.
    pub fn end(self) -> f64 {
        drop(self.stop);
        self.thread.join().expect("the watch lives")
    }
}

fn highest(pid: u32, stopped: &Receiver<()>) -> f64 {
    let mut highest: f64 = 0.0;
    loop {
        highest = highest.max(memory(pid).anonymous_mb);
        if stopped.recv_timeout(LOOK) != Err(RecvTimeoutError::Timeout) {
            return highest;
        }
    }
}
