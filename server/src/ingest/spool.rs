//! Uploaded files before anybody reads them: streamed to disk under limits, hashed, unpacked when they
//! are gzip. Every file here removes itself unless it is kept (`artifacts.rs`).
//!
//! Must not know: HTTP, what is in the files, projects, storage.

mod ahead;
mod artifacts;
mod depth;
mod likely;
#[cfg(test)]
mod tests;
mod writer;

pub use artifacts::ArtifactStore;
pub use depth::json_depth_exceeded;
pub use likely::KeptTwin;
pub use writer::SpoolWriter;

use flate2::bufread::MultiGzDecoder;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use tempfile::{NamedTempFile, TempPath};

/// What uploads may cost. In the configuration file these are the keys of `[limits]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UploadLimits {
    /// Bytes of one file, packed or unpacked.
    pub file_bytes: u64,
    /// How many times its packed size a file may be when unpacked.
    pub ratio: u64,
    /// Unpacked bytes up to which the ratio does not count.
    pub ratio_free_bytes: u64,
    /// Bytes of one request's body.
    pub request_bytes: u64,
    /// Levels of JSON.
    pub json_depth: usize,
}

impl Default for UploadLimits {
    fn default() -> Self {
        UploadLimits { file_bytes: 2 << 30, ratio: 100, ratio_free_bytes: 64 << 20, request_bytes: 8 << 30, json_depth: 64 }
    }
}

impl UploadLimits {
    /// Refuses what is over `file_bytes`.
    pub fn check_file(&self, bytes: u64) -> Result<(), LimitExceeded> {
        LimitExceeded::check("file_bytes", self.file_bytes, bytes)
    }

    /// Refuses unpacked bytes that are too many, or too many for what they were packed in.
    pub fn check_unpacked(&self, packed: u64, unpacked: u64) -> Result<(), LimitExceeded> {
        self.check_file(unpacked)?;
        self.check_ratio(packed, unpacked)
    }

    /// Refuses unpacked bytes that are too many for what they were packed in.
    pub fn check_ratio(&self, packed: u64, unpacked: u64) -> Result<(), LimitExceeded> {
        let allowed = packed.saturating_mul(self.ratio).max(self.ratio_free_bytes);
        if unpacked > allowed {
            return Err(LimitExceeded { limit: "ratio", value: self.ratio });
        }
        Ok(())
    }
}

/// A limit that was passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("over the limit {limit} of {value}")]
pub struct LimitExceeded {
    /// Its name, a field of [`UploadLimits`].
    pub limit: &'static str,
    /// Its value: bytes, times or levels.
    pub value: u64,
}

impl LimitExceeded {
    /// Refuses what is over.
    pub fn check(limit: &'static str, value: u64, given: u64) -> Result<(), LimitExceeded> {
        if given > value { Err(LimitExceeded { limit, value }) } else { Ok(()) }
    }
}

/// What can go wrong with an uploaded file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SpoolError {
    /// Over a limit: the request is refused.
    #[error(transparent)]
    Limit(#[from] LimitExceeded),
    /// Not gzip, or cut off: this report is in error, the request is not.
    #[error("gzip data is broken after {unpacked} unpacked bytes: {reason}")]
    Gzip {
        /// Bytes that could be unpacked.
        unpacked: u64,
        /// What is wrong.
        reason: String,
    },
    /// The disk.
    #[error("{doing} {}: {source}", path.display())]
    Io {
        /// What was attempted.
        doing: &'static str,
        /// On what.
        path: PathBuf,
        /// How it failed.
        source: io::Error,
    },
}

impl SpoolError {
    /// For `map_err`: the disk failed while doing something on a path.
    fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> SpoolError {
        let path = path.to_path_buf();
        move |source| SpoolError::Io { doing, path, source }
    }
}

/// The directory of files that are being received or read.
#[derive(Debug, Clone)]
pub struct Spool {
    dir: PathBuf,
    limits: UploadLimits,
}

impl Spool {
    /// Makes the directory if it is missing.
    pub fn new(dir: impl Into<PathBuf>, limits: UploadLimits) -> Result<Spool, SpoolError> {
        let dir = dir.into();
        std::fs::create_dir_all(&dir).map_err(SpoolError::io("make directory", &dir))?;
        Ok(Spool { dir, limits })
    }

    /// The limits that hold here.
    pub fn limits(&self) -> &UploadLimits {
        &self.limits
    }

    /// Begins a file.
    pub fn writer(&self) -> Result<SpoolWriter, SpoolError> {
        self.writer_like(Vec::new())
    }

    /// Begins a file that may have the bytes of one that is kept: as long as it has, nothing is written.
    pub fn writer_like(&self, likely: Vec<KeptTwin>) -> Result<SpoolWriter, SpoolError> {
        SpoolWriter::begin(self.clone(), likely)
    }

    /// Unpacks a spooled gzip file.
    #[cfg(test)]
    pub fn unpack(&self, packed: &SpooledFile) -> Result<UnpackedFile, SpoolError> {
        let source = packed.open()?;
        self.unpack_from(source, packed.size)
    }

    /// Unpacks gzip of `packed_size` bytes, of one or several members, into a file of its own.
    pub fn unpack_from(&self, packed: impl Read, packed_size: u64) -> Result<UnpackedFile, SpoolError> {
        let mut target = self.temporary("unpacked-")?;
        let mut source = MultiGzDecoder::new(io::BufReader::with_capacity(256 << 10, packed));
        let mut chunk = vec![0; 256 << 10];
        let mut size = 0;
        loop {
            let n = match source.read(&mut chunk) {
                Ok(0) => break,
                Ok(n) => n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(broken_gzip(size, &error)),
            };
            size += n as u64;
            self.limits.check_unpacked(packed_size, size)?;
            let wrote = target.write_all(&chunk[..n]);
            wrote.map_err(SpoolError::io("write", target.path()))?;
        }
        Ok(UnpackedFile { path: target.into_temp_path(), size })
    }

    /// A file without a name, for what is made and sent at once; it is gone when closed.
    pub fn nameless(&self) -> Result<File, SpoolError> {
        tempfile::tempfile_in(&self.dir).map_err(SpoolError::io("make a file in", &self.dir))
    }

    /// Removes what an earlier run of the program left behind. Only for the start, before the first
    /// upload. Returns how many files there were.
    pub fn sweep(&self) -> Result<usize, SpoolError> {
        let read = || SpoolError::io("read directory", &self.dir);
        let mut n_removed = 0;
        for entry in std::fs::read_dir(&self.dir).map_err(read())? {
            let path = entry.map_err(read())?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with("upload-") || name.starts_with("unpacked-") {
                std::fs::remove_file(&path).map_err(SpoolError::io("remove", &path))?;
                n_removed += 1;
            }
        }
        Ok(n_removed)
    }

    fn temporary(&self, prefix: &str) -> Result<NamedTempFile, SpoolError> {
        tempfile::Builder::new().prefix(prefix).tempfile_in(&self.dir).map_err(SpoolError::io("make a file in", &self.dir))
    }
}

fn broken_gzip(unpacked: u64, error: &io::Error) -> SpoolError {
    let reason = match error.kind() {
        io::ErrorKind::UnexpectedEof => "it is cut off".to_string(),
        _ => error.to_string(),
    };
    SpoolError::Gzip { unpacked, reason }
}

/// A received file, removed when dropped.
#[derive(Debug)]
pub struct SpooledFile {
    path: TempPath,
    /// Bytes as uploaded.
    pub size: u64,
    /// SHA-256 of the bytes as uploaded.
    pub sha256: [u8; 32],
    /// Whether it begins like gzip.
    pub gzip: bool,
    /// Whether its brackets nest deeper than JSON may; false is sure, true is to be looked at
    /// ([`json_depth_exceeded`]). Of gzip it says nothing.
    pub may_be_deep: bool,
}

impl SpooledFile {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens it for reading.
    pub fn open(&self) -> Result<File, SpoolError> {
        File::open(&self.path).map_err(SpoolError::io("open", &self.path))
    }
}

/// The unpacked twin of a gzip file, removed when dropped. Not synced: it can be made again.
#[derive(Debug)]
pub struct UnpackedFile {
    path: TempPath,
    /// Bytes.
    pub size: u64,
}

impl UnpackedFile {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens it for reading.
    pub fn open(&self) -> Result<File, SpoolError> {
        File::open(&self.path).map_err(SpoolError::io("open", &self.path))
    }
}
