//! SARIF by GitHub's endpoint (API design, section 4.1), so that actions and tools that upload there work here. Owner
//! and repository are group and project; an upload is a pipeline of its own with one job.
//!
//! Must not know: what is in a SARIF file.

use super::error::ApiError;
use super::gate::Granted;
use super::state::{Shared, State, block};
use crate::clock::parse_iso;
use crate::domain::expiry::KeepFor;
use crate::domain::pipeline::{Commit, Pipeline};
use crate::ingest::accept::{self, NewReport, NewUpload, Target};
use crate::ingest::refname::{self, RefName};
use crate::ingest::spool::{SpoolError, SpooledFile, json_depth_exceeded};
use crate::ingest::{ReportFile, Room};
use crate::store::{ReadTx, pipelines, scans};
use actix_web::rt::time::timeout;
use actix_web::web::{Bytes, Payload};
use actix_web::{HttpRequest, HttpResponse, web};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use casemate_shared::api::code_scanning::{SarifReceipt, SarifStatus, SarifUpload};
use casemate_shared::{FileType, Ingestion};
use futures_util::StreamExt as _;
use std::time::Duration;
use uuid::Uuid;

/// Bytes of a request: 10 MiB of gzip as base64, and what stands around it.
const BODY_BYTES: u64 = 15 << 20;
/// Longest time that it may take.
const BODY_TIME: Duration = Duration::from_secs(300);
/// Name of the file, which GitHub's protocol does not send.
const FILENAME: &str = "results.sarif";

/// `POST /api/v3/repos/:owner/:repo/code-scanning/sarifs`: 202 with the id to ask by.
///
/// # Errors
/// 400, 401, 403, 404, 413.
pub async fn create(request: HttpRequest, state: Shared, granted: Granted, payload: Payload) -> Result<HttpResponse, ApiError> {
    let by = granted.user()?.id;
    let target = granted.project(&state.store.read()?)?;
    let sent = timeout(BODY_TIME, read(&state, payload)).await.map_err(|_| ApiError::TooSlow)??;
    let upload = new_upload(&sent)?;
    let url = request.full_url().path().trim_end_matches('/').to_owned();
    let origin = state.origin(&request);
    let shared = state.clone();
    let receipt = block(move || {
        let file = file(&shared.room, &sent.sarif)?;
        let reports = vec![NewReport { file_type: FileType::Sarif, filename: FILENAME.to_owned(), file }];
        let accepted = accept::accept(&shared.room, &target, by, NewUpload { reports, ..upload })?;
        let rtx = shared.store.read()?;
        let job = match accepted.scan_ids.first() {
            Some(scan) => scans::find_scan(&rtx, *scan)?.map(|scan| scan.job_id),
            None => None,
        };
        let id = upload_id(accepted.pipeline_id, job.ok_or_else(|| ApiError::internal("the upload has no scan"))?);
        Ok(SarifReceipt { url: format!("{origin}{url}/{id}"), id })
    })
    .await?;
    state.ingestor.knock();
    Ok(HttpResponse::Accepted().json(receipt))
}

/// `GET /api/v3/repos/:owner/:repo/code-scanning/sarifs/:id`.
///
/// # Errors
/// 401, 403, 404.
pub async fn show(
    request: HttpRequest,
    state: Shared,
    granted: Granted,
    path: web::Path<(String, String, String)>,
) -> Result<HttpResponse, ApiError> {
    let (_, _, id) = path.into_inner();
    let rtx = state.store.read()?;
    let project = granted.project(&rtx)?;
    let not_found = || ApiError::NotFound("Sarif".to_owned());
    let (pipeline, job) = read_id(&id).ok_or_else(not_found)?;
    let pipeline = pipelines::find_pipeline(&rtx, pipeline)?.filter(|pipeline| pipeline.project_id == project.id);
    let pipeline = pipeline.ok_or_else(not_found)?;
    status(&rtx, &state, &request, &pipeline, job)?.map(|status| HttpResponse::Ok().json(status)).ok_or_else(not_found)
}

fn status(
    rtx: &ReadTx,
    state: &State,
    request: &HttpRequest,
    pipeline: &Pipeline,
    job: u64,
) -> Result<Option<SarifStatus>, ApiError> {
    let own: Vec<_> = scans::scans(rtx, pipeline.id)?.into_iter().filter(|scan| scan.job_id == job).collect();
    if own.is_empty() {
        return Ok(None);
    }
    let errors: Vec<String> = own
        .iter()
        .flat_map(|scan| &scan.errors)
        .map(|error| error.place.as_ref().map_or_else(|| error.message.clone(), |place| format!("{place}: {}", error.message)))
        .collect();
    let is_pending = own.iter().any(|scan| !scan.status.is_terminal()) || !pipeline.ingestion.is_terminal();
    let has_failed = pipeline.ingestion == Ingestion::Failed || !errors.is_empty();
    let word = match (is_pending, has_failed) {
        (true, _) => "pending",
        (false, true) => "failed",
        (false, false) => "complete",
    };
    let scans = format!("{}/api/v4/projects/{}/pipelines/{}/scans", state.origin(request), pipeline.project_id, pipeline.id);
    Ok(Some(SarifStatus {
        processing_status: word.to_owned(),
        analyses_url: (!is_pending).then_some(scans),
        errors: (word == "failed").then_some(errors),
    }))
}

async fn read(state: &State, payload: Payload) -> Result<SarifUpload, ApiError> {
    let mut payload = payload.into_inner();
    let (mut held, mut body) = (state.bodies.begin(), Vec::new());
    while let Some(chunk) = payload.next().await {
        let chunk: Bytes = chunk.map_err(|error| ApiError::BadRequest(format!("the body could not be read: {error}")))?;
        if body.len() as u64 + chunk.len() as u64 > BODY_BYTES {
            return Err(ApiError::TooLarge { limit: "body_bytes", value: BODY_BYTES });
        }
        held.grow_to(body.len() as u64 + chunk.len() as u64)?;
        body.extend_from_slice(&chunk);
    }
    serde_json::from_slice(&body).map_err(|error| ApiError::BadRequest(format!("the JSON body is not valid: {error}")))
}

fn new_upload(sent: &SarifUpload) -> Result<NewUpload, ApiError> {
    let bad = |name: &str, reason: &str| ApiError::BadParameter(format!("{name} does not have a valid value: {reason}"));
    let missing = [("commit_sha", &sent.commit_sha), ("ref", &sent.ref_name), ("sarif", &sent.sarif)];
    if let Some((name, _)) = missing.into_iter().find(|(_, text)| text.is_empty()) {
        return Err(ApiError::BadParameter(format!("{name} is missing")));
    }
    let ref_name = parse_ref(&sent.ref_name).map_err(|reason| bad("ref", reason))?;
    let sha = refname::parse_sha(&sent.commit_sha).map_err(|reason| bad("commit_sha", reason))?;
    let started_at = match sent.started_at.as_deref() {
        None | Some("") => None,
        Some(text) => Some(parse_iso(text).ok_or_else(|| bad("started_at", "it is no time"))?),
    };
    let tool = sent.tool_name.as_deref().unwrap_or_default().trim();
    let job_name: String = tool.chars().filter(|c| !c.is_control()).take(255).collect();
    Ok(NewUpload {
        parent: None,
        ref_name,
        sha,
        target: Target::Fresh,
        job_name: (!job_name.is_empty()).then_some(job_name),
        stage: "test".to_owned(),
        job_status: "success".to_owned(),
        allow_failure: false,
        complete: Some(true),
        commit: Commit::default(),
        started_at,
        finished_at: None,
        keep_for: KeepFor::Unsaid,
        reports: Vec::new(),
    })
}

/// As everywhere, and `refs/pull/N/head` or `/merge`, which becomes a branch of the name `pull/N/head`.
fn parse_ref(text: &str) -> Result<RefName, &'static str> {
    match text.strip_prefix("refs/pull/") {
        Some(rest) if rest.ends_with("/head") || rest.ends_with("/merge") => refname::parse_ref(&format!("pull/{rest}")),
        _ => refname::parse_ref(text),
    }
}

/// The file, unpacked from base64 and under the limits of every upload; a bare one without gzip is taken, too.
fn file(room: &Room, text: &str) -> Result<SpooledFile, ApiError> {
    let text: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let bytes = STANDARD.decode(text).map_err(|error| ApiError::BadParameter(format!("sarif is not base64: {error}")))?;
    let mut writer = room.spool.writer()?;
    writer.write(&bytes)?;
    let file = writer.finish()?;
    let levels = room.spool.limits().json_depth;
    match ReportFile::open(file.path(), file.size, file.gzip, &room.spool) {
        Ok(opened) if json_depth_exceeded(opened.bytes(), levels).is_some() => {
            Err(ApiError::TooLarge { limit: "json_depth", value: levels as u64 })
        }
        // Broken gzip is the report's fault: it is stored, and its scan says so.
        Ok(_) | Err(SpoolError::Gzip { .. }) => Ok(file),
        Err(error) => Err(error.into()),
    }
}

/// An id that is a UUID in form and names pipeline and job.
fn upload_id(pipeline: u64, job: u64) -> String {
    let mut bytes = [0; 16];
    bytes[..6].copy_from_slice(&pipeline.to_be_bytes()[2..]);
    bytes[10..].copy_from_slice(&job.to_be_bytes()[2..]);
    bytes[6] = 0x80;
    bytes[8] = 0x80;
    Uuid::from_bytes(bytes).hyphenated().to_string()
}

/// Pipeline and job of such an id.
fn read_id(text: &str) -> Option<(u64, u64)> {
    let id = Uuid::parse_str(text).ok()?;
    let bytes = id.as_bytes();
    let number = |piece: &[u8]| piece.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
    let (pipeline, job) = (number(&bytes[..6]), number(&bytes[10..]));
    (upload_id(pipeline, job) == id.hyphenated().to_string()).then_some((pipeline, job))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn ids_are_uuids_and_read_back() {
        for (pipeline, job) in [(1, 2), (7, 0), ((1 << 48) - 1, 123_456_789)] {
            let id = upload_id(pipeline, job);
            assert_eq!(Uuid::parse_str(&id).unwrap().get_version_num(), 8, "{id}");
            assert_eq!(read_id(&id), Some((pipeline, job)));
        }
        assert_eq!(read_id("6c81cd8e-b078-4ac3-a3be-1dad7dbd0b53"), None);
        assert_eq!(read_id("7"), None);
    }

    #[test]
    fn pull_requests_are_branches() {
        let name = |text: &str| parse_ref(text).map(|parsed| (parsed.name, parsed.is_tag));
        assert_eq!(name("refs/pull/12/merge"), Ok(("pull/12/merge".to_owned(), false)));
        assert_eq!(name("refs/heads/main"), Ok(("main".to_owned(), false)));
        assert_eq!(name("refs/tags/v1"), Ok(("v1".to_owned(), true)));
        assert!(name("refs/pull/12").is_err() && name("refs/notes/x").is_err());
    }
}
