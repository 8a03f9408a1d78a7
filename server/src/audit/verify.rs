//! `casemate audit verify`: is the log as it was written? Must not know: HTTP, what the events say.

use crate::clock::Entropy;
use crate::domain::audit::{Broken, ChainWalk};
use crate::domain::identity::hex;
use crate::store::{FILE_NAME, Reads, Store, StoreError, audit};
use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;

/// Why the log can't be looked at.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// There is no database.
    #[error("there is no database in {0}")]
    NoDatabase(String),
    /// What somebody remembers of the log has a wrong form.
    #[error("{0:?} is no number of events and hash, as 12:ab34…")]
    Known(String),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What was found can't be told.
    #[error("can't write the answer: {0}")]
    Output(#[from] std::io::Error),
}

/// What somebody wrote down of the log earlier, outside of it: the hash of one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    id: u64,
    hash: String,
}

impl Known {
    /// Reads `12:ab34…`, as [`run`] tells it.
    ///
    /// # Errors
    /// When it has another form.
    pub fn parse(text: &str) -> Result<Known, VerifyError> {
        let wrong = || VerifyError::Known(text.to_owned());
        let (id, hash) = text.trim().split_once(':').ok_or_else(wrong)?;
        let is_hash = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        let id = id.parse().ok().filter(|_| is_hash).ok_or_else(wrong)?;
        Ok(Known { id, hash: hash.to_ascii_lowercase() })
    }
}

/// Walks along the whole chain. Answers how many events there are and the hash of the last, or the first that is
/// broken.
///
/// # Errors
/// When the store fails.
pub fn verify(tx: &impl Reads, known: Option<&Known>) -> Result<Result<(u64, [u8; 32]), Broken>, StoreError> {
    let (mut walk, mut broken) = (ChainWalk::default(), None);
    audit::each(tx, |id, event| {
        broken = walk.next(id, event.as_ref().map_err(Clone::clone)).err();
        let is_other = known.is_some_and(|known| known.id == id && known.hash != hex(&walk.hash));
        if broken.is_none() && is_other {
            broken = Some(Broken { id, reason: "its hash is not the one that you know".to_owned() });
        }
        if broken.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    let end = match audit::head(tx) {
        Ok(kept) => walk.end(kept),
        Err(error) => Err(Broken { id: walk.id, reason: format!("what was kept about the end: {error}") }),
    };
    let is_short = known
        .filter(|known| known.id > walk.id)
        .map(|known| Broken { id: walk.id + 1, reason: format!("it and what follows is missing, you know event {}", known.id) });
    Ok(match broken.or(end.err()).or(is_short) {
        Some(broken) => Err(broken),
        None => Ok((walk.id, walk.hash)),
    })
}

/// Verifies the log of a data directory that nobody serves, and writes what it finds. Answers whether all is well.
/// Randomness is for a database whose very first transaction was cut off: opening it makes it.
///
/// # Errors
/// When it can't be looked at, for example because another process holds the database.
pub fn run(data_dir: &Path, known: Option<&str>, out: &mut dyn Write, entropy: &dyn Entropy) -> Result<bool, VerifyError> {
    if !data_dir.join(FILE_NAME).is_file() {
        return Err(VerifyError::NoDatabase(data_dir.display().to_string()));
    }
    let known = known.map(Known::parse).transpose()?;
    let store = Store::open(data_dir, entropy.bytes16(), entropy.bytes16())?;
    let found = verify(&store.read()?, known.as_ref())?;
    match &found {
        Ok((count, hash)) => writeln!(out, "clean: {count} events\nlast: {count}:{}", hex(hash))?,
        Err(broken) => writeln!(out, "broken: {broken}")?,
    }
    Ok(found.is_ok())
}
