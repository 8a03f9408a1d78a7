//! A zip of stored files, written as it is sent: no file is packed, none is held in memory. Beyond 4 GiB or
//! 65,534 files it has the layout of zip64. Must not know: jobs, who asks.

use super::error::ApiError;
use super::state::block;
use actix_web::web::Bytes;
use flate2::Crc;
use std::collections::VecDeque;
use std::fs::File;
use std::io::Read;

/// Bytes that are read at a time.
const CHUNK: usize = 64 << 10;
/// Most bytes of a zip without 64-bit numbers: the next number says that another stands elsewhere.
const SMALL_BYTES: u64 = u32::MAX as u64 - 1;
/// Most files of such a zip.
const SMALL_FILES: usize = u16::MAX as usize - 1;
/// Names are UTF-8; checksum and sizes stand behind the file.
const FLAGS: u16 = 1 << 11 | 1 << 3;
/// Version of the format that this takes.
const VERSION: u16 = 20;
/// The same with 64-bit numbers.
const VERSION_64: u16 = 45;
/// Says that a number stands elsewhere, with 64 bits.
const ELSEWHERE: u32 = u32::MAX;

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

/// A zip to be sent.
pub struct Zip {
    entries: Vec<Entry>,
    is_large: bool,
}

impl Zip {
    /// Of these files.
    pub fn new(entries: Vec<Entry>) -> Zip {
        Zip::with(entries, SMALL_BYTES)
    }

    fn with(entries: Vec<Entry>, small_bytes: u64) -> Zip {
        let small = Zip { entries, is_large: false };
        let is_large = small.length() > small_bytes || small.entries.len() > SMALL_FILES;
        Zip { is_large, ..small }
    }

    /// Bytes of the whole.
    pub fn length(&self) -> u64 {
        let around = if self.is_large { (30 + 20) + 24 + (46 + 28) } else { 30 + 16 + 46 };
        let one = |entry: &Entry| around + 2 * entry.name.len() as u64 + entry.size;
        let end = if self.is_large { 56 + 20 + 22 } else { 22 };
        end + self.entries.iter().map(one).sum::<u64>()
    }
}

/// A file that was sent, as the directory at the end names it.
struct Sent {
    name: String,
    stamp: [u8; 4],
    crc: u32,
    size: u64,
    offset: u64,
}

/// A file that is being sent.
struct AtWork {
    entry: Entry,
    crc: Crc,
    read: u64,
}

/// A zip on its way.
struct Writer {
    left: VecDeque<Entry>,
    is_large: bool,
    at_work: Option<AtWork>,
    sent: Vec<Sent>,
    offset: u64,
    is_done: bool,
}

/// The zip in pieces, each read on a blocking thread.
pub fn stream(zip: Zip) -> impl futures_util::Stream<Item = Result<Bytes, ApiError>> {
    let Zip { entries, is_large } = zip;
    let writer = Writer { left: entries.into(), is_large, at_work: None, sent: Vec::new(), offset: 0, is_done: false };
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
        if let Some(work) = &mut self.at_work {
            let mut chunk = vec![0; CHUNK];
            let count = work.entry.file.read(&mut chunk).map_err(ApiError::internal)?;
            chunk.truncate(count);
            work.crc.update(&chunk);
            work.read += count as u64;
            return if chunk.is_empty() { self.close() } else { Ok(chunk) };
        }
        match self.left.pop_front() {
            Some(entry) => Ok(self.open(entry)),
            None => Ok(self.directory()),
        }
    }

    fn version(&self) -> u16 {
        if self.is_large { VERSION_64 } else { VERSION }
    }

    fn open(&mut self, entry: Entry) -> Vec<u8> {
        let stamp = stamp(&entry.time);
        let mut head = b"PK\x03\x04".to_vec();
        put16(&mut head, &[self.version(), FLAGS, 0]);
        head.extend_from_slice(&stamp);
        let size = if self.is_large { ELSEWHERE } else { 0 };
        put32(&mut head, &[0, size, size]);
        put16(&mut head, &[entry.name.len() as u16, if self.is_large { 20 } else { 0 }]);
        head.extend_from_slice(entry.name.as_bytes());
        if self.is_large {
            put16(&mut head, &[1, 16]);
            put64(&mut head, &[entry.size, entry.size]);
        }
        self.sent.push(Sent { name: entry.name.clone(), stamp, crc: 0, size: entry.size, offset: self.offset });
        self.at_work = Some(AtWork { entry, crc: Crc::new(), read: 0 });
        head
    }

    /// What stands behind a file.
    fn close(&mut self) -> Result<Vec<u8>, ApiError> {
        let (Some(work), Some(sent)) = (self.at_work.take(), self.sent.last_mut()) else { return Ok(Vec::new()) };
        if work.read != work.entry.size {
            return Err(ApiError::internal(format!("{} bytes of {} were there", work.read, work.entry.size)));
        }
        sent.crc = work.crc.sum();
        let mut tail = b"PK\x07\x08".to_vec();
        put32(&mut tail, &[sent.crc]);
        put_size(&mut tail, self.is_large, &[sent.size, sent.size]);
        Ok(tail)
    }

    fn directory(&mut self) -> Vec<u8> {
        self.is_done = true;
        let (version, is_large) = (self.version(), self.is_large);
        let mut bytes = Vec::new();
        for sent in &self.sent {
            let number = |number: u64| if is_large { ELSEWHERE } else { number as u32 };
            bytes.extend_from_slice(b"PK\x01\x02");
            put16(&mut bytes, &[version, version, FLAGS, 0]);
            bytes.extend_from_slice(&sent.stamp);
            put32(&mut bytes, &[sent.crc, number(sent.size), number(sent.size)]);
            put16(&mut bytes, &[sent.name.len() as u16, if is_large { 28 } else { 0 }, 0, 0, 0]);
            put32(&mut bytes, &[0, number(sent.offset)]);
            bytes.extend_from_slice(sent.name.as_bytes());
            if is_large {
                put16(&mut bytes, &[1, 24]);
                put64(&mut bytes, &[sent.size, sent.size, sent.offset]);
            }
        }
        self.end(&mut bytes);
        bytes
    }

    /// What stands behind the directory.
    fn end(&self, bytes: &mut Vec<u8>) {
        let (count, size) = (self.sent.len() as u64, bytes.len() as u64);
        if self.is_large {
            bytes.extend_from_slice(b"PK\x06\x06");
            put64(bytes, &[44]);
            put16(bytes, &[VERSION_64, VERSION_64]);
            put32(bytes, &[0, 0]);
            put64(bytes, &[count, count, size, self.offset]);
            bytes.extend_from_slice(b"PK\x06\x07");
            put32(bytes, &[0]);
            put64(bytes, &[self.offset + size]);
            put32(bytes, &[1]);
        }
        bytes.extend_from_slice(b"PK\x05\x06");
        let count = if self.is_large { u16::MAX } else { count as u16 };
        put16(bytes, &[0, 0, count, count]);
        let number = |number: u64| if self.is_large { ELSEWHERE } else { number as u32 };
        put32(bytes, &[number(size), number(self.offset)]);
        put16(bytes, &[0]);
    }
}

/// Sizes with as many bits as the layout has.
fn put_size(bytes: &mut Vec<u8>, is_large: bool, sizes: &[u64]) {
    match is_large {
        true => put64(bytes, sizes),
        false => sizes.iter().for_each(|size| put32(bytes, &[*size as u32])),
    }
}

fn put64(bytes: &mut Vec<u8>, numbers: &[u64]) {
    numbers.iter().for_each(|number| bytes.extend_from_slice(&number.to_le_bytes()));
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
        let pieces: Vec<Bytes> = stream(Zip::new(entries)).try_collect().await.unwrap();
        pieces.concat()
    }

    fn number(bytes: &[u8], at: usize, size: usize) -> usize {
        bytes[at..at + size].iter().rev().fold(0, |sum, byte| sum << 8 | usize::from(*byte))
    }

    /// Name, content and checksum of the files of a large zip, read as one that can be read from its end only.
    fn read_large(zip: &[u8]) -> Vec<(String, Vec<u8>, u32)> {
        let end = zip.len() - 22;
        assert_eq!(
            (&zip[end..end + 4], number(zip, end + 10, 2), number(zip, end + 16, 4)),
            (&b"PK\x05\x06"[..], 0xffff, 0xffff_ffff)
        );
        assert_eq!(&zip[end - 20..end - 16], b"PK\x06\x07");
        let record = number(zip, end - 12, 8);
        assert_eq!((&zip[record..record + 4], record + 12 + number(zip, record + 4, 8)), (&b"PK\x06\x06"[..], end - 20));
        let (count, size, mut at) = (number(zip, record + 32, 8), number(zip, record + 40, 8), number(zip, record + 48, 8));
        assert_eq!(at + size, record);
        let mut files = Vec::new();
        for _ in 0..count {
            assert_eq!(
                (&zip[at..at + 4], number(zip, at + 20, 4), number(zip, at + 42, 4)),
                (&b"PK\x01\x02"[..], 0xffff_ffff, 0xffff_ffff)
            );
            let (crc, length) = (number(zip, at + 16, 4) as u32, number(zip, at + 28, 2));
            let extra = at + 46 + length;
            assert_eq!((number(zip, extra, 2), number(zip, extra + 2, 2), number(zip, at + 30, 2)), (1, 24, 28));
            let (size, offset) = (number(zip, extra + 4, 8), number(zip, extra + 20, 8));
            assert_eq!((&zip[offset..offset + 4], number(zip, offset + 4, 2)), (&b"PK\x03\x04"[..], 45));
            let begin = offset + 30 + length + number(zip, offset + 28, 2);
            assert_eq!((number(zip, begin - 16, 8), &zip[begin + size..begin + size + 4]), (size, &b"PK\x07\x08"[..]));
            assert_eq!((number(zip, begin + size + 4, 4), number(zip, begin + size + 8, 8)), (crc as usize, size));
            let name = String::from_utf8(zip[at + 46..extra].to_vec()).unwrap();
            files.push((name, zip[begin..begin + size].to_vec(), crc));
            at = extra + 28;
        }
        assert_eq!(at, record);
        files
    }

    #[actix_web::test]
    async fn beyond_the_numbers_of_32_bits_it_is_a_zip64() {
        let entries = || vec![entry("a.json", b"123456789"), entry("b.json", &[b'x'; 600_000]), entry("empty", b"")];
        let small = Zip::new(entries()).length();
        assert!(!Zip::with(entries(), small).is_large);
        let large = Zip::with(entries(), small - 1);
        let length = large.length();
        let zip: Vec<Bytes> = stream(large).try_collect().await.unwrap();
        let zip = zip.concat();
        assert_eq!(zip.len() as u64, length);
        let files = read_large(&zip);
        assert_eq!((files[0].0.as_str(), files[0].1.as_slice(), files[0].2), ("a.json", &b"123456789"[..], 0xcbf4_3926));
        assert_eq!((files[1].1.len(), files[2].0.as_str(), files.len()), (600_000, "empty", 3));
        let huge = Entry { size: 5 << 30, ..entry("huge", b"") };
        assert!(Zip::new(vec![huge]).is_large, "what is told is what counts");
    }

    #[actix_web::test]
    async fn length_and_layout_are_as_told() {
        let entries = vec![entry("a.json", b"123456789"), entry("\u{fc}.json", &[b'x'; 600_000]), entry("empty", b"")];
        let length =
            Zip::new(vec![entry("a.json", b"123456789"), entry("\u{fc}.json", &[b'x'; 600_000]), entry("empty", b"")]).length();
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
        assert!(stream(Zip::new(vec![wrong])).try_collect::<Vec<Bytes>>().await.is_err());
    }

    #[test]
    fn times_are_those_of_ms_dos() {
        assert_eq!(stamp("2026-01-02T03:04:06.000Z"), [0x83, 0x18, 0x22, 0x5c]);
        assert_eq!(stamp(""), [0, 0, 0x21, 0]);
    }
}
