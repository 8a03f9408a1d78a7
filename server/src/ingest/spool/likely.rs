//! Kept files whose bytes are likely to come again: a scanner that finds the same in the same code says the same.
//! What arrives is compared with them; as long as it is the same, nothing is written and nothing hashed.
//!
//! Must not know: who thinks so, and why.

use super::{ArtifactStore, SpoolError};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use tempfile::TempPath;

/// A kept file. From its first byte that was read on it is open, and can be read even when it is removed meanwhile.
#[derive(Debug)]
pub struct KeptTwin {
    path: PathBuf,
    file: Option<File>,
    /// Bytes.
    pub size: u64,
    /// SHA-256 of its bytes.
    pub sha256: [u8; 32],
    /// Whether it had the bytes that it was compared with last.
    pub(super) is_same: bool,
    /// What was read last.
    read: Vec<u8>,
}

impl ArtifactStore {
    /// A kept file to compare with; `None` when there is none.
    pub fn twin(&self, sha256: &[u8; 32]) -> Result<Option<KeptTwin>, SpoolError> {
        let (path, sha256) = (self.path(sha256), *sha256);
        let twin = |size| KeptTwin { path, file: None, size, sha256, is_same: true, read: Vec::new() };
        Ok(self.size(&sha256)?.map(twin))
    }
}

impl KeptTwin {
    /// Finds out whether these bytes stand at that place. What can't be read is not the same.
    pub(super) fn compared(mut self, at: u64, bytes: &[u8]) -> KeptTwin {
        self.is_same = at + bytes.len() as u64 <= self.size && self.read(at, bytes.len()).is_ok_and(|read| read == bytes);
        self
    }

    /// The bytes at a place.
    pub(super) fn read(&mut self, at: u64, length: usize) -> Result<&[u8], SpoolError> {
        let file = match self.file.take() {
            Some(file) => file,
            None => File::open(&self.path).map_err(SpoolError::io("open", &self.path))?,
        };
        self.read.resize(length, 0);
        file.read_exact_at(&mut self.read, at).map_err(SpoolError::io("read", &self.path))?;
        self.file = Some(file);
        Ok(&self.read)
    }

    /// A second name for it in a directory, which goes when dropped; `None` when that can't be had.
    pub(super) fn link_in(&self, dir: &Path) -> Option<TempPath> {
        let link = |path: &Path| -> io::Result<()> { std::fs::hard_link(&self.path, path) };
        tempfile::Builder::new().prefix("upload-").make_in(dir, link).ok().map(tempfile::NamedTempFile::into_temp_path)
    }
}
