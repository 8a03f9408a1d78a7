//! What became of imports: the numbers again, the rejected ledger, the history, and taking one back [E].
//!
//! Must not know: what may be taken back, what is in a report.

use super::artifacts::chunks;
use super::caller;
use super::error::ApiError;
use super::gate::Granted;
use super::listing::{self, Listing};
use super::number::number;
use super::params::Params;
use super::pipelines::{find, named};
use super::state::{Shared, State, block};
use super::under_way::leaving;
use crate::ingest::ledger;
use crate::ingest::undo::{self as undoing, UndoError};
use crate::store::{ReadTx, lists, pipelines, scans, undo as undos};
use crate::views::jobs::Frame;
use crate::views::{imports, uploads};
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, web};
use std::time::Duration;

/// Longest wait for an undo before the answer says that it is under way.
const UNDO_SECONDS: u64 = 60;

/// `GET P/pipelines/:pid/security_reports` [E]: what the uploads into the pipeline became, as their answers
/// said it, for a client that did not wait.
///
/// # Errors
/// 401, 403, 404.
pub async fn reports(
    request: HttpRequest,
    state: Shared,
    granted: Granted,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let rtx = state.store.read()?;
    let (project, pipeline) = named(&rtx, &granted, &path.1)?;
    let origin = state.origin(&request);
    let frame = Frame::new(&rtx, &project, &origin, state.retention.settings())?;
    Ok(HttpResponse::Ok().json(uploads::of_pipeline(&frame, pipeline.id)?))
}

/// `GET P/pipelines/:pid/scans/:sid/rejected` [E]: pointer and reason of everything that was not taken, as a
/// JSON document.
///
/// # Errors
/// 401, 403, 404, 409 while the report is not read, 410 when retention removed it.
pub async fn rejected(
    state: Shared,
    granted: Granted,
    path: web::Path<(String, String, String)>,
) -> Result<HttpResponse, ApiError> {
    let (_, pid, sid) = path.into_inner();
    let hold = granted.open_files(&state, 1)?;
    let _turn = state.readings.acquire().await.map_err(ApiError::internal)?;
    let shared = state.clone();
    let (id, file) = block(move || {
        let rtx = shared.store.read()?;
        let (_, pipeline) = named(&rtx, &granted, &pid)?;
        let id = number(&sid, "Scan")?;
        let scan = scans::find_scan(&rtx, id)?.filter(|scan| scan.pipeline_id == pipeline.id);
        let scan = scan.ok_or_else(|| ApiError::NotFound("Scan".to_owned()))?;
        if !scan.status.is_terminal() {
            return Err(ApiError::Conflict("the report is not read yet".to_owned()));
        }
        let artifact = pipelines::find_artifact(&rtx, scan.artifact_id)?.ok_or_else(|| ApiError::NotFound("File".to_owned()))?;
        drop(rtx);
        let file = ledger::write(&shared.room, &scan, &artifact).map_err(ApiError::internal)?;
        let gone = || ApiError::Gone("the report was removed by retention, its numbers stay".to_owned());
        Ok((id, file.ok_or_else(gone)?))
    })
    .await?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/json"))
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"rejected-{id}.json\"")))
        .streaming(leaving(chunks(file), hold)))
}

/// `GET P/imports` [E]: pipelines with reports, newest first; page. Child pipelines are part of their root's import.
///
/// # Errors
/// 400, 401, 403, 404.
pub async fn list(request: HttpRequest, state: Shared, granted: Granted, params: Params) -> Result<HttpResponse, ApiError> {
    listing::of_project(&request, state, granted, &params, |listing| {
        let Listing { rtx, project, page, origin, .. } = listing;
        let found = lists::imports(rtx, project.id, page.slice(true))?;
        let row = |id: &u64| {
            let pipeline = find(rtx, project, *id)?;
            let refused = refusal(undoing::check(rtx, &pipeline))?;
            Ok(imports::import(rtx, project, &pipeline, refused, origin)?)
        };
        Ok((found.total, found.ids.iter().map(row).collect::<Result<_, ApiError>>()?))
    })
    .await
}

/// The reason why an undo is refused, if it is one for people.
fn refusal(answer: Result<(), UndoError>) -> Result<Option<String>, ApiError> {
    match answer {
        Ok(()) => Ok(None),
        Err(UndoError::Ingest(error)) => Err(ApiError::internal(error)),
        Err(error) => Ok(Some(error.to_string())),
    }
}

/// `GET P/pipelines/:pid/undo` [E]; of a child pipeline that of its root.
///
/// # Errors
/// 401, 403, 404, also when nobody asked for it.
pub async fn show_undo(state: Shared, granted: Granted, path: web::Path<(String, String)>) -> Result<HttpResponse, ApiError> {
    let rtx = state.store.read()?;
    let (_, pipeline) = named(&rtx, &granted, &path.1)?;
    let undo = undos::find_undo(&rtx, pipeline.root())?.ok_or_else(|| ApiError::NotFound("Undo".to_owned()))?;
    Ok(HttpResponse::Ok().json(imports::undo(&rtx, &undo)?))
}

/// `POST P/pipelines/:pid/undo` [E]: takes the import back.
///
/// # Errors
/// 401, 403 also for who does not maintain the project, 404, 409 when it was done before or the import is under way, 410 when retention was faster.
pub async fn undo(
    request: HttpRequest,
    state: Shared,
    granted: Granted,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let (user, by) = (granted.user()?.id, caller::by(&state, &request, granted.caller()));
    let shared = state.clone();
    let id = block(move || {
        let (_, pipeline) = named(&shared.store.read()?, &granted, &path.1)?;
        let id = pipeline.id;
        undoing::request(&shared.room, id, user, &by)?;
        Ok(id)
    })
    .await?;
    state.ingestor.knock();
    wait(&state, id).await?;
    let answer = block(move || {
        let rtx: ReadTx = state.store.read()?;
        let undo = undos::find_undo(&rtx, id)?.ok_or_else(|| ApiError::NotFound("Undo".to_owned()))?;
        Ok(imports::undo(&rtx, &undo)?)
    })
    .await?;
    Ok(HttpResponse::Created().json(answer))
}

async fn wait(state: &State, pipeline: u64) -> Result<(), ApiError> {
    let mut progress = state.ingestor.progress();
    let done = async {
        while undoing::is_running(&state.store.read()?, pipeline)? {
            if progress.changed().await.is_err() {
                break;
            }
        }
        Ok::<(), ApiError>(())
    };
    tokio::time::timeout(Duration::from_secs(UNDO_SECONDS), done).await.unwrap_or(Ok(()))
}

impl From<UndoError> for ApiError {
    fn from(error: UndoError) -> ApiError {
        match error {
            UndoError::Child(..) | UndoError::Already(_) | UndoError::UnderWay(_) => ApiError::Conflict(error.to_string()),
            UndoError::Expired(_) => ApiError::Gone(error.to_string()),
            other => ApiError::internal(other),
        }
    }
}
