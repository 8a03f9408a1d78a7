//! Keys as bytes. Must not know: tables and rows.

/// Builds a key piece by piece.
#[derive(Clone, Default)]
pub(super) struct Key(Vec<u8>);

impl Key {
    /// Starts with an id.
    pub fn id(id: u64) -> Key {
        Key(id.to_be_bytes().to_vec())
    }

    /// Starts with bytes.
    pub fn bytes(bytes: &[u8]) -> Key {
        Key(bytes.to_vec())
    }

    /// Adds an id.
    pub fn then_id(mut self, id: u64) -> Key {
        self.0.extend_from_slice(&id.to_be_bytes());
        self
    }

    /// Adds one byte.
    pub fn then_byte(mut self, byte: u8) -> Key {
        self.0.push(byte);
        self
    }

    /// Adds bytes; only the last piece may have a varying length.
    pub fn then_bytes(mut self, bytes: &[u8]) -> Key {
        self.0.extend_from_slice(bytes);
        self
    }

    /// The finished key.
    pub fn done(self) -> Vec<u8> {
        self.0
    }
}

/// First key behind every key with this prefix; `None` when there is no such key.
pub(super) fn behind(prefix: &[u8]) -> Option<Vec<u8>> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if last < u8::MAX {
            end.push(last + 1);
            return Some(end);
        }
    }
    None
}

/// The id in eight bytes of a key or value; zero when it is too short (check-db reports such a key).
pub(super) fn id_at(bytes: &[u8], at: usize) -> u64 {
    let mut id = [0u8; 8];
    if let Some(piece) = bytes.get(at..at + 8) {
        id.copy_from_slice(piece);
    }
    u64::from_be_bytes(id)
}

/// Case-insensitive form of a path or name.
pub(super) fn folded(text: &str) -> Vec<u8> {
    text.to_lowercase().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn byte_order_is_order_of_the_ids(a: (u64, u8, u64), b: (u64, u8, u64)) {
            let key = |t: (u64, u8, u64)| Key::id(t.0).then_byte(t.1).then_id(t.2).done();
            prop_assert_eq!(key(a).cmp(&key(b)), a.cmp(&b));
        }

        #[test]
        fn behind_is_above_every_key_with_the_prefix(prefix in proptest::collection::vec(any::<u8>(), 0..6), rest in proptest::collection::vec(any::<u8>(), 0..6)) {
            let mut key = prefix.clone();
            key.extend(rest);
            match behind(&prefix) {
                Some(end) => prop_assert!(key < end && prefix < end),
                None => prop_assert!(prefix.iter().all(|byte| *byte == u8::MAX)),
            }
        }
    }

    #[test]
    fn ids_are_read_back() {
        let key = Key::id(7).then_byte(1).then_id(9).done();
        assert_eq!((id_at(&key, 0), id_at(&key, 9)), (7, 9));
    }
}
