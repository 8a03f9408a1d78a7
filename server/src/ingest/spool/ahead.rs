//! Gives the disk the bytes of a file while more of them arrive, so that nobody waits for all of them at
//! the end.
//!
//! Must not know: what the bytes are. It promises nothing: whoever needs a durable file syncs it himself.

use std::fs::File;
use std::thread::JoinHandle;

/// Bytes that are worth a write to the disk.
const WORTH_BYTES: usize = 16 << 20;

/// At most one sync under way.
#[derive(Debug, Default)]
pub struct Ahead {
    waiting: usize,
    under_way: Option<JoinHandle<()>>,
}

impl Ahead {
    /// Says that so many bytes were written to the file.
    pub fn wrote(&mut self, file: &File, bytes: usize) {
        self.waiting += bytes;
        if self.waiting < WORTH_BYTES || self.under_way.as_ref().is_some_and(|thread| !thread.is_finished()) {
            return;
        }
        self.waiting = 0;
        // Without a handle or a thread the bytes go to the disk at the end.
        self.under_way = file.try_clone().ok().and_then(|file| {
            let sync = move || drop(file.sync_data());
            std::thread::Builder::new().name("sync".to_owned()).spawn(sync).ok()
        });
    }
}
