//! A JSON text as a flat list of its values, with the texts left where they stand: reading one costs a
//! fraction of a tree, because nothing is copied but texts with escapes. The rules for odd JSON are those
//! of `raw`: the last of equal keys counts, the NUL escape becomes its own text.
//!
//! Must not know: findings, schemas, storage.

use super::json::Json;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Number;
use serde_json::value::RawValue;
use std::fmt;
use std::ops::Range;

/// Members of an object that are compared with each other for equal keys; a larger object is taken for one
/// that may have some.
const COMPARED: usize = 64;

/// A text that was read. Kept and used again for the next one: then reading asks for no memory.
#[derive(Debug, Default)]
pub struct Tape<'a> {
    nodes: Vec<Node<'a>>,
    /// Texts with escapes, one behind the other.
    unescaped: String,
    may_have_equal_keys: bool,
    has_nul: bool,
    /// Literals of the wanted texts at the top, quotes included.
    literals: [Option<&'a str>; LITERALS.len()],
}

/// Members at the top whose literals are kept.
const LITERALS: [&str; 2] = ["description", "solution"];

#[derive(Debug, Clone, Copy)]
enum Node<'a> {
    Null,
    Bool,
    Unsigned(u64),
    Signed(i64),
    Fraction(f64),
    Text(&'a str),
    /// Place in the unescaped texts.
    Unescaped(u32, u32),
    /// Entries; place behind the last one.
    Array(u32, u32),
    /// Members; place behind the last one. Each is a key and a value.
    Object(u32, u32),
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool,
    /// A number without fraction or exponent.
    Integer,
    /// Another number.
    Fraction,
    /// A text.
    Text,
    /// An array.
    Array,
    /// An object.
    Object,
}

impl<'a> Tape<'a> {
    /// Reads a text; forgets the one before.
    ///
    /// # Errors
    /// As [`super::raw::parse`]; then the tape holds nothing of use.
    pub fn read(&mut self, text: &'a str) -> Result<(), serde_json::Error> {
        self.nodes.clear();
        self.unescaped.clear();
        (self.may_have_equal_keys, self.has_nul, self.literals) = (false, false, [None; LITERALS.len()]);
        let mut reader = serde_json::Deserializer::from_str(text);
        Reader { tape: self, is_top: true }.deserialize(&mut reader)?;
        reader.end()
    }

    /// The whole; null if nothing was read.
    pub fn root(&self) -> Item<'_> {
        Item { tape: self, at: 0 }
    }

    /// Whether there may be something that a reader is to be warned of: equal keys, NUL escapes.
    pub fn may_be_odd(&self) -> bool {
        self.may_have_equal_keys || self.has_nul
    }

    /// Where the literals of the top-level texts `description` and `solution` stand in `text`, which is the
    /// one that was read; quotes included, empty if there is none.
    pub fn literals(&self, text: &str) -> [Range<usize>; 2] {
        self.literals.map(|literal| {
            let Some(literal) = literal else { return 0..0 };
            let begin = literal.as_ptr() as usize - text.as_ptr() as usize;
            begin..begin + literal.len()
        })
    }

    fn text_of(&self, node: Node<'a>) -> Option<&str> {
        match node {
            Node::Text(text) => Some(text),
            Node::Unescaped(begin, end) => self.unescaped.get(begin as usize..end as usize),
            _ => None,
        }
    }

    fn push_unescaped(&mut self, text: &str) {
        let begin = self.unescaped.len();
        if text.contains('\0') {
            self.has_nul = true;
            text.split('\0').enumerate().for_each(|(number, piece)| {
                self.unescaped.push_str(if number > 0 { "\\u0000" } else { "" });
                self.unescaped.push_str(piece);
            });
        } else {
            self.unescaped.push_str(text);
        }
        self.nodes.push(Node::Unescaped(begin as u32, self.unescaped.len() as u32));
    }

    /// Place behind the value at `at`.
    fn end(&self, at: usize) -> usize {
        match self.nodes.get(at) {
            Some(Node::Array(_, end) | Node::Object(_, end)) => *end as usize,
            _ => at + 1,
        }
    }

    fn note_equal_keys(&mut self, at: usize, members: usize) {
        if members > COMPARED {
            self.may_have_equal_keys = true;
        }
        if members < 2 || self.may_have_equal_keys {
            return;
        }
        let object = Item { tape: self, at };
        // Most objects are small: to clear the larger list for each takes longer than to compare.
        let is_twice = if members <= 8 { object.has_equal_keys::<8>() } else { object.has_equal_keys::<COMPARED>() };
        self.may_have_equal_keys = is_twice;
    }

    /// Without what was read, for texts of another lifetime; its memory stays.
    pub fn recycled<'b>(mut self) -> Tape<'b> {
        self.nodes.clear();
        self.unescaped.clear();
        let nodes = self.nodes.into_iter().map(|_| Node::Null).collect();
        Tape { nodes, unescaped: self.unescaped, ..Tape::default() }
    }
}

/// A value on a tape.
#[derive(Debug, Clone, Copy)]
pub struct Item<'t> {
    tape: &'t Tape<'t>,
    at: usize,
}

impl<'t> Item<'t> {
    /// Whether two of its members have the same key; it has at most `N`.
    fn has_equal_keys<const N: usize>(self) -> bool {
        let mut keys = [""; N];
        let mut count = 0;
        for (key, (name, _)) in keys.iter_mut().zip(self.members()) {
            *key = name;
            count += 1;
        }
        let keys = keys.get(..count).unwrap_or_default();
        keys.iter().enumerate().any(|(place, key)| keys[..place].contains(key))
    }

    fn node(self) -> Node<'t> {
        self.tape.nodes.get(self.at).copied().unwrap_or(Node::Null)
    }

    /// What it is.
    pub fn kind(self) -> Kind {
        match self.node() {
            Node::Null => Kind::Null,
            Node::Bool => Kind::Bool,
            Node::Unsigned(_) | Node::Signed(_) => Kind::Integer,
            Node::Fraction(_) => Kind::Fraction,
            Node::Text(_) | Node::Unescaped(..) => Kind::Text,
            Node::Array(..) => Kind::Array,
            Node::Object(..) => Kind::Object,
        }
    }

    /// Entries of an array or members of an object; 0 for anything else.
    pub fn count(self) -> usize {
        match self.node() {
            Node::Array(count, _) | Node::Object(count, _) => count as usize,
            _ => 0,
        }
    }

    /// An integer that fits.
    pub fn as_i64(self) -> Option<i64> {
        match self.node() {
            Node::Signed(number) => Some(number),
            Node::Unsigned(number) => i64::try_from(number).ok(),
            _ => None,
        }
    }

    /// The members of an object, in order of the text; none of anything else.
    pub fn members(self) -> impl Iterator<Item = (&'t str, Item<'t>)> {
        let count = if self.kind() == Kind::Object { self.count() } else { 0 };
        let (tape, mut at) = (self.tape, self.at + 1);
        (0..count).map(move |_| {
            let key = tape.nodes.get(at).and_then(|node| tape.text_of(*node)).unwrap_or_default();
            let value = Item { tape, at: at + 1 };
            at = tape.end(at + 1);
            (key, value)
        })
    }
}

impl<'t> Json<'t> for Item<'t> {
    fn get(self, member: &str) -> Option<Item<'t>> {
        let mut found = self.members().filter(|(key, _)| *key == member).map(|(_, value)| value);
        if self.tape.may_have_equal_keys { found.last() } else { found.next() }
    }

    fn as_text(self) -> Option<&'t str> {
        self.tape.text_of(self.node())
    }

    fn as_number(self) -> Option<String> {
        match self.node() {
            Node::Unsigned(number) => Some(number.to_string()),
            Node::Signed(number) => Some(number.to_string()),
            Node::Fraction(number) => Number::from_f64(number).map(|number| number.to_string()),
            _ => None,
        }
    }

    fn is_object(self) -> bool {
        self.kind() == Kind::Object
    }

    fn is_array(self) -> bool {
        self.kind() == Kind::Array
    }

    fn entries(self) -> impl Iterator<Item = Item<'t>> {
        let count = if self.kind() == Kind::Array { self.count() } else { 0 };
        let (tape, mut at) = (self.tape, self.at + 1);
        (0..count).map(move |_| {
            let value = Item { tape, at };
            at = tape.end(at);
            value
        })
    }
}

/// Reads one value to the end of the tape.
struct Reader<'r, 'a> {
    tape: &'r mut Tape<'a>,
    is_top: bool,
}

impl<'a> Reader<'_, 'a> {
    fn push<E>(self, node: Node<'a>) -> Result<(), E> {
        self.tape.nodes.push(node);
        Ok(())
    }

    /// Reads a text whose literal is kept.
    fn read_literal<M: MapAccess<'a>>(&mut self, place: usize, members: &mut M) -> Result<(), M::Error> {
        let literal = members.next_value::<&'a RawValue>()?.get();
        if literal.starts_with('"') {
            self.tape.literals[place] = Some(literal);
        }
        let inner = literal.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        match inner.filter(|text| memchr::memchr(b'\\', text.as_bytes()).is_none()) {
            // Without escapes the text is what stands between the quotes.
            Some(text) => self.tape.nodes.push(Node::Text(text)),
            None => {
                let mut reader = serde_json::Deserializer::from_str(literal);
                Reader { tape: self.tape, is_top: false }.deserialize(&mut reader).map_err(M::Error::custom)?;
            }
        }
        Ok(())
    }
}

impl<'a> DeserializeSeed<'a> for Reader<'_, 'a> {
    type Value = ();
    fn deserialize<D: Deserializer<'a>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Reader<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }
    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.push(Node::Null)
    }
    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        self.push(Node::Bool)
    }
    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.push(Node::Signed(value))
    }
    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.push(Node::Unsigned(value))
    }
    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        if value.is_finite() { self.push(Node::Fraction(value)) } else { Err(E::custom("number out of range")) }
    }
    fn visit_borrowed_str<E: Error>(self, text: &'a str) -> Result<(), E> {
        self.push(Node::Text(text))
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.tape.push_unescaped(text);
        Ok(())
    }
    fn visit_seq<A: SeqAccess<'a>>(self, mut entries: A) -> Result<(), A::Error> {
        let at = self.tape.nodes.len();
        self.tape.nodes.push(Node::Null);
        let mut count = 0;
        while entries.next_element_seed(Reader { tape: self.tape, is_top: false })?.is_some() {
            count += 1;
        }
        self.tape.nodes[at] = Node::Array(count, self.tape.nodes.len() as u32);
        Ok(())
    }
    fn visit_map<A: MapAccess<'a>>(mut self, mut members: A) -> Result<(), A::Error> {
        let at = self.tape.nodes.len();
        self.tape.nodes.push(Node::Null);
        let mut count = 0;
        while members.next_key_seed(Reader { tape: self.tape, is_top: false })?.is_some() {
            count += 1;
            let literal = if self.is_top {
                let key = self.tape.nodes.last().and_then(|node| self.tape.text_of(*node));
                LITERALS.iter().position(|wanted| Some(*wanted) == key)
            } else {
                None
            };
            match literal {
                Some(place) => self.read_literal(place, &mut members)?,
                None => members.next_value_seed(Reader { tape: self.tape, is_top: false })?,
            }
        }
        self.tape.nodes[at] = Node::Object(count, self.tape.nodes.len() as u32);
        self.tape.note_equal_keys(at, count as usize);
        Ok(())
    }
}

#[cfg(test)]
#[path = "tape_tests.rs"]
mod tests;
