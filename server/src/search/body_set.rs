//! A set of finding body ids: the answer of a search. It must not know where the ids came from.

/// The ids of the finding bodies that match, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BodySet {
    ascending: Vec<u64>,
}

impl BodySet {
    /// Whether this body matches.
    pub fn contains(&self, body_id: u64) -> bool {
        self.ascending.binary_search(&body_id).is_ok()
    }

    /// How many bodies match.
    pub fn len(&self) -> usize {
        self.ascending.len()
    }

    /// Whether none matches.
    pub fn is_empty(&self) -> bool {
        self.ascending.is_empty()
    }

    /// The ids, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u64> + '_ {
        self.ascending.iter().copied()
    }
}

impl FromIterator<u64> for BodySet {
    fn from_iter<I: IntoIterator<Item = u64>>(ids: I) -> BodySet {
        let mut ascending: Vec<u64> = ids.into_iter().collect();
        ascending.sort_unstable();
        ascending.dedup();
        BodySet { ascending }
    }
}

#[cfg(test)]
mod tests {
    use super::BodySet;

    #[test]
    fn ids_are_kept_once_and_ascending() {
        let set: BodySet = [7, 3, 7, u64::MAX, 0].into_iter().collect();
        assert_eq!(set.iter().collect::<Vec<_>>(), [0, 3, 7, u64::MAX]);
        assert_eq!(set.len(), 4);
        assert!(set.contains(3) && set.contains(u64::MAX));
        assert!(!set.contains(4));
        assert!(!set.is_empty());
        assert!(BodySet::default().is_empty());
    }
}
