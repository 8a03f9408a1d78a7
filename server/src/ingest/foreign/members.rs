//! The members of a file's top level, each as its untouched text, so that a part of any size is read only
//! by who needs it. Must not know: what the members mean.

use crate::domain::scan::Message;
use crate::ingest::document::bad_json;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// Most members of the top level.
const MOST: usize = 1_000;

/// Members in the order of the file.
pub struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Members<'a> {
    /// A member by name; of equal names the last one counts.
    pub fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.0.iter().rev().find(|(key, _)| key == name).map(|(_, raw)| *raw)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &'a RawValue)> {
        self.0.iter().map(|(key, raw)| (key.as_str(), *raw))
    }

    /// Names that stand there more than once.
    pub fn repeated(&self) -> Vec<&str> {
        let is_later = |at: usize, key: &str| self.0.iter().skip(at + 1).any(|(other, _)| other == key);
        self.0.iter().enumerate().filter(|(at, (key, _))| is_later(*at, key)).map(|(_, (key, _))| key.as_str()).collect()
    }
}

/// The text of a file.
///
/// # Errors
/// One message: empty, or not UTF-8, with the place.
pub fn text(bytes: &[u8]) -> Result<&str, Message> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.is_empty() {
        return Err(Message::new("EmptyFile", "the file is empty: the scanner wrote no bytes"));
    }
    std::str::from_utf8(bytes)
        .map_err(|error| Message::at("ParsingError", format!("byte {}", error.valid_up_to()), "the file is not UTF-8 text"))
}

/// Reads the members of a file.
///
/// # Errors
/// One message: empty, not UTF-8, not JSON (with line and column), no object at the top, too many members.
pub fn read(bytes: &[u8]) -> Result<Members<'_>, Message> {
    let mut reader = serde_json::Deserializer::from_str(text(bytes)?);
    let top = reader.deserialize_any(Top).and_then(|top| reader.end().map(|()| top)).map_err(|error| bad_json(&error))?;
    let Some(members) = top else {
        return Err(Message::at("ParsingError", "/", "the top level has to be an object"));
    };
    if members.len() > MOST {
        return Err(Message::at("ParsingError", "/", format!("the top level has more than {MOST} members")));
    }
    Ok(Members(members))
}

struct Top;

impl<'de> Visitor<'de> for Top {
    type Value = Option<Vec<(String, &'de RawValue)>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            if members.len() > MOST {
                map.next_value::<IgnoredAny>()?;
            } else {
                members.push((key, map.next_value::<&RawValue>()?));
            }
        }
        Ok(Some(members))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
    use super::*;

    fn error(bytes: &[u8]) -> Message {
        match read(bytes) {
            Ok(_) => panic!("was taken"),
            Err(message) => message,
        }
    }

    #[test]
    fn members_are_texts_and_the_last_of_equal_names_counts() {
        let members = read(b"\xef\xbb\xbf{\"a\": [1, 2], \"b\": {}, \"a\": 3}").unwrap();
        assert_eq!(members.get("a").unwrap().get(), "3");
        assert_eq!(members.get("b").unwrap().get(), "{}");
        assert!(members.get("c").is_none());
        assert_eq!(members.repeated(), ["a"]);
        assert_eq!(members.iter().count(), 3);
    }

    #[test]
    fn what_is_no_object_is_named_with_its_place() {
        assert_eq!(error(b"").kind, "EmptyFile");
        assert_eq!(error(b"{\"a\xff\": 1}").place.as_deref(), Some("byte 3"));
        for text in ["[]", "null", "true", "-1", "1", "1.5", "\"x\""] {
            assert_eq!(error(text.as_bytes()).place.as_deref(), Some("/"), "{text}");
        }
        assert!(error(b"{\"a\": [1, 2").message.contains("cut off"));
        assert!(error(b"{} {}").message.contains("trailing"));
        let many: String = (0..=MOST).map(|number| format!("\"m{number}\":0,")).collect();
        assert!(error(format!("{{{many}\"z\":0}}").as_bytes()).message.contains("more than 1000 members"));
    }
}
