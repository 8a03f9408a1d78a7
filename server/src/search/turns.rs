//! How many search at a time: a search may keep a core busy, and others want the cores too. It must not
//! know what is searched.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Searches at a time.
const MOST: usize = 2;

/// Counts those who search.
#[derive(Debug, Default)]
pub(super) struct Turns {
    taken: Mutex<usize>,
    given_back: Condvar,
}

/// The right to search; given back when dropped.
pub(super) struct Turn<'a>(&'a Turns);

impl Turns {
    /// Waits until few enough search.
    pub(super) fn take(&self) -> Turn<'_> {
        let waited = self.given_back.wait_while(self.lock(), |taken| *taken >= MOST);
        *waited.unwrap_or_else(PoisonError::into_inner) += 1;
        Turn(self)
    }

    fn lock(&self) -> MutexGuard<'_, usize> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut taken = self.0.lock();
        *taken = taken.saturating_sub(1);
        drop(taken);
        self.0.given_back.notify_one();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, reason = "tests")]

    use super::*;

    #[test]
    fn who_comes_too_early_waits_for_a_turn() {
        let turns = Turns::default();
        let (first, second) = (turns.take(), turns.take());
        std::thread::scope(|scope| {
            let third = scope.spawn(|| *turns.take().0.lock());
            drop(first);
            assert_eq!(third.join().expect("no panic"), MOST);
        });
        drop(second);
        assert_eq!(*turns.lock(), 0);
    }
}
