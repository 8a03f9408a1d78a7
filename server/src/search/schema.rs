//! The shape of the index: three fields. It must not know who fills or reads them.
//!
//! All texts share one field, because a word may stand in any of them and because a search for
//! several words then needs one list per word. A gap in the positions keeps a phrase from
//! running from one text into the next.

use tantivy::schema::{Field, IndexRecordOption, NumericOptions, Schema, TextFieldIndexing, TextOptions};

use super::error::SearchError;
use super::words;

/// Raise this when a field or the cutting of words changes: older indexes are then rebuilt.
pub(super) const SCHEMA_NUMBER: u32 = 1;

/// The name of the field that an answer is read from.
pub(super) const BODY_ID: &str = "body_id";
const PROJECT_ID: &str = "project_id";
const TEXT: &str = "text";

/// The fields by their handles.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields {
    /// u64, column only: nothing looks a body up by its id.
    pub body_id: Field,
    /// u64, searchable only.
    pub project_id: Field,
    /// Every text of a finding, cut into words, with positions.
    pub text: Field,
}

impl Fields {
    /// The handles of an index with this schema.
    pub(super) fn of(schema: &Schema) -> Result<Fields, SearchError> {
        let field = |name| schema.get_field(name).map_err(SearchError::index("reading the search schema"));
        Ok(Fields { body_id: field(BODY_ID)?, project_id: field(PROJECT_ID)?, text: field(TEXT)? })
    }
}

/// The schema of every index this version makes.
pub(super) fn schema() -> Schema {
    let mut builder = Schema::builder();
    builder.add_u64_field(BODY_ID, NumericOptions::default().set_fast());
    builder.add_u64_field(PROJECT_ID, NumericOptions::default().set_indexed());
    // Nothing is ranked, so no lengths are kept; nothing is shown from here, so nothing is stored.
    let indexing = TextFieldIndexing::default()
        .set_tokenizer(words::ANALYZER)
        .set_fieldnorms(false)
        .set_index_option(IndexRecordOption::WithFreqsAndPositions);
    builder.add_text_field(TEXT, TextOptions::default().set_indexing_options(indexing));
    builder.build()
}
