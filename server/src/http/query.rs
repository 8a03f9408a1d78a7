//! Parameters as a tree of texts: urlencoded pairs with GitLab's brackets (`a[]=1`, `h[k]=v`,
//! `variables[0][key]=K`) and JSON objects become the same thing (API design, section 1.4).
//!
//! Must not know: actix, requests, what any parameter means.

use percent_encoding::percent_decode;
use serde_json::Value;
use std::collections::BTreeMap;

/// Levels of brackets or of JSON that a parameter may have.
pub const DEPTH_MAX: usize = 16;
/// Pairs that one urlencoded text may hold.
pub const PAIRS_MAX: usize = 2000;

/// One parameter. Numbers and booleans of JSON are kept as their text, as a form would send them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// JSON null: given, and without a value.
    Null,
    /// A single value.
    Text(String),
    /// `a[]=1&a[]=2`, or a JSON array.
    List(Vec<Node>),
    /// `h[k]=v`, or a JSON object.
    Map(BTreeMap<String, Node>),
}

/// The parameters of a request by name.
pub type Tree = BTreeMap<String, Node>;

/// Why a text is no list of parameters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// A percent-encoded text that is not UTF-8.
    #[error("parameter {position} is not valid UTF-8")]
    Utf8 {
        /// Number of the pair, from 1.
        position: usize,
    },
    /// One name used as a value and as a list or hash.
    #[error("{name} is given both as a value and as a list or hash")]
    Mixed {
        /// The name before the brackets.
        name: String,
    },
    /// Deeper than [`DEPTH_MAX`].
    #[error("{name} is nested deeper than {DEPTH_MAX} levels")]
    Depth {
        /// The name before the brackets.
        name: String,
    },
    /// More than [`PAIRS_MAX`].
    #[error("more than {PAIRS_MAX} parameters")]
    Pairs,
}

/// Reads `a=1&b[]=2`: a query string or the body of a form. The last of several equal names wins.
pub fn parse_urlencoded(text: &[u8]) -> Result<Tree, QueryError> {
    let mut pairs = Vec::new();
    let given = text.split(|byte| *byte == b'&').filter(|p| !p.is_empty());
    for (idx, pair) in given.enumerate() {
        if idx >= PAIRS_MAX {
            return Err(QueryError::Pairs);
        }
        let (name, value) = match pair.iter().position(|byte| *byte == b'=') {
            Some(at) => (&pair[..at], &pair[at + 1..]),
            None => (pair, &pair[pair.len()..]),
        };
        let decoded = |bytes| decode(bytes).ok_or(QueryError::Utf8 { position: idx + 1 });
        pairs.push((decoded(name)?, decoded(value)?));
    }
    from_pairs(pairs)
}

/// Builds the tree from decoded pairs in the order of the request; names may have brackets.
pub fn from_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Result<Tree, QueryError> {
    let mut tree = Tree::new();
    for (name, value) in pairs {
        let (base, segments) = split_name(&name);
        if segments.len() > DEPTH_MAX {
            return Err(QueryError::Depth { name: base.into() });
        }
        let mixed = || QueryError::Mixed { name: base.into() };
        match tree.get_mut(base) {
            Some(node) => put(node, &segments, value).ok_or_else(mixed)?,
            None => {
                let mut node = empty_for(&segments);
                put(&mut node, &segments, value).ok_or_else(mixed)?;
                tree.insert(base.to_string(), node);
            }
        }
    }
    Ok(tree.into_iter().map(|(name, node)| (name, number_keys_to_list(node))).collect())
}

/// Takes over a JSON object. `Err` names the parameter that is nested too deep.
pub fn from_json(object: serde_json::Map<String, Value>) -> Result<Tree, QueryError> {
    let mut tree = Tree::new();
    for (name, value) in object {
        match from_value(value, DEPTH_MAX) {
            Some(node) => tree.insert(name, node),
            None => return Err(QueryError::Depth { name }),
        };
    }
    Ok(tree)
}

/// Decodes one percent-encoded text, `+` as a space. `None`: not UTF-8.
pub fn decode(bytes: &[u8]) -> Option<String> {
    let spaced: Vec<u8> = bytes.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    percent_decode(&spaced).decode_utf8().ok().map(|text| text.into_owned())
}

/// `h[k][]` as `h` and `["k", ""]`. Brackets that do not close belong to the name.
fn split_name(name: &str) -> (&str, Vec<&str>) {
    let Some(open) = name.find('[').filter(|at| *at > 0) else {
        return (name, Vec::new());
    };
    let mut segments = Vec::new();
    let mut rest = &name[open..];
    while let Some(inner) = rest.strip_prefix('[') {
        let Some((segment, after)) = inner.split_once(']') else {
            return (name, Vec::new());
        };
        segments.push(segment);
        rest = after;
    }
    if rest.is_empty() { (&name[..open], segments) } else { (name, Vec::new()) }
}

fn empty_for(segments: &[&str]) -> Node {
    match segments.first() {
        None => Node::Null,
        Some(&"") => Node::List(Vec::new()),
        Some(_) => Node::Map(BTreeMap::new()),
    }
}

/// Stores a value below a node. `None`: the node is of another kind.
fn put(node: &mut Node, segments: &[&str], value: String) -> Option<()> {
    let Some((first, rest)) = segments.split_first() else {
        return match node {
            Node::List(_) | Node::Map(_) => None,
            Node::Null | Node::Text(_) => {
                *node = Node::Text(value);
                Some(())
            }
        };
    };
    match (node, *first) {
        (Node::List(items), "") => put_item(items, rest, value),
        (Node::Map(map), key) if !key.is_empty() => {
            let entry = map.entry(key.to_string()).or_insert_with(|| empty_for(rest));
            put(entry, rest, value)
        }
        _ => None,
    }
}

/// `a[][k]=1&a[][l]=2&a[][k]=3` is two hashes: a key that the last hash has already begins the next.
fn put_item(items: &mut Vec<Node>, rest: &[&str], value: String) -> Option<()> {
    let continues = match (items.last(), rest.first()) {
        (Some(Node::Map(map)), Some(key)) => !map.contains_key(*key),
        _ => false,
    };
    if !continues {
        items.push(empty_for(rest));
    }
    put(items.last_mut()?, rest, value)
}

/// `variables[0][k]` and `variables[1][k]` mean a list: a hash with only numbers as keys becomes one.
fn number_keys_to_list(node: Node) -> Node {
    match node {
        Node::Null | Node::Text(_) => node,
        Node::List(items) => Node::List(items.into_iter().map(number_keys_to_list).collect()),
        Node::Map(map) => {
            let numbers: Option<Vec<u32>> = map.keys().map(|key| key.parse().ok()).collect();
            let inner = map.into_iter().map(|(k, v)| (k, number_keys_to_list(v)));
            match numbers {
                Some(numbers) => {
                    let mut items: Vec<_> = numbers.into_iter().zip(inner).collect();
                    items.sort_by_key(|(number, _)| *number);
                    Node::List(items.into_iter().map(|(_, (_, v))| v).collect())
                }
                None => Node::Map(inner.collect()),
            }
        }
    }
}

fn from_value(value: Value, levels: usize) -> Option<Node> {
    Some(match value {
        Value::Null => Node::Null,
        Value::Bool(flag) => Node::Text(flag.to_string()),
        Value::Number(number) => Node::Text(number.to_string()),
        Value::String(text) => Node::Text(text),
        Value::Array(items) => {
            let below = levels.checked_sub(1)?;
            let nodes = items.into_iter().map(|item| from_value(item, below));
            Node::List(nodes.collect::<Option<_>>()?)
        }
        Value::Object(map) => {
            let below = levels.checked_sub(1)?;
            let nodes = map.into_iter().map(|(key, item)| Some((key, from_value(item, below)?)));
            Node::Map(nodes.collect::<Option<_>>()?)
        }
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use proptest::prelude::*;

    fn text(value: &str) -> Node {
        Node::Text(value.into())
    }

    fn map(pairs: &[(&str, Node)]) -> Node {
        Node::Map(pairs.iter().map(|(k, v)| ((*k).into(), v.clone())).collect())
    }

    fn parse(query: &str) -> Tree {
        parse_urlencoded(query.as_bytes()).unwrap()
    }

    #[test]
    fn plain_pairs_and_the_last_one_wins() {
        let tree = parse("a=1&b=x+y%2Bz&&a=2&c");
        assert_eq!(tree["a"], text("2"));
        assert_eq!(tree["b"], text("x y+z"));
        assert_eq!(tree["c"], text(""));
        assert_eq!(tree.len(), 3);
    }

    #[test]
    fn brackets_in_all_their_forms() {
        let tree = parse("a[]=1&a%5B%5D=2&h[k]=v&h[l][]=w&not[labels]=x");
        assert_eq!(tree["a"], Node::List(vec![text("1"), text("2")]));
        let inner = Node::List(vec![text("w")]);
        assert_eq!(tree["h"], map(&[("k", text("v")), ("l", inner)]));
        assert_eq!(tree["not"], map(&[("labels", text("x"))]));
    }

    #[test]
    fn lists_of_hashes_by_number_and_by_repetition() {
        let want =
            Node::List(vec![map(&[("key", text("A")), ("value", text("1"))]), map(&[("key", text("B")), ("value", text("2"))])]);
        let by_number = "v[1][key]=B&v[0][key]=A&v[0][value]=1&v[1][value]=2";
        assert_eq!(parse(by_number)["v"], want);
        let repeated = "v[][key]=A&v[][value]=1&v[][key]=B&v[][value]=2";
        assert_eq!(parse(repeated)["v"], want);
    }

    #[test]
    fn numbers_as_keys_sort_as_numbers() {
        let want = Node::List(vec![text("b"), text("c"), text("a")]);
        assert_eq!(parse("v[10]=a&v[2]=b&v[9]=c")["v"], want);
    }

    #[test]
    fn odd_brackets_are_part_of_the_name() {
        assert_eq!(parse("a[=1")["a["], text("1"));
        assert_eq!(parse("[]=1")["[]"], text("1"));
        assert_eq!(parse("a[b]c=1")["a[b]c"], text("1"));
    }

    #[test]
    fn what_cannot_be_understood_is_said() {
        let mixed = QueryError::Mixed { name: "a".into() };
        assert_eq!(parse_urlencoded(b"a=1&a[]=2"), Err(mixed.clone()));
        assert_eq!(parse_urlencoded(b"a[x]=1&a[]=2"), Err(mixed));
        let utf8 = QueryError::Utf8 { position: 2 };
        assert_eq!(parse_urlencoded(b"a=1&b=%ff"), Err(utf8));
        let deep = format!("d{}=1", "[x]".repeat(DEPTH_MAX + 1));
        let depth = QueryError::Depth { name: "d".into() };
        assert_eq!(parse_urlencoded(deep.as_bytes()), Err(depth));
        let many = "a=1&".repeat(PAIRS_MAX + 1);
        assert_eq!(parse_urlencoded(many.as_bytes()), Err(QueryError::Pairs));
    }

    #[test]
    fn json_becomes_the_same_tree_as_a_form() {
        let json = serde_json::json!({"n": 5, "t": true, "l": ["a", 1], "h": {"k": null}});
        let tree = from_json(json.as_object().unwrap().clone()).unwrap();
        assert_eq!(tree["n"], text("5"));
        assert_eq!(tree["t"], text("true"));
        assert_eq!(tree["l"], Node::List(vec![text("a"), text("1")]));
        assert_eq!(tree["h"], map(&[("k", Node::Null)]));
    }

    #[test]
    fn json_too_deep_is_refused() {
        let mut value = Value::Bool(true);
        for _ in 0..=DEPTH_MAX {
            value = Value::Array(vec![value]);
        }
        let object = serde_json::Map::from_iter([("d".to_string(), value)]);
        let depth = QueryError::Depth { name: "d".into() };
        assert_eq!(from_json(object), Err(depth));
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = parse_urlencoded(&bytes);
        }

        #[test]
        fn what_is_encoded_comes_back(name in "[a-z]{1,8}", value in "\\PC{0,40}") {
            let encoded: String = percent_encoding::utf8_percent_encode(
                &value, percent_encoding::NON_ALPHANUMERIC).collect();
            let tree = parse(&format!("{name}={encoded}"));
            prop_assert_eq!(&tree[&name], &Node::Text(value));
        }
    }
}
