//! Scanners, identifiers and remediations: records that findings share. Must not know: findings.

use super::catalog::{
    IDENTIFIERS, IDENTIFIERS_BY_FINGERPRINT, REMEDIATIONS, REMEDIATIONS_BY_CHECKSUM, SCANNERS, SCANNERS_BY_EXTERNAL_ID,
};
use super::key::{Key, id_at};
use super::meta::{Sequence, take_id, take_ids};
use super::{Reads, StoreError, WriteTx, codec, row, value};
use crate::domain::finding::{Identifier, Remediation, Scanner};
use crate::domain::scan::Tool;
use std::collections::{BTreeMap, HashMap};

/// Finds or makes the scanner record. With `may_change`, a new version or name of the tool is taken over:
/// the default branch says what its tools are called, other branches don't (ingestion design, section 3.4).
pub fn upsert_scanner(wtx: &mut WriteTx, project: u64, tool: &Tool, may_change: bool) -> Result<u64, StoreError> {
    let known = find_scanner_by_external_id(wtx, project, &tool.external_id)?;
    let id = match &known {
        Some(scanner) if !may_change => return Ok(scanner.id),
        Some(scanner) => scanner.id,
        None => take_id(wtx, Sequence::Scanner)?,
    };
    let scanner = Scanner {
        id,
        project_id: project,
        external_id: tool.external_id.clone(),
        name: tool.name.clone(),
        vendor: tool.vendor.clone(),
        version: tool.version.clone(),
    };
    if known.as_ref() != Some(&scanner) {
        wtx.put_row(SCANNERS, Key::id(id).done(), &scanner)?;
        wtx.put(SCANNERS_BY_EXTERNAL_ID, Key::id(project).then_bytes(tool.external_id.as_bytes()).done(), &id.to_be_bytes())?;
    }
    Ok(id)
}

/// A scanner by id.
pub fn find_scanner(tx: &impl Reads, id: u64) -> Result<Option<Scanner>, StoreError> {
    row(tx, SCANNERS, Key::id(id).done())
}

/// A scanner of a project by the id that the tool calls itself by.
pub fn find_scanner_by_external_id(tx: &impl Reads, project: u64, external_id: &str) -> Result<Option<Scanner>, StoreError> {
    match value(tx, SCANNERS_BY_EXTERNAL_ID, Key::id(project).then_bytes(external_id.as_bytes()).done())? {
        Some(id) => find_scanner(tx, id_at(&id, 0)),
        None => Ok(None),
    }
}

/// Identifier records that were met before, of one project, and what they were told to be called. Saves looking
/// up the same few for every group of a report. Belongs to one run of work.
#[derive(Default)]
pub struct KnownIdentifiers(HashMap<[u8; 20], Told>);

/// Most identifiers that [`KnownIdentifiers`] holds: a hostile report could have any number.
const MOST_KNOWN: usize = 100_000;

struct Told {
    id: u64,
    name: String,
    url: String,
}

impl KnownIdentifiers {
    /// Id of the identifier with that fingerprint, if it was met.
    pub fn id(&self, fingerprint: &[u8; 20]) -> Option<u64> {
        self.0.get(fingerprint).map(|known| known.id)
    }

    /// Id of the identifier with that fingerprint, if it was met under that name and address.
    pub fn as_told(&self, fingerprint: &[u8; 20], name: &str, url: &str) -> Option<u64> {
        self.0.get(fingerprint).filter(|known| known.name == name && known.url == url).map(|known| known.id)
    }

    /// Those that were not met yet, or under another name or address; of equal ones the last.
    pub fn unknown<'i>(&mut self, told_now: impl Iterator<Item = &'i Identifier>) -> BTreeMap<[u8; 20], Identifier> {
        if self.0.len() > MOST_KNOWN {
            self.0.clear();
        }
        let mut unknown: BTreeMap<[u8; 20], Identifier> = BTreeMap::new();
        for identifier in told_now {
            if self.as_told(&identifier.fingerprint, &identifier.name, &identifier.url).is_none() {
                unknown.insert(identifier.fingerprint, identifier.clone());
            }
        }
        unknown
    }

    /// Takes note of stored records.
    pub fn learn(&mut self, ids: &HashMap<[u8; 20], u64>, stored: &BTreeMap<[u8; 20], Identifier>) {
        self.0.extend(ids.iter().filter_map(|(print, id)| {
            let Identifier { name, url, .. } = stored.get(print)?.clone();
            Some((*print, Told { id: *id, name, url }))
        }));
    }

    /// Looks for records that are stored as they are told; learns them if all are.
    ///
    /// # Errors
    /// When one can't be read.
    pub fn find(&mut self, tx: &impl Reads, project: u64, wanted: &BTreeMap<[u8; 20], Identifier>) -> Result<bool, StoreError> {
        let fingerprints: Vec<[u8; 20]> = wanted.keys().copied().collect();
        let ids = identifier_ids(tx, project, &fingerprints)?;
        let is_whole = ids.len() == wanted.len() && changed_identifiers(tx, &ids, wanted)?.is_empty();
        if is_whole {
            self.learn(&ids, wanted);
        }
        Ok(is_whole)
    }
}

/// Finds or makes identifier records; answers their ids by fingerprint. Known rows stay as they are
/// unless name or address changed.
pub fn upsert_identifiers(
    wtx: &mut WriteTx,
    project: u64,
    wanted: &BTreeMap<[u8; 20], Identifier>,
) -> Result<HashMap<[u8; 20], u64>, StoreError> {
    let fingerprints: Vec<[u8; 20]> = wanted.keys().copied().collect();
    let known = identifier_ids(wtx, project, &fingerprints)?;
    let changed = changed_identifiers(wtx, &known, wanted)?;
    wtx.put_all(IDENTIFIERS, changed)?;
    let missing: Vec<&Identifier> =
        wanted.iter().filter(|(fingerprint, _)| !known.contains_key(*fingerprint)).map(|(_, row)| row).collect();
    let mut ids = known;
    if !missing.is_empty() {
        let first = take_ids(wtx, Sequence::Identifier, missing.len() as u64)?;
        let (mut rows, mut index) = (Vec::new(), Vec::new());
        for (id, identifier) in (first..).zip(missing) {
            let stored = Identifier { id, project_id: project, ..identifier.clone() };
            rows.push((Key::id(id).done(), codec::encode(&stored)?));
            index.push((Key::id(project).then_bytes(&stored.fingerprint).done(), id.to_be_bytes().to_vec()));
            ids.insert(stored.fingerprint, id);
        }
        wtx.put_all(IDENTIFIERS, rows)?;
        wtx.put_all(IDENTIFIERS_BY_FINGERPRINT, index)?;
    }
    Ok(ids)
}

/// Key and value.
type RowEntry = (Vec<u8>, Vec<u8>);

/// The records whose name or address differs from what is told, with what is told.
fn changed_identifiers(
    tx: &impl Reads,
    known: &HashMap<[u8; 20], u64>,
    wanted: &BTreeMap<[u8; 20], Identifier>,
) -> Result<Vec<RowEntry>, StoreError> {
    let mut keys: Vec<Vec<u8>> = known.values().map(|id| Key::id(*id).done()).collect();
    keys.sort_unstable();
    let mut rows = Vec::new();
    tx.look_up(IDENTIFIERS, &keys, &mut |position, found| {
        let Some(mut stored) = found.map(|bytes| codec::decode::<Identifier>(IDENTIFIERS.name, bytes)).transpose()? else {
            return Ok(());
        };
        let Some(told) = wanted.get(&stored.fingerprint) else { return Ok(()) };
        if stored.name != told.name || stored.url != told.url {
            (stored.name, stored.url) = (told.name.clone(), told.url.clone());
            rows.push((keys[position].clone(), codec::encode(&stored)?));
        }
        Ok(())
    })?;
    Ok(rows)
}

fn identifier_ids(tx: &impl Reads, project: u64, fingerprints: &[[u8; 20]]) -> Result<HashMap<[u8; 20], u64>, StoreError> {
    let keys: Vec<Vec<u8>> = fingerprints.iter().map(|fingerprint| Key::id(project).then_bytes(fingerprint).done()).collect();
    let mut ids = HashMap::new();
    tx.look_up(IDENTIFIERS_BY_FINGERPRINT, &keys, &mut |position, found| {
        if let Some(id) = found {
            ids.insert(fingerprints[position], id_at(id, 0));
        }
        Ok(())
    })?;
    Ok(ids)
}

/// An identifier by id.
pub fn find_identifier(tx: &impl Reads, id: u64) -> Result<Option<Identifier>, StoreError> {
    row(tx, IDENTIFIERS, Key::id(id).done())
}

/// Id of the identifier with that fingerprint.
pub fn find_identifier_id(tx: &impl Reads, project: u64, fingerprint: &[u8; 20]) -> Result<Option<u64>, StoreError> {
    Ok(value(tx, IDENTIFIERS_BY_FINGERPRINT, Key::id(project).then_bytes(fingerprint).done())?.map(|id| id_at(&id, 0)))
}

/// Finds or makes a remediation by its checksum.
pub fn upsert_remediation(wtx: &mut WriteTx, project: u64, remediation: &Remediation) -> Result<u64, StoreError> {
    let key = Key::id(project).then_bytes(&remediation.checksum).done();
    if let Some(id) = value(wtx, REMEDIATIONS_BY_CHECKSUM, key.clone())? {
        return Ok(id_at(&id, 0));
    }
    let id = take_id(wtx, Sequence::Remediation)?;
    wtx.put_row(REMEDIATIONS, Key::id(id).done(), &Remediation { id, project_id: project, ..remediation.clone() })?;
    wtx.put(REMEDIATIONS_BY_CHECKSUM, key, &id.to_be_bytes())?;
    Ok(id)
}

/// A remediation by id.
pub fn find_remediation(tx: &impl Reads, id: u64) -> Result<Option<Remediation>, StoreError> {
    row(tx, REMEDIATIONS, Key::id(id).done())
}
