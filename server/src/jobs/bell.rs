//! What the threads of this room have in common: they sleep until there is work or the end comes, and survive what
//! they run. Must not know: what the work is.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// Wakes a thread.
#[derive(Default)]
pub(super) struct Bell {
    told: Mutex<Told>,
    wake: Condvar,
}

#[derive(Default)]
struct Told {
    has_work: bool,
    is_over: bool,
}

impl Bell {
    fn lock(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says that there is work.
    pub fn knock(&self) {
        self.lock().has_work = true;
        self.wake.notify_all();
    }

    /// Says that the end has come.
    pub fn end(&self) {
        self.lock().is_over = true;
        self.wake.notify_all();
    }

    /// Whether the end has come.
    pub fn is_over(&self) -> bool {
        self.lock().is_over
    }

    /// Sleeps until somebody has knocked since the last time, or the end comes. False: it has come.
    pub fn wait(&self) -> bool {
        let asleep = |told: &mut Told| !told.has_work && !told.is_over;
        let mut told = self.wake.wait_while(self.lock(), asleep).unwrap_or_else(PoisonError::into_inner);
        told.has_work = false;
        !told.is_over
    }

    /// Sleeps so long, or until the end comes; knocks don't count.
    pub fn rest(&self, time: Duration) {
        let rested = self.wake.wait_timeout_while(self.lock(), time, |told| !told.is_over);
        drop(rested.unwrap_or_else(PoisonError::into_inner));
    }
}

/// A thread that is waited for once.
#[derive(Default)]
pub(super) struct Thread(Mutex<Option<JoinHandle<()>>>);

impl Thread {
    /// Starts it.
    ///
    /// # Errors
    /// When there can be no thread.
    pub fn start(name: &str, work: impl FnOnce() + Send + 'static) -> std::io::Result<Thread> {
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(work)?;
        Ok(Thread(Mutex::new(Some(thread))))
    }

    /// Waits for its end.
    pub fn join(&self) {
        let thread = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // Its panic, if any, has been logged by the runtime.
            let _ = thread.join();
        }
    }
}

/// Does something that may fail, and is done again later. Neither a failure nor a panic ends the thread: nothing
/// would be done until the next start. Answers whether it went well.
pub(super) fn attempt<T, E: std::fmt::Display>(what: &str, work: impl FnOnce() -> Result<T, E>) -> bool {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(_)) => return true,
        Ok(Err(error)) => tracing::error!(%error, "{what} failed, it goes on with its next run"),
        Err(_) => tracing::error!("{what} stopped unexpectedly, it goes on with its next run"),
    }
    false
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, reason = "tests")]

    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[test]
    fn a_knock_is_heard_once_and_the_end_always() {
        let bell = Bell::default();
        bell.knock();
        bell.knock();
        assert!(bell.wait());
        bell.knock();
        assert!(bell.wait() && !bell.is_over());
        bell.end();
        bell.knock();
        assert!(!bell.wait() && !bell.wait() && bell.is_over());
        bell.rest(Duration::from_secs(3_600));
    }

    #[test]
    fn the_end_wakes_a_thread_that_rests_or_waits() {
        for rests in [true, false] {
            let (bell, runs) = (Arc::new(Bell::default()), Arc::new(AtomicU32::default()));
            let (heard, counted) = (Arc::clone(&bell), Arc::clone(&runs));
            let work = move || {
                counted.fetch_add(1, Ordering::SeqCst);
                match rests {
                    true => heard.rest(Duration::from_secs(3_600)),
                    false => assert!(!heard.wait()),
                }
                counted.fetch_add(1, Ordering::SeqCst);
            };
            let thread = Thread::start("test", work).unwrap_or_default();
            bell.end();
            thread.join();
            thread.join();
            assert_eq!(runs.load(Ordering::SeqCst), 2);
        }
    }

    #[test]
    fn what_fails_or_panics_is_survived() {
        assert!(attempt("this", || Ok::<_, String>(1)));
        assert!(!attempt("this", || Err::<(), _>("no")));
        assert!(!attempt("this", || -> Result<(), String> { panic!("a test") }));
    }
}
