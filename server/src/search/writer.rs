//! Batches of changes, each visible and durable as a whole or not at all. It must not know where
//! the texts come from or what a sequence number counts.

use std::collections::HashSet;
use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard, PoisonError, TryLockError};

use tantivy::indexer::{IndexWriterOptions, UserOperation};
use tantivy::query::doc_predicate_query::{DocPredicateQuery, FunctionPredicate};
use tantivy::{DocId, IndexWriter, SegmentReader};

use super::SearchIndex;
use super::document::{Doc, FindingDoc, Indexed, TextDoc};
use super::error::SearchError;
use super::payload::Payload;
use super::schema::{ID, Kind};

const N_THREADS: usize = 2;
const MEMORY_PER_THREAD_BYTES: usize = 30_000_000;

/// A group of documents goes to one thread, so a small batch makes one segment instead of two.
const GROUP: usize = 256;
/// Bytes of texts that make a group as well.
const GROUP_BYTES: usize = 1 << 20;

type Writer = IndexWriter<Indexed>;

/// Changes on their way into the index. Nothing of them shows before [`commit`](Self::commit), and
/// dropping the batch, or the end of the process, takes them all back.
pub struct IndexBatch<'a> {
    search: &'a SearchIndex,
    /// Holds the writer; no second batch can begin.
    writer: MutexGuard<'a, Option<Writer>>,
    group: Vec<Doc>,
    group_bytes: usize,
    removed: HashSet<u64>,
    /// The first thing that went wrong; told by `commit`.
    failed: Option<SearchError>,
    committed: bool,
}

impl<'a> IndexBatch<'a> {
    pub(super) fn begin(search: &'a SearchIndex) -> Result<IndexBatch<'a>, SearchError> {
        let mut writer = search.writer.lock().unwrap_or_else(PoisonError::into_inner);
        if writer.is_none() {
            *writer = Some(make_writer(search)?);
        }
        Ok(IndexBatch {
            search,
            writer,
            group: Vec::with_capacity(GROUP),
            group_bytes: 0,
            removed: HashSet::new(),
            failed: None,
            committed: false,
        })
    }

    /// Adds a body. Waits while the indexing threads have enough to do.
    ///
    /// A body that is added twice is found once.
    pub fn add(&mut self, doc: FindingDoc) {
        self.add_doc(Doc::Finding(Box::new(doc)));
    }

    /// Adds a text that bodies share. Before, with or after the bodies that name it.
    pub fn add_text(&mut self, doc: TextDoc) {
        self.add_doc(Doc::Text(doc));
    }

    fn add_doc(&mut self, doc: Doc) {
        if self.removed.contains(&doc.code()) {
            // The removal must not take away what comes after it.
            self.flush();
            self.flush_removed();
        }
        self.group_bytes += doc.size_bytes();
        self.group.push(doc);
        if self.group.len() >= GROUP || self.group_bytes >= GROUP_BYTES {
            self.flush();
        }
    }

    /// Removes a body, also one that this batch added. One that is not there is no error.
    pub fn remove(&mut self, body_id: u64) {
        self.removed.insert(Kind::Body.code(body_id));
    }

    /// The same for a text that no body names any more.
    pub fn remove_text(&mut self, text_id: u64) {
        self.removed.insert(Kind::Text.code(text_id));
    }

    /// Makes the changes durable and searchable, together with `seq`: the last outbox entry that
    /// they contain. A batch without changes still moves the sequence number.
    ///
    /// On an error nothing of the batch is kept, unless the error came after it was durable; to
    /// repeat the batch is right in both cases.
    pub fn commit(mut self, seq: u64) -> Result<(), SearchError> {
        self.flush();
        self.flush_removed();
        if let Some(failed) = self.failed.take() {
            return Err(failed);
        }
        let Some(writer) = self.writer.as_mut() else {
            return Err(no_writer());
        };
        write_commit(writer, &Payload::new(seq, self.search.db_id))?;
        self.committed = true;
        reload(self.search)?;
        self.search.committed_seq.store(seq, Ordering::Release);
        Ok(())
    }

    /// Hands the group over; waits while the indexing threads have enough to do.
    fn flush(&mut self) {
        let group = std::mem::replace(&mut self.group, Vec::with_capacity(GROUP));
        let share = Arc::new(self.search.in_flight.take(std::mem::take(&mut self.group_bytes)));
        let fields = self.search.fields;
        let added = |doc| UserOperation::Add(Indexed { doc, fields, _share: Arc::clone(&share) });
        let group: Vec<UserOperation<Indexed>> = group.into_iter().map(added).collect();
        self.attempt("indexing texts", |writer| writer.run(group));
    }

    fn flush_removed(&mut self) {
        let removed = std::mem::take(&mut self.removed);
        if !removed.is_empty() {
            self.attempt("removing texts from the index", |writer| writer.delete_query(Box::new(documents_in(removed))));
        }
    }

    fn attempt<T>(&mut self, doing: &'static str, change: impl FnOnce(&Writer) -> tantivy::Result<T>) {
        let done = match self.writer.as_ref() {
            Some(writer) => change(writer).map_err(SearchError::index(doing)),
            None => Err(no_writer()),
        };
        if let Err(error) = done {
            self.failed.get_or_insert(error);
        }
    }
}

impl Drop for IndexBatch<'_> {
    fn drop(&mut self) {
        if !self.committed {
            // A writer that stayed would put these changes into the next batch's commit.
            self.group.clear();
            *self.writer = None;
        }
    }
}

/// See [`SearchIndex::release_memory`].
pub(super) fn release(search: &SearchIndex) -> Result<(), SearchError> {
    let mut held = match search.writer.try_lock() {
        Ok(held) => held,
        Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
        Err(TryLockError::WouldBlock) => return Ok(()),
    };
    let Some(writer) = held.take() else {
        return Ok(());
    };
    writer.wait_merging_threads().map_err(SearchError::index("merging index segments"))?;
    reload(search)
}

fn make_writer(search: &SearchIndex) -> Result<Writer, SearchError> {
    let options = IndexWriterOptions::builder()
        .num_worker_threads(N_THREADS)
        .memory_budget_per_thread(MEMORY_PER_THREAD_BYTES)
        .num_merge_threads(1)
        .build();
    const DOING: &str = "opening the search index for writing";
    let writer: Writer = search.index.writer_with_options(options).map_err(SearchError::index(DOING))?;
    // A commit that was cut off may have left a file under the name that its repetition gives
    // it, and the library refuses to write over files.
    let swept = writer.garbage_collect_files().wait();
    swept.map_err(SearchError::index(DOING))?;
    Ok(writer)
}

fn write_commit(writer: &mut Writer, payload: &Payload) -> Result<(), SearchError> {
    let text = serde_json::to_string(payload).map_err(SearchError::index("naming the commit"))?;
    let mut prepared = writer.prepare_commit().map_err(SearchError::index("preparing the index commit"))?;
    prepared.set_payload(&text);
    prepared.commit().map_err(SearchError::index("committing the index"))?;
    Ok(())
}

fn reload(search: &SearchIndex) -> Result<(), SearchError> {
    search.reader.reload().map_err(SearchError::index("reading the index commit"))
}

/// Matches the documents with these coded ids by the column, so that no list per id is kept.
fn documents_in(codes: HashSet<u64>) -> DocPredicateQuery {
    let codes = Arc::new(codes);
    let of_segment = move |segment: &SegmentReader| {
        let column = segment.fast_fields().u64(ID)?;
        let codes = Arc::clone(&codes);
        Ok(move |doc: DocId| column.first(doc).is_some_and(|code| codes.contains(&code)))
    };
    FunctionPredicate::from(of_segment).into()
}

fn no_writer() -> SearchError {
    SearchError::index("indexing")(std::io::Error::other("the writer is gone"))
}
