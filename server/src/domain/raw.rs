//! Report bytes to a JSON tree, by the rules for odd JSON: the last of equal keys wins, the NUL escape
//! becomes its own text (ingestion design, sections 1.2 and 12.16). Must not know: schemas, storage.

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::cell::{Cell, RefCell};
use std::fmt;

/// A tree and what was odd about its text.
#[derive(Debug)]
pub struct Tree {
    /// The tree.
    pub value: Value,
    /// Whether an object had equal keys.
    pub has_duplicate_keys: bool,
    /// Whether a text held the NUL escape.
    pub has_nul: bool,
}

/// Reads a JSON text into a tree.
///
/// # Errors
/// Bad JSON, lone surrogates, numbers out of range.
pub fn parse(text: &str) -> Result<Tree, serde_json::Error> {
    let duplicate = Cell::new(false);
    let mut reader = serde_json::Deserializer::from_str(text);
    let mut value = Seed(&duplicate).deserialize(&mut reader)?;
    reader.end()?;
    let has_nul = memchr::memmem::find(text.as_bytes(), b"\\u0000").is_some() && escape_nul(&mut value);
    Ok(Tree { value, has_duplicate_keys: duplicate.get(), has_nul })
}

/// The tree of a stored body. Bodies were read before they were stored, so a failure is damage; it reads
/// as null, which every reader of findings takes for "nothing there".
pub fn stored(raw: &[u8]) -> Value {
    std::str::from_utf8(raw).ok().and_then(|text| parse(text).ok()).map_or(Value::Null, |tree| tree.value)
}

/// Some top-level members of a stored body, read as by [`stored`]; the others are passed over, which costs a
/// fraction of reading them.
pub fn stored_members(raw: &[u8], wanted: &[&str]) -> Value {
    let Ok(text) = std::str::from_utf8(raw) else { return Value::Null };
    let mut reader = serde_json::Deserializer::from_str(text);
    let Ok(mut value) = reader.deserialize_any(Members(wanted)) else { return Value::Null };
    if memchr::memmem::find(raw, b"\\u0000").is_some() {
        escape_nul(&mut value);
    }
    value
}

/// Builds an object of the wanted members.
struct Members<'w>(&'w [&'w str]);

impl<'de> Visitor<'de> for Members<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut all = Map::new();
        while let Some(key) = members.next_key::<String>()? {
            if self.0.contains(&key.as_str()) {
                all.insert(key, members.next_value_seed(Seed(&Cell::new(false)))?);
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Value::Object(all))
    }
}

/// Replaces NUL by the six characters of its escape, in texts and keys. Answers whether there was any.
fn escape_nul(value: &mut Value) -> bool {
    match value {
        Value::String(text) if text.contains('\0') => {
            *text = text.replace('\0', "\\u0000");
            true
        }
        Value::Array(items) => items.iter_mut().fold(false, |any, item| escape_nul(item) | any),
        Value::Object(members) => {
            let keyed = members.keys().any(|key| key.contains('\0'));
            if keyed {
                *members =
                    std::mem::take(members).into_iter().map(|(key, value)| (key.replace('\0', "\\u0000"), value)).collect();
            }
            members.values_mut().fold(keyed, |any, member| escape_nul(member) | any)
        }
        _ => false,
    }
}

/// Builds the tree; notes equal keys, of which the last wins.
struct Seed<'f>(&'f Cell<bool>);

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }
    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }
    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }
    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }
    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("number out of range"))
    }
    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }
    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut all = Vec::new();
        while let Some(item) = items.next_element_seed(Seed(self.0))? {
            all.push(item);
        }
        Ok(Value::Array(all))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut all = Map::new();
        while let Some(key) = members.next_key::<String>()? {
            let value = members.next_value_seed(Seed(self.0))?;
            if all.insert(key, value).is_some() {
                self.0.set(true);
            }
        }
        Ok(Value::Object(all))
    }
}

/// JSON pointers of the keys that stand twice in one object, below `base`; at most `most`.
pub fn duplicate_keys(text: &str, base: &str, most: usize) -> Vec<String> {
    let found = RefCell::new(Vec::new());
    let mut reader = serde_json::Deserializer::from_str(text);
    let walked = Pointers { at: base.to_owned(), found: &found, most }.deserialize(&mut reader);
    if walked.is_ok() { found.into_inner() } else { Vec::new() }
}

/// One step of a JSON pointer (RFC 6901).
pub fn pointer_step(base: &str, step: &str) -> String {
    format!("{base}/{}", step.replace('~', "~0").replace('/', "~1"))
}

struct Pointers<'f> {
    at: String,
    found: &'f RefCell<Vec<String>>,
    most: usize,
}

impl<'de> DeserializeSeed<'de> for Pointers<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

macro_rules! nothing_in {
    ($($method:ident($kind:ty)),*) => {$(
        fn $method<E: Error>(self, _: $kind) -> Result<(), E> { Ok(()) }
    )*};
}

impl<'de> Visitor<'de> for Pointers<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }
    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }
    nothing_in!(visit_bool(bool), visit_i64(i64), visit_u64(u64), visit_f64(f64), visit_str(&str));
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let mut index = 0usize;
        while items
            .next_element_seed(Pointers { at: format!("{}/{index}", self.at), found: self.found, most: self.most })?
            .is_some()
        {
            index += 1;
        }
        Ok(())
    }
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut seen = std::collections::HashSet::new();
        while let Some(key) = members.next_key::<String>()? {
            let at = pointer_step(&self.at, &key);
            if !seen.insert(key) && self.found.borrow().len() < self.most {
                self.found.borrow_mut().push(at.clone());
            }
            members.next_value_seed(Pointers { at, found: self.found, most: self.most })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn the_last_of_equal_keys_wins_and_is_named() {
        let text = r#"{"a": 1, "b/c": [{"x": 1, "x": 2}], "a": 3}"#;
        let tree = parse(text).unwrap();
        assert!(tree.has_duplicate_keys);
        assert_eq!(tree.value["a"], 3);
        assert_eq!(duplicate_keys(text, "/v/0", 9), ["/v/0/b~1c/0/x", "/v/0/a"]);
        assert!(!parse(r#"{"a": {"a": 1}}"#).unwrap().has_duplicate_keys);
    }

    #[test]
    fn wanted_members_read_as_they_do_in_the_whole() {
        let text =
            r#"{"a": [1, {"b": "x\u0000", "b": "y\u0000"}], "a\u0000": 1, "c": {"a": "no"}, "d": "e", "a": {"z": "\u0000"}}"#;
        let (whole, some) = (stored(text.as_bytes()), stored_members(text.as_bytes(), &["a", "d", "absent"]));
        assert_eq!(some, serde_json::json!({"a": whole["a"], "d": whole["d"]}));
        assert_eq!(some["a"]["z"], "\\u0000");
        assert_eq!(stored_members(b"[1]", &["a"]), Value::Null);
        assert_eq!(stored_members(b"{\"a\": 1, \"b\": ", &["a"]), Value::Null);
    }

    #[test]
    fn the_nul_escape_becomes_its_text() {
        let tree = parse(r#"{"a\u0000": ["x\u0000y", "\\u0000"]}"#).unwrap();
        assert!(tree.has_nul);
        assert_eq!(tree.value, serde_json::json!({"a\\u0000": ["x\\u0000y", "\\u0000"]}));
        assert!(!parse(r#"["\\u0000"]"#).unwrap().has_nul);
    }

    #[test]
    fn what_is_no_text_or_number_is_refused() {
        assert!(parse(r#"["\ud800"]"#).unwrap_err().to_string().contains("hex escape"));
        assert!(parse(r#"["\ud800\u0041"]"#).unwrap_err().to_string().contains("surrogate"));
        assert!(parse("[1e999]").unwrap_err().to_string().contains("range"));
    }
}
