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

/// Counts brackets outside strings; gives up where they close more than was open.
fn first_too_deep(bytes: &[u8], limit: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => at = end_of_string(bytes, at + 1)?,
            b'{' | b'[' => {
                depth += 1;
                if depth > limit {
                    return Some(at);
                }
            }
            b'}' | b']' => depth = depth.checked_sub(1)?,
            _ => {}
        }
        at += 1;
    }
    None
}

/// Offset of the quote that ends the string whose text begins at `from`.
fn end_of_string(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes.get(at) == Some(&b'"') {
            return Some(at);
        }
        at += 2;
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
