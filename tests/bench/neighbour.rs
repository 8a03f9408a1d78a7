//! Somebody else who writes meanwhile: small changes, one after the other, while a report is ingested.
//! The longest wait tells how long the only writer of the store was held at a time, and all else that a
//! request has to wait for.
//!
//! Must not know: what is ingested.

use casemate_tests::Client;
use serde_json::json;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Pause between two changes.
const PAUSE: Duration = Duration::from_millis(20);

/// What the neighbour saw.
#[derive(Clone, Copy, Default)]
pub struct Waits {
    /// Changes that were made.
    pub changes: usize,
    /// Half of them took at most so long, in milliseconds.
    pub middle_ms: f64,
    /// The longest, in milliseconds.
    pub longest_ms: f64,
    /// How long the writer was held at most, by anything since the server was started, in milliseconds.
    pub held_ms: f64,
}

/// Makes changes until it is told to end.
pub struct Neighbour {
    stop: Sender<()>,
    thread: JoinHandle<Waits>,
}

impl Neighbour {
    /// Begins; `name` keeps the groups that it makes apart from those of another one.
    pub fn begin(client: Client, name: String) -> Neighbour {
        let (stop, stopped) = channel();
        Neighbour { stop, thread: std::thread::spawn(move || write_on(&client, &name, &stopped)) }
    }

    /// What it saw.
    pub fn end(self) -> Waits {
        drop(self.stop);
        self.thread.join().expect("the neighbour lives")
    }
}

/// What the server says of its writer.
fn held_ms(client: &Client) -> f64 {
    let numbers = client.get("/-/metrics").expect(200).text();
    let seconds = numbers.lines().find_map(|line| line.strip_prefix("casemate_store_write_longest_seconds "));
    seconds.and_then(|seconds| seconds.parse::<f64>().ok()).expect("the longest write") * 1e3
}

fn write_on(client: &Client, name: &str, stopped: &Receiver<()>) -> Waits {
    let mut waits = Vec::new();
    loop {
        let path = format!("{name}-{}", waits.len());
        let begin = Instant::now();
        client.post("/api/v4/groups", &json!({ "name": path, "path": path })).expect(201);
        waits.push(begin.elapsed().as_secs_f64() * 1e3);
        if stopped.recv_timeout(PAUSE) != Err(RecvTimeoutError::Timeout) {
            waits.sort_by(f64::total_cmp);
            let longest_ms = waits.last().copied().unwrap_or_default();
            return Waits { changes: waits.len(), middle_ms: waits[waits.len() / 2], longest_ms, held_ms: held_ms(client) };
        }
    }
}
