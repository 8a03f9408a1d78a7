//! A finding body on its way into the index. It must not know how a search reads it.

use tantivy::Document;
use tantivy::schema::document::{ReferenceValue, ReferenceValueLeaf};
use tantivy::schema::{Field, Value};

use super::in_flight::Share;
use super::schema::Fields;

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
}

impl FindingDoc {
    /// About how many bytes of memory the texts take.
    pub(super) fn size_bytes(&self) -> usize {
        size_of::<FindingDoc>() + self.texts().map(str::len).sum::<usize>()
    }

    fn texts(&self) -> impl Iterator<Item = &str> {
        let single =
            [&self.title, &self.description, &self.solution, &self.path, &self.package, &self.image, &self.url, &self.scanner];
        single.into_iter().chain(&self.identifiers).map(String::as_str).filter(|text| !text.is_empty())
    }
}

/// A [`FindingDoc`] as the indexing threads read it: nothing is copied.
pub(super) struct IndexedFinding {
    pub doc: FindingDoc,
    pub fields: Fields,
    /// Given back when the document is indexed and dropped.
    pub _share: Share,
}

impl Document for IndexedFinding {
    type Value<'a> = FieldValue<'a>;
    type FieldsValuesIter<'a> = std::vec::IntoIter<(Field, FieldValue<'a>)>;

    fn iter_fields_and_values(&self) -> Self::FieldsValuesIter<'_> {
        let Fields { body_id, project_id, text } = self.fields;
        let mut values = Vec::with_capacity(10 + self.doc.identifiers.len());
        values.push((body_id, FieldValue::Number(self.doc.body_id)));
        values.push((project_id, FieldValue::Number(self.doc.project_id)));
        values.extend(self.doc.texts().map(|it| (text, FieldValue::Text(it))));
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
