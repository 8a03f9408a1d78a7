//! What people do to vulnerabilities (API design, section 2.6). Must not know: what an action changes.

use super::caller;
use super::error::ApiError;
use super::gate::Granted;
use super::number::number;
use super::page::{Page, paged};
use super::params::Params;
use super::pipelines;
use super::state::{Shared, State, block, read};
use crate::domain::triage::Action;
use crate::store::findings::{self, Pair};
use crate::store::projects;
use crate::triage::{self, TriageError};
use crate::views::history;
use crate::views::vulnerabilities::Frame;
use crate::views::vulnerability_json::vulnerability;
use actix_web::http::header::ContentType;
use actix_web::{HttpRequest, HttpResponse, web};
use casemate_shared::{DismissalReason, VulnerabilityState};

impl From<TriageError> for ApiError {
    fn from(error: TriageError) -> ApiError {
        match error {
            TriageError::Missing(_) => ApiError::NotFound("Vulnerability".to_owned()),
            TriageError::LongComment => {
                ApiError::Validation(vec![("comment".to_owned(), error.to_string().replacen("comment ", "", 1))])
            }
            TriageError::NoFinding => ApiError::Validation(vec![("base".to_owned(), error.to_string())]),
            TriageError::Unreadable(reason) => ApiError::internal(reason),
            TriageError::Store(error) => error.into(),
        }
    }
}

/// `POST /vulnerabilities/:id/confirm|resolve|revert`: comment. `dismiss` takes dismissal_reason too [E].
///
/// # Errors
/// 304 when it is so already, 400, 401, 403, 404.
pub async fn act(
    request: HttpRequest,
    state: Shared,
    granted: Granted,
    path: web::Path<(String, String)>,
    params: Params,
) -> Result<HttpResponse, ApiError> {
    let (user, by) = (granted.user()?.id, caller::by(&state, &request, granted.caller()));
    let (id, word) = path.into_inner();
    let id = number(&id, "Vulnerability")?;
    let action = match word.as_str() {
        "confirm" => Action::Confirm,
        "resolve" => Action::Resolve,
        "revert" => Action::Revert,
        "dismiss" => Action::Dismiss(reason(&params)?),
        _ => return Err(ApiError::RouteNotFound),
    };
    let comment = params.optional("comment")?.map(str::to_owned);
    let origin = state.origin(&request);
    let changed = block(move || {
        let (pair, has_changed) = state.store.write(|wtx| triage::change_state(wtx, id, action, comment, user, &by))?;
        if !has_changed {
            return Err(ApiError::NotModified);
        }
        shown(&state, &pair, &origin)
    })
    .await?;
    Ok(HttpResponse::Created().content_type(ContentType::json()).body(changed))
}

fn reason(params: &Params) -> Result<Option<DismissalReason>, ApiError> {
    let parse = |word: &str| DismissalReason::ALL.into_iter().find(|reason| reason.as_str() == word);
    params.choice("dismissal_reason", parse)
}

fn shown(state: &State, pair: &Pair, origin: &str) -> Result<Vec<u8>, ApiError> {
    let rtx = state.store.read()?;
    let missing = || ApiError::NotFound("Vulnerability".to_owned());
    let project = projects::find_project(&rtx, pair.vulnerability.project_id)?.ok_or_else(missing)?;
    Ok(vulnerability(&Frame::new(&rtx, &project, origin, &state.entries)?, pair)?)
}

/// `GET /vulnerabilities/:id/state_transitions`, oldest first: page.
///
/// # Errors
/// 400, 401, 403, 404.
pub async fn transitions(
    request: HttpRequest,
    state: Shared,
    id: web::Path<String>,
    params: Params,
) -> Result<HttpResponse, ApiError> {
    let page = Page::from_params(&params)?;
    let origin = state.origin(&request);
    let address = origin.clone();
    let shared = state.clone();
    let rows = read(&state, move |rtx| {
        let not_found = || ApiError::NotFound("Vulnerability".to_owned());
        let pair = findings::find_pair(rtx, id.parse().map_err(|_| not_found())?)?.ok_or_else(not_found)?;
        let project = projects::find_project(rtx, pair.vulnerability.project_id)?.ok_or_else(not_found)?;
        Ok(history::state_transitions(&Frame::new(rtx, &project, &origin, &shared.entries)?, pair.vulnerability.id)?)
    })
    .await?;
    let total = rows.len() as u64;
    let rows: Vec<_> = rows.into_iter().skip(page.offset() as usize).take(page.limit()).collect();
    Ok(paged(&request, &address, page, total, &rows))
}

/// `POST P/vulnerabilities` [E]: finding_uuid, pipeline_id of a pipeline's finding; state, comment and
/// dismissal_reason to act on it at once. The default branch need not have it.
///
/// # Errors
/// 400 when the pipeline has no such finding or it has a vulnerability already; 401, 403, 404.
pub async fn record(request: HttpRequest, state: Shared, granted: Granted, params: Params) -> Result<HttpResponse, ApiError> {
    let (user, by) = (granted.user()?.id, caller::by(&state, &request, granted.caller()));
    params.required(&["finding_uuid", "pipeline_id"])?;
    let origin = state.origin(&request);
    let made = block(move || {
        let rtx = state.store.read()?;
        let project = granted.project(&rtx)?;
        let pipeline = pipelines::find(&rtx, &project, params.unsigned("pipeline_id")?.unwrap_or_default())?;
        drop(rtx);
        let parse = |text: &str| uuid::Uuid::try_parse(text).ok().map(|uuid| *uuid.as_bytes());
        let uuid = params.choice("finding_uuid", parse)?.ok_or_else(|| ApiError::invalid("finding_uuid"))?;
        let action = params.choice("state", VulnerabilityState::parse)?;
        let (reason, comment) = (reason(&params)?, params.optional("comment")?.map(str::to_owned));
        let pair = state.store.write(|wtx| {
            let made = triage::record(wtx, &pipeline, &uuid, user, &by)?;
            let action = match action {
                None | Some(VulnerabilityState::Detected) => return Ok(made),
                Some(VulnerabilityState::Confirmed) => Action::Confirm,
                Some(VulnerabilityState::Dismissed) => Action::Dismiss(reason),
                Some(VulnerabilityState::Resolved) => Action::Resolve,
            };
            triage::change_state(wtx, made.vulnerability.id, action, comment, user, &by).map(|(pair, _)| pair)
        })?;
        shown(&state, &pair, &origin)
    })
    .await?;
    Ok(HttpResponse::Created().content_type(ContentType::json()).body(made))
}
