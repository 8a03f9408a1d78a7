//! Files that are being received: hashed, measured and written while they arrive.
//!
//! Must not know: HTTP, what is in the files.

use super::ahead::Ahead;
use super::depth::Brackets;
use super::likely::KeptTwin;
use super::{Spool, SpoolError, SpooledFile};
use sha2::{Digest as _, Sha256};
use std::io::Write;
use tempfile::{NamedTempFile, TempPath};

/// Bytes that are worth a thread of their own to hash them.
const WORTH_A_THREAD: usize = 256 << 10;
/// Bytes of a kept file that are taken over at a time.
const TAKEN_OVER: usize = 1 << 20;

/// A file that is being received. Dropped before [`SpoolWriter::finish`], it is gone.
#[derive(Debug)]
pub struct SpoolWriter {
    spool: Spool,
    bytes: Bytes,
    brackets: Brackets,
    size: u64,
    head: [u8; 2],
}

/// Where the bytes are that came.
#[derive(Debug)]
enum Bytes {
    /// In each of these kept files, which are at least as long.
    Kept(Vec<KeptTwin>),
    /// In a file of their own.
    Own(OwnFile),
}

/// A file that is written and hashed.
#[derive(Debug)]
struct OwnFile {
    file: NamedTempFile,
    hash: Sha256,
    ahead: Ahead,
}

impl SpoolWriter {
    pub(super) fn begin(spool: Spool, likely: Vec<KeptTwin>) -> Result<SpoolWriter, SpoolError> {
        let bytes = if likely.is_empty() { Bytes::Own(OwnFile::begin(&spool)?) } else { Bytes::Kept(likely) };
        let brackets = Brackets::new(spool.limits.json_depth);
        Ok(SpoolWriter { spool, bytes, brackets, size: 0, head: [0; 2] })
    }

    /// Takes the next bytes. After an error the writer is to be dropped.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), SpoolError> {
        for (idx, byte) in bytes.iter().take(2).enumerate() {
            if let Some(place) = self.head.get_mut(self.size as usize + idx) {
                *place = *byte;
            }
        }
        if bytes.is_empty() {
            return Ok(());
        }
        let begin = self.size;
        self.size += bytes.len() as u64;
        self.spool.limits.check_file(self.size)?;
        if let Bytes::Kept(twins) = &mut self.bytes {
            let (same, others): (Vec<KeptTwin>, Vec<KeptTwin>) =
                std::mem::take(twins).into_iter().map(|twin| twin.compared(begin, bytes)).partition(|twin| twin.is_same);
            if !same.is_empty() {
                *twins = same;
                self.brackets.pass(bytes);
                return Ok(());
            }
            self.bytes = Bytes::Own(OwnFile::with_begin_of(&self.spool, others.into_iter().next(), begin)?);
        }
        match &mut self.bytes {
            Bytes::Own(own) => own.add(bytes, Some(&mut self.brackets)),
            Bytes::Kept(_) => Ok(()),
        }
    }

    /// Bytes taken so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Ends the file. The disk has it for sure once it is kept ([`super::ArtifactStore::keep`]): bytes that are kept
    /// already need not be waited for.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn finish(self) -> Result<SpooledFile, SpoolError> {
        let (path, sha256) = self.bytes.end(&self.spool, self.size)?;
        Ok(SpooledFile {
            path,
            size: self.size,
            sha256,
            gzip: self.size >= 2 && self.head == [0x1f, 0x8b],
            may_be_deep: self.brackets.too_deep.is_some(),
        })
    }
}

impl Bytes {
    /// The file with the first `size` bytes, and their SHA-256.
    fn end(self, spool: &Spool, size: u64) -> Result<(TempPath, [u8; 32]), SpoolError> {
        let twins = match self {
            Bytes::Own(own) => return Ok(own.end()),
            Bytes::Kept(twins) => twins,
        };
        for twin in twins.iter().filter(|twin| twin.size == size) {
            // One that was removed meanwhile can be read still, but no longer be linked.
            if let Some(path) = twin.link_in(&spool.dir) {
                return Ok((path, twin.sha256));
            }
        }
        Ok(OwnFile::with_begin_of(spool, twins.into_iter().next(), size)?.end())
    }
}

impl OwnFile {
    fn begin(spool: &Spool) -> Result<OwnFile, SpoolError> {
        Ok(OwnFile { file: spool.temporary("upload-")?, hash: Sha256::new(), ahead: Ahead::default() })
    }

    /// With the first `length` bytes of a kept file.
    fn with_begin_of(spool: &Spool, twin: Option<KeptTwin>, length: u64) -> Result<OwnFile, SpoolError> {
        let mut own = OwnFile::begin(spool)?;
        let Some(mut twin) = twin else { return Ok(own) };
        let mut at = 0;
        while at < length {
            let piece = twin.read(at, (length - at).min(TAKEN_OVER as u64) as usize)?;
            at += piece.len() as u64;
            own.add(piece, None)?;
        }
        Ok(own)
    }

    /// Writes and hashes, and counts `brackets` if it is asked to. Of many bytes the second is done beside the first,
    /// which takes longer; not in the pool, where an upload would wait behind other people's ingestions.
    fn add(&mut self, bytes: &[u8], brackets: Option<&mut Brackets>) -> Result<(), SpoolError> {
        let OwnFile { file, hash, ahead } = self;
        let look = || {
            hash.update(bytes);
            if let Some(brackets) = brackets {
                brackets.pass(bytes);
            }
        };
        let wrote = if bytes.len() < WORTH_A_THREAD {
            look();
            file.write_all(bytes)
        } else {
            std::thread::scope(|scope| {
                std::thread::Builder::new().name("hash".to_owned()).spawn_scoped(scope, look)?;
                file.write_all(bytes)
            })
        };
        wrote.map_err(SpoolError::io("write", file.path()))?;
        ahead.wrote(file.as_file(), bytes.len());
        Ok(())
    }

    fn end(self) -> (TempPath, [u8; 32]) {
        (self.file.into_temp_path(), self.hash.finalize().into())
    }
}
