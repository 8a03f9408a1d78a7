//! The room from outside: what is found, and what an index directory survives. Not a word about
//! how the files look inside.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod against_plain_search;
mod finding;
mod recovery;

use super::{FindingDoc, Query, SearchIndex, TextDoc};

const DB: [u8; 16] = [7; 16];
const PROJECT: u64 = 1;

fn doc(body_id: u64, title: &str) -> FindingDoc {
    FindingDoc { body_id, project_id: PROJECT, title: title.to_owned(), ..FindingDoc::default() }
}

fn commit(search: &SearchIndex, seq: u64, docs: impl IntoIterator<Item = FindingDoc>) {
    let mut batch = search.writer().unwrap();
    for doc in docs {
        batch.add(doc);
    }
    batch.commit(seq).unwrap();
}

fn in_memory(docs: impl IntoIterator<Item = FindingDoc>) -> SearchIndex {
    let search = SearchIndex::in_memory(DB).unwrap();
    commit(&search, 1, docs);
    search
}

fn found_in(search: &SearchIndex, project_id: u64, text: &str) -> Vec<u64> {
    let query = Query::parse(text).unwrap();
    let bodies = search.project_bodies(project_id, &query).unwrap();
    bodies.iter().collect()
}

fn found(search: &SearchIndex, text: &str) -> Vec<u64> {
    found_in(search, PROJECT, text)
}
