//! Splits a report into its head and the untouched texts of its findings.
//!
//! Must not know: what a finding is, schemas, storage. `version`, `scan` and `remediations` may stand
//! behind the findings, so the whole is split first and judged then (ingestion design, section 12.12).

use super::slicer;
use crate::domain::raw;
use crate::domain::scan::Message;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::fmt;

/// Most warnings about equal keys that are told one by one.
const MOST_WARNINGS: usize = 20;
/// Most entries of one report; a report of full size (`UploadLimits::file_bytes`) with real findings has fewer.
/// A hostile one could fill the memory with places of two bytes each.
const MOST_ENTRIES: u64 = 2_000_000;
/// Most members of the report's top level.
const MOST_MEMBERS: usize = 1_000;
/// Longest member of the top level, in bytes: as a tree it takes several times its text.
const LONGEST_MEMBER: usize = 64 << 20;

/// A report, split.
pub struct Document<'a> {
    /// Everything but the findings; `vulnerabilities` is an empty array here, or what stood there if it
    /// was no array.
    pub head: Value,
    /// Texts of the findings.
    pub findings: Vec<&'a str>,
    /// What is odd.
    pub warnings: Vec<Message>,
}

/// Splits the bytes of a report without reading the findings: whoever takes the document has to find each of
/// them to be JSON, or else ask [`split`], which says what is wrong with the whole. None in doubt.
pub fn split_unread(bytes: &[u8]) -> Option<Document<'_>> {
    let text = std::str::from_utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)).ok()?;
    let slices = slicer::slice(text, "vulnerabilities", (MOST_MEMBERS, MOST_ENTRIES as usize))?;
    let members = slices.members.into_iter().map(|(key, text)| (key.to_owned(), text)).collect();
    assemble(members, Some(Found::List(slices.entries))).ok()
}

/// Splits the bytes of a report.
///
/// # Errors
/// One message: empty, not UTF-8, not JSON (with line and column), or no object at the top.
pub fn split(bytes: &[u8]) -> Result<Document<'_>, Message> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.is_empty() {
        return Err(Message::new("EmptyFile", "the report is empty: the scanner wrote no bytes"));
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|error| Message::at("ParsingError", format!("byte {}", error.valid_up_to()), "the report is not UTF-8 text"))?;
    let mut reader = serde_json::Deserializer::from_str(text);
    let top = reader.deserialize_any(TopVisitor).and_then(|top| reader.end().map(|()| top)).map_err(|error| bad_json(&error))?;
    let Top::Object { members, findings, more } = top else {
        return Err(Message::at(
            "ParsingError",
            "/",
            format!("the top level of a report has to be an object, this is {}", top.name()),
        ));
    };
    if more > 0 {
        return Err(Message::at("ParsingError", "/", format!("the top level has more than {MOST_MEMBERS} members")));
    }
    let findings = match findings {
        Some(Entries { count, .. }) if count > MOST_ENTRIES => {
            return Err(Message::at(
                "ParsingError",
                "/vulnerabilities",
                format!("{count} entries are more than the {MOST_ENTRIES} that one report may have"),
            ));
        }
        Some(Entries { list: Some(list), .. }) => Some(Found::List(list.into_iter().map(RawValue::get).collect())),
        Some(Entries { other, .. }) => Some(Found::Other(other)),
        None => None,
    };
    assemble(members.into_iter().map(|(key, text)| (key, text.get())).collect(), findings)
}

/// What stands under `vulnerabilities`.
enum Found<'a> {
    /// Texts of the entries.
    List(Vec<&'a str>),
    /// No array.
    Other(Value),
}

/// A JSON error as a message with its place.
pub fn bad_json(error: &serde_json::Error) -> Message {
    let place = format!("line {} column {}", error.line(), error.column());
    let text = error.to_string();
    let reason = text.split(" at line ").next().unwrap_or(&text);
    let what = if error.is_eof() { "the report is cut off" } else { "the report is not JSON" };
    Message::at("ParsingError", place, format!("{what}: {reason}"))
}

fn assemble<'a>(members: Vec<(String, &'a str)>, findings: Option<Found<'a>>) -> Result<Document<'a>, Message> {
    let mut head = Map::new();
    let mut warnings = Vec::new();
    for (key, text) in members {
        let at = raw::pointer_step("", &key);
        if text.len() > LONGEST_MEMBER {
            return Err(Message::at("ParsingError", at, format!("the member is longer than {LONGEST_MEMBER} bytes")));
        }
        let tree = raw::parse(text).map_err(|error| Message::at("ParsingError", at.clone(), bad_json(&error).message))?;
        if tree.has_duplicate_keys {
            duplicate_warnings(&mut warnings, raw::duplicate_keys(text, &at, MOST_WARNINGS));
        }
        if tree.has_nul {
            warnings.push(nul_warning(&at));
        }
        if head.insert(key, tree.value).is_some() {
            duplicate_warnings(&mut warnings, vec![at]);
        }
    }
    let findings = match findings {
        Some(Found::List(list)) => {
            if head.insert("vulnerabilities".to_owned(), Value::Array(Vec::new())).is_some() {
                duplicate_warnings(&mut warnings, vec!["/vulnerabilities".to_owned()]);
            }
            list
        }
        Some(Found::Other(other)) => {
            head.insert("vulnerabilities".to_owned(), other);
            Vec::new()
        }
        None => Vec::new(),
    };
    Ok(Document { head: Value::Object(head), findings, warnings })
}

/// Adds a warning for each pointer, up to a number that a person reads.
pub fn duplicate_warnings(warnings: &mut Vec<Message>, pointers: Vec<String>) {
    for pointer in pointers {
        if warnings.len() >= MOST_WARNINGS {
            return;
        }
        warnings.push(Message::at("Parsing", pointer, "the key stands twice in one object, the last one counts"));
    }
}

/// The warning that NUL characters were escaped.
pub fn nul_warning(place: &str) -> Message {
    Message::at("Parsing", place, "NUL characters were replaced by the text \\u0000")
}

enum Top<'a> {
    Object {
        members: Vec<(String, &'a RawValue)>,
        findings: Option<Entries<'a>>,
        /// Members beyond the ones kept.
        more: usize,
    },
    Other(&'static str),
}

impl Top<'_> {
    fn name(&self) -> &'static str {
        match self {
            Top::Object { .. } => "an object",
            Top::Other(name) => name,
        }
    }
}

struct TopVisitor;

impl<'de> Visitor<'de> for TopVisitor {
    type Value = Top<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a report")
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Top::Other("null"))
    }
    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Top::Other("true or false"))
    }
    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Top::Other("a number"))
    }
    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Top::Other("a number"))
    }
    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Top::Other("a number"))
    }
    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(Top::Other("a text"))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Top::Other("an array"))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        let mut findings = None;
        let mut more = 0;
        while let Some(key) = map.next_key::<String>()? {
            if members.len() >= MOST_MEMBERS {
                map.next_value::<IgnoredAny>()?;
                more += 1;
            } else if key == "vulnerabilities" {
                if findings.is_some() {
                    // Told as a warning by way of a second member of that name.
                    members.push((key, EMPTY));
                }
                findings = Some(map.next_value::<Entries<'de>>()?);
            } else {
                members.push((key, map.next_value::<&RawValue>()?));
            }
        }
        Ok(Top::Object { members, findings, more })
    }
}

static EMPTY: &RawValue = RawValue::NULL;

/// What stands under `vulnerabilities`.
struct Entries<'a> {
    /// The first [`MOST_ENTRIES`] of them.
    list: Option<Vec<&'a RawValue>>,
    /// All of them.
    count: u64,
    other: Value,
}

impl Entries<'_> {
    fn other(other: impl Into<Value>) -> Self {
        Entries { list: None, count: 0, other: other.into() }
    }
}

impl<'de: 'a, 'a> serde::Deserialize<'de> for Entries<'a> {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        reader.deserialize_any(EntriesVisitor(std::marker::PhantomData))
    }
}

struct EntriesVisitor<'a>(std::marker::PhantomData<&'a ()>);

impl<'de: 'a, 'a> Visitor<'de> for EntriesVisitor<'a> {
    type Value = Entries<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of findings")
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Entries::other(Value::Null))
    }
    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Entries::other(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Entries::other(value))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Entries::other(value))
    }
    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Entries::other(value))
    }
    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Entries::other(value))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        let mut count = 0;
        while let Some(item) = items.next_element::<&RawValue>()? {
            count += 1;
            if count <= MOST_ENTRIES {
                list.push(item);
            }
        }
        Ok(Entries { list: Some(list), count, other: Value::Null })
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        // Its members don't matter: it is refused because it is no array.
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Entries::other(Map::new()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
    use super::*;

    fn error(bytes: &[u8]) -> Message {
        match split(bytes) {
            Ok(_) => panic!("was taken"),
            Err(message) => message,
        }
    }

    #[test]
    fn findings_keep_their_text_and_the_head_the_rest() {
        let document =
            split(br#"{"vulnerabilities": [ {"id" : 1}, 7 ], "version": "15.0.0", "scan": {"type": "sast"}}"#).unwrap();
        assert_eq!(document.findings, [r#"{"id" : 1}"#, "7"]);
        assert_eq!(document.head, serde_json::json!({"vulnerabilities": [], "version": "15.0.0", "scan": {"type": "sast"}}));
        assert!(document.warnings.is_empty());
    }

    #[test]
    fn a_byte_order_mark_is_taken() {
        assert!(split("\u{feff}{}".as_bytes()).is_ok());
    }

    #[test]
    fn what_is_no_report_is_named_with_its_place() {
        assert_eq!(error(b"").kind, "EmptyFile");
        assert_eq!(error(b"{\"a\": \n [1, 2").place.unwrap(), "line 2 column 6");
        assert!(error(b"{\"a\": [1, 2").message.contains("cut off"));
        assert!(error(b"[]").message.contains("an array"));
        assert!(error(b"42").message.contains("a number"));
        assert!(error(b"hello").message.contains("not JSON"));
        assert!(error(b"{} {}").message.contains("trailing"));
        assert_eq!(error(b"{\"a\xff\": 1}").place.unwrap(), "byte 3");
        let lone = error(br#"{"scan": {"x": "\ud800"}}"#);
        assert_eq!((lone.kind.as_str(), lone.place.as_deref()), ("ParsingError", Some("/scan")));
    }

    #[test]
    fn equal_keys_are_warned_about_and_the_last_counts() {
        let document = split(
            br#"{"version": "1", "version": "2", "vulnerabilities": [1], "vulnerabilities": [2], "scan": {"a": 1, "a": 2}}"#,
        )
        .unwrap();
        let places: Vec<_> = document.warnings.iter().filter_map(|warning| warning.place.as_deref()).collect();
        assert_eq!(places, ["/version", "/scan/a", "/vulnerabilities"]);
        assert_eq!((document.head["version"].as_str(), document.findings), (Some("2"), vec!["2"]));
    }

    #[test]
    fn sizes_that_would_fill_the_memory_are_refused_by_name() {
        let members: String = (0..=MOST_MEMBERS).map(|number| format!("\"m{number}\":0,")).collect();
        let many = error(format!("{{{members}\"vulnerabilities\":[]}}").as_bytes());
        assert_eq!((many.place.as_deref(), many.message.as_str()), (Some("/"), "the top level has more than 1000 members"));
        let entries = "0,".repeat(MOST_ENTRIES as usize);
        let many = error(format!("{{\"vulnerabilities\":[{entries}0]}}").as_bytes());
        assert_eq!(many.place.as_deref(), Some("/vulnerabilities"));
        assert!(many.message.starts_with("2000001 entries are more than the 2000000"), "{}", many.message);
        let long = error(format!("{{\"notes\":\"{}\"}}", "x".repeat(LONGEST_MEMBER)).as_bytes());
        assert_eq!(long.place.as_deref(), Some("/notes"));
    }

    #[test]
    fn something_else_than_an_array_stays_to_be_judged() {
        let document = split(br#"{"vulnerabilities": {"a": 1}}"#).unwrap();
        assert_eq!(document.head["vulnerabilities"], serde_json::json!({}));
        assert!(document.findings.is_empty());
    }
}
