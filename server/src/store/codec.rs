//! The one place that names bincode: a stored value is one version byte, then bincode.
//!
//! Must not know: which rows there are. Decisions: `docs/decisions/0003-bincode.md`.

use super::error::StoreError;
use bincode::config::{Configuration, Limit, LittleEndian, Varint};
pub(super) use bincode::{Decode, Encode};

/// Longest stored value that is read back, in bytes; a larger one means damage.
const LONGEST: usize = 1 << 30;

const fn config() -> Configuration<LittleEndian, Varint, Limit<LONGEST>> {
    bincode::config::standard().with_limit::<LONGEST>()
}

/// A domain value that is kept as a row.
pub(super) trait Record: Sized {
    /// Stored form, newest version.
    type Row: Encode + Decode<()>;
    /// Version byte of that form.
    const VERSION: u8;
    /// To the stored form.
    fn to_row(&self) -> Self::Row;
    /// From the stored form; `Err` says what does not fit.
    fn from_row(row: Self::Row) -> Result<Self, String>;
}

/// Version byte and bincode of a value.
pub(super) fn encode<R: Record>(value: &R) -> Result<Vec<u8>, StoreError> {
    let mut bytes = Vec::new();
    encode_to(value, &mut bytes)?;
    Ok(bytes)
}

/// Appends version byte and bincode of a value.
pub(super) fn encode_to<R: Record>(value: &R, to: &mut Vec<u8>) -> Result<(), StoreError> {
    encode_fields::<R>(&value.to_row(), to)
}

/// Appends version byte and bincode of a value that borrows what [`encode`] would copy: a tuple of the row's
/// fields, in their order.
pub(super) fn encode_fields<R: Record>(fields: &impl Encode, to: &mut Vec<u8>) -> Result<(), StoreError> {
    to.push(R::VERSION);
    bincode::encode_into_std_write(fields, to, config()).map_err(|error| StoreError::Engine(error.to_string()))?;
    Ok(())
}

/// Reads a value back.
pub(super) fn decode<R: Record>(table: &'static str, bytes: &[u8]) -> Result<R, StoreError> {
    let damaged = |reason: String| StoreError::Damaged { table, reason };
    let Some((version, rest)) = bytes.split_first() else {
        return Err(damaged("empty value".to_owned()));
    };
    if *version != R::VERSION {
        let whose = if *version > R::VERSION { "a newer" } else { "an older" };
        return Err(damaged(format!("version {version} is of {whose} program, this one reads {}", R::VERSION)));
    }
    let (row, read) = bincode::decode_from_slice::<R::Row, _>(rest, config()).map_err(|error| damaged(error.to_string()))?;
    if read != rest.len() {
        return Err(damaged(format!("{} bytes after the end", rest.len() - read)));
    }
    R::from_row(row).map_err(damaged)
}
