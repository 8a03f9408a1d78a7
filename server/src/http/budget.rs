//! Memory for bodies of requests that are kept there whole: what all clients together may make the server hold.
//! Must not know: what is in a body.

use super::error::ApiError;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes of all such bodies at a time.
pub const BODIES: u64 = 256 << 20;
/// Bytes of each that need not be asked for: short bodies always find room.
pub const FREE: u64 = 16 << 10;
/// Seconds after which somebody who was sent away may come back.
const RETRY_AFTER_S: u64 = 5;

/// Bytes that are left.
#[derive(Clone)]
pub struct Budget(Arc<AtomicU64>);

/// Bytes of one body, until the value goes.
pub struct Held {
    budget: Budget,
    length: u64,
}

impl Budget {
    /// So many bytes.
    pub fn new(bytes: u64) -> Budget {
        Budget(Arc::new(AtomicU64::new(bytes)))
    }

    /// Begins a body.
    pub fn begin(&self) -> Held {
        Held { budget: self.clone(), length: 0 }
    }
}

impl Held {
    /// The body has grown to so many bytes.
    ///
    /// # Errors
    /// 503 when there is no room for it.
    pub fn grow_to(&mut self, length: u64) -> Result<(), ApiError> {
        let more = length.saturating_sub(FREE).saturating_sub(self.length);
        let taken = self.budget.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(more));
        taken.map_err(|_| ApiError::Unavailable { retry_after_s: RETRY_AFTER_S })?;
        self.length += more;
        Ok(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.budget.0.fetch_add(self.length, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn long_bodies_share_what_there_is_and_short_ones_always_find_room() {
        let budget = Budget::new(100);
        let (mut one, mut other) = (budget.begin(), budget.begin());
        one.grow_to(FREE + 60).unwrap();
        one.grow_to(FREE + 100).unwrap();
        other.grow_to(FREE).unwrap();
        assert!(matches!(other.grow_to(FREE + 1), Err(ApiError::Unavailable { .. })));
        drop(one);
        other.grow_to(FREE + 100).unwrap();
        drop(other);
        assert_eq!(budget.0.load(Ordering::SeqCst), 100);
    }
}
