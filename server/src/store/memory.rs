//! A database in memory whose size can be asked for, as that of a file can. For tests.
//! Must not know: what is in it.

use redb::StorageBackend;
use redb::backends::InMemoryBackend;
use std::io;
use std::sync::Arc;

/// Memory that the engine and the store share.
#[derive(Debug, Clone)]
pub(super) struct Memory(Arc<InMemoryBackend>);

impl Memory {
    /// Empty memory.
    pub(super) fn new() -> Memory {
        Memory(Arc::new(InMemoryBackend::new()))
    }
}

impl StorageBackend for Memory {
    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.write(offset, data)
    }
}
