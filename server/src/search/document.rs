//! Finding bodies and shared texts on their way into the index. It must not know how a search reads them.

use std::sync::Arc;

use tantivy::Document;
use tantivy::schema::document::{ReferenceValue, ReferenceValueLeaf};
use tantivy::schema::{Field, Value};

use super::in_flight::Share;
use super::schema::{Fields, Kind};

/// The searchable texts of one finding body: a distinct finding text of a project.
///
/// An empty text stands for "has none".
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FindingDoc {
    /// The id that searches answer with.
    pub body_id: u64,
    /// The project that the body belongs to.
    pub project_id: u64,
    /// The finding's name.
    pub title: String,
    /// The long text, as it came.
    pub description: String,
    /// What to do about it.
    pub solution: String,
    /// The file of the location.
    pub path: String,
    /// The package of the location.
    pub package: String,
    /// The container image of the location.
    pub image: String,
    /// The address of the location.
    pub url: String,
    /// The scanner's name.
    pub scanner: String,
    /// The identifiers' names: `CVE-2020-8203`, `CWE-79`, a rule's id.
    pub identifiers: Vec<String>,
    /// Long texts that it shares with others, as if they stood here.
    pub text_ids: Vec<u64>,
}

/// A long text of a project that bodies name instead of having it themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextDoc {
    /// The id that bodies name it by.
    pub text_id: u64,
    /// The project that the text belongs to.
    pub project_id: u64,
    /// The text.
    pub text: String,
}

impl FindingDoc {
    /// About how many bytes of memory the texts take.
    fn size_bytes(&self) -> usize {
        size_of::<FindingDoc>() + size_of_val(self.text_ids.as_slice()) + self.texts().map(str::len).sum::<usize>()
    }

    fn texts(&self) -> impl Iterator<Item = &str> {
        let single =
            [&self.title, &self.description, &self.solution, &self.path, &self.package, &self.image, &self.url, &self.scanner];
        single.into_iter().chain(&self.identifiers).map(String::as_str).filter(|text| !text.is_empty())
    }
}

/// A document.
#[derive(Debug)]
pub(super) enum Doc {
    Finding(Box<FindingDoc>),
    Text(TextDoc),
}

impl Doc {
    /// About how many bytes of memory it takes.
    pub fn size_bytes(&self) -> usize {
        match self {
            Doc::Finding(finding) => finding.size_bytes(),
            Doc::Text(text) => size_of::<TextDoc>() + text.text.len(),
        }
    }

    /// Its coded id.
    pub fn code(&self) -> u64 {
        match self {
            Doc::Finding(finding) => Kind::Body.code(finding.body_id),
            Doc::Text(text) => Kind::Text.code(text.text_id),
        }
    }
}

/// A [`Doc`] as the indexing threads read it: nothing is copied.
pub(super) struct Indexed {
    pub doc: Doc,
    pub fields: Fields,
    /// Given back when all documents of its group are indexed and dropped.
    pub _share: Arc<Share>,
}

impl Document for Indexed {
    type Value<'a> = FieldValue<'a>;
    type FieldsValuesIter<'a> = std::vec::IntoIter<(Field, FieldValue<'a>)>;

    fn iter_fields_and_values(&self) -> Self::FieldsValuesIter<'_> {
        let Fields { id, owner, text_id, text } = self.fields;
        let mut values = Vec::with_capacity(14);
        values.push((id, FieldValue::Number(self.doc.code())));
        match &self.doc {
            Doc::Finding(finding) => {
                values.push((owner, FieldValue::Number(Kind::Body.code(finding.project_id))));
                values.extend(finding.text_ids.iter().map(|id| (text_id, FieldValue::Number(*id))));
                values.extend(finding.texts().map(|it| (text, FieldValue::Text(it))));
            }
            Doc::Text(shared) => {
                values.push((owner, FieldValue::Number(Kind::Text.code(shared.project_id))));
                values.push((text, FieldValue::Text(&shared.text)));
            }
        }
        values.into_iter()
    }
}

/// One value of a document.
#[derive(Debug, Clone, Copy)]
pub(super) enum FieldValue<'a> {
    Number(u64),
    Text(&'a str),
}

impl<'a> Value<'a> for FieldValue<'a> {
    type ArrayIter = std::iter::Empty<Self>;
    type ObjectIter = std::iter::Empty<(&'a str, Self)>;

    fn as_value(&self) -> ReferenceValue<'a, Self> {
        ReferenceValue::Leaf(match *self {
            FieldValue::Number(number) => ReferenceValueLeaf::U64(number),
            FieldValue::Text(text) => ReferenceValueLeaf::Str(text),
        })
    }
}
