//! Files that a runner uploads for its job: `POST /jobs/:id/artifacts` (API design, section 2.5 B). Must not
//! know: what is in a file.

use super::error::ApiError;
use super::multipart::{Files, UploadedPart, read_upload};
use super::params::Params;
use super::security_reports::{check_limits, keep_for};
use super::state::{Shared, block};
use super::waiting::{self, Wishes};
use crate::domain::expiry::KeepFor;
use crate::ingest::Room;
use crate::ingest::status::{self, NewFile};
use crate::store::pipelines;
use actix_web::{HttpRequest, HttpResponse, web};
use casemate_shared::FileType;
use serde_json::json;
use std::io::Read;

/// The type of a file that is kept and not read: what the job built.
const ARCHIVE: &str = "archive";

/// `POST /jobs/:jid/artifacts`: artifact_type, artifact_format, expire_in, the part `file`; of ours wait,
/// strict.
///
/// # Errors
/// 400, 401, 403 when the job takes no files any more, 404, 413, 422 with `strict`.
pub async fn upload(
    request: HttpRequest,
    state: Shared,
    id: web::Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let missing = || ApiError::NotFound("Job".to_owned());
    let id: u64 = id.parse().map_err(|_| missing())?;
    // Looked at before the body is read; what is true then is looked at again.
    pipelines::find_job(&state.store.read()?, id)?.ok_or_else(missing)?;
    let received = read_upload(&request, payload.into_inner(), &Files::unknown(&state.room.spool), |name| name == "file").await?;
    let mut params = Params::from_query(&request)?;
    params.merge_pairs(received.fields)?;
    let wishes = Wishes::read(&params)?;
    let (kind, keep_for) = (Kind::read(&params)?, keep_for(&params)?);
    let mut files = received.files;
    let file = match (files.pop(), files.is_empty()) {
        (Some(file), true) => file,
        (None, _) => return Err(ApiError::BadParameter("file is missing".to_owned())),
        (Some(_), false) => return Err(ApiError::BadParameter("file does not have a valid value: send one".to_owned())),
    };
    let shared = state.clone();
    let noted = block(move || Ok(status::attach(&shared.room, id, kind.checked(&shared.room, file, keep_for)?)?)).await?;
    if noted.is_queued {
        state.ingestor.knock();
        waiting::settled(&state, noted.pipeline_id, Some(noted.job_id), wishes).await?;
    }
    Ok(HttpResponse::Created().json(json!({ "message": "201 Created" })))
}

/// What a file is said to be.
enum Kind {
    Archive,
    Report(FileType),
}

impl Kind {
    /// Type and format; a pair that does not fit is refused as by GitLab.
    fn read(params: &Params) -> Result<Kind, ApiError> {
        let word = params.optional("artifact_type")?.filter(|word| !word.is_empty()).unwrap_or(ARCHIVE);
        let kind = match FileType::parse(word) {
            Some(kind) => Kind::Report(kind),
            None if word == ARCHIVE => Kind::Archive,
            None => return Err(ApiError::invalid("artifact_type")),
        };
        let format = params.optional("artifact_format")?.filter(|word| !word.is_empty());
        let fits = |format: &str| match word {
            ARCHIVE => format == "zip",
            "cyclonedx" => ["gzip", "raw"].contains(&format),
            _ => format == "raw",
        };
        if format.is_some_and(|format| !fits(format)) {
            return Err(ApiError::BadRequest("Invalid file format with specified file type".to_owned()));
        }
        Ok(kind)
    }

    fn checked(&self, room: &Room, part: UploadedPart, keep_for: KeepFor) -> Result<NewFile, ApiError> {
        let file_type = match self {
            Kind::Archive => {
                check_is_zip(&part)?;
                ARCHIVE.to_owned()
            }
            Kind::Report(kind) => {
                check_limits(room, &part)?;
                kind.as_str().to_owned()
            }
        };
        let may_repeat = file_type == "cyclonedx";
        Ok(NewFile { file_type, filename: part.filename, file: part.file, may_repeat, keep_for })
    }
}

fn check_is_zip(part: &UploadedPart) -> Result<(), ApiError> {
    let mut begin = [0; 2];
    let read = std::fs::File::open(part.file.path()).and_then(|mut file| file.read_exact(&mut begin));
    if read.is_ok() && begin == *b"PK" {
        return Ok(());
    }
    Err(ApiError::BadRequest("Invalid file format with specified file type: it is no zip".to_owned()))
}
