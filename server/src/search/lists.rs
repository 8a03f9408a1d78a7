//! Joining the document lists of words: documents that are in a list, and places where words
//! stand in a row. It must not know terms, projects or what was typed.

use tantivy::postings::{Postings, SegmentPostings};
use tantivy::{DocId, DocSet, TERMINATED};

/// A document, and the position in it where the next word of a row must stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    doc: DocId,
    next: u32,
}

/// All documents of a list, ascending.
pub(super) fn all(mut list: SegmentPostings) -> Vec<DocId> {
    let mut docs = Vec::with_capacity(list.doc_freq() as usize);
    let mut doc = list.doc();
    while doc != TERMINATED {
        docs.push(doc);
        doc = list.advance();
    }
    docs
}

/// Those of `docs` that are in the list.
pub(super) fn kept(docs: &[DocId], list: SegmentPostings) -> Vec<DocId> {
    let mut kept = Vec::new();
    meet(list, docs, |doc| *doc, |_, doc, _| kept.push(*doc));
    kept
}

/// The places behind each occurrence of a word in `docs`. The list must have positions.
pub(super) fn behind(docs: &[DocId], list: SegmentPostings) -> Vec<Place> {
    let (mut places, mut positions) = (Vec::new(), Vec::new());
    meet(
        list,
        docs,
        |doc| *doc,
        |list, doc, _| {
            list.positions_with_offset(1, &mut positions);
            places.extend(positions.iter().map(|next| Place { doc: *doc, next: *next }));
        },
    );
    places
}

/// The places behind the word, of those where it stands next. The list must have positions.
pub(super) fn followed(places: &[Place], list: SegmentPostings) -> Vec<Place> {
    let mut followed = Vec::new();
    meet_places(list, places, |place, _| {
        followed.push(Place { next: place.next + 1, ..*place });
    });
    followed
}

/// The documents of the places, each once.
pub(super) fn docs_of(places: &[Place]) -> Vec<DocId> {
    let mut docs: Vec<DocId> = places.iter().map(|place| place.doc).collect();
    docs.dedup();
    docs
}

/// What is left to find one of several words in: the lists come one by one.
pub(super) struct AnyOf<'a> {
    within: Within<'a>,
    /// Beside each document or place: whether a word was found.
    found: Vec<bool>,
}

/// Where the words may stand.
pub(super) enum Within<'a> {
    /// Anywhere in these documents.
    Docs(&'a [DocId]),
    /// At these places.
    Places(&'a [Place]),
}

impl<'a> AnyOf<'a> {
    pub(super) fn new(within: Within<'a>) -> AnyOf<'a> {
        let n = match within {
            Within::Docs(docs) => docs.len(),
            Within::Places(places) => places.len(),
        };
        AnyOf { within, found: vec![false; n] }
    }

    /// Takes the list of one more word; for places it must have positions.
    pub(super) fn or(&mut self, list: SegmentPostings) {
        let found = &mut self.found;
        let mut mark = |at: usize| {
            if let Some(found) = found.get_mut(at) {
                *found = true;
            }
        };
        match self.within {
            Within::Docs(docs) => meet(list, docs, |doc| *doc, |_, _, at| mark(at)),
            Within::Places(places) => meet_places(list, places, |_, at| mark(at)),
        }
    }

    /// The documents in which a word was found.
    pub(super) fn docs(self) -> Vec<DocId> {
        let found = self.found.iter();
        match self.within {
            Within::Docs(docs) => docs.iter().zip(found).filter(|it| *it.1).map(|it| *it.0).collect(),
            Within::Places(places) => {
                let found = places.iter().zip(found).filter(|it| *it.1);
                docs_of(&found.map(|it| *it.0).collect::<Vec<Place>>())
            }
        }
    }
}

/// Calls `each` with the places, and their indexes, at which the word of the list stands.
fn meet_places(list: SegmentPostings, places: &[Place], mut each: impl FnMut(&Place, usize)) {
    let mut positions = Vec::new();
    let mut positions_of = TERMINATED;
    meet(
        list,
        places,
        |place| place.doc,
        |list, place, at| {
            if positions_of != place.doc {
                list.positions(&mut positions);
                positions_of = place.doc;
            }
            if positions.binary_search(&place.next).is_ok() {
                each(place, at);
            }
        },
    );
}

/// Calls `each` with the items, and their indexes, whose document is in the list. Items ascend by
/// document; the list stands at the item's document during the call.
fn meet<T>(
    mut list: SegmentPostings,
    items: &[T],
    doc_of: impl Fn(&T) -> DocId,
    mut each: impl FnMut(&mut SegmentPostings, &T, usize),
) {
    let mut at = 0;
    while let Some(item) = items.get(at) {
        let doc = doc_of(item);
        let found = if list.doc() < doc { list.seek(doc) } else { list.doc() };
        if found == TERMINATED {
            return;
        }
        if found == doc {
            each(&mut list, item, at);
            at += 1;
        } else {
            at += n_before(items.get(at..).unwrap_or_default(), |it| doc_of(it) < found);
        }
    }
}

/// How many of the first items are `before`: quick when they are few, and when they are many.
fn n_before<T>(items: &[T], before: impl Fn(&T) -> bool) -> usize {
    let mut step = 1;
    while items.get(step).is_some_and(&before) {
        step *= 2;
    }
    let start = step / 2;
    let end = items.len().min(step);
    start + items.get(start..end).unwrap_or_default().partition_point(before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counting_what_is_before() {
        let items: Vec<u32> = (0..50).collect();
        for n in 0..=60 {
            let expected = n.min(50) as usize;
            assert_eq!(n_before(&items, |item| *item < n), expected, "{n}");
        }
        assert_eq!(n_before(&[0; 0], |_: &u32| true), 0);
    }
}
