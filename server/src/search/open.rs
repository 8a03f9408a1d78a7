//! Opening the index directory: used as it is when every file proves right, wiped when not. It
//! must not know how a rebuild is done.

use std::fs;
use std::io;
use std::path::Path;

use tantivy::directory::MmapDirectory;
use tantivy::index::SegmentComponent;
use tantivy::{Index, IndexMeta, IndexSettings, SegmentReader};

use super::SearchIndex;
use super::error::SearchError;
use super::payload::Payload;
use super::schema::{self, ID, SCHEMA_NUMBER};

/// What was found.
#[derive(Debug)]
pub enum Opened {
    /// A whole index of this database, and the sequence number of its last commit.
    Ready(SearchIndex, u64),
    /// An empty index, and why. All bodies must be added and committed in **one** batch: what a
    /// later start finds committed, it takes for complete.
    Rebuild(SearchIndex, RebuildReason),
}

/// Why an index starts empty.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RebuildReason {
    /// There is none, or nothing was ever committed to it.
    Missing,
    /// It was made for another database.
    OtherDatabase,
    /// It was made by a version with another schema.
    OtherSchema,
    /// A file is missing or is not what was written; the text says which or why.
    Damaged(String),
}

impl std::fmt::Display for RebuildReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            RebuildReason::Missing => f.write_str("missing"),
            RebuildReason::OtherDatabase => f.write_str("made for another database"),
            RebuildReason::OtherSchema => f.write_str("made with another schema"),
            RebuildReason::Damaged(what) => write!(f, "damaged: {what}"),
        }
    }
}

/// See [`SearchIndex::open`].
pub(super) fn open(dir: &Path, db_id: [u8; 16]) -> Result<Opened, SearchError> {
    fs::create_dir_all(dir).map_err(SearchError::directory(dir))?;
    let reason = match whole(dir, db_id) {
        Ok((index, seq)) => match SearchIndex::from_index(index, db_id, seq) {
            Ok(search) => return Ok(Opened::Ready(search, seq)),
            Err(error) => RebuildReason::Damaged(error.to_string()),
        },
        Err(reason) => reason,
    };
    Ok(Opened::Rebuild(recreate(dir, db_id)?, reason))
}

/// See [`SearchIndex::recreate`].
pub(super) fn recreate(dir: &Path, db_id: [u8; 16]) -> Result<SearchIndex, SearchError> {
    fs::create_dir_all(dir).map_err(SearchError::directory(dir))?;
    wipe(dir).map_err(SearchError::directory(dir))?;
    const DOING: &str = "making the search index";
    let files = MmapDirectory::open(dir).map_err(SearchError::index(DOING))?;
    // Nothing is stored in the index, so nothing needs a thread of its own to compress it.
    let settings = IndexSettings { docstore_compress_dedicated_thread: false, ..IndexSettings::default() };
    let index = Index::create(files, schema::schema(), settings).map_err(SearchError::index(DOING))?;
    SearchIndex::from_index(index, db_id, 0)
}

/// Empties the directory, but leaves it: its place and its rights are the administrator's.
fn wipe(dir: &Path) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Looks at an index without opening it for use: its sequence number, or why it would be rebuilt. Changes
/// nothing.
///
/// # Errors
/// Why a server would make it anew.
pub fn look(dir: &Path, db_id: [u8; 16]) -> Result<u64, RebuildReason> {
    whole(dir, db_id).map(|(_, seq)| seq)
}

/// The index and its sequence number when it is ours and whole.
pub(super) fn whole(dir: &Path, db_id: [u8; 16]) -> Result<(Index, u64), RebuildReason> {
    if !dir.join(META).exists() {
        return Err(RebuildReason::Missing);
    }
    if !dir.join(MANAGED).exists() {
        return Err(damaged(format!("{MANAGED}: missing")));
    }
    let index = Index::open_in_dir(dir).map_err(damaged)?;
    let meta = index.load_metas().map_err(damaged)?;
    verify_meta(dir, &meta)?;
    let payload = payload_of(&meta)?;
    if payload.schema != SCHEMA_NUMBER || index.schema() != schema::schema() {
        return Err(RebuildReason::OtherSchema);
    }
    if !payload.is_of(db_id) {
        return Err(RebuildReason::OtherDatabase);
    }
    verify_files(&index, dir, &meta)?;
    verify_segments(&index)?;
    Ok((index, payload.seq))
}

fn payload_of(meta: &IndexMeta) -> Result<Payload, RebuildReason> {
    let text = meta.payload.as_deref().ok_or(RebuildReason::Missing)?;
    let payload: Payload = serde_json::from_str(text).map_err(damaged)?;
    if !payload.is_sound() {
        return Err(damaged(format!("{META}: wrong sequence number")));
    }
    Ok(payload)
}

/// The library skips keys that it doesn't know and fills in what is missing, so a changed letter
/// could bring removed documents back: what it read must be all there is.
fn verify_meta(dir: &Path, meta: &IndexMeta) -> Result<(), RebuildReason> {
    let text = fs::read(dir.join(META)).map_err(damaged)?;
    let written: serde_json::Value = serde_json::from_slice(&text).map_err(damaged)?;
    let read = serde_json::to_value(meta).map_err(damaged)?;
    if written == read { Ok(()) } else { Err(damaged(format!("{META}: unknown or missing keys"))) }
}

/// The commit file.
const META: &str = "meta.json";

/// The list of files that the library made, by which it sweeps up what a kill left.
const MANAGED: &str = ".managed.json";

/// Every file of every segment is there and has the checksum it was written with. The reader
/// takes the bytes as they are, so this comes before any is opened.
fn verify_files(index: &Index, dir: &Path, meta: &IndexMeta) -> Result<(), RebuildReason> {
    for segment in &meta.segments {
        let deleted = segment.has_deletes().then_some(SegmentComponent::Delete);
        for component in COMPONENTS.into_iter().chain(deleted) {
            verify_file(index, dir, &segment.relative_path(component))?;
        }
    }
    Ok(())
}

const COMPONENTS: [SegmentComponent; 6] = [
    SegmentComponent::Terms,
    SegmentComponent::Postings,
    SegmentComponent::Positions,
    SegmentComponent::FastFields,
    SegmentComponent::FieldNorms,
    SegmentComponent::Store,
];

fn verify_file(index: &Index, dir: &Path, file: &Path) -> Result<(), RebuildReason> {
    let wrong = |what: &str| damaged(format!("{}: {what}", file.display()));
    let file_meta = fs::metadata(dir.join(file)).map_err(|error| wrong(&error.to_string()))?;
    // The library's own check counts back from the end without looking first.
    if file_meta.len() < FOOTER_BYTES {
        return Err(wrong("too short"));
    }
    match index.directory().validate_checksum(file) {
        Ok(true) => Ok(()),
        Ok(false) => Err(wrong("wrong checksum")),
        Err(error) => Err(wrong(&error.to_string())),
    }
}

/// The two numbers at the end of every file of the index.
const FOOTER_BYTES: u64 = 8;

/// The commit file says as many documents, and as many removed ones, as the segments hold.
fn verify_segments(index: &Index) -> Result<(), RebuildReason> {
    for segment in index.searchable_segments().map_err(damaged)? {
        let meta = segment.meta();
        let reader = SegmentReader::open(&segment).map_err(damaged)?;
        let column = reader.fast_fields().u64(ID).map_err(damaged)?;
        let counts_agree = column.num_docs() == meta.max_doc() && reader.num_docs() == meta.num_docs();
        if !counts_agree || meta.has_deletes() != meta.delete_opstamp().is_some() {
            let id = segment.id().uuid_string();
            return Err(damaged(format!("segment {id}: wrong number of documents")));
        }
    }
    Ok(())
}

fn damaged(what: impl std::fmt::Display) -> RebuildReason {
    RebuildReason::Damaged(what.to_string())
}
