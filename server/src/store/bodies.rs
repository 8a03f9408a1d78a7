//! Finding bodies: each distinct entry of a project's reports once. Must not know: what it says.
//!
//! Bodies are packed (`pack.rs`). Long texts that many bodies repeat are cut out and stored once (`texts.rs`); `""` stands in their place.
//! A body read whole has the very bytes of the report; one read bare has the `""`, and costs less.

use super::catalog::{BODIES, BODIES_BY_HASH};
use super::changes::join;
use super::key::{Key, id_at};
use super::meta::{Sequence, take_ids};
use super::pack::{self, SampleOf, Samples};
use super::texts::{self, KnownTexts, TextHash};
use super::{Reads, StoreError, WriteTx, codec, outbox};
use crate::domain::finding::FindingBody;
use casemate_shared::ReportType;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::{ControlFlow, Range};

/// Shortest text that is stored apart, in bytes: a reference and the key of the text cost about as much.
const LONG: usize = 48;
/// What stands in a bare body in the place of a text.
const NOTHING: &[u8] = b"\"\"";

/// Name of a body within its project: a hash over everything that makes it distinct.
pub type BodyHash = [u8; 16];

/// A body to be stored.
pub struct NewBody<'a> {
    /// Its name.
    pub hash: BodyHash,
    /// Report type.
    pub report_type: ReportType,
    /// Scanner record.
    pub scanner_id: u64,
    /// Version of the report.
    pub metadata_version: &'a str,
    /// As in [`FindingBody`].
    pub image_key: &'a str,
    /// Remediation records.
    pub remediation_ids: Vec<u64>,
    /// The report's entry.
    pub raw: &'a [u8],
    /// Where JSON strings stand in `raw` that other bodies may repeat, in order; short ones stay in the body.
    pub texts: Vec<Range<usize>>,
}

/// The stored form of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StoredBody {
    pub(super) project_id: u64,
    pub(super) report_type: ReportType,
    pub(super) scanner_id: u64,
    pub(super) metadata_version: String,
    pub(super) image_key: String,
    pub(super) remediation_ids: Vec<u64>,
    /// Length of `rest` when it is unpacked; none: it is not packed.
    pub(super) packed_from: Option<u64>,
    /// The entry with `""` in the place of each text.
    pub(super) rest: Vec<u8>,
    /// Where in `rest` each of them stands.
    pub(super) places: Vec<u64>,
    /// Their ids, big-endian.
    pub(super) texts: Vec<[u8; 8]>,
}

impl StoredBody {
    fn sample(&self) -> SampleOf {
        (self.project_id, self.scanner_id, self.report_type)
    }

    /// With `rest` unpacked.
    pub(super) fn unpacked(mut self, id: u64, tx: &impl Reads, samples: &mut Samples) -> Result<StoredBody, StoreError> {
        if let Some(length) = self.packed_from.take() {
            let sample = samples.get(tx, self.sample())?.ok_or_else(|| damaged(id, "has no sample to unpack it with"))?;
            self.rest = pack::unpack(&self.rest, length, sample).map_err(|reason| damaged(id, &reason))?;
        }
        Ok(self)
    }

    /// Whether each text has a place, in order. To be asked of one that is not packed.
    pub(super) fn has_places(&self) -> bool {
        let stands = |place: &u64| {
            let begin = usize::try_from(*place).unwrap_or(usize::MAX);
            self.rest.get(begin..).is_some_and(|rest| rest.starts_with(NOTHING))
        };
        self.places.len() == self.texts.len()
            && self.places.iter().all(stands)
            && self.places.windows(2).all(|two| two[0] + NOTHING.len() as u64 <= two[1])
    }
}

/// Bodies in their stored form but for the ids of their texts, which are known under the writer only.
#[derive(Default)]
pub struct EncodedBodies<'a> {
    hashes: Vec<BodyHash>,
    /// All rows, one behind the other.
    rows: Vec<u8>,
    /// Where each row ends.
    ends: Vec<usize>,
    /// Where an id of a text belongs, and whose.
    holes: Vec<(usize, TextHash)>,
    texts: BTreeMap<TextHash, &'a [u8]>,
}

impl EncodedBodies<'_> {
    /// Names of the bodies, in the order they came.
    pub fn hashes(&self) -> &[BodyHash] {
        &self.hashes
    }

    /// Bytes that will be stored.
    pub fn size(&self) -> usize {
        self.rows.len() + self.texts.values().map(|text| text.len()).sum::<usize>()
    }

    fn fill_holes(&mut self, known: &KnownTexts) -> Result<(), StoreError> {
        for (at, hash) in &self.holes {
            let id = known.get(hash).ok_or_else(|| StoreError::Engine("a text got no id".to_owned()))?;
            if let Some(hole) = self.rows.get_mut(*at..*at + 8) {
                hole.copy_from_slice(&id.to_be_bytes());
            }
        }
        Ok(())
    }

    fn rows(&self) -> impl Iterator<Item = &[u8]> {
        let begins = std::iter::once(0).chain(self.ends.iter().copied());
        begins.zip(&self.ends).map(|(begin, end)| &self.rows[begin..*end])
    }
}

/// A body without its long texts.
struct Cut<'a> {
    rest: Vec<u8>,
    places: Vec<u64>,
    literals: Vec<&'a [u8]>,
}

impl<'a> Cut<'a> {
    fn new(body: &NewBody<'a>) -> Cut<'a> {
        let mut cut = Cut { rest: Vec::with_capacity(body.raw.len()), places: Vec::new(), literals: Vec::new() };
        let mut copied = 0;
        for range in &body.texts {
            let Some(literal) = body.raw.get(range.clone()).filter(|text| text.len() >= LONG && range.start >= copied) else {
                continue;
            };
            cut.rest.extend_from_slice(&body.raw[copied..range.start]);
            cut.places.push(cut.rest.len() as u64);
            cut.rest.extend_from_slice(NOTHING);
            cut.literals.push(literal);
            copied = range.end;
        }
        cut.rest.extend_from_slice(&body.raw[copied..]);
        cut
    }
}

/// What a body adds to a sample of its scanner's bodies (see [`pack`]).
pub fn sample_of(body: &NewBody<'_>) -> Vec<u8> {
    Cut::new(body).rest
}

/// Brings bodies of one project into their stored form. Needs no transaction, so that the writer is not
/// held meanwhile. `sample` answers the stored sample of a scanner's bodies, if there is one.
///
/// # Errors
/// When a value can't be encoded.
pub fn encode<'a, 's>(
    project: u64,
    bodies: &[NewBody<'a>],
    sample: &dyn Fn(SampleOf) -> Option<&'s [u8]>,
) -> Result<EncodedBodies<'a>, StoreError> {
    let mut encoded = EncodedBodies::default();
    for body in bodies {
        let Cut { rest, places, literals } = Cut::new(body);
        let hashes: Vec<TextHash> = literals.iter().map(|literal| texts::text_hash(literal)).collect();
        encoded.texts.extend(hashes.iter().copied().zip(literals));
        let ids = vec![[0u8; 8]; hashes.len()];
        let sample = sample((project, body.scanner_id, body.report_type));
        let packed = sample.and_then(|sample| pack::pack(&rest, sample));
        let packed_from = packed.as_ref().map(|_| rest.len() as u64);
        let rest = packed.as_deref().unwrap_or(&rest);
        let id = (project, body.report_type.number(), body.scanner_id);
        let fields = (id, body.metadata_version, body.image_key, &body.remediation_ids, packed_from, rest, &places, &ids);
        codec::encode_fields::<StoredBody>(&fields, &mut encoded.rows)?;
        let end = encoded.rows.len();
        encoded.holes.extend((0..).zip(&hashes).map(|(number, hash)| (end - 8 * (hashes.len() - number), *hash)));
        encoded.ends.push(end);
        encoded.hashes.push(body.hash);
    }
    Ok(encoded)
}

/// Ids of the bodies that are stored already, in the order of their names.
///
/// # Errors
/// When the engine fails.
pub fn known_bodies(tx: &impl Reads, project: u64, hashes: &[BodyHash]) -> Result<Vec<Option<u64>>, StoreError> {
    let keys: Vec<[u8; 24]> = hashes.iter().map(|hash| join(&[&project.to_be_bytes(), hash])).collect();
    let mut known = Vec::with_capacity(hashes.len());
    tx.look_up(BODIES_BY_HASH, &keys, &mut |_, found| {
        known.push(found.map(|id| id_at(id, 0)));
        Ok(())
    })?;
    Ok(known)
}

/// Stores bodies that are not there yet, gives them ids in the given order, stores those of their texts that
/// are not there yet, and puts both into the search outbox. Answers the id of the first.
///
/// # Errors
/// When the engine fails; `known` must not be used any more then.
pub fn put_encoded(
    wtx: &mut WriteTx,
    project: u64,
    parts: &mut [EncodedBodies<'_>],
    known: &mut KnownTexts,
) -> Result<u64, StoreError> {
    let mut wanted = BTreeMap::new();
    parts.iter().for_each(|part| wanted.extend(part.texts.iter().map(|(hash, text)| (*hash, *text))));
    let new_texts = texts::put(wtx, project, &wanted, known)?;
    for part in parts.iter_mut() {
        part.fill_holes(known)?;
    }
    let count = parts.iter().map(|part| part.hashes.len() as u64).sum();
    let first = take_ids(wtx, Sequence::Body, count)?;
    let rows = (first..).zip(parts.iter().flat_map(EncodedBodies::rows)).map(|(id, row)| (id.to_be_bytes(), row));
    wtx.put_all(BODIES, rows.collect())?;
    let names = (first..).zip(parts.iter().flat_map(|part| &part.hashes));
    let index = names.map(|(id, hash)| (join::<24>(&[&project.to_be_bytes(), hash]), id.to_be_bytes()));
    wtx.put_all(BODIES_BY_HASH, index.collect())?;
    outbox::append_added(wtx, (first, count), new_texts)?;
    Ok(first)
}

/// [`encode`] and [`put_encoded`] in one, for a few bodies.
///
/// # Errors
/// When the engine fails.
pub fn put(wtx: &mut WriteTx, project: u64, bodies: &[NewBody<'_>]) -> Result<u64, StoreError> {
    put_encoded(wtx, project, &mut [encode(project, bodies, &|_| None)?], &mut KnownTexts::default())
}

fn damaged(id: u64, what: &str) -> StoreError {
    StoreError::Damaged { table: BODIES.name, reason: format!("body {id} {what}") }
}

/// A body with `""` in the place of its texts.
fn bare(id: u64, stored: StoredBody) -> FindingBody {
    FindingBody {
        id,
        project_id: stored.project_id,
        report_type: stored.report_type,
        scanner_id: stored.scanner_id,
        metadata_version: stored.metadata_version,
        image_key: stored.image_key,
        remediation_ids: stored.remediation_ids,
        raw: stored.rest,
        text_ids: stored.texts.into_iter().map(u64::from_be_bytes).collect(),
    }
}

/// A body with its texts, which are looked up in `literals`.
fn whole(id: u64, mut stored: StoredBody, literals: &BTreeMap<u64, Vec<u8>>) -> Result<FindingBody, StoreError> {
    let rest = std::mem::take(&mut stored.rest);
    let places = std::mem::take(&mut stored.places);
    let mut body = bare(id, stored);
    if places.len() != body.text_ids.len() {
        return Err(damaged(id, "does not say where its texts stand"));
    }
    let mut copied = 0;
    for (place, text) in places.iter().zip(&body.text_ids) {
        let place = usize::try_from(*place).unwrap_or(usize::MAX);
        let before = rest.get(copied..place).ok_or_else(|| damaged(id, "says wrongly where its texts stand"))?;
        body.raw.extend_from_slice(before);
        body.raw.extend_from_slice(literals.get(text).ok_or_else(|| damaged(id, "has a text that is missing"))?);
        copied = place.saturating_add(NOTHING.len());
    }
    let end = rest.get(copied..).ok_or_else(|| damaged(id, "says wrongly where its texts stand"))?;
    body.raw.extend_from_slice(end);
    Ok(body)
}

fn fill(tx: &impl Reads, stored: Vec<(u64, StoredBody)>, samples: &mut Samples) -> Result<Vec<FindingBody>, StoreError> {
    let ids: BTreeSet<u64> = stored.iter().flat_map(|(_, body)| &body.texts).map(|id| u64::from_be_bytes(*id)).collect();
    let ids: Vec<u64> = ids.into_iter().collect();
    let literals = texts::get_texts(tx, &ids)?.into_iter().map(|text| (text.id, text.literal)).collect();
    stored.into_iter().map(|(id, body)| whole(id, body.unpacked(id, tx, samples)?, &literals)).collect()
}

fn get_stored(tx: &impl Reads, ids: &[u64]) -> Result<Vec<(u64, StoredBody)>, StoreError> {
    let keys: Vec<Vec<u8>> = ids.iter().map(|id| Key::id(*id).done()).collect();
    let mut bodies = Vec::with_capacity(ids.len());
    tx.look_up(BODIES, &keys, &mut |position, found| {
        let id = ids[position];
        let bytes = found.ok_or_else(|| damaged(id, "is missing"))?;
        bodies.push((id, codec::decode(BODIES.name, bytes)?));
        Ok(())
    })?;
    Ok(bodies)
}

/// A body by id.
///
/// # Errors
/// When it can't be read.
pub fn find_body(tx: &impl Reads, id: u64) -> Result<Option<FindingBody>, StoreError> {
    let stored: Option<StoredBody> = super::row(tx, BODIES, Key::id(id).done())?;
    Ok(fill(tx, stored.map(|stored| (id, stored)).into_iter().collect(), &mut Samples::default())?.pop())
}

/// A body that has to be there.
///
/// # Errors
/// When it is not, or can't be read.
pub fn get_body(tx: &impl Reads, id: u64) -> Result<FindingBody, StoreError> {
    find_body(tx, id)?.ok_or_else(|| damaged(id, "is missing"))
}

/// Several bodies, whole, with each table opened once, in the order asked for.
///
/// # Errors
/// When one is missing or can't be read.
pub fn get_bodies(tx: &impl Reads, ids: &[u64]) -> Result<Vec<FindingBody>, StoreError> {
    fill(tx, get_stored(tx, ids)?, &mut Samples::default())
}

/// Several bodies, bare: `raw` has `""` in the place of each text of `text_ids`. In the order asked for.
///
/// # Errors
/// When one is missing or can't be read.
pub fn get_bare_bodies(tx: &impl Reads, ids: &[u64]) -> Result<Vec<FindingBody>, StoreError> {
    let mut samples = Samples::default();
    get_stored(tx, ids)?.into_iter().map(|(id, stored)| Ok(bare(id, stored.unpacked(id, tx, &mut samples)?))).collect()
}

/// Walks the bodies from an id on, bare, in order.
///
/// # Errors
/// When one can't be read.
pub fn each_bare_body(
    tx: &impl Reads,
    from: u64,
    mut visit: impl FnMut(FindingBody) -> ControlFlow<()>,
) -> Result<(), StoreError> {
    let mut samples = Samples::default();
    tx.walk(BODIES, &Key::id(from).done(), None, false, &mut |key, bytes| {
        let id = id_at(key, 0);
        let stored: StoredBody = codec::decode(BODIES.name, bytes)?;
        Ok(visit(bare(id, stored.unpacked(id, tx, &mut samples)?)))
    })
}

#[cfg(test)]
#[path = "bodies_tests.rs"]
mod tests;
