//! A zip of stored files, written as it is sent: no file is packed, none is held in memory. Must not know:
//! jobs, who asks.

use super::error::ApiError;
use super::state::block;
use actix_web::web::Bytes;
use flate2::Crc;
use std::collections::VecDeque;
use std::fs::File;
use std::io::Read;

/// Bytes that are read at a time.
const CHUNK: usize = 256 << 10;
/// Most bytes of a zip: above it another layout would be needed.
pub const ZIP_BYTES: u64 = u32::MAX as u64;
/// Names are UTF-8; checksum and sizes stand behind the file.
const FLAGS: u16 = 1 << 11 | 1 << 3;
/// Version of the format that this takes.
const VERSION: u16 = 20;

/// One file of a zip.
pub struct Entry {
    /// Its name inside, without a path.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// When it was made, `YYYY-MM-DDThh:mm:ss`.
    pub time: String,
    /// The file.
    pub file: File,
}

/// Bytes of the whole zip.
pub fn length(entries: &[Entry]) -> u64 {
    let one = |entry: &Entry| 30 + 16 + 46 + 2 * entry.name.len() as u64 + entry.size;
    22 + entries.iter().map(one).sum::<u64>()
}

/// A file that was sent, as the directory at the end names it.
struct Sent {
    name: String,
    stamp: [u8; 4],
    crc: u32,
    size: u32,
    offset: u32,
}

/// A zip on its way.
struct Writer {
    left: VecDeque<Entry>,
    at_work: Option<(Entry, Crc)>,
    sent: Vec<Sent>,
    offset: u64,
    is_done: bool,
}

/// The zip in pieces, each read on a blocking thread. It may not be longer than [`ZIP_BYTES`].
pub fn stream(entries: Vec<Entry>) -> impl futures_util::Stream<Item = Result<Bytes, ApiError>> {
    let writer = Writer { left: entries.into(), at_work: None, sent: Vec::new(), offset: 0, is_done: false };
    futures_util::stream::try_unfold(writer, |mut writer| async move {
        if writer.is_done {
            return Ok(None);
        }
        let piece = move || {
            let bytes = writer.piece()?;
            writer.offset += bytes.len() as u64;
            Ok((writer, bytes))
        };
        let (writer, bytes) = block(piece).await?;
        Ok(Some((Bytes::from(bytes), writer)))
    })
}

impl Writer {
    fn piece(&mut self) -> Result<Vec<u8>, ApiError> {
        if let Some((entry, crc)) = &mut self.at_work {
            let mut chunk = vec![0; CHUNK];
            let count = entry.file.read(&mut chunk).map_err(ApiError::internal)?;
            chunk.truncate(count);
            crc.update(&chunk);
            return if chunk.is_empty() { self.close() } else { Ok(chunk) };
        }
        match self.left.pop_front() {
            Some(entry) => Ok(self.open(entry)),
            None => Ok(self.directory()),
        }
    }

    fn open(&mut self, entry: Entry) -> Vec<u8> {
        let stamp = stamp(&entry.time);
        let mut head = b"PK\x03\x04".to_vec();
        put16(&mut head, &[VERSION, FLAGS, 0]);
        head.extend_from_slice(&stamp);
        put32(&mut head, &[0, 0, 0]);
        put16(&mut head, &[entry.name.len() as u16, 0]);
        head.extend_from_slice(entry.name.as_bytes());
        let (name, offset) = (entry.name.clone(), self.offset as u32);
        self.sent.push(Sent { name, stamp, crc: 0, size: entry.size as u32, offset });
        self.at_work = Some((entry, Crc::new()));
        head
    }

    /// What stands behind a file.
    fn close(&mut self) -> Result<Vec<u8>, ApiError> {
        let (Some((entry, crc)), Some(sent)) = (self.at_work.take(), self.sent.last_mut()) else { return Ok(Vec::new()) };
        if u64::from(crc.amount()) != entry.size {
            return Err(ApiError::internal(format!("{} bytes of {} were there", crc.amount(), entry.size)));
        }
        sent.crc = crc.sum();
        let mut tail = b"PK\x07\x08".to_vec();
        put32(&mut tail, &[sent.crc, sent.size, sent.size]);
        Ok(tail)
    }

    fn directory(&mut self) -> Vec<u8> {
        self.is_done = true;
        let mut bytes = Vec::new();
        for sent in &self.sent {
            bytes.extend_from_slice(b"PK\x01\x02");
            put16(&mut bytes, &[VERSION, VERSION, FLAGS, 0]);
            bytes.extend_from_slice(&sent.stamp);
            put32(&mut bytes, &[sent.crc, sent.size, sent.size]);
            put16(&mut bytes, &[sent.name.len() as u16, 0, 0, 0, 0]);
            put32(&mut bytes, &[0, sent.offset]);
            bytes.extend_from_slice(sent.name.as_bytes());
        }
        let (count, size) = (self.sent.len() as u16, bytes.len() as u32);
        bytes.extend_from_slice(b"PK\x05\x06");
        put16(&mut bytes, &[0, 0, count, count]);
        put32(&mut bytes, &[size, self.offset as u32]);
        put16(&mut bytes, &[0]);
        bytes
    }
}

fn put16(bytes: &mut Vec<u8>, numbers: &[u16]) {
    numbers.iter().for_each(|number| bytes.extend_from_slice(&number.to_le_bytes()));
}

fn put32(bytes: &mut Vec<u8>, numbers: &[u32]) {
    numbers.iter().for_each(|number| bytes.extend_from_slice(&number.to_le_bytes()));
}

/// Time and date as in MS-DOS; the first day it knows when the text is none.
fn stamp(time: &str) -> [u8; 4] {
    let part = |from: usize, to: usize| time.get(from..to).and_then(|text| text.parse::<u16>().ok()).unwrap_or_default();
    let (year, month, day) = (part(0, 4).saturating_sub(1980).min(127), part(5, 7).clamp(1, 12), part(8, 10).clamp(1, 31));
    let clock = (part(11, 13).min(23) << 11) | (part(14, 16).min(59) << 5) | (part(17, 19).min(59) / 2);
    let date = (year << 9) | (month << 5) | day;
    let ([a, b], [c, d]) = (clock.to_le_bytes(), date.to_le_bytes());
    [a, b, c, d]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use futures_util::TryStreamExt as _;
    use std::io::{Seek as _, Write as _};

    fn entry(name: &str, bytes: &[u8]) -> Entry {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file.rewind().unwrap();
        Entry { name: name.to_owned(), size: bytes.len() as u64, time: "2026-01-02T03:04:06.000Z".to_owned(), file }
    }

    async fn written(entries: Vec<Entry>) -> Vec<u8> {
        let pieces: Vec<Bytes> = stream(entries).try_collect().await.unwrap();
        pieces.concat()
    }

    #[actix_web::test]
    async fn length_and_layout_are_as_told() {
        let entries = vec![entry("a.json", b"123456789"), entry("\u{fc}.json", &[b'x'; 600_000]), entry("empty", b"")];
        let length = length(&entries);
        let zip = written(entries).await;
        assert_eq!(zip.len() as u64, length);
        assert_eq!(&zip[..4], b"PK\x03\x04");
        assert_eq!(&zip[30..45], b"a.json123456789");
        // The check value of CRC-32, behind the file and in the directory.
        assert_eq!(&zip[45..53], b"PK\x07\x08\x26\x39\xf4\xcb");
        let end = zip.len() - 22;
        assert_eq!((&zip[end..end + 4], zip[end + 10]), (&b"PK\x05\x06"[..], 3));
        let directory = u32::from_le_bytes(zip[end + 16..end + 20].try_into().unwrap()) as usize;
        assert_eq!(&zip[directory..directory + 4], b"PK\x01\x02");
        assert_eq!(&zip[directory + 16..directory + 20], b"\x26\x39\xf4\xcb");
    }

    #[actix_web::test]
    async fn a_zip_of_nothing_is_a_directory() {
        assert_eq!(written(Vec::new()).await.len(), 22);
    }

    #[actix_web::test]
    async fn a_file_of_another_length_is_an_error() {
        let wrong = Entry { size: 4, ..entry("a", b"12345") };
        assert!(stream(vec![wrong]).try_collect::<Vec<Bytes>>().await.is_err());
    }

    #[test]
    fn times_are_those_of_ms_dos() {
        assert_eq!(stamp("2026-01-02T03:04:06.000Z"), [0x83, 0x18, 0x22, 0x5c]);
        assert_eq!(stamp(""), [0, 0, 0x21, 0]);
    }
}
