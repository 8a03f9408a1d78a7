//! A list that mostly has a few entries, kept in place up to a number: a report has a million of them.
//!
//! Must not know: what is in it.

use std::ops::Deref;

/// A list that asks for memory only beyond `N` entries. Never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Few<T, const N: usize>(Kept<T, N>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kept<T, const N: usize> {
    /// How many, and they; the others are empty.
    Here(u8, [T; N]),
    There(Box<[T]>),
}

impl<T: Copy + Default, const N: usize> Default for Few<T, N> {
    fn default() -> Self {
        Few(Kept::Here(0, [T::default(); N]))
    }
}

impl<T: Copy + Default, const N: usize> FromIterator<T> for Few<T, N> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut items = items.into_iter();
        let (mut count, mut here) = (0, [T::default(); N]);
        while let Some(item) = items.next() {
            let Some(place) = here.get_mut(count) else {
                return Few(Kept::There(here.into_iter().chain(std::iter::once(item)).chain(items).collect()));
            };
            *place = item;
            count += 1;
        }
        Few(Kept::Here(count as u8, here))
    }
}

impl<T, const N: usize> Deref for Few<T, N> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        match &self.0 {
            Kept::Here(count, items) => items.get(..usize::from(*count)).unwrap_or_default(),
            Kept::There(items) => items,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_any_length_is_what_was_put_in() {
        for length in 0..6u8 {
            let list: Few<u8, 2> = (0..length).collect();
            assert_eq!(*list, *(0..length).collect::<Vec<u8>>());
        }
        assert!(size_of::<Few<(u8, [u8; 20]), 2>>() <= 48);
    }
}
