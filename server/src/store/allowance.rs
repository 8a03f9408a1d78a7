//! How much a read may do before it is given up, for reads on threads that others wait for. Must not know: what is
//! read.
//!
//! Counted in steps, not in time: the same read always ends the same way. A step takes some 50 ns when the pages of
//! the file are in memory.

use super::StoreError;
use std::sync::atomic::{AtomicU64, Ordering};

/// Steps of looking up one key.
const LOOK_UP: u64 = 16;
/// Bytes of values that cost a step.
const BYTES: u64 = 256;
/// Any number of steps.
const ANY: u64 = u64::MAX;

/// Steps that are left; none when it is spent. Belongs to one reader: that it is atomic only lets readers be shared.
pub(super) struct Allowance(AtomicU64);

impl Allowance {
    /// Without a bound.
    pub(super) const fn any() -> Allowance {
        Allowance(AtomicU64::new(ANY))
    }

    /// For so many steps.
    pub(super) const fn of(steps: u64) -> Allowance {
        Allowance(AtomicU64::new(steps))
    }

    /// Whether more was wanted than allowed.
    pub(super) fn is_spent(&self) -> bool {
        self.0.load(Ordering::Relaxed) == 0
    }

    /// Takes the steps of looking up keys.
    pub(super) fn look_up(&self, keys: usize) -> Result<(), StoreError> {
        self.take(LOOK_UP.saturating_mul(keys as u64))
    }

    /// Takes the steps of reading a value of that length.
    pub(super) fn value(&self, bytes: usize) -> Result<(), StoreError> {
        self.take(1 + bytes as u64 / BYTES)
    }

    fn take(&self, steps: u64) -> Result<(), StoreError> {
        let left = self.0.load(Ordering::Relaxed);
        if left == ANY {
            return Ok(());
        }
        let left = left.saturating_sub(steps);
        self.0.store(left, Ordering::Relaxed);
        if left == 0 { Err(StoreError::TooLong) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use crate::store::{Reads, Store, StoreError, catalog::SCAN_CHUNKS};
    use std::ops::ControlFlow;

    #[test]
    fn a_read_ends_where_its_allowance_does() {
        let store = Store::in_memory().unwrap();
        let entries = (0..100_u8).map(|n| (vec![n], vec![n; 300])).collect();
        store.write(|wtx| wtx.put_all(SCAN_CHUNKS, entries)).unwrap();
        let walked = |steps: u64| {
            let rtx = store.read().unwrap().within(steps);
            let mut count = 0;
            let answer = rtx.walk(SCAN_CHUNKS, &[], None, false, &mut |_, _| {
                count += 1;
                Ok(ControlFlow::Continue(()))
            });
            (count, answer.is_ok(), rtx.is_spent())
        };
        assert_eq!(walked(1_000), (100, true, false));
        assert_eq!(walked(50), (16, false, true));
        let rtx = store.read().unwrap().within(40);
        let look = || rtx.look_up(SCAN_CHUNKS, &[[1]], &mut |_, _| Ok(()));
        assert!(look().is_ok() && look().is_ok() && !rtx.is_spent());
        assert!(matches!(look(), Err(StoreError::TooLong)) && rtx.is_spent());
        assert!(look().is_err(), "it stays spent");
        assert!(!store.read().unwrap().is_spent(), "only that reader");
    }
}
