//! What vulnerabilities tell of their reports' entries, kept for a while as it is answered: reading an entry means
//! looking it up, unpacking and parsing it. A body never changes and its id is never given twice, so what was read
//! stays right.
//!
//! Must not know: vulnerabilities, who asks. Bounded by bytes.

use crate::domain::finding::FindingBody;
use crate::domain::identity;
use crate::domain::raw;
use crate::domain::report_finding::ReportFinding;
use crate::store::{ReadTx, StoreError, bodies};
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Longest description and solution of a vulnerability, in characters (ingestion design, section 1.6).
const DESCRIPTION_CHARS: usize = 15_000;
const SOLUTION_CHARS: usize = 7_000;
/// Members that are read.
const MEMBERS: [&str; 7] = ["description", "solution", "location", "cvss_vectors", "details", "evidence", "tracking"];
/// An entry that takes more than one part in so many of the room is not kept.
const SHARE: usize = 64;

/// A report's entry, as far as a vulnerability tells it: each member is JSON, as it stands in an answer.
#[derive(Debug, Default)]
pub struct Entry {
    /// Description, cut; null without one.
    pub description: Box<RawValue>,
    /// Solution, cut; null without one.
    pub solution: Box<RawValue>,
    /// Place; null without one.
    pub location: Box<RawValue>,
    /// Place in one line.
    pub location_text: Box<RawValue>,
    /// Vectors; an array.
    pub cvss: Box<RawValue>,
    /// Details; an object.
    pub details: Box<RawValue>,
    /// Evidence; null without any.
    pub evidence: Box<RawValue>,
    /// Its best signature, as `<algorithm>:<hex>`; null without any.
    pub signature: Option<Box<RawValue>>,
    /// Version of the report.
    pub metadata_version: Box<RawValue>,
    /// The entry as it stands in the report, as a text.
    pub raw: Box<RawValue>,
}

impl Entry {
    fn read(body: &FindingBody) -> serde_json::Result<Entry> {
        let entry = raw::stored_members(&body.raw, &MEMBERS);
        let report = ReportFinding(&entry);
        let place = report.location().map(|location| location.one_line(body.report_type));
        let object = |member: &str| entry.get(member).filter(|value| value.is_object());
        let details = object("details").cloned().unwrap_or_else(|| Value::Object(serde_json::Map::new()));
        let signature = identity::signatures(&report).first().map(identity::signature_text);
        Ok(Entry {
            description: to_raw_value(&report.description().map(|text| cut(text, DESCRIPTION_CHARS)))?,
            solution: to_raw_value(&report.solution().map(|text| cut(text, SOLUTION_CHARS)))?,
            location: to_raw_value(&object("location"))?,
            location_text: to_raw_value(&place.unwrap_or_default())?,
            cvss: to_raw_value(entry.get("cvss_vectors").and_then(Value::as_array).map_or(&[][..], Vec::as_slice))?,
            details: to_raw_value(&details)?,
            evidence: to_raw_value(&object("evidence"))?,
            signature: signature.map(|text| to_raw_value(&text)).transpose()?,
            metadata_version: to_raw_value(&body.metadata_version)?,
            raw: to_raw_value(&String::from_utf8_lossy(&body.raw))?,
        })
    }

    /// Bytes of memory, roughly.
    pub fn size(&self) -> usize {
        let texts = [&self.description, &self.solution, &self.location, &self.location_text, &self.cvss, &self.details];
        let others = [&self.evidence, &self.metadata_version, &self.raw];
        let all = texts.into_iter().chain(others).chain(&self.signature);
        size_of::<Entry>() + all.map(|json| json.get().len()).sum::<usize>()
    }
}

/// Cuts a text; a cut one ends in "...".
pub fn cut(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most || text.chars().count() <= most {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().take(most - 3).chain("...".chars()).collect())
}

/// Entries that were asked for lately, by the ids of their bodies.
pub struct Entries {
    most_bytes: usize,
    kept: Mutex<Kept>,
}

/// What was asked for lately, and before. When the newer half is full, the older one goes.
#[derive(Default)]
struct Kept {
    newer: HashMap<u64, Arc<Entry>>,
    newer_bytes: usize,
    older: HashMap<u64, Arc<Entry>>,
}

impl Kept {
    fn find(&mut self, id: u64, half: usize) -> Option<Arc<Entry>> {
        if let Some(known) = self.newer.get(&id) {
            return Some(Arc::clone(known));
        }
        let known = self.older.remove(&id)?;
        self.keep(id, &known, half);
        Some(known)
    }

    fn keep(&mut self, id: u64, entry: &Arc<Entry>, half: usize) {
        let size = entry.size();
        if self.newer_bytes + size > half {
            self.older = std::mem::take(&mut self.newer);
            self.newer_bytes = 0;
        }
        if self.newer.insert(id, Arc::clone(entry)).is_none() {
            self.newer_bytes += size;
        }
    }
}

impl Entries {
    /// Keeps entries that take at most so many bytes.
    pub fn new(most_bytes: usize) -> Entries {
        Entries { most_bytes, kept: Mutex::default() }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The entries of bodies, in the order asked for.
    ///
    /// # Errors
    /// When one is missing or can't be read.
    pub fn get(&self, rtx: &ReadTx, ids: &[u64]) -> Result<Vec<Arc<Entry>>, StoreError> {
        let half = self.most_bytes / 2;
        let mut found: Vec<Option<Arc<Entry>>> = {
            let mut kept = self.kept();
            ids.iter().map(|id| kept.find(*id, half)).collect()
        };
        let missing: Vec<u64> = ids.iter().zip(&found).filter(|(_, known)| known.is_none()).map(|(id, _)| *id).collect();
        if missing.is_empty() {
            return Ok(found.into_iter().flatten().collect());
        }
        let read = bodies::get_bodies(rtx, &missing)?;
        let read = read.iter().map(|body| Entry::read(body).map(Arc::new)).collect::<Result<Vec<_>, _>>();
        let read = read.map_err(|error| StoreError::Engine(error.to_string()))?;
        let mut fresh = read.iter();
        for place in found.iter_mut().filter(|place| place.is_none()) {
            *place = fresh.next().cloned();
        }
        let mut kept = self.kept();
        for (id, entry) in missing.iter().zip(&read).filter(|(_, entry)| entry.size() <= self.most_bytes / SHARE) {
            kept.keep(*id, entry, half);
        }
        drop(kept);
        Ok(found.into_iter().flatten().collect())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn entry(bytes: usize) -> Arc<Entry> {
        Arc::new(Entry { raw: to_raw_value(&"x".repeat(bytes - 2)).unwrap(), ..Entry::default() })
    }

    fn bytes(kept: &Kept) -> usize {
        kept.newer.values().chain(kept.older.values()).map(|entry| entry.size()).sum()
    }

    #[test]
    fn long_texts_end_in_dots() {
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(cut("äöüß", 3), "...");
        assert_eq!(cut("abcdef", 5), "ab...");
    }

    #[test]
    fn what_is_kept_is_bounded_and_what_is_used_stays() {
        let half = 50_000;
        let mut kept = Kept::default();
        for id in 0..10_000 {
            kept.keep(id, &entry(500 + id as usize % 700), half);
            assert_eq!(kept.find(id, half).map(|entry| entry.raw.get().len()), Some(500 + id as usize % 700));
            // One that is asked for again and again does not go.
            let known = kept.find(7, half);
            assert!(id < 7 || known.is_some_and(|entry| entry.raw.get().len() == 507), "after {id}");
            assert!(bytes(&kept) <= 2 * half, "{}", bytes(&kept));
        }
        assert!(kept.find(9_000, half).is_none() && bytes(&kept) > half / 2);
    }
}
