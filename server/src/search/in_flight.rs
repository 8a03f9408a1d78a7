//! A limit on the bytes handed to the indexing threads and not yet indexed. Their own queue
//! counts documents, and a hostile report makes documents of a megabyte. It must not know what
//! the bytes are.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

const LIMIT_BYTES: usize = 32 << 20;

/// Should a thread die with its share, ingestion goes on a little over the limit, not never.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// The bytes under way.
#[derive(Debug, Default)]
pub(super) struct InFlight {
    bytes: Mutex<usize>,
    less: Condvar,
}

/// A share of the limit; given back when dropped.
#[derive(Debug)]
pub(super) struct Share {
    of: Arc<InFlight>,
    bytes: usize,
}

impl InFlight {
    /// Takes a share, unless that would be too much.
    #[cfg(test)]
    pub fn try_take(self: &Arc<Self>, bytes: usize) -> Option<Share> {
        let mut used = self.lock();
        (!too_much(*used, bytes)).then(|| self.grant(&mut used, bytes))
    }

    /// Takes a share, waiting until it fits. The first share always fits.
    pub(super) fn take(self: &Arc<Self>, bytes: usize) -> Share {
        let used = self.lock();
        let waited = self.less.wait_timeout_while(used, LONGEST_WAIT, |used| too_much(*used, bytes));
        let (mut used, _) = waited.unwrap_or_else(PoisonError::into_inner);
        self.grant(&mut used, bytes)
    }

    fn grant(self: &Arc<Self>, used: &mut usize, bytes: usize) -> Share {
        *used = used.saturating_add(bytes);
        Share { of: Arc::clone(self), bytes }
    }

    fn lock(&self) -> MutexGuard<'_, usize> {
        self.bytes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut used = self.of.lock();
        *used = used.saturating_sub(self.bytes);
        drop(used);
        self.of.less.notify_one();
    }
}

fn too_much(used: usize, more: usize) -> bool {
    used > 0 && used.saturating_add(more) > LIMIT_BYTES
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_share_fits_until_the_limit_and_again_when_one_is_given_back() {
        let in_flight = Arc::new(InFlight::default());
        let most = in_flight.try_take(LIMIT_BYTES - 1).expect("the first");
        let rest = in_flight.try_take(1).expect("up to the limit");
        assert!(in_flight.try_take(1).is_none());
        drop(rest);
        assert!(in_flight.try_take(1).is_some());
        drop(most);
        assert_eq!(*in_flight.lock(), 0);
    }

    #[test]
    fn one_document_beyond_the_limit_is_let_through_alone() {
        let in_flight = Arc::new(InFlight::default());
        let huge = in_flight.take(LIMIT_BYTES * 2);
        assert!(in_flight.try_take(1).is_none());
        drop(huge);
        assert!(in_flight.try_take(1).is_some());
    }

    #[test]
    fn a_waiting_taker_goes_on_when_a_share_is_given_back() {
        let in_flight = Arc::new(InFlight::default());
        let most = in_flight.take(LIMIT_BYTES);
        std::thread::scope(|scope| {
            let taker = scope.spawn(|| in_flight.take(LIMIT_BYTES).bytes);
            drop(most);
            assert_eq!(taker.join().expect("no panic"), LIMIT_BYTES);
        });
    }
}
