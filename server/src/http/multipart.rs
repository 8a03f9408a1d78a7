//! Reads multipart bodies: text fields into pairs, files to the spool as they arrive, never whole in
//! memory (API design, sections 1.4 and 2.5 A).
//!
//! Must not know: what a report is made of, projects, storage. Files are written on blocking threads.

use crate::http::error::ApiError;
use crate::http::patience::was_silent;
use crate::ingest::spool::{KeptTwin, LimitExceeded, Spool, SpoolError, SpoolWriter, SpooledFile};
use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::HttpRequest;
use actix_web::dev::{Decompress, Payload};
use actix_web::error::PayloadError;
use actix_web::http::header;
use actix_web::web::{self, Bytes};
use futures_util::StreamExt as _;
use futures_util::future::LocalBoxFuture;
use std::cell::Cell;
use std::io::ErrorKind;
use std::rc::Rc;
use std::sync::Arc;

mod limited;
#[cfg(test)]
mod tests;

use limited::{Limited, Passed};

/// Bytes of one text field.
pub const FIELD_BYTES: u64 = 64 << 10;
/// Text fields and files of one request, each.
pub const PARTS_MAX: u64 = 200;
/// Characters of a file's name that are kept.
pub const FILENAME_CHARS: usize = 255;
/// Bytes that are gathered before a blocking thread writes them.
const WRITE_BYTES: usize = 1 << 20;
/// When a client is asked to come back while the disk is full.
const RETRY_WHEN_FULL_S: u64 = 60;

/// What a multipart request held.
#[derive(Debug, Default)]
pub struct Upload {
    /// Text fields in the order of the body; names as sent, brackets included.
    pub fields: Vec<(String, String)>,
    /// Files in the order of the body.
    pub files: Vec<UploadedPart>,
    /// Names of file parts that nobody asked for; their bytes are discarded.
    pub ignored: Vec<String>,
}

/// One received file.
#[derive(Debug)]
pub struct UploadedPart {
    /// Name of the part, without `[]`.
    pub field: String,
    /// Name of the file for showing: no path, no control characters; the field's name if there is none.
    pub filename: String,
    /// The bytes.
    pub file: SpooledFile,
}

/// Answers by a part's name which kept files may have the same bytes.
pub type Likely = Arc<dyn Fn(&str) -> Vec<KeptTwin> + Send + Sync>;

/// Where the bytes of an upload go.
#[derive(Clone)]
pub struct Files {
    /// To this directory.
    pub spool: Spool,
    /// But for bytes that are kept already.
    pub likely: Likely,
}

impl Files {
    /// Files that nothing is known about beforehand.
    pub fn unknown(spool: &Spool) -> Files {
        Files { spool: spool.clone(), likely: Arc::new(|_| Vec::new()) }
    }
}

/// Receives an upload. `wanted` tells by its name whether a file part is kept. On any error, and when
/// the client goes away, nothing stays on the disk.
pub async fn read_upload(
    request: &HttpRequest,
    payload: Payload,
    files: &Files,
    wanted: impl Fn(&str) -> bool,
) -> Result<Upload, ApiError> {
    let spool = &files.spool;
    let limits = *spool.limits();
    let declared = declared_length(request).unwrap_or(0);
    LimitExceeded::check("request_bytes", limits.request_bytes, declared)?;
    let passed: Passed = Rc::new(Cell::new(None));
    let packed = Rc::new(Cell::new(0));
    let raw = Limited::received(payload, limits, packed.clone(), passed.clone());
    let body = Decompress::from_headers(raw, request.headers());
    let body = Limited::unpacked(body, limits, packed, passed.clone());
    let read = read_parts(Multipart::new(request.headers(), body), Some(files), &wanted).await;
    // The limit is the reason, whatever the parser made of the stream's early end.
    match passed.take() {
        Some(limit) => Err(limit.into()),
        None => read,
    }
}

/// Text fields of a small multipart body that is in memory already; files in it have no meaning.
pub async fn read_fields(request: &HttpRequest, body: Bytes) -> Result<Vec<(String, String)>, ApiError> {
    let stream = futures_util::stream::once(async { Ok::<_, PayloadError>(body) });
    let parts = Multipart::new(request.headers(), Box::pin(stream));
    let upload = read_parts(parts, None, &|_| false).await?;
    Ok(upload.fields)
}

/// The `Content-Length` of a request, if it has one.
pub fn declared_length(request: &HttpRequest) -> Option<u64> {
    let value = request.headers().get(header::CONTENT_LENGTH)?;
    value.to_str().ok()?.parse().ok()
}

async fn read_parts(mut parts: Multipart, files: Option<&Files>, wanted: &impl Fn(&str) -> bool) -> Result<Upload, ApiError> {
    let mut upload = Upload::default();
    let mut n_parts = 0;
    while let Some(part) = parts.next().await {
        let mut part = part.map_err(bad_multipart)?;
        n_parts += 1;
        LimitExceeded::check("parts", PARTS_MAX, n_parts)?;
        let sent = part.name().unwrap_or_default().to_string();
        let name = sent.strip_suffix("[]").unwrap_or(&sent);
        let filename = filename_of(&part);
        // `curl -F 'sast=<file'` sends a report without a file's name.
        let is_file = filename.is_some() || wanted(name);
        match files {
            _ if !is_file => {
                let text = read_text(&mut part, &sent).await?;
                if !(name == "avatar" && text.is_empty()) {
                    upload.fields.push((sent, text));
                }
            }
            Some(files) if wanted(name) => {
                let file = read_file(&mut part, files, name.to_owned()).await?;
                let filename = shown_name(filename.as_deref().unwrap_or_default(), name);
                let field = name.to_string();
                upload.files.push(UploadedPart { field, filename, file });
            }
            _ => {
                let size = discard(&mut part).await?;
                if !(name == "avatar" && size == 0) {
                    upload.ignored.push(shown_name(name, "unnamed"));
                }
            }
        }
    }
    Ok(upload)
}

async fn read_text(part: &mut Field, name: &str) -> Result<String, ApiError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = part.next().await {
        let chunk = chunk.map_err(bad_multipart)?;
        let size = bytes.len() as u64 + chunk.len() as u64;
        LimitExceeded::check("field_bytes", FIELD_BYTES, size)?;
        bytes.extend_from_slice(&chunk);
    }
    String::from_utf8(bytes).map_err(|_| {
        let name = shown_name(name, "unnamed");
        ApiError::BadParameter(format!("{name} is not valid UTF-8"))
    })
}

async fn discard(part: &mut Field) -> Result<u64, ApiError> {
    let mut size = 0;
    while let Some(chunk) = part.next().await {
        size += chunk.map_err(bad_multipart)?.len() as u64;
    }
    Ok(size)
}

/// Streams one part to the spool. While a blocking thread writes, the next bytes are gathered.
async fn read_file(part: &mut Field, files: &Files, name: String) -> Result<SpooledFile, ApiError> {
    let files = files.clone();
    let mut writing = blocking(move || files.spool.writer_like((files.likely)(&name)));
    let mut gathered = Vec::with_capacity(WRITE_BYTES + (64 << 10));
    while let Some(chunk) = part.next().await {
        match chunk {
            Ok(chunk) => gathered.extend_from_slice(&chunk),
            Err(error) => {
                // Its file is gone once it is done; only then is the answer due.
                drop(writing.await);
                return Err(bad_multipart(error));
            }
        }
        if gathered.len() >= WRITE_BYTES {
            let writer = writing.await?;
            let full = std::mem::replace(&mut gathered, Vec::with_capacity(WRITE_BYTES));
            writing = blocking(move || write(writer, &full));
        }
    }
    let writer = writing.await?;
    blocking(move || write(writer, &gathered)?.finish()).await
}

fn write(mut writer: SpoolWriter, bytes: &[u8]) -> Result<SpoolWriter, SpoolError> {
    writer.write(bytes)?;
    Ok(writer)
}

/// Starts the work at once; the future only waits for it.
fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SpoolError> + Send + 'static,
) -> LocalBoxFuture<'static, Result<T, ApiError>> {
    let started = web::block(work);
    Box::pin(async { Ok(started.await.map_err(ApiError::internal)??) })
}

fn filename_of(part: &Field) -> Option<String> {
    let disposition = part.content_disposition()?;
    let extended = disposition.get_filename_ext();
    let extended = extended.and_then(|name| String::from_utf8(name.value.clone()).ok());
    extended.or_else(|| disposition.get_filename().map(str::to_string))
}

/// A name for showing: what stands after the last slash, without what could disturb a line of text.
fn shown_name(name: &str, otherwise: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let disturbs = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    let kept: String = last.chars().filter(|c| !disturbs(*c)).take(FILENAME_CHARS).collect();
    match kept.trim() {
        "" | "." | ".." => otherwise.to_string(),
        shown => shown.to_string(),
    }
}

fn bad_multipart(error: MultipartError) -> ApiError {
    let reason = match error {
        MultipartError::ContentTypeIncompatible => {
            return ApiError::UnsupportedMedia("not multipart/form-data".into());
        }
        MultipartError::ContentTypeMissing => return ApiError::UnsupportedMedia(String::new()),
        MultipartError::Parse(cause) => format!("a part's header cannot be read: {cause}"),
        MultipartError::Payload(cause) if was_silent(&cause) => return ApiError::TooSlow,
        MultipartError::Payload(cause) => format!("the body could not be read: {cause}"),
        MultipartError::Incomplete => "it is cut off".to_string(),
        MultipartError::BoundaryMissing => "the content type names no boundary".to_string(),
        other => other.to_string(),
    };
    ApiError::BadRequest(format!("the multipart body is not valid: {reason}"))
}

impl From<LimitExceeded> for ApiError {
    fn from(over: LimitExceeded) -> ApiError {
        ApiError::TooLarge { limit: over.limit, value: over.value }
    }
}

impl From<SpoolError> for ApiError {
    fn from(error: SpoolError) -> ApiError {
        match error {
            SpoolError::Limit(limit) => limit.into(),
            SpoolError::Io { source, .. } if source.kind() == ErrorKind::StorageFull => {
                tracing::error!("the disk of the data directory is full");
                ApiError::Unavailable { retry_after_s: RETRY_WHEN_FULL_S }
            }
            other => ApiError::internal(other),
        }
    }
}
