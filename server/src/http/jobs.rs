//! Jobs: lists, one, its log, keeping its files (API design, section 2.4). Must not know: how files are
//! stored.

use super::caller;
use super::error::ApiError;
use super::gate::Granted;
use super::listing::{self, Listing};
use super::number::number;
use super::params::Params;
use super::state::{Shared, State, block};
use super::waiting::{self, Wishes};
use crate::domain::pipeline::{Job, Pipeline};
use crate::domain::project::Project;
use crate::ingest::erase;
use crate::ingest::status::{self, JobState};
use crate::store::lists::{self, JobMark};
use crate::store::{ReadTx, pipelines};
use crate::views;
use crate::views::jobs::Frame;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpRequest, HttpResponse, web};

/// A job, its pipeline and its project.
pub(super) struct Place {
    pub project: Project,
    pub pipeline: Pipeline,
    pub job: Job,
}

/// The job that a path names.
///
/// # Errors
/// 404, also for one of another project.
pub(super) fn named(rtx: &ReadTx, granted: &Granted, job: &str) -> Result<Place, ApiError> {
    let project = granted.project(rtx)?;
    let missing = || ApiError::NotFound("Job".to_owned());
    let job = pipelines::find_job(rtx, job.parse().map_err(|_| missing())?)?;
    let job = job.filter(|job| job.project_id == project.id).ok_or_else(missing)?;
    let pipeline = super::pipelines::find(rtx, &project, job.pipeline_id).map_err(|_| missing())?;
    Ok(Place { project, pipeline, job })
}

/// Which jobs a list is about: `scope`, `include_retried`.
pub(super) struct Filter {
    scope: Vec<String>,
    with_retried: bool,
}

/// Words that a scope may have; those that never occur here find nothing.
const SCOPES: [&str; 12] = [
    "created",
    "waiting_for_resource",
    "preparing",
    "pending",
    "running",
    "success",
    "failed",
    "canceled",
    "canceling",
    "skipped",
    "manual",
    "scheduled",
];

/// The words of `scope`; none when it is not told.
///
/// # Errors
/// 400.
pub(super) fn scope(params: &Params) -> Result<Vec<String>, ApiError> {
    params.choices("scope", |word| SCOPES.contains(&word).then(|| word.to_owned()))
}

impl Filter {
    /// # Errors
    /// 400.
    pub fn read(params: &Params, retried_unless_said: bool) -> Result<Filter, ApiError> {
        Ok(Filter { scope: scope(params)?, with_retried: params.boolean("include_retried")?.unwrap_or(retried_unless_said) })
    }

    pub fn wants(&self, job: &Job) -> bool {
        self.takes(JobMark { status: &job.status, retried: job.retried })
    }

    fn takes(&self, job: JobMark<'_>) -> bool {
        (self.with_retried || !job.retried) && (self.scope.is_empty() || self.scope.iter().any(|word| word == job.status))
    }
}

/// `GET P/jobs`: scope, include_retried (true unless said otherwise, as at GitLab), page; newest first.
///
/// # Errors
/// 400, 401, 403, 404.
pub async fn list(request: HttpRequest, state: Shared, granted: Granted, params: Params) -> Result<HttpResponse, ApiError> {
    let filter = Filter::read(&params, true)?;
    listing::of_project(&request, state, granted, &params, move |listing| {
        let Listing { rtx, project, page, .. } = listing;
        let frame = listing.frame()?;
        let found = lists::jobs(rtx, project.id, page.slice(true), |job| filter.takes(job))?;
        let row = |id: &u64| {
            let job = pipelines::find_job(rtx, *id)?.ok_or_else(|| ApiError::internal("a listed job is missing"))?;
            let pipeline = super::pipelines::find(rtx, project, job.pipeline_id)?;
            Ok(views::jobs::job(&frame, &job, &pipeline)?)
        };
        Ok((found.total, found.ids.iter().map(row).collect::<Result<_, ApiError>>()?))
    })
    .await
}

/// `GET P/jobs/:jid`.
///
/// # Errors
/// 401, 403, 404.
pub async fn show(
    request: HttpRequest,
    state: Shared,
    granted: Granted,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let rtx = state.store.read()?;
    let place = named(&rtx, &granted, &path.1)?;
    answer(&request, &state, &rtx, &place, HttpResponse::Ok())
}

fn answer(
    request: &HttpRequest,
    state: &State,
    rtx: &ReadTx,
    place: &Place,
    mut response: actix_web::HttpResponseBuilder,
) -> Result<HttpResponse, ApiError> {
    let Place { project, pipeline, job } = place;
    let origin = state.origin(request);
    let frame = Frame::new(rtx, project, &origin, state.retention.settings())?;
    Ok(response.json(views::jobs::job(&frame, job, pipeline)?))
}

/// `GET P/jobs/:jid/trace`: the log, as text.
///
/// # Errors
/// 401, 403, 404.
pub async fn trace(state: Shared, granted: Granted, path: web::Path<(String, String)>) -> Result<HttpResponse, ApiError> {
    let text = block(move || {
        let rtx = state.store.read()?;
        let place = named(&rtx, &granted, &path.1)?;
        Ok(views::trace::trace(&rtx, &place.job, &place.pipeline)?)
    })
    .await?;
    Ok(HttpResponse::Ok().insert_header((CONTENT_TYPE, "text/plain; charset=utf-8")).body(text))
}

/// `POST P/jobs/:jid/artifacts/keep`: the files stay whatever their age.
///
/// # Errors
/// 401, 403, 404.
pub async fn keep(
    request: HttpRequest,
    state: Shared,
    granted: Granted,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let place = named(&state.store.read()?, &granted, &path.1)?;
    let shared = state.clone();
    let id = place.job.id;
    block(move || Ok(status::keep_files(&shared.room, id)?)).await?;
    let rtx = state.store.read()?;
    let place = named(&rtx, &granted, &path.1)?;
    answer(&request, &state, &rtx, &place, HttpResponse::Ok())
}

/// `DELETE P/jobs/:jid/artifacts`: the files of the job go, what was read from them stays.
///
/// # Errors
/// 401, 403, 404, 409 while they may still be read.
pub async fn delete_files(
    request: HttpRequest,
    state: Shared,
    granted: Granted,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let id = named(&state.store.read()?, &granted, &path.1)?.job.id;
    let by = caller::by(&state, &request, granted.caller());
    block(move || Ok(erase::erase_files(&state.room, id, &by)?)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `POST P/jobs/:jid/erase`: the same, answered with the job.
///
/// # Errors
/// As [`delete_files`].
pub async fn erase(
    request: HttpRequest,
    state: Shared,
    granted: Granted,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let id = named(&state.store.read()?, &granted, &path.1)?.job.id;
    let (shared, by) = (state.clone(), caller::by(&state, &request, granted.caller()));
    block(move || Ok(erase::erase_files(&shared.room, id, &by)?)).await?;
    let rtx = state.store.read()?;
    let place = named(&rtx, &granted, &path.1)?;
    answer(&request, &state, &rtx, &place, HttpResponse::Created())
}

/// `PUT /jobs/:jid`: the runner's word on how its job stands: token, state, failure_reason; of ours wait,
/// strict.
///
/// # Errors
/// 400, 401, 403 also when the job has ended otherwise, 404, 422 with `strict`.
pub async fn update(state: Shared, id: web::Path<String>, params: Params) -> Result<HttpResponse, ApiError> {
    params.required(&["state"])?;
    let wishes = Wishes::read(&params)?;
    let wanted = params.choice("state", JobState::parse)?.filter(|state| *state != JobState::Pending);
    let (wanted, news) = (wanted.ok_or_else(|| ApiError::invalid("state"))?, super::statuses::news(&params)?);
    let id = number(&id, "Job")?;
    let shared = state.clone();
    let noted = block(move || Ok(status::set_job_state(&shared.room, id, wanted, &news)?)).await?;
    if noted.is_queued {
        state.ingestor.knock();
        waiting::settled(&state, noted.pipeline_id, Some(noted.job_id), wishes).await?;
    }
    Ok(HttpResponse::Ok().insert_header(("Job-Status", wanted.as_str())).json("200"))
}
