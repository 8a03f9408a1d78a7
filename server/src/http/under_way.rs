//! Files that are open for somebody who sends or reads slowly: uploads that arrive, downloads that go out. There are
//! so many at a time, and so many of one project, that the process never runs out of files for them. Must not know:
//! what is in the files.

use super::error::ApiError;
use actix_web::dev::Payload;
use actix_web::web::Bytes;
use futures_util::{Stream, StreamExt as _};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Seconds after which somebody who was sent away may come back.
const RETRY_AFTER_S: u64 = 5;

/// Counts open files.
pub struct UnderWay {
    most: usize,
    most_of_one: usize,
    open: Arc<Mutex<Open>>,
}

#[derive(Default)]
struct Open {
    all: usize,
    by_project: HashMap<u64, usize>,
}

/// Files that somebody has open, until the value goes.
pub struct Hold {
    open: Arc<Mutex<Open>>,
    project: u64,
    files: usize,
}

fn lock(open: &Mutex<Open>) -> MutexGuard<'_, Open> {
    open.lock().unwrap_or_else(PoisonError::into_inner)
}

impl UnderWay {
    /// So many at a time; one project may have half of them.
    pub fn new(most: usize) -> UnderWay {
        UnderWay { most, most_of_one: (most / 2).max(1), open: Arc::default() }
    }

    /// Counts files of a project. What needs more than one project may have gets all that it may.
    ///
    /// # Errors
    /// 503 when too many are open.
    pub fn begin(&self, project: u64, files: usize) -> Result<Hold, ApiError> {
        let files = files.min(self.most_of_one);
        let mut open = lock(&self.open);
        let own = open.by_project.get(&project).copied().unwrap_or_default();
        if own + files > self.most_of_one || open.all + files > self.most {
            return Err(ApiError::Unavailable { retry_after_s: RETRY_AFTER_S });
        }
        open.all += files;
        open.by_project.insert(project, own + files);
        Ok(Hold { open: Arc::clone(&self.open), project, files })
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let mut open = lock(&self.open);
        open.all = open.all.saturating_sub(self.files);
        let left = open.by_project.get(&self.project).copied().unwrap_or_default().saturating_sub(self.files);
        match left {
            0 => open.by_project.remove(&self.project),
            left => open.by_project.insert(self.project, left),
        };
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
    fn one_project_may_have_half_and_all_together_no_more_than_all() {
        let under_way = UnderWay::new(8);
        let mut holds: Vec<Hold> = (0..4).map(|_| under_way.begin(1, 1).unwrap()).collect();
        assert!(matches!(under_way.begin(1, 1), Err(ApiError::Unavailable { .. })));
        let large = under_way.begin(2, 200).unwrap();
        assert!(under_way.begin(3, 1).is_err(), "there are no more");
        drop(large);
        holds.push(under_way.begin(3, 1).unwrap());
        holds.clear();
        let open = lock(&under_way.open);
        assert_eq!((open.all, open.by_project.len()), (0, 0));
    }

    #[actix_web::test]
    async fn files_count_until_the_stream_has_ended_or_is_given_up() {
        let under_way = UnderWay::new(2);
        let body = || stream::iter([1, 2]);
        let mut read = Box::pin(held(body(), under_way.begin(1, 1).unwrap()));
        assert!(under_way.begin(1, 1).is_err());
        while read.next().await.is_some() {}
        let given_up = held(body(), under_way.begin(1, 1).unwrap());
        assert!(under_way.begin(1, 1).is_err());
        drop(given_up);
        assert!(under_way.begin(1, 1).is_ok());
    }
}
