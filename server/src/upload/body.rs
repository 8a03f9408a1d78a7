//! The multipart body of an upload: its length is known before the first byte is sent, and the reports
//! come from the disk while it is read, so that size does not matter.
//!
//! Must not know: HTTP beyond multipart, what reports are made of.

use super::plan::{Plan, ReportFile, UsageError, file_error};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use tempfile::TempPath;

/// Below this size a report is not packed, and up to it a server does not weigh the ratio.
const PACK_FROM_BYTES: u64 = 64 << 10;
/// Times that servers let a packed report grow; a report that packs better is sent as it is.
const RATIO_MAX: u64 = 90;

enum Piece {
    Text(Vec<u8>),
    File { path: PathBuf, size: u64 },
}

/// A body that can be read as often as it has to be sent.
pub struct Body {
    pieces: Vec<Piece>,
    boundary: String,
    /// Packed copies, removed with the body.
    _packed: Vec<TempPath>,
}

impl Body {
    /// Looks at every file, and packs where that is asked for.
    pub fn new(plan: &Plan, nonce: &str) -> Result<Body, UsageError> {
        let boundary = format!("casemate-{nonce}");
        let mut body = Body { pieces: Vec::new(), boundary, _packed: Vec::new() };
        for (name, value) in &plan.fields {
            let head = body.head(&format!("name=\"{name}\""));
            body.pieces.push(Piece::Text([&head, value.as_bytes(), b"\r\n"].concat()));
        }
        for report in &plan.reports {
            body.add_report(report, plan.gzip)?;
        }
        let end = format!("--{}--\r\n", body.boundary);
        body.pieces.push(Piece::Text(end.into_bytes()));
        Ok(body)
    }

    fn add_report(&mut self, report: &ReportFile, gzip: bool) -> Result<(), UsageError> {
        let (path, kind) = (&report.path, report.kind.as_str());
        let size = size_of(path)?;
        let packed = match gzip && size >= PACK_FROM_BYTES {
            true => pack(path, size)?,
            false => None,
        };
        let mut name = quoted(path);
        let mut source = path.clone();
        if let Some(packed) = packed {
            name.push_str(".gz");
            source = packed.to_path_buf();
            self._packed.push(packed);
        }
        let head = self.head(&format!("name=\"{kind}\"; filename=\"{name}\"\r\nContent-Type: application/octet-stream"));
        let size = size_of(&source)?;
        self.pieces.push(Piece::Text(head));
        self.pieces.push(Piece::File { path: source, size });
        self.pieces.push(Piece::Text(b"\r\n".to_vec()));
        Ok(())
    }

    fn head(&self, rest: &str) -> Vec<u8> {
        let boundary = &self.boundary;
        format!("--{boundary}\r\nContent-Disposition: form-data; {rest}\r\n\r\n").into_bytes()
    }

    /// Value of the header `Content-Type`.
    pub fn content_type(&self) -> String {
        format!("multipart/form-data; boundary={}", self.boundary)
    }

    /// Bytes of the whole body.
    pub fn len(&self) -> u64 {
        let sizes = self.pieces.iter().map(|piece| match piece {
            Piece::Text(text) => text.len() as u64,
            Piece::File { size, .. } => *size,
        });
        sizes.sum()
    }

    /// Reads it from its beginning.
    pub fn reader(&self) -> BodyReader<'_> {
        BodyReader { rest: self.pieces.iter(), now: None }
    }
}

/// Reads the pieces one after the other; one file is open at a time.
pub struct BodyReader<'a> {
    rest: std::slice::Iter<'a, Piece>,
    now: Option<Open<'a>>,
}

enum Open<'a> {
    Text(&'a [u8]),
    File { file: BufReader<File>, left: u64, path: &'a Path },
}

impl Open<'_> {
    fn of(piece: &Piece) -> io::Result<Open<'_>> {
        Ok(match piece {
            Piece::Text(text) => Open::Text(text),
            Piece::File { path, size } => {
                let file = BufReader::with_capacity(256 << 10, File::open(path)?);
                Open::File { file, left: *size, path }
            }
        })
    }
}

impl Read for Open<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Open::Text(text) => text.read(buffer),
            Open::File { file, left, path } => {
                let n = file.take(*left).read(buffer)?;
                *left -= n as u64;
                if n == 0 && *left > 0 && !buffer.is_empty() {
                    let text = format!("{} became shorter while it was sent", path.display());
                    return Err(io::Error::new(io::ErrorKind::InvalidData, text));
                }
                Ok(n)
            }
        }
    }
}

impl Read for BodyReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(open) = &mut self.now {
                let n = open.read(buffer)?;
                if n > 0 || buffer.is_empty() {
                    return Ok(n);
                }
            }
            match self.rest.next() {
                Some(piece) => self.now = Some(Open::of(piece)?),
                None => return Ok(0),
            }
        }
    }
}

fn size_of(path: &Path) -> Result<u64, UsageError> {
    let known = std::fs::metadata(path).map_err(|error| file_error(path, error))?;
    if !known.is_file() {
        return Err(file_error(path, "it is not a file"));
    }
    // Opened here so that a file without permission is found before anything is sent.
    File::open(path).map_err(|error| file_error(path, error))?;
    Ok(known.len())
}

/// Packs a report into a temporary file. `None` when it is packed already, or packs so well that a
/// server would take it for a bomb.
fn pack(path: &Path, size: u64) -> Result<Option<TempPath>, UsageError> {
    let failed = |error: io::Error| file_error(path, error);
    let mut source = File::open(path).map_err(failed)?;
    let mut magic = [0; 2];
    source.read_exact(&mut magic).map_err(failed)?;
    if magic == [0x1f, 0x8b] {
        return Ok(None);
    }
    let target = tempfile::NamedTempFile::new().map_err(failed)?;
    let mut encoder = GzEncoder::new(target, Compression::new(4));
    io::copy(&mut io::Cursor::new(magic).chain(source), &mut encoder).map_err(failed)?;
    let target = encoder.finish().map_err(failed)?.into_temp_path();
    let is_plausible = size_of(&target)?.saturating_mul(RATIO_MAX) > size;
    Ok(is_plausible.then_some(target))
}

/// The file's name as a header takes it: quotes and line ends as percent codes, as browsers do.
fn quoted(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '"' => out.push_str("%22"),
            '\\' => out.push('_'),
            c if c.is_control() => out.push('_'),
            c => out.push(c),
        }
    }
    out
}
