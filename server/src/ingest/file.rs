//! Opens a report's bytes, unpacked when they are gzip, without holding them in memory.
//!
//! Must not know: JSON, reports, storage.

use super::spool::{Spool, SpoolError};
use memmap2::Mmap;
use std::fs::File;
use std::io::{self, Seek};
use std::path::Path;

/// The bytes of a report.
pub struct ReportFile {
    map: Option<Mmap>,
    /// Bytes that were made from a file of another format.
    made: Vec<u8>,
    // Removed when dropped, after the map.
    _unpacked: Option<super::spool::UnpackedFile>,
}

impl ReportFile {
    /// Maps a file; gzip is unpacked into the spool first.
    ///
    /// # Errors
    /// Limits and broken gzip as the spool says them; the disk.
    pub fn open(path: &Path, size: u64, gzip: bool, spool: &Spool) -> Result<ReportFile, SpoolError> {
        let failed = |source: io::Error| SpoolError::Io { doing: "read", path: path.to_path_buf(), source };
        let mut file = File::open(path).map_err(failed)?;
        if !gzip {
            return Ok(ReportFile { map: map(&file).map_err(failed)?, made: Vec::new(), _unpacked: None });
        }
        file.rewind().map_err(failed)?;
        let unpacked = spool.unpack_from(file, size)?;
        let map = map(&unpacked.open()?).map_err(failed)?;
        Ok(ReportFile { map, made: Vec::new(), _unpacked: Some(unpacked) })
    }

    /// Bytes that are in memory, made from a file of another format.
    pub fn of(made: Vec<u8>) -> ReportFile {
        ReportFile { map: None, made, _unpacked: None }
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        self.map.as_deref().unwrap_or(&self.made)
    }
}

/// Maps a file for reading; an empty file has no map.
#[expect(unsafe_code, reason = "mapping is the one way to read a report of 2 GiB without holding it")]
fn map(file: &File) -> io::Result<Option<Mmap>> {
    if file.metadata()?.len() == 0 {
        return Ok(None);
    }
    // SAFETY: the file lies in Casemate's own data directory, is written once under a fresh name before
    // it is mapped, and is only ever removed (which leaves the mapping valid), never cut or rewritten.
    unsafe { Mmap::map(file) }.map(Some)
}
