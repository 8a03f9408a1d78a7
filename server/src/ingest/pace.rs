//! How large commit groups are: as large as keeps the writer for about a tenth of a second, because others
//! write too, and because small groups cost more bytes (keys of some indexes lie all over their tables,
//! so each group writes much of them anew).
//!
//! Must not know: what is stored.

/// The writer held for longer than this: the next group is smaller. In milliseconds.
const TOO_LONG: i64 = 150;
/// The writer held for less than this: the next group is larger. In milliseconds.
const SHORT: i64 = 70;

/// The size of the next group.
pub struct Pace {
    size: usize,
    least: usize,
    most: usize,
}

impl Pace {
    /// Begins with a size; never goes below a quarter of it or above four times it.
    pub fn new(size: usize) -> Pace {
        Pace { size, least: (size / 4).max(1), most: size * 4 }
    }

    /// The first so many of what is left, and the others.
    pub fn split<'a, T>(&self, left: &'a [T]) -> (&'a [T], &'a [T]) {
        left.split_at(self.size.min(left.len()))
    }

    /// Takes note of how long a full group held the writer.
    pub fn held(&mut self, millis: i64) {
        if millis > TOO_LONG {
            self.size = (self.size / 2).max(self.least);
        } else if millis < SHORT {
            self.size = (self.size * 2).min(self.most);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_follow_what_the_writer_takes() {
        let mut pace = Pace::new(100);
        let sizes = [200, 200, 100, 20, 20, 20].map(|millis| {
            pace.held(millis);
            pace.size
        });
        assert_eq!(sizes, [50, 25, 25, 50, 100, 200]);
        (0..9).for_each(|_| pace.held(0));
        assert_eq!(pace.size, 400);
        (0..9).for_each(|_| pace.held(i64::MAX));
        assert_eq!(pace.size, 25);
        let (group, left) = pace.split(&[0; 30]);
        assert_eq!((group.len(), left.len()), (25, 5));
        assert_eq!(pace.split(left), (left, &[][..]));
    }
}
