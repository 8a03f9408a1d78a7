//! Declaring a pipeline and changing one (API design, sections 2.4 and 2.5 C). Must not know: what a change
//! means for ingestion.

use super::caller;
use super::error::ApiError;
use super::gate::Granted;
use super::params::Params;
use super::pipelines::named;
use super::security_reports::{clean, key, parent};
use super::state::{Shared, block};
use super::told_commit::told_commit;
use super::waiting::{self, Wishes};
use crate::domain::pipeline::Pipeline;
use crate::ingest::Room;
use crate::ingest::declare::{self, DeclareError, NewPipeline};
use crate::ingest::family::ParentError;
use crate::ingest::making::ClosedError;
use crate::ingest::{erase, refname};
use crate::views;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use casemate_shared::api::pipeline::PipelineDetail;

/// Most jobs that may be announced.
const EXPECTED_MAX: usize = 200;

/// `POST P/pipeline`: ref, sha, key, parent_pipeline_id or parent_key, name, source, expected_jobs, finished,
/// what is told of the commit. 201, or 200 for a key that is known; `job_token` speaks for its
/// jobs while it waits for them.
///
/// # Errors
/// 400, 401, 403, 404, 409 when the key was declared with other jobs.
pub async fn create(request: HttpRequest, state: Shared, granted: Granted, params: Params) -> Result<HttpResponse, ApiError> {
    let by = granted.user()?.id;
    let target = granted.project(&state.store.read()?)?;
    let new = new_pipeline(&params)?;
    let (shared, as_noted) = (state.clone(), caller::by(&state, &request, granted.caller()));
    let (declared, job_token) = block(move || {
        let declared = declare::declare(&shared.room, &target, by, &new)?;
        // While it waits for jobs; a pipeline without a deadline has all of them.
        let (id, deadline) = (declared.pipeline.id, declared.pipeline.deadline);
        let token = deadline.map(|deadline| shared.door.make_job_token(&as_noted, by, id, deadline)).transpose()?;
        Ok((declared, token))
    })
    .await?;
    state.ingestor.knock();
    let status = if declared.is_repetition { StatusCode::OK } else { StatusCode::CREATED };
    let told = detail(&request, &state, &granted, declared.pipeline.id)?;
    Ok(HttpResponseBuilder::new(status).json(PipelineDetail { job_token, ..told }))
}

fn new_pipeline(params: &Params) -> Result<NewPipeline, ApiError> {
    params.required(&["ref", "sha"])?;
    let bad = |name: &str, reason: &str| ApiError::BadParameter(format!("{name} does not have a valid value: {reason}"));
    let ref_name = refname::parse_ref(params.optional("ref")?.unwrap_or_default()).map_err(|reason| bad("ref", reason))?;
    let sha = refname::parse_sha(params.optional("sha")?.unwrap_or_default()).map_err(|reason| bad("sha", reason))?;
    let word = |name: &str| params.choice(name, |text| Some(clean(text)).filter(|text| !text.is_empty()));
    let is_finished = params.boolean("finished")?.unwrap_or(false);
    let expected_jobs = expected_jobs(params)?;
    if is_finished && !expected_jobs.is_empty() {
        return Err(bad("finished", "a pipeline that is finished expects no jobs"));
    }
    Ok(NewPipeline {
        ref_name,
        sha,
        key: key(params)?,
        parent: parent(params)?,
        name: word("name")?,
        source: params.choice("source", source)?,
        expected_jobs,
        is_finished,
        commit: told_commit(params)?,
    })
}

/// Names of jobs, in their order, each once.
fn expected_jobs(params: &Params) -> Result<Vec<String>, ApiError> {
    let mut names: Vec<String> = Vec::new();
    for name in params.list("expected_jobs")? {
        let shown = clean(name);
        if shown.is_empty() || shown != name.trim() {
            return Err(ApiError::invalid("expected_jobs"));
        }
        if !names.contains(&shown) {
            names.push(shown);
        }
    }
    if names.len() > EXPECTED_MAX {
        return Err(ApiError::TooLarge { limit: "expected_jobs", value: EXPECTED_MAX as u64 });
    }
    Ok(names)
}

/// A word of GitLab's kind: small letters and `_`.
fn source(word: &str) -> Option<String> {
    let fits = word.len() <= 64 && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    fits.then(|| word.to_owned())
}

/// `POST P/pipelines/:pid/complete` [E]: no more jobs come than those under way; of ours wait, strict.
///
/// # Errors
/// 401, 403, 404, 422 with `strict`.
pub async fn complete(
    request: HttpRequest,
    state: Shared,
    granted: Granted,
    path: web::Path<(String, String)>,
    params: Params,
) -> Result<HttpResponse, ApiError> {
    settled_change(&request, &state, &granted, &path.1, &params, declare::complete).await
}

/// `POST P/pipelines/:pid/cancel`: waiting ends, what has arrived is ingested.
///
/// # Errors
/// 401, 403, 404.
pub async fn cancel(
    request: HttpRequest,
    state: Shared,
    granted: Granted,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let id = change(&state, &granted, &path.1, declare::cancel).await?;
    answer(&request, &state, &granted, id, StatusCode::CREATED)
}

/// `POST P/pipelines/:pid/retry`: ingestion runs again; of ours wait, strict.
///
/// # Errors
/// 401, 403, 404, 409 while ingestion runs or when its import was taken back, 422 with `strict`.
pub async fn retry(
    request: HttpRequest,
    state: Shared,
    granted: Granted,
    path: web::Path<(String, String)>,
    params: Params,
) -> Result<HttpResponse, ApiError> {
    settled_change(&request, &state, &granted, &path.1, &params, declare::retry).await
}

/// `PUT P/pipelines/:pid/metadata`: name.
///
/// # Errors
/// 400, 401, 403, 404.
pub async fn rename(
    request: HttpRequest,
    state: Shared,
    granted: Granted,
    path: web::Path<(String, String)>,
    params: Params,
) -> Result<HttpResponse, ApiError> {
    params.required(&["name"])?;
    let name = Some(clean(params.optional("name")?.unwrap_or_default())).filter(|name| !name.is_empty());
    let id = change(&state, &granted, &path.1, move |room, id| declare::rename(room, id, name)).await?;
    answer(&request, &state, &granted, id, StatusCode::OK)
}

/// `DELETE P/pipelines/:pid`: its jobs, files and findings go, vulnerabilities stay.
///
/// # Errors
/// 401, 403, 404, 409 while it is being ingested.
pub async fn delete(
    request: HttpRequest,
    state: Shared,
    granted: Granted,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let (_, pipeline) = named(&state.store.read()?, &granted, &path.1)?;
    let by = caller::by(&state, &request, granted.caller());
    block(move || Ok(erase::delete_pipeline(&state.room, pipeline.id, &by)?)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Finds the pipeline of the path and changes it on a blocking thread.
async fn change(
    state: &Shared,
    granted: &Granted,
    pipeline: &str,
    apply: impl FnOnce(&Room, u64) -> Result<Pipeline, DeclareError> + Send + 'static,
) -> Result<u64, ApiError> {
    let (_, pipeline) = named(&state.store.read()?, granted, pipeline)?;
    let shared = state.clone();
    block(move || Ok(apply(&shared.room, pipeline.id)?)).await?;
    state.ingestor.knock();
    Ok(pipeline.id)
}

/// The same, and waits as the caller wishes.
async fn settled_change(
    request: &HttpRequest,
    state: &Shared,
    granted: &Granted,
    pipeline: &str,
    params: &Params,
    apply: impl FnOnce(&Room, u64) -> Result<Pipeline, DeclareError> + Send + 'static,
) -> Result<HttpResponse, ApiError> {
    let wishes = Wishes::read(params)?;
    let id = change(state, granted, pipeline, apply).await?;
    waiting::settled(state, id, None, wishes).await?;
    answer(request, state, granted, id, StatusCode::CREATED)
}

fn answer(
    request: &HttpRequest,
    state: &Shared,
    granted: &Granted,
    id: u64,
    status: StatusCode,
) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponseBuilder::new(status).json(detail(request, state, granted, id)?))
}

fn detail(request: &HttpRequest, state: &Shared, granted: &Granted, id: u64) -> Result<PipelineDetail, ApiError> {
    let rtx = state.store.read()?;
    let project = granted.project(&rtx)?;
    let pipeline = super::pipelines::find(&rtx, &project, id)?;
    Ok(views::pipelines::detail(&rtx, &pipeline, &project, &state.origin(request))?)
}

impl From<DeclareError> for ApiError {
    fn from(error: DeclareError) -> ApiError {
        match error {
            DeclareError::NoPipeline(_) => ApiError::NotFound("Pipeline".to_owned()),
            DeclareError::Closed(error) => error.into(),
            DeclareError::Parent(error) => error.into(),
            DeclareError::OtherCommit { .. } => ApiError::BadRequest(error.to_string()),
            DeclareError::Child(..)
            | DeclareError::OtherJobs { .. }
            | DeclareError::Busy(_)
            | DeclareError::Purged(_)
            | DeclareError::Undone(_) => ApiError::Conflict(error.to_string()),
            DeclareError::Ingest(other) => ApiError::internal(other),
        }
    }
}

impl From<ClosedError> for ApiError {
    fn from(error: ClosedError) -> ApiError {
        match error {
            ClosedError::Gone => ApiError::NotFound("Project".to_owned()),
            ClosedError::Archived => ApiError::Forbidden(error.to_string()),
            ClosedError::Store(error) => ApiError::internal(error),
        }
    }
}

impl From<ParentError> for ApiError {
    fn from(error: ParentError) -> ApiError {
        match error {
            ParentError::Store(error) => ApiError::internal(error),
            ParentError::Undone(_) | ParentError::Purged(_) => ApiError::Conflict(error.to_string()),
            other => ApiError::BadRequest(other.to_string()),
        }
    }
}
