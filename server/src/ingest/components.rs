//! Stores the components of a bill of materials: chunks in commit groups, then the row together with its scan.
//! Must not know: formats, findings.

use super::Room;
use crate::domain::sbom::{Sbom, StoredSbom};
use crate::domain::scan::Scan;
use crate::store::{StoreError, sboms};

/// Bytes of one commit group: the writer is held for well under a quarter of a second.
const GROUP_BYTES: usize = 8 << 20;

/// Stores the chunks; answers the row, which is to be written when the scan is finished. Cut off anywhere, it begins
/// anew: chunks are found by their hash.
///
/// # Errors
/// When the store fails.
pub fn store(room: &Room, scan: &Scan, sbom: Sbom) -> Result<StoredSbom, StoreError> {
    let count = sbom.components.len() as u64;
    let chunks = sboms::cut(sbom.components)?;
    let mut begin = 0;
    let mut bytes = 0;
    for (position, chunk) in chunks.iter().enumerate() {
        bytes += chunk.bytes.len();
        if bytes >= GROUP_BYTES || position + 1 == chunks.len() {
            room.store.write(|wtx| sboms::put_chunks(wtx, scan.project_id, &chunks[begin..=position]))?;
            (begin, bytes) = (position + 1, 0);
        }
    }
    Ok(StoredSbom {
        scan_id: scan.id,
        spec_version: sbom.spec_version,
        subject: sbom.subject,
        components: count,
        chunks: chunks.iter().map(|chunk| chunk.hash).collect(),
    })
}
