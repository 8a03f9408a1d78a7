//! From a parsed search text to the bodies that match. It must not know how texts get in.
//!
//! The library's own queries rank, and its prefix queries stop at a number of words. Here is
//! nothing to rank and nothing may be cut off, so the lists of the index are joined directly. A
//! clause may stand in a text of the body itself or in one that it shares with others: first the
//! shared texts with the clause are looked for, then, segment by segment, the bodies that have the
//! clause or name such a text. The clause with the fewest bodies comes first, the others narrow
//! its bodies down.

use tantivy::columnar::Column;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, InvertedIndexReader, Result, Searcher, SegmentReader, Term};

use super::SearchIndex;
use super::body_set::BodySet;
use super::error::SearchError;
use super::lists::{self, AnyOf, Place, Within};
use super::query::{Clause, Query};
use super::schema::{Fields, ID, Kind, TEXT_ID, id_of};
use super::text_set::TextSet;

/// Of so few texts each has a list of its bodies looked up; of more, each body is asked for its texts.
const FEW_TEXTS: usize = 64;

/// See [`SearchIndex::project_bodies`].
pub(super) fn project_bodies(search: &SearchIndex, project_id: u64, query: &Query) -> std::result::Result<BodySet, SearchError> {
    let _turn = search.turns.take();
    let searcher = search.reader.searcher();
    found(&searcher, search.fields, project_id, query).map_err(SearchError::index("searching"))
}

fn found(searcher: &Searcher, fields: Fields, project_id: u64, query: &Query) -> Result<BodySet> {
    let shared = Kind::Text.code(project_id);
    let of_clause = |clause| Ok(Sought { clause, texts: texts_with(searcher, fields, shared, clause)? });
    let sought: Vec<Sought<'_>> = query.clauses().iter().map(of_clause).collect::<Result<_>>()?;
    let mut body_ids = Vec::new();
    for segment in searcher.segment_readers() {
        let part = Part::of(segment, fields, Kind::Body.code(project_id))?;
        let ids = segment.fast_fields().u64(ID)?;
        body_ids.extend(part.matching(&sought)?.into_iter().filter_map(|doc| ids.first(doc)).map(id_of));
    }
    Ok(body_ids.into_iter().collect())
}

/// A clause, and the shared texts in which it stands.
struct Sought<'q> {
    clause: &'q Clause,
    texts: TextSet,
}

fn texts_with(searcher: &Searcher, fields: Fields, owner: u64, clause: &Clause) -> Result<TextSet> {
    let mut texts = Vec::new();
    for segment in searcher.segment_readers() {
        let part = Part::of(segment, fields, owner)?;
        let ids = segment.fast_fields().u64(ID)?;
        let docs = part.alive(part.with(clause)?);
        texts.extend(docs.into_iter().filter_map(|doc| ids.first(doc)).map(id_of));
    }
    Ok(texts.into_iter().collect())
}

/// The documents of one owner in one segment.
struct Part<'s> {
    segment: &'s SegmentReader,
    fields: Fields,
    owner: u64,
    words: std::sync::Arc<InvertedIndexReader>,
    /// The shared texts of each body; none when no body of the segment has any.
    shared: Option<Column<u64>>,
}

impl<'s> Part<'s> {
    fn of(segment: &'s SegmentReader, fields: Fields, owner: u64) -> Result<Part<'s>> {
        let words = segment.inverted_index(fields.text)?;
        let shared = segment.fast_fields().column_opt(TEXT_ID)?;
        Ok(Part { segment, fields, owner, words, shared })
    }

    /// Those with every clause that is wanted and none that is excluded.
    fn matching(&self, sought: &[Sought<'_>]) -> Result<Vec<DocId>> {
        let (excluded, mut wanted): (Vec<_>, Vec<_>) = sought.iter().partition(|one| one.clause.excluded);
        wanted.sort_by_cached_key(|one| self.at_most(one).unwrap_or(u64::MAX));
        let mut wanted = wanted.into_iter();
        let mut docs = match wanted.next() {
            Some(first) => self.all(first)?,
            None => self.with_words(&[])?,
        };
        docs = self.alive(docs);
        for one in wanted {
            docs = self.kept(one, docs)?;
        }
        for one in excluded {
            let matching = self.kept(one, docs.clone())?;
            docs.retain(|doc| matching.binary_search(doc).is_err());
        }
        Ok(docs)
    }

    /// How many documents a clause may be in: a guess, for the order of the clauses.
    fn at_most(&self, one: &Sought<'_>) -> Result<u64> {
        let all = u64::from(self.segment.max_doc());
        let mut own = all;
        for word in one.clause.parts().0 {
            own = own.min(u64::from(self.words.doc_freq(&Term::from_field_text(self.fields.text, word))?));
        }
        let through_texts = match one.texts.ascending().len() {
            0 => 0,
            few if few <= FEW_TEXTS => few as u64,
            _ => all,
        };
        Ok(own + through_texts)
    }

    fn alive(&self, mut docs: Vec<DocId>) -> Vec<DocId> {
        if let Some(alive) = self.segment.alive_bitset() {
            docs.retain(|doc| alive.is_alive(*doc));
        }
        docs
    }

    /// All documents with the clause, in their own texts or in shared ones.
    fn all(&self, one: &Sought<'_>) -> Result<Vec<DocId>> {
        let mut docs = self.with(one.clause)?;
        if !one.texts.is_empty() {
            docs.extend(self.naming(&one.texts)?);
            docs.sort_unstable();
            docs.dedup();
        }
        Ok(docs)
    }

    /// The documents that name one of the texts.
    fn naming(&self, texts: &TextSet) -> Result<Vec<DocId>> {
        let Some(shared) = &self.shared else { return Ok(Vec::new()) };
        if texts.ascending().len() > FEW_TEXTS {
            let mut docs = self.with_words(&[])?;
            docs.retain(|doc| shared.values_for_doc(*doc).any(|id| texts.contains(id)));
            return Ok(docs);
        }
        let bodies = self.segment.inverted_index(self.fields.text_id)?;
        let mut docs = Vec::new();
        for id in texts.ascending() {
            let term = Term::from_field_u64(self.fields.text_id, *id);
            docs.extend(bodies.read_postings(&term, IndexRecordOption::Basic)?.map(lists::all).unwrap_or_default());
        }
        docs.sort_unstable();
        docs.dedup();
        let owner = Term::from_field_u64(self.fields.owner, self.owner);
        let owned = self.segment.inverted_index(self.fields.owner)?.read_postings(&owner, IndexRecordOption::Basic)?;
        Ok(owned.map(|list| lists::kept(&docs, list)).unwrap_or_default())
    }

    /// Those of `docs` with the clause, in their own texts or in shared ones.
    fn kept(&self, one: &Sought<'_>, docs: Vec<DocId>) -> Result<Vec<DocId>> {
        let own = match one.clause.parts() {
            ([word], None) => {
                let term = Term::from_field_text(self.fields.text, word);
                let list = self.words.read_postings(&term, IndexRecordOption::Basic)?;
                list.map(|list| lists::kept(&docs, list)).unwrap_or_default()
            }
            _ => narrowed(&self.words, self.fields, one.clause, &docs)?,
        };
        let Some(shared) = self.shared.as_ref().filter(|_| !one.texts.is_empty()) else { return Ok(own) };
        let mut own = own.into_iter().peekable();
        let mut docs = docs;
        docs.retain(|doc| own.next_if_eq(doc).is_some() || shared.values_for_doc(*doc).any(|id| one.texts.contains(id)));
        Ok(docs)
    }

    /// The documents with the clause in one of their own texts.
    fn with(&self, clause: &Clause) -> Result<Vec<DocId>> {
        let (whole, beginning) = clause.parts();
        let docs = self.with_words(whole)?;
        if docs.is_empty() || (beginning.is_none() && whole.len() == 1) {
            return Ok(docs);
        }
        narrowed(&self.words, self.fields, clause, &docs)
    }

    /// The documents that hold each of the words, anywhere in their own texts.
    fn with_words(&self, words: &[String]) -> Result<Vec<DocId>> {
        let mut terms: Vec<Term> = words.iter().map(|word| Term::from_field_text(self.fields.text, word)).collect();
        terms.push(Term::from_field_u64(self.fields.owner, self.owner));
        terms.sort();
        terms.dedup();
        let mut lists = Vec::with_capacity(terms.len());
        for term in terms {
            let index = self.segment.inverted_index(term.field())?;
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
}

/// Those of `docs` that match the clause.
fn narrowed(texts: &InvertedIndexReader, fields: Fields, clause: &Clause, docs: &[DocId]) -> Result<Vec<DocId>> {
    let (whole, beginning) = clause.parts();
    let mut row: Option<Vec<Place>> = None;
    for word in whole {
        let term = Term::from_field_text(fields.text, word);
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
