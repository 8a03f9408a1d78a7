//! Statuses of commits (API design, section 2.5 B). Must not know: how a status changes a
//! pipeline.

use super::commits::resolve;
use super::error::ApiError;
use super::gate::Granted;
use super::listing::{self, Listing};
use super::params::Params;
use super::security_reports::parent;
use super::state::{Shared, block};
use super::told_commit::told_commit;
use super::waiting::{self, Wishes};
use crate::domain::pipeline::{Job, Pipeline};
use crate::domain::project::Project;
use crate::ingest::refname::{self, RefName};
use crate::ingest::status::{self, JobNews, JobState, NewStatus, StatusError};
use crate::store::{ReadTx, pipelines};
use crate::views;
use actix_web::{HttpRequest, HttpResponse, web};

/// Most characters of a name, a description, an address.
const TEXT_CHARS: usize = 255;

/// `POST P/statuses/:sha`: state, name or context, ref, target_url, description, coverage, pipeline_id; of
/// ours parent_pipeline_id or parent_key, allow_failure, stage, wait, strict.
///
/// # Errors
/// 400, 401, 403, 404, 422 with `strict`.
pub async fn create(
    request: HttpRequest,
    state: Shared,
    granted: Granted,
    path: web::Path<(String, String)>,
    params: Params,
) -> Result<HttpResponse, ApiError> {
    let by = granted.user()?.id;
    let wishes = Wishes::read(&params)?;
    let (project, status) = {
        let rtx = state.store.read()?;
        let project = granted.project(&rtx)?;
        let sha = resolve(&rtx, &project, &path.1)?;
        (project, new_status(&params, sha)?)
    };
    let (shared, target) = (state.clone(), project.clone());
    let noted = block(move || Ok(status::set_status(&shared.room, &target, by, &status)?)).await?;
    if noted.is_queued {
        state.ingestor.knock();
        waiting::settled(&state, noted.pipeline_id, Some(noted.job_id), wishes).await?;
    }
    let rtx = state.store.read()?;
    let gone = || ApiError::NotFound("Job".to_owned());
    let job = pipelines::find_job(&rtx, noted.job_id)?.ok_or_else(gone)?;
    let pipeline = super::pipelines::find(&rtx, &project, noted.pipeline_id)?;
    Ok(HttpResponse::Created().json(views::jobs::status(&rtx, &job, &pipeline, &state.origin(&request))?))
}

fn new_status(params: &Params, sha: String) -> Result<NewStatus, ApiError> {
    params.required(&["state"])?;
    let bad = |reason: &str| ApiError::BadParameter(format!("ref does not have a valid value: {reason}"));
    let ref_name = params.optional("ref")?.filter(|text| !text.is_empty());
    let state = params.choice("state", JobState::parse)?.ok_or_else(|| ApiError::invalid("state"))?;
    Ok(NewStatus {
        sha,
        ref_name: ref_name.map(refname::parse_ref).transpose().map_err(bad)?,
        pipeline_id: params.unsigned("pipeline_id")?,
        parent: parent(params)?,
        name: name(params)?,
        state,
        news: news(params)?,
        commit: told_commit(params)?,
    })
}

/// What is told about a job beside its state.
///
/// # Errors
/// 400.
pub fn news(params: &Params) -> Result<JobNews, ApiError> {
    Ok(JobNews {
        target_url: text(params, "target_url")?.map(|url| address(&url)).transpose()?,
        description: text(params, "description")?,
        coverage: params.choice("coverage", coverage)?,
        failure_reason: text(params, "failure_reason")?,
        allow_failure: params.boolean("allow_failure")?,
        stage: text(params, "stage")?,
    })
}

fn name(params: &Params) -> Result<String, ApiError> {
    let given = match text(params, "name")? {
        Some(name) => Some(name),
        None => text(params, "context")?,
    };
    Ok(given.unwrap_or_else(|| "default".to_owned()))
}

/// A text fit to show; none when it is absent or blank.
fn text(params: &Params, name: &str) -> Result<Option<String>, ApiError> {
    let Some(text) = params.optional(name)? else { return Ok(None) };
    let shown: String = text.trim().chars().filter(|c| !c.is_control()).collect();
    if shown.chars().count() > TEXT_CHARS {
        let reason = format!("is too long (maximum is {TEXT_CHARS} characters)");
        return Err(ApiError::Validation(vec![(name.to_owned(), reason)]));
    }
    Ok(Some(shown).filter(|shown| !shown.is_empty()))
}

/// A page may make it a link, so it is one of the web.
fn address(url: &str) -> Result<String, ApiError> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    if rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/') && !url.contains(char::is_whitespace)) {
        return Ok(url.to_owned());
    }
    let reason = "is blocked: Only allowed schemes are http, https".to_owned();
    Err(ApiError::Validation(vec![("target_url".to_owned(), reason)]))
}

/// Percent with any digits, as hundredths.
fn coverage(text: &str) -> Option<u64> {
    let percent: f64 = text.parse().ok()?;
    (0.0..=100.0).contains(&percent).then(|| (percent * 100.0).round() as u64)
}

/// `GET P/repository/commits/:sha/statuses`: ref, stage, name, all, pipeline_id, sort, page.
///
/// # Errors
/// 400, 401, 403, 404.
pub async fn list(
    request: HttpRequest,
    state: Shared,
    granted: Granted,
    path: web::Path<(String, String)>,
    params: Params,
) -> Result<HttpResponse, ApiError> {
    let filter = Filter::read(&params)?;
    let newest_first = params.choice("sort", |word| ["asc", "desc"].contains(&word).then(|| word == "desc"))?.unwrap_or(false);
    let (_, commit) = path.into_inner();
    listing::of_project(&request, state, granted, &params, move |listing| {
        let Listing { rtx, project, page, origin, .. } = listing;
        let mut jobs = filter.jobs(rtx, project, &resolve(rtx, project, &commit)?)?;
        if newest_first {
            jobs.reverse();
        }
        let (total, jobs) = listing::cut(jobs, page);
        let rows = jobs.iter().map(|(job, of)| views::jobs::status(rtx, job, of, origin));
        Ok((total, rows.collect::<Result<_, _>>()?))
    })
    .await
}

/// Which statuses of a commit are asked for.
struct Filter {
    ref_name: Option<RefName>,
    name: Option<String>,
    stage: Option<String>,
    pipeline_id: Option<u64>,
    with_retried: bool,
}

impl Filter {
    fn read(params: &Params) -> Result<Filter, ApiError> {
        let text = |name: &str| Ok::<_, ApiError>(params.optional(name)?.filter(|text| !text.is_empty()).map(str::to_owned));
        let ref_name = text("ref")?.map(|text| refname::parse_ref(&text)).transpose();
        Ok(Filter {
            ref_name: ref_name.map_err(|_| ApiError::invalid("ref"))?,
            name: text("name")?,
            stage: text("stage")?,
            pipeline_id: params.unsigned("pipeline_id")?,
            with_retried: params.boolean("all")?.unwrap_or(false),
        })
    }

    /// The jobs with their pipelines, oldest first.
    fn jobs(&self, rtx: &ReadTx, project: &Project, sha: &str) -> Result<Vec<(Job, Pipeline)>, ApiError> {
        let of_ref = |pipeline: &Pipeline| {
            self.ref_name.as_ref().is_none_or(|wanted| wanted.name == pipeline.ref_name && wanted.is_tag == pipeline.tag)
        };
        let mut found = Vec::new();
        for pipeline in pipelines::pipelines_of_commit(rtx, project.id, sha)? {
            if !of_ref(&pipeline) || self.pipeline_id.is_some_and(|wanted| wanted != pipeline.id) {
                continue;
            }
            let jobs = pipelines::jobs(rtx, pipeline.id)?;
            found.extend(jobs.into_iter().filter(|job| self.wants(job)).map(|job| (job, pipeline.clone())));
        }
        found.sort_by_key(|(job, _)| job.id);
        Ok(found)
    }

    fn wants(&self, job: &Job) -> bool {
        (self.with_retried || !job.retried)
            && self.name.as_ref().is_none_or(|name| *name == job.name)
            && self.stage.as_ref().is_none_or(|stage| *stage == job.stage)
    }
}

impl From<StatusError> for ApiError {
    fn from(error: StatusError) -> ApiError {
        match error {
            StatusError::NoPipeline(_) => ApiError::NotFound("Pipeline".to_owned()),
            StatusError::NoRef(_) => ApiError::NotFound("References for commit".to_owned()),
            StatusError::NoJob(_) => ApiError::NotFound("Job".to_owned()),
            StatusError::Closed(error) => error.into(),
            StatusError::Parent(error) => error.into(),
            StatusError::OtherCommit { .. } => ApiError::BadRequest(error.to_string()),
            StatusError::Transition { .. } => ApiError::BadRequest(error.to_string()),
            StatusError::TypeTaken => ApiError::BadRequest(error.to_string()),
            StatusError::Purged(_) | StatusError::Undone(_) => ApiError::Conflict(error.to_string()),
            StatusError::Ended => ApiError::Forbidden(error.to_string()),
            StatusError::Ingest(other) => ApiError::internal(other),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn what_was_taken_back_is_in_conflict() {
        use crate::ingest::declare::DeclareError;
        use actix_web::ResponseError as _;
        let answers = [ApiError::from(StatusError::Undone(7)), ApiError::from(DeclareError::Undone(7))];
        for answer in answers {
            assert_eq!((answer.status_code().as_u16(), answer.to_string().contains("pipeline 7")), (409, true));
        }
    }

    #[test]
    fn coverage_is_a_percentage() {
        assert_eq!(coverage("98.765"), Some(9_877));
        assert_eq!((coverage("0"), coverage("100")), (Some(0), Some(10_000)));
        for wrong in ["-1", "100.1", "NaN", "inf", "x", ""] {
            assert_eq!(coverage(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn only_addresses_of_the_web_are_taken() {
        assert!(address("https://ci.example/1").is_ok() && address("http://x").is_ok());
        for wrong in ["javascript:alert(1)", "https://", "ftp://x", "/x", "https:///x", "https://a b"] {
            assert!(address(wrong).is_err(), "{wrong}");
        }
    }
}
