//! Turns for work that is costly: few at a time, few waiting, the others told to come back. Must not know:
//! what the work is.

use super::error::ApiError;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Seconds after which somebody who was sent away may come back.
const RETRY_AFTER_S: u64 = 5;

/// Gives turns.
pub struct Turns {
    permits: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    most_waiting: usize,
}

/// One who waits; counted until the value goes, also when the client does not wait any longer.
struct Waiting(Arc<AtomicUsize>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Turns {
    /// So many at a time, and so many waiting.
    pub fn new((at_a_time, most_waiting): (usize, usize)) -> Turns {
        Turns { permits: Arc::new(Semaphore::new(at_a_time)), waiting: Arc::default(), most_waiting }
    }

    /// Waits for a turn. Keep it inside the work itself: the work goes on when the client goes away.
    ///
    /// # Errors
    /// 429 when too many wait already.
    pub async fn take(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        let before = self.waiting.fetch_add(1, Ordering::SeqCst);
        let _waiting = Waiting(Arc::clone(&self.waiting));
        if before >= self.most_waiting {
            return Err(ApiError::TooMany { retry_after_s: RETRY_AFTER_S });
        }
        Arc::clone(&self.permits).acquire_owned().await.map_err(ApiError::internal)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use futures_util::FutureExt as _;

    #[actix_web::test]
    async fn few_work_few_wait_and_the_others_are_sent_away() {
        let turns = Turns::new((1, 2));
        let working = turns.take().await.unwrap();
        let mut waiting: Vec<_> = (0..2).map(|_| Box::pin(turns.take())).collect();
        assert!(waiting.iter_mut().all(|one| one.now_or_never_ref().is_none()));
        assert!(matches!(turns.take().await, Err(ApiError::TooMany { .. })));
        waiting.pop();
        let mut third = Box::pin(turns.take());
        assert!(third.now_or_never_ref().is_none(), "one who went away makes room");
        drop(working);
        assert!(waiting.pop().unwrap().await.is_ok());
        assert!(third.await.is_ok());
    }

    /// Polls once.
    trait Once: std::future::Future + Unpin + Sized {
        fn now_or_never_ref(&mut self) -> Option<Self::Output> {
            self.now_or_never()
        }
    }

    impl<F: std::future::Future + Unpin> Once for F {}
}
