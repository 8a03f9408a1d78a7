//! A set of shared texts that match: quick to ask for each of a million bodies. It must not know what
//! they matched.

/// Ids of texts.
#[derive(Debug, Default)]
pub(super) struct TextSet {
    ascending: Vec<u64>,
    /// One bit for each id from the first to the last one.
    bits: Vec<u64>,
}

/// A set whose ids lie further apart is searched instead: 8 MiB of bits.
const MOST_WORDS: u64 = 1 << 20;

impl TextSet {
    /// The ids, ascending.
    pub(super) fn ascending(&self) -> &[u64] {
        &self.ascending
    }

    /// Whether it is empty.
    pub(super) fn is_empty(&self) -> bool {
        self.ascending.is_empty()
    }

    /// Whether a text is in it.
    pub(super) fn contains(&self, id: u64) -> bool {
        if self.bits.is_empty() {
            return self.ascending.binary_search(&id).is_ok();
        }
        let first = self.ascending.first().copied().unwrap_or_default();
        let Some(distance) = id.checked_sub(first) else { return false };
        let word = usize::try_from(distance / 64).ok().and_then(|at| self.bits.get(at));
        word.is_some_and(|word| word & (1 << (distance % 64)) != 0)
    }
}

impl FromIterator<u64> for TextSet {
    fn from_iter<I: IntoIterator<Item = u64>>(ids: I) -> TextSet {
        let mut ascending: Vec<u64> = ids.into_iter().collect();
        ascending.sort_unstable();
        ascending.dedup();
        let (first, last) = (ascending.first().copied().unwrap_or_default(), ascending.last().copied().unwrap_or_default());
        let words = (last - first) / 64 + 1;
        let mut bits = Vec::new();
        if words <= MOST_WORDS && !ascending.is_empty() {
            bits = vec![0u64; usize::try_from(words).unwrap_or_default()];
            for id in &ascending {
                if let Some(word) = usize::try_from((id - first) / 64).ok().and_then(|at| bits.get_mut(at)) {
                    *word |= 1 << ((id - first) % 64);
                }
            }
        }
        TextSet { ascending, bits }
    }
}

#[cfg(test)]
mod tests {
    use super::TextSet;

    #[test]
    fn near_and_far_ids_are_found_alike() {
        for ids in [vec![], vec![7], vec![5, 63, 64, 200, 5], vec![0, 1 << 40, u64::MAX], vec![1 << 40, (1 << 40) + 65]] {
            let set: TextSet = ids.iter().copied().collect();
            for id in [0, 4, 5, 7, 8, 63, 64, 65, 199, 200, 1 << 40, (1 << 40) + 1, (1 << 40) + 65, u64::MAX] {
                assert_eq!(set.contains(id), ids.contains(&id), "{id} in {ids:?}");
            }
            assert_eq!(set.is_empty(), ids.is_empty());
        }
    }
}
