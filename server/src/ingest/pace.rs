//! How large commit groups are: as large as keeps the writer for less than a tenth of a second, commit
//! included, because others write too and a disk may be three times as slow in the next moment, and because small
//! groups cost more bytes and waits for the disk.
//!
//! Must not know: what is stored.

use super::Room;
use crate::store::{StoreError, WriteTx};

/// The writer was held for longer than this: the next group is smaller. In milliseconds.
const TOO_LONG: i64 = 110;
/// The writer was held for less than this: the next group is larger. In milliseconds.
const SHORT: i64 = 45;

/// The size of the next group.
#[derive(Clone, Copy)]
pub struct Pace {
    size: usize,
    least: usize,
    most: usize,
}

impl Pace {
    /// Begins with a size; never goes below a sixteenth of it or above eight times it: of a larger group one that takes
    /// three times as long as the one before would keep others waiting for too long.
    pub fn new(size: usize) -> Pace {
        Pace { size, least: (size / 16).max(1), most: size * 8 }
    }

    /// The first so many of what is left, and the others.
    pub fn split<'a, T>(&self, left: &'a [T]) -> (&'a [T], &'a [T]) {
        left.split_at(self.size.min(left.len()))
    }

    /// Writes a group, and takes note of how long it held the writer: from the moment it had it until the
    /// commit was on the disk.
    ///
    /// # Errors
    /// What `work` answers, or the engine's error.
    #[track_caller]
    pub fn write<T, E: From<StoreError>>(
        &mut self,
        room: &Room,
        length: usize,
        work: impl FnOnce(&mut WriteTx) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut begun = 0;
        let answer = room.store.write(|wtx| {
            begun = room.clock.now();
            work(wtx)
        })?;
        let millis = room.clock.now() - begun;
        tracing::debug!(length, millis, "a commit group is stored");
        self.held(length, millis);
        Ok(answer)
    }

    /// Takes note of how long a group held the writer. One that was not full says nothing when it was quick.
    fn held(&mut self, length: usize, millis: i64) {
        if millis > TOO_LONG {
            self.size = (self.size / 2).max(self.least);
        } else if millis < SHORT && length >= self.size {
            self.size = (self.size * 2).min(self.most);
        }
    }
}

/// Writes items group by group, `size` in the first one. Each group is a transaction of its own, after which others get
/// their turn.
///
/// # Errors
/// What `work` answers, or the engine's error.
#[track_caller]
pub fn in_groups<T, E: From<StoreError>>(
    room: &Room,
    size: usize,
    items: &[T],
    mut work: impl FnMut(&mut WriteTx, &[T]) -> Result<(), E>,
    mut done: impl FnMut(),
) -> Result<(), E> {
    let (mut pace, mut left) = (Pace::new(size), items);
    while !left.is_empty() {
        let (group, others) = pace.split(left);
        pace.write(room, group.len(), |wtx| work(wtx, group))?;
        done();
        left = others;
    }
    Ok(())
}

/// Does `mine` on this thread and `others` in the pool meanwhile. This thread waits for the disk now and then, and
/// must be none of the pool's: there are as many of those as processors.
pub fn beside<A, B: Send>(
    mine: impl FnOnce() -> A,
    others: impl FnOnce() -> Result<B, StoreError> + Send,
) -> (A, Result<B, StoreError>) {
    let mut made = Err(StoreError::Engine("the next group was not made ready".to_owned()));
    let answer = rayon::in_place_scope(|scope| {
        scope.spawn(|_| made = others());
        mine()
    });
    (answer, made)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_follow_what_the_writer_takes() {
        let mut pace = Pace::new(160);
        let sizes = [200, 200, 100, 20, 20, 20].map(|millis| {
            pace.held(pace.size, millis);
            pace.size
        });
        assert_eq!(sizes, [80, 40, 40, 80, 160, 320]);
        pace.held(319, 0);
        assert_eq!(pace.size, 320, "a group that was not full");
        (0..9).for_each(|_| pace.held(usize::MAX, 0));
        assert_eq!(pace.size, 1_280);
        (0..9).for_each(|_| pace.held(1, i64::MAX));
        assert_eq!(pace.size, 10);
        let (group, left) = pace.split(&[0; 15]);
        assert_eq!((group.len(), left.len()), (10, 5));
        assert_eq!(pace.split(left), (left, &[][..]));
    }
}
