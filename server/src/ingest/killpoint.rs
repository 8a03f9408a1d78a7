//! Named points at which a test may kill the process. Must not know: anything.
//!
//! Only in builds with debug assertions: a release has no such points.

/// Dies at once, like by `kill -9`, when the environment says `CASEMATE_KILL_AT=<name>:<count>` and this
/// is the count-th time that the point is passed.
pub fn pass(name: &str) {
    #[cfg(test)]
    stops::pass(name);
    #[cfg(debug_assertions)]
    debug::pass(name);
    #[cfg(not(debug_assertions))]
    let _ = name;
}

/// The same inside one process: the work on this thread is cut off by a panic, or something else is done there.
#[cfg(test)]
pub mod stops {
    #![allow(clippy::panic, reason = "tests")]
    use std::cell::{Cell, RefCell};
    use std::panic::{AssertUnwindSafe, catch_unwind};

    type Act = Box<dyn FnOnce()>;

    thread_local! {
        static WISH: Cell<Option<(&'static str, u32)>> = const { Cell::new(None) };
        static ACT: RefCell<Option<Act>> = const { RefCell::new(None) };
    }

    /// Does the work, and `act` when this thread passes the point for the `count`-th time, as somebody else
    /// would who is faster. Answers whether it came to that.
    pub fn meanwhile(name: &'static str, count: u32, act: impl FnOnce() + 'static, work: impl FnOnce()) -> bool {
        ACT.set(Some(Box::new(act)));
        WISH.set(Some((name, count)));
        work();
        WISH.set(None);
        ACT.take().is_none()
    }

    /// Does the work and cuts it off when this thread passes the point for the `count`-th time. Answers
    /// whether it came to that.
    pub fn cut_off_at(name: &'static str, count: u32, work: impl FnOnce()) -> bool {
        WISH.set(Some((name, count)));
        let answer = catch_unwind(AssertUnwindSafe(work));
        WISH.set(None);
        match answer {
            Ok(()) => false,
            Err(panic) if panic.downcast_ref::<&str>() == Some(&"cut off") => true,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }

    pub(super) fn pass(name: &str) {
        let Some((wanted, left)) = WISH.get() else { return };
        if wanted == name {
            WISH.set(Some((wanted, left - 1)));
            if left == 1 {
                WISH.set(None);
                match ACT.take() {
                    Some(act) => act(),
                    None => panic!("cut off"),
                }
            }
        }
    }
}

#[cfg(debug_assertions)]
mod debug {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicI64, Ordering};

    static WISH: OnceLock<Option<(String, AtomicI64)>> = OnceLock::new();

    pub(super) fn pass(name: &str) {
        let wish = WISH.get_or_init(|| {
            let text = std::env::var("CASEMATE_KILL_AT").ok()?;
            let (name, count) = text.split_once(':')?;
            Some((name.to_owned(), AtomicI64::new(count.parse().ok()?)))
        });
        if let Some((wanted, left)) = wish
            && wanted == name
            && left.fetch_sub(1, Ordering::SeqCst) == 1
        {
            die();
        }
    }

    #[expect(unsafe_code, reason = "a kill has to be one that nothing can catch or clean up after")]
    fn die() {
        // SAFETY: sends a signal to this process; touches no memory.
        unsafe {
            libc::kill(libc::getpid(), libc::SIGKILL);
        }
    }
}
