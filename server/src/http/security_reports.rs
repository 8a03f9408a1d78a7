//! The upload of reports: `POST P/security_reports` (API design, section 2.5 A).
//!
//! Must not know: what a report says. What is wrong with the request is a 4xx and stores nothing; what is
//! wrong with a report is part of a 201.

use super::error::ApiError;
use super::gate::Granted;
use super::multipart::{Files, Upload, UploadedPart, read_upload};
use super::params::Params;
use super::state::{Shared, block};
use super::told_commit::told_commit;
use super::waiting::{self, Wishes};
use crate::clock::parse_iso;
use crate::domain::expiry::KeepFor;
use crate::ingest::accept::{self, AcceptError, Accepted, NewReport, NewUpload, Target};
use crate::ingest::family::Named;
use crate::ingest::spool::{SpoolError, json_depth_exceeded};
use crate::ingest::{ReportFile, Room, again, detect, foresee, refname};
use crate::views::jobs::Frame;
use crate::views::uploads;
use actix_web::{HttpRequest, HttpResponse, web};
use casemate_shared::FileType;
use casemate_shared::api::report::UploadAnswer;
use std::sync::Arc;

/// `POST P/security_reports`.
///
/// # Errors
/// 400, 401, 403, 404, 413, 422 with `strict`.
pub async fn create(
    request: HttpRequest,
    state: Shared,
    granted: Granted,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let by = granted.user()?.id;
    let target = granted.project(&state.store.read()?)?;
    let received = read_upload(&request, payload.into_inner(), &places(&state.room, target.id), is_report_field).await?;
    let (params, warnings, files) = parameters(&request, received)?;
    let wishes = Wishes::read(&params)?;
    let mut upload = new_upload(&params)?;
    let shared = state.clone();
    if params.boolean("dry_run")?.unwrap_or(false) {
        let _turn = state.readings.acquire().await.map_err(ApiError::internal)?;
        let answer = block(move || {
            upload.reports = reports(&shared.room, files, &params)?;
            let foreseen = foresee::foresee(&shared.room, &target, by, upload)?;
            Ok(uploads::dry_run(&foreseen, warnings))
        })
        .await?;
        let has_refused = answer.reports.iter().any(|report| waiting::is_refused(report.status));
        let mut response = if wishes.is_strict && has_refused { HttpResponse::UnprocessableEntity() } else { HttpResponse::Ok() };
        return Ok(response.json(answer));
    }
    let accepted = block(move || {
        upload.reports = reports(&shared.room, files, &params)?;
        Ok(accept::accept(&shared.room, &target, by, upload)?)
    })
    .await?;
    state.ingestor.knock();
    waiting::read(&state, accepted.pipeline_id, |scan| accepted.scan_ids.contains(&scan.id)).await?;
    waiting::ingested(&state, accepted.pipeline_id, wishes.wait).await?;
    answer(&request, state, granted, accepted, warnings, wishes.is_strict).await
}

/// Most repeated reports have the bytes of the last one of their type.
fn places(room: &Arc<Room>, project: u64) -> Files {
    let (spool, room) = (room.spool.clone(), Arc::clone(room));
    let likely = move |name: &str| FileType::parse(name).map(|file_type| again::likely(&room, project, file_type));
    Files { spool, likely: Arc::new(move |name| likely(name).unwrap_or_default()) }
}

fn is_report_field(name: &str) -> bool {
    name == "file" || FileType::parse(name).is_some()
}

fn parameters(request: &HttpRequest, received: Upload) -> Result<(Params, Vec<String>, Vec<UploadedPart>), ApiError> {
    let mut params = Params::from_query(request)?;
    params.merge_pairs(received.fields)?;
    let warnings = received
        .ignored
        .iter()
        .map(|name| format!("the file part {name} is not a report type that is known here and was ignored"))
        .collect();
    if received.files.is_empty() {
        let known: Vec<&str> = FileType::all().map(FileType::as_str).collect();
        return Err(ApiError::BadParameter(format!(
            "no report was sent: send a file part named after its report type, one of {}",
            known.join(", ")
        )));
    }
    Ok((params, warnings, received.files))
}

fn new_upload(params: &Params) -> Result<NewUpload, ApiError> {
    params.required(&["ref", "sha"])?;
    let bad = |name: &str, reason: &str| ApiError::BadParameter(format!("{name} does not have a valid value: {reason}"));
    let text = |name: &str| params.optional(name).map(|text| text.unwrap_or_default().to_owned());
    let ref_name = refname::parse_ref(params.optional("ref")?.unwrap_or_default()).map_err(|reason| bad("ref", reason))?;
    let sha = refname::parse_sha(params.optional("sha")?.unwrap_or_default()).map_err(|reason| bad("sha", reason))?;
    let status = |word: &str| ["success", "failed", "canceled"].contains(&word).then(|| word.to_owned());
    Ok(NewUpload {
        ref_name,
        sha,
        target: target(params)?,
        parent: parent(params)?,
        job_name: Some(text("name")?).filter(|name| !name.trim().is_empty()).map(|name| clean(&name)),
        stage: Some(text("stage")?).filter(|stage| !stage.is_empty()).map_or_else(|| "test".to_owned(), |stage| clean(&stage)),
        job_status: params.choice("status", status)?.unwrap_or_else(|| "success".to_owned()),
        allow_failure: params.boolean("allow_failure")?.unwrap_or(false),
        complete: params.boolean("complete")?,
        commit: told_commit(params)?,
        started_at: params.choice("started_at", parse_iso)?,
        finished_at: params.choice("finished_at", parse_iso)?,
        keep_for: keep_for(params)?,
        reports: Vec::new(),
    })
}

/// How long the files are to be kept: `expire_in`, or by its name in a CI configuration
/// `artifacts_expire_in`.
///
/// # Errors
/// 400.
pub(super) fn keep_for(params: &Params) -> Result<KeepFor, ApiError> {
    for name in ["expire_in", "artifacts_expire_in"] {
        if let Some(text) = params.optional(name)?.filter(|text| !text.trim().is_empty()) {
            return KeepFor::parse(text).map_err(|error| {
                let forms = "write it like 3 days, 2h20min, 42 (seconds) or never";
                ApiError::BadParameter(format!("{name} does not have a valid value: {error}; {forms}"))
            });
        }
    }
    Ok(KeepFor::Unsaid)
}

/// A name fit to show: no control characters, at most 255 of the others.
pub(super) fn clean(text: &str) -> String {
    text.trim().chars().filter(|c| !c.is_control()).take(255).collect()
}

fn target(params: &Params) -> Result<Target, ApiError> {
    if let Some(id) = params.unsigned("pipeline_id")? {
        return Ok(Target::Id(id));
    }
    Ok(key(params)?.map_or(Target::Fresh, Target::Key))
}

/// The parent of a child pipeline, if one is named.
///
/// # Errors
/// 400.
pub(super) fn parent(params: &Params) -> Result<Option<Named>, ApiError> {
    let by_id = params.unsigned("parent_pipeline_id")?.map(Named::Id);
    match (by_id, run_id(params, "parent_key")?.map(Named::Key)) {
        (Some(_), Some(_)) => {
            Err(ApiError::BadRequest("parent_pipeline_id and parent_key both name a parent, send one".to_owned()))
        }
        (by_id, by_key) => Ok(by_id.or(by_key)),
    }
}

/// The run id of a CI.
///
/// # Errors
/// 400.
pub(super) fn key(params: &Params) -> Result<Option<String>, ApiError> {
    run_id(params, "key")
}

fn run_id(params: &Params, name: &'static str) -> Result<Option<String>, ApiError> {
    match params.optional(name)?.filter(|key| !key.is_empty()) {
        Some(key) if key.len() > 255 || key.chars().any(char::is_control) => Err(ApiError::invalid(name)),
        other => Ok(other.map(str::to_owned)),
    }
}

/// Types and limits of the files. A limit refuses the whole request.
fn reports(room: &Room, files: Vec<UploadedPart>, params: &Params) -> Result<Vec<NewReport>, ApiError> {
    let mut reports = Vec::with_capacity(files.len());
    for part in files {
        let opened = check_limits(room, &part)?;
        let bytes = opened.as_ref().map(ReportFile::bytes).unwrap_or_default();
        let file_type = file_type(&part.field, params, bytes)?;
        reports.push(NewReport { file_type, filename: part.filename, file: part.file });
    }
    Ok(reports)
}

/// Opens a file within the limits; none when its gzip is broken, which is the report's fault: it is stored,
/// and its scan says so.
///
/// # Errors
/// 413.
pub(super) fn check_limits(room: &Room, part: &UploadedPart) -> Result<Option<ReportFile>, ApiError> {
    let opened = match ReportFile::open(part.file.path(), part.file.size, part.file.gzip, &room.spool) {
        Ok(file) => Some(file),
        Err(SpoolError::Gzip { .. }) => None,
        Err(SpoolError::Limit(limit)) => return Err(limit.into()),
        Err(error) => return Err(ApiError::internal(error)),
    };
    let bytes = opened.as_ref().map(ReportFile::bytes).unwrap_or_default();
    let levels = room.spool.limits().json_depth;
    if (part.file.gzip || part.file.may_be_deep) && json_depth_exceeded(bytes, levels).is_some() {
        return Err(ApiError::TooLarge { limit: "json_depth", value: levels as u64 });
    }
    Ok(opened)
}

fn file_type(field: &str, params: &Params, bytes: &[u8]) -> Result<FileType, ApiError> {
    if let Some(kind) = FileType::parse(field) {
        return Ok(kind);
    }
    match params.optional("report_type")?.filter(|word| !word.is_empty() && *word != "auto") {
        Some(word) => FileType::parse(word).ok_or_else(|| ApiError::invalid("report_type")),
        None => detect::file_type(bytes).ok_or_else(|| {
            ApiError::BadParameter(
                "report_type is missing, and the file is no SARIF, no CycloneDX and names no known type in scan.type".to_owned(),
            )
        }),
    }
}

impl From<AcceptError> for ApiError {
    fn from(error: AcceptError) -> ApiError {
        match error {
            AcceptError::NoPipeline(_) => ApiError::NotFound("Pipeline".to_owned()),
            AcceptError::Closed(error) => error.into(),
            AcceptError::Parent(error) => error.into(),
            AcceptError::OtherCommit { .. } => ApiError::BadRequest(error.to_string()),
            AcceptError::Purged(_) => ApiError::Conflict(error.to_string()),
            AcceptError::Undone(_) => ApiError::Conflict(error.to_string()),
            other => ApiError::internal(other),
        }
    }
}

async fn answer(
    request: &HttpRequest,
    state: Shared,
    granted: Granted,
    accepted: Accepted,
    warnings: Vec<String>,
    is_strict: bool,
) -> Result<HttpResponse, ApiError> {
    let origin = state.origin(request);
    let is_repetition = accepted.is_repetition;
    let answer: UploadAnswer = block(move || {
        let rtx = state.store.read()?;
        let project = granted.project(&rtx)?;
        let frame = Frame::new(&rtx, &project, &origin, state.retention.settings())?;
        Ok(uploads::answer(&frame, accepted.pipeline_id, &accepted.scan_ids, warnings)?)
    })
    .await?;
    let has_refused = answer.reports.iter().any(|report| waiting::is_refused(report.status));
    let mut response = match (is_strict && has_refused, is_repetition) {
        (true, _) => HttpResponse::UnprocessableEntity(),
        (false, true) => HttpResponse::Ok(),
        (false, false) => HttpResponse::Created(),
    };
    Ok(response.json(answer))
}
