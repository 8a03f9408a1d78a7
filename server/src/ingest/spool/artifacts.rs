//! Uploaded files that are kept, byte for byte, under their SHA-256: `ab/<64 hex digits>`.
//!
//! Must not know: HTTP, who refers to a file, when one may go.

use super::{SpoolError, SpooledFile};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// The directory of kept files. It has to be on the file system of the spool.
#[derive(Debug, Clone)]
pub struct ArtifactStore {
    dir: PathBuf,
    /// Shared by those who keep files until a row needs them, exclusive for who removes what no row needs.
    held: Arc<RwLock<()>>,
}

impl ArtifactStore {
    /// Makes the directory if it is missing.
    pub fn new(dir: impl Into<PathBuf>) -> Result<ArtifactStore, SpoolError> {
        let dir = dir.into();
        std::fs::create_dir_all(&dir).map_err(SpoolError::io("make directory", &dir))?;
        Ok(ArtifactStore { dir, held: Arc::default() })
    }

    /// Keeps every file in its place while the answer lives: from before [`ArtifactStore::keep`] until a row
    /// needs the file.
    pub fn hold(&self) -> RwLockReadGuard<'_, ()> {
        self.held.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until nobody holds files; nobody can while the answer lives. For who looks whether a file is
    /// needed and then removes it.
    pub fn hold_alone(&self) -> RwLockWriteGuard<'_, ()> {
        self.held.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a file; returns when it survives a power cut. The same bytes are kept once.
    pub fn keep(&self, file: SpooledFile) -> Result<[u8; 32], SpoolError> {
        let (target, sha256) = (self.path(&file.sha256), file.sha256);
        let below = self.below(&sha256);
        if std::fs::metadata(&target).is_ok_and(|there| there.len() == file.size) {
            // Whoever put it there may not have synced the directory yet.
            sync_dir(&below)?;
            return Ok(sha256);
        }
        if !below.is_dir() {
            std::fs::create_dir_all(&below).map_err(SpoolError::io("make directory", &below))?;
            sync_dir(&self.dir)?;
        }
        let synced = file.open()?.sync_all();
        synced.map_err(SpoolError::io("sync", file.path()))?;
        let moved = file.path.persist(&target);
        moved.map_err(|error| SpoolError::io("keep", &target)(error.error))?;
        sync_dir(&below)?;
        Ok(sha256)
    }

    /// Where the file is, if it is kept.
    pub fn path(&self, sha256: &[u8; 32]) -> PathBuf {
        self.below(sha256).join(hex(sha256))
    }

    /// Opens a kept file; `None` when there is none.
    pub fn open(&self, sha256: &[u8; 32]) -> Result<Option<File>, SpoolError> {
        let path = self.path(sha256);
        match File::open(&path) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(SpoolError::io("open", &path)(error)),
        }
    }

    /// Forgets a file; whether there was one. The caller knows that nothing refers to it.
    pub fn remove(&self, sha256: &[u8; 32]) -> Result<bool, SpoolError> {
        let path = self.path(sha256);
        match std::fs::remove_file(&path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(SpoolError::io("remove", &path)(error)),
        }
    }

    /// Bytes of a kept file on the disk; `None` when there is none.
    pub fn size(&self, sha256: &[u8; 32]) -> Result<Option<u64>, SpoolError> {
        let path = self.path(sha256);
        match std::fs::metadata(&path) {
            Ok(facts) => Ok(Some(facts.len())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(SpoolError::io("look at", &path)(error)),
        }
    }

    /// All kept files, sorted; what is not named like one is passed over. For `check-db` and for
    /// removing what an interrupted upload left without a row.
    pub fn list(&self) -> Result<Vec<[u8; 32]>, SpoolError> {
        let mut all = Vec::new();
        for below in entries(&self.dir)?.iter().filter(|path| path.is_dir()) {
            for path in entries(below)? {
                let name = path.file_name().and_then(|name| name.to_str());
                let known = name.and_then(unhex).filter(|sha| self.path(sha) == path);
                all.extend(known);
            }
        }
        all.sort_unstable();
        Ok(all)
    }

    fn below(&self, sha256: &[u8; 32]) -> PathBuf {
        self.dir.join(hex(&sha256[..1]))
    }
}

fn entries(dir: &Path) -> Result<Vec<PathBuf>, SpoolError> {
    let error = || SpoolError::io("read directory", dir);
    let listed = std::fs::read_dir(dir).map_err(error())?;
    let paths = listed.map(|entry| entry.map(|entry| entry.path()).map_err(error()));
    paths.collect()
}

/// A rename is durable once its directory is.
fn sync_dir(dir: &Path) -> Result<(), SpoolError> {
    let synced = File::open(dir).and_then(|dir| dir.sync_all());
    synced.map_err(SpoolError::io("sync directory", dir))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let lower = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if text.len() != 64 || !text.as_bytes().iter().all(lower) {
        return None;
    }
    let mut out = [0; 32];
    for (byte, pair) in out.iter_mut().zip(text.as_bytes().chunks(2)) {
        let pair = std::str::from_utf8(pair).ok()?;
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    Some(out)
}
