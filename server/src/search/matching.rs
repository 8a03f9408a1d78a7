//! From a parsed search text to the bodies that match. It must not know how texts get in.
//!
//! The library's own queries rank, and its prefix queries stop at a number of words. Here is
//! nothing to rank and nothing may be cut off, so the lists of the index are joined directly:
//! first the documents that hold every required word, then each clause narrows them down.

use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocId, InvertedIndexReader, Result, SegmentReader, Term};

use super::SearchIndex;
use super::body_set::BodySet;
use super::error::SearchError;
use super::lists::{self, AnyOf, Place, Within};
use super::query::{Clause, Query};
use super::schema::{BODY_ID, Fields};

/// See [`SearchIndex::project_bodies`].
pub(super) fn project_bodies(search: &SearchIndex, project_id: u64, query: &Query) -> std::result::Result<BodySet, SearchError> {
    let mut body_ids = Vec::new();
    for segment in search.reader.searcher().segment_readers() {
        let column = segment.fast_fields().u64(BODY_ID);
        let column = column.map_err(SearchError::index("reading body ids"))?;
        let docs = matching_docs(segment, search.fields, project_id, query).map_err(SearchError::index("searching"))?;
        body_ids.extend(docs.into_iter().filter_map(|doc| column.first(doc)));
    }
    Ok(body_ids.into_iter().collect())
}

fn matching_docs(segment: &SegmentReader, fields: Fields, project_id: u64, query: &Query) -> Result<Vec<DocId>> {
    let mut docs = with_required_words(segment, fields, project_id, query)?;
    if let Some(alive) = segment.alive_bitset() {
        docs.retain(|doc| alive.is_alive(*doc));
    }
    let texts = segment.inverted_index(fields.text)?;
    for clause in query.clauses() {
        if docs.is_empty() {
            break;
        }
        if clause.excluded {
            let matching = narrowed(&texts, fields.text, clause, &docs)?;
            docs.retain(|doc| matching.binary_search(doc).is_err());
        } else if clause.open_ended || clause.words.len() > 1 {
            docs = narrowed(&texts, fields.text, clause, &docs)?;
        }
    }
    Ok(docs)
}

/// The documents of the project that hold each word which a match must hold, anywhere.
fn with_required_words(segment: &SegmentReader, fields: Fields, project_id: u64, query: &Query) -> Result<Vec<DocId>> {
    let required = query.clauses().iter().filter(|clause| !clause.excluded);
    let words = required.flat_map(|clause| clause.parts().0);
    let mut terms: Vec<Term> = words.map(|word| Term::from_field_text(fields.text, word)).collect();
    terms.push(Term::from_field_u64(fields.project_id, project_id));
    terms.sort();
    terms.dedup();
    let mut lists = Vec::with_capacity(terms.len());
    for term in terms {
        let index = segment.inverted_index(term.field())?;
        match index.read_postings(&term, IndexRecordOption::Basic)? {
            Some(list) => lists.push(list),
            None => return Ok(Vec::new()),
        }
    }
    lists.sort_by_key(|list| list.doc_freq());
    let mut lists = lists.into_iter();
    let docs = lists.next().map(lists::all).unwrap_or_default();
    Ok(lists.fold(docs, |docs, list| lists::kept(&docs, list)))
}

/// Those of `docs` that match the clause.
fn narrowed(texts: &InvertedIndexReader, text: Field, clause: &Clause, docs: &[DocId]) -> Result<Vec<DocId>> {
    let (whole, beginning) = clause.parts();
    let mut row: Option<Vec<Place>> = None;
    for word in whole {
        let term = Term::from_field_text(text, word);
        let Some(list) = texts.read_postings(&term, POSITIONS)? else {
            return Ok(Vec::new());
        };
        row = Some(match row {
            None => lists::behind(docs, list),
            Some(places) => lists::followed(&places, list),
        });
    }
    match (row, beginning) {
        (None, None) => Ok(docs.to_vec()),
        (Some(places), None) => Ok(lists::docs_of(&places)),
        (None, Some(beginning)) => begin_with(texts, beginning, Within::Docs(docs)),
        (Some(places), Some(beginning)) => begin_with(texts, beginning, Within::Places(&places)),
    }
}

const POSITIONS: IndexRecordOption = IndexRecordOption::WithFreqsAndPositions;

/// The documents with a word that begins so.
fn begin_with(texts: &InvertedIndexReader, beginning: &str, within: Within<'_>) -> Result<Vec<DocId>> {
    let option = match within {
        Within::Docs(_) => IndexRecordOption::Basic,
        Within::Places(_) => POSITIONS,
    };
    let mut any = AnyOf::new(within);
    // No word holds the last code point, so all that begin alike come before it.
    let behind = format!("{beginning}{}", char::MAX);
    let mut words = texts.terms().range().ge(beginning).le(behind).into_stream()?;
    while words.advance() {
        any.or(texts.read_postings_from_terminfo(words.value(), option)?);
    }
    Ok(any.docs())
}
