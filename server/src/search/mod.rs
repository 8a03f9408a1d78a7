//! The search room: which finding bodies of a project match a text.
//!
//! It keeps one document per finding body, and one per long text that bodies share, in a tantivy
//! index, derived from the store and safe to delete at any time. It must not know the store, HTTP, states or severities: it is handed
//! texts, and it answers with ids. tantivy is named here and nowhere else.

mod body_set;
mod document;
mod error;
mod in_flight;
mod lists;
mod matching;
mod open;
mod payload;
mod query;
mod schema;
#[cfg(test)]
mod tests;
mod text_set;
mod turns;
mod words;
mod writer;

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use tantivy::{Index, IndexReader, IndexWriter, ReloadPolicy};

pub use body_set::BodySet;
pub use document::{FindingDoc, TextDoc};
pub use error::{QueryError, SearchError};
pub use open::{Opened, RebuildReason, look};
pub use query::{MAX_QUERY_CHARS, MAX_QUERY_WORDS, Query};
pub use writer::IndexBatch;

use document::Indexed;
use in_flight::InFlight;
use schema::Fields;
use turns::Turns;

/// The search index of one database. `Send` and `Sync`; share it in an `Arc`.
///
/// Searches see the last commit and never wait for the writer.
pub struct SearchIndex {
    index: Index,
    reader: IndexReader,
    fields: Fields,
    db_id: [u8; 16],
    committed_seq: AtomicU64,
    writer: Mutex<Option<IndexWriter<Indexed>>>,
    in_flight: Arc<InFlight>,
    turns: Turns,
}

impl SearchIndex {
    /// Opens the index in `dir`, making the directory when it is missing.
    ///
    /// `db_id` names the database that the index is derived from. An index that is missing,
    /// damaged, of another database or of another schema number is wiped and comes back empty as
    /// [`Opened::Rebuild`]; so an error means only that `dir` cannot be read or written.
    ///
    /// Every file of the index is read once and its checksum compared, so what is `Ready`
    /// answers right (limits design, section 5).
    pub fn open(dir: &Path, db_id: [u8; 16]) -> Result<Opened, SearchError> {
        open::open(dir, db_id)
    }

    /// Wipes whatever is in `dir` and makes an empty index there: for a caller that finds the
    /// committed sequence number ahead of its own database.
    pub fn recreate(dir: &Path, db_id: [u8; 16]) -> Result<SearchIndex, SearchError> {
        open::recreate(dir, db_id)
    }

    /// An empty index in memory.
    pub fn in_memory(db_id: [u8; 16]) -> Result<SearchIndex, SearchError> {
        SearchIndex::from_index(Index::create_in_ram(schema::schema()), db_id, 0)
    }

    /// The sequence number of the last commit: everything up to it is searchable. 0 when nothing
    /// was ever committed.
    pub fn committed_seq(&self) -> u64 {
        self.committed_seq.load(Ordering::Acquire)
    }

    /// Begins a batch of changes; waits while another batch is open.
    ///
    /// The first one after [`release_memory`](Self::release_memory) makes the writer: two
    /// threads, and up to 60 MB of memory while texts arrive.
    pub fn writer(&self) -> Result<IndexBatch<'_>, SearchError> {
        IndexBatch::begin(self)
    }

    /// Drops the writer and its memory when no batch is open, after the merges under way.
    pub fn release_memory(&self) -> Result<(), SearchError> {
        writer::release(self)
    }

    /// The bodies of a project that match: all of them, with no cut-off. Waits while enough others search.
    pub fn project_bodies(&self, project_id: u64, query: &Query) -> Result<BodySet, SearchError> {
        matching::project_bodies(self, project_id, query)
    }

    fn from_index(index: Index, db_id: [u8; 16], seq: u64) -> Result<SearchIndex, SearchError> {
        let fields = Fields::of(&index.schema())?;
        index.tokenizers().register(words::ANALYZER, words::analyzer());
        let reader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .try_into()
            .map_err(SearchError::index("opening the search index for reading"))?;
        Ok(SearchIndex {
            index,
            reader,
            fields,
            db_id,
            committed_seq: AtomicU64::new(seq),
            writer: Mutex::new(None),
            in_flight: Arc::new(InFlight::default()),
            turns: Turns::default(),
        })
    }
}

impl std::fmt::Debug for SearchIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SearchIndex").field("committed_seq", &self.committed_seq()).finish_non_exhaustive()
    }
}
