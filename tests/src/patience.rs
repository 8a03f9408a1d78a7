//! Waiting for another process, with a bounded number of tries. The only place of the tests that
//! sleeps: a process that starts gives no signal that a parent could wait for, so it has to be asked
//! again. The pauses are short, and a test's outcome never depends on how long one takes.
//!
//! Must not know: what is waited for.

use std::time::Duration;

/// Pause between two tries.
const PAUSE: Duration = Duration::from_millis(20);

/// Tries for something that should be there in a moment: 20 s in all, on a busy machine too.
pub const SOON: usize = 1_000;
/// Tries for something that may take long: 120 s in all.
pub const LATER: usize = 6_000;

/// Calls `attempt` until it gives something, at most `tries` times with a short pause between.
///
/// # Panics
/// When every try gave nothing. `what` completes "waited in vain for ...".
#[track_caller]
pub fn until<T>(what: &str, tries: usize, mut attempt: impl FnMut() -> Option<T>) -> T {
    for _ in 0..tries {
        if let Some(value) = attempt() {
            return value;
        }
        std::thread::sleep(PAUSE);
    }
    panic!("waited in vain for {what} ({tries} tries)");
}
