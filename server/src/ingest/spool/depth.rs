//! How deep JSON goes, found out before any parser descends into it.
//!
//! Must not know: what the JSON is about.

use memchr::memchr2;
use serde::de::IgnoredAny;
use serde_json::error::Category;

/// Byte offset of the bracket that opens one level more than `limit`; `None` when the text stays
/// within, and also when it is no JSON up to there: garbage is for the parser to judge, as garbage.
pub fn json_depth_exceeded(bytes: &[u8], limit: usize) -> Option<usize> {
    let offset = first_too_deep(bytes, limit)?;
    let prefix = bytes.get(..=offset)?;
    // Ignoring does not recurse in serde_json, so the depth of the prefix does no harm.
    let judged = serde_json::from_slice::<IgnoredAny>(prefix);
    let valid_so_far = judged.is_err_and(|error| error.classify() == Category::Eof);
    (valid_so_far && std::str::from_utf8(prefix).is_ok()).then_some(offset)
}

fn first_too_deep(bytes: &[u8], limit: usize) -> Option<usize> {
    let mut brackets = Brackets::new(limit);
    brackets.pass(bytes);
    brackets.too_deep
}

/// Counts brackets outside strings, in pieces as they arrive; gives up where they close more than was open.
#[derive(Debug)]
pub struct Brackets {
    limit: usize,
    depth: usize,
    passed: usize,
    place: Place,
    /// Offset of the first bracket that opens one level more than the limit. Whether it is JSON up to there
    /// is not known here.
    pub too_deep: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Outside,
    InString,
    BehindBackslash,
    GivenUp,
}

impl Brackets {
    /// Before the first byte.
    pub fn new(limit: usize) -> Brackets {
        Brackets { limit, depth: 0, passed: 0, place: Place::Outside, too_deep: None }
    }

    /// Takes the next piece.
    pub fn pass(&mut self, bytes: &[u8]) {
        let mut at = 0;
        while at < bytes.len() && self.place != Place::GivenUp {
            at = match self.place {
                Place::Outside => self.outside(bytes, at),
                Place::InString => self.in_string(bytes, at),
                Place::BehindBackslash => {
                    self.place = Place::InString;
                    at + 1
                }
                Place::GivenUp => bytes.len(),
            };
        }
        self.passed += bytes.len();
    }

    /// Goes on to the next string, or to where it gives up; answers where that is.
    fn outside(&mut self, bytes: &[u8], from: usize) -> usize {
        for (at, byte) in bytes.iter().enumerate().skip(from) {
            match byte {
                b'"' => {
                    self.place = Place::InString;
                    return at + 1;
                }
                b'{' | b'[' => {
                    self.depth += 1;
                    if self.depth > self.limit {
                        self.too_deep = Some(self.passed + at);
                        self.place = Place::GivenUp;
                        return at;
                    }
                }
                b'}' | b']' if self.depth == 0 => {
                    self.place = Place::GivenUp;
                    return at;
                }
                b'}' | b']' => self.depth -= 1,
                _ => {}
            }
        }
        bytes.len()
    }

    /// Goes on behind the string's end, or behind the next backslash.
    fn in_string(&mut self, bytes: &[u8], from: usize) -> usize {
        let Some(offset) = bytes.get(from..).and_then(|rest| memchr2(b'"', b'\\', rest)) else { return bytes.len() };
        let at = from + offset;
        self.place = if bytes.get(at) == Some(&b'"') { Place::Outside } else { Place::BehindBackslash };
        at + 1
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use proptest::prelude::*;

    fn nested(levels: usize) -> Vec<u8> {
        [vec![b'['; levels], vec![b']'; levels]].concat()
    }

    #[test]
    fn the_bracket_over_the_limit_is_named() {
        assert_eq!(json_depth_exceeded(&nested(64), 64), None);
        assert_eq!(json_depth_exceeded(&nested(65), 64), Some(64));
        assert_eq!(json_depth_exceeded(br#"{"a": {"b": 1}}"#, 1), Some(6));
        assert_eq!(json_depth_exceeded(br#"{"a": {}, "b": []}"#, 2), None);
        assert_eq!(json_depth_exceeded(b"", 0), None);
        assert_eq!(json_depth_exceeded(b"7", 0), None);
    }

    #[test]
    fn brackets_in_strings_do_not_count() {
        assert_eq!(json_depth_exceeded(br#"["[[[", "\"[[", "\\"]"#, 1), None);
        assert_eq!(json_depth_exceeded(br#"["\\", [1]]"#, 1), Some(7));
    }

    #[test]
    fn a_hundred_thousand_levels_cut_off_or_not() {
        assert_eq!(json_depth_exceeded(&nested(100_000), 64), Some(64));
        assert_eq!(json_depth_exceeded(&vec![b'['; 100_000], 64), Some(64));
        let objects = br#"{"a":"#.repeat(100_000);
        assert_eq!(json_depth_exceeded(&objects, 64), Some(64 * 5));
    }

    #[test]
    fn garbage_is_left_to_the_parser() {
        for text in [
            vec![b'{'; 5_000_000],
            [b"xx".to_vec(), nested(100)].concat(),
            [b"[1] ".to_vec(), nested(100)].concat(),
            [b"[\"\xff\", ".to_vec(), nested(100)].concat(),
            [b"[}".to_vec(), nested(100)].concat(),
            [b"]]]]".to_vec(), nested(100)].concat(),
            [b"\"never closed".to_vec(), nested(100)].concat(),
        ] {
            assert_eq!(json_depth_exceeded(&text, 64), None);
        }
    }

    fn depth_of(value: &serde_json::Value) -> usize {
        match value {
            serde_json::Value::Array(items) => 1 + items.iter().map(depth_of).max().unwrap_or(0),
            serde_json::Value::Object(map) => 1 + map.values().map(depth_of).max().unwrap_or(0),
            _ => 0,
        }
    }

    fn any_json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = "[\\[\\]{}\"\\\\a]{0,6}".prop_map(serde_json::Value::String);
        leaf.prop_recursive(6, 40, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
                proptest::collection::btree_map("[\\[{\"a]{0,3}", inner, 0..4)
                    .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn pieces_count_like_the_whole(text in "[\\[\\]{}\"\\\\a]{0,40}", cut in 0_usize..40, limit in 0_usize..4) {
            let bytes = text.as_bytes();
            let (begin, end) = bytes.split_at(cut.min(bytes.len()));
            let mut pieces = Brackets::new(limit);
            pieces.pass(begin);
            pieces.pass(end);
            prop_assert_eq!(pieces.too_deep, first_too_deep(bytes, limit));
        }

        #[test]
        fn it_agrees_with_the_parsed_tree(value in any_json(), limit in 0_usize..8) {
            let text = serde_json::to_vec(&value).unwrap();
            let deeper = depth_of(&value) > limit;
            prop_assert_eq!(json_depth_exceeded(&text, limit).is_some(), deeper);
        }

        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            if let Some(at) = json_depth_exceeded(&bytes, 2) {
                let is_bracket = matches!(bytes[at], b'[' | b'{');
                prop_assert!(is_bracket);
            }
        }
    }
}
