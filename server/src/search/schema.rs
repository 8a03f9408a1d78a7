//! The shape of the index: four fields. It must not know who fills or reads them.
//!
//! All texts share one field, because a word may stand in any of them and because a search for
//! several words then needs one list per word. A gap in the positions keeps a phrase from
//! running from one text into the next. A long text that many findings share is a document of its
//! own; the findings name it.

use tantivy::schema::{Field, IndexRecordOption, NumericOptions, Schema, TextFieldIndexing, TextOptions};

use super::error::SearchError;
use super::words;

/// Raise this when a field or the cutting of words changes: older indexes are then rebuilt.
pub(super) const SCHEMA_NUMBER: u32 = 2;

/// The name of the field that an answer is read from.
pub(super) const ID: &str = "id";
/// The name of the field with the shared texts of a body.
pub(super) const TEXT_ID: &str = "text_id";
const OWNER: &str = "owner";
const TEXT: &str = "text";

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A finding body.
    Body,
    /// A long text that bodies share.
    Text,
}

impl Kind {
    /// An id of that kind as one number, for ids and owners: bodies and texts are numbered apart.
    pub(super) fn code(self, id: u64) -> u64 {
        (id << 1) | u64::from(self == Kind::Text)
    }
}

/// The id inside a number of [`Kind::code`].
pub(super) fn id_of(code: u64) -> u64 {
    code >> 1
}

/// The fields by their handles.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields {
    /// u64, column only: the coded id of a body or text. Nothing looks one up by it.
    pub id: Field,
    /// u64, searchable only: the coded project.
    pub owner: Field,
    /// u64, searchable and a column: the shared texts of a body.
    pub text_id: Field,
    /// Every text of its own, cut into words, with positions.
    pub text: Field,
}

impl Fields {
    /// The handles of an index with this schema.
    pub(super) fn of(schema: &Schema) -> Result<Fields, SearchError> {
        let field = |name| schema.get_field(name).map_err(SearchError::index("reading the search schema"));
        Ok(Fields { id: field(ID)?, owner: field(OWNER)?, text_id: field(TEXT_ID)?, text: field(TEXT)? })
    }
}

/// The schema of every index this version makes.
pub(super) fn schema() -> Schema {
    let mut builder = Schema::builder();
    builder.add_u64_field(ID, NumericOptions::default().set_fast());
    builder.add_u64_field(OWNER, NumericOptions::default().set_indexed());
    builder.add_u64_field(TEXT_ID, NumericOptions::default().set_indexed().set_fast());
    // Nothing is ranked, so no lengths are kept; nothing is shown from here, so nothing is stored.
    let indexing = TextFieldIndexing::default()
        .set_tokenizer(words::ANALYZER)
        .set_fieldnorms(false)
        .set_index_option(IndexRecordOption::WithFreqsAndPositions);
    builder.add_text_field(TEXT, TextOptions::default().set_indexing_options(indexing));
    builder.build()
}
