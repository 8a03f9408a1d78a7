//! Files that are open for somebody who sends or reads slowly: uploads that arrive, downloads that go out. There are
//! so many at a time, of one project and of one caller, that the process never runs out of files for them. Must not know:
//! what is in the files.

use super::error::ApiError;
use actix_web::dev::Payload;
use actix_web::web::Bytes;
use futures_util::{Stream, StreamExt as _};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Seconds after which somebody who was sent away may come back.
const RETRY_AFTER_S: u64 = 5;

/// Files that one caller may have in any case: copies of a job that end together.
const SOME: usize = 32;

/// Counts open files.
pub struct UnderWay {
    most: usize,
    open: Arc<Mutex<Open>>,
}

/// For whom files are open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    /// For all.
    All,
    /// For a project.
    Project(u64),
    /// For a user.
    Caller(u64),
}

type Open = HashMap<Key, usize>;

/// Files that somebody has open, until the value goes.
pub struct Hold {
    open: Arc<Mutex<Open>>,
    keys: [Key; 3],
    files: usize,
}

fn lock(open: &Mutex<Open>) -> MutexGuard<'_, Open> {
    open.lock().unwrap_or_else(PoisonError::into_inner)
}

impl UnderWay {
    /// So many at a time; one project may have three quarters of them, one caller an eighth, or a few.
    pub fn new(most: usize) -> UnderWay {
        UnderWay { most, open: Arc::default() }
    }

    fn most_of(&self, key: Key) -> usize {
        match key {
            Key::All => self.most,
            Key::Project(_) => self.most - self.most / 4,
            Key::Caller(_) => (self.most / 8).max(SOME.min(self.most / 2)).max(1),
        }
    }

    /// Counts files that a caller opens of a project. What needs more than one may have gets all that one may.
    ///
    /// # Errors
    /// 503 when too many are open.
    pub fn begin(&self, project: u64, caller: u64, files: usize) -> Result<Hold, ApiError> {
        let keys = [Key::All, Key::Project(project), Key::Caller(caller)];
        let files = files.min(self.most_of(Key::Caller(caller)));
        let mut open = lock(&self.open);
        if keys.iter().any(|key| open.get(key).copied().unwrap_or_default() + files > self.most_of(*key)) {
            return Err(ApiError::Unavailable { retry_after_s: RETRY_AFTER_S });
        }
        for key in keys {
            *open.entry(key).or_default() += files;
        }
        Ok(Hold { open: Arc::clone(&self.open), keys, files })
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let mut open = lock(&self.open);
        for key in self.keys {
            let left = open.get(&key).copied().unwrap_or_default().saturating_sub(self.files);
            match left {
                0 => open.remove(&key),
                left => open.insert(key, left),
            };
        }
    }
}

/// The same body; the files count until it has been read, or nobody reads it any more.
pub fn arriving(payload: Payload, hold: Hold) -> Payload {
    if matches!(payload, Payload::None) {
        return payload;
    }
    Payload::Stream { payload: Box::pin(held(payload, hold)) }
}

/// The same stream; the files count until it has ended.
pub fn held<S: Stream + Unpin>(stream: S, hold: Hold) -> impl Stream<Item = S::Item> {
    futures_util::stream::unfold((stream, hold), |(mut stream, hold)| async move {
        let next = stream.next().await?;
        Some((next, (stream, hold)))
    })
}

/// The same stream of a download.
pub fn leaving(
    stream: impl Stream<Item = Result<Bytes, ApiError>> + 'static,
    hold: Hold,
) -> impl Stream<Item = Result<Bytes, ApiError>> {
    held(Box::pin(stream), hold)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use futures_util::stream;

    #[test]
    fn nobody_has_all_of_them() {
        let under_way = UnderWay::new(512);
        let begun = |project, caller, files| under_way.begin(project, caller, files);
        let mut holds: Vec<Hold> = (0..64).map(|_| begun(1, 1, 1).unwrap()).collect();
        assert!(matches!(begun(2, 1, 1), Err(ApiError::Unavailable { .. })), "one caller, wherever");
        holds.extend((2..7).map(|caller| begun(1, caller, 64).unwrap()));
        assert!(begun(1, 9, 1).is_err(), "one project, whoever");
        let large = begun(2, 9, 5_000).unwrap();
        assert!(begun(2, 9, 1).is_err());
        drop(large);
        holds.extend((10..12).map(|caller| begun(2, caller, 64).unwrap()));
        assert!(begun(3, 20, 1).is_err(), "there are no more");
        holds.clear();
        assert!(lock(&under_way.open).is_empty());
        let small = UnderWay::new(64);
        let copies: Result<Vec<Hold>, ApiError> = (0..25).map(|_| small.begin(1, 1, 1)).collect();
        assert!(copies.is_ok(), "copies of one job");
        holds.extend((0..7).map(|_| small.begin(1, 1, 1).unwrap()));
        assert!(small.begin(1, 1, 1).is_err() && small.begin(1, 2, 1).is_ok());
    }

    #[actix_web::test]
    async fn files_count_until_the_stream_has_ended_or_is_given_up() {
        let under_way = UnderWay::new(2);
        let body = || stream::iter([1, 2]);
        let mut read = Box::pin(held(body(), under_way.begin(1, 1, 1).unwrap()));
        assert!(under_way.begin(1, 1, 1).is_err());
        while read.next().await.is_some() {}
        let given_up = held(body(), under_way.begin(1, 1, 1).unwrap());
        assert!(under_way.begin(1, 1, 1).is_err());
        drop(given_up);
        assert!(under_way.begin(1, 1, 1).is_ok());
    }
}
